package app

import (
	"kaft/portfolio"
)

// A question to the school about a student, and what became of it, for who
// asked.

// askPage is P5: a question to the school about a student.
type askPage struct {
	Page
	Child  *portfolio.Ward
	Own    bool // the student asks for the own file
	Kinds  []Option
	Item   string // the one work it is about, or ""
	Answer portfolio.Date
	Form   Filled
}

func (v *visit) askForm() error { return v.askAgain(Filled{}) }

func (v *visit) askAgain(f Filled) error {
	w, err := v.lib.Ward(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	if w.Asks == "" {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	p := askPage{Page: v.frame(), Child: w, Own: w.ID == v.actor.Person, Item: v.Query("werk"), Form: f,
		Answer: portfolio.Deadline(portfolio.DateOf(v.lib.Now()))}
	if f.Values != nil {
		p.Item = f.Value("item")
	}
	for _, k := range w.AskKinds {
		p.Kinds = append(p.Kinds, Option{Value: k, Text: v.say("request.of." + k), Chosen: f.Has("kinds", k)})
	}
	return v.Render("ask", p)
}

func (v *visit) ask() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	w, err := v.lib.Ward(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	if w.Asks == portfolio.AskToView && len(form["kinds"]) == 0 && f.Value("item") == "" {
		v.wrongField(&f, "kinds", v.say("ask.choose"))
		return v.askAgain(f)
	}
	q := portfolio.Question{Kinds: form["kinds"], Period: f.Value("period"), Why: f.Value("why")}
	if id := f.Value("item"); id != "" {
		q.Items = []string{id}
	}
	r, err := v.lib.Ask(v.ctx(), v.actor, v.Params("id"), q)
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.askAgain(f)
	}
	v.done("done.asked", "")
	return v.seeOther("/verzoek/" + r.ID)
}

// rightsPage tells what the visitor may, per child, and lists the requests.
type rightsPage struct {
	Page
	Own      *portfolio.Ward // the visitor as a student who may ask, or nil
	Cards    []wardCard
	Requests []*portfolio.Asked
}

func (v *visit) rights() error {
	wards, err := v.lib.Wards(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := rightsPage{Page: v.frame()}
	for _, w := range wards {
		c, err := v.wardCard(w)
		if err != nil {
			return err
		}
		p.Cards = append(p.Cards, c)
	}
	p.Own, err = v.lib.Ward(v.ctx(), v.actor, v.actor.Person)
	if err != nil && portfolio.KindOf(err) != portfolio.NotFound {
		return err
	}
	if p.Requests, err = v.lib.MyRequests(v.ctx(), v.actor); err != nil {
		return err
	}
	return v.Render("rights", p)
}

// requestPage is the receipt of a request and, later, the decision on it.
type requestPage struct {
	Page
	Case     *portfolio.RequestCase
	Kinds    string // what it is about, in words
	Officers string // names
	Decision *decision
	Steps    []Step
}

// decision is how a request ended, in words.
type decision struct {
	State  string
	On     portfolio.Date
	By     string
	Kinds  string
	Items  int
	Last   portfolio.Date
	Over   bool // what was released is closed again
	Quiet  string
	Letter *letter
	Words  string
	Hidden bool
	Things []pathTo // the single things that the reader may open
	Ways   []pathTo // to what was released, while it is open
	Rest   *portfolio.Request
	RestOf string // what the rest is about, in words
}

// letter is a refusal as the asker reads it.
type letter struct {
	*portfolio.Letter
	FG    string // names
	About string // what it is about, in words
}

func (v *visit) letter(l *portfolio.Letter) *letter {
	if l == nil {
		return nil
	}
	return &letter{l, v.join(l.Officers), v.scopeOf(l.Kinds, l.Items)}
}

// kindsOf names kinds of items.
func (v *visit) kindsOf(kinds []string) string {
	var words []string
	for _, k := range kinds {
		words = append(words, v.say("request.of."+k))
	}
	return v.join(words)
}

func (v *visit) decisionOf(c *portfolio.RequestCase) *decision {
	d := c.Decided
	if d == nil {
		return nil
	}
	out := &decision{State: c.State, On: portfolio.DateOf(d.At), By: c.DeciderName, Kinds: v.kindsOf(d.Kinds), Items: len(d.Items), Last: d.Last(),
		Over: d.Until != 0 && portfolio.DateOf(v.lib.Now()) >= d.Until, Quiet: d.Quiet, Letter: v.letter(c.Letter()), Words: d.Words, Hidden: d.Hidden,
		Things: thingPaths(c.Things)}
	if out.Rest = c.Rest; c.Rest != nil {
		out.RestOf = v.scopeOf(c.Rest.Kinds, len(c.Rest.Items))
	}
	if c.State == portfolio.RequestReleased && !out.Over {
		out.Ways = v.waysTo(c.Student, d.Kinds)
	}
	return out
}

// request shows a request to who asked, and to who handles it.
func (v *visit) request() error {
	c, err := v.lib.RequestByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	if !c.Mine {
		return v.showCase(c, decideForms{})
	}
	return v.Render("request", requestPage{v.frame(), c, v.kindsOf(c.Kinds), v.join(c.Officers), v.decisionOf(c), v.stepsOf(c)})
}

// withdrawRequest takes a request back.
func (v *visit) withdrawRequest() error {
	_, rev, err := v.formRev()
	if err != nil {
		return err
	}
	r, err := v.lib.WithdrawRequest(v.ctx(), v.actor, v.Params("id"), rev)
	if err != nil {
		return err
	}
	v.done("done.withdrawn", "")
	return v.seeOther("/verzoek/" + r.ID)
}
