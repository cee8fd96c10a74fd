package portfolio_test

import (
	"testing"

	"kaft/portfolio"
)

// What follows from somebody's own class, or that of a child in somebody's
// custody, is as good as that class: nothing uses the decision past its end.
func TestADecisionEndsWhereTheViewersOwnClassDoes(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "affiche", Audience: inClass})
	until := func(who string) portfolio.Date {
		t.Helper()
		seen, err := s.lib.Work(ctx, s.who[who], w.ID)
		s.ok(err)
		if seen.Decision.Until.IsZero() {
			return 0
		}
		return portfolio.DateOf(seen.Decision.Until)
	}
	if got := until("mees"); got != 0 {
		t.Errorf("the classmate's decision ends on %v, want never", got)
	}
	s.who["groep 7"] = portfolio.Actor{Person: s.class.ID}
	_, err := s.lib.EndFact(ctx, s.admin, s.factOf(portfolio.FactEnrolment, "mees", "groep 7").ID, 20261201, "x")
	s.ok(err)
	if got := until("mees"); got != 20261201 {
		t.Errorf("the decision of who leaves the class ends on %v, want 2026-12-01", got)
	}
	s.fact(portfolio.Fact{Type: portfolio.FactYes, Kind: portfolio.ToClassGuardians, About: s.id("sem"), From: 20260801})
	w = s.add("sem", portfolio.NewWork{Title: "uitnodiging", Audience: append([]string{portfolio.ToClassGuardians}, inClass...)})
	if got := until("mees-ma"); got != 20261201 {
		t.Errorf("the decision of the mother of who leaves ends on %v, want 2026-12-01", got)
	}
}
