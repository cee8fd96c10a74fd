package portfolio_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaft/app/localstore"
	"kaft/portfolio"
)

var ctx = context.Background()

// school is a small real school on the real embedded engine.
type school struct {
	t     testing.TB
	lib   *portfolio.Library
	store portfolio.Store
	files portfolio.Files
	mu    sync.Mutex
	at    time.Time
	admin portfolio.Actor
	other portfolio.Actor // the second administrator, who confirms
	who   map[string]portfolio.Actor
	class *portfolio.Class
}

// plainIntake takes every file as it is: what comes in is not what these tests
// are about (app/upload_test.go is).
type plainIntake struct{}

func (plainIntake) Admit(_ string, r io.Reader) (string, io.Reader, error) {
	return "text/plain", r, nil
}
func (plainIntake) Thumb(string, portfolio.BlobReader) []byte { return nil }

func newSchool(t testing.TB) *school {
	t.Helper()
	s := &school{t: t, at: time.Date(2026, 11, 22, 10, 0, 0, 0, portfolio.Amsterdam), who: map[string]portfolio.Actor{}}
	dir := t.TempDir()
	store, err := localstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	files, err := localstore.OpenFiles(dir + "/files")
	if err != nil {
		t.Fatal(err)
	}
	s.store, s.files = store, files
	s.lib = portfolio.NewLibrary(store, files, plainIntake{}, s.now)
	s.found("De Linde", "wim")
	for name, birth := range map[string]string{"sem": "2016-10-23", "lotte": "2010-10-13", "mees": "2016-01-01", "milan": "2008-09-01"} {
		b, err := portfolio.ParseBirth(birth)
		s.ok(err)
		s.person(name, portfolio.HatStudent, b)
	}
	for _, name := range []string{"samira", "joost", "mees-ma"} {
		s.person(name, portfolio.HatGuardian, portfolio.Birth{})
	}
	for _, name := range []string{"fatima", "joris"} {
		s.person(name, portfolio.HatStaff, portfolio.Birth{})
	}
	s.person("petra", portfolio.HatFG, portfolio.Birth{})
	s.class, err = s.lib.AddClass(ctx, s.admin, portfolio.Class{Name: "groep 7", Year: "2026/2027", From: 20260801, Until: 20270801})
	s.ok(err)
	for _, child := range []string{"sem", "lotte"} {
		s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id(child), Party: s.id("samira"), From: 20160101, Verified: 20240820})
		s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: "legal_parent", About: s.id(child), Party: s.id("samira"), From: 20100101})
		s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: "legal_parent", About: s.id(child), Party: s.id("joost"), From: 20100101})
	}
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("mees"), Party: s.id("mees-ma"), From: 20160101, Verified: 20240820})
	for _, child := range []string{"sem", "mees"} {
		s.fact(portfolio.Fact{Type: portfolio.FactEnrolment, About: s.id(child), Party: s.class.ID, From: 20260801})
	}
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: "teacher", About: s.class.ID, Party: s.id("fatima"), From: 20260801})
	return s
}

func (s *school) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *school) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func (s *school) found(name, login string) {
	s.t.Helper()
	sch, admin, err := s.lib.FoundSchool(ctx, portfolio.School{Name: name}, portfolio.Person{Name: portfolio.Name{Given: login}}, login, "hash of "+login)
	s.ok(err)
	s.admin = portfolio.Actor{School: sch.ID, Person: admin.ID, Hat: portfolio.HatAdmin}
	other, err := s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: "ada"}, Hats: []string{portfolio.HatAdmin}})
	s.ok(err)
	_, err = s.lib.Vouch(ctx, sch.ID, other.ID)
	s.ok(err)
	s.other = portfolio.Actor{School: sch.ID, Person: other.ID, Hat: portfolio.HatAdmin, Address: "127.0.0.1"}
}

func (s *school) person(name, hat string, birth portfolio.Birth) {
	s.t.Helper()
	p := s.welcome(portfolio.Person{Name: portfolio.Name{Given: name}, Hats: []string{hat}, Birth: birth})
	s.who[name] = portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: hat, Address: "127.0.0.1"}
}

