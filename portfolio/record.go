package portfolio

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Limits of a piece of the school's file.
const (
	MaxRecordText = 20_000
	MaxDetails    = 20  // addresses, numbers and so on of one person
	MaxDetail     = 500 // of one of them, in characters
)

// Types of a record, and of care. Contact data and notes have none.
const (
	RecordEnrolment = "enrolment"
	RecordAbsence   = "absence"
	RecordTalk      = "talk"
	RecordTransfer  = "transfer"

	CareHealth     = "health"
	CarePsychology = "psychology"
	CareSupport    = "support"
	CareReferral   = "referral" // to special education

	TypeOther = "other" // of either
)

// RecordKinds are the kinds of items that are a Record, in the order in which a
// dossier shows them.
var RecordKinds = []string{ItemRecord, ItemCare, ItemContact, ItemNote}

var recordTypes = map[string][]string{
	ItemRecord:  {RecordTalk, RecordAbsence, RecordEnrolment, RecordTransfer, TypeOther},
	ItemCare:    {CareSupport, CareHealth, CarePsychology, CareReferral, TypeOther},
	ItemContact: nil,
	ItemNote:    nil,
}

// RecordTypes are the types that a kind has, the most usual first.
func RecordTypes(kind string) []string { return slices.Clone(recordTypes[kind]) }

// Sources are where the school has a piece from (AVG 14(2)(f): a person may
// know the source).
var Sources = []string{"school", "guardian", "student", "previous_school", "other_body"}

// Record is one piece of what a school keeps about a student beside the
// portfolio: its own file (record), health and psychology (care), addresses
// (contact), and a working note that is its author's alone (note). Kind is the
// kind of item that the rule decides about.
type Record struct {
	Head
	Student    string    `json:"student"`
	Kind       string    `json:"kind"`
	Type       string    `json:"type,omitempty"`
	Title      string    `json:"title"` // of contact data: whose they are
	Text       string    `json:"text,omitempty"`
	Details    []Detail  `json:"details,omitempty"` // of contact data
	HappenedOn Date      `json:"happened_on"`
	Source     string    `json:"source"`
	SourceNote string    `json:"source_note,omitempty"` // who or which body, in words
	Retention  Retention `json:"retention"`
	Author     string    `json:"author"`
	ChangedBy  string    `json:"changed_by"` // who wrote this version
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	Version    int       `json:"version"` // 1, and one more for each change
}

// Detail is one way to reach somebody.
type Detail struct {
	Label string `json:"label"` // telephone, e-mail, address, as the school calls it
	Value string `json:"value"`
}

func (r *Record) item() *Item { return &Item{ID: r.ID, Kind: r.Kind, Author: r.Author} }

func (r *Record) keys() map[string]string {
	return map[string]string{"about": r.Student + "/" + r.HappenedOn.String() + "/" + stamp(r.CreatedAt)}
}

// chain is whose log tells of the piece. A student's log is read by the family,
// and a note is its author's alone to know of (rule 3): its lines are in the
// author's own chain.
func (r *Record) chain() string {
	if r.Kind == ItemNote {
		return r.Author
	}
	return r.Student
}

// SeenRecord is a piece as one reader gets it.
type SeenRecord struct {
	*Record
	Decision    Decision
	MayChange   bool // the reader works with this kind
	Withheld    bool // words or details were left out, as the decision says
	AuthorName  string
	ChangerName string // of who wrote this version
}

// MayRecord lists the kinds of which the actor may add a piece about a student:
// those the rule opens by duty, which for a note is any duty. Error kind:
// NotFound, for a student there is not.
func (l *Library) MayRecord(ctx context.Context, a Actor, student string) ([]string, error) {
	f, _, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	return mayRecord(a, f, l.now()), nil
}

