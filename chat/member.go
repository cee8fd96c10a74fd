package chat

import (
	"context"
	"time"

	"kaft/portfolio"
)

// Member is one person, in one hat, in a conversation. A person who comes back
// gets another period: nothing is overwritten.
type Member struct {
	Person  string   `json:"person"`
	Hat     string   `json:"hat"`
	Periods []Period `json:"periods"`
}

// Period is a time from an instant up to, and not including, another; a zero
// Until is no end.
type Period struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
}

// in tells whether somebody was a member at an instant.
func (m *Member) in(at time.Time) bool {
	for _, p := range m.Periods {
		if !at.Before(p.From) && (p.Until.IsZero() || at.Before(p.Until)) {
			return true
		}
	}
	return false
}

// after is the first instant after at when a period begins or ends; zero if
// none does.
func (m *Member) after(at time.Time) (first time.Time) {
	for _, p := range m.Periods {
		for _, x := range []time.Time{p.From, p.Until} {
			if x.After(at) {
				first = sooner(first, x)
			}
		}
	}
	return first
}

// sooner of two instants; zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func memberID(conversation, person, hat string) string {
	return conversation + "." + person + "." + hat
}

// seat is the actor's own place in a conversation, with what decides what the
// actor may read there.
type seat struct {
	*Conversation
	member *Member // nil where the facts tell who is in it
	ear    *portfolio.Listener
	name   string    // of who hears
	kin    []*Member // the others of the family in it, where there are several
	bonds  portfolio.Bonds
}

// within tells whether somebody was a member at an instant. Of a family that
// talks together one is, while each said yes of each.
func (s *seat) within(at time.Time) bool {
	if s.member == nil {
		return true // the ear tells
	}
	if !s.member.in(at) || len(s.kin) > 0 && s.ear.Apart(at) {
		return false
	}
	for _, k := range s.kin {
		if k.in(at) && !s.bonds.Agreed(s.member.Person, k.Person, at) {
			return false
		}
	}
	return true
}

// after is the first instant after at when that may be otherwise; zero if it
// will not by itself.
func (s *seat) after(at time.Time) time.Time {
	if s.member == nil {
		return time.Time{}
	}
	first := s.member.after(at)
	for _, k := range s.kin {
		first = sooner(first, k.after(at))
	}
	return first
}

// enter finds a conversation in which the actor is, or was, a member, and is in
// touch with the student it is about, or in the group it is for. It reads all of
// that afresh: nothing remembered can let anybody in. Error kind: NotFound.
func (t *Talks) enter(ctx context.Context, a portfolio.Actor, id string) (*seat, error) {
	c, err := t.conversation(ctx, a.School, id)
	if err != nil {
		return nil, err
	}
	return t.sit(ctx, a, c)
}

// sit is enter for a conversation that was found.
func (t *Talks) sit(ctx context.Context, a portfolio.Actor, c *Conversation) (*seat, error) {
	s := &seat{Conversation: c}
	if !c.wide() {
		d, err := t.get(ctx, portfolio.Ref{School: c.School, Kind: "member", ID: memberID(c.ID, a.Person, a.Hat)})
		if err != nil {
			return nil, err
		}
		if s.member, err = decode[Member](d); err != nil {
			return nil, err
		}
	}
	ears, err := t.ears(ctx, c, a)
	if err != nil {
		return nil, err
	}
	s.ear, s.name = ears[0], ears[0].Says()
	if ok, _ := s.ear.InTouch(t.now()); !ok {
		return nil, absent()
	}
	if !c.Family {
		return s, nil
	}
	all, err := t.members(ctx, c)
	if err != nil {
		return nil, err
	}
	return s, t.relate(ctx, c, all, s)
}

// ears gathers what decides for some people in a conversation.
func (t *Talks) ears(ctx context.Context, c *Conversation, who ...portfolio.Actor) ([]*portfolio.Listener, error) {
	if c.Group != nil {
		return t.lib.GroupListeners(ctx, *c.Group, who...)
	}
	return t.lib.Listeners(ctx, c.Student, who...)
}

// relate tells seats of the family of the others of it, and what each said.
func (t *Talks) relate(ctx context.Context, c *Conversation, all []*Member, seats ...*seat) error {
	bonds, err := t.lib.Bonds(ctx, c.School, c.Student)
	if err != nil {
		return err
	}
	related := func(m *Member) bool { return m.Person != c.Student && !portfolio.WornForWork(m.Hat) }
	for _, s := range seats {
		if !related(s.member) {
			continue
		}
		s.bonds = bonds
		for _, m := range all {
			if related(m) && m.Person != s.member.Person {
				s.kin = append(s.kin, m)
			}
		}
	}
	return nil
}

// mayRead asks the rule about one message.
func (s *seat) mayRead(m *Message, now time.Time) bool {
	return s.ear.Inspect(m.ID, s.within(m.At), m.At, now).Open
}

func (t *Talks) conversation(ctx context.Context, school, id string) (*Conversation, error) {
	d, err := t.get(ctx, portfolio.Ref{School: school, Kind: "conversation", ID: id})
	if err != nil {
		return nil, err
	}
	c, err := decode[Conversation](d)
	if err != nil {
		return nil, err
	}
	c.Head = portfolio.Head{School: d.School, ID: d.ID, Rev: d.Rev}
	return c, nil
}

// get reads a document; an id that no document can have is absent too.
func (t *Talks) get(ctx context.Context, ref portfolio.Ref) (portfolio.Doc, error) {
	if ref.School == "" || ref.ID == "" {
		return portfolio.Doc{}, absent()
	}
	d, err := t.store.Get(ctx, ref)
	if k := portfolio.KindOf(err); err != nil && (k == portfolio.NotFound || k == portfolio.Invalid) {
		return portfolio.Doc{}, absent()
	}
	return d, err
}

func absent() error { return portfolio.E(portfolio.NotFound, "error.not_found") }
