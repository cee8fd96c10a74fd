package app

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"kaft/portfolio"
)

// looksAt has somebody of the school open a student's work.
func (s *testSchool) looksAt(login, hat, student, title string) {
	s.t.Helper()
	if _, err := s.lib.Work(context.Background(), s.actor(login, hat), s.workOf(student, title).ID); err != nil {
		s.t.Fatal(err)
	}
}

// rowsOfLog are the rows of a page of the log, as text.
func rowsOfLog(r *reply) (out []string) {
	for _, row := range r.all("tbody", "", "") {
		for n := range row.Descendants() {
			if n.Type == html.ElementNode && n.Data == "tr" {
				out = append(out, words(n))
			}
		}
	}
	return out
}

func TestTheFGSeesWhoLookedAtWhomAndWhyAndNeverAtWhat(t *testing.T) {
	s := newSchool(t)
	s.looksAt("fatima", portfolio.HatStaff, "noor", "Vlinder op de muur")
	s.looksAt("anna", portfolio.HatGuardian, "noor", "Vlinder op de muur")
	s.looksAt("fatima", portfolio.HatStaff, "sem", "Terug naar mijn vulkaan")
	petra := s.as("petra")
	today := portfolio.DateOf(s.lib.Now())

	noor := petra.get("/logboek?leerling=" + s.ids["noor"])
	noor.ok(t, "juf Fatima", "werkt voor deze leerling", "regel 7", "heeft gezag", "regel 6.1")
	noor.hides(t, "bij Noor", "Vlinder op de muur", "Terug naar mijn vulkaan")
	fatima := petra.get("/logboek?wie=" + s.ids["fatima"] + "&wat=look")
	fatima.ok(t, "bij Noor", "bij Sem")
	fatima.hides(t, "Vlinder op de muur", "Terug naar mijn vulkaan", "heeft gezag")
	both := petra.get("/logboek?wat=look&leerling=" + s.ids["noor"] + "&wie=" + s.ids["anna"])
	if rows := rowsOfLog(both); len(rows) != 1 || !strings.Contains(rows[0], "heeft gezag") {
		t.Errorf("of anna at noor: %q, want the one look", rows)
	}
	for _, c := range []struct {
		from, last portfolio.Date
		shown      bool
	}{{today, today, true}, {today.AddDays(-1), 0, true}, {0, today.AddDays(-1), false}, {today.AddDays(1), 0, false}} {
		r := petra.get(fmt.Sprintf("/logboek?wat=look&wie=%s&van=%s&tot=%s", s.ids["fatima"], c.from, c.last))
		if r.ok(t); (len(rowsOfLog(r)) > 0) != c.shown {
			t.Errorf("from %v to %v: rows %q, want some: %v", c.from, c.last, rowsOfLog(r), c.shown)
		}
	}
	for query, want := range map[string]int{
		"wie=nobody": 404, "leerling=" + s.ids["fatima"]: 404, "wie=" + s.ids["fatima"] + "&van=gisteren": 422,
		"wie=" + s.ids["fatima"] + "&van=2026-11-02&tot=2026-11-01": 422, "wie=" + s.ids["fatima"] + "&na=x": 422,
	} {
		if r := petra.get("/logboek?" + query); r.status != want {
			t.Errorf("%s: status %d, want %d", query, r.status, want)
		}
	}
	english := s.as("petra")
	english.lang = "en"
	english.get("/logboek?leerling="+s.ids["noor"]).ok(t, "works for this student", "rule 7", "has custody")
}

// TestPagesOfTheLogShowEachLineOnce walks by the links on the pages.
func TestPagesOfTheLogShowEachLineOnce(t *testing.T) {
	s := newSchool(t)
	const looks = 2*pageOfLog + 30
	logins := []string{"fatima", "anna"} // by turns, so that no two lines are put together
	for i := range looks {
		s.looksAt(logins[i%2], []string{portfolio.HatStaff, portfolio.HatGuardian}[i%2], "noor", "Vlinder op de muur")
	}
	petra := s.as("petra")
	path, pages, rows := "/logboek?wat=look&leerling="+s.ids["noor"]+"&van="+portfolio.DateOf(s.lib.Now()).String(), 0, 0
	for path != "" {
		r := petra.get(path)
		r.ok(t)
		got := len(rowsOfLog(r))
		if pages++; got > pageOfLog || pages > 4 {
			t.Fatalf("page %d has %d rows", pages, got)
		}
		rows, path = rows+got, ""
		for _, a := range r.all("a", "class", "button") {
			if strings.Contains(words(a), "Oudere regels") {
				path = attr(a, "href")
			}
		}
		if newest := strings.Contains(r.text(), "Nieuwste regels"); newest != (pages > 1) {
			t.Errorf("page %d leads to the newest: %v", pages, newest)
		}
	}
	if pages != 3 || rows != looks {
		t.Errorf("%d pages with %d rows, want 3 with %d", pages, rows, looks)
	}
}

