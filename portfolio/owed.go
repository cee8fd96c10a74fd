package portfolio

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"sync"
)

// No change without its line. What changes a document that the log tells of is
// stored in four steps, each durable before the next:
//
//  1. the line that will be owed, with what the document will be (owed);
//  2. the document, and at once everybody whose page it concerns is told: what
//     is closed is closed, whatever happens to the log;
//  3. the line, at the end of the student's chain;
//  4. what was owed is forgotten.
//
// Where Kaft stops between two of them, FinishLog looks at the document: if it
// is as it was to be, the line is written, unless it is there; if not, nothing
// happened and nothing is owed. So the log holds one line for each change that
// was stored, with the time of the change, and none for what never happened. A
// look needs no more than its line, which is there before what is looked at.

// owed is a line that is to be written once a document is stored. Its id follows
// from the document, so that one line at a time is owed for each.
type owed struct {
	Head
	In    string `json:"in"` // the school of the document
	Kind  string `json:"kind"`
	Doc   string `json:"doc"`
	Hash  string `json:"hash"`  // of the document as it will be
	After int64  `json:"after"` // the last line there was: this one comes after it
	Line  Line   `json:"line"`
}

// ledger keeps changes to what is known of one student from crossing, as far as
// their lines go: what is owed and not being done is then left by a crash.
type ledger struct {
	once sync.Once
	seed maphash.Seed
	mu   [64]sync.Mutex
}

func (g *ledger) of(school, student string) *sync.Mutex {
	g.once.Do(func() { g.seed = maphash.MakeSeed() })
	return &g.mu[maphash.String(g.seed, school+"/"+student)%uint64(len(g.mu))]
}

// createLogged is create, with the line that tells of it. then, where there is
// one, is called as soon as the noun is stored. Nil means that the noun is
// stored and its line is too, or is owed and will be.
func createLogged[T any, P noun[T]](ctx context.Context, l *Library, kind string, v *T, keys map[string]string, n Line, then func()) error {
	h := P(v).head()
	if h.ID == "" {
		h.ID = NewID()
	}
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	n.Revision = 1
	d := Doc{Ref: Ref{h.School, kind, h.ID}, Rev: 1, Keys: keys, Body: body}
	return l.storeLogged(ctx, d, n, func() error { return l.store.Create(ctx, d) }, func() {
		h.Rev = 1
		if then != nil {
			then()
		}
	})
}

// replaceLogged is replace, with its line, as createLogged has it.
func replaceLogged[T any, P noun[T]](ctx context.Context, l *Library, kind string, v *T, keys map[string]string, n Line, then func()) error {
	h := P(v).head()
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	n.Revision = h.Rev + 1
	d := Doc{Ref: Ref{h.School, kind, h.ID}, Rev: h.Rev, Keys: keys, Body: body}
	err = l.storeLogged(ctx, d, n, func() error { return l.store.Replace(ctx, d) }, func() {
		h.Rev++
		if then != nil {
			then()
		}
	})
	if KindOf(err) == Conflict {
		return &Error{Kind: Conflict, Msg: "error.conflict", Err: err}
	}
	return err
}

// storeLogged does the four steps.
func (l *Library) storeLogged(ctx context.Context, d Doc, n Line, write func() error, stored func()) error {
	mu := l.ledger.of(n.School, n.Student)
	mu.Lock()
	defer mu.Unlock()
	o, err := l.owe(ctx, d, n)
	if err != nil {
		return err
	}
	err = write()
	after := context.WithoutCancel(ctx) // what is stored gets its line, also when nobody waits for the answer any more
	switch {
	case err == nil:
		stored()
		// Not this caller's fault, and not lost: FinishLog tries again.
		_ = l.payOff(after, o, false)
	case isKind(err, Unavailable): // stored or not, nobody knows
		_ = l.settleOwed(after, o)
	default:
		_ = l.forgetOwed(after, o)
	}
	return err
}

