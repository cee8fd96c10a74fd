package portfolio

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FactType says what a Fact states.
type FactType string

const (
	FactCustody   FactType = "custody"   // Party holds custody over About
	FactRelation  FactType = "relation"  // Party is Kind to About
	FactDuty      FactType = "duty"      // Party works as Kind for About: a student, a class or the school
	FactEnrolment FactType = "enrolment" // About is a student of the class Party
	FactOrder     FactType = "order"     // a court order of Kind names Party
	FactRefusal   FactType = "refusal"   // Party is refused Kinds or Items
	FactShare     FactType = "share"     // By shares Items or Kinds with Party
	FactYes       FactType = "yes"       // the representative By agrees to the audience Kind; no By: the school wrote it down
	FactNo        FactType = "no"        // the representative By refuses the audience or share Kind
	FactObjection FactType = "objection" // the student objects to the carer Party

	FactLeaving     FactType = "leaving"     // About leaves the school: From is the first day away (leaving.go)
	FactRestriction FactType = "restriction" // Items or Kinds are in dispute (AVG 18, 21)
	FactRelease     FactType = "release"     // staff released Items or Kinds to Party on a request

	// Facts about another fact, Of.
	FactVerified FactType = "verified" // the proof of the custody was seen on Verified
	FactEnd      FactType = "end"      // it holds until Until at the latest; an end that is ended is taken back
	FactConfirm  FactType = "confirm"  // a second member of staff agrees (confirm.go)
)

// Fact is one dated statement about a student (or, for a duty, about a class
// or school). Facts are stored once and never changed: a change is a new fact,
// an end is a fact of its own, so that "who could see this on 3 March, as far
// as we knew then" can always be answered.
type Fact struct {
	Head
	Type        FactType  `json:"type"`
	About       string    `json:"about"`
	Party       string    `json:"party,omitempty"`
	Kind        string    `json:"kind,omitempty"`
	Institution string    `json:"institution,omitempty"`
	By          string    `json:"by,omitempty"`
	Items       []string  `json:"items,omitempty"`
	Kinds       []string  `json:"kinds,omitempty"`
	Cleared     bool      `json:"cleared,omitempty"`
	From        Date      `json:"from,omitzero"`
	Until       Date      `json:"until,omitzero"`
	Verified    Date      `json:"verified,omitzero"`
	Review      Date      `json:"review,omitzero"`
	Of          string    `json:"of,omitempty"`       // the fact that this one is about
	Evidence    string    `json:"evidence,omitempty"` // the document's reference
	Reason      string    `json:"reason,omitempty"`   // why, in the recorder's own words
	Request     string    `json:"request,omitempty"`  // the request it answers; of a share the one it stands in for
	Waits       bool      `json:"waits,omitempty"`    // recorded by one who needs a second to agree
	RecordedBy  string    `json:"recorded_by"`
	RecordedAt  time.Time `json:"recorded_at"`

	EvidenceFile *File  `json:"evidence_file,omitempty"` // the document itself, where there is one
	Upload       string `json:"-"`                       // while it is being recorded: the upload that brings the document

	// What later facts say of this one, filled in when it is read.
	ConfirmedBy string    `json:"-"`
	ConfirmedAt time.Time `json:"-"`
	Declined    bool      `json:"-"`
	DeclinedBy  string    `json:"-"`
	DeclinedAt  time.Time `json:"-"`
	DeclinedWhy string    `json:"-"` // in the words of DeclinedBy
	Seen        Date      `json:"-"` // the proof was seen, which a second must still confirm
	Counts      bool      `json:"-"` // the rule is told of it
	Takes       bool      `json:"-"` // it takes access away, and so does not wait for a second to count
	Later       []*Fact   `json:"-"` // its ends and the proofs seen later, each with evidence of its own, oldest first
}

func (f *Fact) inForce(d Date) bool { return f.From <= d && (f.Until == 0 || d < f.Until) }

// RecordFact stores a fact that an administrator writes down. What it takes
// away is gone at once; what it gives waits until a second member of staff
// agrees (ConfirmFact). Everybody whose pages it concerns is told at once.
// Error kinds: Forbidden, NotFound (a person, the upload), Invalid; Exists, for
// what is recorded already.
func (l *Library) RecordFact(ctx context.Context, a Actor, f Fact) (*Fact, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	f.Evidence = strings.TrimSpace(f.Evidence)
	if f.emergency() {
		return nil, E(Invalid, "error.choice", "Field", "kind") // emergency.go has the way in
	}
	// Counted before it is checked: what another records in between is met by
	// the check, or has the same id.
	same, err := l.howOften(ctx, a.School, &f)
	if err != nil {
		return nil, err
	}
	if err := l.checkFact(ctx, a.School, &f); err != nil {
		return nil, err
	}
	if err := l.checkEvidence(ctx, a, f.Upload); err != nil {
		return nil, err
	}
	f.Of, f.Request = "", ""
	f.Waits = true
	// How many there were is in the id, so that of two administrators who record
	// the same thing at once one is told.
	f.ID = DeriveID("fact", a.School, string(f.Type), f.About, f.Party, f.Kind, strconv.Itoa(same))
	made, err := l.record(ctx, a, f)
	if isKind(err, Exists) {
		err = E(Conflict, "error.conflict")
	}
	if err != nil {
		return made, err
	}
	return made, l.tellConfirmers(ctx, a, made)
}

