package handover

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kaft/portfolio"
)

func TestOnlyAddressesThatAnybodyReachesAreGoneTo(t *testing.T) {
	for address, want := range map[string]bool{
		"145.100.1.1": true, "8.8.8.8": true, "2a00:1450:400e::1": true, "2001:610:188::1": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "::ffff:127.0.0.1": false, "::127.0.0.1": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "fd00::1": false, "fc00::1": false, "::ffff:10.0.0.1": false,
		"169.254.169.254": false, "::ffff:169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fd00:ec2::254": false, "100.100.100.200": false, "168.63.129.16": false, "192.0.0.192": false,
		"0.0.0.0": false, "0.1.2.3": false, "::": false, "224.0.0.1": false, "239.1.1.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false,
		"100.64.0.1": false, "198.18.0.1": false, "192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, "192.88.99.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::a00:1": false, "2002:7f00:1::": false, "2001:0:1::1": false, "2001:db8::1": false, "100::1": false, "fec0::1": false, "3fff::1": false, "5f00::1": false,
	} {
		network := "tcp4"
		if ip := netip.MustParseAddr(address); ip.Is6() {
			network = "tcp6"
		}
		err := guard(public)(network, netip.AddrPortFrom(netip.MustParseAddr(address), 443).String(), nil)
		if got := err == nil; got != want {
			t.Errorf("%s: gone to is %v, want %v", address, got, want)
		}
	}
	for _, c := range [][2]string{{"udp4", "8.8.8.8:443"}, {"unix", "/var/run/docker.sock"}, {"tcp4", "nonsense"}} {
		if guard(public)(c[0], c[1], nil) == nil {
			t.Errorf("%v is gone to", c)
		}
	}
}

func TestAnAddressIsHTTPSAndAHost(t *testing.T) {
	strict, local := New(false), New(true)
	for _, c := range []struct{ typed, strict, local string }{
		{"kaft.school.nl", "https://kaft.school.nl", "https://kaft.school.nl"},
		{"  https://Kaft.School.nl/pakket/7?x#y ", "https://kaft.school.nl", "https://kaft.school.nl"},
		{"https://kaft.school.nl:443/", "https://kaft.school.nl", "https://kaft.school.nl"},
		{"kaft.school.nl:8443", "https://kaft.school.nl:8443", "https://kaft.school.nl:8443"},
		{"http://kaft.school.nl", "", ""},
		{"http://localhost:8080", "", "http://localhost:8080"},
		{"http://127.0.0.1:8080", "", "http://127.0.0.1:8080"},
		{"http://127.0.0.1.evil.nl:8080", "", ""},
		{"kaft.school.nl:22", "", ""},
		{"kaft.school.nl:70000", "", ""},
		{"https://wim:geheim@kaft.school.nl", "", ""},
		{"file:///etc/passwd", "", ""},
		{"gopher://kaft.school.nl", "", ""},
		{"javascript:alert(1)", "", ""},
		{"https://", "", ""},
		{"kaft school.nl", "", ""},
		{`https://kaft.school.nl\@evil.nl`, "", ""},
		{"https://" + strings.Repeat("x", 400) + ".nl", "", ""},
		{"", "", ""},
	} {
		for name, x := range map[string]struct {
			c    *Client
			want string
		}{"strict": {strict, c.strict}, "local": {local, c.local}} {
			got, err := x.c.Address(c.typed)
			if got != x.want || (err == nil) != (x.want != "") || err != nil && portfolio.KindOf(err) != portfolio.Invalid {
				t.Errorf("%s: %q is %q (%v), want %q", name, c.typed, got, err, x.want)
			}
		}
	}
}

// The name server says whatever it likes: what counts is where the connection
// goes. localhost is a name with an address of this machine.
func TestANameThatLeadsToThisMachineIsNotGoneTo(t *testing.T) {
	reached := atomic.Bool{}
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer s.Close()
	c := New(true) // that it may go here by http does not open https
	for _, host := range []string{"localhost", "127.0.0.1", "0.0.0.0"} {
		_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "https://"), ":")
		_, err := c.Open(t.Context(), "https://"+host+":"+port, Ask{})
		if e := asError(err); e.Msg != "error.fetch.unreachable" || reached.Load() {
			t.Errorf("%s: got %v, reached: %v", host, err, reached.Load())
		}
		if _, err := c.Keys(t.Context(), "https://"+host+":"+port); err == nil || reached.Load() {
			t.Errorf("%s: keys, reached: %v", host, reached.Load())
		}
	}
}

func asError(err error) *portfolio.Error {
	var e *portfolio.Error
	if !errors.As(err, &e) {
		return &portfolio.Error{Msg: fmt.Sprint("no Error: ", err)}
	}
	return e
}

