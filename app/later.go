package app

import (
	"strconv"
	"time"

	"kaft/chat"
	"kaft/portfolio"
)

// Messages that are sent at a time.

// wallClock is how a browser writes a day and a time.
const wallClock = "2006-01-02T15:04"

// readWall reads a day and a time in Amsterdam. Error kind: Invalid.
func readWall(s string) (time.Time, error) {
	at, err := time.ParseInLocation(wallClock, s, portfolio.Amsterdam)
	if err != nil {
		return at, &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.later_time", Args: map[string]any{"Field": "later"}, Err: err}
	}
	return at, nil
}

func (v *visit) sayLater(conversation string, w chat.Words, when string) error {
	at, err := readWall(when)
	if err == nil {
		_, err = v.app.talks.SendLater(v.ctx(), v.actor, conversation, w, at)
	}
	return err
}

// laterRow is a message that waits.
type laterRow struct {
	Path, Text, When string
	Refused          string // why it was not sent, or ""
}

// laterRows are the visitor's messages that wait, in one conversation or in all.
func (v *visit) laterRows(conversation string) (rows []laterRow, err error) {
	all, err := v.app.talks.LaterOf(v.ctx(), v.actor)
	for _, x := range all {
		if conversation != "" && x.Conversation != conversation {
			continue
		}
		r := laterRow{Path: talksPath + "/later/" + x.ID, Text: firstWords(x.Text, 120), When: v.say("later.at", "Day", v.app.cat.Date(v.prefs.Lang, x.At), "Clock", v.app.cat.Clock(x.At))}
		if x.State == chat.LaterRefused {
			r.Refused = v.say("later.refused")
		}
		rows = append(rows, r)
	}
	return rows, err
}

// laterPage changes a message that waits, or stops it.
type laterPage struct {
	Page
	Back, Path string
	Rev        int64
	Waits      bool
	Refused    bool
	Form       Filled
}

func (v *visit) laterForm() error { return v.showLater(Filled{}) }

func (v *visit) showLater(f Filled) error {
	x, err := v.app.talks.LaterByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := laterPage{Page: v.frame(), Back: talksPath + "/" + x.Conversation, Path: talksPath + "/later/" + x.ID, Rev: x.Rev,
		Waits: x.State == chat.LaterWaits, Refused: x.State == chat.LaterRefused, Form: f}
	if p.Refused {
		p.Back = talksPath
	}
	if f.Values == nil {
		p.Form.Values = map[string][]string{"message": {x.Text}, "later": {x.At.In(portfolio.Amsterdam).Format(wallClock)}}
	}
	return v.Render("later", p)
}

func (v *visit) changeLater() error {
	form, rev, err := v.formRev()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	at, err := readWall(f.Value("later"))
	if err == nil {
		var x *chat.Later
		if x, err = v.app.talks.ChangeLater(v.ctx(), v.actor, v.Params("id"), rev, f.Value("message"), at); err == nil {
			v.done("done.later", "")
			return v.seeOther(talksPath + "/" + x.Conversation)
		}
	}
	if err := v.wrong(&f, err); err != nil {
		return err
	}
	return v.showLater(f)
}

func (v *visit) stopLater() error {
	if _, err := v.app.talks.StopLater(v.ctx(), v.actor, v.Params("id")); err != nil {
		return err
	}
	v.done("done.later_stopped", "")
	return v.seeOther(talksPath)
}

// searchPage is what was found in one's conversations.
type searchPage struct {
	Page
	Query string
	In    string // one conversation, or ""
	Found []Moment
	Asked bool
	Next  string
	Back  string // how far was looked
	Form  Filled
}

func (v *visit) searchTalks() error {
	q, in := v.Query("q"), v.Query("gesprek")
	p := searchPage{Page: v.frame(), Query: q, In: in}
	if q == "" {
		return v.Render("talksearch", p)
	}
	found, err := v.app.talks.Search(v.ctx(), v.actor, in, q, v.Query("verder"))
	if err != nil {
		if err := v.wrong(&p.Form, err); err != nil {
			return err
		}
		return v.Render("talksearch", p)
	}
	p.Asked = true
	titles := map[string]string{}
	for _, m := range found.Messages {
		if titles[m.Conversation] == "" {
			t, err := v.app.talks.Open(v.ctx(), v.actor, m.Conversation)
			if err != nil {
				return err
			}
			titles[m.Conversation] = v.talkTitle(t)
		}
		n := strconv.FormatInt(m.Seq, 10)
		p.Found = append(p.Found, Moment{Title: titles[m.Conversation], When: v.app.cat.Date(v.prefs.Lang, m.At) + ", " + v.app.cat.Clock(m.At),
			Path: talksPath + "/" + m.Conversation + "?voor=" + strconv.FormatInt(m.Seq+1, 10) + "#m" + n, Text: v.speaker(m) + ": " + firstWords(v.inShort(m), 240)})
	}
	if found.Next != "" {
		p.Next, p.Back = found.Next, v.app.cat.Date(v.prefs.Lang, found.Back)+", "+v.app.cat.Clock(found.Back)
	}
	return v.Render("talksearch", p)
}
