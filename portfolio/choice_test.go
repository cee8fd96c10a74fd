package portfolio_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

func messageOf(err error) string {
	var e *portfolio.Error
	if errors.As(err, &e) {
		return e.Msg
	}
	return ""
}

// justTitles is a packer that writes the titles of the works.
func justTitles(ctx context.Context, v *portfolio.Leaving, _ *portfolio.Bundle, w io.Writer, _ func(portfolio.Headway) error) (c portfolio.Contents, err error) {
	for work, err := range v.Works(ctx) {
		if err != nil {
			return c, err
		}
		c.Items++
		if _, err := io.WriteString(w, work.Title+"\n"); err != nil {
			return c, err
		}
	}
	return c, nil
}

// iris has two parents with custody and three works: two shown to them, and one
// for the school, which waits for a yes.
func iris(t *testing.T) (s *school, brief, gedicht, affiche *portfolio.Work) {
	s = newSchool(t)
	s.child("iris", "2011-06-15")
	brief = s.add("iris", portfolio.NewWork{Title: "brief", Audience: shared})
	gedicht = s.add("iris", portfolio.NewWork{Title: "gedicht", Audience: shared})
	affiche = s.add("iris", portfolio.NewWork{Title: "affiche", Audience: []string{portfolio.ToSchool}})
	return s, brief, gedicht, affiche
}

func (s *school) choose(rev int64, ma, pa portfolio.ParentChoice, opens ...string) (*portfolio.Choice, error) {
	return s.lib.Choose(ctx, s.who["iris"], rev, s.choiceOf(ma, pa, opens...))
}

func (s *school) choiceOf(ma, pa portfolio.ParentChoice, opens ...string) portfolio.Choice {
	return portfolio.Choice{Parents: map[string]portfolio.ParentChoice{s.id("iris-ma"): ma, s.id("iris-pa"): pa}, Opens: opens}
}

var (
	keep     = portfolio.ParentChoice{See: portfolio.SeeAll}
	progress = portfolio.ParentChoice{See: portfolio.SeeProgress}
)

func some(works ...*portfolio.Work) portfolio.ParentChoice {
	c := portfolio.ParentChoice{See: portfolio.SeeSome}
	for _, w := range works {
		c.Items = append(c.Items, w.ID)
	}
	return c
}

func titles(works []*portfolio.Work) (out []string) {
	for _, w := range works {
		out = append(out, w.Title)
	}
	slices.Sort(out)
	return out
}

func TestTheStudentAloneChoosesFromSixtyDaysBeforeUntilEighteen(t *testing.T) {
	s, _, _, _ := iris(t)
	for _, test := range []struct {
		at   time.Time
		want bool
	}{
		{portfolio.Date(20270416).Start().Add(-time.Second), false},
		{portfolio.Date(20270416).Start(), true},
		{portfolio.Date(20270615).Start(), true},
		{portfolio.Date(20290615).Start().Add(-time.Second), true},
		{portfolio.Date(20290615).Start(), false},
	} {
		s.clock(test.at)
		c, err := s.lib.Choosing(ctx, s.who["iris"])
		if (err == nil) != test.want {
			t.Errorf("%v: %v", test.at, err)
		}
		if err == nil && (len(c.Parents) != 2 || c.Sixteen != 20270615 || c.From != max(20270615, portfolio.DateOf(test.at))) {
			t.Errorf("%v: %+v", test.at, c)
		}
		for _, who := range []string{"iris-ma", "iris-weg", "fatima", "petra", "sem"} {
			_, err := s.lib.Choosing(ctx, s.who[who])
			s.fails(err, portfolio.NotFound)
			_, err = s.lib.Choose(ctx, s.who[who], 0, portfolio.Choice{})
			s.fails(err, portfolio.NotFound)
		}
	}
}

