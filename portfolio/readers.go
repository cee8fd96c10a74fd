package portfolio

import (
	"cmp"
	"context"
	"slices"
)

// Reader is somebody who can see a work, and why.
type Reader struct {
	*Person
	Kind     string // student, guardian or staff: what the reader is to this work
	Decision Decision
}

// Readers answers "who can see this?" for a work of the actor's own, saved or
// not: everybody for whom the rule opens it now, staff first, then family,
// then others, and never the student. work is "" for one that is not yet
// saved. Error kinds: NotFound, Invalid.
func (l *Library) Readers(ctx context.Context, a Actor, work string, audience []string, draft bool) ([]Reader, error) {
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
	f, known, err := l.everyone(ctx, d, a.School, audience)
	if err != nil {
		return nil, err
	}
	var out []Reader
	for id, p := range known {
		dec := Inspect(id, f, it, l.now())
		if dec.Open && id != a.Person {
			out = append(out, Reader{p, f.People[id].Kind, dec})
		}
	}
	order := []string{KindStaff, KindGuardian, KindStudent}
	slices.SortFunc(out, func(x, y Reader) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.Kind), slices.Index(order, y.Kind)), byName(x.Person, y.Person))
	})
	return out, nil
}
