package portfolio_test

import (
	"cmp"
	"slices"
	"sync"
	"testing"
	"time"

	"kaft/portfolio"
)

func (s *school) ward(who, student string) *portfolio.Ward {
	s.t.Helper()
	w, err := s.lib.Ward(ctx, s.who[who], s.id(student))
	s.ok(err)
	return w
}

func (s *school) factOf(typ portfolio.FactType, student, party string) *portfolio.Fact {
	s.t.Helper()
	facts, err := s.lib.FactsAbout(ctx, s.admin, s.id(student))
	s.ok(err)
	i := slices.IndexFunc(facts, func(f *portfolio.Fact) bool { return f.Type == typ && f.Party == s.id(party) })
	if i < 0 {
		s.t.Fatalf("no %s of %s and %s", typ, student, party)
	}
	return facts[i]
}

func TestAWardTellsHowSomebodyStandsWhyAndWhatFollows(t *testing.T) {
	s := newSchool(t)
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("milan"), Party: s.id("mees-ma"), From: 20080901, Until: 20260901, Verified: 20240820})
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("mees"), Party: s.id("joost"), From: 20200101})
	for _, c := range []struct {
		who, student string
		standing     portfolio.Standing
		told         string
		asks         string
		bundles, log bool
		class        string
	}{
		{"samira", "sem", portfolio.Follows, "INSPECT 6.1", portfolio.AskToView, true, true, "groep 7"},
		{"samira", "lotte", portfolio.Progress, "TOLD 6.1", portfolio.AskToKnow, false, false, ""},
		{"joost", "sem", portfolio.Route, "ON_ASK 6.3", portfolio.AskToKnow, false, false, ""},
		{"joost", "mees", portfolio.Route, "NO 6.2", portfolio.AskToKnow, false, false, ""}, // the school must still look
		{"mees-ma", "milan", portfolio.Route, "NO 5", "", false, false, ""},                 // 18: custody is over by law
		{"fatima", "sem", portfolio.OnDuty, "DUTY 7", "", false, false, "groep 7"},
		{"sem", "sem", portfolio.Self, "INSPECT 4", "", false, true, "groep 7"},
		{"lotte", "lotte", portfolio.Self, "INSPECT 4", portfolio.AskToView, true, true, ""}, // 16: the file is hers to ask for
	} {
		w := s.ward(c.who, c.student)
		told := w.Told.Outcome.String() + " " + w.Told.Rule
		if w.Standing != c.standing || told != c.told || w.Asks != c.asks || w.Bundles != c.bundles || w.ReadsLog != c.log || w.Class != c.class {
			t.Errorf("%s at %s: %v %s asks %q bundles %v log %v class %q, want %+v", c.who, c.student, w.Standing, told, w.Asks, w.Bundles, w.ReadsLog, w.Class, c)
		}
	}
	for _, who := range []string{"joris", "mees", "petra", "mees-ma"} {
		_, err := s.lib.Ward(ctx, s.who[who], s.id("sem"))
		s.fails(err, portfolio.NotFound)
	}
	wards, err := s.lib.Wards(ctx, s.who["joost"])
	s.ok(err)
	if len(wards) != 3 {
		t.Errorf("joost has %d wards, want lotte, mees and sem", len(wards))
	}
}

func TestWhoAsksIsToldWhetherCustodyReadsThatInTheLog(t *testing.T) {
	s := newSchool(t)
	s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: "legal_parent", About: s.id("mees"), Party: s.id("joost"), From: 20160101})
	for _, c := range []struct {
		who, student string
		want         bool
	}{
		{"samira", "sem", true}, {"joost", "sem", true}, {"joost", "mees", true}, // 10
		{"samira", "lotte", false}, {"joost", "lotte", false}, {"lotte", "lotte", false}, // 16: the log is hers
	} {
		if got := s.ward(c.who, c.student).HoldersRead; got != c.want {
			t.Errorf("%s asks about %s: custody reads the log: %v, want %v", c.who, c.student, got, c.want)
		}
	}
	// It tells nothing of who has custody: there may be nobody.
	facts, err := s.lib.FactsAbout(ctx, s.admin, s.id("sem"))
	s.ok(err)
	for _, f := range facts {
		if f.Type == portfolio.FactCustody {
			_, err = s.lib.EndFact(ctx, s.admin, f.ID, s.today(), "beschikking")
			s.ok(err)
		}
	}
	if !s.ward("joost", "sem").HoldersRead {
		t.Error("that nobody has custody shows in the answer")
	}
}

