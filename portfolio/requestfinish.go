package portfolio

import (
	"context"
	"errors"
)

// requestActs are the acts of the log that end a request.
var requestActs = map[string]string{RequestReleased: "release", RequestRefused: "refuse", RequestAnswered: "answer", RequestWithdrawn: "withdraw"}

// finishRequest stores what follows from a decision: the fact for the rule and
// the notices. It may be begun again after a crash.
func (l *Library) finishRequest(ctx context.Context, r *Request) error {
	rest, err := l.keepOpen(ctx, r) // first: what was not answered is not lost
	if err != nil {
		return err
	}
	if err := l.factOfRequest(ctx, r); err != nil {
		return err
	}
	if err := l.tellOfRequest(ctx, r, rest); err != nil {
		return err
	}
	r.Undone = false
	// Only who finishes it writes to it now: another was first.
	if err := replace(ctx, l, "request", r, r.keys()); err != nil && !isKind(err, Conflict) {
		return err
	}
	l.Changed(Change{School: r.School, What: "request", ID: r.ID, Persons: []string{r.Student, r.Asker}})
	return nil
}

// restOf is the id of the request that a partial release leaves open.
func restOf(id string) string { return DeriveID("request", id, "rest") }

// keepOpen makes a request of what a release left out, with the same asker,
// words and deadline, and gives it; nil when nothing was left out.
func (l *Library) keepOpen(ctx context.Context, r *Request) (*Request, error) {
	if r.State != RequestReleased {
		return nil, nil
	}
	left, err := l.leftOf(ctx, r, r.Decided.Kinds, r.Decided.Items)
	if err != nil || left.Empty() {
		return nil, err
	}
	rest := &Request{Head: Head{School: r.School, ID: restOf(r.ID)}, Student: r.Student, Asker: r.Asker, Hat: r.Hat, Kind: r.Kind, Kinds: left.Kinds, Items: left.Items,
		Period: r.Period, Why: r.Why, AskedAt: r.AskedAt, Due: r.Due, Longer: r.Longer, State: RequestOpen, Part: r.ID}
	err = create(ctx, l, "request", rest, rest.keys())
	if isKind(err, Exists) {
		return load[Request](ctx, l, "request", r.School, rest.ID)
	}
	return rest, err
}

// quietNote marks a line of the log that the student does not read, because
// telling would harm.
const quietNote = "quiet"

// factOfRequest records what a decision changes for the rule. Its id follows
// from the request, so that it is there once.
func (l *Library) factOfRequest(ctx context.Context, r *Request) error {
	d := r.Decided
	f := Fact{Head: Head{School: r.School, ID: DeriveID("fact", "request", r.ID)}, About: r.Student, Party: r.Asker, Request: r.ID,
		RecordedBy: d.By, RecordedAt: d.At}
	switch {
	case r.State == RequestReleased:
		f.Type, f.Kinds, f.Items, f.From, f.Until = FactRelease, d.Kinds, d.Items, d.From, d.Until
	case r.State == RequestRefused && d.Reason == ReasonHarm:
		f.Type, f.Kinds, f.Items, f.From, f.Review, f.Reason = FactRefusal, r.Kinds, r.Items, DateOf(d.At), d.Review, d.Words
	default:
		return nil
	}
	if err := create(ctx, l, "fact", &f, f.keys()); err != nil && !isKind(err, Exists) {
		return err
	}
	l.factChanged(ctx, &f)
	return nil
}

// tellOfRequest leaves the notices: for who asked, the FG, and the student of
// whom something was released, unless telling would harm; and for who may
// release what was left out, where who decided may not.
func (l *Library) tellOfRequest(ctx context.Context, r, rest *Request) error {
	n := Notice{What: "request_" + r.State, Student: r.Student, Item: r.ID, On: r.Decided.Review}
	if r.State == RequestReleased {
		n.On = r.Decided.Last()
	}
	if err := l.notifyFG(ctx, r.School, n); err != nil {
		return err
	}
	if r.State == RequestWithdrawn { // by who asked
		return nil
	}
	n.Person, n.Hat = r.Asker, r.asker().Hat
	if rest != nil {
		n.What = "request_released_part"
	}
	if err := l.notify(ctx, r.School, n); err != nil {
		return err
	}
	if err := l.handOver(ctx, r.Decided.By, rest); err != nil {
		return err
	}
	if r.State != RequestReleased || r.Asker == r.Student || r.Decided.Quiet != "" {
		return nil
	}
	n.Person, n.Hat, n.What = r.Student, HatStudent, "request_released_of_you"
	return l.notify(ctx, r.School, n)
}

// handOver tells who may release what of a request is still open, if that is not
// who decided on the rest of it.
func (l *Library) handOver(ctx context.Context, by string, rest *Request) error {
	if rest == nil {
		return nil
	}
	parts, err := l.releasersOf(ctx, rest)
	if err != nil {
		return err
	}
	for _, part := range parts {
		for _, p := range part.People {
			if part.may(by) {
				break
			}
			n := Notice{Person: p.ID, Hat: HatStaff, What: "request_handed", Student: rest.Student, Item: rest.ID, On: rest.Due}
			if err := l.notify(ctx, rest.School, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// FinishRequests stores what follows from the decisions after which the program
// stopped. It runs at start and may run at any time. What cannot be done now does not keep it
// from the others; the errors come together.
func (l *Library) FinishRequests(ctx context.Context) (finished int, err error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		left, e := list[Request](ctx, l, Query{School: s.ID, Kind: "request", Index: "state"}.Prefix("undone/"))
		err = errors.Join(err, e)
		for _, r := range left {
			if e := l.finishRequest(ctx, r); e != nil {
				err = errors.Join(err, e)
				continue
			}
			finished++
		}
	}
	return finished, err
}
