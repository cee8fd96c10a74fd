package app

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kaft/app/demo"
)

func TestTheSessionIsInACookieForUsAlone(t *testing.T) {
	for secure, want := range map[bool]string{false: "; HttpOnly; SameSite=Lax", true: "; HttpOnly; Secure; SameSite=Lax"} {
		s := newInstallation(t, Options{Secure: secure})
		found := 0
		for _, c := range s.visitor().post("/begin", firstSchool()).header.Values("Set-Cookie") {
			if strings.HasPrefix(c, sessionCookie+"=") {
				found++
				if low := strings.ToLower(c); !strings.HasSuffix(low, strings.ToLower(want)) || strings.Contains(low, "max-age") || strings.Contains(low, "expires") || strings.Contains(low, "domain") {
					t.Errorf("secure %v: %q, want it to end with %q and with the browser", secure, c, want)
				}
			}
		}
		if found != 1 {
			t.Errorf("secure %v: %d session cookies", secure, found)
		}
	}
}

func TestWhoGuessesPasswordsIsToldToWaitAndTheRightOneWaitsToo(t *testing.T) {
	s := newSchool(t)
	v := s.visitor()
	guess := url.Values{"login": {"noor"}, "password": {"geraden woord"}}
	said := map[int]int{}
	for guesses := 0; guesses < 16; {
		r := v.post("/aanmelden", guess)
		if said[r.status]++; r.status == http.StatusUnauthorized {
			guesses++
			continue
		}
		if r.status != http.StatusTooManyRequests {
			t.Fatalf("status %d: %s", r.status, r.text())
		}
		s.clock.advance(15 * time.Minute) // the longest anybody waits
	}
	if said[401] != 16 || said[429] < 5 {
		t.Errorf("answered %v", said)
	}
	for lang, want := range map[string]string{"nl": "Even geduld: probeer het over 15 minuten weer.", "en": "One moment: try again in 15 minutes."} {
		v.lang = lang
		r := v.post("/aanmelden", guess)
		if r.status != http.StatusTooManyRequests || !strings.Contains(r.text(), want) {
			t.Errorf("in %s: status %d, want %q in %s", lang, r.status, want, r.text())
		}
		checkPage(t, r.body)
	}
	right := url.Values{"login": {"noor"}, "password": {demo.Password}}
	if r := s.visitor().post("/aanmelden", right); r.status != http.StatusTooManyRequests {
		t.Errorf("the right password meanwhile: status %d", r.status)
	}
	if r := s.visitor().post("/aanmelden", url.Values{"login": {"sem"}, "password": {demo.Password}}); r.status != http.StatusSeeOther {
		t.Errorf("somebody else: status %d", r.status)
	}
	s.clock.advance(15 * time.Minute)
	if r := s.visitor().post("/aanmelden", right); r.status != http.StatusSeeOther {
		t.Errorf("the right password later: status %d", r.status)
	}
}

// TestAPasswordIsNowhereButInItsHash looks for passwords, also those that were
// typed wrong or in the wrong field, and for the key of a session, in every
// byte that is stored and every line that is logged.
func TestAPasswordIsNowhereButInItsHash(t *testing.T) {
	var log logged
	s := newInstallation(t, Options{Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	const right, wrong, misplaced = "citroen-op-een-fiets", "citroen-op-een-step", "citroen-in-het-verkeerde-veld"
	f := firstSchool()
	f.Set("password", right)
	f.Set("password2", right)
	karin := s.visitor()
	if r := karin.post("/begin", f); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	login := f.Get("login")
	v := s.visitor()
	for _, form := range []url.Values{
		{"login": {login}, "password": {wrong}},
		{"login": {misplaced}, "password": {wrong}},
		{"login": {right}, "password": {login}},
	} {
		if r := v.post("/aanmelden", form); r.status != http.StatusUnauthorized {
			t.Errorf("%v: status %d", form, r.status)
		}
	}
	v.do("POST", "/aanmelden", strings.NewReader("login="+misplaced+"&password=%zz"+wrong), "application/x-www-form-urlencoded")
	v.get("/aanmelden?password=" + wrong)
	a, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{right, wrong, misplaced}
	for _, c := range karin.http.Jar.Cookies(a) {
		if c.Name == sessionCookie {
			secrets = append(secrets, c.Value)
		}
	}
	if len(secrets) != 4 {
		t.Fatalf("no session: %d", len(secrets))
	}
	stored, hashes := 0, 0
	look := func(where string, b []byte) {
		for _, x := range secrets {
			if bytes.Contains(b, []byte(x)) {
				t.Errorf("%q is in %s", x, where)
			}
		}
		stored += len(b)
		hashes += bytes.Count(b, []byte("$argon2id$"))
	}
	err = filepath.WalkDir(s.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		look(p, b)
		return err
	})
	if err != nil || stored < 10_000 || hashes == 0 {
		t.Errorf("%d bytes and %d hashes looked through, %v", stored, hashes, err)
	}
	s.app.opt.Log.Error("the log is looked through")
	if text := log.String(); !strings.Contains(text, "looked through") {
		t.Errorf("the log is %q", text)
	} else {
		look("the log", []byte(text))
	}
}

// logged is a log that is kept.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

var _ io.Writer = (*logged)(nil)

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestSignInsAtOnceAllEndAndGiveTheirMemoryBack(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if h, err := HashPassword("een goede zin"); err != nil || !verifyPassword("een goede zin")(h) || verifyPassword("een andere zin")(h) {
				t.Errorf("%q, %v", h, err)
			}
		})
	}
	all.Wait()
	if !memoryBack.Reset(time.Hour) {
		t.Error("nothing gives the memory back")
	}
	memoryBack.Reset(2 * time.Second)
}