// welcome makes a person, and has the second administrator agree where that is
// needed.
func (s *school) welcome(p portfolio.Person) *portfolio.Person {
	s.t.Helper()
	made, err := s.lib.AddPerson(ctx, s.admin, p)
	s.ok(err)
	if len(made.Asked) > 0 {
		made, err = s.lib.Agree(ctx, s.other, made.ID)
		s.ok(err)
	}
	return made
}

func (s *school) id(name string) string { return s.who[name].Person }

// fact records a fact, and has it confirmed where that is needed.
func (s *school) fact(f portfolio.Fact) *portfolio.Fact {
	s.t.Helper()
	if f.Evidence == "" {
		f.Evidence = "stuk 7"
	}
	made, err := s.lib.RecordFact(ctx, s.admin, f)
	s.ok(err)
	if made.Waits {
		_, err = s.lib.ConfirmFact(ctx, s.other, made.ID)
		s.ok(err)
	}
	return made
}

func (s *school) add(name string, w portfolio.NewWork) *portfolio.Work {
	s.t.Helper()
	if w.Text == "" {
		w.Text = "tekst"
	}
	made, err := s.lib.AddWork(ctx, s.who[name], w)
	s.ok(err)
	return made
}

func (s *school) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *school) fails(err error, want portfolio.ErrKind) {
	s.t.Helper()
	if err == nil || portfolio.KindOf(err) != want {
		s.t.Errorf("got error %v, want kind %v", err, want)
	}
}

var (
	shared  = []string{portfolio.ToStaff, portfolio.ToGuardians}
	inClass = []string{portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass}
)

func TestAWorkOpensForWhomTheRuleLetsAndIsAbsentForOthers(t *testing.T) {
	s := newSchool(t)
	works := map[string]*portfolio.Work{
		"private": s.add("sem", portfolio.NewWork{Title: "geheim"}),
		"shared":  s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared}),
		"draft":   s.add("sem", portfolio.NewWork{Title: "half", Audience: inClass, Draft: true}),
		"class":   s.add("sem", portfolio.NewWork{Title: "affiche", Audience: inClass}),
	}
	open := map[string]string{ // who: what opens
		"sem":     "class draft private shared",
		"samira":  "class shared",
		"fatima":  "class shared",
		"mees":    "class",
		"joost":   "",
		"joris":   "",
		"lotte":   "",
		"mees-ma": "",
		"petra":   "",
	}
	for who, want := range open {
		var got []string
		for name, w := range works {
			seen, err := s.lib.Work(ctx, s.who[who], w.ID)
			if err == nil && seen.Title == w.Title {
				got = append(got, name)
			} else {
				s.fails(err, portfolio.NotFound)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s opens %q, want %q", who, got, want)
		}
		list, _, err := s.lib.Works(ctx, s.who[who], s.id("sem"), "", 50)
		if want == "" {
			if len(list) > 0 {
				t.Errorf("%s gets a list of %d works", who, len(list))
			}
			continue
		}
		s.ok(err)
		if len(list) != len(got) {
			t.Errorf("%s lists %d works and opens %d", who, len(list), len(got))
		}
	}
}

func TestOtherHatsOfTheSamePersonDoNotHelp(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	for _, hat := range []string{portfolio.HatGuardian, portfolio.HatAdmin, portfolio.HatFG, ""} {
		a := s.who["fatima"]
		a.Hat = hat
		_, err := s.lib.Work(ctx, a, w.ID)
		s.fails(err, portfolio.NotFound)
	}
	_, err := s.lib.Work(ctx, s.who["fatima"], w.ID)
	s.ok(err)
}

