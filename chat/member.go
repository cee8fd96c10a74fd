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
	member *Member
	ear    *portfolio.Listener
	name   string // of who hears
}

// enter finds a conversation in which the actor is, or was, a member, and is in
// touch with the student it is about. It reads all of that afresh: nothing
// remembered can let anybody in. Error kind: NotFound.
func (t *Talks) enter(ctx context.Context, a portfolio.Actor, id string) (*seat, error) {
	c, err := t.conversation(ctx, a.School, id)
	if err != nil {
		return nil, err
	}
	return t.sit(ctx, a, c)
}

// sit is enter for a conversation that was found.
func (t *Talks) sit(ctx context.Context, a portfolio.Actor, c *Conversation) (*seat, error) {
	d, err := t.get(ctx, portfolio.Ref{School: c.School, Kind: "member", ID: memberID(c.ID, a.Person, a.Hat)})
	if err != nil {
		return nil, err
	}
	m, err := decode[Member](d)
	if err != nil {
		return nil, err
	}
	ears, err := t.lib.Listeners(ctx, c.Student, a)
	if err != nil {
		return nil, err
	}
	if ok, _ := ears[0].InTouch(t.now()); !ok {
		return nil, absent()
	}
	return &seat{c, m, ears[0], ears[0].Says()}, nil
}

// mayRead asks the rule about one message.
func (s *seat) mayRead(m *Message, now time.Time) bool {
	return s.ear.Inspect(m.ID, s.member.in(m.At), m.At, now).Open
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
