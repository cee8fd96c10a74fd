package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kaft/portfolio"
)

func testAddFile(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	r := noor.postFiles("/werk", url.Values{"audience": {"teacher"}, "title": {" "}, "happened_on": {"2026-11-20"}},
		testFile{"../../etc/pässwd 🦋.png", paintedPNG(t)}, testFile{"verslag.txt", []byte("Dit is mijn verslag.\n")})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	page := noor.get(r.location)
	if got := words(page.all("h1", "", "")[0]); got != "Foto van 20 november" {
		t.Errorf("a photo without a title is called %q", got)
	}
	if !strings.Contains(page.text(), "Het staat in je portfolio.") {
		t.Error("the page does not say that it is there")
	}
	if !strings.Contains(page.text(), "verslag.txt") || strings.Contains(page.body, "../") || strings.Contains(page.body, "/etc/") {
		t.Error("the files are not called by the last part of their names")
	}
	if n := len(page.all("img", "alt", "Foto: pässwd 🦋.png")); n != 1 {
		t.Errorf("%d pictures, want 1", n)
	}

	looked := noor.postFiles("/werk", url.Values{"title": {"Gekeken"}, "audience": {"me"}, "look": {"1"}}, testFile{"c.txt", []byte("blijft bewaard")})
	upload := attr(looked.all("input", "name", "upload")[0], "value")
	if looked.status != 200 || !strings.Contains(looked.text(), "c.txt") {
		t.Errorf("looking who sees it loses the file: status %d", looked.status)
	}
	r = noor.post("/werk", url.Values{"title": {"Gekeken"}, "audience": {"me"}, "upload": {upload}})
	if w := s.work("noor", strings.TrimPrefix(r.location, "/werk/")); len(w.Files) != 1 || w.Files[0].Name != "c.txt" {
		t.Errorf("the file did not come along: %+v", w.Files)
	}
	if r := noor.post("/werk", url.Values{"title": {"Nog eens"}, "audience": {"me"}, "upload": {upload}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("the same upload twice: status %d", r.status)
	}

	before := s.countWorks("noor")
	r = noor.postFiles("/werk", url.Values{"title": {"Spel"}, "audience": {"teacher"}, "text": {"wat ik typte"}}, testFile{"spel.exe", []byte("MZ\x90\x00\x03\x00\x00\x00")})
	if r.status != http.StatusUnprocessableEntity || s.countWorks("noor") != before {
		t.Errorf("a program: status %d, %d works more", r.status, s.countWorks("noor")-before)
	}
	if !strings.Contains(r.body, "wat ik typte") || len(r.all("a", "href", "#file")) != 1 {
		t.Errorf("a refused file loses what was typed: %s", r.text())
	}
}

func testReadersFirst(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	before := s.countWorks("noor")
	for _, c := range []struct {
		preset       string
		see, not     []string
		counted, ask bool
	}{
		{"me", []string{"Dit zie alleen jij."}, []string{"Dit zien niet: je juf of meester, je ouders, je klas en de rest van de school."}, false, true},
		{"teacher", []string{"Dit zien: jij, juf Fatima, "}, []string{"Dit zien niet: je ouders, je klas en de rest van de school."}, false, true},
		{"parents", []string{"juf Fatima", "Anna Kuipers (ouder of verzorger)", "Bas de Vries (ouder of verzorger)"}, []string{"Dit zien niet: je klas en de rest van de school."}, false, false},
		{"class", []string{"14 kinderen uit je klas"}, []string{"Dit zien niet: de rest van de school."}, true, false},
		{"school", []string{"14 kinderen uit je klas", "De rest van de school ziet dit pas als er thuis iemand ja zegt."}, []string{"Dit zien niet: de rest van de school."}, true, false},
	} {
		typed := url.Values{"audience": {c.preset}, "title": {"Mijn titel"}, "text": {"Mijn tekst"}, "subject": {"rekenen"}, "look": {"1"}}
		for _, r := range []*reply{noor.post("/werk", typed), noor.get("/wie-ziet?audience=" + c.preset)} {
			text := r.text()
			for _, want := range append(c.see, c.not...) {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %q is not in %q", c.preset, want, text)
				}
			}
			if !strings.Contains(text, "De school kan je werk alleen inzien volgens de inzageregel. Dan staat dat in je logboek.") {
				t.Errorf("%s: the page does not say when the school may look", c.preset)
			}
			if got := strings.Contains(text, "mogen de school vragen om dit ook te zien"); got != c.ask {
				t.Errorf("%s: says that somebody may ask: %v, want %v", c.preset, got, c.ask)
			}
			if got := len(r.all("input", "name", "sure")) == 1; got != c.counted {
				t.Errorf("%s: asks to be sure: %v, want %v", c.preset, got, c.counted)
			}
			if got := strings.Contains(text, "Sem Amrani") && strings.Contains(text, "Daan van de Berg"); got != c.counted {
				t.Errorf("%s: names the class: %v, want %v", c.preset, got, c.counted)
			}
			if strings.Contains(text, "Joost") || strings.Contains(text, "Samira") {
				t.Errorf("%s: names somebody else's parents", c.preset)
			}
		}
		r := noor.post("/werk", typed)
		if r.status != 200 || !strings.Contains(r.body, "Mijn tekst") || attr(r.all("input", "id", "title")[0], "value") != "Mijn titel" || attr(r.all("input", "id", "subject")[0], "value") != "rekenen" {
			t.Errorf("%s: looking loses what was typed (status %d)", c.preset, r.status)
		}
	}
	if got := s.countWorks("noor"); got != before {
		t.Errorf("looking made %d works", got-before)
	}
	if r := noor.get("/wie-ziet?audience=everybody"); r.status != http.StatusUnprocessableEntity {
		t.Errorf("an audience there is not: status %d", r.status)
	}
	sems := s.workOf("sem", "Mijn vulkaan")
	if r := noor.get("/wie-ziet/" + sems.ID + "?audience=me"); r.status != 404 {
		t.Errorf("readers of somebody else's work: status %d", r.status)
	}
	if r := s.as("anna").get("/wie-ziet?audience=me"); r.status != 404 {
		t.Errorf("readers, asked by a parent: status %d", r.status)
	}
}

