package app

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// The student's pages and the common pages are tested on one demo school: to
// make it takes longer than all that is done with it.
func TestStudentPages(t *testing.T) {
	s := newSchool(t)
	for _, test := range []struct {
		behaviour string
		run       func(*testing.T, *testSchool)
	}{
		{"every page in every language", testEveryPage},
		{"a new work with a file without JavaScript", testAddFile},
		{"a new work names its readers before it is saved", testReadersFirst},
		{"more readers are asked about once", testWidening},
		{"a form that is wrong comes back with every word", testWrongForm},
		{"a change keeps the version before it and can be undone", testChange},
		{"two tabs lose nothing", testTwoTabs},
		{"files stay, go and are told apart", testFilesOfWork},
		{"a draft is its maker's alone", testDraft},
		{"a look back is about another work", testLookBack},
		{"what is in the bin is nowhere else", testBin},
		{"who may not see a work finds nothing", testRefused},
		{"the readers named are the readers there are", testReadersAreTrue},
		{"pages of works, picked and in order", testWorks},
		{"growth is for who may know it", testGrowth},
		{"me", testMe},
		{"signing in and choosing a hat", testSignIn},
		{"a session that ends in the middle of a form changes nothing", testSessionOver}, // last: it moves the clock
	} {
		t.Run(test.behaviour, func(t *testing.T) { test.run(t, s.in(t)) })
	}
}

func testEveryPage(t *testing.T, s *testSchool) {
	as := s.once()
	noor, anna := as("noor"), as("anna")
	seen := s.workOf("noor", "Vlinder op de muur")
	pages := []struct {
		who  *testClient
		path string
		want int
	}{
		{noor, "/werk", 200}, {noor, "/werk?weergave=tijdlijn", 200}, {noor, "/werk?vak=tekenen&jaar=2026", 200}, {noor, "/werk?vak=niets", 200},
		{noor, "/werk/nieuw", 200}, {noor, "/werk/nieuw?soort=terugblik", 200},
		{noor, "/werk/" + seen.ID, 200}, {noor, "/werk/" + seen.ID + "/wijzig", 200}, {noor, "/werk/" + seen.ID + "/versies", 200},
		{noor, "/prullenbak", 200}, {noor, "/groei", 200}, {noor, "/ik", 200}, {noor, "/hulp", 200}, {noor, "/privacy", 200},
		{noor, "/werk/nergens", 404},
		{anna, "/werk/" + seen.ID, 200}, {anna, "/leerling/" + s.ids["noor"] + "/groei", 200}, {anna, "/ik", 200},
		{as("joris"), "/werk/" + seen.ID, 404},
		{as("fatima"), "/werk/" + seen.ID, 200}, {as("fatima"), "/wie", 200}, {as("petra"), "/ik", 200},
		{s.visitor(), "/aanmelden", 200}, {s.visitor(), "/hulp", 200}, {s.visitor(), "/privacy", 200},
	}
	for _, lang := range []string{"en", "nl"} { // the choice stays with the account: end in Dutch
		for _, p := range pages {
			p.who.lang = lang
			p.who.setPreference("lang", lang)
			r := p.who.get(p.path)
			if r.status != p.want {
				t.Errorf("%s in %s: status %d, want %d", p.path, lang, r.status, p.want)
			}
			t.Run(lang+p.path, func(t *testing.T) { checkPage(t, r.body) })
			if got := attr(r.all("html", "", "")[0], "lang"); got != lang {
				t.Errorf("%s in %s is in %q", p.path, lang, got)
			}
		}
	}
}

func testRefused(t *testing.T, s *testSchool) {
	as := s.once()
	private, shared := s.workOf("noor", "Wat ik leerde van de toets"), s.workOf("noor", "Boekverslag: De Gorgels")
	class, sems := s.workOf("noor", "Vlinder op de muur"), s.workOf("sem", "Mijn vulkaan")
	for _, c := range []struct {
		login, path string
		want        int
	}{
		{"noor", "/werk/" + private.ID, 200}, {"anna", "/werk/" + private.ID, 404}, {"fatima", "/werk/" + private.ID, 404}, {"sem", "/werk/" + private.ID, 404},
		{"noor", "/werk/" + shared.ID, 200}, {"anna", "/werk/" + shared.ID, 200}, {"fatima", "/werk/" + shared.ID, 200}, {"sem", "/werk/" + shared.ID, 404},
		{"sem", "/werk/" + class.ID, 200}, {"lotte", "/werk/" + class.ID, 404}, {"samira", "/werk/" + class.ID, 404},
		{"samira", "/werk/" + sems.ID, 200}, {"joost", "/werk/" + sems.ID, 404},
		{"samira", "/leerling/" + s.ids["sem"] + "/groei", 200}, {"joost", "/leerling/" + s.ids["sem"] + "/groei", 404}, {"noor", "/leerling/" + s.ids["sem"] + "/groei", 404},
		{"anna", "/werk/" + shared.ID + "/wijzig", 404}, {"anna", "/werk/" + shared.ID + "/versies", 404}, {"noor", "/werk/" + shared.ID + "/wijzig", 200},
		{"anna", "/werk", 404}, {"anna", "/prullenbak", 404}, {"anna", "/werk/nieuw", 404}, {"fatima", "/groei", 404},
		{"petra", "/werk/" + shared.ID, 404},
	} {
		if r := as(c.login).get(c.path); r.status != c.want {
			t.Errorf("%s %s: status %d, want %d", c.login, c.path, r.status, c.want)
		}
	}

	id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	joost := as("joost")
	refused, unknown := joost.get("/werk/"+sems.ID), joost.get("/werk/11111111-1111-4111-8111-111111111111")
	if id.ReplaceAllString(refused.body, "") != id.ReplaceAllString(unknown.body, "") {
		t.Error("what is refused does not look like what is absent")
	}

	anna, rev := as("anna"), s.revOf("noor", shared.ID)
	for _, path := range []string{"", "/delen", "/weg", "/terug", "/versies/1"} {
		r := anna.post("/werk/"+shared.ID+path, url.Values{"rev": {rev}, "title": {"x"}, "text": {"x"}, "audience": {"me"}})
		if r.status != 404 {
			t.Errorf("a parent posts %q: status %d", path, r.status)
		}
	}
	if s.revOf("noor", shared.ID) != rev {
		t.Error("somebody else changed a work")
	}

	page := as("sem").get("/werk/" + class.ID)
	if text := page.text(); strings.Contains(text, "Mooie schaduw") || strings.Contains(text, "Wie kan dit zien") || strings.Contains(text, "Mijn klas") || len(page.all("form", "action", "/werk/"+class.ID+"/weg")) > 0 {
		t.Errorf("a classmate sees what is the student's: %s", text)
	}
	if text := as("anna").get("/werk/" + class.ID).text(); !strings.Contains(text, "Mooie schaduw, Noor.") || !strings.Contains(text, "3 behaald") {
		t.Errorf("a parent with custody does not see the assessment: %s", text)
	}
	sems2 := s.workOf("sem", "Tafels oefenen")
	if text := as("sem").get("/werk/" + sems2.ID).text(); strings.Contains(text, "Nog een week oefenen") {
		t.Error("a student sees an assessment that is a draft")
	}
}

