package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// visit is one request with who makes it. Every handler is a method on it.
type visit struct {
	fiber.Ctx
	app     *App
	lib     *portfolio.Library
	session *portfolio.Session // nil when nobody is signed in
	account *portfolio.Account
	actor   portfolio.Actor // zero until a hat is on
	person  *portfolio.Person
	prefs   portfolio.Preferences // with the language settled
}

const (
	sessionCookie = "kaft"
	prefsCookie   = "kaft-prefs" // language, theme and size before and after signing in
	maxForm       = 1 << 20      // bytes of a form without files
)

// enter finds out who is there.
func (a *App) enter(c fiber.Ctx) (*visit, error) {
	v := &visit{Ctx: c, app: a, lib: a.lib}
	v.prefs = readPrefs(c.Cookies(prefsCookie))
	var err error
	if token := c.Cookies(sessionCookie); token != "" {
		v.session, v.account, err = a.lib.Session(c.Context(), token)
		if err != nil && portfolio.KindOf(err) != portfolio.Unsigned {
			return v, err
		}
	}
	if v.account != nil {
		p := v.account.Prefs
		if v.prefs == (portfolio.Preferences{}) {
			v.prefs = p
		}
	}
	v.prefs.Lang = a.cat.Choose(v.prefs.Lang, c.Get("Accept-Language"))
	if v.session == nil || v.session.Hat == "" {
		return v, err
	}
	v.actor = portfolio.Actor{School: v.session.Wearer.School, Person: v.session.Wearer.Person, Hat: v.session.Hat, Address: c.IP()}
	v.person, err = a.lib.PersonByID(c.Context(), v.actor, v.actor.Person)
	return v, err
}

// readPrefs reads "lang.theme.size"; what is not known is left out.
func readPrefs(s string) (p portfolio.Preferences) {
	parts := append(strings.Split(s, "."), "", "", "")
	p.Lang, p.Theme, p.Size = parts[0], parts[1], parts[2]
	return checkPrefs(p)
}

func checkPrefs(p portfolio.Preferences) portfolio.Preferences {
	keep := func(s string, ok ...string) string {
		for _, o := range ok {
			if s == o {
				return s
			}
		}
		return ""
	}
	return portfolio.Preferences{Lang: keep(p.Lang, "nl", "en"), Theme: keep(p.Theme, "light", "dark"), Size: keep(p.Size, "young")}
}

func (v *visit) setPrefs(p portfolio.Preferences) {
	v.Cookie(&fiber.Cookie{Name: prefsCookie, Value: p.Lang + "." + p.Theme + "." + p.Size, Path: "/",
		MaxAge: 365 * 24 * 3600, HTTPOnly: true, Secure: v.app.opt.Secure, SameSite: fiber.CookieSameSiteLaxMode})
}

// Render answers with a page, or with one block of it. It stands in for Fiber's
// own, whose first use writes what Fiber's error handler reads at the same time
// (v3.5.0; the race detector sees it).
func (v *visit) Render(name string, page any, _ ...string) error {
	var b bytes.Buffer
	if err := v.app.views.Render(&b, name, page); err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return v.Send(b.Bytes())
}

// ctx is the request's context for the Library.
func (v *visit) ctx() context.Context { return v.Context() }

// say is a sentence of the catalogue in the visitor's language.
func (v *visit) say(key string, args ...any) string {
	return v.app.cat.Say(v.prefs.Lang, key, args...)
}

// body reads a request's body of at most max bytes. A longer one is refused
// and the connection closed, so that nobody can make the server read on.
func (v *visit) body(max int64) ([]byte, error) {
	r, err := v.incoming()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, badForm(err)
	}
	if int64(len(b)) > max {
		v.RequestCtx().SetConnectionClose()
		return nil, portfolio.E(portfolio.TooLarge, "error.form_too_large", "Max", max)
	}
	return b, nil
}

// bodyStream is the body as it comes in.
func (v *visit) bodyStream() io.Reader {
	if r := v.Request().BodyStream(); r != nil {
		return r
	}
	return bytes.NewReader(v.Request().Body())
}

// form reads an ordinary form without files.
func (v *visit) form() (url.Values, error) {
	b, err := v.body(maxForm)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.body", Err: err}
	}
	return form, nil
}

// readJSON reads a JSON body strictly: one value, no unknown members.
func (v *visit) readJSON(into any) error {
	b, err := v.body(maxForm)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil && d.More() {
		err = fmt.Errorf("more than one value")
	}
	if err != nil {
		return &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.json", Err: err}
	}
	return nil
}

// rev reads the revision of what the visitor saw, from the form or, for an
// undo, from the address.
func (v *visit) rev(form url.Values) (int64, error) {
	n, err := strconv.ParseInt(cmp.Or(form.Get("rev"), v.Query("rev")), 10, 64)
	if err != nil {
		return 0, &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.rev", Err: err}
	}
	return n, nil
}

// formRev reads a form and the revision in it.
func (v *visit) formRev() (url.Values, int64, error) {
	form, err := v.form()
	if err != nil {
		return nil, 0, err
	}
	rev, err := v.rev(form)
	return form, rev, err
}

// seeOther sends the browser on after a form. Only a path on this site.
func (v *visit) seeOther(path string) error {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.HasPrefix(path, `/\`) {
		path = "/"
	}
	return v.Redirect().Status(fiber.StatusSeeOther).To(path)
}
