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
type Kind string

// Kinds of conversation. Those with a student and one or two parties are made
// today; the others have their names.
const (
	ClassTalk       Kind = "class"            // students and teachers of a class
	ClassGuardians  Kind = "class_guardians"  // their guardians and teachers
	StudentTeacher  Kind = "student_teacher"  // a student with staff
	GuardianTeacher Kind = "guardian_teacher" // a guardian with staff, about a student, who may be in it
	StudentsTalk    Kind = "students"         // students among themselves
	StaffTalk       Kind = "staff"
	Announcement    Kind = "announcement"
)

// Limits of a conversation.
const (
	MaxTitle   = 200 // characters
	maxMembers = 50
)

// Conversation is what is talked about, by whom is in its members.
type Conversation struct {
	portfolio.Head
	Kind      Kind      `json:"kind"`
	Student   string    `json:"student,omitempty"` // whom it is about
	Title     string    `json:"title,omitempty"`
	By        string    `json:"by"`
	CreatedAt time.Time `json:"created_at"`
}

// NewTalk is what somebody fills in to start a conversation.
type NewTalk struct {
	Key     string   // made by the client: sent again, it gives the same conversation
	Student string   // about whom
	With    []string // persons, out of Partners
	Title   string   // may be empty
	Text    string   // the first message
}

// Partners lists with whom the actor may start a conversation about a student:
// staff on duty with everybody in touch with the student, the student and the
// family with staff. Error kind: NotFound.
func (t *Talks) Partners(ctx context.Context, a portfolio.Actor, student string) ([]portfolio.Near, error) {
	_, others, err := t.around(ctx, a, student)
	return others, err
}

// around is how the actor stands to a student, and with whom that lets the
// actor talk.
func (t *Talks) around(ctx context.Context, a portfolio.Actor, student string) (portfolio.Near, []portfolio.Near, error) {
	all, err := t.lib.InTouch(ctx, a, student)
	if err != nil {
		return portfolio.Near{}, nil, err
	}
	i := slices.IndexFunc(all, func(n portfolio.Near) bool { return n.ID == a.Person })
	me := all[i]
	return me, slices.DeleteFunc(all, func(n portfolio.Near) bool {
		return n.ID == me.ID || me.Standing != portfolio.OnDuty && n.Standing != portfolio.OnDuty
	}), nil
}

// Start makes a conversation with its first message. Error kinds: NotFound (the
// student, or somebody who is not a partner), Invalid, TooMany.
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
	kind, company, err := t.company(ctx, a, n)
	if err != nil {
		return nil, err
	}
	if err := t.charge(a); err != nil {
		return nil, err
	}
	c := &Conversation{Head: portfolio.Head{School: a.School}, Kind: kind, Student: n.Student, Title: n.Title, By: a.Person, CreatedAt: t.now().UTC()}
	c.ID = n.id(a, company)
	if err := t.found(ctx, c, company); err != nil {
		return nil, err
	}
	if _, _, err := t.say(ctx, a, c.ID, Words{Key: n.Key, Text: n.Text}); err != nil {
		return nil, err
	}
	return t.Open(ctx, a, c.ID)
}

// company decides who is in a new conversation, the actor first, and of what
// kind it is. Staff are always in it. Of the family only one is: parents who
// live apart are not put together unless both agree, and how they agree comes
// later.
func (t *Talks) company(ctx context.Context, a portfolio.Actor, n NewTalk) (Kind, []portfolio.Near, error) {
	me, others, err := t.around(ctx, a, n.Student)
	if err != nil {
		return "", nil, err
	}
	company := []portfolio.Near{me}
	for _, id := range n.With {
		i := slices.IndexFunc(others, func(o portfolio.Near) bool { return o.ID == id })
		if i < 0 {
			return "", nil, portfolio.E(portfolio.NotFound, "error.not_found")
		}
		if !slices.ContainsFunc(company, func(c portfolio.Near) bool { return c.ID == id }) {
			company = append(company, others[i])
		}
	}
	if len(company) == 1 {
		return "", nil, portfolio.E(portfolio.Invalid, "error.talk_nobody", "Field", "with")
	}
	if len(company) > maxMembers {
		return "", nil, portfolio.E(portfolio.Invalid, "error.talk_crowd", "Field", "with", "Max", maxMembers)
	}
	kind, family := StaffTalk, 0
	for _, c := range company {
		switch {
		case c.Standing == portfolio.OnDuty:
		case c.Standing == portfolio.Self:
			kind = StudentTeacher
		default:
			family++
		}
	}
	switch {
	case family > 1:
		return "", nil, portfolio.E(portfolio.Invalid, "error.talk_family", "Field", "with")
	case family == 1:
		kind = GuardianTeacher
	case kind == StaffTalk:
		return "", nil, portfolio.E(portfolio.Invalid, "error.talk_staff", "Field", "with")
	}
	return kind, company, nil
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
	return fingerprint(append([]string{a.School, a.Person, a.Hat, n.Key, n.Student, n.Title}, with...)...)
}

// fingerprint is 32 hex digits that stand for some texts.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// found stores the members and then the conversation. What is there already
// was left by the same request.
func (t *Talks) found(ctx context.Context, c *Conversation, company []portfolio.Near) error {
	for _, n := range company {
		m := &Member{Person: n.ID, Hat: n.Hat, Periods: []Period{{From: c.CreatedAt}}}
		err := t.create(ctx, portfolio.Ref{School: c.School, Kind: "member", ID: memberID(c.ID, n.ID, n.Hat)},
			map[string]string{"about": c.ID, "party": n.ID + "/" + n.Hat}, m)
		if err != nil && portfolio.KindOf(err) != portfolio.Exists {
			return err
		}
	}
	err := t.create(ctx, portfolio.Ref{School: c.School, Kind: "conversation", ID: c.ID},
		map[string]string{"about": c.Student + "/" + c.CreatedAt.Format("20060102T150405.000000000Z")}, c)
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
