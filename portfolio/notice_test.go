package portfolio_test

import (
	"testing"

	"kaft/portfolio"
)

func TestNoticesAreReadInTheirOwnHatAndOnce(t *testing.T) {
	s := newSchool(t)
	for range 2 {
		_, err := s.lib.OpenInEmergency(ctx, s.who["joris"], s.id("sem"), reason)
		s.ok(err)
	}
	samira := s.who["samira"]
	unread := func(a portfolio.Actor, want int) {
		t.Helper()
		n, err := s.lib.Unread(ctx, a, 99)
		s.ok(err)
		if n != want {
			t.Errorf("%s has %d unread, want %d", a.Hat, n, want)
		}
	}
	unread(samira, 1)
	other := samira
	other.Hat = portfolio.HatStaff
	unread(other, 0)
	all, err := s.lib.Notices(ctx, samira, 10)
	s.ok(err)
	s.ok(s.lib.ReadNotices(ctx, s.who["joost"], all)) // not his to read
	unread(samira, 1)
	s.ok(s.lib.ReadNotices(ctx, samira, all))
	s.ok(s.lib.ReadNotices(ctx, samira, all)) // from an older page
	unread(samira, 0)
	if all[0].ReadAt.IsZero() != true {
		t.Error("the page that marks them shows them as read already")
	}
	unread(s.who["petra"], 1)
}

func TestANoticeIsGoneOnceTheFileIsPastKeeping(t *testing.T) {
	s := newSchool(t)
	born, err := portfolio.ParseBirth("2011-06-15")
	s.ok(err)
	p := s.welcome(portfolio.Person{Name: portfolio.Name{Given: "iris"}, Hats: []string{portfolio.HatStudent}, Birth: born, RetentionEnd: 20280101})
	s.leaves(p.ID, 20270601)
	s.who["iris"] = portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: portfolio.HatStudent}
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: p.ID, Party: s.id("samira"), From: 20160101, Verified: 20240820})
	s.clock(portfolio.Date(20270501).Start())
	s.ok(s.lib.Birthdays(ctx))
	for _, at := range []portfolio.Date{20270501, 20271231} {
		s.clock(at.Start())
		s.same("who holds custody", s.told("samira", "iris"), []string{"sixteen_soon 60 2027-06-15"})
		s.same("the student", s.told("iris", "iris"), []string{"sixteen_soon 60 2027-06-15"})
	}
	s.clock(portfolio.Date(20280101).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.same("who held custody", s.told("samira", "iris"), nil)
	s.same("the student", s.told("iris", "iris"), nil)
}