func testWidening(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	before := s.countWorks("noor")
	form := url.Values{"audience": {"class"}, "text": {"Voor mijn klas."}, "title": {"Voor de klas"}}
	r := noor.post("/werk", form)
	if r.status != http.StatusUnprocessableEntity || s.countWorks("noor") != before {
		t.Fatalf("showing the class without being asked: status %d", r.status)
	}
	if len(r.all("a", "href", "#sure")) != 1 || !strings.Contains(r.text(), "Nu zien ook 14 kinderen uit je klas dit.") {
		t.Errorf("the question is not there: %s", r.text())
	}
	sure := attr(r.all("input", "name", "sure")[0], "value")
	form.Set("audience", "school")
	form.Set("sure", sure)
	if r := noor.post("/werk", form); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a yes for the class counts for the school: status %d", r.status)
	}
	form.Set("audience", "class")
	if r = noor.post("/werk", form); r.status != http.StatusSeeOther {
		t.Fatalf("sure: status %d: %s", r.status, r.text())
	}
	id := strings.TrimPrefix(r.location, "/werk/")
	share := func(preset string, more url.Values) *reply {
		form := url.Values{"audience": {preset}, "rev": {s.revOf("noor", id)}}
		for k, v := range more {
			form[k] = v
		}
		return noor.post("/werk/"+id+"/delen", form)
	}
	for _, c := range []struct {
		preset string
		more   url.Values
		want   int
	}{
		{"class", nil, 303}, {"me", nil, 303}, {"parents", nil, 303}, {"class", nil, 422}, {"class", url.Values{"look": {"1"}}, 200},
		{"class", url.Values{"sure": {sure}}, 303}, {"nobody", nil, 422}, {"class", url.Values{"rev": {"1"}}, 409}, {"class", url.Values{"rev": {"x"}}, 422},
		{"teacher", nil, 303},
	} {
		if r := share(c.preset, c.more); r.status != c.want {
			t.Errorf("share with %s %v: status %d, want %d", c.preset, c.more, r.status, c.want)
		} else if r.doc != nil {
			t.Run("share "+c.preset, func(t *testing.T) { checkPage(t, r.body) })
		}
	}
	if w := s.work("noor", id); presetOf(w.Audience) != PresetTeacher {
		t.Errorf("at last the audience is %v", w.Audience)
	}
	if r := s.as("sem").post("/werk/"+id+"/delen", url.Values{"audience": {"school"}, "rev": {s.revOf("noor", id)}}); r.status != 404 {
		t.Errorf("somebody else shares: status %d", r.status)
	}
}

