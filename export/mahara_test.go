package export_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// stored is a bundle in memory that can fail, and knows whether it was closed.
type stored struct {
	*bytes.Reader
	failAt int64 // nothing from here on can be read, once armed
	armed  bool
	closed chan bool
}

func inMemory(raw []byte) *stored {
	return &stored{Reader: bytes.NewReader(raw), failAt: 1 << 60, closed: make(chan bool, 1)}
}

var errDisk = errors.New("the disk is gone")

func (s *stored) ReadAt(p []byte, at int64) (int, error) {
	if s.armed && at+int64(len(p)) > s.failAt {
		return 0, errDisk
	}
	return s.Reader.ReadAt(p, at)
}

func (s *stored) Close() error { s.closed <- true; return nil }

// rootEntries are the files of a zip that has no folder.
func rootEntries(t testing.TB, raw []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	ok(t, err)
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		ok(t, err)
		b, err := io.ReadAll(r)
		ok(t, err)
		out[f.Name] = b
	}
	return out
}

// The zip for Mahara has leap2a.xml in its root, every file that it refers to
// and nothing else, and is as long as it says beforehand.
func TestTheZipForMaharaHoldsTheFeedAndItsFiles(t *testing.T) {
	bundle := everything(t)
	in := inMemory(bundle)
	x, err := export.OpenLeap2A(in)
	ok(t, err)
	r := x.Reader()
	raw, err := io.ReadAll(r)
	ok(t, err)
	<-in.closed
	if int64(len(raw)) != x.Size {
		t.Errorf("%d bytes, said to be %d", len(raw), x.Size)
	}
	leapOf(t, raw)
	got, want := rootEntries(t, raw), map[string][]byte{}
	for name, b := range entries(t, bundle) {
		if name == "data/leap2a.xml" || strings.HasPrefix(name, "data/files/") {
			want[strings.TrimPrefix(name, "data/")] = b
		}
	}
	if len(got) != len(want) || len(got) < 3 {
		t.Errorf("%d files in it, want %d", len(got), len(want))
	}
	for name, b := range want {
		if !bytes.Equal(got[name], b) {
			t.Errorf("%s is another", name)
		}
	}
	if _, err := exec.LookPath("unzip"); err != nil {
		missing(t, "unzip is not here")
		return
	}
	file := filepath.Join(t.TempDir(), "mahara.zip")
	ok(t, os.WriteFile(file, raw, 0o600))
	if out, err := exec.Command("unzip", "-t", file).CombinedOutput(); err != nil {
		t.Errorf("unzip: %v\n%s", err, out)
	}
}

// What goes wrong on the way ends in an error, and what came is no zip.
func TestAFailedZipForMaharaNeverLooksWhole(t *testing.T) {
	s := full(t, "2009-03-17")
	s.work(portfolio.NewWork{Title: "Film", Text: "x", Uploads: []string{s.upload("a.bin", bytes.Repeat([]byte("lava"), 50_000)), s.upload("b.bin", bytes.Repeat([]byte("as"), 50_000))}})
	bundle := s.bundle(s.student, s.student.Person)
	second := bytes.Index(bundle, bytes.Repeat([]byte("as"), 100))
	if second < 0 {
		t.Fatal("the file is not in the bundle as it is")
	}
	broken := bytes.Clone(bundle)
	broken[second+70_000] ^= 1
	for what, c := range map[string]struct {
		raw    []byte
		failAt int64
		want   string
	}{
		"the disk stops":         {bundle, int64(second + 60_000), errDisk.Error()},
		"a file was changed":     {broken, 1 << 60, "not what it was"},
		"the control: all whole": {bundle, 1 << 60, ""},
	} {
		in := inMemory(c.raw)
		x, err := export.OpenLeap2A(in)
		ok(t, err)
		in.armed, in.failAt = true, c.failAt
		raw, err := io.ReadAll(x.Reader())
		<-in.closed
		_, notZip := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if c.want == "" {
			ok(t, errors.Join(err, notZip))
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", what, err, c.want)
		}
		if notZip == nil || int64(len(raw)) >= x.Size {
			t.Errorf("%s: %d of %d bytes came, and they open as a zip: %v", what, len(raw), x.Size, notZip == nil)
		}
	}
	// Who stops reading lets the bundle go.
	in := inMemory(bundle)
	x, err := export.OpenLeap2A(in)
	ok(t, err)
	r := x.Reader()
	_, err = io.ReadFull(r, make([]byte, 10))
	ok(t, err)
	ok(t, r.Close())
	<-in.closed
}

func TestABundleWithoutLeap2AHasNoZipForMahara(t *testing.T) {
	files := payload(t, rich(t))
	x, err := export.OpenLeap2A(inMemory(sealed(t, files)))
	ok(t, err)
	_, err = io.Copy(io.Discard, x.Reader())
	ok(t, err)

	delete(files, "data/leap2a.xml")
	in := inMemory(sealed(t, files))
	_, err = export.OpenLeap2A(in)
	refused(t, err, portfolio.NotFound, "error.not_found")
	<-in.closed
	in = inMemory([]byte("geen zip"))
	if _, err := export.OpenLeap2A(in); err == nil {
		t.Error("what is no zip was opened")
	}
	<-in.closed
}
