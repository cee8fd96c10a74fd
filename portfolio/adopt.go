package portfolio

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
)

// MaxBundle is the largest bundle that is taken in, in bytes.
const MaxBundle = 20 << 30

// importLife is how long a bundle that came in waits for somebody to say whose
// it is.
const importLife = 7 * 24 * time.Hour

// States of an import.
const (
	ImportReading   = "reading"   // the file is coming in or being checked; nothing of it is shown
	ImportRefused   = "refused"   // Fault says why
	ImportChecked   = "checked"   // whole; a person must say whose it is
	ImportRunning   = "running"   // being written, out of sight
	ImportStopping  = "stopping"  // somebody stopped it; it is taken back
	ImportFinishing = "finishing" // all is written and is being shown: only forward from here
	ImportDone      = "done"
	ImportUndoing   = "undoing"
	ImportUndone    = "undone"
)

// Import is the journal of one bundle on its way in.
type Import struct {
	Head
	By      string `json:"by"`
	Address string `json:"address,omitempty"`
	State   string `json:"state"`
	Headway
	Fault   *Fault    `json:"fault,omitempty"`
	BegunAt time.Time `json:"begun_at"`
	DoneAt  time.Time `json:"done_at,omitzero"`
	File    string    `json:"file,omitempty"`  // its name, for people
	Spool   string    `json:"spool,omitempty"` // the blob it waits in
	Size    int64     `json:"size,omitempty"`
	From    Sender    `json:"from,omitzero"`
	Student string    `json:"student,omitempty"` // for whom
	Creates bool      `json:"creates,omitempty"` // the student is made by it
	Takes   bool      `json:"takes,omitempty"`   // the student gets the portfolio's id
	Before  string    `json:"before,omitempty"`  // the id of the student's portfolio until then
	Report  Report    `json:"report,omitzero"`
	Stayed  int       `json:"stayed,omitempty"` // works that an undo left, because they were changed here
	told    time.Time
}

// Sender is what a bundle says of itself.
type Sender struct {
	Bundle    string    `json:"bundle"`
	Kind      string    `json:"kind"`
	Version   string    `json:"version"` // of the format
	MadeAt    time.Time `json:"made_at"`
	Generator string    `json:"generator"`
	Instance  string    `json:"instance"`
	School    string    `json:"school"` // the school's name
	Portfolio string    `json:"portfolio"`
	Name      Name      `json:"name"`
	Birth     Birth     `json:"birth,omitzero"`
	Contents  Contents  `json:"contents"`
	Notes     []string  `json:"notes,omitempty"` // keys of the catalogue: what was passed over
}

// Report counts what became of what was in a bundle.
type Report struct {
	Works       Tally `json:"works"`
	Assessments Tally `json:"assessments"`
	Files       int   `json:"files"` // to be stored
	Bytes       int64 `json:"bytes"`
}

// Tally counts by fate.
type Tally struct {
	New     int `json:"new,omitempty"`
	Same    int `json:"same,omitempty"`
	Beside  int `json:"beside,omitempty"`
	Gone    int `json:"gone,omitempty"`
	Refused int `json:"refused,omitempty"`
}

// Add counts one.
func (t *Tally) Add(fate string) {
	switch fate {
	case FateNew:
		t.New++
	case FateSame:
		t.Same++
	case FateBeside:
		t.Beside++
	case FateGone:
		t.Gone++
	case FateRefused:
		t.Refused++
	}
}

func (i *Import) keys() map[string]string {
	k := map[string]string{"state": i.State + "/" + stamp(i.BegunAt)}
	if i.Student != "" {
		k["about"] = i.Student
	}
	return k
}

// Actor is who brought the bundle in.
func (i *Import) Actor() Actor { return Actor{i.School, i.By, HatAdmin, i.Address} }

