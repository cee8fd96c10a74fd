package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kaft/portfolio"
)

// plot is how one goal went, in levels through time.
type plot struct {
	goal   string
	points []point // by day
}

type point struct {
	on    portfolio.Date
	level int
	t     *thing
}

// growthPage is some goals on a page.
type growthPage struct {
	file  string
	plots []*plot
}

// plot collects the levels of each goal. A level counts for the day of the work:
// a term's work can be assessed on one day.
func (v *viewer) plot() {
	for _, t := range v.things {
		if t.goal == "" || t.level == 0 {
			continue
		}
		on := t.day
		if t.home.member == "items" && t.home.day != 0 {
			on = t.home.day
		}
		if v.plots[t.goal] == nil {
			v.plots[t.goal] = &plot{goal: t.goal}
		}
		v.plots[t.goal].points = append(v.plots[t.goal].points, point{on, t.level, t})
	}
	all := make([]*plot, 0, len(v.plots))
	for _, p := range v.plots {
		slices.SortStableFunc(p.points, func(a, b point) int { return cmp.Compare(a.on, b.on) })
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *plot) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.goal), strings.ToLower(b.goal)), cmp.Compare(a.goal, b.goal))
	})
	room := 0
	for _, p := range all {
		if room -= len(p.points) + 10; room < 0 {
			room = pointsOnPage
			name := "growth.html"
			if n := len(v.growth); n > 0 {
				name = fmt.Sprintf("growth-%d.html", n+1)
			}
			v.growth = append(v.growth, &growthPage{file: name})
		}
		last := v.growth[len(v.growth)-1]
		last.plots = append(last.plots, p)
	}
}

// drawing is a plot as the page draws it: lengths are in units that make it as
// wide as a telephone, so that its letters can be read there. Each level has a
// row, a word and a shape of its own.
type drawing struct {
	ID, Goal                               string
	Width, Height, Left, Right, Top, Floor float64
	Rows                                   []drawnRow
	Years                                  []drawnYear
	Line                                   string
	Marks                                  []string // paths
	Points                                 []drawnPoint
	First, Last                            drawnPoint
}

type drawnRow struct {
	At    float64
	Level int
}

type drawnYear struct {
	At    float64
	Label string
}

type drawnPoint struct {
	Level     int
	When      string
	Path, Say string // to the work
}

// draw draws a plot between the school years from and to (inclusive).
func (v *viewer) draw(id string, p *plot, from, to int) drawing {
	d := drawing{ID: id, Goal: p.goal, Width: 360, Height: 170, Left: 84, Right: 346, Top: 8, Floor: 146}
	first, end := portfolio.Date(from*10000+801), portfolio.Date((to+1)*10000+801)
	x := func(on portfolio.Date) float64 {
		return d.Left + 8 + (d.Right-d.Left-16)*on.Start().Sub(first.Start()).Hours()/end.Start().Sub(first.Start()).Hours()
	}
	y := func(level int) float64 { return d.Floor - (d.Floor-d.Top)*(float64(level)-.5)/4 }
	for level := 4; level >= 1; level-- {
		d.Rows = append(d.Rows, drawnRow{y(level), level})
	}
	every := (to-from)/5 + 1 // at most five years have a label
	for year := from; year <= to; year += every {
		d.Years = append(d.Years, drawnYear{x(portfolio.Date(year*10000 + 801)), fmt.Sprintf("%d/%02d", year, (year+1)%100)})
	}
	var line []string
	for _, q := range p.points {
		line = append(line, fmt.Sprintf("%.1f %.1f", x(q.on), y(q.level)))
		d.Marks = append(d.Marks, mark(q.level, x(q.on), y(q.level)))
		on := drawnPoint{Level: q.level, When: v.words.day(q.on), Path: v.pathTo(q.t), Say: q.t.title}
		if q.t.home != q.t {
			on.Say = q.t.home.title
		}
		d.Points = append(d.Points, on)
	}
	if len(line) > 1 {
		d.Line = "M" + strings.Join(line, "L")
	}
	d.First, d.Last = d.Points[0], d.Points[len(d.Points)-1]
	return d
}

// mark is a level's shape about a point: circle, square, triangle, diamond.
func mark(level int, x, y float64) string {
	switch level {
	case 1:
		return fmt.Sprintf("M%.1f %.1fa5 5 0 1 0 10 0a5 5 0 1 0-10 0z", x-5, y)
	case 2:
		return fmt.Sprintf("M%.1f %.1fh10v10h-10z", x-5, y-5)
	case 3:
		return fmt.Sprintf("M%.1f %.1fl6 10.5h-12z", x, y-6)
	}
	return fmt.Sprintf("M%.1f %.1fl6.5 6.5l-6.5 6.5l-6.5-6.5z", x, y-6.5)
}

// span is the school years that have a level of any goal, so that all plots
// can be laid side by side.
func (v *viewer) span() (from, to int) {
	for _, p := range v.plots {
		a, b := yearOf(p.points[0].on), yearOf(p.points[len(p.points)-1].on)
		if from == 0 || a < from {
			from = a
		}
		to = max(to, b)
	}
	return from, to
}
