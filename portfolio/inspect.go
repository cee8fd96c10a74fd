package portfolio

// The inspection rule: who may look at what is known about a student, on a
// given instant. RULE.md beside this file is the page for people, and the
// numbers here are its numbers. "Reading" marks where the text leaves a choice:
// the reading taken is the one that shows less. This file is long because it is
// the one place where ages, roles and custody are compared.

import (
	"slices"
	"time"
)

// Inspect decides what viewer gets of item, which belongs to the student of f,
// at now. It is pure: the same arguments give the same decision, it reads
// nothing else and keeps nothing. f and item are only read.
//
// What it does not understand (an empty viewer, a kind it does not know) it
// answers with NO. Until is the exact instant of the next other decision, or
// the day on which the facts must be gathered again if that is sooner.
func Inspect(viewer string, f *Facts, item *Item, now time.Time) Decision {
	q := ask(viewer, f, item)
	today := DateOf(now)
	d := q.decideOn(today)
	for next := q.boundaryAfter(today); next != never; next = q.boundaryAfter(next) {
		if q.decideOn(next) != d {
			d.Until = next.Start()
			break
		}
	}
	if f.Again > today && (d.Until.IsZero() || f.Again.Start().Before(d.Until)) {
		d.Until = f.Again.Start()
	}
	return d
}

// question is one look at one item, with what does not depend on the date
// worked out once, and the date and age for which it is being judged.
type question struct {
	viewer string
	facts  *Facts
	item   *Item

	youngest  birthdays // if born on the latest possible date
	oldest    birthdays // if born on the earliest
	keptUntil Date      // retention end, or never
	family    bool      // only family hats count (rule 5)
	party     Party     // what is known of the viewer

	date Date
	age  age
}

func ask(viewer string, f *Facts, item *Item) question {
	q := question{viewer: viewer, facts: f, item: item}
	q.youngest, q.oldest = birthdaysOf(f.Student.Birth)
	q.keptUntil = retentionEnd(&f.Student)
	q.family = onlyFamilyHats(viewer, f)
	q.party = f.People[viewer]
	return q
}

// birthdays are the dates on which the rule changes. A person is 16 from the
// first moment of the 16th birthday.
type birthdays struct{ sixteenth, eighteenth Date }

// birthdaysOf gives the two ends of what a birth date can be. Half an interval,
// or one that contradicts itself, is as good as unknown: anything from a
// newborn to an adult.
func birthdaysOf(b Birth) (youngest, oldest birthdays) {
	if b.Earliest == 0 || b.Earliest > b.Latest {
		return birthdays{beyond, beyond}, birthdays{}
	}
	return birthdays{b.Latest.AddYears(16), b.Latest.AddYears(18)},
		birthdays{b.Earliest.AddYears(16), b.Earliest.AddYears(18)}
}

// age is a band of ages between which the rule differs.
type age uint8

const (
	under16 age = iota
	sixteen     // 16 and 17
	adult       // 18 and over (BW 1:233)
)

func (b birthdays) ageOn(d Date) age {
	switch {
	case d >= b.eighteenth:
		return adult
	case d >= b.sixteenth:
		return sixteen
	}
	return under16
}

// decideOn is rule 0, the unknown birth date: the procedure runs once for each
// band the student can be in on the date, and the lowest answer wins.
func (q *question) decideOn(date Date) Decision {
	q.date, q.age = date, q.youngest.ageOn(date)
	d := q.procedure()
	for oldest := q.oldest.ageOn(date); q.age < oldest; {
		q.age++
		d = lowest(d, q.procedure())
	}
	return d
}

// lowest is what neither of two answers would call more, with hold if they
// differ or either holds. What is left out (13) does not depend on age.
//
// Reading: SHARED is lower than REQUEST, yet it opens and a REQUEST may not.
// When one band opens and the other does not, nothing opens; the best outcome
// that neither band exceeds is then ON_ASK.
func lowest(a, b Decision) Decision {
	d := a
	d.Open, d.Hold = a.Open && b.Open, a.Hold || b.Hold
	if a.Outcome != b.Outcome {
		d.Outcome, d.Hold, d.Rule = min(a.Outcome, b.Outcome), true, "0"
	}
	if d.Outcome.opens() && !d.Open {
		d.Outcome = ON_ASK
	}
	return d
}