func TestTheFGTakesTheLogAlongAndTheFamilyReadsThat(t *testing.T) {
	s := newSchool(t)
	s.looksAt("fatima", portfolio.HatStaff, "noor", "Vlinder op de muur")
	form := url.Values{"leerling": {s.ids["noor"]}}
	for _, c := range []*testClient{s.as("noor"), s.as("anna"), s.as("fatima", portfolio.HatStaff), s.wearing("wim", portfolio.HatAdmin)} {
		if r := c.post("/logboek/bestand", form); r.status != http.StatusForbidden {
			t.Errorf("status %d, want 403", r.status)
		}
	}
	petra := s.as("petra")
	for _, bad := range []url.Values{{"wat": {"look"}}, {"leerling": {s.ids["noor"]}, "van": {"gisteren"}}, {"leerling": {s.ids["noor"]}, "van": {"2026-11-02"}, "tot": {"2026-11-01"}}} {
		if r := petra.post("/logboek/bestand", bad); r.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d, want 422", bad, r.status)
		}
	}
	s.as("anna").get("/leerling/"+s.ids["noor"]+"/logboek?alles=1").hides(t, "nam dit logboek mee")

	r := petra.post("/logboek/bestand", form)
	if got, want := r.header.Get("Content-Type"), "text/csv; charset=utf-8"; r.status != http.StatusOK || got != want {
		t.Fatalf("status %d, type %q: %s", r.status, got, r.body)
	}
	if d := r.header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="kaft-log-`) || r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers %v", r.header)
	}
	rows := rowsOfFile(t, r.body)
	if !slices.Equal(rows[0], logColumns) || len(rows) < 5 {
		t.Fatalf("%d rows under %q", len(rows), rows[0])
	}
	if strings.Contains(r.body, "Vlinder") {
		t.Error("the file tells the title of a work")
	}
	look := rows[slices.IndexFunc(rows, func(row []string) bool { return row[6] == "look" })]
	if look[1] != "juf Fatima" || look[4] != "opende een werk" || look[5] != "werkt voor deze leerling" || look[9] != "7" || look[14] != s.ids["noor"] {
		t.Errorf("the look is %q", look)
	}
	for _, login := range []string{"noor", "anna"} {
		s.as(login).get("/leerling/"+s.ids["noor"]+"/logboek?alles=1").ok(t, "Petra Smit", "nam dit logboek mee in een bestand")
	}
}

