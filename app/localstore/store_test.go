package localstore

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"kaft/portfolio"
)

func TestAFolderIsOpenOnce(t *testing.T) {
	dir := t.TempDir()
	for name, open := range map[string]func() (interface{ Close() error }, error){
		"documents": func() (interface{ Close() error }, error) { return Open(dir) },
		"files":     func() (interface{ Close() error }, error) { return OpenFiles(dir) },
	} {
		first, err := open()
		if err != nil {
			t.Fatal(err)
		}
		_, err = open()
		if want := fmt.Sprintf("the folder %s is in use by pid %d", dir, os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want: %s", name, err, want)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := open()
		if err != nil {
			t.Fatalf("%s: open after close: %v", name, err)
		}
		again.Close()
	}
}

func TestAFolderWithAnyNameIsMade(t *testing.T) {
	name := "a b/50%?#é&_pragma=x"
	if runtime.GOOS == "windows" {
		name = "a b/50%#é&_pragma=x"
	}
	dir := filepath.Join(t.TempDir(), name)
	s := openAt(t, dir)
	if err := s.Create(t.Context(), work("1")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "store.db")); err != nil {
		t.Error(err)
	}
}

func TestOnlyThisUserCanReadTheData(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := filepath.Join(t.TempDir(), "data")
	s := openAt(t, dir)
	if err := s.Create(t.Context(), work("1")); err != nil {
		t.Fatal(err)
	}
	f := openFilesAt(t, dir)
	if _, err := f.Put(t.Context(), "a/b", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: got mode %v, want %v", path, info.Mode().Perm(), want)
		}
		seen++
		return nil
	})
	if err != nil || seen < 9 {
		t.Errorf("saw %d files and folders, %v", seen, err)
	}
}

func TestAFileOfANewerKaftIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	if _, err := s.writer.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err := Open(dir)
	if err == nil || !strings.Contains(err.Error(), "newer Kaft (schema 99, this one knows 1)") {
		t.Errorf("got %v, want a refusal that names both versions", err)
	}
	db, err := sql.Open("sqlite", source(filepath.Join(dir, "store.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != 99 {
		t.Errorf("got version %d, %v, want 99 as it was", version, err)
	}
}

func TestANewIndexIsAddedToAFileThatHasDocuments(t *testing.T) {
	all := portfolio.Indexes
	t.Cleanup(func() { portfolio.Indexes = all })
	dir := t.TempDir()

	portfolio.Indexes = all[:1]
	s := openAt(t, dir)
	d := work("1")
	d.Keys = map[string]string{all[0]: "k"}
	if err := s.Create(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	s.Close()

	portfolio.Indexes = all
	s = openAt(t, dir)
	d.Rev, d.Keys = 1, map[string]string{all[0]: "k", all[1]: "new"}
	if err := s.Replace(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	for _, index := range all[:2] {
		docs, err := s.List(t.Context(), portfolio.Query{School: "s", Kind: "work", Index: index, Limit: 10})
		if err != nil || len(docs) != 1 || docs[0].Keys[index] != d.Keys[index] {
			t.Errorf("by %s: got %v, %v", index, docs, err)
		}
	}
}

func TestEveryListWalksItsIndexAndSortsNothing(t *testing.T) {
	s := openAt(t, t.TempDir())
	for o := range s.reader.lists {
		rows, err := s.reader.db.Query("EXPLAIN QUERY PLAN SELECT body FROM docs "+listing(o.index, o.desc), "s", "k", "", "", "", "", 1)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, step)
		}
		want := "SEARCH docs USING INDEX docs_id (school=? AND kind=? AND id>? AND id<?)"
		if o.index != "" {
			want = fmt.Sprintf("SEARCH docs USING INDEX docs_%s (school=? AND kind=? AND (key_%[1]s,id)>(?,?) AND (key_%[1]s,id)<(?,?))", o.index)
		}
		if len(plan) != 1 || plan[0] != want {
			t.Errorf("%+v: got plan %q, want %q", o, plan, want)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	s := openAt(t, t.TempDir())
	if _, err := s.reader.db.Exec("DELETE FROM docs"); err == nil {
		t.Error("a reader deleted")
	}
}

func TestAfterCloseEveryCallIsUnavailable(t *testing.T) {
	s := openAt(t, t.TempDir())
	if err := s.Create(t.Context(), work("1")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	_, get := s.Get(t.Context(), work("1").Ref)
	_, list := s.List(t.Context(), portfolio.Query{School: "s", Kind: "work", Limit: 1})
	for what, err := range map[string]error{
		"Get": get, "List": list,
		"Create":  s.Create(t.Context(), work("2")),
		"Replace": s.Replace(t.Context(), work("1")),
		"Delete":  s.Delete(t.Context(), work("1").Ref, 1),
	} {
		if err == nil || portfolio.KindOf(err) != portfolio.Unavailable {
			t.Errorf("%s: got %v, want Unavailable", what, err)
		}
	}
}

// work is a document at revision 0 (for Create) of school "s".
func work(id string) portfolio.Doc {
	return portfolio.Doc{Ref: portfolio.Ref{School: "s", Kind: "work", ID: id}, Body: []byte(id)}
}

func openAt(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openFilesAt(t *testing.T, dir string) *Files {
	t.Helper()
	f, err := OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// there says whether a document is in the store.
func there(t *testing.T, s *Store, id string) bool {
	t.Helper()
	_, err := s.Get(t.Context(), work(id).Ref)
	var e *portfolio.Error
	if err != nil && !(errors.As(err, &e) && e.Kind == portfolio.NotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// TestWhoOpensToReadReadsWhatAnotherWritesAndWritesNothing reads beside a store
// that is open, and in the folder of one that was closed.
func TestWhoOpensToReadReadsWhatAnotherWritesAndWritesNothing(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	if _, err := OpenToRead(dir); err == nil {
		t.Error("a folder without documents opens")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	store, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	read, err := OpenToRead(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := portfolio.Doc{Ref: portfolio.Ref{School: "s", Kind: "k", ID: "1"}, Body: []byte("x")}
	if err := store.Create(ctx, d); err != nil {
		t.Fatal(err)
	}
	if got, err := read.Get(ctx, d.Ref); err != nil || string(got.Body) != "x" {
		t.Errorf("got %q, %v", got.Body, err)
	}
	d.Rev = 1
	other := d
	other.ID = "2"
	for what, err := range map[string]error{"create": read.Create(ctx, other), "replace": read.Replace(ctx, d), "delete": read.Delete(ctx, d.Ref, 1)} {
		if portfolio.KindOf(err) != portfolio.Unavailable {
			t.Errorf("%s: got %v, want unavailable", what, err)
		}
	}
	if err := errors.Join(read.Close(), store.Close()); err != nil {
		t.Fatal(err)
	}
	if read, err = OpenToRead(dir); err != nil {
		t.Fatal(err)
	}
	if got, err := read.Get(ctx, d.Ref); err != nil || got.Rev != 1 {
		t.Errorf("after it was closed: got %+v, %v", got, err)
	}
	if err := read.Close(); err != nil {
		t.Error(err)
	}
}
