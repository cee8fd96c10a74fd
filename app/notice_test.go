package app

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// whatsIn are the values of What in the notices that a file makes.
func whatsIn(t *testing.T, name string) (out []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	add := func(e ast.Expr) {
		if text, ok := literal(e); ok {
			out = append(out, text)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if called(n.Type) == "Notice" {
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok && called(kv.Key) == "What" {
						add(kv.Value)
					}
				}
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if called(left) == "What" && len(n.Rhs) == len(n.Lhs) {
					add(n.Rhs[i])
				}
			}
		case *ast.ValueSpec: // var birthdayNotices
			for i, id := range n.Names {
				if strings.HasSuffix(id.Name, "Notices") && len(n.Values) > i {
					ast.Inspect(n.Values[i], func(n ast.Node) bool {
						if inner, ok := n.(*ast.CompositeLit); ok && inner.Type == nil {
							for _, e := range inner.Elts {
								add(e)
							}
						}
						return true
					})
				}
			}
		}
		return true
	})
	return out
}

func TestEveryNoticeHasItsSentenceInBothLanguagesAndLeadsSomewhere(t *testing.T) {
	files, err := filepath.Glob("../portfolio/*.go")
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, what := range whatsIn(t, name) {
			met[what] = true
		}
	}
	for _, state := range []string{portfolio.RequestReleased, portfolio.RequestRefused, portfolio.RequestAnswered, portfolio.RequestWithdrawn} {
		met["request_"+state] = true // requestfinish.go puts the word together
	}
	for _, what := range []string{"sixteen_soon", "eighteen", "emergency_fg", "emergency", "bundle_yours", "kept_closed"} {
		if !met[what] {
			t.Errorf("the notice %q is not found in the code: is the test blind?", what)
		}
	}
	for _, lang := range Languages {
		known := texts(t, lang)
		for what := range met {
			if known["notice."+what] == nil {
				t.Errorf("%s has no sentence for the notice %q", lang, what)
			}
		}
		for key := range known {
			if what, ok := strings.CutPrefix(key, "notice."); ok && !met[what] {
				t.Errorf("%s: no notice says %q", lang, key)
			}
		}
	}
	for what := range toYou {
		if !met[what] {
			t.Errorf("words to the student for a notice that there is not: %q", what)
		}
		for _, lang := range Languages {
			if texts(t, lang)["notices.you."+what] == nil {
				t.Errorf("%s has no words to the student for the notice %q", lang, what)
			}
		}
	}
	for what := range noticePaths {
		if !met[what] {
			t.Errorf("a path for a notice that there is not: %q", what)
		}
	}
}