func testWrongForm(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	before := s.countWorks("noor")
	for _, c := range []struct {
		what, field, value, want, link string
	}{
		{"a title of 10,000 characters", "title", strings.Repeat("x", 10_000), "Het mag hoogstens 200 tekens zijn, nu zijn het er 10.000.", "title"},
		{"a text that is too long", "text", strings.Repeat("é", portfolio.MaxText+1), "Het mag hoogstens 100.000 tekens zijn", "text"},
		{"a text that is no text", "title", "a\x00b", "tekens die we niet kunnen bewaren: de titel", "title"},
		{"an audience there is not", "audience", "everybody", "Deze keuze bestaat niet: wie dit kan zien.", "audience"},
		{"a date there is not", "happened_on", "2026-02-30", "2026-02-30 is geen datum.", "happened_on"},
		{"a day to come", "happened_on", "2999-01-01", "Deze dag moet nog komen.", "happened_on"},
		{"a subject that is too long", "subject", strings.Repeat("y", 101), "het vak", "subject"},
		{"a file that is not there", "upload", "11111111-1111-4111-8111-111111111111", "Een bestand is er niet meer.", "file"},
		{"nothing at all", "text", "", "Er zit nog niets in je werk.", "text"},
	} {
		form := url.Values{"audience": {"teacher"}, "title": {"Bewaar mij"}, "text": {"Wat ik schreef"}, "happened_on": {"2026-11-02"}, c.field: {c.value}}
		r := noor.post("/werk", form)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d: %s", c.what, r.status, r.text())
			continue
		}
		if !strings.Contains(r.text(), c.want) || len(r.all("a", "href", "#"+c.link)) != 1 {
			t.Errorf("%s: %q with a link to #%s is not in %.600s", c.what, c.want, c.link, r.text())
		}
		title, text := attr(r.all("input", "id", "title")[0], "value"), words(r.all("textarea", "id", "text")[0])
		if c.field != "title" && title != "Bewaar mij" || c.field == "title" && !strings.HasPrefix(c.value, title[:1]) || c.field != "text" && text != "Wat ik schreef" {
			t.Errorf("%s: what was typed is lost: %.40q, %.40q", c.what, title, text)
		}
		t.Run(c.what, func(t *testing.T) { checkPage(t, r.body) })
	}
	if r := noor.post("/werk", url.Values{}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty form: status %d", r.status)
	}
	if r := noor.post("/werk", url.Values{"type": {"strange"}, "text": {"x"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a strange type: status %d", r.status)
	}
	if got := s.countWorks("noor"); got != before {
		t.Errorf("wrong forms made %d works", got-before)
	}
	for _, login := range []string{"anna", "petra"} {
		if r := s.as(login).post("/werk", url.Values{"text": {"x"}}); r.status != 404 {
			t.Errorf("%s adds work: status %d", login, r.status)
		}
	}
}

func testChange(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	id := noor.adds(url.Values{"title": {"Eerst"}, "text": {"de *eerste* tekst"}, "audience": {"parents"}})
	r := noor.post("/werk/"+id, url.Values{"title": {"Daarna"}, "text": {"de tweede"}, "rev": {"1"}, "subject": {"taal"}, "happened_on": {"2026-10-01"}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	page := noor.get(r.location)
	if got := words(page.all("h1", "", "")[0]); got != "Daarna" {
		t.Errorf("the title is %q", got)
	}
	if w := s.work("noor", id); presetOf(w.Audience) != PresetParents {
		t.Errorf("a form without a choice changed the audience: %v", w.Audience)
	}
	versions := noor.get("/werk/" + id + "/versies")
	if !strings.Contains(versions.text(), "Versie 1: Eerst") || len(versions.all("em", "", "")) != 1 {
		t.Errorf("the version before is not there: %s", versions.text())
	}
	undo := page.undo()
	if r := noor.post(undo, nil); r.status != http.StatusSeeOther {
		t.Fatalf("undo %s: status %d", undo, r.status)
	}
	if w := s.work("noor", id); w.Title != "Eerst" || w.Text != "de *eerste* tekst" || w.Version != 3 {
		t.Errorf("after undo: %q %q version %d", w.Title, w.Text, w.Version)
	}
	again := noor.get("/werk/" + id).undo()
	if r := noor.post(undo, nil); r.status != http.StatusConflict {
		t.Errorf("undo twice: status %d", r.status)
	}
	if r := noor.post(again, nil); r.status != http.StatusSeeOther || s.work("noor", id).Title != "Daarna" {
		t.Errorf("undoing the undo %q: status %d, %q", again, r.status, s.work("noor", id).Title)
	}
	for _, path := range []string{"/versies/99?rev=4", "/versies/-1?rev=4", "/versies/x?rev=4"} {
		if r := noor.post("/werk/"+id+path, nil); r.status != 404 {
			t.Errorf("%s: status %d", path, r.status)
		}
	}
	if r := s.as("anna").get("/werk/" + id + "/versies"); r.status != 404 {
		t.Errorf("a parent sees versions: status %d", r.status)
	}
}

func testTwoTabs(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	id := noor.adds(url.Values{"title": {"Twee tabbladen"}, "text": {"begin"}, "audience": {"me"}})
	if r := noor.post("/werk/"+id, url.Values{"title": {"Tab een"}, "text": {"uit tab een"}, "rev": {"1"}}); r.status != http.StatusSeeOther {
		t.Fatalf("tab one: status %d", r.status)
	}
	r := noor.post("/werk/"+id, url.Values{"title": {"Tab twee"}, "text": {"uit tab twee"}, "rev": {"1"}, "audience": {"teacher"}})
	if r.status != http.StatusConflict || s.work("noor", id).Text != "uit tab een" {
		t.Fatalf("tab two: status %d", r.status)
	}
	checkPage(t, r.body)
	if words(r.all("textarea", "id", "text")[0]) != "uit tab twee" || len(r.all("a", "href", "/werk/"+id)) == 0 {
		t.Error("what was typed, or the way to the newest, is not there")
	}
	rev := attr(r.all("input", "name", "rev")[0], "value")
	if r := noor.post("/werk/"+id, url.Values{"title": {"Tab twee"}, "text": {"uit tab twee"}, "rev": {rev}, "audience": {"teacher"}}); r.status != http.StatusSeeOther {
		t.Fatalf("saving it after all: status %d", r.status)
	}
	if got := noor.get("/werk/" + id + "/versies").text(); !strings.Contains(got, "Tab een") || !strings.Contains(got, "Twee tabbladen") {
		t.Errorf("a version is lost: %s", got)
	}
	if r := noor.post("/werk/"+id+"/weg", url.Values{"rev": {"1"}}); r.status != http.StatusConflict {
		t.Errorf("binning what was not seen: status %d", r.status)
	}
}

func testFilesOfWork(t *testing.T, s *testSchool) {
	noor := s.as("noor")
	r := noor.postFiles("/werk", url.Values{"title": {"Met bestanden"}, "audience": {"me"}}, testFile{"a.png", paintedPNG(t)}, testFile{"b.txt", []byte("bijlage")})
	id := strings.TrimPrefix(r.location, "/werk/")
	w := s.work("noor", id)
	photo, text := w.Files[0].FileID(), w.Files[1].FileID()
	r = noor.postFiles("/werk/"+id, url.Values{"title": {"Met bestanden"}, "rev": {"1"}, "drop": {text}, "alt." + photo: {"Een egel in het gras"}}, testFile{"c.txt", []byte("nieuw")})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	w = s.work("noor", id)
	if len(w.Files) != 2 || w.Files[0].Name != "a.png" || w.Files[1].Name != "c.txt" {
		t.Errorf("the files are %+v", w.Files)
	}
	if n := len(noor.get("/werk/"+id).all("img", "alt", "Een egel in het gras")); n != 1 {
		t.Errorf("%d pictures say what they show", n)
	}
	r = noor.post("/werk/"+id, url.Values{"title": {"Leeg"}, "rev": {"2"}, "drop": {photo, w.Files[1].FileID()}})
	if r.status != http.StatusUnprocessableEntity || len(r.all("input", "name", "drop")) != 2 {
		t.Errorf("taking everything out: status %d", r.status)
	}
	r = noor.post("/werk/"+id, url.Values{"title": {"Alt"}, "rev": {"2"}, "alt." + photo: {strings.Repeat("a", portfolio.MaxAlt+1)}})
	if r.status != http.StatusUnprocessableEntity || len(r.all("p", "id", "alt")) != 1 {
		t.Errorf("too much to say of a picture: status %d: %s", r.status, r.text())
	}
}

func testDraft(t *testing.T, s *testSchool) {
	noor, fatima := s.as("noor"), s.as("fatima")
	id := noor.adds(url.Values{"title": {"Half verhaal"}, "text": {"Er was eens"}, "audience": {"teacher"}, "draft": {"1"}})
	if r := fatima.get("/werk/" + id); r.status != 404 {
		t.Errorf("the teacher opens a draft: status %d", r.status)
	}
	works := noor.get("/werk")
	if got := words(firstWith(works.doc, "aria-labelledby", "unfinished")); !strings.Contains(got, "Half verhaal") {
		t.Errorf("the strip of unfinished work says %q", got)
	}
	if got := words(firstWith(works.doc, "aria-labelledby", "works")); strings.Contains(got, "Half verhaal") {
		t.Error("a draft stands among what is finished")
	}
	r := noor.post("/werk/"+id, url.Values{"title": {"Heel verhaal"}, "text": {"Er was eens. Einde."}, "audience": {"teacher"}, "rev": {"1"}})
	if r.status != http.StatusSeeOther || !strings.Contains(noor.get(r.location).text(), "Het staat in je portfolio.") {
		t.Fatalf("status %d", r.status)
	}
	if r := fatima.get("/werk/" + id); r.status != 200 {
		t.Errorf("the teacher opens what is finished: status %d", r.status)
	}
	r = noor.post("/werk/"+id, url.Values{"title": {"Heel verhaal"}, "text": {"x"}, "audience": {"class"}, "rev": {"2"}, "draft": {"1"}})
	if r.status != http.StatusUnprocessableEntity || s.work("noor", id).Draft {
		t.Errorf("calling finished work a draft goes round the question: status %d", r.status)
	}
}

func testLookBack(t *testing.T, s *testSchool) {
	noor, anna := s.as("noor"), s.as("anna")
	about, private := s.workOf("noor", "Boekverslag: De Gorgels"), s.workOf("noor", "Wat ik leerde van de toets")
	form := noor.get("/werk/nieuw?soort=terugblik&over=" + about.ID)
	chosen := 0
	for _, o := range form.all("option", "value", about.ID) {
		if _, on := lookAttribute(o, "selected"); on {
			chosen++
		}
	}
	if chosen != 1 {
		t.Error("the work to look back at is not chosen")
	}
	id := noor.adds(url.Values{"type": {"reflection"}, "about": {about.ID}, "text": {"Meer alinea's."}, "audience": {"parents"}, "happened_on": {"2026-11-21"}})
	hidden := noor.adds(url.Values{"type": {"reflection"}, "about": {private.ID}, "text": {"Rustig lezen."}, "audience": {"parents"}})
	page := anna.get("/werk/" + id)
	if got := words(page.all("h1", "", "")[0]); got != "Terugblik van 21 november" {
		t.Errorf("the title is %q", got)
	}
	if len(page.all("a", "href", "/werk/"+about.ID)) != 1 {
		t.Error("a look back does not lead to its work")
	}
	if len(anna.get("/werk/"+about.ID).all("a", "href", "/werk/"+id)) != 1 {
		t.Error("the work does not lead to the look back")
	}
	if got := anna.get("/werk/" + hidden); got.status != 200 || strings.Contains(got.body, private.ID) || strings.Contains(got.body, private.Title) {
		t.Errorf("a look back tells a parent of private work (status %d)", got.status)
	}
	sems := s.workOf("sem", "Mijn vulkaan")
	if r := noor.post("/werk", url.Values{"type": {"reflection"}, "about": {sems.ID}, "text": {"x"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a look back at somebody else's work: status %d", r.status)
	}
	if r := noor.post("/werk/"+id, url.Values{"type": {"reflection"}, "about": {id}, "text": {"x"}, "rev": {"1"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a look back at itself: status %d", r.status)
	}
}

func presetOf(audience []string) Preset {
	p, _ := PresetOf(audience)
	return p
}
