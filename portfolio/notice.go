package portfolio

import (
	"context"
	"iter"
	"time"
)

// Notice tells one person that something happened: what, about whom, and where
// to look. It holds no content of a portfolio: what it leads to is decided by the rule when it
// is followed, and whether the notice itself still shows, each time it is read.
type Notice struct {
	Head
	Person  string    `json:"person"`
	Hat     string    `json:"hat"`  // in which it concerns the person
	What    string    `json:"what"` // a key of the catalogue under "notice."
	Student string    `json:"student,omitempty"`
	Item    string    `json:"item,omitempty"`  // of what What says: an id, or a number of days
	Party   string    `json:"party,omitempty"` // the person who did it
	Count   int       `json:"count,omitempty"` // how many there are now
	Said    string    `json:"said,omitempty"`  // the reason, in the words of Party
	On      Date      `json:"on,omitzero"`     // a date that belongs to it
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

func (n *Notice) id(school string) string {
	return DeriveID("notice", school, n.Person, n.Hat, n.What, n.Student, n.Item, n.On.String())
}

// notify leaves a notice. The same one is left once, so whoever does so may be
// interrupted and begin again.
func (l *Library) notify(ctx context.Context, school string, n Notice) error {
	n.Head = Head{School: school, ID: n.id(school)}
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

// ring leaves a notice that says only that there is something to look at: one
// until it is read, and then anew.
func (l *Library) ring(ctx context.Context, school string, n Notice) error {
	id := DeriveID("notice", school, n.Person, n.Hat, n.What)
	for {
		old, err := load[Notice](ctx, l, "notice", school, id)
		switch {
		case isKind(err, NotFound):
			n.Head, n.At = Head{School: school, ID: id}, l.now().UTC()
			err = create(ctx, l, "notice", &n, n.keys())
		case err == nil && old.ReadAt.IsZero():
			return nil
		case err == nil:
			old.At, old.ReadAt = l.now().UTC(), time.Time{}
			err = replace(ctx, l, "notice", old, old.keys())
		}
		if isKind(err, Exists) || isKind(err, Conflict) {
			continue // it rang, or was read, this instant
		}
		if err == nil {
			l.Changed(Change{School: school, What: "notice", ID: id, Persons: []string{n.Person}})
		}
		return err
	}
}

// notifyFG tells every privacy officer of the school, but not of themselves.
func (l *Library) notifyFG(ctx context.Context, school string, n Notice) error {
	people, err := l.people(ctx, school)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Wears(HatFG) && !p.Blocked && p.ID != n.Party {
			n.Person, n.Hat = p.ID, HatFG
			if err := l.notify(ctx, school, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// notifyFamily tells the student, and everybody who is told about the student
// at an instant.
func (l *Library) notifyFamily(ctx context.Context, school, student string, n Notice, at time.Time) error {
	n.Student, n.Person, n.Hat = student, student, HatStudent
	if err := l.notify(ctx, school, n); err != nil {
		return err
	}
	return l.notifyGuardians(ctx, school, student, n, at)
}

// notifyGuardians tells everybody who is told about a student at an instant,
// but not of themselves.
func (l *Library) notifyGuardians(ctx context.Context, school, student string, n Notice, at time.Time) error {
	d, err := l.asOf(at, time.Time{}).dossier(ctx, school, student)
	if err != nil {
		return err
	}
	n.Student = student
	for _, id := range guardiansOf(&d.facts, at) {
		p, err := l.person(ctx, school, id)
		if isKind(err, NotFound) || id == n.Party || err == nil && !p.Wears(HatGuardian) {
			continue // an institution, or who cannot look as family
		}
		if err != nil {
			return err
		}
		n.Person, n.Hat = id, HatGuardian
		if err := l.notify(ctx, school, n); err != nil {
			return err
		}
	}
	return nil
}

// Noticed is a notice with the names a screen shows.
type Noticed struct {
	*Notice
	StudentName string
	PartyName   string
}

// Notices lists what the actor was told in the hat that is worn, newest first.
// What is about a student shows only while the actor still has to do with that
// student, or guards the log.
func (l *Library) Notices(ctx context.Context, a Actor, limit int) ([]*Noticed, error) {
	var out []*Noticed
	for n, err := range l.noticed(ctx, a) {
		if err != nil {
			return nil, err
		}
		if len(out) == limit {
			break
		}
		if n.PartyName, err = l.nameOf(ctx, a.School, n.Party, nil); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// Unread counts the notices that the actor has not seen, up to a limit.
func (l *Library) Unread(ctx context.Context, a Actor, limit int) (int, error) {
	count := 0
	for n, err := range l.noticed(ctx, a) {
		if err != nil {
			return 0, err
		}
		if !n.ReadAt.IsZero() {
			continue
		}
		if count++; count == limit {
			break
		}
	}
	return count, nil
}

// mostNotices is how far back notices are shown: older ones are history.
const mostNotices = 300

// noticed walks what Notices lists.
func (l *Library) noticed(ctx context.Context, a Actor) iter.Seq2[*Noticed, error] {
	return func(yield func(*Noticed, error) bool) {
		guards := l.may(ctx, a, ActReadLog) == nil
		shows := map[Notice]*Person{} // the students about whom the actor may be told; nil for the others
		met := 0
		for d, err := range l.each(ctx, Query{School: a.School, Kind: "notice", Index: "party", Desc: true}.Prefix(a.Person+"/")) {
			if err != nil {
				yield(nil, err)
				return
			}
			if met++; met > mostNotices {
				return
			}
			n, err := decode[Notice](d)
			if err != nil {
				yield(nil, err)
				return
			}
			if n.Hat != a.Hat {
				continue
			}
			v := &Noticed{Notice: n}
			if n.Student != "" {
				about := Notice{Student: n.Student}
				at := l.now()
				if n.What == leavingEnded { // that nothing is left to see is told to who could see it the day before
					about.On, at = n.On, n.On.AddDays(-1).Start()
				}
				p, known := shows[about]
				if !known {
					if p, err = l.noticeable(ctx, a, n.Student, guards, at); err != nil {
						yield(nil, err)
						return
					}
					shows[about] = p
				}
				if p == nil {
					continue
				}
				v.StudentName = p.Name.Full()
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// noticeable is a student about whom the actor may be told at an instant, or
// nil. An administrator is told what the school still has to record of a student.
func (l *Library) noticeable(ctx context.Context, a Actor, student string, guards bool, at time.Time) (*Person, error) {
	f, p, err := l.facts(ctx, a, student)
	if isKind(err, NotFound) {
		return nil, nil
	}
	if err != nil || guards || l.may(ctx, a, ActRecordFacts) == nil {
		return p, err
	}
	gone := Inspect(a.Person, f, &Item{Kind: ItemAssessment}, at).Rule == "1" // blocked, or past keeping
	if gone || Stand(a.Person, f, at) == Stranger {
		return nil, nil
	}
	return p, nil
}

// ReadNotices records that the actor saw these notices. Error kind:
// Unavailable; a notice that another page marks at the same time is no error.
func (l *Library) ReadNotices(ctx context.Context, a Actor, seen []*Noticed) error {
	for _, n := range seen {
		if !n.ReadAt.IsZero() || n.Person != a.Person {
			continue
		}
		read := *n.Notice // what the caller shows stays as it was
		read.ReadAt = l.now().UTC()
		if err := replace(ctx, l, "notice", &read, read.keys()); err != nil && !isKind(err, Conflict) {
			return err
		}
	}
	return nil
}
