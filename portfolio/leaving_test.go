package portfolio_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// leaves records that a student leaves, and has a second agree.
func (s *school) leaves(student string, on portfolio.Date) *portfolio.Fact {
	s.t.Helper()
	return s.fact(portfolio.Fact{Type: portfolio.FactLeaving, About: student, From: on})
}

// moved is what there is of sem, who is 10 and whom many follow: work for
// everybody, an assessment of it, and staff for the class, for sem and for the
// school.
type moved struct {
	*school
	work, private *portfolio.Work
}

// semLeaves is a day in the middle of a school year.
const semLeaves = portfolio.Date(20270301)

func newMoved(t *testing.T) *moved {
	t.Helper()
	s := &moved{school: deciding(t)}
	s.who["klas"] = portfolio.Actor{Person: s.class.ID}
	s.person("eigen", portfolio.HatStaff, portfolio.Birth{})
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyMentor, About: s.id("sem"), Party: s.id("eigen"), From: 20260801})
	s.work = s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: []string{"guardians", "staff", "class"}})
	s.private = s.add("sem", portfolio.NewWork{Title: "dagboek"})
	d, err := s.lib.Assess(ctx, s.who["fatima"], s.work.ID, portfolio.NewAssessment{Level: 3, Remark: "mooi"})
	s.ok(err)
	_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], d.ID, d.Rev)
	s.ok(err)
	return s
}

// can says which of what somebody tries works: "read add assess take ask".
func (s *moved) can(who string) string {
	s.t.Helper()
	a := s.who[who]
	var out []string
	try := func(what string, err error) {
		if err == nil {
			out = append(out, what)
		} else if k := portfolio.KindOf(err); k != portfolio.NotFound && k != portfolio.Forbidden {
			s.t.Errorf("%s: %s: %v", who, what, err)
		}
	}
	_, err := s.lib.Work(ctx, a, s.work.ID)
	try("read", err)
	all, err := s.lib.LatestAssessments(ctx, a, s.id("sem"), 10)
	if err == nil && len(all) == 0 {
		err = portfolio.E(portfolio.NotFound, "none")
	}
	try("marks", err)
	_, err = s.lib.AddWork(ctx, a, portfolio.NewWork{Title: "nieuw", Text: "tekst"})
	try("add", err)
	_, err = s.lib.StartUpload(ctx, a, "x.txt", 3)
	try("upload", err)
	w, err := s.lib.OwnWork(ctx, a, s.private.ID)
	try("own", err)
	if err == nil {
		w, err = s.lib.ChangeWork(ctx, a, w.ID, w.Rev, portfolio.NewWork{Title: "dagboek", Text: "anders"}, nil)
		try("change", err)
		if err == nil {
			_, err = s.lib.RestoreVersion(ctx, a, w.ID, w.Rev, 1)
			try("restore", err)
		}
	}
	d, err := s.lib.Assess(ctx, a, s.work.ID, portfolio.NewAssessment{Level: 2, Remark: "nog eens"})
	try("assess", err)
	if err == nil {
		_, err = s.lib.PublishAssessment(ctx, a, d.ID, d.Rev)
		s.ok(err)
	}
	b, err := s.lib.StartBundle(ctx, a, s.id("sem"), portfolio.Wish{Kind: portfolio.BundleSelection, Lang: "nl", Works: []string{s.work.ID}})
	try("take", err)
	if err == nil {
		s.ok(s.lib.DropBundle(ctx, a, b.ID))
	}
	r, err := s.lib.Ask(ctx, a, s.id("sem"), portfolio.Question{Kinds: []string{"record"}, Why: "x"})
	if portfolio.KindOf(err) == portfolio.Invalid { // only in words
		r, err = s.lib.Ask(ctx, a, s.id("sem"), portfolio.Question{Why: "x"})
	}
	try("ask", err)
	if err == nil {
		_, err = s.lib.WithdrawRequest(ctx, a, r.ID, r.Rev)
		s.ok(err)
	}
	return strings.Join(out, " ")
}

