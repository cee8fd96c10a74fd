package portfolio_test

import (
	"slices"
	"testing"
	"time"

	"kaft/portfolio"
)

// readLog is everything a pick takes, page by page of size, as "who act".
func (s *school) readLog(pick portfolio.LogPick, size int) []string {
	s.t.Helper()
	var out []string
	at, after := s.now().Add(time.Hour), ""
	for {
		page, next, err := s.lib.PickLog(ctx, s.who["petra"], pick, after, size)
		s.ok(err)
		if len(page) > size {
			s.t.Errorf("a page of %d, want at most %d", len(page), size)
		}
		for _, n := range page {
			if n.At.After(at) {
				s.t.Errorf("line %d of %s at %v comes after one of %v", n.Seq, n.StudentName, n.At, at)
			}
			at = n.At
			out = append(out, n.ActorName+" "+n.Act+" "+n.StudentName)
		}
		if after = next; next == "" {
			return out
		}
	}
}

// looks has fatima look at sem twice a day for three days, and samira and
// fatima (at mees) once on the second.
func looks(t *testing.T) *school {
	s := newSchool(t)
	sem := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	mees := s.add("mees", portfolio.NewWork{Title: "affiche", Audience: shared})
	look := func(who string, w *portfolio.Work) {
		s.later(time.Minute)
		_, err := s.lib.Work(ctx, s.who[who], w.ID)
		s.ok(err)
	}
	for day := range 3 {
		s.later(24 * time.Hour)
		look("fatima", sem)
		look("fatima", sem)
		if day == 1 {
			look("samira", sem)
			look("fatima", mees)
		}
	}
	return s
}

func TestTheFGPicksLinesByStudentPersonActAndPeriod(t *testing.T) {
	s := looks(t)
	sem, fatima := s.id("sem"), s.id("fatima")
	const f, m = "fatima look sem", "samira look sem"
	for _, c := range []struct {
		name string
		pick portfolio.LogPick
		want []string
	}{
		{"student and act", portfolio.LogPick{Student: sem, Act: "look"}, []string{f, f, m, f, f, f, f}},
		{"student and person", portfolio.LogPick{Student: sem, Actor: s.id("samira"), Act: "look"}, []string{m}},
		{"person over all students", portfolio.LogPick{Actor: fatima}, []string{f, f, "fatima look mees", f, f, f, f}},
		{"student on a day", portfolio.LogPick{Student: sem, From: 20261124, Last: 20261124}, []string{m, f, f}},
		{"person on a day", portfolio.LogPick{Actor: fatima, From: 20261124, Last: 20261124}, []string{"fatima look mees", f, f}},
		{"since", portfolio.LogPick{Student: sem, From: 20261125}, []string{f, f}},
		{"person since", portfolio.LogPick{Actor: fatima, From: 20261125}, []string{f, f}},
		{"until", portfolio.LogPick{Student: sem, Last: 20261123, Act: "look"}, []string{f, f}},
		{"person until", portfolio.LogPick{Actor: fatima, Last: 20261123}, []string{f, f}},
		{"what nobody did", portfolio.LogPick{Student: sem, Act: "emergency"}, nil},
	} {
		for _, size := range []int{1, 2, 3, 100} {
			if got := s.readLog(c.pick, size); !slices.Equal(got, c.want) {
				t.Errorf("%s, %d a page: got %q, want %q", c.name, size, got, c.want)
			}
		}
	}
	first, next, err := s.lib.PickLog(ctx, s.who["petra"], portfolio.LogPick{Student: sem}, "", 2)
	if s.ok(err); len(first) != 2 || next == "" {
		t.Fatalf("%d lines and cursor %q, want two and more to come", len(first), next)
	}
	for _, bad := range []struct {
		pick  portfolio.LogPick
		after string
	}{
		{portfolio.LogPick{}, ""},
		{portfolio.LogPick{Act: "look"}, ""},
		{portfolio.LogPick{Student: sem, From: 20261124, Last: 20261123}, ""},
		{portfolio.LogPick{Student: s.id("mees")}, next}, // a cursor of another log
		{portfolio.LogPick{Student: sem}, "x"},
	} {
		_, _, err := s.lib.PickLog(ctx, s.who["petra"], bad.pick, bad.after, 2)
		s.fails(err, portfolio.Invalid)
	}
	for _, who := range []string{"sem", "samira", "fatima"} {
		_, _, err := s.lib.PickLog(ctx, s.who[who], portfolio.LogPick{Student: sem}, "", 2)
		s.fails(err, portfolio.Forbidden)
		_, err = s.lib.ExportLog(ctx, s.who[who], portfolio.LogPick{Student: sem})
		s.fails(err, portfolio.Forbidden)
		_, err = s.lib.LogPeople(ctx, s.who[who])
		s.fails(err, portfolio.Forbidden)
		_, err = s.lib.Unusual(ctx, s.who[who])
		s.fails(err, portfolio.Forbidden)
	}
	_, _, err = s.lib.PickLog(ctx, s.admin, portfolio.LogPick{Student: sem}, "", 2)
	s.fails(err, portfolio.Forbidden)
}

