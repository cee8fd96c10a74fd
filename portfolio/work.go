package portfolio

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of a work, told before anybody meets them.
const (
	MaxTitle = 200
	MaxText  = 100_000
	MaxFiles = 50
	MaxAlt   = 500 // of what a picture shows, in words
)

// Types of work.
const (
	TypeWork       = "work"
	TypeReflection = "reflection" // a look back, perhaps at another work
)

// Work is an entry in a portfolio: files, text, or both.
type Work struct {
	Head
	Student    string     `json:"student"`
	Author     string     `json:"author"`
	Type       string     `json:"type"`
	Title      string     `json:"title"`
	Text       string     `json:"text,omitempty"` // Markdown
	About      string     `json:"about,omitempty"`
	Subject    string     `json:"subject,omitempty"`
	Files      []File     `json:"files,omitempty"`
	Missing    []string   `json:"missing,omitempty"` // names of files that a bundle spoke of and did not bring
	Audience   []string   `json:"audience,omitempty"`
	Depicted   []Depicted `json:"depicted,omitempty"`
	Draft      bool       `json:"draft,omitempty"`
	Restricted bool       `json:"restricted,omitempty"`
	HappenedOn Date       `json:"happened_on"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	BinnedAt   time.Time  `json:"binned_at,omitzero"`
	ShownSince time.Time  `json:"shown_since,omitzero"` // from when who may see it is as it is now (showing.go)
	Version    int        `json:"version"`              // 1, and one more for each change
	Origin     *Origin    `json:"origin,omitempty"`
	Source     string     `json:"source,omitempty"`   // under which name a later state of it came in a bundle
	Replaces   string     `json:"replaces,omitempty"` // while an import is out of sight: the work whose next state this is
}

// File is one file of a work. Its bytes are in a blob; what is said of them
// was computed here, not sent by anybody.
type File struct {
	Blob   string `json:"blob"`
	Name   string `json:"name"` // as the maker called it; for people, never for a path
	Type   string `json:"type"` // media type, from the content
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
	CRC32  uint32 `json:"crc32"`
	Alt    string `json:"alt,omitempty"`
	Thumb  string `json:"thumb,omitempty"` // the blob of a small JPEG
}

// Origin says where something imported came from.
type Origin struct {
	Import   string   `json:"import"`             // the import it came with
	Source   string   `json:"source,omitempty"`   // the sending instance
	School   string   `json:"school,omitempty"`   // the school's name then
	ID       string   `json:"id"`                 // its id there, kept for life
	Author   string   `json:"author,omitempty"`   // a label, never an account
	Audience []string `json:"audience,omitempty"` // who saw it there
	Hash     string   `json:"hash,omitempty"`     // of the object as it came
	Version  int      `json:"version,omitempty"`  // of the work as it came
}

func (w *Work) item() *Item {
	return &Item{ID: w.ID, Kind: ItemWork, Author: w.Author, Draft: w.Draft, Deleted: !w.BinnedAt.IsZero(),
		Restricted: w.Restricted, Audience: w.Audience, Depicted: w.Depicted}
}

func (w *Work) keys() map[string]string {
	if !w.BinnedAt.IsZero() {
		return map[string]string{"state": "bin/" + w.Student + "/" + stamp(w.BinnedAt)}
	}
	k := map[string]string{"about": w.Student + "/" + w.HappenedOn.String() + "/" + stamp(w.CreatedAt)}
	if w.About != "" {
		k["party"] = w.About + "/" + stamp(w.CreatedAt)
	}
	return k
}

// Seen is a work together with the decision that opened it.
type Seen struct {
	*Work
	Decision Decision
}

// NewWork is what a student fills in. Uploads are finished uploads of the same
// student.
type NewWork struct {
	Type       string
	Title      string
	Text       string
	About      string
	Subject    string
	Audience   []string
	Draft      bool
	HappenedOn Date // today for 0
	Uploads    []string
	Alts       map[string]string // what a picture shows, by FileID, of the files that are there; one not named keeps what it has
}

// AddWork adds a work to the actor's own portfolio. The files are stored
// before the work that shows them, and the uploads are let go last. Error
// kinds: Forbidden, NotFound (an upload), Invalid.
func (l *Library) AddWork(ctx context.Context, a Actor, n NewWork) (*Work, error) {
	if _, err := l.mayTo(ctx, a, ActAddWork, a.Person); err != nil {
		return nil, err
	}
	now := l.now().UTC()
	w := &Work{Head: Head{School: a.School}, Student: a.Person, Author: a.Person, CreatedAt: now, ShownSince: now, Version: 1}
	if err := l.fill(ctx, a, w, n); err != nil {
		return nil, err
	}
	if w.HappenedOn == 0 {
		w.HappenedOn = DateOf(now)
	}
	w.ID = NewID()
	line := lineOf(a, w.Student, Line{Act: "add", Item: w.ID, Kind: ItemWork})
	if err := createLogged(ctx, l, "work", w, w.keys(), line, func() { l.workChanged(ctx, w, nil) }); err != nil {
		return nil, err
	}
	return w, l.letGo(ctx, a, n.Uploads)
}

// fill checks what was sent and puts it in the work. New uploads are added
// behind the files that are there.
func (l *Library) fill(ctx context.Context, a Actor, w *Work, n NewWork) error {
	if len(n.Uploads) > MaxFiles {
		return E(Invalid, "error.too_many_files", "Max", MaxFiles)
	}
	w.Type = cmp.Or(n.Type, TypeWork)
	if w.Type != TypeWork && w.Type != TypeReflection {
		return E(Invalid, "error.choice", "Field", "type")
	}
	w.Title, w.Text, w.Subject = strings.TrimSpace(n.Title), strings.TrimSpace(n.Text), strings.TrimSpace(n.Subject)
	if err := needText(w.Title, "title", MaxTitle); err != nil {
		return err
	}
	if err := limitText(w.Text, "text", MaxText); err != nil {
		return err
	}
	if err := limitText(w.Subject, "subject", 100); err != nil {
		return err
	}
	if n.HappenedOn != 0 {
		w.HappenedOn = n.HappenedOn
	}
	if w.HappenedOn > DateOf(l.now()) || w.HappenedOn < 0 {
		return E(Invalid, "error.not_yet", "Field", "happened_on")
	}
	if n.About != "" {
		_, err := l.ownWork(ctx, a, n.About)
		if isKind(err, NotFound) || n.About == w.ID {
			return E(Invalid, "error.choice", "Field", "about")
		}
		if err != nil {
			return err
		}
	}
	w.About = n.About
	if err := checkAudience(n.Audience); err != nil {
		return err
	}
	w.Audience, w.Draft = slices.Compact(slices.Sorted(slices.Values(n.Audience))), n.Draft
	for i, f := range w.Files {
		if alt, ok := n.Alts[f.FileID()]; ok {
			w.Files[i].Alt = strings.TrimSpace(alt)
		}
		if err := limitText(w.Files[i].Alt, "alt", MaxAlt); err != nil {
			return err
		}
	}
	for _, id := range n.Uploads {
		u, err := l.finished(ctx, a, id)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(w.Files, func(f File) bool { return f.Blob == u.File.Blob }) {
			w.Files = append(w.Files, *u.File)
		}
	}
	if len(w.Files) > MaxFiles {
		return E(Invalid, "error.too_many_files", "Max", MaxFiles)
	}
	if len(w.Files) == 0 && w.Text == "" {
		return E(Invalid, "error.empty_work")
	}
	w.UpdatedAt = l.now().UTC()
	return nil
}

// checkAudience refuses audiences there are not.
func checkAudience(audience []string) error {
	for _, x := range audience {
		if !slices.Contains([]string{ToGuardians, ToStaff, ToClass, ToClassGuardians, ToSchool}, x) {
			return E(Invalid, "error.choice", "Field", "audience")
		}
	}
	return nil
}

// ownWork loads a work of the actor's own portfolio, binned or not. Error
// kind: NotFound.
func (l *Library) ownWork(ctx context.Context, a Actor, id string) (*Work, error) {
	w, err := load[Work](ctx, l, "work", a.School, id)
	if err != nil {
		return nil, err
	}
	if _, err := l.mayTo(ctx, a, ActOwnWork, w.Student); err != nil {
		return nil, E(NotFound, "error.not_found")
	}
	return w, nil
}

// changeable loads a work of the actor's own portfolio to which the actor may
// still do something. Error kinds: NotFound; Forbidden, after leaving.
func (l *Library) changeable(ctx context.Context, a Actor, id string) (*Work, error) {
	w, err := l.ownWork(ctx, a, id)
	if err == nil {
		_, err = l.mayTo(ctx, a, ActAddWork, w.Student)
	}
	return w, err
}

// OwnWork gives a work of the actor's own portfolio that is not in the bin, to
// change it. Error kind: NotFound.
func (l *Library) OwnWork(ctx context.Context, a Actor, id string) (*Work, error) {
	w, err := l.ownWork(ctx, a, id)
	if err == nil && !w.BinnedAt.IsZero() {
		return nil, E(NotFound, "error.not_found")
	}
	return w, err
}

// Work opens one work. Error kind: NotFound, also when the rule says no.
func (l *Library) Work(ctx context.Context, a Actor, id string) (*Seen, error) {
	w, d, err := l.openWork(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if err := l.auditDecision(ctx, a, w.Student, w.item(), d); err != nil {
		return nil, err
	}
	return &Seen{w, d}, nil
}

func (l *Library) openWork(ctx context.Context, a Actor, id string) (*Work, Decision, error) {
	w, err := load[Work](ctx, l, "work", a.School, id)
	if err != nil {
		return nil, Decision{}, err
	}
	f, _, err := l.facts(ctx, a, w.Student)
	if err != nil {
		return nil, Decision{}, err
	}
	d := Inspect(a.Person, f, w.item(), l.now())
	if !d.Open {
		return nil, d, E(NotFound, "error.not_found")
	}
	return w, d, nil
}

// ChangeWork saves a new version over the revision rev that the student saw;
// the old version is kept. keep are the FileIDs of the files that stay. Error
// kinds: NotFound, Conflict, Invalid; Forbidden, after leaving.
func (l *Library) ChangeWork(ctx context.Context, a Actor, id string, rev int64, n NewWork, keep []string) (*Work, error) {
	w, err := l.changeable(ctx, a, id)
	if err == nil && !w.BinnedAt.IsZero() {
		err = E(NotFound, "error.not_found")
	}
	if err != nil {
		return nil, err
	}
	if w.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	old := *w
	w.Files = slices.DeleteFunc(slices.Clone(w.Files), func(f File) bool { return !slices.Contains(keep, f.FileID()) })
	if err := l.fill(ctx, a, w, n); err != nil {
		return nil, err
	}
	if len(n.Uploads) > 0 {
		w.Missing = nil // the student has it again
	}
	if err := l.saveVersion(ctx, &old); err != nil {
		return nil, err
	}
	w.Version++
	if err := l.saveWork(ctx, a, w, "change"); err != nil {
		return nil, err
	}
	return w, l.letGo(ctx, a, n.Uploads)
}

func (l *Library) saveWork(ctx context.Context, a Actor, w *Work, act string) error {
	before, err := l.keepShowing(ctx, w)
	if err != nil {
		return err
	}
	n := lineOf(a, w.Student, Line{Act: act, Item: w.ID, Kind: ItemWork})
	return replaceLogged(ctx, l, "work", w, w.keys(), n, func() { l.workChanged(ctx, w, before) })
}

// ShareWork changes only who sees a work. Error kinds: NotFound, Conflict,
// Invalid.
func (l *Library) ShareWork(ctx context.Context, a Actor, id string, rev int64, audience []string) (*Work, error) {
	w, err := l.OwnWork(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if err := checkAudience(audience); err != nil {
		return nil, err
	}
	if w.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	_, err = l.share(ctx, a, w, slices.Compact(slices.Sorted(slices.Values(audience))))
	return w, err
}

// unshare ends the actor's own shares of a work, and tells whether there were
// any. What else they share goes on in a share that stands in for the old one,
// which is ended last.
func (l *Library) unshare(ctx context.Context, a Actor, work string) (ended bool, err error) {
	about, err := l.factsAbout(ctx, a.School, a.Person)
	if err != nil {
		return false, err
	}
	today := DateOf(l.now())
	for _, f := range about {
		if f.Type != FactShare || f.By != a.Person || !slices.Contains(f.Items, work) || f.Until != 0 && f.Until <= today {
			continue
		}
		if rest := without(f.Items, work); len(rest) > 0 {
			_, err := l.record(ctx, a, Fact{Head: Head{ID: DeriveID("share", f.ID, work)}, Type: FactShare, About: f.About, By: f.By, Party: f.Party,
				Items: rest, Kinds: f.Kinds, From: f.From, Until: f.Until, Request: cmp.Or(f.Request, f.ID)})
			if err != nil && !isKind(err, Exists) {
				return ended, err
			}
		}
		if _, err := l.recordOf(ctx, a, f, Fact{Type: FactEnd, Until: today}); err != nil {
			return ended, err
		}
		ended = true
	}
	return ended, nil
}

// BinWork puts a work in the bin, where only its student finds it. Error
// kinds: NotFound, Conflict.
func (l *Library) BinWork(ctx context.Context, a Actor, id string, rev int64) (*Work, error) {
	w, err := l.ownWork(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if w.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	if !w.BinnedAt.IsZero() {
		return w, nil
	}
	w.BinnedAt = l.now().UTC()
	return w, l.saveWork(ctx, a, w, "bin")
}

// UnbinWork puts a work back as it was. Error kinds: NotFound, Conflict.
func (l *Library) UnbinWork(ctx context.Context, a Actor, id string, rev int64) (*Work, error) {
	w, err := l.ownWork(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if w.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	if w.BinnedAt.IsZero() {
		return w, nil
	}
	w.BinnedAt = time.Time{}
	return w, l.saveWork(ctx, a, w, "unbin")
}

// Bin lists the actor's own binned works, newest first.
func (l *Library) Bin(ctx context.Context, a Actor) ([]*Work, error) {
	if _, err := l.mayTo(ctx, a, ActOwnWork, a.Person); err != nil {
		return nil, err
	}
	return list[Work](ctx, l, Query{School: a.School, Kind: "work", Index: "state", Desc: true}.Prefix("bin/"+a.Person+"/"))
}

// OpenFile opens a file of a work, or its thumbnail, for reading at any
// offset. A work the rule refuses has no files either. Error kind: NotFound.
func (l *Library) OpenFile(ctx context.Context, a Actor, work, file string, thumb bool) (*File, BlobReader, error) {
	w, d, err := l.openWork(ctx, a, work)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(w.Files, func(f File) bool { return f.FileID() == file })
	if i < 0 || (thumb && w.Files[i].Thumb == "") {
		return nil, nil, E(NotFound, "error.not_found")
	}
	f := w.Files[i]
	if thumb {
		r, err := l.files.Open(ctx, f.Thumb)
		return &f, r, err
	}
	if err := l.auditDecision(ctx, a, w.Student, w.item(), d); err != nil {
		return nil, nil, err
	}
	r, err := l.files.Open(ctx, f.Blob)
	if err != nil {
		return nil, nil, err
	}
	if r.Size() != f.Size {
		r.Close()
		return nil, nil, fmt.Errorf("blob %s has %d bytes, want %d", f.Blob, r.Size(), f.Size)
	}
	return &f, r, nil
}

// FileID is the name of a file in an address: the last part of its blob's id.
func (f File) FileID() string { return f.Blob[strings.LastIndexByte(f.Blob, '/')+1:] }
