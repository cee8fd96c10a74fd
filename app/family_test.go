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

// workOf finds a work of somebody of the cast by its title.
func (s *testSchool) workOf(login, title string) *portfolio.Seen {
	s.t.Helper()
	works, _, err := s.lib.Works(context.Background(), s.actor(login, portfolio.HatStudent), s.ids[login], "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(works, func(w *portfolio.Seen) bool { return w.Title == title })
	if i < 0 {
		s.t.Fatalf("%s has no work %q", login, title)
	}
	return works[i]
}

// assessmentOf finds the published assessment of a work.
func (s *testSchool) assessmentOf(login, title string) *portfolio.Assessed {
	s.t.Helper()
	all, err := s.lib.Assessments(context.Background(), s.actor(login, portfolio.HatStudent), s.ids[login], s.workOf(login, title).ID)
	if err != nil || len(all) == 0 {
		s.t.Fatalf("%s: %q has %d assessments: %v", login, title, len(all), err)
	}
	return all[0]
}

// custody finds the fact of somebody's custody over a student.
func (s *testSchool) custody(student, holder string) *portfolio.Fact {
	s.t.Helper()
	facts, err := s.lib.Statements(context.Background(), s.admin, s.ids[student]) // also what still waits
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range facts {
		if f.Type == portfolio.FactCustody && f.About == s.ids[student] && f.Party == s.ids[holder] {
			return f.Fact
		}
	}
	s.t.Fatalf("%s has no custody of %s", holder, student)
	return nil
}

// ok wants a whole page with these texts in it and without those after "not".
func (r *reply) ok(t *testing.T, want ...string) {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", r.status, r.text())
	}
	r.shows(t, want...)
}

func (r *reply) shows(t *testing.T, want ...string) {
	t.Helper()
	checkPage(t, r.body)
	for _, w := range want {
		if !strings.Contains(r.text(), w) {
			t.Errorf("the page does not say %q: %s", w, r.text())
		}
	}
}

func (r *reply) hides(t *testing.T, not ...string) {
	t.Helper()
	for _, w := range not {
		if strings.Contains(r.body, w) {
			t.Errorf("the page shows %q", w)
		}
	}
}

// The families of one demo school, from allowing to denying: what changes the
// school comes last.
func TestFamilies(t *testing.T) {
	play(t, []scene{
		{"a guardian with two children has two cards", aGuardianWithTwoChildrenHasTwoCards},
		{"a parent without custody finds the route and nothing else", aParentWithoutCustodyFindsTheRouteAndNothingElse},
		{"each hat and standing gets its own answer at a student's address", eachHatAndStandingGetsItsOwnAnswerAtAStudentsAddress},
		{"rights tell per child what is possible", rightsTellPerChildWhatIsPossible},
		{"asking makes one registered request that both sides see", askingMakesOneRegisteredRequestThatBothSidesSee},
		{"every page of people is whole in both languages", everyPageOfPeopleIsWholeInBothLanguages},
		{"who loses custody gets the route at the next click", whoLosesCustodyGetsTheRouteAtTheNextClick},
	})
}

func aGuardianWithTwoChildrenHasTwoCards(t *testing.T, s *testSchool) {
	c := s.as("samira")
	home := c.get("/thuis")
	home.ok(t, "Sem Amrani", "Lotte Amrani", "Mijn vulkaan", "Je ziet de voortgang van Lotte en wat Lotte met je deelt.", "Lotte is 16 of ouder.")
	home.hides(t, "Geheim verhaal", "Gedicht: perron 4", "Profielwerkstuk")
	if got := len(home.all("article", "", "")); got != 2 {
		t.Errorf("%d cards, want 2", got)
	}

	sem := c.get("/leerling/" + s.ids["sem"])
	sem.ok(t, "Mijn vulkaan", "Terug naar mijn vulkaan", "Je hebt goed opgeschreven wat er gebeurde.", "Vraag inzage", "Wie keek er")
	sem.hides(t, "Geheim verhaal", "Tafels oefenen", "Bijna. Nog een week oefenen.")

	lotte := c.get("/leerling/" + s.ids["lotte"])
	lotte.ok(t, "Stage bij de bakker", "Scherpe vraag. Begin met de tellingen van 2019.", "Vraag informatie")
	lotte.hides(t, "Gedicht: perron 4", "Profielwerkstuk: plan", "/logboek")

	for _, title := range []string{"Mijn vulkaan", "Terug naar mijn vulkaan"} {
		if _, err := s.lib.Work(context.Background(), s.actor("samira", portfolio.HatGuardian), s.workOf("sem", title).ID); err != nil {
			t.Errorf("%s: %v", title, err)
		}
	}
}

