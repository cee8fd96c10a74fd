package portfolio

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The invariants of RULE.md, each on any facts: every check draws one world and
// lets everybody in it ask for something.

// world is a drawn student with everything around, an item, and an instant.
type world struct {
	facts Facts
	item  Item
	now   time.Time
}

func (w *world) inspect(viewer string) Decision { return Inspect(viewer, &w.facts, &w.item, w.now) }

// clone is a copy that can be changed without changing w.
func (w *world) clone() *world {
	c := *w
	f := &c.facts
	f.Custody, f.Relations, f.Duties = slices.Clone(f.Custody), slices.Clone(f.Relations), slices.Clone(f.Duties)
	f.Orders, f.Refusals, f.Shares = slices.Clone(f.Orders), slices.Clone(f.Refusals), slices.Clone(f.Shares)
	f.Releases = slices.Clone(f.Releases)
	return &c
}

// lookers are all who look; the persons among them can hold custody and hats.
var (
	persons = []string{"anna", "bob", "gran", "t1", "s2"}
	lookers = append([]string{"s1", "org", "link:L1", "nobody"}, persons...)
)

// notMore tells whether a gives no more than b: no better outcome, and nothing
// on screen that b would not show.
func notMore(a, b Decision) bool { return a.Outcome <= b.Outcome && (!a.Open || b.Open) }

func TestAParentWithoutCustodyNeverGetsMoreThanWith(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		without := drawWorld(t)
		f := &without.facts
		f.Relations = append(f.Relations, Relation{Person: "bob", Kind: RelationLegalParent})
		f.Custody = slices.DeleteFunc(f.Custody, func(c Custody) bool { return c.Holder == "bob" })
		with := without.clone()
		with.facts.Custody = append(with.facts.Custody, Custody{Holder: "bob", Verified: 20000101})
		if a, b := without.inspect("bob"), with.inspect("bob"); !notMore(a, b) {
			t.Fatalf("without custody %+v, with %+v", a, b)
		}
	})
}

// Ageing alone: the same day but for the birthday, so no other fact begins or
// ends. Orders and refusals are aside, as RULE.md says. Three more restrictions
// follow from the rule as written:
//   - A parent who is the curator as well gains that hat at 18 (6.6).
//   - A refusal by a holder of custody binds only under 16 (9), so at 16 an early
//     share of the student with a holder of custody can open what was a closed
//     REQUEST. That is a lower outcome (SHARED), but it does open.
//   - Where it is unknown whether that birthday has been, the same share is
//     ON_ASK (0): becoming certain of it is not ageing alone.
func TestAgeingAloneNeverRaisesWhatAParentGets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		f := &w.facts
		f.Orders, f.Refusals = nil, nil
		f.Relations = slices.DeleteFunc(f.Relations, func(r Relation) bool { return r.Kind == RelationCurator })
		f.Relations = append(f.Relations, Relation{Person: "anna", Kind: RelationLegalParent}, Relation{Person: "bob", Kind: RelationLegalParent})
		refusals := len(f.No) > 0
		if refusals {
			f.Student.Birth.Earliest = f.Student.Birth.Latest
		}
		for _, parent := range []string{"anna", "bob"} {
			q := ask(parent, f, &w.item)
			for _, birthday := range []Date{q.oldest.sixteenth, q.youngest.sixteenth, q.oldest.eighteenth, q.youngest.eighteenth} {
				if birthday == 0 || birthday == beyond || beginsOrEnds(f, birthday) {
					continue
				}
				before, after := q.decideOn(birthday.AddDays(-1)), q.decideOn(birthday)
				if after.Outcome > before.Outcome || after.Open && !before.Open && !refusals {
					t.Fatalf("%s on %v: before %+v, after %+v", parent, birthday, before, after)
				}
			}
		}
	})
}

