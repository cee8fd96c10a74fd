package portfolio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"kaft/portfolio"
)

// lines are the stored lines of somebody's log, first to last.
func (s *school) lines(name string) []portfolio.Doc {
	s.t.Helper()
	docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "audit", Index: "about", Limit: 1000}.Prefix(s.id(name)+"/"))
	s.ok(err)
	return docs
}

func (s *school) anchor(name string) portfolio.Doc {
	s.t.Helper()
	d, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: "anchor", ID: s.id(name)})
	s.ok(err)
	return d
}

// faults are what is wrong with the logs of the whole school, one a line, with
// names for ids.
func (s *school) faults() string {
	s.t.Helper()
	r, err := s.lib.VerifyAudit(ctx, s.admin, "")
	s.ok(err)
	var out []string
	for _, f := range r.Faults {
		text := fmt.Sprintf("%s %s %d", f.Student, f.Kind, f.Seq)
		if f.Last != 0 {
			text += fmt.Sprintf("-%d", f.Last)
		}
		if f.SaysSeq != 0 {
			text += fmt.Sprintf(" says %s %d", f.SaysStudent, f.SaysSeq)
		}
		for name, a := range s.who {
			text = strings.ReplaceAll(text, a.Person, name)
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// rewrite stores a changed line over the one there.
func (s *school) rewrite(d portfolio.Doc, change func(*portfolio.Line)) {
	s.t.Helper()
	var n portfolio.Line
	s.ok(json.Unmarshal(d.Body, &n))
	change(&n)
	var err error
	d.Body, err = json.Marshal(&n)
	s.ok(err)
	s.ok(s.store.Replace(ctx, d))
}

func (s *school) remove(docs ...portfolio.Doc) {
	s.t.Helper()
	for _, d := range docs {
		s.ok(s.store.Delete(ctx, d.Ref, d.Rev))
	}
}

// TestEveryTamperingWithALogIsNamedWithItsLineAndNothingElseIs changes what is
// stored of sem's log, in a school where others have logs too.
func TestEveryTamperingWithALogIsNamedWithItsLineAndNothingElseIs(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	other := s.add("mees", portfolio.NewWork{Title: "affiche", Audience: shared})
	for range 8 {
		for _, id := range []string{w.ID, other.ID} {
			_, err := s.lib.Work(ctx, s.who["fatima"], id)
			s.ok(err)
		}
	}
	whole, anchor := s.lines("sem"), s.anchor("sem")
	n := len(whole)
	if n < 12 {
		t.Fatalf("%d lines, too few to test with", n)
	}
	if got := s.faults(); got != "" {
		t.Fatalf("an untouched log has faults: %s", got)
	}
	for _, c := range []struct {
		name, want string
		tamper     func()
	}{
		{"a line removed", "sem missing 4-4", func() { s.remove(whole[3]) }},
		{"the first line removed", "sem missing 1-1", func() { s.remove(whole[0]) }},
		{"several lines removed", "sem missing 4-6", func() { s.remove(whole[3:6]...) }},
		{"the last line removed", fmt.Sprintf("sem truncated %d-%d", n, n), func() { s.remove(whole[n-1]) }},
		{"the last three removed", fmt.Sprintf("sem truncated %d-%d", n-2, n), func() { s.remove(whole[n-3:]...) }},
		{"all removed", fmt.Sprintf("sem truncated 1-%d", n), func() { s.remove(whole...) }},
		{"a line changed", "sem changed 4", func() {
			s.rewrite(whole[3], func(n *portfolio.Line) { n.Outcome = "SHARED" })
		}},
		{"somebody else in a line", "sem changed 4; sem hidden 4", func() {
			s.rewrite(whole[3], func(n *portfolio.Line) { n.Actor = s.id("joris") })
		}},
		{"the first line changed", "sem changed 1", func() {
			s.rewrite(whole[0], func(n *portfolio.Line) { n.Address = "10.0.0.1" })
		}},
		{"the last line changed", fmt.Sprintf("sem changed %d", n), func() {
			s.rewrite(whole[n-1], func(n *portfolio.Line) { n.Rule = "9" })
		}},
		{"two lines swapped", "sem moved 4 says sem 5; sem moved 5 says sem 4", func() {
			four, five := whole[3], whole[4]
			four.Body, five.Body = five.Body, four.Body
			s.ok(s.store.Replace(ctx, four))
			s.ok(s.store.Replace(ctx, five))
		}},
		{"a line renumbered", "sem moved 4 says sem 7", func() {
			s.rewrite(whole[3], func(n *portfolio.Line) { n.Seq = 7 })
		}},
		{"a line of another student", "sem moved 4 says mees 4", func() {
			d := whole[3]
			d.Body = s.lines("mees")[3].Body
			s.ok(s.store.Replace(ctx, d))
		}},
		{"a line that is no line", "sem broken 4", func() {
			d := whole[3]
			d.Body = []byte("{")
			s.ok(s.store.Replace(ctx, d))
		}},
		{"a line with a number that no line has", "sem broken 0", func() {
			d := whole[3]
			d.ID = s.id("sem") + ".5"
			s.ok(s.store.Create(ctx, d))
		}},
		{"a line hidden from its student", "sem hidden 4", func() {
			d := whole[3]
			d.Keys = map[string]string{"party": d.Keys["party"]}
			s.ok(s.store.Replace(ctx, d))
		}},
		{"a line listed under somebody else", "sem hidden 4", func() {
			d := whole[3]
			d.Keys = map[string]string{"about": d.Keys["about"], "party": s.id("joris") + "/x"}
			s.ok(s.store.Replace(ctx, d))
		}},
		{"the anchor removed", "sem anchor 0", func() { s.remove(anchor) }},
		{"the anchor set back", fmt.Sprintf("sem behind %d-%d", n-5, n), func() {
			var at portfolio.Anchor
			s.ok(json.Unmarshal(anchor.Body, &at))
			at.Seq = int64(n - 5)
			var n portfolio.Line
			s.ok(json.Unmarshal(whole[at.Seq].Body, &n))
			at.Hash = n.Before
			d := anchor
			d.Body, _ = json.Marshal(at)
			s.ok(s.store.Replace(ctx, d))
		}},
		{"one removed, one changed and the end cut off", fmt.Sprintf("sem changed 8; sem missing 4-4; sem truncated %d-%d", n, n), func() {
			s.remove(whole[3], whole[n-1])
			s.rewrite(whole[7], func(n *portfolio.Line) { n.Kind = "note" })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.tamper()
			if got := s.faults(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			one, err := s.lib.VerifyAudit(ctx, s.admin, s.id("mees"))
			s.ok(err)
			if len(one.Faults) != 0 || one.Lines != int64(len(s.lines("mees"))) {
				t.Errorf("mees: %d lines, faults %+v", one.Lines, one.Faults)
			}
		})
		// As it was, for the next.
		all, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "audit", From: s.id("sem"), To: s.id("sem") + "/", Limit: 1000})
		s.ok(err)
		s.remove(all...)
		for i := range whole {
			s.ok(s.store.Create(ctx, whole[i]))
			whole[i].Rev = 1
		}
		if d, err := s.store.Get(ctx, anchor.Ref); err == nil {
			s.remove(d)
		}
		s.ok(s.store.Create(ctx, anchor))
		anchor.Rev = 1
		whole = s.lines("sem")
	}
}

func TestACutOffEndStaysVisibleWhenTheLogGoesOn(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	for range 3 {
		_, err := s.lib.Work(ctx, s.who["fatima"], w.ID)
		s.ok(err)
	}
	docs := s.lines("sem")
	n := len(docs)
	s.remove(docs[n-2:]...)
	// The process that wrote them goes on, and so does one that starts now.
	for _, lib := range []*portfolio.Library{s.lib, portfolio.NewLibrary(s.store, s.files, plainIntake{}, s.now)} {
		_, err := lib.Work(ctx, s.who["samira"], w.ID)
		s.ok(err)
		if got, want := s.faults(), fmt.Sprintf("sem missing %d-%d", n-1, n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	s.remove(s.anchor("sem"))
	lib := portfolio.NewLibrary(s.store, s.files, plainIntake{}, s.now)
	_, err := lib.Work(ctx, s.who["samira"], w.ID)
	s.ok(err)
	if got, want := s.faults(), fmt.Sprintf("sem missing %d-%d; sem reanchored %d", n-1, n, n+2); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestProcessesThatWriteOneLogKeepItWhole has two of them, with many writers in
// each, on one store.
func TestProcessesThatWriteOneLogKeepItWhole(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	before := len(s.lines("sem"))
	const writers, each = 10, 6
	var wg sync.WaitGroup
	for _, lib := range []*portfolio.Library{s.lib, portfolio.NewLibrary(s.store, s.files, plainIntake{}, s.now)} {
		for i := range writers {
			wg.Go(func() {
				for range each {
					if _, err := lib.Work(ctx, s.who[[]string{"fatima", "samira"}[i%2]], w.ID); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() { // whole also to who looks meanwhile
			for range each {
				if r, err := lib.VerifyAudit(ctx, s.admin, s.id("sem")); err != nil || len(r.Faults) > 0 {
					t.Errorf("while lines are written: %v, %+v", err, r)
				}
			}
		})
	}
	wg.Wait()
	docs := s.lines("sem")
	if got, want := len(docs), before+2*writers*each; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	if got := s.faults(); got != "" {
		t.Error(got)
	}
	var at portfolio.Anchor
	s.ok(json.Unmarshal(s.anchor("sem").Body, &at))
	if at.Seq != int64(len(docs)) || at.Since != 1 {
		t.Errorf("anchor %+v after %d lines", at, len(docs))
	}
}

// brokenAnchors is a store that stops between a line and its anchor.
type brokenAnchors struct {
	portfolio.Store
	broken bool
}

func (b *brokenAnchors) Replace(ctx context.Context, d portfolio.Doc) error {
	if b.broken && d.Kind == "anchor" {
		return portfolio.E(portfolio.Unavailable, "error.unavailable")
	}
	return b.Store.Replace(ctx, d)
}

func TestAStopBetweenALineAndItsAnchorIsNoFaultAndIsPutRight(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	store := &brokenAnchors{s.store, true}
	lib := portfolio.NewLibrary(store, s.files, plainIntake{}, s.now)
	for i := range 3 { // each time it stops and starts again
		before := len(s.lines("sem"))
		store.broken = true
		_, err := lib.Work(ctx, s.who["fatima"], w.ID)
		s.fails(err, portfolio.Unavailable)
		if got := len(s.lines("sem")) - before; i == 0 && got != 1 {
			t.Fatalf("%d lines written, want the one that has no anchor", got)
		}
		if got := s.faults(); got != "" {
			t.Errorf("after stop %d: %s", i+1, got)
		}
		store.broken = false
		lib = portfolio.NewLibrary(store, s.files, plainIntake{}, s.now)
		_, err = lib.Work(ctx, s.who["fatima"], w.ID)
		s.ok(err)
	}
	var at portfolio.Anchor
	s.ok(json.Unmarshal(s.anchor("sem").Body, &at))
	if n := len(s.lines("sem")); at.Seq != int64(n) {
		t.Errorf("anchor at %d of %d lines", at.Seq, n)
	}
}

func TestOnlyTheFGAndTheAdministratorVerifyTheLog(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	for _, who := range []string{"sem", "samira", "fatima"} {
		_, err := s.lib.VerifyAudit(ctx, s.who[who], "")
		s.fails(err, portfolio.Forbidden)
	}
	for _, a := range []portfolio.Actor{s.admin, s.who["petra"]} {
		r, err := s.lib.VerifyAudit(ctx, a, s.id("sem"))
		s.ok(err)
		if n := int64(len(s.lines("sem"))); r.Lines != n || len(r.Chains) != 1 || r.Chains[0].Seq != n || len(r.Faults) != 0 {
			t.Errorf("report %+v of %d lines", r, n)
		}
	}
	_, err := s.lib.VerifyAudit(ctx, s.admin, "nobody")
	s.fails(err, portfolio.NotFound)
}
