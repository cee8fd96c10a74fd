package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kaft/portfolio"
)

const (
	refusedBecause = "Wij hebben dit met de intern begeleider besproken."
	saidInWords    = "Het gaat goed met lezen en met vriendjes in de klas."
)

func TestRequests(t *testing.T) {
	play(t, []scene{
		{"staff release what was asked, and who asked opens it", staffReleaseWhatWasAsked},
		{"a refusal is a letter that is read before it is final", aRefusalIsALetterThatIsReadFirst},
		{"a question in words is answered in words", aQuestionInWordsIsAnsweredInWords},
		{"what is wrong with a decision is said and nothing is decided", whatIsWrongWithADecisionIsSaid},
		{"who does not decide finds no request", whoDoesNotDecideFindsNoRequest},
		{"a student of 16 asks for the own file", aStudentOf16AsksForTheOwnFile},
		{"the school says where its complaints body is", theSchoolSaysWhereItsComplaintsBodyIs},
		{"what is left out of a release stays open and is answered too", whatIsLeftOutStaysOpen},
		{"who may not open something does not release it", whoMayNotOpenSomethingDoesNotReleaseIt},
		{"a release leads to what was released, and every page says until when", aReleaseLeadsToWhatWasReleased},
		{"a parent without custody is answered in words and never finds the file", aParentWithoutCustodyNeverFindsTheFile},
		{"every page of requests is whole in both languages", everyPageOfRequestsIsWhole},
	})
}

// asks makes a request, about all that can be ticked, and gives its address.
func (s *testSchool) asks(login, student, period string) string {
	s.t.Helper()
	c, path, form := s.as(login), "/leerling/"+s.ids[student]+"/vraag", url.Values{"period": {period}}
	for _, box := range c.get(path).all("input", "name", "kinds") {
		form.Add("kinds", attr(box, "value"))
	}
	r := c.post(path, form)
	if r.status != http.StatusSeeOther || !strings.HasPrefix(r.location, "/verzoek/") {
		s.t.Fatalf("%s asks: status %d to %s: %s", login, r.status, r.location, r.text())
	}
	return r.location
}

// revIn is the revision that a page's forms were made of.
func revIn(r *reply) string {
	for _, n := range r.all("input", "name", "rev") {
		return attr(n, "value")
	}
	return ""
}

func staffReleaseWhatWasAsked(t *testing.T, s *testSchool) {
	at := s.asks("samira", "sem", "vrijgeven")
	secret := s.workOf("sem", "Geheim verhaal").ID
	samira, ingrid := s.as("samira"), s.as("ingrid", portfolio.HatStaff)
	if r := samira.get("/werk/" + secret); r.status != http.StatusNotFound {
		t.Fatalf("it is open already: %d", r.status)
	}
	ingrid.get("/vandaag").ok(t, "Verzoek om inzage · Sem Amrani")
	page := ingrid.get(at)
	page.ok(t, "Samira Amrani vraagt", "vrijgeven", "Samira Amrani heeft gezag over Sem Amrani. De school zag het bewijs.", "Sem Amrani is jonger dan 16 jaar.", "ouder volgens de wet", "Geef inzage", "Weiger", "Neem meer tijd")
	page.hides(t, "Geef antwoord", "Geheim verhaal")
	done := ingrid.post(at+"/inzage", url.Values{"rev": {revIn(page)}, "kinds": {"work"}, "days": {"30"}, "final": {"1"}})
	if done.status != http.StatusSeeOther || done.location != at {
		t.Fatalf("status %d: %s", done.status, done.text())
	}
	last := s.app.cat.Date("nl", portfolio.DateOf(s.lib.Now()).AddDays(29))
	samira.get(at).ok(t, "Inzage gegeven", "Open tot en met "+last+".", "werk dat niet gedeeld is", "Ingrid Visser")
	work := samira.get("/werk/" + secret)
	work.ok(t, "Geheim verhaal")
	again := "/leerling/" + s.ids["sem"] + "/vraag?werk=" + secret // before it closes
	if len(work.all("a", "href", again)) != 1 {
		t.Errorf("no way to ask for it again: %s", work.text())
	}
	samira.get(again).ok(t, "Je vraagt inzage in één werk.")
	if r := samira.post("/leerling/"+s.ids["sem"]+"/vraag", url.Values{"item": {secret}}); r.status != http.StatusSeeOther {
		t.Errorf("asking for one work: status %d: %s", r.status, r.text())
	} else {
		ingrid.get(r.location).ok(t, "Het gaat om één werk.", "het werk dat gevraagd is")
	}
	ingrid.get(at).hides(t, "/inzage", "/weigeren")
	s.as("petra").get("/verzoeken").ok(t, "Besloten of ingetrokken", "Inzage gegeven")
	if r := ingrid.post(at+"/inzage", url.Values{"rev": {revIn(page)}, "kinds": {"work"}, "days": {"1"}}); r.status != http.StatusConflict {
		t.Errorf("decided twice: status %d", r.status)
	}
}

