package portfolio

import (
	"context"
	"slices"
	"time"
)

// Standing is what a person finds at a student's front page.
type Standing int

const (
	Stranger Standing = iota // nothing; the page is not there
	Route                    // family without inspection: the way to ask (RULE.md 6.3)
	Progress                 // told about progress, and sees what was shared (16 and 17)
	Follows                  // inspects: custody of a student under 16, or curator
	OnDuty                   // staff working for the student
	Self                     // the student
)

var standings = []string{"stranger", "route", "progress", "follows", "on_duty", "self"}

func (s Standing) String() string { return standings[s] }

// Stand says how somebody stands to a student, by asking the rule about a
// published assessment, the item that every standing answers differently.
func Stand(viewer string, f *Facts, now time.Time) Standing {
	if viewer == f.Student.ID {
		if Inspect(viewer, f, &Item{Kind: ItemWork, Author: viewer}, now).Open {
			return Self
		}
		return Stranger // blocked, or past retention
	}
	switch Inspect(viewer, f, &Item{Kind: ItemAssessment}, now).Outcome {
	case INSPECT:
		return Follows
	case DUTY:
		return OnDuty
	case TOLD:
		return Progress
	}
	if onlyFamilyHats(viewer, f) {
		return Route
	}
	return Stranger
}

// Act is something a person does, other than looking.
type Act string

const (
	ActKeepPeople  Act = "keep-people"  // add people and classes, see the list
	ActRecordFacts Act = "record-facts" // custody, relations, duties, enrolments
	ActImport      Act = "import"       // take in a bundle
	ActReadLog     Act = "read-log"     // the school's log and all requests
	ActVerifyLog   Act = "verify-log"   // whether the log is whole; not what is in it
	ActOwnWork     Act = "own-work"     // one's own portfolio: all there is of it, who sees it, and the bin
	ActAddWork     Act = "add-work"     // to one's own portfolio, and change what is in it: until the leaving date
	ActAssess      Act = "assess"       // a student for whom one has a duty
	ActSeeRequests Act = "see-requests" // the requests about a student
	ActAsk         Act = "ask"          // ask to view, or for information
	ActBundle      Act = "bundle"       // make the move bundle
	ActConfirm     Act = "confirm"      // agree with a fact that another recorded
	ActDecide      Act = "decide"       // decide on a request about a student
	ActEmergency   Act = "emergency"    // open a student's file in an emergency
	ActAgree       Act = "agree"        // agree with who comes to work for the school
	ActConsent     Act = "consent"      // say yes or no for a student under 16
	ActUrgent      Act = "urgent"       // say that a message cannot wait
	ActRetain      Act = "retain"       // see what is past its time, keep it longer or erase it
)

// hat is what wearing a hat brings: how the rule knows the wearer, whether the
// wearer's duties, class, children's classes and family ties count, and what may
// be done in it at all. Rights never mix: what a hat does not bring is not
// there. Family in another hat than family's is nobody: by rule 5 duties do not
// count for family either.
type hat struct {
	kind                       string
	duties, classmate, parents bool
	family                     bool // the wearer's custody and relations count
	byTwo                      bool // one gives it, and another agrees (colleague.go)
	acts                       []Act
}

// hats are all there are. Who wears none of them brings nothing.
var hats = map[string]hat{
	HatStudent:  {kind: KindStudent, classmate: true, family: true, acts: []Act{ActOwnWork, ActAddWork, ActBundle, ActAsk}},
	HatGuardian: {kind: KindGuardian, parents: true, family: true, acts: []Act{ActAsk, ActBundle, ActConsent}},
	HatStaff:    {kind: KindStaff, duties: true, byTwo: true, acts: []Act{ActAssess, ActSeeRequests, ActConfirm, ActDecide, ActEmergency, ActUrgent}},
	// To a portfolio these two are, in this hat, nobody.
	HatAdmin: {kind: KindOther, byTwo: true, acts: []Act{ActKeepPeople, ActRecordFacts, ActImport, ActConfirm, ActVerifyLog, ActAgree}},
	HatFG:    {kind: KindOther, byTwo: true, acts: []Act{ActReadLog, ActVerifyLog, ActAgree, ActRetain}},
}

// overAll are the acts over everybody's file at once. Whoever is family of a
// student of the school cannot do them there: a parent would read in the log
// what is kept from that parent, and erase what the other one needs. Another FG
// does it.
var overAll = []Act{ActReadLog, ActRetain}

// stands is how one must stand to a student for an act about that student.
var stands = map[Act][]Standing{
	ActOwnWork: {Self},
	ActAddWork: {Self},
	ActAssess:  {OnDuty},
	ActAsk:     {Route, Progress, Follows, Self},
}

