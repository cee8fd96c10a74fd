package export_test

import (
	"cmp"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// Programs that know nothing of Kaft find a bundle whole: Info-ZIP's unzip, and
// sha256sum of the coreutils on both manifests.
func TestOtherPeoplesToolsFindABundleWhole(t *testing.T) {
	for _, program := range []string{"unzip", "sha256sum"} {
		tool(t, program)
	}
	s := full(t, "2009-03-17")
	s.work(portfolio.NewWork{Title: "Werk", Text: "é 🦊", Uploads: []string{s.upload("Ünïcode + naam %20.JPG", []byte("\xff\xd8\xff\xe0 foto")), s.upload("zonder", []byte("niets"))}})
	dir := t.TempDir()
	file := filepath.Join(dir, "b.zip")
	ok(t, os.WriteFile(file, s.bundle(s.student, s.student.Person), 0o600))
	run := func(in, name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = in
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	run(dir, "unzip", "-t", file)
	run(dir, "unzip", "-q", file)
	bags, err := filepath.Glob(filepath.Join(dir, "portfolio-*"))
	ok(t, err)
	if len(bags) != 1 {
		t.Fatalf("the zip holds %v", bags)
	}
	for _, m := range []string{"manifest-sha256.txt", "tagmanifest-sha256.txt"} {
		run(bags[0], "sha256sum", "--strict", "-c", m)
	}
	files, err := filepath.Glob(filepath.Join(bags[0], "data/files/*"))
	ok(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		ok(t, err)
		if name := filepath.Base(f); name[:64] != sum(string(b)) {
			t.Errorf("%s holds something else", name)
		}
		ok(t, os.WriteFile(f, []byte("changed"), 0o600))
	}
	cmd := exec.Command("sha256sum", "--strict", "-c", "manifest-sha256.txt")
	cmd.Dir = bags[0]
	if cmd.Run() == nil {
		t.Error("the control: sha256sum finds changed files whole")
	}
}

// A bundle of 300 MB is written, checked and taken in without ever being in
// memory. KAFT_LARGE_MB makes it another size: 5 GB was measured by it.
func TestALargeBundleTakesLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a gigabyte")
	}
	const most = 64 << 20
	mb, err := strconv.ParseInt(cmp.Or(os.Getenv("KAFT_LARGE_MB"), "300"), 10, 64)
	ok(t, err)
	size := mb << 20
	ctx := context.Background()
	s, beuk := full(t, "2009-03-17"), empty(t, "De Beuk")
	random := rand.NewChaCha8([32]byte{})
	for rest := size; rest > 0; rest -= 1 << 30 { // a file is at most 2 GiB
		u, err := s.lib.TakeUpload(ctx, s.student, "film.bin", io.LimitReader(random, min(rest, 1<<30)))
		ok(t, err)
		s.work(portfolio.NewWork{Title: "Film", Text: "x", Uploads: []string{u.ID}})
	}
	var base, peak runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&base)
	watch := func(portfolio.Headway) error {
		var m runtime.MemStats
		if runtime.ReadMemStats(&m); m.HeapInuse > peak.HeapInuse {
			peak = m
		}
		return nil
	}
	b, err := s.lib.StartBundle(ctx, s.student, s.student.Person, portfolio.Wish{Lang: "nl"})
	ok(t, err)
	ok(t, s.lib.PackBundle(ctx, b.School, b.ID, func(ctx context.Context, v *portfolio.Leaving, b *portfolio.Bundle, w io.Writer, tell func(portfolio.Headway) error) (portfolio.Contents, error) {
		n := 0
		return export.Maker{}.Write(ctx, v, b, w, func(h portfolio.Headway) error {
			if n++; n%100 == 0 {
				watch(h)
			}
			return tell(h)
		})
	}))
	_, r, err := s.lib.OpenBundle(ctx, s.student, b.ID, false)
	ok(t, err)
	defer r.Close()
	n := 0
	imp, err := export.Import(ctx, beuk.lib, beuk.admin, r, r.Size(), "", func(h portfolio.Headway) error {
		if n++; n%100 == 0 {
			watch(h)
		}
		return nil
	})
	ok(t, err)
	if imp.Report.Bytes != size {
		t.Errorf("%d bytes came in", imp.Report.Bytes)
	}
	if peak.HeapInuse == 0 || peak.HeapInuse > base.HeapInuse+most {
		t.Errorf("the heap grew from %d to %d bytes, want at most %d more", base.HeapInuse, peak.HeapInuse, most)
	}
	t.Logf("heap in use: %.1f MB before, %.1f MB at most, for a bundle of %d MB", float64(base.HeapInuse)/1e6, float64(peak.HeapInuse)/1e6, r.Size()/1e6)
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		_, hwm, _ := strings.Cut(string(status), "VmHWM:")
		hwm, _, _ = strings.Cut(hwm, "\n")
		t.Logf("the process at most: %s", strings.TrimSpace(hwm))
	}
}
