package app

import "kaft/portfolio"

// What waits for a second member of staff, who says yes or no after reading
// what it changes.

// waiting is a fact that waits, in words.
type waiting struct {
	*portfolio.Statement
	Text   string
	Own    bool // the visitor recorded it, or it names the visitor: somebody else must look
	Roster bool // a class or a duty: may be confirmed from the list
}

// waitingPage lists them, the colleagues whose hats wait, and what another said
// no to of what the visitor recorded.
type waitingPage struct {
	Page
	Colleagues []colleague
	Waiting    []waiting
	Roster     int // how many of them can be confirmed at once
	Most       int // and how many at the most
	Declined   []waiting
	Form       Filled // what was filled in at a colleague: its Prefix tells at whom
}

// colleague is somebody whose hats wait, in words.
type colleague struct {
	*portfolio.Colleague
	Roles string
	Form  Filled
}

func (v *visit) waiting() error { return v.waitingAgain(Filled{}) }

func (v *visit) waitingAgain(f Filled) error {
	all, err := v.lib.ToConfirm(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := waitingPage{Page: v.frame(), Most: portfolio.MostAtOnce, Form: f}
	for _, s := range all {
		w := v.inWords(s)
		if w.Roster = w.Roster && !w.Own; w.Roster {
			p.Roster++
			w.Roster = p.Roster <= p.Most
		}
		p.Waiting = append(p.Waiting, w)
	}
	declined, err := v.lib.DeclinedLately(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	for _, s := range declined {
		p.Declined = append(p.Declined, v.inWords(s))
	}
	colleagues, err := v.lib.Colleagues(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	for _, c := range colleagues {
		form := Filled{Prefix: c.ID + "-"}
		if f.Prefix == form.Prefix {
			form = f
		}
		p.Colleagues = append(p.Colleagues, colleague{c, v.rolesOf(c.Asked), form})
	}
	return v.Render("waiting", p)
}

func (v *visit) inWords(s *portfolio.Statement) waiting {
	return waiting{Statement: s, Text: v.factText(s), Own: s.RecordedBy == v.actor.Person || s.Party == v.actor.Person, Roster: s.Roster()}
}

// rolesOf names hats: "medewerker en beheerder".
func (v *visit) rolesOf(hats []string) string {
	var names []string
	for _, h := range hats {
		names = append(names, v.say("people.hat."+h))
	}
	return v.list(names)
}

// agree says yes or no, with the reason, to the hats of a colleague.
func (v *visit) agree() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f, done := Filled{Values: form, Prefix: v.Params("id") + "-"}, "done.agreed"
	if form.Get("answer") == "no" {
		done = "done.disagreed"
		_, err = v.lib.Disagree(v.ctx(), v.actor, v.Params("id"), f.Value("reason"))
	} else {
		_, err = v.lib.Agree(v.ctx(), v.actor, v.Params("id"))
	}
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.waitingAgain(f)
	}
	v.done(done, "")
	return v.seeOther("/bevestigen")
}

// toConfirm counts what waits for the visitor and for nobody else to record.
func (v *visit) toConfirm() (n int, err error) {
	all, err := v.lib.ToConfirm(v.ctx(), v.actor)
	if err != nil {
		return 0, err
	}
	for _, s := range all {
		if s.RecordedBy != v.actor.Person && s.Party != v.actor.Person {
			n++
		}
	}
	colleagues, err := v.lib.Colleagues(v.ctx(), v.actor)
	for _, c := range colleagues {
		if !c.Own {
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
	if err := v.lib.ConfirmRoster(v.ctx(), v.actor, form["fact"]); err != nil {
		return err
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
	switch {
	case s.Type == portfolio.FactLeaving:
		return v.leavingChanges(s.AboutName, s.From)
	case s.Of != nil && s.Of.Type == portfolio.FactLeaving:
		return v.stayingChanges(s.AboutName, s.Until, s.Of.From)
	}
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
