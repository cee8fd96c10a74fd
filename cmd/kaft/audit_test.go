package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kaft/app"
	"kaft/app/demo"
	"kaft/app/localstore"
	"kaft/chat"
	"kaft/portfolio"
)

// demoFolder makes the demo school in a folder and gives the ids of its people.
func demoFolder(t *testing.T) (dir, school string, ids map[string]string) {
	t.Helper()
	ctx := context.Background()
	dir = t.TempDir()
	store, err := localstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := localstore.OpenFiles(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	lib := portfolio.NewLibrary(store, files, app.Intake{}, time.Now)
	people, err := demo.Make(ctx, lib, chat.New(lib, store, time.Now), "no password")
	if err != nil {
		t.Fatal(err)
	}
	schools, err := lib.Schools(ctx)
	if err := errors.Join(err, files.Close(), store.Close()); err != nil {
		t.Fatal(err)
	}
	ids = map[string]string{}
	for _, p := range people {
		ids[p.Login] = p.ID
	}
	return dir, schools[0].ID, ids
}

// kaftAudit runs the built program: its exit status is part of what it says.
func kaftAudit(t *testing.T, program string, args ...string) (out string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(program, append([]string{"audit", "verify"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	t.Logf("stderr: %s", &stderr)
	return stdout.String(), cmd.ProcessState.ExitCode()
}

// TestKaftAuditVerifyNamesWhatWasDoneToTheDatabase changes the real database
// file behind Kaft's back.
func TestKaftAuditVerifyNamesWhatWasDoneToTheDatabase(t *testing.T) {
	program := built(t)
	dir, school, ids := demoFolder(t)
	out, status := kaftAudit(t, program, "--data", dir)
	if status != 0 || !strings.HasPrefix(out, "Checked ") || !strings.HasSuffix(out, " students: 0 faults.\n") {
		t.Fatalf("of a whole log it says %q with status %d", out, status)
	}
	noor, sem := ids["noor"], ids["sem"]

	ctx := context.Background()
	store, err := localstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := store.List(ctx, portfolio.Query{School: school, Kind: "audit", Index: "about", Limit: 1000}.Prefix(noor+"/"))
	if err != nil || len(lines) < 8 {
		t.Fatalf("%d lines of noor, %v", len(lines), err)
	}
	third := lines[2]
	third.Body = bytes.Replace(third.Body, []byte(`"act":"`), []byte(`"act":"x`), 1)
	last := lines[len(lines)-1]
	err = errors.Join(store.Replace(ctx, third), store.Delete(ctx, lines[5].Ref, lines[5].Rev), store.Delete(ctx, last.Ref, last.Rev), store.Close())
	if err != nil {
		t.Fatal(err)
	}

	end := strings.TrimLeft(last.ID[strings.LastIndexByte(last.ID, '.')+1:], "0")
	want := []string{
		"Student " + noor + ", line 3: changed since it was written.",
		"Student " + noor + ", line 6: missing.",
		"Student " + noor + ", line " + end + ": cut off the end of the log.",
	}
	for _, args := range [][]string{{"--data", dir}, {"--data", dir, "--student", noor}} {
		out, status := kaftAudit(t, program, args...)
		got := strings.Split(strings.TrimSpace(out), "\n")
		if status != 1 || len(got) != 4 || strings.Join(got[:3], "\n") != strings.Join(want, "\n") || !strings.HasSuffix(got[3], " students: 3 faults.") {
			t.Errorf("%v: status %d and %q, want 1 and %q with a count", args, status, got, want)
		}
	}
	if out, status := kaftAudit(t, program, "--data", dir, "--student", sem); status != 0 || !strings.HasSuffix(out, "of 1 students: 0 faults.\n") {
		t.Errorf("sem: status %d, %q", status, out)
	}
	if out, status := kaftAudit(t, program, "--data", dir, "--student", "nobody"); status != 1 || out != "" {
		t.Errorf("nobody: status %d, %q", status, out)
	}
	var told verified
	out, status = kaftAudit(t, program, "--data", dir, "--json")
	if err := json.Unmarshal([]byte(out), &told); err != nil || status != 1 {
		t.Fatalf("status %d, %v: %s", status, err, out)
	}
	if len(told.Faults) != 3 || told.Faults[1].Kind != portfolio.LogMissing || told.Faults[1].Seq != 6 || told.Faults[1].Student != noor || told.Faults[1].Text != want[1] {
		t.Errorf("faults %+v", told.Faults)
	}
	if len(told.Logs) != told.Students || told.Students < 10 || len(told.Logs[0].Hash) != 64 {
		t.Errorf("%d students and %d logs, the first %+v", told.Students, len(told.Logs), told.Logs[0])
	}
	if _, status := kaftAudit(t, program, "--data", filepath.Join(dir, "nothing")); status == 0 {
		t.Error("a folder that is not there is whole")
	}
}

// TestKaftAuditVerifyRunsWhileKaftWrites has a teacher look on and on, in this
// process, while the built program walks the same file: no line that is written
// meanwhile is taken for a fault, and what is wrong is found.
func TestKaftAuditVerifyRunsWhileKaftWrites(t *testing.T) {
	program := built(t)
	dir, school, ids := demoFolder(t)
	ctx, stop := context.WithCancel(context.Background())
	store, err := localstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	lib := portfolio.NewLibrary(store, nil, nil, time.Now)
	fatima, noor := portfolio.Actor{School: school, Person: ids["fatima"], Hat: portfolio.HatStaff}, ids["noor"]
	works, _, err := lib.Works(ctx, fatima, noor, "", 1)
	if err != nil || len(works) == 0 {
		t.Fatalf("%d works, %v", len(works), err)
	}
	looked, ended := make(chan int, 1), make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			if _, err := lib.Work(context.Background(), fatima, works[0].ID); err != nil {
				t.Error(err)
				break
			}
			select {
			case looked <- n:
			default:
			}
		}
		ended <- n
	}()
	for range 5 {
		<-looked
		if out, status := kaftAudit(t, program, "--data", dir); status != 0 || !strings.HasSuffix(out, " students: 0 faults.\n") {
			t.Errorf("status %d: %s", status, out)
		}
	}
	stop()
	if n := <-ended; n < 10 {
		t.Errorf("only %d looks meanwhile", n)
	}
	lines, err := store.List(context.Background(), portfolio.Query{School: school, Kind: "audit", Index: "about", Limit: 1000}.Prefix(noor+"/"))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Delete(context.Background(), lines[5].Ref, lines[5].Rev); err != nil {
		t.Fatal(err)
	}
	if out, status := kaftAudit(t, program, "--data", dir); status != 1 || !strings.HasPrefix(out, "Student "+noor+", line 6: missing.\n") {
		t.Errorf("of a line that was removed while Kaft runs: status %d, %q", status, out)
	}
}
