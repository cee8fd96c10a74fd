package portfolio_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// at puts the clock on an instant.
func (s *school) clock(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = t
}

// child adds a student with two holders of custody and a parent without.
func (s *school) child(name, born string) {
	s.t.Helper()
	b, err := portfolio.ParseBirth(born)
	s.ok(err)
	s.person(name, portfolio.HatStudent, b)
	for _, parent := range []string{"ma", "pa", "weg"} {
		s.person(name+"-"+parent, portfolio.HatGuardian, portfolio.Birth{})
		s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: "legal_parent", About: s.id(name), Party: s.id(name + "-" + parent), From: 20100101})
		if parent != "weg" {
			s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id(name), Party: s.id(name + "-" + parent), From: 20160101, Verified: 20240820})
		}
	}
}

// told lists what somebody was told of a student, oldest first, as "what item
// date".
func (s *school) told(who, student string) []string {
	s.t.Helper()
	all, err := s.lib.Notices(ctx, s.who[who], 100)
	s.ok(err)
	var out []string
	for _, n := range all {
		bell := n.What == "to_confirm" // colleague_test.go looks at those
		if !bell && (student == "" || n.Student == s.id(student)) {
			out = append(out, strings.Join(strings.Fields(n.What+" "+n.Item+" "+n.On.String()), " "))
		}
	}
	slices.Reverse(out)
	return out
}

