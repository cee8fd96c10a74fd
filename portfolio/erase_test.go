package portfolio_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"kaft/portfolio"
)

// erased are the lines of a log that tell of erasing, as its student's chain has
// them: "kind id".
func (s *leaving) erased(chain string) (out []string) {
	s.t.Helper()
	for _, d := range s.lines(chain) {
		var n portfolio.Line
		s.ok(json.Unmarshal(d.Body, &n))
		if n.Act != "erase" {
			continue
		}
		out = append(out, n.Kind+" "+n.Item)
		if n.Actor != s.id("petra") || n.Hat != portfolio.HatFG || n.Address != "127.0.0.1" {
			s.t.Errorf("the line says %+v", n)
		}
	}
	slices.Sort(out)
	return out
}

// everything is what is stored at the school, the log and the erasures apart:
// "kind id" to body.
func (s *leaving) everything() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for _, kind := range []string{"work", "version", "showing", "assessment", "record", "record_version", "kept", "fact", "request", "person", "upload"} {
		docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: kind, Limit: 1000})
		s.ok(err)
		for _, d := range docs {
			out[kind+" "+d.ID] = string(d.Body)
		}
	}
	blobs, err := s.files.List(ctx, "", "", 1000)
	s.ok(err)
	for _, b := range blobs {
		out["blob "+b.ID] = ""
	}
	return out
}

func (s *leaving) erase(who string) *portfolio.Erasure {
	s.t.Helper()
	e, err := s.lib.Erase(ctx, s.who["petra"], s.id(who), s.dueOf(who).Seen)
	s.ok(err)
	return e
}

func TestWhatIsErasedIsGoneWithItsVersionsAndFilesAndNothingElseIs(t *testing.T) {
	s := newLeaving(t)
	absence := s.pieces["iris record"]
	// An earlier version of a piece, and how a work was shown.
	_, err := s.lib.ChangeRecord(ctx, s.who["mentor"], absence.ID, absence.Rev, portfolio.NewRecord{Type: "talk", Title: "toch een gesprek", Source: "school"})
	s.ok(err)
	other := s.filed("sem", "van sem", shared)
	before := s.everything()
	lines := len(s.lines("iris"))
	s.on(20281201)
	if len(s.blobs) != 8 {
		t.Fatalf("iris has %d blobs", len(s.blobs))
	}
	e := s.erase("iris")
	after := s.everything()
	for what, body := range before {
		kind, id, _ := strings.Cut(what, " ")
		of := slices.ContainsFunc(e.Items, func(it portfolio.Erased) bool { return strings.Contains(what, it.ID) })
		hers := (of || strings.Contains(body, s.iris)) && slices.Contains([]string{"work", "version", "showing", "assessment", "record", "record_version"}, kind) &&
			!strings.Contains(body, `"referral"`) || kind == "blob" && strings.Contains(id, s.iris)
		if now, there := after[what]; there == hers || there && now != body {
			t.Errorf("%s is there %v, want %v", what, there, !hers)
		}
	}
	for what := range after {
		if _, was := before[what]; !was {
			t.Errorf("%s came", what)
		}
	}
	_, err = s.lib.Work(ctx, s.who["sem"], other.ID)
	s.ok(err)

	// The log stays, with a line for each thing, in the chain it belongs to.
	var want []string
	for _, it := range e.Items {
		if it.Kind != portfolio.ItemNote {
			want = append(want, it.Kind+" "+it.ID)
		}
	}
	slices.Sort(want)
	s.same("the log of iris", strings.Join(s.erased("iris"), ", "), strings.Join(want, ", "))
	s.same("the log of the author of the note", strings.Join(s.erased("fatima"), ", "), "note "+s.pieces["iris note"].ID)
	if got := len(s.lines("iris")); got != lines+len(want) {
		t.Errorf("the log of iris has %d lines, want %d", got, lines+len(want))
	}
	s.same("what is wrong with the log", s.faults(), "")
	for _, d := range s.lines("iris") {
		for _, title := range []string{"verhaal", "kladje", "gesprek", "indruk"} {
			if strings.Contains(string(d.Body), title) {
				t.Errorf("the log says %s", d.Body)
			}
		}
	}

	receipts, next, err := s.lib.Receipts(ctx, s.who["henk"], "", 10)
	s.ok(err)
	if len(receipts) != 1 || next != "" {
		t.Fatalf("%d receipts, next %q", len(receipts), next)
	}
	r := receipts[0]
	if r.StudentName != "iris" || r.ByName != "petra" || r.State != portfolio.ErasureDone || !r.At.Equal(s.now()) || r.Stayed != 0 ||
		fmt.Sprint(r.Kinds) != "[{assessment 2} {care 1} {contact 1} {note 1} {record 2} {work 2}]" {
		t.Errorf("the receipt says %+v %v", r, r.Kinds)
	}
	doc, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: "erasure", ID: e.ID})
	s.ok(err)
	if strings.Contains(string(doc.Body), "blobs") || strings.Contains(string(doc.Body), "verhaal") {
		t.Errorf("the receipt holds %s", doc.Body)
	}
}