// procedure is rules 1 to 13 on one date in one age band.
func (q *question) procedure() Decision {
	switch {
	case q.gone():
		return Decision{Rule: "1"}
	case q.facts.Student.Deceased: // rule 2: a person decides (AVG recital 27: no longer personal data in law)
		return Decision{Hold: true, Rule: "2"}
	case q.notThroughOtherHats():
		return q.authorOrParticipant()
	case q.viewer == q.facts.Student.ID:
		d := q.theStudent()
		q.release(&d)
		return d
	}
	d := q.hats()
	q.restriction(&d)
	q.release(&d)
	q.refusal(&d)
	q.courtOrders(&d)
	return d
}

// gone is rule 1: the viewer is blocked (or nobody), the item deleted, or the
// time for keeping it over (AVG 5(1)(e)).
func (q *question) gone() bool {
	return q.viewer == "" || q.party.Blocked || q.item.Deleted || q.keptUntil != never && q.date >= q.keptUntil
}

func retentionEnd(s *Student) Date {
	switch {
	case s.RetentionEnd != 0:
		return s.RetentionEnd
	case s.Left != 0:
		return s.Left.AddYears(2)
	}
	return never
}

// notThroughOtherHats is when rule 3 applies: what is not, or not yet, part of
// the file.
func (q *question) notThroughOtherHats() bool {
	return q.item.Kind == ItemNote || q.item.Kind == ItemMessage || q.item.Kind == ItemAssessment && q.item.Draft
}

// authorOrParticipant is rule 3, and stops there. Messages: membership itself
// is the business of chat, also where a court order names a participant.
func (q *question) authorOrParticipant() Decision {
	switch {
	case q.item.Kind == ItemMessage && slices.Contains(q.item.Participants, q.viewer):
		return Decision{Outcome: INSPECT, Open: true, Rule: "3"}
	case q.item.Kind != ItemMessage && q.item.Author == q.viewer && q.onDuty():
		return Decision{Outcome: DUTY, Open: true, Rule: "3"}
	}
	return Decision{Rule: "3"}
}

// theStudent is rule 4, and stops there: nothing below narrows it (AVG 15;
// under 16 the file goes through the representative, UAVG 5).
func (q *question) theStudent() Decision {
	d := Decision{Rule: "4"}
	switch q.item.Kind {
	case ItemWork, ItemAssessment, ItemContact:
		d.Outcome, d.Open = INSPECT, true
	case ItemRecord, ItemCare:
		if q.age >= sixteen {
			d.Outcome = REQUEST
		}
	}
	return d
}

// hats is rule 5: the best of all that count.
func (q *question) hats() Decision {
	d := Decision{Rule: "5"} // nothing counts, until something does
	if q.family {
		q.familyHats(&d)
	} else {
		q.staffHats(&d)
	}
	switch {
	case d.Open: // SHARED would add nothing
	case q.bystanderHats():
		q.sharedThroughImages(&d, "8")
	case q.shares():
		q.sharedThroughImages(&d, "9")
	}
	return d
}

// count weighs what one hat gives. A REQUEST that something else opens keeps
// the right and is open. Of several that give the same the lowest number
// settled it, in whatever order the facts came.
func (d *Decision) count(o Outcome, rule string) {
	if o > d.Outcome || d.Rule == "5" || o == d.Outcome && rule < d.Rule {
		d.Outcome, d.Rule = o, rule
	}
	d.Open = d.Open || o.opens()
}

// onlyFamilyHats is the first half of rule 5: any custody or relation, in
// force or not, verified or not, makes somebody family; duties and bystander
// hats then do not count.
func onlyFamilyHats(viewer string, f *Facts) bool {
	for i := range f.Custody {
		if f.Custody[i].Holder == viewer {
			return true
		}
	}
	for i := range f.Relations {
		if f.Relations[i].Person == viewer {
			return true
		}
	}
	return false
}

// makesFamily is that same half of rule 5 for one recorded fact.
func (f *Fact) makesFamily() bool { return f.Type == FactCustody || f.Type == FactRelation }

