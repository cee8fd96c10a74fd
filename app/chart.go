package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kaft/portfolio"
)

// Chart is a drawing of levels, 1 to 4, through a year: a line for each goal,
// with its own colour, dash and shape, so that no reader needs to see colours.
// The page draws it as SVG with classes (the policy forbids style="") and puts
// the same points in a table beneath.
//
// Lengths are in units of the drawing, which is about as wide as a phone, so
// that its letters can be read there.
type Chart struct {
	ID, Title                string
	Width, Height            float64
	Left, Right, Top, Bottom float64 // of the axes
	Lines                    []ChartLine
	Rows                     []ChartTick // a level each
	Months                   []ChartTick
}

// ChartLine is a goal.
type ChartLine struct {
	Name   string
	Points []ChartPoint // by date
	Style  int          // 1 to 4: line-1, shape-1
	Path   string       // "" for a single point
	Shapes []string     // a path for each point
}

// ChartPoint is a level on a date.
type ChartPoint struct {
	On    portfolio.Date
	Level int
}

// ChartTick is a place on an axis.
type ChartTick struct {
	At    float64
	Level int            // of a row
	On    portfolio.Date // of a month: its first day
}

// The drawing's measures.
const (
	chartWidth  = 360.0
	chartHeight = 200.0
	chartLeft   = 84.0
	chartRight  = chartWidth - 14
	chartTop    = 8.0
	chartBottom = chartHeight - 30
	chartRadius = 5.0
	chartApart  = 6.0 // between lines that would lie on each other
	chartStyles = 4
)

// NewChart draws lines from the first day of from's month to the last of to's.
// Points outside that time, or not on a level, are left out. More than four
// lines share styles; make small charts of four instead.
func NewChart(id, title string, from, to portfolio.Date, lines []ChartLine) Chart {
	c := Chart{ID: id, Title: title, Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartRight, Top: chartTop, Bottom: chartBottom}
	from = from - from%100 + 1
	end := nextMonth(to)
	x := func(d portfolio.Date) float64 {
		return chartLeft + (chartRight-chartLeft)*days(from, d)/max(1, days(from, end))
	}
	y := func(level int) float64 {
		return chartBottom - (chartBottom-chartTop)*(float64(level)-.5)/3.7
	}
	for level := 4; level >= 1; level-- {
		c.Rows = append(c.Rows, ChartTick{At: round(y(level)), Level: level})
	}
	for month, i := from, 0; month < end; month, i = nextMonth(month), i+1 {
		if i%2 == 0 {
			c.Months = append(c.Months, ChartTick{At: round(x(month)), On: month})
		}
	}
	for i, line := range lines {
		line.Style = i%chartStyles + 1
		aside := chartApart * (float64(i) - float64(len(lines)-1)/2)
		line.Points = slices.DeleteFunc(slices.Clone(line.Points), func(p ChartPoint) bool {
			return p.On < from || p.On >= end || p.Level < 1 || p.Level > 4
		})
		slices.SortStableFunc(line.Points, func(a, b ChartPoint) int { return cmp.Compare(a.On, b.On) })
		var path []string
		for _, p := range line.Points {
			px, py := x(p.On), y(p.Level)+aside
			path = append(path, fmt.Sprintf("%.1f %.1f", px, py))
			line.Shapes = append(line.Shapes, shape(line.Style, px, py))
		}
		if len(path) > 1 {
			line.Path = "M" + strings.Join(path, "L")
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}

// First and Last are the ends of a line; zero for one without points.
func (l ChartLine) First() ChartPoint { return l.end(0) }

// Last is the newest point.
func (l ChartLine) Last() ChartPoint { return l.end(len(l.Points) - 1) }

func (l ChartLine) end(i int) ChartPoint {
	if len(l.Points) == 0 {
		return ChartPoint{}
	}
	return l.Points[i]
}

// Key is the shape for the list of names, at 24,8.
func (l ChartLine) Key() string { return shape(l.Style, 24, 8) }

// shape is the path of a circle, square, triangle or diamond about a point.
func shape(style int, x, y float64) string {
	r := chartRadius
	switch style {
	case 1:
		return fmt.Sprintf("M%.1f %.1fa%g %g 0 1 0 %g 0a%g %g 0 1 0 %g 0z", x-r, y, r, r, 2*r, r, r, -2*r)
	case 2:
		return fmt.Sprintf("M%.1f %.1fh%gv%gh%gz", x-r, y-r, 2*r, 2*r, -2*r)
	case 3:
		return fmt.Sprintf("M%.1f %.1fl%g %gh%gz", x, y-1.2*r, 1.2*r, 2.1*r, -2.4*r)
	}
	return fmt.Sprintf("M%.1f %.1fl%g %gl%g %gl%g %gz", x, y-1.3*r, 1.3*r, 1.3*r, -1.3*r, 1.3*r, -1.3*r, -1.3*r)
}

func nextMonth(d portfolio.Date) portfolio.Date {
	first := d - d%100 + 1
	next := first.AddDays(31)
	return next - next%100 + 1
}

// days counts from a to b, as hours so that summer time does not matter.
func days(a, b portfolio.Date) float64 { return b.Start().Sub(a.Start()).Hours() / 24 }

func round(f float64) float64 { return float64(int(f*10+.5)) / 10 }
