package app

import (
	"cmp"
	"strings"

	"kaft/portfolio"
)

// The end of a fact, and the proof of custody that was seen.

// endingPage asks for a date and a proof, and tells beforehand what changes.
type endingPage struct {
	Page
	Ending  *portfolio.Ending // nil when it cannot be told for this date
	Text    string
	Back    string
	Changes []string // sentences
	Warning string   // or ""
	Between string   // what could be seen until now, or ""
	Waits   string   // what a second still does
	File    proofField
	Form    Filled
}

// endForm shows what the end of a fact on a date would change.
func (v *visit) endForm() error {
	day := cmp.Or(v.Query("until"), portfolio.DateOf(v.lib.Now()).String())
	return v.endAgain(Filled{Values: map[string][]string{"until": {day}, "evidence": {v.Query("evidence")}}})
}

func (v *visit) endAgain(f Filled) error {
	today := portfolio.DateOf(v.lib.Now())
	day := v.readDate(&f, "until")
	e, err := v.lib.PreviewEnd(v.ctx(), v.actor, v.Params("id"), day)
	if err != nil && day != today {
		// The date is not right; the page itself can still be shown, for today.
		if f.Error("until") == "" {
			if err = v.wrong(&f, err); err != nil {
				return err
			}
		}
		e, err = v.lib.PreviewEnd(v.ctx(), v.actor, v.Params("id"), today)
	}
	if err != nil {
		return err
	}
	if e.Type == portfolio.FactLeaving {
		return v.leavingAgain(f, e)
	}
	p := endingPage{Page: v.frame(), Ending: e, Text: v.factText(e.Statement), Back: "/mensen/" + e.About}
	if p.File, err = v.proof(&f); err != nil {
		return err
	}
	p.Form = f
	if e.Type == portfolio.FactDuty {
		p.Back = "/mensen/" + e.Party
	}
	p.Changes, p.Warning = v.changes(e)
	p.Between, p.Waits = v.between(e.Since, e.Statement), v.say("recording.waits")
	if e.Takes {
		p.Waits = v.say("recording.at_once")
	}
	return v.Render("ending", p)
}

// changes tells in words what the end of a fact changes.
func (v *visit) changes(e *portfolio.Ending) (out []string, warning string) {
	who := []any{"Party", e.PartyName, "About", e.AboutName}
	switch e.Type {
	case portfolio.FactDuty:
		return []string{v.say("ending.duty", "Party", e.PartyName)}, ""
	case portfolio.FactEnrolment:
		return []string{v.say("ending.enrolment", who...)}, ""
	case portfolio.FactYes, portfolio.FactNo:
		return []string{v.say("effect.consent", "About", e.AboutName)}, ""
	case portfolio.FactCustody, portfolio.FactRelation:
	default:
		return []string{v.say("ending.other")}, ""
	}
	if e.Before == e.After {
		out = append(out, v.say("ending.same", who...))
	} else {
		out = append(out, v.say(endingTexts[e.After], who...))
		if !e.After.InTouch() && e.When <= portfolio.DateOf(v.lib.Now()) {
			out = append(out, v.say("ending.at_once", "Party", e.PartyName))
		}
	}
	if e.After == portfolio.Route && e.MayAsk {
		out = append(out, v.say("ending.may_ask", who...))
	}
	if e.Spoke {
		out = append(out, v.say("ending.spoke", who...))
	}
	if e.Type == portfolio.FactCustody {
		if len(e.Holders) == 0 {
			return out, v.say("ending.nobody", "About", e.AboutName)
		}
		out = append(out, v.say("ending.holders", "About", e.AboutName, "Names", strings.Join(e.Holders, ", ")))
	}
	return out, ""
}

// endingTexts say how somebody stands to the student without the fact.
var endingTexts = map[portfolio.Standing]string{
	portfolio.Stranger: "ending.to_nothing",
	portfolio.Route:    "ending.to_route",
	portfolio.Progress: "ending.to_progress",
	portfolio.Follows:  "ending.to_follows",
}

// endFact records the end of a fact. Nobody saves what was not read: another
// date than the one on the screen shows the page again, with what it changes.
func (v *visit) endFact() error {
	form, fault := v.proofForm()
	if form == nil {
		return fault
	}
	f := Filled{Values: form}
	if fault != nil {
		if err := v.wrong(&f, fault); err != nil {
			return err
		}
		return v.endAgain(f)
	}
	if form.Has("look") {
		return v.endAgain(f)
	}
	if form.Has("what") {
		return v.endLeaving(f)
	}
	day := v.readDate(&f, "until")
	if len(f.Problems) > 0 {
		f.Problems = nil // endAgain finds it again
		return v.endAgain(f)
	}
	if strings.TrimSpace(f.Value("evidence")) == "" {
		v.wrongField(&f, "evidence", v.say("error.empty", "Field", "evidence"))
		return v.endAgain(f)
	}
	if f.Value("seen") != day.String() {
		v.wrongField(&f, "until", v.say("error.read_first"))
		return v.endAgain(f)
	}
	fact, err := v.lib.EndFact(v.ctx(), v.actor, v.Params("id"), day, f.Value("evidence"), f.Value("upload"))
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.endAgain(f)
	}
	if fact.Takes {
		v.done("done.ended_counts", "")
	} else {
		v.done("done.ended_waits", "")
	}
	return v.seeOther("/mensen/" + fact.About)
}

// verifyCustody records that the proof of custody was seen.
func (v *visit) verifyCustody() error {
	form, err := v.proofForm()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	day := v.readDate(&f, "verified")
	if len(f.Problems) > 0 {
		err = portfolio.E(portfolio.Invalid, "error.date", "Date", f.Value("verified"))
	}
	var fact *portfolio.Fact
	if err == nil {
		fact, err = v.lib.VerifyCustody(v.ctx(), v.actor, v.Params("id"), day, f.Value("evidence"), f.Value("upload"))
	}
	if err != nil {
		if id := f.Value("upload"); id != "" { // no form to come back with: the document is chosen anew
			_ = v.lib.DropUpload(v.ctx(), v.actor, id) // the sweep finds what stays
		}
		return err
	}
	v.done("done.verified", "")
	return v.seeOther("/mensen/" + fact.About)
}
