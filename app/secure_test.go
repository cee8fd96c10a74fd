package app

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"

	"kaft/static"
)

// secured is a fiber app with nothing but the two handlers of secure.go and a
// page. The status is the one of the table in fault.go.
func secured(t *testing.T) *fiber.App {
	t.Helper()
	f := fiber.New(fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
		e := asError(err)
		return c.Status(statusOf[e.Kind]).SendString(e.Msg)
	}})
	f.Use(Secure())
	f.Get("/static/*", Static)
	f.All("/", func(c fiber.Ctx) error { return c.SendString("page") })
	return f
}

func fetch(t *testing.T, f *fiber.App, method, target string, header ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := f.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestAChangeIsTakenFromOurOwnPagesOnly(t *testing.T) {
	f := secured(t)
	for _, test := range []struct {
		method string
		header []string
		want   int
	}{
		{"POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"POST", []string{"Sec-Fetch-Site", "none"}, 200},
		{"POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"POST", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"POST", []string{"Sec-Fetch-Site", "same-origin-ish"}, 403},
		{"PUT", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"DELETE", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"PATCH", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"GET", []string{"Sec-Fetch-Site", "cross-site"}, 200}, // a link from elsewhere
		{"HEAD", []string{"Sec-Fetch-Site", "cross-site"}, 200},
		// Browsers that do not send it are told by Origin.
		{"POST", []string{"Origin", "http://kaft.example:8080"}, 200},
		{"POST", []string{"Origin", "http://KAFT.example:8080"}, 200},
		{"POST", []string{"Origin", "http://kaft.example"}, 403},
		{"POST", []string{"Origin", "https://evil.example"}, 403},
		{"POST", []string{"Origin", "https://kaft.example:8080.evil.example"}, 403},
		{"POST", []string{"Origin", "null"}, 403},
		{"POST", []string{"Origin", "::"}, 403},
		// The first one decides where both are there.
		{"POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://kaft.example:8080"}, 403},
		// No browser at all.
		{"POST", nil, 200},
	} {
		resp, body := fetch(t, f, test.method, "http://kaft.example:8080/", test.header...)
		if resp.StatusCode != test.want {
			t.Errorf("%s %v: %d, want %d", test.method, test.header, resp.StatusCode, test.want)
		}
		if test.want == 403 && body != "error.crosssite" {
			t.Errorf("%s %v: refused with %q", test.method, test.header, body)
		}
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	f := secured(t)
	for _, target := range []string{"/", "/static/" + static.Hash + "/css/kaft.css", "/nosuch"} {
		resp, _ := fetch(t, f, "GET", "http://kaft.example:8080"+target)
		policy := resp.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
			"connect-src 'self' wss://kaft.example:8080 ws://kaft.example:8080", "form-action 'self'", "base-uri 'none'",
			"frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"} {
			if !strings.Contains(policy+";", want+";") {
				t.Errorf("%s: no %q in %q", target, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %q", target, policy)
		}
		for key, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := resp.Header.Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", target, key, got, want)
			}
		}
	}
	resp, _ := fetch(t, f, "GET", "http://kaft.example/")
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page may be kept: %q", got)
	}
}

func TestAMadeUpHostDoesNotWriteInThePolicy(t *testing.T) {
	for host, want := range map[string]string{
		"kaft.example":           "connect-src 'self' wss://kaft.example;",
		"[::1]:8080":             "connect-src 'self' wss://[::1]:8080;",
		"a; script-src *":        "connect-src 'self';",
		"":                       "connect-src 'self';",
		"kaft.example evil.test": "connect-src 'self';",
	} {
		if got := contentPolicy(host, true); !strings.Contains(got, want) {
			t.Errorf("host %q: %s", host, got)
		}
	}
}

func TestStaticFilesAreKeptForEverUnderTheirHash(t *testing.T) {
	f := secured(t)
	for name, mediaType := range map[string]string{
		"css/kaft.css": "text/css; charset=utf-8", "js/app.js": "text/javascript; charset=utf-8", "img/icons.svg": "image/svg+xml",
	} {
		want, err := static.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		resp, body := fetch(t, f, "GET", "http://kaft.example"+static.Path(name))
		if resp.StatusCode != 200 || body != string(want) || resp.Header.Get("Content-Type") != mediaType {
			t.Errorf("%s: %d, %d bytes, %s", name, resp.StatusCode, len(body), resp.Header.Get("Content-Type"))
		}
		if got := resp.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		resp, body = fetch(t, f, "GET", "http://kaft.example"+static.Path(name), "Accept-Encoding", "gzip, br")
		r, err := gzip.NewReader(bytes.NewReader([]byte(body)))
		if err != nil || resp.Header.Get("Content-Encoding") != "gzip" || resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%s: %v, %v", name, resp.Header, err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: unzipped to %d bytes, %v", name, len(got), err)
		}
	}
}

func TestNothingElseIsStatic(t *testing.T) {
	f := secured(t)
	for _, target := range []string{
		"/static/000000000000/css/kaft.css", "/static/css/kaft.css", "/static/" + static.Hash, "/static/" + static.Hash + "/",
		"/static/" + static.Hash + "/css", "/static/" + static.Hash + "/../secure.go", "/static/" + static.Hash + "/static.go",
		"/static/" + static.Hash + "/css/%2e%2e/css/kaft.css",
	} {
		resp, _ := fetch(t, f, "GET", "http://kaft.example"+target)
		if resp.StatusCode != 404 || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, %s", target, resp.StatusCode, resp.Header.Get("Cache-Control"))
		}
	}
}
