package main

import (
	"archive/zip"
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

	"kaft/export"
	"kaft/portfolio"
)

// demoBundle makes a bundle of Lotte of the demo school, and gives the keys of
// that school beside it.
func demoBundle(t *testing.T) (raw, keys []byte) {
	t.Helper()
	ctx := context.Background()
	dir, school, ids := demoFolder(t)
	lib := library(t, dir, time.Now)
	lotte := portfolio.Actor{School: school, Person: ids["lotte"], Hat: portfolio.HatStudent}
	raw, err := bundleOf(ctx, lib, lotte, lotte.Person)
	if err != nil {
		t.Fatal(err)
	}
	all, err := lib.PublicKeys(ctx, school)
	if err == nil {
		keys, err = export.WriteKeys("", portfolio.SchoolKeys{ID: school, Name: "De Linde", Keys: all})
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw, keys
}

// rezipped packs a zip again with a file changed, or, with no text, without it.
func rezipped(t *testing.T, raw []byte, end string, change func([]byte) []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	found := false
	for _, f := range in.File {
		if !strings.HasSuffix(f.Name, end) {
			if err := z.Copy(f); err != nil {
				t.Fatal(err)
			}
			continue
		}
		found = true
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if text = change(text); text == nil {
			continue
		}
		w, err := z.Create(f.Name)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil || !found {
		t.Fatal(found, err)
	}
	return out.Bytes()
}

// TestKaftBundleVerifySaysWhoSigned runs the built program: its exit status is
// part of what it says.
func TestKaftBundleVerifySaysWhoSigned(t *testing.T) {
	dir := t.TempDir()
	program := built(t)
	raw, keys := demoBundle(t)
	write := func(name string, text []byte) string {
		at := filepath.Join(dir, name)
		if err := os.WriteFile(at, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return at
	}
	verify := func(args ...string) (string, int) {
		var stdout, stderr bytes.Buffer
		cmd := exec.Command(program, append([]string{"bundle", "verify"}, args...)...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
			t.Errorf("it left %v behind", left)
		}
		return stdout.String(), cmd.ProcessState.ExitCode()
	}
	good, known := write("good.zip", raw), write("keys.json", keys)
	unsigned := write("unsigned.zip", rezipped(t, raw, ".minisig", func([]byte) []byte { return nil }))
	forged := write("forged.zip", rezipped(t, raw, "tagmanifest-sha256.txt", func(b []byte) []byte { return append(b, '\n') }))
	cut := write("cut.zip", raw[:len(raw)/2])
	lacking := write("lacking.zip", rezipped(t, raw, ".jpg", func([]byte) []byte { return nil }))
	leap := write("leap2a.xml", []byte(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:leap2="http://terms.leapspecs.org/"><id>x</id><author><name>Noor Bos</name></author></feed>`))
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{good, "--keys", known}, 0, "Bundle: signed by De Linde, with key "},
		{[]string{good}, 2, "Bundle: signed with a key that is not known: "},
		{[]string{unsigned, "--keys", known}, 2, "Bundle: not signed"},
		{[]string{forged, "--keys", known}, 1, "is not whole."},
		{[]string{cut, "--keys", known}, 1, "is not whole."},
		{[]string{lacking, "--keys", known}, 1, "Missing or damaged: data/files/"},
		{[]string{good, "--keys", good}, 1, ""},
		{[]string{leap, "--keys", known}, 2, "is a Leap2A file of Noor Bos"},
	} {
		if out, status := verify(c.args...); status != c.status || !strings.Contains(out, c.says) || (c.says == "") != (out == "") {
			t.Errorf("%v: status %d, want %d, and %q", c.args, status, c.status, out)
		}
	}

	out, status := verify(good, "--keys", known, "--json")
	var told bundleCheck
	if err := json.Unmarshal([]byte(out), &told); err != nil || status != 0 {
		t.Fatalf("status %d, %v: %s", status, err, out)
	}
	if !told.Whole || told.Signed.By != "known" || told.Signed.School != "De Linde" || len(told.Signed.Fingerprint) != 32 || len(told.Assessments) == 0 ||
		len(told.Assessments) != told.Bundle.Assessments {
		t.Errorf("it says %s", out)
	}
	for _, a := range told.Assessments {
		if a.By != "known" || a.School != "De Linde" || a.Altered != "" {
			t.Errorf("an assessment is %+v", a)
		}
	}
	if out, status = verify(forged, "--json"); status != 1 || json.Unmarshal([]byte(out), &told) != nil || told.Whole || told.Fault == "" {
		t.Errorf("of a forged one: status %d, %s", status, out)
	}
}