// rowsOfFile reads a file of the log as a Dutch spreadsheet does.
func rowsOfFile(t *testing.T, file string) [][]string {
	t.Helper()
	text, marked := strings.CutPrefix(file, "\ufeff")
	if !marked {
		t.Error("the file does not say that it is UTF-8")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTheTimesInTheFileAreOfAmsterdamAndWithoutDoubt(t *testing.T) {
	for at, want := range map[string][2]string{
		"2026-10-25T00:30:00Z": {"2026-10-25 02:30:00", "2026-10-25T00:30:00Z"},
		"2026-10-25T01:30:00Z": {"2026-10-25 02:30:00", "2026-10-25T01:30:00Z"}, // the hour that is there twice
		"2026-11-24T23:00:00Z": {"2026-11-25 00:00:00", "2026-11-24T23:00:00Z"},
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		n := &portfolio.Logged{Line: &portfolio.Line{Act: "look", Hat: portfolio.HatStaff, At: when}}
		out, err := io.ReadAll(logFile(logWords{newCatalogue(t), "nl"}, func(yield func(*portfolio.Logged, error) bool) { yield(n, nil) }))
		if err != nil {
			t.Fatal(err)
		}
		row := rowsOfFile(t, string(out))[1]
		if got := [2]string{row[0], row[len(row)-1]}; got != want {
			t.Errorf("%s: got %q, want %q", at, got, want)
		}
	}
}

func TestACellIsNeverAFormula(t *testing.T) {
	n := &portfolio.Logged{Line: &portfolio.Line{Act: "look", Hat: portfolio.HatStaff}, ActorName: `=HYPERLINK("http://x","y")`, StudentName: "+31 \"Sem\"; =de Boer"}
	out, err := io.ReadAll(logFile(logWords{newCatalogue(t), "nl"}, func(yield func(*portfolio.Logged, error) bool) { yield(n, nil) }))
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOfFile(t, string(out))
	if got, want := rows[1][1], "'"+n.ActorName; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := rows[1][3], "'"+n.StudentName; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for in, want := range map[string]string{"": "", "Sem": "Sem", "a=1": "a=1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "é": "é"} {
		if got := harmless(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestTheFileOfTheLogIsMadeWhileItIsRead has lines without end: the first are
// there, and no more are made than were read.
func TestTheFileOfTheLogIsMadeWhileItIsRead(t *testing.T) {
	made, ended := 0, make(chan bool)
	file := logFile(logWords{newCatalogue(t), "nl"}, func(yield func(*portfolio.Logged, error) bool) {
		defer close(ended)
		for yield(&portfolio.Logged{Line: &portfolio.Line{Act: "look", Hat: portfolio.HatStaff}}, nil) {
			made++
		}
	})
	first := make([]byte, 100)
	if _, err := io.ReadFull(file, first); err != nil || !strings.HasPrefix(string(first), "\ufefftime;person;role") {
		t.Fatalf("%q, %v", first, err)
	}
	file.Close()
	<-ended
	if made > 1000 {
		t.Errorf("%d lines were made for the first 100 bytes", made)
	}
	broken := logFile(logWords{newCatalogue(t), "nl"}, func(yield func(*portfolio.Logged, error) bool) {
		yield(nil, portfolio.E(portfolio.Unavailable, "error.unavailable"))
	})
	if _, err := io.ReadAll(broken); portfolio.KindOf(err) != portfolio.Unavailable {
		t.Errorf("a log that cannot be read to its end gives %v", err)
	}
}

func TestEveryActOfTheLogHasASentence(t *testing.T) {
	w := logWords{newCatalogue(t), "nl"}
	other := w.did(&portfolio.Logged{Line: &portfolio.Line{Act: "no such act"}}, 1)
	said := map[string]string{}
	for _, act := range logActs {
		text := w.did(&portfolio.Logged{Line: &portfolio.Line{Act: act}}, 1)
		if text == other || said[text] != "" {
			t.Errorf("%s is %q, as %q is", act, text, said[text])
		}
		said[text] = act
	}
	for key := range logTexts {
		if act, _, _ := strings.Cut(key, " "); !slices.Contains(logActs, act) {
			t.Errorf("the FG cannot choose %q", act)
		}
	}
}

func TestUnusualReadingIsOnTheFGsPageWithAWayToTheLines(t *testing.T) {
	s := newSchool(t)
	ctx := context.Background()
	petra := s.as("petra")
	petra.get("/logboek").ok(t, "Niemand van de school keek binnen een uur bij meer dan 40 leerlingen.")
	_, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyManagement, About: s.admin.School, Party: s.ids["joris"], From: 20200101})
	if err != nil {
		t.Fatal(err)
	}
	s.confirmAll()
	for i := range portfolio.UnusualStudents + 2 {
		born, _ := portfolio.ParseBirth("2016-10-23")
		p, err := s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: fmt.Sprintf("kind%d", i)}, Hats: []string{portfolio.HatStudent}, Birth: born})
		if err != nil {
			t.Fatal(err)
		}
		w, err := s.lib.AddWork(ctx, portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: portfolio.HatStudent}, portfolio.NewWork{Title: "w", Text: "x", Audience: []string{portfolio.ToStaff}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.lib.Work(ctx, s.actor("joris", portfolio.HatStaff), w.ID); err != nil {
			t.Fatal(err)
		}
	}
	r := petra.get("/logboek")
	r.ok(t, "Joris", "42 leerlingen binnen een uur.")
	day := portfolio.DateOf(s.lib.Now()).String()
	link := r.all("a", "href", "/logboek?tot="+day+"&van="+day+"&wie="+s.ids["joris"])
	if len(link) != 1 {
		t.Fatalf("%d links to the lines of joris", len(link))
	}
	there := 0
	for _, row := range rowsOfLog(petra.get(attr(link[0], "href"))) {
		if strings.Contains(row, "opende een werk bij kind") {
			there++
		}
	}
	if there != portfolio.UnusualStudents+2 {
		t.Errorf("the link leads to %d of the looks", there)
	}
}

// TestTheFamilyReadsWhoLookedFirstAndAllOfItPageByPage walks the pages of a log
// that is longer than one, as the student and as a parent.
func TestTheFamilyReadsWhoLookedFirstAndAllOfItPageByPage(t *testing.T) {
	s := newSchool(t)
	const looks = 2*pageOfLog + 30
	for i := range looks {
		s.looksAt([]string{"fatima", "anna"}[i%2], []string{portfolio.HatStaff, portfolio.HatGuardian}[i%2], "noor", "Vlinder op de muur")
	}
	base := "/leerling/" + s.ids["noor"] + "/logboek"
	for _, login := range []string{"noor", "anna"} {
		c := s.as(login)
		walk := func(path string) (pages int, rows []string) {
			for path != "" {
				r := c.get(path)
				r.ok(t)
				got := rowsOfLog(r)
				if pages++; len(got) > pageOfLog || pages > 20 {
					t.Fatalf("%s: page %d has %d rows", login, pages, len(got))
				}
				rows, path = append(rows, got...), ""
				for _, a := range r.all("a", "class", "button") {
					if strings.Contains(words(a), "Oudere regels") {
						path = attr(a, "href")
					}
				}
				if newest := strings.Contains(r.text(), "Nieuwste regels"); newest != (pages > 1) {
					t.Errorf("%s: page %d leads to the newest: %v", login, pages, newest)
				}
			}
			return pages, rows
		}
		pages, rows := walk(base)
		looked := 0
		for _, row := range rows {
			if strings.Contains(row, "opende een werk") {
				looked++
			}
			if strings.Contains(row, "legde") || strings.Contains(row, "zette") {
				t.Errorf("%s reads among who looked: %q", login, row)
			}
		}
		if pages < 3 || looked < looks {
			t.Errorf("%s: %d looks on %d pages, want at least %d on 3", login, looked, pages, looks)
		}
		if _, all := walk(base + "?alles=1"); !slices.ContainsFunc(all, func(row string) bool { return strings.Contains(row, "legde") }) || len(all) <= len(rows) {
			t.Errorf("%s: everything is %d rows, of which %d are looks, and nothing was recorded", login, len(all), len(rows))
		}
		if r := c.get(base + "?na=x"); r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: a cursor that is none: status %d", login, r.status)
		}
		if r := c.get(base + "?na=" + url.QueryEscape(s.ids["sem"]+"/000000000001|"+s.ids["sem"]+".000000000001")); r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: a cursor of another log: status %d", login, r.status)
		}
	}
	s.as("noor").get("/ik").ok(t, "Lees wie er eerder keek")
}

