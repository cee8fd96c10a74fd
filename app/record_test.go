package app

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

// piece is a piece of the file that a test added.
type piece struct {
	*portfolio.Record
	about string // login
}

// file adds a piece of each kind about sem (10) and lotte (16).
func (s *testSchool) file() (out []piece) {
	s.t.Helper()
	for _, about := range []string{"sem", "lotte"} {
		own := map[string]string{"sem": "fatima", "lotte": "joris"}[about]
		for _, n := range []struct {
			by string
			portfolio.NewRecord
		}{
			{"ingrid", portfolio.NewRecord{Kind: "record", Type: "talk"}},
			{"ingrid", portfolio.NewRecord{Kind: "care", Type: "health"}},
			{"wim", portfolio.NewRecord{Kind: "contact", Details: []portfolio.Detail{{Label: "telefoon", Value: "06-1234-" + about}}}},
			{own, portfolio.NewRecord{Kind: "note"}},
		} {
			n.Title, n.Text, n.Source = "Proefstuk "+n.Kind+" "+about, "Woorden over "+n.Kind+" "+about, "school"
			r, err := s.lib.AddRecord(context.Background(), s.actor(n.by, portfolio.HatStaff), s.ids[about], n.NewRecord)
			if err != nil {
				s.t.Fatal(err)
			}
			out = append(out, piece{r, about})
		}
	}
	return out
}

// TestAPieceOfTheFileOpensForWhomTheRuleLets looks at the page, the list and the
// API, for every kind and every way to stand to a student of 10 and of 16.
func TestAPieceOfTheFileOpensForWhomTheRuleLets(t *testing.T) {
	s := newSchool(t)
	_, router := description(t)
	pieces := s.file()
	for _, c := range []struct{ who, hat, sem, lotte string }{
		{"sem", "", "contact", "absent"},
		{"lotte", "", "absent", "contact"},
		{"samira", "", "contact", "absent"},
		{"joost", "", "absent", "absent"},
		{"anna", "", "absent", "absent"},
		{"fatima", portfolio.HatStaff, "note", "absent"},
		{"fatima", portfolio.HatGuardian, "absent", "absent"},
		{"joris", "", "absent", "record contact note"},
		{"ingrid", "", "record care", "record care"},
		{"wim", portfolio.HatStaff, "record contact", "record contact"},
		{"wim", portfolio.HatAdmin, "absent", "absent"},
		{"petra", "", "absent", "absent"},
		{"noor", "", "absent", "absent"}, // a classmate of sem
	} {
		name := strings.TrimSpace(c.who + " " + c.hat)
		client := s.as(c.who)
		if c.hat != "" {
			client = s.as(c.who, c.hat)
		}
		api := apiClient{client, router}
		for about, open := range map[string]string{"sem": c.sem, "lotte": c.lotte} {
			list := client.get("/leerling/" + s.ids[about] + "/dossier")
			status, listed := api.call("GET", "/api/v1/students/"+s.ids[about]+"/records", nil)
			want := http.StatusOK
			if open == "absent" {
				want = http.StatusNotFound
			}
			if list.status != want || status != want {
				t.Errorf("%s on the file of %s: page %d, API %d, want %d", name, about, list.status, status, want)
			}
			var titles []string
			if want == http.StatusOK {
				for _, r := range listed["records"].([]any) {
					titles = append(titles, r.(map[string]any)["title"].(string))
				}
			}
			for _, p := range pieces {
				if p.about != about {
					continue
				}
				opens := slices.Contains(strings.Fields(open), p.Kind)
				if got := strings.Contains(list.body, p.Title); got != opens {
					t.Errorf("%s sees %q in the list: %v, want %v", name, p.Title, got, opens)
				}
				if got := slices.Contains(titles, p.Title); got != opens {
					t.Errorf("%s gets %q in the list of the API: %v, want %v", name, p.Title, got, opens)
				}
				page := client.get("/dossier/" + p.ID)
				status, one := api.call("GET", "/api/v1/records/"+p.ID, nil)
				if opens {
					page.ok(t, p.Title, p.Text)
					if status != http.StatusOK || one["text"] != p.Text {
						t.Errorf("%s gets %q by the API: %d %v", name, p.Title, status, one["text"])
					}
					continue
				}
				if page.status != http.StatusNotFound || status != http.StatusNotFound || strings.Contains(page.body, "Woorden over") {
					t.Errorf("%s on %q: page %d, API %d, want 404", name, p.Title, page.status, status)
				}
				for _, path := range []string{"/wijzig", "/versies", "/deel"} {
					if got := client.get("/dossier/" + p.ID + path); got.status != http.StatusNotFound {
						t.Errorf("%s on %s of %q: %d, want 404", name, path, p.Title, got.status)
					}
				}
			}
		}
	}
}

