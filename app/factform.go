package app

import (
	"strings"

	"kaft/portfolio"
)

// The forms that record a fact, on the page of the person it is about; of a
// duty, on the page of who works.

// factForm is a form that records a fact of one type.
type factForm struct {
	Type    string // also the prefix of its ids
	Path    string // where it goes
	Who     *Field // whom or what it names; nil when nobody
	By      *Field // who gives a mandate
	Kinds   []Option
	Things  []Option // of what it speaks: work, assessments, …
	Proof   bool     // it asks when the proof was seen
	Review  bool     // it asks when it is looked at again
	Reason  bool     // it asks why
	NoEnd   bool     // it has no end: that is recorded when it comes
	Cleared bool     // it asks whether a contact ban was cleared
	Open    bool
	File    proofField
	Filled  Filled
	options func(*visit, *castOf) []Option
	by      func(*visit, *castOf) []Option
	things  bool
}

// factForms are the forms on a person's page, by hat.
var factForms = map[string][]factForm{
	portfolio.HatStudent: {
		{Type: "custody", Proof: true, options: theirs(portfolio.HatGuardian)},
		{Type: "relation", options: theirs(portfolio.HatGuardian)},
		{Type: "enrolment", options: classOptions},
		{Type: "leaving", NoEnd: true},
		{Type: "order", Cleared: true, options: theirs(portfolio.HatGuardian)},
		{Type: "share", things: true, options: theirs(portfolio.HatGuardian), by: theirs(portfolio.HatGuardian)},
		{Type: "refusal", Review: true, Reason: true, things: true, options: theirs(portfolio.HatGuardian)},
		{Type: "objection", options: theirs(portfolio.HatGuardian)},
		{Type: "restriction", Reason: true, things: true},
	},
	portfolio.HatStaff: {{Type: "duty", options: dutyOptions}},
}

// factKinds are the kinds a form offers, by type.
var factKinds = map[string][]string{
	"relation": {portfolio.RelationLegalParent, portfolio.RelationCarer, portfolio.RelationSupervisor, portfolio.RelationCurator},
	"duty":     {portfolio.DutyTeacher, portfolio.DutyMentor, portfolio.DutyCare, portfolio.DutyManagement},
	"order":    {portfolio.OrderNoInformation, portfolio.OrderNoContact, portfolio.OrderInform, portfolio.OrderSecretAddress},
}

// things are the kinds of items a fact can speak of.
var things = []string{portfolio.ItemWork, portfolio.ItemAssessment, portfolio.ItemRecord, portfolio.ItemCare, portfolio.ItemContact}

func (v *visit) factForm(form factForm, cast *castOf, f Filled) (factForm, error) {
	form.Filled = Filled{Prefix: form.Type + "-"}
	if f.Prefix == form.Filled.Prefix {
		form.Filled, form.Open = f, true
	} else {
		form.Filled.Values = map[string][]string{"from": {portfolio.DateOf(v.lib.Now()).String()}}
	}
	form.Who, form.By = v.whoField(form, "person", form.options, cast), v.whoField(form, "by", form.by, cast)
	for _, k := range things {
		if form.things {
			form.Things = append(form.Things, Option{Value: k, Text: v.say("thing." + k), Chosen: form.Filled.Has("things", k)})
		}
	}
	for _, k := range factKinds[form.Type] {
		form.Kinds = append(form.Kinds, Option{Value: k, Text: v.say("fact.kind." + k), Hint: v.say("fact.hint." + k)})
	}
	form.Kinds = form.Filled.Choose("kind", form.Kinds)
	var err error
	form.File, err = v.proof(&form.Filled)
	return form, err
}

// whoField asks whom a fact names; nil when it names nobody.
func (v *visit) whoField(form factForm, name string, options func(*visit, *castOf) []Option, cast *castOf) *Field {
	if options == nil {
		return nil
	}
	key := "fact.who." + form.Type
	if name == "by" {
		key = "fact.by." + form.Type
	}
	return &Field{Name: name, ID: form.Type + "-" + name, Type: "select", Required: true, Label: v.say(key),
		Options: form.Filled.Choose(name, options(v, cast)), Error: form.Filled.Error(name)}
}

// readFact reads the form for a fact. Error kind: Invalid, for a type there is
// no form for.
func (v *visit) readFact(f *Filled) (portfolio.Fact, error) {
	typ := f.Value("type")
	fact := portfolio.Fact{Type: portfolio.FactType(typ), Kind: f.Value("kind"), Evidence: f.Value("evidence"), Upload: f.Value("upload"), Reason: strings.TrimSpace(f.Value("reason")),
		About: v.Params("id"), Party: f.Value("person"), By: f.Value("by"), Kinds: f.Values["things"], Cleared: f.Value("cleared") == "1",
		From: v.readDate(f, "from"), Until: v.readDate(f, "until"), Verified: v.readDate(f, "verified"), Review: v.readDate(f, "review")}
	form, known := formFor(typ)
	if !known {
		return fact, portfolio.E(portfolio.Invalid, "error.choice", "Field", "type")
	}
	if typ == "share" {
		fact.Items = []string{portfolio.All}
	}
	if fact.Type == portfolio.FactDuty {
		fact.About, fact.Party = fact.Party, fact.About // the page is the one of who works
	}
	if form.options != nil && f.Value("person") == "" {
		v.wrongField(f, "person", v.say("error.choose"))
	}
	if form.by != nil && fact.By == "" {
		v.wrongField(f, "by", v.say("error.choose"))
	}
	if form.Reason && fact.Reason == "" {
		v.wrongField(f, "reason", v.say("error.empty", "Field", "reason"))
	}
	if fact.From == 0 && f.Error("from") == "" {
		v.wrongField(f, "from", v.say("error.empty", "Field", "from"))
	}
	return fact, nil
}

func formFor(typ string) (factForm, bool) {
	for _, forms := range factForms {
		for _, form := range forms {
			if form.Type == typ {
				return form, true
			}
		}
	}
	return factForm{}, false
}