// beginsOrEnds tells whether any dated fact changes on d.
func beginsOrEnds(f *Facts, d Date) bool {
	if d == f.Student.Left || d == retentionEnd(&f.Student) {
		return true
	}
	return slices.ContainsFunc(f.Custody, func(c Custody) bool { return d == c.From || d == c.Until || d == c.Verified }) ||
		slices.ContainsFunc(f.Restrictions, func(r Restriction) bool { return d == r.From || d == r.Until }) ||
		slices.ContainsFunc(f.Releases, func(r Release) bool { return d == r.From || d == r.Until }) ||
		slices.ContainsFunc(f.Relations, func(r Relation) bool { return d == r.From || d == r.Until }) ||
		slices.ContainsFunc(f.Shares, func(s Share) bool { return d == s.From || d == s.Until })
}

func TestTakingAFactAwayRaisesNothingWithoutStaffOrClassHats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, viewer := range lookers {
			if hasOtherHats(&w.facts, viewer) {
				continue
			}
			full := w.inspect(viewer)
			for name, less := range withoutOne(w) {
				if d := less.inspect(viewer); !notMore(d, full) {
					t.Fatalf("%s: %+v, and without %s %+v", viewer, full, name, d)
				}
			}
		}
	})
}

func TestTakingAShareAwayRaisesNothingForAnybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, viewer := range lookers {
			full := w.inspect(viewer)
			for name, less := range withoutOne(w) {
				if d := less.inspect(viewer); strings.HasPrefix(name, "share") && !notMore(d, full) {
					t.Fatalf("%s: %+v, and without %s %+v", viewer, full, name, d)
				}
			}
		}
	})
}

// hasOtherHats tells whether somebody may have staff or bystander hats once no
// longer family (rule 5).
func hasOtherHats(f *Facts, viewer string) bool {
	return slices.ContainsFunc(f.Duties, func(d Duty) bool { return d.Person == viewer }) ||
		slices.Contains(f.Classmates, viewer) || slices.Contains(f.ClassmateCustody, viewer) || f.People[viewer].School
}

// withoutOne gives the world with each custody, relation and share taken away
// in turn.
func withoutOne(w *world) map[string]*world {
	out := map[string]*world{}
	for i, c := range w.facts.Custody {
		less := w.clone()
		less.facts.Custody = slices.Delete(less.facts.Custody, i, i+1)
		out["custody of "+c.Holder] = less
	}
	for i, r := range w.facts.Relations {
		less := w.clone()
		less.facts.Relations = slices.Delete(less.facts.Relations, i, i+1)
		out["relation of "+r.Person] = less
	}
	for i, s := range w.facts.Shares {
		less := w.clone()
		less.facts.Shares = slices.Delete(less.facts.Shares, i, i+1)
		out["share with "+s.To] = less
	}
	return out
}

func TestANoInformationOrderRaisesNothingForAnybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		more := w.clone()
		more.facts.Orders = append(more.facts.Orders, Order{
			Person: rapid.SampledFrom(lookers).Draw(t, "ordered"), Kind: OrderNoInformation,
			From: drawDate(t), Until: drawDate(t), Cleared: rapid.Bool().Draw(t, "cleared"),
		})
		for _, viewer := range lookers {
			if a, b := more.inspect(viewer), w.inspect(viewer); !notMore(a, b) {
				t.Fatalf("%s: without the order %+v, with it %+v", viewer, b, a)
			}
		}
	})
}

func TestUnknownNeverGetsMoreThanKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := drawWorld(t)
		day := drawDay(t, 20060101, 20160101)
		known.facts.Student.Birth = rapid.SampledFrom([]Birth{{day, day}, monthOf(day)}).Draw(t, "known")
		unknown := known.clone()
		unknown.facts.Student.Birth = rapid.SampledFrom([]Birth{
			monthOf(day), {day/10000*10000 + 101, day/10000*10000 + 1231}, {}, {monthOf(day).Earliest, monthOf(day).Latest.AddYears(1)},
		}).Draw(t, "unknown")
		for _, viewer := range lookers {
			if a, b := unknown.inspect(viewer), known.inspect(viewer); !notMore(a, b) {
				t.Fatalf("%s: known %+v, unknown %+v", viewer, b, a)
			}
		}
	})
}