func aRefusalIsALetterThatIsReadFirst(t *testing.T, s *testSchool) {
	at := s.asks("samira", "sem", "weigeren")
	wim := s.as("wim", portfolio.HatStaff)
	form := url.Values{"rev": {revIn(wim.get(at))}, "reason": {"others"}, "words": {refusedBecause}}
	preview := wim.post(at+"/weigeren", form)
	preview.ok(t, "De brief", refusedBecause, "Beste Samira Amrani,", "Petra Smit", "Autoriteit Persoonsgegevens", "klachtencommissie", "Weiger en verstuur de brief")
	checkPage(t, preview.body)
	s.as("samira").get(at).ok(t, "Ontvangen")
	form.Set("edit", "1")
	wim.post(at+"/weigeren", form).ok(t, refusedBecause, "Lees eerst de brief")
	form.Del("edit")
	form.Set("final", "1")
	if r := wim.post(at+"/weigeren", form); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	letter := s.as("samira").get(at)
	letter.ok(t, "Geweigerd", "Besluit over uw verzoek", "vroeg u de school om inzage", refusedBecause, "Wim Hendriks", "Petra Smit", "Autoriteit Persoonsgegevens")
	if text := words(firstTag(letter.doc, "article")); strings.Contains(text, " je ") || strings.Contains(text, " jij ") {
		t.Errorf("a formal letter says je: %s", text)
	}
	s.as("petra").get("/weigeringen").ok(t, "Samira Amrani · Sem Amrani", "Het gaat over andere mensen", refusedBecause)
	s.as("samira").get("/leerling/"+s.ids["sem"]+"/vraag").ok(t, "dossierstukken") // she can ask again
}

