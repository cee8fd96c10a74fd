package portfolio

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"
)

// Arrival is a student's portfolio on its way in from a bundle. Arrive gives
// one that can only tell what is here already; Adopt gives one that writes.
//
// What it writes stays out of sight until Commit: works and assessments are
// stored under the import's key instead of their own, so no list shows them,
// and a new student does not exist yet. The import's document is the journal:
// it is written first, and RecoverImports reads it after a crash.
//
// It is used by one goroutine.
type Arrival struct {
	lib     *Library
	actor   Actor
	student *Person // nil for a student who is yet to be made
	imp     *Import // nil when it only tells
	order   int
}

// Arrive looks what there is already of a bundle for a student of the actor's
// school; "" is a new student, for whom there is nothing. The actor is an
// administrator. Error kinds: Forbidden, NotFound.
func (l *Library) Arrive(ctx context.Context, a Actor, student string) (*Arrival, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	v := &Arrival{lib: l, actor: a}
	if student == "" {
		return v, nil
	}
	p, err := l.person(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	if !p.Wears(HatStudent) {
		return nil, E(NotFound, "error.not_found")
	}
	v.student = p
	return v, nil
}

// Adopt begins to take in a bundle that was checked, for a student, or for a
// new one ("") with the name and birth date in the bundle: a person chose. An
// import without an ID begins here too. Error kinds: Forbidden, NotFound,
// Invalid (also: nobody known signed it, and nobody here stands for it);
// Conflict when it is not one that waits, or another is coming in for
// the same student.
func (l *Library) Adopt(ctx context.Context, a Actor, imp *Import, student string) (*Arrival, error) {
	v, err := l.Arrive(ctx, a, student)
	if err != nil {
		return nil, err
	}
	if imp.ID != "" && imp.State != ImportChecked {
		return nil, E(Conflict, "error.import.state")
	}
	if err := needText(imp.From.Name.Given, "name", 200); err != nil {
		return nil, err
	}
	if imp.ID == "" && imp.Accepted != nil { // by whoever asks for it now
		if err := l.accept(ctx, a, imp); err != nil {
			return nil, err
		}
	}
	if err := l.needSender(ctx, imp, a.School); err != nil {
		return nil, err
	}
	imp.By, imp.Address, imp.Student, imp.Creates = a.Person, a.Address, student, student == ""
	imp.State, imp.Fault, imp.Report, imp.Headway = ImportRunning, nil, Report{}, Headway{}
	if imp.Creates {
		imp.Student = NewID()
		imp.Takes = true
	} else {
		imp.Before = v.student.Portfolio
		if imp.Takes, err = v.bare(ctx); err != nil {
			return nil, err
		}
	}
	if imp.ID == "" {
		imp.Head, imp.BegunAt = Head{School: a.School}, l.now().UTC()
		err = create(ctx, l, "import", imp, imp.keys())
	} else {
		err = replace(ctx, l, "import", imp, imp.keys())
	}
	if err != nil {
		return nil, err
	}
	err = create(ctx, l, "claim", &claim{Head: Head{School: a.School, ID: imp.Student}, Import: imp.ID}, nil)
	if isKind(err, Exists) {
		err = E(Conflict, "error.import.busy")
	}
	v.imp = imp
	if err != nil {
		return nil, v.Abort(ctx, err)
	}
	return v, nil
}

// bare tells whether the student has nothing of a portfolio here, so that the
// portfolio's id can be the one it had before.
func (v *Arrival) bare(ctx context.Context) (bool, error) {
	for _, q := range []Query{
		Query{Kind: "work", Index: "about"}.Prefix(v.student.ID + "/"),
		Query{Kind: "work", Index: "state"}.Prefix("bin/" + v.student.ID + "/"),
		Query{Kind: "assessment", Index: "about"}.Prefix(v.student.ID + "/"),
		Query{Kind: "bundle", Index: "about"}.Prefix(v.student.ID + "/"),
	} {
		q.School, q.Limit = v.actor.School, 1
		some, err := v.lib.store.List(ctx, q)
		if err != nil || len(some) > 0 {
			return false, err
		}
	}
	return true, nil
}

// owner is the id of the student it is for, made or not.
func (v *Arrival) owner() string {
	if v.imp != nil {
		return v.imp.Student
	}
	if v.student != nil {
		return v.student.ID
	}
	return ""
}

// PutFile stores a file of a bundle under the import. sum (hex SHA-256) and
// size are what the bundle says; anything else is refused. The type is read
// from the content; one that is not taken from students is kept as bytes to
// download. Error kind: Invalid.
func (v *Arrival) PutFile(ctx context.Context, f File, r io.Reader) (File, error) {
	f.Blob, f.Name, f.Thumb = fmt.Sprintf("%s/%s/%s-%s", v.actor.School, v.imp.Student, v.imp.ID, f.SHA256), CleanName(f.Name), ""
	sum, crc := sha256.New(), crc32.NewIEEE()
	size, err := v.lib.files.Put(ctx, f.Blob, io.TeeReader(r, io.MultiWriter(sum, crc)))
	if err != nil {
		return f, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 || size != f.Size {
		return f, v.lib.drop(ctx, E(Invalid, "error.bundle.file", "Name", f.Name), f.Blob)
	}
	f.CRC32 = crc.Sum32()
	if f.Type, err = v.sniff(ctx, f); err != nil {
		return f, err
	}
	f.Thumb, err = v.lib.makeThumb(ctx, &f)
	return f, err
}

// sniff reads the type of a stored file from its content.
func (v *Arrival) sniff(ctx context.Context, f File) (string, error) {
	r, err := v.lib.files.Open(ctx, f.Blob)
	if err != nil {
		return "", err
	}
	defer r.Close()
	mediaType, _, err := v.lib.intake.Admit(f.Name, r)
	if isKind(err, Invalid) {
		return "application/octet-stream", nil
	}
	return mediaType, err
}

// AddWork stores a work of the bundle at its place, with its source as it
// came. Nobody but the student sees it, until the student shares it again.
// Error kind: Invalid.
func (v *Arrival) AddWork(ctx context.Context, p Place, w Work, raw []byte) error {
	if err := errors.Join(needText(w.Title, "title", MaxTitle), limitText(w.Text, "text", MaxText), limitText(w.Subject, "subject", 100)); err != nil {
		return err
	}
	for _, f := range w.Files {
		if !strings.HasPrefix(f.Blob, v.actor.School+"/"+v.imp.Student+"/") {
			return E(Invalid, "error.bundle.file", "Name", f.Name)
		}
	}
	w.Head = Head{School: v.actor.School, ID: p.ID}
	w.Student, w.Audience, w.Replaces = v.imp.Student, nil, p.Onto
	w.Origin.Import, w.Origin.Version = v.imp.ID, w.Version
	if err := v.Keep(ctx, "work", p.ID, raw); err != nil {
		return err
	}
	return create(ctx, v.lib, "work", &w, v.hidden())
}

// AddAssessment stores a published assessment of the bundle at its place.
// Error kind: Invalid.
func (v *Arrival) AddAssessment(ctx context.Context, p Place, s Assessment, raw []byte) error {
	if s.Level < 0 || s.Level > 4 {
		return E(Invalid, "error.level")
	}
	if err := errors.Join(limitText(s.Goal, "goal", MaxTitle), limitText(s.Remark, "remark", MaxRemark)); err != nil {
		return err
	}
	s.Head = Head{School: v.actor.School, ID: p.ID}
	s.Student, s.Author, s.Draft, s.Origin.Import = v.imp.Student, "", false, v.imp.ID
	if err := v.Keep(ctx, "assessment", p.ID, raw); err != nil {
		return err
	}
	return create(ctx, v.lib, "assessment", &s, v.hidden())
}

// hidden are the keys of what is not to be seen yet.
func (v *Arrival) hidden() map[string]string { return map[string]string{"state": "import/" + v.imp.ID} }

// Keep stores something of the bundle as it came, once per student: what is
// there stays.
func (v *Arrival) Keep(ctx context.Context, section, name string, raw []byte) error {
	return v.keep(ctx, section, name, "", raw)
}

// KeepTalk stores messages of the bundle, which go to one person alone: label is
// how the bundle calls who had it made, "" is the student.
func (v *Arrival) KeepTalk(ctx context.Context, name, label string, raw []byte) error {
	return v.keep(ctx, CategoryChat, name, cmp.Or(label, v.imp.Student), raw)
}

// KeepsTalk tells whether they are here already.
func (v *Arrival) KeepsTalk(ctx context.Context, name string) (bool, error) {
	_, err := load[Kept](ctx, v.lib, "kept", v.actor.School, keptID(v.owner(), CategoryChat, name))
	if isKind(err, NotFound) {
		return false, nil
	}
	return err == nil, err
}

func (v *Arrival) keep(ctx context.Context, section, name, reader string, raw []byte) error {
	v.order++
	k := &Kept{Head: Head{School: v.actor.School, ID: keptID(v.imp.Student, section, name)}, Student: v.imp.Student,
		Import: v.imp.ID, Section: section, Name: name, Order: v.order, Reader: reader, Raw: slices.Clone(raw)}
	err := create(ctx, v.lib, "kept", k, k.keys())
	if isKind(err, Exists) {
		return nil
	}
	return err
}

// Tell stores how far the import is, not too often, and finds out whether
// somebody stopped it: then its error must end the work.
func (v *Arrival) Tell(ctx context.Context, p Headway) error {
	return v.lib.tellImport(ctx, v.imp, p)
}

// Commit makes what was written the student's. From here the import only goes
// forward: a crash is finished at the next start.
func (v *Arrival) Commit(ctx context.Context, r Report) error {
	v.imp.State, v.imp.Report = ImportFinishing, r
	err := replace(ctx, v.lib, "import", v.imp, v.imp.keys())
	if isKind(err, Conflict) || isKind(err, NotFound) {
		err = errStopped
	}
	if err != nil {
		return v.Abort(ctx, err)
	}
	return v.lib.finishImport(ctx, v.imp)
}

// Abort takes back everything that was written, and gives back why. When it
// cannot, the next start does.
func (v *Arrival) Abort(ctx context.Context, why error) error {
	ctx = context.WithoutCancel(ctx)
	imp, err := load[Import](ctx, v.lib, "import", v.imp.School, v.imp.ID)
	if err != nil {
		return errors.Join(why, err)
	}
	imp.Fault = FaultOf(why)
	return errors.Join(why, v.lib.takeBack(ctx, imp))
}

// ImportID is the import's id.
func (v *Arrival) ImportID() string { return v.imp.ID }

// Trust is whose keys the school knows.
func (v *Arrival) Trust(ctx context.Context) (Trust, error) { return v.lib.Trust(ctx, v.actor.School) }

// School is the id of the school it is for.
func (v *Arrival) School() string { return v.actor.School }

// Student is the id of the student it is for.
func (v *Arrival) Student() string { return v.owner() }

// Now is the library's clock.
func (v *Arrival) Now() time.Time { return v.lib.now().UTC() }