func TestAChoiceCountsFromTheBirthdayAndEachParentSeesWhatWasChosen(t *testing.T) {
	for _, test := range []struct {
		name     string
		ma, pa   func(brief, gedicht *portfolio.Work) portfolio.ParentChoice
		sees, of string // what ma and pa see afterwards
		narrowed bool
	}{
		{"both keep", all, all, "brief gedicht", "brief gedicht", false},
		{"one keeps, one gets progress", all, none, "brief gedicht", "", true},
		{"both progress", none, none, "", "", true},
		{"one keeps, one gets one work", all, onlyBrief, "brief gedicht", "brief", true},
		{"a work each", onlyGedicht, onlyBrief, "gedicht", "brief", true},
	} {
		for _, early := range []bool{true, false} {
			s, brief, gedicht, affiche := iris(t)
			s.clock(portfolio.Date(20270501).Start())
			s.ok(s.lib.Birthdays(ctx))
			if !early {
				s.clock(portfolio.Date(20270620).Start())
				s.ok(s.lib.Birthdays(ctx))
			}
			c := s.choiceOf(test.ma(brief, gedicht), test.pa(brief, gedicht))
			sight, err := s.lib.PreviewChoice(ctx, s.who["iris"], c)
			s.ok(err)
			for _, x := range sight {
				want := map[string]string{s.id("iris-ma"): test.sees, s.id("iris-pa"): test.of}[x.ID]
				s.same(test.name+": told before", titles(x.Works), strings.Fields(want))
				if !x.Progress {
					t.Errorf("%s: progress is the school's to tell", test.name)
				}
			}
			_, err = s.lib.Choose(ctx, s.who["iris"], 0, c)
			s.ok(err)
			if early {
				s.clock(portfolio.Date(20270615).Start().Add(-time.Second))
				s.ok(s.lib.Birthdays(ctx))
				for _, who := range []string{"iris-ma", "iris-pa"} {
					s.same(test.name+": before the birthday "+who, s.opens(who, brief, gedicht), []string{"brief", "gedicht"})
				}
				s.clock(portfolio.Date(20270615).Start())
				s.ok(s.lib.Birthdays(ctx))
				s.ok(s.lib.Birthdays(ctx))
			}
			s.same(test.name+": ma", s.opens("iris-ma", brief, gedicht, affiche), strings.Fields(test.sees))
			s.same(test.name+": pa", s.opens("iris-pa", brief, gedicht, affiche), strings.Fields(test.of))
			s.same(test.name+": without custody", s.opens("iris-weg", brief, gedicht, affiche), nil)
			own, err := s.lib.OwnWork(ctx, s.who["iris"], brief.ID)
			s.ok(err)
			if slices.Contains(own.Audience, portfolio.ToGuardians) == test.narrowed {
				t.Errorf("%s: the audience is %v", test.name, own.Audience)
			}
			ward, err := s.lib.Ward(ctx, s.who["iris-pa"], s.id("iris"))
			s.ok(err)
			if ward.Standing != portfolio.Progress || ward.Unchosen || ward.Chosen == 0 {
				t.Errorf("%s: the parent's card says %v, chosen %v", test.name, ward.Standing, ward.Chosen)
			}
			if told := s.told("iris-pa", "iris"); !slices.ContainsFunc(told, func(x string) bool { return strings.HasPrefix(x, "chosen ") }) {
				t.Errorf("%s: the parent was told %q", test.name, told)
			}
		}
	}
}

func all(_, _ *portfolio.Work) portfolio.ParentChoice               { return keep }
func none(_, _ *portfolio.Work) portfolio.ParentChoice              { return progress }
func onlyBrief(brief, _ *portfolio.Work) portfolio.ParentChoice     { return some(brief) }
func onlyGedicht(_, gedicht *portfolio.Work) portfolio.ParentChoice { return some(gedicht) }