func TestADecisionHoldsExactlyUntil(t *testing.T) {
	const nothingBeginsOrEndsAfter = 20380101 // of what drawWorld draws
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		viewer := rapid.SampledFrom(lookers).Draw(t, "viewer")
		d := w.inspect(viewer)
		// Every later day, also those the walk never looked at.
		want := time.Time{}
		q := ask(viewer, &w.facts, &w.item)
		today := DateOf(w.now)
		first := q.decideOn(today)
		for day := today.AddDays(1); day <= nothingBeginsOrEndsAfter; day = day.AddDays(1) {
			if q.decideOn(day) != first {
				want = day.Start()
				break
			}
		}
		if !d.Until.Equal(want) {
			t.Fatalf("%s at %v: %+v, and it changes at %v", viewer, w.now, d, want)
		}
		end := d.Until
		if end.IsZero() {
			end = w.now.AddDate(20, 0, 0)
		}
		later := *w
		later.now = w.now.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(w.now)-1)).Draw(t, "later")))
		if again := later.inspect(viewer); again != d {
			t.Fatalf("%s at %v: %+v, but at %v: %+v", viewer, w.now, d, later.now, again)
		}
	})
}

func TestADecisionDependsOnFactsAndInstantAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		before, err := json.Marshal(w.facts)
		if err != nil {
			t.Fatal(err)
		}
		first := map[string]Decision{}
		for _, viewer := range lookers {
			first[viewer] = w.inspect(viewer)
		}
		var read Facts // the same facts in another place, asked in another order and zone
		if err := json.Unmarshal(before, &read); err != nil {
			t.Fatal(err)
		}
		other := &world{read, w.item, w.now.UTC()}
		for _, viewer := range slices.Backward(lookers) {
			if d := other.inspect(viewer); d != first[viewer] {
				t.Fatalf("%s: first %+v, then %+v", viewer, first[viewer], d)
			}
		}
		if after, _ := json.Marshal(w.facts); string(after) != string(before) {
			t.Fatalf("the facts were %s and became %s", before, after)
		}
	})
}

func TestOpenIsWhatAPageMayShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, viewer := range lookers {
			d := w.inspect(viewer)
			checkDecision(t, d, w.now)
			if d.Outcome == REQUEST && d.Open && !slices.ContainsFunc(w.facts.Shares, func(s Share) bool { return s.To == viewer }) &&
				!slices.ContainsFunc(w.facts.Releases, func(r Release) bool { return r.Person == viewer }) {
				t.Fatalf("%s: nothing opens this: %+v", viewer, d)
			}
		}
	})
}

// In which order somebody recorded the facts is no fact: it changes nothing.
func TestTheOrderOfTheFactsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		back := w.clone()
		f := &back.facts
		slices.Reverse(f.Custody)
		slices.Reverse(f.Relations)
		slices.Reverse(f.Duties)
		slices.Reverse(f.Orders)
		slices.Reverse(f.Refusals)
		slices.Reverse(f.Shares)
		slices.Reverse(f.Releases)
		for _, viewer := range lookers {
			a, b := w.inspect(viewer), back.inspect(viewer)
			if a != b {
				t.Fatalf("%s: %+v, and with the facts in another order %+v", viewer, a, b)
			}
		}
	})
}

// Rules 11 and 12 only take away: a restriction or a refusal raises nothing for
// anybody, and of a restricted item nothing opens but a right.
func TestARestrictionOrRefusalRaisesNothingForAnybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		restricted, refused := w.clone(), w.clone()
		restricted.facts.Restrictions = []Restriction{{Items: []string{All}}}
		refused.facts.Refusals = append(refused.facts.Refusals, Refusal{Person: rapid.SampledFrom(lookers).Draw(t, "refused"), Items: []string{All}, Review: drawDate(t)})
		for _, viewer := range lookers {
			full, a, b := w.inspect(viewer), restricted.inspect(viewer), refused.inspect(viewer)
			if !notMore(a, full) || !notMore(b, full) {
				t.Fatalf("%s: %+v, with a restriction %+v, with a refusal %+v", viewer, full, a, b)
			}
			if a.Open && a.Outcome != INSPECT && a.Outcome != REQUEST && a.Rule != "3" {
				t.Fatalf("%s sees what is restricted without a right: %+v", viewer, a)
			}
		}
	})
}

