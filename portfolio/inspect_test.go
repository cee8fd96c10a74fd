package portfolio

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

// TestInspectAnswersEveryWorkedExample asks the rule every case of
// testdata/cases.jsonl; the answers there are read from RULE.md.
func TestInspectAnswersEveryWorkedExample(t *testing.T) {
	cases := workedExamples(t)
	if len(cases) < 500 {
		t.Fatalf("only %d cases: the file is not whole", len(cases))
	}
	seen := map[string]bool{}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			if seen[c.ID] {
				t.Error("a case of this name was there before")
			}
			seen[c.ID] = true
			got, want := c.Inspect(), c.Want
			if got.Outcome != want.Outcome || got.Open != want.Open || got.Hold != want.Hold {
				t.Errorf("got %v open=%v hold=%v (rule %s), want %v open=%v hold=%v",
					got.Outcome, got.Open, got.Hold, got.Rule, want.Outcome, want.Open, want.Hold)
			}
			if want.Redact != nil && got.Redact != *want.Redact {
				t.Errorf("got redact %b, want %b", got.Redact, *want.Redact)
			}
			if want.Rule != "" && got.Rule != want.Rule {
				t.Errorf("got rule %s, want %s", got.Rule, want.Rule)
			}
			if !got.Until.IsZero() && !got.Until.After(c.At) {
				t.Errorf("until %v is not after the question at %v", got.Until, c.At)
			}
		})
	}
}

// workedExamples reads testdata/cases.jsonl.
func workedExamples(tb testing.TB) (cases []Case) {
	tb.Helper()
	f, err := os.Open("testdata/cases.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for c, err := range ReadCases(f) {
		if err != nil {
			tb.Fatal(err)
		}
		if c.Want == nil {
			tb.Fatalf("%s wants nothing", c.ID)
		}
		cases = append(cases, c)
	}
	return cases
}