func TestTheFileTellsWhatOpensAfterARequest(t *testing.T) {
	s := newSchool(t)
	s.file()
	for _, c := range []struct {
		who, about string
		says       []string
		asks       bool
	}{
		{"samira", "sem", []string{"Dossier van Sem", "Dit kun je inzien na een verzoek", "Dossierstukken", "Zorg"}, true},
		{"lotte", "lotte", []string{"Mijn dossier", "Dit kun je inzien na een verzoek"}, true},
	} {
		page := s.as(c.who).get("/leerling/" + s.ids[c.about] + "/dossier")
		page.ok(t, c.says...)
		page.hides(t, "Proefstuk record", "Proefstuk care", "Proefstuk note", "/dossier/nieuw")
		if got := len(page.all("a", "href", "/leerling/"+s.ids[c.about]+"/vraag")) > 0; got != c.asks {
			t.Errorf("%s is led to the request: %v, want %v", c.who, got, c.asks)
		}
	}
	s.as("sem").get("/leerling/"+s.ids["sem"]+"/dossier").hides(t, "na een verzoek") // at 10 the representative asks
	for _, c := range []struct {
		who, at string
		links   bool
	}{
		{"samira", "/leerling/" + s.ids["sem"], true},
		{"samira", "/leerling/" + s.ids["lotte"], false},
		{"joost", "/leerling/" + s.ids["sem"], false},
		{"lotte", "/ik", true},
	} {
		page := s.as(c.who).get(c.at)
		page.ok(t)
		if got := strings.Contains(page.body, `/dossier"`); got != c.links {
			t.Errorf("%s finds the file at %s: %v, want %v", c.who, c.at, got, c.links)
		}
	}
}

// TestASecretAddressIsNowhereInTheFile: somebody whom a court keeps the address
// from gets no contact data, and of other pieces no words that could hold it.
func TestASecretAddressIsNowhereInTheFile(t *testing.T) {
	s := newSchool(t)
	_, router := description(t)
	byKind := map[string]piece{}
	for _, p := range s.file() {
		if p.about == "sem" {
			byKind[p.Kind] = p
		}
	}
	talk, contact := byKind["record"], byKind["contact"]
	record := func(f portfolio.Fact) {
		t.Helper()
		f.About, f.Party, f.From = s.ids["sem"], s.ids["samira"], portfolio.DateOf(s.lib.Now())
		f.Evidence = "stuk 7"
		if _, err := s.lib.RecordFact(context.Background(), s.admin, f); err != nil {
			t.Fatal(err)
		}
		s.confirmAll()
	}
	record(portfolio.Fact{Type: portfolio.FactShare, By: s.ids["sem"], Items: []string{talk.ID}})
	samira := apiClient{s.as("samira"), router}
	samira.get("/dossier/"+talk.ID).ok(t, talk.Text)
	samira.get("/dossier/"+contact.ID).ok(t, "06-1234-sem")

	record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderSecretAddress, Evidence: "C/16/2"})
	page := samira.get("/dossier/" + talk.ID)
	page.ok(t, talk.Title, "De tekst staat hier niet")
	page.hides(t, talk.Text)
	if st, got := samira.call("GET", "/api/v1/records/"+talk.ID, nil); st != 200 || got["text"] != nil || got["withheld"] != true {
		t.Errorf("the API tells %d %v", st, got)
	}
	for _, path := range []string{"/dossier/", "/api/v1/records/"} {
		if got := samira.get(path + contact.ID); got.status != http.StatusNotFound || strings.Contains(got.body, "06-1234") {
			t.Errorf("%s of contact data: %d, want 404", path, got.status)
		}
	}
	for _, path := range []string{"/leerling/" + s.ids["sem"] + "/dossier", "/api/v1/students/" + s.ids["sem"] + "/records"} {
		got := samira.get(path)
		if got.status != http.StatusOK || strings.Contains(got.body, "06-1234") || !strings.Contains(got.body, talk.Title) {
			t.Errorf("%s: %d, with the number: %v", path, got.status, strings.Contains(got.body, "06-1234"))
		}
	}
}

