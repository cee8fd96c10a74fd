package app

import (
	"cmp"
	"net/url"
	"strconv"

	"kaft/portfolio"
)

// S13: a student who becomes 16, or is, chooses what parents see. Three screens
// and one address: each screen carries what was chosen on the one before.

// Steps of the choice.
const (
	stepChanges = "1"
	stepParents = "2"
	stepSure    = "3"
	stepDone    = "4"
)

// sixteenPage is S13.
type sixteenPage struct {
	Page
	Choosing *portfolio.Choosing
	Already  bool // the student is 16 and the choice counts at once
	Step     string
	Rev      int64
	Form     Filled
	Carry    []carried // what the other screens chose
	Waiting  []waitingRow
	Parents  []parentRow
	Sights   []sightRow
	Closed   int // works that waited and stay closed
}

// carried is a hidden field.
type carried struct{ Name, Value string }

// waitingRow is a work that would open by itself.
type waitingRow struct {
	ID, Title, For string
	Open           bool
}

// parentRow asks about one parent.
type parentRow struct {
	Name   string
	Choice Choice
	Field  string // name of the boxes of works
	Works  []Option
}

// sightRow says what one parent will see.
type sightRow struct {
	Name, Text string
	Works      []string
}

// sixteenForm is the first screen, with what was chosen before.
func (v *visit) sixteenForm() error {
	c, err := v.lib.Choosing(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	return v.showSixteen(c, stepChanges, Filled{Values: madeValues(c)}, nil)
}

// madeValues fills the screens with a choice that was made.
func madeValues(c *portfolio.Choosing) url.Values {
	values := url.Values{}
	if c.Made == nil {
		return values
	}
	values["open"] = c.Made.Opens
	for id, x := range c.Made.Parents {
		values.Set("see-"+id, x.See)
		values["work-"+id] = x.Items
	}
	return values
}

// sixteen goes on to the screen that the form names, or saves.
func (v *visit) sixteen() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	c, err := v.lib.Choosing(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	step := f.Value("step")
	if step != stepSure && step != stepDone {
		return v.showSixteen(c, cmp.Or(step, stepChanges), f, nil)
	}
	chosen := readSixteen(c, f)
	sights, err := v.lib.PreviewChoice(v.ctx(), v.actor, chosen)
	if err == nil && step == stepDone {
		rev, revErr := v.rev(form)
		if revErr != nil {
			return revErr
		}
		_, err = v.lib.Choose(v.ctx(), v.actor, rev, chosen)
	}
	switch {
	case portfolio.KindOf(err) == portfolio.Invalid && err != nil:
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.showSixteen(c, stepParents, f, nil)
	case err != nil:
		return err
	case step == stepSure:
		return v.showSixteen(c, stepSure, f, sights)
	}
	v.done("done.chosen", "")
	return v.seeOther("/ik")
}

// readSixteen reads what the screens chose.
func readSixteen(c *portfolio.Choosing, f Filled) portfolio.Choice {
	out := portfolio.Choice{Parents: map[string]portfolio.ParentChoice{}, Opens: f.Values["open"]}
	for _, p := range c.Parents {
		x := portfolio.ParentChoice{See: f.Value("see-" + p.ID)}
		if x.See == portfolio.SeeSome {
			x.Items = f.Values["work-"+p.ID]
		}
		out.Parents[p.ID] = x
	}
	return out
}

func (v *visit) showSixteen(c *portfolio.Choosing, step string, f Filled, sights []portfolio.ParentSight) error {
	p := sixteenPage{Page: v.frame(), Choosing: c, Step: step, Form: f, Already: portfolio.DateOf(v.lib.Now()) >= c.Sixteen}
	if c.Made != nil {
		p.Rev = c.Made.Rev
	}
	for _, w := range c.Waiting {
		row := waitingRow{ID: w.ID, Title: w.Title, Open: f.Has("open", w.ID)}
		for i, audience := range w.Waits {
			if i > 0 {
				row.For += ", "
			}
			row.For += v.say("sixteen.waits." + audience)
		}
		if !row.Open {
			p.Closed++
		}
		p.Waiting = append(p.Waiting, row)
	}
	var keeps map[string]int
	if step == stepParents {
		var err error
		if keeps, err = v.keepsOf(c); err != nil {
			return err
		}
	}
	for _, x := range c.Parents {
		field := "see-" + x.ID
		row := parentRow{Name: x.Name.Full(), Field: "work-" + x.ID, Choice: Choice{Name: field, Legend: x.Name.Full(), Error: f.Error(field)}}
		for _, see := range []string{portfolio.SeeAll, portfolio.SeeProgress, portfolio.SeeSome} {
			row.Choice.Options = append(row.Choice.Options, Option{Value: see, Text: v.say("sixteen.see." + see), Hint: v.seeHint(see, keeps[x.ID], len(c.Works), len(f.Values["work-"+x.ID])), Chosen: f.Value(field) == see})
		}
		for _, w := range c.Works {
			row.Works = append(row.Works, Option{Value: w.ID, Text: w.Title, Chosen: f.Has(row.Field, w.ID)})
		}
		p.Parents = append(p.Parents, row)
	}
	for _, x := range sights {
		p.Sights = append(p.Sights, v.sightRow(x))
	}
	p.Carry = p.carry()
	return v.Render("sixteen", p)
}

// keepsOf counts for each parent the works that the parent goes on seeing when
// nothing is taken away, as the rule says.
func (v *visit) keepsOf(c *portfolio.Choosing) (map[string]int, error) {
	all := portfolio.Choice{Parents: map[string]portfolio.ParentChoice{}}
	for _, p := range c.Parents {
		all.Parents[p.ID] = portfolio.ParentChoice{See: portfolio.SeeAll}
	}
	sights, err := v.lib.PreviewChoice(v.ctx(), v.actor, all)
	out := map[string]int{}
	for _, x := range sights {
		out[x.ID] = len(x.Works)
	}
	return out, err
}

// seeHint says how many works an answer is about: all that the parent keeps,
// none, or those that are ticked of all there are to choose from.
func (v *visit) seeHint(see string, keeps, all, ticked int) string {
	switch see {
	case portfolio.SeeAll:
		return v.say("sixteen.hint.keep", "Count", keeps)
	case portfolio.SeeProgress:
		return v.say("sixteen.hint.progress")
	}
	if ticked > 0 {
		return v.say("sixteen.hint.some_ticked", "Count", ticked, "All", all)
	}
	return v.say("sixteen.hint.some", "Count", all)
}

// sightRow puts in words what the rule says a parent will see.
func (v *visit) sightRow(x portfolio.ParentSight) sightRow {
	row := sightRow{Name: x.Name.Full()}
	key := "sixteen.sees"
	switch {
	case !x.Progress:
		key = "sixteen.sees_no_progress"
	case len(x.Works) == 0:
		key = "sixteen.sees_none"
	}
	row.Text = v.say(key, "Name", x.Name.Short(), "Count", len(x.Works))
	for _, w := range x.Works {
		row.Works = append(row.Works, w.Title)
	}
	return row
}

// carry lists what the screens that are not shown chose.
func (p *sixteenPage) carry() []carried {
	var out []carried
	if p.Step != stepChanges {
		for _, id := range p.Form.Values["open"] {
			out = append(out, carried{"open", id})
		}
	}
	if p.Step == stepParents {
		return out
	}
	for _, x := range p.Parents {
		for _, name := range []string{x.Choice.Name, x.Field} {
			for _, value := range p.Form.Values[name] {
				out = append(out, carried{name, value})
			}
		}
	}
	return append(out, carried{"rev", strconv.FormatInt(p.Rev, 10)})
}