func TestWhoLeftReadsAndTakesAlongForTwoYearsAndNothingIsAdded(t *testing.T) {
	s := newMoved(t)
	s.leaves(s.id("sem"), semLeaves)
	for _, c := range []struct {
		on   portfolio.Date
		want map[string]string
	}{
		{20270228, map[string]string{ // the last day
			"sem": "read marks add upload own change restore", "samira": "read marks take ask", "joost": "ask", "mees": "read add upload",
			"fatima": "read marks assess", "eigen": "read marks assess", "directeur": "read marks assess"}},
		{semLeaves, map[string]string{ // the first day away
			"sem": "read marks own", "samira": "read marks take ask", "joost": "ask", "mees": "add upload",
			"fatima": "", "eigen": "", "directeur": ""}},
		{20290228, map[string]string{ // the last day of two years
			"sem": "read marks own", "samira": "read marks take ask", "joost": "ask", "mees": "add upload",
			"fatima": "", "eigen": "", "directeur": ""}},
		{20290301, map[string]string{
			"sem": "", "samira": "", "joost": "", "mees": "add upload",
			"fatima": "", "eigen": "", "directeur": ""}},
	} {
		s.clock(c.on.Start())
		for who, want := range c.want {
			if got := s.can(who); got != want {
				t.Errorf("on %s %s: %q, want %q", c.on, who, got, want)
			}
		}
	}
}

func TestALeavingEndsTheEnrolmentAndTakenBackItIsAsItWas(t *testing.T) {
	s := newMoved(t)
	in := func() string {
		rolls, err := s.lib.ClassRolls(ctx, s.admin)
		s.ok(err)
		groups, err := s.lib.Groups(ctx, s.who["eigen"])
		s.ok(err)
		names := 0
		for _, g := range groups {
			names += len(g.Students)
		}
		name, err := s.lib.ClassName(ctx, s.who["sem"])
		s.ok(err)
		return fmt.Sprint(rolls[0].Students, names, name, " until ", s.factOf(portfolio.FactEnrolment, "sem", "klas").Until)
	}
	now := s.now()
	here, gone := "2 1groep 7 until ", "1 0 until 2027-03-01"
	s.same("before", []string{in()}, []string{here})
	f := s.leaves(s.id("sem"), semLeaves)
	s.same("recorded ahead", []string{in()}, []string{"2 1groep 7 until 2027-03-01"})
	s.clock(semLeaves.Start())
	s.same("on the day", []string{in()}, []string{gone})
	s.clock(now)
	end, err := s.lib.EndFact(ctx, s.admin, f.ID, semLeaves, "toch niet weg")
	s.ok(err)
	s.clock(semLeaves.Start())
	s.same("taken back by one", []string{in()}, []string{gone})
	s.confirm(end)
	s.same("taken back by two", []string{in()}, []string{here})
	if got := s.can("fatima"); got != "read marks assess" {
		t.Errorf("the teacher gets %q back", got)
	}
	s.leaves(s.id("sem"), 20270401) // and goes after all
	s.clock(portfolio.Date(20270401).Start())
	s.same("recorded anew", []string{in()}, []string{"1 0 until 2027-04-01"})
	_, err = s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactLeaving, About: s.id("sem"), From: 20270501})
	s.fails(err, portfolio.Exists)
}

