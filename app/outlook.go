package app

import (
	"kaft/portfolio"
)

// "Why do I not see this?", for the family of a student.

// outlookPage tells, kind by kind, what somebody gets and why.
type outlookPage struct {
	Page
	Child    *portfolio.Ward
	Released []releasedLine
	Lines    []outlookLine
}

type outlookLine struct {
	What, Gets, Why string
	Sees            bool
}

// releasedLine is a request on which the school released something that is open.
type releasedLine struct{ Text, Path string }

func (v *visit) outlook() error {
	o, err := v.lib.Outlook(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	name := o.Name.Short()
	p := outlookPage{Page: v.frame(), Child: o.Ward}
	for _, k := range o.Kinds {
		line := outlookLine{What: v.say("outlook.kind." + k.Kind), Gets: v.say("outlook.gets." + k.Gets), Sees: k.Told.Open}
		told := k.Told
		if told.Rule == o.Told.Rule && told.Outcome == portfolio.NO {
			told = o.Told // the same place in the family, told by what it does give
		}
		key, short := seenReasons[told.Outcome.String()+" "+told.Rule]
		switch {
		case k.Last != 0:
			line.Gets, line.Why = v.say("outlook.gets.released", "Date", k.Last), v.say("why.released")
		case short:
			line.Why = v.say(key, "Name", name)
		case told.Rule != "":
			line.Why = v.reasonText(told, name)
		}
		p.Lines = append(p.Lines, line)
	}
	for _, r := range o.Released {
		text := v.say("outlook.released", "Date", r.Decided.Last(), "Kinds", v.scopeOf(r.Decided.Kinds, len(r.Decided.Items)))
		p.Released = append(p.Released, releasedLine{text, "/verzoek/" + r.ID})
	}
	return v.Render("outlook", p)
}
