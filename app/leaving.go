package app

import (
	"kaft/portfolio"
)

// Who leaves the school: what the administrator records, and what the student and
// the family read about it.

// away tells on the pages of a student that the student leaves or has left, and
// until when everything is there. The zero away tells nothing.
type away struct {
	Text string // in sentences
	Pack string // where a bundle is made, or ""
	Own  string // asks to make the login the own one, or ""
}

// awayOf is what the visitor reads of a student who leaves.
func (v *visit) awayOf(w *portfolio.Ward) away {
	if w.Ends == 0 || w.Standing == portfolio.OnDuty {
		return away{}
	}
	when := 0
	if w.Left <= portfolio.DateOf(v.lib.Now()) {
		when = 1
	}
	keys := [2]string{"away.soon", "away.left"}
	switch {
	case w.Standing == portfolio.Self:
		keys = [2]string{"away.you_soon", "away.you_left"}
	case !w.Bundles:
		keys = [2]string{"away.see_soon", "away.see_left"}
	}
	a := away{Text: v.say(keys[when], "Name", w.Name.Short(), "Date", w.Left, "Until", w.Ends)}
	if !w.Bundles {
		if w.Standing == portfolio.Self {
			a.Text += " " + v.say("away.you_ask")
		}
		return a
	}
	a.Pack = "/pakket?leerling=" + w.ID
	switch {
	case v.account.MadeOwn():
	case w.Standing == portfolio.Self:
		a.Own = v.say("away.you_own")
	default:
		a.Own = v.say("away.own", "Name", w.Name.Short())
	}
	return a
}

// leavingChanges says what changes when a student leaves.
func (v *visit) leavingChanges(name string, on portfolio.Date) []string {
	return []string{
		v.say("leaving.closes", "Name", name, "Date", on),
		v.say("leaving.stays", "Name", name, "Date", on.AddYears(2)),
		v.say("leaving.told", "Name", name),
	}
}

// stayingChanges says what changes when a student does not leave after all, or is
// back from a day on.
func (v *visit) stayingChanges(name string, back, on portfolio.Date) []string {
	if back <= on {
		return []string{v.say("leaving.undone", "Name", name)}
	}
	return []string{v.say("leaving.back_from", "Name", name, "Date", back), v.say("leaving.enrol")}
}

// leavingPage asks what becomes of a leaving that was recorded: another date, not
// at all, or an end because the student is back.
type leavingPage struct {
	Page
	Fact    *portfolio.Statement
	Text    string
	Back    string
	What    Choice
	Changes []string
	Waits   string // what a second still does
	Seen    string // what the visitor reads now
	Form    Filled
}

// endOf is what was filled in at a leaving: the choice, and the day on which the
// leaving ends by it.
func (v *visit) endOf(f *Filled, from portfolio.Date) (what string, day portfolio.Date) {
	what = f.Value("what")
	day = v.readDate(f, "until")
	switch {
	case what == "undo":
		day = from
	case day == 0 && f.Error("until") == "":
		v.wrongField(f, "until", v.say("error.empty", "Field", "until"))
	case what == "back" && day <= from:
		v.wrongField(f, "until", v.say("error.leaving_back", "Date", from))
	}
	return what, day
}

// leavingAgain shows the page with what stands in it.
func (v *visit) leavingAgain(f Filled, e *portfolio.Ending) error {
	today := portfolio.DateOf(v.lib.Now())
	if f.Value("what") == "" { // the first time
		what := "move"
		if e.From <= today {
			what = "back"
		}
		f.Values = map[string][]string{"what": {what}, "until": {max(today, e.From.AddDays(1)).String()}}
	}
	p := leavingPage{Page: v.frame(), Fact: e.Statement, Text: v.factText(e.Statement), Back: "/mensen/" + e.About}
	shown := f
	what, day := v.endOf(&shown, e.From)
	if len(f.Problems) == 0 {
		f.Problems = shown.Problems
	}
	options := []Option{{Value: "back", Text: v.say("leaving.what.back"), Hint: v.say("leaving.what.back_hint")},
		{Value: "move", Text: v.say("leaving.what.move"), Hint: v.say("leaving.what.move_hint")},
		{Value: "undo", Text: v.say("leaving.what.undo"), Hint: v.say("leaving.what.undo_hint")}}
	p.What = Choice{Name: "what", Legend: v.say("leaving.what"), Options: f.Choose("what", options)}
	if f.Error("until") == "" {
		if what == "move" {
			p.Changes, p.Waits = v.leavingChanges(e.AboutName, day), v.say("leaving.earlier")
		} else {
			p.Changes, p.Waits = v.stayingChanges(e.AboutName, day, e.From), v.say("recording.waits")
		}
		p.Seen = what + " " + day.String()
	}
	p.Form = f
	return v.Render("leaving", p)
}

// endLeaving records what was chosen. Nobody saves what was not read.
func (v *visit) endLeaving(f Filled) error {
	today := portfolio.DateOf(v.lib.Now())
	e, err := v.lib.PreviewEnd(v.ctx(), v.actor, v.Params("id"), today)
	if err != nil {
		return err
	}
	if e.Type != portfolio.FactLeaving {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	what, day := v.endOf(&f, e.From)
	switch {
	case len(f.Problems) > 0:
		return v.leavingAgain(f, e)
	case f.Value("seen") != what+" "+day.String():
		v.wrongField(&f, "what", v.say("error.read_first"))
		return v.leavingAgain(f, e)
	}
	if what == "move" {
		_, err = v.lib.MoveLeaving(v.ctx(), v.actor, e.ID, day, f.Value("evidence"))
	} else {
		_, err = v.lib.EndFact(v.ctx(), v.actor, e.ID, day, f.Value("evidence"))
	}
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.leavingAgain(f, e)
	}
	v.done("done.ended_waits", "")
	return v.seeOther("/mensen/" + e.About)
}

// leaveClassPage is who of a class leaves on a day.
type leaveClassPage struct {
	Page
	Class    *portfolio.Class
	Students []portfolio.Leaver
	Staying  int // of whom nobody recorded that they leave
	Form     Filled
}

func (v *visit) leaveClassForm() error {
	c, students, err := v.lib.LeavingClass(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	f := Filled{Values: map[string][]string{"from": {max(c.Until, portfolio.DateOf(v.lib.Now())).String()}}}
	for _, s := range students {
		f.Values["student"] = append(f.Values["student"], s.ID)
	}
	return v.leaveClassAgain(f, c, students)
}

func (v *visit) leaveClassAgain(f Filled, c *portfolio.Class, students []portfolio.Leaver) error {
	p := leaveClassPage{Page: v.frame(), Class: c, Students: students, Form: f}
	for _, s := range students {
		if s.On == 0 {
			p.Staying++
		}
	}
	return v.Render("leaveclass", p)
}

// leaveClass records that the students who were ticked leave together.
func (v *visit) leaveClass() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	c, students, err := v.lib.LeavingClass(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	on := v.readDate(&f, "from")
	if len(f.Problems) == 0 {
		_, err = v.lib.LeaveTogether(v.ctx(), v.actor, form["student"], on)
		if err == nil {
			v.done("done.fact_counts", "")
			return v.seeOther("/klassen")
		}
		if err = v.wrong(&f, err); err != nil {
			return err
		}
	}
	return v.leaveClassAgain(f, c, students)
}
