package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"kaft/app/demo"
	"kaft/app/localstore"
	"kaft/chat"
	"kaft/export"
	"kaft/portfolio"
)

// testSchool is the demo school, served by a real App on a real listener.
type testSchool struct {
	t     testing.TB
	app   *App
	lib   *portfolio.Library
	talks *chat.Talks
	store portfolio.Store
	url   string
	ids   map[string]string // person id by login
	admin portfolio.Actor
	clock *testClock
	dir   string
}

// testClock is a clock that a test can move.
type testClock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

// set makes it an instant, from which the clock goes on.
func (c *testClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = time.Until(t)
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// goroot is where Go keeps its sources, with pictures to test with.
var goroot = sync.OnceValue(func() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(out))
})

// testHash is the hash of the demo's password, made once.
var testHash = sync.OnceValue(func() string {
	h, err := HashPassword(demo.Password)
	if err != nil {
		panic(err)
	}
	return h
})

// demoFolder is what demoSchool made, for TestMain to remove.
var demoFolder string

// demoSchool makes the demo school once, in a folder that every test copies.
var demoSchool = sync.OnceValues(func() (string, map[string]string) {
	dir, err := os.MkdirTemp("", "kaft-test-")
	if err != nil {
		panic(err)
	}
	demoFolder = dir
	store, err := localstore.Open(dir)
	if err != nil {
		panic(err)
	}
	files, err := localstore.OpenFiles(filepath.Join(dir, "files"))
	if err != nil {
		panic(err)
	}
	lib := portfolio.NewLibrary(store, files, Intake{}, time.Now)
	signIns, err := demo.Make(context.Background(), lib, chat.New(lib, store, time.Now), testHash())
	if err != nil {
		panic(err)
	}
	schools, err := lib.Schools(context.Background())
	if err != nil {
		panic(err)
	}
	ids := map[string]string{}
	for _, x := range signIns {
		ids[x.Login] = x.ID
	}
	// Most tests of bundles are not about what comes before; those that are say
	// what kind of school it is.
	wim := portfolio.Actor{School: schools[0].ID, Person: ids["wim"], Hat: portfolio.HatAdmin}
	if err := errors.Join(lib.SetSchoolKind(context.Background(), wim, ""), files.Close(), store.Close()); err != nil {
		panic(err)
	}
	return dir, ids
})

// newSchool gives a test a demo school of its own.
func newSchool(t testing.TB) *testSchool {
	t.Helper()
	from, ids := demoSchool()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	s := openInstallation(t, dir, Options{Demo: true})
	maps.Copy(s.ids, ids)
	schools, err := s.lib.Schools(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s.admin = portfolio.Actor{School: schools[0].ID, Person: s.ids["wim"], Hat: portfolio.HatAdmin}
	return s
}

// scene is one of the things that a test looks at in one school.
type scene struct {
	name string
	run  func(*testing.T, *testSchool)
}

// play runs scenes one after the other, in one demo school.
func play(t *testing.T, scenes []scene) {
	t.Helper()
	s := newSchool(t)
	for _, x := range scenes {
		t.Run(x.name, func(t *testing.T) { x.run(t, s.in(t)) })
	}
}

// in is the same school in a subtest.
func (s *testSchool) in(t *testing.T) *testSchool {
	in := *s
	in.t = t
	return &in
}

// newInstallation serves an empty Kaft.
func newInstallation(t testing.TB, opt Options) *testSchool {
	t.Helper()
	return openInstallation(t, t.TempDir(), opt)
}

// openInstallation serves what is in a folder.
func openInstallation(t testing.TB, dir string, opt Options) *testSchool {
	t.Helper()
	store, err := localstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := localstore.OpenFiles(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	clock := &testClock{}
	lib := portfolio.NewLibrary(store, files, Intake{}, clock.now)
	talks := chat.New(lib, store, clock.now)
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewTextHandler(testLog{t}, nil))
	}
	opt.Jobs = export.NewJobs(lib, export.Maker{Version: "test", Chat: talks}, 2, opt.Log)
	a, err := New(lib, talks, opt)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := a.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		<-done
		opt.Jobs.Close()
		store.Close()
	})
	return &testSchool{t: t, app: a, lib: lib, talks: talks, store: store, url: "http://" + ln.Addr().String(), ids: map[string]string{}, clock: clock, dir: dir}
}

