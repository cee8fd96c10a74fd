package app

import (
	"strings"

	"kaft/portfolio"
)

// A login that is its owner's own, and a new password by the recovery code.

// ownLoginPage asks for a name and a password that no school knows.
type ownLoginPage struct {
	Page
	Own  bool // it was made so before
	Form Filled
}

func (v *visit) ownLoginForm() error {
	return v.ownLoginAgain(Filled{Values: map[string][]string{"login": {v.account.Login}}})
}

func (v *visit) ownLoginAgain(f Filled) error {
	return v.Render("ownlogin", ownLoginPage{v.frame(), v.account.MadeOwn(), f})
}

// codePage shows a recovery code, this once.
type codePage struct {
	Page
	Code  string
	Login string
	In    bool // signed in: the page leads on, else to signing in
}

func (v *visit) ownLogin() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	hash, err := v.newPassword(&f)
	if err != nil {
		return err
	}
	if len(f.Problems) > 0 {
		return v.ownLoginAgain(f)
	}
	n := portfolio.OwnLogin{Login: f.Value("login"), PasswordHash: hash}
	code, err := v.lib.MakeOwn(v.ctx(), v.actor, v.session, n, verifyPassword(f.Value("now")))
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.ownLoginAgain(f)
	}
	return v.Render("owncode", codePage{v.frame(), code, strings.ToLower(strings.TrimSpace(f.Value("login"))), true})
}

// newPassword hashes the new password of a form, in which it stands twice.
func (v *visit) newPassword(f *Filled) (hash string, err error) {
	if f.Value("password") != f.Value("again") {
		v.wrongField(f, "again", v.say("error.password_again"))
		return "", nil
	}
	if hash, err = HashPassword(f.Value("password")); err != nil {
		err = v.wrong(f, err)
	}
	return hash, err
}

// recoverPage asks for the code.
type recoverPage struct {
	Page
	Form Filled
}

func (v *visit) recoverForm() error { return v.Render("recover", recoverPage{v.frame(), Filled{}}) }

func (v *visit) recoverLogin() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	hash, err := v.newPassword(&f)
	if err != nil {
		return err
	}
	if len(f.Problems) == 0 {
		var next string
		_, next, err = v.lib.Recover(v.ctx(), f.Value("login"), v.IP(), f.Value("code"), hash)
		if err == nil {
			return v.Render("owncode", codePage{v.frame(), next, strings.ToLower(strings.TrimSpace(f.Value("login"))), false})
		}
		if err = v.wrong(&f, err); err != nil {
			return err
		}
	}
	return v.Render("recover", recoverPage{v.frame(), f})
}
