package app

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/app/localstore"
	"kaft/portfolio"
)

// desk is where files go in and out: the real engine and the real handlers, with
// one student who is there already.
type desk struct {
	t       *testing.T
	store   portfolio.Store
	files   portfolio.Files
	lib     *portfolio.Library
	student portfolio.Actor
	other   portfolio.Actor // another student
	url     string
	got     struct { // by the last form
		form    url.Values
		uploads []string
		fault   error
	}
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
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
	d := &desk{t: t, store: store, files: files}
	d.lib = portfolio.NewLibrary(store, files, Intake{}, time.Now)
	ctx := context.Background()
	school, wim, err := d.lib.FoundSchool(ctx, portfolio.School{Name: "De Linde"}, portfolio.Person{Name: portfolio.Name{Given: "Wim"}}, "wim", "x")
	if err != nil {
		t.Fatal(err)
	}
	admin := portfolio.Actor{School: school.ID, Person: wim.ID, Hat: portfolio.HatAdmin}
	birth, _ := portfolio.ParseBirth("2012-05-31")
	for _, who := range []*portfolio.Actor{&d.student, &d.other} {
		p, err := d.lib.AddPerson(ctx, admin, portfolio.Person{Name: portfolio.Name{Given: "Sem"}, Hats: []string{portfolio.HatStudent}, Birth: birth})
		if err != nil {
			t.Fatal(err)
		}
		*who = portfolio.Actor{School: school.ID, Person: p.ID, Hat: portfolio.HatStudent}
	}
	d.serve()
	return d
}

// serve serves the handlers of files, to the student, or to the other one when
// the header Other is there.
func (d *desk) serve() {
	cat, err := NewCatalogue()
	if err != nil {
		d.t.Fatal(err)
	}
	views, err := NewViews(cat)
	if err != nil {
		d.t.Fatal(err)
	}
	a := &App{lib: d.lib, cat: cat, views: views, opt: Options{Log: slog.New(slog.NewTextHandler(testLog{d.t}, nil))}}
	server := fiber.New(fiber.Config{Views: views, ErrorHandler: a.fault, Immutable: true, StreamRequestBody: true, DisablePreParseMultipartForm: true})
	server.Use(ReadOut)
	as := func(handle func(*visit) error) fiber.Handler {
		return func(c fiber.Ctx) error {
			v := &visit{Ctx: c, app: a, lib: d.lib, actor: d.student}
			v.prefs.Lang = "nl"
			if c.Get("Other") != "" {
				v.actor = d.other
			}
			c.Locals(visitKey{}, v)
			return handle(v)
		}
	}
	server.Post("/uploads", as((*visit).startUpload))
	server.Put("/uploads/:id", as((*visit).putUpload))
	server.Get("/uploads/:id", as((*visit).showUpload))
	server.Post("/uploads/:id/finish", as((*visit).finishUpload))
	server.Delete("/uploads/:id", as((*visit).dropUpload))
	server.Get("/werk/:id/bestand/:file", as((*visit).download))
	server.Get("/werk/:id/klein/:file", as((*visit).thumbnail))
	server.Post("/api/form", as(func(v *visit) error {
		d.got.form, d.got.uploads, d.got.fault = v.formFiles()
		if d.got.form == nil {
			return d.got.fault
		}
		return v.SendStatus(fiber.StatusOK)
	}))
	server.Post("/uploads/unread", as(func(*visit) error { return portfolio.E(portfolio.Unsigned, "error.unsigned") }))
	server.Get("/healthz", func(c fiber.Ctx) error { return c.SendString("healthy") })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Listener(ln, fiber.ListenConfig{DisableStartupMessage: true}) }()
	d.t.Cleanup(func() {
		server.ShutdownWithTimeout(10 * time.Second)
		<-done
	})
	d.url = "http://" + ln.Addr().String()
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // while the body was read
	json   struct {
		ID, Name, Type  string
		Chunk, Received int64
		Size            int64
		Error           struct{ Kind, Message string }
	}
}

func (d *desk) ask(method, path string, body io.Reader, headers ...string) answer {
	d.t.Helper()
	req, err := http.NewRequest(method, d.url+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	a.body, a.err = io.ReadAll(res.Body)
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(a.body, &a.json); err != nil {
			d.t.Fatalf("%s %s: %v in %q", method, path, err, a.body)
		}
	}
	return a
}

