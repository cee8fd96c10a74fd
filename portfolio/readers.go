package portfolio

import (
	"cmp"
	"context"
	"slices"
)

// Circle is where a reader stands to the student, as a sentence about readers
// names people: nearest first.
type Circle string

// The circles.
const (
	CircleStaff          Circle = "staff"
	CircleFamily         Circle = "family"
	CircleClass          Circle = "class"
	CircleClassGuardians Circle = "class_guardians"
	CircleSchool         Circle = "school" // students of other classes
	CircleShared         Circle = "shared" // somebody it was shared with by name
)

// Circles are all of them, nearest first.
var Circles = []Circle{CircleStaff, CircleFamily, CircleClass, CircleClassGuardians, CircleSchool, CircleShared}

// Reader is somebody who can see a work, or may ask to, and why.
type Reader struct {
	*Person
	Kind     string // the hat in which the reader sees it: student, guardian or staff
	Circle   Circle
	Decision Decision
}

// Readers answers "who can see this?" for a work of the actor's own, saved or
// not: everybody for whom the rule opens it now, staff first, then family,
// then others, and never the student. work is "" for one that is not yet
// saved. Error kinds: NotFound, Invalid.
func (l *Library) Readers(ctx context.Context, a Actor, work string, audience []string, draft bool) ([]Reader, error) {
	all, err := l.reach(ctx, a, work, audience, draft)
	return slices.DeleteFunc(all, func(r Reader) bool { return !r.Decision.Open }), err
}

// Askers lists who may not see the work, but may ask the school to: those for
// whom the rule says REQUEST. Error kinds: NotFound, Invalid.
func (l *Library) Askers(ctx context.Context, a Actor, work string, audience []string, draft bool) ([]Reader, error) {
	all, err := l.reach(ctx, a, work, audience, draft)
	return slices.DeleteFunc(all, func(r Reader) bool { return r.Decision.Open || r.Decision.Outcome != REQUEST }), err
}

// reach asks the rule about everybody who might have to do with a work. Who
// can wear several hats is asked in each, just as the rule will be asked when
// that person looks: what one hat opens, the person can see.
func (l *Library) reach(ctx context.Context, a Actor, work string, audience []string, draft bool) ([]Reader, error) {
	if err := checkAudience(audience); err != nil {
		return nil, err
	}
	if _, err := l.mayTo(ctx, a, ActAddWork, a.Person); err != nil {
		return nil, err
	}
	it := &Item{Kind: ItemWork, Author: a.Person}
	if work != "" {
		w, err := l.ownWork(ctx, a, work)
		if err != nil {
			return nil, err
		}
		it = w.item()
	}
	it.Audience, it.Draft = audience, draft
	d, err := l.dossier(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	n, err := l.neighbours(ctx, d, a.School, audience)
	if err != nil {
		return nil, err
	}
	return l.around(n, it), nil
}

// around asks the rule about each of the neighbours, nearest first.
func (l *Library) around(n *neighbours, it *Item) []Reader {
	var out []Reader
	for id, p := range n.people {
		best := Reader{Person: p}
		for _, hat := range []string{HatStaff, HatGuardian, HatStudent} {
			if !p.Wears(hat) {
				continue
			}
			dec := Inspect(id, n.seenBy(p, hat), it, l.now())
			if best.Kind == "" || dec.Open && !best.Decision.Open || dec.Open == best.Decision.Open && dec.Outcome > best.Decision.Outcome {
				best.Kind, best.Decision = hat, dec
			}
		}
		best.Circle = n.circle(id, best.Kind)
		out = append(out, best)
	}
	slices.SortFunc(out, func(x, y Reader) int {
		return cmp.Or(cmp.Compare(slices.Index(Circles, x.Circle), slices.Index(Circles, y.Circle)), byName(x.Person, y.Person))
	})
	return out
}
