package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaft/portfolio"
)

// Kind is what sort of conversation it is: a school's policy is per kind.
type Kind = portfolio.TalkKind

// Kinds of conversation.
const (
	ClassTalk       = portfolio.ClassTalk
	ClassGuardians  = portfolio.ClassGuardians
	StudentTeacher  = portfolio.StudentTeacher
	GuardianTeacher = portfolio.GuardianTeacher
	StudentsTalk    = portfolio.StudentsTalk
	StaffTalk       = portfolio.StaffTalk
	Announcement    = portfolio.Announcement
)

// Limits of a conversation.
const (
	MaxTitle   = 200 // characters
	maxMembers = 50
)

// Conversation is what is talked about. By whom is in its members, or for a
// whole class or school in the facts (kinds.go).
type Conversation struct {
	portfolio.Head
	Kind      Kind                 `json:"kind"`
	Student   string               `json:"student,omitempty"` // whom it is about
	Group     *portfolio.TalkGroup `json:"group,omitempty"`   // whom it is for, when that is a class or the school
	Family    bool                 `json:"family,omitempty"`  // several of the student's family are in it
	Asks      string               `json:"asks,omitempty"`    // the announcement it asks about
	Title     string               `json:"title,omitempty"`
	By        string               `json:"by"`
	CreatedAt time.Time            `json:"created_at"`
}

// NewTalk is what somebody fills in to start a conversation.
type NewTalk struct {
	Key     string   // made by the client: sent again, it gives the same conversation
	Kind    Kind     // "": about Student, of the kind that follows from With
	Student string   // about whom
	Class   string   // for which class; for an announcement "": the whole school
	To      []string // of an announcement: ToGuardians, ToStudents; staff always read along
	With    []string // persons, out of Partners
	Asks    string   // the announcement it is a question about; its sender is in With
	Title   string   // may be empty
	Text    string   // the first message
}

// Partners lists with whom the actor may start a conversation about a student:
// staff on duty with everybody in touch with the student, the student and the
// family with staff, and one of the family also with another when both say so.
// Error kind: NotFound.
func (t *Talks) Partners(ctx context.Context, a portfolio.Actor, student string) ([]portfolio.Near, error) {
	_, others, _, err := t.around(ctx, a, student)
	return others, err
}

// around is how the actor stands to a student, and with whom that lets the
// actor talk.
func (t *Talks) around(ctx context.Context, a portfolio.Actor, student string) (portfolio.Near, []portfolio.Near, portfolio.Bonds, error) {
	all, err := t.lib.InTouch(ctx, a, student)
	if err != nil {
		return portfolio.Near{}, nil, nil, err
	}
	bonds, err := t.lib.Bonds(ctx, a.School, student)
	if err != nil {
		return portfolio.Near{}, nil, nil, err
	}
	i := slices.IndexFunc(all, func(n portfolio.Near) bool { return n.ID == a.Person })
	me := all[i]
	return me, slices.DeleteFunc(all, func(n portfolio.Near) bool {
		return n.ID == me.ID || me.Standing != portfolio.OnDuty && n.Standing != portfolio.OnDuty && !t.agreed(bonds, me, n)
	}), bonds, nil
}

// agreed tells whether two of a family may be in one conversation now.
func (t *Talks) agreed(bonds portfolio.Bonds, x, y portfolio.Near) bool {
	return !x.Apart && !y.Apart && bonds.Agreed(x.ID, y.ID, t.now())
}

