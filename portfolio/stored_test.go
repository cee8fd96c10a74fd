package portfolio

import (
	"fmt"
	"testing"
	"time"
)

func custodyFact(from, until, verified Date) *Fact {
	return &Fact{Type: FactCustody, From: from, Until: until, Verified: verified}
}

// born is a birth date that is known.
func born(d Date) Birth { return Birth{d, d} }

func ages(b Birth, on Date) string { return fmt.Sprint(b.Ages(on)) }

func choose(b Birth, today Date) string {
	from, may := choosing(b, today)
	return fmt.Sprint(from, may)
}

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, Amsterdam)

// aFamily is of a child of 10: anna and oma have custody that was verified,
// org has custody that was not, gran is carer and bob parent without custody.
func aFamily() *Facts {
	return &Facts{Student: Student{ID: "s1", Birth: born(20160310)},
		Custody:   []Custody{{Holder: "oma", Verified: 20200101}, {Holder: "anna", Verified: 20200101}, {Holder: "org"}},
		Relations: []Relation{{Person: "gran", Kind: RelationCarer}, {Person: "bob", Kind: RelationLegalParent}, {Person: "anna", Kind: RelationLegalParent}}}
}

// anInstitution has custody of a child of 10, and an officer.
func anInstitution(verified, until Date) *Facts {
	return &Facts{Student: Student{ID: "s1", Birth: born(20160310)}, Custody: []Custody{{Holder: "org", Verified: verified}},
		Relations: []Relation{{Person: "off", Kind: RelationOfficer, Institution: "org", Until: until}}}
}

// gone is a family whose child leaves on a date.
func gone(left, end Date) *Facts {
	f := aFamily()
	f.Student.Left, f.Student.RetentionEnd = left, end
	return f
}

// waits are the audiences of a work of a child of 10 that wait for a yes.
func waits(yes, no []string, audience ...string) string {
	f := &Facts{Student: Student{ID: "s1", Birth: born(20160310)}, Yes: yes, No: no}
	return fmt.Sprint(awaitsYes(f, &Item{Kind: ItemWork, Audience: audience}, 20260310))
}

// released is until when something of the child is released to anna, of whom
// releases name other days, other people and other kinds too.
func released(f *Facts, kind string) Date {
	f.Releases = []Release{
		{Person: "anna", Kinds: []string{ItemRecord, ItemAssessment}, From: 20260301, Until: 20260401},
		{Person: "anna", Items: []string{"i1"}, From: 20260310, Until: 20260415},
		{Person: "oma", Kinds: []string{ItemRecord}, From: 20260301, Until: 20270101},
		{Person: "anna", Kinds: []string{ItemRecord}, From: 20260311, Until: 20270101},
		{Person: "anna", Kinds: []string{ItemRecord}, From: 20260101, Until: 20260310},
		{Person: "anna", Kinds: []string{ItemWork}, From: 20260101, Until: 20270101},
	}
	return releasedUntil("anna", f, &Item{ID: "i2", Kind: kind}, noon)
}

