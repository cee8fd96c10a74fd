package portfolio

import (
	"cmp"
	"context"
	"slices"
)

// Statement is a fact with the names a screen shows.
type Statement struct {
	*Fact
	AboutName, PartyName string
	WholeSchool          bool // a duty for all students
	State                FactState
}

// FactState says whether a fact holds today.
type FactState string

const (
	Holds  FactState = "now"
	Over   FactState = "over"
	Coming FactState = "coming"
)

// Verifiable tells whether the proof of this custody must still be seen.
func (s *Statement) Verifiable() bool {
	return s.Type == FactCustody && s.Verified == 0 && s.State != Over
}

// Statements lists all facts that name somebody, as the student it is about or
// as the other party: those that hold first, then the newest. The actor is an
// administrator. Error kinds: Forbidden, NotFound.
func (l *Library) Statements(ctx context.Context, a Actor, person string) ([]*Statement, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	if _, err := l.person(ctx, a.School, person); err != nil {
		return nil, err
	}
	about, err := l.factsAbout(ctx, a.School, person)
	if err != nil {
		return nil, err
	}
	party, err := l.factsOf(ctx, a.School, person)
	if err != nil {
		return nil, err
	}
	return l.statements(ctx, a.School, append(about, party...))
}

func (l *Library) statements(ctx context.Context, school string, facts []*Fact) ([]*Statement, error) {
	names := map[string]string{}
	out := make([]*Statement, 0, len(facts))
	for _, f := range facts {
		s := &Statement{Fact: f, WholeSchool: f.About == school, State: f.stateOn(DateOf(l.now()))}
		var err error
		if s.AboutName, err = l.calledHere(ctx, school, f.About, names); err != nil {
			return nil, err
		}
		if s.PartyName, err = l.calledHere(ctx, school, f.Party, names); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	order := []FactState{Holds, Coming, Over}
	slices.SortStableFunc(out, func(x, y *Statement) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.State), slices.Index(order, y.State)), -cmp.Compare(x.From, y.From))
	})
	return out, nil
}

func (f *Fact) stateOn(d Date) FactState {
	switch {
	case f.inForce(d):
		return Holds
	case d < f.From && (f.Until == 0 || f.From < f.Until):
		return Coming
	}
	return Over
}

// calledHere is the name of a person, class or school, or "".
func (l *Library) calledHere(ctx context.Context, school, id string, known map[string]string) (string, error) {
	if name, ok := known[id]; ok || id == "" {
		return name, nil
	}
	name := ""
	p, err := l.person(ctx, school, id)
	switch {
	case err == nil:
		name = p.Name.Full()
	case !isKind(err, NotFound):
		return "", err
	default:
		c, err := load[Class](ctx, l, "class", school, id)
		if err == nil {
			name = c.Name
		} else if !isKind(err, NotFound) {
			return "", err
		}
	}
	known[id] = name
	return name, nil
}

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
