package portfolio

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// TalkKind is what sort of conversation it is: a school's policy is per kind.
type TalkKind string

// Kinds of conversation.
const (
	ClassTalk       TalkKind = "class"            // students and teachers of a class
	ClassGuardians  TalkKind = "class_guardians"  // their guardians and teachers
	StudentTeacher  TalkKind = "student_teacher"  // a student with staff
	GuardianTeacher TalkKind = "guardian_teacher" // a guardian with staff, about a student, who may be in it
	StudentsTalk    TalkKind = "students"         // students of a class among themselves
	StaffTalk       TalkKind = "staff"
	Announcement    TalkKind = "announcement"
)

// TalkKinds are all of them, in the order of a list.
var TalkKinds = []TalkKind{Announcement, ClassTalk, ClassGuardians, StudentTeacher, GuardianTeacher, StudentsTalk, StaffTalk}

// TalkPolicy is what a school decided about conversations. Each decision is a
// document of its own, so that it can be told what held when.
type TalkPolicy struct {
	Head
	N         int                       `json:"n"` // the how manieth decision; 0: none was taken
	Kinds     map[TalkKind]TalkKindRule `json:"kinds"`
	OneToOne  bool                      `json:"one_to_one,omitempty"` // one member of staff may be alone with a student
	Parents   bool                      `json:"parents,omitempty"`    // parents of different children read and answer each other
	DecidedBy string                    `json:"decided_by,omitempty"`
	DecidedAt time.Time                 `json:"decided_at,omitzero"`
}

// TalkKindRule is what holds for one kind.
type TalkKindRule struct {
	On    bool  `json:"on"`
	Hours Hours `json:"hours"`
}

// Hours are when something said counts as new, in Amsterdam: outside them it
// waits until they begin again. They are kept here; who delivers reads them.
type Hours struct {
	From  int            `json:"from"`  // minutes after midnight
	Until int            `json:"until"` // exclusive
	Days  []time.Weekday `json:"days"`
}

// officeHours are the hours of a school that decided nothing.
func officeHours() Hours {
	return Hours{8 * 60, 18 * 60, []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}}
}

// noTalkPolicy holds for a school that decided nothing. Students among
// themselves, where no grown-up reads along, begins when a school chooses so.
func noTalkPolicy(school string) *TalkPolicy {
	p := &TalkPolicy{Head: Head{School: school}, Kinds: map[TalkKind]TalkKindRule{}}
	for _, k := range TalkKinds {
		p.Kinds[k] = TalkKindRule{On: k != StudentsTalk, Hours: officeHours()}
	}
	return p
}

// On tells whether a kind exists at the school.
func (p *TalkPolicy) On(k TalkKind) bool { return p.Kinds[k].On }

// Hours of a kind.
func (p *TalkPolicy) Hours(k TalkKind) Hours { return p.Kinds[k].Hours }

// TalkPolicy is what holds at a school now.
func (l *Library) TalkPolicy(ctx context.Context, school string) (*TalkPolicy, error) {
	all, err := l.store.List(ctx, Query{School: school, Kind: "talk_policy", Desc: true, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return noTalkPolicy(school), nil
	}
	return decode[TalkPolicy](all[0])
}

// TalkPolicies lists what was decided, newest first, with who did. The actor is
// an administrator. Error kind: Forbidden.
func (l *Library) TalkPolicies(ctx context.Context, a Actor) (all []*TalkPolicy, names map[string]string, err error) {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return nil, nil, err
	}
	if all, err = list[TalkPolicy](ctx, l, Query{School: a.School, Kind: "talk_policy", Desc: true}); err != nil {
		return nil, nil, err
	}
	names = map[string]string{}
	for _, p := range all {
		if names[p.DecidedBy], err = l.nameOf(ctx, a.School, p.DecidedBy, nil); err != nil {
			return nil, nil, err
		}
	}
	return all, names, nil
}

// SetTalkPolicy decides what holds from now on. N is that of the policy the
// actor saw. The actor is an administrator. Error kinds: Forbidden, Invalid;
// Conflict when another decided meanwhile.
func (l *Library) SetTalkPolicy(ctx context.Context, a Actor, p TalkPolicy) (*TalkPolicy, error) {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	now, err := l.TalkPolicy(ctx, a.School)
	if err != nil {
		return nil, err
	}
	if now.N != p.N {
		return nil, E(Conflict, "error.conflict")
	}
	p.N++
	p.Head = Head{School: a.School, ID: fmt.Sprintf("policy.%08d", p.N)}
	p.DecidedBy, p.DecidedAt = a.Person, l.now().UTC()
	err = createLogged(ctx, l, "talk_policy", &p, nil, lineOf(a, a.Person, Line{Act: "talk-policy", Item: p.ID}), func() {
		l.Changed(Change{School: a.School, What: "talk_policy", ID: p.ID})
	})
	if isKind(err, Exists) {
		return nil, E(Conflict, "error.conflict")
	}
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// check refuses a policy that leaves a kind out, has one there is not, or hours
// that never come.
func (p *TalkPolicy) check() error {
	for k := range p.Kinds {
		if !slices.Contains(TalkKinds, k) {
			return E(Invalid, "error.choice", "Field", "kinds")
		}
	}
	for _, k := range TalkKinds {
		r, there := p.Kinds[k]
		if !there {
			return E(Invalid, "error.choice", "Field", "kinds")
		}
		h := r.Hours
		if h.From < 0 || h.Until > 24*60 || h.From >= h.Until || len(h.Days) == 0 {
			return E(Invalid, "error.talk_hours", "Field", string(k))
		}
		for _, d := range h.Days {
			if d < time.Sunday || d > time.Saturday {
				return E(Invalid, "error.talk_hours", "Field", string(k))
			}
		}
		r.Hours.Days = slices.Compact(slices.Sorted(slices.Values(h.Days)))
		p.Kinds[k] = r
	}
	return nil
}