func aParentWithoutCustodyFindsTheRouteAndNothingElse(t *testing.T, s *testSchool) {
	c := s.as("joost")
	c.get("/thuis").ok(t, "Sem Amrani", "Je hebt nu geen inzage in het portfolio van Sem.", "Vraag informatie")
	route := c.get("/leerling/" + s.ids["sem"])
	route.ok(t, "Sem", "Je hebt geen gezag over Sem.", "Vraag informatie", "Klopt dit niet?")
	route.hides(t, "Mijn vulkaan", "groep 7", "Amrani", "/werk/", "vastgelegd dat het gezag is veranderd")

	for _, child := range []string{"sem", "lotte"} {
		works, _, err := s.lib.Works(context.Background(), s.actor(child, portfolio.HatStudent), s.ids[child], "", 100)
		if err != nil || len(works) < 4 {
			t.Fatalf("%s has %d works: %v", child, len(works), err)
		}
		for _, w := range works {
			paths := []string{"/werk/" + w.ID, "/werk/" + w.ID + "/bewerk"}
			for _, f := range w.Files {
				paths = append(paths, "/werk/"+w.ID+"/bestand/"+f.FileID(), "/werk/"+w.ID+"/klein/"+f.FileID())
			}
			for _, path := range paths {
				if r := c.get(path); r.status != http.StatusNotFound {
					t.Errorf("GET %s (%s): status %d, want 404", path, w.Title, r.status)
				}
			}
			if r := c.post("/werk/"+w.ID+"/beoordeling", url.Values{"level": {"3"}}); r.status != http.StatusNotFound {
				t.Errorf("assessing %s: status %d, want 404", w.Title, r.status)
			}
		}
		all, err := s.lib.Assessments(context.Background(), s.actor(child, portfolio.HatStudent), s.ids[child], "")
		if err != nil || len(all) == 0 {
			t.Fatalf("%s has %d assessments: %v", child, len(all), err)
		}
		for _, a := range all {
			if r := c.get("/beoordeling/" + a.ID); r.status != http.StatusNotFound {
				t.Errorf("an assessment of %s: status %d, want 404", child, r.status)
			}
			for _, do := range []string{"", "/deel"} {
				if r := c.post("/beoordeling/"+a.ID+do, url.Values{"rev": {"2"}, "level": {"1"}}); r.status != http.StatusNotFound {
					t.Errorf("POST to an assessment of %s: status %d, want 404", child, r.status)
				}
			}
		}
		if r := c.get("/leerling/" + s.ids[child] + "/logboek"); r.status != http.StatusNotFound {
			t.Errorf("the log of %s: status %d, want 404", child, r.status)
		}
	}
	for _, id := range []string{s.ids["noor"], s.ids["fatima"], "nobody", "..%2F"} {
		for _, path := range []string{"/leerling/" + id, "/leerling/" + id + "/vraag", "/leerling/" + id + "/logboek"} {
			if r := c.get(path); r.status != http.StatusNotFound {
				t.Errorf("GET %s: status %d, want 404", path, r.status)
			}
		}
	}
}