// TestInspectSaysUntilWhen gives for one question at noon on 10 March 2026 the
// exact instant at which the answer becomes another one.
func TestInspectSaysUntilWhen(t *testing.T) {
	born := func(s string) Student {
		b, err := ParseBirth(s)
		if err != nil {
			t.Fatal(err)
		}
		return Student{ID: "s1", Birth: b}
	}
	eleven := born("2015-01-01")
	with := func(s Student, change func(*Student)) Student { change(&s); return s }
	anna := []Custody{{Holder: "anna", From: 20080101, Verified: 20240820}}
	bob := []Relation{{Person: "bob", Kind: RelationLegalParent}}
	assessment := Item{ID: "i1", Kind: ItemAssessment}
	work := Item{ID: "i1", Kind: ItemWork, Audience: []string{ToGuardians, ToClass, ToSchool}}
	for _, tt := range []struct {
		name   string
		viewer string
		facts  Facts
		item   Item
		want   string // "" never
	}{
		{"the 16th birthday", "anna", Facts{Student: eleven, Custody: anna}, assessment, "2031-01-01T00:00:00+01:00"},
		{"a summer birthday", "anna", Facts{Student: born("2010-07-01"), Custody: anna}, assessment, "2026-07-01T00:00:00+02:00"},
		{"the 18th birthday", "anna", Facts{Student: born("2009-06-01"), Custody: anna}, assessment, "2027-06-01T00:00:00+02:00"},
		{"the 18th birthday of a leap day", "anna", Facts{Student: born("2012-02-29"), Custody: anna}, Item{Kind: ItemRecord}, "2028-02-29T00:00:00+01:00"},
		{"the 18th birthday of a leap day in a common year", "bob", Facts{Student: born("2012-02-29"), Relations: bob}, assessment, "2030-03-01T00:00:00+01:00"},
		{"a birthday on the day the clocks go forward", "anna", Facts{Student: born("2010-03-29"), Custody: anna}, assessment, "2026-03-29T00:00:00+01:00"},
		{"a birthday on the day the clocks go back", "anna", Facts{Student: born("2010-10-25"), Custody: anna}, assessment, "2026-10-25T00:00:00+02:00"},
		{"a birthday after the time zone tables end", "anna", Facts{Student: born("2024-08-01"), Custody: anna}, assessment, "2040-08-01T00:00:00+02:00"},
		{"not the 16th birthday where it changes nothing", "bob", Facts{Student: eleven, Relations: bob}, assessment, "2033-01-01T00:00:00+01:00"},
		{"the first day it can be 16", "anna", Facts{Student: born("2010-04"), Custody: anna}, assessment, "2026-04-01T00:00:00+02:00"},
		{"the first day it cannot be 15", "anna", Facts{Student: born("2010"), Custody: anna}, assessment, "2026-12-31T00:00:00+01:00"},
		{"the first day it cannot be 17", "anna", Facts{Student: born("2008-03"), Custody: anna}, assessment, "2026-03-31T00:00:00+02:00"},
		{"never, without a birth date", "anna", Facts{Student: born(""), Custody: anna}, assessment, ""},
		{"never, for whom nothing is said", "nobody", *ordinary(), work, ""},
		{"custody ends", "anna", Facts{Student: eleven, Custody: []Custody{{"anna", 20080101, 20260510, 20240820}}}, assessment, "2026-05-10T00:00:00+02:00"},
		{"custody begins", "anna", Facts{Student: eleven, Custody: []Custody{{"anna", 20260510, 0, 20240820}}}, assessment, "2026-05-10T00:00:00+02:00"},
		{"custody is verified", "anna", Facts{Student: eleven, Custody: []Custody{{"anna", 20080101, 0, 20260311}}}, assessment, "2026-03-11T00:00:00+01:00"},
		{"another's custody is not mine", "bob", Facts{Student: eleven, Relations: bob, Custody: []Custody{{"anna", 20080101, 20260510, 20240820}}}, assessment, "2033-01-01T00:00:00+01:00"},
		{"custody of who shared ends", "bob", Facts{Student: eleven, Custody: []Custody{{"anna", 20080101, 20260510, 20240820}},
			Shares: []Share{{ID: "h1", By: "anna", To: "bob", Items: []string{"i1"}}}}, work, "2026-05-10T00:00:00+02:00"},
		{"custody of the officer's institution ends", "gran", Facts{Student: eleven, Custody: []Custody{{"org", 20080101, 20260510, 20240820}},
			Relations: []Relation{{Person: "gran", Kind: RelationOfficer, Institution: "org"}}}, assessment, "2026-05-10T00:00:00+02:00"},
		{"a relation ends", "bob", Facts{Student: eleven, Relations: []Relation{{Person: "bob", Kind: RelationLegalParent, Until: 20260401}}}, assessment, "2026-04-01T00:00:00+02:00"},
		{"a relation begins", "bob", Facts{Student: eleven, Relations: []Relation{{Person: "bob", Kind: RelationLegalParent, From: 20260401}}}, assessment, "2026-04-01T00:00:00+02:00"},
		{"a duty ends", "t1", Facts{Student: eleven, Duties: []Duty{{"t1", DutyTeacher, 20250801, 20260801}}}, assessment, "2026-08-01T00:00:00+02:00"},
		{"a duty begins", "t1", Facts{Student: eleven, Duties: []Duty{{"t1", DutyTeacher, 20260801, 0}}}, assessment, "2026-08-01T00:00:00+02:00"},
		{"another's duty is not mine", "t1", Facts{Student: eleven, Duties: []Duty{{"t2", DutyTeacher, 20250801, 20260801}}}, assessment, ""},
		{"an emergency ends after its day", "t1", Facts{Student: eleven, Duties: []Duty{{"t1", DutyEmergency, 20260310, 0}}}, assessment, "2026-03-11T00:00:00+01:00"},
		{"an emergency to come", "t1", Facts{Student: eleven, Duties: []Duty{{"t1", DutyEmergency, 20260312, 20260401}}}, assessment, "2026-03-12T00:00:00+01:00"},
		{"the leaving date", "t1", Facts{Student: with(eleven, func(s *Student) { s.Left = 20260715 }), Duties: []Duty{{"t1", DutyTeacher, 20250801, 20260801}}}, assessment, "2026-07-15T00:00:00+02:00"},
		{"retention end, two years after leaving", "anna", Facts{Student: with(eleven, func(s *Student) { s.Left = 20250715 }), Custody: anna}, assessment, "2027-07-15T00:00:00+02:00"},
		{"retention end by decision", "s1", Facts{Student: with(eleven, func(s *Student) { s.RetentionEnd = 20270101 })}, assessment, "2027-01-01T00:00:00+01:00"},
		{"a share ends", "bob", Facts{Student: born("2009-06-01"), Shares: []Share{{ID: "h1", By: "s1", To: "bob", Items: []string{"i1"}, From: 20260101, Until: 20260404}}}, work, "2026-04-04T00:00:00+02:00"},
		{"a share begins", "bob", Facts{Student: born("2009-06-01"), Shares: []Share{{ID: "h1", By: "s1", To: "bob", Items: []string{"i1"}, From: 20260404}}}, work, "2026-04-04T00:00:00+02:00"},
		{"a share of a custodian lapses at 16", "bob", Facts{Student: born("2010-07-01"), Custody: anna, Shares: []Share{{ID: "h1", By: "anna", To: "bob", Items: []string{"i1"}}}}, work, "2026-07-01T00:00:00+02:00"},
		{"the representative's yes is not needed from 16", "s9", Facts{Student: born("2010-07-01"), People: map[string]Party{"s9": {Kind: KindStudent, School: true}}}, work, "2026-07-01T00:00:00+02:00"},
		{"a refusal begins", "anna", Facts{Student: eleven, Custody: anna, Refusals: []Refusal{{Person: "anna", Kinds: []string{ItemAssessment}, From: 20260401}}}, assessment, "2026-04-01T00:00:00+02:00"},
		{"a refusal ends", "anna", Facts{Student: eleven, Custody: anna, Refusals: []Refusal{{Person: "anna", Kinds: []string{ItemAssessment}, Until: 20260401}}}, assessment, "2026-04-01T00:00:00+02:00"},
		{"a refusal must be reviewed", "anna", Facts{Student: eleven, Custody: anna, Refusals: []Refusal{{Person: "anna", Kinds: []string{ItemAssessment}, Review: 20260601}}}, assessment, "2026-06-01T00:00:00+02:00"},
		{"an order begins", "anna", Facts{Student: eleven, Custody: anna, Orders: []Order{{Person: "anna", Kind: OrderNoInformation, From: 20260401}}}, assessment, "2026-04-01T00:00:00+02:00"},
		{"an order ends", "anna", Facts{Student: eleven, Custody: anna, Orders: []Order{{Person: "anna", Kind: OrderNoInformation, Until: 20260401}}}, assessment, "2026-04-01T00:00:00+02:00"},
		{"only what is redacted changes", "anna", Facts{Student: eleven, Custody: anna, Orders: []Order{{Person: "anna", Kind: OrderSecretAddress, From: 20260401}}}, assessment, "2026-04-01T00:00:00+02:00"},
		{"the same answer by another rule counts as another", "s2", Facts{Student: born("2009-06-01"), Classmates: []string{"s2"}, Duties: []Duty{{"s2", DutyTeacher, 20260401, 0}}},
			Item{ID: "i1", Kind: ItemWork}, "2026-04-01T00:00:00+02:00"},
		{"never, once nothing more can come", "s1", Facts{Student: born("2000-01-01")}, work, ""},
		{"the last day there is", "anna", Facts{Student: born("1990-01-01"), Relations: []Relation{{Person: "anna", Kind: RelationCurator, Until: 99991231}}}, assessment, "9999-12-31T00:00:00+01:00"},
		{"never within the calendar", "s1", Facts{Student: born("9990-01-01")}, Item{Kind: ItemRecord}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			noon := time.Date(2026, 3, 10, 12, 0, 0, 0, Amsterdam)
			d := Inspect(tt.viewer, &tt.facts, &tt.item, noon)
			got := ""
			if !d.Until.IsZero() {
				got = d.Until.Format(time.RFC3339)
			}
			if got != tt.want {
				t.Errorf("got until %q, want %q", got, tt.want)
			}
			if tt.want == "" {
				return
			}
			if last := Inspect(tt.viewer, &tt.facts, &tt.item, d.Until.Add(-1)); last != d {
				t.Errorf("a nanosecond before, it is %+v, not %+v", last, d)
			}
			after := Inspect(tt.viewer, &tt.facts, &tt.item, d.Until)
			if after.Until = d.Until; after == d {
				t.Errorf("at that instant it is still %+v", d)
			}
		})
	}
}

