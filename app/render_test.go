package app

import (
	"bytes"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"kaft/static"
)

func TestTheStylePageInEveryLanguageAndDress(t *testing.T) {
	v := newViews(t)
	for _, lang := range Languages {
		for _, theme := range []string{"", "light", "dark"} {
			for _, size := range []string{"", "young"} {
				frame := testFrame(lang)
				frame.Theme, frame.Size = theme, size
				doc := checkPage(t, renderPage(t, v, "stijl", newStylePage(frame)))
				root := firstTag(doc, "html")
				if attribute(root, "lang") != lang || attribute(root, "data-theme") != theme || attribute(root, "data-size") != size {
					t.Errorf("<html> of %s %q %q has %v", lang, theme, size, root.Attr)
				}
			}
		}
	}
}

func TestTheFrameTellsWhereYouAreAndWhoYouAre(t *testing.T) {
	v := newViews(t)
	doc := checkPage(t, renderPage(t, v, "stijl", newStylePage(testFrame("nl"))))
	for _, test := range []struct{ what, got, want string }{
		{"the place of now", words(firstWith(doc, "aria-current", "page")), "Groei"},
		{"its address", attribute(firstWith(doc, "aria-current", "page"), "href"), "/groei"},
		{"news at a place", words(firstWith(doc, "class", "count")), "3 nieuw"},
		{"name and role", words(firstTag(firstWith(doc, "class", "who"), "summary")), "Noor · leerling"},
		{"another hat", attribute(firstWith(doc, "href", "/wie"), "href"), "/wie"},
		{"the other language", words(firstWith(doc, "name", "lang")), "English"},
		{"where preferences lead back to", attribute(firstWith(doc, "name", "back"), "value"), "/stijl?x=1&y=2"},
		{"help", words(firstWith(doc, "href", "/hulp")), "Hulp"},
		{"the socket", attribute(firstTag(doc, "body"), "data-ws"), "/ws"},
		{"what a script says when it is lost", attribute(firstWith(doc, "class", "live"), "data-msg-off"), "Niet verbonden"},
		{"what just happened", words(firstTag(firstWith(doc, "class", "toast"), "p")), "Je werk ligt in de prullenbak."},
		{"how to undo it", attribute(firstTag(firstWith(doc, "class", "toast"), "form"), "action"), "/werk/1/terug"},
		{"the title", words(firstTag(doc, "title")), "Stijl · Kaft"},
		{"that it is a demo", words(firstWith(doc, "class", "demo")), "Dit is een proefschool. Iedereen hier is verzonnen."},
		{"signing out", attribute(firstWith(doc, "action", "/afmelden"), "method"), "post"},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", test.what, test.got, test.want)
		}
	}
}

func TestAVisitorHasNoPlacesAndNoSocket(t *testing.T) {
	doc := checkPage(t, renderPage(t, newViews(t), "stijl", newStylePage(Page{Lang: "en", Path: "/"})))
	for _, n := range []*html.Node{firstTag(doc, "nav"), firstWith(doc, "class", "who"), firstWith(doc, "class", "demo"), firstWith(doc, "action", "/afmelden")} {
		if n != nil {
			t.Errorf("a visitor sees <%s %v>", n.Data, n.Attr)
		}
	}
	if _, has := lookAttribute(firstTag(doc, "body"), "data-ws"); has {
		t.Error("a visitor's page opens a socket")
	}
}

func TestAPageMayHaveFieldsNamedLikeThoseOfTheFrame(t *testing.T) {
	type page struct {
		stylePage
		Lang, Path, Person int
		Hats, Nav          string
	}
	doc := checkPage(t, renderPage(t, newViews(t), "stijl", page{stylePage: newStylePage(testFrame("en")), Person: 7, Hats: "staff"}))
	if got := words(firstWith(doc, "class", "who-name")); got != "Noor" {
		t.Errorf("signed in is %q", got)
	}
}

func TestABlockOfAPageIsAFragment(t *testing.T) {
	out := renderPage(t, newViews(t), "stijl#main", newStylePage(testFrame("en")))
	if strings.Contains(out, "<html") || strings.Contains(out, "<header") || !strings.Contains(out, "<h1>Style</h1>") {
		t.Errorf("the fragment is %.200s", out)
	}
}

func TestWhatAPersonWroteStaysText(t *testing.T) {
	page := newStylePage(testFrame("nl"))
	page.Person = `<script>alert("1")</script>`
	page.Label.Name = `" onclick="x`
	page.Tiles = []Tile{{Title: `</a><img src=x onerror=alert(1)>`, Path: "/werk/1", Excerpt: "<b>", Badge: PresetMe}}
	doc := checkPage(t, renderPage(t, newViews(t), "stijl", page))
	if got := words(firstWith(doc, "class", "tile-title")); got != page.Tiles[0].Title {
		t.Errorf("got %q", got)
	}
	page.Tiles[0].Path = "javascript:alert(1)"
	if out := renderPage(t, newViews(t), "stijl#main", page); strings.Contains(out, "javascript:") {
		t.Error("a tile leads to a script")
	}
}

