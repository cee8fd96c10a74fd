package portfolio

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Erasing what is past its time. The journal is written first: what goes, with
// the files that go with it. Then the documents go, each by the revision that
// was looked at, then what belonged to them, their files, and last come the
// lines of the log. What a crash leaves undone is done at the next start; what
// was kept meanwhile stays.

// States of an erasure.
const (
	ErasureRunning = "running"
	ErasureDone    = "done"
)

// Erasure is the journal of one time that the FG erased things of a student,
// and afterwards the receipt. It holds ids and no titles.
type Erasure struct {
	Head
	Student string    `json:"student"`
	By      string    `json:"by"`
	Hat     string    `json:"hat"`
	Address string    `json:"address,omitempty"`
	At      time.Time `json:"at"`
	State   string    `json:"state"`
	Items   []Erased  `json:"items"`
}

// Erased is one thing that is erased.
type Erased struct {
	Doc    string    `json:"doc"` // the kind of document
	ID     string    `json:"id"`
	Rev    int64     `json:"rev"`
	Kind   string    `json:"kind"` // of item
	Class  Retention `json:"class"`
	Since  Date      `json:"since"` // the first day on which it was no longer kept
	Chain  string    `json:"chain"` // whose log tells of it
	Draft  bool      `json:"draft,omitempty"`
	Blobs  []string  `json:"blobs,omitempty"`  // until they are gone
	Names  []string  `json:"names,omitempty"`  // under which it came in bundles, until that is gone
	Stayed bool      `json:"stayed,omitempty"` // it changed, or something keeps it since
}

func (e *Erasure) keys() map[string]string {
	return map[string]string{"about": e.Student + "/" + stamp(e.At), "state": e.State + "/" + stamp(e.At)}
}

// maxEraseBlobs is about how many files a journal names.
const maxEraseBlobs = 20_000

// actor is who erased.
func (e *Erasure) actor() Actor { return Actor{e.School, e.By, e.Hat, e.Address} }

// Erase removes what of a student is past its time and nothing keeps: the
// documents, their versions and their files. seen is DueStudent.Seen of the page
// that the FG read: what is on the list by now must be exactly that. The log
// stays, with a line for each thing. The actor is the FG. Error kinds:
// Forbidden, NotFound (who is no student); Conflict, when the list changed or
// somebody else is erasing.
func (l *Library) Erase(ctx context.Context, a Actor, student, seen string) (*Erasure, error) {
	d, err := l.DueOf(ctx, a, student)
	if err != nil {
		return nil, err
	}
	if seen == "" || d.Seen != seen {
		return nil, E(Conflict, "error.erase_changed")
	}
	before, err := list[Erasure](ctx, l, Query{School: a.School, Kind: "erasure", Index: "about"}.Prefix(student+"/"))
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(before, func(e *Erasure) bool { return e.State == ErasureRunning }) {
		return nil, E(Conflict, "error.erase_running")
	}
	// How many there were is in the id, so that of two at once one is told.
	e := &Erasure{Head: Head{School: a.School, ID: DeriveID("erasure", a.School, student, strconv.Itoa(len(before)))},
		Student: student, By: a.Person, Hat: a.Hat, Address: a.Address, At: l.now().UTC(), State: ErasureRunning}
	blobs := 0
	for _, x := range d.erase {
		it := Erased{Doc: x.doc, ID: x.id, Rev: x.rev, Kind: x.kind, Class: x.class, Since: x.since, Chain: x.chain, Draft: x.draft}
		err = l.addParts(ctx, a.School, &it)
		if isKind(err, NotFound) {
			return nil, E(Conflict, "error.erase_changed")
		}
		if err != nil {
			return nil, err
		}
		if blobs += len(it.Blobs); blobs > maxEraseBlobs && len(e.Items) > 0 {
			break // a journal is one document; the rest is still on the list afterwards
		}
		e.Items = append(e.Items, it)
	}
	if err := create(ctx, l, "erasure", e, e.keys()); isKind(err, Exists) {
		return nil, E(Conflict, "error.erase_running")
	} else if err != nil {
		return nil, err
	}
	// The FG may close the page; what was begun is done.
	return e, l.finishErasure(context.WithoutCancel(ctx), e)
}

// addParts adds the files of a work in all its versions, and the names under
// which those came in bundles: the work and its versions go first, and nothing
// tells of them then.
func (l *Library) addParts(ctx context.Context, school string, it *Erased) error {
	if it.Doc != "work" {
		return nil
	}
	w, err := load[Work](ctx, l, "work", school, it.ID)
	if err != nil {
		return err
	}
	states, err := l.statesOf(ctx, w)
	if err != nil {
		return err
	}
	it.Blobs = blobsOf(states)
	for _, v := range states {
		if name := v.Work.Source; name != "" && !slices.Contains(it.Names, name) {
			it.Names = append(it.Names, name)
		}
	}
	return nil
}

