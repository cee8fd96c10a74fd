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
	if f.family(viewer) {
		return Route
	}
	return Stranger
}

// family tells whether somebody has or had any custody or relation (RULE.md 5).
func (f *Facts) family(person string) bool {
	return slices.ContainsFunc(f.Custody, func(c Custody) bool { return c.Holder == person }) ||
		slices.ContainsFunc(f.Relations, func(r Relation) bool { return r.Person == person })
}

// Act is something a person does, other than looking.
type Act string

const (
	ActKeepPeople  Act = "keep-people"  // add people and classes, see the list
	ActRecordFacts Act = "record-facts" // custody, relations, duties, enrolments
	ActImport      Act = "import"       // take in a bundle
	ActReadLog     Act = "read-log"     // the school's log and all requests
	ActAddWork     Act = "add-work"     // to one's own portfolio
	ActAssess      Act = "assess"       // a student for whom one has a duty
	ActBundle      Act = "bundle"       // make the move bundle
	ActAsk         Act = "ask"          // ask to view, or for information
	ActSeeRequests Act = "see-requests" // the requests about a student
)

// May decides an act about a student (f), or about the school (f nil).
func May(a Actor, act Act, f *Facts, now time.Time) bool {
	switch act {
	case ActKeepPeople, ActRecordFacts, ActImport:
		return a.Hat == HatAdmin
	case ActReadLog:
		return a.Hat == HatFG
	}
	st := Stand(a.Person, f, now)
	switch act {
	case ActAddWork:
		return st == Self && a.Hat == HatStudent
	case ActAssess, ActSeeRequests:
		return st == OnDuty
	case ActBundle:
		// From 16 the student, before that the holder of custody (UX.md flow 6).
		// That is who has the right to the file: only they get REQUEST on a record.
		return Inspect(a.Person, f, &Item{Kind: ItemRecord}, now).Outcome == REQUEST
	case ActAsk:
		return st == Route || st == Follows || st == Progress
	}
	return false
}

// may refuses an act about the school that the actor's hat does not carry.
func (l *Library) may(ctx context.Context, a Actor, act Act) error {
	p, err := l.person(ctx, a.School, a.Person)
	if err != nil {
		return err
	}
	if p.Blocked || !p.Wears(a.Hat) || !May(a, act, nil, l.now()) {
		return E(Forbidden, "error.forbidden")
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
	if Stand(a.Person, f, l.now()) == Stranger {
		return nil, E(NotFound, "error.not_found")
	}
	return nil, E(Forbidden, "error.forbidden", "Name", p.Name.Short())
}

// holds tells whether the fact is custody in force and verified on a date.
func (f *Fact) holds(d Date) bool {
	return f.Type == FactCustody && f.inForce(d) && f.Verified != 0 && f.Verified <= d
}
