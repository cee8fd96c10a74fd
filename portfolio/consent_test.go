package portfolio_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaft/portfolio"
)

// aConsentingFamily is iris of 15, in a class with mees, whose ma and pa have
// custody; weg is her parent without, oma has custody that nobody verified and
// gran is a carer. She has a poster for the parents of the class, her own
// parents and the school.
func aConsentingFamily(t *testing.T) (*school, *portfolio.Work) {
	s := newSchool(t)
	s.child("iris", "2011-06-15")
	s.fact(portfolio.Fact{Type: portfolio.FactEnrolment, About: s.id("iris"), Party: s.class.ID, From: 20260801})
	s.person("oma", portfolio.HatGuardian, portfolio.Birth{})
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("iris"), Party: s.id("oma"), From: 20200101})
	s.person("gran", portfolio.HatGuardian, portfolio.Birth{})
	s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: s.id("iris"), Party: s.id("gran"), From: 20200101})
	return s, s.add("iris", portfolio.NewWork{Title: "affiche", Audience: []string{portfolio.ToGuardians, portfolio.ToClassGuardians, portfolio.ToSchool}})
}

// says gives an answer as somebody who has the newest page before them.
func (s *school) says(who, student, audience string, answer portfolio.FactType) error {
	c, err := s.lib.Consents(ctx, s.who[who], s.id(student))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Audiences, func(x portfolio.Consent) bool { return x.Audience == audience })
	return s.lib.AnswerConsent(ctx, s.who[who], s.id(student), audience, answer, c.Audiences[i].Seen)
}

// consent is what somebody reads about one audience, as "agreed mine (who
// said)" without times.
func (s *school) consent(who, student, audience string) string {
	s.t.Helper()
	c, err := s.lib.Consents(ctx, s.who[who], s.id(student))
	s.ok(err)
	for _, x := range c.Audiences {
		if x.Audience == audience {
			out := fmt.Sprintf("%v %q", x.Agreed, x.Mine)
			for _, y := range x.Answers {
				out += fmt.Sprintf(" %s:%s", y.Name, y.Said)
			}
			return out
		}
	}
	return "nothing"
}

func (s *school) history(who, student string) (out []string) {
	s.t.Helper()
	c, err := s.lib.Consents(ctx, s.who[who], s.id(student))
	s.ok(err)
	for _, y := range c.History {
		out = append(out, strings.TrimSpace(y.Name+" "+string(y.Said)+" "+y.Audience))
	}
	return out
}

func TestOnlyAHolderOfVerifiedCustodySaysYesForWhoIsUnderSixteen(t *testing.T) {
	s, w := aConsentingFamily(t)
	s.person("kim", portfolio.HatStudent, portfolio.Birth{}) // of whom nobody knows the age
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("kim"), Party: s.id("mees-ma"), From: 20160101, Verified: 20240820})
	for _, c := range []struct {
		who, student string
		says, reads  bool
	}{
		{"iris-ma", "iris", true, true},
		{"iris-pa", "iris", true, true},
		{"iris", "iris", false, true}, // reads what was said at home, and says nothing there
		{"iris-weg", "iris", false, false},
		{"oma", "iris", false, false},
		{"gran", "iris", false, false},
		{"mees", "iris", false, false},
		{"mees-ma", "iris", false, false},
		{"fatima", "iris", false, false}, // her teacher
		{"joris", "iris", false, false},
		{"petra", "iris", false, false},
		{"samira", "lotte", false, false}, // 16
		{"lotte", "lotte", false, true},
		{"mees-ma", "kim", false, false},
	} {
		err := s.lib.AnswerConsent(ctx, s.who[c.who], s.id(c.student), portfolio.ToSchool, portfolio.FactYes, 0)
		if c.says {
			s.ok(err)
		} else {
			s.fails(err, portfolio.NotFound)
		}
		if _, err = s.lib.Consents(ctx, s.who[c.who], s.id(c.student)); c.reads {
			s.ok(err)
		} else {
			s.fails(err, portfolio.NotFound)
		}
	}
	for _, hat := range []string{portfolio.HatStaff, portfolio.HatAdmin, portfolio.HatFG, portfolio.HatStudent, ""} {
		a := s.who["iris-ma"]
		a.Hat = hat
		_, err := s.lib.Consents(ctx, a, s.id("iris"))
		s.fails(err, portfolio.NotFound)
		s.fails(s.lib.AnswerConsent(ctx, a, s.id("iris"), portfolio.ToSchool, portfolio.FactNo, 1), portfolio.NotFound)
	}
	s.same("a student of another class", s.opens("lotte", w), []string{"affiche"})
	s.same("the mother of a classmate, to whom nobody said yes", s.opens("mees-ma", w), nil)
}

