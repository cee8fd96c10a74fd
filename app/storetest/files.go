package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"kaft/portfolio"
)

// TestFiles holds a portfolio.Files to its contract.
func TestFiles(t *testing.T, open Opener[portfolio.Files]) {
	for _, c := range []struct {
		sentence string
		test     func(*testing.T, portfolio.Files)
	}{
		{"a blob of any size reads back whole and in ranges", readsBack},
		{"a blob is put once and never changed", putsOnce},
		{"what is not there is not found, and deleting it is fine", findsNoBlobWhereNoneIs},
		{"a deleted blob is gone and its ID is free", deletesBlobs},
		{"a reader that fails stores nothing and its error comes back", returnsTheReadersError},
		{"a blob that is half written is not there", hidesTheHalfWritten},
		{"a bad ID is invalid", refusesBadIDs},
		{"no blob is the folder of another", refusesFolders},
		{"a list goes by ID, from after, within prefix, up to limit", listsBlobs},
		{"a list tells the size and the time", tellsSizeAndTime},
		{"a reader that was open at a delete never reads other bytes", outlivesOrFails},
		{"many put at once, and one ID is put once", putsTogether},
		{"folders come and go under many hands", foldersComeAndGo},
		{"a context that has ended is an error and stores nothing", heedsAnEndedContextInFiles},
		{"a blob of 300 MB passes through little memory", holdsLittleMemory},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			f, _ := open(t)
			c.test(t, f)
		})
	}
	t.Run("closing and opening keeps everything", func(t *testing.T) {
		f, reopen := open(t)
		if reopen == nil {
			t.Skip("this engine is not the test's to restart")
		}
		put(t, f, "a/b", 1, 100_000)
		put(t, f, "a/c", 2, 0)
		put(t, f, "gone", 3, 5)
		deleteBlob(t, f, "gone")
		f = reopen()
		wantBlob(t, f, "a/b", 1, 100_000)
		wantBlob(t, f, "a/c", 2, 0)
		wantListed(t, f, "", "", 10, "a/b", "a/c")
	})
}

func readsBack(t *testing.T, f portfolio.Files) {
	for i, size := range []int64{0, 1, 7, 64<<10 - 1, 64 << 10, 64<<10 + 1, 5 << 20} {
		id, n := fmt.Sprintf("b/%d", size), noise(i)
		put(t, f, id, n, size)
		wantBlob(t, f, id, n, size)
		r := openBlob(t, f, id)
		if size <= 64<<10 {
			if err := iotest.TestReader(r, n.bytes(size)); err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
		readsRanges(t, r, n, size)
	}
}

// readsRanges reads at places all over a blob, from many goroutines, and asks
// the things about its edges that a download with ranges depends on.
func readsRanges(t *testing.T, r portfolio.BlobReader, n noise, size int64) {
	t.Helper()
	var wg sync.WaitGroup
	for who := range 4 {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(who), uint64(size)))
			for range 25 {
				from := dice.Int64N(size + 1)
				to := from + dice.Int64N(min(size-from, 100_000)+1)
				if err := isNoise(io.NewSectionReader(r, from, to-from), n, from, to); err != nil {
					t.Errorf("ReadAt %d to %d of %d: %v", from, to, size, err)
				}
			}
		})
	}
	wg.Wait()
	if k, err := r.ReadAt(make([]byte, 8), size); k != 0 || err != io.EOF {
		t.Errorf("ReadAt the end: got %d, %v, want end of file", k, err)
	}
	if _, err := r.ReadAt(make([]byte, 8), -1); err == nil {
		t.Error("ReadAt -1 was allowed")
	}
	if at, err := r.Seek(-min(size, 10), io.SeekEnd); err != nil || at != size-min(size, 10) {
		t.Errorf("Seek to 10 before the end: got %d, %v", at, err)
	}
	if err := isNoise(r, n, size-min(size, 10), size); err != nil {
		t.Errorf("the last 10 of %d: %v", size, err)
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("Seek to -1 was allowed")
	}
	if at, err := r.Seek(0, io.SeekStart); err != nil || at != 0 {
		t.Errorf("Seek to the start: got %d, %v", at, err)
	}
}

func putsOnce(t *testing.T, f portfolio.Files) {
	put(t, f, "a/b", 1, 1000)
	_, err := f.Put(t.Context(), "a/b", noise(2).first(2000))
	wantKind(t, err, portfolio.Exists)
	_, err = f.Put(t.Context(), "a/b", noise(1).first(1000)) // the same bytes are no exception
	wantKind(t, err, portfolio.Exists)
	wantBlob(t, f, "a/b", 1, 1000)
	wantListed(t, f, "", "", 10, "a/b")
}

func findsNoBlobWhereNoneIs(t *testing.T, f portfolio.Files) {
	put(t, f, "a/b", 1, 10)
	for _, id := range []string{"x", "a", "a/c", "a/b/c", "a/b/c/d"} {
		_, err := f.Open(t.Context(), id)
		wantKind(t, err, portfolio.NotFound)
		deleteBlob(t, f, id)
	}
	wantBlob(t, f, "a/b", 1, 10)
}