func TestWhenTheTimeForKeepingIsOverNotEvenTheRouteIsLeft(t *testing.T) {
	s := newSchool(t)
	old, err := s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: "oud"}, Hats: []string{portfolio.HatStudent},
		Birth: portfolio.Birth{Earliest: 20120101, Latest: 20120101}})
	s.ok(err)
	s.leaves(old.ID, 20240801)
	s.who["oud"] = portfolio.Actor{School: s.admin.School, Person: old.ID, Hat: portfolio.HatStudent}
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: old.ID, Party: s.id("mees-ma"), From: 20120101, Verified: 20240820})
	_, err = s.lib.Ward(ctx, s.who["mees-ma"], old.ID)
	s.fails(err, portfolio.NotFound)
	wards, err := s.lib.Wards(ctx, s.who["mees-ma"])
	s.ok(err)
	if len(wards) != 1 || wards[0].Name.Given != "mees" {
		t.Errorf("%d wards, want mees alone", len(wards))
	}
}

func TestAFactThatCannotBeIsRefusedAndNothingIsRecorded(t *testing.T) {
	s := newSchool(t)
	sem, samira, joost, class := s.id("sem"), s.id("samira"), s.id("joost"), s.class.ID
	before, err := s.lib.FactsAbout(ctx, s.admin, sem)
	s.ok(err)
	for _, c := range []struct {
		why  string
		f    portfolio.Fact
		want portfolio.ErrKind
	}{
		{"nobody holds it", portfolio.Fact{Type: portfolio.FactCustody, About: sem, From: 20200101}, portfolio.Invalid},
		{"over oneself", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: sem, From: 20200101}, portfolio.Invalid},
		{"over a grown-up", portfolio.Fact{Type: portfolio.FactCustody, About: joost, Party: samira, From: 20200101}, portfolio.NotFound},
		{"by somebody unknown", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: "x", From: 20200101}, portfolio.NotFound},
		{"about somebody unknown", portfolio.Fact{Type: portfolio.FactCustody, About: "x", Party: samira, From: 20200101}, portfolio.NotFound},
		{"reversed dates", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20200102, Until: 20200101}, portfolio.Invalid},
		{"no day at all", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20200101, Until: 20200101}, portfolio.Invalid},
		{"a mistyped year", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 2020101}, portfolio.Invalid},
		{"a kind there is not", portfolio.Fact{Type: portfolio.FactRelation, Kind: "uncle", About: sem, Party: joost}, portfolio.Invalid},
		{"a type there is not", portfolio.Fact{Type: "friend", About: sem, Party: joost}, portfolio.Invalid},
		{"an end by itself", portfolio.Fact{Type: portfolio.FactEnd, About: sem, Party: samira, Of: "x", Until: 20200101}, portfolio.Invalid},
		{"a class that is a person", portfolio.Fact{Type: portfolio.FactEnrolment, About: sem, Party: joost, From: 20260801}, portfolio.NotFound},
		{"a duty for a grown-up", portfolio.Fact{Type: portfolio.FactDuty, Kind: "teacher", About: joost, Party: s.id("fatima")}, portfolio.NotFound},
		{"recorded already", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: samira, From: 20200101, Verified: 20240820}, portfolio.Exists},
		{"of an adult", portfolio.Fact{Type: portfolio.FactCustody, About: s.id("milan"), Party: samira, From: 20080901}, portfolio.Invalid},
		{"of an adult, beyond the birthday", portfolio.Fact{Type: portfolio.FactCustody, About: s.id("milan"), Party: samira, From: 20080901, Until: 20260902}, portfolio.Invalid},
		{"that begins at 18", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20341023}, portfolio.Invalid},
		{"proof seen tomorrow", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20200101, Verified: 20261123}, portfolio.Invalid},
		{"no evidence", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20200101, Evidence: "  "}, portfolio.Invalid},
		{"an order without evidence", portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoContact, About: sem, Party: joost, Evidence: "\t"}, portfolio.Invalid},
		{"overlaps what is verified", portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: samira, From: 20200101}, portfolio.Exists},
		{"a refusal of nothing", portfolio.Fact{Type: portfolio.FactRefusal, About: sem, Party: joost, From: 20260101, Review: 20270101}, portfolio.Invalid},
		{"a refusal without a review", portfolio.Fact{Type: portfolio.FactRefusal, About: sem, Party: joost, Kinds: []string{portfolio.ItemWork}, From: 20260101}, portfolio.Invalid},
		{"a restriction of a kind there is not", portfolio.Fact{Type: portfolio.FactRestriction, About: sem, Kinds: []string{"diary"}, From: 20260101}, portfolio.Invalid},
		{"in the class already", portfolio.Fact{Type: portfolio.FactEnrolment, About: sem, Party: class, From: 20260901}, portfolio.Exists},
	} {
		c.f.Evidence = cmp.Or(c.f.Evidence, "stuk 7")
		_, err := s.lib.RecordFact(ctx, s.admin, c.f)
		if err == nil || portfolio.KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %v", c.why, err, c.want)
		}
	}
	for _, who := range []string{"samira", "fatima", "petra", "sem"} {
		_, err := s.lib.RecordFact(ctx, s.who[who], portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20200101})
		s.fails(err, portfolio.Forbidden)
		_, err = s.lib.EndFact(ctx, s.who[who], before[0].ID, 20261122, "x")
		s.fails(err, portfolio.Forbidden)
		_, err = s.lib.PreviewEnd(ctx, s.who[who], before[0].ID, 20261122)
		s.fails(err, portfolio.Forbidden)
		_, err = s.lib.Statements(ctx, s.who[who], sem)
		s.fails(err, portfolio.Forbidden)
	}
	after, err := s.lib.FactsAbout(ctx, s.admin, sem)
	s.ok(err)
	if len(after) != len(before) {
		t.Errorf("%d facts, want %d as before", len(after), len(before))
	}
}

