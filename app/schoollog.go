package app

import (
	"net/url"
	"slices"

	"kaft/portfolio"
)

// pageOfLog is how many lines a page of the school's log shows.
const pageOfLog = 100

// schoolLogPage is F3: the FG looks by student, by person over all students, or
// by what is rare over the whole school.
type schoolLogPage struct {
	Page
	Form     Filled
	Students []Option
	People   []Option
	Acts     []Option
	Of       string // whose lines these are; "" before anything is chosen
	Days     []logDay
	First    bool   // the first page
	Next     string // path of the next page, or ""
	Newest   string // path of the first page
	Unusual  []unusual
	Most     int // above this it is unusual
}

// unusual is somebody who looked at unusually many students on a day.
type unusual struct {
	*portfolio.Flagged
	Path string // of what they looked at that day
}

// schoolLog shows what the FG picks of the log: GET /logboek.
func (v *visit) schoolLog() error {
	people, err := v.lib.LogPeople(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := schoolLogPage{Page: v.frame(), First: v.Query("na") == "", Most: portfolio.UnusualStudents}
	p.Form.Values = url.Values{}
	for _, name := range logFields {
		if at := v.Query(name); at != "" {
			p.Form.Values.Set(name, at)
		}
	}
	p.Newest = logPath(p.Form.Values, "")
	v.logChoices(&p, people)
	pick := v.logPick(&p.Form)
	if pick == (portfolio.LogPick{}) {
		if err := v.unusual(&p); err != nil {
			return err
		}
		return v.Render("schoollog", p)
	}
	if p.Of, err = logOf(people, pick); err != nil {
		return err
	}
	if p.Of == "" {
		p.Of = v.say("log.whole_school")
	}
	if len(p.Form.Problems) > 0 {
		return v.Render("schoollog", p)
	}
	lines, next, err := v.lib.PickLog(v.ctx(), v.actor, pick, v.Query("na"), pageOfLog)
	for msg, field := range map[string]string{"error.period": "tot", "error.log_pick": "leerling"} {
		if asError(err).Msg == msg {
			v.wrongField(&p.Form, field, v.say(msg))
			return v.Render("schoollog", p)
		}
	}
	if err != nil {
		return err
	}
	if next != "" {
		p.Next = logPath(p.Form.Values, next)
	}
	w := v.logWords()
	p.Days = w.days(lines, func(l *logLine, n *portfolio.Logged) {
		if pick.Student == "" {
			l.Student = w.name(n.StudentName)
		}
		if n.Rule == "" {
			return
		}
		l.Rule = v.say("log.rule", "Rule", n.Rule)
		if l.Why != "" {
			l.Rule = "· " + l.Rule
		}
	})
	return v.Render("schoollog", p)
}

// logFields are the names of what the FG can choose.
var logFields = []string{"leerling", "wie", "wat", "van", "tot"}

// logPick reads what was chosen; a date that is none is a problem of the form.
func (v *visit) logPick(f *Filled) portfolio.LogPick {
	return portfolio.LogPick{Student: f.Value("leerling"), Actor: f.Value("wie"), Act: f.Value("wat"),
		From: v.readDate(f, "van"), Last: v.readDate(f, "tot")}
}

// logPath is the page of the same choice, from a cursor on.
func logPath(chosen url.Values, after string) string {
	q := url.Values{}
	for name, values := range chosen {
		q[name] = values
	}
	if after != "" {
		q.Set("na", after)
	}
	return "/logboek?" + q.Encode()
}

// logOf names whose lines a pick gives. Error kind: NotFound, for a student or
// a person whom the school does not have.
func logOf(people []*portfolio.Person, pick portfolio.LogPick) (string, error) {
	of := ""
	for _, id := range []string{pick.Actor, pick.Student} {
		if id == "" {
			continue
		}
		i := slices.IndexFunc(people, func(p *portfolio.Person) bool { return p.ID == id })
		if i < 0 || id == pick.Student && !people[i].Wears(portfolio.HatStudent) {
			return "", portfolio.E(portfolio.NotFound, "error.not_found")
		}
		if of != "" {
			of += " · "
		}
		of += people[i].Name.Full()
	}
	return of, nil
}

// logChoices fills what can be chosen: people who are no students first, for
// they are who looks.
func (v *visit) logChoices(p *schoolLogPage, people []*portfolio.Person) {
	p.Students = []Option{{Text: v.say("log.any_student")}}
	p.People = []Option{{Text: v.say("log.anyone")}}
	p.Acts = []Option{{Text: v.say("log.any_act")}}
	var students []Option
	for _, who := range people {
		o := Option{Value: who.ID, Text: listed(who)}
		if who.Wears(portfolio.HatStudent) {
			p.Students, students = append(p.Students, o), append(students, o)
		} else {
			p.People = append(p.People, o)
		}
	}
	p.People = append(p.People, students...)
	for _, act := range logActs {
		p.Acts = append(p.Acts, Option{Value: act, Text: v.say(logTexts[act], "Count", 1)})
	}
	p.Students, p.People, p.Acts = p.Form.Choose("leerling", p.Students), p.Form.Choose("wie", p.People), p.Form.Choose("wat", p.Acts)
}

// unusual lists who looked at unusually many students.
func (v *visit) unusual(p *schoolLogPage) error {
	flags, err := v.lib.Unusual(v.ctx(), v.actor)
	for _, f := range flags {
		day := f.On.String()
		p.Unusual = append(p.Unusual, unusual{f, logPath(url.Values{"wie": {f.Actor}, "van": {day}, "tot": {day}}, "")})
	}
	return err
}