// sender is the other side: it sends what it is told to, a connection at a time.
type sender struct {
	*httptest.Server
	whole []byte
	tag   string
	asked []Ask
	from  []string // the Range of each question
	turns []func(w http.ResponseWriter, r *http.Request)
}

func newSender(t *testing.T, size int, turns ...func(http.ResponseWriter, *http.Request)) *sender {
	t.Helper()
	s := &sender{whole: make([]byte, size), turns: turns}
	rand.NewChaCha8([32]byte{1}).Read(s.whole)
	s.tag = fmt.Sprintf(`"%x"`, sha256.Sum256(s.whole))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var a Ask
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil || r.Method != http.MethodPost || r.URL.Path != Path {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		s.asked, s.from = append(s.asked, a), append(s.from, r.Header.Get("Range"))
		w.Header().Set(Header, Version)
		if turn := len(s.asked) - 1; turn < len(s.turns) && s.turns[turn] != nil {
			s.turns[turn](w, r)
			return
		}
		s.send(w, r, size)
	}))
	t.Cleanup(s.Close)
	return s
}

// send sends the bundle, or the rest of it, and stops after so many bytes.
func (s *sender) send(w http.ResponseWriter, r *http.Request, upTo int) {
	from := 0
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="sem.zip"`)
	w.Header().Set("ETag", s.tag)
	if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); n == 1 && r.Header.Get("If-Range") == s.tag {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(s.whole)-1, len(s.whole)))
		w.Header().Set("Content-Length", fmt.Sprint(len(s.whole)-from))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.Header().Set("Content-Length", fmt.Sprint(len(s.whole)))
	}
	w.Write(s.whole[from:max(from, min(upTo, len(s.whole)))])
}

func (s *sender) upTo(n int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) { s.send(w, r, n) }
}

// status answers with a status, and nothing else.
func status(code int, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// fetching is a client that does not wait, and how long it would have.
func fetching() (*Client, *[]time.Duration) {
	var waits []time.Duration
	c := New(true)
	c.pause = func(ctx context.Context, d time.Duration) error {
		waits = append(waits, d)
		return ctx.Err()
	}
	return c, &waits
}

func TestAFetchThatBreaksGoesOnFromThere(t *testing.T) {
	const size = 5 << 20
	s := newSender(t, size)
	s.turns = []func(http.ResponseWriter, *http.Request){s.upTo(3 << 20), status(503), status(429, "Retry-After", "40"), s.upTo(4<<20 + 17), nil}
	c, waits := fetching()
	d, err := c.Open(t.Context(), s.URL, Ask{Code: "C", Receipt: "R", School: "De Beuk"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got, err := io.ReadAll(d)
	if err != nil || string(got) != string(s.whole) || d.Size != size || d.Name != "sem.zip" {
		t.Fatalf("got %d bytes of %q (%d), %v", len(got), d.Name, d.Size, err)
	}
	want := []string{"", "bytes=3145728-", "bytes=3145728-", "bytes=3145728-", "bytes=4194321-"}
	if fmt.Sprint(s.from) != fmt.Sprint(want) {
		t.Errorf("asked for %v, want %v", s.from, want)
	}
	for _, a := range s.asked {
		if a != (Ask{Format, Version, "C", "R", "De Beuk", ""}) {
			t.Errorf("asked %+v", a)
		}
	}
	if fmt.Sprint(*waits) != "[1s 2s 40s 1s]" {
		t.Errorf("waited %v", *waits)
	}
}

func TestWhatComesIsTheWholeBundleOrAnError(t *testing.T) {
	const size = 1 << 20
	other := func(change func(s *sender)) func(*sender) {
		return func(s *sender) {
			s.turns = []func(http.ResponseWriter, *http.Request){s.upTo(1000), func(w http.ResponseWriter, r *http.Request) {
				change(s)
				s.send(w, r, size)
			}}
		}
	}
	for _, c := range []struct {
		name string
		as   func(s *sender)
		want string
	}{
		{"it breaks each time", func(s *sender) {
			for range 10 {
				s.turns = append(s.turns, s.upTo(1000))
			}
		}, "error.fetch.broken"},
		{"it is revoked meanwhile", func(s *sender) {
			s.turns = []func(http.ResponseWriter, *http.Request){s.upTo(1000), status(404)}
		}, "error.fetch.code"},
		{"it is another bundle meanwhile", other(func(s *sender) { s.tag = fmt.Sprintf(`"%064d"`, 7) }), "error.fetch.other"},
		{"it is longer meanwhile", other(func(s *sender) { s.whole = append(s.whole, 0) }), "error.fetch.other"},
		{"a byte of it is another", func(s *sender) {
			s.turns = []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, r *http.Request) {
				s.whole[500] ^= 1
				s.send(w, r, size)
			}}
		}, "error.fetch.other"},
		{"it does not know ranges", func(s *sender) {
			s.turns = []func(http.ResponseWriter, *http.Request){s.upTo(1000), func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("Range")
				s.send(w, r, size)
			}}
		}, "error.fetch.other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSender(t, size)
			c.as(s)
			client, _ := fetching()
			d, err := client.Open(t.Context(), s.URL, Ask{})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if _, err := io.ReadAll(d); asError(err).Msg != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if len(s.asked) > 1+maxTries {
				t.Errorf("asked %d times", len(s.asked))
			}
		})
	}
}

func TestWhatIsNoKaftOrNoBundleIsToldApart(t *testing.T) {
	zip := []string{"Content-Type", "application/zip", "ETag", fmt.Sprintf(`"%064d"`, 7)}
	for _, c := range []struct {
		name string
		turn func(http.ResponseWriter, *http.Request)
		want string
	}{
		{"an unknown code", status(404), "error.fetch.code"},
		{"no Kaft", status(404, Header, ""), "error.fetch.not_kaft"},
		{"another version", status(200, append(zip, Header, "2.0", "Content-Length", "5")...), "error.fetch.not_kaft"},
		{"a page", status(200, "Content-Type", "text/html", "Content-Length", "5"), "error.fetch.not_kaft"},
		{"a redirect inside", status(302, "Location", "http://169.254.169.254/latest/"), "error.fetch.not_kaft"},
		{"a redirect to itself", status(307, "Location", Path), "error.fetch.not_kaft"},
		{"no length", func(w http.ResponseWriter, r *http.Request) {
			status(200, zip...)(w, r)
			w.(http.Flusher).Flush()
			w.Write(make([]byte, 5000))
		}, "error.fetch.not_kaft"},
		{"no fingerprint", status(200, "Content-Type", "application/zip", "Content-Length", "5"), "error.fetch.not_kaft"},
		{"too large", status(200, append(zip, "Content-Length", fmt.Sprint(int64(portfolio.MaxBundle)+1))...), "error.bundle.large"},
		{"busy", status(429, "Retry-After", "7"), "error.wait"},
		{"a fault", status(500), "error.fetch.unreachable"},
		{"a proxy with nothing behind it", status(502, Header, ""), "error.fetch.unreachable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSender(t, 10, c.turn)
			client, _ := fetching()
			_, err := client.Open(t.Context(), s.URL, Ask{})
			if e := asError(err); e.Msg != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if len(s.asked) != 1 {
				t.Errorf("asked %d times", len(s.asked))
			}
		})
	}
	client, _ := fetching()
	s := newSender(t, 10)
	s.Close()
	if _, err := client.Open(t.Context(), s.URL, Ask{}); asError(err).Msg != "error.fetch.unreachable" {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := New(false).Open(t.Context(), s.URL, Ask{}); asError(err).Msg != "error.fetch.unreachable" {
		t.Errorf("http where it is not allowed: %v", err)
	}
}

// A side that says nothing any more is given up, and what it sent is kept.
func TestASilentSideIsGivenUp(t *testing.T) {
	done := make(chan struct{})
	s := newSender(t, 2<<20)
	s.turns = []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, r *http.Request) {
		s.send(w, r, 1<<20)
		w.(http.Flusher).Flush()
		<-done
	}}
	defer close(done)
	c, _ := fetching()
	c.local = newHTTP(onLoopback, 200*time.Millisecond)
	d, err := c.Open(t.Context(), s.URL, Ask{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got, err := io.ReadAll(d)
	if err != nil || string(got) != string(s.whole) || len(s.from) != 2 || s.from[1] != "bytes=1048576-" {
		t.Errorf("got %d bytes, %v, asked for %v", len(got), err, s.from)
	}
}

// The proxy of the environment, which may reach what this machine may not, is
// not gone through; certificates are looked at.
func TestHTTPSIsToTheOtherSideItself(t *testing.T) {
	for _, c := range []*http.Client{New(true).web, New(true).local} {
		if c.Transport.(*http.Transport).Proxy != nil || c.Jar != nil {
			t.Error("it goes through a proxy, or keeps cookies")
		}
	}
	whole := []byte("a bundle")
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == KeysPath {
			w.Write(make([]byte, maxKeys+1))
			return
		}
		if len(r.Cookies()) > 0 {
			t.Error("it brought a cookie")
		}
		w.Header().Set(Header, Version)
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(whole)))
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
		w.Write(whole)
	}))
	defer s.Close()
	c, _ := fetching()
	c.web = newHTTP(onLoopback, time.Minute)
	if _, err := c.Open(t.Context(), s.URL, Ask{}); asError(err).Msg != "error.fetch.unreachable" {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c.web.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	for range 2 {
		d, err := c.Open(t.Context(), s.URL, Ask{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(d); err != nil || string(got) != string(whole) {
			t.Errorf("got %q, %v", got, err)
		}
		d.Close()
	}
	if _, err := c.Keys(t.Context(), s.URL); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("keys that are too long: %v", err)
	}
}