// statesOf lists all versions of a work, with the one of now last.
func (l *Library) statesOf(ctx context.Context, w *Work) ([]*Version, error) {
	versions, err := list[Version](ctx, l, Query{School: w.School, Kind: "version", Index: "about"}.Prefix(w.ID+"/"))
	return append(versions, &Version{Work: *w}), err
}

func blobsOf(states []*Version) (blobs []string) {
	for _, v := range states {
		for _, f := range v.Work.Files {
			for _, b := range []string{f.Blob, f.Thumb} {
				if b != "" && !slices.Contains(blobs, b) {
					blobs = append(blobs, b)
				}
			}
		}
	}
	return blobs
}

// erasing are the erasures that this process is at, by id.
var erasing sync.Map

// finishErasure does what an erasure says, from wherever it was.
func (l *Library) finishErasure(ctx context.Context, e *Erasure) error {
	if _, busy := erasing.LoadOrStore(e.ID, true); busy {
		return nil
	}
	defer erasing.Delete(e.ID)
	now, err := load[Erasure](ctx, l, "erasure", e.School, e.ID)
	if err != nil {
		return err
	}
	if *e = *now; e.State == ErasureDone { // it was done while this one was listed
		return nil
	}
	for i := range e.Items {
		if err := l.eraseItem(ctx, e, &e.Items[i]); err != nil {
			return err
		}
	}
	if err := l.eraseFiles(ctx, e); err != nil {
		return err
	}
	if err := l.tellErased(ctx, e); err != nil {
		return err
	}
	for i := range e.Items {
		e.Items[i].Blobs, e.Items[i].Names = nil, nil
	}
	e.State = ErasureDone
	// Only who finishes it writes to it now: another was first.
	if err := replace(ctx, l, "erasure", e, e.keys()); err != nil && !isKind(err, Conflict) {
		return err
	}
	l.Changed(Change{School: e.School, What: "erasure", ID: e.ID, Persons: []string{e.Student}})
	return nil
}

// eraseItem removes one document and what belongs to it, if it is past its time
// now and nothing keeps it.
func (l *Library) eraseItem(ctx context.Context, e *Erasure, it *Erased) error {
	d, err := l.store.Get(ctx, Ref{e.School, it.Doc, it.ID})
	switch {
	case isKind(err, NotFound): // it went before the program stopped
	case err != nil:
		return err
	default:
		free, err := l.stillDue(ctx, e, it, d)
		if err != nil {
			return err
		}
		if it.Stayed = !free; it.Stayed {
			return nil
		}
		err = l.store.Delete(ctx, d.Ref, it.Rev)
		if it.Stayed = isKind(err, Conflict); it.Stayed {
			return nil // changed at this very moment
		}
		if err != nil && !isKind(err, NotFound) {
			return err
		}
	}
	return l.eraseRest(ctx, e, it)
}

// stillDue asks once more whether a document may go.
func (l *Library) stillDue(ctx context.Context, e *Erasure, it *Erased, d Doc) (bool, error) {
	if d.Rev != it.Rev {
		return false, nil
	}
	p, err := l.person(ctx, e.School, e.Student)
	if err != nil {
		return false, err
	}
	if err := l.departed(ctx, p); err != nil {
		return false, err
	}
	x, err := l.due(ctx, p, d, l.authors(p))
	if err != nil || x == nil {
		return false, err
	}
	h, err := l.holdsOf(ctx, p)
	if err != nil {
		return false, err
	}
	why, _ := h.of(x)
	return why == "", nil
}

// eraseRest removes what is kept beside a document that is gone: its earlier
// states, how it was shown, and what it said whenever it came in a bundle. That
// it came stays known, so that the same bundle does not bring it back.
func (l *Library) eraseRest(ctx context.Context, e *Erasure, it *Erased) error {
	if it.Doc != "assessment" {
		kind := map[string]string{"work": "version", "record": "record_version"}[it.Doc]
		if err := l.deleteAll(ctx, Query{School: e.School, Kind: kind, Index: "about"}.Prefix(it.ID+"/")); err != nil {
			return err
		}
	}
	if it.Doc == "record" {
		return nil
	}
	if it.Doc == "work" {
		if err := l.forgetShowings(ctx, &Work{Head: Head{School: e.School, ID: it.ID}, Student: e.Student}); err != nil {
			return err
		}
	}
	for _, name := range append([]string{it.ID}, it.Names...) {
		if err := l.emptyKept(ctx, e.School, keptID(e.Student, it.Doc, name)); err != nil {
			return err
		}
	}
	if it.Doc == "assessment" {
		return l.emptyKept(ctx, e.School, keptID(e.Student, KeptCredentials, it.ID))
	}
	return nil
}