// testLog shows the server's log in the test's.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Helper()
	l.t.Logf("server: %s", strings.TrimSpace(string(p)))
	return len(p), nil
}

// actor is somebody of the cast in a hat, for asking the Library itself.
func (s *testSchool) actor(login, hat string) portfolio.Actor {
	return portfolio.Actor{School: s.admin.School, Person: s.ids[login], Hat: hat}
}

// testClient is a browser without JavaScript.
type testClient struct {
	s    *testSchool
	http *http.Client
	lang string
}

// visitor is somebody who is not signed in.
func (s *testSchool) visitor() *testClient {
	jar, _ := cookiejar.New(nil)
	return &testClient{s: s, lang: "nl", http: &http.Client{Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as signs in. With more than one hat the first of hat, or the person's first,
// is put on.
func (s *testSchool) as(login string, hat ...string) *testClient {
	s.t.Helper()
	c := s.visitor()
	r := c.post("/aanmelden", url.Values{"login": {login}, "password": {demo.Password}})
	if r.status != http.StatusSeeOther {
		s.t.Fatalf("sign-in of %s: status %d: %s", login, r.status, r.text())
	}
	if r.location == "/wie" {
		want := portfolio.HatStaff
		if len(hat) > 0 {
			want = hat[0]
		}
		r = c.post("/wie", url.Values{"school": {s.admin.School}, "person": {s.ids[login]}, "hat": {want}})
		if r.status != http.StatusSeeOther {
			s.t.Fatalf("hat %s of %s: status %d: %s", want, login, r.status, r.text())
		}
	}
	return c
}

// reply is what came back.
type reply struct {
	path     string // what was asked
	status   int
	location string
	header   http.Header
	body     string
	doc      *html.Node
}

// page gets a page and checks it; nil when it is not there, which it says.
func (c *testClient) page(t *testing.T, path string) *reply {
	t.Helper()
	r := c.get(path)
	if r.status != http.StatusOK {
		t.Errorf("%s: status %d: %s", path, r.status, r.text())
		return nil
	}
	checkPage(t, r.body)
	return r
}

func (c *testClient) get(path string) *reply { return c.do("GET", path, nil, "") }

func (c *testClient) post(path string, form url.Values) *reply {
	return c.do("POST", path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

func (c *testClient) do(method, path string, body io.Reader, contentType string) *reply {
	c.s.t.Helper()
	req, err := http.NewRequest(method, c.s.url+path, body)
	if err != nil {
		c.s.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", c.lang)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if method != "GET" {
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.s.t.Fatalf("%s %s: %v", method, path, err)
	}
	r := &reply{path: path, status: res.StatusCode, location: res.Header.Get("Location"), header: res.Header, body: string(b)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		if r.doc, err = html.Parse(strings.NewReader(r.body)); err != nil {
			c.s.t.Fatal(err)
		}
	}
	return r
}

// text is all text of a page, with single spaces.
func (r *reply) text() string {
	if r.doc == nil {
		return r.body
	}
	var b strings.Builder
	for n := range r.doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// all finds the elements with a tag and, when key is not "", an attribute; with
// value "" any value will do.
func (r *reply) all(tag, key, value string) []*html.Node {
	var out []*html.Node
	if r.doc == nil {
		return nil
	}
	for n := range r.doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != tag {
			continue
		}
		if key == "" {
			out = append(out, n)
			continue
		}
		for _, a := range n.Attr {
			if a.Key == key && (value == "" || a.Val == value) {
				out = append(out, n)
			}
		}
	}
	return out
}

// attr is an attribute of an element, or "".
func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