// Active tells whether something is being done with the import by itself.
func (i *Import) Active() bool {
	return slices.Contains([]string{ImportReading, ImportRunning, ImportStopping, ImportFinishing, ImportUndoing}, i.State)
}

// TakeBundle spools a bundle that comes in; nothing of it is read yet. The
// actor is an administrator. Error kinds: Forbidden, Invalid (empty),
// TooLarge.
func (l *Library) TakeBundle(ctx context.Context, a Actor, name string, r io.Reader) (*Import, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	imp := &Import{Head: Head{School: a.School, ID: NewID()}, By: a.Person, Address: a.Address, State: ImportReading,
		BegunAt: l.now().UTC(), File: CleanName(name)}
	imp.Spool = a.School + "/import-" + imp.ID
	if err := create(ctx, l, "import", imp, imp.keys()); err != nil {
		return nil, err
	}
	tooLarge := E(TooLarge, "error.too_large", "Name", imp.File, "Size", int64(MaxBundle+1), "Max", int64(MaxBundle))
	size, err := l.files.Put(ctx, imp.Spool, &limitReader{r: r, left: MaxBundle, err: tooLarge})
	if err == nil && size == 0 {
		err = E(Invalid, "error.empty_file", "Name", imp.File)
	}
	if err == nil {
		imp.Size = size
		err = replace(ctx, l, "import", imp, imp.keys())
	}
	if err != nil {
		return nil, errors.Join(err, l.removeImport(context.WithoutCancel(ctx), imp))
	}
	return imp, nil
}

// removeImport forgets an import that brought nothing; its document goes last.
func (l *Library) removeImport(ctx context.Context, imp *Import) error {
	if imp.Spool != "" {
		if err := l.files.Delete(ctx, imp.Spool); err != nil {
			return err
		}
	}
	return l.store.Delete(ctx, Ref{imp.School, "import", imp.ID}, imp.Rev)
}

// Imports lists the school's imports, newest first. The actor is an
// administrator. Error kind: Forbidden.
func (l *Library) Imports(ctx context.Context, a Actor) ([]*Import, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	all, err := list[Import](ctx, l, Query{School: a.School, Kind: "import"})
	slices.SortFunc(all, func(x, y *Import) int { return y.BegunAt.Compare(x.BegunAt) })
	return all, err
}

// ImportByID finds an import. The actor is an administrator. Error kinds:
// Forbidden, NotFound.
func (l *Library) ImportByID(ctx context.Context, a Actor, id string) (*Import, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	return load[Import](ctx, l, "import", a.School, id)
}

// OpenImport reads the bundle of an import that has not been taken in. Error
// kinds: Forbidden, NotFound.
func (l *Library) OpenImport(ctx context.Context, a Actor, id string) (*Import, BlobReader, error) {
	imp, err := l.ImportByID(ctx, a, id)
	if err != nil {
		return nil, nil, err
	}
	if imp.Spool == "" || imp.Size == 0 {
		return nil, nil, E(NotFound, "error.not_found")
	}
	r, err := l.files.Open(ctx, imp.Spool)
	return imp, r, err
}

// SettleImport says what the check of a spooled bundle found: what the bundle
// says of itself, or why it is refused. Error kinds: Forbidden, NotFound,
// Conflict.
func (l *Library) SettleImport(ctx context.Context, a Actor, id string, from Sender, why error) error {
	imp, err := l.ImportByID(ctx, a, id)
	if err != nil {
		return err
	}
	if imp.State != ImportReading {
		return E(Conflict, "error.import.state")
	}
	imp.State, imp.From, imp.Headway = ImportChecked, from, Headway{}
	spool := imp.Spool
	if why != nil {
		imp.State, imp.Fault, imp.Spool = ImportRefused, FaultOf(why), ""
	}
	if err := replace(ctx, l, "import", imp, imp.keys()); err != nil {
		return err
	}
	l.Changed(Change{School: imp.School, What: "import", ID: imp.ID, Persons: []string{imp.By}})
	if why != nil {
		return l.files.Delete(ctx, spool)
	}
	return nil
}

