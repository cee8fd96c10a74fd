package app

import "kaft/portfolio"

// latePage lists what was seen between a day and the day on which the school
// wrote down that it was no longer right.
type latePage struct {
	Page
	Facts []lateFact
}

type lateFact struct {
	*portfolio.Late
	Text  string
	Looks []string
}

func (v *visit) lateFacts() error {
	all, err := v.lib.LateFacts(v.ctx(), v.actor)
	if portfolio.KindOf(err) == portfolio.Forbidden {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	if err != nil {
		return err
	}
	p := latePage{Page: v.frame()}
	for _, x := range all {
		f := lateFact{Late: x, Text: v.say("late.taken." + string(x.Type))}
		if x.Ended != nil {
			f.Text = v.say("late.ended." + string(x.Ended.Type))
		}
		for _, k := range x.Looks {
			f.Looks = append(f.Looks, v.logWords().did(k.Newest, k.Count))
		}
		p.Facts = append(p.Facts, f)
	}
	return v.Render("late", p)
}
