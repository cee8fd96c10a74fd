package app

import (
	"net/url"

	"kaft/portfolio"
)

// The document on which a fact rests: how it comes in with the form that
// records the fact, and goes out to who may open it.

// proofField asks for the document of a fact.
type proofField struct {
	ID, Error string
	Taken     *formFile // it came in already, with a form that was not right yet
}

// Accept names what the browser offers to choose.
func (proofField) Accept() string { return "application/pdf,image/jpeg,image/png,image/gif,image/webp" }

// Max is the largest document, in bytes.
func (proofField) Max() int64 { return portfolio.MaxEvidence }

// proofForm reads a form that can bring a document. The document becomes an
// upload of the visitor's own, whose id stands in the form as "upload" in place
// of an earlier one. err says what was wrong with the document; without a form
// nothing could be read. Error kinds as for formFiles.
func (v *visit) proofForm() (form url.Values, err error) {
	form, uploads, err := v.formWith(v.lib.TakeEvidence, 1, portfolio.E(portfolio.Invalid, "error.evidence_one"))
	if form != nil && len(uploads) > 0 {
		for _, id := range form["upload"] {
			_ = v.lib.DropUpload(v.ctx(), v.actor, id) // the sweep finds what stays
		}
		form.Set("upload", uploads[0])
	}
	return form, err
}

// takenProof is the document that a form names, or nil. One that is not there
// any more is taken out of the form, and said.
func (v *visit) takenProof(f *Filled) (*formFile, error) {
	id := f.Value("upload")
	if id == "" {
		return nil, nil
	}
	u, err := v.lib.Evidence(v.ctx(), v.actor, id)
	if err != nil && portfolio.KindOf(err) == portfolio.NotFound {
		f.Values.Del("upload")
		if f.Error("file") == "" {
			v.wrongField(f, "file", v.app.cat.SayError(v.prefs.Lang, asError(err)))
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &formFile{ID: id, Name: u.File.Name, Size: u.File.Size, Icon: faceIcons[faceOf(u.File.Type)]}, nil
}

// proof is the field for the document of a form.
func (v *visit) proof(f *Filled) (proofField, error) {
	taken, err := v.takenProof(f)
	return proofField{ID: f.Prefix + "file", Error: f.Error("file"), Taken: taken}, err
}

// evidence sends the document of a fact, to be kept and not shown in the
// browser: GET /feit/:id/bewijs.
func (v *visit) evidence() error {
	f, r, err := v.lib.OpenEvidence(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.sendPart(r, "", func() {
		v.fileHeaders(f.Type, f.Name)
		t, _ := typeFor(f.Type)
		v.Set("Content-Disposition", disposition("attachment", t.nameFor(f.Name)))
	})
}
