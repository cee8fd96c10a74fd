package portfolio

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// NewRecord is what a member of staff fills in.
type NewRecord struct {
	Kind       string
	Type       string
	Title      string
	Text       string
	Details    []Detail
	HappenedOn Date // today for 0
	Source     string
	SourceNote string
}

// AddRecord adds a piece to a student's file. The actor works with that kind
// (MayRecord). The same piece by the same person on one day is one piece,
// however often the button is pressed. Error kinds: NotFound, for who may add
// nothing; Forbidden, for this kind; Invalid; Exists, when the piece changed since.
func (l *Library) AddRecord(ctx context.Context, a Actor, student string, n NewRecord) (*Record, error) {
	may, err := l.MayRecord(ctx, a, student)
	if err != nil {
		return nil, err
	}
	switch {
	case len(may) == 0:
		return nil, E(NotFound, "error.not_found")
	case !slices.Contains(RecordKinds, n.Kind):
		return nil, E(Invalid, "error.choice", "Field", "kind")
	case !slices.Contains(may, n.Kind):
		return nil, E(Forbidden, "error.record_kind")
	}
	now := l.now()
	r := &Record{Head: Head{School: a.School}, Student: student, Kind: n.Kind, Author: a.Person, ChangedBy: a.Person, CreatedAt: now.UTC(), Version: 1}
	if err := r.fill(n, now); err != nil {
		return nil, err
	}
	same, err := l.keyed(ctx, "record", strings.Join(append([]string{a.School, student, a.Person, DateOf(now).String(),
		r.Kind, r.Type, r.Title, r.Text, r.HappenedOn.String(), r.Source, r.SourceNote}, detailTexts(r.Details)...), "\x00"))
	if err != nil {
		return nil, err
	}
	r.ID = DeriveID("record", same)
	if err := createLogged(ctx, l, "record", r, r.keys(), r.line(a), nil); isKind(err, Exists) {
		there, err := load[Record](ctx, l, "record", a.School, r.ID)
		if err == nil && there.Version > r.Version {
			return nil, E(Exists, "error.exists") // it went on since, and may not be the actor's to read any more
		}
		return there, err
	} else if err != nil {
		return nil, err
	}
	return r, l.recorded(ctx, r)
}

func detailTexts(details []Detail) (out []string) {
	for _, d := range details {
		out = append(out, d.Label, d.Value)
	}
	return out
}

// line tells that a piece was stored.
func (r *Record) line(a Actor) Line {
	return lineOf(a, r.chain(), Line{Act: "record", Item: r.ID, Kind: r.Kind})
}

// recorded tells the student's open pages of a piece that was stored, unless the
// piece is absent there: then not even that it changed is the student's to know.
func (l *Library) recorded(ctx context.Context, r *Record) error {
	f, _, err := l.facts(ctx, Actor{School: r.School, Person: r.Student, Hat: HatStudent}, r.Student)
	if err == nil && Inspect(r.Student, f, r.item(), l.now()).Open {
		l.Changed(Change{School: r.School, What: "record", ID: r.ID, Persons: []string{r.Student}})
	}
	return err
}

