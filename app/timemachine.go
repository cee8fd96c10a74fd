package app

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kaft/portfolio"
)

// The time machine of the privacy officer: who could see what of a student at
// an instant, by the facts of then and by the facts of now. It shows kinds,
// days and ids; titles and contents are nowhere on it.

// pastPage is the time machine.
type pastPage struct {
	Page
	Students []Option
	Form     Filled
	Past     *portfolio.Past // nil until somebody is chosen
	When     string          // the instant in words
	Rows     []pastRow
	Differ   int // lines that differ
	Unsure   int // works of which it is not known how they were shown
	Cases    string
}

// pastRow is what one person could see in one hat, or several bystanders who
// could see the same.
type pastRow struct {
	Names  []string
	Circle string
	Role   string
	Lines  []pastLine
}

// pastLine are things about which the rule answered the same.
type pastLine struct {
	Groups    []pastGroup
	Then, Now string
	Differs   string // a sentence, or ""
}

// pastGroup are things of one kind: "3 werken voor ouders".
type pastGroup struct {
	What   string
	Things []pastThing

	of string // which group
}

type pastThing struct {
	Short string // the beginning of its id
	On    portfolio.Date
}

// instant reads the day and the time that were asked for. Without a time it is
// the end of the day, or now if that has not come.
func (v *visit) instant(f *Filled) time.Time {
	day := v.readDate(f, "dag")
	if len(f.Problems) == 0 && day == 0 {
		v.wrongField(f, "dag", v.say("error.empty", "Field", "day"))
	}
	if len(f.Problems) > 0 {
		return time.Time{}
	}
	clock := strings.TrimSpace(f.Value("tijd"))
	if clock == "" {
		end := day.AddDays(1).Start().Add(-time.Second)
		if now := v.lib.Now(); day == portfolio.DateOf(now) && end.After(now) {
			end = now
		}
		return end
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", day.String()+" "+clock, portfolio.Amsterdam)
	if err != nil {
		v.wrongField(f, "tijd", v.say("error.time"))
	}
	return at
}

func (v *visit) timeMachine() error {
	people, err := v.lib.LogPeople(v.ctx(), v.actor)
	if portfolio.KindOf(err) == portfolio.Forbidden {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	if err != nil {
		return err
	}
	f := Filled{Values: map[string][]string{"leerling": {v.Query("leerling")}, "dag": {v.Query("dag")}, "tijd": {v.Query("tijd")}}}
	p := pastPage{Page: v.frame(), Students: []Option{{Text: v.say("log.choose")}}}
	for _, s := range people {
		if !s.Wears(portfolio.HatStudent) {
			continue
		}
		p.Students = append(p.Students, Option{Value: s.ID, Text: listed(s), Chosen: s.ID == f.Value("leerling")})
	}
	if f.Value("leerling") == "" {
		f.Values.Set("dag", cmp.Or(f.Value("dag"), portfolio.DateOf(v.lib.Now()).String()))
		p.Form = f
		return v.Render("timemachine", p)
	}
	at := v.instant(&f)
	if len(f.Problems) == 0 {
		p.Past, err = v.lib.TimeMachine(v.ctx(), v.actor, f.Value("leerling"), at)
		if portfolio.KindOf(err) == portfolio.Invalid && err != nil {
			v.wrongField(&f, "dag", v.say("error.future"))
			err = nil
		}
		if err != nil {
			return err
		}
	}
	p.Form = f
	if p.Past == nil {
		v.Status(statusOf[portfolio.Invalid])
		return v.Render("timemachine", p)
	}
	v.tellPast(&p)
	return v.Render("timemachine", p)
}

// tellPast puts a Past in words.
func (v *visit) tellPast(p *pastPage) {
	past := p.Past
	p.When = v.say("past.when", "Date", past.At, "Time", v.app.cat.Clock(past.At))
	query := "?leerling=" + past.Student.ID + "&dag=" + portfolio.DateOf(past.At).String() + "&tijd=" + p.Form.Value("tijd")
	p.Cases = "/tijdmachine/zaken" + query
	for _, t := range past.Things {
		if t.Unsure {
			p.Unsure++
		}
	}
	groups := thingGroups(past)
	for _, view := range past.Views {
		row := pastRow{Names: []string{view.Name.Full()}, Circle: string(view.Circle), Role: "role." + view.Hat, Lines: v.pastLines(past, &view, groups)}
		for _, l := range row.Lines {
			if l.Differs != "" {
				p.Differ++
			}
		}
		if n := len(p.Rows); n > 0 && wideCircles[view.Circle] && p.Rows[n-1].alike(row) {
			p.Rows[n-1].Names = append(p.Rows[n-1].Names, row.Names...)
			continue
		}
		p.Rows = append(p.Rows, row)
	}
}

// alike tells whether two rows say the same of the same number of things.
func (r pastRow) alike(x pastRow) bool {
	return r.Circle == x.Circle && r.Role == x.Role && slices.EqualFunc(r.Lines, x.Lines, func(a, b pastLine) bool {
		return a.Then == b.Then && a.Now == b.Now && slices.EqualFunc(a.Groups, b.Groups, func(a, b pastGroup) bool {
			return a.What == b.What && slices.Equal(a.Things, b.Things)
		})
	})
}

// pastLines groups what one person could see, by what the rule answered and
// then by kind. Who could see nothing has one line that says so.
func (v *visit) pastLines(past *portfolio.Past, view *portfolio.View, groups []string) []pastLine {
	var out []pastLine
	name := past.Student.Name.Short()
	for i, s := range view.Sights {
		if !s.Nothing() {
			line := v.lineOf(&out, view.Circle, s, name)
			line.add(groups[i], past.Things[i])
		}
	}
	for i := range out {
		for j := range out[i].Groups {
			g := &out[i].Groups[j]
			g.What = v.groupText(g.of, len(g.Things))
		}
	}
	if len(out) == 0 && len(view.Sights) > 0 {
		line := v.lineOf(&out, view.Circle, nothingOf(view.Sights), name)
		line.Groups = []pastGroup{{What: v.say("past.everything")}}
	}
	return out
}

// nothingOf is what stands for everything that somebody could not see: not a
// note or a draft, which nobody sees but who makes it (rule 3).
func nothingOf(sights []portfolio.Sight) portfolio.Sight {
	for _, s := range slices.Backward(sights) {
		if s.Then.Rule != "3" {
			return s
		}
	}
	return sights[len(sights)-1]
}

// lineOf is the line with the same answers, which is made when there is none.
func (v *visit) lineOf(lines *[]pastLine, circle portfolio.Circle, s portfolio.Sight, name string) *pastLine {
	l := pastLine{Then: v.sightText(s.Then, circle, name), Now: v.sightText(s.Now, circle, name)}
	i := slices.IndexFunc(*lines, func(x pastLine) bool { return x.Then == l.Then && x.Now == l.Now })
	if i < 0 {
		switch d := s.Differs(); {
		case d > 0:
			l.Differs = v.say("past.too_much")
		case d < 0:
			l.Differs = v.say("past.too_little")
		}
		*lines, i = append(*lines, l), len(*lines)
	}
	return &(*lines)[i]
}

func (l *pastLine) add(group string, t portfolio.Thing) {
	i := slices.IndexFunc(l.Groups, func(g pastGroup) bool { return g.of == group })
	if i < 0 {
		l.Groups, i = append(l.Groups, pastGroup{of: group}), len(l.Groups)
	}
	if t.Item.ID != "" {
		l.Groups[i].Things = append(l.Groups[i].Things, pastThing{t.Item.ID[:min(8, len(t.Item.ID))], t.On})
	}
}

// sightText is what somebody got, and why.
func (v *visit) sightText(d portfolio.Decision, circle portfolio.Circle, name string) string {
	gets := "past.not"
	switch {
	case d.Open:
		gets = "past.sees"
	case d.Outcome == portfolio.REQUEST:
		gets = "past.requests"
	case d.Outcome == portfolio.ON_ASK:
		gets = "past.asks"
	case d.Hold:
		gets = "past.hold"
	}
	return v.say("past.sight", "Gets", v.say(gets), "Why", v.whyText(d, circle, name))
}

// thingGroups names for each thing the group in which it is counted: a work by
// whom it was shown to.
func thingGroups(past *portfolio.Past) []string {
	out := make([]string, len(past.Things))
	for i, t := range past.Things {
		it := &t.Item
		switch {
		case it.ID == "":
			out[i] = "kind." + it.Kind
		case it.Kind == portfolio.ItemAssessment && it.Draft:
			out[i] = "assessment_drafts"
		case it.Kind == portfolio.ItemAssessment:
			out[i] = "assessments"
		case it.Deleted:
			out[i] = "works_binned"
		case it.Draft:
			out[i] = "works_draft"
		case len(it.Audience) == 0:
			out[i] = "works_private"
		default:
			out[i] = "works " + strings.Join(it.Audience, " ")
		}
	}
	return out
}

func (v *visit) groupText(group string, count int) string {
	audience, works := strings.CutPrefix(group, "works ")
	if !works {
		return v.say("past."+group, "Count", count)
	}
	var who []string
	for _, a := range strings.Fields(audience) {
		who = append(who, v.say("past.to."+a))
	}
	return v.say("past.works", "Count", count, "Who", v.join(who))
}
