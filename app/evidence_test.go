package app

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// The document of a fact, from the form to who may open it.
func TestTheDocumentOfAFact(t *testing.T) {
	play(t, []scene{
		{"a document comes in with the form and opens for the second", aDocumentComesInWithTheFormAndOpensForTheSecond},
		{"a document that is not right records nothing", aDocumentThatIsNotRightRecordsNothing},
		{"a document of somebody else in the form records nothing", aDocumentOfSomebodyElseInTheFormRecordsNothing},
		{"an end and a proof bring a document", anEndAndAProofBringADocument},
	})
}

var testPDF = []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

func (s *testSchool) factsOn(login string) int {
	s.t.Helper()
	all, err := s.lib.Statements(context.Background(), s.admin, s.ids[login])
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

func aDocumentComesInWithTheFormAndOpensForTheSecond(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	photo := withSegments(testJPEG(t), segment(0xe1, exifMark, exifWithPosition(6)))
	form := url.Values{"type": {"custody"}, "person": {s.ids["ruben"]}, "from": {"2020-01-01"}, "verified": {"2024-08-20"}, "evidence": {"uittreksel"}}
	before := s.factsOn("daan")
	shown := c.postFiles("/mensen/"+s.ids["daan"]+"/feit", form, testFile{"../../uittreksel 📄.jpg", photo})
	shown.ok(t, "Bewijsstuk: uittreksel 📄.jpg", "Dit verandert er")
	if got := s.factsOn("daan"); got != before {
		t.Fatal("it was recorded before anybody read what it changes")
	}
	form.Set("upload", attr(shown.all("input", "name", "upload")[0], "value"))
	form.Set("seen", attr(shown.all("input", "name", "seen")[0], "value"))
	if r := c.post("/mensen/"+s.ids["daan"]+"/feit", form); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	fact := s.custody("daan", "ruben")
	path := "/feit/" + fact.ID + "/bewijs"
	c.get("/mensen/"+s.ids["daan"]).ok(t, "Bekijk het bewijs")
	second := s.as("ingrid", portfolio.HatAdmin)
	second.get("/feit/"+fact.ID).ok(t, "Het bewijs", "uittreksel", "Bekijk het bewijs", "door Wim Hendriks")
	for _, who := range []*testClient{c, second, s.as("petra")} {
		r := who.get(path)
		if r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment; ") || !strings.Contains(r.header.Get("Cache-Control"), "no-store") ||
			r.header.Get("Content-Type") != "image/jpeg" {
			t.Fatalf("got %d %v", r.status, r.header)
		}
		free(t, "the document", []byte(r.body))
		samePixels(t, "the document", photo, []byte(r.body))
	}
	for _, who := range []string{"daan", "ruben", "samira", "joost", "fatima", "noor"} {
		if r := s.as(who).get(path); r.status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", who, r.status)
		}
	}
	head := s.as("wim", portfolio.HatStaff) // works for all students as head, and so may confirm
	if r := head.get(path); r.status != http.StatusOK {
		t.Errorf("the head while it waits: status %d, want 200", r.status)
	}
	if r := second.post("/feit/"+fact.ID, url.Values{"answer": {"yes"}}); r.status != http.StatusSeeOther {
		t.Fatalf("confirming: status %d", r.status)
	}
	if r := head.get(path); r.status != http.StatusNotFound {
		t.Errorf("the head once it is confirmed: status %d, want 404", r.status)
	}
	c.get("/mensen/"+s.ids["daan"]).ok(t, "Bevestigd op", "door Ingrid")
	told := s.as("ruben").get("/leerling/" + s.ids["daan"] + "/logboek")
	told.ok(t, "bewijsstuk")
	told.hides(t, "uittreksel")
}