// May decides an act about a student (f), or about the school (f nil).
func May(a Actor, act Act, f *Facts, now time.Time) bool {
	if !slices.Contains(hats[a.Hat].acts, act) {
		return false
	}
	if f != nil {
		f = withoutEmergency(f)
	}
	switch act {
	case ActAddWork:
		if f != nil && hasLeft(f, now) {
			return false // to read and to take along, for two years; not to go on with
		}
	case ActSeeRequests:
		return f == nil || Stand(a.Person, stillHere(f), now) == OnDuty
	case ActConfirm:
		// Another administrator, or staff who read the student's records by duty;
		// nobody where family is concerned.
		return !onlyFamilyHats(a.Person, f) && (May(a, ActRecordFacts, nil, now) || Inspect(a.Person, f, &Item{Kind: ItemRecord}, now).Outcome == DUTY)
	case ActDecide:
		// Staff who read the student's records by duty; family never does (rule 5).
		return f != nil && Inspect(a.Person, forAnswering(f), &Item{Kind: ItemRecord}, now).Outcome == DUTY
	case ActEmergency:
		// Nobody to whom it would open nothing: family (rule 5), who is blocked, and
		// staff of a student who has left.
		return f == nil || Stand(a.Person, inEmergency(f, a.Person, now), now) == OnDuty
	case ActConsent:
		return f != nil && speaksFor(a.Person, f, now) != ""
	case ActBundle:
		// From 16 the student, before that the holder of custody. That is who has
		// the right to the file: only they get REQUEST on a record.
		return Inspect(a.Person, f, &Item{Kind: ItemRecord}, now).Outcome == REQUEST
	}
	need, about := stands[act]
	return !about || slices.Contains(need, Stand(a.Person, f, now))
}

// keepersOf are the persons in the family who may take a student's portfolio
// along: who has the right to the file besides the student.
func keepersOf(f *Facts, now time.Time) []string {
	return slices.DeleteFunc(familyOf(f), func(id string) bool {
		return !May(Actor{Person: id, Hat: HatGuardian}, ActBundle, f, now)
	})
}

// mayRelease tells whether the actor may let somebody see things of a kind on a
// request: who decides on it, and opens that kind by duty, so that nobody gives
// away what he could not have read. Work that its author shows to nobody opens
// to no duty (7): on that decides whoever decides.
func mayRelease(a Actor, kind string, f *Facts, now time.Time) bool {
	if !May(a, ActDecide, f, now) {
		return false
	}
	return kind == ItemWork || Inspect(a.Person, forAnswering(f), &Item{Kind: kind}, now).Outcome == DUTY
}

// forAnswering are the facts by which staff answer requests: without emergency
// access, which carries no act, and without restrictions, because AVG 18 keeps
// the school from using a thing and not from answering who has a right to it.
// For a student who left, as if the student were still here: that right goes on
// as long as the file is kept, so somebody at the school must answer.
func forAnswering(f *Facts) *Facts {
	g := *stillHere(withoutEmergency(f))
	g.Restrictions = nil
	return &g
}

// may refuses an act about the school that the actor's hat does not carry, and
// one over everybody's file to family.
func (l *Library) may(ctx context.Context, a Actor, act Act) error {
	p, err := l.person(ctx, a.School, a.Person)
	if err != nil {
		return err
	}
	if p.Blocked || !p.Wears(a.Hat) || !May(a, act, nil, l.now()) {
		return E(Forbidden, "error.forbidden")
	}
	if slices.Contains(overAll, act) {
		facts, err := l.factsOf(ctx, a.School, a.Person)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(facts, (*Fact).makesFamily) {
			return E(Forbidden, "error.fg_family")
		}
	}
	return nil
}

// mayTo gathers the facts about a student and refuses an act the actor may not
// do. A stranger gets NotFound: even the name is not theirs to know.
func (l *Library) mayTo(ctx context.Context, a Actor, act Act, student string) (*Facts, error) {
	f, p, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	if May(a, act, f, l.now()) {
		return f, nil
	}
	switch st := Stand(a.Person, f, l.now()); {
	case st == Stranger:
		return nil, E(NotFound, "error.not_found")
	case st == Self && act == ActAddWork && hasLeft(f, l.now()):
		return nil, E(Forbidden, "error.left")
	}
	return nil, E(Forbidden, "error.forbidden", "Name", p.Name.Short())
}

// speaksOnFile is for whom somebody says something about a student's file before
// it goes to another school: who has the right to the whole of it (REQUEST on a
// record: under 16 custody, from 16 the student, a curator), oneself or the
// institution that one is officer of; "" for everybody else.
func speaksOnFile(person string, f *Facts, now time.Time) string {
	if Inspect(person, f, &Item{Kind: ItemRecord}, now).Outcome != REQUEST {
		return ""
	}
	if holder := speaksFor(person, f, now); holder != "" {
		return holder
	}
	return person
}

// whoHaveFile are the persons, and institutions, who say something about the
// file.
func whoHaveFile(f *Facts, now time.Time) []string {
	return slices.DeleteFunc(append([]string{f.Student.ID}, familyOf(f)...), func(id string) bool { return speaksOnFile(id, f, now) == "" })
}

// holdersOfFile are those for whom they do, each once.
func holdersOfFile(f *Facts, now time.Time) []string {
	var out []string
	for _, id := range whoHaveFile(f, now) {
		if h := speaksOnFile(id, f, now); !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}