// TestAFamilyDoesNotReadInTheLogThatADraftWasErased looks at the mark by which
// the log leaves a line out for a family.
func TestAFamilyDoesNotReadInTheLogThatADraftWasErased(t *testing.T) {
	s := newLeaving(t)
	s.on(20281201)
	e := s.erase("iris")
	seen := map[string]string{}
	for _, it := range e.Items {
		if it.Kind == portfolio.ItemAssessment {
			for _, d := range s.lines("iris") {
				var n portfolio.Line
				s.ok(json.Unmarshal(d.Body, &n))
				if n.Act == "erase" && n.Item == it.ID {
					seen[fmt.Sprint("draft ", it.Draft)] = n.Rule
				}
			}
		}
	}
	if got := fmt.Sprint(seen); got != "map[draft false: draft true:3]" {
		t.Errorf("the lines say %s", got)
	}
}

func TestOfTwoPrivacyOfficersOneErasesAndTheOtherIsTold(t *testing.T) {
	s := newLeaving(t)
	s.on(20281201)
	seen := s.dueOf("iris").Seen
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, who := range []string{"petra", "henk"} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, errs[i] = s.lib.Erase(ctx, s.who[who], s.iris, seen)
		}()
	}
	wg.Wait()
	won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	if won < 0 {
		t.Fatalf("nobody won: %v", errs)
	}
	s.fails(errs[1-won], portfolio.Conflict)
	if n := s.documents("erasure"); n != 1 {
		t.Errorf("there are %d receipts", n)
	}
	lines := 0
	for _, d := range append(s.lines("iris"), s.lines("fatima")...) {
		if strings.Contains(string(d.Body), `"act":"erase"`) {
			lines++
		}
	}
	if lines != 8 {
		t.Errorf("%d lines tell of erasing, want 8", lines)
	}
	s.same("what is wrong with the log", s.faults(), "")
}

func TestWhatChangedSinceItWasReadIsNotErased(t *testing.T) {
	s := newLeaving(t)
	s.on(20261222)
	seen := s.dueOf("iris").Seen
	bin, err := s.lib.Bin(ctx, s.who["iris"])
	s.ok(err)
	_, err = s.lib.UnbinWork(ctx, s.who["iris"], bin[0].ID, bin[0].Rev)
	s.ok(err)
	before := s.everything()
	for _, read := range []string{seen, "", "x"} {
		_, err = s.lib.Erase(ctx, s.who["petra"], s.iris, read)
		s.fails(err, portfolio.Conflict)
	}
	if after := s.everything(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("something changed")
	}
}

