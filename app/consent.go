package app

import (
	"strconv"
	"time"

	"kaft/portfolio"
)

// P6: the yes and the no of who holds custody of a student under 16, and what a
// student reads of it.

// consentPage is P6, of one child.
type consentPage struct {
	Page
	*portfolio.Consents
	Back  string
	Name  string
	Parts []consentPart
	Said  []consentLine // newest first
	Form  Filled
}

// consentPart is about one audience.
type consentPart struct {
	Audience, Title string
	Now             Note
	Lines           []consentLine // who said what
	But             string        // that the visitor's yes is not enough, or ""
	Reach           string        // who
	Heading         string        // over the works
	Works           []*portfolio.Work
	Buttons         []consentButton
	Seen            int
}

// consentLine is what somebody said.
type consentLine struct {
	Text, When, About string
}

// consentButton gives an answer. None stands out: neither answer is the one that
// is wanted.
type consentButton struct{ Answer, Text string }

func (v *visit) consents() error { return v.consentsAgain(Filled{}) }

func (v *visit) consentsAgain(f Filled) error {
	c, err := v.lib.Consents(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := consentPage{Page: v.frame(), Consents: c, Back: "/rechten", Name: c.Student.Name.Short(), Form: f}
	if c.Own {
		p.Back = "/ik"
	}
	for _, x := range c.Audiences {
		p.Parts = append(p.Parts, v.consentPart(c, x))
	}
	for _, y := range c.History {
		p.Said = append(p.Said, v.consentLine(y))
	}
	return v.Render("consent", p)
}

func (v *visit) consentPart(c *portfolio.Consents, x portfolio.Consent) consentPart {
	name := c.Student.Name.Short()
	p := consentPart{Audience: x.Audience, Title: v.say("consent.audience." + x.Audience), Works: x.Works, Seen: x.Seen}
	switch {
	case c.Own && x.Agreed:
		p.Now = Note{Kind: "ok", Text: v.say("consent.own_open." + x.Audience)}
	case c.Own:
		p.Now = Note{Text: v.say("consent.own_closed." + x.Audience)}
	case x.Agreed:
		p.Now = Note{Kind: "ok", Text: v.say("consent.open."+x.Audience, "Name", name)}
	default:
		p.Now = Note{Text: v.say("consent.closed."+x.Audience, "Name", name)}
	}
	p.Reach = v.consentReach(c, x)
	p.Heading = v.say("consent.works_wait")
	switch {
	case len(x.Works) == 0:
		p.Heading = v.say("consent.works_none")
	case x.Agreed:
		p.Heading = v.say("consent.works_seen")
	}
	if c.Own {
		return p
	}
	for _, y := range x.Answers {
		p.Lines = append(p.Lines, v.consentLine(y))
		if y.Said == portfolio.FactNo && !y.Mine {
			p.But = v.say("consent.but")
		}
	}
	yes := consentButton{string(portfolio.FactYes), v.say("consent.say_yes")}
	no := consentButton{string(portfolio.FactNo), v.say("consent.say_no")}
	switch x.Mine {
	case portfolio.FactYes:
		no.Text = v.say("consent.take_back")
		p.Buttons = []consentButton{no}
	case portfolio.FactNo:
		yes.Text = v.say("consent.yes_after_all")
		p.Buttons = []consentButton{yes}
	default:
		p.Buttons = []consentButton{yes, no}
	}
	return p
}

// consentReach says who see the work with a yes.
func (v *visit) consentReach(c *portfolio.Consents, x portfolio.Consent) string {
	var who []string
	for _, n := range x.Would {
		key := "readers.count." + string(n.Circle)
		if n.Circle == portfolio.CircleClass && !c.Own {
			key = "consent.count.class"
		}
		who = append(who, v.say(key, "Count", n.Count))
	}
	switch {
	case len(who) == 0:
		return v.say("consent.reach_nobody")
	case x.Agreed:
		return v.say("consent.reach_now", "Who", v.join(who))
	}
	return v.say("consent.reach", "Who", v.join(who))
}

func (v *visit) consentLine(y portfolio.Answer) consentLine {
	who := y.Name
	if y.Mine {
		who = v.say("consent.you")
	}
	line := consentLine{About: v.say("consent.audience." + y.Audience)}
	if !y.At.IsZero() {
		line.When = v.app.cat.Date(v.prefs.Lang, y.At) + ", " + v.app.cat.Clock(y.At)
	}
	switch {
	case y.Said == "":
		line.Text = v.say("consent.said_nothing", "Who", who)
	case who == "" && y.Said == portfolio.FactEnd:
		line.Text = v.say("consent.wrote_end")
	case who == "":
		line.Text = v.say("consent.wrote." + string(y.Said))
	default:
		line.Text = v.say("consent.said."+string(y.Said), "Who", who)
	}
	return line
}

// answerConsent keeps an answer.
func (v *visit) answerConsent() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	answer := portfolio.FactType(f.Value("answer"))
	seen, err := strconv.Atoi(f.Value("seen"))
	if err != nil {
		seen = -1 // who may not answer is not told what is wrong with the form
	}
	if err = v.lib.AnswerConsent(v.ctx(), v.actor, v.Params("id"), f.Value("audience"), answer, seen); err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		f.Problems[0].Field = "" // a button, of which there are several
		return v.consentsAgain(f)
	}
	v.done(consentDone[answer], "")
	return v.seeOther("/leerling/" + v.Params("id") + "/toestemming")
}