// DropImport stops an import that is running, or forgets one that has not been
// taken in. Error kinds: Forbidden, NotFound, Conflict (it is done: undo it).
func (l *Library) DropImport(ctx context.Context, a Actor, id string) error {
	for range 20 {
		imp, err := l.ImportByID(ctx, a, id)
		if err != nil {
			return err
		}
		switch imp.State {
		case ImportReading, ImportRefused, ImportChecked:
			err = l.removeImport(ctx, imp)
		case ImportRunning:
			imp.State = ImportStopping
			err = replace(ctx, l, "import", imp, imp.keys())
		case ImportStopping:
			return nil
		default:
			return E(Conflict, "error.import.state")
		}
		if !isKind(err, Conflict) { // else its progress was stored just now
			return err
		}
	}
	return E(Conflict, "error.conflict")
}

func (l *Library) tellImport(ctx context.Context, imp *Import, p Headway) error {
	now := l.now().UTC()
	if p.Step == imp.Step {
		p.StepAt = imp.StepAt
		if now.Sub(imp.told) < tellEvery {
			return nil
		}
	} else {
		p.StepAt = now
	}
	imp.Headway, imp.told = p, now
	err := replace(ctx, l, "import", imp, imp.keys())
	if isKind(err, Conflict) || isKind(err, NotFound) {
		return errStopped
	}
	l.Changed(Change{School: imp.School, What: "import", ID: imp.ID, Persons: []string{imp.By}})
	return err
}

// TellImport stores how far the check of a spooled bundle is.
func (l *Library) TellImport(ctx context.Context, imp *Import, p Headway) error {
	return l.tellImport(ctx, imp, p)
}

// finishImport shows what an import brought. It may be begun again after a
// crash: everything in it can be done twice. A new student is made last, so
// that there is nothing to see before everything is there.
func (l *Library) finishImport(ctx context.Context, imp *Import) error {
	hidden := Query{School: imp.School, Index: "state", From: "import/" + imp.ID, To: "import/" + imp.ID + "\x01"}
	hidden.Kind = "work"
	works, err := list[Work](ctx, l, hidden)
	if err != nil {
		return err
	}
	for _, w := range works {
		if err := replace(ctx, l, "work", w, w.keys()); err != nil {
			return err
		}
	}
	hidden.Kind = "assessment"
	assessments, err := list[Assessment](ctx, l, hidden)
	if err != nil {
		return err
	}
	for _, s := range assessments {
		if err := replace(ctx, l, "assessment", s, s.keys()); err != nil {
			return err
		}
	}
	if err := l.settleStudent(ctx, imp); err != nil {
		return err
	}
	if err := l.unclaim(ctx, imp); err != nil {
		return err
	}
	if imp.Spool != "" {
		if err := l.files.Delete(ctx, imp.Spool); err != nil {
			return err
		}
	}
	if err := l.audit(ctx, imp.Actor(), imp.Student, Line{Act: "import", Item: imp.ID}); err != nil {
		return err
	}
	imp.State, imp.Spool, imp.DoneAt = ImportDone, "", l.now().UTC()
	if err := replace(ctx, l, "import", imp, imp.keys()); err != nil {
		return err
	}
	l.Changed(Change{School: imp.School, What: "import", ID: imp.ID, Persons: []string{imp.Student, imp.By}})
	return nil
}

// settleStudent makes the student, or gives the student the portfolio's id.
func (l *Library) settleStudent(ctx context.Context, imp *Import) error {
	if imp.Creates {
		p := &Person{Head: Head{School: imp.School, ID: imp.Student}, Name: imp.From.Name, Hats: []string{HatStudent}, Birth: imp.From.Birth,
			Portfolio: imp.From.Portfolio, Origin: &Origin{Import: imp.ID, Source: imp.From.Instance, School: imp.From.School, ID: imp.From.Portfolio}}
		err := create(ctx, l, "person", p, nil)
		if isKind(err, Exists) {
			return nil
		}
		return err
	}
	return l.renamePortfolio(ctx, imp, imp.From.Portfolio)
}

