package portfolio_test

import (
	"testing"
	"time"

	"kaft/portfolio"
)

// round does what Kaft does every hour, more than once.
func (s *school) round(at time.Time) {
	s.t.Helper()
	s.clock(at)
	for range 2 {
		s.ok(s.lib.TellLeaving(ctx))
	}
}

func TestWhoLeavesIsToldThirtyDaysBeforeOnTheDayAtTwentyTwoAndAtTwentyFourMonths(t *testing.T) {
	for _, test := range []struct{ leaves, soon, ending, end portfolio.Date }{
		{20270801, 20270702, 20290601, 20290801},
		{20280229, 20280130, 20291229, 20300301}, // a leap day: two years later there is none
		{20270831, 20270801, 20290630, 20290831}, // the 22nd month has no 31st
		{20280301, 20280131, 20300101, 20300301}, // thirty days with a leap day in it
	} {
		t.Run(test.leaves.String(), func(t *testing.T) {
			s := newSchool(t)
			s.child("iris", "2020-06-15") // 9 or 10 when the two years end
			s.leaves(s.id("iris"), test.leaves)
			is := func(at time.Time, want ...string) {
				t.Helper()
				s.round(at)
				for _, who := range []string{"iris", "iris-ma", "iris-pa"} {
					s.same(who+" at "+at.String(), s.told(who, "iris"), want)
				}
				for _, who := range []string{"iris-weg", "fatima", "mees-ma"} {
					s.same(who, s.told(who, "iris"), nil)
				}
			}
			d := test.leaves.String()
			soon, gone := "leaving_soon "+d+" "+d, "leaving "+d+" "+test.end.String()
			ending, ended := "leaving_ending "+d+" "+test.end.String(), "leaving_ended "+d+" "+test.end.String()
			is(test.soon.Start().Add(-time.Second))
			is(test.soon.Start(), soon)
			is(test.leaves.Start().Add(-time.Second), soon)
			is(test.leaves.Start(), soon, gone)
			is(test.ending.Start().Add(-time.Second), soon, gone)
			is(test.ending.Start(), soon, gone, ending)
			is(test.end.Start().Add(-time.Second), soon, gone, ending)
			is(test.end.Start(), ended) // what was told before is about a file that is past keeping
			is(test.end.AddDays(400).Start(), ended)
			s.same("a parent without custody", s.told("iris-weg", "iris"), nil)
		})
	}
}

func TestWhenKaftWasOffOnTheDayTheLatestNoticeComesAtTheNextRound(t *testing.T) {
	const leaves = portfolio.Date(20270801)
	for _, c := range []struct {
		rounds []portfolio.Date
		want   []string
	}{
		{[]portfolio.Date{20270720}, []string{"leaving_soon"}},
		{[]portfolio.Date{20270720, 20270810}, []string{"leaving_soon", "leaving"}},
		{[]portfolio.Date{20270810}, []string{"leaving"}}, // that it is soon is no news any more
		{[]portfolio.Date{20270630, 20290715}, []string{"leaving_ending"}},
		{[]portfolio.Date{20270720, 20270810, 20290715, 20290716}, []string{"leaving_soon", "leaving", "leaving_ending"}},
		{[]portfolio.Date{20270720, 20291224}, []string{"leaving_ended"}},
	} {
		s := newSchool(t)
		s.child("iris", "2020-06-15")
		s.leaves(s.id("iris"), leaves)
		for _, on := range c.rounds {
			s.round(on.Start().Add(9 * time.Hour))
		}
		for _, who := range []string{"iris", "iris-ma"} {
			var got []string
			all, err := s.lib.Notices(ctx, s.who[who], 100)
			s.ok(err)
			for i := range all {
				got = append(got, all[len(all)-1-i].What)
			}
			s.same(who, got, c.want)
		}
	}
}

func TestWhoTurns16InBetweenIsToldAloneFromThen(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-07-20") // 16 after the first notice and before the second
	s.leaves(s.id("iris"), 20270801)
	s.round(portfolio.Date(20270702).Start())
	s.round(portfolio.Date(20270801).Start())
	s.round(portfolio.Date(20290601).Start())
	soon, gone, ending := "leaving_soon 2027-08-01 2027-08-01", "leaving 2027-08-01 2029-08-01", "leaving_ending 2027-08-01 2029-08-01"
	s.same("the student", s.told("iris", "iris"), []string{soon, gone, ending})
	s.same("a parent, who still is told of progress", s.told("iris-ma", "iris"), []string{soon})
	s.round(portfolio.Date(20290801).Start()) // 18 since twelve days
	s.same("the student, at the end", s.told("iris", "iris"), []string{"leaving_ended 2027-08-01 2029-08-01"})
	s.same("a parent of an adult", s.told("iris-ma", "iris"), nil)
}

