package portfolio_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"kaft/portfolio"
)

func TestAnUploadGoesOnWhereItWasCut(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	in := []byte("een lange film, in drie stukken")
	u, err := s.lib.StartUpload(ctx, sem, "film.mp4", int64(len(in)))
	s.ok(err)
	_, err = s.lib.AppendUpload(ctx, sem, u.ID, 0, bytes.NewReader(in[:10]))
	s.ok(err)

	// The line is cut in the middle of the second piece.
	_, err = s.lib.AppendUpload(ctx, sem, u.ID, 10, io.MultiReader(bytes.NewReader(in[10:15]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the reader's own error", err)
	}
	got, err := s.lib.UploadByID(ctx, sem, u.ID)
	s.ok(err)
	if got.Received != 10 {
		t.Errorf("got %d bytes, want 10", got.Received)
	}
	for _, offset := range []int64{0, 9, 11, 15, -1} {
		_, err := s.lib.AppendUpload(ctx, sem, u.ID, offset, bytes.NewReader(in))
		s.fails(err, portfolio.Conflict)
	}
	_, err = s.lib.FinishUpload(ctx, sem, u.ID)
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.AddWork(ctx, sem, portfolio.NewWork{Title: "Film", Uploads: []string{u.ID}})
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.AppendUpload(ctx, sem, u.ID, 10, bytes.NewReader(in[10:]))
	s.ok(err)
	_, err = s.lib.AppendUpload(ctx, sem, u.ID, int64(len(in)), strings.NewReader("x"))
	s.fails(err, portfolio.Invalid)
	done, err := s.lib.FinishUpload(ctx, sem, u.ID)
	s.ok(err)
	w, err := s.lib.AddWork(ctx, sem, portfolio.NewWork{Title: "Film", Uploads: []string{u.ID}})
	s.ok(err)
	s.holds(sem, w, done.File.FileID(), in)
	s.onlyBlobs(done.File.Blob)
}

func TestFinishingAgainGivesTheSameFile(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	u := s.whole("sem", "brief.txt", "lieve oma")
	first, err := s.lib.FinishUpload(ctx, sem, u)
	s.ok(err)
	again, err := s.lib.FinishUpload(ctx, sem, u)
	s.ok(err)
	if *first.File != *again.File {
		t.Errorf("got %+v, want %+v", again.File, first.File)
	}
	s.onlyBlobs(first.File.Blob)
}

// A browser that hears nothing asks again. That must not undo what is going on.
func TestFinishingTwiceAtOnceMakesOneFile(t *testing.T) {
	s := newSchool(t)
	slow := &gate{reached: make(chan bool), open: make(chan bool)}
	s.lib = portfolio.NewLibrary(s.store, s.files, slow, s.now)
	u := s.whole("sem", "film.mp4", "heel lang")
	var done *portfolio.Upload
	var err error
	var first sync.WaitGroup
	first.Go(func() { done, err = s.lib.FinishUpload(ctx, s.who["sem"], u) })
	<-slow.reached
	for range 3 {
		_, err := s.lib.FinishUpload(ctx, s.who["sem"], u)
		s.fails(err, portfolio.Conflict)
	}
	close(slow.open)
	first.Wait()
	s.ok(err)
	again, err := s.lib.FinishUpload(ctx, s.who["sem"], u)
	s.ok(err)
	if *done.File != *again.File {
		t.Errorf("got %+v, want %+v", again.File, done.File)
	}
	s.onlyBlobs(done.File.Blob)
}

func TestAnUploadThatIsStoppedWhileItIsFinishedLeavesNothing(t *testing.T) {
	s := newSchool(t)
	slow := &gate{reached: make(chan bool), open: make(chan bool)}
	s.lib = portfolio.NewLibrary(s.store, s.files, slow, s.now)
	u := s.whole("sem", "film.mp4", "heel lang")
	var err error
	var finish sync.WaitGroup
	finish.Go(func() { _, err = s.lib.FinishUpload(ctx, s.who["sem"], u) })
	<-slow.reached
	s.ok(s.lib.DropUpload(ctx, s.who["sem"], u))
	close(slow.open)
	finish.Wait()
	if k := portfolio.KindOf(err); k != portfolio.Conflict && k != portfolio.NotFound {
		t.Errorf("got %v, want Conflict or NotFound", err)
	}
	s.onlyBlobs()
}

func TestTwoPiecesForOnePlaceBecomeOne(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	u, err := s.lib.StartUpload(ctx, sem, "x.txt", 8)
	s.ok(err)
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() { _, errs[i] = s.lib.AppendUpload(ctx, sem, u.ID, 0, strings.NewReader("1234")) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			s.fails(err, portfolio.Conflict)
		}
	}
	got, err := s.lib.UploadByID(ctx, sem, u.ID)
	s.ok(err)
	if won != 1 || got.Received != 4 || len(got.Chunks) != 1 {
		t.Errorf("%d won and %d bytes in %v were received, want 1 and 4", won, got.Received, got.Chunks)
	}
	s.onlyBlobs(got.Chunks...)
}

func TestWhatIsTooLargeIsRefusedBeforeItsFirstByte(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	_, err := s.lib.StartUpload(ctx, sem, "groot.mp4", portfolio.MaxFile+1)
	s.fails(err, portfolio.TooLarge)
	for _, size := range []int64{0, -1} {
		_, err = s.lib.StartUpload(ctx, sem, "leeg.txt", size)
		s.fails(err, portfolio.Invalid)
	}
	_, err = s.lib.TakeUpload(ctx, sem, "leeg.txt", strings.NewReader(""))
	s.fails(err, portfolio.Invalid)
	u, err := s.lib.StartUpload(ctx, sem, "klein.txt", 10)
	s.ok(err)
	_, err = s.lib.AppendUpload(ctx, sem, u.ID, 0, io.LimitReader(endless{}, 1<<20))
	s.fails(err, portfolio.Invalid)
	s.onlyBlobs()
	s.uploads(u.ID)
}

func TestAPersonHasRoomForAWorkFullOfUploadsAndNotForMore(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	n := 0
	for ; n < 1000; n++ {
		if _, err := s.lib.StartUpload(ctx, sem, "x.txt", 1); err != nil {
			s.fails(err, portfolio.TooMany)
			break
		}
	}
	if n < portfolio.MaxFiles || n == 1000 {
		t.Errorf("there is room for %d", n)
	}
	_, err := s.lib.TakeUpload(ctx, sem, "x.txt", strings.NewReader("x"))
	s.fails(err, portfolio.TooMany)
	_, err = s.lib.StartUpload(ctx, s.who["lotte"], "x.txt", 1)
	s.ok(err)
}

func TestAnUploadInCrumbsIsRefused(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	u, err := s.lib.StartUpload(ctx, sem, "x.txt", 1000)
	s.ok(err)
	n := int64(0)
	for ; n < 1000 && err == nil; n++ {
		_, err = s.lib.AppendUpload(ctx, sem, u.ID, n, strings.NewReader("x"))
	}
	s.fails(err, portfolio.Invalid)
	if n > 513 {
		t.Errorf("%d pieces were taken", n)
	}
	s.ok(s.lib.DropUpload(ctx, sem, u.ID))
	s.onlyBlobs()
}

func TestAnUploadBelongsToWhoBeganIt(t *testing.T) {
	s := newSchool(t)
	u := s.whole("sem", "dagboek.txt", "geheim")
	for _, name := range []string{"lotte", "samira", "fatima"} {
		who := s.who[name]
		_, err := s.lib.UploadByID(ctx, who, u)
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.AppendUpload(ctx, who, u, 0, strings.NewReader("x"))
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.FinishUpload(ctx, who, u)
		s.fails(err, portfolio.NotFound)
		s.fails(s.lib.DropUpload(ctx, who, u), portfolio.NotFound)
	}
	_, err := s.lib.FinishUpload(ctx, s.who["sem"], u)
	s.ok(err)
	_, err = s.lib.AddWork(ctx, s.who["lotte"], portfolio.NewWork{Title: "Van een ander", Uploads: []string{u}})
	s.fails(err, portfolio.NotFound)
	for _, name := range []string{"samira", "fatima"} {
		if _, err := s.lib.StartUpload(ctx, s.who[name], "x.txt", 1); err == nil {
			t.Errorf("%s could begin an upload", name)
		}
		if _, err := s.lib.TakeUpload(ctx, s.who[name], "x.txt", strings.NewReader("x")); err == nil {
			t.Errorf("%s could upload", name)
		}
	}
}

func TestTheSweepForgetsWhatNobodyCameBackForAndNothingElse(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	open, err := s.lib.StartUpload(ctx, sem, "half.txt", 10)
	s.ok(err)
	_, err = s.lib.AppendUpload(ctx, sem, open.ID, 0, strings.NewReader("half"))
	s.ok(err)
	s.finish("sem", s.whole("sem", "klaar.txt", "klaar en vergeten"))
	w, err := s.lib.AddWork(ctx, sem, portfolio.NewWork{Title: "Werk", Uploads: []string{s.finish("sem", s.whole("sem", "werk.txt", "werk"))}})
	s.ok(err)

	s.later(47 * time.Hour)
	fresh := s.whole("sem", "vers.txt", "vers")
	s.swept(0)
	s.later(2 * time.Hour)
	s.swept(2)
	s.swept(0)
	s.uploads(fresh)
	got, err := s.lib.UploadByID(ctx, sem, fresh)
	s.ok(err)
	s.onlyBlobs(append(got.Chunks, w.Files[0].Blob)...)
	s.holds(sem, w, w.Files[0].FileID(), []byte("werk"))
}

// After each write of taking a file in, the process ends. What is acknowledged
// stays whole, the rest is gone after the sweep: also when the student goes on
// where it stopped.
func TestACrashAtAnyWriteLosesNothingAndLeavesNothing(t *testing.T) {
	for _, goesOn := range []bool{false, true} {
		for at := 0; ; at++ {
			s := newSchool(t)
			sem := s.who["sem"]
			power := &power{left: at}
			one := &oneFile{lib: portfolio.NewLibrary(&poweredStore{s.store, power}, &poweredFiles{s.files, power}, thumbs{}, s.now), who: sem}
			whole := one.save() == nil
			one.lib = portfolio.NewLibrary(s.store, s.files, thumbs{}, s.now) // the machine comes up again
			if goesOn && s.count(sem) == 0 {
				s.ok(one.save())
			}
			s.later(49 * time.Hour)
			_, err := s.lib.Sweep(ctx)
			s.ok(err)
			s.uploads()
			works, _, err := s.lib.Works(ctx, sem, sem.Person, "", 10)
			s.ok(err)
			var kept []string
			for _, w := range works {
				kept = append(kept, w.Files[0].Blob, w.Files[0].Thumb)
				s.holds(sem, w.Work, w.Files[0].FileID(), []byte("een twee drie"))
			}
			s.onlyBlobs(kept...)
			if (whole || goesOn) && len(works) != 1 {
				t.Errorf("got %d works, want 1", len(works))
			}
			if t.Failed() {
				t.Fatalf("after %d writes, going on: %v", at, goesOn)
			}
			if whole {
				if at < 10 {
					t.Errorf("it took only %d writes", at)
				}
				break
			}
		}
	}
}

func TestAWorkThatIsBeingSavedKeepsItsUploadFromTheSweep(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	id := s.finish("sem", s.whole("sem", "werk.txt", "werk"))
	s.later(72 * time.Hour)
	// The work has taken hold of the upload and is not stored yet.
	hook := &hookStore{Store: s.store}
	lib := portfolio.NewLibrary(hook, s.files, plainIntake{}, s.now)
	hook.before = func(kind string) {
		if kind == "work" {
			s.swept(0)
			s.fails(s.lib.DropUpload(ctx, sem, id), portfolio.Conflict)
		}
	}
	w, err := lib.AddWork(ctx, sem, portfolio.NewWork{Title: "Werk", Uploads: []string{id}})
	s.ok(err)
	s.uploads()
	s.holds(sem, w, w.Files[0].FileID(), []byte("werk"))
}

func TestAnUploadThatIsBeingForgottenIsForNoWork(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	id := s.finish("sem", s.whole("sem", "werk.txt", "werk"))
	tried := false
	lib := portfolio.NewLibrary(s.store, &hookFiles{s.files, func() {
		tried = true
		_, err := s.lib.AddWork(ctx, sem, portfolio.NewWork{Title: "Werk", Uploads: []string{id}})
		s.fails(err, portfolio.NotFound)
	}}, plainIntake{}, s.now)
	s.ok(lib.DropUpload(ctx, sem, id))
	if !tried {
		t.Error("nothing was deleted")
	}
	s.onlyBlobs()
}

func TestAFileThatOnlyAnEarlierVersionHoldsSurvivesTheSweep(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	id := s.finish("sem", s.whole("sem", "eerst.txt", "eerst"))
	// Saved, but the upload could not be let go.
	power := &power{left: 1 << 30}
	lib := portfolio.NewLibrary(&poweredStore{s.store, power}, s.files, plainIntake{}, s.now)
	power.noDelete = true
	lib.AddWork(ctx, sem, portfolio.NewWork{Title: "Werk", Text: "tekst", Uploads: []string{id}})
	works, _, err := s.lib.Works(ctx, sem, sem.Person, "", 10)
	s.ok(err)
	w := works[0].Work
	_, err = s.lib.ChangeWork(ctx, sem, w.ID, w.Rev, portfolio.NewWork{Title: "Werk", Text: "zonder bestand"}, nil)
	s.ok(err)
	s.uploads(id)
	s.later(72 * time.Hour)
	s.swept(1)
	now, err := s.lib.Work(ctx, sem, w.ID)
	s.ok(err)
	back, err := s.lib.RestoreVersion(ctx, sem, w.ID, now.Rev, 1)
	s.ok(err)
	s.holds(sem, back, w.Files[0].FileID(), []byte("eerst"))
}

func TestWhatTheEngineCannotSayForSureIsNotThrownAway(t *testing.T) {
	s := newSchool(t)
	sem := s.who["sem"]
	hook := &hookStore{Store: s.store}
	lib := portfolio.NewLibrary(hook, s.files, plainIntake{}, s.now)
	u, err := lib.StartUpload(ctx, sem, "x.txt", 4)
	s.ok(err)

	// Each change is stored, and the answer is lost.
	hook.after = func(kind string) error { return portfolio.E(portfolio.Unavailable, "error.unavailable") }
	_, err = lib.AppendUpload(ctx, sem, u.ID, 0, strings.NewReader("1234"))
	s.fails(err, portfolio.Unavailable)
	got, err := lib.UploadByID(ctx, sem, u.ID)
	s.ok(err)
	if got.Received != 4 {
		t.Fatalf("got %d", got.Received)
	}
	n := 0
	hook.after = func(kind string) error {
		if n++; n == 2 { // the change that names the file
			return portfolio.E(portfolio.Unavailable, "error.unavailable")
		}
		return nil
	}
	_, err = lib.FinishUpload(ctx, sem, u.ID)
	s.fails(err, portfolio.Unavailable)
	hook.after = nil
	done, err := lib.FinishUpload(ctx, sem, u.ID)
	s.ok(err)
	w, err := lib.AddWork(ctx, sem, portfolio.NewWork{Title: "Werk", Uploads: []string{u.ID}})
	s.ok(err)
	s.holds(sem, w, done.File.FileID(), []byte("1234"))
	s.onlyBlobs(done.File.Blob)
}

func TestANameIsOnlyEverAName(t *testing.T) {
	for in, want := range map[string]string{
		"foto.jpg": "foto.jpg", "../../etc/passwd": "passwd", `C:\Users\Sem\één.docx`: "één.docx", "": "bestand", "..": "bestand", ".": "bestand", "/": "bestand",
		"a/b/": "b", "  spatie .txt ": "spatie .txt", "😀👩‍👩‍👧.png": "😀👩‍👩‍👧.png", "regel\r\nSet-Cookie: x": "regelSet-Cookie: x",
		"foto\u202egpj.exe": "fotogpj.exe", "\x00\x01": "bestand", "kapot\xff.txt": "kapot.txt", "CON": "CON",
	} {
		if got := portfolio.CleanName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	long := portfolio.CleanName(strings.Repeat("é", 5000) + ".jpeg")
	if n := len([]rune(long)); n != portfolio.MaxName || !strings.HasSuffix(long, "é.jpeg") {
		t.Errorf("got %d characters: %q", n, long)
	}
}

// A film goes in and comes out without being held in memory. KAFT_LARGE=1 takes
// one of the largest size.
func TestALargeFileIsNeverHeldInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 300 MB")
	}
	size := int64(300 << 20)
	if os.Getenv("KAFT_LARGE") != "" {
		size = portfolio.MaxFile
	}
	s := newSchool(t)
	sem := s.who["sem"]
	before, peak := heap(), uint64(0)
	in := &counted{r: io.LimitReader(endless{}, size), every: func() { peak = max(peak, heap()) }}
	u, err := s.lib.TakeUpload(ctx, sem, "film.mp4", in)
	s.ok(err)
	w, err := s.lib.AddWork(ctx, sem, portfolio.NewWork{Title: "Film", Uploads: []string{u.ID}})
	s.ok(err)
	_, r, err := s.lib.OpenFile(ctx, sem, w.ID, u.File.FileID(), false)
	s.ok(err)
	defer r.Close()
	out := &counted{r: r, every: in.every}
	if n, err := io.Copy(io.Discard, out); err != nil || n != size {
		t.Errorf("got %d bytes, %v, want %d", n, err, size)
	}
	t.Logf("%d MB in and out with %d KB of heap", size>>20, (peak-min(before, peak))>>10)
	if peak > before+8<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, peak)
	}

	// One byte more is refused at the end, and nothing is left.
	if size == portfolio.MaxFile {
		_, err = s.lib.TakeUpload(ctx, sem, "te groot.mp4", io.LimitReader(endless{}, size+1))
		s.fails(err, portfolio.TooLarge)
		s.uploads()
		s.onlyBlobs(u.File.Blob)
	}
}

