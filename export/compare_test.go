package export_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"kaft/portfolio"
)

// What happens at the first school between two bundles is told: what is new as
// new, and what is gone or otherwise as lost, each with its field.
func TestCompareTellsWhatALaterBundleLacks(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	kept := s.work(portfolio.NewWork{Title: "Vulkaan", Text: "As", Subject: "natuur", Audience: []string{"staff"}, Uploads: []string{s.upload("as.pdf", []byte("%PDF-1.7 as"))}})
	gone := s.work(portfolio.NewWork{Title: "Herfst", Audience: []string{"staff"}, Uploads: []string{s.upload("blad.pdf", []byte("%PDF-1.7 blad"))}})
	s.assess(kept.ID, portfolio.NewAssessment{Goal: "kijken", Level: 3})
	before := s.bundle(s.student, s.student.Person)
	nothingLost(t, before, s.bundle(s.student, s.student.Person))

	_, err := s.lib.BinWork(ctx, s.student, gone.ID, gone.Rev)
	ok(t, err)
	seen, err := s.lib.Work(ctx, s.student, kept.ID)
	ok(t, err)
	_, err = s.lib.ChangeWork(ctx, s.student, kept.ID, seen.Rev, portfolio.NewWork{Title: "Vulkaan 2", Text: "As", Subject: "natuur", Audience: []string{"staff", "guardians"}}, []string{seen.Files[0].FileID()})
	ok(t, err)
	s.work(portfolio.NewWork{Title: "Nieuw", Text: "Pas"})

	got := map[string]int{}
	for _, d := range differences(t, before, s.bundle(s.student, s.student.Person)) {
		name := d.Member + "/" + d.Field
		if d.Was == "" {
			name = "+" + name
		}
		if d.Is == "" {
			name = "-" + name
		}
		if d.Lost() {
			name += " lost"
		}
		if got[name]++; d.Was == d.Is || len(d.Was) > 700 {
			t.Errorf("%+v", d)
		}
	}
	for _, want := range []string{"items/title lost", "-items/title lost", "+items/history lost", "items/visibility", "-items/visibility lost", "items/revision lost", "+items/title", "+items/visibility",
		"-files/sha256 lost", "bundle/id"} {
		name := strings.TrimSuffix(want, " lost")
		if got[want] != 1 {
			t.Errorf("%q is told %d times, want once", want, got[want])
		}
		if want != name && got[name] > 0 {
			t.Errorf("%q is told as allowed", name)
		}
	}
	if t.Failed() {
		t.Log(fmt.Sprint(got))
	}
}

// Each reason for which two bundles may differ stands in the table of BUNDLE.md.
func TestEachReasonToDifferStandsInThePage(t *testing.T) {
	page, err := os.ReadFile("BUNDLE.md")
	ok(t, err)
	code, err := os.ReadFile("compare.go")
	ok(t, err)
	_, consts, _ := strings.Cut(string(code), "// Why two bundles may differ")
	consts, _, _ = strings.Cut(consts, ")\n")
	n := 0
	for _, line := range strings.Split(consts, "\n") {
		if _, why, found := strings.Cut(line, ` = "`); found {
			n++
			if why = strings.TrimSuffix(why, `"`); !strings.Contains(string(page), why) {
				t.Errorf("BUNDLE.md does not say %q", why)
			}
		}
	}
	if n < 4 {
		t.Errorf("found %d reasons", n)
	}
}
