package app

import (
	"kaft/portfolio"
)

// "Why do I not see this?", for the family of a student.

// outlookPage tells, kind by kind, what somebody gets and why.
type outlookPage struct {
	Page
	Child *portfolio.Ward
	Lines []outlookLine
}

type outlookLine struct {
	What, Gets, Why string
	Sees            bool
}

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
		case short:
			line.Why = v.say(key, "Name", name)
		case told.Rule != "":
			line.Why = v.reasonText(told, name)
		}
		p.Lines = append(p.Lines, line)
	}
	return v.Render("outlook", p)
}