// familyHats is rule 6.
func (q *question) familyHats(d *Decision) {
	verified, unverified := q.custody(q.viewer)
	for i := range q.facts.Relations {
		r := &q.facts.Relations[i]
		if r.Kind == RelationOfficer && q.isMine(r) {
			v, u := q.custody(r.Institution)
			verified, unverified = verified || v, unverified || u
		}
	}
	if verified {
		d.count(q.custodyInForceAndVerified(), "6.1")
	}
	if unverified {
		q.custodyNotYetVerified(d)
	}
	for i := range q.facts.Relations {
		r := &q.facts.Relations[i]
		if !q.isMine(r) {
			continue
		}
		switch r.Kind {
		case RelationLegalParent:
			d.count(q.legalParent(), "6.3")
		case RelationCarer:
			q.carer(d)
		case RelationSupervisor:
			d.count(q.supervisor(), "6.5")
		case RelationCurator:
			d.count(q.curator(), "6.6")
		}
	}
}

// custody tells whether somebody holds custody in force on the date, verified
// or not yet. Joint or renewed custody is several facts: it can be both.
func (q *question) custody(holder string) (verified, unverified bool) {
	if holder == "" {
		return false, false
	}
	for i := range q.facts.Custody {
		c := &q.facts.Custody[i]
		switch {
		case c.Holder != holder || !q.inForce(c.From, c.Until):
		case c.Verified != 0 && c.Verified <= q.date:
			verified = true
		default:
			unverified = true
		}
	}
	return verified, unverified
}

func (q *question) isMine(r *Relation) bool {
	return r.Person == q.viewer && q.inForce(r.From, r.Until)
}

func (q *question) inForce(from, until Date) bool {
	return from <= q.date && (until == 0 || q.date < until)
}

// custodyInForceAndVerified is rule 6.1 (BW 1:245; under 16 the
// representative's right to inspect, UAVG 5 and AVG 15; at 16 and 17 progress,
// by school guidance; at 18 custody has ended by law, BW 1:233).
func (q *question) custodyInForceAndVerified() Outcome {
	switch q.age {
	case under16:
		switch q.item.Kind {
		case ItemAssessment, ItemContact:
			return INSPECT
		case ItemWork:
			if q.workFor(ToGuardians) {
				return INSPECT
			}
			return REQUEST
		case ItemRecord, ItemCare:
			return REQUEST
		}
	case sixteen:
		return q.progress()
	}
	return NO
}

// workFor tells whether the item is finished work whose author chose this
// audience.
func (q *question) workFor(audience string) bool {
	return q.item.Kind == ItemWork && !q.item.Draft && slices.Contains(q.item.Audience, audience)
}

// progress is what somebody gets who is told about progress and no more.
func (q *question) progress() Outcome {
	switch {
	case q.item.Kind == ItemAssessment:
		return TOLD
	case q.workFor(ToGuardians):
		return SHARED
	}
	return NO
}

// custodyNotYetVerified is rule 6.2: it gives nothing by itself, but under 18
// a person must look. That stays so whatever else counts.
func (q *question) custodyNotYetVerified(d *Decision) {
	d.count(NO, "6.2")
	d.Hold = q.age < adult
}

// legalParent is rule 6.3: the parent without custody is informed on request,
// in words (BW 1:377b and 377c).
func (q *question) legalParent() Outcome {
	if q.age < adult && q.item.Kind == ItemAssessment {
		return ON_ASK
	}
	return NO
}

// carer is rule 6.4. The objection of a student of 16 or 17 closes this hat
// only: what the student shares with the carer afterwards counts (rule 5).
func (q *question) carer(d *Decision) {
	switch {
	case q.age == adult:
		d.count(NO, "6.4")
	case q.age == sixteen && slices.Contains(q.facts.Objects, q.viewer):
		d.count(NO, "6.4")
		d.Hold = true
	default:
		d.count(q.progress(), "6.4")
	}
}

// supervisor is rule 6.5 (Jeugdwet 7.3.11).
func (q *question) supervisor() Outcome {
	if q.age < adult {
		switch q.item.Kind {
		case ItemAssessment, ItemRecord, ItemCare:
			return ON_ASK
		}
	}
	return NO
}

// curator is rule 6.6: the representative of an adult (BW 1:378 and on).
func (q *question) curator() Outcome {
	if q.age == adult {
		switch q.item.Kind {
		case ItemWork, ItemAssessment, ItemContact:
			return INSPECT
		case ItemRecord, ItemCare:
			return REQUEST
		}
	}
	return NO
}

// staffHats is rule 7.
func (q *question) staffHats(d *Decision) {
	for i := range q.facts.Duties {
		if duty := &q.facts.Duties[i]; q.dutyInForce(duty) {
			d.count(q.staff(duty.Kind), "7")
		}
	}
}

