package portfolio

import (
	"cmp"
	"context"
	"slices"
)

// Effect is what a fact changes for one person, before it is recorded. Each
// list names sights (below): what the person newly sees, may newly request or
// ask about, and what is lost.
type Effect struct {
	*Person
	Hat                         string
	Sees, Requests, Asks, Loses []string
}

// sights are the things of which an Effect tells who sees them: one of each
// kind about which the rule can differ.
var sights = []struct {
	name string
	item Item
}{
	{"assessment", Item{Kind: ItemAssessment}},
	{"work_guardians", Item{Kind: ItemWork, Audience: []string{ToGuardians}}},
	{"work_staff", Item{Kind: ItemWork, Audience: []string{ToStaff}}},
	{"work_class", Item{Kind: ItemWork, Audience: []string{ToClass}}},
	{"work_class_guardians", Item{Kind: ItemWork, Audience: []string{ToClassGuardians}}},
	{"work_school", Item{Kind: ItemWork, Audience: []string{ToSchool}}},
	{"work_private", Item{Kind: ItemWork}},
	{"record", Item{Kind: ItemRecord}},
	{"care", Item{Kind: ItemCare}},
	{"contact", Item{Kind: ItemContact}},
}

// reachOf is how near somebody is to a thing.
type reachOf int

const (
	outOfReach reachOf = iota
	asksAbout
	mayRequest
	sees
)

func reaches(d Decision) reachOf {
	switch {
	case d.Open:
		return sees
	case d.Outcome == REQUEST:
		return mayRequest
	case d.Outcome == ON_ASK:
		return asksAbout
	}
	return outOfReach
}

// Recording is what RecordFact would record and change.
type Recording struct {
	*Statement
	When    Date // the first day on which it counts, today for a past one
	Since   Date // recorded too late: since when what it takes away could be seen; else 0
	Effects []Effect
}

// PreviewFact tells what RecordFact would change once it is confirmed, by
// asking the rule. Error kinds as for RecordFact.
func (l *Library) PreviewFact(ctx context.Context, a Actor, f Fact) (*Recording, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	if err := l.checkFact(ctx, a.School, &f); err != nil {
		return nil, err
	}
	if err := l.checkEvidence(ctx, a, f.Upload); err != nil {
		return nil, err
	}
	f.Waits = true
	f.Takes = !f.gives(nil)
	said, err := l.statements(ctx, a.School, []*Fact{&f})
	if err != nil {
		return nil, err
	}
	r := &Recording{Statement: said[0], When: max(f.From, DateOf(l.now())), Since: f.lateSince(nil, l.now())}
	r.Effects, err = l.effectsOf(ctx, a.School, f.About, r.When, asTheyAre, func(all []*Fact) []*Fact { return append(slices.Clone(all), &f) })
	return r, err
}

// PreviewConfirm tells what a fact that waits gives once the actor agrees, or
// what it took away when it was recorded. Error kinds: NotFound, Conflict.
func (l *Library) PreviewConfirm(ctx context.Context, a Actor, id string) (*Recording, error) {
	f, err := l.waitingFor(ctx, a, id)
	if err != nil {
		return nil, err
	}
	said, err := l.statements(ctx, a.School, []*Fact{f})
	if err != nil {
		return nil, err
	}
	day := f.From
	if f.Type == FactEnd {
		day = f.Until
	}
	if err := l.tellEvidence(ctx, a, said[0]); err != nil {
		return nil, err
	}
	r := &Recording{Statement: said[0], When: max(day, DateOf(l.now()))}
	without, err := l.supposing(ctx, a.School, f, false)
	if err != nil {
		return nil, err
	}
	with, err := l.supposing(ctx, a.School, f, true)
	if err != nil {
		return nil, err
	}
	r.Effects, err = l.effectsOf(ctx, a.School, f.About, r.When, without, with)
	return r, err
}

// supposing gives what facts about a student would be if one that waits were
// confirmed, or had never been recorded.
func (l *Library) supposing(ctx context.Context, school string, f *Fact, confirmed bool) (func([]*Fact) []*Fact, error) {
	own, err := l.listFacts(ctx, school, "about", f.About)
	if err != nil {
		return nil, err
	}
	own = slices.DeleteFunc(own, func(x *Fact) bool { return !confirmed && (x.ID == f.ID || x.Of == f.ID) })
	for _, x := range own {
		x.Waits = x.Waits && x.ID != f.ID
	}
	own = slices.DeleteFunc(settled(own), func(x *Fact) bool { return !x.Counts })
	return func(all []*Fact) []*Fact {
		return append(slices.DeleteFunc(slices.Clone(all), func(x *Fact) bool { return x.About == f.About }), own...)
	}, nil
}

func asTheyAre(all []*Fact) []*Fact { return all }

// effectsOf compares what people around a student see on a day, with facts
// about that student as they would be before and after. What is about a class
// or the school changes too much to name: it has none.
func (l *Library) effectsOf(ctx context.Context, school, student string, day Date, was, is func([]*Fact) []*Fact) ([]Effect, error) {
	then, d, err := l.onDay(ctx, school, student, day)
	if isKind(err, NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	today, recorded := DateOf(then.now()), d.about
	d.tell(was(recorded), today)
	before, err := then.neighbours(ctx, d, school, nil)
	if err != nil {
		return nil, err
	}
	changed := *d
	changed.tell(is(recorded), today)
	after, err := then.neighbours(ctx, &changed, school, nil)
	if err != nil {
		return nil, err
	}
	after.classmates, after.guardians = before.classmates, before.guardians
	var out []Effect
	for id, p := range after.people {
		before.people[id] = p
	}
	for id, p := range before.people {
		for _, hat := range []string{HatGuardian, HatStaff, HatStudent} {
			if !p.Wears(hat) {
				continue
			}
			e := Effect{Person: p, Hat: hat}
			for _, s := range sights {
				it := s.item
				it.Author = student
				was := reaches(Inspect(id, before.seenBy(p, hat), &it, then.now()))
				is := reaches(Inspect(id, after.seenBy(p, hat), &it, then.now()))
				e.note(s.name, was, is)
			}
			if len(e.Sees)+len(e.Requests)+len(e.Asks)+len(e.Loses) > 0 {
				out = append(out, e)
			}
		}
	}
	slices.SortFunc(out, func(x, y Effect) int { return cmp.Or(byName(x.Person, y.Person), cmp.Compare(x.Hat, y.Hat)) })
	return out, nil
}

func (e *Effect) note(sight string, was, is reachOf) {
	if was == is {
		return
	}
	switch is {
	case sees:
		e.Sees = append(e.Sees, sight)
	case mayRequest:
		e.Requests = append(e.Requests, sight)
	case asksAbout:
		e.Asks = append(e.Asks, sight)
	}
	if was == sees || is == outOfReach {
		e.Loses = append(e.Loses, sight)
	}
}
