package app

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// A bundle that the administrator fetches from another school with a code.

// fetchMove fetches one: POST /verhuizingen/ophalen, a form with the address of
// the other school's Kaft and the code.
func (v *visit) fetchMove() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	for name, key := range map[string]string{"address": "fetch.address_first", "code": "fetch.code_first"} {
		if strings.TrimSpace(form.Get(name)) == "" {
			v.wrongField(&f, name, v.say(key))
		}
	}
	if len(f.Problems) > 0 {
		return v.importsAgain(f)
	}
	imp, err := v.app.opt.Jobs.Fetch(v.ctx(), v.actor, form.Get("address"), form.Get("code"), v.ownAddress())
	if err != nil {
		if err := v.wrong(&f, err); err != nil {
			return err
		}
		return v.importsAgain(f)
	}
	return v.seeOther("/verhuizingen/" + imp.ID)
}

// ownAddress is the address of this Kaft, as the visitor reached it.
func (v *visit) ownAddress() string {
	host := v.Host()
	if !hostName.MatchString(host) {
		return ""
	}
	if v.app.opt.Secure {
		return "https://" + host
	}
	return v.Scheme() + "://" + host
}

// fillOffer says of a bundle that was fetched, and signed by a school that is not
// known, whether its key stands at that address too, and lets the keys there be
// compared. They came from the same place as the bundle, so they prove nothing
// until then.
func (v *visit) fillOffer(p *importPage) {
	imp := p.Import
	if len(imp.Offered) == 0 || p.Sender.Path == "" {
		return
	}
	same := false
	for _, s := range imp.Offered {
		same = same || slices.ContainsFunc(s.Keys, func(k portfolio.PublicKey) bool { return k.Fingerprint() == imp.From.Signature.Fingerprint() })
	}
	says := "fetch.key_other"
	if same {
		says, p.Sender.Path = "fetch.key_same", "/verhuizingen/scholen?adres="+imp.ID
	}
	p.Sender.Text += " " + v.say(says, "Host", p.Host)
}

// hostOf is how a page names the address of a Kaft.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// apiMove is an import as a program sees it.
type apiMove struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Step    string `json:"step,omitempty"`
	Bytes   int64  `json:"bytes"`
	Of      int64  `json:"of"`
	Source  string `json:"source,omitempty"`
	School  string `json:"school,omitempty"` // as the bundle says
	Message string `json:"message,omitempty"`
}

func (v *visit) apiMoveOf(imp *portfolio.Import) apiMove {
	m := apiMove{ID: imp.ID, State: imp.State, Step: imp.Step, Bytes: imp.Bytes, Of: imp.TotalBytes, Source: imp.Source, School: imp.From.School}
	if imp.Fault != nil {
		m.Message = v.app.cat.SayError(v.prefs.Lang, imp.Fault.Error())
	}
	return m
}

// apiFetchMove fetches a bundle: POST /api/v1/imports {address, code}.
func (v *visit) apiFetchMove() error {
	var in struct {
		Address string `json:"address"`
		Code    string `json:"code"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	imp, err := v.app.opt.Jobs.Fetch(v.ctx(), v.actor, in.Address, in.Code, v.ownAddress())
	if err != nil {
		return err
	}
	// Its job writes to it from now on, so it is read anew.
	if imp, err = v.lib.ImportByID(v.ctx(), v.actor, imp.ID); err != nil {
		return err
	}
	return v.Status(fiber.StatusCreated).JSON(v.apiMoveOf(imp))
}

// apiImport tells how far an import is: GET /api/v1/imports/:id.
func (v *visit) apiImport() error {
	imp, err := v.lib.ImportByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.JSON(v.apiMoveOf(imp))
}