// onDuty tells whether the viewer has a duty that counts (rule 5).
func (q *question) onDuty() bool {
	if q.family {
		return false
	}
	for i := range q.facts.Duties {
		if q.dutyInForce(&q.facts.Duties[i]) {
			return true
		}
	}
	return false
}

// dutyInForce tells whether this is a duty of the viewer on the date. A duty
// ends on the leaving date at the latest.
func (q *question) dutyInForce(d *Duty) bool {
	return d.Person == q.viewer && q.inForce(d.From, dutyUntil(d)) && !q.left() && slices.Contains(duties, d.Kind)
}

var duties = []string{DutyTeacher, DutyMentor, DutyCare, DutyManagement, DutyEmergency}

// dutyUntil is the date from which a duty no longer counts.
//
// Reading: an emergency is "at most 24 hours", and facts know only dates, so
// it counts on the date it began and on no other, whatever its until says; one
// that does not say when it began never counts.
func dutyUntil(d *Duty) Date {
	switch {
	case d.Kind != DutyEmergency:
		return d.Until
	case d.From == 0:
		return 1 // before every date
	}
	next := d.From.AddDays(1)
	if d.Until != 0 {
		next = min(next, d.Until)
	}
	return next
}

// left tells whether the student has left; the leaving date itself is the
// first day away.
func (q *question) left() bool {
	left := q.facts.Student.Left
	return left != 0 && q.date >= left
}

// hasLeft tells whether a student has left by an instant.
func hasLeft(f *Facts, now time.Time) bool {
	q := question{facts: f, date: DateOf(now)}
	return q.left()
}

// stillHere are the facts as they would be if the student had not left, for as
// long as anything is kept.
func stillHere(f *Facts) *Facts {
	g := *f
	g.Student.RetentionEnd, g.Student.Left = retentionEnd(&f.Student), 0
	return &g
}

// staff is what one duty gives: what the work needs (AVG 5(1)(c)).
func (q *question) staff(duty string) Outcome {
	var may bool
	switch q.item.Kind {
	case ItemWork:
		may = q.workFor(ToStaff) || q.workFor(ToClass) || q.workFor(ToSchool)
	case ItemAssessment:
		may = true
	case ItemRecord:
		may = duty != DutyTeacher
	case ItemCare:
		may = duty == DutyCare || duty == DutyEmergency
	case ItemContact:
		may = duty == DutyMentor || duty == DutyManagement || duty == DutyEmergency
	}
	if may {
		return DUTY
	}
	return NO
}

// bystanderHats is rule 8: classmates, their guardians, the school.
func (q *question) bystanderHats() bool {
	return q.workFor(ToClass) && q.classmate() ||
		q.workFor(ToClassGuardians) && q.classmateCustody() && q.representativeAgrees(ToClassGuardians) ||
		q.workFor(ToSchool) && q.atSchool() && q.representativeAgrees(ToSchool)
}

// bystander tells whether bystander hats count: not for family, and not after
// the leaving date.
func (q *question) bystander() bool { return !q.family && !q.left() }

func (q *question) classmate() bool {
	return q.bystander() && slices.Contains(q.facts.Classmates, q.viewer)
}

func (q *question) classmateCustody() bool {
	return q.bystander() && slices.Contains(q.facts.ClassmateCustody, q.viewer)
}

func (q *question) atSchool() bool {
	return q.bystander() && q.party.School && (q.party.Kind == KindStudent || q.party.Kind == KindStaff)
}

// representativeAgrees is the yes that children under 16 need to be seen
// beyond their class (UAVG 5). Reading: a "*" in no refuses audiences as well
// as shares, a "*" in yes agrees to nothing.
func (q *question) representativeAgrees(audience string) bool {
	return q.age >= sixteen || slices.Contains(q.facts.Yes, audience) && !q.refused(audience)
}

// refused tells whether a holder of custody said no to an audience or share.
func (q *question) refused(what string) bool {
	return slices.Contains(q.facts.No, what) || slices.Contains(q.facts.No, All)
}

// shares is rule 9.
func (q *question) shares() bool {
	if q.item.Draft {
		return false // notes and messages stopped at rule 3
	}
	for i := range q.facts.Shares {
		s := &q.facts.Shares[i]
		if s.To == q.viewer && q.inForce(s.From, s.Until) && q.covers(s) && q.shareCounts(s) {
			return true
		}
	}
	return false
}