func TestAnEndIsSaidOnceAndWithADate(t *testing.T) {
	s := newSchool(t)
	f := s.factOf(portfolio.FactCustody, "sem", "samira")
	for _, until := range []portfolio.Date{0, 20, 99990101} {
		_, err := s.lib.EndFact(ctx, s.admin, f.ID, until, "x")
		s.fails(err, portfolio.Invalid)
	}
	_, err := s.lib.EndFact(ctx, s.admin, f.ID, 20261201, "beschikking")
	s.ok(err)
	_, err = s.lib.EndFact(ctx, s.admin, f.ID, 20261205, "nog eens")
	s.fails(err, portfolio.Conflict)
	end, err := s.lib.EndFact(ctx, s.admin, f.ID, 20261124, "eerder")
	s.ok(err)
	_, err = s.lib.EndFact(ctx, s.admin, end.ID, 20261124, "het einde van een einde")
	s.fails(err, portfolio.NotFound)
	if w := s.ward("samira", "sem"); w.Standing != portfolio.Follows {
		t.Errorf("before the end: %v", w.Standing)
	}
	if ended, err := s.lib.CustodyEnded(ctx, s.who["samira"], s.id("sem")); err != nil || ended != nil {
		t.Errorf("before the end: %+v %v", ended, err)
	}
	s.later(48 * time.Hour)
	if w := s.ward("samira", "sem"); w.Standing != portfolio.Route {
		t.Errorf("after the end: %v", w.Standing)
	}
	ended, err := s.lib.CustodyEnded(ctx, s.who["samira"], s.id("sem"))
	s.ok(err)
	if ended == nil || ended.Recorded != 20261122 || ended.Since != 20261124 {
		t.Errorf("ended %+v, want recorded on 22 and since 24 November", ended)
	}
	if ended, err := s.lib.CustodyEnded(ctx, s.who["joost"], s.id("sem")); err != nil || ended != nil {
		t.Errorf("who never had custody is told that it ended: %+v %v", ended, err)
	}
}

