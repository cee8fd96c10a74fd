package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kaft/portfolio"
)

// pieceOf adds a piece to a student's file.
func (s *testSchool) pieceOf(student, kind, typ, title string) string {
	s.t.Helper()
	r, err := s.lib.AddRecord(context.Background(), s.actor("ingrid", portfolio.HatStaff), s.ids[student],
		portfolio.NewRecord{Kind: kind, Type: typ, Title: title, Text: "De tekst van: " + title, Source: "school"})
	if err != nil {
		s.t.Fatal(err)
	}
	return r.ID
}

// restAt is the address of what of a request is still open.
func restAt(t *testing.T, r *reply) string {
	t.Helper()
	for _, a := range r.all("a", "", "") {
		if words(a) == "Naar de rest van het verzoek" {
			return attr(a, "href")
		}
	}
	t.Fatalf("no way to the rest: %s", r.text())
	return ""
}

func whatIsLeftOutStaysOpen(t *testing.T, s *testSchool) {
	at := s.asks("samira", "sem", "een deel")
	care := s.pieceOf("sem", "care", portfolio.CareHealth, "Astma")
	samira, ingrid := s.as("samira"), s.as("ingrid", portfolio.HatStaff)
	samira.get(at).ok(t, "De school heeft je verzoek ontvangen op", "De school kijkt ernaar.", "Antwoord uiterlijk "+s.due()+".")
	form := url.Values{"rev": {revIn(ingrid.get(at))}, "kinds": {"record", "work"}, "days": {"30"}}
	preview := ingrid.post(at+"/inzage", form)
	preview.ok(t, "Je geeft een deel", "Dit ziet Samira Amrani dossierstukken en werk dat niet gedeeld is", "Dit blijft open zorg", "uiterlijk "+s.due())
	checkPage(t, preview.body)
	samira.get(at).hides(t, "Inzage gegeven")
	again := url.Values{"edit": {"1"}}
	for name, values := range form {
		again[name] = values
	}
	edit := ingrid.post(at+"/inzage", again)
	edit.ok(t, "Wat je niet aanvinkt, blijft open.", "Let op uit welke tijd dit gevraagd is.")
	for _, n := range edit.all("input", "name", "kinds") {
		if _, on := lookAttribute(n, "checked"); on != (attr(n, "value") != "care") {
			t.Errorf("the tick of %s is %v", attr(n, "value"), on)
		}
	}
	form.Set("final", "1")
	if r := ingrid.post(at+"/inzage", form); r.status != http.StatusSeeOther || r.location != at {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	page := samira.get(at)
	page.ok(t, "Inzage gegeven in een deel", "Over de rest is nog niet besloten: zorg. Het antwoord komt uiterlijk "+s.due()+".")
	rest := restAt(t, page)
	samira.get("/meldingen").ok(t, "De school geeft inzage in een deel van je verzoek over Sem Amrani", "Over de rest komt nog een besluit.")
	samira.get(rest).ok(t, "Dit is de rest van je verzoek van", "Het gaat over: zorg.", "Antwoord uiterlijk "+s.due()+".")
	samira.get("/rechten").ok(t, "Ontvangen. Antwoord uiterlijk "+s.due())
	if r := samira.get("/dossier/" + care); r.status != http.StatusNotFound {
		t.Errorf("care is open: %d", r.status)
	}
	ingrid.get("/verzoeken").ok(t, "Verzoek om inzage · Sem Amrani")
	staff := ingrid.get(rest)
	staff.ok(t, "Dit is de rest van een verzoek.", "Het gaat over: zorg.")
	if r := ingrid.post(rest+"/weigeren", url.Values{"rev": {revIn(staff)}, "reason": {"others"}, "words": {refusedBecause}, "final": {"1"}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	samira.get(rest).ok(t, "Besluit over uw verzoek", "Dit besluit gaat over: zorg. De school geeft u die niet.", "Over het andere deel van uw verzoek kreeg u een apart besluit.",
		refusedBecause, "Petra Smit", "klachtencommissie", "Autoriteit Persoonsgegevens")
	samira.get(at).ok(t, "Over de rest is apart besloten: zorg.")
	for _, who := range []string{"joost", "sem", "noor"} {
		if r := s.as(who).get(rest); r.status != http.StatusNotFound {
			t.Errorf("%s reads the rest: %d", who, r.status)
		}
	}
}

func whoMayNotOpenSomethingDoesNotReleaseIt(t *testing.T, s *testSchool) {
	at := s.asks("samira", "sem", "zorg en meer")
	wim, ingrid := s.as("wim", portfolio.HatStaff), s.as("ingrid", portfolio.HatStaff)
	page := wim.get(at)
	page.ok(t, "Wie het geeft, moet het zelf mogen openen. Voor zorg is dat: Ingrid Visser.")
	if len(page.all("input", "value", "care")) > 0 {
		t.Error("the director can tick care")
	}
	no := wim.post(at+"/inzage", url.Values{"rev": {revIn(page)}, "kinds": {"care"}, "days": {"30"}, "final": {"1"}})
	if no.status != http.StatusUnprocessableEntity || !strings.Contains(no.text(), "Je mag dit zelf niet openen.") {
		t.Errorf("status %d: %s", no.status, no.text())
	}
	if r := wim.post(at+"/inzage", url.Values{"rev": {revIn(page)}, "kinds": {"work", "record"}, "days": {"30"}, "final": {"1"}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	rest := restAt(t, wim.get(at))
	alone := wim.get(rest)
	alone.ok(t, "Jij mag dit niet openen, dus je kunt het ook niet geven.", "Ingrid Visser")
	alone.hides(t, "/inzage")
	checkPage(t, alone.body)
	told := ingrid.get("/meldingen")
	told.ok(t, "Een deel van een verzoek over Sem Amrani wacht op jou.")
	if len(told.all("a", "href", rest)) != 1 {
		t.Error("the notice does not lead to the rest")
	}
	ingrid.get(rest).ok(t, "Geef inzage")
	many := url.Values{"rev": {revIn(ingrid.get(rest))}, "items": make([]string, 101), "days": {"1"}}
	if r := ingrid.post(rest+"/inzage", many); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), "hoogstens 100 dingen") {
		t.Errorf("101 things: status %d: %s", r.status, r.text())
	}
}

func aReleaseLeadsToWhatWasReleased(t *testing.T, s *testSchool) {
	talk := s.pieceOf("sem", "record", portfolio.RecordTalk, "Gesprek in november")
	s.pieceOf("sem", "care", portfolio.CareSupport, "Hulp bij lezen")
	file := "/leerling/" + s.ids["sem"] + "/dossier"
	samira, ingrid := s.as("samira"), s.as("ingrid", portfolio.HatStaff)
	secret := s.workOf("sem", "Geheim verhaal").ID
	for _, test := range []struct {
		scope url.Values
		path  string
		what  string
	}{
		{url.Values{"kinds": {"record"}}, file, "Gesprek in november"},
		{url.Values{"kinds": {"work"}}, "/leerling/" + s.ids["sem"], "Geheim verhaal"},
		{url.Values{"item": {talk}}, "/dossier/" + talk, "De tekst van: Gesprek in november"},
		{url.Values{"item": {secret}}, "/werk/" + secret, "Geheim verhaal"},
	} {
		test.scope.Set("period", "leidt naar "+test.path)
		asked := samira.post("/leerling/"+s.ids["sem"]+"/vraag", test.scope)
		if asked.status != http.StatusSeeOther {
			t.Fatalf("%v: status %d: %s", test.scope, asked.status, asked.text())
		}
		form := url.Values{"rev": {"1"}, "kinds": test.scope["kinds"], "items": test.scope["item"], "days": {"30"}}
		if r := ingrid.post(asked.location+"/inzage", form); r.status != http.StatusSeeOther {
			t.Fatalf("%v: status %d: %s", form, r.status, r.text())
		}
		page := samira.get(asked.location)
		if n := len(page.all("a", "href", test.path)); n != 1 {
			t.Errorf("%d links to %s: %s", n, test.path, page.text())
		}
		samira.get(test.path).shows(t, test.what)
	}
	last := s.app.cat.Date("nl", portfolio.DateOf(s.lib.Now()).AddDays(29))
	why := samira.get("/leerling/" + s.ids["sem"] + "/waarom")
	why.ok(t, "De school gaf je inzage tot en met "+last+": dossierstukken.", "De school gaf je inzage tot en met "+last+": 1 los stuk.",
		"Stukken uit het dossier Dit zie je tot en met "+last+". Je vroeg hierom, en de school gaf je inzage.", "Zorg en gezondheid Dit kun je opvragen")
	checkPage(t, why.body)
	samira.get("/werk/"+secret+"/wie").ok(t, "heeft gezag over Sem (regel 6.1); de school gaf inzage op een verzoek, tot "+
		s.app.cat.Date("nl", portfolio.DateOf(s.lib.Now()).AddDays(30)))
	s.as("sem").get("/werk/"+secret+"/wie").ok(t, "de school gaf inzage op een verzoek")
	samira.get("/werk/"+s.workOf("sem", "Mijn vulkaan").ID+"/wie").hides(t, "inzage op een verzoek")
}

func aParentWithoutCustodyNeverFindsTheFile(t *testing.T, s *testSchool) {
	care := s.pieceOf("lotte", "care", portfolio.CareHealth, "Astma van Lotte")
	record := s.pieceOf("lotte", "record", portfolio.RecordTalk, "Gesprek over Lotte")
	at := s.asks("joost", "lotte", "Hoe gaat het?")
	joost, ingrid := s.as("joost"), s.as("ingrid", portfolio.HatStaff)
	page := ingrid.get(at)
	page.hides(t, "/inzage")
	for _, kinds := range []string{"record", "care", "assessment", "work"} {
		r := ingrid.post(at+"/inzage", url.Values{"rev": {revIn(page)}, "kinds": {kinds}, "days": {"30"}, "final": {"1"}})
		if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), "Deze vraag krijgt een antwoord in woorden.") {
			t.Errorf("%s is released: %d", kinds, r.status)
		}
	}
	if r := ingrid.post(at+"/antwoord", url.Values{"rev": {revIn(page)}, "answer": {saidInWords}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	joost.get(at).ok(t, "Beantwoord", saidInWords)
	for _, path := range []string{"/dossier/" + care, "/dossier/" + record, "/leerling/" + s.ids["lotte"] + "/dossier", "/leerling/" + s.ids["lotte"] + "/logboek", "/leerling/" + s.ids["lotte"] + "/groei"} {
		if r := joost.get(path); r.status != http.StatusNotFound || strings.Contains(r.text(), "Astma") {
			t.Errorf("%s: status %d", path, r.status)
		}
	}
	if r := joost.post("/leerling/"+s.ids["lotte"]+"/vraag", url.Values{"kinds": {"record"}, "item": {record}}); r.status < 400 {
		t.Errorf("joost asks for a record: %d to %s", r.status, r.location)
	}
}

func TestEmergencyAccessStandsOnEveryPageUntilItIsEnded(t *testing.T) {
	s := newSchool(t)
	joris := s.as("joris")
	const running = "Noodinzage: Sem Amrani. Dit loopt tot middernacht"
	joris.get("/vandaag").hides(t, running)
	if r := joris.post("/leerling/"+s.ids["sem"]+"/nood", url.Values{"reason": {"De politie belt, er is een ongeluk."}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	end := ""
	for _, path := range []string{"/vandaag", "/groep", "/gesprekken", "/ik", "/meldingen", "/leerling/" + s.ids["sem"], "/hulp"} {
		page := joris.get(path)
		page.ok(t, running, "Beëindig", "Naar Sem Amrani")
		checkPage(t, page.body)
		for _, n := range page.all("form", "method", "post") {
			if at := attr(n, "action"); strings.HasSuffix(at, "/einde") {
				end = at
			}
		}
	}
	joris.get("/leerling/"+s.ids["sem"]).hides(t, "Te beoordelen", "Voeg een stuk toe") // it is for looking
	s.as("fatima", portfolio.HatStaff).get("/leerling/"+s.ids["sem"]).ok(t, "Te beoordelen", "Voeg een stuk toe")
	for _, who := range []struct{ login, hat string }{{"fatima", portfolio.HatStaff}, {"samira", ""}, {"sem", ""}, {"petra", ""}, {"wim", portfolio.HatAdmin}} {
		c := s.wearing(who.login, who.hat)
		c.get("/ik").hides(t, running)
		if r := c.post(end, nil); r.status != http.StatusNotFound {
			t.Errorf("%s ends it: %d", who.login, r.status)
		}
	}
	tab := joris.tab().hello(nil)
	tab.next("hello")
	if r := joris.post(end, nil); r.status != http.StatusSeeOther || r.location != "/" {
		t.Fatalf("status %d to %s: %s", r.status, r.location, r.text())
	}
	for f := tab.next("changed"); !f.Force; f = tab.next("changed") {
	}
	joris.get("/vandaag").ok(t, "De noodinzage is beëindigd.")
	joris.get("/vandaag").hides(t, running)
	if r := joris.get("/leerling/" + s.ids["sem"]); r.status != http.StatusNotFound {
		t.Errorf("after the end the student's page answers %d", r.status)
	}
	if r := joris.post(end, nil); r.status != http.StatusSeeOther {
		t.Errorf("ended twice: %d", r.status)
	}
	for _, who := range []string{"samira", "sem", "petra"} {
		s.as(who).get("/meldingen").ok(t, "beëindigde op", "de noodinzage in het dossier van Sem Amrani. Het dossier is weer dicht.")
	}
	s.as("samira").get("/leerling/"+s.ids["sem"]+"/logboek?alles=1").ok(t, "beëindigde de noodinzage")
	s.as("sem").get("/ik").ok(t, "meester Joris beëindigde de noodinzage in je portfolio.")
	s.as("petra").get("/logboek?wat=emergency-end").ok(t, "beëindigde de noodinzage")
}