// ChangeRecord saves a new version over the revision seen; the old one is kept.
// Only the kind stays as it is. Error kinds: NotFound, Forbidden (it is open to
// read, and no more), Conflict, Invalid.
func (l *Library) ChangeRecord(ctx context.Context, a Actor, id string, rev int64, n NewRecord) (*Record, error) {
	r, _, err := l.recordToChange(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if r.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	if n.Kind != "" && n.Kind != r.Kind {
		return nil, E(Invalid, "error.choice", "Field", "kind")
	}
	if n.HappenedOn == 0 {
		n.HappenedOn = r.HappenedOn
	}
	old := *r
	if err := r.fill(n, l.now()); err != nil {
		return nil, err
	}
	return r, l.saveRecord(ctx, a, &old, r)
}

// recordToChange opens a piece to who works with it.
func (l *Library) recordToChange(ctx context.Context, a Actor, id string) (*Record, *Facts, error) {
	r, _, f, err := l.openRecord(ctx, a, id)
	if err != nil {
		return nil, nil, err
	}
	if !worksWith(a, f, r, l.now()) {
		return nil, nil, E(Forbidden, "error.forbidden")
	}
	return r, f, nil
}

// saveRecord keeps the old state first, and then makes the new one visible.
func (l *Library) saveRecord(ctx context.Context, a Actor, old, r *Record) error {
	if err := l.saveRecordVersion(ctx, old); err != nil {
		return err
	}
	r.ChangedBy, r.Version = a.Person, old.Version+1
	if err := replaceLogged(ctx, l, "record", r, r.keys(), r.line(a), nil); err != nil {
		return err
	}
	return l.recorded(ctx, r)
}

// ShareNote makes the actor's own note a record of a type, for all to whom the
// rule opens records: a note that a colleague reads is in the school's file.
// What it said before stays the author's alone. There is no way back. Error
// kinds: NotFound (also for what is no note), Conflict, Invalid.
func (l *Library) ShareNote(ctx context.Context, a Actor, id string, rev int64, typ string) (*Record, error) {
	r, err := l.ownNote(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if r.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	old := *r
	if !shareTypes(typ) {
		return nil, E(Invalid, "error.choice", "Field", "record_type")
	}
	r.Kind, r.Type, r.UpdatedAt = ItemRecord, typ, l.now().UTC()
	r.Retention = retentionOf(r.Kind, r.Type)
	return r, l.saveRecord(ctx, a, &old, r)
}

// ShareTypes are what a note can become.
var ShareTypes = []string{RecordTalk, TypeOther}

func shareTypes(typ string) bool { return slices.Contains(ShareTypes, typ) }

func (l *Library) ownNote(ctx context.Context, a Actor, id string) (*Record, error) {
	r, _, err := l.recordToChange(ctx, a, id)
	if err == nil && r.Kind != ItemNote {
		return nil, E(NotFound, "error.not_found")
	}
	return r, err
}

// NoteReaders tells for whom a note of the actor's own would open, or open
// after a request, once it is shared: what the rule says of the record that it
// becomes. Staff come first, then the family; the student is among them, the
// author is not: mine tells whether the author can still open it. Error kind:
// NotFound.
func (l *Library) NoteReaders(ctx context.Context, a Actor, id string) (readers []Reader, mine bool, err error) {
	r, err := l.ownNote(ctx, a, id)
	if err != nil {
		return nil, false, err
	}
	it := r.item()
	it.Kind = ItemRecord
	d, err := l.dossier(ctx, a.School, r.Student)
	if err != nil {
		return nil, false, err
	}
	n, err := l.neighbours(ctx, d, a.School, nil)
	if err != nil {
		return nil, false, err
	}
	n.people[d.student.ID] = d.student
	for _, x := range l.among(n, it) {
		switch {
		case x.ID == a.Person:
			mine = x.Decision.Open
		case x.Decision.Open || x.Decision.Outcome == REQUEST:
			readers = append(readers, x)
		}
	}
	return readers, mine, nil
}

// recordVersion is an earlier state of a piece.
type recordVersion struct {
	Head
	Record Record `json:"record"`
}

// saveRecordVersion keeps the state that is about to be replaced. One that is
// there already is the same one, left by a crash between the two writes.
func (l *Library) saveRecordVersion(ctx context.Context, r *Record) error {
	v := &recordVersion{Head: Head{School: r.School, ID: fmt.Sprintf("%s.%06d", r.ID, r.Version)}, Record: *r}
	err := create(ctx, l, "record_version", v, map[string]string{"about": fmt.Sprintf("%s/%06d", r.ID, r.Version)})
	if isKind(err, Exists) {
		return nil
	}
	return err
}

// RecordVersions lists the earlier states of a piece, newest first, for who may
// change it. Each is an item of its own to the rule: what a record was while it
// was still somebody's note, that somebody alone reads. Error kinds: NotFound,
// Forbidden.
func (l *Library) RecordVersions(ctx context.Context, a Actor, id string) ([]*SeenRecord, error) {
	r, f, err := l.recordToChange(ctx, a, id)
	if err != nil {
		return nil, err
	}
	q := Query{School: a.School, Kind: "record_version", Index: "about", Desc: true}.Prefix(r.ID + "/")
	all, err := list[recordVersion](ctx, l, q)
	if err != nil {
		return nil, err
	}
	var out []*SeenRecord
	for _, v := range all {
		old := &v.Record
		old.Head = r.Head
		d := Inspect(a.Person, f, old.item(), l.now())
		if old.Version >= r.Version || !d.Open { // the first: left by a crash before the change
			continue
		}
		s, err := l.seenRecord(ctx, a, old, d)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, l.auditDecision(ctx, a, r.chain(), r.item(), Inspect(a.Person, f, r.item(), l.now()))
}