func TestAChoiceLeavesALineThatNobodyElseInTheFamilyReads(t *testing.T) {
	s, _, _, _ := iris(t)
	s.clock(portfolio.Date(20270501).Start())
	lines := func(who string) int {
		t.Helper()
		log, err := s.lib.Log(ctx, s.who[who], s.id("iris"), 100)
		s.ok(err)
		return len(slices.DeleteFunc(log, func(l *portfolio.Logged) bool { return l.Act != "choose" }))
	}
	c, err := s.choose(0, keep, progress)
	s.ok(err)
	_, err = s.choose(c.Rev, progress, progress)
	s.ok(err)
	for who, want := range map[string]int{"iris": 2, "petra": 2, "iris-ma": 0} {
		if got := lines(who); got != want {
			t.Errorf("%s reads %d lines of a choice, want %d", who, got, want)
		}
	}
	_, err = s.choose(c.Rev, keep, keep) // over a revision that is no more
	s.fails(err, portfolio.Conflict)
	if got := lines("iris"); got != 2 {
		t.Errorf("a choice that was refused leaves a line: %d", got)
	}
}

func TestWithoutAChoiceParentsGoOnSeeingWhatWasShared(t *testing.T) {
	s, brief, gedicht, affiche := iris(t)
	for _, at := range []portfolio.Date{20270501, 20270614, 20270615, 20270701} {
		s.clock(at.Start())
		s.ok(s.lib.Birthdays(ctx))
		s.same(at.String(), s.opens("iris-ma", brief, gedicht, affiche), []string{"brief", "gedicht"})
	}
	ward, err := s.lib.Ward(ctx, s.who["iris-ma"], s.id("iris"))
	s.ok(err)
	if !ward.Unchosen || ward.Chosen != 0 {
		t.Errorf("the parent's card says chosen %v", ward.Chosen)
	}
}

func TestWorkThatWaitsOpensAtSixteenOnlyWhenTheStudentLetsIt(t *testing.T) {
	s, _, _, affiche := iris(t)
	other := s.add("iris", portfolio.NewWork{Title: "poster", Audience: []string{portfolio.ToSchool}})
	s.clock(portfolio.Date(20270501).Start())
	c, err := s.lib.Choosing(ctx, s.who["iris"])
	s.ok(err)
	if len(c.Waiting) != 2 || !slices.Equal(c.Waiting[0].Waits, []string{portfolio.ToSchool}) {
		t.Fatalf("waiting: %+v", c.Waiting)
	}
	_, err = s.choose(0, keep, keep, affiche.ID)
	s.ok(err)
	for _, at := range []time.Time{portfolio.Date(20270614).Start(), portfolio.Date(20270615).Start().Add(-time.Minute)} {
		s.clock(at)
		s.ok(s.lib.Birthdays(ctx))
		s.same("the day before", s.opens("mees", affiche, other), nil)
	}
	s.clock(portfolio.Date(20270615).Start())
	s.same("the birthday", s.opens("mees", affiche, other), []string{"affiche"})
	s.ok(s.lib.Birthdays(ctx))
	s.same("the birthday, after the job", s.opens("mees", affiche, other), []string{"affiche"})
	if told := s.told("iris", "iris"); slices.ContainsFunc(told, func(x string) bool { return strings.HasPrefix(x, "kept_closed") }) {
		t.Errorf("who chose was told %q", told)
	}
}

