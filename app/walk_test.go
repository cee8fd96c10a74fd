package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/network"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

// The walks are what Kaft is for, done by people in a real browser.

func TestWalk1AStudentFillsAPortfolio(t *testing.T) {
	s := newSchool(t)
	for _, l := range []look{phone, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("noor")
			w.sound("works")

			w.add(phonePhoto(t, 1600, 1200), "")
			w.choose("parents")
			w.waitText("Fatima")
			w.waitText("Anna")
			w.sound("add-photo")
			w.submit()
			w.wait("the toast", `document.querySelector('.toast')`)
			w.sound("photo-added")

			w.add(smallPDF(t), "Mijn PDF "+l.lang)
			w.submit()
			w.add(recordFilm(t, w), "Mijn film "+l.lang)
			w.submit()
			w.wait("a film that plays", `document.querySelector('video')?.readyState >= 1`)
			w.sound("film")

			w.to("/werk/nieuw")
			w.run(chromedp.SetValue(`#title`, "Gedicht "+l.lang), chromedp.SendKeys(`#text`, "De zon *schijnt*."))
			w.choose("class")
			w.wait("a classmate among the readers", `document.querySelector('[data-readers]').textContent.includes('Sem Amrani')`)
			w.submit()
			w.waitText("Gedicht")
			w.to("/werk/nieuw?soort=terugblik")
			w.run(chromedp.SetValue(`#title`, "Terugblik "+l.lang), chromedp.SendKeys(`#text`, "Ik schreef eerst te snel."),
				chromedp.Evaluate(`document.querySelector('select[name=about]').selectedIndex = 1`, nil))
			w.sound("look-back")
			w.submit()
			w.waitText("Terugblik")

			// A change, an older version back, the bin and the undo of it.
			w.click(`a[href$="/wijzig"]`)
			w.wait("the form", `document.querySelector('#title')`)
			w.run(chromedp.SetValue(`#title`, "Anders "+l.lang))
			w.submit()
			w.waitText("Anders " + l.lang)
			w.click(`a[href$="/versies"]`)
			w.waitText("Terugblik " + l.lang)
			w.sound("versions")
			w.click(`form[action*="/versies/"] button`)
			w.wait("the old title", `document.querySelector('h1')?.innerText === `+fmt.Sprintf("%q", "Terugblik "+l.lang))
			w.click(`form[action$="/weg"] button`)
			w.wait("the undo", `location.pathname === '/werk' && document.querySelector('.toast form button')`)
			w.click(`.toast form button`)
			w.wait("the work to be back", `location.pathname.startsWith('/werk/') && document.querySelector('h1')?.innerText === `+fmt.Sprintf("%q", "Terugblik "+l.lang))
			w.to("/prullenbak")
			if eval[bool](w, `document.body.innerText.includes('Terugblik `+l.lang+`')`) {
				t.Error("the work is still in the bin after the undo")
			}
			w.sound("bin")
		})
	}
}

func TestWalk1AnUploadSurvivesACutConnection(t *testing.T) {
	s := newSchool(t)
	file := filepath.Join(t.TempDir(), "lang verhaal.txt")
	text := bytes.Repeat([]byte("De zon schijnt op het dak en de draak slaapt nog.\n"), 400_000) // 20 MB: three chunks
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, l := range []look{phone, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("sem")
			w.to("/werk/nieuw")
			w.network(false, 1<<20)
			w.run(chromedp.SetUploadFiles(`input[type=file][multiple]`, []string{file}, chromedp.ByQuery))
			w.wait("the progress to move", `document.querySelector('.upload progress')?.value > 1000000`)
			w.network(true, 0)
			w.waitText(s.app.cat.Say(l.lang, "upload.offline"))
			w.sound("cut")
			w.network(false, 0)
			w.wait("the file to be in", `document.querySelector('input[type=hidden][name=upload]')`)
			w.expect("ERR_INTERNET_DISCONNECTED")
			title := "Lang verhaal " + l.lang
			w.run(chromedp.SetValue(`#title`, title))
			w.submit()
			w.waitText(title)
			works, _, err := s.lib.Works(context.Background(), s.actor("sem", portfolio.HatStudent), s.ids["sem"], "", 50)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(works, func(x *portfolio.Seen) bool { return x.Title == title })
			if i < 0 || len(works[i].Files) != 1 || works[i].Files[0].SHA256 != sha(text) {
				t.Fatalf("the work does not hold the whole file: %+v", works)
			}
		})
	}
}

