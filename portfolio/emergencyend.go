package portfolio

import (
	"context"
	"slices"
)

// How emergency access ends before midnight: who opened it says so, on any page
// while it runs. Facts know dates and no hours, so its end is on the day it
// began: from then on the rule no longer counts it. Until it was ended it did,
// and so the time machine tells it (listFacts).

// Emergency is emergency access that runs.
type Emergency struct {
	*Fact
	Student *Person
}

// Emergencies lists what emergency access of the actor runs now, the first
// first. In another hat than the one it was taken in there is none.
func (l *Library) Emergencies(ctx context.Context, a Actor) ([]Emergency, error) {
	if !May(a, ActEmergency, nil, l.now()) {
		return nil, nil
	}
	all, err := l.emergenciesOf(ctx, a)
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	var out []Emergency
	for _, f := range all {
		if !f.inForce(today) {
			continue
		}
		fs, p, err := l.facts(ctx, a, f.About)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if Stand(a.Person, fs, l.now()) == OnDuty { // the student may have left since
			out = append(out, Emergency{f, p})
		}
	}
	return out, nil
}

// emergenciesOf lists the emergency access that the actor ever had, the first
// first, each with its end.
func (l *Library) emergenciesOf(ctx context.Context, a Actor) ([]*Fact, error) {
	all, err := l.recordedOf(ctx, a.School, a.Person)
	return slices.DeleteFunc(all, func(f *Fact) bool { return !f.emergency() }), err
}

// EndEmergency ends emergency access that the actor took, at once; who was told
// of it is told. Ended twice is ended once. Error kind: NotFound, for what is
// not the actor's, and for what midnight ended.
func (l *Library) EndEmergency(ctx context.Context, a Actor, id string) error {
	if err := l.may(ctx, a, ActEmergency); err != nil {
		return err
	}
	f, err := l.fact(ctx, a.School, id)
	if err != nil {
		return err
	}
	today := DateOf(l.now())
	if !f.emergency() || f.Party != a.Person || f.From != today {
		return E(NotFound, "error.not_found")
	}
	if f.inForce(today) {
		// How long it was open is worked out from when this is recorded.
		_, err := l.recordOf(ctx, a, f, Fact{Type: FactEnd, Kind: DutyEmergency, Until: f.From})
		if err != nil && !isKind(err, Conflict) { // pressed twice
			return err
		}
	}
	n := Notice{What: "emergency_ended_fg", Student: f.About, Item: f.ID, Party: a.Person, On: today}
	if err := l.notifyFG(ctx, a.School, n); err != nil {
		return err
	}
	n.What = "emergency_ended"
	return l.notifyFamily(ctx, a.School, f.About, n, l.now())
}