// What was gathered for some days only makes no decision last longer.
func TestInspectLastsNoLongerThanItsFacts(t *testing.T) {
	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, Amsterdam)
	item := &Item{ID: "i1", Kind: ItemAssessment}
	custody := []Custody{{Holder: "anna", Verified: 20240820, Until: 20260510}}
	for _, tt := range []struct {
		name    string
		custody []Custody
		again   Date
		want    time.Time
	}{
		{"gathered for ever", custody, 0, Date(20260510).Start()},
		{"gathered anew after the change", custody, 20260511, Date(20260510).Start()},
		{"gathered anew before the change", custody, 20260509, Date(20260509).Start()},
		{"gathered anew, and nothing changes", nil, 20260509, Date(20260509).Start()},
		{"gathered anew today", nil, 20260310, time.Time{}},
		{"gathered anew by yesterday", custody, 20260309, Date(20260510).Start()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &Facts{Student: Student{ID: "s1", Birth: Birth{20150101, 20150101}}, Custody: tt.custody, Again: tt.again}
			if got := Inspect("anna", f, item, noon).Until; got != tt.want {
				t.Errorf("got until %v, want %v", got, tt.want)
			}
		})
	}
}

func TestInspectGivesNobodyAnything(t *testing.T) {
	f := &Facts{ // a record nobody filled in must not match a viewer who is nobody
		Custody:          []Custody{{Verified: 20200101}},
		Duties:           []Duty{{Kind: DutyManagement}},
		Relations:        []Relation{{Kind: RelationCurator}},
		Shares:           []Share{{Items: []string{"i1", All}, Kinds: itemKinds}},
		Classmates:       []string{""},
		ClassmateCustody: []string{""},
		People:           map[string]Party{"": {Kind: KindStaff, School: true}},
	}
	for _, kind := range itemKinds {
		item := &Item{ID: "i1", Kind: kind, Audience: audiences, Participants: []string{""}}
		if d := Inspect("", f, item, time.Now()); d.Outcome != NO || d.Open || d.Rule != "1" {
			t.Errorf("%s: got %+v", kind, d)
		}
	}
}

