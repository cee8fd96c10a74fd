package portfolio

import (
	"context"
	"slices"
	"time"
)

// Two of a student's family are in one conversation with school only while each
// of them says so. The school does not guess that from an address or from joint
// custody. Each says it of the other, by name, so that a third who comes later is
// not in it; neither reads what the other said until both say yes, so that
// nobody is pressed to. It counts to the instant, and taking it back does too.

// Together is what one of the family said about talking with school together
// with another.
type Together struct {
	Head
	Student string `json:"student"`
	By      string `json:"by"`
	With    string `json:"with"`
	Spans   []Span `json:"spans"` // when it was a yes, oldest first
}

// Span is a time from an instant up to, and not including, another; a zero
// Until is no end.
type Span struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
}

func (s Span) holds(at time.Time) bool {
	return !at.Before(s.From) && (s.Until.IsZero() || at.Before(s.Until))
}

func (t *Together) yes(at time.Time) bool {
	return slices.ContainsFunc(t.Spans, func(s Span) bool { return s.holds(at) })
}

// Bonds are all that was said of talking together about one student.
type Bonds []*Together

// Agreed tells whether two of the family each said yes of the other at an
// instant.
func (b Bonds) Agreed(x, y string, at time.Time) bool { return b.says(x, y, at) && b.says(y, x, at) }

func (b Bonds) says(x, y string, at time.Time) bool {
	return slices.ContainsFunc(b, func(t *Together) bool { return t.By == x && t.With == y && t.yes(at) })
}

// Bonds gathers them. It is for deciding who is in a conversation; nobody reads
// them as they are.
func (l *Library) Bonds(ctx context.Context, school, student string) (Bonds, error) {
	return list[Together](ctx, l, Query{School: school, Kind: "together", Index: "about", From: student, To: student + "\x01"})
}

// Companion is another of the family, as one of them reads of it.
type Companion struct {
	*Person
	Mine  bool // the actor says yes
	Both  bool // both do
	Since time.Time
}

// Companions lists with whom of the family the actor may say to talk together
// with school about a student. Nobody is listed to, or as, somebody from whom a
// court order keeps something. Error kind: NotFound.
func (l *Library) Companions(ctx context.Context, a Actor, student string) ([]Companion, error) {
	near, err := l.InTouch(ctx, a, student)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(near, func(n Near) bool { return n.ID == a.Person })
	if !near[i].Standing.family() {
		return nil, E(NotFound, "error.not_found")
	}
	bonds, err := l.Bonds(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	var out []Companion
	now := l.now()
	for _, n := range near {
		if n.ID == a.Person || !n.Standing.family() || n.Apart || near[i].Apart {
			continue
		}
		c := Companion{Person: n.Person, Mine: bonds.says(a.Person, n.ID, now), Both: bonds.Agreed(a.Person, n.ID, now)}
		for _, t := range bonds {
			if c.Mine && t.By == a.Person && t.With == n.ID {
				c.Since = t.Spans[len(t.Spans)-1].From
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// SayTogether says yes to talking with school about a student together with
// another of the family, or takes it back. Saying again what stands changes
// nothing. Error kinds: NotFound, Conflict.
func (l *Library) SayTogether(ctx context.Context, a Actor, student, with string, yes bool) error {
	all, err := l.Companions(ctx, a, student)
	if err != nil {
		return err
	}
	id := DeriveID("together", a.School, student, a.Person, with)
	t, err := load[Together](ctx, l, "together", a.School, id)
	there := !isKind(err, NotFound)
	if there && err != nil {
		return err
	}
	// What was said can be taken back of whoever it was said.
	if !slices.ContainsFunc(all, func(c Companion) bool { return c.ID == with }) && (yes || !there) {
		return E(NotFound, "error.not_found")
	}
	now := l.now().UTC()
	if !there {
		t = &Together{Head: Head{School: a.School, ID: id}, Student: student, By: a.Person, With: with}
	}
	if t.yes(now) == yes {
		return nil
	}
	n := Line{Act: "apart", Item: student}
	if yes {
		n.Act = "together"
		t.Spans = append(t.Spans, Span{From: now})
	} else {
		t.Spans[len(t.Spans)-1].Until = now
	}
	keys := map[string]string{"about": student, "party": a.Person}
	then := func() { l.togetherChanged(t) }
	// In the log of who says it, not in the student's, which the other one reads.
	if there {
		return replaceLogged(ctx, l, "together", t, keys, lineOf(a, a.Person, n), then)
	}
	err = createLogged(ctx, l, "together", t, keys, lineOf(a, a.Person, n), then)
	if isKind(err, Exists) {
		return E(Conflict, "error.conflict")
	}
	return err
}

// togetherChanged has the pages of the two told.
func (l *Library) togetherChanged(t *Together) {
	l.Changed(Change{School: t.School, What: "together", ID: t.ID, Persons: []string{t.By, t.With}})
}