// owe stores what will be owed. A line that was left for the same document is
// settled first: after that the document could not tell any more.
func (l *Library) owe(ctx context.Context, d Doc, n Line) (*owed, error) {
	after, err := l.lastLine(ctx, n.School, n.Student)
	if err != nil {
		return nil, err
	}
	n.At = l.now().UTC()
	o := &owed{Head: Head{School: n.School, ID: DeriveID("owed", d.School, d.Kind, d.ID)}, In: d.School, Kind: d.Kind, Doc: d.ID,
		Hash: hashOf(d.Body), After: after, Line: n}
	err = create(ctx, l, "owed", o, nil)
	if !isKind(err, Exists) {
		return o, err
	}
	left, err := load[owed](ctx, l, "owed", o.School, o.ID)
	if err == nil {
		err = l.settleOwed(ctx, left)
	}
	if err != nil && !isKind(err, NotFound) {
		return nil, err
	}
	if err := create(ctx, l, "owed", o, nil); err != nil { // not as Exists: that is for the document
		return nil, &Error{Kind: Unavailable, Msg: "error.unavailable", Err: err}
	}
	return o, nil
}

// settleOwed finds out whether what a line tells of was stored, writes it if so,
// and forgets what was owed. A document that went on since was stored: who
// changes it first settles what is owed for it.
func (l *Library) settleOwed(ctx context.Context, o *owed) error {
	d, err := l.store.Get(ctx, Ref{o.In, o.Kind, o.Doc})
	switch {
	case isKind(err, NotFound):
		return l.forgetOwed(ctx, o)
	case err != nil:
		return err
	case d.Rev < o.Line.Revision, d.Rev == o.Line.Revision && hashOf(d.Body) != o.Hash:
		return l.forgetOwed(ctx, o)
	}
	return l.payOff(ctx, o, true)
}

// payOff writes a line that is owed and forgets it. A line of which it is not
// known whether it was written is looked for first.
func (l *Library) payOff(ctx context.Context, o *owed, look bool) error {
	if look {
		there, err := l.written(ctx, o)
		if err != nil {
			return err
		}
		if there {
			return l.forgetOwed(ctx, o)
		}
	}
	n := o.Line
	n.School = o.School
	if err := l.append(ctx, n); err != nil {
		return err
	}
	return l.forgetOwed(ctx, o)
}

// written tells whether the log holds the line that is owed.
func (l *Library) written(ctx context.Context, o *owed) (bool, error) {
	q := linesOf(o.School, o.Line.Student)
	q.From = lineID(o.Line.Student, o.After+1)
	for d, err := range l.each(ctx, q) {
		if err != nil {
			return false, err
		}
		n, err := decode[Line](d)
		if err != nil {
			return false, err
		}
		if n.Act == o.Line.Act && n.Item == o.Line.Item && n.Revision == o.Line.Revision && n.Actor == o.Line.Actor && n.At.Equal(o.Line.At) {
			return true, nil
		}
	}
	return false, nil
}

func (l *Library) forgetOwed(ctx context.Context, o *owed) error {
	err := l.store.Delete(ctx, Ref{o.School, "owed", o.ID}, 1)
	if isKind(err, NotFound) {
		return nil
	}
	return err
}

// FinishLog writes the lines that are owed for what was stored just before the
// program stopped, or while the log could not be written. It runs at start and
// may run at any time. What cannot be done now does not keep it from the others;
// the errors come together.
func (l *Library) FinishLog(ctx context.Context) (settled int, err error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		left, e := list[owed](ctx, l, Query{School: s.ID, Kind: "owed"})
		err = errors.Join(err, e)
		for _, o := range left {
			if e := l.finishOwed(ctx, o); e != nil {
				err = errors.Join(err, e)
				continue
			}
			settled++
		}
	}
	return settled, err
}

// finishOwed settles what is owed, unless it was done meanwhile.
func (l *Library) finishOwed(ctx context.Context, o *owed) error {
	mu := l.ledger.of(o.School, o.Line.Student)
	mu.Lock()
	defer mu.Unlock()
	now, err := load[owed](ctx, l, "owed", o.School, o.ID)
	if isKind(err, NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return l.settleOwed(ctx, now)
}
