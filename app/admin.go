package app

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"kaft/portfolio"
)

// The pages of the school's administrator: the overview, the people, the
// classes. Facts about people are in facts.go.

// hatsOfPeople are the hats an administrator can give, in the order of a form.
var hatsOfPeople = []string{portfolio.HatStudent, portfolio.HatGuardian, portfolio.HatStaff, portfolio.HatAdmin, portfolio.HatFG}

// counted is a number with what it counts.
type counted struct {
	Path string
	Key  string // "overview.count." and this
	N    int
}

// overviewPage is A2.
type overviewPage struct {
	Page
	Counts     []counted
	Unverified []*portfolio.Statement
	Classless  []*portfolio.Person
	Packed     []*portfolio.Person
	More       int // classless students who are not shown
	Waiting    int // facts and colleagues that the visitor may confirm
	Alone      bool
	Complaints Filled
	Unsaid     bool // what kind of school it is
	Kind       Choice
}

func (v *visit) overview() error {
	s, err := v.lib.SchoolByID(v.ctx(), v.actor.School)
	if err != nil {
		return err
	}
	return v.overviewWith(Filled{Values: url.Values{"complaints": {s.Complaints}}})
}

func (v *visit) overviewWith(complaints Filled) error {
	o, err := v.lib.Overview(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := overviewPage{Page: v.frame(), Unverified: o.Unverified, Classless: o.Classless, Packed: o.Packed, Alone: o.Alone, Complaints: complaints}
	for _, h := range hatsOfPeople[:3] {
		p.Counts = append(p.Counts, counted{"/mensen?rol=" + h, h, o.People[h]})
	}
	p.Counts = append(p.Counts, counted{"/klassen", "class", o.Classes})
	if p.Waiting, err = v.toConfirm(); err != nil {
		return err
	}
	s, err := v.lib.SchoolByID(v.ctx(), v.actor.School)
	if err != nil {
		return err
	}
	p.Unsaid, p.Kind = s.Kind == "", v.schoolKind(s.Kind)
	const some = 10
	p.More = max(0, len(p.Classless)-some)
	p.Classless = p.Classless[:len(p.Classless)-p.More]
	return v.Render("overview", p)
}

// peoplePage is A3.
type peoplePage struct {
	Page
	Query, Wanted string
	Roles         []Option
	People        []*portfolio.Person
	Count         int // of who fits; People are the first
}

func (v *visit) people() error {
	all, err := v.lib.People(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := peoplePage{Page: v.frame(), Query: strings.TrimSpace(v.Query("q")), Wanted: v.Query("rol"),
		Roles: []Option{{Text: v.say("people.all_hats")}}}
	for _, h := range hatsOfPeople {
		p.Roles = append(p.Roles, Option{Value: h, Text: v.say("people.hat." + h), Chosen: h == p.Wanted})
	}
	fits := slices.DeleteFunc(all, func(x *portfolio.Person) bool {
		return p.Wanted != "" && !slices.Contains(slices.Concat(x.Hats, x.Asked), p.Wanted) || !named(x, p.Query)
	})
	const some = 100
	p.Count = len(fits)
	p.People = fits[:min(len(fits), some)]
	return v.Render("people", p)
}

// named tells whether every word of a query is in somebody's name.
func named(p *portfolio.Person, query string) bool {
	name := plain(p.Name.Full() + " " + p.Name.Given + " " + p.Called)
	for _, word := range strings.Fields(plain(query)) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}

// plain is a text as people type it when they search: "Zoë Yılmaz" is "zoe
// yilmaz".
func plain(s string) string { return marks.Replace(strings.ToLower(s)) }

var marks = strings.NewReplacer("á", "a", "à", "a", "â", "a", "ä", "a", "ã", "a", "å", "a", "ç", "c", "č", "c", "ć", "c",
	"é", "e", "è", "e", "ê", "e", "ë", "e", "ğ", "g", "í", "i", "ì", "i", "î", "i", "ï", "i", "ı", "i", "i̇", "i", "ł", "l", "ñ", "n",
	"ó", "o", "ò", "o", "ô", "o", "ö", "o", "õ", "o", "ø", "o", "š", "s", "ş", "s", "ú", "u", "ù", "u", "û", "u", "ü", "u", "ý", "y", "ÿ", "y", "ž", "z")

// newcomerPage is the form for a new person.
type newcomerPage struct {
	Page
	Roles []Option
	Form  Filled
}

func (v *visit) newcomerForm() error {
	if _, err := v.lib.People(v.ctx(), v.actor); err != nil {
		return err
	}
	return v.newcomerAgain(Filled{})
}

func (v *visit) newcomerAgain(f Filled) error {
	p := newcomerPage{Page: v.frame(), Form: f}
	for _, h := range hatsOfPeople {
		p.Roles = append(p.Roles, Option{Value: h, Text: v.say("people.hat." + h), Hint: v.say("people.hat_hint." + h), Chosen: f.Has("hats", h)})
	}
	return v.Render("newcomer", p)
}

func (v *visit) newcomer() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	p := portfolio.Person{Hats: form["hats"], Called: strings.TrimSpace(f.Value("called")),
		Name: portfolio.Name{Given: strings.TrimSpace(f.Value("name")), Prefix: strings.TrimSpace(f.Value("prefix")), Family: strings.TrimSpace(f.Value("family"))}}
	if p.Birth, err = readBirth(f.Value("birth")); err != nil {
		v.wrongField(&f, "birth", v.say("error.birth"))
	}
	login, hash := strings.TrimSpace(f.Value("login")), ""
	if login != "" {
		if hash, err = HashPassword(f.Value("password")); err != nil {
			if err = v.wrong(&f, err); err != nil {
				return err
			}
		}
	}
	if len(f.Problems) > 0 {
		return v.newcomerAgain(f)
	}
	made, err := v.lib.Welcome(v.ctx(), v.actor, p, login, hash)
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.newcomerAgain(f)
	}
	if len(made.Asked) > 0 {
		v.done("done.person_waits", "")
	} else {
		v.done("done.person", "")
	}
	return v.seeOther("/mensen/" + made.ID)
}

