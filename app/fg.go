package app

import (
	"slices"

	"kaft/portfolio"
)

// The log, for the privacy officer (FG) and for a family.

// maxLog is how many lines of a log a page shows.
const maxLog = 400

// logPage is F3, and the same log for the student and the family.
type logPage struct {
	Page
	Student  *portfolio.Person
	Students []Option // to choose from; none for a family
	Back     string
	Days     []logDay
	More     bool // there are older lines
}

// logDay is what happened on one day.
type logDay struct {
	On    portfolio.Date
	Lines []logLine
}

// logLine is one thing somebody did, once or several times in a row.
type logLine struct {
	Time, Who, Role, Text, Why string
}

// studentLog is the log of one student, for the student and who follows.
func (v *visit) studentLog() error {
	p := logPage{Page: v.frame(), Back: "/leerling/" + v.Params("id")}
	err := v.showLog(p, v.Params("id"))
	if portfolio.KindOf(err) == portfolio.Forbidden {
		return portfolio.E(portfolio.NotFound, "error.not_found") // refused looks absent
	}
	return err
}

// schoolLog lets the FG choose a student.
func (v *visit) schoolLog() error {
	students, err := v.lib.Students(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := logPage{Page: v.frame(), Students: []Option{{Text: v.say("log.choose")}}}
	id := v.Query("leerling")
	for _, s := range students {
		p.Students = append(p.Students, Option{Value: s.ID, Text: listed(s), Chosen: s.ID == id})
	}
	if id == "" {
		return v.Render("log", p)
	}
	if !slices.ContainsFunc(students, func(s *portfolio.Person) bool { return s.ID == id }) {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	return v.showLog(p, id)
}

func (v *visit) showLog(p logPage, student string) error {
	lines, err := v.lib.Log(v.ctx(), v.actor, student, maxLog)
	if err != nil {
		return err
	}
	if p.Student, err = v.lib.PersonByID(v.ctx(), v.actor, student); err != nil {
		return err
	}
	p.More = len(lines) == maxLog
	p.Days = v.logDays(lines)
	return v.Render("log", p)
}

// logDays puts lines that are alike and follow each other together.
func (v *visit) logDays(lines []*portfolio.Logged) []logDay {
	var days []logDay
	for len(lines) > 0 {
		first := lines[0]
		on := portfolio.DateOf(first.At)
		same := 1
		for same < len(lines) && alike(first, lines[same]) && portfolio.DateOf(lines[same].At) == on {
			same++
		}
		lines = lines[same:]
		if len(days) == 0 || days[len(days)-1].On != on {
			days = append(days, logDay{On: on})
		}
		day := &days[len(days)-1]
		day.Lines = append(day.Lines, v.logLine(first, same))
	}
	return days
}

func alike(a, b *portfolio.Logged) bool {
	return a.Actor == b.Actor && a.Hat == b.Hat && a.Act == b.Act && a.Kind == b.Kind && a.Outcome == b.Outcome
}

func (v *visit) logLine(n *portfolio.Logged, count int) logLine {
	l := logLine{Time: v.app.cat.Clock(n.At), Who: n.ActorName, Role: v.say("role." + n.Hat)}
	if l.Who == "" {
		l.Who = v.say("log.nobody")
	}
	key, known := logTexts[n.Act+" "+n.Kind]
	if !known {
		key, known = logTexts[n.Act]
	}
	if !known {
		key = "log.did.other"
	}
	l.Text = v.say(key, "Count", count)
	if key, known := logReasons[n.Outcome]; known && n.Act == "look" {
		l.Why = v.say(key)
	}
	return l
}

// logTexts are the acts of the log in words, by act and, where it matters,
// kind.
var logTexts = map[string]string{
	"look":            "log.did.look",
	"look work":       "log.did.look_work",
	"look assessment": "log.did.look_assessment",
	"add work":        "log.did.add_work",
	"add assessment":  "log.did.add_assessment",
	"change":          "log.did.change",
	"share":           "log.did.share",
	"bin":             "log.did.bin",
	"unbin":           "log.did.unbin",
	"publish":         "log.did.publish",
	"ask":             "log.did.ask",
	"fact":            "log.did.fact",
	"export":          "log.did.export",
	"import":          "log.did.import",
}

// logReasons say why somebody could look, by outcome of the rule.
var logReasons = map[string]string{
	"INSPECT": "log.why.inspect",
	"REQUEST": "log.why.shared",
	"DUTY":    "log.why.duty",
	"TOLD":    "log.why.told",
	"SHARED":  "log.why.shared",
}