func TestWhoComesBackHasDutiesAndClassesAgainFromThatDay(t *testing.T) {
	s := newMoved(t)
	f := s.leaves(s.id("sem"), semLeaves)
	s.clock(portfolio.Date(20270601).Start())
	enrol := portfolio.Fact{Type: portfolio.FactEnrolment, About: s.id("sem"), Party: s.class.ID, From: 20270615}
	_, err := s.lib.RecordFact(ctx, s.admin, enrol)
	s.fails(err, portfolio.Invalid) // away then
	end, err := s.lib.EndFact(ctx, s.admin, f.ID, 20270615, "terug uit Gent")
	s.ok(err)
	made := s.record(enrol) // while the return still waits
	s.confirm(end)
	s.confirm(made)
	s.clock(portfolio.Date(20270614).Start())
	if got := s.can("fatima") + "/" + s.can("sem"); got != "/read marks own" {
		t.Errorf("the day before: %q", got)
	}
	s.clock(portfolio.Date(20270615).Start())
	if got := s.can("fatima") + "/" + s.can("sem"); got != "read marks assess/read marks add upload own change restore" {
		t.Errorf("on the day: %q", got)
	}
	s.clock(portfolio.Date(20290301).Start())
	if got := s.can("sem"); got != "read marks add upload own change restore" {
		t.Errorf("two years after the first leaving: %q", got)
	}
	again := s.leaves(s.id("sem"), 20290401)
	s.clock(portfolio.Date(20310331).Start())
	if got := s.can("sem"); got != "read marks own" || again.ID == f.ID {
		t.Errorf("two years after the second: %q", got)
	}
	s.clock(portfolio.Date(20310401).Start())
	if got := s.can("sem"); got != "" {
		t.Errorf("and after that: %q", got)
	}
}

func TestAnotherLeavingDateCountsAtOnceWhereItIsEarlierAndByTwoWhereItIsLater(t *testing.T) {
	s := newMoved(t)
	f := s.leaves(s.id("sem"), semLeaves)
	leaves := func() portfolio.Date {
		x, err := s.lib.LeavingOf(ctx, s.admin, s.id("sem"))
		s.ok(err)
		return x.From
	}
	_, err := s.lib.MoveLeaving(ctx, s.admin, f.ID, semLeaves, "")
	s.fails(err, portfolio.Invalid)
	earlier, err := s.lib.MoveLeaving(ctx, s.admin, f.ID, 20270201, "brief")
	s.ok(err)
	if got := leaves(); got != 20270201 {
		t.Errorf("leaves on %s", got)
	}
	_, err = s.lib.MoveLeaving(ctx, s.admin, f.ID, 20270110, "brief")
	s.fails(err, portfolio.Conflict) // it waits
	waiting, err := s.lib.ToConfirm(ctx, s.other)
	s.ok(err)
	for _, w := range waiting {
		s.confirm(w.Fact)
	}
	later, err := s.lib.MoveLeaving(ctx, s.admin, earlier.ID, 20270501, "brief")
	s.ok(err)
	if got := leaves(); got != 20270201 {
		t.Errorf("on one person's word it is %s", got)
	}
	waiting, err = s.lib.ToConfirm(ctx, s.other)
	s.ok(err)
	if len(waiting) != 2 {
		t.Fatalf("%d wait", len(waiting))
	}
	for _, w := range waiting {
		s.confirm(w.Fact)
	}
	if got, err := s.lib.LeavingOf(ctx, s.admin, s.id("sem")); err != nil || got.ID != later.ID {
		t.Errorf("leaves on %v, %v", got, err)
	}
	_, err = s.lib.MoveLeaving(ctx, s.who["fatima"], later.ID, 20270601, "")
	s.fails(err, portfolio.Forbidden)
	_, err = s.lib.MoveLeaving(ctx, s.admin, s.factOf(portfolio.FactEnrolment, "sem", "klas").ID, 20260901, "")
	s.fails(err, portfolio.NotFound)
}

