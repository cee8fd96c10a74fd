package export

import "kaft/portfolio"

// viewSaid is what somebody said of the file before it went.
type viewSaid struct {
	Who, Text string
	Notes     []string // the reason, a remark
}

// saidOf is what the family said, for the first page. What another program says
// of all together is one line.
func (v *viewer) saidOf(in *Inspection) (out []viewSaid) {
	if in == nil {
		return nil
	}
	answers := in.Answers
	if len(answers) == 0 {
		answers = []InspectionAnswer{{Seen: in.Seen, SeenOn: in.SeenOn, Agrees: in.Agrees, Objection: in.Objection, Permission: in.Permission}}
	}
	for _, a := range answers {
		who := v.words.word("said.family")
		if a.By != "" {
			who = v.label(a.By)
		}
		out = append(out, viewSaid{who, v.saidText(a), v.saidNotes(a)})
	}
	return out
}

func (v *viewer) saidText(a InspectionAnswer) string {
	if !a.Seen {
		return v.words.word("said.unseen")
	}
	on, _ := portfolio.ParseDate(a.SeenOn) // the schema has seen it
	text := v.words.word("said.seen")
	if on != 0 {
		text = v.words.word("said.seen_on", v.words.day(on))
	}
	switch a.Agrees {
	case portfolio.SaysYes:
		text = joined(" ", text, v.words.word("said.agrees"))
	case portfolio.SaysNo:
		text = joined(" ", text, v.words.word("said.disagrees"))
	}
	switch a.Permission {
	case portfolio.SaysYes:
		text = joined(" ", text, v.words.word("said.permits"))
	case portfolio.SaysNo:
		text = joined(" ", text, v.words.word("said.forbids"))
	}
	if a.Changed {
		text = joined(" ", text, v.words.word("said.changed"))
	}
	return text
}

func (v *viewer) saidNotes(a InspectionAnswer) (out []string) {
	if a.Objection != "" {
		out = append(out, v.words.word("said.reason", a.Objection))
	}
	if a.Remarks != "" {
		out = append(out, v.words.word("said.remark", a.Remarks))
	}
	return out
}
