package portfolio_test

import (
	"sync"
	"testing"
	"time"

	"kaft/portfolio"
)

func (s *school) record(f portfolio.Fact) *portfolio.Fact {
	s.t.Helper()
	f.Evidence = "stuk 7"
	made, err := s.lib.RecordFact(ctx, s.admin, f)
	s.ok(err)
	return made
}

func (s *school) confirm(f *portfolio.Fact) {
	s.t.Helper()
	_, err := s.lib.ConfirmFact(ctx, s.other, f.ID)
	s.ok(err)
}

func (s *school) waiting() int {
	s.t.Helper()
	all, err := s.lib.ToConfirm(ctx, s.other)
	s.ok(err)
	return len(all)
}

func TestWhatAFactGivesWaitsForASecondAndWhatItTakesDoesNot(t *testing.T) {
	s := newSchool(t)
	sem, joost := s.id("sem"), s.id("joost")
	if s.waiting() != 0 {
		t.Fatal("something waits already")
	}
	custody := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20160101, Verified: 20260101})
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Route || w.Told.Rule != "6.3" {
		t.Errorf("custody that one person recorded: %v by %s, want the legal parent that he was", w.Standing, w.Told.Rule)
	}
	s.confirm(custody)
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Follows {
		t.Errorf("confirmed: %v", w.Standing)
	}
	order := s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: sem, Party: joost, From: 20260101})
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Route || w.Told.Rule != "13" {
		t.Errorf("a court order that one person recorded: %v by %s, want it to close at once", w.Standing, w.Told.Rule)
	}
	s.confirm(order)
	end, err := s.lib.EndFact(ctx, s.admin, order.ID, 20261122, "beschikking 2")
	s.ok(err)
	if w := s.ward("joost", "sem"); w.Told.Rule != "13" {
		t.Errorf("the end of a court order counts before a second agrees: %+v", w.Told)
	}
	s.confirm(end)
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Follows {
		t.Errorf("the end confirmed: %v", w.Standing)
	}
	end, err = s.lib.EndFact(ctx, s.admin, custody.ID, 20261122, "beschikking 3")
	s.ok(err)
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Route {
		t.Errorf("the end of custody waits: %v", w.Standing)
	}
	if s.waiting() != 1 {
		t.Errorf("%d facts wait, want the end of custody", s.waiting())
	}
	_, err = s.lib.DeclineFact(ctx, s.other, end.ID, " ")
	s.fails(err, portfolio.Invalid)
	_, err = s.lib.DeclineFact(ctx, s.other, end.ID, "De beschikking gaat over een ander kind.")
	s.ok(err)
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Follows || s.waiting() != 0 {
		t.Errorf("the end declined: %v, %d wait", w.Standing, s.waiting())
	}
}

func TestWhatASecondDeclinesNeverGives(t *testing.T) {
	s := newSchool(t)
	custody := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20160101, Verified: 20260101})
	_, err := s.lib.DeclineFact(ctx, s.other, custody.ID, "Het stuk is niet ondertekend.")
	s.ok(err)
	s.later(time.Hour)
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Route || w.Told.Hold {
		t.Errorf("%v hold %v", w.Standing, w.Told.Hold)
	}
	_, err = s.lib.ConfirmFact(ctx, s.other, custody.ID)
	s.fails(err, portfolio.Conflict)
	again := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20160101, Verified: 20260101})
	s.confirm(again) // the right paper, recorded anew
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Follows {
		t.Errorf("recorded anew: %v", w.Standing)
	}
}

