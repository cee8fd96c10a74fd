package app

import (
	"context"

	"kaft/portfolio"
)

// "Who can see this?" of one work or assessment, for who stands near enough to
// the student.

// whoSeesPage is S4.
type whoSeesPage struct {
	Page
	Name    string // of the student
	Self    bool
	Title   string // of the work
	Back    string
	Circles []seeingCircle
	May     []seeingGroup // who may ask
	Waits   []Note        // for whom it waits for a yes
}

// seeingCircle are the people of one circle who see it.
type seeingCircle struct {
	Circle portfolio.Circle
	Title  string
	Groups []seeingGroup
}

// seeingGroup are people who see it, or may ask, for the same reason.
type seeingGroup struct {
	Why   string
	Names []string
}

func (v *visit) workReaders() error {
	return v.whoSees("/werk/", v.lib.WorkReaders)
}

func (v *visit) assessmentReaders() error {
	return v.whoSees("/beoordeling/", v.lib.AssessmentReaders)
}

func (v *visit) whoSees(back string, read func(context.Context, portfolio.Actor, string) (*portfolio.Readership, error)) error {
	id := v.Params("id")
	r, err := read(v.ctx(), v.actor, id)
	if err != nil {
		return err
	}
	p := whoSeesPage{Page: v.frame(), Name: r.Student.Name.Short(), Self: r.Self, Title: r.Title, Back: back + id}
	for _, x := range r.Readers {
		if n := len(p.Circles); n == 0 || p.Circles[n-1].Circle != x.Circle {
			p.Circles = append(p.Circles, seeingCircle{Circle: x.Circle, Title: v.say("whosees.circle." + string(x.Circle))})
		}
		c := &p.Circles[len(p.Circles)-1]
		why := v.whyText(x.Decision, x.Circle, p.Name)
		if x.Released {
			why = v.say("whosees.released", "Why", why)
		}
		if !x.Ends.IsZero() {
			why = v.say("whosees.until", "Why", why, "Date", x.Ends)
		}
		c.Groups = addName(c.Groups, why, x.Says())
	}
	for _, audience := range r.Waits {
		n := Note{Text: v.say("whosees.waits." + audience)}
		if r.Says {
			n.Path, n.Link = "/leerling/"+r.Student.ID+"/toestemming", v.say("consent.link")
		}
		p.Waits = append(p.Waits, n)
	}
	for _, x := range r.Askers {
		p.May = addName(p.May, v.mayText(x, p.Name), x.Says())
	}
	return v.Render("whosees", p)
}

// mayText says what somebody may ask. By which rule is told only where that is
// somebody's place in the family: another number could tell of a court order.
func (v *visit) mayText(x portfolio.Reader, student string) string {
	key := "whosees.may_ask"
	if x.Decision.Outcome == portfolio.REQUEST {
		key = "whosees.may_request"
	}
	why := v.say(key)
	if x.Decision.Rule == "13" || x.Decision.Rule == "0" {
		return why
	}
	return v.say("whosees.may", "What", why, "Why", v.whyText(x.Decision, x.Circle, student))
}

func addName(groups []seeingGroup, why, name string) []seeingGroup {
	for i := range groups {
		if groups[i].Why == why {
			groups[i].Names = append(groups[i].Names, name)
			return groups
		}
	}
	return append(groups, seeingGroup{why, []string{name}})
}