func TestThePreviewOfAnEndIsWhatThenHappens(t *testing.T) {
	s := newSchool(t)
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("mees"), Party: s.id("samira"), From: 20160101, Verified: 20240820})
	for _, c := range []struct {
		typ            portfolio.FactType
		student, party string
		when           portfolio.Date
		before, after  portfolio.Standing
		mayAsk         bool
		holders        []string
	}{
		{portfolio.FactCustody, "sem", "samira", 20261122, portfolio.Follows, portfolio.Route, true, nil},
		{portfolio.FactCustody, "sem", "samira", 20260101, portfolio.Follows, portfolio.Route, true, nil},
		{portfolio.FactRelation, "sem", "samira", 20261122, portfolio.Follows, portfolio.Follows, true, []string{"samira"}},
		{portfolio.FactCustody, "lotte", "samira", 20261122, portfolio.Progress, portfolio.Route, true, nil},
		{portfolio.FactCustody, "sem", "samira", 20330101, portfolio.Progress, portfolio.Route, true, nil}, // sem is 16 by then
		{portfolio.FactCustody, "mees", "mees-ma", 20261122, portfolio.Follows, portfolio.Route, false, []string{"samira"}},
		{portfolio.FactRelation, "sem", "joost", 20261122, portfolio.Route, portfolio.Route, false, []string{"samira"}},
	} {
		f := s.factOf(c.typ, c.student, c.party)
		e, err := s.lib.PreviewEnd(ctx, s.admin, f.ID, c.when)
		s.ok(err)
		if e.Before != c.before || e.After != c.after || e.MayAsk != c.mayAsk || !slices.Equal(e.Holders, c.holders) {
			t.Errorf("end of %s of %s and %s on %v: %v to %v, asks %v, left %v; want %+v", c.typ, c.student, c.party, c.when, e.Before, e.After, e.MayAsk, e.Holders, c)
		}
	}
	if s.ward("samira", "sem").Standing != portfolio.Follows {
		t.Error("a preview changed something")
	}
	f := s.factOf(portfolio.FactCustody, "mees", "mees-ma")
	e, err := s.lib.PreviewEnd(ctx, s.admin, f.ID, 20261122)
	s.ok(err)
	_, err = s.lib.EndFact(ctx, s.admin, f.ID, 20261122, "beschikking")
	s.ok(err)
	if got := s.ward("mees-ma", "mees"); got.Standing != e.After || (got.Asks != "") != e.MayAsk {
		t.Errorf("it became %v asks %q, the preview said %v %v", got.Standing, got.Asks, e.After, e.MayAsk)
	}
}

