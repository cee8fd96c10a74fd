package portfolio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// Reasons why something stays out of a bundle.
const (
	ReasonOnRequest = "on-request"       // a right that opens on a request to the school
	ReasonTransfer  = "not-in-transfer"  // never part of a move bundle
	ReasonVersions  = "fingerprint-only" // of earlier versions only the fingerprint goes along
	ReasonRedacted  = "redacted"         // where a child is or will be
	ReasonSelection = "not-selected"     // not one of the works that were picked
	ReasonNotYet    = "not-supported"    // it would belong in this kind of bundle, and Kaft cannot put it there yet
)

// Omission is a category of things that stay out of a bundle, and why. Count
// is 0 where the number is not the maker's to know, or not kept.
type Omission struct {
	Category string `json:"category"`
	Reason   string `json:"reason"`
	Count    int    `json:"count,omitzero"`
}

// Leaving is a student's portfolio on its way out, as far as its maker may
// take it along: each thing is decided by the rule at the moment it is read.
// What the maker has a right to, but which does not open now, is counted; what
// the rule answers with NO is not even counted.
//
// It is read by one goroutine.
type Leaving struct {
	Student *Person
	School  *School
	Maker   *Person

	lib     *Library
	actor   Actor
	facts   *Facts
	kind    string
	picked  map[string]bool // works of a selection; nil when all go along
	omitted []Omission
	opened  []opened
	heard   []Heard
	stamps  map[string]string // what went along, by id: its state
}

// Leave opens a student's portfolio for whoever may make a move bundle of it.
// Error kinds: NotFound, Forbidden; Conflict while a bundle is coming in.
func (l *Library) Leave(ctx context.Context, a Actor, student string) (*Leaving, error) {
	f, err := l.mayTo(ctx, a, ActBundle, student)
	if err != nil {
		return nil, err
	}
	if _, err := load[claim](ctx, l, "claim", a.School, student); err == nil {
		return nil, E(Conflict, "error.bundle.importing")
	} else if !isKind(err, NotFound) {
		return nil, err
	}
	v := &Leaving{lib: l, actor: a, facts: f}
	if v.Student, err = l.person(ctx, a.School, student); err != nil {
		return nil, err
	}
	if v.Maker, err = l.person(ctx, a.School, a.Person); err != nil {
		return nil, err
	}
	if v.School, err = l.SchoolByID(ctx, a.School); err != nil {
		return nil, err
	}
	v.order(BundleTransfer, nil)
	return v, nil
}

// order says which kind of bundle it leaves for. It comes before anything is
// read.
func (v *Leaving) order(kind string, picked []string) {
	v.kind, v.omitted, v.picked = kind, nil, nil
	if kind != BundleArchive {
		v.omitted = append(v.omitted, Omission{Category: "access-log", Reason: ReasonTransfer}, Omission{Category: CategoryChat, Reason: ReasonTransfer})
	}
	for _, category := range []string{"record", "custody", "binned"} {
		v.omitted = append(v.omitted, Omission{Category: category, Reason: ReasonTransfer})
	}
	v.omitted = append(v.omitted, Omission{Category: "earlier-versions", Reason: ReasonVersions})
	if kind == BundleSelection {
		v.picked = map[string]bool{}
		for _, id := range picked {
			v.picked[id] = true
		}
	}
}

// picks tells whether a work is one of those that go along, and counts those
// that open and were not picked.
func (v *Leaving) picks(work string, it *Item, category string) bool {
	if v.picked == nil || v.picked[work] {
		return true
	}
	if Inspect(v.actor.Person, v.facts, it, v.lib.now()).Open {
		v.omit(category, ReasonSelection)
	}
	return false
}

// Works walks the works that go along, by the day they are about.
func (v *Leaving) Works(ctx context.Context) iter.Seq2[*Work, error] {
	return func(yield func(*Work, error) bool) {
		q := Query{School: v.Student.School, Kind: "work", Index: "about"}.Prefix(v.Student.ID + "/")
		for doc, err := range v.lib.each(ctx, q) {
			if err != nil {
				yield(nil, err)
				return
			}
			w, err := decode[Work](doc)
			if err == nil && (!v.picks(w.ID, w.item(), ItemWork) || !v.opens(w.item(), ItemWork)) {
				continue
			}
			if err == nil {
				v.stamp(w.ID, stampOfWork(w))
			}
			if !yield(w, err) || err != nil {
				return
			}
		}
	}
}