func testSessionOver(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	before := s.countWorks("noor")
	s.clock.advance(portfolio.SessionIdle + time.Minute)
	r := noor.post("/werk", url.Values{"title": {"Te laat"}, "text": {"een lang verhaal"}, "audience": {"me"}})
	if r.status != http.StatusUnauthorized || s.countWorks("noor") != before {
		t.Errorf("status %d, %d works more", r.status, s.countWorks("noor")-before)
	}
	checkPage(t, r.body)
	if !strings.Contains(r.text(), "Er is niets veranderd.") || len(r.all("a", "href", "/aanmelden")) == 0 {
		t.Errorf("the page does not say what to do: %s", r.text())
	}
	if r := noor.get("/werk"); r.status != http.StatusSeeOther || r.location != "/aanmelden" {
		t.Errorf("a page after that: status %d to %q", r.status, r.location)
	}
	if text := noor.get("/aanmelden").text(); !strings.Contains(text, "Je bent niet meer aangemeld.") {
		t.Errorf("the sign-in does not say why: %s", text)
	}
}

// --- helpers

type testFile struct {
	name string
	body []byte
}

// postFiles posts a form with files, as a browser without JavaScript does.
func (c *testClient) postFiles(path string, form url.Values, files ...testFile) *reply {
	c.s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i, f := range files {
		w, err := m.CreateFormFile("file", f.name)
		if err != nil {
			c.s.t.Fatal(err)
		}
		w.Write(f.body)
		if i > 0 {
			continue
		}
		for name, values := range form { // what is typed stands behind the first file
			for _, value := range values {
				if err := m.WriteField(name, value); err != nil {
					c.s.t.Fatal(err)
				}
			}
		}
	}
	m.Close()
	return c.do("POST", path, &b, m.FormDataContentType())
}

// adds posts a new work and gives its id.
func (c *testClient) adds(form url.Values) string {
	c.s.t.Helper()
	r := c.post("/werk", form)
	if r.status != http.StatusSeeOther {
		c.s.t.Fatalf("a new work: status %d: %s", r.status, r.text())
	}
	return strings.TrimPrefix(r.location, "/werk/")
}

func (c *testClient) setPreference(name, value string) {
	c.s.t.Helper()
	if r := c.post("/voorkeuren", url.Values{name: {value}, "back": {"/hulp"}}); r.status != http.StatusSeeOther || r.location != "/hulp" {
		c.s.t.Fatalf("preference %s: status %d to %q", name, r.status, r.location)
	}
}

// undo is the path that the toast of a page undoes something by.
func (r *reply) undo() string {
	for _, n := range r.all("div", "class", "toast") {
		return attr(firstTag(n, "form"), "action")
	}
	return ""
}

// once signs everybody in at most once: hashing passwords takes long.
func (s *testSchool) once() func(login string) *testClient {
	in := map[string]*testClient{}
	return func(login string) *testClient {
		if in[login] == nil {
			in[login] = s.as(login)
		}
		return in[login]
	}
}

func (s *testSchool) work(login, id string) *portfolio.Work {
	s.t.Helper()
	w, err := s.lib.OwnWork(context.Background(), s.actor(login, portfolio.HatStudent), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

func (s *testSchool) revOf(login, id string) string {
	s.t.Helper()
	return strconv.FormatInt(s.work(login, id).Rev, 10)
}

func (s *testSchool) countWorks(login string) int {
	s.t.Helper()
	all, _, err := s.lib.Works(context.Background(), s.actor(login, portfolio.HatStudent), s.ids[login], "", 10_000)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

// paintedPNG is a small picture.
func paintedPNG(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		img.Set(i%64, i/64, color.RGBA{uint8(i), 90, uint8(i / 64), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