func TestTheFGListsAllEmergenciesOfTheSchoolWithoutChoosingOfWhom(t *testing.T) {
	s := newSchool(t)
	for _, student := range []string{"noor", "sem"} {
		if _, err := s.lib.OpenInEmergency(context.Background(), s.actor("joris", portfolio.HatStaff), s.ids[student], "Het kind is niet thuisgekomen vandaag."); err != nil {
			t.Fatal(err)
		}
	}
	petra := s.as("petra")
	petra.get("/logboek").ok(t, "Noodinzage op school")
	rows := rowsOfLog(petra.get("/logboek?wat=emergency"))
	if len(rows) != 2 || !strings.Contains(rows[0], "bij Sem") || !strings.Contains(rows[1], "bij Noor") {
		t.Errorf("the emergencies of the school are %q", rows)
	}
	tomorrow := portfolio.DateOf(s.lib.Now()).AddDays(1).String()
	if rows := rowsOfLog(petra.get("/logboek?wat=emergency&van=" + tomorrow)); len(rows) > 0 {
		t.Errorf("from tomorrow: %q", rows)
	}
	file := rowsOfFile(t, petra.post("/logboek/bestand", url.Values{"wat": {"emergency"}}).body)
	if len(file) != 3 || file[1][6] != "emergency" || file[2][6] != "emergency" {
		t.Errorf("the file is %q", file)
	}
	s.as("noor").get("/leerling/"+s.ids["noor"]+"/logboek?alles=1").ok(t, "nam dit logboek mee in een bestand")
	r := petra.get("/logboek?wat=look") // too many for a list of the school
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.text(), "Van de hele school is er alleen een lijst van wat zelden gebeurt") {
		t.Errorf("all looks of the school: status %d: %s", r.status, r.text())
	}
	if rows := rowsOfLog(r); len(rows) > 0 {
		t.Errorf("all looks of the school: %d rows", len(rows))
	}
}

func TestTheBarOfTheFGHasItsPlacesAndTheRestIsReachedFromThem(t *testing.T) {
	s := newSchool(t)
	petra := s.as("petra")
	for path, here := range map[string]string{"/verzoeken": "/verzoeken", "/weigeringen": "/weigeringen", "/logboek": "/logboek", "/tijdmachine": "/logboek", "/laat": "/logboek", "/ik": ""} {
		r := petra.get(path)
		r.ok(t)
		current := ""
		for _, a := range r.all("a", "aria-current", "page") {
			current = attr(a, "href")
		}
		if current != here {
			t.Errorf("%s is in %q, want %q", path, current, here)
		}
	}
	r := petra.get("/logboek")
	for _, path := range []string{"/tijdmachine", "/laat", "/logboek?wat=emergency", "/ik"} {
		if len(r.all("a", "href", path)) == 0 {
			t.Errorf("no link to %s", path)
		}
	}
	for hat, all := range places {
		if len(all) > 4 {
			t.Errorf("%s has %d places, want at most four", hat, len(all))
		}
	}
}
