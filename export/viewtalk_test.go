package export_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// The pages of an archive show each of its messages once, under its conversation,
// and another child's as one that is not there.
func TestAnArchiveShowsItsConversationsInPages(t *testing.T) {
	s := talk(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Vulkaan van klei", Text: "Ik heb dit zelf gemaakt.", Audience: []string{"staff"}, HappenedOn: 20261015})
	s.assess(w.ID, portfolio.NewAssessment{Goal: "Uitleggen", Level: 3, Remark: "Goed."})
	first := s.start(s.student, "Over mijn spreekbeurt", "Mag ik over vulkanen?", s.teacher)
	s.say(s.teacher, first, "Ja, leuk.\n\nNeem je er een mee?")
	s.plant(first, 3, s.friend, "geheim van een ander")
	long := s.start(s.student, "", "Bericht 1.", s.teacher)
	for i := range 310 {
		s.plant(long, int64(i+2), s.teacher, fmt.Sprintf("Bericht %d.", i+2))
	}
	s.start(s.student, "</title><script>alert(1)</script>\u202E", "<script>alert(2)</script><img src=x> \x01", s.teacher)
	raw := s.archive(s.student)
	files := payload(t, raw)
	for _, f := range faults(t, files) {
		t.Error(f)
	}
	pages := viewerPages(files)
	want := []string{"ro-crate-preview.html", "ro-crate-preview_files/2026-2027.html", "ro-crate-preview_files/growth.html", "ro-crate-preview_files/talks-2.html", "ro-crate-preview_files/talks.html"}
	if got := slices.Sorted(maps.Keys(pages)); !slices.Equal(got, want) {
		t.Errorf("the pages are %v, want %v", got, want)
	}
	talks := string(pages["ro-crate-preview_files/talks.html"]) + string(pages["ro-crate-preview_files/talks-2.html"])
	for _, says := range []string{"Over mijn spreekbeurt", "Ja, leuk.\n\nNeem je er een mee?", "medeleerling 1", "Wat een medeleerling zei, zit niet in dit pakket.", "Gesprek</bdi> (vervolg)", "&lt;script&gt;alert(2)", "21 november 2026"} {
		if !strings.Contains(talks, says) {
			t.Errorf("no page says %q", says)
		}
	}
	for i := range 311 {
		if n := strings.Count(talks, fmt.Sprintf(">Bericht %d.<", i+1)); n != 1 {
			t.Errorf("message %d is there %d times", i+1, n)
		}
	}
	for name, b := range pages {
		if bytes.Contains(b, []byte("geheim van")) || bytes.Contains(b, []byte("\u202E")) || bytes.Contains(b, []byte("<script")) {
			t.Errorf("%s holds what may not be there", name)
		}
	}
	if index := string(pages["ro-crate-preview.html"]); !strings.Contains(index, "315 berichten uit gesprekken") || !strings.Contains(index, "wat medeleerlingen in gesprekken zeiden") {
		t.Error("the index does not say how many there are, or what stays out")
	}
	for _, name := range []string{"LEESMIJ.txt", "OPEN-MIJ.html"} {
		if text := string(entries(t, raw)[name]); !strings.Contains(text, "berichten in gesprekken: 315") || !strings.Contains(text, "gesprekken van anderen") {
			t.Errorf("%s does not tell of the conversations", name)
		}
	}
	index := laidOut(t, files)
	valid(t, index)
	if testing.Short() {
		return
	}
	for _, width := range []int64{390, 1280} {
		if w := browser(t, width, false); w != nil {
			w.walk(index)
		}
	}
}
