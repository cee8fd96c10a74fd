package app

import (
	"net/url"
	"slices"
	"time"

	"kaft/portfolio"
)

// What comes before a file goes to another school: who has the right to it looks
// at it, says something of it and, where that is needed, gives permission.

// shownFilePage shows the very file that would go.
type shownFilePage struct {
	Page
	*portfolio.ShownFile
	Own                bool
	Out                []string
	Grades             []gradeLine
	Steps              transferSteps
	Form               Filled
	Agrees, Permission Choice
	Said               []saidLine // newest first
}

// gradeLine is an assessment in the file.
type gradeLine struct {
	Text, Remark string
	On           portfolio.Date
}

// transferSteps are the steps before a transfer, as far as they were taken.
type transferSteps struct {
	Student string
	Steps   []Step
	Blocked string // by whom, in words
	Link    string // the text of the way to the file
	Main    bool   // it is what to do now
	Family  []saidLine
}

// saidLine is what one holder said.
type saidLine struct {
	Who, Text, When    string
	Objection, Remarks string
}

// shownFile shows the page: GET /leerling/:id/overstap.
func (v *visit) shownFile() error { return v.shownFileAgain(Filled{}) }

func (v *visit) shownFileAgain(f Filled) error {
	s, err := v.lib.ShowFile(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := shownFilePage{Page: v.frame(), ShownFile: s, Own: s.Student.ID == v.actor.Person, Form: f, Out: v.outOfBundle(s.Contents), Steps: v.transferSteps(s)}
	slices.Reverse(p.Works) // newest first
	for _, x := range s.Assessments {
		line := gradeLine{Text: x.Goal, Remark: x.Remark, On: portfolio.DateOf(x.PublishedAt)}
		if line.Text == "" {
			line.Text = v.say("transfer.assessment")
		}
		p.Grades = append(p.Grades, line)
	}
	if f.Values == nil && s.Mine != nil && !s.Changed { // what changed is answered anew
		p.Form.Values = url.Values{"agrees": {s.Mine.Agrees}, "objection": {s.Mine.Objection}, "remarks": {s.Mine.Remarks}, "permission": {s.Mine.Permission}}
	}
	p.Agrees = Choice{Name: "agrees", Legend: v.say("transfer.agrees"), Error: p.Form.Error("agrees"), Options: p.Form.Choose("agrees", []Option{
		{Value: portfolio.SaysYes, Text: v.say("transfer.agrees.ja")}, {Value: portfolio.SaysNo, Text: v.say("transfer.agrees.nee")},
		{Value: portfolio.SaysUnknown, Text: v.say("transfer.agrees.onbekend")}})}
	if s.School.NeedsPermission() {
		p.Permission = Choice{Name: "permission", Legend: v.say("transfer.permission"), Hint: v.say("transfer.permission_hint"), Error: p.Form.Error("permission"),
			Options: p.Form.Choose("permission", []Option{{Value: portfolio.SaysYes, Text: v.say("transfer.permission.ja")}, {Value: portfolio.SaysNo, Text: v.say("transfer.permission.nee")}})}
	}
	for _, x := range s.History {
		p.Said = append(p.Said, v.saidLine(x))
	}
	return v.Render("shownfile", p)
}

// sayOfFile records what the visitor says: POST /leerling/:id/overstap.
func (v *visit) sayOfFile() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	said := portfolio.Saying{Print: form.Get("print"), Agrees: form.Get("agrees"), Objection: form.Get("objection"), Remarks: form.Get("remarks"), Permission: form.Get("permission")}
	err = v.lib.SayOfFile(v.ctx(), v.actor, v.Params("id"), said)
	if err != nil {
		f := Filled{Values: form}
		if asError(err).Msg == "error.transfer.changed" {
			v.wrongField(&f, "", v.app.cat.SayError(v.prefs.Lang, asError(err)))
		} else if err := v.wrong(&f, err); err != nil {
			return err
		}
		return v.shownFileAgain(f)
	}
	v.done("done.said_of_file", "")
	return v.seeOther("/pakket?leerling=" + url.QueryEscape(v.Params("id")))
}

