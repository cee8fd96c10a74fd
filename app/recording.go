package app

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"kaft/portfolio"
)

// Nothing is recorded that was not read first: what changes, for whom, from
// when.

// recordingPage tells what a fact changes before it is recorded.
type recordingPage struct {
	Page
	Path, Back string
	Text       string
	When       portfolio.Date
	Changes    []string
	Waits      string // what still waits for a second, or ""
	Between    string // what could be seen until now, or ""
	Taken      *formFile
	Form       Filled
	Hidden     []hiddenField
}

// hiddenField carries on what was filled in.
type hiddenField struct{ Name, Value string }

// recordFact shows what one of the forms of a person's page would change, and
// records it once that was read.
func (v *visit) recordFact() error {
	form, fault := v.proofForm()
	if form == nil {
		return fault
	}
	f := Filled{Values: form, Prefix: form.Get("type") + "-"}
	fact, err := v.readFact(&f)
	if err != nil {
		return err
	}
	if fault != nil {
		if err := v.wrong(&f, fault); err != nil {
			return err
		}
	}
	if len(f.Problems) > 0 {
		return v.someoneAgain(f)
	}
	r, err := v.lib.PreviewFact(v.ctx(), v.actor, fact)
	if err == nil && form.Get("seen") != digest(form) {
		return v.showRecording(form, r)
	}
	if err == nil {
		_, err = v.lib.RecordFact(v.ctx(), v.actor, fact)
	}
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.someoneAgain(f)
	}
	if r.Takes {
		v.done("done.fact_counts", "")
	} else {
		v.done("done.fact_waits", "")
	}
	return v.seeOther("/mensen/" + v.Params("id"))
}

// digest is the same for what was read and what is sent: a form that was
// changed after it was read is shown again.
func digest(form url.Values) string {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if name != "seen" {
			fmt.Fprintf(h, "%s=%q;", name, form[name])
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// between says what of a fact that comes late could be seen until now.
func (v *visit) between(since portfolio.Date, s *portfolio.Statement) string {
	if since == 0 {
		return ""
	}
	return v.say("recording.between", "Date", since, "Party", s.PartyName, "About", s.AboutName)
}

func (v *visit) showRecording(form url.Values, r *portfolio.Recording) error {
	p := recordingPage{Page: v.frame(), Path: "/mensen/" + v.Params("id") + "/feit", Back: "/mensen/" + v.Params("id"),
		Text: v.factText(r.Statement), When: r.When, Changes: v.changesOf(r), Form: Filled{Values: form}}
	if r.Waits {
		p.Waits = v.say("recording.waits")
		if r.Takes {
			p.Waits = v.say("recording.at_once")
		}
	}
	p.Between = v.between(r.Since, r.Statement)
	var err error
	if p.Taken, err = v.takenProof(&p.Form); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			if name != "seen" {
				p.Hidden = append(p.Hidden, hiddenField{name, value})
			}
		}
	}
	p.Hidden = append(p.Hidden, hiddenField{"seen", digest(form)})
	return v.Render("recording", p)
}
