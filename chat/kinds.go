package chat

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"kaft/portfolio"
)

// The conversations of a whole class or school: nobody is written down as being
// in them, the facts tell (portfolio.TalkGroup). And what the school's policy
// leaves of every kind.

// wide tells whether the facts tell who is in a conversation.
func (c *Conversation) wide() bool {
	return c.Kind == ClassTalk || c.Kind == ClassGuardians || c.Kind == Announcement
}

// place is what the index key of a conversation begins with: whom it is about,
// or where an announcement was made.
func (c *Conversation) place() string {
	if c.Kind != Announcement {
		return c.Student + "/"
	}
	if c.Group.Class != "" {
		return announcedAt(c.Group.Class)
	}
	return announcedAt(c.School)
}

func announcedAt(id string) string { return "announced." + id + "/" }

// Whom an announcement can be for, besides staff.
const (
	ToGuardians = "guardians"
	ToStudents  = "students"
)

// classTalkID is that of the one conversation of a kind that a class has.
func classTalkID(school string, kind Kind, class string) string {
	return fingerprint("class-wide", school, string(kind), class)
}

// groupOf is whom a conversation of a kind is for.
func groupOf(kind Kind, class string) *portfolio.TalkGroup {
	switch kind {
	case ClassTalk:
		return &portfolio.TalkGroup{Class: class, Students: true, Staff: true}
	case ClassGuardians:
		return &portfolio.TalkGroup{Class: class, Guardians: true, Staff: true}
	case StudentsTalk:
		return &portfolio.TalkGroup{Class: class, Students: true}
	}
	return nil
}

// gatherWide decides on a conversation for a whole class or school. The actor is
// in it; who announces to the whole school has a duty for it.
func (t *Talks) gatherWide(ctx context.Context, a portfolio.Actor, n NewTalk, c *Conversation) error {
	places, err := t.lib.TalkPlaces(ctx, a)
	if err != nil {
		return err
	}
	here := slices.ContainsFunc(places.Classes, func(x *portfolio.Class) bool { return x.ID == n.Class })
	if n.Kind == Announcement {
		if !portfolio.WornForWork(a.Hat) || !here && (n.Class != "" || !places.School) {
			return absent()
		}
		c.Group = &portfolio.TalkGroup{Class: n.Class, Staff: true}
		for _, to := range n.To {
			switch to {
			case ToGuardians:
				c.Group.Guardians = true
			case ToStudents:
				c.Group.Students = true
			default:
				return portfolio.E(portfolio.Invalid, "error.choice", "Field", "to")
			}
		}
		if len(n.To) == 0 {
			return portfolio.E(portfolio.Invalid, "error.talk_nobody", "Field", "to")
		}
		if n.Title == "" {
			return portfolio.E(portfolio.Invalid, "error.empty", "Field", "title")
		}
		c.ID = n.id(a, nil)
		return nil
	}
	c.Title = ""
	c.Group = groupOf(n.Kind, n.Class)
	c.ID = classTalkID(a.School, n.Kind, n.Class)
	s, err := t.sit(ctx, a, c)
	if err != nil {
		return err
	}
	policy, err := t.lib.TalkPolicy(ctx, a.School)
	if err != nil {
		return err
	}
	return closedError(s.closed(policy, t.now()))
}

// gatherPeers decides on a conversation of some colleagues, or of some students
// of one class.
func (t *Talks) gatherPeers(ctx context.Context, a portfolio.Actor, n NewTalk, c *Conversation) ([]portfolio.Near, error) {
	others, err := t.Peers(ctx, a, n.Kind, n.Class)
	if err != nil {
		return nil, err
	}
	company, err := among(portfolio.Near{Person: &portfolio.Person{Head: portfolio.Head{ID: a.Person}}, Hat: a.Hat}, others, n.With)
	if err != nil {
		return nil, err
	}
	c.Group = groupOf(n.Kind, n.Class)
	c.ID = n.id(a, company)
	return company, nil
}