// TestACrashWhileADateMovesLeavesTheEarlierOfBoth cuts the power after each
// write, and does it again after a start.
func TestACrashWhileADateMovesLeavesTheEarlierOfBoth(t *testing.T) {
	for left := 0; ; left++ {
		s := newMoved(t)
		f := s.leaves(s.id("sem"), semLeaves)
		lib := portfolio.NewLibrary(&poweredStore{s.store, &power{left: left}}, s.files, plainIntake{}, s.now)
		_, err := lib.MoveLeaving(ctx, s.admin, f.ID, 20270501, "brief")
		x, e := s.lib.LeavingOf(ctx, s.admin, s.id("sem"))
		s.ok(e)
		if x.From != semLeaves {
			t.Fatalf("after %d writes sem leaves on %s", left, x.From)
		}
		if err == nil {
			if left < 4 {
				t.Errorf("only %d writes: is the test blind?", left)
			}
			return
		}
		if _, err = s.lib.FinishLog(ctx); err != nil {
			t.Fatal(err)
		}
		_, err = s.lib.MoveLeaving(ctx, s.admin, f.ID, 20270501, "brief")
		if k := portfolio.KindOf(err); err != nil && k != portfolio.Conflict { // it was done
			t.Fatalf("after %d writes it cannot be done again: %v", left, err)
		}
		n := 0
		facts, e := s.lib.FactsAbout(ctx, s.admin, s.id("sem"))
		s.ok(e)
		for _, x := range facts {
			if x.Type == portfolio.FactLeaving {
				n++
			}
		}
		if n != 2 {
			t.Errorf("after %d writes and once more there are %d leavings", left, n)
		}
	}
}

func TestAClassLeavesTogetherOnceAndAllOrNobodyWhereADateCannotBe(t *testing.T) {
	s := newMoved(t)
	s.leaves(s.id("lotte"), 20270101)
	ids := []string{s.id("sem"), s.id("mees"), s.id("lotte")}
	for _, c := range []struct {
		who  portfolio.Actor
		ids  []string
		on   portfolio.Date
		want portfolio.ErrKind
	}{
		{s.who["fatima"], ids, 20270801, portfolio.Forbidden},
		{s.admin, nil, 20270801, portfolio.Invalid},
		{s.admin, ids, 0, portfolio.Invalid},
		{s.admin, ids, 2027, portfolio.Invalid},
		{s.admin, append(slices.Clone(ids), "nobody"), 20270801, portfolio.NotFound},
		{s.admin, make([]string, portfolio.MostLeave+1), 20270801, portfolio.Invalid},
	} {
		n, err := s.lib.LeaveTogether(ctx, c.who, c.ids, c.on)
		s.fails(err, c.want)
		if n != 0 {
			t.Errorf("%d were recorded", n)
		}
	}
	for _, want := range []int{2, 0} {
		n, err := s.lib.LeaveTogether(ctx, s.admin, ids, 20270801)
		s.ok(err)
		if n != want {
			t.Errorf("%d were recorded, want %d", n, want)
		}
	}
	waiting, err := s.lib.ToConfirm(ctx, s.other)
	s.ok(err)
	var all []string
	for _, w := range waiting {
		all = append(all, w.ID)
	}
	s.ok(s.lib.ConfirmRoster(ctx, s.other, all))
	if n := s.waiting(); n != 0 || len(all) != 2 {
		t.Errorf("%d of %d wait", n, len(all))
	}
	for _, name := range []string{"sem", "mees"} {
		lines, err := s.lib.Log(ctx, s.who["petra"], s.id(name), 100)
		s.ok(err)
		if !slices.ContainsFunc(lines, func(n *portfolio.Logged) bool { return n.Act == "fact" && n.Note == "leaving" }) {
			t.Errorf("the log of %s does not tell of it", name)
		}
	}
}

