package demo

import (
	"fmt"
	"strings"

	"kaft/portfolio"
)

// role is one person of the demo school.
type role struct {
	login  string
	name   portfolio.Name
	called string
	hats   []string
	age    int // of students: full years today
	days   int // and so many days since the last birthday
	note   string
	facts  []tie
	pieces []piece
}

// tie is a fact that names the person: about a student (of), about a class, or
// about the whole school.
type tie struct {
	of, class string
	fact      portfolio.Fact
}

func custody(of string) tie {
	return tie{of: of, fact: portfolio.Fact{Type: portfolio.FactCustody, From: 20080101, Verified: 20240820, Evidence: "uittreksel gezagsregister"}}
}

// custodyOver is custody that ended when the student came of age.
func custodyOver(of string) tie {
	t := custody(of)
	t.fact.Until = majority
	return t
}

// majority stands for the 18th birthday of who the fact is about.
const majority portfolio.Date = 1

func relation(of, kind string) tie {
	return tie{of: of, fact: portfolio.Fact{Type: portfolio.FactRelation, Kind: kind, From: 20080101, Evidence: "uittreksel BRP"}}
}

func duty(class, kind string) tie {
	return tie{class: class, fact: portfolio.Fact{Type: portfolio.FactDuty, Kind: kind}}
}

func enrolled(class string) tie {
	return tie{class: class, fact: portfolio.Fact{Type: portfolio.FactEnrolment}}
}

// cast lists everybody, those worth visiting first.
func cast() []role {
	staff, guardian, student := []string{portfolio.HatStaff}, []string{portfolio.HatGuardian}, []string{portfolio.HatStudent}
	cast := []role{
		{login: "fatima", name: n("Fatima", "El Idrissi"), called: "juf Fatima", hats: []string{portfolio.HatStaff, portfolio.HatGuardian},
			note: "juf van groep 7; moeder van Yassin in klas 4: twee petten", facts: []tie{duty("groep 7", "teacher"), custody("yassin"), relation("yassin", "legal_parent")}},
		{login: "joris", name: n("Joris", "Bakker"), called: "meester Joris", hats: staff, note: "mentor van klas 4", facts: []tie{duty("klas 4", "mentor")}},
		{login: "ingrid", name: n("Ingrid", "Visser"), hats: []string{portfolio.HatStaff, portfolio.HatAdmin}, note: "zorg, hele school; tweede beheerder", facts: []tie{duty("", "care")}},
		{login: "wim", name: n("Wim", "Hendriks"), hats: staff, note: "schoolleiding en beheerder: twee petten", facts: []tie{duty("", "management")}},
		{login: "petra", name: n("Petra", "Smit"), hats: []string{portfolio.HatFG}, note: "functionaris gegevensbescherming"},

		{login: "noor", name: nn("Noor", "de", "Vries"), hats: student, age: 10, days: 120, note: "groep 7; beide ouders hebben gezag", facts: []tie{enrolled("groep 7")}, pieces: noorsWork},
		{login: "anna", name: n("Anna", "Kuipers"), hats: guardian, note: "moeder van Noor, gezamenlijk gezag", facts: []tie{custody("noor"), relation("noor", "legal_parent")}},
		{login: "bas", name: nn("Bas", "de", "Vries"), hats: guardian, note: "vader van Noor, gezamenlijk gezag", facts: []tie{custody("noor"), relation("noor", "legal_parent")}},
		{login: "sem", name: n("Sem", "Amrani"), hats: student, age: 10, days: 30, note: "groep 7; moeder heeft alleen gezag", facts: []tie{enrolled("groep 7")}, pieces: semsWork},
		{login: "lotte", name: n("Lotte", "Amrani"), hats: student, age: 16, days: 40, note: "klas 4, 16 jaar: zusje van Sem", facts: []tie{enrolled("klas 4")}, pieces: lottesWork},
		{login: "samira", name: n("Samira", "Amrani"), hats: guardian, note: "moeder van Sem (10) en Lotte (16), alleen gezag", facts: []tie{
			custody("sem"), relation("sem", "legal_parent"), custody("lotte"), relation("lotte", "legal_parent")}},
		{login: "joost", name: n("Joost", "Mulder"), hats: guardian, note: "vader van Sem en Lotte, zonder gezag", facts: []tie{
			relation("sem", "legal_parent"), relation("lotte", "legal_parent")}},
		{login: "daan", name: nn("Daan", "van de", "Berg"), hats: student, age: 11, days: 200, note: "groep 7; moeder met gezag en stiefvader", facts: []tie{enrolled("groep 7")}},
		{login: "eva", name: nn("Eva", "van de", "Berg"), hats: guardian, note: "moeder van Daan, alleen gezag", facts: []tie{custody("daan"), relation("daan", "legal_parent")}},
		{login: "ruben", name: n("Ruben", "Postma"), hats: guardian, note: "stiefvader van Daan: verzorger", facts: []tie{relation("daan", "carer")}},
		{login: "yassin", name: n("Yassin", "El Idrissi"), hats: student, age: 15, days: 310, note: "klas 4, bijna 16; zoon van juf Fatima", facts: []tie{enrolled("klas 4")}},
		{login: "milan", name: n("Milan", "Jansen"), hats: student, age: 18, days: 60, note: "klas 4, 18 jaar", facts: []tie{enrolled("klas 4")}},
		{login: "karin", name: n("Karin", "Jansen"), hats: guardian, note: "moeder van Milan (18): gezag is voorbij", facts: []tie{custodyOver("milan"), relation("milan", "legal_parent")}},
	}
	cast = append(cast, others("groep 7", 12, 10)...)
	return append(cast, others("klas 4", 12, 15)...)
}

var (
	givenNames  = strings.Fields("Emma Lucas Julia Levi Mila Finn Tess Luuk Sara Mees Zoë Bram Lieke Adam Saar Noah Yara Thijs Eva Jayden Roos Sam Nina Guus")
	familyNames = strings.Fields("Bos Meijer Dekker Mulder Peters Brouwer Yılmaz Kok Schouten Verhoeven Prins Blom Huisman Peeters Kuiper Veenstra Kramer Scholten Postma Willems Timmermans Groen Gerritsen Koster")
	parentNames = strings.Fields("Sanne Mark Linda Peter Esra Tom Maaike Jeroen Iris Dennis Nadia Erik Marloes Rob Chantal Kees Hülya Frank Anouk Paul Wendy Stefan Judith Hans")
)

// others fills a class up with students who have one guardian each. In klas 4
// every third is 16 or 17.
func others(class string, count, age int) []role {
	var out []role
	offset := 0
	if class == "klas 4" {
		offset = 12
	}
	for i := range count {
		k := (i + offset) % len(givenNames)
		login := strings.ToLower(givenNames[k]) + fmt.Sprint(k+1)
		years := age
		if age >= 15 && i%3 == 0 {
			years = 16 + i%2
		}
		out = append(out,
			role{login: login, name: n(givenNames[k], familyNames[k]), hats: []string{portfolio.HatStudent}, age: years, days: 20 + 13*i,
				note: class, facts: []tie{enrolled(class)}},
			role{login: "ouder-" + login, name: n(parentNames[k], familyNames[k]), hats: []string{portfolio.HatGuardian},
				note: "ouder van " + givenNames[k], facts: []tie{custody(login), relation(login, "legal_parent")}})
	}
	return out
}

func n(given, family string) portfolio.Name { return portfolio.Name{Given: given, Family: family} }

func nn(given, prefix, family string) portfolio.Name {
	return portfolio.Name{Given: given, Prefix: prefix, Family: family}
}