func TestCustodyThatEndsClosesEverythingButTheRoute(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	_, err := s.lib.Work(ctx, s.who["samira"], w.ID)
	s.ok(err)
	facts, err := s.lib.FactsAbout(ctx, s.admin, s.id("sem"))
	s.ok(err)
	i := slices.IndexFunc(facts, func(f *portfolio.Fact) bool { return f.Type == portfolio.FactCustody })
	var told []portfolio.Change
	s.lib.Watch(func(c portfolio.Change) { told = append(told, c) })
	_, err = s.lib.EndFact(ctx, s.admin, facts[i].ID, portfolio.DateOf(s.at), "beschikking 12")
	s.ok(err)
	if len(told) != 1 || !slices.Contains(told[0].Persons, s.id("samira")) {
		t.Errorf("told %+v, want one change that concerns samira", told)
	}
	_, err = s.lib.Work(ctx, s.who["samira"], w.ID)
	s.fails(err, portfolio.NotFound)
	_, st, err := s.lib.Student(ctx, s.who["samira"], s.id("sem"))
	s.ok(err)
	if st != portfolio.Route {
		t.Errorf("standing %v, want the route", st)
	}
	_, st, err = s.lib.Student(ctx, s.who["samira"], s.id("lotte"))
	s.ok(err)
	if st != portfolio.Progress {
		t.Errorf("standing to lotte %v, want progress: her custody did not end", st)
	}
	again, err := s.lib.FactsAbout(ctx, s.admin, s.id("sem"))
	s.ok(err)
	if again[i].Until != portfolio.DateOf(s.at) || again[i].Rev != 1 {
		t.Errorf("fact %+v, want it ended by another fact and itself untouched", again[i])
	}
}

func TestReadersAreThoseForWhomItOpens(t *testing.T) {
	s := newSchool(t)
	for _, c := range []struct {
		audience []string
		want     string
	}{
		{nil, ""},
		{[]string{portfolio.ToStaff}, "fatima"},
		{shared, "fatima samira"},
		{inClass, "fatima samira mees"},
		{append(slices.Clone(inClass), portfolio.ToClassGuardians), "fatima samira mees"}, // under 16 the representative's yes is needed
	} {
		got := ""
		readers, err := s.lib.Readers(ctx, s.who["sem"], "", c.audience, false)
		s.ok(err)
		for _, r := range readers {
			got += " " + r.Name.Given
		}
		if got = strings.TrimSpace(got); got != c.want {
			t.Errorf("audience %v: readers %q, want %q", c.audience, got, c.want)
		}
	}
	s.fact(portfolio.Fact{Type: portfolio.FactYes, About: s.id("sem"), Kind: portfolio.ToClassGuardians, From: 20260801})
	readers, err := s.lib.Readers(ctx, s.who["sem"], "", append(slices.Clone(inClass), portfolio.ToClassGuardians), false)
	s.ok(err)
	if len(readers) != 4 || !slices.ContainsFunc(readers, func(r portfolio.Reader) bool { return r.Name.Given == "mees-ma" }) {
		t.Errorf("%d readers after the yes, want 4 with mees-ma", len(readers))
	}
	w := s.add("sem", portfolio.NewWork{Title: "met ouders van de klas", Audience: append(slices.Clone(inClass), portfolio.ToClassGuardians)})
	_, err = s.lib.Work(ctx, s.who["mees-ma"], w.ID)
	s.ok(err)
	_, err = s.lib.Readers(ctx, s.who["samira"], w.ID, nil, false)
	s.fails(err, portfolio.NotFound)
}

func TestVersionsKeepWhatWasAndTheBinGivesBack(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	w := s.add("sem", portfolio.NewWork{Title: "een", Text: "eerste", Audience: shared})
	two, err := s.lib.ChangeWork(ctx, sem, w.ID, w.Rev, portfolio.NewWork{Title: "twee", Text: "tweede"}, nil)
	s.ok(err)
	_, err = s.lib.ChangeWork(ctx, sem, w.ID, w.Rev, portfolio.NewWork{Title: "te laat", Text: "x"}, nil)
	s.fails(err, portfolio.Conflict)
	old, err := s.lib.Versions(ctx, sem, w.ID)
	s.ok(err)
	if len(old) != 1 || old[0].Work.Title != "een" {
		t.Fatalf("versions %+v, want the first", old)
	}
	back, err := s.lib.RestoreVersion(ctx, sem, w.ID, two.Rev, 1)
	s.ok(err)
	if back.Title != "een" || len(back.Audience) != 0 || back.Version != 3 {
		t.Errorf("restored %+v, want the first text with the audience of now", back)
	}
	for _, who := range []string{"samira", "fatima", "joost", "mees"} {
		_, err = s.lib.Versions(ctx, s.who[who], w.ID)
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.BinWork(ctx, s.who[who], w.ID, back.Rev)
		s.fails(err, portfolio.NotFound)
	}
	binned, err := s.lib.BinWork(ctx, sem, w.ID, back.Rev)
	s.ok(err)
	_, err = s.lib.Work(ctx, sem, w.ID)
	s.fails(err, portfolio.NotFound)
	bin, err := s.lib.Bin(ctx, sem)
	s.ok(err)
	if len(bin) != 1 || bin[0].ID != w.ID {
		t.Errorf("bin %+v, want the work", bin)
	}
	_, err = s.lib.UnbinWork(ctx, sem, w.ID, binned.Rev)
	s.ok(err)
	seen, err := s.lib.Work(ctx, sem, w.ID)
	s.ok(err)
	if seen.Title != "een" {
		t.Errorf("put back as %q", seen.Title)
	}
}

