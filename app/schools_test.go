package app

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// An administrator makes a school known out of the bundle that came from it, by
// the fingerprints that were compared; the bundle and its assessments are then
// that school's, until it is withdrawn.
func TestASchoolBecomesKnownByThePages(t *testing.T) {
	linde, beuk := newSchool(t), newInstallation(t, Options{})
	raw := linde.as("lotte").bundleOf("lotte")
	found, wim, err := beuk.lib.FoundSchool(t.Context(), portfolio.School{Name: "De Beuk"}, portfolio.Person{Name: portfolio.Name{Given: "Wim"}}, "wim", testHash())
	if err != nil {
		t.Fatal(err)
	}
	beuk.admin = portfolio.Actor{School: found.ID, Person: wim.ID, Hat: portfolio.HatAdmin}
	admin := beuk.as("wim")
	r := admin.get("/verhuizingen/scholen")
	checkPage(t, r.body)
	r.ok(t, "Nog geen school is bekend", "De sleutels van deze school", "tekent pakketten")

	r = admin.send("/verhuizingen", "lotte.portfolio.zip", raw)
	page := r.location
	r = admin.until(page, "Het pakket is heel")
	r.shows(t, "Getekend, maar je kent deze school nog niet", "Vergelijk de sleutels")
	r = admin.get("/verhuizingen/scholen?pakket=" + strings.TrimPrefix(page, "/verhuizingen/"))
	checkPage(t, r.body)
	r.ok(t, "De Linde", "Bel de school")
	ticks := regexp.MustCompile(`name="key" value="([0-9a-f]{32})"`).FindAllStringSubmatch(r.body, -1)
	keys := linde.visitor().get("/.well-known/portfolio-keys.json")
	if len(ticks) != 2 || !strings.Contains(keys.body, ticks[0][1]) || !strings.Contains(keys.body, ticks[1][1]) {
		t.Fatalf("the page has the keys %v, the school %s", ticks, keys.body)
	}

	// By file, and by text, and what is no file of keys.
	r = admin.send("/verhuizingen/scholen", "signing-keys.json", []byte(keys.body))
	if checkPage(t, r.body); r.status != http.StatusOK || strings.Count(r.body, `name="key"`) != 2 {
		t.Errorf("by file: status %d", r.status)
	}
	if r = admin.post("/verhuizingen/scholen", url.Values{"keys": {keys.body}}); r.status != http.StatusOK || strings.Count(r.body, `name="key"`) != 2 {
		t.Errorf("by text: status %d", r.status)
	}
	for text, want := range map[string]string{"": "Kies een bestand, of plak", "x": "Dit zijn geen sleutels", strings.Replace(keys.body, `"keys"`, `"keys": [], "keys"`, 1): "Dit zijn geen sleutels"} {
		r = admin.post("/verhuizingen/scholen", url.Values{"keys": {text}})
		if checkPage(t, r.body); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), want) {
			t.Errorf("%.20q: status %d, %s", text, r.status, r.text())
		}
	}
	if r = admin.post("/verhuizingen/scholen/bekend", url.Values{"keys": {keys.body}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), "Vink aan welke vingerafdruk") {
		t.Errorf("nothing compared: status %d", r.status)
	}

	if r = admin.post("/verhuizingen/scholen/bekend", url.Values{"keys": {keys.body}, "key": {ticks[0][1], ticks[1][1]}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	r = admin.get("/verhuizingen/scholen")
	checkPage(t, r.body)
	r.ok(t, "De Linde", "Bekend gemaakt op", "door Wim")
	r = admin.get(page + "?leerling=nieuw")
	r.ok(t, "Getekend door De Linde", "getekend door een school die je kent")
	r.hides(t, "ook al staat niet vast")
	admin.post(page+"/overnemen", url.Values{"leerling": {"nieuw"}})
	admin.until(page, "Verslag").shows(t, "Getekend door De Linde")

	// The assessment says so to who reads it.
	there := beuk.signUpStudent(t)
	works := there.get("/werk")
	shown := ""
	for _, m := range regexp.MustCompile(`href="(/werk/[0-9a-f-]{36})"`).FindAllStringSubmatch(works.body, -1) {
		if r := there.get(m[1]); strings.Contains(r.text(), "Echt: getekend door De Linde") {
			checkPage(t, r.body)
			shown = m[1]
		}
	}
	if shown == "" {
		t.Error("no work shows an assessment that is genuine")
	}

	known, err := beuk.lib.KnownSchools(t.Context(), beuk.admin)
	if err != nil || len(known) != 1 {
		t.Fatal(known, err)
	}
	admin.post("/verhuizingen/scholen/weg", url.Values{"id": {known[0].ID}})
	r = admin.get("/verhuizingen/scholen")
	checkPage(t, r.body)
	r.ok(t, "ingetrokken", "Ingetrokken op")
	there.get(shown).ok(t, "Niet te controleren")

	// A new key of its own.
	admin.post("/verhuizingen/scholen/sleutel", url.Values{"use": {"bundle"}})
	admin.get("/verhuizingen/scholen").ok(t, "tekent niet meer sinds")
	all, err := export.ReadKeys([]byte(beuk.visitor().get("/.well-known/portfolio-keys.json").body))
	if err != nil || len(all) != 1 || all[0].Name != "De Beuk" || len(all[0].Keys) != 3 {
		t.Errorf("published is %+v (%v)", all, err)
	}
}

// signUpStudent gives the one student of a school an account and signs in.
func (s *testSchool) signUpStudent(t *testing.T) *testClient {
	t.Helper()
	people, err := s.lib.People(t.Context(), s.admin)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		if p.Wears(portfolio.HatStudent) {
			if err := s.lib.AddAccount(t.Context(), s.admin, p.ID, "leerling", testHash()); err != nil {
				t.Fatal(err)
			}
			return s.as("leerling")
		}
	}
	t.Fatal("there is no student")
	return nil
}