// A family goes on having the right to the file, so somebody must answer: staff
// with a duty for the whole school, as if the student were still here.
func TestRequestsAboutWhoLeftAreAnsweredByWhoWorksForTheWholeSchool(t *testing.T) {
	s := newMoved(t)
	s.leaves(s.id("sem"), semLeaves)
	s.clock(portfolio.Date(20280101).Start())
	r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"record"}})
	for who, want := range map[string]int{"directeur": 1, "ingrid": 1, "petra": 1, "fatima": 0, "mentor": 0, "eigen": 1} {
		open, err := s.lib.OpenRequests(ctx, s.who[who])
		s.ok(err)
		if len(open) != want {
			t.Errorf("%s has %d requests, want %d", who, len(open), want)
		}
	}
	for _, who := range []string{"fatima", "mentor", "joris"} {
		_, err := s.lib.RequestByID(ctx, s.who[who], r.ID)
		s.fails(err, portfolio.NotFound)
	}
	if c := s.request("directeur", r); !c.Decides || !slices.Equal(c.Scope, []string{"record"}) {
		t.Errorf("decides %v on %v", c.Decides, c.Scope)
	}
	if got := s.can("directeur"); got != "" {
		t.Errorf("the director, who answers, does %q", got)
	}
	_, err := s.lib.OpenInEmergency(ctx, s.who["joris"], s.id("sem"), "Sem is gevallen en reageert niet goed.")
	s.fails(err, portfolio.NotFound)
	s.ok(s.release("directeur", r, portfolio.Releasing{Kinds: []string{"record"}}))
	s.clock(portfolio.Date(20290301).Start())
	open, err := s.lib.OpenRequests(ctx, s.who["directeur"])
	s.ok(err)
	if len(open) != 0 {
		t.Error("past the two years a request is left")
	}
}

func TestNobodyTalksAboutWhoLeftAndWhoIsInTouchStillReads(t *testing.T) {
	s := newMoved(t)
	s.leaves(s.id("sem"), semLeaves)
	for _, c := range []struct {
		on            portfolio.Date
		who           string
		touch, speaks bool
	}{
		{20270228, "sem", true, true}, {20270228, "fatima", true, true}, {20270228, "samira", true, true},
		{semLeaves, "sem", true, false}, {semLeaves, "fatima", false, false}, {semLeaves, "samira", true, false}, {20290301, "sem", false, false},
	} {
		s.clock(c.on.Start())
		ears, err := s.lib.Listeners(ctx, s.id("sem"), s.who[c.who])
		s.ok(err)
		if touch, _ := ears[0].InTouch(s.now()); touch != c.touch || ears[0].Speaks(s.now()) != c.speaks {
			t.Errorf("on %s %s is in touch %v and speaks %v", c.on, c.who, touch, ears[0].Speaks(s.now()))
		}
	}
	ears, err := s.lib.Listeners(ctx, "", s.who["sem"])
	s.ok(err)
	if !ears[0].Speaks(s.now()) {
		t.Error("in a conversation about nobody there is nobody to have left")
	}
}

func TestNothingIsErasedForALeavingOfWhichTwoDoNotAgreeAndWhatWasErasedIsNotUndone(t *testing.T) {
	s := newLeaving(t)
	made, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactLeaving, About: s.id("sem"), From: 20261125})
	s.ok(err)
	s.on(20261201)
	s.same("on one person's word", s.list("sem"), "1 contact contact 2026-11-25 leaving, 1 note note 2026-11-25 leaving")
	s.confirm(made)
	s.same("on two's", s.list("sem"), "1 contact contact 2026-11-25, 1 note note 2026-11-25")
	end, err := s.lib.EndFact(ctx, s.admin, made.ID, 20261125, "vergissing")
	s.ok(err)
	s.same("while it is taken back", s.list("sem"), "1 contact contact 2026-11-25 leaving, 1 note note 2026-11-25 leaving")
	_, err = s.lib.DeclineFact(ctx, s.other, end.ID, "Sem is echt weg.")
	s.ok(err)
	e, err := s.lib.Erase(ctx, s.who["petra"], s.id("sem"), s.dueOf("sem").Seen)
	s.ok(err)
	if len(e.Items) != 2 {
		t.Errorf("%d things were erased", len(e.Items))
	}
	_, err = s.lib.EndFact(ctx, s.admin, made.ID, 20261125, "toch een vergissing")
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.MoveLeaving(ctx, s.admin, made.ID, 20261220, "een andere dag")
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.EndFact(ctx, s.admin, made.ID, 20270801, "weer terug") // that can be
	s.ok(err)
}