// whole sends a text in two pieces and gives the upload's id.
func (s *school) whole(name, file, text string) string {
	s.t.Helper()
	u, err := s.lib.StartUpload(ctx, s.who[name], file, int64(len(text)))
	s.ok(err)
	_, err = s.lib.AppendUpload(ctx, s.who[name], u.ID, 0, strings.NewReader(text[:2]))
	s.ok(err)
	_, err = s.lib.AppendUpload(ctx, s.who[name], u.ID, 2, strings.NewReader(text[2:]))
	s.ok(err)
	return u.ID
}

func (s *school) finish(name, id string) string {
	s.t.Helper()
	_, err := s.lib.FinishUpload(ctx, s.who[name], id)
	s.ok(err)
	return id
}

// oneFile is a file on its way into a work, that goes on where it was.
type oneFile struct {
	lib *portfolio.Library
	who portfolio.Actor
	id  string
}

func (o *oneFile) save() error {
	const text = "een twee drie"
	if o.id == "" {
		u, err := o.lib.StartUpload(ctx, o.who, "drie.txt", int64(len(text)))
		if err != nil {
			return err
		}
		o.id = u.ID
	}
	for {
		u, err := o.lib.UploadByID(ctx, o.who, o.id)
		if err != nil {
			return err
		}
		if u.Received == u.Size {
			break
		}
		if _, err := o.lib.AppendUpload(ctx, o.who, o.id, u.Received, strings.NewReader(text[u.Received:min(u.Received+5, u.Size)])); err != nil {
			return err
		}
	}
	if _, err := o.lib.FinishUpload(ctx, o.who, o.id); err != nil {
		return err
	}
	_, err := o.lib.AddWork(ctx, o.who, portfolio.NewWork{Title: "Drie", Uploads: []string{o.id}})
	return err
}

