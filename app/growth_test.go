package app

import (
	"strings"
	"testing"
)

func testGrowth(t *testing.T, s *testSchool) {
	noor := s.as("noor").get("/groei")
	text := noor.text()
	for _, want := range []string{"taal: opbouw van een tekst: van bijna naar behaald.", "Breuken met pizza", "4 ruim", "juf Fatima", "Kijk de klas wat vaker aan."} {
		if !strings.Contains(text, want) {
			t.Errorf("the growth of noor does not say %q: %s", want, text)
		}
	}
	if len(noor.all("svg", "role", "img")) != 1 || len(noor.all("table", "", "")) < 2 {
		t.Error("the drawing or a table is not there")
	}
	anna := s.as("anna").get("/leerling/" + s.ids["noor"] + "/groei")
	if text := anna.text(); !strings.Contains(text, "Groei van Noor") || !strings.Contains(text, "Je legt het uit alsof je juf bent.") {
		t.Errorf("a parent with custody reads %s", text)
	}
	private := s.workOf("noor", "Breuken met pizza") // for the teacher only
	if strings.Contains(anna.text(), private.Title) || strings.Contains(anna.body, private.ID) {
		t.Error("an assessment tells a parent of work that is not shared")
	}
	if text := s.as("sem").get("/groei").text(); strings.Contains(text, "Nog een week oefenen") {
		t.Error("growth shows an assessment that is a draft")
	}
	if text := s.as("fatima").get("/leerling/" + s.ids["sem"] + "/groei").text(); strings.Contains(text, "Nog een week oefenen") {
		t.Error("growth shows staff a draft as if it were said")
	}
	// Told about progress of a student of 16; custody has ended at 18; no custody.
	for _, c := range []struct {
		login, student string
		want           int
	}{
		{"samira", "lotte", 200}, {"karin", "milan", 404}, {"joost", "lotte", 404}, {"joris", "lotte", 200}, {"joris", "noor", 404}, {"lotte", "lotte", 200},
	} {
		if r := s.as(c.login).get("/leerling/" + s.ids[c.student] + "/groei"); r.status != c.want {
			t.Errorf("%s opens the growth of %s: status %d, want %d", c.login, c.student, r.status, c.want)
		}
	}
	if r := s.as("noor").get("/groei?jaar=1999"); r.status != 200 || !strings.Contains(r.text(), "4 ruim") {
		t.Errorf("a year without anything: status %d", r.status)
	}
}
