package app

import (
	"net/url"
	"strings"
	"testing"
)

func testBin(t *testing.T, s *testSchool) {
	noor, fatima := s.as("noor"), s.as("fatima")
	id := noor.adds(url.Values{"title": {"Weg ermee"}, "text": {"x"}, "audience": {"teacher"}})
	if r := noor.post("/werk/"+id+"/weg", url.Values{"rev": {"1"}}); r.status != 303 || r.location != "/werk" {
		t.Fatalf("status %d to %q", r.status, r.location)
	}
	works := noor.get("/werk")
	undo := works.undo()
	if strings.Contains(words(firstWith(works.doc, "aria-labelledby", "works")), "Weg ermee") || undo == "" {
		t.Errorf("what was binned still stands there, or cannot be undone (%q)", undo)
	}
	for _, path := range []string{"", "/wijzig", "/versies"} {
		if r := noor.get("/werk/" + id + path); r.status != 404 {
			t.Errorf("%s of what is in the bin: status %d", path, r.status)
		}
	}
	for _, path := range []string{"", "/delen", "/versies/1"} {
		if r := noor.post("/werk/"+id+path, url.Values{"rev": {"2"}, "text": {"y"}, "audience": {"teacher"}}); r.status != 404 {
			t.Errorf("changing what is in the bin by %q: status %d", path, r.status)
		}
	}
	if text := noor.get("/prullenbak").text(); !strings.Contains(text, "Weg ermee") {
		t.Errorf("it is not in the bin: %s", text)
	}
	if r := s.as("sem").post("/werk/"+id+"/terug", url.Values{"rev": {"2"}}); r.status != 404 {
		t.Errorf("somebody else takes it out: status %d", r.status)
	}
	if r := fatima.get("/werk/" + id); r.status != 404 {
		t.Errorf("the teacher opens what is in the bin: status %d", r.status)
	}
	if r := noor.post(undo, nil); r.status != 303 || r.location != "/werk/"+id {
		t.Errorf("undo: status %d to %q", r.status, r.location)
	}
	if r := fatima.get("/werk/" + id); r.status != 200 {
		t.Errorf("the teacher opens what was put back: status %d", r.status)
	}
	if text := noor.get("/prullenbak").text(); !strings.Contains(text, "De prullenbak is leeg") {
		t.Errorf("the bin is not empty: %s", text)
	}
}
