package export_test

import (
	"testing"

	"kaft/portfolio"
)

func TestASelectionTakesALookBackAlongWhenItIsPickedItself(t *testing.T) {
	s := full(t, "2009-03-17")
	work := s.work(portfolio.NewWork{Title: "Wel", Text: "x"})
	back := s.work(portfolio.NewWork{Type: portfolio.TypeReflection, About: work.ID, Title: "Terug", Text: "x"})
	for want, picked := range [][]string{{work.ID}, {work.ID, back.ID}} {
		doc := documentOf(t, s.made(s.student, s.student.Person, portfolio.Wish{Kind: portfolio.BundleSelection, Works: picked}))
		if got := list(doc["reflections"]); len(got) != want {
			t.Errorf("%d picked: got %d looks back, want %d", len(picked), len(got), want)
		}
	}
}
