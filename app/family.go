package app

import (
	"fmt"
	"net/url"

	"kaft/export/prose"
	"kaft/portfolio"
)

// The pages of a family: the children, one child, the way to ask, the rights.

// pageOfWorks is how many works a page shows.
const pageOfWorks = 48

// wardCard is a student on a page of the family.
type wardCard struct {
	portfolio.Ward
	Why    string                // a sentence
	Ended  *portfolio.CustodyEnd // custody that is over, or nil
	Latest []*portfolio.Seen
	Away   away
}

func (v *visit) wardCard(w portfolio.Ward) (wardCard, error) {
	c := wardCard{Ward: w, Why: v.reasonText(w.Told, w.Name.Short())}
	if w.Standing.InTouch() {
		c.Away = v.awayOf(&w)
		return c, nil
	}
	var err error
	c.Ended, err = v.lib.CustodyEnded(v.ctx(), v.actor, w.ID)
	return c, err
}

// homePage is P1.
type homePage struct {
	Page
	Hello string // a first name
	Cards []wardCard
}

func (v *visit) family() error {
	wards, err := v.lib.Wards(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := homePage{Page: v.frame(), Hello: v.person.Name.Short()}
	for _, w := range wards {
		c, err := v.wardCard(w)
		if err != nil {
			return err
		}
		if w.Standing.InTouch() {
			if c.Latest, _, err = v.lib.Works(v.ctx(), v.actor, w.ID, "", 3); err != nil {
				return err
			}
		}
		p.Cards = append(p.Cards, c)
	}
	return v.Render("home", p)
}

// student is the front page of a student: for each standing its own.
func (v *visit) student() error {
	w, err := v.lib.Ward(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	switch w.Standing {
	case portfolio.Self:
		return v.seeOther("/werk")
	case portfolio.OnDuty:
		return v.pupil(w)
	case portfolio.Route:
		return v.way(w)
	}
	return v.child(w)
}

// childPage is P2 and P9: what was shared, and the assessments.
type childPage struct {
	Page
	Child       wardCard
	School      string
	Tiles       []Tile
	Next        string // path of the next page of works, or ""
	First       bool
	Assessments []Moment
	Papers      bool // something of the school's file opens, or can be asked for
}

func (v *visit) child(w *portfolio.Ward) error {
	card, err := v.wardCard(*w)
	if err != nil {
		return err
	}
	p := childPage{Page: v.frame(), Child: card, First: v.Query("na") == ""}
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
		if p.Papers, err = v.lib.HasPapers(v.ctx(), v.actor, w.ID); err != nil {
			return err
		}
	}
	return v.Render("child", p)
}

// gallery is a page of the works of a student that the visitor may open, and
// the path of the next page.
func (v *visit) gallery(student string) ([]Tile, string, error) {
	works, next, err := v.lib.Works(v.ctx(), v.actor, student, v.Query("na"), pageOfWorks)
	if err != nil {
		return nil, "", err
	}
	var tiles []Tile
	for _, w := range works {
		t := v.workTile(w.Work)
		t.Badge = "" // it speaks to who made the work: "my class"
		tiles = append(tiles, t)
	}
	if next != "" {
		next = "/leerling/" + student + "?na=" + url.QueryEscape(next)
	}
	return tiles, next, nil
}

// latest are the newest assessments of a student as moments of a timeline.
func (v *visit) latest(student string) ([]Moment, error) {
	const some = 6
	all, err := v.lib.LatestAssessments(v.ctx(), v.actor, student, some)
	if err != nil {
		return nil, err
	}
	var out []Moment
	for _, s := range all {
		out = append(out, v.assessmentMoment(s))
	}
	return out, nil
}

func (v *visit) schoolName() (string, error) {
	s, err := v.lib.SchoolByID(v.ctx(), v.actor.School)
	if err != nil {
		return "", err
	}
	return s.Name, nil
}

// routePage is P8: no inspection, and what is possible.
type routePage struct {
	Page
	Child  wardCard
	School string
}

func (v *visit) way(w *portfolio.Ward) error {
	card, err := v.wardCard(*w)
	if err != nil {
		return err
	}
	p := routePage{Page: v.frame(), Child: card}
	if p.School, err = v.schoolName(); err != nil {
		return err
	}
	return v.Render("route", p)
}

// workTile is a work in a gallery.
func (v *visit) workTile(w *portfolio.Work) Tile {
	t := Tile{Path: "/werk/" + w.ID, Title: w.Title, When: v.app.cat.ShortDate(v.prefs.Lang, w.HappenedOn), Icon: "text"}
	t.Badge, _ = PresetOf(w.Audience)
	for _, f := range w.Files {
		if f.Thumb != "" {
			t.Thumb, t.Alt = fmt.Sprintf("/werk/%s/klein/%s", w.ID, f.FileID()), f.Alt
			return t
		}
	}
	if t.Excerpt = prose.Excerpt(w.Text, 160); t.Excerpt == "" {
		t.Icon = "file"
	}
	return t
}
