package portfolio

import (
	"context"
	"errors"
	"io"
	"slices"
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
	Fault    *Fault      `json:"fault,omitempty"`
	BegunAt  time.Time   `json:"begun_at"`
	DoneAt   time.Time   `json:"done_at,omitzero"`
	File     string      `json:"file,omitempty"`  // its name, for people
	Spool    string      `json:"spool,omitempty"` // the blob it waits in
	Size     int64       `json:"size,omitempty"`
	From     Sender      `json:"from,omitzero"`
	Student  string      `json:"student,omitempty"` // for whom
	Creates  bool        `json:"creates,omitempty"` // the student is made by it
	Takes    bool        `json:"takes,omitempty"`   // the student gets the portfolio's id
	Before   string      `json:"before,omitempty"`  // the id of the student's portfolio until then
	Report   Report      `json:"report,omitzero"`
	Stayed   int         `json:"stayed,omitempty"`   // works that an undo left, because they were changed here
	Accepted *Acceptance `json:"accepted,omitempty"` // nobody known signed it, and somebody here stands for it
	Reader   string      `json:"reader,omitempty"`   // whose the conversations in it are, once somebody said so

	// Of a bundle that was fetched with a code: the address of the other Kaft, and
	// the keys that it shows to everybody. They prove nothing until compared.
	Source  string       `json:"source,omitempty"`
	Offered []SchoolKeys `json:"offered,omitempty"`

	told time.Time

	// Who took it back after it was done, and from which address.
	UndoneBy   string `json:"undone_by,omitempty"`
	UndoneFrom string `json:"undone_from,omitempty"`
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
	Notes     []string  `json:"notes,omitempty"`   // keys of the catalogue: what was passed over
	Missing   []string  `json:"missing,omitempty"` // files of works that are not there, or not as they were: their paths
	Signature Signature `json:"signature,omitzero"`
	TalksOf   string    `json:"talks_of,omitempty"` // how it calls who had it made, where it holds that person's conversations and it is not the student

	// What the family said of the file at the sending school, and what kind of
	// school that is; nil where the bundle does not say.
	Said     *Inspected `json:"said,omitempty"`
	SaidKind string     `json:"said_kind,omitempty"`
}

// Report counts what became of what was in a bundle.
type Report struct {
	Works       Tally  `json:"works"`
	Assessments Tally  `json:"assessments"`
	Files       int    `json:"files"` // to be stored
	Bytes       int64  `json:"bytes"`
	Proofs      Proofs `json:"proofs,omitzero"`   // of the assessments that come in
	Messages    int    `json:"messages,omitzero"` // of conversations, to be kept
}

// Proofs counts assessments by who signed them.
type Proofs struct {
	Known   int `json:"known,omitempty"`
	Unknown int `json:"unknown,omitempty"`
	None    int `json:"none,omitempty"`
}

// Add counts one.
func (p *Proofs) Add(signer string) {
	switch signer {
	case SignerKnown:
		p.Known++
	case SignerUnknown:
		p.Unknown++
	default:
		p.None++
	}
}

// Tally counts by fate.
type Tally struct {
	New     int `json:"new,omitempty"`
	Same    int `json:"same,omitempty"`
	Newer   int `json:"newer,omitempty"`
	Beside  int `json:"beside,omitempty"`
	Gone    int `json:"gone,omitempty"`
	Refused int `json:"refused,omitempty"`
	Altered int `json:"altered,omitempty"`
}

// Add counts one.
func (t *Tally) Add(fate string) {
	switch fate {
	case FateNew:
		t.New++
	case FateSame:
		t.Same++
	case FateNewer:
		t.Newer++
	case FateBeside:
		t.Beside++
	case FateGone:
		t.Gone++
	case FateRefused:
		t.Refused++
	case FateAltered:
		t.Altered++
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

// undoer is who takes an import back that was done.
func (i *Import) undoer() Actor {
	if i.UndoneBy == "" { // it was begun before this was stored
		return i.Actor()
	}
	return Actor{i.School, i.UndoneBy, HatAdmin, i.UndoneFrom}
}

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
	imp := l.newImport(a, name)
	if err := create(ctx, l, "import", imp, imp.keys()); err != nil {
		return nil, err
	}
	if err := l.SpoolImport(ctx, imp, r); err != nil {
		return nil, errors.Join(err, l.removeImport(context.WithoutCancel(ctx), imp))
	}
	return imp, nil
}

func (l *Library) newImport(a Actor, name string) *Import {
	imp := &Import{Head: Head{School: a.School, ID: NewID()}, By: a.Person, Address: a.Address, State: ImportReading,
		BegunAt: l.now().UTC(), File: CleanName(name)}
	imp.Spool = a.School + "/import-" + imp.ID
	return imp
}

// SpoolImport stores what comes in for an import. When it fails nothing of it is
// there. Error kinds: Invalid (empty), TooLarge, those of r; NotFound when
// somebody stopped the import meanwhile.
func (l *Library) SpoolImport(ctx context.Context, imp *Import, r io.Reader) error {
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
		imp.Size = 0
		err = errors.Join(err, l.files.Delete(context.WithoutCancel(ctx), imp.Spool))
	}
	return err
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
