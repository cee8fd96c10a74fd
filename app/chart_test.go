package app

import (
	"strings"
	"testing"

	"kaft/portfolio"
)

func TestAChartDrawsEveryPointWhereItsDateAndLevelAre(t *testing.T) {
	c := NewChart("c", "Groei", 20260915, 20270615, []ChartLine{
		{Name: "taal", Points: []ChartPoint{{20270601, 4}, {20260901, 1}, {20270115, 2}}},
	})
	line := c.Lines[0]
	if line.First() != (ChartPoint{20260901, 1}) || line.Last() != (ChartPoint{20270601, 4}) {
		t.Errorf("the points are not by date: %v", line.Points)
	}
	if len(line.Shapes) != 3 || strings.Count(line.Path, "L") != 2 {
		t.Errorf("%d shapes, path %s", len(line.Shapes), line.Path)
	}
	if !strings.HasPrefix(line.Path, "M84.0 ") {
		t.Errorf("1 September is not at the left end: %s", line.Path)
	}
	if len(c.Rows) != 4 || c.Rows[0].Level != 4 || c.Rows[0].At >= c.Rows[3].At {
		t.Errorf("the rows are %v, want 4 at the top", c.Rows)
	}
	for _, row := range c.Rows {
		if row.At < c.Top || row.At > c.Bottom {
			t.Errorf("level %d lies outside the drawing, at %v", row.Level, row.At)
		}
	}
	var months []portfolio.Date
	for i, m := range c.Months {
		months = append(months, m.On)
		if m.At < c.Left || m.At >= c.Right || i > 0 && m.At-c.Months[i-1].At < 40 {
			t.Errorf("the months stand at %v", c.Months)
		}
	}
	if len(months) != 5 || months[0] != 20260901 || months[4] != 20270501 {
		t.Errorf("the months are %v, want every other one from September", months)
	}
}

func TestAChartLeavesOutWhatIsNotOnIt(t *testing.T) {
	c := NewChart("c", "", 20260901, 20270630, []ChartLine{
		{Name: "leeg"},
		{Name: "één", Points: []ChartPoint{{20261001, 3}, {20260831, 3}, {20270701, 3}, {20261101, 0}, {20261101, 5}}},
	})
	empty, one := c.Lines[0], c.Lines[1]
	if empty.Path != "" || len(empty.Shapes) != 0 || empty.Last() != (ChartPoint{}) {
		t.Errorf("a goal without points draws %+v", empty)
	}
	if one.Path != "" || len(one.Shapes) != 1 {
		t.Errorf("a single point draws the line %q and %d shapes", one.Path, len(one.Shapes))
	}
}

func TestLinesOnTheSameLevelDoNotHideEachOther(t *testing.T) {
	points := []ChartPoint{{20260901, 3}, {20270501, 3}}
	c := NewChart("c", "", 20260901, 20270630, []ChartLine{{Name: "a", Points: points}, {Name: "b", Points: points}, {Name: "c", Points: points}, {Name: "d", Points: points}, {Name: "e", Points: points}})
	seen := map[string]bool{}
	for i, line := range c.Lines {
		if seen[line.Path] {
			t.Errorf("line %d lies on another", i)
		}
		seen[line.Path] = true
		if want := i%4 + 1; line.Style != want {
			t.Errorf("line %d has style %d, want %d", i, line.Style, want)
		}
	}
	if c.Lines[0].Key() == c.Lines[1].Key() {
		t.Error("two goals have one shape")
	}
}