func TestCustodyIsVerifiedOnceAndThenOpens(t *testing.T) {
	s := newSchool(t)
	f := s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("mees"), Party: s.id("joost"), From: 20200101})
	o, err := s.lib.Overview(ctx, s.admin)
	s.ok(err)
	if len(o.Unverified) != 1 || o.Unverified[0].PartyName != "joost" || !o.Unverified[0].Verifiable() {
		t.Fatalf("unverified %+v, want joost", o.Unverified)
	}
	if got := s.ward("joost", "mees").Standing; got != portfolio.Route {
		t.Errorf("before: %v", got)
	}
	_, err = s.lib.VerifyCustody(ctx, s.admin, f.ID, 20261201, "x")
	s.fails(err, portfolio.Invalid) // a day to come
	_, err = s.lib.VerifyCustody(ctx, s.admin, s.factOf(portfolio.FactRelation, "sem", "joost").ID, 20261122, "x")
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.VerifyCustody(ctx, s.admin, f.ID, 20261122, " ")
	s.fails(err, portfolio.Invalid)
	seen, err := s.lib.VerifyCustody(ctx, s.admin, f.ID, 20261122, "gezien")
	s.ok(err)
	if w := s.ward("joost", "mees"); w.Standing != portfolio.Route || !w.Told.Hold {
		t.Errorf("before a second agrees: %v hold %v", w.Standing, w.Told.Hold)
	}
	_, err = s.lib.VerifyCustody(ctx, s.admin, f.ID, 20261122, "nog eens")
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.ConfirmFact(ctx, s.other, seen.ID)
	s.ok(err)
	if w := s.ward("joost", "mees"); w.Standing != portfolio.Follows || w.Told.Hold {
		t.Errorf("after: %v hold %v", w.Standing, w.Told.Hold)
	}
	_, err = s.lib.VerifyCustody(ctx, s.admin, f.ID, 20261122, "nog eens")
	s.fails(err, portfolio.Conflict)
	o, err = s.lib.Overview(ctx, s.admin)
	s.ok(err)
	if len(o.Unverified) != 0 || o.People[portfolio.HatStudent] != 4 || o.Classes != 1 || len(o.Classless) != 2 {
		t.Errorf("%d unverified, %v, %d classes, %d classless", len(o.Unverified), o.People, o.Classes, len(o.Classless))
	}
}

func TestGroupsAreTheClassesAndTheStudentsOfOnesOwnDuties(t *testing.T) {
	s := newSchool(t)
	names := func(who string) (out []string) {
		t.Helper()
		groups, err := s.lib.Groups(ctx, s.who[who])
		s.ok(err)
		for _, g := range groups {
			for _, p := range g.Students {
				out = append(out, g.Name+"/"+p.Name.Given)
			}
		}
		return out
	}
	if got := names("fatima"); !slices.Equal(got, []string{"groep 7/mees", "groep 7/sem"}) {
		t.Errorf("fatima: %v", got)
	}
	if got := names("joris"); len(got) != 0 {
		t.Errorf("joris: %v", got)
	}
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: "mentor", About: s.id("lotte"), Party: s.id("joris"), From: 20260801})
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: "care", About: s.admin.School, Party: s.id("joris"), From: 20260801})
	if got := names("joris"); !slices.Equal(got, []string{"groep 7/mees", "groep 7/sem", "/lotte"}) {
		t.Errorf("joris: %v", got)
	}
	for _, who := range []string{"samira", "petra"} {
		if got := names(who); len(got) != 0 {
			t.Errorf("%s: %v", who, got)
		}
	}
	s.later(400 * 24 * time.Hour) // the class is over
	if got := names("fatima"); len(got) != 0 {
		t.Errorf("a year later fatima: %v", got)
	}
}

func TestAGlanceShowsWhatWaitsAndLeavesNoLine(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "geheim"})
	s.add("sem", portfolio.NewWork{Title: "lang geleden", Audience: shared, HappenedOn: 20250101})
	done := s.add("sem", portfolio.NewWork{Title: "klaar", Audience: shared, HappenedOn: 20261101})
	waits := s.add("sem", portfolio.NewWork{Title: "wacht", Audience: shared, HappenedOn: 20261110})
	half := s.add("sem", portfolio.NewWork{Title: "half", Audience: shared, HappenedOn: 20261105})
	a, err := s.lib.Assess(ctx, s.who["fatima"], done.ID, portfolio.NewAssessment{Level: 3})
	s.ok(err)
	_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], a.ID, a.Rev)
	s.ok(err)
	_, err = s.lib.Assess(ctx, s.who["fatima"], half.ID, portfolio.NewAssessment{Level: 2})
	s.ok(err)
	log := func() int {
		t.Helper()
		lines, err := s.lib.Log(ctx, s.who["petra"], s.id("sem"), 500)
		s.ok(err)
		return len(lines)
	}
	before := log()
	g, err := s.lib.Glance(ctx, s.who["fatima"], s.id("sem"))
	s.ok(err)
	if g.Last == nil || g.Last.Title != "wacht" || len(g.ToAssess) != 1 || g.ToAssess[0].ID != waits.ID || len(g.Drafts) != 1 || g.Draft(half.ID) == nil || g.Draft(waits.ID) != nil {
		t.Errorf("last %v, %d to assess, %d drafts", g.Last, len(g.ToAssess), len(g.Drafts))
	}
	if got := log(); got != before {
		t.Errorf("a glance left %d lines in the log", got-before)
	}
	for _, who := range []string{"samira", "sem", "joris", "joost", "petra"} {
		_, err := s.lib.Glance(ctx, s.who[who], s.id("sem"))
		s.fails(err, portfolio.NotFound)
	}
}