// saysOfStored is what inspect.go says of stored facts, outside a decision.
var saysOfStored = []struct {
	name string
	got  func() bool
	want bool
}{
	{"what was released is open until that day", func() bool { return released(aFamily(), ItemRecord) == 20260401 }, true},
	{"of two releases the longer counts", func() bool {
		f := aFamily()
		released(f, ItemRecord)
		return releasedUntil("anna", f, &Item{ID: "i1", Kind: ItemRecord}, noon) == 20260415
	}, true},
	{"what opens by itself was not released", func() bool { return released(aFamily(), ItemAssessment) == 0 }, true},
	{"nor what nobody released", func() bool { return released(aFamily(), ItemCare) == 0 }, true},

	{"custody makes family", func() bool { return (&Fact{Type: FactCustody}).makesFamily() }, true},
	{"so does a relation", func() bool { return (&Fact{Type: FactRelation, Kind: RelationLegalParent}).makesFamily() }, true},
	{"a duty does not", func() bool { return (&Fact{Type: FactDuty, Kind: DutyTeacher}).makesFamily() }, false},

	{"an end of emergency access ends it", func() bool { return (&Fact{Type: FactEnd, Kind: DutyEmergency}).endsEmergency() }, true},
	{"the access does not", func() bool { return (&Fact{Type: FactDuty, Kind: DutyEmergency}).endsEmergency() }, false},
	{"nor does another end", func() bool { return (&Fact{Type: FactEnd}).endsEmergency() }, false},

	{"custody holds once verified", func() bool { return custodyFact(0, 0, 20200101).holds(20260310) }, true},
	{"a relation is no custody", func() bool { return (&Fact{Type: FactRelation, Verified: 20200101}).holds(20260310) }, false},
	{"custody that nobody verified does not hold", func() bool { return custodyFact(0, 0, 0).holds(20260310) }, false},
	{"custody holds from the day it was verified", func() bool { return custodyFact(0, 0, 20260310).holds(20260310) }, true},
	{"custody does not hold the day before", func() bool { return custodyFact(0, 0, 20260311).holds(20260310) }, false},
	{"custody holds from its first day", func() bool { return custodyFact(20260310, 0, 20200101).holds(20260310) }, true},
	{"custody does not hold before it", func() bool { return custodyFact(20260311, 0, 20200101).holds(20260310) }, false},
	{"custody holds on its last day", func() bool { return custodyFact(0, 20260311, 20200101).holds(20260310) }, true},
	{"custody does not hold on its until", func() bool { return custodyFact(0, 20260310, 20200101).holds(20260310) }, false},

	{"custody of a minor may be open-ended", func() bool { return overAtMajority(born(20160310), custodyFact(20160310, 0, 0), 20260310) }, false},
	{"on the day before the 18th birthday too", func() bool { return overAtMajority(born(20080311), custodyFact(20160310, 0, 0), 20260310) }, false},
	{"not on the 18th birthday", func() bool { return overAtMajority(born(20080310), custodyFact(20160310, 0, 0), 20260310) }, true},
	{"custody of an adult may have ended at 18", func() bool { return overAtMajority(born(20080101), custodyFact(20160310, 20260101, 0), 20260310) }, false},
	{"and not a day later", func() bool { return overAtMajority(born(20080101), custodyFact(20160310, 20260102, 0), 20260310) }, true},
	{"custody cannot begin at 18", func() bool { return overAtMajority(born(20160310), custodyFact(20340310, 0, 0), 20260310) }, true},
	{"it can the day before", func() bool { return overAtMajority(born(20160310), custodyFact(20340309, 0, 0), 20260310) }, false},
	{"nobody is an adult for certain whose birth is unknown", func() bool { return overAtMajority(Birth{}, custodyFact(19900101, 0, 0), 20260310) }, false},

	{"verified custody gives", func() bool { return custodyFact(0, 0, 20200101).gives(nil) }, true},
	{"unverified custody gives a place in the family", func() bool { return custodyFact(0, 0, 0).gives(nil) }, true},
	{"a fact that ended before it began never held", func() bool { return custodyFact(20260310, 20260309, 0).neverHeld() }, true},
	{"nor one that ended on its first day", func() bool { return custodyFact(20260310, 20260310, 0).neverHeld() }, true},
	{"one that ended a day later did", func() bool { return custodyFact(20260310, 20260311, 0).neverHeld() }, false},
	{"and one without an end", func() bool { return custodyFact(20260310, 0, 0).neverHeld() }, false},
	{"of age on the earliest date there can be", func() bool { return majority(Birth{20100101, 20101231}) == 20280101 }, true},
	{"a relation gives", func() bool { return (&Fact{Type: FactRelation}).gives(nil) }, true},
	{"an enrolment gives", func() bool { return (&Fact{Type: FactEnrolment}).gives(nil) }, true},
	{"an order not to inform gives nothing", func() bool { return (&Fact{Type: FactOrder, Kind: OrderNoInformation}).gives(nil) }, false},
	{"an order to inform gives", func() bool { return (&Fact{Type: FactOrder, Kind: OrderInform}).gives(nil) }, true},
	{"a refusal gives nothing", func() bool { return (&Fact{Type: FactRefusal}).gives(nil) }, false},
	{"a no gives nothing", func() bool { return (&Fact{Type: FactNo}).gives(nil) }, false},
	{"an objection gives nothing", func() bool { return (&Fact{Type: FactObjection}).gives(nil) }, false},
	{"a restriction gives nothing", func() bool { return (&Fact{Type: FactRestriction}).gives(nil) }, false},
	{"a leaving gives nothing", func() bool { return (&Fact{Type: FactLeaving}).gives(nil) }, false},
	{"the end of a leaving gives", func() bool { return (&Fact{Type: FactEnd}).gives(&Fact{Type: FactLeaving}) }, true},
	{"the end of custody gives nothing", func() bool { return (&Fact{Type: FactEnd}).gives(custodyFact(0, 0, 20200101)) }, false},
	{"nor of custody recorded before its proof was seen", func() bool { return (&Fact{Type: FactEnd}).gives(custodyFact(0, 0, 0)) }, false},
	{"the end of an order gives", func() bool { return (&Fact{Type: FactEnd}).gives(&Fact{Type: FactOrder, Kind: OrderNoContact}) }, true},
	{"the end of an order to inform does not", func() bool { return (&Fact{Type: FactEnd}).gives(&Fact{Type: FactOrder, Kind: OrderInform}) }, false},
	{"the end of what is not there gives nothing", func() bool { return (&Fact{Type: FactEnd}).gives(nil) }, false},

	{"a refusal without a review", func() bool { return (&Fact{Type: FactRefusal, From: 20260101}).reviewed() }, false},
	{"a refusal reviewed on its first day", func() bool { return (&Fact{Type: FactRefusal, From: 20260101, Review: 20260101}).reviewed() }, false},
	{"a refusal reviewed later", func() bool { return (&Fact{Type: FactRefusal, From: 20260101, Review: 20260102}).reviewed() }, true},
	{"an order needs no review", func() bool { return (&Fact{Type: FactOrder, From: 20260101}).reviewed() }, true},

	{"a child is under 16", func() bool { return ages(born(20160310), 20260310) == "[under_16]" }, true},
	{"on the day before the 16th birthday", func() bool { return ages(born(20100311), 20260310) == "[under_16]" }, true},
	{"on the 16th birthday", func() bool { return ages(born(20100310), 20260310) == "[sixteen]" }, true},
	{"on the 18th birthday", func() bool { return ages(born(20080310), 20260310) == "[adult]" }, true},
	{"in the year of the 16th birthday", func() bool { return ages(Birth{20100101, 20101231}, 20260310) == "[under_16 sixteen]" }, true},
	{"nothing known", func() bool { return ages(Birth{}, 20260310) == "[under_16 sixteen adult]" }, true},

	{"birthdays of a known birth date", func() bool {
		m := milestonesOf(born(20100310))
		return len(m) == 2 && m[0] == milestone{"sixteen", 20260310, 20260310} && m[1] == milestone{"eighteen", 20280310, 20280310}
	}, true},
	{"birthdays of a year", func() bool {
		m := milestonesOf(Birth{20100101, 20101231})
		return len(m) == 2 && m[0] == milestone{"sixteen", 20260101, 20261231} && m[1] == milestone{"eighteen", 20280101, 20281231}
	}, true},
	{"no birthdays of nothing", func() bool { return milestonesOf(Birth{}) == nil }, true},

	{"choosing begins 60 days before", func() bool { return choose(born(20100310), 20260109) == "2026-03-10 true" }, true},
	{"and not earlier", func() bool { return choose(born(20100310), 20260108) == " false" }, true},
	{"after the birthday it counts today", func() bool { return choose(born(20100310), 20260401) == "2026-04-01 true" }, true},
	{"until the day before 18", func() bool { return choose(born(20100310), 20280309) == "2028-03-09 true" }, true},
	{"and not from 18", func() bool { return choose(born(20100310), 20280310) == " false" }, true},
	{"of a year it counts from the latest birthday", func() bool { return choose(Birth{20100101, 20101231}, 20260201) == "2026-12-31 true" }, true},
	{"and begins before the earliest", func() bool { return choose(Birth{20100101, 20101231}, 20251103) == "2026-12-31 true" }, true},
	{"nobody chooses whose birth is unknown", func() bool { return choose(Birth{}, 20260310) == " false" }, true},

	{"family is who has custody or a relation, each once", func() bool { return fmt.Sprint(familyOf(aFamily())) == "[anna bob gran oma org]" }, true},
	{"guardians are told for custody in force", func() bool { return fmt.Sprint(guardiansOf(aFamily(), noon)) == "[anna oma]" }, true},
	{"not whom a refusal closes it to", func() bool {
		f := aFamily()
		f.Refusals = []Refusal{{Person: "anna", Kinds: []string{ItemAssessment}}}
		return fmt.Sprint(guardiansOf(f, noon)) == "[oma]"
	}, true},
	{"nobody for the custody of an adult", func() bool {
		f := aFamily()
		f.Student.Birth = born(20080310)
		return len(guardiansOf(f, noon)) == 0
	}, true},
	{"a carer sees what is for guardians, too", func() bool { return fmt.Sprint(seesForGuardians(aFamily(), noon)) == "[anna gran oma]" }, true},

	{"who stays has not left", func() bool { return hasLeft(gone(0, 0), noon) }, false},
	{"nor who leaves tomorrow", func() bool { return hasLeft(gone(20260311, 0), noon) }, false},
	{"the leaving date is the first day away", func() bool { return hasLeft(gone(20260310, 0), noon) }, true},
	{"as if still here has no leaving date", func() bool { return stillHere(gone(20260310, 0)).Student.Left == 0 }, true},
	{"and an end all the same", func() bool { return stillHere(gone(20260310, 0)).Student.RetentionEnd == 20280310 }, true},
	{"which is the one of the facts where they have one", func() bool { return stillHere(gone(20260310, 20270101)).Student.RetentionEnd == 20270101 }, true},
	{"of who stays there is none", func() bool { return stillHere(gone(0, 0)).Student.RetentionEnd == never }, true},

	{"work for the school waits for a yes", func() bool { return waits(nil, nil, ToSchool, ToStaff) == "[school]" }, true},
	{"work for the parents of the class too", func() bool { return waits(nil, nil, ToClassGuardians, ToClass) == "[class_guardians]" }, true},
	{"with the yes it does not", func() bool { return waits([]string{ToSchool}, nil, ToSchool) == "[]" }, true},
	{"with a no it does all the same", func() bool { return waits([]string{ToSchool}, []string{ToSchool}, ToSchool) == "[school]" }, true},
	{"work for the class waits for nothing", func() bool { return waits(nil, nil, ToClass, ToStaff, ToGuardians) == "[]" }, true},
	{"at 16 nothing waits", func() bool {
		f := &Facts{Student: Student{ID: "s1", Birth: born(20100310)}}
		return len(awaitsYes(f, &Item{Kind: ItemWork, Audience: []string{ToSchool}}, 20260310)) == 0
	}, true},

	{"a holder of custody speaks for oneself", func() bool { return speaksFor("anna", aFamily(), noon) == "anna" }, true},
	{"an officer for the institution", func() bool { return speaksFor("off", anInstitution(20200101, 0), noon) == "org" }, true},
	{"not for one whose custody nobody verified", func() bool { return speaksFor("off", anInstitution(0, 0), noon) == "" }, true},
	{"nor once no officer any more", func() bool { return speaksFor("off", anInstitution(20200101, 20260310), noon) == "" }, true},
	{"who is supervisor and officer speaks for the institution", func() bool {
		f := anInstitution(20200101, 0)
		f.Relations = append([]Relation{{Person: "off", Kind: RelationSupervisor, Institution: "anna"}, {Person: "x", Kind: RelationOfficer, Institution: "oma"},
			{Person: "off", Kind: RelationOfficer, Institution: "none"}}, f.Relations...)
		f.Custody = append(f.Custody, Custody{Holder: "anna", Verified: 20200101}, Custody{Holder: "oma", Verified: 20200101})
		return speaksFor("off", f, noon) == "org"
	}, true},
	{"a parent, a carer, the student and a stranger speak for nobody", func() bool {
		f := aFamily()
		return speaksFor("bob", f, noon)+speaksFor("gran", f, noon)+speaksFor("org", f, noon)+speaksFor("s1", f, noon)+speaksFor("x", f, noon) == ""
	}, true},
	{"nobody speaks for who is 16", func() bool {
		f := aFamily()
		f.Student.Birth = born(20100310)
		return speaksFor("anna", f, noon) == ""
	}, true},
	{"or can be", func() bool {
		f := aFamily()
		f.Student.Birth = Birth{20100101, 20101231}
		return speaksFor("anna", f, noon) == ""
	}, true},
	{"nor a curator, whatever custody there was", func() bool {
		f := aFamily()
		f.Student.Birth = born(20080310)
		f.Relations = append(f.Relations, Relation{Person: "anna", Kind: RelationCurator})
		return speaksFor("anna", f, noon) == ""
	}, true},
	{"nor whom a court keeps from being told", func() bool {
		f := aFamily()
		f.Orders = []Order{{Person: "anna", Kind: OrderNoInformation}}
		return speaksFor("anna", f, noon) == ""
	}, true},

	{"an emergency", func() bool { return (&Fact{Type: FactDuty, Kind: DutyEmergency}).emergency() }, true},
	{"another duty is no emergency", func() bool { return (&Fact{Type: FactDuty, Kind: DutyCare}).emergency() }, false},
	{"nor is another fact of that kind", func() bool { return (&Fact{Type: FactOrder, Kind: DutyEmergency}).emergency() }, false},
	{"without emergencies other duties stay", func() bool {
		f := &Facts{Duties: []Duty{{Person: "t1", Kind: DutyEmergency}, {Person: "t1", Kind: DutyCare}}}
		calm := withoutEmergency(f)
		return len(calm.Duties) == 1 && calm.Duties[0].Kind == DutyCare && len(f.Duties) == 2
	}, true},
	{"facts without an emergency are the same facts", func() bool {
		f := &Facts{Duties: []Duty{{Person: "t1", Kind: DutyCare}}}
		return withoutEmergency(f) == f
	}, true},
	{"in an emergency there is one duty more, today", func() bool {
		f := &Facts{Duties: []Duty{{Person: "t1", Kind: DutyCare}}}
		with := inEmergency(f, "t2", noon)
		return len(with.Duties) == 2 && with.Duties[1] == Duty{Person: "t2", Kind: DutyEmergency, From: 20260310} && len(f.Duties) == 1
	}, true},

	{"a proof seen today", func() bool { return custodyFact(0, 0, 20260310).seenBy(20260310) }, true},
	{"a proof seen tomorrow", func() bool { return custodyFact(0, 0, 20260311).seenBy(20260310) }, false},
	{"no proof", func() bool { return custodyFact(0, 0, 0).seenBy(20260310) }, true},
}

func TestWhatTheRuleSaysOfStoredFacts(t *testing.T) {
	for _, x := range saysOfStored {
		if got := x.got(); got != x.want {
			t.Errorf("%s: got %v, want %v", x.name, got, x.want)
		}
	}
}