func TestTheRefusalOfOneHolderIsHonouredUntilThatHolderAgrees(t *testing.T) {
	s, w := aConsentingFamily(t)
	at := portfolio.ToClassGuardians
	for _, c := range []struct {
		who    string
		answer portfolio.FactType
		open   bool
	}{
		{"iris-ma", portfolio.FactYes, true},
		{"iris-pa", portfolio.FactNo, false},
		{"iris-ma", portfolio.FactYes, false}, // said again, it does not count more
		{"iris-ma", portfolio.FactNo, false},
		{"iris-pa", portfolio.FactYes, false},
		{"iris-ma", portfolio.FactYes, true},
		{"iris-ma", portfolio.FactNo, false}, // her yes is taken back: his does not stand in for it
		{"iris-ma", portfolio.FactYes, true},
	} {
		s.later(time.Minute)
		s.ok(s.says(c.who, "iris", at, c.answer))
		want := []string(nil)
		if c.open {
			want = []string{"affiche"}
		}
		s.same(fmt.Sprintf("after the %s of %s mees-ma", c.answer, c.who), s.opens("mees-ma", w), want)
		s.same("the school, about which nobody said anything", s.opens("lotte", w), nil)
	}
	if got, want := s.consent("iris-pa", "iris", at), `true "yes" iris-pa:yes iris-ma:yes`; got != want {
		t.Errorf("pa reads %s, want %s", got, want)
	}
	s.same("the history", s.history("iris-ma", "iris"), []string{"iris-ma yes " + at, "iris-ma no " + at, "iris-ma yes " + at, "iris-pa yes " + at,
		"iris-ma no " + at, "iris-pa no " + at, "iris-ma yes " + at})
	if got, want := s.consent("iris", "iris", at), `true ""`; got != want {
		t.Errorf("the student reads %s, want %s: who said what is not told", got, want)
	}
	s.same("what the student reads of who said what", s.history("iris", "iris"), nil)
}

func TestConsentIsDatedAndWhatWasSaidThenCanStillBeAnswered(t *testing.T) {
	s, w := aConsentingFamily(t)
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes))
	yes := s.now()
	s.later(48 * time.Hour)
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactNo))
	s.later(time.Hour)
	seen := func(at time.Time) bool {
		p := s.past("iris", at)
		i := slices.IndexFunc(p.Things, func(x portfolio.Thing) bool { return x.Item.ID == w.ID })
		for _, v := range p.Views {
			if v.ID == s.id("mees") && v.Hat == portfolio.HatStudent {
				return v.Sights[i].Now.Open
			}
		}
		return false
	}
	s.same("now", s.opens("mees", w), nil)
	if !seen(yes.Add(time.Hour)) || seen(s.now()) {
		t.Errorf("seen after the yes %v, want true; seen now %v, want false", seen(yes.Add(time.Hour)), seen(s.now()))
	}
	facts, err := s.lib.Statements(ctx, s.admin, s.id("iris"))
	s.ok(err)
	said := 0
	for _, f := range facts {
		if f.By == s.id("iris-ma") && f.ByName == "iris-ma" && !f.Waiting() && f.Rev == 1 {
			said++
		}
	}
	if said != 2 {
		t.Errorf("the administrator reads %d answers, want the yes and the no, untouched", said)
	}
}