func (q *question) covers(s *Share) bool {
	for _, id := range s.Items {
		if id == All && slices.Contains(s.Kinds, q.item.Kind) || id != All && id != "" && id == q.item.ID {
			return true
		}
	}
	return false
}

// shareCounts tells whether the one who shared may. From 16 the student alone
// may; before that the student within the school and towards a holder of
// custody, and a holder of custody towards anyone, unless one of them refused.
//
// Readings: custody has ended by law at 18 (6.1), so an early share with a
// holder of custody ends there too. "Holder of custody" is the holder: an
// officer of an institution is not. "Classmate" and "duty that counts" are the
// hats of rules 7 and 8: family have neither, and both end on the leaving date.
func (q *question) shareCounts(s *Share) bool {
	if s.By == "" || q.age == under16 && q.refused(s.ID) {
		return false
	}
	if s.By == q.facts.Student.ID {
		return q.begunAt16(s) || q.onDuty() || q.classmate() || q.age < adult && q.holdsCustody(q.viewer)
	}
	return q.age == under16 && q.holdsCustody(s.By)
}

// begunAt16 tells whether a share began on or after the 16th birthday of the
// latest possible birth date.
func (q *question) begunAt16(s *Share) bool {
	return s.From >= q.youngest.sixteenth
}

func (q *question) holdsCustody(person string) bool {
	verified, _ := q.custody(person)
	return verified
}

// sharedThroughImages is rule 10: what came out of rule 8 or 9 counts only if
// everybody depicted consents (AVG 6(1)(a), UAVG 5).
func (q *question) sharedThroughImages(d *Decision, rule string) {
	for i := range q.item.Depicted {
		if !q.item.Depicted[i].Consent {
			if d.Outcome == NO {
				d.Rule = "10"
			}
			return
		}
	}
	d.count(SHARED, rule)
}

// restriction is rule 11 (AVG 18): only rights remain, and shares open none.
func (q *question) restriction(d *Decision) {
	if !q.item.Restricted && !q.restricted() {
		return
	}
	d.Open = d.Outcome == INSPECT
	if d.Outcome != INSPECT && d.Outcome != REQUEST && d.Outcome != NO {
		d.Outcome, d.Rule = NO, "11"
	}
}

// restricted tells whether a dated restriction is on the item.
func (q *question) restricted() bool {
	for i := range q.facts.Restrictions {
		r := &q.facts.Restrictions[i]
		if q.inForce(r.From, r.Until) && q.names(r.Kinds, r.Items) {
			return true
		}
	}
	return false
}

// release opens what the viewer has the right to see after a request, once
// staff said so. It gives nothing to who has no such right.
//
// Reading: a restricted item stays open to a right, so a release opens it; a
// refusal or court order closes it again.
func (q *question) release(d *Decision) {
	if d.Outcome != REQUEST {
		return
	}
	for i := range q.facts.Releases {
		if q.releases(&q.facts.Releases[i]) {
			d.Open = true
		}
	}
}

// releases tells whether this is a release of the item to the viewer.
func (q *question) releases(r *Release) bool {
	return r.Person == q.viewer && q.inForce(r.From, r.Until) && q.names(r.Kinds, r.Items)
}

// refusal is rule 12: telling would harm the child (BW 1:377c, UAVG 41).
func (q *question) refusal(d *Decision) {
	for i := range q.facts.Refusals {
		r := &q.facts.Refusals[i]
		if r.Person != q.viewer || !q.inForce(r.From, r.Until) || !q.names(r.Kinds, r.Items) {
			continue
		}
		d.Outcome, d.Open, d.Rule = NO, false, "12"
		d.Hold = d.Hold || r.Review != 0 && q.date >= r.Review
	}
}

// names tells whether a refusal, restriction or release is about this kind or
// item. Reading: a "*" among its items is everything.
func (q *question) names(kinds, items []string) bool {
	return slices.Contains(kinds, q.item.Kind) || slices.Contains(items, q.item.ID) || slices.Contains(items, All)
}