func TestAMistakeInATemplateIsAnErrorAndNotHalfAPage(t *testing.T) {
	v := newViews(t)
	for _, test := range []struct {
		name    string
		binding any
		want    string
	}{
		{"stijl", struct{ Lang string }{"nl"}, "does not embed"},
		{"nosuch", newStylePage(testFrame("nl")), "no such page"},
		{"stijl#nosuch", newStylePage(testFrame("nl")), "nosuch"},
		{"stijl", newStylePage(Page{Lang: "xx"}), "no such page in language"},
		{"stijl", testFrame("nl"), "can't evaluate field"},
	} {
		if err := v.Render(io.Discard, test.name, test.binding); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %T: %v, want %q", test.name, test.binding, err, test.want)
		}
	}
	for _, pairs := range [][]any{{"Nmae", "x"}, {"Name"}, {"Name", 3}, {"Required", "yes"}} {
		if part, err := fill[Field](pairs...); err == nil {
			t.Errorf("field %v made %+v", pairs, part)
		}
	}
	icons, err := iconNames()
	if err != nil || len(icons) < 40 {
		t.Fatalf("%d icons, %v", len(icons), err)
	}
	icon := v.funcs("nl", icons)["icon"].(func(string) (template.HTML, error))
	if out, err := icon("nosuch"); err == nil {
		t.Errorf("an icon that is not there is %s", out)
	}
}

func TestATemplateThatCannotWorkStopsTheStart(t *testing.T) {
	load := func(page string) (*Views, error) {
		v := &Views{catalogue: newCatalogue(t), files: fstest.MapFS{
			"layout.html":      {Data: []byte(`<title>{{.Title}}</title><main>{{.Main}}</main>`)},
			"parts/inner.html": {Data: []byte(`{{define "inner"}}<b>{{.}}</b>{{end}}`)},
			"parts/outer.html": {Data: []byte(`{{define "outer"}}<i>{{template "inner" .}}</i>{{end}}`)},
			"page.html":        {Data: []byte(page)},
		}}
		return v, v.Load()
	}
	type written struct {
		Page
		Text string
	}
	v, err := load(`{{define "title"}}{{.Text}}{{end}}{{define "main"}}{{template "outer" .Text}}{{end}}`)
	if err != nil {
		t.Fatal(err)
	}
	got := renderPage(t, v, "page", written{Page{Lang: "nl"}, "Tom & <Sem>"})
	if want := `<title>Tom &amp; &lt;Sem&gt;</title><main><i><b>Tom &amp; &lt;Sem&gt;</b></i></main>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for page, want := range map[string]string{
		`{{define "main"}}x{{end}}`:  `define "title" and "main"`,
		`{{define "title"}}x{{end}}`: `define "title" and "main"`,
		`{{define "title"}}{{end}}{{define "main"}}{{template "nosuch"}}{{end}}`: `there is no part "nosuch"`,
		`{{define "title"}}{{end}}{{define "main"}}{{nosuch}}{{end}}`:            `function "nosuch" not defined`,
		`{{define "title"}}{{end}}{{define "main"}}{{if}}{{end}}`:                `missing value for if`,
	} {
		if _, err := load(page); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", page, err, want)
		}
	}
}

func TestEveryClassOfATemplateIsInTheStylesheet(t *testing.T) {
	css, err := static.FS.ReadFile("css/kaft.css")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9-]*)`).FindAllSubmatch(css, -1) {
		known = append(known, string(m[1]))
	}
	for _, name := range templateFiles(t) {
		text, err := templates.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// "tile{{if .Tag}} tile-tag{{end}} badge-{{.}}" has tile, tile-tag, and
		// something that begins with badge-.
		plain := regexp.MustCompile(`\{\{(if|else|end|with|range)[^}]*\}\}`).ReplaceAll(text, []byte(" "))
		plain = regexp.MustCompile(`\{\{[^}]*\}\}`).ReplaceAll(plain, nil)
		for _, m := range regexp.MustCompile(`class="([^"]*)"`).FindAllSubmatch(plain, -1) {
			for _, class := range strings.Fields(string(m[1])) {
				if !slices.ContainsFunc(known, func(k string) bool {
					return k == class || strings.HasSuffix(class, "-") && strings.HasPrefix(k, class)
				}) {
					t.Errorf("%s: the stylesheet has no .%s", name, class)
				}
			}
		}
	}
}

