package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"kaft/portfolio"
)

// aPoster is a work of noor (10, both parents have custody) that waits for a
// yes for the parents of the class and for the school.
func (s *testSchool) aPoster() *portfolio.Work {
	s.t.Helper()
	w, err := s.lib.AddWork(context.Background(), s.actor("noor", portfolio.HatStudent), portfolio.NewWork{Title: "Affiche voor het schoolfeest", Text: "x",
		Audience: []string{portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass, portfolio.ToClassGuardians, portfolio.ToSchool}})
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// answers presses a button on the page of consent.
func (c *testClient) answers(student, audience, answer string) *reply {
	c.s.t.Helper()
	at := "/leerling/" + c.s.ids[student] + "/toestemming"
	for _, form := range c.get(at).all("form", "action", at) {
		values := url.Values{}
		for n := range form.Descendants() {
			switch {
			case n.Data == "input":
				values.Set(attr(n, "name"), attr(n, "value"))
			case n.Data == "button" && attr(n, "value") == answer:
				values.Set(attr(n, "name"), answer)
			}
		}
		if values.Get("audience") == audience && values.Get("answer") == answer {
			return c.post(at, values)
		}
	}
	c.s.t.Fatalf("the page has no button %s for %s", answer, audience)
	return nil
}

func TestAGuardianSaysYesAndTakesItBackOnOnePage(t *testing.T) {
	s := newSchool(t)
	w := s.aPoster()
	anna, bas, noor, lotte := s.as("anna"), s.as("bas"), s.as("noor"), s.as("lotte")
	at := "/leerling/" + s.ids["noor"] + "/toestemming"
	opens := func(c *testClient, want int) {
		t.Helper()
		if got := c.get("/werk/" + w.ID); got.status != want {
			t.Errorf("the work answers %d, want %d", got.status, want)
		}
	}

	rights := anna.get("/rechten")
	if len(rights.all("a", "href", at)) != 1 {
		t.Error("the rights do not lead to the page")
	}
	anna.get("/werk/"+w.ID+"/wie").ok(t, "De rest van de school ziet dit nog niet.", "Daar is een ja voor nodig")
	if n := len(anna.get("/werk/"+w.ID+"/wie").all("a", "href", at)); n != 2 {
		t.Errorf("%d links from who sees it, want one for each audience", n)
	}
	if n := len(s.as("fatima").get("/werk/"+w.ID+"/wie").all("a", "href", at)); n != 0 {
		t.Error("a teacher is led to a page that is not there")
	}
	anna.get(at).ok(t, "Toestemming voor Noor", "De ouders van de klas", "De rest van de school", "Jij zei nog niets.", "Bas de Vries zei nog niets.",
		"Gaat het open, dan zien dit werk:", "Werk dat op een ja wacht", "Affiche voor het schoolfeest", "Ja, dat mag", "Nee, dat mag niet", "Er is nog niets gezegd.")
	opens(lotte, http.StatusNotFound)

	r := anna.answers("noor", "school", "yes")
	if r.status != http.StatusSeeOther || r.location != at {
		t.Fatalf("status %d to %q", r.status, r.location)
	}
	anna.get(at).ok(t, "Je ja is bewaard.", "De rest van de school ziet nu het werk dat Noor met de school deelt.", "Jij zei ja.", "Ik neem mijn ja terug", "Werk dat zij nu zien")
	opens(lotte, http.StatusOK)
	noor.get(at).ok(t, "Toestemming van thuis", "De rest van de school ziet het werk dat je met de school deelt.", "De ouders van je klas zien je werk nu niet.")
	own := noor.get(at)
	own.hides(t, "Anna", "Bas", "Ja, dat mag", "Ik neem mijn ja terug")
	if n := len(own.all("form", "action", at)); n != 0 {
		t.Errorf("a student of 10 has %d forms to answer for home", n)
	}
	noor.get("/meldingen").ok(t, "Thuis is ja gezegd. De rest van de school ziet nu het werk dat je met de school deelt.")
	bas.get("/meldingen").ok(t, "Anna Kuipers zei ja: de rest van de school mag het werk zien")
	if len(bas.get("/meldingen").all("a", "href", at)) != 1 {
		t.Error("the notice does not lead to the page")
	}

	// While the other page is open, he says no.
	tab := lotte.tab().hello(nil)
	tab.next("hello")
	bas.answers("noor", "school", "no")
	if f := tab.next("changed"); f.About != "fact" {
		t.Errorf("the open page is told %+v", f)
	}
	opens(lotte, http.StatusNotFound)
	anna.get(at).ok(t, "Voor de rest van de school is het werk van Noor nu dicht.", "Bas de Vries zei nee.", "Zolang iemand anders nee zegt, blijft het dicht, ook als jij ja zegt.")
	bas.answers("noor", "school", "yes")
	opens(lotte, http.StatusOK)
	anna.answers("noor", "school", "no")
	anna.get(at).ok(t, "Je nee is bewaard. Het is nu dicht.", "Ik zeg nu ja")
	opens(lotte, http.StatusNotFound)

	anna.get("/leerling/"+s.ids["noor"]+"/logboek?alles=1").ok(t, "zei wat gedeeld mag worden")
	s.as("wim", portfolio.HatAdmin).get("/mensen/"+s.ids["noor"]).ok(t, "Anna Kuipers zei nee: werk van Noor de Vries mag niet naar de school", "Bas de Vries zei ja: werk van Noor de Vries mag naar de school")

	// What the school ends tells the truth beforehand.
	wim := s.as("wim", portfolio.HatAdmin)
	wim.get("/feit/"+s.custody("noor", "anna").ID+"/einde").ok(t, "Wat Anna Kuipers zei over met wie Noor de Vries mag delen, telt dan niet meer.")
	facts, err := s.lib.FactsAbout(context.Background(), s.admin, s.ids["noor"])
	if err != nil {
		t.Fatal(err)
	}
	no := facts[slices.IndexFunc(facts, func(f *portfolio.Fact) bool { return f.Type == portfolio.FactNo })]
	const either = "kan hierdoor opengaan of dichtgaan."
	wim.get("/feit/"+no.ID+"/einde").ok(t, either)
	end, err := s.lib.EndFact(context.Background(), s.admin, no.ID, portfolio.DateOf(s.lib.Now()), "vervangende toestemming 12")
	if err != nil {
		t.Fatal(err)
	}
	s.as("ingrid", portfolio.HatAdmin).get("/feit/"+end.ID).ok(t, either)
}

func TestTheConsentPageIsThereForWhoHoldsCustodyAndForTheStudent(t *testing.T) {
	s := newSchool(t)
	for _, c := range []struct {
		login, hat, student string
		want                int
	}{
		{"anna", "", "noor", 200}, {"noor", "", "noor", 200}, {"samira", "", "sem", 200}, {"lotte", "", "lotte", 200},
		{"joost", "", "sem", 404}, {"samira", "", "lotte", 404}, {"samira", "", "noor", 404}, {"sem", "", "noor", 404},
		{"fatima", portfolio.HatStaff, "noor", 404}, {"wim", portfolio.HatAdmin, "noor", 404}, {"petra", "", "noor", 404},
	} {
		who := s.as(c.login, c.hat)
		at := s.ids[c.student] + "/toestemming"
		page := who.get("/leerling/" + at)
		if page.status != c.want {
			t.Errorf("%s at %s: status %d, want %d", c.login, c.student, page.status, c.want)
		}
		if c.want == 404 || c.login == c.student {
			answer := who.post("/leerling/"+at, url.Values{"audience": {"school"}, "answer": {"yes"}, "seen": {"0"}})
			if answer.status != 404 {
				t.Errorf("%s answers for %s: status %d, want 404", c.login, c.student, answer.status)
			}
		}
	}
	lotte := s.as("lotte").get("/leerling/" + s.ids["lotte"] + "/toestemming")
	lotte.ok(t, "Dit is jouw eigen keuze", "Niemand thuis hoeft ja te zeggen.")
	if len(s.as("lotte").get("/ik").all("a", "href", "/leerling/"+s.ids["lotte"]+"/toestemming")) != 1 {
		t.Error("her own page does not lead there")
	}
	if n := len(s.as("joost").get("/rechten").all("a", "href", "/leerling/"+s.ids["sem"]+"/toestemming")); n != 0 {
		t.Error("who has no custody is led to a page that is not there")
	}
}

func TestAConsentFormThatIsWrongSaysSoAndChangesNothing(t *testing.T) {
	s := newSchool(t)
	anna := s.as("anna")
	at := "/leerling/" + s.ids["noor"] + "/toestemming"
	for _, c := range []struct {
		form url.Values
		want int
	}{
		{url.Values{}, 422},
		{url.Values{"audience": {"class"}, "answer": {"yes"}, "seen": {"0"}}, 422},
		{url.Values{"audience": {"school"}, "answer": {"maybe"}, "seen": {"0"}}, 422},
		{url.Values{"audience": {"school"}, "answer": {"yes"}, "seen": {"x"}}, 422},
		{url.Values{"audience": {"school"}, "answer": {"yes"}, "seen": {"-1"}}, 422},
		{url.Values{"audience": {"school"}, "answer": {"yes"}, "seen": {"7"}}, 409},
	} {
		r := anna.post(at, c.form)
		if r.status != c.want {
			t.Errorf("%v: status %d, want %d", c.form, r.status, c.want)
		}
		r.shows(t)
		if c.want == 422 && len(r.all("div", "role", "alert")) != 1 {
			t.Errorf("%v: the page does not say what is wrong", c.form)
		}
	}
	anna.get(at).ok(t, "Er is nog niets gezegd.")
	english := s.as("anna")
	english.lang = "en"
	english.get(at).ok(t, "Permission for Noor", "You said nothing yet.", "Yes, they may")
}

func TestTheAPITellsAndKeepsConsentAsThePageDoes(t *testing.T) {
	s := newSchool(t)
	w := s.aPoster()
	_, router := description(t)
	as := func(login string) apiClient { return apiClient{s.as(login), router} }
	anna, bas, noor, joost := as("anna"), as("bas"), as("noor"), as("joost")
	at := "/api/v1/students/" + s.ids["noor"] + "/consents"
	school := func(got map[string]any) map[string]any {
		for _, x := range got["audiences"].([]any) {
			if x := x.(map[string]any); x["audience"] == "school" {
				return x
			}
		}
		t.Fatalf("nothing about the school in %v", got)
		return nil
	}
	for _, c := range []struct {
		who    apiClient
		body   any
		want   int
		agreed bool
	}{
		{noor, map[string]any{"audience": "school", "answer": "yes"}, 404, false},
		{joost, map[string]any{"audience": "school", "answer": "yes"}, 404, false},
		{anna, map[string]any{"audience": "school", "answer": "maybe"}, 422, false},
		{anna, map[string]any{"audience": "school", "answer": "yes"}, 200, true},
		{anna, map[string]any{"audience": "school", "answer": "yes"}, 200, true},
		{bas, map[string]any{"audience": "school", "answer": "no"}, 200, false},
		{anna, map[string]any{"audience": "school", "answer": "no"}, 409, false},
	} {
		st, got := c.who.call("POST", at, c.body)
		if st != c.want {
			t.Errorf("%v: status %d, want %d: %v", c.body, st, c.want, got)
		}
		_, got = noor.call("GET", at, nil)
		if x := school(got); x["agreed"] != c.agreed || fmt.Sprint(x["works"]) != "["+w.ID+"]" || len(x["answers"].([]any)) != 0 {
			t.Errorf("after %v the student reads %v, want agreed %v", c.body, x, c.agreed)
		}
	}
	_, got := anna.call("GET", at, nil)
	if x := school(got); x["mine"] != "yes" || x["seen"].(float64) != 1 || x["readers"].(float64) < 10 || len(got["history"].([]any)) != 2 {
		t.Errorf("she reads %v, history %v", x, got["history"])
	}
	if st, _ := joost.call("GET", at, nil); st != 404 {
		t.Errorf("joost reads it: %d", st)
	}
}

// TestTheConsentPagesAreSound looks at them on a phone in the dark and on a
// desktop.
func TestTheConsentPagesAreSound(t *testing.T) {
	s := newSchool(t)
	s.aPoster()
	s.as("bas").answers("noor", "class_guardians", "yes")
	s.as("bas").answers("noor", "school", "no")
	for _, l := range []look{phone, phone.in("en").inDark(), desktop, desktop.inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("anna")
			w.to("/leerling/" + s.ids["noor"] + "/toestemming")
			w.sound("consent")
			w.to("/rechten")
			w.sound("rights-consent")
			w = s.open(t, l)
			w.signIn("noor")
			w.to("/leerling/" + s.ids["noor"] + "/toestemming")
			w.sound("consent-own")
			w = s.open(t, l)
			w.signIn("lotte")
			w.to("/leerling/" + s.ids["lotte"] + "/toestemming")
			w.sound("consent-sixteen")
		})
	}
	w := s.open(t, phone)
	w.signIn("anna")
	w.to("/leerling/" + s.ids["noor"] + "/toestemming")
	w.click(`section[aria-labelledby="over-school"] button[value="yes"]`)
	w.waitText("Je ja is bewaard.")
	w.sound("consent-said")
}
