package portfolio_test

import (
	"bytes"
	"testing"

	"kaft/portfolio"
)

// TestAnFGWhoIsFamilyOfAStudentReadsNothingOverAll gives petra, the FG, a child
// at the school: until then she reads the log, the requests and what is past its
// time, and while she is family she reads none of it, of no student.
func TestAnFGWhoIsFamilyOfAStudentReadsNothingOverAll(t *testing.T) {
	s := deciding(t)
	fg, sem := s.who["petra"], s.id("sem")
	r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"work"}})
	doors := map[string]func() error{
		"the log of a student":  func() error { _, err := s.lib.Log(ctx, fg, sem, 10); return err },
		"the log of the school": func() error { _, _, err := s.lib.PickLog(ctx, fg, portfolio.LogPick{Student: sem}, "", 10); return err },
		"taking the log along":  func() error { _, err := s.lib.ExportLog(ctx, fg, portfolio.LogPick{Student: sem}); return err },
		"a request":             func() error { _, err := s.lib.RequestByID(ctx, fg, r.ID); return err },
		"requests that ended":   func() error { _, err := s.lib.ClosedRequests(ctx, fg, 10); return err },
		"refusals":              func() error { _, err := s.lib.Refusals(ctx, fg); return err },
		"the time machine":      func() error { _, err := s.lib.TimeMachine(ctx, fg, sem, s.now()); return err },
		"late facts":            func() error { _, err := s.lib.LateFacts(ctx, fg); return err },
		"unusual looks":         func() error { _, err := s.lib.Unusual(ctx, fg); return err },
		"what is past its time": func() error { _, err := s.lib.DueToErase(ctx, fg, ""); return err },
		"receipts":              func() error { _, _, err := s.lib.Receipts(ctx, fg, "", 10); return err },
	}
	open := func(want bool) {
		t.Helper()
		for door, try := range doors {
			err := try()
			if k := portfolio.KindOf(err); (err == nil) != want || err != nil && k != portfolio.Forbidden && k != portfolio.NotFound {
				t.Errorf("%s: %v, want it open: %t", door, err, want)
			}
		}
		all, err := s.lib.OpenRequests(ctx, fg)
		s.ok(err)
		if (len(all) == 1) != want {
			t.Errorf("she finds %d open requests, want them: %t", len(all), want)
		}
	}
	open(true)
	f := s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationLegalParent, About: s.id("lotte"), Party: fg.Person, From: 20150101})
	open(false)
	_, err := s.lib.EndFact(ctx, s.admin, f.ID, s.today(), "stuk 9") // that it is over makes nobody less family
	s.ok(err)
	open(false)
}

// TestTheFGFindsWhoMadeASchoolKnown needs no name for it: from then on that
// school's bundles and assessments are taken for proven.
func TestTheFGFindsWhoMadeASchoolKnown(t *testing.T) {
	s := newSchool(t)
	s.ok(s.lib.RenewKey(ctx, s.admin, portfolio.KeyBundles))
	theirs := portfolio.PublicKey{Use: portfolio.KeyBundles, Key: bytes.Repeat([]byte{7}, 32), MadeAt: s.now()}
	k, err := s.lib.Know(ctx, s.admin, portfolio.SchoolKeys{ID: portfolio.NewID(), Name: "De Beuk", Keys: []portfolio.PublicKey{theirs}}, []string{theirs.Fingerprint()})
	s.ok(err)
	s.ok(s.lib.Unknow(ctx, s.admin, k.ID))
	for _, act := range []string{"key", "know", "unknow"} {
		lines, _, err := s.lib.PickLog(ctx, s.who["petra"], portfolio.LogPick{Act: act}, "", 10)
		s.ok(err)
		if len(lines) != 1 || lines[0].Actor != s.admin.Person {
			t.Errorf("%s: %d lines", act, len(lines))
		}
	}
}
