package portfolio

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"time"
)

// BundleLife is how long a bundle that was made can be fetched.
const BundleLife = 7 * 24 * time.Hour

// maxTries is how often a bundle is begun again after the program stopped in
// the middle of it.
const maxTries = 3

// Kinds of bundles.
const (
	BundleTransfer  = "transfer"  // what a family hands to the next school
	BundleArchive   = "archive"   // all of it that the family may have, to keep
	BundleSelection = "selection" // some works
)

// MaxPicked is how many works a selection can have.
const MaxPicked = 500

// Wish is which bundle somebody asks for.
type Wish struct {
	Kind  string   // "" for a transfer
	Lang  string   // of its texts: nl, en
	Works []string // of a selection
}

// States of a bundle.
const (
	BundleWaiting = "waiting"
	BundleRunning = "running"
	BundleReady   = "ready"
	BundleFailed  = "failed"
	BundleStopped = "stopped" // by who had it made
)

// Steps of making a bundle.
const (
	StepData  = "data"  // gather what goes in
	StepFiles = "files" // copy the files
	StepSeal  = "seal"  // check and seal
)

// Bundle is a move bundle: first a job, then a file that its maker can fetch
// until it expires. It belongs to the person who had it made.
type Bundle struct {
	Head
	Student string   `json:"student"`
	By      string   `json:"by"`
	Hat     string   `json:"hat"`
	Address string   `json:"address,omitempty"`
	Kind    string   `json:"kind"`
	Lang    string   `json:"lang"`             // of its texts for people
	Picked  []string `json:"picked,omitempty"` // works of a selection
	LogOf   string   `json:"log_of,omitempty"` // who reads what is in it that is one person's: the log, messages, or how many there are
	State   string   `json:"state"`
	Headway
	Tries    int       `json:"tries,omitempty"`
	Fault    *Fault    `json:"fault,omitempty"`
	BegunAt  time.Time `json:"begun_at"`
	MadeAt   time.Time `json:"made_at,omitzero"`
	Expires  time.Time `json:"expires,omitzero"`
	Fetched  time.Time `json:"fetched,omitzero"` // last
	Contents Contents  `json:"contents,omitzero"`
	Opened   []opened  `json:"opened,omitempty"` // what is in it, to decide again when it is fetched
	Heard    []Heard   `json:"heard,omitempty"`  // and when its messages were said
	Blob     string    `json:"blob"`             // chosen before a byte is written
	Size     int64     `json:"size,omitempty"`
	told     time.Time // when progress was last stored
	rule     string    // by which it was allowed
}

// Contents says what is in a bundle.
type Contents struct {
	Name        string     `json:"name"` // of the file
	SHA256      string     `json:"sha256"`
	Items       int        `json:"items"`
	Private     int        `json:"private,omitempty"` // of those, seen by the student alone
	Assessments int        `json:"assessments"`
	Files       int        `json:"files"`
	Bytes       int64      `json:"bytes"` // of the files
	Omitted     []Omission `json:"omitted,omitempty"`
}

// opened is an item that is in a bundle, and what was left out of it.
type opened struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Redact Redact `json:"redact,omitempty"`
}

// resumeWithin is how long after a fetch was logged a later part of it needs
// no line of its own.
const resumeWithin = 24 * time.Hour

// Active tells whether the bundle is still being made.
func (b *Bundle) Active() bool { return b.State == BundleWaiting || b.State == BundleRunning }

func (b *Bundle) keys() map[string]string {
	state := "active/" + stamp(b.BegunAt)
	if !b.Active() {
		state = "over/" + stamp(b.Expires)
	}
	return map[string]string{"about": b.Student + "/" + stamp(b.BegunAt), "party": b.By, "state": state}
}

func (b *Bundle) actor() Actor { return Actor{b.School, b.By, b.Hat, b.Address} }

// passed tells whether the right to a bundle has gone from who had it made to
// the student: it then is the student's, made or still being made.
func (l *Library) passed(ctx context.Context, b *Bundle) (bool, error) {
	if b.By == b.Student {
		return false, nil
	}
	for _, who := range []struct {
		actor Actor
		may   bool
	}{{b.actor(), false}, {b.heir(), true}} {
		f, _, err := l.facts(ctx, who.actor, b.Student)
		if err != nil || May(who.actor, ActBundle, f, l.now()) != who.may {
			return false, err
		}
	}
	return true, nil
}

