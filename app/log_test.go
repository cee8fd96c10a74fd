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
	s.as("anna").get("/leerling/"+s.ids["noor"]+"/logboek").hides(t, "nam dit logboek mee")

	r := petra.post("/logboek/bestand", form)
	if got, want := r.header.Get("Content-Type"), "text/csv; charset=utf-8"; r.status != http.StatusOK || got != want {
		t.Fatalf("status %d, type %q: %s", r.status, got, r.body)
	}
	if d := r.header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="kaft-log-`) || r.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers %v", r.header)
	}
	rows, err := csv.NewReader(strings.NewReader(r.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
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
		s.as(login).get("/leerling/"+s.ids["noor"]+"/logboek").ok(t, "Petra Smit", "nam dit logboek mee in een bestand")
	}
}

func TestACellIsNeverAFormula(t *testing.T) {
	n := &portfolio.Logged{Line: &portfolio.Line{Act: "look", Hat: portfolio.HatStaff}, ActorName: `=HYPERLINK("http://x","y")`, StudentName: "+31 \"Sem\", de Boer"}
	out, err := io.ReadAll(logFile(logWords{newCatalogue(t), "nl"}, func(yield func(*portfolio.Logged, error) bool) { yield(n, nil) }))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
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
	if _, err := io.ReadFull(file, first); err != nil || !strings.HasPrefix(string(first), "time,person,role") {
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
