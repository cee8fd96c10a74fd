package portfolio_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kaft/portfolio"
)

// Ways in that somebody found by reading the code as an attacker. Each was open
// once.

func TestAChoiceMadeWeeksAgoOpensNothingThatWasMadePrivateSince(t *testing.T) {
	s, brief, gedicht, _ := iris(t)
	s.clock(portfolio.Date(20270501).Start())
	_, err := s.choose(0, some(brief, gedicht), progress)
	s.ok(err)
	w, err := s.lib.OwnWork(ctx, s.who["iris"], brief.ID)
	s.ok(err)
	_, err = s.lib.ShareWork(ctx, s.who["iris"], w.ID, w.Rev, nil)
	s.ok(err)
	s.clock(portfolio.Date(20270615).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.same("ma", s.opens("iris-ma", brief, gedicht), []string{"gedicht"})
}

func TestOnlyMeEndsTheSharesOfThatWorkAndOfNoOther(t *testing.T) {
	s, brief, gedicht, _ := iris(t)
	s.clock(portfolio.Date(20270501).Start())
	_, err := s.choose(0, keep, progress)
	s.ok(err)
	s.clock(portfolio.Date(20270615).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.same("ma", s.opens("iris-ma", brief, gedicht), []string{"brief", "gedicht"})
	w, err := s.lib.OwnWork(ctx, s.who["iris"], brief.ID)
	s.ok(err)
	_, err = s.lib.ShareWork(ctx, s.who["iris"], w.ID, w.Rev, nil)
	s.ok(err)
	s.same("ma, after only me", s.opens("iris-ma", brief, gedicht), []string{"gedicht"})
	c, err := s.lib.Choosing(ctx, s.who["iris"])
	s.ok(err)
	_, err = s.choose(c.Made.Rev, progress, progress) // also ends what stands in for a share of the choice
	s.ok(err)
	s.same("ma, after another choice", s.opens("iris-ma", brief, gedicht), nil)
}

func TestWhatAChoiceLetsAParentKeepEndsAt18(t *testing.T) {
	s, brief, gedicht, _ := iris(t)
	s.clock(portfolio.Date(20270501).Start())
	_, err := s.choose(0, keep, progress)
	s.ok(err)
	s.clock(portfolio.Date(20270615).Start())
	s.ok(s.lib.Birthdays(ctx))
	s.clock(portfolio.Date(20290614).Start())
	s.same("the day before", s.opens("iris-ma", brief, gedicht), []string{"brief", "gedicht"})
	s.clock(portfolio.Date(20290615).Start())
	s.same("at 18", s.opens("iris-ma", brief, gedicht), nil)
}

func TestEmergencyAccessWritesNothing(t *testing.T) {
	s := deciding(t)
	care, err := s.lib.AddRecord(ctx, s.who["ingrid"], s.id("sem"), portfolio.NewRecord{Kind: "care", Type: "health", Title: "pufje", Source: "guardian"})
	s.ok(err)
	joris := s.who["joris"]
	_, err = s.lib.OpenInEmergency(ctx, joris, s.id("sem"), "Sem is gevallen en reageert niet goed.")
	s.ok(err)
	seen, err := s.lib.Record(ctx, joris, care.ID)
	s.ok(err)
	if seen.MayChange {
		t.Error("the page offers to change it")
	}
	_, err = s.lib.ChangeRecord(ctx, joris, care.ID, care.Rev, portfolio.NewRecord{Type: "health", Title: "geen pufje", Source: "guardian"})
	s.fails(err, portfolio.Forbidden)
	if kinds, err := s.lib.MayRecord(ctx, joris, s.id("sem")); err != nil || len(kinds) > 0 {
		t.Errorf("may add %v, %v", kinds, err)
	}
	_, err = s.lib.AddRecord(ctx, joris, s.id("sem"), portfolio.NewRecord{Kind: "care", Type: "health", Title: "x", Source: "school"})
	s.fails(err, portfolio.NotFound)
}

func TestAStudentUnder16DoesNotReadThatThereIsACareFile(t *testing.T) {
	s := deciding(t)
	care, err := s.lib.AddRecord(ctx, s.who["ingrid"], s.id("sem"), portfolio.NewRecord{Kind: "care", Type: "health", Title: "pufje", Source: "guardian"})
	s.ok(err)
	_, err = s.lib.Record(ctx, s.who["ingrid"], care.ID)
	s.ok(err)
	for who, want := range map[string]bool{"sem": false, "samira": true, "petra": true} {
		lines, err := s.lib.Log(ctx, s.who[who], s.id("sem"), 100)
		s.ok(err)
		if got := slices.ContainsFunc(lines, func(n *portfolio.Logged) bool { return n.Kind == "care" }); got != want {
			t.Errorf("%s reads of the care file: %v, want %v", who, got, want)
		}
	}
}

func TestAskingAndTakingBackCannotBuryWhatThePrivacyOfficerIsTold(t *testing.T) {
	s := newSchool(t)
	for i := range 100 {
		r, err := s.lib.Ask(ctx, s.who["joost"], s.id("sem"), portfolio.Question{Why: fmt.Sprint("keer ", i)})
		if portfolio.KindOf(err) == portfolio.TooMany && err != nil {
			if i > 30 {
				t.Errorf("refused after %d", i)
			}
			s.later(25 * time.Hour)
			_, err = s.lib.Ask(ctx, s.who["joost"], s.id("sem"), portfolio.Question{Why: "morgen"})
			s.ok(err)
			return
		}
		s.ok(err)
		_, err = s.lib.WithdrawRequest(ctx, s.who["joost"], r.ID, r.Rev)
		s.ok(err)
	}
	t.Error("a hundred requests in a moment")
}

func TestThePrivacyOfficerHearsOfNewAdministratorsAndOfANo(t *testing.T) {
	s := newSchool(t)
	s.person("jan", portfolio.HatAdmin, portfolio.Birth{})
	jan := "new_staff " + s.id("jan") + " 2026-11-22"
	s.same("a new administrator", s.told("petra", ""), []string{jan})
	s.later(time.Minute)
	order := s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("sem"), Party: s.id("samira"), From: 20261122})
	_, err := s.lib.DeclineFact(ctx, s.other, order.ID, "Dit gaat over een ander gezin.")
	s.ok(err)
	s.same("a no", s.told("petra", ""), []string{jan, "fact_declined " + order.ID})
}