// Peers lists with whom the actor may start a conversation of a kind that is
// about nobody: staff with staff, students with those of their class. Error
// kind: NotFound.
func (t *Talks) Peers(ctx context.Context, a portfolio.Actor, kind Kind, class string) ([]portfolio.Near, error) {
	if kind == StaffTalk {
		return t.lib.Coworkers(ctx, a)
	}
	if kind != StudentsTalk || class == "" {
		return nil, absent()
	}
	all, err := t.lib.Crowd(ctx, a.School, *groupOf(kind, class))
	if err != nil {
		return nil, err
	}
	inside := false
	var out []portfolio.Near
	for _, r := range all {
		if in, _ := r.InTouch(t.now()); !in {
			continue
		}
		if r.ID == a.Person && r.Hat == a.Hat {
			inside = true
		} else {
			out = append(out, portfolio.Near{Person: r.Person, Hat: r.Hat, Standing: portfolio.Self})
		}
	}
	if !inside {
		return nil, absent()
	}
	return out, nil
}

// Offer is a conversation that somebody can start.
type Offer struct {
	Kind      Kind
	Class     string // for which; of an announcement "": the whole school
	ClassName string
}

// Offers lists what the actor can start in the hat that is worn, as the school's
// policy has it. About which student the two kinds about one can be, Partners
// tells.
func (t *Talks) Offers(ctx context.Context, a portfolio.Actor) ([]Offer, error) {
	policy, err := t.lib.TalkPolicy(ctx, a.School)
	if err != nil {
		return nil, err
	}
	places, err := t.lib.TalkPlaces(ctx, a)
	if err != nil {
		return nil, err
	}
	var out []Offer
	works := portfolio.WornForWork(a.Hat)
	for _, kind := range portfolio.TalkKinds {
		if !policy.On(kind) {
			continue
		}
		switch kind {
		case StudentTeacher, GuardianTeacher:
			out = append(out, Offer{Kind: kind})
			continue
		case StaffTalk:
			if others, err := t.lib.Coworkers(ctx, a); err == nil && len(others) > 0 {
				out = append(out, Offer{Kind: kind})
			}
			continue
		case Announcement:
			if !works {
				continue
			}
			if places.School {
				out = append(out, Offer{Kind: kind})
			}
		}
		for _, c := range places.Classes {
			g := groupOf(kind, c.ID)
			if g != nil {
				ears, err := t.lib.GroupListeners(ctx, *g, a)
				if err != nil {
					return nil, err
				}
				s := &seat{Conversation: &Conversation{Kind: kind, Group: g}, ear: ears[0]}
				if in, _ := ears[0].InTouch(t.now()); !in || s.closed(policy, t.now()) != "" {
					continue
				}
			}
			out = append(out, Offer{kind, c.ID, c.Name})
		}
	}
	return out, nil
}

// closed tells why somebody who reads a conversation cannot say anything in it:
// off, ended, reads; "" if that can be done.
func (s *seat) closed(policy *portfolio.TalkPolicy, now time.Time) string {
	switch {
	case !policy.On(s.Kind):
		return "off"
	case !s.within(now):
		return "ended"
	case s.Kind == Announcement && s.ear.ID != s.By, s.Kind == ClassGuardians && !policy.Parents && !s.ear.Works():
		return "reads"
	}
	return ""
}

// closedErrors are the refusals that tell so.
var closedErrors = map[string]*portfolio.Error{
	"off":   portfolio.E(portfolio.Forbidden, "error.talk_off"),
	"ended": portfolio.E(portfolio.Forbidden, "error.talk_ended"),
	"reads": portfolio.E(portfolio.Forbidden, "error.talk_reads"),
}

func closedError(why string) error {
	if why == "" {
		return nil
	}
	return closedErrors[why]
}

// tells tells whether the reader of a wide conversation is told who reads along,
// each by name: staff is, and who can speak there.
func (s *seat) tells(policy *portfolio.TalkPolicy) bool {
	return s.ear.Works() || s.Kind == ClassTalk || s.Kind == ClassGuardians && policy.Parents
}

// accompany sees to it that no member of staff is alone with a student where the
// school does not want that: a second one joins, from now on. Error kind:
// Forbidden, when there is nobody.
func (t *Talks) accompany(ctx context.Context, r *room, policy *portfolio.TalkPolicy) error {
	if policy.OneToOne || r.Student == "" {
		return nil
	}
	crowd, err := t.crowdOf(ctx, r)
	if err != nil || !crowd.alone {
		return err
	}
	var besides, told []string
	for _, x := range crowd.seats {
		besides = append(besides, x.ear.ID)
	}
	for _, f := range crowd.faces {
		told = append(told, f.Person)
	}
	second, err := t.lib.Second(ctx, r.School, r.Student, besides)
	if portfolio.KindOf(err) == portfolio.NotFound {
		return portfolio.E(portfolio.Forbidden, "error.talk_second")
	}
	if err != nil {
		return err
	}
	if err := t.join(ctx, r.Conversation, second.ID, second.Hat, t.now()); err != nil {
		return err
	}
	told = append(told, second.ID)
	t.lib.Changed(portfolio.Change{School: r.School, What: "member", ID: memberID(r.ID, second.ID, second.Hat), Persons: told})
	return nil
}

