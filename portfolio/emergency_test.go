package portfolio_test

import (
	"slices"
	"testing"
	"time"

	"kaft/portfolio"
)

const reason = "Sem is niet thuisgekomen en de politie belt."

func TestEmergencyAccessOpensUntilMidnightAndEverybodyKnows(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	private := s.add("sem", portfolio.NewWork{Title: "geheim"})
	a, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3})
	s.ok(err)
	_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], a.ID, a.Rev)
	s.ok(err)
	joris := s.who["joris"]
	_, _, err = s.lib.Student(ctx, joris, s.id("sem"))
	s.fails(err, portfolio.NotFound)
	s.same("before", s.opens("joris", w, private), nil)

	for _, short := range []string{"", "nood", "te  kort               .", "                                "} {
		_, err := s.lib.OpenInEmergency(ctx, joris, s.id("sem"), short)
		s.fails(err, portfolio.Invalid)
	}
	s.same("after no reason", s.opens("joris", w, private), nil)
	s.same("nobody was told of it", s.told("petra", ""), nil)

	f, err := s.lib.OpenInEmergency(ctx, joris, s.id("sem"), reason)
	s.ok(err)
	again, err := s.lib.OpenInEmergency(ctx, joris, s.id("sem"), reason)
	s.ok(err)
	if again.ID != f.ID || f.Reason != reason || f.Waiting() {
		t.Errorf("twice: %+v and %+v", f, again)
	}
	if p, st, err := s.lib.Student(ctx, joris, s.id("sem")); err != nil || st != portfolio.OnDuty || p.ID != s.id("sem") {
		t.Errorf("the student's page: %v, %v", st, err)
	}
	s.same("in an emergency", s.opens("joris", w, private), []string{"vulkaan"})
	got, err := s.lib.Assessments(ctx, joris, s.id("sem"), "")
	if err != nil || len(got) != 1 || got[0].Decision.Outcome != portfolio.DUTY || got[0].Decision.Rule != "7" {
		t.Errorf("%d assessments, %v", len(got), err)
	}
	// It is for looking: nothing is done by it.
	_, err = s.lib.Assess(ctx, joris, w.ID, portfolio.NewAssessment{Level: 1})
	s.fails(err, portfolio.Forbidden)
	waits := s.record(portfolio.Fact{Type: portfolio.FactYes, Kind: portfolio.ToSchool, About: s.id("sem"), From: 20260101})
	_, err = s.lib.ConfirmFact(ctx, joris, waits.ID)
	s.fails(err, portfolio.NotFound)
	if list, err := s.lib.ToConfirm(ctx, joris); err != nil || len(list) > 0 {
		t.Errorf("%d facts to confirm, %v", len(list), err)
	}
	s.same("another student", s.opens("joris", s.add("lotte", portfolio.NewWork{Title: "brief", Audience: shared})), nil)

	s.same("the student", s.told("sem", "sem"), []string{"emergency " + f.ID + " 2026-11-22"})
	s.same("who holds custody", s.told("samira", "sem"), []string{"emergency " + f.ID + " 2026-11-22"})
	s.same("who does not", s.told("joost", "sem"), nil)
	all, err := s.lib.Notices(ctx, s.who["petra"], 10)
	s.ok(err)
	if len(all) != 1 || all[0].What != "emergency_fg" || all[0].Said != reason || all[0].PartyName != "joris" || all[0].StudentName != "sem" || all[0].Count != 1 {
		t.Errorf("the FG was told %+v", all)
	}
	mine, err := s.lib.Notices(ctx, s.who["samira"], 10)
	s.ok(err)
	if len(mine) != 1 || mine[0].Said != "" {
		t.Errorf("the reason is for the FG: %+v", mine)
	}
	log, err := s.lib.Log(ctx, s.who["samira"], s.id("sem"), 100)
	s.ok(err)
	if !slices.ContainsFunc(log, func(l *portfolio.Logged) bool { return l.Act == "emergency" && l.Actor == joris.Person }) ||
		!slices.ContainsFunc(log, func(l *portfolio.Logged) bool { return l.Act == "look" && l.Actor == joris.Person && l.Rule == "7" }) {
		t.Error("the family does not read in the log that it was opened and looked at")
	}

	s.clock(portfolio.Date(20261123).Start().Add(-time.Second))
	s.same("the last second", s.opens("joris", w), []string{"vulkaan"})
	s.clock(portfolio.Date(20261123).Start())
	s.same("midnight", s.opens("joris", w), nil)
	next, err := s.lib.OpenInEmergency(ctx, joris, s.id("sem"), reason)
	s.ok(err)
	if next.ID == f.ID {
		t.Error("a new day is a new emergency")
	}
	s.same("the next day", s.opens("joris", w), []string{"vulkaan"})
}