func TestAChoiceIsChangedBeforeTheBirthdayAndAfterIt(t *testing.T) {
	s, brief, gedicht, _ := iris(t)
	s.clock(portfolio.Date(20270501).Start())
	s.ok(s.lib.Birthdays(ctx))
	first, err := s.choose(0, progress, progress)
	s.ok(err)
	_, err = s.choose(0, keep, keep)
	s.fails(err, portfolio.Conflict) // the page was of before the first choice
	second, err := s.choose(first.Rev, keep, progress)
	s.ok(err)
	s.clock(portfolio.Date(20270615).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.same("ma", s.opens("iris-ma", brief, gedicht), []string{"brief", "gedicht"})
	s.same("pa", s.opens("iris-pa", brief, gedicht), nil)

	s.clock(portfolio.Date(20270701).Start())
	c, err := s.lib.Choosing(ctx, s.who["iris"])
	s.ok(err)
	if c.Made.Rev == second.Rev || len(c.Works) != 2 {
		t.Fatalf("to choose from: %d works", len(c.Works))
	}
	third, err := s.choose(c.Made.Rev, some(gedicht), some(brief))
	s.ok(err)
	s.same("ma", s.opens("iris-ma", brief, gedicht), []string{"gedicht"})
	s.same("pa", s.opens("iris-pa", brief, gedicht), []string{"brief"})
	fourth, err := s.choose(third.Rev, progress, keep)
	s.ok(err)
	s.same("ma", s.opens("iris-ma", brief, gedicht), nil)
	s.same("pa", s.opens("iris-pa", brief, gedicht), []string{"brief"})
	_, err = s.choose(fourth.Rev, progress, progress)
	s.ok(err)
	s.same("pa", s.opens("iris-pa", brief, gedicht), nil)
}

func TestAChoiceThatIsNotWholeIsRefusedAndChangesNothing(t *testing.T) {
	s, brief, _, affiche := iris(t)
	private := s.add("iris", portfolio.NewWork{Title: "geheim"})
	s.clock(portfolio.Date(20270501).Start())
	for name, c := range map[string]portfolio.Choice{
		"nothing":                   {},
		"one parent":                {Parents: map[string]portfolio.ParentChoice{s.id("iris-ma"): keep}},
		"another word":              s.choiceOf(keep, portfolio.ParentChoice{See: "everything"}),
		"a private work":            s.choiceOf(keep, some(private)),
		"somebody else":             {Parents: map[string]portfolio.ParentChoice{s.id("iris-ma"): keep, s.id("iris-pa"): keep, s.id("joost"): keep}},
		"a work that does not wait": s.choiceOf(keep, keep, brief.ID),
	} {
		_, err := s.lib.Choose(ctx, s.who["iris"], 0, c)
		if err == nil {
			t.Errorf("%s is taken", name)
		}
		if _, err := s.lib.PreviewChoice(ctx, s.who["iris"], c); err == nil {
			t.Errorf("%s is told", name)
		}
	}
	c, err := s.lib.Choosing(ctx, s.who["iris"])
	s.ok(err)
	if c.Made != nil {
		t.Error("a choice was kept")
	}
	_, err = s.choose(0, keep, keep, affiche.ID)
	s.ok(err)
}

func TestAChoiceThatStopsAnywhereOpensNothingInBetweenAndIsFinished(t *testing.T) {
	for stop := 0; ; stop++ {
		s, brief, gedicht, affiche := iris(t)
		p := &power{left: 1 << 30}
		s.lib = portfolio.NewLibrary(&poweredStore{s.store, p}, s.files, plainIntake{}, s.now)
		s.clock(portfolio.Date(20270501).Start())
		s.ok(s.lib.Birthdays(ctx))
		_, err := s.choose(0, keep, some(brief))
		s.ok(err)
		s.clock(portfolio.Date(20270614).Start())
		p.left = stop
		s.lib.Birthdays(ctx) // may stop half-way
		s.clock(portfolio.Date(20270615).Start())
		s.lib.Birthdays(ctx)
		dead := p.left < 0
		p.left = 1 << 30
		s.same("ma keeps, in between", s.opens("iris-ma", brief, gedicht, affiche), []string{"brief", "gedicht"})
		if got := s.opens("iris-pa", brief, gedicht, affiche); slices.Contains(got, "affiche") || !slices.Contains(got, "brief") {
			t.Errorf("stopped after %d writes: pa sees %q", stop, got)
		}
		for _, who := range []string{"iris-weg", "joost", "samira", "fatima"} {
			if got := s.opens(who, gedicht); len(got) > 0 {
				t.Errorf("stopped after %d writes: %s sees %q", stop, who, got)
			}
		}
		s.ok(s.lib.Birthdays(ctx))
		s.same("ma", s.opens("iris-ma", brief, gedicht, affiche), []string{"brief", "gedicht"})
		s.same("pa", s.opens("iris-pa", brief, gedicht, affiche), []string{"brief"})
		s.same("mees", s.opens("mees", affiche), nil)
		if !dead {
			if stop < 10 {
				t.Errorf("it took %d writes only", stop)
			}
			return
		}
	}
}
