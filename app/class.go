package app

import (
	"cmp"
	"slices"
	"strconv"

	"kaft/portfolio"
	"kaft/prose"
)

// The pages of staff: today, the group, one student of it.

// mostToday is how many rows a list of today shows.
const mostToday = 12

// todo is a work that waits for an assessment.
type todo struct {
	Student *portfolio.Person
	Work    *portfolio.Seen
}

// draft is an assessment of the visitor's own that nobody else sees yet.
type draft struct {
	*portfolio.Assessment
	Student *portfolio.Person
	Title   string
}

func (v *visit) draft(student *portfolio.Person, a *portfolio.Assessment) draft {
	title := cmp.Or(a.Goal, prose.Excerpt(a.Remark, 60))
	if title == "" {
		title = v.say("assess.level") + " " + strconv.Itoa(a.Level)
	}
	return draft{a, student, title}
}

// todayPage is T1.
type todayPage struct {
	Page
	ToAssess int // all of them; Todo are the first
	Todo     []todo
	Drafts   []draft
	Requests []*portfolio.Asked
	Today    portfolio.Date
	Own      bool // there are students of the visitor's own
	Waiting  int  // facts that the visitor may confirm
}

func (v *visit) today() error {
	groups, err := v.lib.Groups(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := todayPage{Page: v.frame(), Today: portfolio.DateOf(v.lib.Now())}
	for _, g := range groups {
		if !g.Own {
			continue
		}
		p.Own = true
		glances, err := v.lib.Glances(v.ctx(), v.actor, g)
		if err != nil {
			return err
		}
		for _, s := range glances {
			for _, w := range s.ToAssess {
				p.Todo = append(p.Todo, todo{s.Person, w})
			}
			for _, a := range s.Drafts {
				p.Drafts = append(p.Drafts, v.draft(s.Person, a))
			}
		}
	}
	slices.SortStableFunc(p.Todo, func(x, y todo) int { return -cmp.Compare(x.Work.HappenedOn, y.Work.HappenedOn) })
	slices.SortStableFunc(p.Drafts, func(x, y draft) int { return -x.UpdatedAt.Compare(y.UpdatedAt) })
	p.ToAssess = len(p.Todo)
	p.Todo = p.Todo[:min(len(p.Todo), mostToday)]
	if p.Requests, err = v.lib.OpenRequests(v.ctx(), v.actor); err != nil {
		return err
	}
	if p.Waiting, err = v.toConfirm(); err != nil {
		return err
	}
	return v.Render("today", p)
}

// groupPage is T2: one class at a time, and the others to choose from.
type groupPage struct {
	Page
	Groups []groupTab
	Name   string // of the class; "" for students without one
	Rows   []*portfolio.Glance
}

// groupTab leads to a class.
type groupTab struct {
	Path, Name string
	Current    bool
}

func (v *visit) group() error {
	groups, err := v.lib.Groups(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := groupPage{Page: v.frame()}
	if len(groups) == 0 {
		return v.Render("group", p)
	}
	at := max(0, slices.IndexFunc(groups, func(g portfolio.Group) bool { return g.Own }))
	if id := v.Query("klas"); id != "" {
		at = slices.IndexFunc(groups, func(g portfolio.Group) bool { return g.Class.ID == id })
		if id == aloneTab {
			at = slices.IndexFunc(groups, func(g portfolio.Group) bool { return g.Class.ID == "" })
		}
		if at < 0 {
			return portfolio.E(portfolio.NotFound, "error.not_found")
		}
	}
	for i, g := range groups {
		p.Groups = append(p.Groups, groupTab{Path: "/groep?klas=" + cmp.Or(g.Class.ID, aloneTab), Name: g.Name, Current: i == at})
	}
	p.Name = groups[at].Name
	if p.Rows, err = v.lib.Glances(v.ctx(), v.actor, groups[at]); err != nil {
		return err
	}
	return v.Render("group", p)
}

// aloneTab is the address of students who are met without their class.
const aloneTab = "los"

// pupilPage is T5.
type pupilPage struct {
	Page
	Student     *portfolio.Ward
	School      string
	Todo        []*portfolio.Seen
	Drafts      []draft
	Tiles       []Tile
	Next        string
	First       bool
	Assessments []Moment
}

func (v *visit) pupil(w *portfolio.Ward) error {
	p := pupilPage{Page: v.frame(), Student: w, First: v.Query("na") == ""}
	var err error
	if p.Tiles, p.Next, err = v.gallery(w.ID); err != nil {
		return err
	}
	if p.School, err = v.schoolName(); err != nil {
		return err
	}
	if p.First {
		if p.Assessments, err = v.latest(w.ID); err != nil {
			return err
		}
		g, err := v.lib.Glance(v.ctx(), v.actor, w.ID)
		if err != nil {
			return err
		}
		p.Todo = g.ToAssess
		for _, a := range g.Drafts {
			p.Drafts = append(p.Drafts, v.draft(w.Person, a))
		}
	}
	return v.Render("student", p)
}

// nextToAssess finds a work to go on with: of the same student, else of the
// next in the visitor's own groups. The one at hand does not count.
func (v *visit) nextToAssess(student string, hand *portfolio.Seen) (*todo, error) {
	groups, err := v.lib.Groups(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	var row []*portfolio.Person
	at := 0
	for _, g := range groups {
		for _, p := range g.Students {
			if p.ID == student {
				at = len(row)
			}
			if g.Own {
				row = append(row, p)
			}
		}
	}
	for i := range row {
		g, err := v.lib.Glance(v.ctx(), v.actor, row[(at+i)%len(row)].ID)
		if portfolio.KindOf(err) == portfolio.NotFound && err != nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, w := range g.ToAssess {
			if hand == nil || w.ID != hand.ID {
				return &todo{g.Person, w}, nil
			}
		}
	}
	return nil, nil
}
