package app

import (
	packed "archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// getPart asks for a part of what is at a path.
func (c *testClient) getPart(path string, headers ...string) *reply {
	c.s.t.Helper()
	req, err := http.NewRequest("GET", c.s.url+path, nil)
	if err != nil {
		c.s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.s.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		c.s.t.Fatal(err)
	}
	return &reply{path: path, status: res.StatusCode, header: res.Header, body: b.String()}
}

// until asks for a page again and again until it holds a text.
func (c *testClient) until(path, text string) *reply {
	c.s.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		r := c.get(path)
		if r.status != http.StatusOK {
			c.s.t.Fatalf("%s: status %d: %s", path, r.status, r.text())
		}
		if strings.Contains(r.text(), text) {
			return r
		}
		if time.Now().After(end) {
			c.s.t.Fatalf("%s: no %q in a minute: %s", path, text, r.text())
		}
	}
}

// send posts a form with one file.
func (c *testClient) send(path, name string, content []byte) *reply {
	c.s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if name != "" {
		f, err := w.CreateFormFile("file", name)
		if err != nil {
			c.s.t.Fatal(err)
		}
		f.Write(content)
	}
	w.Close()
	return c.do("POST", path, &b, w.FormDataContentType())
}

// bundleOf has a bundle made of somebody of the cast and fetches it.
func (c *testClient) bundleOf(login string) []byte {
	c.s.t.Helper()
	r := c.post("/pakket", url.Values{"leerling": {c.s.ids[login]}})
	if r.status != http.StatusSeeOther || !strings.HasPrefix(r.location, "/pakket/") {
		c.s.t.Fatalf("status %d to %q: %s", r.status, r.location, r.text())
	}
	c.until(r.location, "Het pakket is klaar")
	return []byte(c.get(r.location + "/bestand").body)
}

func TestAFamilyMakesTheMoveBundleAndFetchesIt(t *testing.T) {
	s := newSchool(t)
	samira := s.as("samira")
	r := samira.get("/pakket?leerling=" + s.ids["sem"])
	checkPage(t, r.body)
	r.ok(t, "Overstappakket van Sem", "Dit gaat mee", "Dit gaat niet mee", "vraag de school eerst om inzage", "namen van andere leerlingen", "Wie het bestand heeft, kan het lezen")
	english := s.as("samira")
	english.lang = "en"
	checkPage(t, english.get("/pakket?leerling="+s.ids["sem"]).body)

	r = samira.post("/pakket", url.Values{"leerling": {s.ids["sem"]}})
	page := r.location
	r = samira.until(page, "Het pakket is klaar")
	checkPage(t, r.body)
	r.shows(t, "Download het pakket", "Is het bestand heel overgekomen?")
	part := samira.get(page + "?deel=stand")
	if strings.Contains(part.body, "<html") || !strings.Contains(part.text(), "Download het pakket") {
		t.Errorf("the part that changes is %s", part.body)
	}

	whole := samira.get(page + "/bestand")
	if whole.status != 200 || whole.header.Get("Content-Type") != "application/zip" || whole.header.Get("Cache-Control") != "private, no-store" ||
		!strings.Contains(whole.header.Get("Content-Disposition"), `attachment; filename="portfolio-sem-`) {
		t.Errorf("status %d, %v", whole.status, whole.header)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(whole.body))); !strings.Contains(r.body, sum) {
		t.Errorf("the page does not show the fingerprint %s", sum)
	}
	tag := whole.header.Get("ETag")
	for _, c := range []struct {
		headers []string
		status  int
		want    string
	}{
		{[]string{"Range", "bytes=10-19"}, 206, whole.body[10:20]},
		{[]string{"Range", "bytes=-7"}, 206, whole.body[len(whole.body)-7:]},
		{[]string{"Range", "bytes=100-", "If-Range", tag}, 206, whole.body[100:]},
		{[]string{"Range", "bytes=100-", "If-Range", `"another"`}, 200, whole.body},
		{[]string{"Range", fmt.Sprintf("bytes=%d-", len(whole.body))}, 416, ""},
	} {
		got := samira.getPart(page+"/bestand", c.headers...)
		if got.status != c.status || got.body != c.want {
			t.Errorf("%v: status %d, %d bytes", c.headers, got.status, len(got.body))
		}
	}
	samira.get("/pakket?leerling="+s.ids["sem"]).ok(t, "Wat je eerder maakte", "ophalen kan tot")

	for _, login := range []string{"joost", "lotte", "anna", "fatima", "sem"} {
		c := s.as(login)
		for _, path := range []string{page, page + "?deel=stand", page + "/bestand"} {
			if r := c.get(path); r.status != http.StatusNotFound {
				t.Errorf("%s gets %s: status %d", login, path, r.status)
			}
		}
		if r := c.post(page+"/weg", nil); r.status != http.StatusNotFound {
			t.Errorf("%s throws it away: status %d", login, r.status)
		}
	}
	if r := samira.post(page+"/weg", nil); r.status != http.StatusSeeOther {
		t.Errorf("status %d", r.status)
	}
	if r := samira.get(page); r.status != http.StatusNotFound {
		t.Errorf("thrown away, the page has status %d", r.status)
	}
}

