package portfolio

import (
	"cmp"
	"context"
	"slices"
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
	FactYes       FactType = "yes"       // the representative agrees to the audience Kind
	FactNo        FactType = "no"        // the representative refuses the audience or share Kind
	FactObjection FactType = "objection" // the student objects to the carer Party
	FactEnd       FactType = "end"       // the fact Ends holds until Until at the latest
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
	Ends        string    `json:"ends,omitempty"`
	Evidence    string    `json:"evidence,omitempty"` // the document's reference
	RecordedBy  string    `json:"recorded_by"`
	RecordedAt  time.Time `json:"recorded_at"`
}

func (f *Fact) inForce(d Date) bool { return f.From <= d && (f.Until == 0 || d < f.Until) }

// RecordFact stores a fact; an end is recorded with EndFact. The actor is an
// administrator. Everybody whose pages it concerns is told at once. Error
// kinds: Forbidden, NotFound, Invalid; Exists, for what is recorded already.
func (l *Library) RecordFact(ctx context.Context, a Actor, f Fact) (*Fact, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	if err := l.checkFact(ctx, a.School, &f); err != nil {
		return nil, err
	}
	return l.record(ctx, a, f)
}

// record stores what was checked.
func (l *Library) record(ctx context.Context, a Actor, f Fact) (*Fact, error) {
	f.Head = Head{School: a.School}
	f.Evidence = strings.TrimSpace(f.Evidence)
	f.RecordedBy, f.RecordedAt = a.Person, l.now().UTC()
	if err := create(ctx, l, "fact", &f, f.keys()); err != nil {
		return nil, err
	}
	if err := l.audit(ctx, a, f.About, Line{Act: "fact", Item: f.ID, Note: string(f.Type)}); err != nil {
		return nil, err
	}
	l.Changed(Change{School: a.School, What: "fact", ID: f.ID, Persons: []string{f.About, f.Party}})
	return &f, nil
}

// EndFact records that a fact holds until a date (exclusive), with the
// evidence. The fact itself stays as it was. An end on or before its beginning
// says that it never held. Error kinds: Forbidden, NotFound, Invalid; Conflict
// when it ends by then already.
func (l *Library) EndFact(ctx context.Context, a Actor, id string, until Date, evidence string) (*Fact, error) {
	f, err := l.endable(ctx, a, id, until)
	if err != nil {
		return nil, err
	}
	if err := limitText(evidence, "evidence", 500); err != nil {
		return nil, err
	}
	return l.record(ctx, a, Fact{Type: FactEnd, About: f.About, Party: f.Party, Ends: f.ID, Until: until, Evidence: evidence})
}

// VerifyCustody records that somebody at the school saw the proof of custody
// on a date: the same custody, verified, and an end to the one that was not.
// Error kinds as for EndFact; Conflict when it is verified or over.
func (l *Library) VerifyCustody(ctx context.Context, a Actor, id string, on Date, evidence string) (*Fact, error) {
	f, err := l.endable(ctx, a, id, on)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Type != FactCustody:
		return nil, E(NotFound, "error.not_found")
	case f.Verified != 0:
		return nil, E(Conflict, "error.fact_verified", "Date", f.Verified)
	case on > DateOf(l.now()):
		return nil, E(Invalid, "error.future")
	}
	// A crash between the two leaves custody that still waits to be looked at.
	made, err := l.RecordFact(ctx, a, Fact{Type: FactCustody, About: f.About, Party: f.Party, From: f.From, Until: f.Until, Verified: on, Evidence: evidence})
	if isKind(err, Exists) {
		made, err = f, nil // a start that broke off here left it
	}
	if err != nil {
		return nil, err
	}
	_, err = l.EndFact(ctx, a, id, on, evidence)
	return made, err
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
	case until == 0:
		return nil, E(Invalid, "error.empty", "Field", "until")
	case until < firstYear || until > lastYear:
		return nil, E(Invalid, "error.date", "Date", until.String())
	case f.Until != 0 && f.Until <= until:
		return nil, E(Conflict, "error.fact_ended", "Date", f.Until)
	}
	return f, nil
}

// fact finds one fact with its end applied. Error kind: NotFound.
func (l *Library) fact(ctx context.Context, school, id string) (*Fact, error) {
	f, err := load[Fact](ctx, l, "fact", school, id)
	if err != nil {
		return nil, err
	}
	about, err := l.factsAbout(ctx, school, f.About)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(about, func(x *Fact) bool { return x.ID == id })
	if i < 0 {
		return nil, E(NotFound, "error.not_found") // it is an end itself
	}
	return about[i], nil
}

func (f *Fact) keys() map[string]string {
	k := map[string]string{"about": f.About}
	if f.Party != "" {
		k["party"] = f.Party
	}
	return k
}

// FactsAbout lists the facts about a student with their ends applied, oldest
// first. The actor is an administrator. Error kinds: Forbidden, NotFound.
func (l *Library) FactsAbout(ctx context.Context, a Actor, student string) ([]*Fact, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	return l.factsAbout(ctx, a.School, student)
}

func (l *Library) factsAbout(ctx context.Context, school, id string) ([]*Fact, error) {
	return l.listFacts(ctx, school, "about", id)
}

// factsOf lists the facts in which somebody is the other party.
func (l *Library) factsOf(ctx context.Context, school, id string) ([]*Fact, error) {
	return l.listFacts(ctx, school, "party", id)
}

func (l *Library) listFacts(ctx context.Context, school, index, id string) ([]*Fact, error) {
	if id == "" {
		return nil, nil
	}
	all, err := list[Fact](ctx, l, Query{School: school, Kind: "fact", Index: index, From: id, To: id + "\x01"})
	if err != nil {
		return nil, err
	}
	return ended(all), nil
}

// ended applies the ends among facts to the facts they end, and leaves the
// others, oldest first.
func ended(all []*Fact) []*Fact {
	ends := map[string]Date{}
	for _, f := range all {
		if f.Type == FactEnd && (ends[f.Ends] == 0 || f.Until < ends[f.Ends]) {
			ends[f.Ends] = f.Until
		}
	}
	out := all[:0]
	for _, f := range all {
		if f.Type == FactEnd {
			continue
		}
		if u := ends[f.ID]; u != 0 && (f.Until == 0 || u < f.Until) {
			f.Until = u
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *Fact) int { return cmp.Or(a.RecordedAt.Compare(b.RecordedAt), cmp.Compare(a.ID, b.ID)) })
	return out
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
		if f.Type == FactEnrolment && f.inForce(today) {
			out = append(out, f.About)
		}
	}
	return out, nil
}
