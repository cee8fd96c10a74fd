package app

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// A teacher's day in one demo school.
func TestATeachersDay(t *testing.T) {
	play(t, []scene{
		{"today lists what waits", todayListsWhatWaits},
		{"the group lists every student with the last work", theGroupListsEveryStudent},
		{"an assessment is a draft until it is shared", anAssessmentIsADraftUntilItIsShared},
		{"what was filled in wrongly is shown again", anAssessmentFilledInWronglyIsShownAgain},
		{"two windows do not overwrite each other", twoWindowsDoNotOverwriteEachOther},
		{"a button pressed twice makes one assessment", aButtonPressedTwiceMakesOneAssessment},
		{"who may not assess gets nothing done", whoMayNotAssessGetsNothingDone},
	})
}

func todayListsWhatWaits(t *testing.T, s *testSchool) {
	r := s.as("fatima").get("/vandaag")
	r.ok(t, "Te beoordelen", "Terug naar mijn vulkaan", "Sem Amrani", "rekenen: tafels", "Geen open verzoeken.")
	r.hides(t, "Geheim verhaal", "Gedicht", "Mijn vulkaan</a>")
	if got := r.all("a", "href", "/werk/"+s.workOf("sem", "Terug naar mijn vulkaan").ID); len(got) != 1 {
		t.Errorf("%d links to the work that waits, want 1", len(got))
	}
	joris := s.as("joris").get("/vandaag")
	joris.ok(t, "Affiche schoolfeest")
	joris.hides(t, "Sem Amrani", "rekenen: tafels")
	s.as("ingrid").get("/vandaag").ok(t, "Je werkt voor de hele school.")
	sem := s.as("sem").get("/vandaag") // another hat finds an empty desk
	sem.ok(t, "Alles beoordeeld.")
}

func theGroupListsEveryStudent(t *testing.T, s *testSchool) {
	c := s.as("fatima")
	r := c.get("/groep")
	r.ok(t, "groep 7", "Noor de Vries", "Sem Amrani", "Terug naar mijn vulkaan")
	r.hides(t, "Lotte Amrani", "Geheim verhaal")
	if got := len(r.all("tr", "", "")) - 1; got != 15 {
		t.Errorf("%d students, want 15", got)
	}
	if r := c.get("/groep?klas=" + s.classID("klas 4")); r.status != http.StatusNotFound {
		t.Errorf("another class: status %d, want 404", r.status)
	}
	ingrid := s.as("ingrid")
	ingrid.get("/groep?klas="+s.classID("klas 4")).ok(t, "Lotte Amrani", "groep 7")
	s.as("samira").get("/groep").ok(t, "Hier staan nog geen leerlingen")
	// A student who shares nothing with the school stands out.
	w := s.workOf("daan", "Dit wil ik leren")
	me := s.actor("daan", portfolio.HatStudent)
	for _, title := range []string{"Mijn eerste werk dit jaar", w.Title} {
		w := s.workOf("daan", title)
		if _, err := s.lib.ShareWork(context.Background(), me, w.ID, w.Rev, nil); err != nil {
			t.Fatal(err)
		}
	}
	c.get("/groep").ok(t, "nog niets gedeeld")
	c.get("/leerling/"+s.ids["daan"]).ok(t, "Daan deelt nog niets met de school")
}

