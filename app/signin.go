package app

import (
	"runtime/debug"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// hashCost is one of OWASP's equal choices for argon2id, the one for a small
// machine: 12 MiB, three passes, one lane.
var hashCost = &argon2id.Params{Memory: 12 << 10, Iterations: 3, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodysHash is compared with when there is no such account, so that a wrong
// name takes as long as a wrong password.
var nobodysHash = sync.OnceValues(func() (string, error) { return argon2id.CreateHash("nobody", hashCost) })

// hashing is one at a time: that bounds the memory that sign-ins take together.
// memoryBack gives it back to the machine once nobody has signed in for a while.
var (
	hashing    sync.Mutex
	memoryBack = time.AfterFunc(time.Hour, debug.FreeOSMemory)
)

func toHash() (done func()) {
	hashing.Lock()
	return func() {
		memoryBack.Reset(2 * time.Second)
		hashing.Unlock()
	}
}

// HashPassword hashes a new password. Error kind: Invalid when it is too short
// or too long.
func HashPassword(password string) (string, error) {
	if len([]rune(password)) < portfolio.MinPassword || len(password) > 1000 {
		return "", portfolio.E(portfolio.Invalid, "error.password", "Min", portfolio.MinPassword)
	}
	defer toHash()()
	return argon2id.CreateHash(password, hashCost)
}

func verifyPassword(password string) func(hash string) bool {
	return func(hash string) bool {
		defer toHash()()
		if hash == "" {
			hash, _ = nobodysHash() // fails only where there is no randomness; "" then matches nothing
		}
		ok, err := argon2id.ComparePasswordAndHash(password, hash)
		return ok && err == nil
	}
}

// signInPage is C1.
type signInPage struct {
	Page
	Login   string
	Message string // why the last try failed
	Over    bool   // the last session ended by itself
}

func (v *visit) signInForm() error {
	if v.session != nil {
		return v.seeOther("/")
	}
	founded, err := v.lib.Founded(v.ctx())
	if err != nil {
		return err
	}
	if !founded {
		return v.seeOther("/begin")
	}
	return v.Render("signin", signInPage{Page: v.frame(), Over: v.Cookies(sessionCookie) != ""})
}

func (v *visit) signIn() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	login, password := form.Get("login"), form.Get("password")
	acc, err := v.lib.SignIn(v.ctx(), login, v.IP(), verifyPassword(password))
	if k := portfolio.KindOf(err); err != nil && (k == portfolio.Unsigned || k == portfolio.TooMany) {
		e := asError(err)
		v.Status(statusOf[e.Kind])
		return v.Render("signin", signInPage{Page: v.frame(), Login: login, Message: v.app.cat.SayError(v.prefs.Lang, e)})
	}
	if err != nil {
		return err
	}
	// A session that was there before is not kept: a sign-in gets a new token.
	if v.session != nil {
		if err := v.lib.EndSession(v.ctx(), v.session); err != nil {
			return err
		}
	}
	token, s, err := v.lib.StartSession(v.ctx(), acc)
	if err != nil {
		return err
	}
	v.setSession(token)
	if v.Cookies(prefsCookie) == "" {
		v.setPrefs(acc.Prefs)
	}
	if s.Hat == "" {
		return v.seeOther("/wie")
	}
	return v.seeOther("/")
}

func (v *visit) setSession(token string) {
	c := &fiber.Cookie{Name: sessionCookie, Value: token, Path: "/", HTTPOnly: true, Secure: v.app.opt.Secure,
		SameSite: fiber.CookieSameSiteLaxMode, SessionOnly: true}
	if token == "" {
		c.Expires = time.Unix(1, 0)
		c.SessionOnly = false
	}
	v.Cookie(c)
}

func (v *visit) signOut() error {
	if v.session != nil {
		if err := v.lib.EndSession(v.ctx(), v.session); err != nil {
			return err
		}
	}
	v.setSession("")
	return v.seeOther("/aanmelden")
}

func (v *visit) signOutEverywhere() error {
	if err := v.lib.EndSessions(v.ctx(), v.account.ID); err != nil {
		return err
	}
	v.setSession("")
	return v.seeOther("/aanmelden")
}

// hatPage is C3.
type hatPage struct {
	Page
	Choices []portfolio.HatChoice
}

func (v *visit) hatForm() error {
	hats, err := v.lib.Hats(v.ctx(), v.account)
	if err != nil {
		return err
	}
	return v.Render("hat", hatPage{v.frame(), hats})
}

func (v *visit) chooseHat() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	w := portfolio.Wearer{School: form.Get("school"), Person: form.Get("person")}
	if err := v.lib.PutOn(v.ctx(), v.session, v.account, w, form.Get("hat")); err != nil {
		return err
	}
	return v.seeOther("/")
}

// savePreferences is C5: language, theme and text size, in a cookie and, when
// signed in, with the account.
func (v *visit) savePreferences() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	p := v.prefs
	if form.Has("lang") {
		p.Lang = form.Get("lang")
	}
	if form.Has("theme") {
		p.Theme = form.Get("theme")
	}
	if form.Has("size") {
		p.Size = form.Get("size")
	}
	p = checkPrefs(p)
	if v.account != nil {
		if err := v.lib.SetPreferences(v.ctx(), v.account.ID, p); err != nil && portfolio.KindOf(err) != portfolio.Conflict {
			return err
		}
	}
	v.setPrefs(p)
	return v.seeOther(form.Get("back"))
}