// courtOrders is rule 13; last, because strongest.
//
// Readings: inform goes over whatever closed the assessment in rules 6 to 12,
// so also over a restriction; ON_ASK shows nothing, and staff weigh the answer.
// An order of a kind this rule does not know closes like an uncleared contact
// ban.
func (q *question) courtOrders(d *Decision) {
	var noInformation, banned, inform, secretAddress bool
	for i := range q.facts.Orders {
		o := &q.facts.Orders[i]
		if o.Person != q.viewer || !q.inForce(o.From, o.Until) {
			continue
		}
		switch {
		case o.Kind == OrderNoInformation:
			noInformation = true
		case o.Kind == OrderNoContact && o.Cleared:
			d.Redact |= RedactLocation
		case o.Kind == OrderInform:
			inform = true
		case o.Kind == OrderSecretAddress:
			secretAddress = true
			d.Redact |= RedactContact | RedactLocation
		default:
			banned = true
		}
	}
	if noInformation || banned || secretAddress && q.item.Kind == ItemContact {
		d.Outcome, d.Open, d.Rule = NO, false, "13"
		d.Hold = d.Hold || banned
	}
	if inform && !noInformation && q.age < adult && q.item.Kind == ItemAssessment && d.Outcome < ON_ASK {
		d.Outcome, d.Rule = ON_ASK, "13"
	}
}

// releasedUntil is the first date on which what staff released to a viewer on a
// request is closed again, for an item that opens by that; 0 for any other.
func releasedUntil(viewer string, f *Facts, it *Item, now time.Time) Date {
	if Inspect(viewer, f, it, now).Outcome != REQUEST {
		return 0
	}
	q := ask(viewer, f, it)
	q.date = DateOf(now)
	var until Date
	for i := range f.Releases {
		if r := &f.Releases[i]; q.releases(r) {
			until = max(until, r.Until)
		}
	}
	return until
}

// holds tells whether a stored fact is custody in force and verified on a date:
// who stands behind classmate_custody (rule 8).
func (f *Fact) holds(d Date) bool {
	if f.Type != FactCustody {
		return false
	}
	const holder = "whoever"
	q := question{facts: &Facts{Custody: []Custody{{holder, f.From, f.Until, f.Verified}}}, date: d}
	return q.holdsCustody(holder)
}

// overAtMajority tells whether recorded custody would reach past the 18th
// birthday of somebody who certainly had it (BW 1:233): there is none then.
func overAtMajority(b Birth, f *Fact, today Date) bool {
	youngest, _ := birthdaysOf(b)
	return f.From >= youngest.eighteenth || today >= youngest.eighteenth && heldUntil(f) > youngest.eighteenth
}

// gives tells whether a fact gives access to anybody, and not only takes it
// away; of is the fact that it is about, if any. Custody of which nobody saw
// the proof gives a place in the family, and the way to ask.
func (f *Fact) gives(of *Fact) bool {
	if f.Type == FactEnd {
		return of != nil && of.takes()
	}
	return !f.takes()
}

// neverHeld tells whether a fact ended before it began.
func (f *Fact) neverHeld() bool { return f.Until != 0 && f.Until <= f.From }

// takes tells whether a fact takes access away while it holds. An order to
// inform gives it.
func (f *Fact) takes() bool {
	switch f.Type {
	case FactOrder:
		return f.Kind != OrderInform
	case FactRefusal, FactNo, FactObjection, FactRestriction, FactLeaving:
		return true
	}
	return false
}

// seenBy tells whether the proof of custody was seen by a date, if it was.
func (f *Fact) seenBy(today Date) bool { return f.Verified <= today }

// reviewed tells whether a refusal says when it is looked at again: none holds
// for ever unseen (rule 12).
func (f *Fact) reviewed() bool { return f.Type != FactRefusal || f.Review > f.From }

// Ages are the bands of ages in which the rule can take somebody to be on a
// date, as keys: under_16, sixteen, adult. More than one: the birth date is not
// known well enough (rule 0).
func (b Birth) Ages(on Date) []string {
	youngest, oldest := birthdaysOf(b)
	names := []string{"under_16", "sixteen", "adult"}
	return names[youngest.ageOn(on) : oldest.ageOn(on)+1]
}

// milestone is a birthday on which the rule changes, on the earliest date it
// can be. Certain is the date from which it surely has been; beyond where
// nobody knows.
type milestone struct {
	name        string // sixteen, eighteen
	on, certain Date
}

// milestonesOf gives both birthdays of a birth date, or none when nothing at
// all is known of it.
func milestonesOf(b Birth) []milestone {
	youngest, oldest := birthdaysOf(b)
	if youngest.sixteenth == beyond {
		return nil
	}
	return []milestone{{"sixteen", oldest.sixteenth, youngest.sixteenth}, {"eighteen", oldest.eighteenth, youngest.eighteenth}}
}