func (s *school) count(a portfolio.Actor) int {
	s.t.Helper()
	works, _, err := s.lib.Works(ctx, a, a.Person, "", 10)
	s.ok(err)
	return len(works)
}

// holds says that a file of a work has this content.
func (s *school) holds(a portfolio.Actor, w *portfolio.Work, file string, want []byte) {
	s.t.Helper()
	_, r, err := s.lib.OpenFile(ctx, a, w.ID, file, false)
	if err != nil {
		s.t.Errorf("open %s: %v", file, err)
		return
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
		s.t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// onlyBlobs says that these blobs are there and no others.
func (s *school) onlyBlobs(want ...string) {
	s.t.Helper()
	blobs, err := s.files.List(ctx, "", "", 1000)
	s.ok(err)
	var got []string
	for _, b := range blobs {
		got = append(got, b.ID)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("got blobs %q, want %q", got, want)
	}
}

// uploads says that these uploads are there and no others.
func (s *school) uploads(want ...string) {
	s.t.Helper()
	docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "upload", Limit: 1000})
	s.ok(err)
	var got []string
	for _, d := range docs {
		got = append(got, d.ID)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("got uploads %q, want %q", got, want)
	}
}

func (s *school) swept(want int) {
	s.t.Helper()
	if got, err := s.lib.Sweep(ctx); err != nil || got != want {
		s.t.Errorf("swept %d, %v, want %d", got, err, want)
	}
}