func anAssessmentIsADraftUntilItIsShared(t *testing.T, s *testSchool) {
	c := s.as("fatima")
	w := s.workOf("sem", "Terug naar mijn vulkaan")
	r := c.post("/werk/"+w.ID+"/beoordeling", url.Values{"level": {"3"}, "remark": {"Goed nagedacht, Sem."}, "goal": {"onderzoeken"}})
	if r.status != http.StatusSeeOther || !strings.HasPrefix(r.location, "/beoordeling/") {
		t.Fatalf("status %d to %q: %s", r.status, r.location, r.text())
	}
	path := r.location
	draft := c.get(path)
	draft.ok(t, "Bewaard als concept. Alleen jij ziet dit.", "Goed nagedacht, Sem.", "Volgende keer neem ik minder azijn.", "Deel met Sem")
	rev := attr(draft.all("input", "name", "rev")[0], "value")
	c.get("/vandaag").ok(t, "Concepten, nog niet gedeeld", "onderzoeken")
	for _, login := range []string{"sem", "samira", "ingrid", "joris", "joost"} {
		if r := s.as(login).get(path); r.status != http.StatusNotFound {
			t.Errorf("draft: %s gets %d, want 404", login, r.status)
		}
	}

	changed := c.post(path, url.Values{"rev": {rev}, "level": {"4"}, "remark": {"Heel goed nagedacht, Sem."}, "goal": {"onderzoeken"}})
	if changed.status != http.StatusSeeOther {
		t.Fatalf("change: status %d: %s", changed.status, changed.text())
	}
	rev = attr(c.get(path).all("input", "name", "rev")[0], "value")
	if r := c.post(path+"/deel", url.Values{"rev": {rev}}); r.status != http.StatusSeeOther {
		t.Fatalf("share: status %d: %s", r.status, r.text())
	}
	shared := c.get(path)
	shared.ok(t, "De beoordeling is gedeeld.", "Heel goed nagedacht, Sem.", "4 ruim", "Volgende:")
	if got := len(shared.all("form", "action", path)); got != 0 {
		t.Error("what is shared can still be changed")
	}
	for login, want := range map[string]int{"sem": 200, "samira": 200, "ingrid": 200, "joris": 404, "joost": 404, "noor": 404} {
		if r := s.as(login).get(path); r.status != want {
			t.Errorf("shared: %s gets %d, want %d", login, r.status, want)
		}
	}
	if r := c.post(path, url.Values{"rev": {"9"}, "level": {"1"}}); r.status != http.StatusForbidden {
		t.Errorf("changing what is shared: status %d, want 403", r.status)
	}
	if r := s.as("samira").post(path+"/deel", url.Values{"rev": {"3"}}); r.status != http.StatusForbidden {
		t.Errorf("a guardian shares: status %d, want 403", r.status)
	}
	s.as("samira").get("/leerling/"+s.ids["sem"]).ok(t, "Heel goed nagedacht, Sem.", "juf Fatima")
}

func anAssessmentFilledInWronglyIsShownAgain(t *testing.T, s *testSchool) {
	c := s.as("fatima")
	w := s.workOf("noor", "Herfst in het park")
	path := "/werk/" + w.ID + "/beoordeling"
	for _, test := range []struct {
		form url.Values
		says string
	}{
		{url.Values{"goal": {"natuur"}}, "Kies een niveau of schrijf een opmerking."},
		{url.Values{"level": {"7"}, "remark": {"blijft staan"}}, "Een niveau is 1, 2, 3 of 4."},
		{url.Values{"level": {"heel goed"}, "remark": {"blijft staan"}}, "Een niveau is 1, 2, 3 of 4."},
		{url.Values{"level": {"2"}, "remark": {strings.Repeat("x", portfolio.MaxRemark+1)}}, "Dit is te lang: de opmerking."},
	} {
		r := c.post(path, test.form)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d, want 422", test.form, r.status)
			continue
		}
		r.shows(t, test.says, "Herfst in het park")
		if want := test.form.Get("remark"); !strings.Contains(r.body, want) {
			t.Errorf("what was typed is gone: %.80q", want)
		}
		if want := test.form.Get("goal"); want != "" && attr(r.all("input", "name", "goal")[0], "value") != want {
			t.Errorf("the goal %q is gone", want)
		}
	}
	if g, err := s.lib.Glance(context.Background(), s.actor("fatima", portfolio.HatStaff), s.ids["noor"]); err != nil || len(g.Drafts) != 0 {
		t.Errorf("%d drafts were made of what was wrong: %v", len(g.Drafts), err)
	}
}

