package app

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"kaft/portfolio"
)

// An administrator's work in one demo school.
func TestTheAdministrator(t *testing.T) {
	play(t, []scene{
		{"only the administrator gets in", onlyTheAdministratorGetsIn},
		{"people are found by any part of a name", peopleAreFoundByAnyPartOfAName},
		{"somebody is added with a way to sign in", somebodyIsAddedWithAWayToSignIn},
		{"a new person filled in wrongly is shown again", aNewPersonFilledInWronglyIsShownAgain},
		{"custody opens when the proof was seen", custodyOpensWhenTheProofWasSeen},
		{"a fact filled in wrongly is shown again", aFactFilledInWronglyIsShownAgain},
		{"a duty and a class open and close", aDutyAndAClassOpenAndClose},
		{"ending custody tells first what changes", endingCustodyTellsFirstWhatChanges},
		{"two administrators at once do it once", twoAdministratorsAtOnceDoItOnce},
		{"the log names who looked", theLogNamesWhoLooked},
	})
}

func onlyTheAdministratorGetsIn(t *testing.T, s *testSchool) {
	paths := []string{"/overzicht", "/mensen", "/mensen/nieuw", "/mensen/" + s.ids["sem"], "/klassen", "/feit/" + s.custody("sem", "samira").ID + "/einde"}
	posts := []string{"/mensen/nieuw", "/mensen/" + s.ids["sem"] + "/feit", "/mensen/" + s.ids["sem"] + "/account", "/klassen"}
	admin := s.as("wim", portfolio.HatAdmin)
	for _, path := range paths {
		admin.get(path).ok(t)
	}
	form := url.Values{"name": {"X"}, "hats": {"staff"}, "type": {"custody"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}, "verified": {"2020-01-01"},
		"class": {"x"}, "until": {"2030-01-01"}, "login": {"x-y"}, "password": {"lang genoeg"}}
	for _, who := range []*testClient{s.as("wim", portfolio.HatStaff), s.as("fatima"), s.as("petra"), s.as("joost"), s.as("sem")} {
		for _, path := range paths {
			if r := who.get(path); r.status != http.StatusForbidden {
				t.Errorf("GET %s: status %d, want 403", path, r.status)
			}
		}
		for _, path := range posts {
			if r := who.post(path, form); r.status != http.StatusForbidden {
				t.Errorf("POST %s: status %d, want 403", path, r.status)
			}
		}
		if r := who.post("/feit/"+s.custody("sem", "samira").ID+"/einde", url.Values{"until": {"2026-01-01"}, "seen": {"2026-01-01"}, "evidence": {"x"}}); r.status != http.StatusForbidden {
			t.Errorf("ending a fact: status %d, want 403", r.status)
		}
	}
	if s.custody("sem", "samira").Until != 0 {
		t.Error("somebody else ended custody")
	}
	overview := admin.get("/overzicht")
	overview.ok(t, "30 leerlingen", "2 groepen", "Alles is gecontroleerd.", "Elke leerling zit in een groep.")
	overview.hides(t, "vulkaan")
	admin.get("/klassen").ok(t, "groep 7", "juf Fatima", "15")
}

func peopleAreFoundByAnyPartOfAName(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	for query, want := range map[string]string{"amrani": "Lotte Amrani", "lotte": "Lotte Amrani", "yilmaz": "Tess Yılmaz", "zoe": "Zoë", "van de berg daan": "Daan van de Berg", "juf": "Fatima El Idrissi"} {
		c.get("/mensen?q="+url.QueryEscape(query)).ok(t, want)
	}
	only := c.get("/mensen?rol=fg")
	only.ok(t, "Petra Smit", "1 persoon")
	only.hides(t, "Sem Amrani")
	c.get("/mensen?q=%3Cscript%3E").ok(t, `Niets gevonden voor "<script>"`)
	for _, path := range []string{"/mensen/nobody", "/mensen/" + s.classID("groep 7"), "/feit/nothing/einde"} {
		if r := c.get(path); r.status != http.StatusNotFound {
			t.Errorf("GET %s: status %d, want 404", path, r.status)
		}
	}
}

