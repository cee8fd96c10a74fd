// Package app is everything of Kaft that knows HTTP: the routes, the pages, the
// JSON API, the socket, sign-in and uploads. A handler is a method on visit; it
// holds the Library, asks it, and shows what it gave. No handler decides who
// may see or do something.
//
// Fiber v3 serves the requests, because the user chose it; bodies are streamed
// and never pre-parsed, so that a 2 GB film costs no memory. Passwords are
// hashed by alexedwards/argon2id (a thin layer over golang.org/x/crypto).
package app

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/chat"
	"kaft/export"
	"kaft/portfolio"
)

// Options are what a start of Kaft chooses.
type Options struct {
	Version string
	Jobs    *export.Jobs // move bundles, made and taken in in the background
	Demo    bool         // the living style page, and one-click sign-in to the demo school
	Secure  bool         // served over https: cookies are Secure
	// SetupCode, when not empty, is what the first administrator must type to
	// found the first school: whoever comes first does not own it.
	SetupCode string
	Log       *slog.Logger
}

// App serves one installation.
type App struct {
	lib   *portfolio.Library
	talks *chat.Talks
	opt   Options
	cat   *Catalogue
	views *Views
	live  *sockets
	fiber *fiber.App
}

// New puts an App together. Every template is parsed here: a broken one stops
// the start.
func New(lib *portfolio.Library, talks *chat.Talks, opt Options) (*App, error) {
	cat, err := NewCatalogue()
	if err != nil {
		return nil, err
	}
	views, err := NewViews(cat)
	if err != nil {
		return nil, err
	}
	a := &App{lib: lib, talks: talks, opt: opt, cat: cat, views: views}
	a.live = newSockets(a)
	a.fiber = fiber.New(fiber.Config{
		AppName:                      "Kaft",
		Views:                        views,
		ErrorHandler:                 a.fault,
		Immutable:                    true, // strings of a request outlive it in uploads, sockets and jobs
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  5 * time.Minute, // of one request: an upload chunk on a slow line
		IdleTimeout:                  2 * time.Minute,
		ReadBufferSize:               16 << 10,
		// With a proxy in front, on this machine, the client is whom the proxy names.
		TrustProxy:         opt.Secure,
		TrustProxyConfig:   fiber.TrustProxyConfig{Loopback: true},
		ProxyHeader:        proxyHeader(opt),
		EnableIPValidation: true,
	})
	a.fiber.Server().KeepHijackedConns = true // a socket closes its own connection
	a.route()
	return a, nil
}

func proxyHeader(opt Options) string {
	if opt.Secure {
		return "X-Real-IP"
	}
	return ""
}

// Serve answers requests on ln until Shutdown.
func (a *App) Serve(ln net.Listener) error {
	return a.fiber.Listener(ln, fiber.ListenConfig{DisableStartupMessage: true})
}

// Shutdown tells every socket to come back later, lets running requests end
// and stops, at the latest when ctx ends.
func (a *App) Shutdown(ctx context.Context) error {
	a.live.shutdown()
	return a.fiber.ShutdownWithContext(ctx)
}