// What ReadCases refuses must not open anything when it comes from elsewhere.
func TestInspectClosesOnWordsItDoesNotKnow(t *testing.T) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	eleven := Student{ID: "s1", Birth: Birth{20150101, 20150101}}
	custody := []Custody{{Holder: "anna", Verified: 20200101}}
	assessment := &Item{ID: "i1", Kind: ItemAssessment}
	for _, tt := range []struct {
		name   string
		viewer string
		facts  Facts
		item   *Item
		want   Decision
	}{
		{"a kind of item, for the student", "s1", Facts{Student: eleven}, &Item{Kind: "diary"}, Decision{Rule: "4"}},
		{"a kind of item, for the custodian", "anna", Facts{Student: eleven, Custody: custody}, &Item{Kind: "diary"}, Decision{Rule: "6.1"}},
		{"a kind of item, for staff", "t1", Facts{Student: eleven, Duties: []Duty{{Person: "t1", Kind: DutyManagement}}}, &Item{Kind: "diary"}, Decision{Rule: "7"}},
		{"a kind of duty", "t1", Facts{Student: eleven, Duties: []Duty{{Person: "t1", Kind: "janitor"}}}, assessment, Decision{Rule: "5"}},
		{"a kind of relation", "t1", Facts{Student: eleven, Relations: []Relation{{Person: "t1", Kind: "uncle"}}, Duties: []Duty{{Person: "t1", Kind: DutyMentor}}}, assessment, Decision{Rule: "5"}},
		{"a kind of order", "anna", Facts{Student: eleven, Custody: custody, Orders: []Order{{Person: "anna", Kind: "no_visits", Cleared: true}}}, assessment, Decision{Hold: true, Rule: "13"}},
		{"half a birth date", "bob", Facts{Student: Student{ID: "s1", Birth: Birth{0, 20070101}}, Relations: []Relation{{Person: "bob", Kind: RelationLegalParent}}}, assessment, Decision{Hold: true, Rule: "0"}},
		{"a birth date that ends before it begins", "bob", Facts{Student: Student{ID: "s1", Birth: Birth{20150101, 20100101}}, Relations: []Relation{{Person: "bob", Kind: RelationLegalParent}}}, assessment, Decision{Hold: true, Rule: "0"}},
		{"a student and a share of nobody", "bob", Facts{Student: Student{Birth: Birth{20000101, 20000101}}, Shares: []Share{{To: "bob", Items: []string{"i1"}, From: 20200101}}}, assessment, Decision{Rule: "5"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Inspect(tt.viewer, &tt.facts, tt.item, now)
			got.Until = time.Time{}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestDecisionAsJSON(t *testing.T) {
	d := Decision{Outcome: ON_ASK, Hold: true, Rule: "6.3", Redact: RedactContact | RedactLocation, Until: Date(20260701).Start()}
	for _, tt := range []struct {
		d    Decision
		want string
	}{
		{d, `{"outcome":"ON_ASK","open":false,"hold":true,"rule":"6.3","redact":["contact","location"],"until":"2026-07-01T00:00:00+02:00"}`},
		{Decision{Outcome: INSPECT, Open: true, Rule: "4"}, `{"outcome":"INSPECT","open":true,"hold":false,"rule":"4","redact":[],"until":null}`},
		{Decision{Rule: "1", Redact: RedactLocation}, `{"outcome":"NO","open":false,"hold":false,"rule":"1","redact":["location"],"until":null}`},
	} {
		got, err := json.Marshal(tt.d)
		if err != nil || string(got) != tt.want {
			t.Errorf("got %s, %v, want %s", got, err, tt.want)
		}
	}
}

func TestOutcomesAreOrderedAndNamed(t *testing.T) {
	names := []string{"NO", "ON_ASK", "SHARED", "TOLD", "DUTY", "REQUEST", "INSPECT"} // RULE.md, lowest first
	for i, name := range names {
		var o Outcome
		if err := o.UnmarshalText([]byte(name)); err != nil || o != Outcome(i) || o.String() != name {
			t.Errorf("%s: got %v (%d), %v", name, o, o, err)
		}
	}
	var o Outcome
	if err := o.UnmarshalText([]byte("inspect")); err == nil {
		t.Error("inspect in small letters was taken for an outcome")
	}
	if got := Outcome(7).String(); got != "Outcome(7)" {
		t.Errorf("got %s", got)
	}
}

func TestWhatToLeaveOutIsReadAnew(t *testing.T) {
	r := RedactContact
	if err := json.Unmarshal([]byte(`["location"]`), &r); err != nil || r != RedactLocation {
		t.Errorf("got %b, %v", r, err)
	}
	if !r.Has(RedactLocation) || r.Has(RedactContact) || r.Has(RedactContact|RedactLocation) || !r.Has(0) {
		t.Errorf("%b does not know what it has", r)
	}
}

// Every page, file, thumbnail and pushed line asks the rule, so it must cost
// nothing to ask.
func TestInspectAllocatesNothing(t *testing.T) {
	f := ordinary()
	work := &Item{ID: "i1", Kind: ItemWork, Author: "s1", Audience: []string{ToGuardians, ToStaff, ToClass, ToClassGuardians}}
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, viewer := range []string{"anna", "s1", "teacher2", "sA", "parent-of-sA", "gran", "link:L1", "nobody"} {
		var d Decision
		if n := testing.AllocsPerRun(100, func() { d = Inspect(viewer, f, work, now) }); n != 0 {
			t.Errorf("%s: %v allocations", viewer, n)
		}
		if want := viewer != "nobody"; d.Open != want {
			t.Errorf("%s: open is %v: %+v", viewer, d.Open, d)
		}
	}
}

// ordinary is a student of 11 as a school has them: joint custody, a class of
// 28, a dozen staff, a few shares.
func ordinary() *Facts {
	f := &Facts{
		Student: Student{ID: "s1", Birth: Birth{20150101, 20150101}},
		People:  map[string]Party{},
		Custody: []Custody{{"anna", 20150101, 0, 20240820}, {"bob", 20150101, 0, 20240820}},
		Relations: []Relation{
			{Person: "anna", Kind: RelationLegalParent, From: 20150101},
			{Person: "bob", Kind: RelationLegalParent, From: 20150101},
			{Person: "gran", Kind: RelationCarer, From: 20200101, Until: 20270101},
		},
		Yes: []string{ToClassGuardians},
	}
	for _, id := range []string{"anna", "bob", "gran"} {
		f.People[id] = Party{Kind: KindGuardian, School: true}
	}
	for _, kind := range duties[:4] {
		for _, n := range []string{"1", "2", "3"} {
			id := kind + n
			f.People[id] = Party{Kind: KindStaff, School: true}
			f.Duties = append(f.Duties, Duty{Person: id, Kind: kind, From: 20250801, Until: 20260801})
		}
	}
	for n := range 28 {
		id := "s" + string(rune('A'+n))
		f.People[id] = Party{Kind: KindStudent, School: true}
		f.Classmates = append(f.Classmates, id)
		f.ClassmateCustody = append(f.ClassmateCustody, "parent-of-"+id)
	}
	for _, to := range []string{"gran", "link:L1", "sB", "oma"} {
		f.Shares = append(f.Shares, Share{ID: "h-" + to, By: "anna", To: to, Items: []string{"i1"}, From: 20260101, Until: 20270101})
	}
	return f
}

func BenchmarkInspect(b *testing.B) {
	f := ordinary()
	item := &Item{ID: "i1", Kind: ItemWork, Author: "s1", Audience: []string{ToGuardians, ToStaff, ToClass}}
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, who := range []struct{ name, viewer string }{
		{"guardian", "anna"}, {"student", "s1"}, {"teacher", "teacher2"}, {"classmate", "sZ"}, {"carer", "gran"}, {"outsider", "nobody"},
	} {
		b.Run(who.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Inspect(who.viewer, f, item, now)
			}
		})
	}
}
