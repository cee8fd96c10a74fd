package export_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// A bundle that comes a second time, changed there or here, overwrites nothing.
func TestWhatDiffersIsKeptBesideAndNothingIsOverwritten(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Werk", Text: "eerst", Audience: []string{"staff"}})
	bin := s.work(portfolio.NewWork{Title: "Weg", Text: "weg"})
	a := s.assess(w.ID, portfolio.NewAssessment{Level: 2, Remark: "zo"})
	first := s.bundle(s.student, s.student.Person)

	beuk := empty(t, "De Beuk")
	imp := beuk.take(first, "")
	student := beuk.as(imp.Student, portfolio.HatStudent)
	find := func(title string) []*portfolio.Seen {
		works, _, err := beuk.lib.Works(ctx, student, imp.Student, "", 20)
		ok(t, err)
		var out []*portfolio.Seen
		for _, x := range works {
			if x.Title == title {
				out = append(out, x)
			}
		}
		return out
	}
	// Changed here, unchanged there: it stays as it is here.
	here := find("Werk")[0]
	_, err := beuk.lib.ChangeWork(ctx, student, here.ID, here.Rev, portfolio.NewWork{Title: "Werk", Text: "hier veranderd"}, nil)
	ok(t, err)
	again := beuk.take(first, imp.Student)
	if got := again.Report.Works; got != (portfolio.Tally{Same: 2}) {
		t.Errorf("unchanged there: %+v", got)
	}
	// Thrown away here: it stays away.
	gone := find("Weg")[0]
	_, err = beuk.lib.BinWork(ctx, student, gone.ID, gone.Rev)
	ok(t, err)
	if got := beuk.take(first, imp.Student).Report.Works; got != (portfolio.Tally{Same: 1, Gone: 1}) {
		t.Errorf("thrown away here: %+v", got)
	}
	// Changed on both sides: both are kept, once.
	_, err = s.lib.ChangeWork(ctx, s.student, w.ID, w.Rev, portfolio.NewWork{Title: "Werk", Text: "daar veranderd", Audience: []string{"staff"}}, nil)
	ok(t, err)
	_, err = s.lib.BinWork(ctx, s.student, bin.ID, bin.Rev)
	ok(t, err)
	second := s.bundle(s.student, s.student.Person)
	if got := beuk.take(second, imp.Student).Report.Works; got != (portfolio.Tally{Beside: 1}) {
		t.Errorf("changed there: %+v", got)
	}
	if got := beuk.take(second, imp.Student).Report.Works; got != (portfolio.Tally{Same: 1}) {
		t.Errorf("changed there, and again: %+v", got)
	}
	var texts []string
	for _, x := range find("Werk") {
		texts = append(texts, x.Text)
	}
	if got := strings.Join(texts, ", "); len(texts) != 2 || !strings.Contains(got, "hier veranderd") || !strings.Contains(got, "daar veranderd") {
		t.Errorf("the works say %s", got)
	}
	// Both go out again, each under an id of its own.
	if items := list(documentOf(t, beuk.bundle(student, imp.Student))["items"]); len(items) != 2 || items[0]["id"] == items[1]["id"] {
		t.Errorf("going out: %v", items)
	}
	// An assessment that says something else than the one here is not taken.
	forged := changed(t, payload(t, first), func(d string) string { return strings.Replace(d, `"score": 2`, `"score": 4`, 1) })
	if got := beuk.take(forged, imp.Student).Report.Assessments; got != (portfolio.Tally{Refused: 1}) {
		t.Errorf("a changed assessment: %+v", got)
	}
	all, err := beuk.lib.Assessments(ctx, student, imp.Student, "")
	ok(t, err)
	if len(all) != 1 || all[0].Level != 2 || all[0].Origin.ID != a.ID {
		t.Errorf("the assessments are %+v", all)
	}
}

// The history of a work goes along as fingerprints and grows on.
func TestHistoryGoesAlong(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Werk", Text: "een"})
	for _, text := range []string{"twee", "drie"} {
		var err error
		w, err = s.lib.ChangeWork(ctx, s.student, w.ID, w.Rev, portfolio.NewWork{Title: "Werk", Text: text}, nil)
		ok(t, err)
	}
	beuk := empty(t, "De Beuk")
	imp := beuk.take(s.bundle(s.student, s.student.Person), "")
	student := beuk.as(imp.Student, portfolio.HatStudent)
	works, _, err := beuk.lib.Works(ctx, student, imp.Student, "", 5)
	ok(t, err)
	_, err = beuk.lib.ChangeWork(ctx, student, works[0].ID, works[0].Rev, portfolio.NewWork{Title: "Werk", Text: "vier"}, nil)
	ok(t, err)
	it := list(documentOf(t, beuk.bundle(student, imp.Student))["items"])[0]
	var numbers, sums []any
	for _, h := range list(it["history"]) {
		numbers, sums = append(numbers, h["revision"]), append(sums, h["textSha256"])
	}
	same(t, "history", map[string]any{"n": []any{1.0, 2.0, 3.0}, "sums": []any{sum("een"), sum("twee"), sum("drie")}, "revision": 4.0},
		map[string]any{"n": numbers, "sums": sums, "revision": it["revision"]})
}

