package app

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

// days moves the clock to a date and does what is done every hour.
func (s *testSchool) day(d portfolio.Date) {
	s.t.Helper()
	s.clock.set(d.Start().Add(9 * time.Hour))
	chores := portfolio.Chores{Lib: s.lib, Fault: func(chore string, err error) { s.t.Error(chore, err) }}
	chores.Do(context.Background())
}

func TestTheAdministratorRecordsThatAStudentLeavesAndReadsFirstWhatChanges(t *testing.T) {
	s := newSchool(t)
	c := s.as("wim", portfolio.HatAdmin)
	page := "/mensen/" + s.ids["sem"]
	today := portfolio.DateOf(s.lib.Now())
	leaves := today.AddDays(100)
	form := url.Values{"type": {"leaving"}, "from": {leaves.String()}}
	c.post(page+"/feit", form).ok(t, "gaat van school", "in geen groep meer", "alles bekijken en meenemen", "Dit geldt meteen")
	if r := c.record(page+"/feit", url.Values{"type": {"leaving"}, "from": {leaves.String()}, "evidence": {""}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	c.get(page).ok(t, "gaat van school", "Vastgelegd, en het geldt.")
	again := c.post(page+"/feit", form)
	if again.status != http.StatusConflict {
		t.Errorf("status %d, want 409", again.status)
	}
	again.shows(t, "Er staat al een vertrek op")
	bad := c.post(page+"/feit", url.Values{"type": {"leaving"}, "from": {leaves.String()}, "until": {leaves.AddDays(9).String()}})
	if bad.status != http.StatusUnprocessableEntity {
		t.Errorf("a leaving with an end: status %d", bad.status)
	}
	enrol := c.post(page+"/feit", url.Values{"type": {"enrolment"}, "person": {s.classID("groep 7")}, "from": {leaves.AddDays(3).String()}})
	if enrol.status != http.StatusUnprocessableEntity {
		t.Errorf("a class after leaving: status %d", enrol.status)
	}
	enrol.shows(t, "Leg eerst vast vanaf welke dag de leerling terug is")
	s.confirmAll()
	f, err := s.lib.LeavingOf(context.Background(), s.admin, s.ids["sem"])
	if err != nil || f == nil {
		t.Fatal(f, err)
	}
	end := "/feit/" + f.ID + "/einde"
	c.get(end).ok(t, "Vertrek veranderen", "Een andere dag", "Gaat toch niet weg", "de vroegste van de twee dagen")

	// Another day: what was not read is not recorded.
	move := url.Values{"what": {"move"}, "until": {leaves.AddDays(-30).String()}, "seen": {"x"}}
	if r := c.post(end, move); r.status != http.StatusUnprocessableEntity {
		t.Errorf("unread: status %d", r.status)
	}
	for _, c2 := range []struct {
		what, until, says string
	}{
		{"back", leaves.String(), "Kies een latere dag"}, {"back", "", "is leeg"}, {"move", "31-12", ""}, {"move", leaves.String(), "staat al op"},
	} {
		form := url.Values{"what": {c2.what}, "until": {c2.until}, "seen": {c2.what + " " + c2.until}}
		r := c.post(end, form)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d", form, r.status)
		}
		checkPage(t, r.body)
		if !strings.Contains(r.text(), c2.says) && c2.says != "is leeg" {
			t.Errorf("%v does not say %q", form, c2.says)
		}
	}
	shown := c.post(end, url.Values{"what": {"move"}, "until": {leaves.AddDays(-30).String()}, "look": {"1"}})
	shown.ok(t, "Wat er verandert")
	move.Set("seen", attr(shown.all("input", "name", "seen")[0], "value"))
	if r := c.post(end, move); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	s.confirmAll()
	f, err = s.lib.LeavingOf(context.Background(), s.admin, s.ids["sem"])
	if err != nil || f.From != leaves.AddDays(-30) {
		t.Fatalf("leaves on %v, %v", f, err)
	}

	// Not at all.
	end = "/feit/" + f.ID + "/einde"
	undo := url.Values{"what": {"undo"}, "until": {""}, "seen": {"undo " + f.From.String()}}
	if r := c.post(end, undo); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	second := s.as("ingrid", portfolio.HatAdmin)
	second.get("/bevestigen").ok(t, "gaat van school")
	waiting, err := s.lib.ToConfirm(context.Background(), s.actor("ingrid", portfolio.HatAdmin))
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d wait, %v", len(waiting), err)
	}
	second.get("/feit/"+waiting[0].ID).ok(t, "Sem Amrani blijft op school, in dezelfde groep")
	s.confirmAll()
	if f, err = s.lib.LeavingOf(context.Background(), s.admin, s.ids["sem"]); f != nil || err != nil {
		t.Errorf("leaves on %v, %v", f, err)
	}
	for _, who := range []string{"fatima", "petra", "sem"} {
		if r := s.as(who).get(end); r.status != http.StatusForbidden {
			t.Errorf("%s: status %d", who, r.status)
		}
	}
	c.get("/feit/"+s.custody("sem", "samira").ID+"/einde").ok(t, "gezag")
	if r := c.post("/feit/"+s.custody("sem", "samira").ID+"/einde", url.Values{"what": {"undo"}}); r.status != http.StatusNotFound {
		t.Errorf("custody as a leaving: status %d", r.status)
	}
}