func eachHatAndStandingGetsItsOwnAnswerAtAStudentsAddress(t *testing.T, s *testSchool) {
	w := s.workOf("sem", "Mijn vulkaan")
	for _, test := range []struct {
		login, hat, student string
		page, work          int
		says                string
	}{
		{"samira", "", "sem", 200, 200, "Je ziet wat Sem met je deelt"},
		{"joost", "", "sem", 200, 404, "Je hebt nu geen inzage"},
		{"fatima", portfolio.HatStaff, "sem", 200, 200, "Je ziet het werk dat Sem met de school deelt."},
		{"ingrid", "", "sem", 200, 200, "Je ziet het werk dat Sem met de school deelt."},
		{"joris", "", "sem", 404, 404, ""},
		{"fatima", portfolio.HatGuardian, "sem", 404, 404, ""},
		{"wim", portfolio.HatAdmin, "sem", 404, 404, ""},
		{"petra", "", "sem", 404, 404, ""},
		{"noor", "", "sem", 404, 404, ""},
		{"anna", "", "sem", 404, 404, ""},
		{"sem", "", "sem", 303, 200, ""},
		{"ruben", "", "daan", 200, 404, "Je ziet de voortgang van Daan"},
		{"karin", "", "milan", 200, 404, "Milan is 18 of ouder."},
	} {
		c := s.wearing(test.login, test.hat)
		r := c.get("/leerling/" + s.ids[test.student])
		if r.status != test.page {
			t.Errorf("%s as %s at %s: status %d, want %d", test.login, test.hat, test.student, r.status, test.page)
			continue
		}
		if test.says != "" {
			r.shows(t, test.says)
		}
		_, err := s.lib.Work(context.Background(), s.actor(test.login, hatOf(test.login, test.hat)), w.ID)
		if got := statusOfError(err); got != test.work {
			t.Errorf("%s as %s: the work answers %d, want %d", test.login, test.hat, got, test.work)
		}
	}
	milan := s.as("karin").get("/leerling/" + s.ids["milan"])
	milan.hides(t, "/vraag")
}

// wearing signs in, in a hat where there are several.
func (s *testSchool) wearing(login, hat string) *testClient {
	if hat == "" {
		return s.as(login)
	}
	return s.as(login, hat)
}

func statusOfError(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return statusOf[portfolio.KindOf(err)]
}

// hatOf is the hat that testSchool.as puts on.
func hatOf(login, hat string) string {
	if hat != "" {
		return hat
	}
	return map[string]string{"samira": "guardian", "joost": "guardian", "anna": "guardian", "ruben": "guardian", "karin": "guardian",
		"ingrid": "staff", "joris": "staff", "petra": "fg", "noor": "student", "sem": "student"}[login]
}

func whoLosesCustodyGetsTheRouteAtTheNextClick(t *testing.T, s *testSchool) {
	c := s.as("samira")
	w := s.workOf("sem", "Mijn vulkaan")
	a := s.assessmentOf("sem", "Mijn vulkaan")
	if r := c.get("/beoordeling/" + a.ID); r.status != http.StatusOK {
		t.Fatalf("before: status %d", r.status)
	}
	if _, err := s.lib.EndFact(context.Background(), s.admin, s.custody("sem", "samira").ID, portfolio.DateOf(s.lib.Now()), "beschikking 12"); err != nil {
		t.Fatal(err)
	}
	today := s.app.cat.Date("nl", s.lib.Now())
	route := c.get("/leerling/" + s.ids["sem"])
	route.ok(t, "De school heeft op "+today+" vastgelegd dat het gezag is veranderd.", "Vraag informatie")
	route.hides(t, "Mijn vulkaan", "groep 7")
	c.get("/thuis").ok(t, "vastgelegd dat het gezag is veranderd", "Stage bij de bakker")
	for _, path := range []string{"/beoordeling/" + a.ID, "/werk/" + w.ID} {
		if r := c.get(path); r.status != http.StatusNotFound {
			t.Errorf("GET %s: status %d, want 404", path, r.status)
		}
	}
	if r := c.get("/leerling/" + s.ids["sem"] + "/logboek"); r.status != http.StatusNotFound {
		t.Errorf("the log: status %d, want 404", r.status)
	}
	c.lang = "en"
	c.get("/leerling/"+s.ids["sem"]).ok(t, "On "+s.app.cat.Date("en", s.lib.Now())+" the school recorded that custody has changed.")
}