func TestEmergenciesOfOnePersonAreCountedAndNeverRefused(t *testing.T) {
	s := newSchool(t)
	for i, child := range []string{"sem", "lotte", "mees", "milan"} {
		_, err := s.lib.OpenInEmergency(ctx, s.who["joris"], s.id(child), reason)
		s.ok(err)
		all, err := s.lib.Notices(ctx, s.who["petra"], 1)
		s.ok(err)
		if all[0].Count != i+1 {
			t.Errorf("emergency %d is told as number %d", i+1, all[0].Count)
		}
		s.later(time.Minute)
	}
	s.later(25 * time.Hour)
	_, err := s.lib.OpenInEmergency(ctx, s.who["joris"], s.id("sem"), reason)
	s.ok(err)
	if all, err := s.lib.Notices(ctx, s.who["petra"], 1); err != nil || all[0].Count != 1 {
		t.Errorf("the day after: %+v, %v", all, err)
	}
}

func TestFamilyAndWhoIsNotStaffGetNothingInAnEmergency(t *testing.T) {
	s := newSchool(t)
	both := s.welcome(portfolio.Person{Name: portfolio.Name{Given: "hanna"}, Hats: []string{portfolio.HatStaff, portfolio.HatGuardian}})
	s.who["hanna"] = portfolio.Actor{School: s.admin.School, Person: both.ID, Hat: portfolio.HatStaff}
	s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: "carer", About: s.id("sem"), Party: both.ID, From: 20100101, Until: 20200101})
	for _, who := range []string{"hanna", "samira", "joost", "petra", "mees", "sem"} {
		_, err := s.lib.OpenInEmergency(ctx, s.who[who], s.id("sem"), reason)
		if err == nil || !slices.Contains([]portfolio.ErrKind{portfolio.NotFound, portfolio.Forbidden}, portfolio.KindOf(err)) {
			t.Errorf("%s: %v", who, err)
		}
		s.same(who+" is told of", s.told("petra", ""), nil)
	}
	_, err := s.lib.OpenInEmergency(ctx, s.admin, s.id("sem"), reason)
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.OpenInEmergency(ctx, s.who["hanna"], s.id("lotte"), reason)
	s.ok(err)
	_, err = s.lib.FindInEmergency(ctx, s.who["hanna"], "sem", 0, reason)
	s.fails(err, portfolio.Invalid)
}

func TestOnlyWhoKnowsWhomItIsAboutFindsAStudentInAnEmergency(t *testing.T) {
	s := newSchool(t)
	made := map[string]string{}
	for key, p := range map[string]portfolio.Person{
		"daan":  {Name: portfolio.Name{Given: "Daniël", Preferred: "Daan", Prefix: "van de", Family: "Berg"}},
		"emma1": {Name: portfolio.Name{Given: "Emma", Family: "Bos"}},
		"emma2": {Name: portfolio.Name{Given: "Emma", Family: "Bos"}},
	} {
		var err error
		p.Hats = []string{portfolio.HatStudent}
		p.Birth, err = portfolio.ParseBirth(map[string]string{"daan": "2015-05-01", "emma1": "2014-02-02", "emma2": "2012-03-03"}[key])
		s.ok(err)
		x := s.welcome(p)
		made[key] = x.ID
	}
	for _, test := range []struct {
		name string
		born portfolio.Date
		want string // a student, or the message
	}{
		{"Daan van de Berg", 0, "daan"},
		{"  daniël  VAN DE berg ", 0, "daan"},
		{"Berg", 20150501, "daan"},
		{"van de berg", 20150501, "daan"},
		{"Daan van de Berg", 20150501, "daan"},
		{"Daan van de Berg", 20150502, "error.emergency_nobody"},
		{"Berg", 0, "error.emergency_nobody"},
		{"Daan", 0, "error.emergency_nobody"},
		{"Da", 20150501, "error.emergency_nobody"},
		{"%", 0, "error.emergency_nobody"},
		{"", 20150501, "error.empty"},
		{"Emma Bos", 0, "error.emergency_several"},
		{"Emma Bos", 20120303, "emma2"},
		{"fatima", 0, "error.emergency_nobody"},
	} {
		got, err := s.lib.FindInEmergency(ctx, s.who["joris"], test.name, test.born, reason)
		if id, ok := made[test.want]; ok {
			if err != nil || got != id {
				t.Errorf("%q %v: %v, want %s", test.name, test.born, err, test.want)
			}
			continue
		}
		if err == nil || messageOf(err) != test.want {
			t.Errorf("%q %v: %v, want %s", test.name, test.born, err, test.want)
		}
	}
	_, err := s.lib.FindInEmergency(ctx, s.who["joris"], "Daan van de Berg", 0, "zomaar")
	if err == nil || messageOf(err) != "error.emergency_reason" {
		t.Errorf("without a reason: %v", err)
	}
	for _, who := range []string{"samira", "petra", "sem"} {
		_, err := s.lib.FindInEmergency(ctx, s.who[who], "Daan van de Berg", 0, reason)
		s.fails(err, portfolio.Forbidden)
	}
}