func TestAtTwentyFourMonthsTheWholePortfolioIsOnTheListAndNothingIsErasedByItself(t *testing.T) {
	s := newLeaving(t)
	chores := portfolio.Chores{Lib: s.lib, Fault: func(chore string, err error) { t.Error(chore, err) }}
	before := s.documents("work")
	s.on(20281130)
	chores.Do(ctx)
	if strings.Contains(s.list("iris"), "portfolio") {
		t.Errorf("the day before: %s", s.list("iris"))
	}
	s.on(20281201)
	chores.Do(ctx)
	s.same("on the day", s.list("iris"), "1 contact contact 2026-12-01, 1 note note 2026-12-01, 1 work bin 2026-12-22, 2 assessment portfolio 2028-12-01, 1 care file 2028-12-01, 1 record file 2028-12-01, 1 work portfolio 2028-12-01")
	if now := s.documents("work"); now != before {
		t.Errorf("%d of %d works are left", now, before)
	}
}

func TestTheTimeMachineTellsOfALeavingAsItWasKnown(t *testing.T) {
	s := newMoved(t)
	at := s.now()
	s.later(time.Hour)
	s.leaves(s.id("sem"), portfolio.DateOf(at)) // recorded an hour too late
	s.later(time.Hour)
	got := sight(s.past("sem", at), s.id("fatima"), portfolio.HatStaff, s.work.ID)
	if !got.Then.Open || got.Now.Open || got.Differs() <= 0 {
		t.Errorf("the teacher: %+v", got)
	}
}

// A leaving ends the class at once: who was in it is not around any more, and is
// told all the same.
func TestALeavingIsToldToTheWholeSchoolSoThatNoPageGoesOnShowing(t *testing.T) {
	s := newMoved(t)
	var told [][]string
	s.lib.Watch(func(c portfolio.Change) {
		if c.What == "fact" {
			told = append(told, c.Persons)
		}
	})
	f := s.leaves(s.id("sem"), s.today())
	_, err := s.lib.EndFact(ctx, s.admin, f.ID, s.today(), "vergissing")
	s.ok(err)
	if len(told) != 3 { // the leaving, the yes of a second, its end
		t.Fatalf("%d changes were told", len(told))
	}
	for i, persons := range told {
		if persons != nil {
			t.Errorf("change %d is told to %v, want everybody", i, persons)
		}
	}
}

func TestABundleThatAnotherSchoolFetchedAsksForSixtyDaysWhetherTheStudentLeaves(t *testing.T) {
	s := newMoved(t)
	for name, fetched := range map[string]time.Time{"sem": s.now(), "mees": {}} { // nobody fetched that of mees
		id := portfolio.NewID()
		body, err := json.Marshal(portfolio.Handover{Head: portfolio.Head{School: s.admin.School, ID: id}, Student: s.id(name), Fetched: fetched})
		s.ok(err)
		s.ok(s.store.Create(ctx, portfolio.Doc{Ref: portfolio.Ref{School: s.admin.School, Kind: "handover", ID: id}, Body: body}))
	}
	asked := func() (out []string) {
		o, err := s.lib.Overview(ctx, s.admin)
		s.ok(err)
		for _, p := range o.Packed {
			out = append(out, p.Name.Given)
		}
		return out
	}
	last := s.today().AddDays(60)
	s.same("at once", asked(), []string{"sem"})
	s.clock(last.Start().Add(23 * time.Hour))
	s.same("on the sixtieth day", asked(), []string{"sem"})
	s.clock(last.AddDays(1).Start())
	s.same("after that", asked(), nil)
	s.clock(last.Start())
	s.leaves(s.id("sem"), last.AddDays(30))
	s.same("once it is recorded", asked(), nil)
}
