package portfolio_test

import (
	"slices"
	"testing"
	"time"

	"kaft/portfolio"
)

func (s *school) running(who string) (out []string) {
	s.t.Helper()
	all, err := s.lib.Emergencies(ctx, s.who[who])
	s.ok(err)
	for _, e := range all {
		out = append(out, e.Student.Name.Short())
	}
	return out
}

func TestEmergencyAccessIsEndedByWhoOpenedItAndByNobodyElse(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	f, err := s.lib.OpenInEmergency(ctx, s.who["joris"], s.id("sem"), reason)
	s.ok(err)
	s.later(time.Minute)
	other, err := s.lib.OpenInEmergency(ctx, s.who["joris"], s.id("mees"), reason)
	s.ok(err)
	if got := s.running("joris"); !slices.Equal(got, []string{"sem", "mees"}) {
		t.Errorf("it runs for %v", got)
	}
	s.who["joris-beheerder"] = portfolio.Actor{School: s.admin.School, Person: s.id("joris"), Hat: portfolio.HatAdmin}
	for _, who := range []string{"fatima", "samira", "sem", "petra", "joris-beheerder"} {
		if got := s.running(who); len(got) > 0 {
			t.Errorf("%s has emergency access to %v", who, got)
		}
		err := s.lib.EndEmergency(ctx, s.who[who], f.ID)
		if k := portfolio.KindOf(err); err == nil || k != portfolio.NotFound && k != portfolio.Forbidden {
			t.Errorf("%s ends it: %v", who, err)
		}
	}
	s.fails(s.lib.EndEmergency(ctx, s.who["joris"], "niets"), portfolio.NotFound)
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyTeacher, About: s.id("lotte"), Party: s.id("joris"), From: 20261101})
	s.fails(s.lib.EndEmergency(ctx, s.who["joris"], s.factOf(portfolio.FactDuty, "lotte", "joris").ID), portfolio.NotFound)
	s.same("while it runs", s.opens("joris", w), []string{"vulkaan"})

	s.later(time.Hour)
	s.ok(s.lib.EndEmergency(ctx, s.who["joris"], f.ID))
	s.same("after its end", s.opens("joris", w), nil)
	if got := s.running("joris"); !slices.Equal(got, []string{"mees"}) {
		t.Errorf("it runs for %v", got)
	}
	s.ok(s.lib.EndEmergency(ctx, s.who["joris"], f.ID)) // pressed twice
	for who, want := range map[string]string{"sem": "emergency emergency_ended", "samira": "emergency emergency_ended",
		"petra": "emergency_ended_fg emergency_fg emergency_fg", "joost": ""} {
		if got := s.heard(who); got != want {
			t.Errorf("%s heard %q, want %q", who, got, want)
		}
	}
	log, err := s.lib.Log(ctx, s.who["samira"], s.id("sem"), 100)
	s.ok(err)
	ends := 0
	for _, n := range log {
		if n.Act == "emergency-end" && n.Actor == s.id("joris") {
			ends++
		}
	}
	if ends != 1 {
		t.Errorf("the family reads %d ends in the log, want 1", ends)
	}

	// A new emergency on the same day opens it anew.
	again, err := s.lib.OpenInEmergency(ctx, s.who["joris"], s.id("sem"), reason)
	s.ok(err)
	s.same("opened again", s.opens("joris", w), []string{"vulkaan"})
	s.ok(s.lib.EndEmergency(ctx, s.who["joris"], again.ID))
	s.same("ended again", s.opens("joris", w), nil)

	s.clock(portfolio.Date(20261123).Start())
	if got := s.running("joris"); len(got) > 0 {
		t.Errorf("after midnight it runs for %v", got)
	}
	s.fails(s.lib.EndEmergency(ctx, s.who["joris"], other.ID), portfolio.NotFound)
}

func TestTheTimeMachineKnowsThatEmergencyAccessHeldUntilItWasEnded(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	f, err := s.lib.OpenInEmergency(ctx, s.who["joris"], s.id("sem"), reason)
	s.ok(err)
	s.later(time.Minute)
	during := s.now()
	s.later(time.Hour)
	s.ok(s.lib.EndEmergency(ctx, s.who["joris"], f.ID))
	after := s.now().Add(time.Minute)
	s.later(48 * time.Hour)
	for at, want := range map[time.Time]bool{during: true, after: false} {
		p, err := s.lib.TimeMachine(ctx, s.who["petra"], s.id("sem"), at)
		s.ok(err)
		then, now := false, false
		for _, v := range p.Views {
			for _, sight := range v.Sights {
				if v.ID == s.id("joris") {
					then, now = then || sight.Then.Open, now || sight.Now.Open
				}
			}
		}
		if then != want || now != want {
			t.Errorf("at %v joris saw by the facts of then: %v, of now: %v, want %v", at, then, now, want)
		}
	}
}