// emptyKept takes what it said from something that came in a bundle.
func (l *Library) emptyKept(ctx context.Context, school, id string) error {
	k, err := load[Kept](ctx, l, "kept", school, id)
	if isKind(err, NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	k.Raw = nil
	return replace(ctx, l, "kept", k, k.keys())
}

// deleteAll removes what a query lists.
func (l *Library) deleteAll(ctx context.Context, q Query) error {
	q.Limit = pageOfEach
	for {
		page, err := l.store.List(ctx, q)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, d := range page {
			if err := l.store.Delete(ctx, d.Ref, d.Rev); err != nil && !isKind(err, NotFound) {
				return err
			}
		}
	}
}

// eraseFiles removes the files of the works that are gone, but for those that
// another work still holds.
func (l *Library) eraseFiles(ctx context.Context, e *Erasure) error {
	if !slices.ContainsFunc(e.Items, func(it Erased) bool { return !it.Stayed && len(it.Blobs) > 0 }) {
		return nil
	}
	held, err := l.heldBlobs(ctx, e)
	if err != nil {
		return err
	}
	for _, it := range e.Items {
		for _, b := range it.Blobs {
			if it.Stayed || held[b] {
				continue
			}
			if err := l.files.Delete(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldBlobs are the files that works of the student hold, in all their versions,
// also those that an import has not shown yet.
func (l *Library) heldBlobs(ctx context.Context, e *Erasure) (map[string]bool, error) {
	held := map[string]bool{}
	queries := []Query{Query{Index: "about"}.Prefix(e.Student + "/"), Query{Index: "state"}.Prefix("bin/" + e.Student + "/")}
	imports, err := list[Import](ctx, l, Query{School: e.School, Kind: "import", Index: "about", From: e.Student, To: e.Student + "\x01"})
	if err != nil {
		return nil, err
	}
	for _, imp := range imports {
		queries = append(queries, Query{Index: "state", From: "import/" + imp.ID, To: "import/" + imp.ID + "\x01"})
	}
	for _, q := range queries {
		q.School, q.Kind = e.School, "work"
		for d, err := range l.each(ctx, q) {
			if err != nil {
				return nil, err
			}
			w, err := decode[Work](d)
			if err != nil {
				return nil, err
			}
			states, err := l.statesOf(ctx, w)
			if err != nil {
				return nil, err
			}
			for _, b := range blobsOf(states) {
				held[b] = true
			}
		}
	}
	return held, nil
}

// tellErased leaves a line in the log for each thing that is gone, once. That
// there was a draft or a note is its author's alone to know of (rule 3).
func (l *Library) tellErased(ctx context.Context, e *Erasure) error {
	told := map[string]map[string]bool{} // by log: the ids of what it tells of
	for _, it := range e.Items {
		if it.Stayed {
			continue
		}
		if told[it.Chain] == nil {
			ids, err := l.erasedSince(ctx, e, it.Chain)
			if err != nil {
				return err
			}
			told[it.Chain] = ids
		}
		if told[it.Chain][it.ID] {
			continue
		}
		n := Line{Act: "erase", Item: it.ID, Kind: it.Kind}
		if it.Draft {
			n.Rule = "3"
		}
		if err := l.audit(ctx, e.actor(), it.Chain, n); err != nil {
			return err
		}
	}
	return nil
}

// erasedSince are the ids of what a log says was erased since an erasure began.
func (l *Library) erasedSince(ctx context.Context, e *Erasure, chain string) (map[string]bool, error) {
	ids := map[string]bool{}
	for d, err := range l.each(ctx, Query{School: e.School, Kind: "audit", Index: "about", Desc: true}.Prefix(chain+"/")) {
		if err != nil {
			return nil, err
		}
		n, err := decode[Line](d)
		if err != nil {
			return nil, err
		}
		if n.At.Before(e.At) {
			break
		}
		if n.Act == "erase" {
			ids[n.Item] = true
		}
	}
	return ids, nil
}

// FinishErasures does what the erasures say during which the program stopped.
// It runs at start and may run at any time. What cannot be done now does not
// keep it from the others; the errors come together.
func (l *Library) FinishErasures(ctx context.Context) (finished int, err error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		left, e := list[Erasure](ctx, l, Query{School: s.ID, Kind: "erasure", Index: "state"}.Prefix(ErasureRunning+"/"))
		err = errors.Join(err, e)
		for _, x := range left {
			if e := l.finishErasure(ctx, x); e != nil {
				err = errors.Join(err, e)
				continue
			}
			finished++
		}
	}
	return finished, err
}