func aQuestionInWordsIsAnsweredInWords(t *testing.T, s *testSchool) {
	at := s.asks("joost", "sem", "hoe gaat het?")
	joost, ingrid := s.as("joost"), s.as("ingrid", portfolio.HatStaff)
	page := ingrid.get(at)
	page.ok(t, "Joost Mulder vraagt", "Er staat geen gezag van Joost Mulder over Sem Amrani vast.", "Samira Amrani", "Geef antwoord")
	page.hides(t, "/inzage", "Laat in je antwoord weg")
	if n := len(page.all("input", "name", "reason")); n != 1 {
		t.Errorf("%d reasons to refuse a question in words, want 1: harm", n)
	}
	if r := ingrid.post(at+"/antwoord", url.Values{"rev": {revIn(page)}, "answer": {saidInWords}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	joost.get(at).ok(t, "Beantwoord", saidInWords)
	samira := s.as("samira").get(at)
	if samira.status != http.StatusNotFound {
		t.Errorf("samira reads joost's answer: %d", samira.status)
	}
	if r := joost.get("/leerling/" + s.ids["sem"]); strings.Contains(r.text(), "Mijn vulkaan") {
		t.Error("an answer in words opened a page")
	}
}

func whatIsWrongWithADecisionIsSaid(t *testing.T, s *testSchool) {
	at := s.asks("samira", "sem", "fout")
	ingrid := s.as("ingrid", portfolio.HatStaff)
	rev := revIn(ingrid.get(at))
	today := portfolio.DateOf(s.lib.Now())
	for _, test := range []struct {
		do   string
		form url.Values
		code int
		say  string
	}{
		{"inzage", url.Values{"days": {"30"}}, 422, "Vul dit in: waar het om gaat."},
		{"inzage", url.Values{"kinds": {"work"}}, 422, "Kies een laatste dag vanaf vandaag"},
		{"inzage", url.Values{"kinds": {"work"}, "last": {"morgen"}}, 422, "morgen is geen datum."},
		{"inzage", url.Values{"kinds": {"work"}, "last": {today.AddDays(90).String()}}, 422, "hoogstens 90 dagen"},
		{"inzage", url.Values{"kinds": {"assessment"}, "days": {"1"}}, 422, "Dit is niet gevraagd."},
		{"inzage", url.Values{"kinds": {"work"}, "days": {"1"}, "quiet": {"kort"}}, 422, "Schrijf meer: waarom de leerling het niet hoort."},
		{"weigeren", url.Values{"reason": {"zomaar"}, "words": {refusedBecause}}, 422, "Deze keuze bestaat niet: de reden."},
		{"weigeren", url.Values{"words": {refusedBecause}}, 422, "Deze keuze bestaat niet: de reden."},
		{"weigeren", url.Values{"reason": {"others"}, "words": {""}}, 422, "Vul dit in: je eigen zin."},
		{"weigeren", url.Values{"reason": {"others"}, "words": {"nee"}, "final": {"1"}}, 422, "Het moeten er minstens 20 tekens zijn, nu zijn het er 3."},
		{"weigeren", url.Values{"reason": {"harm"}, "words": {refusedBecause}}, 422, "Kies een dag waarop de school opnieuw kijkt"},
		{"weigeren", url.Values{"reason": {"harm"}, "words": {refusedBecause}, "review": {"gisteren"}}, 422, "gisteren is geen datum."},
		{"antwoord", url.Values{"answer": {saidInWords}}, 422, "Dit is een verzoek om inzage."},
		{"langer", url.Values{"longer": {"druk"}}, 422, "Schrijf meer: waarom het langer duurt."},
		{"inzage", url.Values{"kinds": {"work"}, "days": {"1"}, "rev": {"99"}}, 409, "Iemand heeft dit intussen veranderd."},
		{"inzage", url.Values{"kinds": {"work"}, "days": {"1"}, "rev": {"x"}}, 422, ""},
	} {
		if !test.form.Has("rev") {
			test.form.Set("rev", rev)
		}
		r := ingrid.post(at+"/"+test.do, test.form)
		if r.status != test.code || !strings.Contains(r.text(), test.say) {
			t.Errorf("%s %v: status %d, want %d and %q: %s", test.do, test.form, r.status, test.code, test.say, r.text())
		}
		checkPage(t, r.body)
		if len(test.form["words"]) > 0 && test.code == 422 {
			r.shows(t, test.form.Get("words"))
		}
	}
	if r := s.as("samira").post(at+"/inzage", url.Values{"rev": {rev}, "kinds": {"work"}, "days": {"1"}}); r.status != http.StatusForbidden || !strings.Contains(r.text(), "Iemand anders op school beslist erover.") {
		t.Errorf("who asked decides: status %d: %s", r.status, r.text())
	}
	s.as("samira").get(at).ok(t, "Ontvangen")
	if r := ingrid.post(at+"/langer", url.Values{"rev": {rev}, "longer": {refusedBecause}}); r.status != http.StatusSeeOther {
		t.Fatalf("longer: status %d: %s", r.status, r.text())
	}
	s.as("samira").get(at).ok(t, "De school heeft meer tijd nodig", refusedBecause, "Eerst was dat "+s.due()+".")
	s.as("samira").get("/rechten").ok(t, "De school heeft meer tijd nodig: tot en met", refusedBecause)
	page := ingrid.get(at)
	page.hides(t, "Neem meer tijd")
	if r := ingrid.post(at+"/langer", url.Values{"rev": {revIn(page)}, "longer": {refusedBecause}}); r.status != http.StatusConflict || !strings.Contains(r.text(), "Dat kan maar één keer.") {
		t.Errorf("longer twice: status %d: %s", r.status, r.text())
	}
	samira := s.as("samira")
	if r := samira.post(at+"/intrekken", url.Values{"rev": {revIn(samira.get(at))}}); r.status != http.StatusSeeOther {
		t.Errorf("withdrawn: status %d: %s", r.status, r.text())
	}
	samira.get(at).ok(t, "Ingetrokken")
}

func whoDoesNotDecideFindsNoRequest(t *testing.T, s *testSchool) {
	at := s.asks("samira", "sem", "deur")
	rev := revIn(s.as("ingrid", portfolio.HatStaff).get(at))
	for _, who := range []struct{ login, hat string }{{"fatima", portfolio.HatStaff}, {"fatima", portfolio.HatGuardian}, {"joris", ""}, {"joost", ""}, {"anna", ""}, {"sem", ""}, {"noor", ""}, {"wim", portfolio.HatAdmin}} {
		c := s.wearing(who.login, who.hat)
		if r := c.get(at); r.status != http.StatusNotFound {
			t.Errorf("%s %s reads it: %d", who.login, who.hat, r.status)
		}
		for _, do := range []string{"inzage", "weigeren", "antwoord", "langer", "intrekken"} {
			form := url.Values{"rev": {rev}, "kinds": {"work"}, "days": {"1"}, "reason": {"others"}, "words": {refusedBecause}, "answer": {saidInWords}, "longer": {refusedBecause}, "final": {"1"}}
			if r := c.post(at+"/"+do, form); r.status != http.StatusNotFound {
				t.Errorf("%s %s: %s: %d", who.login, who.hat, do, r.status)
			}
		}
		if r := c.get("/weigeringen"); r.status != http.StatusNotFound {
			t.Errorf("%s reads the refusals: %d", who.login, r.status)
		}
	}
	fg := s.as("petra")
	fg.get(at).ok(t, "Jij ziet alle verzoeken.")
	fg.get(at).hides(t, "/inzage", "/weigeren", "/langer")
	if r := fg.post(at+"/weigeren", url.Values{"rev": {rev}, "reason": {"others"}, "words": {refusedBecause}, "final": {"1"}}); r.status != http.StatusNotFound {
		t.Errorf("the FG decides: %d", r.status)
	}
	s.as("ingrid", portfolio.HatStaff).get(at).ok(t, "Geef inzage")
}

func aStudentOf16AsksForTheOwnFile(t *testing.T, s *testSchool) {
	lotte := s.as("lotte")
	lotte.get("/ik").ok(t, "Vraag inzage in je dossier")
	lotte.get("/rechten").ok(t, "Vanaf 16 jaar is je dossier van jou.", "Vraag inzage")
	lotte.get("/leerling/"+s.ids["lotte"]+"/vraag").ok(t, "Vraag inzage in je eigen dossier", "dossierstukken", "zorg",
		"de mensen van school die erover beslissen, en de privacyfunctionaris", "Je juf of meester ziet dat je iets vroeg, maar niet wat.")
	at := s.asks("lotte", "lotte", "mijn dossier")
	page := s.as("ingrid", portfolio.HatStaff).get(at)
	page.ok(t, "Lotte Amrani vraagt dit over zichzelf.", "16 of 17 jaar")
	page.hides(t, "Zou het schaden als de leerling dit weet?", "Wanneer kijkt de school opnieuw?")
	sem := s.as("sem")
	sem.get("/ik").hides(t, "Vraag inzage in je dossier")
	if r := sem.get("/leerling/" + s.ids["sem"] + "/vraag"); r.status != http.StatusNotFound {
		t.Errorf("sem, 10, finds the form: %d", r.status)
	}
}

func theSchoolSaysWhereItsComplaintsBodyIs(t *testing.T, s *testSchool) {
	wim := s.as("wim", portfolio.HatAdmin)
	const where = "Commissie Onderwijs, Postbus 1, Utrecht"
	long := wim.post("/overzicht/klachten", url.Values{"complaints": {strings.Repeat("x", 501)}})
	if long.status != 422 || !strings.Contains(long.text(), "waar de klachtencommissie is") {
		t.Errorf("status %d: %s", long.status, long.text())
	}
	if r := wim.post("/overzicht/klachten", url.Values{"complaints": {where}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	wim.get("/overzicht").shows(t, where)
	if r := s.as("fatima").post("/overzicht/klachten", url.Values{"complaints": {"x"}}); r.status != http.StatusForbidden {
		t.Errorf("fatima: status %d", r.status)
	}
	at := s.asks("samira", "sem", "klacht")
	staff := s.as("ingrid", portfolio.HatStaff)
	staff.post(at+"/weigeren", url.Values{"rev": {revIn(staff.get(at))}, "reason": {"others"}, "words": {refusedBecause}}).ok(t, where)
}

func everyPageOfRequestsIsWhole(t *testing.T, s *testSchool) {
	ctx := context.Background()
	ingrid := s.actor("ingrid", portfolio.HatStaff)
	harm := portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: refusedBecause, Review: portfolio.DateOf(s.lib.Now()).AddDays(90)}
	open, told, no := s.asks("samira", "sem", "heel"), s.asks("joost", "lotte", "heel"), s.asks("samira", "sem", "heel en geweigerd")
	if _, err := s.lib.AnswerRequest(ctx, ingrid, strings.TrimPrefix(told, "/verzoek/"), 1, saidInWords); err != nil {
		t.Fatal(err)
	}
	if _, err := s.lib.RefuseRequest(ctx, ingrid, strings.TrimPrefix(no, "/verzoek/"), 1, harm); err != nil {
		t.Fatal(err)
	}
	for login, paths := range map[string][]string{
		"samira": {open, no, "/rechten", "/leerling/" + s.ids["sem"] + "/vraag?werk=x"},
		"joost":  {told, "/rechten"},
		"ingrid": {open, told, no, "/verzoeken", "/vandaag"},
		"petra":  {open, told, no, "/verzoeken", "/weigeringen"},
		"lotte":  {"/rechten", "/leerling/" + s.ids["lotte"] + "/vraag"},
	} {
		c := s.wearing(login, "")
		for _, c.lang = range Languages {
			for _, path := range paths {
				c.page(t, path)
			}
		}
	}
}
