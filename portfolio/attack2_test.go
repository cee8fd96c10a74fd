package portfolio_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"kaft/portfolio"
)

// More ways in that somebody found by reading the code as an attacker.

// TestAQuietReleaseIsNotToldBeforeManyWorksAreShared grants samira works of sem,
// once with and once without telling him, and has him look who would see them.
func TestAQuietReleaseIsNotToldBeforeManyWorksAreShared(t *testing.T) {
	for _, quiet := range []string{"", because} {
		for _, audience := range [][]string{nil, {portfolio.ToStaff}, {portfolio.ToGuardians}} {
			s := deciding(t)
			w := s.add("sem", portfolio.NewWork{Title: "geheim"})
			s.ok(s.release("ingrid", s.ask("samira", "sem", portfolio.Question{Kinds: []string{"work"}}), portfolio.Releasing{Kinds: []string{"work"}, Quiet: quiet}))
			_, err := s.lib.Work(ctx, s.who["samira"], w.ID)
			s.ok(err)
			r, err := s.lib.PreviewShareWorks(ctx, s.who["sem"], []string{w.ID}, audience)
			s.ok(err)
			got := ""
			for _, c := range r.Readers {
				if c.ID == s.id("samira") {
					got = fmt.Sprint("gains ", len(c.Gains), " keeps ", len(c.Keeps), " loses ", len(c.Loses))
				}
			}
			want := "gains 0 keeps 1 loses 0"
			switch toHer := len(audience) > 0 && audience[0] == portfolio.ToGuardians; {
			case quiet != "" && toHer:
				want = "gains 1 keeps 0 loses 0"
			case quiet != "":
				want = ""
			}
			if got != want {
				t.Errorf("quiet %q, to %v: sem reads of samira %q, want %q", quiet, audience, got, want)
			}
		}
	}
}

// TestWhatIsErasedLeavesNoTextInWhatCameWithIt erases a work that got a next
// state from a bundle, and an assessment that came with a credential: what both
// said is kept in more places than under their own names.
func TestWhatIsErasedLeavesNoTextInWhatCameWithIt(t *testing.T) {
	s := newLeaving(t)
	d, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: "work", ID: s.work.ID})
	s.ok(err)
	var w map[string]any
	s.ok(json.Unmarshal(d.Body, &w))
	w["source"] = "tweede"
	d.Body, err = json.Marshal(w)
	s.ok(err)
	s.ok(s.store.Replace(ctx, d))
	w["source"] = "eerste" // of the state before that
	body, err := json.Marshal(map[string]any{"work": w})
	s.ok(err)
	s.ok(s.store.Create(ctx, portfolio.Doc{Ref: portfolio.Ref{School: s.admin.School, Kind: "version", ID: portfolio.NewID()}, Keys: map[string]string{"about": s.work.ID + "/00000000"}, Body: body}))
	assessments, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "assessment", Index: "about", From: s.iris + "/", To: s.iris + "0", Limit: 10})
	s.ok(err)
	if len(assessments) == 0 {
		t.Fatal("iris has no assessment")
	}
	var kept []portfolio.Ref
	for i, of := range [][2]string{{"work", s.work.ID}, {"work", "eerste"}, {"work", "tweede"}, {"credential", assessments[0].ID}, {"work", "van een ander werk"}} {
		ref := portfolio.Ref{School: s.admin.School, Kind: "kept", ID: portfolio.DeriveID("kept", s.iris, of[0], of[1])}
		body := fmt.Sprintf(`{"student":%q,"import":"imp","section":%q,"name":%q,"order":%d,"raw":"verhaal"}`, s.iris, of[0], of[1], i)
		s.ok(s.store.Create(ctx, portfolio.Doc{Ref: ref, Keys: map[string]string{"about": fmt.Sprintf("%s/%s/%08d", s.iris, of[0], i), "state": "imp"}, Body: []byte(body)}))
		kept = append(kept, ref)
	}
	s.on(20281201)
	s.erase("iris")
	for i, ref := range kept {
		d, err := s.store.Get(ctx, ref)
		s.ok(err)
		if got, want := strings.Contains(string(d.Body), "verhaal"), i == len(kept)-1; got != want {
			t.Errorf("what is left says %s", d.Body)
		}
	}
}

// TestAChildDoesNotReadInTheLogWhichParentSaidNo: the page and the bell tell a
// child what holds, and not by whom. The parents read it, and so does the
// privacy officer.
func TestAChildDoesNotReadInTheLogWhichParentSaidNo(t *testing.T) {
	s, _ := aConsentingFamily(t)
	s.ok(s.says("iris-ma", "iris", portfolio.ToSchool, portfolio.FactYes))
	s.ok(s.says("iris-pa", "iris", portfolio.ToSchool, portfolio.FactNo))
	for who, want := range map[string]string{"iris": "", "iris-ma": "iris-pa iris-ma ", "iris-pa": "iris-pa iris-ma ", "petra": "iris-pa iris-ma "} {
		log, err := s.lib.Log(ctx, s.who[who], s.id("iris"), 100)
		s.ok(err)
		got := ""
		for _, n := range log {
			if n.Act == "consent" {
				got += n.ActorName + " "
			}
		}
		if got != want {
			t.Errorf("%s reads that %q answered, want %q", who, got, want)
		}
	}
}