func TestWhatAHolderSaidEndsWithTheCustody(t *testing.T) {
	s, w := aConsentingFamily(t)
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes))
	s.ok(s.says("iris-pa", "iris", portfolio.ToSchool, portfolio.FactNo))
	s.same("against his no", s.opens("lotte", w), nil)
	for of, want := range map[portfolio.FactType]bool{portfolio.FactCustody: true, portfolio.FactRelation: false} {
		e, err := s.lib.PreviewEnd(ctx, s.admin, s.factOf(of, "iris", "iris-pa").ID, s.today())
		s.ok(err)
		if e.Spoke != want {
			t.Errorf("the preview of the end of his %s tells that his word goes with it: %v, want %v", of, e.Spoke, want)
		}
	}
	var told []portfolio.Change
	s.lib.Watch(func(c portfolio.Change) { told = append(told, c) })
	_, err := s.lib.EndFact(ctx, s.admin, s.factOf(portfolio.FactCustody, "iris", "iris-pa").ID, s.today(), "beschikking 12")
	s.ok(err)
	if len(told) == 0 || told[0].What != "fact" || told[0].Persons != nil {
		t.Errorf("told %+v, want everybody at the school: his word went with his custody", told)
	}
	s.same("his no binds nobody any more", s.opens("lotte", w), []string{"affiche"})
	_, err = s.lib.EndFact(ctx, s.admin, s.factOf(portfolio.FactCustody, "iris", "iris-ma").ID, s.today().AddDays(3), "beschikking 13")
	s.ok(err)
	seen, err := s.lib.Work(ctx, s.who["lotte"], w.ID)
	s.ok(err)
	if got, want := portfolio.DateOf(seen.Decision.Until), s.today().AddDays(3); got != want {
		t.Errorf("the decision is good until %v, want %v: the day on which the yes goes", got, want)
	}
	s.clock(s.today().AddDays(3).Start())
	s.same("after her custody", s.opens("lotte", w), nil)
	s.fails(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes), portfolio.NotFound)
}

func TestANoClosesAtOnceAndIsToldToEveryOpenPage(t *testing.T) {
	s, w := aConsentingFamily(t)
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes))
	var told []portfolio.Change
	closed := true
	s.lib.Watch(func(c portfolio.Change) {
		if told = append(told, c); c.What == "fact" && c.Persons == nil {
			_, err := s.lib.Work(ctx, s.who["lotte"], w.ID)
			closed = closed && portfolio.KindOf(err) == portfolio.NotFound
		}
	})
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactNo))
	if len(told) == 0 || told[0].What != "fact" || told[0].Persons != nil {
		t.Fatalf("told %+v, want first that a fact concerns everybody", told)
	}
	if !closed {
		t.Error("a page that asks anew when it is told finds the work open")
	}
}

func TestTheOtherHolderIsToldByNameAndTheStudentWhatHoldsNow(t *testing.T) {
	s, _ := aConsentingFamily(t)
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes))
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes)) // two clicks
	s.ok(s.says("iris-pa", "iris", portfolio.ToSchool, portfolio.FactYes)) // changes nothing for her
	s.ok(s.says("iris-pa", "iris", portfolio.ToSchool, portfolio.FactNo))
	for who, want := range map[string]string{"iris-ma": "no_school yes_school", "iris-pa": "yes_school", "iris": "closed_school opened_school",
		"iris-weg": "", "oma": "", "gran": "", "fatima": "", "mees-ma": ""} {
		if got := s.heard(who); got != want {
			t.Errorf("%s was told %q, want %q", who, got, want)
		}
	}
	notices, err := s.lib.Notices(ctx, s.who["iris"], 10)
	s.ok(err)
	for _, n := range notices {
		if n.Party != "" || n.PartyName != "" {
			t.Errorf("the student reads that it was %s", n.PartyName)
		}
	}
	notices, err = s.lib.Notices(ctx, s.who["iris-pa"], 10)
	s.ok(err)
	if notices[0].PartyName != "iris-ma" {
		t.Errorf("pa reads that it was %q, want iris-ma", notices[0].PartyName)
	}
	log, err := s.lib.Log(ctx, s.who["iris-ma"], s.id("iris"), 100)
	s.ok(err)
	n := 0
	for _, l := range log {
		if l.Act == "consent" {
			n++
		}
	}
	if n != 4 { // a yes, a yes, a no, and the end of the yes before it
		t.Errorf("%d lines in her log, want 4", n)
	}
	if got := s.faults(); got != "" {
		t.Errorf("the log is not whole: %s", got)
	}
}