// stamp notes in which state something goes along.
func (v *Leaving) stamp(id, state string) {
	if v.stamps == nil {
		v.stamps = map[string]string{}
	}
	v.stamps[id] = state
}

func stampOfWork(w *Work) string {
	return fmt.Sprint("work ", w.Version, " ", w.Draft, " ", stamp(w.UpdatedAt))
}

// print names exactly the works and assessments that were read, in their states.
func (v *Leaving) print() string {
	sum := sha256.New()
	for _, id := range slices.Sorted(maps.Keys(v.stamps)) {
		fmt.Fprintln(sum, id, v.stamps[id])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Work reads one of them again. Error kind: NotFound, also when the rule has
// closed it meanwhile.
func (v *Leaving) Work(ctx context.Context, id string) (*Work, error) {
	w, err := load[Work](ctx, v.lib, "work", v.Student.School, id)
	if err != nil {
		return nil, err
	}
	if w.Student != v.Student.ID || v.picked != nil && !v.picked[id] || !Inspect(v.actor.Person, v.facts, w.item(), v.lib.now()).Open {
		return nil, E(NotFound, "error.not_found")
	}
	v.stamp(w.ID, stampOfWork(w))
	return w, nil
}

// Versions are the earlier states of a work that goes along, oldest first.
func (v *Leaving) Versions(ctx context.Context, w *Work) ([]*Version, error) {
	return list[Version](ctx, v.lib, Query{School: w.School, Kind: "version", Index: "about"}.Prefix(w.ID+"/"))
}

// Assessments walks the assessments that go along, oldest first.
func (v *Leaving) Assessments(ctx context.Context) iter.Seq2[*Assessment, error] {
	return func(yield func(*Assessment, error) bool) {
		q := Query{School: v.Student.School, Kind: "assessment", Index: "about"}.Prefix(v.Student.ID + "/")
		for doc, err := range v.lib.each(ctx, q) {
			if err != nil {
				yield(nil, err)
				return
			}
			s, err := decode[Assessment](doc)
			if err == nil && (!v.picks(s.Work, s.item(), ItemAssessment) || !v.opens(s.item(), ItemAssessment)) {
				continue
			}
			if err == nil {
				v.stamp(s.ID, "assessment "+stamp(s.UpdatedAt))
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// opens asks the rule, and counts what is a right but does not open now.
func (v *Leaving) opens(it *Item, category string) bool {
	d := Inspect(v.actor.Person, v.facts, it, v.lib.now())
	switch {
	case d.Open:
		v.opened = append(v.opened, opened{it.Kind, it.ID, d.Redact})
	case d.Outcome == REQUEST:
		v.omit(category, ReasonOnRequest)
	}
	return d.Open
}

func (v *Leaving) omit(category, reason string) { v.LeaveOut(category, reason, 1) }

// counts tells whether something of a category was counted.
func (v *Leaving) counts(category string) bool {
	return slices.ContainsFunc(v.omitted, func(o Omission) bool { return o.Category == category && o.Count > 0 })
}

// Count tells beforehand what a bundle would hold. It walks everything, so what
// it leaves is of no further use.
func (v *Leaving) Count(ctx context.Context) (Contents, error) {
	var c Contents
	files := map[string]bool{}
	for w, err := range v.Works(ctx) {
		if err != nil {
			return c, err
		}
		c.Items++
		if len(w.Audience) == 0 {
			c.Private++
		}
		for _, f := range w.Files {
			if !files[f.SHA256] {
				files[f.SHA256] = true
				c.Files++
				c.Bytes += f.Size
			}
		}
	}
	for _, err := range v.Assessments(ctx) {
		if err != nil {
			return c, err
		}
		c.Assessments++
	}
	c.Omitted = v.omitted
	return c, nil
}

// Omitted says what stays out, as far as it was met until now.
func (v *Leaving) Omitted() []Omission { return v.omitted }

// Enrolment is a student's time in a class.
type Enrolment struct {
	ID          string
	Class       *Class
	From, Until Date
}

// Enrolments are the student's times in classes at this school, oldest first.
// For somebody for whom a court closed where the child is they stay out: told
// is then false, and those of earlier schools must stay out as well.
func (v *Leaving) Enrolments(ctx context.Context) (all []Enrolment, told bool, err error) {
	something := &Item{Kind: ItemWork, Author: v.Student.ID}
	if Inspect(v.actor.Person, v.facts, something, v.lib.now()).Redact.Has(RedactLocation) {
		v.omitted = append(v.omitted, Omission{Category: "enrolments", Reason: ReasonRedacted})
		return nil, false, nil
	}
	facts, err := v.lib.factsAbout(ctx, v.Student.School, v.Student.ID)
	if err != nil {
		return nil, false, err
	}
	for _, f := range facts {
		if f.Type != FactEnrolment {
			continue
		}
		c, err := load[Class](ctx, v.lib, "class", v.Student.School, f.Party)
		if err != nil {
			return nil, false, err
		}
		all = append(all, Enrolment{f.ID, c, f.From, f.Until})
	}
	return all, true, nil
}

// Kept walks what came in an earlier bundle under one member of its document
// and is kept as it came. What it says about works was imported as private,
// so the rule decides it as a private work; labels (people, schools) open with
// what refers to them.
func (v *Leaving) Kept(ctx context.Context, section string, label bool) iter.Seq2[*Kept, error] {
	return func(yield func(*Kept, error) bool) {
		if v.picked != nil && !label && section != "comments" && section != "collections" {
			return // it is about the whole portfolio
		}
		q := Query{School: v.Student.School, Kind: "kept", Index: "about"}.Prefix(v.Student.ID + "/" + section + "/")
		for doc, err := range v.lib.each(ctx, q) {
			if err != nil {
				yield(nil, err)
				return
			}
			k, err := decode[Kept](doc)
			if err == nil && !label && !v.opensKept(section) {
				continue
			}
			if !yield(k, err) || err != nil {
				return
			}
		}
	}
}

// opensKept decides about something kept: it opens by who asks alone, so it
// needs no deciding again when the same person fetches the bundle.
func (v *Leaving) opensKept(section string) bool {
	it := &Item{Kind: ItemWork, Author: v.Student.ID}
	if section == "inspection" {
		it.Kind = ItemAssessment // what was said about the file, for who has the right to it
	}
	d := Inspect(v.actor.Person, v.facts, it, v.lib.now())
	if d.Outcome == REQUEST && !d.Open {
		v.omit(section, ReasonOnRequest)
	}
	return d.Open
}

// KeptAs is what came along as the work or assessment with this id, or nil.
func (v *Leaving) KeptAs(ctx context.Context, section, id string) (*Kept, error) {
	k, err := load[Kept](ctx, v.lib, "kept", v.Student.School, keptID(v.Student.ID, section, id))
	if isKind(err, NotFound) {
		return nil, nil
	}
	return k, err
}

// ObjectID is the id by which a work (or assessment) is known in every bundle:
// for what came in one its id there, else its id here. Another version that was
// kept beside has an id of its own.
func (v *Leaving) ObjectID(kind, id string, o *Origin) string {
	if o == nil || (o.ID != id && DeriveID(kind, v.Student.School, v.Student.ID, o.ID) != id) {
		return id
	}
	return o.ID
}

// NameOf is the name of somebody here, for a label.
func (v *Leaving) NameOf(ctx context.Context, person string) (string, error) {
	return v.lib.nameOf(ctx, v.Student.School, person, nil)
}

// Open reads a file of a work that goes along. Error kind: NotFound.
func (v *Leaving) Open(ctx context.Context, f File) (BlobReader, error) {
	if !strings.HasPrefix(f.Blob, v.Student.School+"/"+v.Student.ID+"/") {
		return nil, E(NotFound, "error.not_found")
	}
	return v.lib.files.Open(ctx, f.Blob)
}

// Now is the library's clock.
func (v *Leaving) Now() time.Time { return v.lib.now().UTC() }
