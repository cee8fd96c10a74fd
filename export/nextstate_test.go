package export_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// moving is a work at De Linde that changed after it went to De Beuk: the two
// bundles, and De Beuk with the first of them in it.
type moving struct {
	linde, beuk   *school
	first, second []byte
	imp           *portfolio.Import
	student       portfolio.Actor
}

func newMoving(t *testing.T) *moving {
	linde := full(t, "2009-03-17")
	w := linde.work(portfolio.NewWork{Title: "Werk", Text: "eerst", Audience: []string{"staff"}, Uploads: []string{linde.upload("eerst.txt", []byte("eerst"))}})
	m := &moving{linde: linde, beuk: empty(t, "De Beuk"), first: linde.bundle(linde.student, linde.student.Person)}
	var err error
	_, err = linde.lib.ChangeWork(context.Background(), linde.student, w.ID, w.Rev,
		portfolio.NewWork{Title: "Werk", Text: "later", Audience: []string{"staff"}, Uploads: []string{linde.upload("later.txt", []byte("later"))}}, nil)
	ok(t, err)
	m.second = linde.bundle(linde.student, linde.student.Person)
	m.imp = m.beuk.take(m.first, "")
	m.student = m.beuk.as(m.imp.Student, portfolio.HatStudent)
	return m
}

// says reads the only work there is, and the file that belongs to it.
func (m *moving) says() (*portfolio.Seen, string) {
	t := m.beuk.t
	t.Helper()
	ctx := context.Background()
	works, _, err := m.beuk.lib.Works(ctx, m.student, m.imp.Student, "", 5)
	ok(t, err)
	if len(works) != 1 {
		t.Fatalf("%d works", len(works))
	}
	w := works[0]
	_, r, err := m.beuk.lib.OpenFile(ctx, m.student, w.ID, w.Files[0].FileID(), false)
	ok(t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	ok(t, err)
	if string(b) != w.Text {
		t.Fatalf("the work says %q and its file %q", w.Text, b)
	}
	return w, w.Text
}

func TestWhatChangedOnlyThereGetsItsNextStateHere(t *testing.T) {
	ctx := context.Background()
	m := newMoving(t)
	old, _ := m.says()
	next := m.beuk.take(m.second, m.imp.Student)
	if got := next.Report.Works; got != (portfolio.Tally{Newer: 1}) {
		t.Errorf("changed there: %+v", got)
	}
	w, text := m.says()
	if text != "later" || w.ID != old.ID || len(w.Audience) > 0 {
		t.Errorf("it says %q under %s for %v, want the next state of %s, private", text, w.ID, w.Audience, old.ID)
	}
	versions, err := m.beuk.lib.Versions(ctx, m.student, w.ID)
	ok(t, err)
	if len(versions) != 1 || versions[0].Work.Text != "eerst" {
		t.Errorf("the earlier states are %+v", versions)
	}
	for name, raw := range map[string][]byte{"again": m.second, "the older one": m.first} {
		if got := m.beuk.take(raw, m.imp.Student).Report.Works; got != (portfolio.Tally{Same: 1}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, text := m.says(); text != "later" {
		t.Errorf("the older bundle brought back %q", text)
	}
	there := list(documentOf(t, m.second)["items"])[0]
	here := list(documentOf(t, m.beuk.bundle(m.student, m.imp.Student))["items"])[0]
	for _, name := range []string{"id", "text", "files", "revision", "history"} {
		same(t, name, map[string]any{"v": there[name]}, map[string]any{"v": here[name]})
	}
	undone, err := m.beuk.lib.UndoImport(ctx, m.beuk.admin, next.ID)
	ok(t, err)
	if _, text := m.says(); text != "eerst" || undone.Stayed != 0 {
		t.Errorf("undone it says %q, %d stayed", text, undone.Stayed)
	}
	if got := m.beuk.take(m.second, m.imp.Student).Report.Works; got != (portfolio.Tally{Newer: 1}) {
		t.Errorf("once more: %+v", got)
	}
}

func TestWhatIsSharedOrChangedHereGetsNoNextState(t *testing.T) {
	ctx := context.Background()
	for name, do := range map[string]func(*moving, *portfolio.Seen) error{
		"shared": func(m *moving, w *portfolio.Seen) error {
			_, err := m.beuk.lib.ShareWork(ctx, m.student, w.ID, w.Rev, []string{"staff"})
			return err
		},
		"changed": func(m *moving, w *portfolio.Seen) error {
			_, err := m.beuk.lib.ChangeWork(ctx, m.student, w.ID, w.Rev, portfolio.NewWork{Title: "Werk", Text: "hier"}, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMoving(t)
			w, _ := m.says()
			ok(t, do(m, w))
			if got := m.beuk.take(m.second, m.imp.Student).Report.Works; got != (portfolio.Tally{Beside: 1}) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// An undo of the first of two bundles leaves the work that the second went on
// with, whole: its earlier state and the file of that as well.
func TestAnUndoOfTheFirstBundleLeavesWhatTheSecondWentOnWith(t *testing.T) {
	ctx := context.Background()
	m := newMoving(t)
	m.beuk.take(m.second, m.imp.Student)
	undone, err := m.beuk.lib.UndoImport(ctx, m.beuk.admin, m.imp.ID)
	ok(t, err)
	w, text := m.says()
	if text != "later" || undone.Stayed != 1 {
		t.Errorf("it says %q, %d stayed", text, undone.Stayed)
	}
	versions, err := m.beuk.lib.Versions(ctx, m.student, w.ID)
	ok(t, err)
	_, err = m.beuk.lib.RestoreVersion(ctx, m.student, w.ID, w.Rev, versions[0].Work.Version)
	ok(t, err)
	if _, text := m.says(); text != "eerst" {
		t.Errorf("restored it says %q", text)
	}
}

func TestANextStateCutOffAnywhereIsThereOrNot(t *testing.T) {
	ctx := context.Background()
	m := newMoving(t)
	undone := 0
	for n := 0; ; n++ {
		err := m.beuk.until(n, func(lib *portfolio.Library) error {
			_, err := export.Import(ctx, lib, m.beuk.admin, bytes.NewReader(m.second), int64(len(m.second)), m.imp.Student, quiet)
			return err
		})
		if err != nil {
			_ = m.beuk.until(n%5, func(lib *portfolio.Library) error { _, err := lib.RecoverImports(ctx); return err })
		}
		_, e := m.beuk.lib.RecoverImports(ctx)
		ok(t, e)
		if _, text := m.says(); text == "eerst" {
			if err == nil {
				t.Fatalf("after %d writes nothing came, and no error", n)
			}
			continue
		}
		for k := 0; ; k++ { // an undo cut off after any write, too
			all, err := m.beuk.lib.Imports(ctx, m.beuk.admin)
			ok(t, err)
			if all[0].ID == m.imp.ID || all[0].State != portfolio.ImportDone {
				t.Fatalf("the last import is %s", all[0].State)
			}
			_ = m.beuk.until(k, func(lib *portfolio.Library) error { _, err := lib.UndoImport(ctx, m.beuk.admin, all[0].ID); return err })
			_, e := m.beuk.lib.RecoverImports(ctx)
			ok(t, e)
			w, text := m.says()
			if text == "later" {
				continue
			}
			versions, err := m.beuk.lib.Versions(ctx, m.student, w.ID)
			ok(t, err)
			if len(versions) > 0 {
				t.Fatalf("undone after %d writes it has %d earlier states", k, len(versions))
			}
			undone++
			break
		}
		if err == nil {
			break
		}
	}
	if undone < 2 {
		t.Errorf("taken in and undone %d times", undone)
	}
}
