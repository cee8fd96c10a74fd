package portfolio

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Late is a fact that took access away and was recorded after the day from
// which it holds, with what was done in between by whom it names. It is worked
// out from the facts and the log: nothing of it is stored.
type Late struct {
	*Statement
	Ended *Statement // of an end: what ended, else nil
	From  Date       // the first day on which the access was not right; 0: never was
	To    time.Time  // when it was closed
	Looks []Looks    // newest first
}

// Looks are lines of the log that tell the same of one kind of thing.
type Looks struct {
	Newest *Logged
	Count  int
}

// Count is how many lines there are.
func (x *Late) Count() (n int) {
	for _, k := range x.Looks {
		n += k.Count
	}
	return n
}

// LateFacts lists the facts about students that took access away too late,
// newest first. Ends of duties for a class or for the school are not among
// them, nor what was declined or taken back since. The actor may read the log.
// Error kind: Forbidden.
func (l *Library) LateFacts(ctx context.Context, a Actor) ([]*Late, error) {
	if err := l.may(ctx, a, ActReadLog); err != nil {
		return nil, err
	}
	all, err := list[Fact](ctx, l, Query{School: a.School, Kind: "fact"})
	if err != nil {
		return nil, err
	}
	settle(all)
	by := map[string]*Fact{}
	for _, f := range all {
		by[f.ID] = f
	}
	slices.SortFunc(all, func(x, y *Fact) int { return byRecording(y, x) })
	var out []*Late
	for _, f := range all {
		of := by[f.Of]
		from, late := f.tooLate(of)
		if !late || !f.Counts || f.Declined {
			continue
		}
		if ok, err := l.isStudent(ctx, a.School, f.About); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		v := &Late{From: from, To: f.RecordedAt}
		if v.Statement, err = l.statement(ctx, a.School, f); err != nil {
			return nil, err
		}
		if err = l.tellEvidence(ctx, a, v.Statement); err != nil {
			return nil, err
		}
		if of != nil {
			if v.Ended, err = l.statement(ctx, a.School, of); err != nil {
				return nil, err
			}
		}
		if f.Type != FactEnd && f.Until != 0 && f.Until.Start().Before(v.To) {
			v.To = f.Until.Start()
		}
		if v.Looks, err = l.looksOf(ctx, v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (l *Library) statement(ctx context.Context, school string, f *Fact) (*Statement, error) {
	said, err := l.statements(ctx, school, []*Fact{f})
	if err != nil {
		return nil, err
	}
	return said[0], nil
}

func (l *Library) isStudent(ctx context.Context, school, id string) (bool, error) {
	p, err := l.person(ctx, school, id)
	if isKind(err, NotFound) {
		return false, nil
	}
	return err == nil && p.Wears(HatStudent), err
}

// tooLate tells whether a fact takes access away from a person from an earlier
// day than that on which it was recorded, and from which. of is what it ends.
func (f *Fact) tooLate(of *Fact) (from Date, late bool) {
	switch {
	case f.Party == "" || f.Kind == declined:
		return 0, false
	case f.Type == FactEnd:
		if of == nil || of.Of != "" || of.Type == FactEnrolment || of.takes() {
			return 0, false
		}
		from = max(f.Until, of.From)
	case f.takes():
		from = f.From
	default:
		return 0, false
	}
	return from, from < DateOf(f.RecordedAt)
}

// lateSince is tooLate for a fact that is about to be recorded; 0: it is not.
func (f *Fact) lateSince(of *Fact, now time.Time) Date {
	g := *f
	g.RecordedAt = now
	from, late := g.tooLate(of)
	if !late {
		return 0
	}
	return from
}

// looksOf counts what the party did in the student's log in the time between.
func (l *Library) looksOf(ctx context.Context, v *Late) ([]Looks, error) {
	var out []Looks
	for doc, err := range l.each(ctx, Query{School: v.School, Kind: "audit", Index: "about", Desc: true}.Prefix(v.About+"/")) {
		if err != nil {
			return nil, err
		}
		n, err := decode[Line](doc)
		if err != nil {
			return nil, err
		}
		if v.From != 0 && n.At.Before(v.From.Start()) {
			break
		}
		if n.Actor != v.Party || !n.At.Before(v.To) {
			continue
		}
		i := slices.IndexFunc(out, func(k Looks) bool { return k.Newest.Act == n.Act && k.Newest.Kind == n.Kind })
		if i < 0 {
			name, err := l.nameOf(ctx, v.School, n.Actor, nil)
			if err != nil {
				return nil, err
			}
			out = append(out, Looks{Newest: &Logged{Line: n, ActorName: name}})
			i = len(out) - 1
		}
		out[i].Count++
	}
	slices.SortStableFunc(out, func(x, y Looks) int { return -cmp.Compare(x.Count, y.Count) })
	return out, nil
}

// noticeLate tells the privacy officer of a fact that came too late.
func (l *Library) noticeLate(ctx context.Context, f *Fact) error {
	var of *Fact
	if f.Of != "" {
		var err error
		if of, err = l.fact(ctx, f.School, f.Of); isKind(err, NotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
	from, late := f.tooLate(of)
	if !late {
		return nil
	}
	if ok, err := l.isStudent(ctx, f.School, f.About); err != nil || !ok {
		return err
	}
	return l.notifyFG(ctx, f.School, Notice{What: "late_end", Student: f.About, Item: f.ID, On: from})
}
