package app

import (
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
	Facts   []factLine
	Forms   []factForm
	SignIn  Filled // the form for an account
	Today   portfolio.Date
}

// factLine is a fact in words.
type factLine struct {
	*portfolio.Statement
	Text  string
	Other string // path of the other person, or ""
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
	p := personPage{Page: v.frame(), Someone: someone, Today: portfolio.DateOf(v.lib.Now())}
	var hats []string
	for _, h := range someone.Hats {
		hats = append(hats, v.say("people.hat."+h))
		for _, form := range factForms[h] {
			form.Path = "/mensen/" + someone.ID + "/feit"
			if form, err = v.factForm(form, cast, f); err != nil {
				return err
			}
			p.Forms = append(p.Forms, form)
		}
	}
	p.Roles = strings.Join(hats, ", ")
	if p.Born = someone.Birth.String(); someone.Birth.Earliest == someone.Birth.Latest {
		p.Born = v.app.cat.Date(v.prefs.Lang, someone.Birth.Latest)
	}
	for _, s := range facts {
		p.Facts = append(p.Facts, v.factLine(s, someone.ID))
	}
	if f.Prefix == "account-" {
		p.SignIn = f
	} else {
		p.SignIn.Prefix = "account-"
	}
	return v.Render("person", p)
}

// factLine is a fact in words, and the person on its other side.
func (v *visit) factLine(s *portfolio.Statement, here string) factLine {
	l := factLine{Statement: s, Text: v.factText(s)}
	switch {
	case s.Party != here && slices.Contains([]portfolio.FactType{portfolio.FactCustody, portfolio.FactRelation}, s.Type):
		l.Other = "/mensen/" + s.Party
	case s.About != here && s.Type != portfolio.FactDuty:
		l.Other = "/mensen/" + s.About
	}
	return l
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