func TestWhoHoldsCustodyOnThatDateIsTold(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2020-06-15")
	s.leaves(s.id("iris"), 20270801)
	s.round(portfolio.Date(20270702).Start())
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("iris"), Party: s.id("iris-weg"), From: 20270710, Verified: 20270702})
	s.endCustody("iris", "iris-pa", 20270710)
	s.fact(portfolio.Fact{Type: portfolio.FactRefusal, About: s.id("iris"), Party: s.id("iris-ma"), Kinds: []string{"record"}, From: 20280101, Review: 20310101, Reason: "x"})
	s.round(portfolio.Date(20270801).Start())
	s.round(portfolio.Date(20290601).Start())
	for who, want := range map[string][]string{
		"iris-ma":  {"leaving_soon", "leaving"}, // to whom the file is refused afterwards
		"iris-pa":  {"leaving_soon"},
		"iris-weg": {"leaving", "leaving_ending"},
	} {
		got := []string{}
		for _, n := range s.told(who, "iris") {
			var what string
			for i := range n {
				if n[i] == ' ' {
					what = n[:i]
					break
				}
			}
			got = append(got, what)
		}
		s.same(who, got, want)
	}
}

func TestALeavingThatIsCorrectedIsToldAnewAndOneTakenBackNoMore(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2020-06-15")
	f := s.leaves(s.id("iris"), 20270801)
	s.round(portfolio.Date(20270702).Start())
	moved, err := s.lib.MoveLeaving(ctx, s.admin, f.ID, 20270901, "brief")
	s.ok(err)
	waiting, err := s.lib.ToConfirm(ctx, s.other)
	s.ok(err)
	for _, w := range waiting {
		s.confirm(w.Fact)
	}
	first, second := "leaving_soon 2027-08-01 2027-08-01", "leaving_soon 2027-09-01 2027-09-01"
	s.round(portfolio.Date(20270801).Start())
	s.same("on the old date", s.told("iris-ma", "iris"), []string{first})
	s.round(portfolio.Date(20270802).Start())
	s.same("thirty days before the new one", s.told("iris-ma", "iris"), []string{first, second})
	end, err := s.lib.EndFact(ctx, s.admin, moved.ID, 20270901, "toch niet")
	s.ok(err)
	s.confirm(end)
	s.round(portfolio.Date(20270901).Start())
	s.round(portfolio.Date(20290901).Start())
	s.same("afterwards", s.told("iris-ma", "iris"), []string{first, second})
}

func TestNobodyIsToldToPackOnOnePersonsWord(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2020-06-15")
	f := s.record(portfolio.Fact{Type: portfolio.FactLeaving, About: s.id("iris"), From: 20270801})
	s.round(portfolio.Date(20270710).Start())
	s.same("before a second agrees", s.told("iris", "iris"), nil)
	s.confirm(f)
	s.round(portfolio.Date(20270711).Start())
	s.same("after", s.told("iris-ma", "iris"), []string{"leaving_soon 2027-08-01 2027-08-01"})
}

// TestACrashWhileTellingTellsEverybodyOnceAfterAll cuts the power after each
// write, and begins again.
func TestACrashWhileTellingTellsEverybodyOnceAfterAll(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2020-06-15")
	s.leaves(s.id("iris"), 20270801)
	s.clock(portfolio.Date(20270801).Start())
	for left := 0; ; left++ {
		cut := portfolio.NewLibrary(&poweredStore{s.store, &power{left: left}}, s.files, plainIntake{}, s.now)
		if err := cut.TellLeaving(ctx); err == nil {
			if left < 3 {
				t.Errorf("only %d writes: is the test blind?", left)
			}
			break
		}
		if got := s.told("iris", "iris"); len(got) > 0 {
			t.Fatalf("after %d writes the student was told, and not yet all: %v", left, got)
		}
	}
	s.ok(s.lib.TellLeaving(ctx))
	for _, who := range []string{"iris", "iris-ma", "iris-pa"} {
		s.same(who, s.told(who, "iris"), []string{"leaving 2027-08-01 2029-08-01"})
	}
}

// The birthdays of who left change the rule too: for two years.
func TestWhoTurns16AfterLeavingChoosesAndGetsTheBundle(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-06-15")
	w := s.add("iris", portfolio.NewWork{Title: "brief", Audience: []string{"school", "guardians"}})
	s.leaves(s.id("iris"), 20270301)
	s.clock(portfolio.Date(20270301).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.clock(portfolio.Date(20270614).Start())
	s.ok(s.lib.Birthdays(ctx))
	b := s.archive("iris-ma", "iris")
	s.clock(portfolio.Date(20270615).Start())
	s.ok(s.lib.Birthdays(ctx))
	_, err := s.lib.Choosing(ctx, s.who["iris"])
	s.ok(err)
	_, err = s.lib.BundleByID(ctx, s.who["iris"], b.ID)
	s.ok(err)
	_, err = s.lib.BundleByID(ctx, s.who["iris-ma"], b.ID)
	s.fails(err, portfolio.NotFound)
	now, err := s.lib.OwnWork(ctx, s.who["iris"], w.ID)
	s.ok(err)
	s.same("what waited for a yes", now.Audience, []string{"guardians"}) // also for who comes back at 17
	now, err = s.lib.ShareWork(ctx, s.who["iris"], now.ID, now.Rev, nil)
	s.ok(err)
	s.same("a parent, once the student says so", s.opens("iris-ma", now), nil)
}
