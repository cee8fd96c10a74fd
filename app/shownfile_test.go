package app

import (
	packed "archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kaft/portfolio"
)

// kind says of what kind the school is.
func (s *testSchool) kind(kind string) {
	s.t.Helper()
	if err := s.lib.SetSchoolKind(context.Background(), s.admin, kind); err != nil {
		s.t.Fatal(err)
	}
}

// tells fills in the page of the file as it is now.
func (c *testClient) tells(student string, said url.Values) *reply {
	c.s.t.Helper()
	at := "/leerling/" + c.s.ids[student] + "/overstap"
	prints := c.get(at).all("input", "name", "print")
	if len(prints) != 1 {
		c.s.t.Fatalf("the page of %s names %d files", student, len(prints))
	}
	said.Set("print", attr(prints[0], "value"))
	return c.post(at, said)
}

func TestAParentLooksAndSaysSomethingBeforeTheFileGoes(t *testing.T) {
	s := newSchool(t)
	s.kind(portfolio.SchoolPrimary)
	anna, bas := s.as("anna"), s.as("bas")
	at := "/leerling/" + s.ids["noor"] + "/overstap"
	pack := "/pakket?leerling=" + s.ids["noor"]
	anna.get(pack).ok(t, "dit komt eerst", "Bekijk wat er meegaat")
	if r := anna.post("/pakket", url.Values{"leerling": {s.ids["noor"]}}); r.location != at {
		t.Errorf("a transfer that nobody saw leads to %q, want %q", r.location, at)
	}
	page := anna.get(at)
	checkPage(t, page.body)
	page.ok(t, "Dit gaat van Noor naar de andere school", "Ben je het eens met wat erin staat?")
	page.hides(t, "Geef je toestemming")
	for _, said := range []url.Values{{}, {"agrees": {"nee"}}, {"agrees": {"ja"}, "objection": {"toch niet"}}} {
		r := anna.tells("noor", said)
		if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, said.Get("objection")) {
			t.Errorf("%v: status %d, want 422 with every word still there", said, r.status)
		}
		checkPage(t, r.body)
	}
	if r := anna.post(at, url.Values{"agrees": {"ja"}, "print": {"of before"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), "Er is iets veranderd") {
		t.Errorf("a file of before: status %d: %s", r.status, r.text())
	}
	if r := anna.tells("noor", url.Values{"agrees": {"nee"}, "objection": {"Het rapport van groep 6 mist."}, "remarks": {"Noor leest graag."}}); r.location != pack {
		t.Fatalf("status %d to %q, want %q: %s", r.status, r.location, pack, r.text())
	}
	bas.get("/meldingen").ok(t, "naar een andere school gaat")
	bas.get(at).ok(t, "Het rapport van groep 6 mist.", "Wat de anderen zeiden")
	anna.get(pack).ok(t, "en zei wat je ervan vindt", "heeft nog niet gekeken")

	raw := anna.bundleOf("noor")
	if !strings.Contains(documentOf(t, raw), "Het rapport van groep 6 mist.") {
		t.Error("the reason of the parent is not in the bundle")
	}
	wim := s.as("wim", portfolio.HatAdmin)
	moved := wim.send("/verhuizingen", "noor.portfolio.zip", raw).location
	wim.until(moved, "Wat de familie over dit dossier zei").ok(t, "Het rapport van groep 6 mist.", "Noor leest graag.")
	checkPage(t, wim.get(moved).body)
}

// documentOf is portfolio.json of a bundle.
func documentOf(t *testing.T, raw []byte) string {
	t.Helper()
	z, err := packed.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/data/portfolio.json") {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			doc, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			return string(doc)
		}
	}
	t.Fatal("the bundle has no document")
	return ""
}

