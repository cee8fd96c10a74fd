package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kaft/portfolio"
)

// stored puts a file in a work of the student and gives its address.
func (d *desk) stored(name string, content []byte) string {
	d.t.Helper()
	u, err := d.lib.TakeUpload(context.Background(), d.student, name, bytes.NewReader(content))
	if err != nil {
		d.t.Fatal(err)
	}
	w := d.work(u.ID)
	return "/werk/" + w.ID + "/bestand/" + w.Files[0].FileID()
}

func TestAFileCanBeReadFromAnyPlace(t *testing.T) {
	d := newDesk(t)
	in := []byte(strings.Repeat("0123456789", 10_000))
	at := d.stored("cijfers.txt", in)
	n := len(in)
	for _, c := range []struct {
		ask    []string
		status int
		from   int
		to     int // exclusive
	}{
		{nil, 200, 0, n},
		{[]string{"Range", "bytes=0-"}, 200, 0, n},
		{[]string{"Range", "bytes=0-0"}, 206, 0, 1},
		{[]string{"Range", "bytes=10-19"}, 206, 10, 20},
		{[]string{"Range", "bytes=99990-"}, 206, 99990, n},
		{[]string{"Range", "bytes=99990-999999"}, 206, 99990, n},
		{[]string{"Range", "bytes=-10"}, 206, n - 10, n},
		{[]string{"Range", "bytes=-999999"}, 200, 0, n},
		{[]string{"Range", "Bytes = 5-6"}, 206, 5, 7},
		{[]string{"Range", "bytes=100000-"}, 416, 0, 0},
		{[]string{"Range", "bytes=-0"}, 416, 0, 0},
		{[]string{"Range", "bytes=9-5"}, 200, 0, n},
		{[]string{"Range", "bytes=0-1,5-6"}, 200, 0, n},
		{[]string{"Range", "bytes=a-b"}, 200, 0, n},
		{[]string{"Range", "bytes=-"}, 200, 0, n},
		{[]string{"Range", "bytes=99999999999999999999-"}, 200, 0, n},
		{[]string{"Range", "lines=1-2"}, 200, 0, n},
		{[]string{"Range", "nonsense"}, 200, 0, n},
		{[]string{"Range", "bytes=10-19", "If-Range", `"etag"`}, 200, 0, n},
		{[]string{"Range", "bytes=10-19", "If-Range", "Sat, 21 Nov 2026 10:00:00 GMT"}, 200, 0, n},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := d.ask(method, at, nil, c.ask...)
			if a.status != c.status || a.err != nil {
				t.Errorf("%s %v: got %d, %v, want %d", method, c.ask, a.status, a.err, c.status)
			}
			want := in[c.from:c.to]
			if method == "HEAD" && len(a.body) > 0 || method == "GET" && !bytes.Equal(a.body, want) {
				t.Errorf("%s %v: got %d bytes, want %d", method, c.ask, len(a.body), len(want))
			}
			if got := a.header.Get("Content-Length"); got != fmt.Sprint(len(want)) && len(want) > 0 {
				t.Errorf("%s %v: got length %q, want %d", method, c.ask, got, len(want))
			}
			where := ""
			switch c.status {
			case 206:
				where = fmt.Sprintf("bytes %d-%d/%d", c.from, c.to-1, n)
			case 416:
				where = fmt.Sprintf("bytes */%d", n)
			}
			if got := a.header.Get("Content-Range"); got != where || a.header.Get("Accept-Ranges") != "bytes" {
				t.Errorf("%s %v: got %q, want %q", method, c.ask, got, where)
			}
		}
	}
}

