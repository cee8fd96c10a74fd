package portfolio

import (
	"cmp"
	"slices"
	"time"
)

// The inspection rule a second time, written from RULE.md by somebody who had
// not seen inspect.go, in another shape and without an eye for speed: every hat
// lays its claim on a table, the best claim wins, vetoes follow; and `until` is
// found by trying days. It shares the types and the calendar (date.go) with the
// first, and no other code. Where RULE.md leaves open which number settles a tie,
// and the two programs only have to agree, the comment says "Tie".

// look is one question, on one day, for a student in one age band.
type look struct {
	viewer string
	facts  *Facts
	item   *Item
	day    Date
	band   band
}

type band int

const (
	child    band = iota // under 16
	teenager             // 16 and 17
	grownUp              // 18 and over
)

// secondOpinion answers what Inspect answers.
func secondOpinion(viewer string, f *Facts, item *Item, at time.Time) Decision {
	today := DateOf(at)
	d := opinionOn(viewer, f, item, today)
	for _, day := range daysThatMatter(f) {
		if day > today && (day == f.Again || opinionOn(viewer, f, item, day) != d) {
			d.Until = day.Start()
			break
		}
	}
	return d
}

// daysThatMatter are, in order, the dates that the facts name, and the days
// that follow from them: birthdays, the end of keeping, the day after an
// emergency.
func daysThatMatter(f *Facts) []Date {
	s := f.Student
	days := []Date{f.Again, s.Left, s.RetentionEnd}
	if s.Left != 0 {
		days = append(days, s.Left.AddYears(2))
	}
	for _, born := range []Date{s.Birth.Earliest, s.Birth.Latest} {
		if born != 0 {
			days = append(days, born.AddYears(16), born.AddYears(18))
		}
	}
	for _, c := range f.Custody {
		days = append(days, c.From, c.Until, c.Verified)
	}
	for _, r := range f.Relations {
		days = append(days, r.From, r.Until)
	}
	for _, d := range f.Duties {
		days = append(days, d.From, d.Until)
		if d.From != 0 {
			days = append(days, d.From.AddDays(1))
		}
	}
	for _, o := range f.Orders {
		days = append(days, o.From, o.Until)
	}
	for _, r := range f.Refusals {
		days = append(days, r.From, r.Review, r.Until)
	}
	for _, s := range f.Shares {
		days = append(days, s.From, s.Until)
	}
	for _, r := range f.Restrictions {
		days = append(days, r.From, r.Until)
	}
	for _, r := range f.Releases {
		days = append(days, r.From, r.Until)
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// opinionOn applies rule 0: it asks once for each age band the student can be
// in on that day.
func opinionOn(viewer string, f *Facts, item *Item, day Date) Decision {
	var answers []Decision
	for _, b := range possibleBands(f.Student.Birth, day) {
		answers = append(answers, look{viewer, f, item, day, b}.answer())
	}
	lowest := answers[0]
	everyOpen, anyHold, differ := true, false, false
	for _, a := range answers {
		everyOpen = everyOpen && a.Open
		anyHold = anyHold || a.Hold
		differ = differ || a.Outcome != answers[0].Outcome || a.Open != answers[0].Open || a.Redact != answers[0].Redact
		if a.Outcome < lowest.Outcome {
			lowest = a
		}
	}
	if differ {
		lowest.Rule = "0"
	}
	if !everyOpen && slices.Contains([]Outcome{SHARED, TOLD, DUTY, INSPECT}, lowest.Outcome) {
		lowest.Outcome = ON_ASK // reading at 0: what is not open in every band does not open
	}
	lowest.Open = everyOpen
	lowest.Hold = anyHold || differ
	return lowest
}

// possibleBands are the age bands of somebody born somewhere in an interval.
// Later births have later birthdays, so the ends of the interval decide. Who
// can be 16 (the earliest) and can be under 18 (the latest) can be in between:
// move the birth from the earliest to the latest day by day, and the student
// cannot skip two years.
func possibleBands(b Birth, day Date) (bands []band) {
	if b.Earliest == 0 || b.Latest == 0 || b.Earliest > b.Latest {
		return []band{child, teenager, grownUp}
	}
	if day < b.Latest.AddYears(16) {
		bands = append(bands, child)
	}
	if day >= b.Earliest.AddYears(16) && day < b.Latest.AddYears(18) {
		bands = append(bands, teenager)
	}
	if day >= b.Earliest.AddYears(18) {
		bands = append(bands, grownUp)
	}
	return bands
}

// answer applies rules 1 to 13 in one band. Rules 1 to 4 answer and stop; then
// come the claims, and then the vetoes.
func (l look) answer() Decision {
	for _, stop := range []func(look) (Decision, bool){look.gone, look.deceased, look.outsideTheFile, look.theStudent} {
		if d, stops := stop(l); stops {
			return d
		}
	}
	claims := slices.Concat(l.familyClaims(), l.staffClaims())
	public := slices.Concat(l.bystanderClaims(), l.shareClaims())
	d := Decision{Rule: "5"}
	if len(public) > 0 && !l.everybodyDepictedConsents() {
		d.Rule = "10"
		public = nil
	}
	claims = append(claims, public...)
	if len(claims) > 0 {
		best := claims[0] // Tie: the lowest number
		for _, c := range claims {
			if c.outcome > best.outcome {
				best = c
			}
		}
		if best.outcome > NO || d.Rule != "10" { // Tie: without claims that give, the images settled it
			d.Outcome, d.Rule = best.outcome, best.rule
		}
	}
	opened := slices.ContainsFunc(claims, func(c bid) bool {
		return c.outcome == SHARED || c.outcome == TOLD || c.outcome == DUTY || c.outcome == INSPECT
	})
	d.Hold = l.holds()

	if l.restricted() { // 11
		opened = d.Outcome == INSPECT
		if d.Outcome != NO && d.Outcome != INSPECT && d.Outcome != REQUEST {
			d.Outcome, d.Rule = NO, "11"
		}
	}
	if l.released() && d.Outcome == REQUEST { // 11a
		opened = true
	}
	if refused, review := l.refused(); refused { // 12
		d.Outcome, d.Rule = NO, "12"
		d.Hold = d.Hold || review
	}
	d = l.ordered(d) // 13
	d.Open = opened && d.Outcome > ON_ASK
	return d
}

// Rule 1.
func (l look) gone() (Decision, bool) {
	s := l.facts.Student
	end := s.RetentionEnd
	if end == 0 && s.Left != 0 {
		end = s.Left.AddYears(2)
	}
	over := end != 0 && l.day >= end
	return Decision{Rule: "1"}, l.viewer == "" || l.facts.People[l.viewer].Blocked || l.item.Deleted || over
}

// Rule 2.
func (l look) deceased() (Decision, bool) {
	return Decision{Rule: "2", Hold: true}, l.facts.Student.Deceased
}

// Rule 3.
func (l look) outsideTheFile() (Decision, bool) {
	d := Decision{Rule: "3"}
	switch {
	case l.item.Kind == "message":
		if slices.Contains(l.item.Participants, l.viewer) {
			d.Outcome, d.Open = INSPECT, true
		}
	case l.item.Kind == "note" || l.item.Kind == "assessment" && l.item.Draft:
		if l.item.Author == l.viewer && len(l.dutiesThatCount()) > 0 {
			d.Outcome, d.Open = DUTY, true
		}
	default:
		return d, false
	}
	return d, true
}

// Rule 4, and what 11a says of the student.
func (l look) theStudent() (Decision, bool) {
	d := Decision{Rule: "4"}
	switch l.item.Kind {
	case "work", "assessment", "contact":
		d.Outcome, d.Open = INSPECT, true
	case "record", "care":
		if l.band != child {
			d.Outcome, d.Open = REQUEST, l.released()
		}
	}
	return d, l.viewer == l.facts.Student.ID
}

// A bid is what one hat or share gives. A hat that is worn and gives nothing
// claims NO.
type bid struct {
	rule    string
	outcome Outcome
}

// inForce is the test of a dated fact.
func (l look) inForce(from, until Date) bool {
	return from <= l.day && (until == 0 || l.day < until)
}

// family is rule 5: at any time, verified or not.
func (l look) family() bool {
	return slices.ContainsFunc(l.facts.Custody, func(c Custody) bool { return c.Holder == l.viewer }) ||
		slices.ContainsFunc(l.facts.Relations, func(r Relation) bool { return r.Person == l.viewer })
}

// is tells whether the viewer has a relation in force.
func (l look) is(kind string) bool {
	return slices.ContainsFunc(l.facts.Relations, func(r Relation) bool {
		return r.Person == l.viewer && r.Kind == kind && l.inForce(r.From, r.Until)
	})
}

// custody tells whether custody is in force that is the viewer's own or of the
// institution whose officer the viewer is, verified or not as asked.
func (l look) custody(verified bool) bool {
	hands := []string{l.viewer}
	for _, r := range l.facts.Relations {
		if r.Person == l.viewer && r.Kind == "officer" && r.Institution != "" && l.inForce(r.From, r.Until) {
			hands = append(hands, r.Institution)
		}
	}
	return slices.ContainsFunc(l.facts.Custody, func(c Custody) bool {
		return slices.Contains(hands, c.Holder) && l.inForce(c.From, c.Until) && l.verified(c) == verified
	})
}

func (l look) verified(c Custody) bool { return c.Verified != 0 && c.Verified <= l.day }

// holder tells whether somebody holds custody in force and verified, as
// themselves.
func (l look) holder(who string) bool {
	return who != "" && slices.ContainsFunc(l.facts.Custody, func(c Custody) bool {
		return c.Holder == who && l.inForce(c.From, c.Until) && l.verified(c)
	})
}

// finishedFor tells whether the item is finished work shown to any of these.
func (l look) finishedFor(audiences ...string) bool {
	return l.item.Kind == "work" && !l.item.Draft && slices.ContainsFunc(audiences, func(a string) bool {
		return slices.Contains(l.item.Audience, a)
	})
}

// familyTable is the table of rule 6: what a hat gives in a band, for a column.
// The columns are the kinds, and "shown" for finished work shown to guardians.
var familyTable = map[string]map[band]map[string]Outcome{
	"6.1": {
		child:    {"assessment": INSPECT, "contact": INSPECT, "shown": INSPECT, "work": REQUEST, "record": REQUEST, "care": REQUEST},
		teenager: {"assessment": TOLD, "shown": SHARED},
	},
	"6.2": {},
	"6.3": {
		child:    {"assessment": ON_ASK},
		teenager: {"assessment": ON_ASK},
	},
	"6.4": {
		child:    {"assessment": TOLD, "shown": SHARED},
		teenager: {"assessment": TOLD, "shown": SHARED},
	},
	"6.5": {
		child:    {"assessment": ON_ASK, "record": ON_ASK, "care": ON_ASK},
		teenager: {"assessment": ON_ASK, "record": ON_ASK, "care": ON_ASK},
	},
	"6.6": {
		grownUp: {"shown": INSPECT, "work": INSPECT, "assessment": INSPECT, "contact": INSPECT, "record": REQUEST, "care": REQUEST},
	},
}

var relationRules = map[string]string{"legal_parent": "6.3", "carer": "6.4", "supervisor": "6.5", "curator": "6.6"}

// Rule 6.
func (l look) familyClaims() (claims []bid) {
	column := l.item.Kind
	if l.finishedFor("guardians") {
		column = "shown"
	}
	give := func(rule string) {
		gives := familyTable[rule][l.band][column]
		if rule == "6.4" && l.carerRefused() {
			gives = NO
		}
		claims = append(claims, bid{rule, gives})
	}
	if l.custody(true) {
		give("6.1")
	}
	if l.custody(false) {
		give("6.2")
	}
	for _, r := range l.facts.Relations {
		rule, known := relationRules[r.Kind]
		if known && r.Person == l.viewer && l.inForce(r.From, r.Until) {
			give(rule)
		}
	}
	slices.SortStableFunc(claims, func(x, y bid) int { return cmp.Compare(x.rule, y.rule) })
	return claims
}

// carerRefused tells whether the student of 16 or 17 objects to this carer.
func (l look) carerRefused() bool {
	return l.band == teenager && l.is("carer") && slices.Contains(l.facts.Objects, l.viewer)
}

// holds is the hold that hats bring (6.2, 6.4), whatever else counts.
func (l look) holds() bool {
	return l.carerRefused() || l.band != grownUp && l.custody(false)
}

// here tells whether the student has not left yet.
func (l look) here() bool { return l.facts.Student.Left == 0 || l.day < l.facts.Student.Left }

// staffTable is the table of rule 7. Finished work shown to staff, class or
// school is "shown".
var staffTable = map[string][]string{
	"teacher":    {"shown", "assessment"},
	"mentor":     {"shown", "assessment", "record", "contact"},
	"care":       {"shown", "assessment", "record", "care"},
	"management": {"shown", "assessment", "record", "contact"},
	"emergency":  {"shown", "assessment", "record", "care", "contact"},
}

// dutiesThatCount are the kinds of duty the viewer has today; family have none.
func (l look) dutiesThatCount() (kinds []string) {
	for _, d := range l.facts.Duties {
		today := l.inForce(d.From, d.Until)
		if d.Kind == "emergency" {
			today = today && d.From == l.day // reading at 7; without a day in it (until = from) it is none
		}
		_, known := staffTable[d.Kind]
		if d.Person == l.viewer && today && known && l.here() && !l.family() {
			kinds = append(kinds, d.Kind)
		}
	}
	return kinds
}

// Rule 7.
func (l look) staffClaims() (claims []bid) {
	column := l.item.Kind
	if column == "work" {
		column = "private"
		if l.finishedFor("staff", "class", "school") {
			column = "shown"
		}
	}
	for _, duty := range l.dutiesThatCount() {
		gives := NO
		if slices.Contains(staffTable[duty], column) {
			gives = DUTY
		}
		claims = append(claims, bid{"7", gives})
	}
	return claims
}

// classmate is a hat of rule 8.
func (l look) classmate() bool {
	return slices.Contains(l.facts.Classmates, l.viewer) && l.here() && !l.family()
}

// Rule 8.
func (l look) bystanderClaims() (claims []bid) {
	if l.family() || !l.here() {
		return nil
	}
	me := l.facts.People[l.viewer]
	agreed := func(audience string) bool {
		no := slices.Contains(l.facts.No, audience) || slices.Contains(l.facts.No, "*")
		return l.band != child || slices.Contains(l.facts.Yes, audience) && !no
	}
	if l.finishedFor("class") && l.classmate() ||
		l.finishedFor("class_guardians") && slices.Contains(l.facts.ClassmateCustody, l.viewer) && agreed("class_guardians") ||
		l.finishedFor("school") && me.School && (me.Kind == "student" || me.Kind == "staff") && agreed("school") {
		claims = append(claims, bid{"8", SHARED})
	}
	return claims
}

// Rule 9.
func (l look) shareClaims() (claims []bid) {
	if l.item.Draft || l.item.Kind == "note" || l.item.Kind == "message" {
		return nil
	}
	for _, s := range l.facts.Shares {
		covers := l.names(s.Items) || slices.Contains(s.Items, "*") && slices.Contains(s.Kinds, l.item.Kind)
		refused := l.band == child && (slices.Contains(l.facts.No, s.ID) || slices.Contains(l.facts.No, "*"))
		if s.To == l.viewer && covers && !refused && l.inForce(s.From, s.Until) && l.mayShare(s) {
			claims = append(claims, bid{"9", SHARED})
		}
	}
	return claims
}

// mayShare tells whether who made a share may share with this viewer.
func (l look) mayShare(s Share) bool {
	if s.By == "" {
		return false
	}
	b := l.facts.Student.Birth
	known := b.Earliest != 0 && b.Latest != 0 && b.Earliest <= b.Latest
	if s.By == l.facts.Student.ID {
		since16 := known && s.From >= b.Latest.AddYears(16)
		return since16 || len(l.dutiesThatCount()) > 0 || l.classmate() || l.band != grownUp && l.holder(l.viewer)
	}
	return l.band == child && l.holder(s.By)
}

// Rule 10.
func (l look) everybodyDepictedConsents() bool {
	return !slices.ContainsFunc(l.item.Depicted, func(d Depicted) bool { return !d.Consent })
}

// names tells whether a list of ids holds the item's.
func (l look) names(items []string) bool {
	return l.item.ID != "" && l.item.ID != "*" && slices.Contains(items, l.item.ID)
}

// concerns tells whether a restriction, release or refusal of these items and
// kinds is about the item.
func (l look) concerns(items, kinds []string) bool {
	return l.names(items) || slices.Contains(items, "*") || slices.Contains(kinds, l.item.Kind)
}

// Rule 11.
func (l look) restricted() bool {
	return l.item.Restricted || slices.ContainsFunc(l.facts.Restrictions, func(r Restriction) bool {
		return l.inForce(r.From, r.Until) && l.concerns(r.Items, r.Kinds)
	})
}

// Rule 11a.
func (l look) released() bool {
	return slices.ContainsFunc(l.facts.Releases, func(r Release) bool {
		return r.Person == l.viewer && l.inForce(r.From, r.Until) && l.concerns(r.Items, r.Kinds)
	})
}

// Rule 12: refused, and to be reviewed by now.
func (l look) refused() (refused, review bool) {
	for _, r := range l.facts.Refusals {
		if r.Person == l.viewer && l.inForce(r.From, r.Until) && l.concerns(r.Items, r.Kinds) {
			refused = true
			review = review || r.Review != 0 && l.day >= r.Review
		}
	}
	return refused, review
}

// Rule 13.
func (l look) ordered(d Decision) Decision {
	var silenced, banned, inform, secret bool
	for _, o := range l.facts.Orders {
		if o.Person != l.viewer || !l.inForce(o.From, o.Until) {
			continue
		}
		switch {
		case o.Kind == "no_information":
			silenced = true
		case o.Kind == "inform":
			inform = true
		case o.Kind == "secret_address":
			secret = true
		case o.Kind == "no_contact" && o.Cleared:
			d.Redact |= RedactLocation
		default: // a contact ban, or an order nobody knows
			banned = true
		}
	}
	if secret {
		d.Redact |= RedactContact | RedactLocation
	}
	if banned {
		d.Hold = true
	}
	if silenced || banned || secret && l.item.Kind == "contact" {
		d.Outcome, d.Rule = NO, "13"
	}
	if inform && !silenced && l.band != grownUp && l.item.Kind == "assessment" && d.Outcome < ON_ASK {
		d.Outcome, d.Rule = ON_ASK, "13"
	}
	return d
}