func TestCustodyOnOnePersonsWordShutsNobodyOutAndLetsNobodyIn(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	for _, party := range []string{"fatima", "mees-ma"} {
		waits := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id(party), From: 20260101})
		_, err := s.lib.Work(ctx, s.who["fatima"], w.ID)
		s.ok(err)
		_, err = s.lib.Ward(ctx, s.who["mees-ma"], s.id("sem"))
		s.fails(err, portfolio.NotFound)
		if party == "fatima" {
			s.confirm(waits)
			_, err = s.lib.Work(ctx, s.who["fatima"], w.ID)
			s.fails(err, portfolio.NotFound) // two people said so: family
			_, err = s.lib.EndFact(ctx, s.admin, waits.ID, 20260101, "het was een ander")
			s.ok(err)
		} else {
			_, err = s.lib.DeclineFact(ctx, s.other, waits.ID, "Dit is een onbekende.")
			s.ok(err)
		}
		_, err = s.lib.Work(ctx, s.who["fatima"], w.ID)
		s.ok(err) // what never held leaves no trace
	}
}

func TestAYesAndANoAtOnceAreOneAnswer(t *testing.T) {
	s := newSchool(t)
	order := s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("sem"), Party: s.id("samira"), From: 20261122})
	s.person("derde", portfolio.HatAdmin, portfolio.Birth{})
	answers := make(chan error, 2)
	go func() { _, err := s.lib.ConfirmFact(ctx, s.other, order.ID); answers <- err }()
	go func() {
		_, err := s.lib.DeclineFact(ctx, s.who["derde"], order.ID, "Ik zie het anders.")
		answers <- err
	}()
	one, two := <-answers, <-answers
	if (one == nil) == (two == nil) {
		t.Errorf("both or none was taken: %v, %v", one, two)
	}
}

func TestNobodyRecordsAnEmergencyForSomebodyElse(t *testing.T) {
	s := newSchool(t)
	_, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyEmergency, About: s.id("sem"), Party: s.id("joris"), From: 20261122})
	s.fails(err, portfolio.Invalid)
	_, err = s.lib.OpenInEmergency(ctx, s.who["joris"], s.id("sem"), "Sem is gevallen en reageert niet goed.")
	s.ok(err)
}