// Start makes a conversation with its first message. That of a class is there
// once: who starts it again speaks in it. Error kinds: NotFound (the student,
// the class, somebody who is not a partner), Forbidden (not at this school),
// Invalid, TooMany.
func (t *Talks) Start(ctx context.Context, a portfolio.Actor, n NewTalk) (*Talk, error) {
	n.Title, n.Text = strings.TrimSpace(n.Title), strings.TrimSpace(n.Text)
	if err := checkKey(n.Key); err != nil {
		return nil, err
	}
	if err := checkText(n.Title, "title", MaxTitle); err != nil {
		return nil, err
	}
	if err := checkMessage(n.Text); err != nil {
		return nil, err
	}
	policy, err := t.lib.TalkPolicy(ctx, a.School)
	if err != nil {
		return nil, err
	}
	c, company, err := t.gather(ctx, a, n, policy)
	if err != nil {
		return nil, err
	}
	if !policy.On(c.Kind) {
		return nil, portfolio.E(portfolio.Forbidden, "error.talk_off")
	}
	if err := t.charge(a); err != nil {
		return nil, err
	}
	if err := t.found(ctx, c, company); err != nil {
		return nil, err
	}
	if _, _, err := t.say(ctx, a, c.ID, Words{Key: n.Key, Text: n.Text}); err != nil {
		return nil, err
	}
	return t.Open(ctx, a, c.ID)
}

// gather decides what conversation it is, and who is in it by being written
// down, the actor first.
func (t *Talks) gather(ctx context.Context, a portfolio.Actor, n NewTalk, policy *portfolio.TalkPolicy) (*Conversation, []portfolio.Near, error) {
	c := &Conversation{Head: portfolio.Head{School: a.School}, Kind: n.Kind, Title: n.Title, By: a.Person, CreatedAt: t.now().UTC()}
	if err := t.asks(ctx, a, n, c); err != nil {
		return nil, nil, err
	}
	switch n.Kind {
	case ClassTalk, ClassGuardians, Announcement:
		return c, nil, t.gatherWide(ctx, a, n, c)
	case StudentsTalk, StaffTalk:
		company, err := t.gatherPeers(ctx, a, n, c)
		return c, company, err
	case "", StudentTeacher, GuardianTeacher:
	default:
		return nil, nil, portfolio.E(portfolio.Invalid, "error.choice", "Field", "kind")
	}
	company, err := t.company(ctx, a, n, c)
	if err != nil {
		return nil, nil, err
	}
	c.ID = n.id(a, company)
	if !policy.OneToOne && alone(company) {
		second, err := t.lib.Second(ctx, a.School, n.Student, ids(company))
		if portfolio.KindOf(err) == portfolio.NotFound {
			err = portfolio.E(portfolio.Invalid, "error.talk_second", "Field", "with")
		}
		if err != nil {
			return nil, nil, err
		}
		company = append(company, *second)
	}
	return c, company, nil
}

// asks notes that a conversation is a question about an announcement, to who
// sent it.
func (t *Talks) asks(ctx context.Context, a portfolio.Actor, n NewTalk, c *Conversation) error {
	if n.Asks == "" {
		return nil
	}
	about, err := t.enter(ctx, a, n.Asks)
	if err != nil {
		return err
	}
	if about.Kind != Announcement || !slices.Contains(n.With, about.By) {
		return absent()
	}
	c.Asks = n.Asks
	return nil
}

// alone tells whether one member of staff would be with the student and nobody
// else.
func alone(company []portfolio.Near) bool {
	staff := 0
	for _, n := range company {
		switch n.Standing {
		case portfolio.OnDuty:
			staff++
		case portfolio.Self:
		default:
			return false
		}
	}
	return staff == 1 && len(company) == 2
}

func ids(company []portfolio.Near) (out []string) {
	for _, n := range company {
		out = append(out, n.ID)
	}
	return out
}

