package app

import (
	"html/template"
	"net/url"
	"strconv"

	"kaft/portfolio"
	"kaft/prose"
)

// Assessing: a form on the work's own page and on the assessment's, a draft
// that only its author sees, and then sharing it.

// AssessForm is the part "assess": what a member of staff fills in on a work.
type AssessForm struct {
	Path   string // where the form goes: it saves a draft, and with share=1 shares it
	Rev    int64  // of the draft, 0 for a new one
	Name   string // of the student
	Saved  string // the title says that there is a draft: when it was saved, or ""
	Level  int
	Filled Filled
}

// assessForm is the form for a work, filled with the visitor's own draft; nil
// when the visitor may not assess it.
func (v *visit) assessForm(seen *portfolio.Seen) (*AssessForm, error) {
	may, err := v.lib.MayAssess(v.ctx(), v.actor, seen.Student)
	if err != nil || !may {
		return nil, err
	}
	g, err := v.lib.Glance(v.ctx(), v.actor, seen.Student)
	if err != nil {
		return nil, err
	}
	if d := g.Draft(seen.ID); d != nil {
		return v.draftForm(d, g.Person, draftValues(d)), nil
	}
	return &AssessForm{Path: "/werk/" + seen.ID + "/beoordeling", Name: g.Name.Short()}, nil
}

func (v *visit) draftForm(d *portfolio.Assessment, student *portfolio.Person, values url.Values) *AssessForm {
	f := &AssessForm{Path: "/beoordeling/" + d.ID, Rev: d.Rev, Name: student.Name.Short(), Filled: Filled{Values: values}}
	f.Level, _ = strconv.Atoi(values.Get("level"))
	f.Saved = v.say("assess.saved", "Day", v.app.cat.Day(v.prefs.Lang, d.UpdatedAt), "Time", v.app.cat.Clock(d.UpdatedAt))
	return f
}

func draftValues(d *portfolio.Assessment) url.Values {
	values := url.Values{"goal": {d.Goal}, "remark": {d.Remark}}
	if d.Level > 0 {
		values.Set("level", strconv.Itoa(d.Level))
	}
	return values
}

// newAssessment reads the form.
func newAssessment(f Filled) (portfolio.NewAssessment, error) {
	n := portfolio.NewAssessment{Goal: f.Value("goal"), Remark: f.Value("remark")}
	if s := f.Value("level"); s != "" {
		var err error
		if n.Level, err = strconv.Atoi(s); err != nil || n.Level == 0 {
			return n, portfolio.E(portfolio.Invalid, "error.level")
		}
	}
	return n, nil
}

// assessPage is T4: a work, and what its teacher thinks of it.
type assessPage struct {
	Page
	Student *portfolio.Person
	Work    *portfolio.Seen // nil when it is not, or no longer, for this reader
	Text    template.HTML   // of the work
	Tile    Tile
	Form    *AssessForm         // of a draft, or of a new one
	Now     *portfolio.Assessed // what is stored, when somebody else saved first
	Shared  *portfolio.Assessed // what was published
	Next    *todo               // what to assess after this
	Level   int                 // of Shared
	Author  string
	WhoSees string // path of who sees it, or ""
}

// assess saves a new draft on a work and, when asked, shares it at once.
func (v *visit) assess() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	n, err := newAssessment(f)
	var s *portfolio.Assessment
	if err == nil {
		s, err = v.lib.Assess(v.ctx(), v.actor, v.Params("id"), n)
	}
	if err == nil || portfolio.KindOf(err) == portfolio.Exists && s.Says(n) { // a button pressed twice
		return v.assessed(s, f.Has("share", "1"))
	}
	if portfolio.KindOf(err) == portfolio.Exists {
		return v.assessedTwice(s.ID, f)
	}
	if err = v.wrong(&f, err); err != nil {
		return err
	}
	seen, err := v.lib.Work(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	part, err := v.assessForm(seen)
	if err != nil {
		return err
	}
	if part == nil {
		return portfolio.E(portfolio.Forbidden, "error.forbidden")
	}
	part.Path, part.Rev, part.Saved, part.Filled = "/werk/"+seen.ID+"/beoordeling", 0, "", f
	part.Level, _ = strconv.Atoi(f.Value("level"))
	p := assessPage{Page: v.frame(), Form: part}
	if err := v.fillAssess(&p, seen.Student, seen); err != nil {
		return err
	}
	return v.Render("assess", p)
}

// assessed goes on after a draft was saved.
func (v *visit) assessed(s *portfolio.Assessment, share bool) error {
	if !share {
		v.done("done.assessed", "")
		return v.seeOther("/beoordeling/" + s.ID)
	}
	if _, err := v.lib.PublishAssessment(v.ctx(), v.actor, s.ID, s.Rev); err != nil {
		now, gone := v.lib.Assessment(v.ctx(), v.actor, s.ID)
		if gone != nil || now.Draft || now.Author != v.actor.Person {
			return err
		}
		// It is shared: the button was pressed twice.
	}
	v.done("done.shared", "")
	return v.seeOther("/beoordeling/" + s.ID)
}