// A release executes a right: it changes no outcome, and opens only REQUEST.
func TestAReleaseOpensARequestAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.facts.Releases = nil
		with := w.clone()
		with.facts.Releases = []Release{{Person: rapid.SampledFrom(lookers).Draw(t, "released"), Items: []string{All}}}
		for _, viewer := range lookers {
			a, b := w.inspect(viewer), with.inspect(viewer)
			b.Until = a.Until
			if b.Open && !a.Open && viewer == with.facts.Releases[0].Person && b.Outcome == REQUEST {
				b.Open = false
			}
			if a != b && b.Rule != "0" {
				t.Fatalf("%s: %+v, and with a release %+v", viewer, a, b)
			}
		}
	})
}

// Not in the page's list, but what it comes down to: without a share or a
// release, private or unfinished work opens for nobody but the student and an adult's curator.
func TestPrivateWorkOpensForNobodyElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.item.Kind, w.facts.Shares, w.facts.Releases = ItemWork, nil, nil
		if !w.item.Draft {
			w.item.Audience = nil
		}
		for _, viewer := range lookers {
			curator := slices.ContainsFunc(w.facts.Relations, func(r Relation) bool { return r.Person == viewer && r.Kind == RelationCurator })
			if d := w.inspect(viewer); d.Open && viewer != "s1" && !curator {
				t.Fatalf("%s: %+v", viewer, d)
			}
		}
	})
}

func TestALinkGetsNothingButShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.item.Participants = nil // chat does not let a link in
		d := w.inspect("link:L1")
		if d.Outcome != NO && (d.Outcome != SHARED || d.Rule != "9" && d.Rule != "0") {
			t.Fatalf("%+v", d)
		}
		w.facts.Shares = nil
		if d := w.inspect("link:L1"); d.Outcome != NO {
			t.Fatalf("without a share: %+v", d)
		}
	})
}