func somebodyIsAddedWithAWayToSignIn(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	r := c.post("/mensen/nieuw", url.Values{"name": {"Mila"}, "prefix": {"van"}, "family": {"Dijk"}, "hats": {"student"}, "birth": {"12-3-2015"},
		"login": {"Mila.vanDijk"}, "password": {"een goede zin"}})
	if r.status != http.StatusSeeOther || !strings.HasPrefix(r.location, "/mensen/") {
		t.Fatalf("status %d to %q: %s", r.status, r.location, r.text())
	}
	c.get(r.location).ok(t, "Mila van Dijk", "leerling", "geboren 12 maart 2015", "Er is nog niets vastgelegd.", "Leg gezag vast", "Zet in een groep")
	c.get("/overzicht").ok(t, "Leerlingen zonder groep", "Mila van Dijk")
	in := s.visitor().post("/aanmelden", url.Values{"login": {"mila.vandijk"}, "password": {"een goede zin"}})
	if in.status != http.StatusSeeOther {
		t.Errorf("sign-in of the new student: status %d", in.status)
	}
	// Without an account, and one later.
	r = c.post("/mensen/nieuw", url.Values{"name": {"Opa"}, "hats": {"guardian"}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	taken := c.post(r.location+"/account", url.Values{"login": {"sem"}, "password": {"een goede zin"}})
	if taken.status != http.StatusConflict {
		t.Errorf("a login of somebody else: status %d, want 409", taken.status)
	}
	taken.shows(t, "Deze inlognaam is al van iemand anders.")
	if got := c.post(r.location+"/account", url.Values{"login": {"opa"}, "password": {"een goede zin"}}); got.status != http.StatusSeeOther {
		t.Errorf("account: status %d: %s", got.status, got.text())
	}
	if in := s.visitor().post("/aanmelden", url.Values{"login": {"opa"}, "password": {"een goede zin"}}); in.status != http.StatusSeeOther {
		t.Errorf("sign-in of opa: status %d", in.status)
	}
}

func aNewPersonFilledInWronglyIsShownAgain(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	count := func() int {
		all, err := s.lib.People(context.Background(), s.admin)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	before := count()
	good := url.Values{"name": {"Nieuw"}, "family": {"Blijftstaan"}, "hats": {"student"}, "birth": {"2015"}}
	for _, test := range []struct {
		field, value string
		status       int
		says         string
	}{
		{"name", "", 422, "Vul dit in: de naam."},
		{"name", strings.Repeat("n", 201), 422, "Dit is te lang: de naam."},
		{"hats", "", 422, "Vul dit in: de rollen."},
		{"hats", "king", 422, "Deze keuze bestaat niet: de rollen."},
		{"birth", "31-2-2015", 422, "Die geboortedatum kan niet."},
		{"birth", "gisteren", 422, "Die geboortedatum kan niet."},
		{"birth", "1-1-2199", 422, "Die geboortedatum kan niet."},
		{"login", "met spatie", 422, "Een inlognaam heeft alleen"},
		{"login", "sem", 409, "Deze inlognaam is al van iemand anders."},
	} {
		form := url.Values{"password": {"lang genoeg"}}
		for k, v := range good {
			form[k] = v
		}
		form.Set(test.field, test.value)
		if test.value == "" {
			form.Del(test.field)
		}
		r := c.post("/mensen/nieuw", form)
		if r.status != test.status {
			t.Errorf("%s=%.20q: status %d, want %d: %s", test.field, test.value, r.status, test.status, r.text())
			continue
		}
		r.shows(t, test.says)
		if got := attr(r.all("input", "name", "family")[0], "value"); got != "Blijftstaan" {
			t.Errorf("%s: the family name is %q", test.field, got)
		}
		if got := r.all("input", "type", "password"); attr(got[0], "value") != "" {
			t.Error("a password stands in the page")
		}
	}
	short := c.post("/mensen/nieuw", url.Values{"name": {"X"}, "hats": {"staff"}, "login": {"kort"}, "password": {"kort"}})
	if short.status != http.StatusUnprocessableEntity {
		t.Errorf("a short password: status %d", short.status)
	}
	short.shows(t, "Een wachtwoord heeft minstens 8 tekens.")
	if got := count(); got != before {
		t.Errorf("%d people were made of what was wrong", got-before)
	}
}

// record fills in a form for a fact, reads what it changes, and records it.
func (c *testClient) record(path string, form url.Values) *reply {
	c.s.t.Helper()
	if !form.Has("evidence") {
		form.Set("evidence", "stuk 7")
	}
	r := c.post(path, form)
	if r.status != http.StatusOK {
		return r
	}
	form.Set("seen", attr(r.all("input", "name", "seen")[0], "value"))
	return c.post(path, form)
}

// confirmAll has the second administrator agree with all that waits.
func (s *testSchool) confirmAll() {
	s.t.Helper()
	ctx, second := context.Background(), s.actor("ingrid", portfolio.HatAdmin)
	all, err := s.lib.ToConfirm(ctx, second)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range all {
		if _, err := s.lib.ConfirmFact(ctx, second, f.ID); err != nil {
			s.t.Fatal(err)
		}
	}
}

func custodyOpensWhenTheProofWasSeen(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	page := "/mensen/" + s.ids["daan"]
	r := c.record(page+"/feit", url.Values{"type": {"custody"}, "person": {s.ids["ruben"]}, "from": {"2020-01-01"}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	c.get(page).ok(t, "Vastgelegd.", "Ruben Postma heeft gezag over Daan van de Berg", "Geldt nog niet: wacht op bevestiging.")
	s.confirmAll()
	c.get(page).ok(t, "Nog niet gecontroleerd: dit gezag geeft nog geen inzage.")
	c.get("/overzicht").ok(t, "Gezag nog niet gecontroleerd", "Ruben Postma heeft gezag over Daan van de Berg")
	ruben := s.as("ruben")
	ruben.get("/leerling/"+s.ids["daan"]).ok(t, "Je ziet de voortgang van Daan") // as carer, no more

	fact := s.custody("daan", "ruben")
	if r := c.post("/feit/"+fact.ID+"/gecontroleerd", url.Values{"verified": {"2199-01-01"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a proof of the future: status %d, want 422", r.status)
	}
	form := url.Values{"verified": {portfolio.DateOf(s.lib.Now()).String()}, "evidence": {"uittreksel gezien"}}
	if r := c.post("/feit/"+fact.ID+"/gecontroleerd", form); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	c.get(page).ok(t, "wacht op bevestiging")
	ruben.get("/leerling/"+s.ids["daan"]).ok(t, "Je ziet de voortgang van Daan") // until a second agrees
	if r := c.post("/feit/"+fact.ID+"/gecontroleerd", form); r.status != http.StatusConflict {
		t.Errorf("checked twice while it waits: status %d, want 409", r.status)
	}
	c.get("/overzicht").hides(t, "wacht op jouw bevestiging") // it was this administrator who recorded it
	second := s.as("ingrid", portfolio.HatAdmin)
	second.get("/overzicht").ok(t, "1 ding wacht op jouw bevestiging.")
	list := second.get("/bevestigen")
	list.ok(t, "Bewijs gezien op", "Ruben Postma heeft gezag over Daan van de Berg", "Dit geldt nog niet.", "door Wim Hendriks")
	look := attr(list.all("a", "href", "")[slices.IndexFunc(list.all("a", "href", ""), func(n *html.Node) bool { return strings.HasPrefix(attr(n, "href"), "/feit/") })], "href")
	second.get(look).ok(t, "Klopt dit?", "Ruben Postma ziet voortaan:", "Ruben Postma mag voortaan inzage vragen in:")
	c.get(look).ok(t, "Iemand anders bevestigt het.")
	if r := c.post(look, url.Values{"answer": {"yes"}}); r.status != http.StatusForbidden {
		t.Errorf("confirmed by who recorded it: status %d, want 403", r.status)
	}
	empty := second.post(look, url.Values{"answer": {"no"}, "reason": {" "}})
	if empty.status != http.StatusUnprocessableEntity {
		t.Errorf("declined without a reason: status %d, want 422", empty.status)
	}
	empty.shows(t, "Vul dit in: de reden.")
	if r := second.post(look, url.Values{"answer": {"yes"}}); r.status != http.StatusSeeOther {
		t.Fatalf("confirming: status %d: %s", r.status, r.text())
	}
	if r := second.post(look, url.Values{"answer": {"yes"}}); r.status != http.StatusConflict {
		t.Errorf("confirmed twice: status %d, want 409", r.status)
	}
	second.get("/bevestigen").ok(t, "Er wacht niets.")
	ruben.get("/leerling/"+s.ids["daan"]).ok(t, "Je ziet wat Daan met je deelt", "Vraag inzage")
	if r := c.post("/feit/"+fact.ID+"/gecontroleerd", form); r.status != http.StatusConflict {
		t.Errorf("checked twice: status %d, want 409", r.status)
	}
	if r := c.post("/feit/"+s.custody("sem", "samira").ID+"/gecontroleerd", form); r.status != http.StatusConflict {
		t.Errorf("checking what was checked: status %d, want 409", r.status)
	}
	c.get("/overzicht").ok(t, "Alles is gecontroleerd.")
}

func aFactFilledInWronglyIsShownAgain(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	path := "/mensen/" + s.ids["noor"] + "/feit"
	for _, test := range []struct {
		form   url.Values
		status int
		says   string
	}{
		{url.Values{"type": {"custody"}, "from": {"2020-01-01"}}, 422, "Kies iets uit de lijst."},
		{url.Values{"type": {"custody"}, "person": {"nobody"}, "from": {"2020-01-01"}}, 422, "Deze persoon is er niet op school."},
		{url.Values{"type": {"custody"}, "person": {s.ids["noor"]}, "from": {"2020-01-01"}}, 422, "dit is dezelfde persoon"},
		{url.Values{"type": {"custody"}, "person": {s.ids["joost"]}}, 422, "Vul dit in: de begindatum."},
		{url.Values{"type": {"custody"}, "person": {s.ids["joost"]}, "from": {"2020-02-30"}}, 422, "2020-02-30 is geen datum."},
		{url.Values{"type": {"custody"}, "person": {s.ids["joost"]}, "from": {"0202-01-01"}}, 422, "0202-01-01 is geen datum."},
		{url.Values{"type": {"custody"}, "person": {s.ids["joost"]}, "from": {"2020-01-02"}, "until": {"2020-01-01"}}, 422, "De einddatum ligt voor de begindatum."},
		{url.Values{"type": {"custody"}, "person": {s.ids["anna"]}, "from": {"2020-01-01"}, "verified": {"2024-08-20"}}, 409, "Dit is al vastgelegd, voor dezelfde tijd."},
		{url.Values{"type": {"relation"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}, "kind": {"uncle"}}, 422, "Deze keuze bestaat niet: de soort."},
		{url.Values{"type": {"enrolment"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}}, 404, ""},
		{url.Values{"type": {"refusal"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}, "reason": {"omdat"}}, 422, "Vul dit in: waar het om gaat."},
		{url.Values{"type": {"refusal"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}, "things": {"work"}}, 422, "Vul dit in: de reden."},
		{url.Values{"type": {"refusal"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}, "things": {"work"}, "reason": {"omdat"}, "review": {"2019-01-01"}}, 422, "Kies een dag na de begindatum"},
		{url.Values{"type": {"share"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}, "things": {"work"}}, 422, "Kies iets uit de lijst."},
		{url.Values{"type": {"share"}, "person": {s.ids["joost"]}, "by": {s.ids["joost"]}, "from": {"2020-01-01"}, "things": {"work"}}, 422, "dit is dezelfde persoon"},
		{url.Values{"type": {"order"}, "kind": {"prison"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}}, 422, "Deze keuze bestaat niet: de soort."},
		{url.Values{"type": {"restriction"}, "from": {"2020-01-01"}, "things": {"diary"}, "reason": {"omdat"}}, 422, "Deze keuze bestaat niet: waar het om gaat."},
		{url.Values{"type": {"custody"}, "person": {s.ids["joost"]}, "from": {"2034-12-31"}}, 422, "Gezag eindigt op de achttiende verjaardag."},
		{url.Values{"type": {"release"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}}, 422, ""},
		{url.Values{"type": {"end"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}}, 422, ""},
	} {
		test.form.Set("evidence", "blijft staan")
		r := c.post(path, test.form)
		if r.status != test.status {
			t.Errorf("%v: status %d, want %d: %s", test.form, r.status, test.status, r.text())
			continue
		}
		if test.says == "" {
			continue
		}
		r.shows(t, test.says)
		kept := slices.ContainsFunc(r.all("input", "name", "evidence"), func(n *html.Node) bool { return attr(n, "value") == "blijft staan" })
		if !kept {
			t.Errorf("%v: what was typed is gone", test.form)
		}
	}
	facts, err := s.lib.FactsAbout(context.Background(), s.admin, s.ids["noor"])
	if err != nil {
		t.Fatal(err)
	}
	if len(facts) != 5 {
		t.Errorf("%d facts about noor, want the 5 of the demo", len(facts))
	}
	if r := c.post("/mensen/nobody/feit", url.Values{"type": {"custody"}, "person": {s.ids["joost"]}, "from": {"2020-01-01"}}); r.status != http.StatusNotFound {
		t.Errorf("about nobody: status %d, want 404", r.status)
	}
}

func aDutyAndAClassOpenAndClose(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	today := portfolio.DateOf(s.lib.Now())
	form := url.Values{"class": {"plusgroep"}, "level": {"groep 7"}, "from": {today.AddDays(-10).String()}, "until": {today.AddDays(100).String()}}
	if r := c.post("/klassen", form); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	again := c.post("/klassen", form)
	if again.status != http.StatusConflict {
		t.Errorf("the same class twice: status %d, want 409", again.status)
	}
	again.shows(t, "plusgroep is er al in dit schooljaar.")
	form.Set("until", "2020-01-01")
	form.Set("class", "achterstevoren")
	bad := c.post("/klassen", form)
	if bad.status != http.StatusUnprocessableEntity {
		t.Errorf("a class that ends before it begins: status %d, want 422", bad.status)
	}
	bad.shows(t, "De einddatum ligt voor de begindatum.")
	if got := attr(bad.all("input", "name", "class")[0], "value"); got != "achterstevoren" {
		t.Errorf("the name is %q", got)
	}

	joris := s.as("joris")
	if r := joris.get("/leerling/" + s.ids["noor"]); r.status != http.StatusNotFound {
		t.Fatalf("before: status %d", r.status)
	}
	plus := s.classID("plusgroep")
	if r := c.record("/mensen/"+s.ids["noor"]+"/feit", url.Values{"type": {"enrolment"}, "person": {plus}, "from": {today.String()}}); r.status != http.StatusSeeOther {
		t.Fatalf("enrolment: status %d: %s", r.status, r.text())
	}
	if r := c.record("/mensen/"+s.ids["joris"]+"/feit", url.Values{"type": {"duty"}, "kind": {"teacher"}, "person": {plus}, "from": {today.String()}}); r.status != http.StatusSeeOther {
		t.Fatalf("duty: status %d: %s", r.status, r.text())
	}
	if r := joris.get("/leerling/" + s.ids["noor"]); r.status != http.StatusNotFound {
		t.Errorf("a roster of one person's opens a portfolio: status %d", r.status)
	}
	second := s.as("ingrid", portfolio.HatAdmin)
	list := second.get("/bevestigen")
	list.ok(t, "Noor de Vries zit in plusgroep", "Joris Bakker is leraar van plusgroep", "Bevestig wat is aangevinkt")
	var ticked []string
	for _, n := range list.all("input", "name", "fact") {
		ticked = append(ticked, attr(n, "value"))
	}
	if r := second.post("/bevestigen", url.Values{"fact": ticked}); len(ticked) != 2 || r.status != http.StatusSeeOther {
		t.Fatalf("%d ticked, status %d: %s", len(ticked), r.status, r.text())
	}
	joris.get("/leerling/"+s.ids["noor"]).ok(t, "Noor de Vries", "Vlinder op de muur")
	joris.get("/groep").ok(t, "plusgroep")
	c.get("/mensen/"+s.ids["joris"]).ok(t, "Joris Bakker is leraar van plusgroep", "Joris Bakker is mentor van klas 4")

	facts, err := s.lib.Statements(context.Background(), s.admin, s.ids["joris"])
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(facts, func(f *portfolio.Statement) bool { return f.About == plus })
	end := "/feit/" + facts[i].ID + "/einde"
	c.get(end).ok(t, "Joris Bakker ziet het werk van deze leerlingen niet meer")
	if r := c.post(end, url.Values{"until": {today.String()}, "seen": {today.String()}, "evidence": {"rooster"}}); r.status != http.StatusSeeOther {
		t.Fatalf("end: status %d: %s", r.status, r.text())
	}
	if r := joris.get("/leerling/" + s.ids["noor"]); r.status != http.StatusNotFound {
		t.Errorf("after: status %d, want 404", r.status)
	}
}

func endingCustodyTellsFirstWhatChanges(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	samira := s.as("samira")
	today := portfolio.DateOf(s.lib.Now())
	fact := s.custody("sem", "samira")
	path := "/feit/" + fact.ID + "/einde"
	c.get("/mensen/"+s.ids["sem"]).ok(t, "Samira Amrani heeft gezag over Sem Amrani", "Gecontroleerd op 20 augustus 2024.", "Bewijs: uittreksel gezagsregister.")
	look := c.get(path)
	look.ok(t, "Dit verandert vanaf "+s.app.cat.Date("nl", today), "Samira Amrani ziet het werk en de beoordelingen van Sem Amrani niet meer.",
		"Schermen die bij Samira Amrani open staan, sluiten meteen.", "kan de school nog wel om informatie over Sem Amrani vragen", "Let op: daarna heeft niemand meer gezag over Sem Amrani.")
	c.get("/feit/"+s.custody("noor", "bas").ID+"/einde").ok(t, "Gezag over Noor de Vries heeft dan nog: Anna Kuipers.")
	if r := c.get("/feit/" + s.custody("milan", "karin").ID + "/einde"); r.status != http.StatusConflict {
		t.Errorf("the end of custody that the birthday ended: status %d, want 409", r.status)
	}

	for _, test := range []struct {
		form url.Values
		says string
	}{
		{url.Values{"until": {"morgen"}, "seen": {"morgen"}, "evidence": {"blijft staan"}}, "morgen is geen datum."},
		{url.Values{"until": {""}, "seen": {""}, "evidence": {"blijft staan"}}, "Vul dit in: de einddatum."},
		{url.Values{"until": {today.String()}, "seen": {today.String()}, "evidence": {" "}}, "Vul dit in: het bewijsstuk."},
		{url.Values{"until": {today.AddDays(9).String()}, "seen": {today.String()}, "evidence": {"blijft staan"}}, "Lees eerst wat er dan verandert."},
		{url.Values{"until": {today.String()}, "seen": {today.String()}, "evidence": {strings.Repeat("b", 501)}}, "Dit is te lang: het bewijsstuk."},
	} {
		r := c.post(path, test.form)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d, want 422", test.form, r.status)
			continue
		}
		r.shows(t, test.says, "Dit verandert vanaf")
		if got := attr(r.all("input", "name", "evidence")[0], "value"); got != test.form.Get("evidence") {
			t.Errorf("the proof is %q", got)
		}
	}
	samira.get("/leerling/"+s.ids["sem"]).ok(t, "Mijn vulkaan")

	r := c.post(path, url.Values{"until": {today.String()}, "seen": {today.String()}, "evidence": {"beschikking 12"}})
	if r.status != http.StatusSeeOther || r.location != "/mensen/"+s.ids["sem"] {
		t.Fatalf("status %d to %q: %s", r.status, r.location, r.text())
	}
	c.get(r.location).ok(t, "Het einde is vastgelegd en geldt.", "voorbij", "Samira Amrani heeft gezag over Sem Amrani")
	samira.get("/leerling/"+s.ids["sem"]).ok(t, "Je hebt nu geen inzage in het portfolio van Sem.")
}

func twoAdministratorsAtOnceDoItOnce(t *testing.T, s *testSchool) {
	one, two := s.as("wim", portfolio.HatAdmin), s.as("wim", portfolio.HatAdmin)
	today := portfolio.DateOf(s.lib.Now()).String()
	fact := s.custody("lotte", "samira")
	form := url.Values{"until": {today}, "seen": {today}, "evidence": {"beschikking 13"}}
	if r := one.post("/feit/"+fact.ID+"/einde", form); r.status != http.StatusSeeOther {
		t.Fatalf("first: status %d: %s", r.status, r.text())
	}
	late := two.post("/feit/"+fact.ID+"/einde", form)
	if late.status != http.StatusConflict {
		t.Errorf("second: status %d, want 409", late.status)
	}
	if !strings.Contains(late.text(), "Dit is al geëindigd op "+s.app.cat.Date("nl", s.lib.Now())) {
		t.Errorf("second: %s", late.text())
	}
	record := url.Values{"type": {"relation"}, "kind": {"carer"}, "person": {s.ids["ruben"]}, "from": {"2024-01-01"}}
	path := "/mensen/" + s.ids["lotte"] + "/feit"
	if r := one.record(path, record); r.status != http.StatusSeeOther {
		t.Fatalf("first: status %d: %s", r.status, r.text())
	}
	again := two.record(path, record)
	if again.status != http.StatusConflict {
		t.Errorf("second: status %d, want 409", again.status)
	}
	again.shows(t, "Dit is al vastgelegd, voor dezelfde tijd.")
}

func theLogNamesWhoLooked(t *testing.T, s *testSchool) {
	a := s.assessmentOf("noor", "Vlinder op de muur")
	for range 2 {
		s.as("fatima").get("/beoordeling/" + a.ID).ok(t)
	}
	path := "/leerling/" + s.ids["noor"] + "/logboek"
	for _, login := range []string{"noor", "anna", "bas"} {
		s.as(login).get(path).ok(t, "juf Fatima", "werkt voor deze leerling", "opende")
	}
	petra := s.as("petra")
	petra.get("/logboek").ok(t, "Kies een leerling", "Vries, Noor de")
	petra.get("/logboek?leerling="+s.ids["noor"]).ok(t, "juf Fatima", "werkt voor deze leerling")
	for _, id := range []string{"nobody", s.ids["fatima"]} {
		if r := petra.get("/logboek?leerling=" + id); r.status != http.StatusNotFound {
			t.Errorf("the log of %s: status %d, want 404", id, r.status)
		}
	}
	for login, want := range map[string]int{"fatima": 404, "joris": 404, "samira": 404, "sem": 404} {
		if r := s.as(login).get(path); r.status != want {
			t.Errorf("%s reads the log of noor: status %d, want %d", login, r.status, want)
		}
		if r := s.as(login).get("/logboek?leerling=" + s.ids["noor"]); r.status != http.StatusForbidden {
			t.Errorf("%s reads the school's log: status %d, want 403", login, r.status)
		}
	}
}

// In a real browser, with axe: the pages of who keeps people and who guards
// privacy, as they are and as they come back filled in wrongly.
func TestThePagesOfAdministratorAndFGAreSound(t *testing.T) {
	s := newSchool(t)
	ctx := context.Background()
	if _, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactCustody, About: s.ids["daan"], Party: s.ids["ruben"], From: 20260101, Evidence: "brief"}); err != nil {
		t.Fatal(err)
	}
	paper, err := s.lib.TakeEvidence(ctx, s.admin, "uittreksel gezagsregister.pdf", bytes.NewReader(testPDF))
	if err != nil {
		t.Fatal(err)
	}
	waits, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactCustody, About: s.ids["mila5"], Party: s.ids["ruben"], From: 20260101, Verified: 20260102, Evidence: "uittreksel", Upload: paper.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.lib.Ask(ctx, s.actor("joost", portfolio.HatGuardian), s.ids["sem"], portfolio.Question{Period: "hoe gaat het?"}); err != nil {
		t.Fatal(err)
	}
	scan := filepath.Join(t.TempDir(), "beschikking.pdf")
	if err := os.WriteFile(scan, testPDF, 0o600); err != nil {
		t.Fatal(err)
	}
	end := "/feit/" + s.custody("sem", "samira").ID + "/einde"
	for _, l := range []look{phone.inDark(), desktop.in("en")} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("wim")
			w.hat(portfolio.HatAdmin)
			for name, path := range map[string]string{"overview": "/overzicht", "people": "/mensen?rol=staff", "newcomer": "/mensen/nieuw", "person": "/mensen/" + s.ids["daan"],
				"person-document": "/mensen/" + s.ids["mila5"], "person-staff": "/mensen/" + s.ids["fatima"], "classes": "/klassen", "ending": end} {
				w.to(path)
				w.sound(name)
			}
			w.to("/mensen/" + s.ids["sem"])
			w.run(chromedp.Evaluate(`document.querySelectorAll('details').forEach(d => d.open = true)`, nil))
			w.sound("person-forms")
			w.run(chromedp.SetValue(`#custody-person`, s.ids["samira"]), chromedp.SetValue(`#custody-from`, "2020-01-01"), chromedp.SetValue(`#custody-verified`, "2024-08-20"),
				chromedp.SetValue(`#custody-evidence`, "uittreksel"))
			w.click(`form:has(#custody-person) button`)
			w.wait("the form to come back", `document.querySelector('#custody-person-error')`)
			w.expect("409")
			w.sound("person-wrong")
			w.to(end)
			w.run(chromedp.SetValue(`#until`, "2030-01-01"), chromedp.SendKeys(`#evidence`, "beschikking"))
			w.click(`button.button-danger`)
			w.wait("what changes then", `document.querySelector('#until-error')`)
			w.expect("422")
			w.sound("ending-wrong")
			w.to("/mensen/" + s.ids["noor"])
			w.run(chromedp.Evaluate(`document.querySelectorAll('details').forEach(d => d.open = true)`, nil), chromedp.SetValue(`#order-person`, s.ids["bas"]),
				chromedp.SetUploadFiles(`#order-file`, []string{scan}),
				chromedp.Click(`#order-kind input[value=no_contact]`), chromedp.SetValue(`#order-evidence`, "beschikking C/13/9"))
			w.click(`form:has(#order-person) button`)
			w.wait("what it changes, and the document", `document.querySelector('#verandert') && document.querySelector('input[name=upload]')`)
			w.sound("recording")

			second := s.open(t, l)
			second.signIn("ingrid")
			second.hat(portfolio.HatAdmin)
			second.to("/bevestigen")
			second.sound("waiting")
			second.to("/feit/" + waits.ID)
			second.sound("confirm")

			fg := s.open(t, l)
			fg.signIn("petra")
			fg.sound("requests")
			fg.to("/logboek?leerling=" + s.ids["sem"])
			fg.sound("log")
		})
	}
}