func TestAWorkHasOneDraftOfAnAuthorAtATime(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	n := portfolio.NewAssessment{Level: 3, Remark: "goed"}
	var wg sync.WaitGroup
	made, errs := make([]*portfolio.Assessment, 8), make([]error, 8)
	for i := range made {
		wg.Add(1)
		go func() {
			defer wg.Done()
			made[i], errs[i] = s.lib.Assess(ctx, s.who["fatima"], w.ID, n)
		}()
	}
	wg.Wait()
	first := 0
	for i, err := range errs {
		if err == nil {
			first++
		} else {
			s.fails(err, portfolio.Exists)
		}
		if made[i] == nil || made[i].ID != made[0].ID {
			t.Errorf("try %d: %v, want the one draft", i, made[i])
		}
	}
	if first != 1 {
		t.Errorf("%d drafts were made, want 1", first)
	}
	_, err := s.lib.PublishAssessment(ctx, s.who["fatima"], made[0].ID, 1)
	s.ok(err)
	if again, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, n); portfolio.KindOf(err) != portfolio.Exists || again.Draft {
		t.Errorf("the same again: %+v, %v; want the published one and Exists", again, err)
	}
	later, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 4})
	s.ok(err)
	if later.ID == made[0].ID {
		t.Error("a later assessment is the first one")
	}
}

func TestAFoundingThatBrokeOffIsTakenOver(t *testing.T) {
	s := newSchool(t)
	if founded, err := s.lib.Founded(ctx); err != nil || !founded {
		t.Fatalf("founded %v %v", founded, err)
	}
	// A second school of one installation is another school.
	one, _, err := s.lib.FoundSchool(ctx, portfolio.School{Name: "De Eik", BRIN: "12ab00"}, portfolio.Person{Name: portfolio.Name{Given: "karin"}}, "karin", "hash")
	s.ok(err)
	schools, err := s.lib.Schools(ctx)
	s.ok(err)
	if len(schools) != 2 || one.BRIN != "12AB00" {
		t.Errorf("%d schools, BRIN %q", len(schools), one.BRIN)
	}
	for _, bad := range []portfolio.School{{Name: ""}, {Name: "x", BRIN: "ABCD"}, {Name: "x", BRIN: "12AB0"}} {
		_, _, err := s.lib.FoundSchool(ctx, bad, portfolio.Person{Name: portfolio.Name{Given: "x"}}, "x", "hash")
		s.fails(err, portfolio.Invalid)
	}
	// Nobody can sign in: what a crash before the last write leaves.
	accounts, err := s.store.List(ctx, portfolio.Query{School: portfolio.Installation, Kind: "account", Limit: 10})
	s.ok(err)
	for _, a := range accounts {
		s.ok(s.store.Delete(ctx, a.Ref, a.Rev))
	}
	if founded, err := s.lib.Founded(ctx); err != nil || founded {
		t.Errorf("founded %v %v, want not", founded, err)
	}
	_, _, err = s.lib.FoundSchool(ctx, portfolio.School{Name: "De Beuk"}, portfolio.Person{Name: portfolio.Name{Given: "nieuw"}}, "nieuw", "hash")
	s.ok(err)
	schools, err = s.lib.Schools(ctx)
	s.ok(err)
	if len(schools) != 2 || !slices.ContainsFunc(schools, func(x *portfolio.School) bool { return x.Name == "De Beuk" }) {
		t.Errorf("%d schools after the second founding, want the left one taken over", len(schools))
	}
}