// drawWorld draws facts that often matter to each other: a few people, dates
// near each other and near the birthdays, and few kinds of everything.
func drawWorld(t *rapid.T) *world {
	one := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "one") }
	some := func(of ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 2, rapid.ID[string]).Draw(t, "some")
	}
	person := func() string { return one(persons...) }
	seldom := func() bool { return rapid.Uint16().Draw(t, "seldom")%32 == 31 }
	times := func(most int) []struct{} { return make([]struct{}, rapid.IntRange(0, most).Draw(t, "times")) }

	day := drawDay(t, 20240101, 20280101)
	f := Facts{Student: Student{ID: "s1", Birth: drawBirth(t, day), Deceased: seldom()}, People: map[string]Party{}}
	if seldom() {
		f.Student.Left = drawDate(t)
	}
	if seldom() {
		f.Student.RetentionEnd = drawDate(t)
	}
	for _, p := range persons {
		f.People[p] = Party{Kind: one(KindStudent, KindGuardian, KindStaff, KindOther), Blocked: seldom(), School: rapid.Bool().Draw(t, "school")}
	}
	f.People["link:L1"] = Party{Kind: KindLink}
	for range times(3) {
		f.Custody = append(f.Custody, Custody{one("anna", "anna", "bob", "gran", "org"), drawDate(t), drawDate(t), drawVerified(t)})
	}
	for range times(3) {
		f.Relations = append(f.Relations, Relation{person(), one(relationKinds...), one("", "org"), drawDate(t), drawDate(t)})
	}
	for range times(2) {
		f.Duties = append(f.Duties, Duty{person(), one(duties...), drawDate(t), drawDate(t)})
	}
	f.Classmates, f.ClassmateCustody = some(persons...), some(persons...)
	for range times(1) {
		f.Orders = append(f.Orders, Order{person(), one(orderKinds...), drawDate(t), drawDate(t), rapid.Bool().Draw(t, "cleared")})
	}
	for range times(1) {
		f.Refusals = append(f.Refusals, Refusal{person(), some(ItemWork, ItemAssessment), some("i1", "i2", All), drawDate(t), drawDate(t), drawDate(t)})
	}
	for _, id := range []string{"h1", "h2", "h3"}[:len(times(3))] {
		f.Shares = append(f.Shares, Share{
			id, one("s1", "s1", "anna", "anna", "bob", "org"), one(slices.Concat(lookers, []string{"anna", "bob", "bob", "s2"})...),
			[]string{one("i1", "i1", "i2", All)}, some(ItemWork, ItemRecord, ItemContact), drawDate(t), drawDate(t),
		})
	}
	if seldom() {
		f.Restrictions = append(f.Restrictions, Restriction{some(ItemWork, ItemAssessment, ItemRecord), some("i1", "i2", All), drawDate(t), drawDate(t)})
	}
	for range times(1) {
		f.Releases = append(f.Releases, Release{one("s1", "anna", "anna", "bob", "gran", "t1"), some(ItemWork, ItemRecord, ItemCare), some("i1", "i2", All), drawDate(t), drawDate(t)})
	}
	f.Yes, f.No, f.Objects = some(ToClassGuardians, ToSchool), some("h1", ToSchool, All), some("gran", "bob")
	if rapid.Bool().Draw(t, "nobody says no") {
		f.No = nil
	}

	item := Item{
		ID: "i1", Kind: one(slices.Concat(itemKinds, []string{ItemWork, ItemWork, ItemWork, ItemAssessment, ItemAssessment, ItemRecord})...),
		Author: one("s1", "t1"), Draft: seldom(), Deleted: seldom(), Restricted: seldom(),
		Audience: some(audiences...), Participants: some(lookers...),
	}
	for range times(1) {
		item.Depicted = append(item.Depicted, Depicted{"s3", !seldom()})
	}
	return &world{f, item, day.Start().Add(time.Duration(rapid.Int64Range(0, int64(23*time.Hour)-1).Draw(t, "time")))}
}

// drawBirth draws a birth date of somebody who is about 16 or 18 on a day:
// exact, partly known or unknown.
func drawBirth(t *rapid.T, on Date) Birth {
	age := rapid.SampledFrom([]int{11, 15, 16, 17, 18}).Draw(t, "age")
	d := drawDay(t, on.AddYears(-age-1), on.AddYears(-age+1))
	return rapid.SampledFrom([]Birth{
		{d, d}, {d, d}, {d, d}, {20080229, 20080229}, {20100701, 20100701}, monthOf(d), {d/10000*10000 + 101, d/10000*10000 + 1231}, {},
	}).Draw(t, "birth")
}

// monthOf is a birth date of which the day is unknown.
func monthOf(d Date) Birth {
	b, err := ParseBirth(d.String()[:7])
	if err != nil {
		panic(err)
	}
	return b
}

// drawDate draws a begin or end: often none, often near the birthdays of those
// born on 1 July 2010 or on a leap day.
func drawDate(t *rapid.T) Date {
	near := rapid.SampledFrom([]Date{0, 0, 0, 0, 0, 0, 0, 0, 20260630, 20260701, 20260702, 20280701, 20240229, 20260301, 20280229, 1}).Draw(t, "date")
	if near == 1 {
		return drawDay(t, 20230101, 20290101)
	}
	return near
}

func drawVerified(t *rapid.T) Date {
	if rapid.Bool().Draw(t, "verified") {
		return 20200101
	}
	return drawDate(t)
}

// drawDay draws a day from one date up to another.
func drawDay(t *rapid.T, from, to Date) Date {
	days := int(to.Start().Sub(from.Start()).Hours() / 24)
	return from.AddDays(rapid.IntRange(0, days).Draw(t, "day"))
}