// company decides who is in a new conversation about a student, the actor first,
// and of what kind it is. Staff are always in it. Of the family one is, or
// several who each said yes of each other.
func (t *Talks) company(ctx context.Context, a portfolio.Actor, n NewTalk, c *Conversation) ([]portfolio.Near, error) {
	me, others, bonds, err := t.around(ctx, a, n.Student)
	if err != nil {
		return nil, err
	}
	c.Student = n.Student
	company, err := among(me, others, n.With)
	if err != nil {
		return nil, err
	}
	c.Kind = StaffTalk
	var family []portfolio.Near
	staff := false
	for _, x := range company {
		switch {
		case x.Standing == portfolio.OnDuty:
			staff = true
		case x.Standing == portfolio.Self:
			c.Kind = StudentTeacher
		default:
			for _, y := range family {
				if !t.agreed(bonds, x, y) {
					return nil, portfolio.E(portfolio.Invalid, "error.talk_family", "Field", "with")
				}
			}
			family = append(family, x)
		}
	}
	switch {
	case !staff:
		return nil, portfolio.E(portfolio.Invalid, "error.talk_school", "Field", "with")
	case len(family) > 0:
		c.Kind, c.Family = GuardianTeacher, len(family) > 1
	case c.Kind == StaffTalk:
		return nil, portfolio.E(portfolio.Invalid, "error.talk_staff", "Field", "with")
	}
	return company, nil
}

// among picks persons out of those with whom somebody may talk.
func among(me portfolio.Near, others []portfolio.Near, with []string) ([]portfolio.Near, error) {
	company := []portfolio.Near{me}
	for _, id := range with {
		i := slices.IndexFunc(others, func(o portfolio.Near) bool { return o.ID == id })
		if i < 0 {
			return nil, portfolio.E(portfolio.NotFound, "error.not_found")
		}
		if !slices.ContainsFunc(company, func(c portfolio.Near) bool { return c.ID == id }) {
			company = append(company, others[i])
		}
	}
	if len(company) == 1 {
		return nil, portfolio.E(portfolio.Invalid, "error.talk_nobody", "Field", "with")
	}
	if len(company) > maxMembers {
		return nil, portfolio.E(portfolio.Invalid, "error.talk_crowd", "Field", "with", "Max", maxMembers)
	}
	return company, nil
}

// id is the conversation's id: the same for the same request sent again, and
// another for anything else, so that a request that was cut off halfway never
// leaves its members to a different one.
func (n NewTalk) id(a portfolio.Actor, company []portfolio.Near) string {
	var with []string
	for _, c := range company {
		with = append(with, c.ID, c.Hat)
	}
	slices.Sort(with)
	to := append([]string{"to"}, slices.Sorted(slices.Values(n.To))...)
	return fingerprint(slices.Concat([]string{a.School, a.Person, a.Hat, n.Key, n.Student, n.Title, n.Class, n.Asks}, to, with)...)
}

// fingerprint is 32 hex digits that stand for some texts.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// found stores the members and then the conversation. What is there already
// was left by the same request, or is the one that the class has.
func (t *Talks) found(ctx context.Context, c *Conversation, company []portfolio.Near) error {
	for _, n := range company {
		if err := t.join(ctx, c, n.ID, n.Hat, c.CreatedAt); err != nil {
			return err
		}
	}
	err := t.create(ctx, portfolio.Ref{School: c.School, Kind: "conversation", ID: c.ID},
		map[string]string{"about": c.place() + c.CreatedAt.Format("20060102T150405.000000000Z")}, c)
	if err != nil && portfolio.KindOf(err) != portfolio.Exists {
		return err
	}
	return nil
}

// join makes somebody a member from an instant, who was none.
func (t *Talks) join(ctx context.Context, c *Conversation, person, hat string, from time.Time) error {
	m := &Member{Person: person, Hat: hat, Periods: []Period{{From: from}}}
	err := t.create(ctx, portfolio.Ref{School: c.School, Kind: "member", ID: memberID(c.ID, person, hat)},
		map[string]string{"about": c.ID, "party": person + "/" + hat}, m)
	if err != nil && portfolio.KindOf(err) != portfolio.Exists {
		return err
	}
	return nil
}

func (t *Talks) create(ctx context.Context, ref portfolio.Ref, keys map[string]string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.store.Create(ctx, portfolio.Doc{Ref: ref, Keys: keys, Body: body})
}

// decode reads a document into a T.
func decode[T any](d portfolio.Doc) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(d.Body, v); err != nil {
		return nil, fmt.Errorf("document %v: %w", d.Ref, err)
	}
	return v, nil
}
