package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/export"
	"kaft/portfolio"
)

// Who may have a bundle made, by who asks and how old the student is.
func TestABundleIsForWhoHasTheRightToTheFile(t *testing.T) {
	ctx := context.Background()
	for _, age := range []struct {
		what, birth string
		ok          string
	}{{"under 16", "2015-03-17", "mother"}, {"16 and 17", "2010-03-17", "student"}, {"18", "2008-03-17", "student"}} {
		s := full(t, age.birth)
		for who, a := range map[string]portfolio.Actor{"student": s.student, "mother": s.mother, "father": s.father, "teacher": s.teacher, "classmate": s.friend, "administrator": s.admin} {
			_, err := s.lib.StartBundle(ctx, a, s.student.Person, portfolio.Wish{Lang: "nl"})
			if who == age.ok {
				ok(t, err)
				continue
			}
			if k := portfolio.KindOf(err); err == nil || (k != portfolio.Forbidden && k != portfolio.NotFound) {
				t.Errorf("%s, %s: got %v, want a refusal", age.what, who, err)
			}
			if who == "classmate" {
				refused(t, err, portfolio.NotFound, "error.not_found")
			}
		}
	}
}

// The guardian of a student under 16 takes along what opens to a guardian. What
// is a right but does not open is counted and not named; what the rule answers
// with NO is not even counted; no other child is in it.
func TestAGuardiansBundleHoldsWhatOpensToAGuardian(t *testing.T) {
	s := full(t, "2015-03-17")
	ctx := context.Background()
	shared := s.work(portfolio.NewWork{Title: "Gedeeld werk", Text: "voor thuis", Audience: []string{"guardians", "staff"}})
	s.work(portfolio.NewWork{Title: "Geheim dagboek", Text: "alleen ik", Uploads: []string{s.upload("geheim.txt", []byte("niemand mag dit zien"))}})
	s.work(portfolio.NewWork{Title: "Ruwe schets", Text: "nog niet af", Audience: []string{"guardians"}, Draft: true})
	gone := s.work(portfolio.NewWork{Title: "Weggegooid", Text: "in de bak", Audience: []string{"guardians"}})
	_, err := s.lib.BinWork(ctx, s.student, gone.ID, gone.Rev)
	ok(t, err)
	s.assess(shared.ID, portfolio.NewAssessment{Level: 4, Remark: "Knap"})
	_, err = s.lib.Assess(ctx, s.teacher, shared.ID, portfolio.NewAssessment{Remark: "nog een concept van de juf"})
	ok(t, err)
	s.depict(shared.ID, s.friend.Person)

	raw := s.bundle(s.mother, s.student.Person)
	all := everyByte(t, raw)
	for _, never := range []string{"Geheim", "geheim", "alleen ik", "niemand mag", "Ruwe schets", "Weggegooid", "concept van de juf",
		s.friendName, "Vogelzang", s.friend.Person, s.father.Person, "Joost", s.mother.Person, s.teacher.Person, "192.0.2.7"} {
		if bytes.Contains(all, []byte(never)) {
			t.Errorf("%q is in the bundle", never)
		}
	}
	for _, there := range []string{"Gedeeld werk", "Knap", "juf Fatima", "Samira Berg", "medeleerling 1"} {
		if !bytes.Contains(all, []byte(there)) {
			t.Errorf("%q is not in the bundle", there)
		}
	}
	from := empty(t, "De Beuk").take(raw, "").From.Contents
	if from.Items != 1 || from.Assessments != 1 || from.Files != 0 {
		t.Errorf("the bundle says to hold %+v", from)
	}
	count := map[string]int{}
	for _, o := range from.Omitted {
		count[o.Category+" "+o.Reason] += o.Count
	}
	if got, want := count["work on-request"], 2; got != want {
		t.Errorf("%d works stay out, want %d: the private one and the draft", got, want)
	}
	if _, counted := count["assessment on-request"]; counted {
		t.Error("the teacher's draft is counted")
	}
	for _, category := range []string{"chat", "access-log", "record", "custody", "binned"} {
		if n, named := count[category+" not-in-transfer"]; !named || n != 0 {
			t.Errorf("%s: named %v, counted %d", category, named, n)
		}
	}
}

// A refusal for the child's sake leaves no trace in the refused one's bundle.
func TestWhatIsRefusedToAGuardianIsNotEvenCounted(t *testing.T) {
	s := full(t, "2015-03-17")
	w := s.work(portfolio.NewWork{Title: "Gedeeld werk", Text: "voor thuis", Audience: []string{"guardians", "staff"}})
	private := s.work(portfolio.NewWork{Title: "Geheim", Text: "x"})
	a := s.assess(w.ID, portfolio.NewAssessment{Level: 1})
	s.record(portfolio.Fact{Type: portfolio.FactRefusal, About: s.student.Person, Party: s.mother.Person,
		Items: []string{w.ID, private.ID, a.ID}, From: 20260101, Review: 20270101})
	from := empty(t, "De Beuk").take(s.bundle(s.mother, s.student.Person), "").From.Contents
	if from.Items+from.Assessments != 0 {
		t.Errorf("the bundle holds %+v", from)
	}
	for _, o := range from.Omitted {
		if o.Count > 0 {
			t.Errorf("%+v is counted", o)
		}
	}
}