func askingMakesOneRegisteredRequestThatBothSidesSee(t *testing.T, s *testSchool) {
	c := s.as("samira")
	path := "/leerling/" + s.ids["sem"] + "/vraag"
	c.get(path).ok(t, "Vraag inzage in het dossier van Sem", "De school antwoordt uiterlijk op "+s.due()+". Dit is gratis.",
		"de mensen van school die erover beslissen, en de privacyfunctionaris", "Sem, de juf of meester en wie gezag heeft zien dat je iets vroeg, maar niet wat.")
	s.as("joost").get("/leerling/"+s.ids["lotte"]+"/vraag").ok(t, "Lotte en de juf of meester zien dat je iets vroeg, maar niet wat.")
	form := url.Values{"period": {"alles van dit schooljaar"}, "why": {"Ik wil helpen."}}
	if page := c.get(path); len(page.all("input", "name", "kinds")) == 0 || len(page.all("input", "checked", "")) > 0 {
		t.Error("there is nothing to tick, or it is ticked already")
	}
	nothing := c.post(path, form)
	if nothing.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked: status %d", nothing.status)
	}
	nothing.shows(t, "Vink aan waar je verzoek over gaat.", "Ik wil helpen.")
	form["kinds"] = []string{"record", "care"}
	for range 2 { // a button pressed twice
		r := c.post(path, form)
		if r.status != http.StatusSeeOther || !strings.HasPrefix(r.location, "/verzoek/") {
			t.Fatalf("status %d to %s: %s", r.status, r.location, r.text())
		}
		c.get(r.location).ok(t, "Je verzoek is opgeschreven.", "Verzoek om inzage · Sem Amrani", "Antwoord uiterlijk "+s.due()+".", "Dit is gratis.", "Petra Smit", "alles van dit schooljaar")
	}
	rights := c.get("/rechten")
	rights.ok(t, "Verzoek om inzage · Sem Amrani", "Ontvangen", "Antwoord uiterlijk "+s.due()+".", "alles van dit schooljaar")
	if n := strings.Count(rights.text(), "Verzoek om inzage"); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	if r := s.as("joost").post(path, url.Values{"period": {"hoe gaat het?"}}); r.status != http.StatusSeeOther {
		t.Errorf("joost asks: status %d", r.status)
	}
	s.as("joost").get("/rechten").ok(t, "Verzoek om informatie · Sem Amrani")
	s.as("fatima").get("/vandaag").ok(t, "Samira Amrani vroeg dit op", "Joost Mulder vroeg dit op")
	s.as("fatima").get("/vandaag").hides(t, "hoe gaat het?") // who decides reads why
	s.as("ingrid", portfolio.HatStaff).get("/vandaag").ok(t, "hoe gaat het?")
	s.as("petra").get("/verzoeken").ok(t, "Samira Amrani vroeg dit op", "Ik wil helpen.")
	other := s.as("joris").get("/vandaag")
	other.ok(t, "Geen open verzoeken.")
	other.hides(t, "hoe gaat het?")

	for login, want := range map[string]int{"karin": 403, "anna": 404, "fatima": 403, "sem": 403} {
		student := "sem"
		if login == "karin" {
			student = "milan"
		}
		if r := s.as(login).post("/leerling/"+s.ids[student]+"/vraag", form); r.status != want {
			t.Errorf("%s asks: status %d, want %d", login, r.status, want)
		}
	}
	long := strings.Repeat("a", 2001)
	bad := c.post(path, url.Values{"kinds": {"care"}, "period": {long}, "why": {"dit blijft staan"}})
	if bad.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d, want 422", bad.status)
	}
	bad.shows(t, "Dit is te lang: waarover het gaat.", "dit blijft staan", long)
}

// due is by when a request of today is answered, in words.
func (s *testSchool) due() string {
	return s.app.cat.Date("nl", portfolio.Deadline(portfolio.DateOf(s.lib.Now())))
}