func TestAFileSaysWhatItIsAndThatNobodyMayKeepOrRunIt(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		name, disposition, kind, policy string
		in                              []byte
	}{
		{"foto.jpg", `inline; filename="foto.jpg"`, "image/jpeg", filePolicy, testJPEG(t)},
		{"film.mov", `inline; filename="film.mov"`, "video/quicktime", playPolicy, testFilm(true)},
		{"één 😀.pdf", `inline; filename="__n _.pdf"; filename*=UTF-8''%C3%A9%C3%A9n%20%F0%9F%98%80.pdf`, "application/pdf", filePolicy, []byte("%PDF-1.7\n")},
		{`a"b;c%20.md`, `inline; filename="a_b_c_20.md"; filename*=UTF-8''a%22b%3Bc%2520.md`, "text/plain; charset=utf-8", filePolicy, []byte("# hoi")},
		{"page.html", `inline; filename="page.html.txt"`, "text/plain; charset=utf-8", filePolicy, []byte("hoi <script>alert(1)</script>")},
		{"verslag.docx", `attachment; filename="verslag.docx"`, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", filePolicy, zipOf(t, "[Content_Types].xml", "word/document.xml")},
	} {
		at := d.stored(c.name, c.in)
		a := d.ask("GET", at, nil)
		for key, want := range map[string]string{
			"Content-Type": c.kind, "Content-Disposition": c.disposition, "Content-Security-Policy": c.policy,
			"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store", "Vary": "Cookie", "Etag": "", "Last-Modified": "",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.header.Get(key); got != want {
				t.Errorf("%s: %s: got %q, want %q", c.name, key, got, want)
			}
		}
	}
}

func TestAFileThatIsNotForTheReaderIsNotThere(t *testing.T) {
	d := newDesk(t)
	at := d.stored("dagboek.txt", []byte("geheim"))
	absent := d.ask("GET", strings.Replace(at, "/bestand/", "/bestand/x", 1), nil)
	for _, a := range []answer{
		absent,
		d.ask("GET", at, nil, "Other", "yes"),
		d.ask("GET", at, nil, "Other", "yes", "Range", "bytes=0-1"),
		d.ask("HEAD", at, nil, "Other", "yes"),
		d.ask("GET", strings.Replace(at, "/bestand/", "/klein/", 1), nil), // a text has none
	} {
		if a.status != 404 || bytes.Contains(a.body, []byte("geheim")) || a.header.Get("Content-Disposition") != "" || a.header.Get("Content-Range") != "" {
			t.Errorf("got %d %v %s", a.status, a.header, a.body)
		}
	}
}

func TestAFileThatCannotBeReadToItsEndDoesNotLookWhole(t *testing.T) {
	d := newDesk(t)
	disk := &brokenDisk{Files: d.files, good: 3 << 20}
	d.lib = portfolio.NewLibrary(d.store, disk, Intake{}, d.lib.Now)
	d.serve()
	at := d.stored("lang.txt", bytes.Repeat([]byte("x"), 5<<20))
	disk.broken.Store(true)
	for _, ask := range [][]string{nil, {"Range", "bytes=1000000-"}} {
		a := d.ask("GET", at, nil, ask...)
		if a.err == nil || len(a.body) > 3<<20 {
			t.Errorf("%v: got %d bytes and %v, want an error", ask, len(a.body), a.err)
		}
	}
	disk.broken.Store(false)
	if a := d.ask("GET", at, nil); a.err != nil || len(a.body) != 5<<20 {
		t.Errorf("got %d bytes, %v", len(a.body), a.err)
	}
	for end := time.Now().Add(10 * time.Second); disk.open.Load() != 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // the last one is closed after its answer
	}
	if n := disk.open.Load(); n != 0 {
		t.Errorf("%d files were left open", n)
	}
}

// brokenDisk is a disk that fails in the middle of a file when it is broken, and
// counts what is open.
type brokenDisk struct {
	portfolio.Files
	good   int64 // bytes of a file that it can read
	broken atomic.Bool
	open   atomic.Int32
}

type brokenBlob struct {
	portfolio.BlobReader
	disk *brokenDisk
}

func (d *brokenDisk) Open(ctx context.Context, id string) (portfolio.BlobReader, error) {
	r, err := d.Files.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	d.open.Add(1)
	return &brokenBlob{r, d}, nil
}

func (b *brokenBlob) Read(p []byte) (int, error) {
	at, err := b.Seek(0, io.SeekCurrent)
	if err == nil && b.disk.broken.Load() && at+int64(len(p)) > b.disk.good {
		return 0, errors.New("input/output error")
	}
	return b.BlobReader.Read(p)
}

func (b *brokenBlob) Close() error {
	b.disk.open.Add(-1)
	return b.BlobReader.Close()
}
