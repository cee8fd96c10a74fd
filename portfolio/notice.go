package portfolio

import (
	"context"
	"time"
)

// Notice tells one person that something happened: what, about whom, and where
// to look. It holds no content: what it leads to is decided by the rule when it
// is followed, and whether the notice itself still shows, each time it is read.
type Notice struct {
	Head
	Person  string    `json:"person"`
	Hat     string    `json:"hat"`  // in which it concerns the person
	What    string    `json:"what"` // a key of the catalogue under "notice."
	Student string    `json:"student,omitempty"`
	Item    string    `json:"item,omitempty"` // an id, of what What says
	On      Date      `json:"on,omitzero"`    // a date that belongs to it
	At      time.Time `json:"at"`
	ReadAt  time.Time `json:"read_at,omitzero"`
}

func (n *Notice) keys() map[string]string {
	k := map[string]string{"party": n.Person + "/" + stamp(n.At)}
	if n.Student != "" {
		k["about"] = n.Student
	}
	return k
}

// notify leaves a notice. The same one is left once, so whoever does so may be
// interrupted and begin again.
func (l *Library) notify(ctx context.Context, school string, n Notice) error {
	n.Head = Head{School: school, ID: DeriveID("notice", school, n.Person, n.Hat, n.What, n.Student, n.Item, n.On.String())}
	n.At = l.now().UTC()
	err := create(ctx, l, "notice", &n, n.keys())
	if isKind(err, Exists) {
		return nil
	}
	if err != nil {
		return err
	}
	l.Changed(Change{School: school, What: "notice", ID: n.ID, Persons: []string{n.Person}})
	return nil
}

// notifyFG tells every privacy officer of the school.
func (l *Library) notifyFG(ctx context.Context, school string, n Notice) error {
	people, err := l.people(ctx, school)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Wears(HatFG) && !p.Blocked {
			n.Person, n.Hat = p.ID, HatFG
			if err := l.notify(ctx, school, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// Noticed is a notice with the names a screen shows.
type Noticed struct {
	*Notice
	StudentName string
}

// Notices lists what the actor was told in the hat that is worn, newest first.
// What is about a student shows only while the actor still has to do with that
// student, or guards the log.
func (l *Library) Notices(ctx context.Context, a Actor, limit int) ([]*Noticed, error) {
	guards := l.may(ctx, a, ActReadLog) == nil
	var out []*Noticed
	for d, err := range l.each(ctx, Query{School: a.School, Kind: "notice", Index: "party", Desc: true}.Prefix(a.Person+"/")) {
		if err != nil {
			return nil, err
		}
		n, err := decode[Notice](d)
		if err != nil {
			return nil, err
		}
		if len(out) == limit {
			break
		}
		if n.Hat != a.Hat {
			continue
		}
		v := &Noticed{Notice: n}
		if n.Student != "" {
			f, p, err := l.facts(ctx, a, n.Student)
			if isKind(err, NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if !guards && Stand(a.Person, f, l.now()) == Stranger {
				continue
			}
			v.StudentName = p.Name.Full()
		}
		out = append(out, v)
	}
	return out, nil
}

// ReadNotices records that the actor saw the notices there are. Error kind:
// Unavailable; a notice that another page marks at the same time is no error.
func (l *Library) ReadNotices(ctx context.Context, a Actor) error {
	all, err := l.Notices(ctx, a, 1000)
	if err != nil {
		return err
	}
	for _, n := range all {
		if !n.ReadAt.IsZero() {
			continue
		}
		n.ReadAt = l.now().UTC()
		if err := replace(ctx, l, "notice", n.Notice, n.keys()); err != nil && !isKind(err, Conflict) {
			return err
		}
	}
	return nil
}