func TestBothHoldersAndTwoClicksAtOnce(t *testing.T) {
	s, w := aConsentingFamily(t)
	at := func(answers ...func() error) []error {
		errs := make([]error, len(answers))
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for i, f := range answers {
			wg.Go(func() {
				<-begin
				errs[i] = f()
			})
		}
		close(begin)
		wg.Wait()
		return errs
	}
	answer := func(who string, said portfolio.FactType, seen int) func() error {
		return func() error {
			return s.lib.AnswerConsent(ctx, s.who[who], s.id("iris"), portfolio.ToSchool, said, seen)
		}
	}
	for _, err := range at(answer("iris-ma", portfolio.FactYes, 0), answer("iris-ma", portfolio.FactYes, 0), answer("iris-pa", portfolio.FactNo, 0)) {
		s.ok(err)
	}
	s.same("after a yes, the same yes and a no at once", s.opens("lotte", w), nil)
	if got, want := s.history("iris-ma", "iris"), 2; len(got) != want {
		t.Errorf("the history is %q, want %d answers", got, want)
	}
	s.ok(s.says("iris-pa", "iris", portfolio.ToSchool, portfolio.FactYes))
	s.same("after his yes", s.opens("lotte", w), []string{"affiche"})

	// A page that is older than the newest answer is told, and changes nothing.
	s.fails(answer("iris-pa", portfolio.FactNo, 0)(), portfolio.Conflict)
	s.same("after an old page", s.opens("lotte", w), []string{"affiche"})
	s.ok(answer("iris-pa", portfolio.FactYes, 0)()) // what stands may be said again

	// A yes and a no of one person at once: whichever it is, it is one of them,
	// or the other is told; and never both.
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactNo))
	errs := at(answer("iris-ma", portfolio.FactYes, 2), answer("iris-ma", portfolio.FactNo, 2))
	for _, err := range errs {
		if err != nil {
			s.fails(err, portfolio.Conflict)
		}
	}
	mine := s.consent("iris-ma", "iris", portfolio.ToSchool)
	if open := len(s.opens("lotte", w)) > 0; open != strings.HasPrefix(mine, "true") {
		t.Errorf("the page says %s, and it is open: %v", mine, open)
	}
}

func TestAnAnswerThatStoppedHalfWayOpensNothingAndIsFinishedByTheNext(t *testing.T) {
	s, w := aConsentingFamily(t)
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactNo))
	s.later(24 * time.Hour)
	broken := portfolio.NewLibrary(&breaking{s.store, "fact", 1}, s.files, plainIntake{}, s.now)
	if err := broken.AnswerConsent(ctx, s.who["iris-ma"], s.id("iris"), portfolio.ToSchool, portfolio.FactYes, 1); err == nil {
		t.Fatal("the broken store kept everything")
	}
	s.same("after half a yes", s.opens("lotte", w), nil)
	if got, want := s.consent("iris-ma", "iris", portfolio.ToSchool), `false "no" iris-ma:no iris-pa:`; got != want {
		t.Errorf("she reads %s, want %s", got, want)
	}
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes))
	s.same("after the whole of it", s.opens("lotte", w), []string{"affiche"})
	if got := s.history("iris-ma", "iris"); len(got) != 2 {
		t.Errorf("the history is %q, want the no and one yes", got)
	}
}