// gatherings remember who is in the groups of a school, for all conversations
// that are for the same group, as long as no fact changes.
type gatherings struct {
	mu  sync.Mutex
	all map[string]*gathering
}

type gathering struct {
	mu    sync.Mutex
	from  time.Time
	still func() bool
	ears  []*portfolio.Listener
}

// maxGatherings is for how many groups that is remembered.
const maxGatherings = 256

// gathering is everybody in a group now, and who will be from another day on.
func (t *Talks) gathering(ctx context.Context, school string, g portfolio.TalkGroup) ([]*portfolio.Listener, error) {
	key := fmt.Sprint(school, "/", g)
	t.gatherings.mu.Lock()
	x := t.gatherings.all[key]
	if x == nil {
		if len(t.gatherings.all) >= maxGatherings {
			clear(t.gatherings.all)
		}
		x = &gathering{}
		t.gatherings.all[key] = x
	}
	t.gatherings.mu.Unlock()
	x.mu.Lock() // who comes while it is read waits for the same
	defer x.mu.Unlock()
	now := t.now()
	if x.still != nil && x.still() && !now.Before(x.from) && now.Sub(x.from) < maxCrowd {
		return x.ears, nil
	}
	still := t.stillness(school)
	ears, err := t.lib.Crowd(ctx, school, g)
	if err != nil {
		return nil, err
	}
	x.from, x.still, x.ears = now, still, ears
	return ears, nil
}

// maxAnnounced is how many announcements of a class, and of the school, a list
// shows: the newest.
const maxAnnounced = 50

// wideOf finds the conversations of the whole school, and of the classes in which
// the actor is now.
func (t *Talks) wideOf(ctx context.Context, a portfolio.Actor) ([]*Conversation, error) {
	places, err := t.lib.TalkPlaces(ctx, a)
	if portfolio.KindOf(err) == portfolio.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []*Conversation
	at := []string{announcedAt(a.School)}
	for _, c := range places.Classes {
		at = append(at, announcedAt(c.ID))
		for _, kind := range []Kind{ClassTalk, ClassGuardians} {
			x, err := t.conversation(ctx, a.School, classTalkID(a.School, kind, c.ID))
			if portfolio.KindOf(err) == portfolio.NotFound {
				continue
			}
			if err != nil {
				return nil, err
			}
			all = append(all, x)
		}
	}
	for _, place := range at {
		docs, err := t.store.List(ctx, portfolio.Query{School: a.School, Kind: "conversation", Index: "about", From: place, To: place + "\x7f", Desc: true, Limit: maxAnnounced})
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			c, err := decode[Conversation](d)
			if err != nil {
				return nil, err
			}
			c.Head = portfolio.Head{School: d.School, ID: d.ID, Rev: d.Rev}
			all = append(all, c)
		}
	}
	return all, nil
}

// myWide lists the actor's conversations of a whole class or school.
func (t *Talks) myWide(ctx context.Context, a portfolio.Actor) ([]*Talk, error) {
	all, err := t.wideOf(ctx, a)
	if err != nil {
		return nil, err
	}
	var out []*Talk
	ears := map[portfolio.TalkGroup]*portfolio.Listener{} // the same for all announcements to one group
	for _, c := range all {
		ear := ears[*c.Group]
		if ear == nil {
			some, err := t.ears(ctx, c, a)
			if err != nil {
				return nil, err
			}
			ear = some[0]
			ears[*c.Group] = ear
		}
		if in, _ := ear.InTouch(t.now()); !in {
			continue
		}
		talk, err := t.open(ctx, a, &seat{Conversation: c, ear: ear})
		if err != nil {
			return nil, err
		}
		if talk.Newest == nil { // all of it was said before the reader came
			continue
		}
		out = append(out, talk)
	}
	return out, nil
}