// howOften counts the facts of a type about somebody and a party, also those
// that are over.
func (l *Library) howOften(ctx context.Context, school string, f *Fact) (int, error) {
	all, err := l.recordedAbout(ctx, school, f.About)
	n := 0
	for _, x := range all {
		if x.Type == f.Type && x.Party == f.Party && x.Kind == f.Kind {
			n++
		}
	}
	return n, err
}

// record stores what was checked, with its document: that is there before the
// fact that shows it, and its upload is let go last.
func (l *Library) record(ctx context.Context, a Actor, f Fact) (*Fact, error) {
	f.School, f.Rev = a.School, 0
	f.RecordedBy, f.RecordedAt = a.Person, l.now().UTC()
	if err := l.bindEvidence(ctx, a, &f); err != nil {
		return nil, err
	}
	n := Line{Act: "fact", Item: f.ID, Note: string(f.Type)}
	switch {
	case f.Type == FactConfirm:
		n.Act = "confirm"
	case f.By != "" && (f.isAnswer() || f.Type == FactEnd):
		n.Act = "consent"
	case f.endsEmergency():
		n.Act = "emergency-end"
	case f.emergency():
		n.Act, n.Rule = "emergency", "7"
	}
	if err := createLogged(ctx, l, "fact", &f, f.keys(), lineOf(a, f.About, n), func() { l.factChanged(ctx, &f) }); err != nil {
		return nil, err
	}
	if err := l.noticeLate(ctx, &f); err != nil || f.Upload == "" {
		return &f, err
	}
	return &f, l.letGo(ctx, a, []string{f.Upload})
}

// EndFact records that a fact holds until a date (exclusive), with the
// evidence, and the upload that brings its document, where there is one. The
// fact itself stays as it was. An end on or before its beginning says that it
// never held. Error kinds: Forbidden, NotFound (the fact, the upload), Invalid;
// Conflict when it ends by then already, or somebody else ended it meanwhile.
func (l *Library) EndFact(ctx context.Context, a Actor, id string, until Date, evidence string, upload ...string) (*Fact, error) {
	f, err := l.endable(ctx, a, id, until)
	if err != nil {
		return nil, err
	}
	evidence = strings.TrimSpace(evidence)
	if err := needEvidence(f.Type, evidence); err != nil {
		return nil, err
	}
	if until <= f.From {
		if err := l.undoable(ctx, f); err != nil {
			return nil, err
		}
	}
	return l.recordOf(ctx, a, f, Fact{Type: FactEnd, Until: until, Evidence: evidence, Upload: strings.Join(upload, ""), Waits: true})
}

// recordOf records a fact about a fact. How many there are of its type is in
// the id: of two at once one is told. Error kind: Conflict.
func (l *Library) recordOf(ctx context.Context, a Actor, of *Fact, f Fact) (*Fact, error) {
	f.About, f.Party, f.Of = of.About, of.Party, of.ID
	all, err := l.listFacts(ctx, a.School, "about", of.About)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, x := range all {
		if x.Type == f.Type && x.Of == of.ID {
			n++
		}
	}
	f.ID = DeriveID("fact", of.ID, string(f.Type), strconv.Itoa(n))
	if f.Type == FactConfirm || f.Kind == declined {
		f.ID = DeriveID("fact", of.ID, "answer") // there is one
	}
	made, err := l.record(ctx, a, f)
	if isKind(err, Exists) {
		err = E(Conflict, "error.conflict")
	}
	if err != nil || !made.Waits {
		return made, err
	}
	made.Takes = !made.gives(of)
	return made, l.tellConfirmers(ctx, a, made)
}

// VerifyCustody records that somebody at the school saw the proof of custody on
// a date. It waits for a second, as custody that is recorded verified does.
// Error kinds as for EndFact; Conflict when it is verified or over.
func (l *Library) VerifyCustody(ctx context.Context, a Actor, id string, on Date, evidence string, upload ...string) (*Fact, error) {
	f, err := l.endable(ctx, a, id, on)
	if err != nil {
		return nil, err
	}
	evidence = strings.TrimSpace(evidence)
	switch {
	case f.Type != FactCustody:
		return nil, E(NotFound, "error.not_found")
	case f.Verified != 0:
		return nil, E(Conflict, "error.fact_verified", "Date", f.Verified)
	case f.Seen != 0 || f.Waiting():
		return nil, E(Conflict, "error.fact_waits")
	case on > DateOf(l.now()):
		return nil, E(Invalid, "error.future")
	}
	if err := needEvidence(FactVerified, evidence); err != nil {
		return nil, err
	}
	return l.recordOf(ctx, a, f, Fact{Type: FactVerified, Verified: on, Evidence: evidence, Upload: strings.Join(upload, ""), Waits: true})
}