// sixteenthOf puts the clock on a moment, so many days from somebody's 16th
// birthday, and sees to the birthdays.
func (s *testSchool) sixteenthOf(login string, days int, at time.Duration) portfolio.Date {
	s.t.Helper()
	p, err := s.lib.PersonByID(context.Background(), s.admin, s.ids[login])
	if err != nil {
		s.t.Fatal(err)
	}
	on := p.Birth.Latest.AddYears(16)
	s.clock.advance(on.AddDays(days).Start().Add(at).Sub(s.lib.Now()))
	if err := s.lib.Birthdays(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return on
}

func TestTheBellCountsWhatWasNotSeenInTheHatThatIsWorn(t *testing.T) {
	s := newSchool(t)
	s.sixteenthOf("yassin", -14, time.Hour)
	count := func(c *testClient, path string) string {
		return words(firstWith(firstWith(c.get(path).doc, "href", "/meldingen"), "class", "count"))
	}
	mother, teacher := s.as("fatima", portfolio.HatGuardian), s.as("fatima", portfolio.HatStaff)
	if got := count(mother, "/thuis"); got != "2 nieuw" {
		t.Errorf("the mother's bell: %q, want 2 (60 and 14 days)", got)
	}
	if got := count(teacher, "/vandaag"); got != "" {
		t.Errorf("the teacher's bell: %q, want none: it is the same person in another hat", got)
	}
	if got := count(mother, "/meldingen?deel=bel"); got != "2 nieuw" {
		t.Errorf("the fragment of the bell: %q", got)
	}
	page := mother.get("/meldingen")
	page.ok(t, "Yassin El Idrissi wordt 16 op", "nieuw")
	if got := page.all("a", "href", "/leerling/"+s.ids["yassin"]); len(got) != 2 {
		t.Errorf("%d links to the child, want 2", len(got))
	}
	if got := count(mother, "/thuis"); got != "" {
		t.Errorf("after reading: %q", got)
	}
	mother.get("/meldingen").hides(t, ">nieuw<")
	teacher.get("/meldingen").ok(t, "Geen meldingen")
	mother.lang = "en"
	mother.get("/meldingen").ok(t, "Yassin El Idrissi turns 16 on")
	own := s.as("yassin").get("/meldingen")
	own.ok(t, "word je 16. Dan beslis jij wie je werk ziet.")
	if len(own.all("a", "href", "/zestien")) == 0 {
		t.Error("the student's notice does not lead to the choice")
	}
}

func TestTheAPIOfNoticesMarksNothing(t *testing.T) {
	s := newSchool(t)
	_, router := description(t)
	s.sixteenthOf("yassin", -14, time.Hour)
	c := apiClient{s.as("yassin"), router}
	for range 2 {
		status, out := c.call("GET", "/api/v1/notices", nil)
		all, _ := out["notices"].([]any)
		if status != http.StatusOK || len(all) != 2 {
			t.Fatalf("status %d, %d notices", status, len(all))
		}
		n := all[0].(map[string]any)
		if n["what"] != "sixteen_soon" || n["read"] != false || n["path"] != "/zestien" {
			t.Errorf("got %v", n)
		}
	}
	if status, _ := (apiClient{s.visitor(), router}).call("GET", "/api/v1/notices", nil); status != http.StatusUnauthorized {
		t.Errorf("a visitor: %d", status)
	}
}

func TestEmergencyOnScreenAsksTheReasonFirst(t *testing.T) {
	s := newSchool(t)
	joris := s.as("joris")
	joris.get("/groep").ok(t, "Nood: open het dossier van een leerling")
	joris.get("/nood").ok(t, "Noodinzage", "Je ziet het dossier tot middernacht.", "Wat is er aan de hand?")
	one := joris.get("/leerling/" + s.ids["sem"] + "/nood")
	one.ok(t, "Noodinzage")
	one.hides(t, "Sem", "Amrani")
	joris.get("/leerling/"+s.ids["yassin"]+"/nood").ok(t, "Noodinzage: Yassin El Idrissi") // his own class
	reason := "De politie belt, er is een ongeluk."
	bad := joris.post("/nood", url.Values{"reason": {"nood"}, "name": {"Sem Amrani"}})
	if bad.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", bad.status)
	}
	bad.shows(t, "Schrijf eerst wat er aan de hand is")
	if got := bad.all("input", "value", "Sem Amrani"); len(got) != 1 {
		t.Error("the name that was filled in is gone")
	}
	none := joris.post("/nood", url.Values{"reason": {reason}, "name": {"Sem"}})
	none.shows(t, "Deze leerling is niet gevonden.", reason)
	if r := joris.get("/leerling/" + s.ids["sem"]); r.status != http.StatusNotFound {
		t.Errorf("before: status %d", r.status)
	}
	r := joris.post("/nood", url.Values{"reason": {reason}, "name": {"sem amrani"}})
	if r.status != http.StatusSeeOther || r.location != "/leerling/"+s.ids["sem"] {
		t.Fatalf("status %d to %s: %s", r.status, r.location, r.text())
	}
	joris.get(r.location).ok(t, "Je kunt dit dossier zien tot middernacht.", "Mijn vulkaan")
	s.as("petra").get("/meldingen").ok(t, "opende meester Joris het dossier van Sem Amrani", "eerste keer in 24 uur", reason)
	for who, want := range map[string]string{"sem": "keek meester Joris van school in jouw gegevens", "samira": "kreeg meester Joris noodinzage in het dossier van Sem Amrani: gedeeld werk, beoordelingen, dossierstukken, zorg en contactgegevens."} {
		page := s.as(who).get("/meldingen")
		page.ok(t, want)
		page.hides(t, reason)
	}
	s.as("joost").get("/meldingen").hides(t, "meester Joris")
	for _, who := range []string{"samira", "sem", "noor", "petra"} {
		for _, path := range []string{"/nood", "/leerling/" + s.ids["sem"] + "/nood"} {
			if r := s.as(who).get(path); r.status != http.StatusNotFound {
				t.Errorf("%s at %s: status %d", who, path, r.status)
			}
			if r := s.as(who).post(path, url.Values{"reason": {reason}, "name": {"Sem Amrani"}}); r.status != http.StatusNotFound {
				t.Errorf("%s posts to %s: status %d", who, path, r.status)
			}
		}
	}
	if r := s.as("fatima", portfolio.HatStaff).get("/leerling/" + s.ids["yassin"] + "/nood"); r.status != http.StatusNotFound {
		t.Errorf("a mother in her staff hat: status %d", r.status)
	}
	p, err := s.lib.PersonByID(context.Background(), s.admin, s.ids["sem"])
	if err != nil {
		t.Fatal(err)
	}
	born := joris.post("/nood", url.Values{"reason": {reason}, "name": {"Amrani"}, "birth": {p.Birth.String()}})
	if born.location != "/leerling/"+s.ids["sem"] {
		t.Errorf("by date of birth: status %d: %s", born.status, born.text())
	}
}