// TestACrashWhileErasingIsFinishedOnceAndShowsNothingHalf cuts the power after
// each write, to the store and to the files, and starts again.
func TestACrashWhileErasingIsFinishedOnceAndShowsNothingHalf(t *testing.T) {
	for left := 0; ; left++ {
		s := newLeaving(t)
		s.on(20281201)
		seen := s.dueOf("iris").Seen
		cut := &power{left: left}
		lib := portfolio.NewLibrary(&poweredStore{s.store, cut}, &poweredFiles{s.files, cut}, thumbs{}, s.now)
		_, err := lib.Erase(ctx, s.who["petra"], s.iris, seen)
		whole := err == nil
		if !whole {
			s.fails(err, portfolio.Unavailable)
		}
		for what, body := range s.everything() { // a work that is there has its files
			if kind, _, _ := strings.Cut(what, " "); kind == "work" {
				var w portfolio.Work
				s.ok(json.Unmarshal([]byte(body), &w))
				for _, f := range w.Files {
					if r, err := s.files.Open(ctx, f.Blob); err != nil {
						t.Errorf("after %d writes %q has no file: %v", left, w.Title, err)
					} else {
						r.Close()
					}
				}
			}
		}
		s.lib = portfolio.NewLibrary(s.store, s.files, thumbs{}, s.now) // the machine comes up again
		for range 2 {
			_, err := s.lib.FinishErasures(ctx)
			s.ok(err)
		}
		if left == 0 { // the journal itself was not stored: nothing happened
			s.same("after nothing", fmt.Sprint(s.dueOf("iris").Count(), len(s.erased("iris"))), "8 0")
			continue
		}
		for what, body := range s.everything() {
			kind, id, _ := strings.Cut(what, " ")
			if kind == "blob" && strings.Contains(id, s.iris) || slices.Contains([]string{"work", "version", "showing", "assessment"}, kind) && strings.Contains(body, s.iris) {
				t.Errorf("after %d writes and a start %s is left", left, what)
			}
		}
		receipts, _, err := s.lib.Receipts(ctx, s.who["petra"], "", 10)
		s.ok(err)
		if len(receipts) != 1 || receipts[0].State != portfolio.ErasureDone || receipts[0].Stayed != 0 {
			t.Errorf("after %d writes the receipts are %+v", left, receipts)
		}
		s.same(fmt.Sprintf("after %d writes what is on the list and in the logs", left),
			fmt.Sprint(s.list("iris"), len(s.erased("iris")), len(s.erased("fatima"))), fmt.Sprint("", 7, 1))
		s.same("what is wrong with the log", s.faults(), "")
		if whole {
			if left < 30 {
				t.Errorf("only %d writes: is the test blind?", left)
			}
			return
		}
	}
}

// TestWhatIsKeptDuringACrashStays records a restriction before the program
// comes up again.
func TestWhatIsKeptDuringACrashStays(t *testing.T) {
	s := newLeaving(t)
	s.on(20281201)
	seen := s.dueOf("iris").Seen
	cut := &power{left: 1} // the journal, and nothing more
	_, err := portfolio.NewLibrary(&poweredStore{s.store, cut}, &poweredFiles{s.files, cut}, thumbs{}, s.now).Erase(ctx, s.who["petra"], s.iris, seen)
	s.fails(err, portfolio.Unavailable)
	_, err = s.lib.Erase(ctx, s.who["henk"], s.iris, seen)
	s.fails(err, portfolio.Conflict) // one is running
	running, _, err := s.lib.Receipts(ctx, s.who["henk"], "", 10)
	s.ok(err)
	if len(running) != 1 || running[0].State != portfolio.ErasureRunning {
		t.Errorf("the receipts are %+v", running)
	}
	s.fact(portfolio.Fact{Type: portfolio.FactRestriction, About: s.iris, Items: []string{s.work.ID}, From: 20281201})
	n, err := s.lib.FinishErasures(ctx)
	s.ok(err)
	s.same("on the list", fmt.Sprint(n, " ", s.list("iris")), "1 1 work portfolio 2028-12-01 restriction")
	receipts, _, err := s.lib.Receipts(ctx, s.who["henk"], "", 10)
	s.ok(err)
	if receipts[0].Stayed != 1 || receipts[0].State != portfolio.ErasureDone {
		t.Errorf("the receipt is %+v", receipts[0])
	}
	for _, f := range s.work.Files {
		r, err := s.files.Open(ctx, f.Blob)
		s.ok(err)
		r.Close()
	}
	if slices.Contains(s.erased("iris"), "work "+s.work.ID) {
		t.Error("the log says that it is gone")
	}
}