// endable finds a fact that can still be ended on a date.
func (l *Library) endable(ctx context.Context, a Actor, id string, until Date) (*Fact, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	f, err := l.fact(ctx, a.School, id)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Of != "":
		return nil, E(NotFound, "error.not_found")
	case until == 0:
		return nil, E(Invalid, "error.empty", "Field", "until")
	case until < firstYear || until > lastYear:
		return nil, E(Invalid, "error.date", "Date", until.String())
	case f.Until != 0 && f.Until <= until:
		return nil, E(Conflict, "error.fact_ended", "Date", f.Until)
	}
	return f, nil
}

// fact finds one fact with what later facts say of it. Error kind: NotFound.
func (l *Library) fact(ctx context.Context, school, id string) (*Fact, error) {
	f, err := load[Fact](ctx, l, "fact", school, id)
	if err != nil {
		return nil, err
	}
	all, err := l.listFacts(ctx, school, "about", f.About)
	if err != nil {
		return nil, err
	}
	settle(all)
	i := slices.IndexFunc(all, func(x *Fact) bool { return x.ID == id })
	if i < 0 {
		return nil, E(NotFound, "error.not_found")
	}
	return all[i], nil
}

func (f *Fact) keys() map[string]string {
	k := map[string]string{"about": f.About}
	if f.Party != "" {
		k["party"] = f.Party
	}
	if f.Type == FactLeaving {
		k["state"] = leavingKey(f.About)
	}
	return k
}

// FactsAbout lists the facts about a student that count, with their ends
// applied, oldest first. The actor is an administrator. Error kinds: Forbidden,
// NotFound.
func (l *Library) FactsAbout(ctx context.Context, a Actor, student string) ([]*Fact, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	return l.factsAbout(ctx, a.School, student)
}

// factsAbout lists what the rule is told about somebody, a class or the school.
func (l *Library) factsAbout(ctx context.Context, school, id string) ([]*Fact, error) {
	all, err := l.recordedAbout(ctx, school, id)
	return slices.DeleteFunc(all, func(f *Fact) bool { return !f.Counts }), err
}

// factsOf lists the facts that count in which somebody is the other party.
func (l *Library) factsOf(ctx context.Context, school, id string) ([]*Fact, error) {
	all, err := l.recordedOf(ctx, school, id)
	return slices.DeleteFunc(all, func(f *Fact) bool { return !f.Counts }), err
}

// recordedAbout also lists what does not count, or not yet.
func (l *Library) recordedAbout(ctx context.Context, school, id string) ([]*Fact, error) {
	all, err := l.listFacts(ctx, school, "about", id)
	return settled(all), err
}

func (l *Library) recordedOf(ctx context.Context, school, id string) ([]*Fact, error) {
	all, err := l.listFacts(ctx, school, "party", id)
	return settled(all), err
}

// listFacts lists facts as they are stored, also those about other facts.
func (l *Library) listFacts(ctx context.Context, school, index, id string) ([]*Fact, error) {
	if id == "" {
		return nil, nil
	}
	all, err := list[Fact](ctx, l, Query{School: school, Kind: "fact", Index: index, From: id, To: id + "\x01"})
	if !l.known.IsZero() {
		all = slices.DeleteFunc(all, func(f *Fact) bool { return f.RecordedAt.After(l.known) })
	}
	// Whoever looks back at the day on which emergency access was ended: it held until then.
	return slices.DeleteFunc(all, func(f *Fact) bool { return f.endsEmergency() && f.RecordedAt.After(l.now()) }), err
}

// classesOf lists the classes a student is in today.
func (l *Library) classesOf(ctx context.Context, school, student string) ([]string, error) {
	facts, err := l.factsAbout(ctx, school, student)
	return classesIn(facts, DateOf(l.now())), err
}

func classesIn(facts []*Fact, today Date) []string {
	var out []string
	for _, f := range facts {
		if f.Type == FactEnrolment && f.inForce(today) {
			out = append(out, f.Party)
		}
	}
	return out
}

// membersOf lists the students who are in a class today.
func (l *Library) membersOf(ctx context.Context, school, class string) ([]string, error) {
	facts, err := l.factsOf(ctx, school, class)
	if err != nil {
		return nil, err
	}
	var out []string
	today := DateOf(l.now())
	for _, f := range facts {
		if f.Type != FactEnrolment || !f.inForce(today) {
			continue
		}
		away, err := l.away(ctx, school, f.About)
		if err != nil {
			return nil, err
		}
		if !away {
			out = append(out, f.About)
		}
	}
	return out, nil
}