// renamePortfolio gives the student's portfolio another id, if the import is
// one that does.
func (l *Library) renamePortfolio(ctx context.Context, imp *Import, id string) error {
	for imp.Takes {
		p, err := l.person(ctx, imp.School, imp.Student)
		if err != nil {
			return err
		}
		if p.Portfolio == id {
			return nil
		}
		p.Portfolio = id
		if err = replace(ctx, l, "person", p, nil); !isKind(err, Conflict) {
			return err
		}
	}
	return nil
}

func (l *Library) unclaim(ctx context.Context, imp *Import) error {
	c, err := load[claim](ctx, l, "claim", imp.School, imp.Student)
	if isKind(err, NotFound) {
		return nil
	}
	if err != nil || c.Import != imp.ID {
		return err
	}
	return l.store.Delete(ctx, Ref{c.School, "claim", c.ID}, c.Rev)
}

// UndoImport takes away what an import brought, as if it had never been; works
// that were changed or assessed here since stay. Error kinds: Forbidden,
// NotFound, Conflict (not one that is done).
func (l *Library) UndoImport(ctx context.Context, a Actor, id string) (*Import, error) {
	imp, err := l.ImportByID(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if imp.State != ImportDone && imp.State != ImportUndoing {
		return nil, E(Conflict, "error.import.state")
	}
	return imp, l.takeBack(ctx, imp)
}

// takeBack removes what an import wrote, seen or unseen. It may be begun again
// after a crash.
func (l *Library) takeBack(ctx context.Context, imp *Import) error {
	if imp.State != ImportUndoing {
		imp.State = ImportUndoing
		if err := replace(ctx, l, "import", imp, imp.keys()); err != nil {
			return err
		}
	}
	stays := map[string]bool{} // works and blobs
	if err := l.takeBackWorks(ctx, imp, stays); err != nil {
		return err
	}
	if err := l.takeBackAssessments(ctx, imp); err != nil {
		return err
	}
	kept, err := list[Kept](ctx, l, Query{School: imp.School, Kind: "kept", Index: "state", From: imp.ID, To: imp.ID + "\x01"})
	if err != nil {
		return err
	}
	for _, k := range kept {
		if stays[k.Name] {
			continue
		}
		if err := l.store.Delete(ctx, Ref{k.School, "kept", k.ID}, k.Rev); err != nil {
			return err
		}
	}
	if err := l.takeBackFiles(ctx, imp, stays); err != nil {
		return err
	}
	if err := l.takeBackStudent(ctx, imp, len(stays) > 0); err != nil {
		return err
	}
	if err := l.unclaim(ctx, imp); err != nil {
		return err
	}
	if !imp.DoneAt.IsZero() {
		if err := l.audit(ctx, imp.Actor(), imp.Student, Line{Act: "undo", Kind: "import", Item: imp.ID}); err != nil {
			return err
		}
	}
	imp.State = ImportUndone
	if imp.Spool != "" { // it never got in: it waits again for somebody to say whose it is
		imp.State, imp.Student, imp.Creates, imp.Takes, imp.Before = ImportChecked, "", false, false, ""
	}
	imp.Headway, imp.Report = Headway{}, Report{}
	if err := replace(ctx, l, "import", imp, imp.keys()); err != nil {
		return err
	}
	l.Changed(Change{School: imp.School, What: "import", ID: imp.ID, Persons: []string{imp.Student, imp.By}})
	return nil
}

func (l *Library) takeBackWorks(ctx context.Context, imp *Import, stays map[string]bool) error {
	imp.Stayed = 0
	for _, q := range []Query{
		{Index: "state", From: "import/" + imp.ID, To: "import/" + imp.ID + "\x01"},
		Query{Index: "about"}.Prefix(imp.Student + "/"),
		Query{Index: "state"}.Prefix("bin/" + imp.Student + "/"),
	} {
		q.School, q.Kind = imp.School, "work"
		works, err := list[Work](ctx, l, q)
		if err != nil {
			return err
		}
		for _, w := range works {
			if w.Origin == nil || w.Origin.Import != imp.ID {
				continue
			}
			blobs, err := l.touched(ctx, w)
			if err != nil {
				return err
			}
			if blobs != nil {
				stays[w.ID] = true
				for _, b := range blobs {
					stays[b] = true
				}
				imp.Stayed++
				continue
			}
			if err := l.store.Delete(ctx, Ref{w.School, "work", w.ID}, w.Rev); err != nil {
				return err
			}
			l.workChanged(w)
		}
	}
	return nil
}

// touched gives the blobs of an imported work that was changed or assessed
// here since it came, in all its versions; nil if it was not.
func (l *Library) touched(ctx context.Context, w *Work) ([]string, error) {
	versions, err := list[Version](ctx, l, Query{School: w.School, Kind: "version", Index: "about"}.Prefix(w.ID+"/"))
	if err != nil {
		return nil, err
	}
	about, err := list[Assessment](ctx, l, Query{School: w.School, Kind: "assessment", Index: "party", From: w.ID, To: w.ID + "\x01"})
	if err != nil {
		return nil, err
	}
	here := slices.ContainsFunc(about, func(s *Assessment) bool { return s.Origin == nil })
	if len(versions) == 0 && !here {
		return nil, nil
	}
	blobs := []string{}
	for _, v := range append(versions, &Version{Work: *w}) {
		for _, f := range v.Work.Files {
			blobs = append(blobs, f.Blob, f.Thumb)
		}
	}
	return blobs, nil
}

func (l *Library) takeBackAssessments(ctx context.Context, imp *Import) error {
	for _, q := range []Query{
		{Index: "state", From: "import/" + imp.ID, To: "import/" + imp.ID + "\x01"},
		Query{Index: "about"}.Prefix(imp.Student + "/"),
	} {
		q.School, q.Kind = imp.School, "assessment"
		all, err := list[Assessment](ctx, l, q)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.Origin == nil || s.Origin.Import != imp.ID {
				continue
			}
			if err := l.store.Delete(ctx, Ref{s.School, "assessment", s.ID}, s.Rev); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Library) takeBackFiles(ctx context.Context, imp *Import, stays map[string]bool) error {
	prefix, after := imp.School+"/"+imp.Student+"/"+imp.ID+"-", ""
	for {
		page, err := l.files.List(ctx, prefix, after, 500)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, b := range page {
			after = b.ID
			if stays[b.ID] {
				continue
			}
			if err := l.files.Delete(ctx, b.ID); err != nil {
				return err
			}
		}
	}
}

// takeBackStudent removes a student whom the import made and about whom
// nothing was recorded since, or gives the portfolio its old id.
func (l *Library) takeBackStudent(ctx context.Context, imp *Import, stays bool) error {
	p, err := l.person(ctx, imp.School, imp.Student)
	if isKind(err, NotFound) || stays {
		return nil
	}
	if err != nil {
		return err
	}
	if !imp.Creates {
		if p.Portfolio == imp.From.Portfolio && !imp.DoneAt.IsZero() {
			return l.renamePortfolio(ctx, imp, imp.Before)
		}
		return nil
	}
	facts, err := l.factsAbout(ctx, imp.School, imp.Student)
	if err != nil || len(facts) > 0 {
		return err
	}
	if bare, err := (&Arrival{lib: l, actor: imp.Actor(), student: p}).bare(ctx); err != nil || !bare {
		return err
	}
	return l.store.Delete(ctx, Ref{p.School, "person", p.ID}, p.Rev)
}

// RecoverImports finishes or takes back the imports that the last run left in
// the middle. It runs at start, before anybody is served.
func (l *Library) RecoverImports(ctx context.Context) (recovered int, err error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		for state, recover := range map[string]func(context.Context, *Import) error{
			ImportRunning:   l.interrupted,
			ImportStopping:  l.takeBack,
			ImportUndoing:   l.takeBack,
			ImportFinishing: l.finishImport,
			ImportReading:   l.recoverReading,
		} {
			left, err := list[Import](ctx, l, Query{School: s.ID, Kind: "import", Index: "state"}.Prefix(state+"/"))
			if err != nil {
				return recovered, err
			}
			for _, imp := range left {
				if err := recover(ctx, imp); err != nil {
					return recovered, err
				}
				recovered++
			}
		}
	}
	return recovered, nil
}

// interrupted takes back an import in the middle of which the program stopped.
func (l *Library) interrupted(ctx context.Context, imp *Import) error {
	imp.Fault = FaultOf(E(Unavailable, "error.import.interrupted"))
	return l.takeBack(ctx, imp)
}

// recoverReading forgets a bundle that never came in whole. One that did waits
// for its check.
func (l *Library) recoverReading(ctx context.Context, imp *Import) error {
	if imp.Size == 0 {
		return l.removeImport(ctx, imp)
	}
	return nil
}

// Unchecked lists the spooled bundles of all schools that wait for their check.
func (l *Library) Unchecked(ctx context.Context) ([]*Import, error) {
	return l.importsIn(ctx, ImportReading, stamp(l.now().Add(time.Hour)))
}

// SweepImports forgets the bundles that came in and that nobody took further.
func (l *Library) SweepImports(ctx context.Context) (swept int, err error) {
	for _, state := range []string{ImportReading, ImportRefused, ImportChecked} {
		old, err := l.importsIn(ctx, state, stamp(l.now().Add(-importLife)))
		if err != nil {
			return swept, err
		}
		for _, imp := range old {
			if err := l.removeImport(ctx, imp); err != nil && !isKind(err, Conflict) && !isKind(err, NotFound) {
				return swept, err
			}
			swept++
		}
	}
	return swept, nil
}

// importsIn lists the imports of all schools in a state that began before.
func (l *Library) importsIn(ctx context.Context, state, before string) ([]*Import, error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Import
	for _, s := range schools {
		some, err := list[Import](ctx, l, Query{School: s.ID, Kind: "import", Index: "state", From: state + "/", To: state + "/" + before})
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// Candidate is a student whose portfolio a bundle may be, with how much
// speaks for it. It is a suggestion: a person chooses.
type Candidate struct {
	*Person
	SamePortfolio, SameBirth, SameName bool
}

// Candidates lists the school's students, the likeliest for a bundle first.
// The actor is an administrator. Error kind: Forbidden.
func (l *Library) Candidates(ctx context.Context, a Actor, from Sender) ([]Candidate, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	all, err := l.people(ctx, a.School)
	if err != nil {
		return nil, err
	}
	var out []Candidate
	for _, p := range all {
		if !p.Wears(HatStudent) {
			continue
		}
		out = append(out, Candidate{p, p.Portfolio == from.Portfolio, p.Birth == from.Birth && p.Birth != Birth{},
			strings.EqualFold(p.Name.Family, from.Name.Family) && (strings.EqualFold(p.Name.Given, from.Name.Given) || strings.EqualFold(p.Name.Short(), from.Name.Short()))})
	}
	slices.SortStableFunc(out, func(x, y Candidate) int { return y.weight() - x.weight() })
	return out, nil
}

func (c Candidate) weight() (n int) {
	for i, yes := range []bool{c.SameBirth, c.SameName, c.SamePortfolio} {
		if yes {
			n += 1 << i
		}
	}
	return n
}