func TestAStudentOfSixteenChoosesInThreeScreensWithoutAScript(t *testing.T) {
	s := newSchool(t)
	ctx := context.Background()
	yassin := s.actor("yassin", portfolio.HatStudent)
	s.clock.advance(-10 * 24 * time.Hour)
	early := s.as("yassin")
	early.get("/ik").hides(t, "/zestien")
	if r := early.get("/zestien"); r.status != http.StatusNotFound {
		t.Errorf("too early: status %d", r.status)
	}
	add := func(title string, audience ...string) *portfolio.Work {
		w, err := s.lib.AddWork(ctx, yassin, portfolio.NewWork{Title: title, Text: "x", Audience: audience})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	shown, other, waits := add("Brief aan later", "guardians", "staff"), add("Toets", "guardians"), add("Affiche", "school")
	on := s.sixteenthOf("yassin", -20, time.Hour)
	c, mother := s.as("yassin"), s.as("fatima", portfolio.HatGuardian)
	day := s.app.cat.Date("nl", on)
	c.get("/ik").ok(t, "Wat ouders zien als je 16 bent")
	one := c.get("/zestien")
	one.ok(t, "Je wordt 16", "Op "+day+" word je 16.", "Dit verandert", "Affiche", "de hele school", "Stap 1 van 3")
	one.hides(t, "Toets")
	two := c.post("/zestien", url.Values{"step": {"2"}, "open": {waits.ID}})
	two.ok(t, "Stap 2 van 3", "Fatima El Idrissi", "Alleen voortgang", "Toets", "Brief aan later")
	if len(two.all("input", "value", waits.ID)) != 1 {
		t.Error("the first screen is forgotten")
	}
	see, work := "see-"+s.ids["fatima"], "work-"+s.ids["fatima"]
	works := len(two.all("input", "name", work))
	two.shows(t, fmt.Sprintf("%d werkstukken: alles wat je met deze ouder deelde.", works), fmt.Sprintf("Jij kiest uit %d werkstukken.", works))
	c.post("/zestien", url.Values{"step": {"2"}, see: {"some"}, work: {shown.ID}}).ok(t, fmt.Sprintf("Je koos er nu 1 van de %d.", works))
	nothing := c.post("/zestien", url.Values{"step": {"3"}, "open": {waits.ID}})
	if nothing.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing chosen: status %d", nothing.status)
	}
	nothing.shows(t, "Kies wat Fatima blijft zien.")
	values := url.Values{"step": {"3"}, "open": {waits.ID}, see: {"some"}, work: {shown.ID}}
	three := c.post("/zestien", values)
	three.ok(t, "Stap 3 van 3", "Dit zien ze vanaf "+day, "Fatima ziet je beoordelingen en 1 werkstuk.", "Brief aan later", "Affiche gaat open voor: de hele school.")
	three.hides(t, "Toets")
	form := url.Values{}
	for _, in := range three.all("input", "type", "hidden") {
		if name := attr(in, "name"); name != "back" {
			form.Add(name, attr(in, "value"))
		}
	}
	form.Set("step", "4")
	if r := c.post("/zestien", form); r.status != http.StatusSeeOther || r.location != "/ik" {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	c.get("/ik").ok(t, "Je keuze is bewaard.")
	c.get("/zestien").ok(t, "Je koos al op")
	if r := c.post("/zestien", form); r.status != http.StatusConflict {
		t.Errorf("the same screen once more: status %d, want 409", r.status)
	}
	mother.get("/leerling/"+s.ids["yassin"]).ok(t, "Toets", "Brief aan later")

	s.sixteenthOf("yassin", 0, -time.Hour) // the last evening
	s.sixteenthOf("yassin", 0, 0)
	mother = s.as("fatima", portfolio.HatGuardian)
	page := mother.get("/leerling/" + s.ids["yassin"])
	page.ok(t, "Brief aan later", "Yassin koos op")
	page.hides(t, "Toets")
	mother.get("/thuis").ok(t, "Yassin koos op")
	mother.get("/meldingen").ok(t, "Yassin El Idrissi heeft gekozen wat ouders zien.", "is 16 sinds "+day)
	if _, err := s.lib.Work(ctx, s.actor("noor", portfolio.HatStudent), waits.ID); err != nil {
		t.Errorf("the poster is not open: %v", err)
	}
	if _, err := s.lib.Work(ctx, s.actor("fatima", portfolio.HatGuardian), other.ID); err == nil {
		t.Error("what was not chosen is open")
	}
	c = s.as("yassin")
	c.get("/zestien").ok(t, "Je bent 16", "geldt meteen")
	for _, who := range []string{"noor", "milan", "samira", "petra", "joris"} {
		if r := s.as(who).get("/zestien"); r.status != http.StatusNotFound {
			t.Errorf("%s: status %d", who, r.status)
		}
	}
}

func TestTheParentsCardSaysThatNobodyChoseYet(t *testing.T) {
	s := newSchool(t)
	c := s.as("samira")
	c.get("/thuis").ok(t, "Lotte heeft nog niets gekozen.")
	c.get("/leerling/"+s.ids["lotte"]).ok(t, "Lotte heeft nog niets gekozen.")
	c.get("/leerling/"+s.ids["sem"]).hides(t, "heeft nog niets gekozen")
}

func TestTheFormOfNewWorkOfSomebodyOfSixteenStandsOnNobody(t *testing.T) {
	s := newSchool(t)
	form := s.as("lotte").get("/werk/nieuw")
	for _, in := range form.all("input", "name", "audience") {
		_, chosen := lookAttribute(in, "checked")
		if chosen != (attr(in, "value") == string(PresetMe)) {
			t.Errorf("%s is chosen: %v", attr(in, "value"), chosen)
		}
	}
}

func TestABundleOfAParentIsTheStudentsAfterMidnight(t *testing.T) {
	s := newSchool(t)
	s.sixteenthOf("yassin", 0, -time.Minute)
	mother := s.as("fatima", portfolio.HatGuardian)
	made := mother.post("/pakket", url.Values{"leerling": {s.ids["yassin"]}})
	if made.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", made.status, made.text())
	}
	id := strings.TrimPrefix(made.location, "/pakket/")
	for {
		b, err := s.lib.BundleByID(context.Background(), s.actor("fatima", portfolio.HatGuardian), id)
		if err != nil {
			t.Fatal(err)
		}
		if b.State == portfolio.BundleReady {
			break
		}
		if !b.Active() {
			t.Fatalf("the bundle is %s: %+v", b.State, b.Fault)
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.sixteenthOf("yassin", 0, time.Second)
	if r := mother.get(made.location + "/bestand"); r.status != http.StatusNotFound {
		t.Errorf("the mother fetches it: status %d", r.status)
	}
	mother.get("/pakket?leerling="+s.ids["yassin"]).ok(t, "Van Yassin nu", "Yassin is 16.")
	mother.get("/meldingen").ok(t, "is nu van Yassin El Idrissi zelf")
	c := s.as("yassin")
	c.get("/meldingen").ok(t, "dat juf Fatima liet maken, is nu van jou.")
	c.get("/pakket").ok(t, "gemaakt voor een ouder, nu van jou")
	if r := c.get(made.location + "/bestand"); r.status != http.StatusOK || r.header.Get("Content-Type") != "application/zip" {
		t.Errorf("the student fetches it: status %d", r.status)
	}
	if r := s.as("samira").get("/pakket?leerling=" + s.ids["lotte"]); r.status != http.StatusForbidden {
		t.Errorf("a mother who had none made: status %d, want 403", r.status)
	}
}

func TestOnlyWhoAskedReadsThatItIsTheirQuestion(t *testing.T) {
	for _, lang := range Languages {
		v := &visit{app: &App{cat: newCatalogue(t)}, prefs: portfolio.Preferences{Lang: lang}}
		text := func(hat string) string {
			return v.noticeText(&portfolio.Noticed{Notice: &portfolio.Notice{What: "request_answered", Hat: hat, Student: "s"}, StudentName: "Sem"})
		}
		yours := regexp.MustCompile(`(?i)\b(je|jouw|your)\b`)
		if parent, fg := text(portfolio.HatGuardian), text(portfolio.HatFG); !yours.MatchString(parent) || yours.MatchString(fg) {
			t.Errorf("%s: a parent reads %q, the FG %q", lang, parent, fg)
		}
	}
	v := &visit{app: &App{cat: newCatalogue(t)}, prefs: portfolio.Preferences{Lang: "nl"}}
	for _, what := range []string{"emergency_fg", "late_end", "request_new", "request_released", "request_refused", "request_longer", "request_withdrawn"} {
		n := &portfolio.Noticed{Notice: &portfolio.Notice{What: what, Hat: portfolio.HatFG, Person: "petra", Student: "sem", Count: 1}, StudentName: "Sem"}
		if said := v.noticeText(n); strings.Contains(said, "je vraag") || strings.Contains(said, "je verzoek") {
			t.Errorf("the FG reads %q", said)
		}
	}
}