func (b *Bundle) heir() Actor { return Actor{b.School, b.Student, HatStudent, b.Address} }

// belongs tells whether a bundle is the actor's: made for the actor, or passed.
func (l *Library) belongs(ctx context.Context, a Actor, b *Bundle) (bool, error) {
	if b.By == a.Person || a.Person != b.Student {
		return b.By == a.Person, nil
	}
	return l.passed(ctx, b)
}

// PassedBundles lists the bundles that the actor had made of a student and that
// are the student's now, newest first. Who has nothing to do with the student
// has none.
func (l *Library) PassedBundles(ctx context.Context, a Actor, student string) ([]*Bundle, error) {
	f, _, err := l.facts(ctx, a, student)
	if err != nil || Stand(a.Person, f, l.now()) == Stranger {
		return nil, err
	}
	all, err := list[Bundle](ctx, l, Query{School: a.School, Kind: "bundle", Index: "about", Desc: true}.Prefix(student+"/"))
	if err != nil {
		return nil, err
	}
	var out []*Bundle
	for _, b := range all {
		if b.By != a.Person || l.expired(b) {
			continue
		}
		passed, err := l.passed(ctx, b)
		if err != nil {
			return nil, err
		}
		if passed {
			out = append(out, b)
		}
	}
	return out, nil
}

// StartBundle asks for a move bundle of a student, with its texts in a
// language (nl, en). A transfer must be ready (TransferReady). Asked again while the same is being made for the same
// person, it gives that one. Somebody has to Pack it. Error kinds: NotFound (also
// a work of a selection), Forbidden, Invalid, Conflict (not ready).
func (l *Library) StartBundle(ctx context.Context, a Actor, student string, wish Wish) (*Bundle, error) {
	old, err := l.Bundles(ctx, a, student)
	if err != nil {
		return nil, err
	}
	if wish.Kind == "" {
		wish.Kind = BundleTransfer
	}
	if err := l.checkWish(ctx, a, student, &wish); err != nil {
		return nil, err
	}
	same := func(b *Bundle) bool { return b.Active() && b.Kind == wish.Kind && slices.Equal(b.Picked, wish.Works) }
	if i := slices.IndexFunc(old, same); i >= 0 {
		return old[i], nil
	}
	if wish.Kind == BundleTransfer {
		ready, err := l.TransferReady(ctx, a, student)
		if err = cmp.Or(err, ready.Err()); err != nil {
			return nil, err
		}
	}
	b := &Bundle{Head: Head{School: a.School, ID: NewID()}, Student: student, By: a.Person, Hat: a.Hat, Address: a.Address,
		Kind: wish.Kind, Lang: wish.Lang, Picked: wish.Works, State: BundleWaiting, BegunAt: l.now().UTC()}
	b.Blob = b.School + "/" + b.Student + "/bundle-" + b.ID
	return b, create(ctx, l, "bundle", b, b.keys())
}

