package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kaft/app"
	"kaft/app/localstore"
	"kaft/export"
	"kaft/portfolio"
)

// TestEverybodyInTheDemoSchoolMovesAndLosesNothing is the release gate: each
// portfolio of the demo school goes to an empty school and out again, by who may
// take it along, and nothing is lost, changed or new.
func TestEverybodyInTheDemoSchoolMovesAndLosesNothing(t *testing.T) {
	ctx := context.Background()
	dir, id, ids := demoFolder(t)
	linde := library(t, dir, time.Now)
	beuk := library(t, t.TempDir(), func() time.Time { return time.Now().AddDate(12, 0, 0) }) // by then everybody takes along their own
	sc, admin, err := beuk.FoundSchool(ctx, portfolio.School{Name: "De Beuk", BRIN: "00YY00"}, portfolio.Person{Name: portfolio.Name{Given: "Ada"}}, "ada@beuk.example", "hash")
	if err != nil {
		t.Fatal(err)
	}
	ada := portfolio.Actor{School: sc.ID, Person: admin.ID, Hat: portfolio.HatAdmin}
	moved, judged, files := 0, 0, 0
	for login, person := range ids {
		before := bundleByAnybody(t, linde, id, person, ids)
		if before == nil {
			continue // no student
		}
		quiet := func(portfolio.Headway) error { return nil }
		imp, err := export.Import(ctx, beuk, ada, bytes.NewReader(before), int64(len(before)), "", quiet)
		if err != nil {
			t.Fatal(login, err)
		}
		after, err := bundleOf(ctx, beuk, portfolio.Actor{School: sc.ID, Person: imp.Student, Hat: portfolio.HatStudent}, imp.Student)
		if err != nil {
			t.Fatal(login, err)
		}
		moved++
		judged += imp.Report.Assessments.New
		files += imp.Report.Files
		for _, d := range compared(t, before, after) {
			if d.Lost() || d.Why == "new since" {
				t.Errorf("%s: %s %s %s was %s, is %s", login, d.Member, d.ID, d.Field, d.Was, d.Is)
			}
		}
	}
	if moved < 30 || judged < 7 || files < 20 {
		t.Errorf("%d students moved, with %d assessments and %d files", moved, judged, files)
	}
}

// bundleByAnybody is the bundle of a student, made by whom the rule lets: the
// student or a guardian.
func bundleByAnybody(t *testing.T, lib *portfolio.Library, school, student string, ids map[string]string) []byte {
	t.Helper()
	who := []portfolio.Actor{{School: school, Person: student, Hat: portfolio.HatStudent}}
	for _, id := range ids {
		who = append(who, portfolio.Actor{School: school, Person: id, Hat: portfolio.HatGuardian})
	}
	for _, a := range who {
		raw, err := bundleOf(context.Background(), lib, a, student)
		switch portfolio.KindOf(err) {
		case portfolio.NotFound, portfolio.Forbidden:
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	return nil
}

// library opens a data folder.
func library(t *testing.T, dir string, now func() time.Time) *portfolio.Library {
	t.Helper()
	store, err := localstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	files, err := localstore.OpenFiles(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	return portfolio.NewLibrary(store, files, app.Intake{}, now)
}

func bundleOf(ctx context.Context, lib *portfolio.Library, a portfolio.Actor, student string) ([]byte, error) {
	file, err := lib.ShowFile(ctx, a, student)
	if err != nil {
		return nil, err
	}
	if file.School.ShowsFile() { // else nothing is asked, and the bundle is silent about it
		if err := lib.SayOfFile(ctx, a, student, portfolio.Saying{Print: file.Print, Agrees: portfolio.SaysYes}); err != nil {
			return nil, err
		}
	}
	b, err := lib.StartBundle(ctx, a, student, portfolio.Wish{Lang: "nl"})
	if err != nil {
		return nil, err
	}
	if err := lib.PackBundle(ctx, a.School, b.ID, export.Maker{Version: "test"}.Write); err != nil {
		return nil, err
	}
	_, r, err := lib.OpenBundle(ctx, a, b.ID, false)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func compared(t *testing.T, before, after []byte) []export.Difference {
	t.Helper()
	ctx, both := context.Background(), [2]*export.Verified{}
	for i, raw := range [][]byte{before, after} {
		b, err := export.Open(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if both[i], err = b.Verify(ctx, func(portfolio.Headway) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	out, err := export.Compare(ctx, both[0], both[1])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKaftBundleCompareSaysWhatWasLost runs the built program: its exit status
// is part of what it says.
func TestKaftBundleCompareSaysWhatWasLost(t *testing.T) {
	ctx := context.Background()
	program := filepath.Join(t.TempDir(), "kaft")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir, school, ids := demoFolder(t)
	lib := library(t, dir, time.Now)
	lotte := portfolio.Actor{School: school, Person: ids["lotte"], Hat: portfolio.HatStudent}
	bundle := func(name string) string {
		raw, err := bundleOf(ctx, lib, lotte, lotte.Person)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(at, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return at
	}
	first := bundle("first.zip")
	u, err := lib.TakeUpload(ctx, lotte, "later.txt", strings.NewReader("later"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.AddWork(ctx, lotte, portfolio.NewWork{Title: "Later", Text: "Later", Uploads: []string{u.ID}}); err != nil {
		t.Fatal(err)
	}
	second := bundle("second.zip")
	broken := filepath.Join(t.TempDir(), "broken.zip")
	if err := os.WriteFile(broken, []byte("PK"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		before, after, says string
		status              int
	}{
		{first, second, "new since", 0},
		{second, first, "LOST OR CHANGED: was \"Later\", is nothing", 1},
		{first, broken, "", 1},
	} {
		out, status := ran(t, program, "bundle", "compare", c.before, c.after)
		if status != c.status || !strings.Contains(out, c.says) || out == "" {
			t.Errorf("status %d, want %d, and %q", status, c.status, out)
		}
	}
	out, status := ran(t, program, "bundle", "compare", second, first, "--json")
	var told bundleDifferences
	if err := json.Unmarshal([]byte(out), &told); err != nil || status != 1 || told.Lost < 5 || told.Lost >= len(told.Differences) {
		t.Errorf("status %d, %v: %s", status, err, out)
	}
}

func ran(t *testing.T, program string, args ...string) (out string, status int) {
	t.Helper()
	var stdout bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout = &stdout
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stdout.String(), cmd.ProcessState.ExitCode()
}