// Where a child is or will be stays out for somebody a court keeps from it.
func TestASecretAddressKeepsTheClassOut(t *testing.T) {
	s := full(t, "2015-03-17")
	s.work(portfolio.NewWork{Title: "Gedeeld werk", Text: "voor thuis", Audience: []string{"guardians"}})
	if !bytes.Contains(everyByte(t, s.bundle(s.mother, s.student.Person)), []byte("groep 7b")) {
		t.Fatal("the control: the class is not in an ordinary bundle")
	}
	s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderSecretAddress, About: s.student.Person, Party: s.mother.Person, From: 20260101})
	all := everyByte(t, s.bundle(s.mother, s.student.Person))
	if bytes.Contains(all, []byte("groep 7b")) || !bytes.Contains(all, []byte("Gedeeld werk")) {
		t.Error("the class is in the bundle, or the work is not")
	}
}

// A bundle is fetched by who had it made and who still may have it, and by
// nobody else; what was a right yesterday is decided again at every fetch.
func TestABundleIsDecidedAgainWhenItIsFetched(t *testing.T) {
	s := full(t, "2010-11-25") // turns 16 in four days
	ctx := context.Background()
	s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.student.Person, Party: s.father.Person, From: 20260101, Verified: 20260101})
	made := func(a portfolio.Actor) *portfolio.Bundle {
		b, err := s.lib.StartBundle(ctx, a, s.student.Person, portfolio.Wish{Lang: "nl"})
		ok(t, err)
		ok(t, s.lib.PackBundle(ctx, b.School, b.ID, export.Maker{Version: "test"}.Write))
		return b
	}
	mothers, fathers := made(s.mother), made(s.father)
	fetch := func(a portfolio.Actor, b *portfolio.Bundle) error {
		_, r, err := s.lib.OpenBundle(ctx, a, b.ID, true)
		if err == nil {
			r.Close()
		}
		return err
	}
	ok(t, fetch(s.mother, mothers))
	ok(t, fetch(s.father, fathers))
	for who, a := range map[string]portfolio.Actor{"the father": s.father, "the student": s.student, "a teacher": s.teacher, "an administrator": s.admin} {
		if portfolio.KindOf(fetch(a, mothers)) != portfolio.NotFound {
			t.Errorf("%s got the mother's bundle", who)
		}
	}
	other := s.mother
	other.Hat = portfolio.HatStaff
	if portfolio.KindOf(fetch(other, mothers)) != portfolio.NotFound {
		t.Error("the mother got it in another hat")
	}

	facts, err := s.lib.FactsAbout(ctx, s.admin, s.student.Person)
	ok(t, err)
	i := slices.IndexFunc(facts, func(f *portfolio.Fact) bool { return f.Type == portfolio.FactCustody && f.Party == s.father.Person })
	_, err = s.lib.EndFact(ctx, s.admin, facts[i].ID, portfolio.DateOf(s.clock.Now()), "C/13/1")
	ok(t, err)
	if portfolio.KindOf(fetch(s.father, fathers)) != portfolio.NotFound {
		t.Error("the father, whose custody ended, got his bundle")
	}
	ok(t, fetch(s.mother, mothers))

	s.clock.Set(time.Date(2026, 11, 25, 0, 0, 0, 0, portfolio.Amsterdam))
	if portfolio.KindOf(fetch(s.mother, mothers)) != portfolio.NotFound {
		t.Error("the mother of a student of 16 got the bundle she made when the student was 15")
	}
}

// What closed to the maker since a bundle was made closes the bundle.
func TestABundleOfWhichSomethingClosedIsNotFetched(t *testing.T) {
	s := full(t, "2015-03-17")
	ctx := context.Background()
	w := s.work(portfolio.NewWork{Title: "Gedeeld werk", Text: "voor thuis", Audience: []string{"guardians"}})
	b, err := s.lib.StartBundle(ctx, s.mother, s.student.Person, portfolio.Wish{Lang: "nl"})
	ok(t, err)
	ok(t, s.lib.PackBundle(ctx, b.School, b.ID, export.Maker{}.Write))
	fetch := func() error {
		_, r, err := s.lib.OpenBundle(ctx, s.mother, b.ID, true)
		if err == nil {
			r.Close()
		}
		return err
	}
	ok(t, fetch())
	w, err = s.lib.ShareWork(ctx, s.student, w.ID, w.Rev, nil)
	ok(t, err)
	refused(t, fetch(), portfolio.Conflict, "error.bundle.closed")
	_, err = s.lib.ShareWork(ctx, s.student, w.ID, w.Rev, []string{"guardians"})
	ok(t, err)
	ok(t, fetch())
}