func TestTheSecondIsSomebodyElseWhoMayKnowAndIsNotFamily(t *testing.T) {
	s := newSchool(t)
	sem := s.id("sem")
	s.person("mentor", portfolio.HatStaff, portfolio.Birth{})
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyMentor, About: s.class.ID, Party: s.id("mentor"), From: 20260801})
	p := s.welcome(portfolio.Person{Name: portfolio.Name{Given: "oma"}, Hats: []string{portfolio.HatAdmin, portfolio.HatGuardian}})
	s.who["oma"] = portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: portfolio.HatAdmin}
	s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: sem, Party: s.id("oma"), From: 20200101})
	custody := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: s.id("joost"), From: 20160101, Verified: 20260101})
	for who, want := range map[string]portfolio.ErrKind{
		"fatima": portfolio.NotFound, "joris": portfolio.NotFound, "samira": portfolio.NotFound, "joost": portfolio.NotFound,
		"sem": portfolio.NotFound, "petra": portfolio.NotFound, "oma": portfolio.NotFound,
	} {
		_, err := s.lib.ConfirmFact(ctx, s.who[who], custody.ID)
		s.fails(err, want)
		_, err = s.lib.DeclineFact(ctx, s.who[who], custody.ID, "nee")
		s.fails(err, want)
		if all, err := s.lib.ToConfirm(ctx, s.who[who]); err != nil || len(all) > 0 {
			t.Errorf("%s has %d facts to confirm, %v", who, len(all), err)
		}
	}
	_, err := s.lib.ConfirmFact(ctx, s.admin, custody.ID)
	s.fails(err, portfolio.Forbidden) // recorded it
	duty := s.record(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyManagement, About: sem, Party: s.other.Person, From: 20260801})
	_, err = s.lib.ConfirmFact(ctx, s.other, duty.ID)
	s.fails(err, portfolio.Forbidden) // it names the second
	_, err = s.lib.ConfirmFact(ctx, s.who["mentor"], custody.ID)
	s.ok(err)
	_, err = s.lib.ConfirmFact(ctx, s.other, custody.ID)
	s.fails(err, portfolio.Conflict)
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Follows {
		t.Errorf("confirmed by the mentor: %v", w.Standing)
	}
}

func TestARosterAloneOpensNobodysPortfolio(t *testing.T) {
	s := newSchool(t)
	s.person("teun", portfolio.HatStudent, portfolio.Birth{Earliest: 20160301, Latest: 20160301})
	w := s.add("teun", portfolio.NewWork{Title: "tekening", Audience: inClass})
	enrolment := s.record(portfolio.Fact{Type: portfolio.FactEnrolment, About: s.id("teun"), Party: s.class.ID, From: 20260801})
	for _, who := range []string{"fatima", "mees"} {
		_, err := s.lib.Work(ctx, s.who[who], w.ID)
		s.fails(err, portfolio.NotFound)
	}
	s.person("nieuwe-ouder", portfolio.HatGuardian, portfolio.Birth{}) // an account is no fact
	_, err := s.lib.Ward(ctx, s.who["nieuwe-ouder"], s.id("teun"))
	s.fails(err, portfolio.NotFound)
	s.confirm(enrolment)
	for _, who := range []string{"fatima", "mees"} {
		_, err := s.lib.Work(ctx, s.who[who], w.ID)
		s.ok(err)
	}
}

func TestOfTwoAdministratorsAtOnceOneWinsAndTheOtherIsTold(t *testing.T) {
	s := newSchool(t)
	custody := s.factOf(portfolio.FactCustody, "sem", "samira")
	waits := s.record(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: s.id("mees"), Party: s.id("joost"), From: 20260101})
	for name, act := range map[string]func(a portfolio.Actor, k int) error{
		"record": func(a portfolio.Actor, _ int) error {
			_, err := s.lib.RecordFact(ctx, a, portfolio.Fact{Type: portfolio.FactCustody, About: s.id("mees"), Party: s.id("samira"), From: 20200101, Verified: 20260101, Evidence: "x"})
			return err
		},
		"end": func(a portfolio.Actor, k int) error {
			_, err := s.lib.EndFact(ctx, a, custody.ID, portfolio.Date(20261120+k), "x")
			return err
		},
		"confirm": func(_ portfolio.Actor, _ int) error {
			_, err := s.lib.ConfirmFact(ctx, s.other, waits.ID)
			return err
		},
	} {
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for k, a := range []portfolio.Actor{s.admin, s.other} {
			wg.Go(func() { errs[k] = act(a, 2-k) })
		}
		wg.Wait()
		told := 0
		for _, err := range errs {
			if k := portfolio.KindOf(err); err != nil && (k == portfolio.Conflict || k == portfolio.Exists) {
				told++
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Ends that come one after the other may both stand, the earlier date second.
		if told != 1 && name != "end" || told > 1 {
			t.Errorf("%s: %d were told, want one", name, told)
		}
	}
}

func TestTheEndOfCustodyThatWasVerifiedLaterClosesAtOnce(t *testing.T) {
	s := newSchool(t)
	custody := s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20160101})
	seen, err := s.lib.VerifyCustody(ctx, s.admin, custody.ID, 20261122, "gezien")
	s.ok(err)
	s.confirm(seen)
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Follows {
		t.Fatalf("verified and confirmed: %v", w.Standing)
	}
	_, err = s.lib.EndFact(ctx, s.admin, custody.ID, 20261122, "beschikking 4")
	s.ok(err)
	if w := s.ward("joost", "sem"); w.Standing != portfolio.Route {
		t.Errorf("ended by one: %v, want the route at once", w.Standing)
	}
}