// checkWish checks what somebody asks for, and puts the works of a selection in
// order, each once.
func (l *Library) checkWish(ctx context.Context, a Actor, student string, wish *Wish) error {
	switch {
	case !slices.Contains([]string{BundleTransfer, BundleArchive, BundleSelection}, wish.Kind):
		return E(Invalid, "error.choice", "Field", "kind")
	case wish.Kind != BundleSelection:
		wish.Works = nil
		return nil
	case len(wish.Works) == 0:
		return E(Invalid, "error.empty", "Field", "works")
	case len(wish.Works) > MaxPicked:
		return E(Invalid, "error.bundle.picked", "Max", MaxPicked)
	}
	wish.Works = slices.Compact(slices.Sorted(slices.Values(wish.Works)))
	v, err := l.Leave(ctx, a, student)
	if err != nil {
		return err
	}
	for _, id := range wish.Works {
		if _, err := v.Work(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Bundles lists the bundles the actor had made of a student, and for the student
// those that were passed on, newest first.
// Error kinds: NotFound, Forbidden.
func (l *Library) Bundles(ctx context.Context, a Actor, student string) ([]*Bundle, error) {
	if _, err := l.mayTo(ctx, a, ActBundle, student); err != nil {
		return nil, err
	}
	all, err := list[Bundle](ctx, l, Query{School: a.School, Kind: "bundle", Index: "about", Desc: true}.Prefix(student+"/"))
	if err != nil {
		return nil, err
	}
	var out []*Bundle
	for _, b := range all {
		mine, err := l.belongs(ctx, a, b)
		if err != nil {
			return nil, err
		}
		if mine && !l.expired(b) {
			out = append(out, b)
		}
	}
	return out, nil
}

// BundleByID finds a bundle of the actor's own, or passed on to the actor, while the actor may still have
// it. Error kind: NotFound.
func (l *Library) BundleByID(ctx context.Context, a Actor, id string) (*Bundle, error) {
	b, err := load[Bundle](ctx, l, "bundle", a.School, id)
	if err != nil {
		return nil, err
	}
	mine, err := l.belongs(ctx, a, b)
	if err != nil {
		return nil, err
	}
	if !mine || l.expired(b) {
		return nil, E(NotFound, "error.not_found")
	}
	if _, err := l.mayTo(ctx, a, ActBundle, b.Student); err != nil {
		return nil, E(NotFound, "error.not_found")
	}
	return b, nil
}

func (l *Library) expired(b *Bundle) bool { return !b.Active() && !l.now().Before(b.Expires) }

// OpenBundle opens a bundle that is ready for fetching, at any offset. Whether
// the actor may have it is decided anew. resumed is true for a later part of a
// fetch that was logged. Error kinds: NotFound, Conflict (not ready).
func (l *Library) OpenBundle(ctx context.Context, a Actor, id string, resumed bool) (*Bundle, BlobReader, error) {
	b, err := l.BundleByID(ctx, a, id)
	if err != nil {
		return nil, nil, err
	}
	if b.State != BundleReady {
		return nil, nil, E(Conflict, "error.bundle.not_ready")
	}
	right, err := l.stillOpen(ctx, a, b)
	if err != nil {
		return nil, nil, err
	}
	if !resumed || l.now().Sub(b.Fetched) > resumeWithin {
		if err := l.audit(ctx, a, b.Student, Line{Act: "fetch", Kind: "bundle", Item: b.ID, Outcome: right.Outcome.String(), Rule: right.Rule}); err != nil {
			return nil, nil, err
		}
		b.Fetched = l.now().UTC()
		if err := replace(ctx, l, "bundle", b, b.keys()); err != nil && !isKind(err, Conflict) {
			return nil, nil, err
		}
	}
	r, err := l.files.Open(ctx, b.Blob)
	if err != nil {
		return nil, nil, err
	}
	if r.Size() != b.Size {
		r.Close()
		return nil, nil, errors.New("bundle " + b.ID + " has another size than it was made with")
	}
	return b, r, nil
}

// stillOpen decides again, item by item, whether everything in a bundle may go
// to the actor, with as much shown of it as then. A bundle of which something
// closed since is of no use any more. The log and the messages in an archive are
// as one person reads them, so that opens for nobody else: a parent's could tell
// the student who turned 16 of a look that was kept from the student, or what
// the parent said to the school. So does any bundle that counts messages. It
// gives the right to the whole of it, by which May decides. Error kind: Conflict.
func (l *Library) stillOpen(ctx context.Context, a Actor, b *Bundle) (Decision, error) {
	f, _, err := l.facts(ctx, a, b.Student)
	if err != nil {
		return Decision{}, err
	}
	if err := l.permits(ctx, a, f, b); err != nil {
		return Decision{}, err
	}
	if (b.Kind == BundleArchive || b.LogOf != "") && b.LogOf != a.Person {
		return Decision{}, E(Conflict, "error.bundle.closed")
	}
	if heard, err := l.stillHears(ctx, a, b); err != nil {
		return Decision{}, err
	} else if !heard {
		return Decision{}, E(Conflict, "error.bundle.closed")
	}
	for _, o := range b.Opened {
		var it *Item
		if o.Kind == ItemWork {
			w, err := load[Work](ctx, l, "work", b.School, o.ID)
			if err != nil && !isKind(err, NotFound) {
				return Decision{}, err
			}
			if err == nil {
				it = w.item()
			}
		} else {
			s, err := load[Assessment](ctx, l, "assessment", b.School, o.ID)
			if err != nil && !isKind(err, NotFound) {
				return Decision{}, err
			}
			if err == nil {
				it = s.item()
			}
		}
		if it == nil {
			return Decision{}, E(Conflict, "error.bundle.closed")
		}
		if d := Inspect(a.Person, f, it, l.now()); !d.Open || !o.Redact.Has(d.Redact) {
			return Decision{}, E(Conflict, "error.bundle.closed")
		}
	}
	return Inspect(a.Person, f, &Item{Kind: ItemRecord}, l.now()), nil
}

// DropBundle stops a bundle that is being made, or throws one away. Error
// kinds: NotFound, Conflict.
func (l *Library) DropBundle(ctx context.Context, a Actor, id string) error {
	for range 20 {
		b, err := l.BundleByID(ctx, a, id)
		if err != nil {
			return err
		}
		if !b.Active() {
			return l.removeBundle(ctx, b)
		}
		b.State, b.Expires = BundleStopped, l.now().UTC().Add(BundleLife)
		err = replace(ctx, l, "bundle", b, b.keys())
		if !isKind(err, Conflict) { // else its progress was stored just now
			return err
		}
	}
	return E(Conflict, "error.conflict")
}

// removeBundle forgets a bundle; the document goes last, so that the bytes are
// always found.
func (l *Library) removeBundle(ctx context.Context, b *Bundle) error {
	if err := l.files.Delete(ctx, b.Blob); err != nil {
		return err
	}
	return l.store.Delete(ctx, Ref{b.School, "bundle", b.ID}, b.Rev)
}

// Packer writes a portfolio to w as a bundle. It calls tell as it goes, and
// stops with the error that tell gives.
type Packer func(ctx context.Context, v *Leaving, b *Bundle, w io.Writer, tell func(Headway) error) (Contents, error)

// PackBundle makes a bundle that was asked for, once: whether its maker may
// have it is decided again; where the right has passed to the student it is made
// for the student. What goes wrong is kept with it for its maker
// to read. Only one caller at a time may pack a bundle.
func (l *Library) PackBundle(ctx context.Context, school, id string, pack Packer) error {
	b, err := load[Bundle](ctx, l, "bundle", school, id)
	if err != nil || !b.Active() {
		return err
	}
	if b.Tries == maxTries {
		return l.endBundle(ctx, b, E(Unavailable, "error.bundle.tries"))
	}
	b.State, b.Tries, b.Headway = BundleRunning, b.Tries+1, Headway{Step: StepData, StepAt: l.now().UTC()}
	if err := replace(ctx, l, "bundle", b, b.keys()); err != nil {
		return err
	}
	if err := l.files.Delete(ctx, b.Blob); err != nil { // of an earlier try
		return l.endBundle(ctx, b, err)
	}
	who := b.actor()
	if passed, err := l.passed(ctx, b); err != nil {
		return l.endBundle(ctx, b, err)
	} else if passed {
		who = b.heir()
	}
	v, err := l.Leave(ctx, who, b.Student)
	if err != nil {
		return l.endBundle(ctx, b, err)
	}
	v.order(b.Kind, b.Picked)
	if b.Kind == BundleArchive {
		b.LogOf = who.Person
	}
	right := Inspect(who.Person, v.facts, &Item{Kind: ItemRecord}, l.now()) // by which May decided
	b.rule = right.Rule
	pr, pw := io.Pipe()
	packed := make(chan struct{})
	go func() {
		defer close(packed)
		var err error
		b.Contents, err = l.packSeen(ctx, v, b, pack, pw, func(p Headway) error { return l.tellBundle(ctx, b, p) })
		pw.CloseWithError(err) // nil is the end of a whole bundle; anything else stores nothing
	}()
	sum := sha256.New()
	size, err := l.files.Put(ctx, b.Blob, io.TeeReader(pr, sum))
	pr.CloseWithError(err) // a packer that still writes stops
	<-packed
	b.Opened, b.Heard = v.opened, v.heard
	if v.counts(CategoryChat) {
		b.LogOf = who.Person
	}
	b.Size, b.Contents.SHA256 = size, hex.EncodeToString(sum.Sum(nil))
	return l.endBundle(ctx, b, err)
}

// packSeen packs; a transfer only while it is ready, and as it was seen.
func (l *Library) packSeen(ctx context.Context, v *Leaving, b *Bundle, pack Packer, w io.Writer, tell func(Headway) error) (Contents, error) {
	if b.Kind != BundleTransfer || !v.School.ShowsFile() {
		return pack(ctx, v, b, w, tell)
	}
	i, err := l.inspection(ctx, b.School, b.Student)
	if err != nil {
		return Contents{}, err
	}
	ready, err := l.readiness(ctx, v, i, "")
	if err = cmp.Or(err, ready.Err()); err != nil {
		return Contents{}, err
	}
	c, err := pack(ctx, v, b, w, tell)
	if err != nil {
		return c, err
	}
	ready, err = l.readiness(ctx, v, i, v.print())
	return c, cmp.Or(err, ready.Err())
}

// tellBundle stores progress, not too often, and finds out whether somebody
// stopped the work.
func (l *Library) tellBundle(ctx context.Context, b *Bundle, p Headway) error {
	now := l.now().UTC()
	if p.Step == b.Step {
		p.StepAt = b.StepAt
		if now.Sub(b.told) < tellEvery {
			return nil
		}
	} else {
		p.StepAt = now
	}
	b.Headway, b.told = p, now
	err := replace(ctx, l, "bundle", b, b.keys())
	if isKind(err, Conflict) || isKind(err, NotFound) {
		return errStopped
	}
	l.bundleChanged(b)
	return err
}

// endBundle says how it went. When the program is stopping the try does not
// count: the next start begins again.
func (l *Library) endBundle(ctx context.Context, b *Bundle, why error) error {
	if ctx.Err() != nil {
		b.State, b.Tries, b.Headway = BundleWaiting, b.Tries-1, Headway{}
		return errors.Join(ctx.Err(), replace(context.WithoutCancel(ctx), l, "bundle", b, b.keys()))
	}
	now := l.now().UTC()
	b.State, b.MadeAt, b.Expires = BundleReady, now, now.Add(BundleLife)
	if why != nil {
		b.State, b.MadeAt, b.Fault = BundleFailed, time.Time{}, FaultOf(why)
		b.Contents, b.Size = Contents{}, 0
	}
	err := l.saveEnded(ctx, b)
	if isKind(err, Conflict) || isKind(err, NotFound) { // somebody stopped it
		return l.drop(ctx, errStopped, b.Blob)
	}
	if err != nil {
		return errors.Join(why, err)
	}
	l.bundleChanged(b)
	return why
}

// saveEnded stores how the making of a bundle ended. One that is ready has a
// line in the log.
func (l *Library) saveEnded(ctx context.Context, b *Bundle) error {
	if b.State != BundleReady {
		return replace(ctx, l, "bundle", b, b.keys())
	}
	line := lineOf(b.actor(), b.Student, Line{Act: "export", Item: b.ID, Outcome: REQUEST.String(), Rule: b.rule})
	return replaceLogged(ctx, l, "bundle", b, b.keys(), line, nil)
}

func (l *Library) bundleChanged(b *Bundle) {
	l.Changed(Change{School: b.School, What: "bundle", ID: b.ID, Persons: []string{b.By, b.Student}})
}

// Unpacked lists the bundles of all schools that were asked for and are not
// there, oldest first: at start, those that the last run did not finish.
func (l *Library) Unpacked(ctx context.Context) ([]*Bundle, error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Bundle
	for _, s := range schools {
		some, err := list[Bundle](ctx, l, Query{School: s.ID, Kind: "bundle", Index: "state"}.Prefix("active/"))
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// SweepBundles forgets the bundles that have expired.
func (l *Library) SweepBundles(ctx context.Context) (swept int, err error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		old, err := list[Bundle](ctx, l, Query{School: s.ID, Kind: "bundle", Index: "state", From: "over/", To: "over/" + stamp(l.now())})
		if err != nil {
			return swept, err
		}
		for _, b := range old {
			if err := l.removeBundle(ctx, b); err != nil && !isKind(err, Conflict) && !isKind(err, NotFound) {
				return swept, err
			}
			swept++
		}
	}
	return swept, nil
}
