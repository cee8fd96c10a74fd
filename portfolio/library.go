package portfolio

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Library is the only door to a student's data. Each method gathers the dated
// facts, asks Inspect (or May, for doing something), then acts and leaves an
// audit line. What the rule refuses looks like what is absent: NotFound.
type Library struct {
	store  Store
	files  Files
	intake Intake
	now    func() time.Time
	known  time.Time // facts recorded later do not count; zero: all count (asOf)

	tails  tails  // where the logs end
	ledger ledger // who writes lines that are owed
	gazes  gazes  // whom staff looked at

	mu       sync.Mutex
	watchers []func(Change)
	send     func(Change) // to the other processes, where there are any
}

// Intake looks at what comes in. It lives outside this package because it
// needs libraries: app/upload.go has the real one.
type Intake interface {
	// Admit tells from the content what r is and gives back the stream to keep,
	// without what must not be kept (the position in a photo). The name is only
	// for the message. Error kinds: Invalid.
	Admit(name string, r io.Reader) (mediaType string, clean io.Reader, err error)
	// Thumb makes a small JPEG of what is stored, or nil where none can be made.
	Thumb(mediaType string, r BlobReader) []byte
}

// NewLibrary opens the door on a store and its files.
func NewLibrary(store Store, files Files, intake Intake, now func() time.Time) *Library {
	return &Library{store: store, files: files, intake: intake, now: now}
}

// asOf is the same library at another instant, told only of facts that were
// recorded by known; zero: of all. It is for looking: nothing is written
// through it, and nobody watches it.
func (l *Library) asOf(at, known time.Time) *Library {
	return &Library{store: l.store, files: l.files, intake: l.intake, now: func() time.Time { return at }, known: known}
}

// Now is the library's clock.
func (l *Library) Now() time.Time { return l.now() }

// Actor is who asks, in which hat, from where. It is an argument of every
// call; a context carries cancellation and never identity.
type Actor struct {
	School  string
	Person  string
	Hat     string // one of the Hat constants
	Address string // the client's address, for the audit
}

// Hats a person can wear at a school. Rights never mix: what a person may as a
// teacher is not there while the same person is here as a parent.
const (
	HatStudent  = KindStudent
	HatGuardian = KindGuardian
	HatStaff    = KindStaff
	HatAdmin    = "admin"  // the school's administrator: people and facts, never a portfolio
	HatFG       = "fg"     // the school's privacy officer: the log and the requests
	HatSystem   = "system" // in the log: nobody, it happened by itself
)

// NewDay is the What of the change that nobody made: all that a decision hangs
// on begins and ends at midnight in Amsterdam, so at midnight every open page
// may show too much or too little.
const NewDay = "day"

// Said is the What of the change that something was said in a conversation, by
// its ID. It is told to other processes only, and concerns no page. Without an
// ID it may be any conversation of the school.
const Said = "said"

// Change is told to watchers after something was stored.
type Change struct {
	School  string
	What    string // the kind of document that changed; NewDay; Said
	ID      string
	Persons []string // whose pages it concerns; none: everybody at the school
	Named   []string // those of them who may have lost something
}

// Watch calls fn after each change. fn must not block.
func (l *Library) Watch(fn func(Change)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(l.watchers, fn)
}

func (l *Library) watched() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.watchers) > 0 || l.send != nil
}

// Join has what this process changes told to the others that share its store:
// send is called after each change and must not block. What others tell is given
// to Heard. The store stays the truth: what gets lost on the way only makes a
// page late.
func (l *Library) Join(send func(Change)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.send = send
}

// Changed tells the watchers, and the other processes. Only what is stored may
// be told.
func (l *Library) Changed(c Change) {
	l.Heard(c)
	l.Elsewhere(c)
}

// Elsewhere tells the other processes only: this one knows.
func (l *Library) Elsewhere(c Change) {
	l.mu.Lock()
	send := l.send
	l.mu.Unlock()
	if send != nil {
		send(c)
	}
}

// Heard tells the watchers of a change by another process.
func (l *Library) Heard(c Change) {
	l.mu.Lock()
	fns := l.watchers
	l.mu.Unlock()
	for _, fn := range fns {
		fn(c)
	}
}

// Head is the part of every stored noun that its store keeps apart.
type Head struct {
	School string `json:"-"`
	ID     string `json:"-"`
	Rev    int64  `json:"-"` // what a change must name, so that nobody overwrites unseen
}

func (h *Head) head() *Head { return h }

// noun is a pointer to a type with a Head.
type noun[T any] interface {
	*T
	head() *Head
}

func load[T any, P noun[T]](ctx context.Context, l *Library, kind, school, id string) (*T, error) {
	if school == "" || id == "" {
		return nil, E(NotFound, "error.not_found")
	}
	d, err := l.store.Get(ctx, Ref{school, kind, id})
	if err != nil {
		if KindOf(err) == NotFound || KindOf(err) == Invalid {
			return nil, E(NotFound, "error.not_found")
		}
		return nil, err
	}
	return decode[T, P](d)
}

func decode[T any, P noun[T]](d Doc) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(d.Body, v); err != nil {
		return nil, fmt.Errorf("document %v: %w", d.Ref, err)
	}
	*P(v).head() = Head{d.School, d.ID, d.Rev}
	return v, nil
}

func list[T any, P noun[T]](ctx context.Context, l *Library, q Query) ([]*T, error) {
	var out []*T
	for d, err := range l.each(ctx, q) {
		if err != nil {
			return nil, err
		}
		v, err := decode[T, P](d)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// pageOfEach is how many documents each reads at once.
const pageOfEach = 200

// each walks a whole query, page by page. A limit is for the first page: who
// stops early then reads little that is not wanted.
func (l *Library) each(ctx context.Context, q Query) func(func(Doc, error) bool) {
	return func(yield func(Doc, error) bool) {
		if q.Limit <= 0 || q.Limit > pageOfEach {
			q.Limit = pageOfEach
		}
		for ; ; q.Limit = pageOfEach {
			page, err := l.store.List(ctx, q)
			if err != nil {
				yield(Doc{}, err)
				return
			}
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
			}
			if len(page) < q.Limit {
				return
			}
			last := page[len(page)-1]
			q.After = Cursor{Key: last.Keys[q.Index], ID: last.ID}
		}
	}
}

// create stores a new noun; an empty ID gets a fresh one.
func create[T any, P noun[T]](ctx context.Context, l *Library, kind string, v *T, keys map[string]string) error {
	h := P(v).head()
	if h.ID == "" {
		h.ID = NewID()
	}
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := l.store.Create(ctx, Doc{Ref: Ref{h.School, kind, h.ID}, Keys: keys, Body: body}); err != nil {
		return err
	}
	h.Rev = 1
	return nil
}

// replace stores a changed noun over the revision in its head. Error kind:
// Conflict when somebody else was first.
func replace[T any, P noun[T]](ctx context.Context, l *Library, kind string, v *T, keys map[string]string) error {
	h := P(v).head()
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	err = l.store.Replace(ctx, Doc{Ref: Ref{h.School, kind, h.ID}, Rev: h.Rev, Keys: keys, Body: body})
	if KindOf(err) == Conflict {
		return &Error{Kind: Conflict, Msg: "error.conflict", Err: err}
	}
	if err != nil {
		return err
	}
	h.Rev++
	return nil
}

// NewID is a random UUID (RFC 9562, version 4) in its text form. Ids say
// nothing about when or for whom they were made.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// stamp is t as the part of an index key that orders by time.
func stamp(t time.Time) string { return t.UTC().Format("20060102T150405.000000000Z") }

func isKind(err error, k ErrKind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}