func TestWhatTheSchoolWroteDownIsShownAndItsEndTellsWhatBecameOfAnAnswer(t *testing.T) {
	s, w := aConsentingFamily(t)
	s.fact(portfolio.Fact{Type: portfolio.FactYes, Kind: portfolio.ToSchool, About: s.id("iris"), From: 20260801})
	if got, want := s.consent("iris-ma", "iris", portfolio.ToSchool), `true "" iris-ma: iris-pa: :yes`; got != want {
		t.Errorf("ma reads %s, want %s", got, want)
	}
	s.later(time.Minute)
	s.ok(s.says("iris-pa", "iris", portfolio.ToSchool, portfolio.FactNo))
	s.same("his no goes before what the school wrote down", s.opens("lotte", w), nil)

	// The court put its yes in the place of his: the school ends his no, and a
	// second member of staff agrees.
	all, err := s.lib.FactsAbout(ctx, s.admin, s.id("iris"))
	s.ok(err)
	no := all[slices.IndexFunc(all, func(f *portfolio.Fact) bool { return f.Type == portfolio.FactNo })]
	s.later(time.Minute)
	end, err := s.lib.EndFact(ctx, s.admin, no.ID, s.today(), "vervangende toestemming, 12")
	s.ok(err)
	s.same("while it waits", s.opens("lotte", w), nil)
	s.confirm(end)
	s.same("once it is agreed", s.opens("lotte", w), []string{"affiche"})
	s.same("the history", s.history("iris-ma", "iris"), []string{"iris-pa end school", "iris-pa no school", "yes school"})
}

func TestThePageNamesWhatWaitsAndHowManyWouldSee(t *testing.T) {
	s, w := aConsentingFamily(t)
	s.add("iris", portfolio.NewWork{Title: "concept", Audience: []string{portfolio.ToGuardians, portfolio.ToSchool}, Draft: true})
	s.add("iris", portfolio.NewWork{Title: "zonder ouders", Audience: []string{portfolio.ToSchool}})
	stuck := s.add("iris", portfolio.NewWork{Title: "betwist", Audience: []string{portfolio.ToGuardians, portfolio.ToSchool}})
	s.fact(portfolio.Fact{Type: portfolio.FactRestriction, About: s.id("iris"), Items: []string{stuck.ID}, From: 20260801})
	about := func(who, audience string) (titles []string, would string) {
		c, err := s.lib.Consents(ctx, s.who[who], s.id("iris"))
		s.ok(err)
		for _, x := range c.Audiences {
			if x.Audience != audience {
				continue
			}
			for _, y := range x.Works {
				titles = append(titles, y.Title)
			}
			for _, n := range x.Would {
				would += fmt.Sprintf("%s %d ", n.Circle, n.Count)
			}
		}
		slices.Sort(titles)
		return titles, strings.TrimSpace(would)
	}
	readers := map[string]string{ // fatima sees it by her duty anyway, and who is family is no bystander
		portfolio.ToClassGuardians: "class_guardians 2",
		portfolio.ToSchool:         "staff 1 class 2 school 2",
	}
	for _, answer := range []portfolio.FactType{"", portfolio.FactYes, portfolio.FactNo} {
		for audience, want := range readers {
			if answer != "" {
				s.ok(s.says("iris-ma", "iris", audience, answer))
			}
			titles, would := about("iris-ma", audience)
			s.same(audience+" after "+string(answer), titles, []string{w.Title})
			if would != want {
				t.Errorf("%s: would be seen by %q, want %q", audience, would, want)
			}
		}
	}
	titles, _ := about("iris", portfolio.ToSchool)
	s.same("her own page", titles, []string{"affiche", "zonder ouders"})

	c, err := s.lib.Consents(ctx, s.who["lotte"], s.id("lotte"))
	s.ok(err)
	if c.Asked || !c.Own || len(c.Audiences) > 0 {
		t.Errorf("at 16: %+v, want that nothing is asked", c)
	}
	waits, err := s.lib.AwaitsYes(ctx, s.who["iris"], w.Audience)
	s.ok(err)
	s.same("what her work waits for", waits, []string{portfolio.ToClassGuardians, portfolio.ToSchool})
	waits, err = s.lib.AwaitsYes(ctx, s.who["lotte"], w.Audience)
	s.ok(err)
	s.same("what the work of who is 16 waits for", waits, nil)
}