func TestAWholeClassLeavesAtOnce(t *testing.T) {
	s := newSchool(t)
	c := s.as("wim", portfolio.HatAdmin)
	s.leaves("sem", portfolio.DateOf(s.lib.Now()).AddDays(200))
	page := "/klassen/" + s.classID("groep 7") + "/vertrek"
	c.get("/klassen").ok(t, "Gaan van school")
	r := c.get(page)
	r.ok(t, "groep 7 gaat van school", "Van wie het al vaststaat", "Sem")
	boxes := r.all("input", "name", "student")
	if len(boxes) < 5 {
		t.Fatalf("%d students to tick", len(boxes))
	}
	var ids []string
	for _, b := range boxes[1:] {
		ids = append(ids, attr(b, "value"))
	}
	from := attr(r.all("input", "name", "from")[0], "value")
	for _, bad := range []url.Values{{"from": {from}}, {"student": ids}, {"from": {"31 juni"}, "student": ids}} {
		if got := c.post(page, bad); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d", bad, got.status)
		} else {
			checkPage(t, got.body)
		}
	}
	if got := c.post(page, url.Values{"from": {from}, "student": ids}); got.status != http.StatusSeeOther || got.location != "/klassen" {
		t.Fatalf("status %d: %s", got.status, got.text())
	}
	if left := c.get(page).all("input", "name", "student"); len(left) != 1 {
		t.Errorf("%d are left to tick, want the one who stays", len(left))
	}
	s.as("ingrid", portfolio.HatAdmin).get("/bevestigen").ok(t, "gaat van school")
	if got := c.get("/klassen/nergens/vertrek"); got.status != http.StatusNotFound {
		t.Errorf("no class: status %d", got.status)
	}
}

func TestAFetchedBundleForAnotherSchoolAsksWhetherTheStudentLeaves(t *testing.T) {
	s := newSchool(t)
	c := s.as("wim", portfolio.HatAdmin)
	c.get("/overzicht").ok(t)
	c.get("/overzicht").hides(t, "ingepakt")
	s.as("samira").bundleOf("sem")
	c.get("/overzicht").ok(t, "Gaan deze leerlingen van school?", "Sem")
	s.leaves("sem", portfolio.DateOf(s.lib.Now()).AddDays(9))
	c.get("/overzicht").hides(t, "ingepakt")
}

// TestAfterLeavingEverythingIsReadAndTakenAlongAndNothingIsAdded goes along the
// dates with a student of 16, the parents, the teacher and a classmate.
func TestAfterLeavingEverythingIsReadAndTakenAlongAndNothingIsAdded(t *testing.T) {
	s := newSchool(t)
	leaves := portfolio.DateOf(s.lib.Now()).AddDays(10)
	ends := leaves.AddYears(2)
	work := s.workOf("lotte", "Stage bij de bakker")
	s.leaves("lotte", leaves)
	path := "/werk/" + work.ID
	lotte := s.as("lotte")
	lotte.get("/werk").ok(t, "Je gaat van school op", "Maak je inlog van jezelf", "Voeg")
	lotte.get(path).ok(t)
	s.day(leaves)
	lotte = s.as("lotte")
	r := lotte.get("/werk")
	r.ok(t, "Je bent van school af sinds", "Maak een pakket om te bewaren", "Maak je inlog van jezelf")
	r.hides(t, "/werk/nieuw")
	one := lotte.get(path)
	one.ok(t)
	one.hides(t, path+"/wijzig")
	for _, at := range []string{"/werk/nieuw", path + "/wijzig"} {
		if got := lotte.get(at); got.status != http.StatusForbidden || !strings.Contains(got.text(), "er komt niets meer bij") {
			t.Errorf("%s: status %d: %s", at, got.status, got.text())
		}
	}
	if got := lotte.post("/werk", url.Values{"title": {"nieuw"}, "text": {"x"}, "audience": {"me"}}); got.status != http.StatusForbidden {
		t.Errorf("a new work: status %d", got.status)
	}
	if got := lotte.do("POST", "/api/v1/works", strings.NewReader(`{"title":"nieuw","text":"x"}`), "application/json"); got.status != http.StatusForbidden {
		t.Errorf("a new work by the API: status %d", got.status)
	}
	if got := lotte.get("/api/v1/students/" + s.ids["lotte"]).body; !strings.Contains(got, `"left":"`+leaves.String()+`","ends":"`+ends.String()+`"`) {
		t.Errorf("the API tells %s", got)
	}
	lotte.get("/ik").ok(t, "Je bent van school af sinds", "Maak je inlog van jezelf")
	lotte.get(path + "/versies").ok(t)
	lotte.get("/pakket").ok(t, "Om zelf te bewaren")
	lotte.get("/meldingen").ok(t, "Je bent van school af. Tot")
	samira := s.as("samira", portfolio.HatGuardian)
	samira.get("/leerling/"+s.ids["lotte"]).ok(t, "Lotte is van school af sinds")
	samira.get("/leerling/"+s.ids["lotte"]).hides(t, "/eigen-inlog") // Lotte is 16: it is hers to ask
	if got := s.as("fatima", portfolio.HatStaff).get(path); got.status != http.StatusNotFound {
		t.Errorf("a teacher: status %d", got.status)
	}
	joost := s.as("joost")
	joost.get("/api/v1/students/"+s.ids["lotte"]).hides(t, `"left"`)

	s.day(ends.AddDays(-60))
	s.as("lotte").get("/meldingen").ok(t, "gaat je portfolio dicht")
	s.day(ends)
	lotte = s.as("lotte")
	if got := lotte.get(path); got.status != http.StatusNotFound {
		t.Errorf("after two years: status %d", got.status)
	}
	lotte.get("/meldingen").ok(t, "Je portfolio is dicht sinds")
	lotte.get("/ik").ok(t)
	s.as("petra").get("/bewaren").ok(t, "Lotte")
	s.as("petra").get("/bewaren/" + s.ids["lotte"]).ok(t)
}

