package portfolio

import (
	"context"
	"slices"
	"time"
)

// Ending is what changes when a fact ends.
type Ending struct {
	*Statement
	When  Date // the first day without it, as asked
	Since Date // recorded too late: since when the party could still see it; else 0
	Takes bool // the end takes access away, and so does not wait for a second to count
	// Of custody and relations: how the party stands to the student on that day
	// (today, for a day in the past), with the fact and without it.
	Before, After Standing
	MayAsk        bool     // without it the party may still ask the school
	Spoke         bool     // what the party said for the student does not count without it
	Holders       []string // names of those who then hold verified custody
	Effects       []Effect // for each person for whom something changes
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
	end := &Fact{Type: FactEnd, Party: f.Party, Until: when}
	e := &Ending{Statement: all[0], When: when, Since: end.lateSince(f, l.now()), Takes: !end.gives(f)}
	if e.Since != 0 {
		if student, err := l.isStudent(ctx, a.School, f.About); err != nil {
			return nil, err
		} else if !student {
			e.Since = 0 // what is about a class is on nobody's list (LateFacts)
		}
	}
	if e.Effects, err = l.effectsOf(ctx, a.School, f.About, when, asTheyAre, func(all []*Fact) []*Fact { return endedOn(all, f.ID, when) }); err != nil {
		return nil, err
	}
	if f.Type != FactCustody && f.Type != FactRelation {
		return e, nil
	}
	then, d, err := l.onDay(ctx, a.School, f.About, when)
	if err != nil {
		return nil, err
	}
	without := *d
	without.tell(endedOn(d.about, f.ID, when), DateOf(then.now()))
	party := Actor{School: a.School, Person: f.Party, Hat: HatGuardian}
	before, err := then.viewedBy(ctx, d, party)
	if err != nil {
		return nil, err
	}
	after, err := then.viewedBy(ctx, &without, party)
	if err != nil {
		return nil, err
	}
	e.Before, e.After = Stand(f.Party, before, then.now()), Stand(f.Party, after, then.now())
	e.MayAsk = kindOfAsk(f.Party, after, then.now()) != ""
	e.Spoke = speaksFor(f.Party, before, then.now()) == f.Party && speaksFor(f.Party, after, then.now()) == "" && l.speaks(ctx, f)
	names := map[string]string{}
	for _, c := range without.facts.Custody {
		if (&Fact{Type: FactCustody, From: c.From, Until: c.Until, Verified: c.Verified}).holds(DateOf(then.now())) {
			name, err := l.calledHere(ctx, a.School, c.Holder, names)
			if err != nil {
				return nil, err
			}
			e.Holders = append(e.Holders, name)
		}
	}
	return e, nil
}

// onDay is what is known now about a student, on a day to come; today for one
// that is past.
func (l *Library) onDay(ctx context.Context, school, student string, day Date) (*Library, *dossier, error) {
	at := l.now()
	if day > DateOf(at) {
		at = day.Start()
	}
	then := l.asOf(at, time.Time{})
	d, err := then.dossier(ctx, school, student)
	return then, d, err
}

// endedOn is facts as they would be if one of them ended on a date.
func endedOn(all []*Fact, id string, until Date) []*Fact {
	out := slices.Clone(all)
	for i, f := range out {
		if f.ID == id {
			ended := *f
			ended.Until = until
			out[i] = &ended
		}
	}
	return out
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
		if f.Type == FactEnd && f.Of == last.ID && f.Until == last.Until {
			end.Recorded = DateOf(f.RecordedAt)
		}
	}
	return end, err
}
