package portfolio_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"kaft/portfolio"
)

// bigSchool has students with a work each that joris, of the management, may
// open.
func bigSchool(t *testing.T, students int) (*school, []*portfolio.Work) {
	s := newSchool(t)
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: "management", About: s.admin.School, Party: s.id("joris"), From: 20260801})
	b, err := portfolio.ParseBirth("2016-10-23")
	s.ok(err)
	var works []*portfolio.Work
	for i := range students {
		name := fmt.Sprintf("kind%d", i)
		s.person(name, portfolio.HatStudent, b)
		works = append(works, s.add(name, portfolio.NewWork{Title: "werk", Audience: shared}))
	}
	return s, works
}

func (s *school) look(lib *portfolio.Library, who string, works ...*portfolio.Work) {
	s.t.Helper()
	for _, w := range works {
		_, err := lib.Work(ctx, s.who[who], w.ID)
		s.ok(err)
	}
}

// flags are the flags as "who day count", newest first.
func (s *school) flags() (out []string) {
	s.t.Helper()
	all, err := s.lib.Unusual(ctx, s.who["petra"])
	s.ok(err)
	for _, f := range all {
		out = append(out, fmt.Sprintf("%s %s %d", f.ActorName, f.On, f.Students))
	}
	return out
}

func (s *school) wantFlags(want ...string) {
	s.t.Helper()
	if got := s.flags(); fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("flags %v, want %v", got, want)
	}
}

func TestWhoLooksAtUnusuallyManyStudentsInAnHourIsFlaggedOnceADay(t *testing.T) {
	const most = portfolio.UnusualStudents
	s, works := bigSchool(t, most+5)
	for range 3 { // one class, again and again, is not unusual
		s.look(s.lib, "joris", works[:most]...)
	}
	s.wantFlags()
	s.later(59 * time.Minute)
	s.look(s.lib, "joris", works[most])
	s.wantFlags(fmt.Sprintf("joris 2026-11-22 %d", most+1))
	s.look(s.lib, "joris", works...)
	s.look(s.lib, "joris", works[:3]...)
	s.wantFlags(fmt.Sprintf("joris 2026-11-22 %d", most+5))
	// The hour slides: what was seen before does not count any more, and a lower
	// number does not replace a higher one.
	s.later(time.Hour)
	s.look(s.lib, "joris", works[:most]...)
	s.later(time.Hour)
	s.look(s.lib, "joris", works[3:]...)
	s.wantFlags(fmt.Sprintf("joris 2026-11-22 %d", most+5))
	s.later(24 * time.Hour)
	s.look(s.lib, "joris", works[:most+2]...)
	s.wantFlags(fmt.Sprintf("joris 2026-11-23 %d", most+2), fmt.Sprintf("joris 2026-11-22 %d", most+5))
}

func TestWhatWasSeenBeforeAStartCounts(t *testing.T) {
	const most = portfolio.UnusualStudents
	s, works := bigSchool(t, most+1)
	s.look(s.lib, "joris", works[:most]...)
	again := portfolio.NewLibrary(s.store, s.files, plainIntake{}, s.now)
	s.look(again, "joris", works[0])
	s.wantFlags()
	s.look(again, "joris", works[most])
	s.wantFlags(fmt.Sprintf("joris 2026-11-22 %d", most+1))
	s.later(2 * time.Hour)
	s.look(portfolio.NewLibrary(s.store, s.files, plainIntake{}, s.now), "joris", works[0])
	s.wantFlags(fmt.Sprintf("joris 2026-11-22 %d", most+1))
}

func TestLooksAtOnceAreAllCounted(t *testing.T) {
	const most = portfolio.UnusualStudents
	s, works := bigSchool(t, most+4)
	var wg sync.WaitGroup
	for _, w := range works {
		wg.Go(func() {
			if _, err := s.lib.Work(ctx, s.who["joris"], w.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.wantFlags(fmt.Sprintf("joris 2026-11-22 %d", most+4))
	if got := s.faults(); got != "" {
		t.Error(got)
	}
}

func TestOnlyStaffAreCounted(t *testing.T) {
	const most = portfolio.UnusualStudents
	s, works := bigSchool(t, most+2)
	for _, w := range works {
		s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: w.Student, Party: s.id("mees-ma"), From: 20160101, Verified: 20240820})
	}
	s.look(s.lib, "mees-ma", works...) // an institution's officer may well have as many
	s.wantFlags()
	s.look(s.lib, "joris", works...)
	s.wantFlags(fmt.Sprintf("joris 2026-11-22 %d", most+2))
}