func deletesBlobs(t *testing.T, f portfolio.Files) {
	put(t, f, "a/b/c", 1, 10)
	put(t, f, "a/d", 2, 10)
	deleteBlob(t, f, "a/b/c")
	_, err := f.Open(t.Context(), "a/b/c")
	wantKind(t, err, portfolio.NotFound)
	wantListed(t, f, "", "", 10, "a/d")
	put(t, f, "a/b/c", 3, 20)
	wantBlob(t, f, "a/b/c", 3, 20)
	deleteBlob(t, f, "a/b/c")
	put(t, f, "a/b", 4, 30) // no folder of a blob any more
	wantBlob(t, f, "a/b", 4, 30)
	wantBlob(t, f, "a/d", 2, 10)
}

func returnsTheReadersError(t *testing.T, f portfolio.Files) {
	broken := errors.New("the line broke")
	for what, r := range map[string]io.Reader{
		"at once":            iotest.ErrReader(broken),
		"after a while":      io.MultiReader(noise(1).first(300_000), iotest.ErrReader(broken)),
		"with the last byte": iotest.DataErrReader(io.MultiReader(noise(1).first(100), iotest.ErrReader(broken))),
		"at the end of file": io.MultiReader(noise(1).first(100), iotest.ErrReader(io.ErrUnexpectedEOF)),
		"as a limit does":    io.MultiReader(noise(1).first(100), iotest.ErrReader(portfolio.E(portfolio.TooLarge, "error.too_large"))),
	} {
		_, err := f.Put(t.Context(), "a/b", r)
		if !errors.Is(err, broken) && err != io.ErrUnexpectedEOF && portfolio.KindOf(err) != portfolio.TooLarge {
			t.Errorf("%s: got %v, want the reader's own error", what, err)
		}
		_, err = f.Open(t.Context(), "a/b")
		wantKind(t, err, portfolio.NotFound)
		wantListed(t, f, "", "", 10)
	}
	size, err := f.Put(t.Context(), "a/b", iotest.DataErrReader(iotest.HalfReader(noise(1).first(300_000))))
	if err != nil || size != 300_000 {
		t.Errorf("a reader that gives little and its end with its data: got %d, %v", size, err)
	}
	wantBlob(t, f, "a/b", 1, 300_000)
}

func hidesTheHalfWritten(t *testing.T, f portfolio.Files) {
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := f.Put(t.Context(), "a/b", r)
		done <- err
	}()
	if _, err := io.Copy(w, noise(1).first(500_000)); err != nil {
		t.Fatal(err)
	}
	_, err := f.Open(t.Context(), "a/b")
	wantKind(t, err, portfolio.NotFound)
	wantListed(t, f, "", "", 10)
	w.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantBlob(t, f, "a/b", 1, 500_000)
}

func refusesBadIDs(t *testing.T, f portfolio.Files) {
	for _, id := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", "a/./b", "a.b", "A", "a/B", "a b", "a\\b", "a\x00",
		"a\nb", "é", "a_b", "a:b", "~", "*", "%2e%2e", strings.Repeat("a", 201), strings.Repeat("a/", 100) + "a",
	} {
		_, err := f.Put(t.Context(), id, strings.NewReader("x"))
		wantKind(t, err, portfolio.Invalid)
		_, err = f.Open(t.Context(), id)
		wantKind(t, err, portfolio.Invalid)
		wantKind(t, f.Delete(t.Context(), id), portfolio.Invalid)
	}
	wantListed(t, f, "", "", 10)
	for i, id := range []string{"-", "0", strings.Repeat("z", 200), strings.Repeat("a/", 99) + "bc"} {
		put(t, f, id, noise(i), 10)
		wantBlob(t, f, id, noise(i), 10)
	}
}

func refusesFolders(t *testing.T, f portfolio.Files) {
	put(t, f, "a/b", 1, 10)
	for _, id := range []string{"a", "a/b/c", "a/b/c/d"} {
		_, err := f.Put(t.Context(), id, strings.NewReader("x"))
		wantKind(t, err, portfolio.Invalid)
	}
	put(t, f, "a/bc", 2, 10) // only begins alike
	put(t, f, "a-b", 3, 10)
	wantListed(t, f, "", "", 10, "a-b", "a/b", "a/bc")
	wantBlob(t, f, "a/b", 1, 10)
}

func tellsSizeAndTime(t *testing.T, f portfolio.Files) {
	put(t, f, "a", 1, 0)
	put(t, f, "b", 1, 123_456)
	blobs, err := f.List(t.Context(), "", "", 10)
	if err != nil || len(blobs) != 2 || blobs[0].Size != 0 || blobs[1].Size != 123_456 {
		t.Fatalf("got %v, %v", blobs, err)
	}
	for _, b := range blobs {
		if off := time.Since(b.At).Abs(); off > 24*time.Hour { // it is the engine's clock, not ours
			t.Errorf("%s was stored at %v", b.ID, b.At)
		}
	}
}

func outlivesOrFails(t *testing.T, f portfolio.Files) {
	put(t, f, "a", 1, 200_000)
	r := openBlob(t, f, "a")
	begin := make([]byte, 1000)
	if _, err := io.ReadFull(r, begin); err != nil || !bytes.Equal(begin, noise(1).bytes(1000)) {
		t.Fatalf("the beginning is wrong, or %v", err)
	}
	deleteBlob(t, f, "a")
	put(t, f, "a", 2, 200_000)
	rest, err := io.ReadAll(r)
	if err == nil && len(rest) != 199_000 {
		t.Errorf("the rest ended after %d bytes without an error", len(rest))
	}
	if !bytes.HasPrefix(noise(1).bytes(200_000)[1000:], rest) {
		t.Error("the rest has other bytes")
	}
}