// An undo takes back what came in and leaves what was made of it here.
func TestAnUndoLeavesWhatWasChangedHere(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	for _, title := range []string{"blijft", "gaat", "beoordeeld"} {
		s.work(portfolio.NewWork{Title: title, Text: title, Uploads: []string{s.upload(title+".txt", []byte(title))}})
	}
	beuk := full(t, "2009-03-17")
	mine := beuk.work(portfolio.NewWork{Title: "van hier", Text: "x", Uploads: []string{beuk.upload("hier.txt", []byte("hier"))}})
	imp := beuk.take(s.bundle(s.student, s.student.Person), beuk.student.Person)
	works, _, err := beuk.lib.Works(ctx, beuk.student, imp.Student, "", 10)
	ok(t, err)
	for _, w := range works {
		switch w.Title {
		case "blijft":
			_, err = beuk.lib.ChangeWork(ctx, beuk.student, w.ID, w.Rev, portfolio.NewWork{Title: "blijft", Text: "hier verder"}, nil)
			ok(t, err)
		case "beoordeeld":
			_, err = beuk.lib.ShareWork(ctx, beuk.student, w.ID, w.Rev, []string{"staff"})
			ok(t, err)
			beuk.assess(w.ID, portfolio.NewAssessment{Level: 1})
		}
	}
	undone, err := beuk.lib.UndoImport(ctx, beuk.admin, imp.ID)
	ok(t, err)
	if undone.State != portfolio.ImportUndone || undone.Stayed != 2 {
		t.Errorf("undone: %s, %d stayed", undone.State, undone.Stayed)
	}
	works, _, err = beuk.lib.Works(ctx, beuk.student, imp.Student, "", 10)
	ok(t, err)
	var titles []string
	for _, w := range works {
		titles = append(titles, w.Title)
		for _, f := range w.Files {
			_, r, err := beuk.lib.OpenFile(ctx, beuk.student, w.ID, f.FileID(), false)
			if err != nil {
				t.Errorf("the file of %q: %v", w.Title, err)
				continue
			}
			r.Close()
		}
	}
	if len(titles) != 3 || strings.Contains(strings.Join(titles, " "), "gaat") {
		t.Errorf("after the undo there is %v", titles)
	}
	if _, err := beuk.lib.Work(ctx, beuk.student, mine.ID); err != nil {
		t.Errorf("the work made here: %v", err)
	}
	left := 0 // the file of the work that was changed is in its old version only
	for _, b := range beuk.blobs() {
		if strings.Contains(b, imp.ID) {
			left++
		}
	}
	if left != 2 {
		t.Errorf("%d files of the import are left, want those of the two works that stayed", left)
	}
	if _, err := beuk.lib.UndoImport(ctx, beuk.admin, imp.ID); portfolio.KindOf(err) != portfolio.Conflict {
		t.Errorf("undone twice: %v", err)
	}
	// The same bundle again brings what went, and keeps what stayed.
	if got := beuk.take(s.bundle(s.student, s.student.Person), beuk.student.Person).Report.Works; got != (portfolio.Tally{New: 1, Same: 2}) {
		t.Errorf("imported again: %+v", got)
	}
}