func TestEveryIconOfTheSpriteIsOnTheStylePage(t *testing.T) {
	icons, err := iconNames()
	if err != nil {
		t.Fatal(err)
	}
	shown := newStylePage(Page{}).Icons
	for name := range icons {
		if !slices.Contains(shown, name) {
			t.Errorf("the icon %q is not shown", name)
		}
	}
}

func TestPartsTellScreenReadersWhatEyesSee(t *testing.T) {
	doc := checkPage(t, renderPage(t, newViews(t), "stijl", newStylePage(testFrame("nl"))))
	reason := firstWith(doc, "id", "reden")
	if got := attribute(reason, "aria-describedby"); got != "reden-error reden-hint" {
		t.Errorf("a field with an error and a hint is described by %q", got)
	}
	if attribute(reason, "aria-invalid") != "true" {
		t.Error("a field with an error does not say so")
	}
	if got := words(firstTag(firstWith(doc, "class", "note note-danger"), "a")); got != "Schrijf in één zin waarom. De ouder krijgt dit te lezen." {
		t.Errorf("the summary says %q", got)
	}
	var chosen []string
	for n := range doc.Descendants() {
		if _, on := lookAttribute(n, "checked"); on && attribute(n, "name") == "audience" {
			chosen = append(chosen, attribute(n, "value"))
		}
	}
	if !slices.Equal(chosen, []string{"parents"}) {
		t.Errorf("chosen audiences: %v", chosen)
	}
	if got := words(firstWith(doc, "id", "level-noor")); !strings.Contains(got, "Niveau van Noor de Vries") || !strings.Contains(got, "3 behaald") {
		t.Errorf("a row of levels reads %q", got)
	}
	if got := words(firstWith(doc, "class", "step step-done")); got != "Gegevens verzamelen: klaar" {
		t.Errorf("a step reads %q", got)
	}
	if got := words(firstTag(firstWith(doc, "class", "chart"), "desc")); !strings.Contains(got, "rekenen: van bijna naar ruim.") {
		t.Errorf("the chart is described as %q", got)
	}
}

func TestPresetsAndAudiencesAreEachOthersInverse(t *testing.T) {
	for _, p := range Presets {
		for _, guardians := range []bool{false, true} {
			audience, err := AudienceOf(p, guardians)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(audience) // a set has no order
			wide := p == PresetClass || p == PresetSchool
			if got, also := PresetOf(audience); got != p || also != (guardians && wide) {
				t.Errorf("%s, parents of the class %v: back as %s, %v", p, guardians, got, also)
			}
		}
	}
	for _, strange := range [][]string{{"guardians"}, {"school"}, {"class_guardians"}, {"staff", "class_guardians"}} {
		if got, _ := PresetOf(strange); got != PresetOther {
			t.Errorf("%v shows as %s", strange, got)
		}
	}
	for _, p := range []Preset{"", "everybody", PresetOther} {
		if audience, err := AudienceOf(p, false); err == nil {
			t.Errorf("preset %q is %v", p, audience)
		}
	}
}

func BenchmarkStylePage(b *testing.B) {
	c, err := NewCatalogue()
	if err != nil {
		b.Fatal(err)
	}
	v, err := NewViews(c)
	if err != nil {
		b.Fatal(err)
	}
	page := newStylePage(testFrame("nl"))
	for b.Loop() {
		if err := v.Render(io.Discard, "stijl", page); err != nil {
			b.Fatal(err)
		}
	}
}

func newViews(t *testing.T) *Views {
	t.Helper()
	v, err := NewViews(newCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// testFrame is the frame of a signed-in student with everything in it.
func testFrame(lang string) Page {
	return Page{
		Lang: lang, Path: "/stijl?x=1&y=2", Person: "Noor", Role: "role.student", WS: "/ws", Demo: true,
		Nav: []NavItem{
			{Path: "/werk", Icon: "home", Text: "nav.work"}, {Path: "/groei", Icon: "growth", Text: "nav.growth", Current: true},
			{Path: "/gesprekken", Icon: "chat", Text: "nav.talks", Count: 3}, {Path: "/ik", Icon: "me", Text: "nav.me"},
		},
		Hats:  []Hat{{Path: "/wie", Icon: "move", Name: "Noor", Role: "hat.other"}},
		Bell:  &Bell{Path: "/meldingen", Count: 2},
		Toast: &Toast{Text: "Je werk ligt in de prullenbak.", Undo: "/werk/1/terug"},
	}
}

func renderPage(t *testing.T, v *Views, name string, page any) string {
	t.Helper()
	var b bytes.Buffer
	if err := v.Render(&b, name, page); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
