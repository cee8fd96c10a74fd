package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kaft/portfolio"
)

func putsTogether(t *testing.T, f portfolio.Files) {
	var wg sync.WaitGroup
	var won atomic.Int64
	for who := range 8 {
		wg.Go(func() {
			for i := range 5 {
				id, n := fmt.Sprintf("folder/%d-%d", who, i), noise(who*10+i)
				if size, err := f.Put(t.Context(), id, n.first(70_000)); err != nil || size != 70_000 {
					t.Errorf("put %s: %d, %v", id, size, err)
				}
			}
			switch _, err := f.Put(t.Context(), "one", noise(who+1).first(70_000)); {
			case err == nil:
				if !won.CompareAndSwap(0, int64(who+1)) {
					t.Error("two put the same ID")
				}
			case portfolio.KindOf(err) != portfolio.Exists:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantBlob(t, f, "one", noise(won.Load()), 70_000)
	for who := range 8 {
		for i := range 5 {
			wantBlob(t, f, fmt.Sprintf("folder/%d-%d", who, i), noise(who*10+i), 70_000)
		}
	}
}

func foldersComeAndGo(t *testing.T, f portfolio.Files) {
	var wg sync.WaitGroup
	for who := range 8 {
		wg.Go(func() {
			id := fmt.Sprintf("deep/deeper/%d/blob", who%3*10+who)
			for i := range 20 {
				if _, err := f.Put(t.Context(), id, noise(who).first(10)); err != nil {
					t.Errorf("put %s the %dth time: %v", id, i, err)
					return
				}
				r, err := f.Open(t.Context(), id)
				if err != nil {
					t.Errorf("open %s the %dth time: %v", id, i, err)
					return
				}
				r.Close()
				if _, err := f.List(t.Context(), "deep/", "", 10); err != nil {
					t.Error(err)
				}
				if err := f.Delete(t.Context(), id); err != nil {
					t.Errorf("delete %s the %dth time: %v", id, i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	wantListed(t, f, "", "", 10)
	put(t, f, "deep", 1, 10)
}

func heedsAnEndedContextInFiles(t *testing.T, f portfolio.Files) {
	put(t, f, "a", 1, 10)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, opened := f.Open(ended, "a")
	_, putted := f.Put(ended, "b", strings.NewReader("x"))
	_, listed := f.List(ended, "", "", 10)
	midway, stop := context.WithCancel(t.Context())
	defer stop()
	_, stopped := f.Put(midway, "c", io.MultiReader(noise(1).first(300_000), readerFunc(func([]byte) (int, error) {
		stop()
		return 0, nil
	}), noise(1).first(300_000)))
	for what, err := range map[string]error{"Open": opened, "Put": putted, "List": listed, "Delete": f.Delete(ended, "a"), "Put midway": stopped} {
		if portfolio.KindOf(err) != portfolio.Unavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want Unavailable because the context was cancelled", what, err)
		}
	}
	wantListed(t, f, "", "", 10, "a")
}

func holdsLittleMemory(t *testing.T, f portfolio.Files) {
	if testing.Short() {
		t.Skip("300 MB")
	}
	const size, most = 300 << 20, 16 << 20
	before := heap()
	peak := uint64(0)
	watched := func(r io.Reader) io.Reader {
		return readerFunc(func(p []byte) (int, error) {
			n, err := r.Read(p)
			if rand.IntN(max(1, size/(8*len(p)))) == 0 { // eight times or so, wherever the engine is
				peak = max(peak, heap())
			}
			return n, err
		})
	}
	if n, err := f.Put(t.Context(), "large", watched(noise(1).first(size))); err != nil || n != size {
		t.Fatalf("put: %d, %v", n, err)
	}
	r := openBlob(t, f, "large")
	if err := isNoise(watched(r), 1, 0, size); err != nil {
		t.Error(err)
	}
	if err := isNoise(io.NewSectionReader(r, size-10, 10), 1, size-10, size); err != nil {
		t.Errorf("the last bytes: %v", err)
	}
	if grown := int64(peak) - int64(before); grown > most {
		t.Errorf("the heap grew by %d MiB, want at most %d", grown>>20, most>>20)
	}
}

// heap is what is in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
