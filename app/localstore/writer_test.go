package localstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"kaft/portfolio"
)

// together runs calls so that they are one batch: it holds the writer until
// all of them wait. It gives the answers in the order of the calls, which is
// that of the batch.
func together(t *testing.T, s *Store, calls ...func() error) []error {
	t.Helper()
	begun, release := make(chan bool), make(chan bool)
	go s.writer.write(context.Background(), func(*writer) error {
		close(begun)
		<-release
		return nil
	})
	<-begun
	answers := make([]error, len(calls))
	var wg sync.WaitGroup
	for i, call := range calls {
		wg.Go(func() { answers[i] = call() })
		for len(s.writer.queue) < i+1 {
			runtime.Gosched()
		}
	}
	close(release)
	wg.Wait()
	return answers
}

func TestWritesThatWaitAreOneCommit(t *testing.T) {
	s := openAt(t, t.TempDir())
	const n = 50
	answered := make(chan int, n)
	var calls []func() error
	for i := range n {
		calls = append(calls, func() error {
			err := s.writer.write(t.Context(), func(w *writer) error {
				if len(answered) > 0 {
					return errors.New("another was answered before the commit")
				}
				return change(w.insert, values(work(fmt.Sprint(i))), func() error { return exists })
			})
			answered <- i
			return err
		})
	}
	for i, err := range together(t, s, calls...) {
		if err != nil {
			t.Error(err)
		}
		if !there(t, s, fmt.Sprint(i)) {
			t.Errorf("%d was acknowledged and is not there", i)
		}
	}
}

func TestARefusedWriteLeavesItsNeighboursAlone(t *testing.T) {
	s := openAt(t, t.TempDir())
	if err := s.Create(t.Context(), work("taken")); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	stale := work("taken")
	stale.Rev = 7
	got := together(t, s,
		func() error { return s.Create(t.Context(), work("first")) },
		func() error { return s.Create(t.Context(), work("taken")) },
		func() error { return s.Replace(t.Context(), stale) },
		func() error { return s.Delete(t.Context(), work("none").Ref, 1) },
		func() error { defer cancel(); return s.Create(ended, work("cancelled")) },
		func() error { cancel(); return s.Create(t.Context(), work("last")) },
	)
	for i, want := range []string{"<nil>", exists.Error(), conflict.Error(), notFound.Error(), "unavailable: error.unavailable: context canceled", "<nil>"} {
		if fmt.Sprint(got[i]) != want {
			t.Errorf("call %d: got %v, want %s", i, got[i], want)
		}
	}
	for id, want := range map[string]bool{"first": true, "last": true, "cancelled": false} {
		if there(t, s, id) != want {
			t.Errorf("%s: there is %v, want %v", id, !want, want)
		}
	}
}

func TestAFullDiskFailsOnlyWhatDoesNotFit(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	if _, err := s.writer.db.Exec("PRAGMA max_page_count = 200"); err != nil { // 800 KB
		t.Fatal(err)
	}
	large := work("large")
	large.Body = make([]byte, 4<<20)
	got := together(t, s,
		func() error { return s.Create(t.Context(), work("before")) },
		func() error { return s.Create(t.Context(), large) },
		func() error { return s.Create(t.Context(), work("after")) },
	)
	if got[0] != nil || portfolio.KindOf(got[1]) != portfolio.Unavailable || got[2] != nil {
		t.Errorf("got %v, want only the large one Unavailable", got)
	}
	s.Close()
	s = openAt(t, dir)
	for id, want := range map[string]bool{"before": true, "large": false, "after": true} {
		if there(t, s, id) != want {
			t.Errorf("%s: there is %v, want %v", id, !want, want)
		}
	}
	wantIntegrity(t, s)
}

func TestAFailedCommitIsUnavailableToAll(t *testing.T) {
	s := openAt(t, t.TempDir())
	if err := s.Create(t.Context(), work("taken")); err != nil {
		t.Fatal(err)
	}
	got := together(t, s,
		func() error { return s.Create(t.Context(), work("lost")) },
		func() error { return s.Create(t.Context(), work("taken")) },
		func() error {
			return s.writer.write(t.Context(), func(w *writer) error {
				_, err := w.rollback.Exec() // as SQLite does by itself on some errors of the disk
				return err
			})
		},
	)
	for i, err := range got {
		if portfolio.KindOf(err) != portfolio.Unavailable {
			t.Errorf("call %d: got %v, want Unavailable", i, err)
		}
	}
	if there(t, s, "lost") {
		t.Error("a write that was rolled back is there")
	}
	if err := s.Create(t.Context(), work("next")); err != nil {
		t.Errorf("the writer did not recover: %v", err)
	}
}

func TestCloseAnswersWhatWaits(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	const n = 200
	var wg sync.WaitGroup
	answers := make([]error, n)
	for i := range n {
		wg.Go(func() { answers[i] = s.Create(t.Context(), work(fmt.Sprint(i))) })
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	s = openAt(t, dir)
	for i, err := range answers {
		if err != nil && portfolio.KindOf(err) != portfolio.Unavailable {
			t.Error(err)
		}
		if there(t, s, fmt.Sprint(i)) != (err == nil) {
			t.Errorf("%d: answered %v, and there is the opposite", i, err)
		}
	}
}

func wantIntegrity(t *testing.T, s *Store) {
	t.Helper()
	var says string
	if err := s.reader.db.QueryRow("PRAGMA integrity_check").Scan(&says); err != nil || says != "ok" {
		t.Errorf("integrity_check: %q, %v", says, err)
	}
}