// Each bundle leaves its lines in the student's log, and so does each import.
func TestABundleIsInTheLog(t *testing.T) {
	s := full(t, "2009-03-17")
	s.work(portfolio.NewWork{Title: "Werk", Text: "x"})
	raw := s.bundle(s.student, s.student.Person)
	var acts []string
	log, err := s.lib.Log(context.Background(), s.student, s.student.Person, 100)
	ok(t, err)
	for _, l := range log {
		if l.Item != "" && l.Act != "fact" && l.Act != "confirm" && l.Act != "add" {
			acts = append(acts, l.Act+" "+l.Rule)
		}
	}
	if got := strings.Join(acts, ", "); got != "fetch 4, export 4" {
		t.Errorf("the log says %q", got)
	}
	beuk := empty(t, "De Beuk")
	imp := beuk.take(raw, "")
	log, err = beuk.lib.Log(context.Background(), beuk.as(imp.Student, portfolio.HatStudent), imp.Student, 100)
	ok(t, err)
	if len(log) != 1 || log[0].Act != "import" || log[0].Item != imp.ID || log[0].Actor != beuk.admin.Person {
		t.Errorf("the log says %+v", log)
	}
}

// What comes in is private until the student shares it again, whoever saw it
// there; an assessment is seen as any other.
func TestWhatComesInIsPrivate(t *testing.T) {
	s := full(t, "2015-03-17")
	w := s.work(portfolio.NewWork{Title: "Werk", Text: "x", Audience: []string{"guardians", "staff", "class", "school"}})
	s.assess(w.ID, portfolio.NewAssessment{Level: 2, Goal: "taal", Remark: "Let op"})
	s.depict(w.ID, s.friend.Person) // who consented, there
	raw := s.bundle(s.mother, s.student.Person)

	beuk := full(t, "2015-03-17")
	beuk.take(raw, beuk.student.Person)
	ctx := context.Background()
	for who, a := range map[string]portfolio.Actor{"mother": beuk.mother, "teacher": beuk.teacher, "classmate": beuk.friend} {
		works, _, err := beuk.lib.Works(ctx, a, beuk.student.Person, "", 10)
		if err == nil && len(works) > 0 {
			t.Errorf("the %s sees it", who)
		}
	}
	works, _, err := beuk.lib.Works(ctx, beuk.student, beuk.student.Person, "", 10)
	ok(t, err)
	if len(works) != 1 || !slices.Equal(slices.Sorted(slices.Values(works[0].Origin.Audience)), []string{"class", "guardians", "school", "staff"}) {
		t.Fatalf("the student sees %+v", works)
	}
	for who, a := range map[string]portfolio.Actor{"mother": beuk.mother, "teacher": beuk.teacher, "student": beuk.student} {
		all, err := beuk.lib.Assessments(ctx, a, beuk.student.Person, "")
		ok(t, err)
		if len(all) != 1 || all[0].Level != 2 || all[0].Goal != "taal" || all[0].Remark != "Let op" || all[0].AuthorName != "juf Fatima" || all[0].Author != "" {
			t.Errorf("the %s gets %+v", who, all)
		}
	}
	if _, err := beuk.lib.ShareWork(ctx, beuk.student, works[0].ID, works[0].Rev, []string{"staff", "class"}); err != nil {
		t.Error(err)
	}
	if works, _, err := beuk.lib.Works(ctx, beuk.friend, beuk.student.Person, "", 10); err == nil && len(works) > 0 {
		t.Error("a consent given there is one here: a classmate sees a picture of another child")
	}
	if works, _, err := beuk.lib.Works(ctx, beuk.teacher, beuk.student.Person, "", 10); err != nil || len(works) != 1 {
		t.Errorf("shared again, the teacher sees %d works (%v)", len(works), err)
	}
}

// depict puts another child in a work's picture, with consent.
func (s *school) depict(work, child string) {
	s.t.Helper()
	ctx := context.Background()
	d, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: "work", ID: work})
	ok(s.t, err)
	var w map[string]any
	ok(s.t, json.Unmarshal(d.Body, &w))
	w["depicted"] = []any{map[string]any{"student": child, "consent": true}}
	d.Body, err = json.Marshal(w)
	ok(s.t, err)
	ok(s.t, s.store.Replace(ctx, d))
}

// everyByte is a bundle as it is, and inflated.
func everyByte(t testing.TB, raw []byte) []byte {
	all := bytes.Clone(raw)
	for name, b := range entries(t, raw) {
		all = append(append(all, name...), b...)
	}
	return all
}
