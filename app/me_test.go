package app

import (
	"net/url"
	"strings"
	"testing"
)

func testMe(t *testing.T, s *testSchool) {
	noor, fatima := s.as("noor"), s.as("fatima")
	if r := fatima.get("/werk/" + s.workOf("noor", "Spreekbeurt over egels").ID); r.status != 200 {
		t.Fatalf("status %d", r.status)
	}
	hidden := noor.adds(url.Values{"title": {"Concept voor de klas"}, "text": {"x"}, "audience": {"class"}, "draft": {"1"}})
	shelves := noor.get("/ik/wie-ziet")
	for id, want := range map[string]string{"sees-me": "Wat ik leerde van de toets", "sees-teacher": "Breuken met pizza", "sees-parents": "Herfst in het park",
		"sees-class": "Vlinder op de muur", "sees-draft": "Concept voor de klas"} {
		if got := words(firstWith(shelves.doc, "aria-labelledby", id)); !strings.Contains(got, want) {
			t.Errorf("%s: %q is not in %q", id, want, got)
		}
	}
	if got := words(firstWith(shelves.doc, "aria-labelledby", "sees-class")); strings.Contains(got, "Concept voor de klas") || hidden == "" {
		t.Error("a draft stands with what the class sees")
	}
	page := noor.get("/ik")
	for id, want := range map[string]string{"sees-teacher": "werkstuk", "sees-draft": "1 werkstuk"} {
		if got := words(firstWith(page.doc, "id", id)); !strings.Contains(got, want) {
			t.Errorf("%s: %q is not in %q", id, want, got)
		}
	}
	if text := page.text(); !strings.Contains(text, "juf Fatima bekeek “Spreekbeurt over egels”.") {
		t.Errorf("the log does not tell of the look: %s", text)
	}
	if text := s.as("sem").get("/ik").text(); strings.Contains(text, "begon") || strings.Contains(text, "gezag") {
		t.Errorf("the log tells a student of drafts or of custody: %s", text)
	}
	parent := s.as("anna").get("/ik")
	if text := parent.text(); strings.Contains(text, "Wie ziet wat") || strings.Contains(text, "Prullenbak") || !strings.Contains(text, "Dag Anna") {
		t.Errorf("a parent's page says %s", text)
	}

	anna := s.as("anna")
	r := anna.post("/voorkeuren", url.Values{"lang": {"en"}, "theme": {"dark"}, "size": {"young"}, "back": {"/ik"}})
	if r.status != 303 || r.location != "/ik" {
		t.Fatalf("status %d to %q", r.status, r.location)
	}
	root := anna.get("/ik").all("html", "", "")[0]
	if attr(root, "lang") != "en" || attr(root, "data-theme") != "dark" || attr(root, "data-size") != "young" {
		t.Errorf("the page is %v", root.Attr)
	}
	elsewhere := s.as("anna") // another browser, which asks for Dutch
	if got := attr(elsewhere.get("/ik").all("html", "", "")[0], "lang"); got != "en" {
		t.Errorf("the preference did not come along: %q", got)
	}
	for _, back := range []string{"https://example.org/", "//example.org", `/\example.org`, ""} {
		if r := anna.post("/voorkeuren", url.Values{"lang": {"nl"}, "back": {back}}); r.location != "/" {
			t.Errorf("back to %q leads to %q", back, r.location)
		}
	}

	if r := anna.post("/overal-afmelden", nil); r.status != 303 {
		t.Fatalf("signing out everywhere: status %d", r.status)
	}
	if r := elsewhere.get("/ik"); r.location != "/aanmelden" {
		t.Errorf("the other browser is still signed in: status %d to %q", r.status, r.location)
	}
}

func testSignIn(t *testing.T, s *testSchool) {
	v := s.visitor()
	r := v.post("/aanmelden", url.Values{"login": {"noor"}, "password": {"mis <b>"}})
	if r.status != 401 || attr(r.all("input", "id", "login")[0], "value") != "noor" || strings.Contains(r.body, "mis &lt;b") {
		t.Errorf("a wrong password: status %d: %s", r.status, r.text())
	}
	checkPage(t, r.body)
	if text := r.text(); !strings.Contains(text, "horen niet bij elkaar") {
		t.Errorf("it does not say what is wrong: %s", text)
	}
	if text := v.get("/aanmelden").text(); !strings.Contains(text, "noor, samira, joost, fatima of wim") {
		t.Error("the demo does not say who one can be")
	}
	wie := s.as("fatima").get("/wie")
	if len(wie.all("button", "data-hat", "staff")) != 1 || len(wie.all("button", "data-hat", "guardian")) != 1 {
		t.Errorf("the hats of fatima: %s", wie.text())
	}
}
