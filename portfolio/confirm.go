package portfolio

import (
	"cmp"
	"context"
	"slices"
)

// Two people agree before access is given. What an administrator records
// closes at once where it takes access away, because a leak cannot be taken
// back; where it gives access it waits until a second member of staff agrees.
// That holds for facts about facts too: the end of custody closes at once, the
// end of a court order waits. Both stay on the list of who must confirm.

// settle tells each of the facts about somebody what the others say of it, and
// whether it counts: given what is not confirmed, as little as it can.
func settle(all []*Fact) {
	by := make(map[string]*Fact, len(all))
	for _, f := range all {
		by[f.ID], f.Later = f, nil
	}
	for _, f := range all {
		switch of := by[f.Of]; {
		case of == nil:
		case f.Type == FactConfirm:
			of.ConfirmedBy, of.ConfirmedAt = f.RecordedBy, f.RecordedAt
		case f.Type == FactEnd && f.Kind == declined:
			of.Declined, of.DeclinedBy, of.DeclinedAt, of.DeclinedWhy = true, f.RecordedBy, f.RecordedAt, f.Reason
		}
	}
	for _, f := range all {
		if of := by[f.Of]; of != nil && (f.Type == FactVerified || f.Type == FactEnd && f.Kind != declined) {
			of.Later = append(of.Later, f)
			slices.SortFunc(of.Later, byRecording)
		}
		f.Takes = !f.gives(by[f.Of])
		f.Counts = f.Takes || !f.Waits || f.ConfirmedBy != ""
	}
	back := map[string]bool{} // ends that were taken back
	for _, f := range all {
		if of := by[f.Of]; f.Type == FactEnd && of != nil && of.Of != "" && f.Counts {
			back[of.ID] = true
			of.Counts = false
		}
	}
	for _, f := range all {
		of := by[f.Of]
		switch {
		case of == nil || back[f.ID]:
		case f.Type == FactVerified && f.Waiting():
			of.Seen = f.Verified
		case !f.Counts:
		case f.Type == FactVerified && of.Verified == 0:
			of.Verified = f.Verified
		case f.Type == FactEnd && (of.Until == 0 || f.Until < of.Until):
			of.Until = f.Until
		}
	}
	counting := func() {
		for _, f := range all { // not even as something that once was (rule 5)
			f.Counts = f.Counts && !f.Declined && !f.neverHeld()
		}
	}
	counting()
	if endEnrolments(all) {
		counting()
	}
}

// settled settles facts and leaves those about other facts out, oldest first.
func settled(all []*Fact) []*Fact {
	settle(all)
	out := slices.DeleteFunc(all, func(f *Fact) bool { return f.Of != "" })
	slices.SortFunc(out, byRecording)
	return out
}

func byRecording(a, b *Fact) int {
	return cmp.Or(a.RecordedAt.Compare(b.RecordedAt), cmp.Compare(a.ID, b.ID))
}

// Waiting tells whether a second member of staff must still say yes or no.
func (f *Fact) Waiting() bool { return f.Waits && f.ConfirmedBy == "" && !f.Declined }

// declined is the Kind of the end by which a second member of staff says no.
const declined = "declined"