func TestUnder16TheParentsWithCustodyAreAskedAndTalksAreOver(t *testing.T) {
	s := newSchool(t)
	leaves := portfolio.DateOf(s.lib.Now()).AddDays(10)
	talk := s.talk("samira", portfolio.HatGuardian)
	s.leaves("sem", leaves)
	s.day(leaves)
	sem := s.as("sem").get("/werk")
	sem.ok(t, "Je bent van school af sinds", "Vraag het aan wie thuis voor je zorgt")
	sem.hides(t, "/eigen-inlog")
	samira := s.as("samira", portfolio.HatGuardian)
	for _, at := range []string{"/thuis", "/leerling/" + s.ids["sem"]} {
		samira.get(at).ok(t, "Sem is van school af sinds", "Maak je inlog van jezelf")
	}
	samira.get("/meldingen").ok(t, "Sem", "is van school af. Tot")
	s.as("joost").get("/thuis").hides(t, "/eigen-inlog")
	if talk.Student == s.ids["sem"] {
		at := "/gesprekken/" + talk.ID
		r := samira.get(at)
		r.ok(t, "Dit gesprek is voorbij")
		r.hides(t, `name="message"`)
		if got := samira.post(at, url.Values{"client_id": {portfolio.NewID()}, "message": {"nog iets"}}); got.status != http.StatusForbidden {
			t.Errorf("a message: status %d", got.status)
		}
	} else {
		t.Errorf("the conversation is about somebody else")
	}
}

var recoveryCodeOnPage = regexp.MustCompile(`<code>([0-9A-Z-]{24})</code>`)