func TestALoginThatIsTakenMakesNobody(t *testing.T) {
	s := newSchool(t)
	p := portfolio.Person{Name: portfolio.Name{Given: "dubbel"}, Hats: []string{portfolio.HatStaff}}
	_, err := s.lib.Welcome(ctx, s.admin, p, "wim", "hash")
	s.fails(err, portfolio.Exists)
	_, err = s.lib.Welcome(ctx, s.admin, p, "met spatie", "hash")
	s.fails(err, portfolio.Invalid)
	people, err := s.lib.People(ctx, s.admin)
	s.ok(err)
	if slices.ContainsFunc(people, func(x *portfolio.Person) bool { return x.Name.Given == "dubbel" }) {
		t.Error("somebody was made without the account")
	}
	made, err := s.lib.Welcome(ctx, s.admin, p, "dubbel", "hash")
	s.ok(err)
	got, err := s.lib.PersonByID(ctx, s.admin, made.ID)
	s.ok(err)
	if got.Name.Given != "dubbel" {
		t.Errorf("made %+v", got)
	}
}

func TestTheSameQuestionOnOneDayIsOneRequest(t *testing.T) {
	s := newSchool(t)
	var wg sync.WaitGroup
	ids := make([]string, 6)
	for i := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := s.lib.Ask(ctx, s.who["samira"], s.id("sem"), portfolio.Question{Period: " dit jaar "})
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = r.ID
		}()
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("requests %v, want one", ids)
			break
		}
	}
	other, err := s.lib.Ask(ctx, s.who["samira"], s.id("sem"), portfolio.Question{Period: "vorig jaar"})
	s.ok(err)
	s.later(24 * time.Hour)
	tomorrow, err := s.lib.Ask(ctx, s.who["samira"], s.id("sem"), portfolio.Question{Period: "dit jaar"})
	s.ok(err)
	if other.ID == ids[0] || tomorrow.ID == ids[0] {
		t.Error("another question, or another day, is the same request")
	}
	mine, err := s.lib.MyRequests(ctx, s.who["samira"])
	s.ok(err)
	if len(mine) != 3 {
		t.Errorf("%d requests, want 3", len(mine))
	}
}

func TestTwoAdministratorsMakeOneClass(t *testing.T) {
	s := newSchool(t)
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, errs[i] = s.lib.AddClass(ctx, s.admin, portfolio.Class{Name: "Groep 8", Year: "2026/2027", From: 20260801, Until: 20270801})
		}()
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else {
			s.fails(err, portfolio.Exists)
		}
	}
	rolls, err := s.lib.ClassRolls(ctx, s.admin)
	s.ok(err)
	if made != 1 || len(rolls) != 2 {
		t.Errorf("%d made, %d classes; want 1 and 2", made, len(rolls))
	}
	if i := slices.IndexFunc(rolls, func(r *portfolio.ClassRoll) bool { return r.Name == "groep 7" }); rolls[i].Students != 2 || !slices.Equal(rolls[i].Staff, []string{"fatima"}) {
		t.Errorf("groep 7 has %d students and %v", rolls[i].Students, rolls[i].Staff)
	}
	_, err = s.lib.AddClass(ctx, s.admin, portfolio.Class{Name: "groep 8", Year: "2027/2028", From: 20270801, Until: 20280801})
	s.ok(err) // another year, another class
	for _, c := range []portfolio.Class{{Name: "", From: 20260801, Until: 20270801}, {Name: "x", From: 20270801, Until: 20260801}, {Name: "x"}, {Name: "x", From: 2026, Until: 20270801}} {
		_, err := s.lib.AddClass(ctx, s.admin, c)
		s.fails(err, portfolio.Invalid)
	}
}
