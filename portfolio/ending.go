package portfolio

import (
	"context"
	"slices"
)

// Ending is what changes when a fact ends.
type Ending struct {
	*Statement
	When Date // the first day without it, as asked
	// Of custody and relations: how the party stands to the student on that day
	// (today, for a day in the past), with the fact and without it.
	Before, After Standing
	MayAsk        bool     // without it the party may still ask the school
	Holders       []string // names of those who then hold verified custody
}

// PreviewEnd tells what EndFact would change, by asking the rule. Error kinds
// as for EndFact.
func (l *Library) PreviewEnd(ctx context.Context, a Actor, id string, when Date) (*Ending, error) {
	f, err := l.endable(ctx, a, id, when)
	if err != nil {
		return nil, err
	}
	all, err := l.statements(ctx, a.School, []*Fact{f})
	if err != nil {
		return nil, err
	}
	e := &Ending{Statement: all[0], When: when}
	if f.Type != FactCustody && f.Type != FactRelation {
		return e, nil
	}
	d, err := l.dossier(ctx, a.School, f.About)
	if err != nil {
		return nil, err
	}
	facts, err := l.viewedBy(ctx, d, Actor{School: a.School, Person: f.Party, Hat: HatGuardian})
	if err != nil {
		return nil, err
	}
	now := l.now()
	if when > DateOf(now) {
		now = when.Start()
	}
	e.Before = Stand(f.Party, facts, now)
	without := facts.without(f, when)
	e.After = Stand(f.Party, without, now)
	e.MayAsk = kindOfAsk(f.Party, without, now) != ""
	names := map[string]string{}
	for _, c := range without.Custody {
		if (&Fact{Type: FactCustody, From: c.From, Until: c.Until, Verified: c.Verified}).holds(DateOf(now)) {
			name, err := l.calledHere(ctx, a.School, c.Holder, names)
			if err != nil {
				return nil, err
			}
			e.Holders = append(e.Holders, name)
		}
	}
	return e, nil
}

// without is what is known when one custody or relation ends on a date.
func (fs *Facts) without(f *Fact, until Date) *Facts {
	out := *fs
	out.Custody, out.Relations = slices.Clone(fs.Custody), slices.Clone(fs.Relations)
	if i := slices.Index(out.Custody, Custody{f.Party, f.From, f.Until, f.Verified}); f.Type == FactCustody && i >= 0 {
		out.Custody[i].Until = until
	}
	if i := slices.Index(out.Relations, Relation{f.Party, f.Kind, f.Institution, f.From, f.Until}); f.Type == FactRelation && i >= 0 {
		out.Relations[i].Until = until
	}
	return &out
}

// CustodyEnd is when the school wrote down that custody was over, and from
// which day it is.
type CustodyEnd struct {
	Recorded, Since Date
}

// CustodyEnded tells the actor when the actor's own custody over a student was
// ended, or nil when there was none or there still is some.
func (l *Library) CustodyEnded(ctx context.Context, a Actor, student string) (*CustodyEnd, error) {
	about, err := l.factsAbout(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	var last *Fact
	for _, f := range about {
		if f.Type != FactCustody || f.Party != a.Person {
			continue
		}
		if f.inForce(today) {
			return nil, nil
		}
		if f.Until != 0 && f.Until <= today && (last == nil || f.Until > last.Until) {
			last = f
		}
	}
	if last == nil {
		return nil, nil
	}
	end := &CustodyEnd{Since: last.Until, Recorded: DateOf(last.RecordedAt)}
	ends, err := list[Fact](ctx, l, Query{School: a.School, Kind: "fact", Index: "about", From: student, To: student + "\x01"})
	for _, f := range ends {
		if f.Type == FactEnd && f.Ends == last.ID && f.Until == last.Until {
			end.Recorded = DateOf(f.RecordedAt)
		}
	}
	return end, err
}