// notReady tells whether a transfer waits for its steps.
func notReady(err error) bool {
	return err != nil && portfolio.KindOf(err) == portfolio.Conflict &&
		slices.Contains([]string{"error.transfer.look", "error.transfer.changed", "error.transfer.permission", "error.transfer.refused"}, asError(err).Msg)
}

// transferSteps are the steps for who looks, or none where the school asks none.
func (v *visit) transferSteps(s *portfolio.ShownFile) transferSteps {
	p := transferSteps{Student: s.Student.ID, Link: v.say("transfer.look_again")}
	look := Step{Text: v.say("transfer.step.look"), State: "busy"}
	switch {
	case s.Mine == nil:
		p.Link, p.Main = v.say("transfer.look"), true
	case s.Changed:
		look.Text, p.Main = v.say("transfer.step.changed", "Date", portfolio.DateOf(s.Mine.At)), true
	default:
		look = Step{Text: v.say("transfer.step.looked", "Date", portfolio.DateOf(s.Mine.At)), State: "done"}
	}
	p.Steps = []Step{look}
	if s.School.NeedsPermission() {
		permit := Step{Text: v.say("transfer.step.permit"), State: "wait"}
		switch {
		case s.Mine != nil && s.Mine.Permission == portfolio.SaysYes && !s.Changed:
			permit = Step{Text: v.say("transfer.step.permitted"), State: "done"}
		case look.State == "done":
			permit.State = "busy"
		}
		p.Steps = append(p.Steps, permit)
	}
	last := Step{Text: v.say("transfer.step.make"), State: "wait"}
	if s.Ready {
		last.State = "busy"
	}
	p.Steps = append(p.Steps, last)
	if s.Why == "error.transfer.refused" {
		p.Blocked = v.app.cat.SayError(v.prefs.Lang, asError(s.Err()))
	}
	for _, x := range s.Family {
		if !x.Mine {
			p.Family = append(p.Family, v.saidLine(x))
		}
	}
	return p
}

// saidLine says what a holder said, in words.
func (v *visit) saidLine(x portfolio.FileAnswer) saidLine {
	out := saidLine{Who: x.Name, Objection: x.Objection, Remarks: x.Remarks}
	if x.Mine {
		out.Who = v.say("transfer.you")
	}
	if !x.Seen {
		out.Text = v.say("transfer.said.unseen")
		return out
	}
	out.Text = v.say("transfer.said." + x.Agrees)
	if x.Changed {
		out.Text += " " + v.say("transfer.said.changed")
	}
	if x.Permission != "" {
		out.Text += " " + v.say("transfer.said.permission_"+x.Permission)
	}
	out.When = v.say("transfer.said.when", "Date", x.SeenOn)
	return out
}

// inspectedView is what the family said at the sending school, for who takes the
// bundle in.
type inspectedView struct {
	Sum    string
	Lines  []saidLine
	Broken string // that it does not keep OSO's rules
}

func (v *visit) inspectedView(from portfolio.Sender) *inspectedView {
	s := from.Said
	if s == nil {
		return nil
	}
	p := &inspectedView{Sum: v.say("import.said.unseen")}
	if s.Seen {
		p.Sum = v.say("transfer.said." + orUnknown(s.Agrees))
		if s.SeenOn != 0 {
			p.Sum = v.say("import.said.seen", "Date", s.SeenOn) + " " + p.Sum
		}
	}
	if s.Permission != "" {
		p.Sum += " " + v.say("transfer.said.permission_"+s.Permission)
	}
	if s.Provisional {
		p.Sum += " " + v.say("import.said.provisional")
	}
	for _, x := range s.Answers {
		if x.Name == "" {
			x.Name = v.say("import.said.somebody")
		}
		x.Agrees = orUnknown(x.Agrees)
		p.Lines = append(p.Lines, v.saidLine(x))
	}
	if len(p.Lines) == 0 && s.Objection != "" {
		p.Lines = []saidLine{{Who: v.say("import.said.somebody"), Text: v.say("transfer.said.nee"), Objection: s.Objection}}
	}
	permission := from.SaidKind == portfolio.SchoolSecondary || from.SaidKind == portfolio.SchoolOther
	if len(s.Broken(permission)) > 0 {
		p.Broken = v.say("import.said.broken")
	}
	return p
}

