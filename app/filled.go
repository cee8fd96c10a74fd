package app

import (
	"net/url"
	"slices"

	"kaft/portfolio"
)

// Filled is a form as somebody filled it in, with what is wrong with it: it is
// shown again with every word still there. The zero Filled is an empty form.
type Filled struct {
	Prefix   string // of the ids of its fields, where a page has several forms
	Values   url.Values
	Problems []Problem
}

// Value is what stands in a field.
func (f Filled) Value(name string) string { return f.Values.Get(name) }

// Has tells whether a value was chosen.
func (f Filled) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// Error is what is wrong with a field, or "".
func (f Filled) Error(name string) string {
	for _, p := range f.Problems {
		if p.Field == f.Prefix+name {
			return p.Text
		}
	}
	return ""
}

// Choose marks those of the options that were chosen.
func (f Filled) Choose(name string, options []Option) []Option {
	out := slices.Clone(options)
	for i := range out {
		out[i].Chosen = f.Has(name, out[i].Value)
	}
	return out
}

// aboutField is the field that an error is about, where the error does not
// name one.
var aboutField = map[string]string{
	"error.birth":          "birth",
	"error.brin":           "brin",
	"error.class_exists":   "class",
	"error.custody_adult":  "person",
	"error.fact_ended":     "until",
	"error.fact_exists":    "person",
	"error.keys":           "keys",
	"error.future":         "verified",
	"error.level":          "level",
	"error.login":          "login",
	"error.login_taken":    "login",
	"error.login_school":   "login",
	"error.password_now":   "now",
	"error.wait":           "",
	"error.wait_minutes":   "",
	"error.recover":        "code",
	"error.has_left":       "from",
	"error.leaving_exists": "from",
	"error.leaving_same":   "until",
	"error.leaving_erased": "",
	"error.leave_nobody":   "student",
	"error.password":       "password",
	"error.period":         "until",
	"error.person":         "person",
	"error.record_kind":    "kind",
	"error.self":           "person",
	"error.review":         "review",

	"error.fetch.address":     "address",
	"error.fetch.unreachable": "address",
	"error.fetch.not_kaft":    "address",
	"error.fetch.typed":       "code",
	"error.fetch.code":        "code",

	"error.request_last":   "last",
	"error.request_review": "review",

	"error.empty_assessment": "level",

	"error.empty_work":     "text",
	"error.empty_file":     "file",
	"error.file_broken":    "file",
	"error.file_heic":      "file",
	"error.file_type":      "file",
	"error.file_zip":       "file",
	"error.evidence_gone":  "file",
	"error.evidence_large": "file",
	"error.evidence_one":   "file",
	"error.evidence_type":  "file",
	"error.too_many_files": "file",
	"error.upload_open":    "file",
}

// wrong adds to a form what is wrong with it and sets the status of the answer.
// An error that is not about what was filled in comes back.
func (v *visit) wrong(f *Filled, err error) error {
	e := asError(err)
	field, known := aboutField[e.Msg]
	if !known && e.Kind != portfolio.Invalid {
		return err
	}
	if name, ok := e.Args["Field"].(string); ok {
		field = name
	}
	v.wrongField(f, field, v.app.cat.SayError(v.prefs.Lang, e))
	if status := statusOf[e.Kind]; e.Kind != portfolio.NotFound { // an unknown person in a form is no unknown page
		v.Status(status)
	}
	return nil
}

// wrongField adds one problem with a field.
func (v *visit) wrongField(f *Filled, field, text string) {
	if field != "" {
		field = f.Prefix + field
	}
	f.Problems = append(f.Problems, Problem{Field: field, Text: text})
	v.Status(statusOf[portfolio.Invalid])
}

// readDate reads a date of a form; what cannot be read is a problem of the
// form. Error kinds: none.
func (v *visit) readDate(f *Filled, field string) portfolio.Date {
	d, err := portfolio.ParseDate(f.Value(field))
	if err != nil {
		v.wrongField(f, field, v.app.cat.SayError(v.prefs.Lang, asError(err)))
	}
	return d
}
