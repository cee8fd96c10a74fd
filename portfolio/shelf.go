package portfolio

import (
	"context"
	"slices"
	"strings"
)

// Pick narrows a list of works. Its zero value narrows nothing.
type Pick struct {
	Year     int // the school year that begins in it; 0 for all
	Subject  string
	NoDrafts bool
}

func (p Pick) takes(w *Work) bool {
	return (p.Subject == "" || w.Subject == p.Subject) && !(p.NoDrafts && w.Draft)
}

// query lists a student's works, newest first.
func (p Pick) query(school, student string) Query {
	q := Query{School: school, Kind: "work", Index: "about", Desc: true}.Prefix(student + "/")
	if p.Year != 0 {
		from := date(p.Year, 8, 1)
		q.From, q.To = student+"/"+from.String(), student+"/"+from.AddYears(1).String()
	}
	return q
}

// SchoolYear is the year in which the school year of a date began: on 1 August.
func SchoolYear(d Date) int {
	y, m, _ := d.split()
	if m < 8 {
		return y - 1
	}
	return y
}

// Works lists what the actor may see of a student's works, newest first: at
// most limit of them, and a cursor for the next page, "" at the end. A student
// of whom there is nothing to see, and no standing, is NotFound.
func (l *Library) Works(ctx context.Context, a Actor, student, after string, limit int) ([]*Seen, string, error) {
	return l.PickWorks(ctx, a, student, Pick{}, after, limit)
}

// PickWorks is Works of those works that a pick takes.
func (l *Library) PickWorks(ctx context.Context, a Actor, student string, pick Pick, after string, limit int) ([]*Seen, string, error) {
	f, _, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, "", err
	}
	var out []*Seen
	q := pick.query(a.School, student)
	q.Limit = limit + 1 // one more tells whether there is a next page
	if after != "" {
		key, id, ok := strings.Cut(after, "|")
		if !ok || !strings.HasPrefix(key, student+"/") {
			return nil, "", E(Invalid, "error.cursor")
		}
		q.After = Cursor{Key: key, ID: id}
	}
	for doc, err := range l.each(ctx, q) {
		if err != nil {
			return nil, "", err
		}
		w, err := decode[Work](doc)
		if err != nil {
			return nil, "", err
		}
		d := Inspect(a.Person, f, w.item(), l.now())
		if !d.Open || !pick.takes(w) {
			continue
		}
		if len(out) == limit {
			last := out[limit-1]
			return out, last.keys()["about"] + "|" + last.ID, nil
		}
		out = append(out, &Seen{w, d})
	}
	if len(out) == 0 && Stand(a.Person, f, l.now()) == Stranger {
		return nil, "", E(NotFound, "error.not_found")
	}
	return out, "", nil
}

// Shelf is what a portfolio can be narrowed to, and what is not finished, by
// what the actor may see.
type Shelf struct {
	Years    []int // that have work, newest first
	Subjects []string
	Drafts   []*Seen // newest first
}

// Shelf looks along all works of a student. Error kind: NotFound.
func (l *Library) Shelf(ctx context.Context, a Actor, student string) (*Shelf, error) {
	f, _, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	var s Shelf
	for doc, err := range l.each(ctx, Pick{}.query(a.School, student)) {
		if err != nil {
			return nil, err
		}
		w, err := decode[Work](doc)
		if err != nil {
			return nil, err
		}
		d := Inspect(a.Person, f, w.item(), l.now())
		if !d.Open {
			continue
		}
		if w.Draft {
			s.Drafts = append(s.Drafts, &Seen{w, d})
		}
		if y := SchoolYear(w.HappenedOn); !slices.Contains(s.Years, y) {
			s.Years = append(s.Years, y)
		}
		if w.Subject != "" && !slices.Contains(s.Subjects, w.Subject) {
			s.Subjects = append(s.Subjects, w.Subject)
		}
	}
	slices.Sort(s.Subjects)
	return &s, nil
}

// Around is what hangs together with a work, as far as the actor may open it:
// the work it looks back at, or nil, and the look backs at it, oldest first.
// Only their titles are told, so no look is logged.
func (l *Library) Around(ctx context.Context, a Actor, w *Work) (about *Seen, backs []*Seen, err error) {
	f, _, err := l.facts(ctx, a, w.Student)
	if err != nil {
		return nil, nil, err
	}
	open := func(x *Work) *Seen {
		if d := Inspect(a.Person, f, x.item(), l.now()); d.Open && x.Student == w.Student {
			return &Seen{x, d}
		}
		return nil
	}
	if w.About != "" {
		x, err := load[Work](ctx, l, "work", a.School, w.About)
		if err != nil && !isKind(err, NotFound) {
			return nil, nil, err
		}
		if err == nil {
			about = open(x)
		}
	}
	all, err := list[Work](ctx, l, Query{School: a.School, Kind: "work", Index: "party"}.Prefix(w.ID+"/"))
	if err != nil {
		return nil, nil, err
	}
	for _, x := range all {
		if s := open(x); s != nil {
			backs = append(backs, s)
		}
	}
	return about, backs, nil
}