func orUnknown(says string) string {
	if says == "" {
		return portfolio.SaysUnknown
	}
	return says
}

// saveSchoolKind says what kind of school it is: POST /overzicht/soort.
func (v *visit) saveSchoolKind() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if err := v.lib.SetSchoolKind(v.ctx(), v.actor, form.Get("school_kind")); err != nil {
		return err
	}
	v.done("done.school_kind", "")
	return v.seeOther("/overzicht")
}

// schoolKind is the choice of kinds on the overview.
func (v *visit) schoolKind(kind string) Choice {
	c := Choice{Name: "school_kind", Legend: v.say("overview.kind"), Hint: v.say("overview.kind_hint")}
	for _, k := range portfolio.SchoolKinds {
		c.Options = append(c.Options, Option{Value: k, Text: v.say("overview.kind." + k), Hint: v.say("overview.kind_means." + k), Chosen: k == kind})
	}
	return c
}

// apiInspection is what was said of a file, as a program reads it.
type apiInspection struct {
	Student    string          `json:"student"`
	SchoolKind string          `json:"school_kind"`
	Permission bool            `json:"permission_needed"`
	Ready      bool            `json:"ready"`
	Why        string          `json:"why,omitempty"`
	Print      string          `json:"print"`
	Works      []string        `json:"works"`
	Marks      []string        `json:"assessments"`
	Answers    []apiFileAnswer `json:"answers"`
	History    []apiFileAnswer `json:"history"`
}

type apiFileAnswer struct {
	Who        string    `json:"who"`
	Mine       bool      `json:"mine"`
	Seen       bool      `json:"seen"`
	At         time.Time `json:"at,omitzero"`
	Changed    bool      `json:"changed,omitempty"`
	Agrees     string    `json:"agrees"`
	Objection  string    `json:"objection,omitempty"`
	Remarks    string    `json:"remarks,omitempty"`
	Permission string    `json:"permission,omitempty"`
}

func apiFileAnswers(all []portfolio.FileAnswer) []apiFileAnswer {
	out := []apiFileAnswer{}
	for _, x := range all {
		out = append(out, apiFileAnswer{x.Name, x.Mine, x.Seen, x.At, x.Changed, x.Agrees, x.Objection, x.Remarks, x.Permission})
	}
	return out
}

func (v *visit) apiInspection() error {
	s, err := v.lib.ShowFile(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	out := apiInspection{Student: s.Student.ID, SchoolKind: s.School.Kind, Permission: s.School.NeedsPermission(), Ready: s.Ready, Print: s.Print,
		Works: []string{}, Marks: []string{}, Answers: apiFileAnswers(s.Family), History: apiFileAnswers(s.History)}
	for _, w := range s.Works {
		out.Works = append(out.Works, w.ID)
	}
	for _, x := range s.Assessments {
		out.Marks = append(out.Marks, x.ID)
	}
	if !s.Ready {
		out.Why = s.Why[len("error.transfer."):]
	}
	return v.JSON(out)
}

func (v *visit) apiSayOfFile() error {
	var f struct {
		Print      string `json:"print"`
		Agrees     string `json:"agrees"`
		Objection  string `json:"objection"`
		Remarks    string `json:"remarks"`
		Permission string `json:"permission"`
	}
	if err := v.readJSON(&f); err != nil {
		return err
	}
	err := v.lib.SayOfFile(v.ctx(), v.actor, v.Params("id"), portfolio.Saying{Print: f.Print, Agrees: f.Agrees, Objection: f.Objection, Remarks: f.Remarks, Permission: f.Permission})
	if err != nil {
		return err
	}
	return v.apiInspection()
}
