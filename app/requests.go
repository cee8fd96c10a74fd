package app

import (
	"cmp"
	"slices"

	"kaft/portfolio"
)

// The requests of a school, for who decides on them and for the privacy officer
// (FG), who sees all and decides nothing.

// mostClosed is how many requests that were decided a page shows.
const mostClosed = 50

// requestsPage is F1.
type requestsPage struct {
	Page
	Requests []*portfolio.Asked
	Closed   []*portfolio.Asked // for the FG
}

func (v *visit) requests() error {
	// Who is not the FG and has no duty simply has no open requests here.
	p := requestsPage{Page: v.frame()}
	var err error
	if p.Requests, err = v.lib.OpenRequests(v.ctx(), v.actor); err != nil {
		return err
	}
	p.Closed, err = v.lib.ClosedRequests(v.ctx(), v.actor, mostClosed)
	if err != nil && portfolio.KindOf(err) != portfolio.Forbidden {
		return err
	}
	return v.Render("requests", p)
}

// refusalsPage is F2.
type refusalsPage struct {
	Page
	Refusals []refusedRow
	Past     int // that must be looked at again
}

type refusedRow struct {
	*portfolio.Refused
	What string // kinds of items, in words
}

func (v *visit) refusals() error {
	all, err := v.lib.Refusals(v.ctx(), v.actor)
	if portfolio.KindOf(err) == portfolio.Forbidden && err != nil {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	if err != nil {
		return err
	}
	p := refusalsPage{Page: v.frame()}
	for _, r := range all {
		p.Refusals = append(p.Refusals, refusedRow{r, v.kindsOf(r.Kinds)})
		if r.Past {
			p.Past++
		}
	}
	return v.Render("refusals", p)
}

// decidePage is T8: what somebody who decides must know, and the ways to do so.
type decidePage struct {
	Page
	Case     *portfolio.RequestCase
	Kinds    string   // what it is about, in words
	Age      string   // a sentence
	Custody  string   // of the asker, a sentence
	Ties     string   // what else the asker is, in words
	Release  bool     // the asker has a right to something
	Answer   bool     // it is a question that may be answered in words
	LeaveOut string   // what to leave out of an answer, a sentence
	Others   []string // what was asked that only others may release, in sentences
	Refused  []string // what the school refuses the asker now, in sentences
	Scope    []Option
	Periods  []Option
	Reasons  []Option
	Forms    decideForms
	Decision *decision
}

// decideForms are the forms of T8 as somebody filled them in.
type decideForms struct{ Release, Refuse, Answer, Longer Filled }

// Problems of the form that was sent.
func (f decideForms) Problems() []Problem {
	return slices.Concat(f.Release.Problems, f.Refuse.Problems, f.Answer.Problems, f.Longer.Problems)
}

// periods are how long a release lasts, in days; "" is until a date.
var periods = []struct {
	value string
	days  int
}{{"1", 1}, {"30", 30}, {"", 0}}

func (v *visit) showCase(c *portfolio.RequestCase, forms decideForms) error {
	names := []any{"Name", c.AskerName, "Student", c.StudentName}
	p := decidePage{Page: v.frame(), Case: c, Kinds: v.kindsOf(c.Kinds), Forms: forms, Decision: v.decisionOf(c),
		Release: c.Kind == portfolio.AskToView && (len(c.Scope) > 0 || len(c.Single) > 0), Answer: c.Kind == portfolio.AskToKnow && c.MayTell}
	var ages, ties []string
	for _, a := range c.Ages {
		ages = append(ages, v.say("request.age."+a))
	}
	p.Age = v.say("request.age", "Student", c.StudentName, "Age", v.join(ages))
	if len(ages) > 1 {
		p.Age = v.say("request.age_unknown", "Student", c.StudentName, "Ages", v.join(ages))
	}
	p.Custody = v.say("request.custody."+string(c.Holds), names...)
	if c.Asker == c.Student {
		p.Custody = v.say("request.custody.self", "Name", c.AskerName)
	}
	for _, k := range c.Ties {
		ties = append(ties, v.say("fact.kind."+k))
	}
	p.Ties = v.join(ties)
	switch {
	case c.Redact.Has(portfolio.RedactContact):
		p.LeaveOut = v.say("request.leave_out.contact", names...)
	case c.Redact.Has(portfolio.RedactLocation):
		p.LeaveOut = v.say("request.leave_out.location", names...)
	}
	for _, r := range c.Refused {
		p.Refused = append(p.Refused, v.say("request.refused_now", "Name", c.AskerName, "Kinds", v.kindsOf(r.Kinds), "Date", r.Review))
	}
	for _, x := range c.Others {
		p.Others = append(p.Others, v.otherLine(x))
	}
	for _, k := range c.Scope {
		on := true
		if forms.Release.Values != nil {
			on = forms.Release.Has("kinds", k)
		}
		p.Scope = append(p.Scope, Option{Value: k, Text: v.say("request.of." + k), Chosen: on})
	}
	chosen := cmp.Or(forms.Release.Value("days"), "30")
	if forms.Release.Values != nil {
		chosen = forms.Release.Value("days")
	}
	for _, x := range periods {
		key := "request.period.until"
		if x.days > 0 {
			key = "request.period.days"
		}
		p.Periods = append(p.Periods, Option{Value: x.value, Text: v.say(key, "Count", x.days), Chosen: x.value == chosen})
	}
	for _, r := range c.Reasons() {
		p.Reasons = append(p.Reasons, Option{Value: r, Text: v.say("request.reason." + r), Hint: v.say("request.reason_hint." + r), Chosen: forms.Refuse.Value("reason") == r})
	}
	return v.Render("decide", p)
}

// again shows T8 with a form as it was filled in, and what is wrong with it.
func (v *visit) again(f *Filled, forms *decideForms, err error) error {
	if err != nil {
		if err = v.wrong(f, err); err != nil {
			return err
		}
	}
	c, err := v.lib.RequestByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.showCase(c, *forms)
}

// decided goes back to the request after a decision.
func (v *visit) decided(done string) error {
	v.done(done, "")
	return v.seeOther("/verzoek/" + v.Params("id"))
}

// readDecision reads a form of T8 with the revision that it was made of.
func (v *visit) readDecision(f *Filled, prefix string) (rev int64, err error) {
	form, err := v.form()
	if err != nil {
		return 0, err
	}
	*f = Filled{Prefix: prefix, Values: form}
	return v.rev(form)
}

func (v *visit) releaseRequest() error {
	var forms decideForms
	f := &forms.Release
	rev, err := v.readDecision(f, "inzage-")
	if err != nil {
		return err
	}
	last := v.readDate(f, "last")
	for _, x := range periods {
		if x.value == f.Value("days") && x.days > 0 {
			last = portfolio.DateOf(v.lib.Now()).AddDays(x.days - 1)
		}
	}
	if len(f.Problems) > 0 || f.Has("edit", "1") {
		return v.again(f, &forms, nil)
	}
	what := portfolio.Releasing{Kinds: f.Values["kinds"], Items: f.Values["items"], Last: last, Quiet: f.Value("quiet")}
	if !f.Has("final", "1") { // nobody leaves something out unread
		rest, err := v.lib.PreviewRelease(v.ctx(), v.actor, v.Params("id"), rev, what)
		if err != nil {
			return v.again(f, &forms, err)
		}
		if !rest.Empty() {
			return v.readRelease(f, what, rest)
		}
	}
	if _, err = v.lib.ReleaseRequest(v.ctx(), v.actor, v.Params("id"), rev, what); err != nil {
		return v.again(f, &forms, err)
	}
	return v.decided("done.released")
}

// releasePage tells what a release leaves open, before it is final.
type releasePage struct {
	Page
	Case        *portfolio.RequestCase
	Gives, Rest string // what is given, and what is not, in words
	Last        portfolio.Date
	Fields      []hiddenField
}

func (v *visit) readRelease(f *Filled, what portfolio.Releasing, rest *portfolio.Scope) error {
	c, err := v.lib.RequestByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := releasePage{Page: v.frame(), Case: c, Gives: v.scopeOf(what.Kinds, len(what.Items)), Rest: v.scopeOf(rest.Kinds, len(rest.Items)), Last: what.Last}
	for _, name := range []string{"rev", "kinds", "items", "days", "last", "quiet"} {
		for _, value := range f.Values[name] {
			p.Fields = append(p.Fields, hiddenField{name, value})
		}
	}
	return v.Render("release", p)
}

// previewPage is the letter of a refusal before it is final.
type previewPage struct {
	Page
	Case   *portfolio.RequestCase
	Letter *letter
	Harm   bool   // it also closes what the asker sees of these kinds now
	Kinds  string // in words
	Form   Filled
}

// refuseRequest shows the letter, and refuses when it was read.
func (v *visit) refuseRequest() error {
	var forms decideForms
	f := &forms.Refuse
	rev, err := v.readDecision(f, "weiger-")
	if err != nil {
		return err
	}
	why := portfolio.Refusing{Reason: f.Value("reason"), Words: f.Value("words"), Review: v.readDate(f, "review")}
	if len(f.Problems) > 0 || f.Has("edit", "1") {
		return v.again(f, &forms, nil)
	}
	if f.Has("final", "1") {
		if _, err := v.lib.RefuseRequest(v.ctx(), v.actor, v.Params("id"), rev, why); err != nil {
			return v.again(f, &forms, err)
		}
		return v.decided("done.refused")
	}
	l, err := v.lib.PreviewRefusal(v.ctx(), v.actor, v.Params("id"), rev, why)
	if err != nil {
		return v.again(f, &forms, err)
	}
	c, err := v.lib.RequestByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.Render("refusal", previewPage{v.frame(), c, v.letter(l), l.Review != 0, v.kindsOf(c.Kinds), *f})
}

func (v *visit) answerRequest() error {
	var forms decideForms
	f := &forms.Answer
	rev, err := v.readDecision(f, "antwoord-")
	if err != nil {
		return err
	}
	if _, err := v.lib.AnswerRequest(v.ctx(), v.actor, v.Params("id"), rev, f.Value("answer")); err != nil {
		return v.again(f, &forms, err)
	}
	return v.decided("done.answered")
}

func (v *visit) extendRequest() error {
	var forms decideForms
	f := &forms.Longer
	rev, err := v.readDecision(f, "langer-")
	if err != nil {
		return err
	}
	if _, err := v.lib.ExtendRequest(v.ctx(), v.actor, v.Params("id"), rev, f.Value("longer")); err != nil {
		return v.again(f, &forms, err)
	}
	return v.decided("done.extended")
}

// saveComplaints says where the school's complaints body is.
func (v *visit) saveComplaints() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if err := v.lib.SetComplaints(v.ctx(), v.actor, form.Get("complaints")); err != nil {
		f := Filled{Values: form}
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.overviewWith(f)
	}
	v.done("done.complaints", "")
	return v.seeOther("/overzicht")
}
