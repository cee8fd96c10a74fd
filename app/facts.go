package app

import (
	"cmp"
	"slices"
	"strings"

	"kaft/portfolio"
)

// A person as the administrator sees it: the dated facts, in words, and the
// forms that record another one or an end. A fact is never changed.

// personPage is A4.
type personPage struct {
	Page
	Someone *portfolio.Person
	Roles   string // in words
	Born    string // as far as it is known
	Asked   string // hats that wait for a second, in words
	Guards  bool   // custody is recorded at the child, not here
	Facts   []factLine
	Over    []factLine // what is over or was declined, and has been for a while
	Forms   []factForm
	SignIn  Filled // the form for an account
}

// factLine is a fact in words.
type factLine struct {
	*portfolio.Statement
	Text    string
	Other   string // path of the other person, or ""
	Tag     string // key of how it stands
	Later   []laterLine
	Endable bool
	Today   portfolio.Date
	Proof   proofField // of a custody whose proof is seen now
}

// laterLine is what was recorded about a fact later: its end, or a proof.
type laterLine struct {
	*portfolio.Statement
	Key string // of its sentence
	Day portfolio.Date
}

// castOf is who and what a form can name.
type castOf struct {
	byHat   map[string][]*portfolio.Person
	classes []*portfolio.Class
}

func (v *visit) cast() (*castOf, error) {
	people, err := v.lib.People(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	c := &castOf{byHat: map[string][]*portfolio.Person{}}
	for _, p := range people {
		for _, h := range p.Hats {
			c.byHat[h] = append(c.byHat[h], p)
		}
	}
	c.classes, err = v.lib.Classes(v.ctx(), v.actor)
	return c, err
}

func theirs(hat string) func(*visit, *castOf) []Option {
	return func(v *visit, c *castOf) []Option {
		out := []Option{{Text: v.say("fact.choose_person")}}
		for _, p := range c.byHat[hat] {
			out = append(out, Option{Value: p.ID, Text: listed(p)})
		}
		return out
	}
}

func classOptions(v *visit, c *castOf) []Option {
	out := []Option{{Text: v.say("fact.choose_class")}}
	today := portfolio.DateOf(v.lib.Now())
	for _, x := range c.classes {
		if x.Until > today {
			out = append(out, Option{Value: x.ID, Text: x.Name + " · " + x.Year})
		}
	}
	return out
}

func dutyOptions(v *visit, c *castOf) []Option {
	out := classOptions(v, c)
	out[0].Text = v.say("fact.choose_whom")
	out = append(out, Option{Value: v.actor.School, Text: v.say("fact.whole_school")})
	for _, p := range c.byHat[portfolio.HatStudent] {
		out = append(out, Option{Value: p.ID, Text: listed(p)})
	}
	return out
}

// listed is a name in a list that is ordered by family name: "Berg, Daan van
// de".
func listed(p *portfolio.Person) string {
	if p.Name.Family == "" {
		return p.Name.Full()
	}
	return p.Name.Family + ", " + strings.TrimSpace(p.Name.Short()+" "+p.Name.Prefix)
}

func (v *visit) someone() error { return v.someoneAgain(Filled{}) }

// someoneAgain shows a person, with one form as it was filled in: its Prefix
// tells which.
func (v *visit) someoneAgain(f Filled) error {
	facts, err := v.lib.Statements(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	someone, err := v.lib.PersonByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	cast, err := v.cast()
	if err != nil {
		return err
	}
	p := personPage{Page: v.frame(), Someone: someone}
	for _, h := range append(someone.Hats, someone.Asked...) {
		for _, form := range factForms[h] {
			form.Path = "/mensen/" + someone.ID + "/feit"
			if form, err = v.factForm(form, cast, f); err != nil {
				return err
			}
			p.Forms = append(p.Forms, form)
		}
	}
	p.Roles = v.rolesOf(someone.Hats)
	if p.Born = someone.Birth.String(); someone.Birth.Earliest == someone.Birth.Latest {
		p.Born = v.app.cat.Date(v.prefs.Lang, someone.Birth.Latest)
	}
	p.Asked = v.rolesOf(someone.Asked)
	p.Guards = someone.Wears(portfolio.HatGuardian)
	for _, s := range facts {
		if line := v.factLine(s, someone.ID); line.past() {
			p.Over = append(p.Over, line)
		} else {
			p.Facts = append(p.Facts, line)
		}
	}
	first := map[bool]int{true: -1} // what waits
	slices.SortStableFunc(p.Facts, func(x, y factLine) int { return first[x.waits()] - first[y.waits()] })
	if f.Prefix == "account-" {
		p.SignIn = f
	} else {
		p.SignIn.Prefix = "account-"
	}
	return v.Render("person", p)
}

// factLine is a fact in words, and the person on its other side.
func (v *visit) factLine(s *portfolio.Statement, here string) factLine {
	l := factLine{Statement: s, Text: v.factText(s), Tag: "fact.state." + string(s.State), Today: portfolio.DateOf(v.lib.Now()),
		Endable: s.State != portfolio.Over && !s.Declined, Proof: proofField{ID: "file-" + s.ID}}
	switch {
	case s.Declined:
		l.Tag = "fact.declined"
	case s.Waiting() && !s.Takes:
		l.Tag = "fact.state.waits"
	}
	for _, x := range s.Later {
		later := laterLine{x, "fact.later." + string(x.Type), cmp.Or(x.Until, x.Verified)}
		switch {
		case x.Declined:
			later.Key += "_declined"
		case x.Waiting() && !x.Takes && x.Until != 0:
			later.Key += "_waits"
		}
		l.Later = append(l.Later, later)
	}
	switch {
	case s.Party != here && slices.Contains([]portfolio.FactType{portfolio.FactCustody, portfolio.FactRelation}, s.Type):
		l.Other = "/mensen/" + s.Party
	case s.About != here && s.Type != portfolio.FactDuty:
		l.Other = "/mensen/" + s.About
	}
	return l
}

// waits tells whether somebody must still agree with a fact, or with what was
// recorded about it later.
func (l factLine) waits() bool {
	return l.Waiting() || slices.ContainsFunc(l.Statement.Later, (*portfolio.Statement).Waiting)
}

// past tells whether a fact may be folded away: it is over or was declined, and
// nothing about it waits or was recorded in the last thirty days.
func (l factLine) past() bool {
	if l.State != portfolio.Over && !l.Declined {
		return false
	}
	since := l.Today.AddDays(-30)
	fresh := func(s *portfolio.Statement) bool {
		return s.Waiting() || portfolio.DateOf(s.RecordedAt) >= since || portfolio.DateOf(s.DeclinedAt) >= since
	}
	return !fresh(l.Statement) && !slices.ContainsFunc(l.Statement.Later, fresh)
}

// addAccount gives somebody who has none a way to sign in.
func (v *visit) addAccount() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form, Prefix: "account-"}
	hash, err := HashPassword(f.Value("password"))
	if err == nil {
		err = v.lib.AddAccount(v.ctx(), v.actor, v.Params("id"), f.Value("login"), hash)
	}
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.someoneAgain(f)
	}
	v.done("done.account", "")
	return v.seeOther("/mensen/" + v.Params("id"))
}