var consentDone = map[portfolio.FactType]string{portfolio.FactYes: "done.consent_yes", portfolio.FactNo: "done.consent_no"}

// apiConsents is what was said about a student, as who may say it or the
// student reads it.
type apiConsents struct {
	Student   string       `json:"student"`
	Asked     bool         `json:"asked"`
	Audiences []apiConsent `json:"audiences"`
	History   []apiAnswer  `json:"history"`
}

type apiConsent struct {
	Audience string      `json:"audience"`
	Agreed   bool        `json:"agreed"`
	Mine     string      `json:"mine"`
	Seen     int         `json:"seen"`
	Answers  []apiAnswer `json:"answers"`
	Works    []string    `json:"works"`
	Readers  int         `json:"readers"`
}

type apiAnswer struct {
	Audience string    `json:"audience"`
	Who      string    `json:"who"`
	Mine     bool      `json:"mine"`
	Said     string    `json:"said"`
	At       time.Time `json:"at,omitzero"`
}

func (v *visit) apiConsents() error {
	c, err := v.lib.Consents(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	out := apiConsents{Student: c.Student.ID, Asked: c.Asked, Audiences: []apiConsent{}, History: apiAnswers(c.History)}
	for _, x := range c.Audiences {
		y := apiConsent{Audience: x.Audience, Agreed: x.Agreed, Mine: string(x.Mine), Seen: x.Seen, Answers: apiAnswers(x.Answers), Works: []string{}}
		for _, w := range x.Works {
			y.Works = append(y.Works, w.ID)
		}
		for _, n := range x.Would {
			y.Readers += n.Count
		}
		out.Audiences = append(out.Audiences, y)
	}
	return v.JSON(out)
}

func apiAnswers(all []portfolio.Answer) []apiAnswer {
	out := []apiAnswer{}
	for _, y := range all {
		out = append(out, apiAnswer{y.Audience, y.Name, y.Mine, string(y.Said), y.At})
	}
	return out
}

func (v *visit) apiAnswerConsent() error {
	var f struct {
		Audience string `json:"audience"`
		Answer   string `json:"answer"`
		Seen     int    `json:"seen"`
	}
	if err := v.readJSON(&f); err != nil {
		return err
	}
	if err := v.lib.AnswerConsent(v.ctx(), v.actor, v.Params("id"), f.Audience, portfolio.FactType(f.Answer), f.Seen); err != nil {
		return err
	}
	return v.apiConsents()
}
