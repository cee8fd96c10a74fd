package portfolio

import (
	"context"
	"slices"
)

// A student leaves the school. That is a dated fact like any other: it can lie in
// the future, and it closes at once what the rule closes (RULE.md 7, 8), whoever
// must still agree. Its end is the first day on which the student is back; an end
// on or before its beginning takes it back, and waits for a second, because it
// gives access again. From the leaving date everything of the student can be read
// and taken along for two years, by whom the rule lets; nothing is added to it.

// leavingKey is the index key under which the leavings of a student are found.
func leavingKey(student string) string { return "leaving/" + student }

// leaves puts a leaving in the form the rule reads, the earliest of those that are
// not over: there is one leaving date there.
func (fs *Facts) leaves(f *Fact, today Date) {
	if heldUntil(f) <= today {
		return
	}
	fs.goodUntil(today, &Fact{Until: f.Until})
	if s := &fs.Student; s.Left == 0 || f.From < s.Left {
		s.Left = f.From
	}
}

// leftOf is the leaving date, of the facts about a student that are known on a
// day; 0 while the student stays, or is back.
func leftOf(about []*Fact, today Date) Date {
	var fs Facts
	for _, f := range about {
		if f.Type == FactLeaving && f.Counts {
			fs.leaves(f, today)
		}
	}
	return fs.Student.Left
}

// endEnrolments ends what somebody is enrolled in when that student leaves, and
// tells whether anything ended. Nothing is recorded for it: a leaving that is
// taken back leaves the classes as they were.
func endEnrolments(all []*Fact) (ended bool) {
	leavings := map[string][]*Fact{}
	for _, f := range all {
		if f.Type == FactLeaving && f.Counts {
			leavings[f.About] = append(leavings[f.About], f)
		}
	}
	if len(leavings) == 0 {
		return false
	}
	for _, f := range all {
		if f.Type != FactEnrolment {
			continue
		}
		for _, x := range leavings[f.About] {
			if f.From < heldUntil(x) && x.From < heldUntil(f) {
				f.Until, ended = x.From, true
			}
		}
	}
	return ended
}

// awayFrom tells whether somebody whose leaving this is will be away on a day,
// also if everything that waits is agreed to.
func (f *Fact) awayFrom(d Date) bool {
	if f.Type != FactLeaving || f.Declined || !f.inForce(d) {
		return false
	}
	return !slices.ContainsFunc(f.Later, func(end *Fact) bool { return end.Type == FactEnd && end.standing() && end.Until <= d })
}

// unsure tells whether somebody must still say yes or no to a leaving, or to the
// end of it. What is erased for it could not be put back.
func (f *Fact) unsure() bool {
	return f.Type == FactLeaving && (f.Waiting() || slices.ContainsFunc(f.Later, (*Fact).Waiting))
}

// away tells whether a student has left by today. Hardly anybody has, and then it
// costs one look in an index.
func (l *Library) away(ctx context.Context, school, student string) (bool, error) {
	q := Query{School: school, Kind: "fact", Index: "state", Limit: 1, From: leavingKey(student), To: leavingKey(student) + "\x01"}
	some, err := l.store.List(ctx, q)
	if err != nil || len(some) == 0 {
		return false, err
	}
	about, err := l.factsAbout(ctx, school, student)
	left := leftOf(about, DateOf(l.now()))
	return left != 0 && left <= DateOf(l.now()), err
}

// departed fills in when a student leaves.
func (l *Library) departed(ctx context.Context, p *Person) error {
	about, err := l.factsAbout(ctx, p.School, p.ID)
	p.Left = leftOf(about, DateOf(l.now()))
	return err
}

// leavings are the leaving dates of all students of a school who leave or left.
func (l *Library) leavings(ctx context.Context, school string) (map[string]Date, error) {
	out := map[string]Date{}
	for d, err := range l.each(ctx, Query{School: school, Kind: "fact", Index: "state"}.Prefix(leavingKey(""))) {
		if err != nil {
			return nil, err
		}
		f, err := decode[Fact](d)
		if err != nil {
			return nil, err
		}
		if _, known := out[f.About]; known {
			continue
		}
		about, err := l.factsAbout(ctx, school, f.About)
		if err != nil {
			return nil, err
		}
		out[f.About] = leftOf(about, DateOf(l.now()))
	}
	return out, nil
}

// undoable refuses to undo a leaving, for which things were erased: they cannot
// be put back, and the family was told that they were past their time. That the
// student came back later is another matter. Error kind: Conflict.
func (l *Library) undoable(ctx context.Context, f *Fact) error {
	if f.Type != FactLeaving {
		return nil
	}
	all, err := list[Erasure](ctx, l, Query{School: f.School, Kind: "erasure", Index: "about"}.Prefix(f.About+"/"))
	if err != nil {
		return err
	}
	for _, e := range all {
		forIt := func(it Erased) bool { return !it.Stayed && it.Class != KeepBin && it.Since >= f.From }
		if slices.ContainsFunc(e.Items, forIt) {
			return E(Conflict, "error.leaving_erased", "Date", DateOf(e.At))
		}
	}
	return nil
}