func (s *school) same(what string, got, want []string) {
	s.t.Helper()
	if !slices.Equal(got, want) {
		s.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestStudentAndHoldersOfCustodyAreToldSixtyAndFourteenDaysBeforeAndOnTheDay(t *testing.T) {
	for _, test := range []struct{ born, sixteen, eighteen string }{
		{"2011-06-15", "2027-06-15", "2029-06-15"},
		{"2012-02-29", "2028-02-29", "2030-03-01"}, // a leap year, then a common one
		{"2011-03-28", "2027-03-28", "2029-03-28"}, // the clock goes forward that day
		{"2011-10-31", "2027-10-31", "2029-10-31"}, // and back
	} {
		t.Run(test.born, func(t *testing.T) {
			s := newSchool(t)
			s.child("iris", test.born)
			for _, b := range []struct{ name, on string }{{"sixteen", test.sixteen}, {"eighteen", test.eighteen}} {
				on, err := portfolio.ParseDate(b.on)
				s.ok(err)
				before := s.told("iris", "iris")
				is := func(at time.Time, want ...string) {
					t.Helper()
					s.clock(at)
					s.ok(s.lib.Birthdays(ctx))
					s.ok(s.lib.Birthdays(ctx)) // twice is once
					for _, who := range []string{"iris", "iris-ma", "iris-pa"} {
						s.same(fmt.Sprintf("%s at %v", who, at), s.told(who, "iris")[len(before):], want)
					}
					s.same("a parent without custody", s.told("iris-weg", "iris"), nil)
					s.same("a teacher", s.told("fatima", "iris"), nil)
				}
				sixty, fourteen := b.name+"_soon 60 "+b.on, b.name+"_soon 14 "+b.on
				is(on.AddDays(-60).Start().Add(-time.Second))
				is(on.AddDays(-60).Start(), sixty)
				is(on.AddDays(-14).Start().Add(-time.Second), sixty)
				is(on.AddDays(-14).Start(), sixty, fourteen)
				is(on.Start().Add(-time.Second), sixty, fourteen)
				is(on.Start(), sixty, fourteen, b.name+" "+b.on)
				is(on.AddDays(3).Start(), sixty, fourteen, b.name+" "+b.on)
			}
		})
	}
}

func TestWhenNothingRanForAMonthOnlyWhatIsStillToComeIsTold(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-06-15")
	s.clock(portfolio.Date(20270401).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.clock(portfolio.Date(20270610).Start()) // both moments went by
	s.ok(s.lib.Birthdays(ctx))
	s.same("five days before", s.told("iris-ma", "iris"), []string{"sixteen_soon 14 2027-06-15"})

	s = newSchool(t)
	s.child("iris", "2011-06-15")
	s.clock(portfolio.Date(20270401).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.clock(portfolio.Date(20270701).Start()) // and so did the birthday
	s.ok(s.lib.Birthdays(ctx))
	s.same("two weeks after", s.told("iris-ma", "iris"), []string{"sixteen 2027-06-15"})

	s = newSchool(t)
	s.child("iris", "2011-06-15")
	s.clock(portfolio.Date(20270701).Start()) // the first round ever
	s.ok(s.lib.Birthdays(ctx))
	s.same("a school that begins", s.told("iris-ma", "iris"), nil)
}

func TestABirthDateThatIsPartlyUnknownIsToldFromTheEarliestAndMustBeCompleted(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-06")
	s.clock(portfolio.Date(20270401).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.same("61 days before the earliest", s.told("iris", "iris"), nil)
	s.clock(portfolio.Date(20270402).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.same("60 days before the earliest", s.told("iris", "iris"), []string{"sixteen_soon 60 2027-06-01"})
	s.who["wim"], s.who["ada"] = s.admin, s.other
	for _, who := range []string{"wim", "ada"} {
		s.same(who, s.told(who, "iris"), []string{"birth_unsure 2027-06-01"})
		s.same(who, s.told(who, ""), []string{"birth_unsure 2027-06-01"})
	}
	s.person("niemand", portfolio.HatStudent, portfolio.Birth{})
	s.later(time.Second)
	s.ok(s.lib.Birthdays(ctx))
	s.same("with a student of whom nothing is known", s.told("wim", ""), []string{"birth_unsure 2027-06-01", "birth_missing"})
}

// opens lists which of the works somebody can open.
func (s *school) opens(who string, works ...*portfolio.Work) (out []string) {
	for _, w := range works {
		if seen, err := s.lib.Work(ctx, s.who[who], w.ID); err == nil {
			out = append(out, seen.Title)
		}
	}
	return out
}

func TestWorkThatWaitedForAYesDoesNotOpenByItselfAtSixteen(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-06-15")
	school := []string{portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass, portfolio.ToClassGuardians, portfolio.ToSchool}
	w := s.add("iris", portfolio.NewWork{Title: "affiche", Audience: school})
	plain := s.add("iris", portfolio.NewWork{Title: "brief", Audience: shared})
	birthday := portfolio.Date(20270615)
	see := func(want string) {
		t.Helper()
		s.same("mees (another class)", s.opens("mees", w, plain), strings.Fields(want))
		s.same("a parent", s.opens("iris-ma", w, plain), []string{"affiche", "brief"})
	}
	run := func(at time.Time) {
		s.clock(at)
		s.ok(s.lib.Birthdays(ctx))
	}
	audience := func() []string {
		own, err := s.lib.OwnWork(ctx, s.who["iris"], w.ID)
		s.ok(err)
		return own.Audience
	}
	run(birthday.AddDays(-1).Start().Add(-time.Second))
	see("")
	s.same("the audience before the last day", audience(), w.Audience)
	run(birthday.AddDays(-1).Start())
	run(birthday.AddDays(-1).Start().Add(time.Hour))
	see("")
	s.same("the audience on the last day", audience(), []string{portfolio.ToClass, portfolio.ToGuardians, portfolio.ToStaff})
	s.clock(birthday.Start().Add(-time.Second))
	see("")
	s.clock(birthday.Start())
	see("")
	run(birthday.Start().Add(time.Second))
	see("")
	versions, err := s.lib.Versions(ctx, s.who["iris"], w.ID)
	s.ok(err)
	if len(versions) != 1 || !slices.Equal(versions[0].Work.Audience, w.Audience) {
		t.Errorf("the history has %d versions", len(versions))
	}
	if told := s.told("iris", "iris"); !slices.Contains(told, "kept_closed 2027-06-15") {
		t.Errorf("the student was told %q", told)
	}
	log, err := s.lib.Log(ctx, s.who["iris"], s.id("iris"), 100)
	s.ok(err)
	i := slices.IndexFunc(log, func(l *portfolio.Logged) bool { return l.Act == "share" })
	if i < 0 || log[i].Hat != portfolio.HatSystem || log[i].ActorName != "De Linde" {
		t.Errorf("the log does not say that it happened by itself")
	}

	// From then on the student decides, and nothing is taken back.
	own, err := s.lib.OwnWork(ctx, s.who["iris"], w.ID)
	s.ok(err)
	_, err = s.lib.ShareWork(ctx, s.who["iris"], w.ID, own.Rev, school)
	s.ok(err)
	run(birthday.Start().Add(2 * time.Hour))
	run(birthday.AddDays(1).Start())
	see("affiche")
}

func TestWorkThatWaitedWithAYesOpensAsBefore(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-06-15")
	s.fact(portfolio.Fact{Type: portfolio.FactYes, Kind: portfolio.ToSchool, About: s.id("iris"), From: 20260101})
	w := s.add("iris", portfolio.NewWork{Title: "affiche", Audience: []string{portfolio.ToSchool}})
	for _, at := range []portfolio.Date{20270613, 20270614, 20270615, 20270616} {
		s.clock(at.Start())
		s.ok(s.lib.Birthdays(ctx))
		s.same(at.String(), s.opens("mees", w), []string{"affiche"})
	}
}

func TestWhatOpenedWhileNothingRanIsClosedBeforeAnybodyIsServed(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-06-15")
	w := s.add("iris", portfolio.NewWork{Title: "affiche", Audience: []string{portfolio.ToSchool}})
	s.clock(portfolio.Date(20270610).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.clock(portfolio.Date(20270620).Start())
	s.same("mees, were she served", s.opens("mees", w), []string{"affiche"})
	s.ok(s.lib.Birthdays(ctx))
	s.same("mees", s.opens("mees", w), nil)

	// A school that begins with Kaft has no round to catch up with.
	s = newSchool(t)
	w = s.add("lotte", portfolio.NewWork{Title: "affiche", Audience: []string{portfolio.ToSchool}})
	s.ok(s.lib.Birthdays(ctx))
	s.same("work of a student who was 16 long since", s.opens("mees", w), []string{"affiche"})
}

func TestNewWorkIsSharedWithNobodyUnlessItIsChosen(t *testing.T) {
	s := newSchool(t)
	w := s.add("lotte", portfolio.NewWork{Title: "nieuw"})
	for _, who := range []string{"samira", "joost", "fatima", "mees", "petra"} {
		s.same(who, s.opens(who, w), nil)
	}
	s.same("lotte", s.opens("lotte", w), []string{"nieuw"})
}

func TestABundleOfAParentGoesToTheStudentAtSixteen(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-06-15")
	s.add("iris", portfolio.NewWork{Title: "brief", Audience: shared})
	birthday := portfolio.Date(20270615)
	s.clock(birthday.AddDays(-1).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.clock(birthday.Start().Add(-time.Minute))
	ma, pa, iris := s.who["iris-ma"], s.who["iris-pa"], s.who["iris"]
	before, err := s.lib.StartBundle(ctx, ma, iris.Person, portfolio.Wish{Lang: "nl"})
	s.ok(err)
	s.ok(s.lib.PackBundle(ctx, before.School, before.ID, justTitles))
	waits, err := s.lib.StartBundle(ctx, pa, iris.Person, portfolio.Wish{Lang: "nl"})
	s.ok(err)
	has := func(a portfolio.Actor, want bool, ids ...string) {
		t.Helper()
		for _, id := range ids {
			_, r, err := s.lib.OpenBundle(ctx, a, id, false)
			if want {
				s.ok(err)
				r.Close()
			} else {
				s.fails(err, portfolio.NotFound)
			}
		}
	}
	has(ma, true, before.ID)
	has(iris, false, before.ID)
	s.clock(birthday.Start())
	has(ma, false, before.ID)
	has(iris, true, before.ID)
	s.ok(s.lib.Birthdays(ctx))
	s.ok(s.lib.PackBundle(ctx, waits.School, waits.ID, justTitles)) // what waited at midnight is made for her
	has(pa, false, waits.ID)
	has(ma, false, waits.ID)
	has(iris, true, waits.ID, before.ID)
	list, err := s.lib.Bundles(ctx, iris, iris.Person)
	s.ok(err)
	if len(list) != 2 {
		t.Errorf("the student has %d bundles, want 2", len(list))
	}
	for who, b := range map[string]*portfolio.Bundle{"iris-ma": before, "iris-pa": waits} {
		_, err := s.lib.Bundles(ctx, s.who[who], iris.Person)
		s.fails(err, portfolio.Forbidden)
		passed, err := s.lib.PassedBundles(ctx, s.who[who], iris.Person)
		s.ok(err)
		if len(passed) != 1 || passed[0].ID != b.ID {
			t.Errorf("%s sees %d bundles that were passed on, want the own one", who, len(passed))
		}
		if told := s.told(who, "iris"); !slices.Contains(told, "bundle_passed "+b.ID) {
			t.Errorf("%s was told %q", who, told)
		}
	}
	for _, b := range []*portfolio.Bundle{before, waits} {
		if told := s.told("iris", "iris"); !slices.Contains(told, "bundle_yours "+b.ID) {
			t.Errorf("the student was told %q", told)
		}
	}
	if passed, err := s.lib.PassedBundles(ctx, s.who["joost"], iris.Person); err != nil || len(passed) > 0 {
		t.Errorf("somebody else's bundles: %d, %v", len(passed), err)
	}
}

func TestChoresAreDoneHourlyJustBeforeMidnightAndRightAfter(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-03-28") // the night on which the clock goes forward comes after her birthday's midnight
	w := s.add("iris", portfolio.NewWork{Title: "affiche", Audience: []string{portfolio.ToSchool}})
	s.clock(time.Date(2027, 3, 26, 22, 30, 0, 0, portfolio.Amsterdam))
	running, stop := context.WithCancel(ctx)
	var rounds []string
	late := false
	chores := portfolio.Chores{Lib: s.lib, Fault: func(chore string, err error) { t.Errorf("%s: %v", chore, err) },
		After: func(d time.Duration) <-chan time.Time {
			now := s.now().Add(d)
			s.clock(now)
			if at := now.In(portfolio.Amsterdam).Format("02 15:04"); len(rounds) < 70 {
				rounds = append(rounds, at)
			} else {
				stop()
			}
			if !late && !now.Before(portfolio.Date(20270327).AddDays(1).Start().Add(-time.Minute)) {
				late = true
				s.same("mees, at midnight", s.opens("mees", w), nil)
			}
			ready := make(chan time.Time, 1)
			ready <- now
			return ready
		}}
	chores.Run(running)
	s.same("the first rounds", rounds[:5], []string{"26 23:30", "26 23:55", "27 00:00", "27 01:00", "27 02:00"})
	for _, at := range []string{"27 23:55", "28 00:00", "28 01:00", "28 03:00", "28 04:00", "28 23:55", "29 00:00"} {
		if !slices.Contains(rounds, at) {
			t.Errorf("no round at %s: %q", at, rounds)
		}
	}
	if slices.Contains(rounds, "28 02:00") {
		t.Error("a round in the hour that was not there")
	}
	if !late {
		t.Error("midnight was not looked at")
	}
}