func TestAnOfficerSpeaksForTheInstitutionThatHoldsCustody(t *testing.T) {
	s, w := aConsentingFamily(t)
	for _, who := range []string{"instelling", "voogd", "opvolger"} {
		s.person(who, portfolio.HatGuardian, portfolio.Birth{})
	}
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("iris"), Party: s.id("instelling"), From: 20160101, Verified: 20240820})
	for _, who := range []string{"voogd", "opvolger"} {
		s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationOfficer, About: s.id("iris"), Party: s.id(who), Institution: s.id("instelling"), From: 20160101})
	}
	s.ok(s.says("voogd", "iris", portfolio.ToSchool, portfolio.FactNo))
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes))
	s.same("against the institution's no", s.opens("lotte", w), nil)
	s.ok(s.says("opvolger", "iris", portfolio.ToSchool, portfolio.FactYes)) // one institution has one word
	s.same("after its yes", s.opens("lotte", w), []string{"affiche"})
	if got, want := s.consent("voogd", "iris", portfolio.ToSchool), `true "yes" instelling:yes`; !strings.HasPrefix(got, want) {
		t.Errorf("the officer reads %s, want %s…", got, want)
	}
}

func TestAnAnswerThatIsNoneChangesNothing(t *testing.T) {
	s, _ := aConsentingFamily(t)
	for _, c := range []struct {
		audience string
		answer   portfolio.FactType
		seen     int
		want     portfolio.ErrKind
	}{
		{"", portfolio.FactYes, 0, portfolio.Invalid},
		{"*", portfolio.FactNo, 0, portfolio.Invalid},
		{portfolio.ToClass, portfolio.FactYes, 0, portfolio.Invalid},
		{portfolio.ToSchool, "", 0, portfolio.Invalid},
		{portfolio.ToSchool, portfolio.FactCustody, 0, portfolio.Invalid},
		{portfolio.ToSchool, "maybe", 0, portfolio.Invalid},
		{portfolio.ToSchool, portfolio.FactYes, -1, portfolio.Invalid},
		{portfolio.ToSchool, portfolio.FactYes, 3, portfolio.Conflict},
	} {
		s.fails(s.lib.AnswerConsent(ctx, s.who["iris-ma"], s.id("iris"), c.audience, c.answer, c.seen), c.want)
	}
	s.fails(s.lib.AnswerConsent(ctx, s.who["iris-ma"], "nobody", portfolio.ToSchool, portfolio.FactYes, 0), portfolio.NotFound)
	s.same("the history", s.history("iris-ma", "iris"), nil)
}

func TestOnTheSixteenthBirthdayItIsTheStudentsOwnChoice(t *testing.T) {
	s, _ := aConsentingFamily(t)
	s.ok(s.says("iris-pa", "iris", portfolio.ToSchool, portfolio.FactNo))
	s.clock(portfolio.Date(20270615).Start().Add(-time.Second))
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes))
	s.clock(portfolio.Date(20270615).Start())
	s.fails(s.lib.AnswerConsent(ctx, s.who["iris-pa"], s.id("iris"), portfolio.ToSchool, portfolio.FactNo, 1), portfolio.NotFound)
	c, err := s.lib.Consents(ctx, s.who["iris"], s.id("iris"))
	s.ok(err)
	if c.Asked {
		t.Error("at 16 a yes is still asked")
	}
	w := s.add("iris", portfolio.NewWork{Title: "nieuw", Audience: []string{portfolio.ToSchool}})
	s.same("what she shares then", s.opens("lotte", w), []string{"nieuw"})
}
