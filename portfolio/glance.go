package portfolio

import (
	"context"
	"slices"
)

// Glance is what a member of staff sees of a student in a list: titles and
// counts. Nothing in it opens a work or somebody else's assessment, so it
// leaves no line in the log.
type Glance struct {
	*Person
	Last     *Seen         // the newest work of the past year, or nil
	ToAssess []*Seen       // those of the past year that nobody assessed, newest first
	Drafts   []*Assessment // the actor's own, not yet published, newest first
}

// Draft is the actor's draft on a work, or nil.
func (g *Glance) Draft(work string) *Assessment {
	if i := slices.IndexFunc(g.Drafts, func(s *Assessment) bool { return s.Work == work }); i >= 0 {
		return g.Drafts[i]
	}
	return nil
}

// Glances looks at the students of a group for whom the actor is on duty.
func (l *Library) Glances(ctx context.Context, a Actor, g Group) ([]*Glance, error) {
	var out []*Glance
	for _, p := range g.Students {
		v, err := l.Glance(ctx, a, p.ID)
		if isKind(err, NotFound) {
			continue // the duty does not count for this one
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Glance looks at one student for whom the actor is on duty. Error kind:
// NotFound.
func (l *Library) Glance(ctx context.Context, a Actor, student string) (*Glance, error) {
	f, p, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	now := l.now()
	if Stand(a.Person, f, now) != OnDuty {
		return nil, E(NotFound, "error.not_found")
	}
	v := &Glance{Person: p}
	assessments, err := list[Assessment](ctx, l, Query{School: a.School, Kind: "assessment", Index: "about", Desc: true}.Prefix(student+"/"))
	if err != nil {
		return nil, err
	}
	done := map[string]bool{}
	for _, s := range assessments {
		if s.Draft && s.Author == a.Person && Inspect(a.Person, f, s.item(), now).Open {
			v.Drafts = append(v.Drafts, s)
		}
		if !s.Draft || s.Author == a.Person {
			done[s.Work] = true
		}
	}
	q := Query{School: a.School, Kind: "work", Index: "about", Desc: true}.Prefix(student + "/")
	q.From = student + "/" + DateOf(now).AddYears(-1).String()
	works, err := list[Work](ctx, l, q)
	if err != nil {
		return nil, err
	}
	for _, w := range works {
		d := Inspect(a.Person, f, w.item(), now)
		if !d.Open {
			continue
		}
		seen := &Seen{w, d}
		if v.Last == nil {
			v.Last = seen
		}
		if !done[w.ID] {
			v.ToAssess = append(v.ToAssess, seen)
		}
	}
	return v, nil
}