func TestWalk2ATeacherAssesses(t *testing.T) {
	s := newSchool(t)
	for _, l := range []look{desktop, phone.in("en")} {
		t.Run(l.String(), func(t *testing.T) {
			title := "Werk voor " + l.lang
			made, err := s.lib.AddWork(context.Background(), s.actor("sem", portfolio.HatStudent),
				portfolio.NewWork{Title: title, Text: "Kijk eens.", Audience: []string{portfolio.ToStaff, portfolio.ToGuardians}})
			if err != nil {
				t.Fatal(err)
			}
			w := s.open(t, l)
			w.signIn("fatima")
			w.hat(portfolio.HatStaff)
			w.sound("today")
			w.to("/groep")
			w.waitText("Sem")
			w.sound("group")
			w.click(`a[href="/leerling/` + s.ids["sem"] + `"]`)
			w.waitText(title)
			w.sound("student")
			w.to("/werk/" + made.ID)
			w.sound("assess")
			w.run(chromedp.Click(`input[name=level][value="3"]`, chromedp.ByQuery), chromedp.SendKeys(`textarea[name=remark]`, "Helder verteld "+l.lang))
			w.click(`#beoordelen button:not([name])`)
			w.wait("the draft to be kept", `document.querySelector('.toast')`)

			parent := s.open(t, l)
			parent.signIn("samira")
			parent.to("/leerling/" + s.ids["sem"])
			if eval[bool](parent, `document.body.innerText.includes('Helder verteld `+l.lang+`')`) {
				t.Error("a parent sees the draft")
			}
			w.to("/werk/" + made.ID)
			w.wait("the draft in the form", `document.querySelector('textarea[name=remark]')?.value.startsWith('Helder')`)
			w.click(`#beoordelen button[name=share]`)
			w.waitGone(`#beoordelen button[name=share]`)
			parent.to("/werk/" + made.ID)
			parent.waitText("Helder verteld " + l.lang)
			parent.sound("assessed")
		})
	}
}

func TestWalk3FamiliesSeeWhatTheRuleGives(t *testing.T) {
	s := newSchool(t)
	hidden := s.paths("sem", "lotte")
	for _, l := range []look{phone, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("samira")
			w.waitText("Lotte")
			if n := eval[int](w, `document.querySelectorAll('main article').length`); n != 2 {
				t.Errorf("samira has %d cards, want 2", n)
			}
			w.sound("home")
			w.to("/leerling/" + s.ids["sem"])
			w.waitText("Mijn vulkaan")
			if eval[bool](w, `document.body.innerText.includes('Geheim verhaal')`) {
				t.Error("samira sees what sem keeps private")
			}
			w.sound("child")
			w.click(`a[href="/leerling/` + s.ids["sem"] + `/vraag"]`)
			w.wait("the form", `document.querySelector('textarea[name=period]')`)
			w.sound("ask")
			w.click(`input[name=kinds]`)
			w.run(chromedp.SendKeys(`textarea[name=period]`, "alles van dit jaar"))
			w.click(`main form button`)
			w.waitText("alles van dit jaar")
			w.sound("rights")
			w.to("/leerling/" + s.ids["lotte"])
			w.waitText("Stage bij de bakker")
			for _, not := range []string{"Profielwerkstuk: plan", "Gedicht: perron"} {
				if eval[bool](w, `document.querySelector('.gallery').innerText.includes('`+not+`')`) {
					t.Errorf("samira sees %q of lotte, who is 16", not)
				}
			}
			w.sound("child-16")

			w = s.open(t, l)
			w.signIn("joost")
			w.sound("home-without-custody")
			w.to("/leerling/" + s.ids["sem"])
			w.sound("route")
			w.click(`a[href="/leerling/` + s.ids["sem"] + `/vraag"]`)
			w.wait("the form", `document.querySelector('textarea[name=period]')`)
			w.run(chromedp.SendKeys(`textarea[name=period]`, "hoe gaat het met sem"))
			w.click(`main form button`)
			w.waitText("hoe gaat het met sem")
			for _, path := range hidden {
				if got := eval[int](w, `fetch('`+path+`').then(r => r.status)`, awaited); got != 404 {
					t.Errorf("joost gets %d on %s, want 404", got, path)
				}
				w.expect("404")
			}
		})
	}
}

func TestWalk3CustodyThatEndsClosesAnOpenPage(t *testing.T) {
	for _, l := range []look{phone, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			s := newSchool(t)
			w := s.open(t, l)
			w.signIn("samira")
			w.to("/leerling/" + s.ids["sem"])
			w.waitText("Mijn vulkaan")
			w.live()
			next := s.as("samira")
			work := "/werk/" + s.workOf("sem", "Mijn vulkaan").ID
			if r := next.get(work); r.status != 200 {
				t.Fatalf("before: status %d", r.status)
			}
			facts, err := s.lib.FactsAbout(context.Background(), s.admin, s.ids["sem"])
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range facts {
				if f.Type == portfolio.FactCustody && f.Party == s.ids["samira"] {
					if _, err := s.lib.EndFact(context.Background(), s.admin, f.ID, portfolio.DateOf(s.lib.Now()), "beschikking C/16/1"); err != nil {
						t.Fatal(err)
					}
				}
			}
			if r := next.get(work); r.status != 404 {
				t.Errorf("the next click: status %d, want 404", r.status)
			}
			w.waitText(s.app.cat.Say(l.lang, "home.stand.route", "Name", "Sem"))
			if eval[bool](w, `document.documentElement.innerHTML.includes('vulkaan')`) {
				t.Error("the open page still holds sem's work")
			}
			w.sound("ended")
		})
	}
}

