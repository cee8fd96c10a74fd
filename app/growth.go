package app

import (
	"cmp"
	"slices"
	"strconv"

	"kaft/portfolio"
)

// growthPage is S5 and P4: the levels through a school year, and every
// published assessment.
type growthPage struct {
	Page
	Own     bool
	Student *portfolio.Ward
	Label   Label
	Year    int
	Years   []Option
	Charts  []Chart     // of at most four goals each
	Rows    []growthRow // newest first
}

// growthRow is an assessment in the table.
type growthRow struct {
	On     portfolio.Date
	Goal   string
	Work   string // title, "" where the reader may not open it
	Path   string
	Level  int
	Author string
	Moment Moment
}

const goalsInChart = 4

func (v *visit) growth() error { return v.showGrowth(v.actor.Person) }

func (v *visit) studentGrowth() error { return v.showGrowth(v.Params("id")) }

// showGrowth shows the growth of a student to who may know it. The way to ask
// for information is another page.
func (v *visit) showGrowth(student string) error {
	w, err := v.lib.Ward(v.ctx(), v.actor, student)
	if err != nil {
		return err
	}
	if !w.Standing.InTouch() {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	all, err := v.lib.LatestAssessments(v.ctx(), v.actor, student, maxGrowth)
	if err != nil {
		return err
	}
	made, err := v.workDates(student)
	if err != nil {
		return err
	}
	p := growthPage{Page: v.frame(), Own: w.Standing == portfolio.Self, Student: w, Label: Label{Name: w.Name.Full()}}
	if p.Label.Detail, err = v.placeOf(w); err != nil {
		return err
	}
	var rows []growthRow
	for _, a := range all {
		on, opens := made[a.Work]
		if !opens {
			on = portfolio.DateOf(cmp.Or(a.PublishedAt, a.CreatedAt)) // imported: not published here
		}
		r := growthRow{On: on, Goal: a.Goal, Work: a.WorkTitle, Level: a.Level, Author: a.AuthorName}
		if a.WorkTitle != "" {
			r.Path = "/werk/" + a.Work
		}
		r.Moment = v.growthMoment(a, r)
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b growthRow) int { return cmp.Compare(b.On, a.On) })
	p.pickYear(v, rows)
	for _, r := range rows {
		if portfolio.SchoolYear(r.On) == p.Year {
			p.Rows = append(p.Rows, r)
		}
	}
	p.Charts = v.growthCharts(p.Year, p.Rows)
	return v.Render("growth", p)
}

const maxGrowth = 1000 // assessments on the page, and works that date them

// workDates are the dates of the works that the visitor may open. A level is
// shown when the work was made: a teacher may assess a term's work in one day.
func (v *visit) workDates(student string) (map[string]portfolio.Date, error) {
	works, _, err := v.lib.Works(v.ctx(), v.actor, student, "", maxGrowth)
	made := map[string]portfolio.Date{}
	for _, w := range works {
		made[w.ID] = w.HappenedOn
	}
	return made, err
}

// placeOf is "groep 7 · De Linde".
func (v *visit) placeOf(w *portfolio.Ward) (string, error) {
	school, err := v.schoolName()
	if w.Class != "" {
		school = w.Class + " · " + school
	}
	return school, err
}

func (v *visit) growthMoment(a *portfolio.Assessed, r growthRow) Moment {
	m := Moment{When: v.app.cat.Date(v.prefs.Lang, r.On), Title: r.Goal, Path: r.Path, Text: a.Remark, Detail: r.Author, Level: r.Level}
	switch {
	case m.Title == "" && r.Work != "":
		m.Title = r.Work
	case m.Title == "":
		m.Title = v.say("growth.assessment")
	case r.Work != "":
		m.Detail = r.Author + " · " + r.Work
	}
	return m
}

// pickYear finds the school years that have something, and the one to show:
// what was asked for, else the newest.
func (p *growthPage) pickYear(v *visit, rows []growthRow) {
	var years []int
	for _, r := range rows {
		if y := portfolio.SchoolYear(r.On); !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	asked, _ := strconv.Atoi(v.Query("jaar"))
	switch {
	case slices.Contains(years, asked):
		p.Year = asked
	case len(years) > 0:
		p.Year = years[0]
	}
	for _, y := range years {
		p.Years = append(p.Years, Option{Value: strconv.Itoa(y), Text: v.schoolYear(y), Chosen: y == p.Year})
	}
}

// growthCharts draws a line for each goal, four to a drawing, in the order of
// the alphabet, so that a goal keeps its place.
func (v *visit) growthCharts(year int, rows []growthRow) []Chart {
	points := map[string][]ChartPoint{}
	var goals []string
	for _, r := range rows {
		if r.Goal == "" || r.Level == 0 {
			continue
		}
		if points[r.Goal] == nil {
			goals = append(goals, r.Goal)
		}
		points[r.Goal] = append(points[r.Goal], ChartPoint{On: r.On, Level: r.Level})
	}
	slices.Sort(goals)
	var out []Chart
	from := portfolio.Date(year*10000 + 801)
	for some := range slices.Chunk(goals, goalsInChart) {
		var lines []ChartLine
		for _, g := range some {
			lines = append(lines, ChartLine{Name: g, Points: points[g]})
		}
		title := v.say("growth.chart", "Year", v.schoolYear(year))
		out = append(out, NewChart("groei"+strconv.Itoa(len(out)+1), title, from, from.AddYears(1).AddDays(-1), lines))
	}
	return out
}