// assessment shows one assessment: to its author as a form while it is a
// draft, to others to read.
func (v *visit) assessment() error {
	s, err := v.lib.Assessment(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.showAssessment(s, nil, false)
}

// showAssessment shows an assessment, with what was filled in wrongly; twice:
// when somebody else saved first.
func (v *visit) showAssessment(s *portfolio.Assessed, f *Filled, twice bool) error {
	p := assessPage{Page: v.frame(), Level: s.Level, Author: s.AuthorName}
	if twice {
		p.Now = s
	}
	var seen *portfolio.Seen
	if s.WorkTitle != "" {
		var err error
		if seen, err = v.lib.Work(v.ctx(), v.actor, s.Work); err != nil && portfolio.KindOf(err) != portfolio.NotFound {
			return err
		}
	}
	if err := v.fillAssess(&p, s.Student, seen); err != nil {
		return err
	}
	_, standing, err := v.lib.Student(v.ctx(), v.actor, s.Student)
	if err != nil && portfolio.KindOf(err) != portfolio.NotFound {
		return err
	}
	if standing.KnowsReaders() {
		p.WhoSees = "/beoordeling/" + s.ID + "/wie"
	}
	switch {
	case !s.Draft:
		p.Shared = s
	case f != nil:
		p.Form = v.draftForm(s.Assessment, p.Student, f.Values)
		p.Form.Filled = *f
	default:
		p.Form = v.draftForm(s.Assessment, p.Student, draftValues(s.Assessment))
	}
	return v.Render("assess", p)
}

// fillAssess adds the work and, for who assesses, what comes next.
func (v *visit) fillAssess(p *assessPage, student string, seen *portfolio.Seen) error {
	var err error
	if p.Student, err = v.lib.PersonByID(v.ctx(), v.actor, student); err != nil {
		return err
	}
	if seen != nil {
		p.Work, p.Text, p.Tile = seen, prose.HTML(seen.Text), v.workTile(seen.Work)
	}
	may, err := v.lib.MayAssess(v.ctx(), v.actor, student)
	if err != nil || !may {
		return err
	}
	p.Next, err = v.nextToAssess(student, seen)
	return err
}

// changeAssessment saves a draft again and, when asked, shares it.
func (v *visit) changeAssessment() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	return v.saveAssessment(form, form.Get("share") == "1")
}

// shareAssessment shares a draft, after saving what was filled in with it.
func (v *visit) shareAssessment() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if form.Has("remark") || form.Has("level") {
		return v.saveAssessment(form, true)
	}
	rev, err := v.rev(form)
	if err != nil {
		return err
	}
	return v.assessed(&portfolio.Assessment{Head: portfolio.Head{ID: v.Params("id"), Rev: rev}}, true)
}

func (v *visit) saveAssessment(form url.Values, share bool) error {
	rev, err := v.rev(form)
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	n, err := newAssessment(f)
	var s *portfolio.Assessment
	if err == nil {
		s, err = v.lib.ChangeAssessment(v.ctx(), v.actor, v.Params("id"), rev, n)
	}
	if err == nil {
		return v.assessed(s, share)
	}
	if portfolio.KindOf(err) == portfolio.Conflict {
		return v.assessedTwice(v.Params("id"), f)
	}
	if err = v.wrong(&f, err); err != nil {
		return err
	}
	stored, err := v.lib.Assessment(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.showAssessment(stored, &f, false)
}

// assessedTwice shows what was typed beside what was saved in the meantime.
// Saving it once more puts it in the place of the other.
func (v *visit) assessedTwice(id string, f Filled) error {
	stored, err := v.lib.Assessment(v.ctx(), v.actor, id)
	if err != nil {
		return err
	}
	v.wrongField(&f, "remark", v.say("error.conflict"))
	v.Status(statusOf[portfolio.Conflict])
	return v.showAssessment(stored, &f, true)
}

// assessmentMoment is an assessment in a timeline.
func (v *visit) assessmentMoment(s *portfolio.Assessed) Moment {
	at := s.PublishedAt
	if at.IsZero() {
		at = s.CreatedAt // imported
	}
	m := Moment{When: v.app.cat.Date(v.prefs.Lang, at), Path: "/beoordeling/" + s.ID, Title: s.WorkTitle, Level: s.Level,
		Text: prose.Excerpt(s.Remark, 240), Detail: s.AuthorName}
	if s.Goal != "" {
		m.Detail += " · " + s.Goal
	}
	if m.Title == "" {
		m.Title = v.say("assess.of_work")
	}
	return m
}