func TestAnAssessmentIsItsAuthorsUntilPublishedAndFixedAfter(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	_, err := s.lib.Assess(ctx, s.who["joris"], w.ID, portfolio.NewAssessment{Level: 3})
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.Assess(ctx, s.who["samira"], w.ID, portfolio.NewAssessment{Level: 3})
	s.fails(err, portfolio.Forbidden)
	for _, bad := range []portfolio.NewAssessment{{}, {Level: 5}, {Level: -1, Remark: "x"}, {Remark: strings.Repeat("x", portfolio.MaxRemark+1)}} {
		_, err = s.lib.Assess(ctx, s.who["fatima"], w.ID, bad)
		s.fails(err, portfolio.Invalid)
	}
	a, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3, Remark: "goed"})
	s.ok(err)
	count := func(who string) int {
		t.Helper()
		all, err := s.lib.Assessments(ctx, s.who[who], s.id("sem"), "")
		if err != nil {
			s.fails(err, portfolio.NotFound)
		}
		return len(all)
	}
	for who, want := range map[string]int{"fatima": 1, "sem": 1, "samira": 0, "joost": 0} {
		if who == "sem" {
			want = 0 // rule 3: a draft is its author's alone
		}
		if got := count(who); got != want {
			t.Errorf("draft: %s sees %d assessments, want %d", who, got, want)
		}
	}
	a, err = s.lib.PublishAssessment(ctx, s.who["fatima"], a.ID, a.Rev)
	s.ok(err)
	for who, want := range map[string]int{"fatima": 1, "sem": 1, "samira": 1, "joost": 0, "mees": 0} {
		if got := count(who); got != want {
			t.Errorf("published: %s sees %d assessments, want %d", who, got, want)
		}
	}
	_, err = s.lib.ChangeAssessment(ctx, s.who["fatima"], a.ID, a.Rev, portfolio.NewAssessment{Level: 1})
	s.fails(err, portfolio.Forbidden)
}

func TestWhoMayAskGetsARegisteredRequestOfTheRightKind(t *testing.T) {
	s := newSchool(t)
	for who, want := range map[string]string{"samira": portfolio.AskToView, "joost": portfolio.AskToKnow} {
		r, err := s.lib.Ask(ctx, s.who[who], s.id("sem"), portfolio.Question{Period: "dit jaar"})
		s.ok(err)
		if r.Kind != want || r.Due != portfolio.Date(20261221) {
			t.Errorf("%s: %s due %v, want %s due 2026-12-21", who, r.Kind, r.Due, want)
		}
		mine, err := s.lib.MyRequests(ctx, s.who[who])
		s.ok(err)
		if len(mine) != 1 || mine[0].ID != r.ID {
			t.Errorf("%s sees %d own requests, want the one", who, len(mine))
		}
	}
	for _, who := range []string{"mees", "mees-ma", "joris", "petra"} {
		_, err := s.lib.Ask(ctx, s.who[who], s.id("sem"), portfolio.Question{})
		s.fails(err, portfolio.NotFound)
	}
	for who, want := range map[string]int{"fatima": 2, "petra": 2, "joris": 0, "samira": 0} {
		open, err := s.lib.OpenRequests(ctx, s.who[who])
		s.ok(err)
		if len(open) != want {
			t.Errorf("%s sees %d open requests, want %d", who, len(open), want)
		}
	}
}