// TestAFileThatAnotherWorkHoldsStays gives two works one file, as a bundle can.
func TestAFileThatAnotherWorkHoldsStays(t *testing.T) {
	s := newLeaving(t)
	bin, err := s.lib.Bin(ctx, s.who["iris"])
	s.ok(err)
	twin := *s.work
	twin.ID, twin.Files = portfolio.NewID(), bin[0].Files
	s.put("work", &twin, s.iris+"/twin")
	s.on(20261222)
	s.same("on the list", s.list("iris"), "1 contact contact 2026-12-01, 1 note note 2026-12-01, 1 work bin 2026-12-22")
	s.erase("iris")
	left := 0
	for _, b := range s.blobs {
		if r, err := s.files.Open(ctx, b); err == nil {
			r.Close()
			left++
			continue
		}
		if b == bin[0].Files[0].Blob || b == bin[0].Files[0].Thumb {
			t.Errorf("%s is gone, and another work holds it", b)
		}
	}
	if left != 6 { // of the binned work's four only those of its earlier version went
		t.Errorf("%d blobs of iris are left, want 6", left)
	}
}

// TestWhatCameInABundleLeavesOnlyThatItCame erases the source too.
func TestWhatCameInABundleLeavesOnlyThatItCame(t *testing.T) {
	s := newLeaving(t)
	id := portfolio.DeriveID("kept", s.iris, "work", s.work.ID)
	body := `{"student":"` + s.iris + `","import":"imp","section":"work","name":"` + s.work.ID + `","order":1,"raw":{"title":"verhaal"}}`
	s.ok(s.store.Create(ctx, portfolio.Doc{Ref: portfolio.Ref{School: s.admin.School, Kind: "kept", ID: id}, Keys: map[string]string{"about": s.iris + "/work/00000001", "state": "imp"}, Body: []byte(body)}))
	s.on(20281201)
	s.erase("iris")
	d, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: "kept", ID: id})
	s.ok(err)
	if strings.Contains(string(d.Body), "verhaal") || !strings.Contains(string(d.Body), s.work.ID) || d.Keys["state"] != "imp" {
		t.Errorf("what is left says %s", d.Body)
	}
}

func TestMoreThanGoesInOneGoIsErasedInSeveral(t *testing.T) {
	s := newLeaving(t)
	for i := range portfolio.MaxErase {
		id := portfolio.NewID()
		s.put("record", &portfolio.Record{Head: portfolio.Head{ID: id}, Student: s.iris, Kind: "record", Retention: portfolio.KeepFile}, fmt.Sprintf("%s/%06d", s.iris, i))
	}
	s.on(20281201)
	for i, want := range []struct {
		count int
		more  bool
	}{{portfolio.MaxErase, true}, {8, false}} {
		if d := s.dueOf("iris"); d.Count() != want.count || d.More != want.more {
			t.Errorf("at %d there are %d, more %v, want %+v", i, d.Count(), d.More, want)
		}
		if e := s.erase("iris"); len(e.Items) != want.count || e.State != portfolio.ErasureDone {
			t.Errorf("at %d %d were erased, %s", i, len(e.Items), e.State)
		}
	}
	s.same("the list", s.list("iris"), "")
}

func TestTheReceiptsHavePages(t *testing.T) {
	s := newLeaving(t)
	for _, on := range []portfolio.Date{20261201, 20261222, 20281201, 20291201, 20311201} {
		s.on(on)
		s.erase("iris")
	}
	var got []string
	after := ""
	for first := true; first || after != ""; first = false {
		page, next, err := s.lib.Receipts(ctx, s.who["petra"], after, 2)
		s.ok(err)
		for _, r := range page {
			got = append(got, portfolio.DateOf(r.At).String())
		}
		after = next
	}
	s.same("the receipts", strings.Join(got, " "), "2031-12-01 2029-12-01 2028-12-01 2026-12-22 2026-12-01")
	s.same("the list", s.list("iris"), "")
	_, _, err := s.lib.Receipts(ctx, s.who["petra"], "x", 2)
	s.fails(err, portfolio.Invalid)
}