// MoveLeaving records another date on which a student leaves: the new one first,
// and then that the old one never held. While the second waits, or after a crash
// between the two, the earlier of the dates counts. The actor is an
// administrator. Error kinds: Forbidden, NotFound, Invalid; Conflict, when things
// were erased for it, or somebody else ended it meanwhile.
func (l *Library) MoveLeaving(ctx context.Context, a Actor, id string, to Date, evidence string) (*Fact, error) {
	old, err := l.endable(ctx, a, id, to)
	if isKind(err, Conflict) { // it ends already
		return nil, err
	}
	switch {
	case err != nil:
		return nil, err
	case old.Type != FactLeaving:
		return nil, E(NotFound, "error.not_found")
	case old.From == to:
		return nil, E(Invalid, "error.leaving_same", "Date", to)
	}
	if err := l.undoable(ctx, old); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(old.Later, func(x *Fact) bool { return x.Type == FactEnd && x.Waiting() }) {
		return nil, E(Conflict, "error.fact_waits")
	}
	f := Fact{Head: Head{ID: DeriveID("fact", old.ID, "moved", to.String())}, Type: FactLeaving, About: old.About, From: to, Evidence: evidence, Waits: true}
	made, err := l.record(ctx, a, f)
	if err != nil && !isKind(err, Exists) {
		return nil, err
	}
	if isKind(err, Exists) { // before a crash
		if made, err = l.fact(ctx, a.School, f.ID); err != nil {
			return nil, err
		}
	}
	_, err = l.recordOf(ctx, a, old, Fact{Type: FactEnd, Until: old.From, Evidence: evidence, Waits: true})
	return made, err
}

// MostLeave is how many students can leave in one go.
const MostLeave = 100

// LeaveTogether records that students leave on one date: a final-year class. Who
// leaves already is passed over, so that it can be done again after it stopped
// half-way. It tells how many it recorded. The actor is an administrator. Error
// kinds: Forbidden, NotFound; Invalid, and nothing recorded, for nobody at all,
// for too many and for a date that cannot be.
func (l *Library) LeaveTogether(ctx context.Context, a Actor, students []string, on Date) (recorded int, err error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return 0, err
	}
	switch {
	case len(students) == 0:
		return 0, E(Invalid, "error.leave_nobody")
	case len(students) > MostLeave:
		return 0, E(Invalid, "error.too_many_ticked", "Max", MostLeave)
	case on == 0:
		return 0, E(Invalid, "error.empty", "Field", "from")
	}
	var due []Fact
	for _, id := range students {
		f := Fact{Type: FactLeaving, About: id, From: on}
		err := l.checkFact(ctx, a.School, &f)
		if isKind(err, Exists) {
			continue
		}
		if err != nil {
			return 0, err
		}
		due = append(due, f)
	}
	for _, f := range due {
		_, err := l.RecordFact(ctx, a, f)
		switch {
		case isKind(err, Exists) || isKind(err, Conflict): // somebody else did so meanwhile
		case err != nil:
			return recorded, err
		default:
			recorded++
		}
	}
	return recorded, nil
}

// LeavingOf is the leaving of a student that holds or is to come, or nil. The
// actor is an administrator. Error kinds: Forbidden, NotFound.
func (l *Library) LeavingOf(ctx context.Context, a Actor, student string) (*Fact, error) {
	about, err := l.FactsAbout(ctx, a, student)
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	var first *Fact
	for _, f := range about {
		if f.Type == FactLeaving && heldUntil(f) > today && (first == nil || f.From < first.From) {
			first = f
		}
	}
	return first, nil
}

// Leaver is a student of a class, with the leaving date if there is one.
type Leaver struct {
	*Person
	On Date
}

// LeavingClass lists who is in a class today, by name, and who of them leaves.
// The actor is an administrator. Error kinds: Forbidden, NotFound.
func (l *Library) LeavingClass(ctx context.Context, a Actor, id string) (*Class, []Leaver, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, nil, err
	}
	c, err := load[Class](ctx, l, "class", a.School, id)
	if err != nil {
		return nil, nil, err
	}
	members, err := l.membersOf(ctx, a.School, id)
	if err != nil {
		return nil, nil, err
	}
	people, err := l.named(ctx, a.School, members, map[string]bool{})
	if err != nil {
		return nil, nil, err
	}
	out := make([]Leaver, len(people))
	for i, p := range people {
		if err := l.departed(ctx, p); err != nil {
			return nil, nil, err
		}
		out[i] = Leaver{p, p.Left}
	}
	return c, out, nil
}

// packedFor is how many days after another school fetched a bundle the
// administrator is asked whether the student leaves.
const packedFor = 60

// packed are the students of whom another school fetched a bundle lately, or of
// whom one for the next school was fetched that is still there, and of whom nobody
// recorded that they leave.
func (l *Library) packed(ctx context.Context, school string, gone map[string]bool) ([]*Person, error) {
	met := map[string]bool{}
	var ids []string
	for d, err := range l.each(ctx, Query{School: school, Kind: "handover"}) {
		if err != nil {
			return nil, err
		}
		h, err := decode[Handover](d)
		if err != nil {
			return nil, err
		}
		lately := !h.Fetched.IsZero() && DateOf(l.now()) <= DateOf(h.Fetched).AddDays(packedFor)
		if lately && !gone[h.Student] && !met[h.Student] {
			met[h.Student] = true
			ids = append(ids, h.Student)
		}
	}
	for d, err := range l.each(ctx, Query{School: school, Kind: "bundle", Index: "state"}.Prefix("over/")) {
		if err != nil {
			return nil, err
		}
		b, err := decode[Bundle](d)
		if err != nil {
			return nil, err
		}
		if b.Kind == BundleTransfer && !b.Fetched.IsZero() && !l.expired(b) && !gone[b.Student] && !met[b.Student] {
			met[b.Student] = true
			ids = append(ids, b.Student)
		}
	}
	return l.named(ctx, school, ids, map[string]bool{})
}

// MayAdd refuses who may not add to the own portfolio: everybody but a student,
// and a student who has left. Error kinds: Forbidden, NotFound.
func (l *Library) MayAdd(ctx context.Context, a Actor) error {
	_, err := l.mayTo(ctx, a, ActAddWork, a.Person)
	return err
}