// chooseBefore is how long before the 16th birthday the student may choose what
// parents see from then on.
const chooseBefore = 60

// majority is the first date on which somebody can be 18.
func majority(b Birth) Date {
	_, oldest := birthdaysOf(b)
	return oldest.eighteenth
}

// choosing tells whether a student may choose on a date what parents see from
// 16, and from which date the choice counts: the first on which the student
// surely is 16, or today after that.
func choosing(b Birth, today Date) (from Date, may bool) {
	youngest, oldest := birthdaysOf(b)
	if youngest.sixteenth == beyond || today < oldest.sixteenth.AddDays(-chooseBefore) || today >= youngest.eighteenth {
		return 0, false
	}
	return max(today, youngest.sixteenth), true
}

// guardiansOf are the persons who are told about a student for their custody,
// in force and verified, or for that of the institution they act for. Whom a
// refusal or a court keeps from being told is not among them.
func guardiansOf(f *Facts, now time.Time) []string {
	return slices.DeleteFunc(familyOf(f), func(id string) bool {
		d := Inspect(id, f, &Item{Kind: ItemAssessment}, now)
		return d.Rule != "6.1" || !d.Open
	})
}

// seesForGuardians are the persons in the family to whom finished work that is
// shown to guardians opens.
func seesForGuardians(f *Facts, now time.Time) []string {
	return slices.DeleteFunc(familyOf(f), func(id string) bool {
		it := &Item{Kind: ItemWork, Author: f.Student.ID, Audience: []string{ToGuardians}}
		return !Inspect(id, f, it, now).Open
	})
}

// familyOf names everybody to whom only family hats can count (rule 5).
func familyOf(f *Facts) []string {
	var out []string
	for _, c := range f.Custody {
		out = append(out, c.Holder)
	}
	for _, r := range f.Relations {
		out = append(out, r.Person)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// awaitsYes are the audiences of a work for which it waits, on a date, for the
// representative's yes (rule 8).
func awaitsYes(f *Facts, it *Item, date Date) []string {
	q := ask("", f, it)
	q.date, q.age = date, q.youngest.ageOn(date)
	var out []string
	for _, audience := range []string{ToClassGuardians, ToSchool} {
		if slices.Contains(it.Audience, audience) && !q.representativeAgrees(audience) {
			out = append(out, audience)
		}
	}
	return out
}

// speaksFor is the holder of custody for whom somebody says yes or no about a
// student who surely is under 16 (rule 8, UAVG 5): oneself, or the institution
// that one is officer of; "" for everybody else.
//
// Reading: whom a refusal or a court order keeps from being told about the
// student does so through the school, which has evidence to look at.
func speaksFor(person string, f *Facts, now time.Time) string {
	d := Inspect(person, f, &Item{Kind: ItemAssessment}, now)
	if d.Rule != "6.1" || d.Outcome != INSPECT {
		return ""
	}
	q := ask(person, f, &Item{})
	q.date = DateOf(now)
	if q.holdsCustody(person) {
		return person
	}
	for i := range f.Relations {
		if r := &f.Relations[i]; r.Kind == RelationOfficer && q.isMine(r) && q.holdsCustody(r.Institution) {
			return r.Institution
		}
	}
	return ""
}

// emergency tells whether a stored fact is emergency access (rule 7).
func (f *Fact) emergency() bool { return f.Type == FactDuty && f.Kind == DutyEmergency }

// endsEmergency tells whether a stored fact ends emergency access before
// midnight.
func (f *Fact) endsEmergency() bool { return f.Type == FactEnd && f.Kind == DutyEmergency }

// withoutEmergency are the facts without anybody's emergency access: it is for
// looking, and carries no act.
func withoutEmergency(f *Facts) *Facts {
	if !slices.ContainsFunc(f.Duties, func(d Duty) bool { return d.Kind == DutyEmergency }) {
		return f
	}
	calm := *f
	calm.Duties = slices.DeleteFunc(slices.Clone(f.Duties), func(d Duty) bool { return d.Kind == DutyEmergency })
	return &calm
}

// inEmergency are the facts as they would be with emergency access for somebody
// today.
func inEmergency(f *Facts, person string, now time.Time) *Facts {
	with := *f
	with.Duties = append(slices.Clone(f.Duties), Duty{Person: person, Kind: DutyEmergency, From: DateOf(now)})
	return &with
}