func TestSchoolsNeverMeet(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: []string{portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass, portfolio.ToSchool}})
	linde, sem := s.admin, s.id("sem")
	s.found("De Eik", "karin")
	if s.admin.School == linde.School {
		t.Fatal("the second school is the first")
	}
	s.person("spy", portfolio.HatStaff, portfolio.Birth{})
	spy := s.who["spy"]
	_, err := s.lib.Work(ctx, spy, w.ID)
	s.fails(err, portfolio.NotFound)
	_, _, err = s.lib.Student(ctx, spy, sem)
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactDuty, Kind: "teacher", About: sem, Party: spy.Person, Evidence: "stuk 7"})
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: spy.Person, Verified: 20260101, Evidence: "stuk 7"})
	s.fails(err, portfolio.NotFound)
	spy.School = linde.School // a person of another school, pretending
	_, err = s.lib.Work(ctx, spy, w.ID)
	s.fails(err, portfolio.NotFound)
	people, err := s.lib.People(ctx, s.admin)
	s.ok(err)
	if len(people) != 3 {
		t.Errorf("De Eik has %d people, want 3", len(people))
	}
}

func TestTheLogOfAStudentIsAChainThatManyWritersKeepWhole(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	var wg sync.WaitGroup
	for _, who := range []string{"samira", "fatima"} {
		for range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 5 {
					if _, err := s.lib.Work(ctx, s.who[who], w.ID); err != nil {
						t.Error(err)
					}
				}
			}()
		}
	}
	wg.Wait()
	lines, err := s.lib.Log(ctx, s.who["samira"], s.id("sem"), 500)
	s.ok(err)
	looks := 0
	docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "audit", Index: "about", Limit: 500}.Prefix(s.id("sem")+"/"))
	s.ok(err)
	if len(docs) != len(lines) {
		t.Fatalf("%d lines stored, %d shown", len(docs), len(lines))
	}
	before := ""
	for i, d := range docs {
		n := lines[len(lines)-1-i]
		if n.Seq != int64(i+1) || n.Before != before {
			t.Fatalf("line %d has number %d and hash %.8s, want %.8s", i+1, n.Seq, n.Before, before)
		}
		sum := sha256.Sum256(d.Body)
		before = hex.EncodeToString(sum[:])
		if n.Act == "look" {
			looks++
			if n.Rule == "" || n.Outcome == "" || n.Address != "127.0.0.1" {
				t.Errorf("line %+v lacks its rule, outcome or address", n.Line)
			}
		}
	}
	if looks != 40 {
		t.Errorf("%d looks logged, want 40", looks)
	}
	_, err = s.lib.Log(ctx, s.who["joost"], s.id("sem"), 10)
	s.fails(err, portfolio.Forbidden)
	_, err = s.lib.Log(ctx, s.who["mees"], s.id("sem"), 10)
	s.fails(err, portfolio.NotFound)
}

