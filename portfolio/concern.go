package portfolio

import (
	"context"
	"slices"
)

// Who must be told of a change, so that no page goes on showing what the rule
// has closed. They are told only that something changed: each page asks anew.

// factChanged tells everybody whose view of a student a fact can change; whom
// it names may have lost something.
func (l *Library) factChanged(ctx context.Context, f *Fact) {
	if !l.watched() {
		return
	}
	c := Change{School: f.School, What: "fact", ID: f.ID, Named: []string{f.Party}}
	of, err := f, error(nil)
	if f.Of != "" {
		of, err = load[Fact](ctx, l, "fact", f.School, f.Of)
	}
	if err == nil && !slices.Contains([]FactType{FactRestriction, FactYes, FactNo, FactLeaving}, of.Type) && !l.speaks(ctx, f) {
		c.Persons = l.nearby(ctx, f.School, f.About, f.Party)
	}
	if of != nil && of.Type == FactEnrolment && c.Persons != nil { // the class that is left is not around any more
		members, err := l.membersOf(ctx, f.School, f.Party)
		if c.Persons = append(c.Persons, members...); err != nil {
			c.Persons = nil
		}
	}
	l.Changed(c)
}

// speaks tells whether a fact names somebody who said yes or no about the
// student, or whether that cannot be told: with custody that comes or goes that
// word does too, and it is about the whole school.
func (l *Library) speaks(ctx context.Context, f *Fact) bool {
	if f.Party == "" {
		return false
	}
	all, err := l.answers(ctx, f.School, f.About)
	return err != nil || slices.ContainsFunc(all, func(x *Fact) bool { return x.By == f.Party })
}

// workChanged tells the student of a change of a work, and when it is shown to
// others than before also those others.
func (l *Library) workChanged(ctx context.Context, w *Work, before *Showing) {
	c := Change{School: w.School, What: "work", ID: w.ID, Persons: []string{w.Student}}
	switch {
	case before == nil:
	case slices.Contains(before.Audience, ToSchool) || slices.Contains(w.Audience, ToSchool):
		c.Persons = nil
	default:
		c.Persons = l.nearby(ctx, w.School, w.Student, w.Student)
	}
	l.Changed(c)
}

// nearby are the people around a student: family, staff, who got a share, the
// class and its guardians; and who is given. None: that cannot be told now, or
// nobody listens, and everybody at the school is concerned.
func (l *Library) nearby(ctx context.Context, school, student string, also ...string) []string {
	if !l.watched() {
		return nil
	}
	out := append([]string{student}, also...)
	d, err := l.dossier(ctx, school, student)
	if isKind(err, NotFound) {
		return out // about a class or the school: it concerns whom it names
	}
	if err != nil {
		return nil
	}
	n, err := l.neighbours(ctx, d, school, []string{ToClass, ToClassGuardians})
	if err != nil {
		return nil
	}
	for id := range n.people {
		out = append(out, id)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