// paths are the addresses of all that a portfolio holds: works, files,
// thumbnails, growth, log.
func (s *testSchool) paths(logins ...string) []string {
	s.t.Helper()
	var out []string
	for _, login := range logins {
		works, _, err := s.lib.Works(context.Background(), s.actor(login, portfolio.HatStudent), s.ids[login], "", 50)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, x := range works {
			out = append(out, "/werk/"+x.ID, "/api/v1/works/"+x.ID)
			for _, f := range x.Files {
				out = append(out, "/werk/"+x.ID+"/bestand/"+f.FileID(), "/werk/"+x.ID+"/klein/"+f.FileID())
			}
		}
	}
	return out
}

// add opens the form for a work and waits until the file is in.
func (w *window) add(file, title string) {
	w.t.Helper()
	w.to("/werk/nieuw")
	w.run(chromedp.SetUploadFiles(`input[type=file][multiple]`, []string{file}, chromedp.ByQuery))
	w.wait("the file to be in", `document.querySelector('input[type=hidden][name=upload]')`)
	if title != "" {
		w.run(chromedp.SetValue(`#title`, title))
	}
}

// choose picks who may see a work and, when more people will look, says yes.
func (w *window) choose(preset string) {
	w.t.Helper()
	w.run(chromedp.Click(`input[name=audience][value=`+preset+`]`, chromedp.ByQuery))
	w.wait("the readers", `document.querySelector('[data-readers]')?.innerText.length > 20`)
}

// live waits until the socket is open.
func (w *window) live() {
	w.t.Helper()
	w.wait("the live dot", `document.querySelector('[data-live-state][data-state=on]')`)
}

// submit sends the form of a work, and confirms when it asks.
func (w *window) submit() {
	w.t.Helper()
	w.run(chromedp.Evaluate(`document.querySelectorAll('main form input[type=checkbox][name=sure]').forEach(b => b.checked = true)`, nil))
	w.click(`form[enctype] .buttons button.button-main`)
	w.wait("the work's page", `location.pathname.startsWith('/werk/') && document.readyState === 'complete' && !document.querySelector('form[enctype]')`)
}

// network cuts the connection or slows uploads down to bytes a second.
func (w *window) network(offline bool, upload float64) {
	w.t.Helper()
	if upload == 0 {
		upload = -1
	}
	w.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := network.EmulateNetworkConditionsByRule(offline, []*network.Conditions{{Latency: 0, DownloadThroughput: -1, UploadThroughput: upload}}).Do(ctx)
		return err
	}))
}

// phonePhoto writes a JPEG as a phone would make it.
func phonePhoto(t *testing.T, width, height int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewSource(1))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.Intn(256))
	}
	for y := range height {
		for x := range width / 2 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), 120, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return saveFile(t, "IMG 0001 🦋.jpg", b.Bytes())
}

// smallPDF writes a small PDF.
func smallPDF(t *testing.T) string {
	t.Helper()
	return saveFile(t, "boekverslag.pdf", []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"))
}

// recordFilm has the browser itself record one second of a canvas.
func recordFilm(t *testing.T, w *window) string {
	t.Helper()
	data := eval[string](w, `(async () => {
		const c = document.createElement('canvas'); c.width = 160; c.height = 120;
		const g = c.getContext('2d');
		const rec = new MediaRecorder(c.captureStream(20), {mimeType: 'video/webm'});
		const parts = [];
		rec.ondataavailable = e => parts.push(e.data);
		const stopped = new Promise(r => rec.onstop = r);
		rec.start(100);
		for (let i = 0; i < 20; i++) { g.fillStyle = 'hsl(' + i * 18 + ' 80% 50%)'; g.fillRect(0, 0, 160, 120); await new Promise(r => setTimeout(r, 50)); }
		rec.stop(); await stopped;
		const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
		let s = ''; for (const b of bytes) s += String.fromCharCode(b);
		return btoa(s);
	})()`, awaited)
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(b) < 1000 {
		t.Fatalf("the browser recorded %d bytes: %v", len(b), err)
	}
	return saveFile(t, "film.webm", b)
}

func saveFile(t *testing.T, name string, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func awaited(p *cdpruntime.EvaluateParams) *cdpruntime.EvaluateParams {
	return p.WithAwaitPromise(true)
}