func mayRecord(a Actor, f *Facts, now time.Time) (kinds []string) {
	f = withoutEmergency(f)
	for _, kind := range RecordKinds {
		d := Inspect(a.Person, f, &Item{Kind: kind, Author: a.Person}, now)
		if d.Open && d.Outcome == DUTY {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// worksWith tells whether a piece is the actor's to change: by duty, of which
// emergency access is none (it is for looking).
func worksWith(a Actor, f *Facts, r *Record, now time.Time) bool {
	d := Inspect(a.Person, withoutEmergency(f), r.item(), now)
	return d.Open && d.Outcome == DUTY
}

// Record opens one piece. Error kind: NotFound, also when the rule says no, and
// when it only opens after a request.
func (l *Library) Record(ctx context.Context, a Actor, id string) (*SeenRecord, error) {
	r, d, f, err := l.openRecord(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if err := l.auditDecision(ctx, a, r.chain(), r.item(), d); err != nil {
		return nil, err
	}
	s, err := l.seenRecord(ctx, a, r, d)
	if err == nil {
		s.MayChange = worksWith(a, f, r, l.now())
	}
	return s, err
}

func (l *Library) openRecord(ctx context.Context, a Actor, id string) (*Record, Decision, *Facts, error) {
	r, err := load[Record](ctx, l, "record", a.School, id)
	if err != nil {
		return nil, Decision{}, nil, err
	}
	f, _, err := l.facts(ctx, a, r.Student)
	if err != nil {
		return nil, Decision{}, nil, err
	}
	d := Inspect(a.Person, f, r.item(), l.now())
	if !d.Open {
		return nil, d, nil, E(NotFound, "error.not_found")
	}
	return r, d, f, nil
}

// seenRecord is a piece for a reader for whom the rule opens it. A text can
// hold an address or tell where the child is, and nobody can leave just those
// words out by machine: where the decision leaves out either, the text and the
// details go, and the school gives the rest by hand.
func (l *Library) seenRecord(ctx context.Context, a Actor, r *Record, d Decision) (*SeenRecord, error) {
	s := &SeenRecord{Record: r, Decision: d, MayChange: d.Outcome == DUTY}
	if d.Redact != 0 {
		r.Text, r.Details, r.SourceNote, s.Withheld = "", nil, "", true
	}
	var err error
	if s.AuthorName, err = l.nameOf(ctx, a.School, r.Author, nil); err != nil {
		return nil, err
	}
	s.ChangerName, err = l.nameOf(ctx, a.School, r.ChangedBy, nil)
	return s, err
}

// fill checks what was sent and puts it in the piece, whose kind is set.
func (r *Record) fill(n NewRecord, now time.Time) error {
	r.Type, r.Title, r.Text = n.Type, strings.TrimSpace(n.Title), strings.TrimSpace(n.Text)
	r.Source, r.SourceNote = n.Source, strings.TrimSpace(n.SourceNote)
	types := recordTypes[r.Kind]
	if !slices.Contains(types, r.Type) && (r.Type != "" || len(types) > 0) {
		return E(Invalid, "error.choice", "Field", "record_type")
	}
	if err := needText(r.Title, "title", MaxTitle); err != nil {
		return err
	}
	if err := limitText(r.Text, "text", MaxRecordText); err != nil {
		return err
	}
	if !slices.Contains(Sources, r.Source) {
		return E(Invalid, "error.choice", "Field", "source")
	}
	if err := limitText(r.SourceNote, "source_note", MaxTitle); err != nil {
		return err
	}
	today := DateOf(now)
	if r.HappenedOn = n.HappenedOn; r.HappenedOn == 0 {
		r.HappenedOn = today
	}
	if r.HappenedOn > today || r.HappenedOn < firstYear {
		return E(Invalid, "error.not_yet", "Field", "happened_on")
	}
	r.Retention, r.UpdatedAt = retentionOf(r.Kind, r.Type), now.UTC()
	return r.fillDetails(n.Details)
}

func (r *Record) fillDetails(details []Detail) error {
	r.Details = nil
	for _, d := range details {
		d.Label, d.Value = strings.TrimSpace(d.Label), strings.TrimSpace(d.Value)
		if err := needText(d.Label, "details", MaxDetail); err != nil {
			return err
		}
		if err := needText(d.Value, "details", MaxDetail); err != nil {
			return err
		}
		r.Details = append(r.Details, d)
	}
	switch n := len(r.Details); {
	case n > MaxDetails:
		return E(Invalid, "error.details_many", "Field", "details", "Max", MaxDetails)
	case n > 0 && r.Kind != ItemContact:
		return E(Invalid, "error.details_place", "Field", "kind")
	case n == 0 && r.Kind == ItemContact:
		return E(Invalid, "error.details", "Field", "details")
	}
	return nil
}
