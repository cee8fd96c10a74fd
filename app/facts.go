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

// factForm is a form that records a fact of one type.
type factForm struct {
	Type    string // also the prefix of its ids
	Path    string // where it goes
	Who     Field  // whom or what it names
	Kinds   []Option
	Proof   bool // it asks when the proof was seen
	Open    bool
	Filled  Filled
	options func(*visit, *castOf) []Option
}

// factForms are the forms on a person's page, by hat.
var factForms = map[string][]factForm{
	portfolio.HatStudent: {
		{Type: "custody", Proof: true, options: theirs(portfolio.HatGuardian)},
		{Type: "relation", options: theirs(portfolio.HatGuardian)},
		{Type: "enrolment", options: classOptions},
	},
	portfolio.HatStaff: {{Type: "duty", options: dutyOptions}},
}

// factKinds are the kinds a form offers, by type.
var factKinds = map[string][]string{
	"relation": {portfolio.RelationLegalParent, portfolio.RelationCarer, portfolio.RelationSupervisor, portfolio.RelationCurator},
	"duty":     {portfolio.DutyTeacher, portfolio.DutyMentor, portfolio.DutyCare, portfolio.DutyManagement},
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
			p.Forms = append(p.Forms, v.factForm(form, cast, f))
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

func (v *visit) factForm(form factForm, cast *castOf, f Filled) factForm {
	form.Filled = Filled{Prefix: form.Type + "-"}
	if f.Prefix == form.Filled.Prefix {
		form.Filled, form.Open = f, true
	} else {
		form.Filled.Values = map[string][]string{"from": {portfolio.DateOf(v.lib.Now()).String()}}
	}
	form.Who = Field{Name: "person", ID: form.Type + "-person", Type: "select", Required: true, Label: v.say("fact.who." + form.Type),
		Options: form.Filled.Choose("person", form.options(v, cast)), Error: form.Filled.Error("person")}
	for _, k := range factKinds[form.Type] {
		form.Kinds = append(form.Kinds, Option{Value: k, Text: v.say("fact.kind." + k), Hint: v.say("fact.hint." + k)})
	}
	form.Kinds = form.Filled.Choose("kind", form.Kinds)
	return form
}

// factText is a fact in words, and the person on its other side.
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

func (v *visit) factText(s *portfolio.Statement) string {
	about := s.AboutName
	if s.WholeSchool {
		about = v.say("fact.whole_school")
	}
	key, known := factTexts[string(s.Type)]
	if !known {
		key = "fact.text.other"
	}
	kind := ""
	if _, ok := factKinds[string(s.Type)]; ok {
		kind = v.say("fact.kind." + s.Kind)
	}
	return v.say(key, "Party", s.PartyName, "About", about, "Kind", kind)
}

var factTexts = map[string]string{
	"custody":   "fact.text.custody",
	"relation":  "fact.text.relation",
	"duty":      "fact.text.duty",
	"enrolment": "fact.text.enrolment",
}

// recordFact stores what one of the forms of a person's page says.
func (v *visit) recordFact() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form, Prefix: form.Get("type") + "-"}
	fact := portfolio.Fact{Type: portfolio.FactType(form.Get("type")), Kind: form.Get("kind"), Evidence: form.Get("evidence"),
		About: v.Params("id"), Party: form.Get("person"), From: v.readDate(&f, "from"), Until: v.readDate(&f, "until"), Verified: v.readDate(&f, "verified")}
	if _, ok := factTexts[form.Get("type")]; !ok {
		return portfolio.E(portfolio.Invalid, "error.choice", "Field", "type")
	}
	if fact.Type == portfolio.FactDuty {
		fact.About, fact.Party = fact.Party, fact.About // the page is the one of who works
	}
	if form.Get("person") == "" {
		v.wrongField(&f, "person", v.say("error.choose"))
	}
	if fact.From == 0 && f.Error("from") == "" {
		v.wrongField(&f, "from", v.say("error.empty", "Field", "from"))
	}
	if len(f.Problems) > 0 {
		return v.someoneAgain(f)
	}
	if _, err := v.lib.RecordFact(v.ctx(), v.actor, fact); err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.someoneAgain(f)
	}
	v.done("done.fact", "")
	return v.seeOther("/mensen/" + v.Params("id"))
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
