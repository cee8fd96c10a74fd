package export

import (
	"fmt"
	"io"
	"slices"

	"kaft/portfolio"
)

// viewHead is what every page begins with.
type viewHead struct {
	Title   string
	Name    string // whose portfolio it is
	Place   string
	Made    string // the day
	Index   string // path
	Before  *viewLink
	After   *viewLink
	Chapter bool
}

func (v *viewer) begin(title, place string) viewHead {
	return viewHead{Title: title, Name: v.student.Name.Full(), Place: place, Made: v.words.day(portfolio.DateOf(v.at)), Index: "../" + viewerIndex, Chapter: true}
}

// viewMoment is a line of a page's timeline.
type viewMoment struct {
	Month string // where it begins
	Day   string
	Path  string
	Title string
	Steps []int // levels that were given
}

func (v *viewer) nameOf(p *viewPage) string {
	name := v.words.year(p.year)
	if p.parts > 1 {
		name = v.words.word("part", name, p.part, p.parts)
	}
	return name
}

func (v *viewer) linkTo(p *viewPage) *viewLink {
	if p == nil {
		return nil
	}
	return &viewLink{p.file, v.nameOf(p)}
}

// writePage writes a page of a school year, one work at a time.
func (v *viewer) writePage(p *viewPage) error {
	h := v.begin(v.nameOf(p), v.placeIn(p.year))
	h.Before, h.After = v.linkTo(p.before), v.linkTo(p.after)
	return v.to.document(viewerFolder+p.file, func(w io.Writer) error {
		if err := v.show(w, "top", h); err != nil {
			return err
		}
		if err := v.show(w, "timeline", v.moments(p)); err != nil {
			return err
		}
		for _, t := range p.things {
			e, err := v.entry(t)
			if err != nil {
				return err
			}
			if err := v.show(w, "entry", e); err != nil {
				return err
			}
		}
		return v.show(w, "bottom", h)
	})
}

func (v *viewer) moments(p *viewPage) (out []viewMoment) {
	month := ""
	for _, t := range p.things {
		m := viewMoment{Day: v.words.day(t.day), Path: "#" + anchor(t), Title: t.title}
		if now := v.words.month(t.day); now != month {
			m.Month, month = now, now
		}
		for _, s := range append([]*thing{t}, t.said...) {
			if s.member == "assessments" && s.level != 0 && !slices.Contains(m.Steps, s.level) {
				m.Steps = append(m.Steps, s.level)
			}
		}
		out = append(out, m)
	}
	return out
}

// writeGrowth writes the plots.
func (v *viewer) writeGrowth() error {
	from, to := v.span()
	n := 0
	for i, g := range v.growth {
		title := v.words.word("growth")
		if len(v.growth) > 1 {
			title = v.words.word("part", title, i+1, len(v.growth))
		}
		h := v.begin(title, "")
		if i > 0 {
			h.Before = &viewLink{v.growth[i-1].file, v.words.word("growth")}
		}
		if i < len(v.growth)-1 {
			h.After = &viewLink{v.growth[i+1].file, v.words.word("growth")}
		}
		err := v.to.document(viewerFolder+g.file, func(w io.Writer) error {
			if err := v.show(w, "top", h); err != nil {
				return err
			}
			if err := v.show(w, "growth", nil); err != nil {
				return err
			}
			for _, p := range g.plots {
				n++
				if err := v.show(w, "plot", v.draw(fmt.Sprint("goal-", n), p, from, to)); err != nil {
					return err
				}
			}
			return v.show(w, "bottom", h)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// viewYear is a school year in the index.
type viewYear struct {
	Name, Place string
	Works, Said int
	Levels      int // assessments
	Pages       []viewLink
}

type viewCollection struct {
	Title string
	Links []viewLink
}

type viewIndex struct {
	viewHead
	Student     string // as the student is called
	School      string
	Years       []viewYear
	Growth      []viewLink
	Goals       int
	Talks       []viewLink
	Messages    int
	Collections []viewCollection
	Works       int
	Reflections int
	Counts      Counts
	Size        string
	Private     int
	Omitted     []string
	Places      []string
	Inspected   []viewSaid
	By          string // who had it made
	Maker       string // the program
}

// writeIndex writes the first page. It is the last that is written, and holds a
// line for each page and each work in a collection.
func (v *viewer) writeIndex() error {
	x := viewIndex{viewHead: v.begin(v.words.word("portfolio", v.student.Name.Full()), ""), Student: v.student.Name.Short(), School: v.schools[v.head.Source.School],
		Counts: v.head.Counts, Size: v.words.size(v.head.Counts.Bytes), Private: v.private, Goals: len(v.plots), Maker: v.head.Generator.Name + " " + v.head.Generator.Version}
	x.Index, x.Chapter = "", false
	x.By, x.Messages = v.by(), v.messages
	for _, l := range v.talks {
		x.Talks = append(x.Talks, viewLink{viewerFolder + l.Path, l.Text})
	}
	x.Inspected = v.saidOf(v.inspection)
	for _, p := range v.pages {
		if p.part == 1 {
			x.Years = append(x.Years, viewYear{Name: v.words.year(p.year), Place: v.placeIn(p.year)})
		}
		y := &x.Years[len(x.Years)-1]
		for _, t := range p.things {
			for _, s := range append([]*thing{t}, t.said...) {
				switch s.member {
				case "items":
					x.Works++
					y.Works++
				case "assessments":
					y.Levels++
				case "reflections":
					x.Reflections++
					y.Said++
				}
			}
		}
		from, to := v.words.month(p.things[0].day), v.words.month(p.things[len(p.things)-1].day)
		if from != to {
			from = v.words.word("span", from, to)
		}
		if p.year == 0 {
			from = v.words.word("undated")
		}
		y.Pages = append(y.Pages, viewLink{viewerFolder + p.file, from})
	}
	for i, g := range v.growth {
		text := v.words.word("growth")
		if len(v.growth) > 1 {
			text = v.words.word("part", text, i+1, len(v.growth))
		}
		x.Growth = append(x.Growth, viewLink{viewerFolder + g.file, text})
	}
	for _, c := range v.collections {
		shown := viewCollection{Title: c.Title}
		for _, id := range c.Items {
			if t := v.byID[id]; t != nil {
				shown.Links = append(shown.Links, viewLink{viewerFolder + v.pathTo(t), t.title})
			}
		}
		x.Collections = append(x.Collections, shown)
	}
	for _, e := range v.enrolments {
		x.Places = append(x.Places, joined(" · ", e.SchoolYear, e.Group, e.Level, v.schools[e.School]))
	}
	x.Omitted = v.omissions()
	return v.to.document(viewerIndex, func(w io.Writer) error { return v.show(w, "index", x) })
}

// by is who had it made.
func (v *viewer) by() string {
	if v.head.RequestedBy == "" {
		return ""
	}
	return v.label(v.head.RequestedBy)
}

// omissions says what stays out, a line for each category.
func (v *viewer) omissions() (out []string) {
	for _, o := range v.head.Omitted {
		text := v.words.word("omitted." + o.Category)
		if o.Reason == portfolio.ReasonSelection {
			text = v.words.word("omitted.not_picked")
		}
		if text == "" {
			text = v.words.word("omitted", o.Category)
		}
		if o.Count > 0 {
			text += fmt.Sprintf(" (%d)", o.Count)
		}
		out = append(out, text)
	}
	return once(append(out, v.words.word("omitted.names"), v.words.word("omitted.bsn")))
}
