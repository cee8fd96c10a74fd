package app

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
	"kaft/static"
)

// Secure is the first handler of every request. It sets the headers that hold
// for pages, and refuses a change that another site sends in somebody's name:
// Forbidden, "error.crosssite".
//
// Pages are never kept by a browser: on a shared Chromebook, Back after signing
// out must show nothing. A handler of something that may be kept sets its own
// Cache-Control.
//
// The referrer policy is not no-referrer: under that a browser sends "Origin:
// null" with its own forms, and they could not be told from a stranger's.
func Secure() fiber.Handler {
	return func(c fiber.Ctx) error {
		c.Set("Content-Security-Policy", contentPolicy(c.Host(), c.Secure()))
		c.Set("Referrer-Policy", "same-origin")
		c.Set("X-Content-Type-Options", "nosniff")
		c.Set("Permissions-Policy", devices("()"))
		c.Set("Cross-Origin-Opener-Policy", "same-origin")
		c.Set("Cross-Origin-Resource-Policy", "same-origin")
		c.Set("Cache-Control", "no-store")
		if !ownRequest(c) {
			return portfolio.E(portfolio.Forbidden, "error.crosssite")
		}
		return c.Next()
	}
}

// devices lets a page use nothing of the device but a microphone, if it may.
func devices(microphone string) string {
	return "camera=(), display-capture=(), geolocation=(), microphone=" + microphone + ", payment=(), usb=()"
}

// contentPolicy lets a page use our own files and nothing else, and makes
// every way from text to script impossible (Trusted Types without a policy).
// The socket's address is named because an older Safari does not see it in
// 'self'.
func contentPolicy(host string, tls bool) string {
	connect := "'self'"
	if hostName.MatchString(host) {
		connect += " wss://" + host
		if !tls {
			connect += " ws://" + host
		}
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self'",
		"media-src 'self'",
		"connect-src " + connect,
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// hostName keeps a made-up Host header from writing in the policy.
var hostName = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]+$`)

// ownRequest is whether a request that may change something comes from our own
// pages, or from no browser at all.
func ownRequest(c fiber.Ctx) bool {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return true
	}
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	origin := c.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, c.Host())
}

// Static serves the files of package static, for the route /static/*. What
// carries the present hash may be kept for ever; any other hash is not found,
// so that an old page never runs with a new script. Error kind: NotFound.
func Static(c fiber.Ctx) error {
	hash, name, _ := strings.Cut(c.Params("*"), "/")
	f, ok := staticFiles()[name]
	if !ok || hash != static.Hash {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	c.Set("Content-Type", f.mediaType)
	c.Set("Cache-Control", "public, max-age=31536000, immutable")
	c.Set("Vary", "Accept-Encoding")
	if strings.Contains(c.Get("Accept-Encoding"), "gzip") {
		c.Set("Content-Encoding", "gzip")
		return c.Send(f.zipped)
	}
	return c.Send(f.plain)
}

type staticFile struct {
	mediaType     string
	plain, zipped []byte
}

var staticFiles = sync.OnceValue(func() map[string]staticFile {
	files := map[string]staticFile{}
	err := fs.WalkDir(static.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := static.FS.ReadFile(name)
		files[name] = staticFile{mediaTypes[path.Ext(name)], content, zip(content)}
		return err
	})
	if err != nil {
		panic(err) // the files are in the binary: cannot happen
	}
	return files
})

var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func zip(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a right one
	w.Write(content)                                      // a Buffer does not fail
	w.Close()
	return b.Bytes()
}
