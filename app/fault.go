package app

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/export/handover"
	"kaft/portfolio"
)

// statusOf is the one table from kind of error to HTTP status.
var statusOf = map[portfolio.ErrKind]int{
	portfolio.Internal:    fiber.StatusInternalServerError,
	portfolio.NotFound:    fiber.StatusNotFound,
	portfolio.Invalid:     fiber.StatusUnprocessableEntity,
	portfolio.Conflict:    fiber.StatusConflict,
	portfolio.Exists:      fiber.StatusConflict,
	portfolio.TooLarge:    fiber.StatusRequestEntityTooLarge,
	portfolio.Forbidden:   fiber.StatusForbidden,
	portfolio.Unsigned:    fiber.StatusUnauthorized,
	portfolio.TooMany:     fiber.StatusTooManyRequests,
	portfolio.Unavailable: fiber.StatusServiceUnavailable,
}

// faultPage is the page that says what went wrong and what to do.
type faultPage struct {
	Page
	Status  int
	Message string // a sentence in the reader's language
	Signed  bool   // there is somebody to send home
	Rights  bool   // somebody with a child here, who may wonder why something is not
}

// faultJSON is the same for a program.
type faultJSON struct {
	Error struct {
		Kind    string `json:"kind"`
		Message string `json:"message"`
	} `json:"error"`
}

// fault answers a request that failed. A known Error becomes its sentence;
// anything else becomes "something went wrong" and its text stays in the log.
func (a *App) fault(c fiber.Ctx, err error) error {
	e := asError(err)
	v, _ := c.Locals(visitKey{}).(*visit)
	if v == nil {
		v = &visit{Ctx: c, app: a, lib: a.lib}
		v.prefs.Lang = a.cat.Choose("", c.Get("Accept-Language"))
	}
	if e.Kind == portfolio.Internal || e.Kind == portfolio.Unavailable {
		a.opt.Log.Error("request failed", slog.String("path", c.Route().Path), slog.String("error", err.Error()))
	}
	status := statusOf[e.Kind]
	if e.Kind == portfolio.TooLarge {
		c.RequestCtx().SetConnectionClose()
	}
	message := a.cat.SayError(v.prefs.Lang, e)
	c.Status(status)
	c.Set("Cache-Control", "no-store")
	if v.wantsJSON() {
		var f faultJSON
		f.Error.Kind, f.Error.Message = e.Kind.String(), message
		return c.JSON(f)
	}
	if e.Kind == portfolio.Unsigned && v.session == nil && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) {
		return v.seeOther("/aanmelden")
	}
	p := faultPage{Page: v.frame(), Status: status, Message: message, Signed: v.person != nil}
	p.Rights = e.Kind == portfolio.NotFound && v.hasWards()
	return v.Render("fault", p)
}

// hasWards tells whether the visitor is, in this hat, family of somebody here.
// It does not look at what was asked for, so the page that says "not here" is
// the same whether that exists or not.
func (v *visit) hasWards() bool {
	if v.person == nil {
		return false
	}
	wards, err := v.lib.Wards(v.ctx(), v.actor)
	return err == nil && len(wards) > 0
}

// wantsJSON tells whether a program asks, not a person.
func (v *visit) wantsJSON() bool {
	return strings.HasPrefix(v.Path(), "/api/") || v.Path() == handover.Path || v.Path() == "/uploads" || strings.HasPrefix(v.Path(), "/uploads/")
}

// visitKey is where a request keeps its visit for the fault page.
type visitKey struct{}

// asError turns whatever went wrong into an Error.
func asError(err error) *portfolio.Error {
	var e *portfolio.Error
	if errors.As(err, &e) {
		return e
	}
	var f *fiber.Error
	if errors.As(err, &f) {
		switch f.Code {
		case fiber.StatusNotFound, fiber.StatusMethodNotAllowed:
			return portfolio.E(portfolio.NotFound, "error.not_found")
		case fiber.StatusRequestEntityTooLarge:
			return portfolio.E(portfolio.TooLarge, "error.form_too_large", "Max", int64(maxForm))
		case fiber.StatusBadRequest:
			return portfolio.E(portfolio.Invalid, "error.body")
		}
	}
	return &portfolio.Error{Kind: portfolio.Internal, Msg: "error.internal", Err: err}
}

// Sentence is an error in words, for the command line.
func Sentence(lang string, err error) string {
	cat, catErr := NewCatalogue()
	if catErr != nil {
		return err.Error()
	}
	e := asError(err)
	if e.Err != nil {
		return cat.SayError(lang, e) + " (" + e.Err.Error() + ")"
	}
	return cat.SayError(lang, e)
}
