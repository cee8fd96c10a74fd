package app

import "kaft/portfolio"

// What waits for a second member of staff, who says yes or no after reading
// what it changes.

// waiting is a fact that waits, in words.
type waiting struct {
	*portfolio.Statement
	Text   string
	Own    bool // the visitor recorded it: somebody else must look
	Roster bool // a class or a duty: may be confirmed from the list
}

// waitingPage lists them.
type waitingPage struct {
	Page
	Waiting []waiting
	Roster  int // how many of them can be confirmed at once
}

func (v *visit) waiting() error {
	all, err := v.lib.ToConfirm(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := waitingPage{Page: v.frame()}
	for _, s := range all {
		w := waiting{Statement: s, Text: v.factText(s), Own: s.RecordedBy == v.actor.Person,
			Roster: s.Type == portfolio.FactEnrolment || s.Type == portfolio.FactDuty}
		if w.Roster && !w.Own && s.Party != v.actor.Person {
			p.Roster++
		}
		p.Waiting = append(p.Waiting, w)
	}
	return v.Render("waiting", p)
}

// toConfirm counts what waits for the visitor and for nobody else to record.
func (v *visit) toConfirm() (n int, err error) {
	all, err := v.lib.ToConfirm(v.ctx(), v.actor)
	for _, s := range all {
		if s.RecordedBy != v.actor.Person && s.Party != v.actor.Person {
			n++
		}
	}
	return n, err
}

// confirmRoster confirms the classes and duties that were ticked.
func (v *visit) confirmRoster() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	for _, id := range form["fact"] {
		_, err := v.lib.ConfirmFact(v.ctx(), v.actor, id)
		if err != nil && portfolio.KindOf(err) != portfolio.Conflict { // somebody else was first
			return err
		}
	}
	v.done("done.confirmed", "")
	return v.seeOther("/bevestigen")
}

// confirmPage shows one fact that waits, with what it changes.
type confirmPage struct {
	Page
	Fact    *portfolio.Recording
	Text    string
	Changes []string
	Own     bool
	Form    Filled
}

func (v *visit) confirmForm() error { return v.confirmAgain(Filled{}) }

func (v *visit) confirmAgain(f Filled) error {
	r, err := v.lib.PreviewConfirm(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	own := r.RecordedBy == v.actor.Person || r.Party == v.actor.Person
	return v.Render("confirm", confirmPage{v.frame(), r, v.factText(r.Statement), v.changesOf(r), own, f})
}

// confirmFact records what the second member of staff says: yes, or no with
// the reason.
func (v *visit) confirmFact() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	done := "done.confirmed"
	if form.Get("answer") == "no" {
		done = "done.declined"
		_, err = v.lib.DeclineFact(v.ctx(), v.actor, v.Params("id"), f.Value("reason"))
	} else {
		_, err = v.lib.ConfirmFact(v.ctx(), v.actor, v.Params("id"))
	}
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.confirmAgain(f)
	}
	v.done(done, "")
	return v.seeOther("/bevestigen")
}

// changesOf says what a recording changes; of what is about a class there is
// one sentence.
func (v *visit) changesOf(r *portfolio.Recording) []string {
	out := v.effects(r.Effects)
	s := r.Statement
	if s.Of != nil {
		s = s.Of
	}
	switch {
	case len(out) > 0:
	case s.Type == portfolio.FactEnrolment:
		out = []string{v.say("effect.enrolment", "About", s.AboutName, "Party", s.PartyName)}
	case s.Type == portfolio.FactDuty:
		out = []string{v.say("effect.duty", "Party", s.PartyName)}
	case s.Type == portfolio.FactYes, s.Type == portfolio.FactNo:
		out = []string{v.say("effect.consent", "About", s.AboutName)}
	default:
		out = []string{v.say("effect.none")}
	}
	return out
}