// begin begins an upload and gives its address.
func (d *desk) begin(name string, size int) string {
	d.t.Helper()
	a := d.ask("POST", "/uploads", strings.NewReader(fmt.Sprintf(`{"name":%q,"size":%d,"type":"text/html"}`, name, size)))
	if a.status != 201 || a.json.ID == "" || a.json.Chunk != portfolio.UploadChunk || a.json.Received != 0 {
		d.t.Fatalf("got %d %s", a.status, a.body)
	}
	return "/uploads/" + a.json.ID
}

// work adds a work with uploads and gives it.
func (d *desk) work(uploads ...string) *portfolio.Work {
	d.t.Helper()
	w, err := d.lib.AddWork(context.Background(), d.student, portfolio.NewWork{Title: "Werk", Uploads: uploads})
	if err != nil {
		d.t.Fatal(err)
	}
	return w
}

func TestAFileGoesInInPiecesSurvivesACutAndComesOutTheSame(t *testing.T) {
	d := newDesk(t)
	in := []byte(strings.Repeat("Een lange brief over de zee.\n", 400_000)) // over a piece
	at := d.begin("../../brief 😀.txt", len(in))
	piece := in[:portfolio.UploadChunk]

	// The line is cut in the middle of a piece: nothing of it counts.
	conn := d.dial()
	fmt.Fprintf(conn, "PUT %s?offset=0 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", at, len(piece))
	conn.Write(piece[:1<<20])
	conn.Close()
	if a := d.ask("GET", at, nil); a.status != 200 || a.json.Received != 0 {
		t.Errorf("after the cut: got %d %s", a.status, a.body)
	}

	if a := d.ask("PUT", at+"?offset=0", bytes.NewReader(piece)); a.status != 200 || a.json.Received != int64(len(piece)) {
		t.Fatalf("first piece: got %d %s", a.status, a.body)
	}
	if a := d.ask("PUT", at+"?offset=0", bytes.NewReader(piece)); a.status != 409 || a.json.Error.Kind != "conflict" || !strings.Contains(a.json.Error.Message, "8,4 MB") {
		t.Errorf("the same piece again: got %d %s", a.status, a.body)
	}
	if a := d.ask("POST", at+"/finish", nil); a.status != 409 {
		t.Errorf("finish before the end: got %d %s", a.status, a.body)
	}
	if a := d.ask("PUT", at+fmt.Sprintf("?offset=%d", len(piece)), bytes.NewReader(in[len(piece):])); a.status != 200 || a.json.Received != int64(len(in)) {
		t.Fatalf("last piece: got %d %s", a.status, a.body)
	}
	a := d.ask("POST", at+"/finish", nil)
	if a.status != 200 || a.json.Name != "brief 😀.txt" || a.json.Type != "text/plain; charset=utf-8" || a.json.Size != int64(len(in)) {
		t.Fatalf("finish: got %d %s", a.status, a.body)
	}
	if b := d.ask("POST", at+"/finish", nil); b.status != 200 || !bytes.Equal(a.body, b.body) {
		t.Errorf("finish again: got %d %s, want %s", b.status, b.body, a.body)
	}
	w := d.work(a.json.ID)
	sum := sha256.Sum256(in)
	if got, want := w.Files[0].SHA256, hex.EncodeToString(sum[:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	out := d.ask("GET", "/werk/"+w.ID+"/bestand/"+w.Files[0].FileID(), nil)
	if out.status != 200 || !bytes.Equal(out.body, in) {
		t.Errorf("got %d with %d bytes, want %d", out.status, len(out.body), len(in))
	}
	if a := d.ask("GET", at, nil); a.status != 404 {
		t.Errorf("the upload is still there: %d %s", a.status, a.body)
	}
}

func TestAPhotoLosesItsPositionOnTheWayInAndGetsAThumbnail(t *testing.T) {
	d := newDesk(t)
	in := withSegments(testJPEG(t), segment(0xe1, exifMark, exifWithPosition(6)))
	at := d.begin("foto.jpg", len(in))
	d.ask("PUT", at+"?offset=0", bytes.NewReader(in))
	a := d.ask("POST", at+"/finish", nil)
	if a.status != 200 || a.json.Type != "image/jpeg" || a.json.Size >= int64(len(in)) {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	w := d.work(a.json.ID)
	out := d.ask("GET", "/werk/"+w.ID+"/bestand/"+w.Files[0].FileID(), nil)
	free(t, "download", out.body)
	samePixels(t, "download", in, out.body)
	small := d.ask("GET", "/werk/"+w.ID+"/klein/"+w.Files[0].FileID(), nil)
	if small.status != 200 || small.header.Get("Content-Type") != "image/jpeg" || small.header.Get("Content-Disposition") != `inline; filename="foto.jpg"` {
		t.Errorf("got %d %v", small.status, small.header)
	}
	free(t, "thumbnail", small.body)
}

func TestWhatCannotGoInIsRefusedWithTheRightStatusAndASentence(t *testing.T) {
	d := newDesk(t)
	at := d.begin("a.txt", 100)
	page := d.begin("a.txt", 20)
	d.ask("PUT", page+"?offset=0", strings.NewReader("<html>blafblafblaf  "))
	for _, c := range []struct {
		name, method, path string
		body               io.Reader
		status             int
		says               string
	}{
		{"no JSON", "POST", "/uploads", strings.NewReader(`{"name":`), 422, "JSON"},
		{"unknown members", "POST", "/uploads", strings.NewReader(`{"name":"x","size":1,"owner":"y"}`), 422, "JSON"},
		{"nothing in it", "POST", "/uploads", strings.NewReader(`{"name":"leeg.txt","size":0}`), 422, "leeg.txt"},
		{"a size below zero", "POST", "/uploads", strings.NewReader(`{"name":"min.txt","size":-5}`), 422, "min.txt"},
		{"too large", "POST", "/uploads", strings.NewReader(`{"name":"groot.mp4","size":2147483649}`), 413, "2,1 GB"},
		{"no offset", "PUT", at, strings.NewReader("x"), 422, "niet goed te lezen"},
		{"a wrong offset", "PUT", at + "?offset=7", strings.NewReader("x"), 409, "0 byte"},
		{"an offset below zero", "PUT", at + "?offset=-1", strings.NewReader("x"), 409, "0 byte"},
		{"more than was announced", "PUT", at + "?offset=0", strings.NewReader(strings.Repeat("x", 101)), 422, "100 byte"},
		{"an empty piece", "PUT", at + "?offset=0", strings.NewReader(""), 422, "leeg"},
		{"a piece too large", "PUT", at + "?offset=0", bytes.NewReader(make([]byte, portfolio.UploadChunk+1)), 422, "8,4 MB"},
		{"no length", "PUT", at + "?offset=0", io.MultiReader(strings.NewReader("x")), 422, "grootte"},
		{"not all there", "POST", at + "/finish", nil, 409, "0 byte"},
		{"not a type that is taken", "POST", page + "/finish", nil, 422, "a.txt"},
		{"that one again", "POST", page + "/finish", nil, 404, "niet"},
		{"an upload there is not", "PUT", "/uploads/b2b1b3a0-0000-4000-8000-000000000000?offset=0", strings.NewReader("x"), 404, "niet"},
		{"an id of nothing", "GET", "/uploads/..%2f..%2fetc", nil, 404, "niet"},
	} {
		a := d.ask(c.method, c.path, c.body)
		if a.status != c.status || !strings.Contains(a.json.Error.Message, c.says) || a.json.Error.Kind == "" {
			t.Errorf("%s: got %d %s, want %d and %q", c.name, a.status, a.body, c.status, c.says)
		}
	}
	if a := d.ask("GET", at, nil); a.status != 200 || a.json.Received != 0 {
		t.Errorf("after all that: got %d %s", a.status, a.body)
	}
}

func TestAnUploadIsThereForNobodyElse(t *testing.T) {
	d := newDesk(t)
	at := d.begin("dagboek.txt", 3)
	for _, c := range [][2]string{{"GET", at}, {"PUT", at + "?offset=0"}, {"POST", at + "/finish"}, {"DELETE", at}} {
		if a := d.ask(c[0], c[1], strings.NewReader("hoi"), "Other", "yes"); a.status != 404 {
			t.Errorf("%s %s: got %d %s", c[0], c[1], a.status, a.body)
		}
	}
	if a := d.ask("PUT", at+"?offset=0", strings.NewReader("hoi")); a.status != 200 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := d.ask("DELETE", at, nil); a.status != 204 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := d.ask("GET", at, nil); a.status != 404 {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestAFormWithoutJavaScriptBringsItsFiles(t *testing.T) {
	d := newDesk(t)
	body, kind := formOf(t, "title=Mijn werk", "text=Eén\r\nregel", "file@../../../etc/één 😀.jpg="+string(testJPEG(t)), "file@=", "audience=staff", "audience=class",
		`file@C:\Users\Sem\brief.txt=hallo`)
	if a := d.ask("POST", "/api/form", body, "Content-Type", kind); a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if f := d.got.form; d.got.fault != nil || f.Get("title") != "Mijn werk" || f.Get("text") != "Eén\r\nregel" || !slices.Equal(f["audience"], []string{"staff", "class"}) {
		t.Errorf("got %v, %v", f, d.got.fault)
	}
	w := d.work(d.got.uploads...)
	if len(w.Files) != 2 || w.Files[0].Name != "één 😀.jpg" || w.Files[0].Thumb == "" || w.Files[1].Name != "brief.txt" || w.Files[1].Size != 5 {
		t.Errorf("got %+v", w.Files)
	}
	if a := d.ask("POST", "/api/form", strings.NewReader("title=Zonder+bestand"), "Content-Type", "application/x-www-form-urlencoded"); a.status != 200 || d.got.form.Get("title") != "Zonder bestand" {
		t.Errorf("got %d, %v", a.status, d.got.form)
	}
}

func TestAFileThatIsNotTakenLeavesTheRestOfTheForm(t *testing.T) {
	d := newDesk(t)
	for name, key := range map[string]string{
		"file@leeg.txt=":                 "error.empty_file",
		"file@foto.jpg=<html>":           "error.file_type",
		"file@foto.jpg=\xff\xd8\xff\xe0": "error.file_broken",
	} {
		body, kind := formOf(t, "title=Mijn werk", "file@een.txt=een", name, "file@twee.txt=twee", "text=ver weg")
		a := d.ask("POST", "/api/form", body, "Content-Type", kind)
		var e *portfolio.Error
		if a.status != 200 || !errors.As(d.got.fault, &e) || e.Msg != key || len(d.got.uploads) != 2 || d.got.form.Get("text") != "ver weg" {
			t.Errorf("%q: got %d, %v, %v, %v", name, a.status, d.got.fault, d.got.uploads, d.got.form)
		}
	}
	many := make([]string, 0, portfolio.MaxFiles+2)
	for i := range cap(many) {
		many = append(many, fmt.Sprintf("file@%d.txt=x", i))
	}
	for _, id := range d.uploads() {
		if err := d.lib.DropUpload(context.Background(), d.student, id); err != nil {
			t.Fatal(err)
		}
	}
	body, kind := formOf(t, many...)
	a := d.ask("POST", "/api/form", body, "Content-Type", kind)
	if a.status != 200 || portfolio.KindOf(d.got.fault) != portfolio.Invalid || len(d.got.uploads) != portfolio.MaxFiles {
		t.Errorf("got %d, %v, %d uploads", a.status, d.got.fault, len(d.got.uploads))
	}
}

func TestAFormThatCannotBeReadLeavesNothingBehind(t *testing.T) {
	d := newDesk(t)
	file := "file@een.txt=een"
	for _, c := range []struct {
		name   string
		fields []string
		cut    int // bytes from the end that are never sent
		status int
	}{
		{"a field that is too long", []string{file, "text=" + strings.Repeat("x", maxForm+1)}, 0, 413},
		{"many fields that are too long together", append([]string{file}, slices.Repeat([]string{"x=" + strings.Repeat("y", 10_000)}, 110)...), 0, 413},
		{"too many empty fields", append([]string{file}, slices.Repeat([]string{"="}, 20_000)...), 0, 413},
		{"no end", []string{file, "file@twee.txt=" + strings.Repeat("twee", 10_000), "text=x"}, 30, 422},
		{"an end inside a file", []string{file, "file@twee.txt=" + strings.Repeat("twee", 10_000)}, 1000, 422},
	} {
		body, kind := formOf(t, c.fields...)
		b := body.Bytes()
		a := d.ask("POST", "/api/form", bytes.NewReader(b[:len(b)-c.cut]), "Content-Type", kind)
		if a.status != c.status || a.json.Error.Message == "" {
			t.Errorf("%s: got %d %s, want %d", c.name, a.status, a.body, c.status)
		}
		if ids := d.uploads(); len(ids) != 0 {
			t.Errorf("%s: uploads %v are left", c.name, ids)
		}
	}

	// A line that is cut shows as an end; it must not pass for one.
	body, kind := formOf(t, file, "text="+strings.Repeat("x", 100_000))
	conn := d.dial()
	fmt.Fprintf(conn, "POST /api/form HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", kind, body.Len())
	conn.Write(body.Bytes()[:50_000])
	conn.(*net.TCPConn).CloseWrite()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != 422 {
		t.Errorf("a cut line: got %v, %v", res, err)
	}
	if blobs, err := d.files.List(context.Background(), "", "", 10); err != nil || len(blobs) != 0 {
		t.Errorf("files %v are left, %v", blobs, err)
	}
}

func TestAFormThatSaysItIsTooLargeIsRefusedAtOnce(t *testing.T) {
	d := newDesk(t)
	conn := d.dial()
	fmt.Fprintf(conn, "POST /api/form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n", int64(maxBody)+1)
	conn.Write(make([]byte, 8<<10)) // what the server reads before it asks a handler
	conn.(*net.TCPConn).CloseWrite()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != 413 || !res.Close {
		t.Errorf("got %+v, %v", res, err)
	}
}

// What a handler leaves unread of a body must not be taken for another request:
// anybody could put one there in somebody else's name.
func TestABodyThatIsNotReadIsNeverTakenForARequest(t *testing.T) {
	d := newDesk(t)
	oneRequest(t, d.url, "POST /uploads/unread", 20_000)
	oneRequest(t, d.url, "POST /uploads/unread", maxRest+100_000)
	oneRequest(t, d.url, "PUT /uploads/x?offset=0", 20_000)
	oneRequest(t, d.url, "POST /nergens", 20_000)
	oneRequest(t, d.url, "GET /uploads/x", 20_000)
}

func TestTheRealServerNeverTakesABodyForARequestEither(t *testing.T) {
	s := newInstallation(t, Options{})
	for _, head := range []string{"POST /nergens", "GET /healthz", "POST /healthz", "GET /static/x", "POST /aanmelden", "POST /werk", "GET /aanmelden",
		"POST /aanmelden HTTP/1.1\r\nSec-Fetch-Site: cross-site"} {
		oneRequest(t, s.url, head, 20_000)
		oneRequest(t, s.url, head, maxRest+100_000)
	}
}

// oneRequest sends a request with a body of so many bytes that is full of other
// requests, and then really another. Only the two may be answered, or the one
// when the server closes after it.
func oneRequest(t *testing.T, server, head string, size int) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	other := "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	body := strings.Repeat(other, size/len(other)+1)
	if !strings.Contains(head, "HTTP") {
		head += " HTTP/1.1"
	}
	go fmt.Fprintf(conn, "%s\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s%s", head, len(body), body, strings.Replace(other, "x", "x\r\nConnection: close", 1))
	r := bufio.NewReader(conn)
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Errorf("%s, %d bytes: %v", head, size, err)
		return
	}
	io.Copy(io.Discard, res.Body)
	if res.Close != (size > maxRest) {
		t.Errorf("%s, %d bytes: got %d, closes %v", head, size, res.StatusCode, res.Close)
	}
	answers := 0
	for ; ; answers++ { // until the server closes
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			break
		}
		io.Copy(io.Discard, res.Body)
	}
	if answers > 1 {
		t.Errorf("%s, %d bytes: %d requests were answered after it, want no more than one", head, size, answers)
	}
}

func TestTheRealRoutesAskForASignInAndAHat(t *testing.T) {
	s := newSchool(t)
	for _, c := range [][2]string{{"POST", "/uploads"}, {"PUT", "/uploads/x?offset=0"}, {"GET", "/uploads/x"}, {"POST", "/uploads/x/finish"}, {"DELETE", "/uploads/x"}} {
		r := s.visitor().do(c[0], c[1], strings.NewReader("{}"), "application/json")
		if r.status != 401 || !strings.Contains(r.body, `"kind":"unsigned"`) {
			t.Errorf("%s %s: got %d %s", c[0], c[1], r.status, r.body)
		}
	}
	if r := s.visitor().get("/werk/x/bestand/y"); r.status != 303 {
		t.Errorf("got %d, want a sign-in", r.status)
	}
	teacher := s.as("fatima")
	if r := teacher.do("POST", "/uploads", strings.NewReader(`{"name":"x.txt","size":1}`), "application/json"); r.status != 403 && r.status != 404 {
		t.Errorf("a teacher has a portfolio: %d %s", r.status, r.body)
	}
}

// The real measure is of a process, in cmd/kaft/memory_test.go. This one holds it
// there: what is in use while a film goes in with a form and comes out.
func TestAFilmIsNeverHeldInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200 MB")
	}
	d := newDesk(t)
	const size = 200 << 20
	film := func() io.Reader {
		head := binary.BigEndian.AppendUint64([]byte("\x00\x00\x00\x01mdat"), 16+size)
		return io.MultiReader(bytes.NewReader(atom("ftyp", []byte("isom\x00\x00\x02\x00"))), bytes.NewReader(head),
			io.LimitReader(noise{}, size), bytes.NewReader(testMoov()))
	}
	length, err := io.Copy(io.Discard, film())
	if err != nil {
		t.Fatal(err)
	}
	before, peak := inUse(), uint64(0)
	watch := func(r io.Reader) io.Reader { return &watched{r: r, every: func() { peak = max(peak, inUse()) }} }

	head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.mp4\"\r\n\r\n"
	end := "\r\n--x--\r\n"
	req, err := http.NewRequest("POST", d.url+"/api/form", watch(io.MultiReader(strings.NewReader(head), film(), strings.NewReader(end))))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(head)+len(end)) + length
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || res.StatusCode != 200 || d.got.fault != nil {
		t.Fatalf("got %v, %v, %v", res, err, d.got.fault)
	}
	res.Body.Close()
	w := d.work(d.got.uploads...)
	res, err = http.Get(d.url + "/werk/" + w.ID + "/bestand/" + w.Files[0].FileID())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	sum := sha256.New()
	if n, err := io.Copy(sum, watch(res.Body)); err != nil || n != length || hex.EncodeToString(sum.Sum(nil)) != w.Files[0].SHA256 {
		t.Errorf("got %d bytes, %v, want %d", n, err, length)
	}
	t.Logf("%d MB in and out with %d KB more in use", length>>20, (peak-min(peak, before))>>10)
	if peak > before+8<<20 {
		t.Errorf("in use grew from %d to %d bytes", before, peak)
	}
}

