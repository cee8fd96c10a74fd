package localstore

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWhatWasHalfWrittenIsRemovedAtStart(t *testing.T) {
	dir := t.TempDir()
	f := openFilesAt(t, dir)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := f.Put(t.Context(), "a/b", r)
		done <- err
	}()
	w.Write(make([]byte, 1000))
	if got := names(t, filepath.Join(dir, incoming)); len(got) != 1 {
		t.Fatalf("got %q in incoming, want the blob that is being written", got)
	}
	f.Close() // as if the process had ended: the lock is gone, the file is not
	f = openFilesAt(t, dir)
	if got := names(t, filepath.Join(dir, incoming)); len(got) != 0 {
		t.Errorf("got %q in incoming, want nothing", got)
	}
	w.Close()
	if err := <-done; err == nil {
		t.Error("the put of a closed Files succeeded")
	}
	if blobs, err := f.List(t.Context(), "", "", 10); err != nil || len(blobs) != 0 {
		t.Errorf("got %v, %v, want no blob", blobs, err)
	}
}

func TestFailedPutsLeaveNothingBehind(t *testing.T) {
	dir := t.TempDir()
	f := openFilesAt(t, dir)
	if _, err := f.Put(t.Context(), "a/b", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a/b", "a", "a/b/c", ".."} {
		if _, err := f.Put(t.Context(), id, strings.NewReader("y")); err == nil {
			t.Errorf("%s was put", id)
		}
	}
	func() {
		defer func() { recover() }()
		f.Put(t.Context(), "x", panicking{})
	}()
	if got := names(t, filepath.Join(dir, incoming)); len(got) != 0 {
		t.Errorf("got %q in incoming, want nothing", got)
	}
	if got := names(t, filepath.Join(dir, blobs)); len(got) != 1 {
		t.Errorf("got %q, want only a", got)
	}
}

func TestAFolderLeftEmptyDoesNotTakeAnID(t *testing.T) {
	dir := t.TempDir()
	f := openFilesAt(t, dir)
	if err := os.MkdirAll(filepath.Join(dir, blobs, "a", "b", "c"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Put(t.Context(), "a", strings.NewReader("x")); err != nil {
		t.Error(err)
	}
}

func TestFoldersGoWithTheirLastBlob(t *testing.T) {
	dir := t.TempDir()
	f := openFilesAt(t, dir)
	for _, id := range []string{"a/b/c", "a/d"} {
		if _, err := f.Put(t.Context(), id, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		id   string
		want []string
	}{{"a/b/c", []string{"a"}}, {"a/d", nil}} {
		if err := f.Delete(t.Context(), step.id); err != nil {
			t.Fatal(err)
		}
		if got := names(t, filepath.Join(dir, blobs)); !slices.Equal(got, step.want) {
			t.Errorf("after deleting %s: got %q, want %q", step.id, got, step.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, blobs)); err != nil {
		t.Error(err)
	}
}

func TestStrangersInTheFolderAreNotListed(t *testing.T) {
	dir := t.TempDir()
	f := openFilesAt(t, dir)
	if _, err := f.Put(t.Context(), "a/b", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".DS_Store", "a/Thumbs.db"} {
		if err := os.WriteFile(filepath.Join(dir, blobs, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.List(t.Context(), "", "", 10)
	if err != nil || len(got) != 1 || got[0].ID != "a/b" {
		t.Errorf("got %v, %v, want a/b", got, err)
	}
}

func TestALinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	f := openFilesAt(t, dir)
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, blobs, "link")); err != nil {
		t.Skip(err)
	}
	if r, err := f.Open(t.Context(), "link"); err == nil {
		r.Close()
		t.Error("a link out of the folder was opened")
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("a reader's fault") }

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