func TestWhoTakesTheLogAlongStandsInTheLogOfEachStudentInIt(t *testing.T) {
	s := looks(t)
	taken := func(pick portfolio.LogPick) (n int) {
		t.Helper()
		each, err := s.lib.ExportLog(ctx, s.who["petra"], pick)
		s.ok(err)
		for _, err := range each {
			s.ok(err)
			n++
		}
		return n
	}
	exports := func(name string) int {
		t.Helper()
		lines, err := s.lib.Log(ctx, s.who[name], s.id(name), 100)
		s.ok(err)
		return len(slices.DeleteFunc(lines, func(n *portfolio.Logged) bool { return n.Act != "log-export" }))
	}
	for i, c := range []struct {
		pick             portfolio.LogPick
		want             int
		sem, mees, lotte int // exports in their logs, all together
	}{
		{portfolio.LogPick{Student: s.id("sem"), Act: "look"}, 7, 1, 0, 0},
		{portfolio.LogPick{Actor: s.id("fatima")}, 7, 2, 1, 0},
		{portfolio.LogPick{Actor: s.id("fatima"), From: 20261125}, 2, 3, 1, 0},
		{portfolio.LogPick{Actor: s.id("joris")}, 0, 3, 1, 0},
		{portfolio.LogPick{Actor: s.id("petra")}, 4 + 2, 4, 2, 0}, // with the two lines it makes itself
	} {
		if got := taken(c.pick); got != c.want {
			t.Errorf("export %d: %d lines, want %d", i+1, got, c.want)
		}
		for name, want := range map[string]int{"sem": c.sem, "mees": c.mees, "lotte": c.lotte} {
			if got := exports(name); got != want {
				t.Errorf("after export %d the log of %s tells of %d, want %d", i+1, name, got, want)
			}
		}
	}
	_, err := s.lib.ExportLog(ctx, s.who["petra"], portfolio.LogPick{Student: portfolio.NewID()})
	s.fails(err, portfolio.NotFound)
}

func TestTheFamilyReadsThatSomethingWasRecordedAndNotWhat(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	a, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3})
	s.ok(err)
	if _, err := s.lib.Assessments(ctx, s.who["fatima"], s.id("sem"), ""); err != nil { // she reads her draft again
		t.Fatal(err)
	}
	count := func(who string) (facts, notes, drafts int) {
		t.Helper()
		lines, err := s.lib.Log(ctx, s.who[who], s.id("sem"), 100)
		s.ok(err)
		for _, n := range lines {
			if n.Act == "fact" || n.Act == "confirm" {
				facts++
			}
			if n.Note != "" {
				notes++
			}
			if n.Kind == portfolio.ItemAssessment {
				drafts++
			}
		}
		return facts, notes, drafts
	}
	all, noted, drafts := count("petra")
	if all == 0 || noted != all || drafts < 2 {
		t.Fatalf("the FG reads %d facts, %d notes, %d lines of the draft %s", all, noted, drafts, a.ID)
	}
	for _, who := range []string{"sem", "samira"} {
		if facts, notes, drafts := count(who); facts != all || notes != 0 || drafts != 0 {
			t.Errorf("%s reads %d facts of %d, %d notes, %d lines of a draft", who, facts, all, notes, drafts)
		}
	}
}