func TestWhoMayNotHaveABundleFindsNoWayToOne(t *testing.T) {
	s := newSchool(t)
	for _, c := range []struct {
		login, student string
		want           int
	}{
		{"samira", "lotte", http.StatusForbidden}, // 16: Lotte makes it
		{"joost", "sem", http.StatusForbidden},    // no custody
		{"sem", "sem", http.StatusForbidden},      // under 16: the guardian makes it
		{"fatima", "sem", http.StatusForbidden},
		{"anna", "sem", http.StatusNotFound},
		{"noor", "sem", http.StatusNotFound},
	} {
		client := s.as(c.login)
		if r := client.get("/pakket?leerling=" + s.ids[c.student]); r.status != c.want {
			t.Errorf("%s about %s: status %d, want %d", c.login, c.student, r.status, c.want)
		}
		if r := client.post("/pakket", url.Values{"leerling": {s.ids[c.student]}}); r.status != c.want {
			t.Errorf("%s makes one of %s: status %d, want %d", c.login, c.student, r.status, c.want)
		}
	}
	s.as("lotte").get("/pakket").ok(t, "Overstappakket", "tot nu toe alleen Lotte ziet")
}

// A bundle goes by the pages into a second, empty Kaft, and is there what it
// was here.
func TestABundleMovesByThePages(t *testing.T) {
	linde, beuk := newSchool(t), newInstallation(t, Options{})
	raw := linde.as("lotte").bundleOf("lotte")
	ctx := context.Background()
	school, wim, err := beuk.lib.FoundSchool(ctx, portfolio.School{Name: "De Beuk"}, portfolio.Person{Name: portfolio.Name{Given: "Wim"}}, "wim", testHash())
	if err != nil {
		t.Fatal(err)
	}
	beuk.admin = portfolio.Actor{School: school.ID, Person: wim.ID, Hat: portfolio.HatAdmin}
	admin := beuk.as("wim")
	r := admin.get("/verhuizingen")
	checkPage(t, r.body)
	r.ok(t, "Neem een pakket over", "Er kwam nog niets binnen")

	r = admin.send("/verhuizingen", "lotte.portfolio.zip", raw)
	page := r.location
	if r.status != http.StatusSeeOther || !strings.HasPrefix(page, "/verhuizingen/") {
		t.Fatalf("status %d to %q: %s", r.status, page, r.text())
	}
	r = admin.until(page, "Het pakket is heel")
	checkPage(t, r.body)
	r.shows(t, "Lotte Amrani", "geboren ", "Nieuwe leerling", "Kijk wat er gebeurt")
	r.hides(t, "Dit gebeurt er")
	r = admin.get(page + "?leerling=nieuw")
	checkPage(t, r.body)
	r.ok(t, "We maken een nieuwe leerling: Lotte Amrani", "komt erbij", "alleen voor de leerling zelf")
	if r := admin.post(page+"/overnemen", url.Values{}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("nobody chosen: status %d", r.status)
	}
	r.shows(t, "Getekend, maar je kent deze school nog niet", "getekend door een school die je nog niet kent", "ook al staat niet vast")
	if r := admin.post(page+"/overnemen", url.Values{"leerling": {"nieuw"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), "Van wie dit pakket komt, staat niet vast") {
		t.Errorf("nobody stands for it: status %d", r.status)
	}
	admin.post(page+"/overnemen", url.Values{"leerling": {"nieuw"}, "accept": {"1"}})
	r = admin.until(page, "Verslag")
	checkPage(t, r.body)
	r.shows(t, "Overgenomen", "is overgenomen", "Neem dit terug", "Overgenomen zonder bewijs van de afzender", "Wim koos daarvoor")
	admin.get("/verhuizingen").ok(t, "Lotte Amrani", "Overgenomen")

	people, err := beuk.lib.People(ctx, beuk.admin)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(people, func(p *portfolio.Person) bool { return p.Wears(portfolio.HatStudent) })
	there := portfolio.Actor{School: school.ID, Person: people[i].ID, Hat: portfolio.HatStudent}
	want := sumsOf(t, linde.lib, linde.actor("lotte", portfolio.HatStudent))
	if got := sumsOf(t, beuk.lib, there); len(want) < 3 || !slices.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}

	// Once more, for the same student, brings nothing.
	r = admin.send("/verhuizingen", "lotte.portfolio.zip", raw)
	again := r.location
	admin.until(again, "dit portfolio is al van deze leerling")
	admin.get(again+"?leerling="+there.Person).ok(t, "waren er al, precies zo")
	admin.post(again+"/weg", nil)
	if r := admin.get(again); r.status != http.StatusNotFound {
		t.Errorf("thrown away, the page has status %d", r.status)
	}
	// And back.
	admin.post(page+"/terug", nil)
	admin.until(page, "Teruggenomen")
	if people, err = beuk.lib.People(ctx, beuk.admin); err != nil || len(people) != 1 {
		t.Errorf("after the undo there are %d people (%v)", len(people), err)
	}
}