// Only an administrator takes a bundle in, and two at once do not mix.
func TestAnImportIsForAnAdministratorAndOneAtATime(t *testing.T) {
	ctx := context.Background()
	raw := rich(t)
	beuk := full(t, "2009-03-17")
	for _, a := range []portfolio.Actor{beuk.student, beuk.mother, beuk.teacher, beuk.as(beuk.admin.Person, portfolio.HatStaff)} {
		_, err := export.Import(ctx, beuk.lib, a, bytes.NewReader(raw), int64(len(raw)), "", quiet)
		if portfolio.KindOf(err) != portfolio.Forbidden {
			t.Errorf("%s: %v", a.Hat, err)
		}
		if _, err := beuk.lib.TakeBundle(ctx, a, "x.zip", bytes.NewReader(raw)); portfolio.KindOf(err) != portfolio.Forbidden {
			t.Errorf("%s spools: %v", a.Hat, err)
		}
	}
	for _, into := range []string{"nobody", beuk.mother.Person} {
		_, err := export.Import(ctx, beuk.lib, beuk.admin, bytes.NewReader(raw), int64(len(raw)), into, quiet)
		refused(t, err, portfolio.NotFound, "error.not_found")
	}
	second := error(nil)
	tried := false
	_, err := export.Import(ctx, beuk.lib, beuk.admin, bytes.NewReader(raw), int64(len(raw)), beuk.student.Person, func(h portfolio.Headway) error {
		if h.Step == export.StepStore && !tried {
			tried = true
			if _, err := beuk.lib.StartBundle(ctx, beuk.student, beuk.student.Person, portfolio.Wish{Lang: "nl"}); err != nil {
				t.Error(err)
			}
			if _, err := beuk.lib.Leave(ctx, beuk.student, beuk.student.Person); portfolio.KindOf(err) != portfolio.Conflict {
				t.Errorf("a bundle is made in the middle of an import: %v", err)
			}
			_, second = export.Import(ctx, beuk.lib, beuk.admin, bytes.NewReader(raw), int64(len(raw)), beuk.student.Person, quiet)
		}
		return nil
	})
	ok(t, err)
	if portfolio.KindOf(second) != portfolio.Conflict {
		t.Errorf("a second import at the same time: %v", second)
	}
	if works, _, err := beuk.lib.Works(ctx, beuk.student, beuk.student.Person, "", 10); err != nil || len(works) != 2 {
		t.Errorf("%d works (%v)", len(works), err)
	}
}

// While an import runs nothing of it is to be seen, and a new student is not
// there yet; nor is anything after it was stopped.
func TestNothingIsSeenBeforeEverythingIsThere(t *testing.T) {
	ctx := context.Background()
	raw := rich(t)
	for _, stop := range []bool{false, true} {
		for _, into := range []string{"a student", "a new one"} {
			beuk := full(t, "2009-03-17")
			people := func() int {
				all, err := beuk.lib.People(ctx, beuk.admin)
				ok(t, err)
				return len(all)
			}
			before, had := beuk.everything(), people()
			student := beuk.student.Person
			if into == "a new one" {
				student = ""
			}
			looked := 0
			imp, err := export.Import(ctx, beuk.lib, beuk.admin, bytes.NewReader(raw), int64(len(raw)), student, func(h portfolio.Headway) error {
				if h.Step != export.StepStore {
					return nil
				}
				looked++
				works, _, err := beuk.lib.Works(ctx, beuk.student, beuk.student.Person, "", 10)
				ok(t, err)
				bin, err := beuk.lib.Bin(ctx, beuk.student)
				ok(t, err)
				all, err := beuk.lib.Assessments(ctx, beuk.student, beuk.student.Person, "")
				ok(t, err)
				if n := len(works) + len(bin) + len(all); n > 0 || people() != had {
					t.Fatalf("in the middle %d things are seen, and %d people", n, people())
				}
				if stop && looked == 5 {
					imports, err := beuk.lib.Imports(ctx, beuk.admin)
					ok(t, err)
					return beuk.lib.DropImport(ctx, beuk.admin, imports[0].ID)
				}
				return nil
			})
			if looked < 5 {
				t.Fatalf("looked %d times", looked)
			}
			if !stop {
				ok(t, err)
				if imp.State != portfolio.ImportDone {
					t.Errorf("it is %s", imp.State)
				}
				continue
			}
			if portfolio.KindOf(err) != portfolio.Conflict || beuk.everything() != before || people() != had {
				t.Errorf("stopped, into %s: %v, %d documents and blobs, want %d", into, err, beuk.everything(), before)
			}
		}
	}
}

// A student without a portfolio takes the id it had before; one with work keeps
// the own.
func TestThePortfolioKeepsItsID(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	s.work(portfolio.NewWork{Title: "Werk", Text: "x"})
	raw := s.bundle(s.student, s.student.Person)
	was, err := s.lib.PersonByID(ctx, s.student, s.student.Person)
	ok(t, err)
	for what, prepare := range map[string]func(*school) (keeps bool){
		"nothing here": func(*school) bool { return false },
		"work here":    func(b *school) bool { b.work(portfolio.NewWork{Title: "van hier", Text: "x"}); return true },
	} {
		t.Run(what, func(t *testing.T) {
			beuk := full(t, "2009-03-17")
			keeps := prepare(beuk)
			before, err := beuk.lib.PersonByID(ctx, beuk.student, beuk.student.Person)
			ok(t, err)
			beuk.take(raw, beuk.student.Person)
			after, err := beuk.lib.PersonByID(ctx, beuk.student, beuk.student.Person)
			ok(t, err)
			want := was.Portfolio
			if keeps {
				want = before.Portfolio
			}
			if after.Portfolio != want {
				t.Errorf("the portfolio's id is %s, want %s", after.Portfolio, want)
			}
		})
	}
}
