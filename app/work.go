package app

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/export/prose"
	"kaft/portfolio"
)

// workPage is S3 and P3: a work, for who made it and for who may see it.
type workPage struct {
	Page
	Work        *portfolio.Seen
	Student     *portfolio.Person
	Own         bool
	Adds        bool   // and may still change it
	Front       string // path of the student's front page, "" for who has none to go to
	WhoSees     bool   // may read who sees it
	Text        template.HTML
	Files       []shownFile
	About       *portfolio.Seen   // the work it looks back at, where the reader may open it
	Backs       []*portfolio.Seen // look backs at it
	Assessments []*portfolio.Assessed
	Assess      *AssessForm // for staff who may assess it

	// Of the student only.
	Preset   Preset
	Seeing   Seeing // who sees it now
	Form     Filled // of the choice of who sees it
	Audience AudienceChoice
	Choice   *Seeing // who would see it with another choice
	Versions bool    // there are earlier ones
}

// shownFile is a file as its page shows it.
type shownFile struct {
	Face, Name, Alt string
	Path            string // of the file itself
	Thumb           string // path of the small picture, or ""
	Size            int64
	Icon            string
}

// Faces of a file: how a page shows what it is.
const (
	facePhoto    = "photo"
	faceFilm     = "film"
	faceSound    = "sound"
	facePDF      = "pdf"
	faceDocument = "document"
)

var faceIcons = map[string]string{facePhoto: "image", faceFilm: "video", faceSound: "sound", facePDF: "file", faceDocument: "file"}

// faceOf is the face of a media type.
func faceOf(mediaType string) string {
	kind, _, _ := strings.Cut(mediaType, "/")
	switch {
	case kind == "image":
		return facePhoto
	case kind == "video":
		return faceFilm
	case kind == "audio":
		return faceSound
	case mediaType == "application/pdf":
		return facePDF
	}
	return faceDocument
}

// work shows one work to whoever may open it.
func (v *visit) work() error {
	w, err := v.lib.Work(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.showWork(w, Filled{})
}

// showWork shows a work; f is the choice of who sees it, when somebody made one
// and it is not yet saved.
func (v *visit) showWork(w *portfolio.Seen, f Filled) error {
	p := workPage{Page: v.frame(), Work: w, Text: prose.HTML(w.Text), Form: f}
	var err error
	if p.Student, err = v.lib.PersonByID(v.ctx(), v.actor, w.Student); err != nil {
		return err
	}
	_, standing, err := v.lib.Student(v.ctx(), v.actor, w.Student)
	if err != nil && portfolio.KindOf(err) != portfolio.NotFound {
		return err
	}
	if err == nil {
		p.Own, p.Front, p.WhoSees = standing == portfolio.Self, "/leerling/"+w.Student, standing.KnowsReaders()
	}
	for _, x := range w.Files {
		p.Files = append(p.Files, showFile(w.Work, x))
	}
	if p.About, p.Backs, err = v.lib.Around(v.ctx(), v.actor, w.Work); err != nil {
		return err
	}
	if err := v.addAssessments(&p); err != nil {
		return err
	}
	if p.Own {
		if err = v.lib.MayAdd(v.ctx(), v.actor); err != nil && portfolio.KindOf(err) != portfolio.Forbidden {
			return err
		}
		p.Adds = err == nil
		if err := v.addReaders(&p); err != nil {
			return err
		}
	}
	return v.Render("work", p)
}

func showFile(w *portfolio.Work, f portfolio.File) shownFile {
	face := faceOf(f.Type)
	s := shownFile{Face: face, Name: f.Name, Alt: f.Alt, Size: f.Size, Path: "/werk/" + w.ID + "/bestand/" + f.FileID(), Icon: faceIcons[face]}
	if f.Thumb != "" {
		s.Thumb = "/werk/" + w.ID + "/klein/" + f.FileID()
	}
	return s
}

// addAssessments adds what was published about the work and, for staff, the
// form. Who sees a work as a classmate sees no assessments.
func (v *visit) addAssessments(p *workPage) error {
	all, err := v.lib.Assessments(v.ctx(), v.actor, p.Work.Student, p.Work.ID)
	if err != nil && portfolio.KindOf(err) == portfolio.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	for _, a := range all {
		if !a.Draft {
			p.Assessments = append(p.Assessments, a)
		}
	}
	p.Assess, err = v.assessForm(p.Work)
	return err
}

// addReaders adds who sees the work now, and the choice of somebody else.
func (v *visit) addReaders(p *workPage) error {
	var err error
	w := p.Work.Work
	var classGuardians bool
	p.Preset, classGuardians = PresetOf(w.Audience)
	p.Audience = AudienceChoice{Chosen: p.Preset, ClassGuardians: classGuardians}
	if p.Seeing, err = v.seeing(w.ID, w.Audience, w.Audience); err != nil {
		return err
	}
	p.Versions = w.Version > 1
	if !p.Form.Values.Has("audience") {
		return nil
	}
	p.Audience = readChoice(p.Form.Values)
	p.Audience.Error = p.Form.Error("audience")
	audience, err := chosenAudience(p.Form, w)
	if err != nil {
		return nil // the form says so
	}
	choice, err := v.seeingChange(w, audience, p.Form)
	p.Choice = &choice
	return err
}

// shareWork changes only who sees a work.
func (v *visit) shareWork() error {
	w, err := v.lib.OwnWork(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	audience, err := chosenAudience(f, w)
	if err != nil {
		if err := v.wrong(&f, err); err != nil {
			return err
		}
		return v.showWork(&portfolio.Seen{Work: w}, f)
	}
	s, err := v.seeingChange(w, audience, f)
	if err != nil {
		return err
	}
	if form.Has("look") {
		return v.showWork(&portfolio.Seen{Work: w}, f)
	}
	if s.Sure != nil && !s.Sure.Checked && !w.Draft {
		v.wrongField(&f, "sure", v.say("readers.sure_first"))
		return v.showWork(&portfolio.Seen{Work: w}, f)
	}
	rev, err := v.rev(form)
	if err != nil {
		return err
	}
	_, err = v.lib.ShareWork(v.ctx(), v.actor, w.ID, rev, audience)
	if portfolio.KindOf(err) == portfolio.Conflict && err != nil {
		f.Problems = append(f.Problems, Problem{Field: "audience", Text: v.say("work.stale_share")})
		v.Status(fiber.StatusConflict)
		return v.showWork(&portfolio.Seen{Work: w}, f)
	}
	if err != nil {
		return err
	}
	v.done("done.work_shared", "")
	return v.seeOther("/werk/" + w.ID)
}

// binWork puts a work in the bin; the toast takes it out again.
func (v *visit) binWork() error {
	_, rev, err := v.formRev()
	if err != nil {
		return err
	}
	w, err := v.lib.BinWork(v.ctx(), v.actor, v.Params("id"), rev)
	if err != nil {
		return err
	}
	v.done("done.work_binned", "/werk/"+w.ID+"/terug?rev="+strconv.FormatInt(w.Rev, 10))
	return v.seeOther("/werk")
}

// unbinWork takes a work out of the bin.
func (v *visit) unbinWork() error {
	_, rev, err := v.formRev()
	if err != nil {
		return err
	}
	w, err := v.lib.UnbinWork(v.ctx(), v.actor, v.Params("id"), rev)
	if err != nil {
		return err
	}
	v.done("done.work_back", "")
	return v.seeOther("/werk/" + url.PathEscape(w.ID))
}