func TestALoginIsMadeOnesOwnAndTheCodeIsShownOnce(t *testing.T) {
	s := newSchool(t)
	c := s.as("lotte")
	c.get("/eigen-inlog").ok(t, "Maak je inlog van jezelf", "Wachtwoord van nu")
	good := url.Values{"login": {"lotte@thuis.nl"}, "now": {"kaft-demo"}, "password": {"een eigen zin"}, "again": {"een eigen zin"}}
	for name, value := range map[string]string{"now": "geraden", "again": "een andere zin", "password": "kort", "login": "fatima"} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(name, value)
		if name == "password" {
			form.Set("again", value)
		}
		r := c.post("/eigen-inlog", form)
		if r.status < 400 || r.status >= 500 || recoveryCodeOnPage.MatchString(r.body) {
			t.Errorf("%s %q: status %d", name, value, r.status)
		}
		checkPage(t, r.body)
	}
	r := c.post("/eigen-inlog", good)
	r.ok(t, "Je ziet hem maar één keer", "lotte@thuis.nl")
	code := recoveryCodeOnPage.FindStringSubmatch(r.body)
	if code == nil || !strings.Contains(r.header.Get("Cache-Control"), "no-store") {
		t.Fatal("no code, or a page that stays in the browser")
	}
	c.get("/ik").ok(t, "Verander je inlog") // still signed in
	c.get("/eigen-inlog").hides(t, code[1])
	for login, password := range map[string]string{"lotte": "kaft-demo", "lotte@thuis.nl": "kaft-demo"} {
		if r := s.visitor().post("/aanmelden", url.Values{"login": {login}, "password": {password}}); r.status == http.StatusSeeOther {
			t.Errorf("%s still gets in", login)
		}
	}
	v := s.visitor()
	v.get("/aanmelden").ok(t, "Wachtwoord vergeten, en je hebt een code?")
	v.get("/herstel").ok(t, "Nieuw wachtwoord met je code")
	wrong := v.post("/herstel", url.Values{"login": {"lotte@thuis.nl"}, "code": {"0000-0000-0000-0000-0000"}, "password": {"nieuwe zin hier"}, "again": {"nieuwe zin hier"}})
	if wrong.status < 400 {
		t.Errorf("a wrong code: status %d", wrong.status)
	}
	wrong.shows(t, "horen niet bij elkaar")
	r = v.post("/herstel", url.Values{"login": {"lotte@thuis.nl"}, "code": {strings.ToLower(code[1])}, "password": {"nieuwe zin hier"}, "again": {"nieuwe zin hier"}})
	r.ok(t, "Je ziet hem maar één keer")
	if next := recoveryCodeOnPage.FindStringSubmatch(r.body); next == nil || next[1] == code[1] {
		t.Errorf("the next code is %v", next)
	}
	if r := s.visitor().post("/aanmelden", url.Values{"login": {"lotte@thuis.nl"}, "password": {"nieuwe zin hier"}}); r.status != http.StatusSeeOther {
		t.Errorf("the new password: status %d", r.status)
	}
	s.as("petra").get("/logboek?leerling="+s.ids["lotte"]).ok(t, "maakte de inlog van zichzelf", "koos een nieuw wachtwoord met de code")
}

// TestThePagesOfLeavingAreSound looks at what the administrator, the student and
// the family see, before and after.
func TestThePagesOfLeavingAreSound(t *testing.T) {
	for _, l := range []look{phone, phone.in("en").inDark(), desktop} {
		t.Run(l.String(), func(t *testing.T) {
			s := newSchool(t)
			leaves := portfolio.DateOf(s.lib.Now()).AddDays(10)
			f := s.leaves("sem", leaves)
			s.leaves("lotte", leaves)
			talk := s.talk("samira", portfolio.HatGuardian)
			class := "/klassen/" + s.classID("groep 7") + "/vertrek"
			admin := s.open(t, l)
			admin.signIn("wim")
			admin.hat(portfolio.HatAdmin)
			for name, path := range map[string]string{"leave-class": class, "leaving": "/feit/" + f.ID + "/einde", "classes": "/klassen", "person-leaving": "/mensen/" + s.ids["sem"]} {
				admin.to(path)
				admin.sound(name)
			}
			admin.to("/mensen/" + s.ids["noor"] + "#leaving")
			admin.run(chromedp.Evaluate(`document.querySelector('#leaving').open = true`, nil))
			admin.click(`#leaving button`)
			admin.wait("what changes", `document.querySelector('#verandert')`)
			admin.sound("recording-leaving")

			lotte := s.open(t, l)
			lotte.signIn("lotte")
			lotte.to("/werk")
			lotte.sound("works-leaving")
			lotte.to("/eigen-inlog")
			lotte.sound("own-login")
			lotte.run(chromedp.SetValue("#login", "perron4"), chromedp.SetValue("#now", "kaft-demo"), chromedp.SetValue("#password", "een eigen zin"), chromedp.SetValue("#again", "een andere zin"))
			lotte.click("form.card button")
			lotte.wait("what is wrong", `document.querySelector('#again-error')`)
			lotte.expect("422")
			lotte.sound("own-login-wrong")
			lotte.run(chromedp.SetValue("#now", "kaft-demo"), chromedp.SetValue("#password", "een eigen zin"), chromedp.SetValue("#again", "een eigen zin"))
			lotte.click("form.card button")
			lotte.wait("the code", `document.querySelector('code')`)
			lotte.sound("own-code")

			s.day(leaves)
			v := s.open(t, l)
			v.to("/herstel")
			v.sound("recover")
			for _, who := range []struct {
				login, hat string
				paths      map[string]string
			}{
				{"sem", "", map[string]string{"works-left": "/werk", "me-left": "/ik", "work-left": "/werk/" + s.workOf("sem", "Mijn vulkaan").ID, "notices-left": "/meldingen"}},
				{"samira", "", map[string]string{"home-left": "/thuis", "child-left": "/leerling/" + s.ids["sem"], "talk-left": "/gesprekken/" + talk.ID, "notices-left-parent": "/meldingen", "pack-left": "/pakket?leerling=" + s.ids["sem"]}},
			} {
				s.open(t, l).sounds(who.login, who.hat, who.paths)
			}
		})
	}
}
