package portfolio_test

import (
	"fmt"
	"testing"

	"kaft/portfolio"
)

// An invariant of RULE.md that is about the door and not about Inspect: at the
// item's address NO and ON_ASK look alike, and like an address where nothing
// ever was. Tried by everybody a guardian can be to a student.
func TestNoAndOnAskLookLikeAnAddressWhereNothingIs(t *testing.T) {
	s := newSchool(t)
	const nowhere = "01JABSENT0000000000000000A"
	work := s.add("sem", portfolio.NewWork{Title: "geheim"})
	told := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	class := s.add("sem", portfolio.NewWork{Title: "affiche", Audience: inClass})
	assess := func(w *portfolio.Work, publish bool) string {
		a, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3})
		s.ok(err)
		if publish {
			a, err = s.lib.PublishAssessment(ctx, s.who["fatima"], a.ID, a.Rev)
			s.ok(err)
		}
		return a.ID
	}
	published, draft := assess(told, true), assess(class, false)

	closed := map[portfolio.Outcome]int{}
	for _, relation := range []string{"", portfolio.RelationLegalParent, portfolio.RelationCarer, portfolio.RelationSupervisor, portfolio.RelationCurator} {
		for _, custody := range []string{"", "unverified", "verified"} {
			for _, order := range []string{"", portfolio.OrderNoInformation, portfolio.OrderNoContact, portfolio.OrderInform, portfolio.OrderSecretAddress} {
				who := fmt.Sprintf("%s/%s/%s", relation, custody, order)
				s.person(who, portfolio.HatGuardian, portfolio.Birth{})
				fact := func(typ portfolio.FactType, kind string, verified portfolio.Date) {
					s.fact(portfolio.Fact{Type: typ, Kind: kind, About: s.id("sem"), Party: s.id(who), From: 20200101, Verified: verified})
				}
				if relation != "" {
					fact(portfolio.FactRelation, relation, 0)
				}
				switch custody {
				case "unverified":
					fact(portfolio.FactCustody, "", 0)
				case "verified":
					fact(portfolio.FactCustody, "", 20240820)
				}
				if order != "" {
					fact(portfolio.FactOrder, order, 0)
				}
				a := s.who[who]
				alike := func(what string, err, absent error) {
					if err != nil && (err.Error() != absent.Error() || portfolio.KindOf(err) != portfolio.NotFound) {
						t.Errorf("%s at the %s: %v, and where nothing is: %v", who, what, err, absent)
					}
				}
				_, absent := s.lib.Assessment(ctx, a, nowhere)
				_, err := s.lib.Assessment(ctx, a, published)
				alike("assessment", err, absent)
				if ward, unknown := s.lib.Ward(ctx, a, s.id("sem")); err != nil && unknown == nil {
					closed[ward.Told.Outcome]++
				}
				_, err = s.lib.Assessment(ctx, a, draft)
				alike("draft", err, absent)
				_, absent = s.lib.Work(ctx, a, nowhere)
				for _, w := range []*portfolio.Work{work, told} {
					_, err = s.lib.Work(ctx, a, w.ID)
					alike("work", err, absent)
				}
			}
		}
	}
	if closed[portfolio.NO] == 0 || closed[portfolio.ON_ASK] == 0 || len(closed) > 2 {
		t.Errorf("the assessment was closed by %v, want only and both NO and ON_ASK", closed)
	}
}