// uploads are the student's uploads that are there.
func (d *desk) uploads() (ids []string) {
	d.t.Helper()
	docs, err := d.store.List(context.Background(), portfolio.Query{School: d.student.School, Kind: "upload", Limit: 1000})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, x := range docs {
		ids = append(ids, x.ID)
	}
	return ids
}

func (d *desk) dial() net.Conn {
	d.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	return conn
}

// formOf makes a form: "name=value" is a field, "name@file=content" a file.
func formOf(t *testing.T, fields ...string) (*bytes.Buffer, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		field, file, isFile := strings.Cut(name, "@")
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", `form-data; name="`+field+`"`)
		if isFile {
			h.Set("Content-Disposition", `form-data; name="`+field+`"; filename="`+file+`"`) // as browsers write it
			h.Set("Content-Type", cmp.Or(map[string]string{"": "application/octet-stream"}[file], "image/jpeg"))
		}
		part, err := w.CreatePart(h)
		if err == nil {
			_, err = io.WriteString(part, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

// noise gives bytes for ever.
type noise struct{}

func (noise) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i * 7)
	}
	return len(p), nil
}

// watched calls every at each 16 MB.
type watched struct {
	r     io.Reader
	n     int64
	every func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if (w.n+int64(n))>>24 != w.n>>24 {
		w.every()
	}
	w.n += int64(n)
	return n, err
}

// inUse is the heap after a collection.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