func TestStaffAddAndChangeAPieceByTheForm(t *testing.T) {
	s := newSchool(t)
	wim := s.as("wim", portfolio.HatStaff)
	at := "/leerling/" + s.ids["noor"]
	wim.get(at).ok(t, "Dossier", "Voeg een stuk toe")
	form := wim.get(at + "/dossier/nieuw")
	form.ok(t, "Dossierstuk", "Contactgegevens", "Eigen aantekening")
	form.hides(t, "soort=care")

	filled := url.Values{"kind": {"contact"}, "title": {"Oma"}, "details": {"telefoon: 06 1\n\nadres: Dorp 1: achter\n"}, "source": {"guardian"}, "happened_on": {"2026-09-01"}}
	made := wim.post(at+"/dossier", filled)
	if made.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", made.status, made.text())
	}
	wim.get(made.location).ok(t, "Oma", "06 1", "Dorp 1: achter", "een ouder of voogd", "Wim Hendriks", "1 september 2026", "Tot de leerling van school gaat")

	edit := wim.get(made.location + "/wijzig")
	edit.ok(t, "telefoon: 06 1", "adres: Dorp 1: achter")
	rev := attr(edit.all("input", "name", "rev")[0], "value")
	filled.Set("rev", rev)
	filled.Set("details", "telefoon: 06 2")
	if got := wim.post(made.location, filled); got.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", got.status, got.text())
	}
	wim.get(made.location).ok(t, "06 2", "Veranderd", "Vorige versies")
	wim.get(made.location+"/versies").ok(t, "Versie 2, nu", "Versie 1", "06 1")

	// Somebody saved in the meantime: what was typed is still there.
	filled.Set("details", "telefoon: 06 3")
	stale := wim.post(made.location, filled)
	if stale.status != http.StatusConflict {
		t.Errorf("a stale change: %d, want 409", stale.status)
	}
	stale.shows(t, "net op een andere plek veranderd", "06 3")
	filled.Set("rev", attr(stale.all("input", "name", "rev")[0], "value"))
	if got := wim.post(made.location, filled); got.status != http.StatusSeeOther {
		t.Errorf("saving once more: %d", got.status)
	}
	s.as("anna").get(made.location).ok(t, "06 3")
	if got := s.as("anna").get(made.location + "/wijzig"); got.status != http.StatusNotFound {
		t.Errorf("a parent gets the form: %d", got.status)
	}
}

func TestAPieceFilledInWronglyComesBackWithASentence(t *testing.T) {
	s := newSchool(t)
	fatima, ingrid := s.as("fatima", portfolio.HatStaff), s.as("ingrid")
	at := "/leerling/" + s.ids["noor"] + "/dossier"
	good := url.Values{"kind": {"record"}, "record_type": {"talk"}, "title": {"gesprek"}, "text": {"lange tekst"}, "source": {"school"}, "happened_on": {"2026-11-01"}}
	for why, c := range map[string]struct {
		client      *testClient
		field, with string
		status      int
		says        string
	}{
		"a kind there is not":     {ingrid, "kind", "work", 422, "Deze keuze bestaat niet: de soort"},
		"a kind one may not add":  {fatima, "kind", "record", 403, "hoort niet bij jouw taak"},
		"a type there is not":     {ingrid, "record_type", "health", 422, "Deze keuze bestaat niet: wat voor stuk"},
		"a source there is not":   {ingrid, "source", "x", 422, "Deze keuze bestaat niet: waar het vandaan komt"},
		"an empty title":          {ingrid, "title", " ", 422, "Vul dit in: de titel"},
		"a title of 10,000 signs": {ingrid, "title", strings.Repeat("a", 10_000), 422, "Het mag hoogstens 200 tekens zijn, nu zijn het er 10.000"},
		"no date":                 {ingrid, "happened_on", "gisteren", 422, "gisteren is geen datum"},
		"an address in a record":  {ingrid, "details", "adres: x", 422, "horen bij contactgegevens"},
	} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(c.field, c.with)
		got := c.client.post(at, form)
		if got.status != c.status {
			t.Errorf("%s: status %d, want %d", why, got.status, c.status)
		}
		got.shows(t, c.says, "lange tekst")
	}
	wim := s.as("wim", portfolio.HatStaff)
	for details, says := range map[string]string{"06 1234": "geen dubbele punt: 06 1234", "": "minstens één regel", ": x": "Vul dit in: de gegevens"} {
		got := wim.post(at, url.Values{"kind": {"contact"}, "title": {"Oma"}, "details": {details}, "source": {"school"}})
		if got.status != http.StatusUnprocessableEntity {
			t.Errorf("contact data %q: status %d, want 422", details, got.status)
		}
		got.shows(t, says, details)
	}
	for _, c := range []struct {
		client *testClient
		path   string
		status int
	}{
		{s.as("anna"), at, 404},
		{s.as("noor"), at, 404},
		{s.as("wim", portfolio.HatAdmin), at, 404},
		{ingrid, "/leerling/niemand/dossier", 404},
		{ingrid, "/dossier/niets?rev=1", 404},
	} {
		if got := c.client.post(c.path, good); got.status != c.status {
			t.Errorf("POST %s: %d, want %d", c.path, got.status, c.status)
		}
	}
	all, err := s.lib.Records(context.Background(), s.actor("ingrid", portfolio.HatStaff), s.ids["noor"], "")
	if err != nil || len(all) != 2 {
		t.Errorf("noor's file has %d pieces, want the 2 of the demo (%v)", len(all), err)
	}
}