var dutchDate = regexp.MustCompile(`^(?:(?:(\d{1,2})[-/. ])?(\d{1,2})[-/. ])?(\d{4})$`)

// readBirth reads a birth date as people write it, "12-3-2015", as forms send
// it, "2015-03-12", and what is known of it: "3-2015", "2015".
func readBirth(s string) (portfolio.Birth, error) {
	s = strings.TrimSpace(s)
	if m := dutchDate.FindStringSubmatch(s); m != nil {
		s = m[3]
		for _, part := range []string{m[2], m[1]} {
			if part != "" {
				s += fmt.Sprintf("-%02s", part)
			}
		}
	}
	return portfolio.ParseBirth(s)
}

// classesPage is A5.
type classesPage struct {
	Page
	Classes []*portfolio.ClassRoll
	Form    Filled
}

func (v *visit) classes() error {
	today := portfolio.DateOf(v.lib.Now())
	first := int(today) / 10000
	if int(today)%10000 < 701 { // from July on a class is made for the year to come
		first--
	}
	return v.classesAgain(Filled{Values: map[string][]string{
		"from": {fmt.Sprintf("%d-08-01", first)}, "until": {fmt.Sprintf("%d-08-01", first+1)},
	}})
}

func (v *visit) classesAgain(f Filled) error {
	all, err := v.lib.ClassRolls(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	return v.Render("classes", classesPage{v.frame(), all, f})
}

func (v *visit) addClass() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	c := portfolio.Class{Name: f.Value("class"), Level: f.Value("level"), From: v.readDate(&f, "from"), Until: v.readDate(&f, "until")}
	if len(f.Problems) > 0 {
		return v.classesAgain(f)
	}
	c.Year = schoolYear(c)
	if _, err := v.lib.AddClass(v.ctx(), v.actor, c); err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.classesAgain(f)
	}
	v.done("done.class", "")
	return v.seeOther("/klassen")
}

// schoolYear is "2026/2027", of the days a class begins and ends.
func schoolYear(c portfolio.Class) string {
	from, until := int(c.From)/10000, int(c.Until.AddDays(-1))/10000
	if from == until {
		return fmt.Sprint(from)
	}
	return fmt.Sprintf("%d/%d", from, until)
}
