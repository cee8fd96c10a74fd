package export_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"kaft/export"
	"kaft/portfolio"
)

func jobs(s *school) *export.Jobs {
	return export.NewJobs(s.lib, export.Maker{Version: "test"}, 2, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

// eventually waits for something that a job does.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("%s: not within a minute", what)
}

func TestABundleIsMadeInTheBackgroundAndFetched(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	s.work(portfolio.NewWork{Title: "Werk", Text: "x", Uploads: []string{s.upload("a.txt", []byte("aaa"))}})
	j := jobs(s)
	defer j.Close()
	b, err := j.Make(ctx, s.student, s.student.Person, portfolio.Wish{Lang: "en"})
	ok(t, err)
	twice, err := j.Make(ctx, s.student, s.student.Person, portfolio.Wish{Lang: "en"})
	ok(t, err)
	state := func() *portfolio.Bundle {
		x, err := s.lib.BundleByID(ctx, s.student, b.ID)
		ok(t, err)
		return x
	}
	eventually(t, "ready", func() bool { return state().State == portfolio.BundleReady })
	if got := state(); got.Contents.Items != 1 || got.Contents.Files != 1 || got.Contents.Bytes != 3 || !strings.HasSuffix(got.Contents.Name, ".portfolio.zip") {
		t.Errorf("contents %+v", got.Contents)
	}
	if twice.ID != b.ID && twice.BegunAt.Before(state().MadeAt) {
		t.Error("pressed twice, two were made")
	}
	_, r, err := s.lib.OpenBundle(ctx, s.student, b.ID, false)
	ok(t, err)
	defer r.Close()
	raw, err := io.ReadAll(r)
	ok(t, err)
	if got := sum(string(raw)); got != state().Contents.SHA256 {
		t.Errorf("the file's hash is %s, the page says %s", got, state().Contents.SHA256)
	}
	if !bytes.Contains(entries(t, raw)["LEESMIJ.txt"], []byte("The portfolio of Daan van de Berg")) {
		t.Error("it is not in the family's language")
	}
}

// Somebody stops a bundle while it is made: nothing is left of it.
func TestABundleThatIsStoppedLeavesNothing(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	s.work(portfolio.NewWork{Title: "Werk", Text: "x", Uploads: []string{s.upload("a.txt", bytes.Repeat([]byte("a"), 1<<20))}})
	before := len(s.blobs())
	b, err := s.lib.StartBundle(ctx, s.student, s.student.Person, portfolio.Wish{Lang: "nl"})
	ok(t, err)
	stopped, after := false, 0
	err = s.lib.PackBundle(ctx, b.School, b.ID, func(ctx context.Context, v *portfolio.Leaving, b *portfolio.Bundle, w io.Writer, tell func(portfolio.Headway) error) (portfolio.Contents, error) {
		return export.Maker{}.Write(ctx, v, b, w, func(h portfolio.Headway) error {
			if h.Step == portfolio.StepFiles && !stopped {
				stopped = true
				ok(t, s.lib.DropBundle(context.Background(), s.student, b.ID))
			} else if stopped {
				after++
			}
			return tell(h)
		})
	})
	refused(t, err, portfolio.Conflict, "error.bundle.stopped")
	if after > 1 {
		t.Errorf("it went on %d times after it was stopped", after)
	}
	if got := len(s.blobs()); got != before {
		t.Errorf("%d blobs, want %d", got, before)
	}
	x, err := s.lib.BundleByID(ctx, s.student, b.ID)
	ok(t, err)
	if x.State != portfolio.BundleStopped {
		t.Errorf("it is %s", x.State)
	}
}

// A file that is not what it was when it came in stops the bundle: no whole zip
// ever holds it.
func TestAStoredFileThatChangedStopsTheBundle(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Werk", Text: "x", Uploads: []string{s.upload("a.txt", []byte("aaaa"))}})
	ok(t, s.files.Delete(ctx, w.Files[0].Blob))
	_, err := s.files.Put(ctx, w.Files[0].Blob, strings.NewReader("bbbb"))
	ok(t, err)
	before := len(s.blobs())
	b, err := s.lib.StartBundle(ctx, s.student, s.student.Person, portfolio.Wish{Lang: "nl"})
	ok(t, err)
	if s.lib.PackBundle(ctx, b.School, b.ID, export.Maker{}.Write) == nil {
		t.Fatal("the bundle was made")
	}
	x, err := s.lib.BundleByID(ctx, s.student, b.ID)
	ok(t, err)
	if x.State != portfolio.BundleFailed || x.Fault.Msg != "error.bundle.stored_file" || x.Fault.Words["Name"] != "a.txt" {
		t.Errorf("it is %s, %+v", x.State, x.Fault)
	}
	if got := len(s.blobs()); got != before {
		t.Errorf("%d blobs, want %d", got, before)
	}
}

// A bundle that is cut off by a crash after any write is made again at the next
// start, and leaves no bytes behind.
func TestABundleCutOffAnywhereIsMadeAgain(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	s.work(portfolio.NewWork{Title: "Werk", Text: "x", Uploads: []string{s.upload("a.txt", []byte("aaa"))}})
	before := len(s.blobs())
	for n := 0; ; n++ {
		b, err := s.lib.StartBundle(ctx, s.student, s.student.Person, portfolio.Wish{Lang: "nl"})
		ok(t, err)
		cut := s.until(n, func(lib *portfolio.Library) error {
			return lib.PackBundle(ctx, b.School, b.ID, export.Maker{}.Write)
		})
		j := jobs(s)
		ok(t, j.Recover(ctx))
		eventually(t, "ready", func() bool {
			x, err := s.lib.BundleByID(ctx, s.student, b.ID)
			ok(t, err)
			return x.State == portfolio.BundleReady
		})
		j.Close()
		_, r, err := s.lib.OpenBundle(ctx, s.student, b.ID, false)
		ok(t, err)
		z, err := export.Open(r, r.Size())
		ok(t, err)
		_, err = z.Verify(ctx, quiet)
		ok(t, err)
		r.Close()
		ok(t, s.lib.DropBundle(ctx, s.student, b.ID))
		if got := len(s.blobs()); got != before {
			t.Fatalf("after %d writes: %d blobs, want %d", n, got, before)
		}
		if cut == nil {
			break
		}
	}
}

// A bundle that takes the program down each time is given up, and says so; one
// that was only in the way of a tidy stop is not.
func TestABundleThatNeverGetsThereIsGivenUp(t *testing.T) {
	s := full(t, "2009-03-17")
	b, err := s.lib.StartBundle(context.Background(), s.student, s.student.Person, portfolio.Wish{Lang: "nl"})
	ok(t, err)
	for range 5 { // a tidy stop
		ctx, stop := context.WithCancel(context.Background())
		_ = s.lib.PackBundle(ctx, b.School, b.ID, func(context.Context, *portfolio.Leaving, *portfolio.Bundle, io.Writer, func(portfolio.Headway) error) (portfolio.Contents, error) {
			stop()
			return portfolio.Contents{}, context.Canceled
		})
	}
	x, err := s.lib.BundleByID(context.Background(), s.student, b.ID)
	ok(t, err)
	if x.State != portfolio.BundleWaiting || x.Tries != 0 {
		t.Errorf("after tidy stops it is %s, %d tries", x.State, x.Tries)
	}
	for range 3 { // a crash: the engines die with it
		_ = s.until(1, func(lib *portfolio.Library) error {
			return lib.PackBundle(context.Background(), b.School, b.ID, export.Maker{}.Write)
		})
	}
	refused(t, s.lib.PackBundle(context.Background(), b.School, b.ID, export.Maker{}.Write), portfolio.Unavailable, "error.bundle.tries")
	x, err = s.lib.BundleByID(context.Background(), s.student, b.ID)
	ok(t, err)
	if x.State != portfolio.BundleFailed || x.Fault.Msg != "error.bundle.tries" {
		t.Errorf("it is %s, %+v", x.State, x.Fault)
	}
}

func TestABundleExpires(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	before := len(s.blobs())
	b, err := s.lib.StartBundle(ctx, s.student, s.student.Person, portfolio.Wish{Lang: "nl"})
	ok(t, err)
	ok(t, s.lib.PackBundle(ctx, b.School, b.ID, export.Maker{}.Write))
	now := s.clock.Now()
	s.clock.Set(now.Add(portfolio.BundleLife - time.Hour))
	if n, err := s.lib.SweepBundles(ctx); n != 0 || err != nil {
		t.Errorf("swept %d before its time (%v)", n, err)
	}
	_, r, err := s.lib.OpenBundle(ctx, s.student, b.ID, false)
	ok(t, err)
	r.Close()
	s.clock.Set(now.Add(portfolio.BundleLife + time.Hour))
	if _, _, err := s.lib.OpenBundle(ctx, s.student, b.ID, false); portfolio.KindOf(err) != portfolio.NotFound {
		t.Errorf("fetched after its time: %v", err)
	}
	if n, err := s.lib.SweepBundles(ctx); n != 1 || err != nil {
		t.Errorf("swept %d (%v)", n, err)
	}
	if got := len(s.blobs()); got != before {
		t.Errorf("%d blobs, want %d", got, before)
	}
}

// An administrator's way: spool, check, look, choose, take in, undo.
func TestABundleComesInByThePage(t *testing.T) {
	ctx := context.Background()
	raw := rich(t)
	beuk := full(t, "2009-03-17")
	before := beuk.everything()
	j := jobs(beuk)
	defer j.Close()
	imp, err := j.Receive(ctx, beuk.admin, "daan.portfolio.zip", bytes.NewReader(raw))
	ok(t, err)
	is := func(state string) func() bool {
		return func() bool {
			x, err := beuk.lib.ImportByID(ctx, beuk.admin, imp.ID)
			ok(t, err)
			if x.State == portfolio.ImportRefused {
				t.Fatalf("refused: %+v", x.Fault)
			}
			return x.State == state
		}
	}
	eventually(t, "checked", is(portfolio.ImportChecked))
	x, err := beuk.lib.ImportByID(ctx, beuk.admin, imp.ID)
	ok(t, err)
	likely, err := beuk.lib.Candidates(ctx, beuk.admin, x.From)
	ok(t, err)
	if likely[0].ID != beuk.student.Person || !likely[0].SameBirth || !likely[0].SameName || likely[0].SamePortfolio {
		t.Errorf("the likeliest is %+v", likely[0])
	}
	plan, err := j.Plan(ctx, beuk.admin, imp.ID, beuk.student.Person)
	ok(t, err)
	if plan.Works.New != 2 || plan.Assessments.New != 1 || plan.Files != 1 || plan.Bytes != 4 {
		t.Errorf("the plan is %+v", plan)
	}
	if got := beuk.everything(); got != before+1 { // the spool
		t.Errorf("%d documents and blobs before anybody chose, want %d", got, before+1)
	}
	refused(t, j.Adopt(ctx, beuk.admin, imp.ID, beuk.student.Person), portfolio.Invalid, "error.import.accept")
	ok(t, beuk.lib.AcceptSender(ctx, beuk.admin, imp.ID))
	ok(t, j.Adopt(ctx, beuk.admin, imp.ID, beuk.student.Person))
	eventually(t, "done", is(portfolio.ImportDone))
	again, err := j.Receive(ctx, beuk.admin, "daan.portfolio.zip", bytes.NewReader(raw))
	ok(t, err)
	eventually(t, "checked", func() bool {
		x, err := beuk.lib.ImportByID(ctx, beuk.admin, again.ID)
		ok(t, err)
		return x.State == portfolio.ImportChecked
	})
	if likely, err = beuk.lib.Candidates(ctx, beuk.admin, x.From); err != nil || !likely[0].SamePortfolio {
		t.Errorf("the likeliest is now %+v (%v)", likely[0], err)
	}
	plan, err = j.Plan(ctx, beuk.admin, again.ID, beuk.student.Person)
	ok(t, err)
	if plan.Works != (portfolio.Tally{Same: 2}) || plan.Files != 0 {
		t.Errorf("the plan is %+v", plan)
	}
	ok(t, beuk.lib.DropImport(ctx, beuk.admin, again.ID))
	ok(t, j.Undo(ctx, beuk.admin, imp.ID))
	eventually(t, "undone", is(portfolio.ImportUndone))
	if got := beuk.everything(); got != before {
		t.Errorf("%d documents and blobs after the undo, want %d", got, before)
	}
}

// A bundle that is refused is thrown away at once, and its page says why.
func TestABundleThatIsRefusedIsNotKept(t *testing.T) {
	ctx := context.Background()
	beuk := empty(t, "De Beuk")
	j := jobs(beuk)
	defer j.Close()
	raw := rich(t)
	raw[len(raw)/2] ^= 1
	imp, err := j.Receive(ctx, beuk.admin, "kapot.zip", bytes.NewReader(raw))
	ok(t, err)
	eventually(t, "refused", func() bool {
		x, err := beuk.lib.ImportByID(ctx, beuk.admin, imp.ID)
		ok(t, err)
		return x.State == portfolio.ImportRefused && x.Fault != nil && strings.HasPrefix(x.Fault.Msg, "error.bundle.")
	})
	eventually(t, "gone", func() bool { return len(beuk.blobs()) == 0 })
	_, err = j.Receive(ctx, beuk.admin, "leeg.zip", bytes.NewReader(nil))
	refused(t, err, portfolio.Invalid, "error.empty_file")
	if all, err := beuk.lib.Imports(ctx, beuk.admin); err != nil || len(all) != 1 {
		t.Errorf("%d imports (%v)", len(all), err)
	}
}

// A program that stops in the middle of an import takes it back and has the
// bundle still, for another try.
func TestAnImportThatIsStoppedCanBeTriedAgain(t *testing.T) {
	ctx := context.Background()
	beuk := full(t, "2009-03-17")
	raw := rich(t)
	j := jobs(beuk)
	imp, err := j.Receive(ctx, beuk.admin, "daan.zip", bytes.NewReader(raw))
	ok(t, err)
	get := func() *portfolio.Import {
		x, err := beuk.lib.ImportByID(ctx, beuk.admin, imp.ID)
		ok(t, err)
		return x
	}
	eventually(t, "checked", func() bool { return get().State == portfolio.ImportChecked })
	j.Close()
	before := beuk.everything()
	ok(t, beuk.lib.AcceptSender(ctx, beuk.admin, imp.ID))
	arrival, err := beuk.lib.Adopt(ctx, beuk.admin, get(), beuk.student.Person)
	ok(t, err)
	ok(t, arrival.Keep(ctx, "people", "x", []byte(`{}`)))
	// … and here the power goes. The next start:
	n, err := beuk.lib.RecoverImports(ctx)
	ok(t, err)
	if x := get(); n != 1 || x.State != portfolio.ImportChecked || x.Fault.Msg != "error.import.interrupted" || beuk.everything() != before {
		t.Fatalf("recovered %d, it is %s, %+v, %d documents and blobs, want %d", n, x.State, x.Fault, beuk.everything(), before)
	}
	j = jobs(beuk)
	defer j.Close()
	ok(t, j.Recover(ctx))
	ok(t, j.Adopt(ctx, beuk.admin, imp.ID, beuk.student.Person))
	eventually(t, "done", func() bool { return get().State == portfolio.ImportDone })
}