// gate is an intake that waits in the middle of the first file.
type gate struct {
	plainIntake
	waited        atomic.Bool
	reached, open chan bool
}

func (g *gate) Admit(_ string, r io.Reader) (string, io.Reader, error) {
	return "text/plain", io.MultiReader(readerFunc(func([]byte) (int, error) {
		if !g.waited.Swap(true) {
			g.reached <- true
			<-g.open
		}
		return 0, io.EOF
	}), r), nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// thumbs is an intake that makes a thumbnail of everything.
type thumbs struct{ plainIntake }

func (thumbs) Thumb(string, portfolio.BlobReader) []byte { return []byte("klein") }

// power fails after a number of writes, for good.
type power struct {
	left     int
	noDelete bool
}

var errPower = portfolio.E(portfolio.Unavailable, "error.unavailable")

func (p *power) write() error {
	if p.left--; p.left < 0 {
		return errPower
	}
	return nil
}

type poweredStore struct {
	portfolio.Store
	*power
}

func (p *poweredStore) Create(ctx context.Context, d portfolio.Doc) error {
	if err := p.write(); err != nil {
		return err
	}
	return p.Store.Create(ctx, d)
}

func (p *poweredStore) Replace(ctx context.Context, d portfolio.Doc) error {
	if err := p.write(); err != nil {
		return err
	}
	return p.Store.Replace(ctx, d)
}

func (p *poweredStore) Delete(ctx context.Context, ref portfolio.Ref, rev int64) error {
	if err := p.write(); err != nil || p.noDelete {
		return errPower
	}
	return p.Store.Delete(ctx, ref, rev)
}

type poweredFiles struct {
	portfolio.Files
	*power
}

func (p *poweredFiles) Put(ctx context.Context, id string, r io.Reader) (int64, error) {
	if err := p.write(); err != nil {
		return 0, err
	}
	return p.Files.Put(ctx, id, r)
}

func (p *poweredFiles) Delete(ctx context.Context, id string) error {
	if err := p.write(); err != nil {
		return err
	}
	return p.Files.Delete(ctx, id)
}

// hookStore is a store with something before each Create and after each
// Replace.
type hookStore struct {
	portfolio.Store
	before func(kind string)
	after  func(kind string) error
}

func (h *hookStore) Create(ctx context.Context, d portfolio.Doc) error {
	if h.before != nil {
		h.before(d.Kind)
	}
	return h.Store.Create(ctx, d)
}

func (h *hookStore) Replace(ctx context.Context, d portfolio.Doc) error {
	if err := h.Store.Replace(ctx, d); err != nil || h.after == nil {
		return err
	}
	return h.after(d.Kind)
}

// hookFiles are files with something before each Delete.
type hookFiles struct {
	portfolio.Files
	before func()
}

func (h *hookFiles) Delete(ctx context.Context, id string) error {
	h.before()
	return h.Files.Delete(ctx, id)
}

// endless gives bytes for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i * 7)
	}
	return len(p), nil
}

// counted calls every at each 16 MB.
type counted struct {
	r     io.Reader
	n     int64
	every func()
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if (c.n+int64(n))>>24 != c.n>>24 {
		c.every()
	}
	c.n += int64(n)
	return n, err
}

// heap is what is in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