// sumsOf are the titles of somebody's works with the hashes of their files, and
// what the assessments say.
func sumsOf(t *testing.T, lib *portfolio.Library, a portfolio.Actor) (out []string) {
	t.Helper()
	works, _, err := lib.Works(context.Background(), a, a.Person, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range works {
		line := w.Title + " " + w.Text
		for _, f := range w.Files {
			_, r, err := lib.OpenFile(context.Background(), a, w.ID, f.FileID(), false)
			if err != nil {
				t.Fatal(err)
			}
			h := sha256.New()
			if _, err := io.Copy(h, r); err != nil {
				t.Fatal(err)
			}
			r.Close()
			line += fmt.Sprintf(" %s %s %x", f.Name, f.Type, h.Sum(nil))
		}
		out = append(out, line)
	}
	all, err := lib.Assessments(context.Background(), a, a.Person, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		out = append(out, fmt.Sprint(s.Goal, s.Level, s.Remark, s.AuthorName))
	}
	slices.Sort(out)
	return out
}

// A Leap2A file comes in by the same pages, which say what it is and that nobody
// signed it.
func TestALeap2AFileComesInByThePages(t *testing.T) {
	s := newSchool(t)
	admin := s.as("wim", portfolio.HatAdmin)
	feed := func(doctype string) []byte {
		return []byte(doctype + `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:leap2="http://terms.leapspecs.org/">
<id>https://oud.example/export/7</id><title>Noor</title><updated>2026-06-12T10:00:00Z</updated><generator version="22.04">Mahara</generator><author><name>Noor Bos</name></author>
<entry><title>Vulkaan</title><id>a</id><updated>2026-06-01T10:00:00Z</updated><content>As</content><rdf:type rdf:resource="leap2:entry"/></entry>
<entry><title>Opa</title><id>b</id><updated>2026-06-01T10:00:00Z</updated><content/><rdf:type rdf:resource="leap2:person"/></entry></feed>`)
	}
	checkPage(t, admin.get("/verhuizingen").body)
	r := admin.send("/verhuizingen", "leap2a.xml", feed(""))
	page := r.location
	r = admin.until(page, "Dit is een Leap2A-bestand")
	checkPage(t, r.body)
	r.shows(t, "Noor Bos", "met Mahara 22.04", "Het is niet getekend", "gegevens van andere mensen")
	r.hides(t, "Alle bestanden zijn zoals ze waren")
	admin.get(page+"?leerling=nieuw").ok(t, "We maken een nieuwe leerling: Noor Bos", "ook al staat niet vast")
	if r := admin.post(page+"/overnemen", url.Values{"leerling": {"nieuw"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("nobody stands for it: status %d", r.status)
	}
	admin.post(page+"/overnemen", url.Values{"leerling": {"nieuw"}, "accept": {"1"}})
	r = admin.until(page, "Verslag")
	checkPage(t, r.body)
	r.shows(t, "Overgenomen zonder bewijs van de afzender")

	r = admin.send("/verhuizingen", "kwaad.xml", feed("<!DOCTYPE feed>"))
	r = admin.until(r.location, "Dit pakket nemen we niet over")
	checkPage(t, r.body)
	r.shows(t, "staat een documenttype")
}

func TestWhatIsNoBundleIsRefusedOnItsPage(t *testing.T) {
	s := newSchool(t)
	admin := s.as("wim", portfolio.HatAdmin)
	raw := s.as("samira").bundleOf("sem")
	z, err := packed.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(z.File, func(f *packed.File) bool { return strings.HasSuffix(f.Name, "/data/portfolio.json") })
	at, err := z.File[i].DataOffset()
	if err != nil {
		t.Fatal(err)
	}
	raw[at+10] ^= 4
	for name, content := range map[string][]byte{"foto.zip": []byte("geen zip"), "kapot.zip": raw} {
		r := admin.send("/verhuizingen", name, content)
		r = admin.until(r.location, "Dit pakket nemen we niet over")
		checkPage(t, r.body)
		r.shows(t, "Er is niets veranderd")
	}
	if r := admin.send("/verhuizingen", "", nil); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), "Kies eerst een bestand") {
		t.Errorf("no file: status %d: %s", r.status, r.text())
	}
	if r := admin.send("/verhuizingen", "leeg.zip", nil); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), "leeg.zip is leeg") {
		t.Errorf("an empty file: status %d: %s", r.status, r.text())
	}
	if r := admin.post("/verhuizingen", url.Values{"file": {"x"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("no file form: status %d", r.status)
	}
	for _, login := range []string{"fatima", "samira", "lotte", "petra"} {
		c := s.as(login)
		for _, r := range []*reply{c.get("/verhuizingen"), c.send("/verhuizingen", "x.zip", raw), c.get("/verhuizingen/" + s.ids["sem"]), c.post("/verhuizingen/x/overnemen", url.Values{"leerling": {"nieuw"}})} {
			if r.status != http.StatusForbidden {
				t.Errorf("%s: status %d", login, r.status)
			}
		}
	}
}

// Who fetches the bundle may fetch what Mahara reads of it, decided and logged
// in the same way; a bundle that was damaged meanwhile gives no whole file.
func TestAFamilyFetchesTheBundleForMahara(t *testing.T) {
	s := newSchool(t)
	samira := s.as("samira")
	page := samira.post("/pakket", url.Values{"leerling": {s.ids["sem"]}}).location
	samira.until(page, "Het pakket is klaar").shows(t, "Gebruikt de nieuwe school Mahara?", "Download voor Mahara")
	fetches := func() (n int) {
		lines, err := s.lib.Log(context.Background(), s.actor("samira", portfolio.HatGuardian), s.ids["sem"], 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if l.Act == "fetch" {
				n++
			}
		}
		return n
	}
	before := fetches()
	r := samira.get(page + "/mahara")
	if r.status != http.StatusOK || r.header.Get("Content-Type") != "application/zip" || r.header.Get("Cache-Control") != "private, no-store" ||
		r.header.Get("Content-Length") != fmt.Sprint(len(r.body)) || r.header.Get("ETag") != "" ||
		!strings.Contains(r.header.Get("Content-Disposition"), `attachment; filename="portfolio-sem-`) || !strings.Contains(r.header.Get("Content-Disposition"), ".leap2a.zip") {
		t.Errorf("status %d, %d bytes, %v", r.status, len(r.body), r.header)
	}
	if got := fetches(); got != before+1 {
		t.Errorf("%d lines in the log, want %d", got, before+1)
	}
	z, err := packed.NewReader(strings.NewReader(r.body), int64(len(r.body)))
	if err != nil || z.File[0].Name != "leap2a.xml" || len(z.File) < 2 || !strings.HasPrefix(z.File[1].Name, "files/") {
		t.Fatalf("the zip: %v, %v", err, z)
	}
	if part := samira.getPart(page+"/mahara", "Range", "bytes=10-19"); part.status != http.StatusOK || len(part.body) != len(r.body) {
		t.Errorf("a part: status %d, %d bytes", part.status, len(part.body))
	}
	if head := samira.do("HEAD", page+"/mahara", nil, ""); head.status != http.StatusOK || head.body != "" {
		t.Errorf("HEAD: status %d, %d bytes", head.status, len(head.body))
	}
	for _, login := range []string{"joost", "lotte", "anna", "fatima", "sem"} {
		if r := s.as(login).get(page + "/mahara"); r.status != http.StatusNotFound {
			t.Errorf("%s: status %d", login, r.status)
		}
	}

	whole := samira.get(page + "/bestand").body
	b, err := packed.NewReader(strings.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	damaged := false
	for _, f := range b.File {
		if at, err := f.DataOffset(); err == nil && strings.Contains(f.Name, "/data/files/") && !damaged {
			blob, err := os.OpenFile(filepath.Join(s.dir, "files", "blobs", s.admin.School, s.ids["sem"], "bundle-"+strings.TrimPrefix(page, "/pakket/")), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := blob.WriteAt([]byte{^whole[at]}, at); err != nil {
				t.Fatal(err)
			}
			blob.Close()
			damaged = true
		}
	}
	res, err := samira.http.Get(s.url + page + "/mahara")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if !damaged || err == nil || int64(len(got)) >= res.ContentLength {
		t.Errorf("of a damaged bundle came %d of %d bytes, and %v", len(got), res.ContentLength, err)
	}
}

func TestAStudentPicksTheWorksOfASelectionAndMakesAnArchive(t *testing.T) {
	s := newSchool(t)
	lotte := s.as("lotte")
	page := lotte.get("/pakket")
	page.ok(t, "Om zelf te bewaren", "Een keuze uit het werk")
	checkPage(t, page.body)
	r := lotte.post("/pakket", url.Values{"soort": {"selection"}})
	if r.status != http.StatusSeeOther || !strings.HasPrefix(r.location, "/pakket/keuze") {
		t.Fatalf("a selection is asked for: %d %s", r.status, r.location)
	}
	picks := lotte.get(r.location)
	picks.ok(t, "Welk werk gaat mee?")
	checkPage(t, picks.body)
	works, _, err := s.lib.Works(context.Background(), s.actor("lotte", portfolio.HatStudent), s.ids["lotte"], "", 5)
	if err != nil || len(works) < 2 {
		t.Fatalf("%d works, %v", len(works), err)
	}
	if r := lotte.post("/pakket", url.Values{"soort": {"selection"}, "gekozen": {"1"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing picked: status %d", r.status)
	} else {
		checkPage(t, r.body)
	}
	made := lotte.post("/pakket", url.Values{"soort": {"selection"}, "gekozen": {"1"}, "werk": {works[0].ID}})
	lotte.until(made.location, "Het pakket is klaar").shows(t, "1 ", "niet gekozen is")
	archive := lotte.post("/pakket", url.Values{"soort": {"archive"}})
	lotte.until(archive.location, "Het pakket is klaar").hides(t, "het logboek van wie er keek: dat blijft hier")
	lotte.get("/pakket").ok(t, "een keuze · Het pakket is klaar", "om te bewaren · Het pakket is klaar")
	for _, who := range []string{"fatima", "milan", "joost"} {
		if r := s.as(who).get("/pakket/keuze?leerling=" + s.ids["lotte"]); r.status == http.StatusOK {
			t.Errorf("%s reads which works there are to pick", who)
		}
	}
}
