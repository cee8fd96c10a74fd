package portfolio

import (
	"cmp"
	"context"
	"slices"
)

// Asked is a request with the names a screen shows.
type Asked struct {
	*Request
	StudentName, AskerName string
	Mine                   bool // the actor asked it
	Left                   int  // days until it must be answered; below 0: too late
	Handles                bool // the actor decides on it, or sees to it that somebody does
}

// Late tells whether an open request should have been answered by now.
func (r *Asked) Late() bool { return r.State == RequestOpen && r.Left < 0 }

// MyRequests lists what the actor asked in this hat, newest first. An answer
// in words is there only while the rule lets the actor ask.
func (l *Library) MyRequests(ctx context.Context, a Actor) ([]*Asked, error) {
	all, err := l.requestsOf(ctx, a, "")
	if err != nil {
		return nil, err
	}
	var out []*Asked
	for _, r := range all {
		if r.asker().Hat != a.Hat {
			continue
		}
		v, err := l.asked(ctx, a, r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// asked puts the names on a request, and leaves out of what the actor asked
// what the actor may no longer read.
func (l *Library) asked(ctx context.Context, a Actor, r *Request) (*Asked, error) {
	v := &Asked{Request: r, Mine: r.Asker == a.Person && r.asker().Hat == a.Hat, Left: DateOf(l.now()).daysTo(r.Due)}
	var err error
	if v.StudentName, err = l.nameOf(ctx, r.School, r.Student, nil); err != nil {
		return nil, err
	}
	if v.AskerName, err = l.nameOf(ctx, r.School, r.Asker, nil); err != nil {
		return nil, err
	}
	if v.Mine {
		err = l.hideAnswer(ctx, a, v)
	}
	return v, err
}

// hideAnswer takes the words of an answer away from an asker of whom the rule
// says less than when they were given.
func (l *Library) hideAnswer(ctx context.Context, a Actor, v *Asked) error {
	if v.State != RequestAnswered {
		return nil
	}
	f, _, err := l.facts(ctx, a, v.Student)
	if err != nil && !isKind(err, NotFound) {
		return err
	}
	if err == nil && v.Decided.stillTold(a.Person, f, l.now()) {
		return nil
	}
	r, d := *v.Request, *v.Decided
	d.Words, d.Hidden = "", true
	r.Decided = &d
	v.Request = &r
	return nil
}

// OpenRequests lists the open requests the actor has to do with, first due
// first: of the students of a duty for staff, all of the school for the FG.
func (l *Library) OpenRequests(ctx context.Context, a Actor) ([]*Asked, error) {
	all, err := list[Request](ctx, l, Query{School: a.School, Kind: "request", Index: "state"}.Prefix(RequestOpen+"/"))
	if err != nil {
		return nil, err
	}
	guards := l.may(ctx, a, ActReadLog) == nil
	var out []*Asked
	for _, r := range all {
		handles := guards
		if !guards {
			f, err := l.mayTo(ctx, a, ActSeeRequests, r.Student)
			if isKind(err, NotFound) || isKind(err, Forbidden) {
				continue
			}
			if err != nil {
				return nil, err
			}
			handles = May(a, ActDecide, f, l.now()) && r.Asker != a.Person
		}
		v, err := l.asked(ctx, a, r)
		if err != nil {
			return nil, err
		}
		v.Handles = handles
		if !handles && r.Asker != a.Person {
			v.Request = &Request{Head: r.Head, Student: r.Student, Asker: r.Asker, Hat: r.Hat, Kind: r.Kind, State: r.State, AskedAt: r.AskedAt, Due: r.Due}
		}
		out = append(out, v)
	}
	return out, nil
}

// ClosedRequests lists the requests of the school that were decided or taken
// back, the latest first, at most limit of them. The actor reads the log. Error
// kind: Forbidden.
func (l *Library) ClosedRequests(ctx context.Context, a Actor, limit int) ([]*Asked, error) {
	if err := l.may(ctx, a, ActReadLog); err != nil {
		return nil, err
	}
	var all []*Request
	for _, state := range []string{RequestReleased, RequestRefused, RequestAnswered, RequestWithdrawn} {
		docs, err := l.store.List(ctx, Query{School: a.School, Kind: "request", Index: "state", Desc: true, Limit: limit}.Prefix(state+"/"))
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			r, err := decode[Request](d)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(x, y *Request) int { return cmp.Or(-x.Decided.At.Compare(y.Decided.At), cmp.Compare(x.ID, y.ID)) })
	var out []*Asked
	for _, r := range all[:min(len(all), limit)] {
		v, err := l.asked(ctx, a, r)
		if err != nil {
			return nil, err
		}
		v.Handles = true
		out = append(out, v)
	}
	return out, nil
}

// Refused is a refusal as the FG looks after it: on a request, or recorded
// without one.
type Refused struct {
	ID                     string // of the request, or ""
	Student                string
	StudentName, AskerName string
	ByName                 string
	On                     Date
	Kinds                  []string
	Reason, Words          string
	Review                 Date // by when the school looks again, or zero
	Over                   bool // it no longer holds
	Past                   bool // the review is due
}

// Refusals lists the refusals of the school: first those that must be looked at
// again, then the newest. The actor reads the log. Error kind: Forbidden.
func (l *Library) Refusals(ctx context.Context, a Actor) ([]*Refused, error) {
	if err := l.may(ctx, a, ActReadLog); err != nil {
		return nil, err
	}
	requests, err := list[Request](ctx, l, Query{School: a.School, Kind: "request", Index: "state", Desc: true}.Prefix(RequestRefused+"/"))
	if err != nil {
		return nil, err
	}
	facts, err := list[Fact](ctx, l, Query{School: a.School, Kind: "fact"})
	if err != nil {
		return nil, err
	}
	facts = settled(facts)
	today := DateOf(l.now())
	ended := map[string]bool{} // requests of which the refusal no longer holds
	var out []*Refused
	add := func(v *Refused, asker, by string) (err error) {
		if v.StudentName, err = l.nameOf(ctx, a.School, v.Student, nil); err != nil {
			return err
		}
		if v.AskerName, err = l.nameOf(ctx, a.School, asker, nil); err != nil {
			return err
		}
		if v.ByName, err = l.nameOf(ctx, a.School, by, nil); err != nil {
			return err
		}
		v.Past = !v.Over && v.Review != 0 && v.Review <= today
		out = append(out, v)
		return nil
	}
	for _, f := range facts {
		if f.Type != FactRefusal {
			continue
		}
		over := !f.Counts || f.stateOn(today) == Over
		if f.Request != "" {
			ended[f.Request] = over
			continue
		}
		v := &Refused{Student: f.About, On: max(f.From, DateOf(f.RecordedAt)), Kinds: f.Kinds, Words: f.Reason, Review: f.Review, Over: over}
		if err := add(v, f.Party, f.RecordedBy); err != nil {
			return nil, err
		}
	}
	for _, r := range requests {
		d := r.Decided
		v := &Refused{ID: r.ID, Student: r.Student, On: DateOf(d.At), Kinds: r.Kinds, Reason: d.Reason, Words: d.Words, Review: d.Review, Over: ended[r.ID]}
		if err := add(v, r.Asker, d.By); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(x, y *Refused) int {
		if x.Past != y.Past {
			if x.Past {
				return -1
			}
			return 1
		}
		return -cmp.Compare(x.On, y.On)
	})
	return out, nil
}