func rightsTellPerChildWhatIsPossible(t *testing.T, s *testSchool) {
	r := s.as("samira").get("/rechten")
	r.ok(t, "Je hebt gezag over Sem.", "Lotte is 16 of ouder.", "Je hebt nu geen verzoeken.")
	if got := len(r.all("a", "href", "/pakket?leerling="+s.ids["sem"])); got != 1 {
		t.Errorf("%d links to the bundle of sem, want 1", got)
	}
	r.hides(t, "/pakket?leerling="+s.ids["lotte"], "/leerling/"+s.ids["lotte"]+"/logboek")
	s.as("joost").get("/rechten").hides(t, "/pakket", "/logboek")
}

// family and everybody else, in both languages and a theme, is what a page
// must bear: a text that is missing, an id twice, a field without a label.
func everyPageOfPeopleIsWholeInBothLanguages(t *testing.T, s *testSchool) {
	unverified, err := s.lib.RecordFact(context.Background(), s.admin, portfolio.Fact{Type: portfolio.FactCustody, About: s.ids["daan"], Party: s.ids["ruben"], From: 20260101, Evidence: "brief"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.lib.Ask(context.Background(), s.actor("joost", portfolio.HatGuardian), s.ids["sem"], portfolio.Question{Period: "hoe gaat het?", Why: "zomaar"}); err != nil {
		t.Fatal(err)
	}
	shared := s.assessmentOf("sem", "Mijn vulkaan").ID
	pages := map[string][]string{
		"samira": {"/thuis", "/leerling/" + s.ids["sem"], "/leerling/" + s.ids["lotte"], "/leerling/" + s.ids["sem"] + "/vraag",
			"/leerling/" + s.ids["lotte"] + "/vraag", "/rechten", "/leerling/" + s.ids["sem"] + "/logboek", "/beoordeling/" + shared},
		"joost":  {"/thuis", "/leerling/" + s.ids["sem"], "/leerling/" + s.ids["sem"] + "/vraag", "/rechten"},
		"karin":  {"/thuis", "/leerling/" + s.ids["milan"], "/rechten"},
		"fatima": {"/vandaag", "/groep", "/leerling/" + s.ids["sem"], "/leerling/" + s.ids["noor"], "/beoordeling/" + shared},
		"ingrid": {"/vandaag", "/groep", "/groep?klas=" + s.classID("klas 4")},
		"petra":  {"/verzoeken", "/logboek", "/logboek?leerling=" + s.ids["sem"], "/logboek?leerling=" + s.ids["milan"]},
		"sem":    {"/leerling/" + s.ids["sem"] + "/logboek", "/beoordeling/" + shared},
		"wim": {"/overzicht", "/mensen", "/mensen?q=amrani", "/mensen?rol=staff", "/mensen?q=xyzzy", "/mensen/nieuw", "/mensen/" + s.ids["sem"], "/mensen/" + s.ids["daan"],
			"/mensen/" + s.ids["samira"], "/mensen/" + s.ids["fatima"], "/mensen/" + s.ids["petra"], "/klassen", "/feit/" + unverified.ID + "/einde",
			"/feit/" + s.custody("sem", "samira").ID + "/einde", "/feit/" + s.custody("sem", "samira").ID + "/einde?until=2027-01-01"},
	}
	for login, paths := range pages {
		c := s.wearing(login, map[string]string{"wim": portfolio.HatAdmin}[login])
		for _, c.lang = range Languages {
			for _, path := range paths {
				r := c.page(t, path)
				if r == nil {
					continue
				}
				if got := attr(r.all("html", "", "")[0], "lang"); got != c.lang {
					t.Errorf("%s %s: in %s, want %s", login, path, got, c.lang)
				}
				if strings.Contains(strings.ToLower(r.text()), "nil") && strings.Contains(r.text(), "%!") {
					t.Errorf("%s %s: a value is missing", login, path)
				}
			}
		}
	}
}

// classID finds a class by its name.
func (s *testSchool) classID(name string) string {
	s.t.Helper()
	all, err := s.lib.Classes(context.Background(), s.admin)
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(c *portfolio.Class) bool { return c.Name == name })
	if i < 0 {
		s.t.Fatalf("no class %q", name)
	}
	return all[i].ID
}