// ConfirmFact records that the actor agrees with a fact that somebody else
// recorded. The actor is another administrator, or staff to whom the student's
// records open by duty; never who recorded it, whom it names, or family of the
// student. Error kinds: NotFound, Forbidden; Conflict when it was decided.
func (l *Library) ConfirmFact(ctx context.Context, a Actor, id string) (*Fact, error) {
	f, err := l.confirmable(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return l.recordOf(ctx, a, f, Fact{Type: FactConfirm})
}

// MostAtOnce is how many classes and duties can be confirmed in one go.
const MostAtOnce = 100

// Roster tells whether a fact puts a student in a class, says that one leaves, or
// gives a duty: many
// come at once, with nothing to read but who it is.
func (f *Fact) Roster() bool {
	return f.Type == FactEnrolment || f.Type == FactDuty || f.Type == FactLeaving
}

// ConfirmRoster confirms classes and duties together; one that another decided
// meanwhile is passed over. Error kinds as for ConfirmFact; Invalid, and none
// confirmed, for more than MostAtOnce and for a fact that asks to be read first.
func (l *Library) ConfirmRoster(ctx context.Context, a Actor, ids []string) error {
	if len(ids) > MostAtOnce {
		return E(Invalid, "error.too_many_ticked", "Max", MostAtOnce)
	}
	for _, id := range ids {
		f, err := l.confirmable(ctx, a, id)
		if err == nil && !f.Roster() {
			err = E(Invalid, "error.confirm_read")
		}
		if err != nil && !isKind(err, Conflict) {
			return err
		}
	}
	for _, id := range ids {
		if _, err := l.ConfirmFact(ctx, a, id); err != nil && !isKind(err, Conflict) {
			return err
		}
	}
	return nil
}

// DeclineFact records that the actor does not agree: what it gave is not
// given, what it took away is given back from today. Who recorded it is told
// why. Error kinds as for ConfirmFact; Invalid without a reason.
func (l *Library) DeclineFact(ctx context.Context, a Actor, id, reason string) (*Fact, error) {
	f, err := l.confirmable(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if err := needText(reason, "reason", 500); err != nil {
		return nil, err
	}
	// A no can give back what was taken away: somebody independent must know.
	if err := l.undoable(ctx, f); err != nil {
		return nil, err
	}
	told := Notice{Person: f.RecordedBy, Hat: HatAdmin, What: "yours_declined", Party: a.Person, Item: f.ID, Said: reason}
	if _, _, err := l.facts(ctx, a, f.About); err == nil {
		told.Student = f.About
		if err := l.notifyFG(ctx, a.School, Notice{What: "fact_declined", Student: f.About, Item: f.ID, Party: a.Person}); err != nil {
			return nil, err
		}
	}
	made, err := l.recordOf(ctx, a, f, Fact{Type: FactEnd, Until: max(f.From, DateOf(l.now())), Reason: reason, Kind: declined})
	if err != nil {
		return nil, err
	}
	return made, l.notify(ctx, a.School, told)
}

// tellConfirmers tells those who may confirm a fact that something waits. Staff
// are not told of every class list.
func (l *Library) tellConfirmers(ctx context.Context, a Actor, f *Fact) error {
	d, err := l.dossier(ctx, a.School, f.About)
	if isKind(err, NotFound) { // a class or the school
		return l.ringAll(ctx, a.School, ActRecordFacts, a.Person)
	}
	if err != nil {
		return err
	}
	people, err := l.people(ctx, a.School)
	if err != nil {
		return err
	}
	for _, p := range people {
		for _, hat := range p.Hats {
			who := Actor{School: a.School, Person: p.ID, Hat: hat}
			none := p.ID == a.Person || p.ID == f.Party || p.Blocked || f.Roster() && hats[hat].duties
			if none || !slices.Contains(hats[hat].acts, ActConfirm) {
				continue
			}
			facts, err := l.viewedBy(ctx, d, who)
			if err == nil && May(who, ActConfirm, facts, l.now()) {
				err = l.ring(ctx, a.School, Notice{Person: p.ID, Hat: hat, What: "to_confirm"})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// confirmable finds a fact that the actor may say yes or no to.
func (l *Library) confirmable(ctx context.Context, a Actor, id string) (*Fact, error) {
	f, err := l.waitingFor(ctx, a, id)
	switch {
	case err != nil:
		return nil, err
	case f.RecordedBy == a.Person:
		return nil, E(Forbidden, "error.confirm_own")
	case f.Party == a.Person:
		return nil, E(Forbidden, "error.confirm_self")
	}
	return f, nil
}

// waitingFor finds a fact that waits, for somebody whose it is to confirm such
// facts.
func (l *Library) waitingFor(ctx context.Context, a Actor, id string) (*Fact, error) {
	f, err := l.fact(ctx, a.School, id)
	if err != nil {
		return nil, err
	}
	may, err := l.mayConfirm(ctx, a, f.About)
	switch {
	case err != nil:
		return nil, err
	case !may || !f.Waits:
		return nil, E(NotFound, "error.not_found")
	case !f.Waiting():
		return nil, E(Conflict, "error.fact_decided")
	}
	return f, nil
}

// mayConfirm tells whether confirming facts about a student, class or the
// school is the actor's to do. Facts that the actor recorded, or that name the
// actor, are another matter: ConfirmFact says so in words.
func (l *Library) mayConfirm(ctx context.Context, a Actor, about string) (bool, error) {
	p, err := l.person(ctx, a.School, a.Person)
	if err != nil || p.Blocked || !p.Wears(a.Hat) {
		return false, err
	}
	facts, _, err := l.facts(ctx, a, about)
	if isKind(err, NotFound) { // about a class or the school
		return May(a, ActRecordFacts, nil, l.now()), nil
	}
	return err == nil && May(a, ActConfirm, facts, l.now()), err
}

// ToConfirm lists the facts of the school that wait, oldest first: for the
// actor, or for another because the actor recorded them. Who has nothing to
// confirm gets none.
func (l *Library) ToConfirm(ctx context.Context, a Actor) ([]*Statement, error) {
	if !slices.Contains(hats[a.Hat].acts, ActConfirm) {
		return nil, nil
	}
	all, err := list[Fact](ctx, l, Query{School: a.School, Kind: "fact"})
	if err != nil {
		return nil, err
	}
	settle(all)
	may := map[string]bool{}
	var out []*Fact
	for _, f := range all {
		if !f.Waiting() {
			continue
		}
		if _, known := may[f.About]; !known {
			if may[f.About], err = l.mayConfirm(ctx, a, f.About); err != nil {
				return nil, err
			}
		}
		if may[f.About] {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, byRecording)
	return l.statements(ctx, a.School, out)
}

// DeclinedLately lists what the actor recorded and another said no to in the
// last thirty days, newest first.
func (l *Library) DeclinedLately(ctx context.Context, a Actor) ([]*Statement, error) {
	if !slices.Contains(hats[a.Hat].acts, ActRecordFacts) {
		return nil, nil
	}
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	all, err := list[Fact](ctx, l, Query{School: a.School, Kind: "fact"})
	if err != nil {
		return nil, err
	}
	settle(all)
	since := DateOf(l.now()).AddDays(-30)
	mine := slices.DeleteFunc(all, func(f *Fact) bool {
		return !f.Declined || f.RecordedBy != a.Person || DateOf(f.DeclinedAt) < since
	})
	out, err := l.statements(ctx, a.School, mine)
	slices.SortFunc(out, func(x, y *Statement) int { return y.DeclinedAt.Compare(x.DeclinedAt) })
	return out, err
}
