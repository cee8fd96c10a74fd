package app

import (
	"net/url"
	"strconv"

	"kaft/export/prose"
	"kaft/portfolio"
)

// worksPage is S1: one's own work, as a gallery or along a line of time.
type worksPage struct {
	Page
	Timeline   bool
	Pick       portfolio.Pick
	Years      []Option
	Subjects   []Option
	Unfinished []Tile
	Tiles      []Tile
	Moments    []yearOfMoments
	First      bool   // the first page of the list
	Next       string // path of the next page, or ""
	Gallery    string // paths of the two ways to look
	Line       string
	All        string // path of everything, when something was picked
	Away       away
	Adds       bool // may still add
}

// yearOfMoments is a school year on the line of time.
type yearOfMoments struct {
	Title   string
	Moments []Moment
}

func (v *visit) works() error {
	me := v.actor.Person
	shelf, err := v.lib.Shelf(v.ctx(), v.actor, me)
	if err != nil {
		return err
	}
	p := worksPage{Page: v.frame(), Timeline: v.Query("weergave") == "tijdlijn", First: v.Query("na") == ""}
	w, err := v.lib.Ward(v.ctx(), v.actor, me)
	if err != nil {
		return err
	}
	p.Away, p.Adds = v.awayOf(w), w.Adds
	p.Pick.Year, _ = strconv.Atoi(v.Query("jaar")) // what is no year picks all years
	p.Pick.Subject = v.Query("vak")
	p.choices(v, shelf)
	if p.First {
		for _, w := range shelf.Drafts {
			p.Unfinished = append(p.Unfinished, v.ownTile(w.Work))
		}
	}
	p.Pick.NoDrafts = true
	works, next, err := v.lib.PickWorks(v.ctx(), v.actor, me, p.Pick, v.Query("na"), pageOfWorks)
	if err != nil {
		return err
	}
	if next != "" {
		p.Next = p.path(p.Timeline, next)
	}
	if !p.Timeline {
		for _, w := range works {
			p.Tiles = append(p.Tiles, v.ownTile(w.Work))
		}
		return v.Render("works", p)
	}
	if p.Moments, err = v.moments(works); err != nil {
		return err
	}
	return v.Render("works", p)
}

// choices are what the list can be narrowed to.
func (p *worksPage) choices(v *visit, shelf *portfolio.Shelf) {
	for _, y := range shelf.Years {
		p.Years = append(p.Years, Option{Value: strconv.Itoa(y), Text: v.schoolYear(y), Chosen: y == p.Pick.Year})
	}
	for _, s := range shelf.Subjects {
		p.Subjects = append(p.Subjects, Option{Value: s, Text: s, Chosen: s == p.Pick.Subject})
	}
	p.Gallery, p.Line = p.path(false, ""), p.path(true, "")
	if p.Pick.Year != 0 || p.Pick.Subject != "" {
		p.All = (&worksPage{}).path(p.Timeline, "")
	}
}

// path is this page with the same picks, looked at in a way, from a cursor on.
func (p *worksPage) path(timeline bool, after string) string {
	q := url.Values{}
	if timeline {
		q.Set("weergave", "tijdlijn")
	}
	if p.Pick.Year != 0 {
		q.Set("jaar", strconv.Itoa(p.Pick.Year))
	}
	if p.Pick.Subject != "" {
		q.Set("vak", p.Pick.Subject)
	}
	if after != "" {
		q.Set("na", after)
	}
	if len(q) == 0 {
		return "/werk"
	}
	return "/werk?" + q.Encode()
}

// schoolYear is "2026/2027".
func (v *visit) schoolYear(y int) string { return strconv.Itoa(y) + "/" + strconv.Itoa(y+1) }

// ownTile is a work in the gallery of who made it.
func (v *visit) ownTile(w *portfolio.Work) Tile {
	t := v.workTile(w)
	if w.Draft {
		t.Badge, t.Tag = "", v.say("work.draft")
	}
	if w.Type == portfolio.TypeReflection && len(w.Files) == 0 {
		t.Mark, t.MarkIcon = v.say("work.type.reflection"), "lookback"
	}
	if len(w.Files) > 0 {
		face := faceOf(w.Files[0].Type)
		if t.Thumb == "" && t.Excerpt == "" {
			t.Icon = faceIcons[face]
		}
		if face != facePhoto {
			t.Mark, t.MarkIcon = v.say("work.face."+face), faceIcons[face]
		}
	}
	if n := len(w.Files); n > 1 {
		t.Mark, t.MarkIcon = v.say("work.files", "Count", n), "file"
	}
	return t
}

// moments puts works on the line of time, a school year at a time, each with
// the level of its newest assessment.
func (v *visit) moments(works []*portfolio.Seen) ([]yearOfMoments, error) {
	all, err := v.lib.Assessments(v.ctx(), v.actor, v.actor.Person, "")
	if err != nil {
		return nil, err
	}
	level := map[string]int{}
	for _, a := range all {
		if level[a.Work] == 0 {
			level[a.Work] = a.Level
		}
	}
	var out []yearOfMoments
	for i, w := range works {
		y := portfolio.SchoolYear(w.HappenedOn)
		if i == 0 || y != portfolio.SchoolYear(works[i-1].HappenedOn) {
			out = append(out, yearOfMoments{Title: v.say("works.year", "Year", v.schoolYear(y))})
		}
		m := Moment{When: v.app.cat.Day(v.prefs.Lang, w.HappenedOn), Title: w.Title, Path: "/werk/" + w.ID,
			Text: prose.Excerpt(w.Text, 120), Detail: w.Subject, Level: level[w.ID]}
		m.Badge, _ = PresetOf(w.Audience)
		last := &out[len(out)-1]
		last.Moments = append(last.Moments, m)
	}
	return out, nil
}