func twoWindowsDoNotOverwriteEachOther(t *testing.T, s *testSchool) {
	c := s.as("fatima")
	w := s.workOf("noor", "Herfst in het park")
	path := c.post("/werk/"+w.ID+"/beoordeling", url.Values{"remark": {"eerste"}}).location
	if r := c.post(path, url.Values{"rev": {"1"}, "remark": {"tweede"}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d", r.status)
	}
	late := c.post(path, url.Values{"rev": {"1"}, "remark": {"te laat"}})
	if late.status != http.StatusConflict {
		t.Fatalf("status %d, want 409", late.status)
	}
	late.shows(t, "Dit is intussen bewaard", "tweede", "te laat")
	again := c.post(path, url.Values{"rev": {attr(late.all("input", "name", "rev")[0], "value")}, "remark": {"te laat"}})
	if again.status != http.StatusSeeOther {
		t.Errorf("after reading: status %d", again.status)
	}
	// A second new one on the same work shows the draft that is there.
	second := c.post("/werk/"+w.ID+"/beoordeling", url.Values{"remark": {"nog een"}})
	if second.status != http.StatusConflict {
		t.Fatalf("status %d, want 409", second.status)
	}
	second.shows(t, "te laat", "nog een")
	if form := second.all("form", "action", path); len(form) != 1 {
		t.Error("the form does not lead to the draft that is there")
	}
}

func aButtonPressedTwiceMakesOneAssessment(t *testing.T, s *testSchool) {
	c := s.as("fatima")
	w := s.workOf("yassin", "Mijn eerste werk dit jaar")
	if r := c.post("/werk/"+w.ID+"/beoordeling", url.Values{"level": {"2"}}); r.status != http.StatusNotFound && r.status != http.StatusForbidden {
		t.Errorf("a teacher assesses her own child: status %d", r.status)
	}
	w = s.workOf("noor", "Vlinder op de muur")
	form := url.Values{"level": {"4"}, "remark": {"Nog mooier nu."}, "share": {"1"}}
	first, second := c.post("/werk/"+w.ID+"/beoordeling", form), c.post("/werk/"+w.ID+"/beoordeling", form)
	if first.status != http.StatusSeeOther || second.status != http.StatusSeeOther || first.location != second.location {
		t.Fatalf("%d to %q, then %d to %q", first.status, first.location, second.status, second.location)
	}
	all, err := s.lib.Assessments(context.Background(), s.actor("noor", portfolio.HatStudent), s.ids["noor"], w.ID)
	if err != nil {
		t.Fatal(err)
	}
	same := slices.DeleteFunc(all, func(a *portfolio.Assessed) bool { return a.Remark != "Nog mooier nu." })
	if len(same) != 1 {
		t.Errorf("%d assessments say so, want 1", len(same))
	}
}

func whoMayNotAssessGetsNothingDone(t *testing.T, s *testSchool) {
	w := s.workOf("noor", "Vlinder op de muur")
	form := url.Values{"level": {"1"}, "remark": {"niet van mij"}, "share": {"1"}}
	for login, want := range map[string]int{"noor": 403, "anna": 403, "sem": 404, "joris": 404, "joost": 404, "petra": 404} {
		if r := s.as(login).post("/werk/"+w.ID+"/beoordeling", form); r.status != want {
			t.Errorf("%s: status %d, want %d", login, r.status, want)
		}
	}
	wim := s.as("wim", portfolio.HatAdmin)
	if r := wim.post("/werk/"+w.ID+"/beoordeling", form); r.status != http.StatusNotFound {
		t.Errorf("the administrator: status %d, want 404", r.status)
	}
	s.as("noor").get("/beoordeling/"+s.assessmentOf("noor", "Vlinder op de muur").ID).hides(t, "niet van mij")

	for _, test := range []struct {
		login, hat string
		form       bool
	}{{"fatima", portfolio.HatStaff, true}, {"ingrid", portfolio.HatStaff, true}, {"noor", portfolio.HatStudent, false}, {"anna", portfolio.HatGuardian, false}, {"sem", portfolio.HatStudent, false}} {
		a := s.actor(test.login, test.hat)
		seen, err := s.lib.Work(context.Background(), a, w.ID)
		if err != nil {
			t.Fatal(err)
		}
		may, err := s.lib.MayAssess(context.Background(), a, seen.Student)
		if err != nil || may != test.form {
			t.Errorf("%s may assess: %v %v, want %v", test.login, may, err, test.form)
		}
	}
}