func TestANoteBecomesARecordAfterItsAuthorReadWhatThatMeans(t *testing.T) {
	s := newSchool(t)
	all, err := s.lib.Records(context.Background(), s.actor("fatima", portfolio.HatStaff), s.ids["noor"], "note")
	if err != nil || len(all) != 1 {
		t.Fatalf("%d notes, %v", len(all), err)
	}
	at, fatima, ingrid := "/dossier/"+all[0].ID, s.as("fatima", portfolio.HatStaff), s.as("ingrid")
	fatima.get(at).ok(t, "Alleen jij ziet deze aantekening", "Deel met collega’s")
	page := fatima.get(at + "/deel")
	page.ok(t, "Dit wordt een stuk in het dossier", "Ingrid Visser", "Wim Hendriks", "mogen het inzien na een verzoek", "Anna Kuipers", "Bas de Vries", "niet meer openen")
	page.hides(t, "Joris", "Samira")
	rev := attr(page.all("input", "name", "rev")[0], "value")
	old, _ := strconv.Atoi(rev)
	for _, bad := range []url.Values{{"rev": {strconv.Itoa(old - 1)}, "record_type": {"talk"}}, {"rev": {rev}, "record_type": {"work"}}, {"rev": {"x"}}} {
		if got := fatima.post(at+"/deel", bad); got.status != 409 && got.status != 422 {
			t.Errorf("sharing with %v: %d", bad, got.status)
		}
	}
	if got := ingrid.get(at); got.status != http.StatusNotFound {
		t.Errorf("before it is shared a colleague gets %d", got.status)
	}
	if got := ingrid.post(at+"/deel", url.Values{"rev": {rev}, "record_type": {"talk"}}); got.status != http.StatusNotFound {
		t.Errorf("a colleague shares it: %d", got.status)
	}
	if got := fatima.post(at+"/deel", url.Values{"rev": {rev}, "record_type": {"talk"}}); got.location != "/leerling/"+s.ids["noor"]+"/dossier" {
		t.Fatalf("sharing leads to %q: %d %s", got.location, got.status, got.text())
	}
	ingrid.get(at).ok(t, "gespreksverslag", "Stil na de pauze", "juf Fatima")
	if got := fatima.get(at); got.status != http.StatusNotFound {
		t.Errorf("its author, a teacher, gets %d", got.status)
	}
	if got := s.as("anna").get(at); got.status != http.StatusNotFound {
		t.Errorf("a parent gets %d without a request", got.status)
	}
}

