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
	if err := l.factOfRequest(ctx, r); err != nil {
		return err
	}
	if err := l.tellOfRequest(ctx, r); err != nil {
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
// whom something was released, unless telling would harm.
func (l *Library) tellOfRequest(ctx context.Context, r *Request) error {
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
	if err := l.notify(ctx, r.School, n); err != nil {
		return err
	}
	if r.State != RequestReleased || r.Asker == r.Student || r.Decided.Quiet != "" {
		return nil
	}
	n.Person, n.Hat, n.What = r.Student, HatStudent, "request_released_of_you"
	return l.notify(ctx, r.School, n)
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