func TestWhatIsSentWrongChangesNothing(t *testing.T) {
	s := newSchool(t)
	for name, w := range map[string]portfolio.NewWork{
		"no title":         {Text: "x"},
		"only spaces":      {Title: "  ", Text: "x"},
		"title too long":   {Title: strings.Repeat("a", 10_000), Text: "x"},
		"text too long":    {Title: "a", Text: strings.Repeat("a", portfolio.MaxText+1)},
		"broken UTF-8":     {Title: "a\xff", Text: "x"},
		"NUL":              {Title: "a\x00b", Text: "x"},
		"nothing in it":    {Title: "a"},
		"unknown audience": {Title: "a", Text: "x", Audience: []string{"everyone"}},
		"unknown type":     {Title: "a", Text: "x", Type: "blog"},
	} {
		_, err := s.lib.AddWork(ctx, s.who["sem"], w)
		if portfolio.KindOf(err) != portfolio.Invalid {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
	_, err := s.lib.AddWork(ctx, s.who["sem"], portfolio.NewWork{Title: "a", Text: "x", Uploads: []string{portfolio.NewID()}})
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.AddWork(ctx, s.who["samira"], portfolio.NewWork{Title: "a", Text: "x"})
	s.fails(err, portfolio.NotFound)
	all, _, err := s.lib.Works(ctx, s.who["sem"], s.id("sem"), "", 50)
	s.ok(err)
	if len(all) != 0 {
		t.Errorf("%d works, want none", len(all))
	}
}

func TestPagesOfWorksShowEachOnceNewestFirst(t *testing.T) {
	s := newSchool(t)
	for i := range 25 {
		w := portfolio.NewWork{Title: string(rune('a' + i)), HappenedOn: portfolio.Date(20261101 + i/2), Audience: shared}
		if i%3 == 0 {
			w.Audience = nil
		}
		s.later(time.Second)
		s.add("sem", w)
	}
	seen, after := map[string]bool{}, ""
	last := portfolio.Date(99999999)
	for {
		page, next, err := s.lib.Works(ctx, s.who["samira"], s.id("sem"), after, 4)
		s.ok(err)
		for _, w := range page {
			if seen[w.ID] || w.HappenedOn > last {
				t.Errorf("work %q of %v again or out of order", w.Title, w.HappenedOn)
			}
			seen[w.ID], last = true, w.HappenedOn
		}
		if after = next; next == "" {
			break
		}
	}
	if len(seen) != 16 {
		t.Errorf("saw %d works, want the 16 that are shared", len(seen))
	}
	_, _, err := s.lib.Works(ctx, s.who["samira"], s.id("sem"), s.id("lotte")+"/x|y", 4)
	s.fails(err, portfolio.Invalid)
}

func TestTheLogDoesNotTellOfADraft(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	a, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3})
	s.ok(err)
	about := func(who string) (n int) {
		t.Helper()
		lines, err := s.lib.Log(ctx, s.who[who], s.id("sem"), 100)
		s.ok(err)
		for _, l := range lines {
			if l.Kind == portfolio.ItemAssessment && l.Act != "look" {
				n++
			}
		}
		return n
	}
	for who, want := range map[string]int{"sem": 0, "samira": 0, "petra": 1} {
		if got := about(who); got != want {
			t.Errorf("draft: %s reads of %d assessments in the log, want %d", who, got, want)
		}
	}
	_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], a.ID, a.Rev)
	s.ok(err)
	if got := about("samira"); got != 1 {
		t.Errorf("published: samira reads of %d assessments in the log, want 1", got)
	}
}

func TestOneParentCannotFloodTheSchoolWithRequests(t *testing.T) {
	s := newSchool(t)
	for i := range 10 {
		_, err := s.lib.Ask(ctx, s.who["joost"], s.id("sem"), portfolio.Question{Period: "vraag " + string(rune('a'+i))})
		s.ok(err)
	}
	_, err := s.lib.Ask(ctx, s.who["joost"], s.id("sem"), portfolio.Question{Period: "nog een"})
	s.fails(err, portfolio.TooMany)
	_, err = s.lib.Ask(ctx, s.who["joost"], s.id("lotte"), portfolio.Question{Period: "over lotte"})
	s.ok(err)
	_, err = s.lib.Ask(ctx, s.who["samira"], s.id("sem"), portfolio.Question{Period: "van samira"})
	s.ok(err)
}

func TestAConsentCountsOnlyWhileItIsInForce(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "affiche", Audience: []string{portfolio.ToSchool}})
	open := func() bool { _, err := s.lib.Work(ctx, s.who["lotte"], w.ID); return err == nil }
	s.fact(portfolio.Fact{Type: portfolio.FactYes, About: s.id("sem"), Kind: portfolio.ToSchool, From: 20261123, Until: 20261125})
	for day, want := range []bool{false, true, true, false} {
		if got := open(); got != want {
			t.Errorf("day %d: open %v, want %v", day, got, want)
		}
		s.later(24 * time.Hour)
	}
}

func TestPagesOfWorksLeaveNothingOutAmongWorksThatStayClosed(t *testing.T) {
	s := newSchool(t)
	var want []string
	for i := range 14 {
		s.later(time.Minute)
		w := portfolio.NewWork{Title: "werk"}
		if i%7 > 4 { // five in a row that stay closed, more than a page
			w.Audience = shared
		}
		if made := s.add("sem", w); w.Audience != nil {
			want = append([]string{made.ID}, want...)
		}
	}
	for limit := 1; limit <= 5; limit++ {
		var got []string
		after := ""
		for {
			page, next, err := s.lib.Works(ctx, s.who["fatima"], s.id("sem"), after, limit)
			s.ok(err)
			for _, w := range page {
				got = append(got, w.ID)
			}
			if len(page) > limit {
				t.Errorf("a page of %d has %d works", limit, len(page))
			}
			if after = next; after == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: got %q, want %q", limit, got, want)
		}
	}
}
