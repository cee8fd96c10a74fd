package app

import (
	"crypto/subtle"
	"strings"
	"sync"

	"kaft/portfolio"
)

// beginPage is A1: the first start asks for the school and its administrator.
type beginPage struct {
	Page
	Code bool // the form asks for the code that the start printed
	Form Filled
}

// founding lets one form at a time found the first school.
var founding sync.Mutex

func (v *visit) beginForm() error {
	if err := v.unfounded(); err != nil {
		return err
	}
	return v.beginAgain(Filled{})
}

// unfounded is NotFound once there is a school that somebody can sign in to.
// What a founding that broke off left is no such school, but only who knows a
// code may go on with it.
func (v *visit) unfounded() error {
	founded, err := v.lib.Founded(v.ctx())
	if err != nil {
		return err
	}
	schools, err := v.lib.Schools(v.ctx())
	if err != nil {
		return err
	}
	if founded || len(schools) > 0 && v.app.opt.SetupCode == "" {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	return nil
}

func (v *visit) beginAgain(f Filled) error {
	return v.Render("begin", beginPage{v.frame(), v.app.opt.SetupCode != "", f})
}

func (v *visit) begin() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	founding.Lock()
	defer founding.Unlock()
	if err := v.unfounded(); err != nil {
		return err
	}
	f := Filled{Values: form}
	if !v.knowsCode(f.Value("code")) {
		v.wrongField(&f, "code", v.say("error.setup_code"))
		return v.beginAgain(f)
	}
	password := f.Value("password")
	if password != f.Value("password2") {
		v.wrongField(&f, "password2", v.say("error.password_twice"))
		return v.beginAgain(f)
	}
	hash, err := HashPassword(password)
	if err == nil {
		_, _, err = v.lib.FoundSchool(v.ctx(), portfolio.School{Name: f.Value("school"), City: f.Value("city"), BRIN: f.Value("brin")},
			portfolio.Person{Name: portfolio.Name{Given: strings.TrimSpace(f.Value("name")), Prefix: strings.TrimSpace(f.Value("prefix")), Family: strings.TrimSpace(f.Value("family"))}},
			f.Value("login"), hash)
	}
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.beginAgain(f)
	}
	acc, err := v.lib.SignIn(v.ctx(), f.Value("login"), v.IP(), verifyPassword(password))
	if err != nil {
		return err
	}
	token, _, err := v.lib.StartSession(v.ctx(), acc)
	if err != nil {
		return err
	}
	v.setSession(token)
	v.done("done.founded", "")
	return v.seeOther("/overzicht")
}

// knowsCode compares in constant time with the code that the start printed.
func (v *visit) knowsCode(code string) bool {
	want := v.app.opt.SetupCode
	typed := strings.ToUpper(strings.TrimSpace(code))
	return want == "" || subtle.ConstantTimeCompare([]byte(typed), []byte(strings.ToUpper(want))) == 1
}
