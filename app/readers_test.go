package app

import (
	"context"
	"slices"
	"testing"

	"kaft/portfolio"
)

// testReadersAreTrue asks for every choice of an audience, of students on both
// sides of 16, whether exactly those who are named before saving find the work
// among those they may open, in one hat or another.
func testReadersAreTrue(t *testing.T, s *testSchool) {
	ctx := context.Background()
	var everybody []*portfolio.Person
	for _, id := range s.ids {
		p, err := s.lib.PersonByID(ctx, s.admin, id)
		if err != nil {
			t.Fatal(err)
		}
		everybody = append(everybody, p)
	}
	for _, login := range []string{"noor", "daan", "lotte", "yassin", "milan"} {
		me := s.actor(login, portfolio.HatStudent)
		for _, preset := range Presets {
			for _, parentsToo := range []bool{false, true} {
				audience, err := AudienceOf(preset, parentsToo)
				if err != nil {
					t.Fatal(err)
				}
				readers, err := s.lib.Readers(ctx, me, "", audience, false)
				if err != nil {
					t.Fatal(err)
				}
				w, err := s.lib.AddWork(ctx, me, portfolio.NewWork{Title: "Wie ziet dit?", Text: "x", Audience: audience})
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range everybody {
					named := slices.ContainsFunc(readers, func(r portfolio.Reader) bool { return r.ID == p.ID })
					if got := s.finds(p, login, w.ID); got != (named || p.ID == me.Person) {
						t.Errorf("%s shows %s (parents of the class: %v): %s finds it: %v, is named: %v", login, preset, parentsToo, p.Says(), got, named)
					}
				}
				again, err := s.lib.Readers(ctx, me, w.ID, audience, false)
				if err != nil || len(again) != len(readers) {
					t.Errorf("%s, %s: %d readers before saving, %d after (%v)", login, preset, len(readers), len(again), err)
				}
				if draft, err := s.lib.Readers(ctx, me, w.ID, audience, true); err != nil || len(draft) > 0 {
					t.Errorf("%s, %s: %d readers of a draft (%v)", login, preset, len(draft), err)
				}
				if _, err := s.lib.BinWork(ctx, me, w.ID, w.Rev); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// finds tells whether a person finds a work in the list of a student's works,
// in any hat that the person has.
func (s *testSchool) finds(p *portfolio.Person, login, work string) bool {
	s.t.Helper()
	for _, hat := range p.Hats {
		list, _, err := s.lib.Works(context.Background(), portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: hat}, s.ids[login], "", 10_000)
		if err != nil && portfolio.KindOf(err) != portfolio.NotFound {
			s.t.Fatal(err)
		}
		if slices.ContainsFunc(list, func(w *portfolio.Seen) bool { return w.ID == work }) {
			return true
		}
	}
	return false
}
