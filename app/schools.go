package app

import (
	"bytes"
	"cmp"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
	"time"

	"kaft/export"
	"kaft/portfolio"
)

// The schools that are known by their keys, as the administrator keeps them, and
// this school's own keys, for everybody.

// keyView is a key as people compare it.
type keyView struct {
	Use, Fingerprint string
	Groups           string // the same in groups of four
	MadeAt, Retired  time.Time
}

func viewKeys(keys []portfolio.PublicKey) (out []keyView) {
	for _, k := range keys {
		out = append(out, keyView{k.Use, k.Fingerprint(), inFours(k.Fingerprint()), k.MadeAt, k.Retired})
	}
	return out
}

// inFours writes a fingerprint as people read it to each other.
func inFours(s string) string {
	var out []string
	for g := range slices.Chunk([]byte(s), 4) {
		out = append(out, string(g))
	}
	return strings.Join(out, " ")
}

// knownView is a school whose keys were compared.
type knownView struct {
	*portfolio.KnownSchool
	Keys []keyView
}

// compared is a school whose keys are to be compared.
type compared struct {
	Name string
	Keys []keyView
}

// schoolsPage shows them: the known schools, the way to make one known, and the
// keys that the school itself signs with.
type schoolsPage struct {
	Page
	Known   []knownView
	Own     []keyView
	Compare []compared // what was given, to be compared
	Text    string     // what was given, as it was
	Form    Filled
}

// Uses are what the school signs, each with a key of its own.
func (schoolsPage) Uses() []string { return []string{portfolio.KeyBundles, portfolio.KeyCredentials} }

// schools shows the page: GET /verhuizingen/scholen, with ?pakket=ID the keys in
// that bundle to compare, with ?adres=ID those that were at the address from
// which it was fetched.
func (v *visit) schools() error {
	text := ""
	if id := cmp.Or(v.Query("pakket"), v.Query("adres")); id != "" {
		imp, err := v.lib.ImportByID(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		instance, keys := imp.From.Signature.Keys.Instance, []portfolio.SchoolKeys{imp.From.Signature.Keys}
		if v.Query("adres") != "" {
			instance, keys = imp.Source, imp.Offered
		}
		raw, err := export.WriteKeys(instance, keys...)
		if err != nil {
			return err
		}
		text = string(raw)
	}
	return v.schoolsWith(text, Filled{})
}

func (v *visit) schoolsWith(text string, f Filled) error {
	known, err := v.lib.KnownSchools(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	own, err := v.lib.PublicKeys(v.ctx(), v.actor.School)
	if err != nil {
		return err
	}
	p := schoolsPage{Page: v.frame(), Own: viewKeys(own), Form: f}
	for _, k := range known {
		p.Known = append(p.Known, knownView{k, viewKeys(k.Of.Keys)})
	}
	if text != "" {
		schools, err := export.ReadKeys([]byte(text))
		if err != nil {
			if err := v.wrong(&p.Form, err); err != nil {
				return err
			}
		}
		for _, s := range schools {
			p.Compare, p.Text = append(p.Compare, compared{s.Name, viewKeys(s.Keys)}), text
		}
	}
	return v.Render("schools", p)
}

// compareKeys shows the keys of a file, to be compared: POST
// /verhuizingen/scholen, a form with the file or with its text. Nothing is
// stored.
func (v *visit) compareKeys() error {
	form, err := v.keysForm()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	text := strings.TrimSpace(form.Get("keys"))
	if text == "" {
		v.wrongField(&f, "keys", v.say("schools.choose"))
	}
	return v.schoolsWith(text, f)
}

// keysForm reads a form with a file that is not long; its text then stands in
// the form as what would have been pasted.
func (v *visit) keysForm() (url.Values, error) {
	mediaType, params, err := mime.ParseMediaType(v.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" {
		return v.form()
	}
	body, err := v.body(maxForm)
	if err != nil {
		return nil, err
	}
	form := url.Values{}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return form, nil
		}
		if err != nil {
			return nil, badForm(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, badForm(err)
		}
		switch {
		case part.FormName() == "file" && len(text) > 0:
			form.Set("keys", string(text))
		case part.FormName() == "keys" && form.Get("keys") == "":
			form.Set("keys", string(text))
		}
	}
}

// knowSchool makes a school known by the keys that were ticked: POST
// /verhuizingen/scholen/bekend.
func (v *visit) knowSchool() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f, some := Filled{Values: form}, false
	schools, err := export.ReadKeys([]byte(form.Get("keys")))
	if err != nil { // the page says so, to who may see it
		return v.schoolsWith(cmp.Or(form.Get("keys"), " "), f)
	}
	for _, s := range schools {
		ticked := slices.ContainsFunc(s.Keys, func(k portfolio.PublicKey) bool { return slices.Contains(form["key"], k.Fingerprint()) })
		if !ticked {
			continue
		}
		some = true
		if _, err := v.lib.Know(v.ctx(), v.actor, s, form["key"]); err != nil {
			if err := v.wrong(&f, err); err != nil {
				return err
			}
		}
	}
	if !some {
		if err := v.wrong(&f, portfolio.E(portfolio.Invalid, "error.keys_none")); err != nil {
			return err
		}
	}
	if len(f.Problems) > 0 {
		return v.schoolsWith(form.Get("keys"), f)
	}
	v.done("done.school_known", "")
	return v.seeOther("/verhuizingen/scholen")
}

// unknowSchool withdraws one: POST /verhuizingen/scholen/weg.
func (v *visit) unknowSchool() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if err := v.lib.Unknow(v.ctx(), v.actor, form.Get("id")); err != nil {
		return err
	}
	v.done("done.school_unknown", "")
	return v.seeOther("/verhuizingen/scholen")
}

// renewKey makes a new key for the school itself: POST
// /verhuizingen/scholen/sleutel.
func (v *visit) renewKey() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if err := v.lib.RenewKey(v.ctx(), v.actor, form.Get("use")); err != nil {
		return err
	}
	v.done("done.key", "")
	return v.seeOther("/verhuizingen/scholen")
}

// publicKeys gives everybody the public keys of the schools of this
// installation: GET /.well-known/portfolio-keys.json.
func (v *visit) publicKeys() error {
	schools, err := v.lib.Schools(v.ctx())
	if err != nil {
		return err
	}
	var all []portfolio.SchoolKeys
	for _, s := range schools {
		keys, err := v.lib.PublicKeys(v.ctx(), s.ID)
		if err != nil {
			return err
		}
		all = append(all, portfolio.SchoolKeys{ID: s.ID, Name: s.Name, Keys: keys})
	}
	raw, err := export.WriteKeys("", all...)
	if err != nil {
		return err
	}
	v.Set("Content-Type", "application/json")
	return v.Send(raw)
}
