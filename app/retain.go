package app

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// What is past its time, for the privacy officer (FG): the list, one student
// before and after a decision, and what was erased.

// retainPage is F4.
type retainPage struct {
	Page
	Students []dueStudent
	Count    int    // of what can be erased, on this page
	First    bool   // the first page
	Next     string // path of the next page, or ""
	Classes  []portfolio.Retention
}

// dueStudent is what of one student is past its time.
type dueStudent struct {
	*portfolio.DueStudent
	Goes, Stays []dueRow
}

// dueRow is what of one kind and class, in words.
type dueRow struct {
	portfolio.Due
	What string // "2 records"
	Why  string // why it stays, or ""
}

// retain lists what is past its time: GET /bewaren.
func (v *visit) retain() error {
	due, err := v.lib.DueToErase(v.ctx(), v.actor, v.Query("na"))
	if err != nil {
		return hidden(err)
	}
	p := retainPage{Page: v.frame(), Count: due.Count, First: v.Query("na") == "", Classes: portfolio.Retentions}
	for _, d := range due.Students {
		p.Students = append(p.Students, v.dueStudent(d))
	}
	if due.Next != "" {
		p.Next = "/bewaren?" + url.Values{"na": {due.Next}}.Encode()
	}
	return v.Render("retain", p)
}

// hidden makes of a door that is not somebody's an address that is not there.
func hidden(err error) error {
	if portfolio.KindOf(err) == portfolio.Forbidden {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	return err
}

func (v *visit) dueStudent(d *portfolio.DueStudent) dueStudent {
	out := dueStudent{DueStudent: d}
	for _, g := range d.Groups {
		row := dueRow{Due: g, What: v.say("retain.of."+g.Kind, "Count", g.Count)}
		switch {
		case g.Holds == "":
			out.Goes = append(out.Goes, row)
			continue
		case g.Longer != nil:
			row.Why = v.say("retain.hold.longer", "Date", g.Longer.Until, "Reason", g.Longer.Reason)
		default:
			row.Why = v.say("retain.hold." + string(g.Holds))
		}
		out.Stays = append(out.Stays, row)
	}
	return out
}

// erasePage is what of one student goes, what stays and why, before anybody
// decides.
type erasePage struct {
	Page
	Due    dueStudent
	Max    int    // most that is erased in one go
	Seen   string // what the FG reads now
	Things Choice // what can be kept longer
	Erase  Filled
	Longer Filled
}

// Problems of the form that was sent.
func (p erasePage) Problems() []Problem { return append(p.Erase.Problems, p.Longer.Problems...) }

func (v *visit) eraseForm() error { return v.eraseAgain(Filled{}, Filled{Prefix: longerPrefix}) }

// longerPrefix is of the ids of the second form.
const longerPrefix = "langer-"

func (v *visit) eraseAgain(erase, longer Filled) error {
	d, err := v.lib.DueOf(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return hidden(err)
	}
	p := erasePage{Page: v.frame(), Due: v.dueStudent(d), Max: portfolio.MaxErase, Seen: d.Seen, Erase: erase, Longer: longer}
	p.Things = Choice{ID: longerPrefix + "what", Name: "what", Legend: v.say("retain.what"), Error: longer.Error("what")}
	met := map[string]bool{}
	for _, g := range d.Groups {
		o := Option{Value: g.Kind + "/" + string(g.Class), Text: v.say("retain.of."+g.Kind, "Count", g.Count), Hint: v.say("retain.class." + string(g.Class))}
		if g.Holds != portfolio.HoldLonger && !met[o.Value] {
			met[o.Value] = true
			o.Chosen = longer.Has("what", o.Value) || longer.Value("what") == "" && len(p.Things.Options) == 0
			p.Things.Options = append(p.Things.Options, o)
		}
	}
	return v.Render("erase", p)
}

// erase removes what the FG read and ticked.
func (v *visit) erase() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	if !f.Has("sure", "1") {
		v.wrongField(&f, "sure", v.say("error.erase_sure"))
		return v.eraseAgain(f, Filled{Prefix: longerPrefix})
	}
	if _, err := v.lib.Erase(v.ctx(), v.actor, v.Params("id"), f.Value("seen")); err != nil {
		if err = v.lost(&f, err); err != nil {
			return hidden(err)
		}
		f.Values = nil // what is there now was not read yet
		return v.eraseAgain(f, Filled{Prefix: longerPrefix})
	}
	v.done("done.erased", "")
	return v.seeOther("/bewaren")
}

// lost tells somebody whom another was ahead of, on the page as it is now. Any
// other error comes back.
func (v *visit) lost(f *Filled, err error) error {
	if portfolio.KindOf(err) != portfolio.Conflict {
		return err
	}
	v.wrongField(f, "", v.app.cat.SayError(v.prefs.Lang, asError(err)))
	v.Status(fiber.StatusConflict)
	return nil
}

// keepLonger keeps what the FG chose until a day.
func (v *visit) keepLonger() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Prefix: longerPrefix, Values: form}
	kind, class, _ := strings.Cut(f.Value("what"), "/")
	k := portfolio.Keep{Kind: kind, Class: portfolio.Retention(class), Reason: f.Value("reason"), Until: v.readDate(&f, "review")}
	if len(f.Problems) == 0 {
		_, err = v.lib.KeepLonger(v.ctx(), v.actor, v.Params("id"), k)
		if err == nil {
			v.done("done.kept_longer", "")
			return v.seeOther("/bewaren/" + v.Params("id"))
		}
		if err = v.lost(&f, err); err != nil {
			err = v.wrong(&f, err)
		}
		if err != nil {
			return hidden(err)
		}
	}
	return v.eraseAgain(Filled{}, f)
}

// receiptsPage tells who erased what.
type receiptsPage struct {
	Page
	Receipts []receipt
	First    bool   // the first page
	Next     string // path of the next page, or ""
}

type receipt struct {
	*portfolio.Receipt
	What    string // in words
	Running bool
}

// pageOfReceipts is how many a page shows.
const pageOfReceipts = 50

// receipts tells what was erased: GET /bewaren/gewist.
func (v *visit) receipts() error {
	all, next, err := v.lib.Receipts(v.ctx(), v.actor, v.Query("na"), pageOfReceipts)
	if err != nil {
		return hidden(err)
	}
	p := receiptsPage{Page: v.frame(), First: v.Query("na") == ""}
	if next != "" {
		p.Next = "/bewaren/gewist?" + url.Values{"na": {next}}.Encode()
	}
	for _, r := range all {
		var words []string
		for _, k := range r.Kinds {
			words = append(words, v.say("retain.of."+k.Kind, "Count", k.Count))
		}
		p.Receipts = append(p.Receipts, receipt{r, v.join(words), r.State == portfolio.ErasureRunning})
	}
	return v.Render("erased", p)
}