func TestTheFileThroughTheAPI(t *testing.T) {
	s := newSchool(t)
	_, router := description(t)
	as := func(login string, hat ...string) apiClient { return apiClient{s.as(login, hat...), router} }
	joris, ingrid, samira := as("joris"), as("ingrid"), as("samira")
	at := "/api/v1/students/" + s.ids["lotte"] + "/records"
	body := func(more map[string]any) map[string]any {
		out := map[string]any{"kind": "record", "type": "absence", "title": "te laat", "source": "school", "happened_on": "2026-11-02"}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	st, made := joris.call("POST", at, body(nil))
	if st != 201 || made["retention"] != "administration" || made["author"] != "meester Joris" || made["may_change"] != true {
		t.Fatalf("%d %v", st, made)
	}
	one := "/api/v1/records/" + made["id"].(string)
	for why, c := range map[string]struct {
		client       apiClient
		method, path string
		body         map[string]any
		want         int
	}{
		"a kind one may not add": {joris, "POST", at, body(map[string]any{"kind": "care", "type": "health"}), 403},
		"a kind there is not":    {joris, "POST", at, body(map[string]any{"kind": "work"}), 422},
		"no title":               {joris, "POST", at, body(map[string]any{"title": ""}), 422},
		"an unknown member":      {joris, "POST", at, body(map[string]any{"author": "x"}), 422},
		"a parent adds":          {samira, "POST", at, body(nil), 404},
		"a list of no kind":      {joris, "GET", at + "?kind=work", nil, 422},
		"a stale revision":       {joris, "PUT", one, body(map[string]any{"rev": 7}), 409},
		"another kind":           {joris, "PUT", one, body(map[string]any{"rev": 1, "kind": "contact"}), 422},
		"a parent changes":       {samira, "PUT", one, body(map[string]any{"rev": 1}), 404},
	} {
		if st, got := c.client.call(c.method, c.path, c.body); st != c.want {
			t.Errorf("%s: %d %v, want %d", why, st, got, c.want)
		}
	}
	if st, got := ingrid.call("PUT", one, body(map[string]any{"rev": 1, "title": "beter"})); st != 200 {
		t.Errorf("a change: %d %v", st, got)
	}
	st, got := joris.call("GET", one, nil)
	if st != 200 || got["title"] != "beter" || got["changed_by"] != "Ingrid Visser" || got["version"] != 2.0 {
		t.Errorf("%d %v", st, got)
	}
	// Who sees contact data without keeping them changes nothing.
	st, listed := as("lotte").call("GET", at, nil)
	records := listed["records"].([]any)
	if st != 200 || len(records) != 1 || len(listed["may_add"].([]any)) != 0 {
		t.Fatalf("%d %v", st, listed)
	}
	contact := records[0].(map[string]any)
	st, _ = as("lotte").call("PUT", "/api/v1/records/"+contact["id"].(string),
		map[string]any{"rev": contact["rev"], "title": "x", "source": "student", "details": []any{map[string]any{"label": "a", "value": "b"}}})
	if st != 403 {
		t.Errorf("a student changes contact data: %d, want 403", st)
	}
}

// TestTheFileInABrowser looks at the pages of the file as staff and family see
// them.
func TestTheFileInABrowser(t *testing.T) {
	s := newSchool(t)
	find := func(who, about, kind string) string {
		t.Helper()
		all, err := s.lib.Records(context.Background(), s.actor(who, portfolio.HatStaff), s.ids[about], kind)
		if err != nil || len(all) == 0 {
			t.Fatalf("%s of %s: %d, %v", kind, about, len(all), err)
		}
		r := all[0]
		n := portfolio.NewRecord{Type: r.Type, Title: r.Title, Text: "Eerder stond hier iets anders.", Details: r.Details, Source: r.Source}
		if _, err := s.lib.ChangeRecord(context.Background(), s.actor(who, portfolio.HatStaff), r.ID, r.Rev, n); err != nil {
			t.Fatal(err)
		}
		return "/dossier/" + r.ID
	}
	talk, contact, note := find("ingrid", "noor", "record"), find("wim", "noor", "contact"), find("fatima", "noor", "note")
	noor, lotte := "/leerling/"+s.ids["noor"], "/leerling/"+s.ids["lotte"]
	for _, l := range []look{phone, phone.in("en").inDark(), desktop, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			for _, who := range []struct {
				login, hat string
				paths      map[string]string
			}{
				{"wim", portfolio.HatStaff, map[string]string{"student": noor, "file": noor + "/dossier", "add": noor + "/dossier/nieuw", "add-contact": noor + "/dossier/nieuw?soort=contact", "contact": contact, "change": contact + "/wijzig"}},
				{"ingrid", portfolio.HatStaff, map[string]string{"talk": talk, "versions": talk + "/versies", "file-care": "/leerling/" + s.ids["sem"] + "/dossier"}},
				{"fatima", portfolio.HatStaff, map[string]string{"file-teacher": noor + "/dossier", "add-note": noor + "/dossier/nieuw", "note": note, "share": note + "/deel"}},
				{"anna", "", map[string]string{"child": noor, "file-parent": noor + "/dossier"}},
				{"lotte", "", map[string]string{"me": "/ik", "file-own": lotte + "/dossier"}},
			} {
				s.open(t, l).sounds(who.login, who.hat, who.paths)
			}
			w := s.open(t, l)
			w.signIn("ingrid")
			w.hat(portfolio.HatStaff)
			w.to(noor + "/dossier/nieuw?soort=care")
			w.run(chromedp.Evaluate(`document.querySelector('form.card').noValidate = true`, nil))
			w.click(`form.card button.button-main`)
			w.wait("the problem", `document.querySelector('.note-danger a[href="#title"]')`)
			w.expect("422")
			w.sound("problem")
		})
	}
}