func TestFromASecondarySchoolNothingGoesWithoutPermission(t *testing.T) {
	s := newSchool(t)
	s.kind(portfolio.SchoolSecondary)
	lotte, anna, bas := s.as("lotte"), s.as("anna"), s.as("bas")
	if r := lotte.post("/pakket", url.Values{}); !strings.HasSuffix(r.location, "/overstap") {
		t.Errorf("without permission it leads to %q", r.location)
	}
	lotte.get("/leerling/"+s.ids["lotte"]+"/overstap").ok(t, "Geef je toestemming")
	if r := lotte.tells("lotte", url.Values{"agrees": {"ja"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("no answer about permission: status %d", r.status)
	}
	lotte.tells("lotte", url.Values{"agrees": {"ja"}, "permission": {"ja"}})
	lotte.bundleOf("lotte")
	for _, who := range []string{"samira", "joost"} { // she is 16: nobody else decides
		if r := s.as(who).get("/leerling/" + s.ids["lotte"] + "/overstap"); r.status != http.StatusForbidden && r.status != http.StatusNotFound {
			t.Errorf("%s gets %d", who, r.status)
		}
	}
	anna.tells("noor", url.Values{"agrees": {"ja"}, "permission": {"ja"}})
	bas.tells("noor", url.Values{"agrees": {"onbekend"}, "permission": {"nee"}})
	anna.get("/pakket?leerling="+s.ids["noor"]).ok(t, "geeft geen toestemming", "Geen toestemming.")
	if r := anna.post("/pakket", url.Values{"leerling": {s.ids["noor"]}}); !strings.HasSuffix(r.location, "/overstap") {
		t.Errorf("over the other's no it leads to %q", r.location)
	}
	if r := anna.post("/pakket", url.Values{"leerling": {s.ids["noor"]}, "soort": {"archive"}}); !strings.HasPrefix(r.location, "/pakket/") {
		t.Errorf("the family's own copy leads to %q", r.location)
	}
}

func TestTheAdministratorSaysWhatKindOfSchoolItIs(t *testing.T) {
	s := newSchool(t)
	wim := s.as("wim", portfolio.HatAdmin)
	wim.get("/overzicht").ok(t, "Nog niemand zei wat voor school dit is")
	if r := wim.post("/overzicht/soort", url.Values{"school_kind": {"primary"}}); r.location != "/overzicht" {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	wim.get("/overzicht").hides(t, "Nog niemand zei")
	if r := wim.post("/overzicht/soort", url.Values{"school_kind": {"university"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a kind that is none: status %d", r.status)
	}
}

func TestTheFileIsShownThroughTheAPI(t *testing.T) {
	s := newSchool(t)
	s.kind(portfolio.SchoolPrimary)
	_, router := description(t)
	anna, joost := apiClient{s.as("anna"), router}, apiClient{s.as("joost"), router}
	at := "/api/v1/students/" + s.ids["noor"] + "/inspection"
	if st, _ := joost.call("GET", at, nil); st != 404 {
		t.Errorf("joost reads it: %d", st)
	}
	_, got := anna.call("GET", at, nil)
	if got["ready"] != false || got["why"] != "look" || len(got["answers"].([]any)) != 2 {
		t.Errorf("at first it is %v", got)
	}
	for _, c := range []struct {
		body map[string]any
		want int
	}{
		{map[string]any{"print": "x", "agrees": "ja"}, 409},
		{map[string]any{"print": got["print"], "agrees": "nee"}, 422},
		{map[string]any{"print": got["print"], "agrees": "nee", "objection": "te weinig"}, 200},
	} {
		st, answer := anna.call("POST", at, c.body)
		if st != c.want {
			t.Errorf("%v: status %d, want %d: %v", c.body, st, c.want, answer)
		}
	}
	_, got = anna.call("GET", at, nil)
	if got["ready"] != true || len(got["history"].([]any)) != 1 {
		t.Errorf("at last it is %v", got)
	}
}

func TestThePagesOfTheFileAreSound(t *testing.T) {
	s := newSchool(t)
	s.kind(portfolio.SchoolSecondary)
	s.as("bas").tells("noor", url.Values{"agrees": {"nee"}, "objection": {"Het rapport van groep 6 mist."}, "permission": {"nee"}})
	s.as("samira").tells("sem", url.Values{"agrees": {"ja"}, "permission": {"ja"}})
	for _, l := range []look{phone, phone.in("en").inDark(), desktop} {
		t.Run(l.String(), func(t *testing.T) {
			for who, student := range map[string]string{"anna": "noor", "samira": "sem"} {
				w := s.open(t, l)
				w.signIn(who)
				w.to("/leerling/" + s.ids[student] + "/overstap")
				w.sound("file-shown-" + who)
				w.to("/pakket?leerling=" + s.ids[student])
				w.sound("bundle-steps-" + who)
			}
			s.open(t, l).sounds("wim", portfolio.HatAdmin, map[string]string{"school-kind": "/overzicht"})
		})
	}
}