func aDocumentThatIsNotRightRecordsNothing(t *testing.T, s *testSchool) {
	c := s.as("wim", portfolio.HatAdmin)
	path := "/mensen/" + s.ids["noor"] + "/feit"
	end := "/feit/" + s.custody("sem", "samira").ID + "/einde"
	before := s.factsOn("noor")
	for _, test := range []struct {
		file   testFile
		status int
		says   string
	}{
		{testFile{"groot.pdf", append(slices.Clone(testPDF), make([]byte, portfolio.MaxEvidence)...)}, 413, "groot.pdf is te groot. Een bewijsstuk mag hoogstens"},
		{testFile{"brief.txt", []byte("Beste school,")}, 422, "brief.txt kan geen bewijsstuk zijn."},
		{testFile{"pagina.html", []byte("<!doctype html><script>x</script>")}, 422, "pagina.html kan geen bewijsstuk zijn."},
		{testFile{"leeg.pdf", nil}, 422, "leeg.pdf is leeg."},
	} {
		form := url.Values{"type": {"order"}, "kind": {"no_contact"}, "person": {s.ids["bas"]}, "from": {"2026-01-01"}, "evidence": {"beschikking C/13/9"}}
		r := c.postFiles(path, form, test.file)
		if r.status != test.status {
			t.Errorf("%s: status %d, want %d: %.300s", test.file.name, r.status, test.status, r.text())
			continue
		}
		r.shows(t, test.says, "Een PDF of een foto van hoogstens")
		if got := attr(r.all("input", "id", "order-evidence")[0], "value"); got != "beschikking C/13/9" {
			t.Errorf("%s: what was typed is %q", test.file.name, got)
		}
		r = c.postFiles(end, url.Values{"until": {"2026-12-01"}, "seen": {"2026-12-01"}, "evidence": {"brief"}}, test.file)
		if r.status != test.status {
			t.Errorf("%s with an end: status %d, want %d", test.file.name, r.status, test.status)
		}
		r.shows(t, test.says)
	}
	two := c.postFiles(path, url.Values{"type": {"objection"}, "person": {s.ids["bas"]}, "from": {"2026-01-01"}, "evidence": {"brief"}}, testFile{"1.pdf", testPDF}, testFile{"2.pdf", testPDF})
	if two.status != http.StatusUnprocessableEntity {
		t.Errorf("two documents: status %d", two.status)
	}
	two.shows(t, "Bij één feit hoort één bestand.")
	if got := s.factsOn("noor"); got != before || s.custody("sem", "samira").Until != 0 {
		t.Errorf("%d facts more were recorded", got-before)
	}
	for _, who := range []*testClient{s.as("fatima"), s.as("samira"), s.as("wim", portfolio.HatStaff)} {
		if r := who.postFiles(path, url.Values{"type": {"objection"}, "person": {s.ids["bas"]}, "from": {"2026-01-01"}}, testFile{"1.pdf", testPDF}); r.status != http.StatusForbidden {
			t.Errorf("a document of who records no facts: status %d, want 403", r.status)
		}
	}
}

func aDocumentOfSomebodyElseInTheFormRecordsNothing(t *testing.T, s *testSchool) {
	c, ctx := s.as("wim", portfolio.HatAdmin), context.Background()
	theirs, err := s.lib.TakeEvidence(ctx, s.actor("ingrid", portfolio.HatAdmin), "van-ingrid.pdf", bytes.NewReader(testPDF))
	if err != nil {
		t.Fatal(err)
	}
	before := s.factsOn("mila5")
	form := url.Values{"type": {"custody"}, "person": {s.ids["ruben"]}, "from": {"2026-01-01"}, "evidence": {"brief"}, "upload": {theirs.ID}}
	r := c.post("/mensen/"+s.ids["mila5"]+"/feit", form)
	if r.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d, want 422", r.status)
	}
	r.shows(t, "Het bewijsstuk is er niet meer.")
	r.hides(t, "van-ingrid")
	custody := s.custody("sem", "samira")
	r = c.post("/feit/"+custody.ID+"/einde", url.Values{"until": {"2026-12-01"}, "seen": {"2026-12-01"}, "evidence": {"brief"}, "upload": {theirs.ID}})
	if r.status != http.StatusUnprocessableEntity {
		t.Errorf("an end: status %d, want 422", r.status)
	}
	r.shows(t, "Het bewijsstuk is er niet meer.")
	if s.factsOn("mila5") != before || s.custody("sem", "samira").Until != 0 {
		t.Error("it was recorded")
	}
	if _, err := s.lib.Evidence(ctx, s.actor("ingrid", portfolio.HatAdmin), theirs.ID); err != nil {
		t.Errorf("the document of the other: %v", err)
	}
}

func anEndAndAProofBringADocument(t *testing.T, s *testSchool) {
	c, ctx := s.as("wim", portfolio.HatAdmin), context.Background()
	custody, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactCustody, About: s.ids["mila5"], Party: s.ids["ruben"], From: 20260101, Evidence: "brief"})
	if err != nil {
		t.Fatal(err)
	}
	s.confirmAll()
	page := "/mensen/" + s.ids["mila5"]
	seen := url.Values{"verified": {portfolio.DateOf(s.lib.Now()).String()}, "evidence": {"uittreksel"}}
	if r := c.postFiles("/feit/"+custody.ID+"/gecontroleerd", seen, testFile{"brief.txt", []byte("x")}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a text as proof: status %d, want 422", r.status)
	}
	if r := c.postFiles("/feit/"+custody.ID+"/gecontroleerd", seen, testFile{"uittreksel.pdf", testPDF}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	c.get(page).ok(t, "Bewijs gezien op", "Bekijk het bewijs : uittreksel.pdf")
	s.confirmAll()

	end := "/feit/" + custody.ID + "/einde"
	later := portfolio.DateOf(s.lib.Now()).AddDays(30).String()
	look := c.postFiles(end, url.Values{"until": {later}, "evidence": {"beschikking"}, "look": {"1"}}, testFile{"beschikking.pdf", testPDF})
	look.ok(t, "Bewijsstuk: beschikking.pdf")
	upload := attr(look.all("input", "name", "upload")[0], "value")
	if r := c.post(end, url.Values{"until": {later}, "seen": {later}, "evidence": {"beschikking"}, "upload": {upload}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	c.get(page).ok(t, "Einde: vanaf", "Bekijk het bewijs : beschikking.pdf", "Bekijk het bewijs : uittreksel.pdf")
}
