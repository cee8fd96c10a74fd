package app

import (
	"cmp"
	"strconv"
	"strings"

	"kaft/chat"
	"kaft/export/prose"
	"kaft/portfolio"
)

// One message of a conversation: how it stands on a page, its files, and
// changing it or taking it back.

const talksPath = "/gesprekken"

// talksWaiting counts the conversations in which something is new. That it
// cannot be counted is no reason to show no page.
func (v *visit) talksWaiting() int {
	n, err := v.app.talks.Waiting(v.ctx(), v.actor)
	if err != nil {
		v.app.opt.Log.Error("conversations cannot be counted", "error", err.Error())
	}
	return n
}

func messagePath(m chat.Said) string {
	return talksPath + "/" + m.Conversation + "/bericht/" + strconv.FormatInt(m.Seq, 10)
}

// bubble is a message as it stands on a page.
func (v *visit) bubble(m chat.Said) Bubble {
	number := strconv.FormatInt(m.Seq, 10)
	b := Bubble{ID: "m" + number, Who: m.Name, When: v.app.cat.Clock(m.At), Text: m.Text, Pieces: v.pieces(m.Body(), m.Titles),
		Mine: m.Person == v.actor.Person, Urgent: m.Urgent, Answer: talksPath + "/" + m.Conversation + "?antwoord=" + number + "#message"}
	switch {
	case m.Withdrawn:
		b.Note, b.Answer = v.say("talk.withdrawn"), ""
	case !m.Edited.IsZero():
		b.Note = v.say("talk.edited", "Clock", v.app.cat.Clock(m.Edited))
	}
	if v.app.talks.MayEdit(v.actor, m) {
		b.Edit = messagePath(m)
	}
	if m.Quote != nil {
		q := v.quote(m.Quote)
		q.Path = talksPath + "/" + m.Conversation + "?voor=" + strconv.FormatInt(m.Quote.Seq+1, 10) + "#m" + strconv.FormatInt(m.Quote.Seq, 10)
		b.Quote = q
	}
	for _, f := range m.Files {
		x := Attachment{Path: messagePath(m) + "/bestand/" + f.FileID(), Name: f.Name, Size: f.Size, Sound: strings.HasPrefix(f.Type, "audio/")}
		if f.Thumb != "" {
			x.Thumb = messagePath(m) + "/klein/" + f.FileID()
		}
		b.Files = append(b.Files, x)
	}
	return b
}

// quote is what a message answers, in the reader's words.
func (v *visit) quote(q *chat.Quote) *Quote {
	text := q.Text
	switch {
	case q.Withdrawn:
		text = v.say("talk.withdrawn_short")
	case text == "" && q.Files > 0:
		text = v.say("talk.files", "Count", q.Files)
	}
	who := q.Name
	if q.From == v.actor.Person {
		who = v.say("chat.you")
	}
	return &Quote{Who: who, Text: text}
}

// pieces are the words of a message for this reader: a work is a link with its
// title to who may open it, and to others a work.
func (v *visit) pieces(of []prose.Span, titles map[string]string) []Piece {
	var out []Piece
	for _, s := range of {
		p := Piece{El: s.El, Text: s.Text, Href: s.Href, In: v.pieces(s.In, titles)}
		if s.El == "work" {
			p.El, p.Text = "", v.say("talk.work")
			if title, ok := titles[s.ID]; ok {
				p = Piece{El: "work", Text: title, Href: "/werk/" + s.ID}
			}
		}
		out = append(out, p)
	}
	return out
}

// inShort is a message on one line.
func (v *visit) inShort(m chat.Said) string {
	text := m.Text
	if body := m.Body(); body != nil {
		text = prose.Words(body, func(id string) string { return cmp.Or(m.Titles[id], v.say("talk.work")) })
	}
	switch {
	case m.Withdrawn:
		return v.say("talk.withdrawn_short")
	case text == "":
		return v.say("talk.files", "Count", len(m.Files))
	}
	return text
}

// writing fills in what the visitor is writing in a conversation: what the form
// brought back, or what was kept of it.
func (v *visit) writing(p *talkPage) error {
	reply := p.Form.Value("reply")
	if p.Form.Values == nil {
		d, err := v.app.talks.Draft(v.ctx(), v.actor, p.ID)
		if err != nil {
			return err
		}
		p.Form.Values = map[string][]string{"message": {d.Text}}
		if reply = v.Query("antwoord"); reply == "" && d.Reply != 0 {
			reply = strconv.FormatInt(d.Reply, 10)
		}
		if d.Text != "" {
			p.Kept = v.say("talk.kept", "Clock", v.app.cat.Clock(d.At))
		}
	}
	if n, err := strconv.ParseInt(reply, 10, 64); err == nil && n > 0 {
		m, err := v.app.talks.Message(v.ctx(), v.actor, p.ID, n)
		if err != nil && portfolio.KindOf(err) != portfolio.NotFound {
			return err
		}
		if err == nil {
			p.Reply = v.quote(&chat.Quote{Seq: m.Seq, From: m.Person, Name: m.Name, Text: firstWords(v.inShort(m), 120), Withdrawn: m.Withdrawn})
			p.Reply.Path = strconv.FormatInt(n, 10)
		}
	}
	var err error
	if p.Taken, err = v.takenFiles(&p.Form); err != nil {
		return err
	}
	p.Upload = Upload{ID: "file", Label: v.say("talk.upload"), Error: p.Form.Error("file"), Path: "/uploads",
		Start: talksPath + "/" + p.ID + "/uploads", Limit: portfolio.MaxFile, Capture: true, Voice: true}
	p.Urgent = v.lib.MaySayUrgent(v.ctx(), v.actor) == nil
	p.Later, err = v.laterRows(p.ID)
	return err
}

// startAttachment begins an upload of a file for a conversation: POST
// /gesprekken/:id/uploads {name, size}.
func (v *visit) startAttachment() error {
	return v.beginUpload(func(name string, size int64) (*portfolio.Upload, error) {
		return v.app.talks.StartFile(v.ctx(), v.actor, v.Params("id"), name, size)
	})
}

func (v *visit) attachment() error      { return v.sendAttachment(false) }
func (v *visit) smallAttachment() error { return v.sendAttachment(true) }

// sendAttachment streams a file of a message, as sendFile does of a work.
func (v *visit) sendAttachment(thumb bool) error {
	n, err := v.place()
	if err != nil {
		return err
	}
	f, r, err := v.app.talks.OpenFile(v.ctx(), v.actor, v.Params("id"), n, v.Params("file"), thumb)
	if err != nil {
		return err
	}
	return v.sendOpened(f, r, thumb)
}

// place is the number of a message in the address. Error kind: NotFound.
func (v *visit) place() (int64, error) {
	n, err := strconv.ParseInt(v.Params("n"), 10, 64)
	if err != nil || n < 1 {
		return 0, &portfolio.Error{Kind: portfolio.NotFound, Msg: "error.not_found", Err: err}
	}
	return n, nil
}

// messagePage is one message, with the forms to change it and to take it back as
// long as that can be.
type messagePage struct {
	Page
	Back   string
	Path   string
	Bubble Bubble
	Day    string
	Mine   bool
	May    bool
	Until  string // the clock until which it may
	Key    string
	Form   Filled
}

func (v *visit) message() error { return v.showMessage(Filled{}) }

func (v *visit) showMessage(f Filled) error {
	n, err := v.place()
	if err != nil {
		return err
	}
	m, err := v.app.talks.Message(v.ctx(), v.actor, v.Params("id"), n)
	if err != nil {
		return err
	}
	p := messagePage{Page: v.frame(), Path: messagePath(m), Back: talksPath + "/" + m.Conversation + "?voor=" + strconv.FormatInt(n+1, 10) + "#m" + strconv.FormatInt(n, 10),
		Bubble: v.bubble(m), Day: v.app.cat.Date(v.prefs.Lang, m.At), Mine: m.Person == v.actor.Person, May: v.app.talks.MayEdit(v.actor, m),
		Until: v.app.cat.Clock(m.At.Add(chat.EditTime)), Key: cmp.Or(f.Value("client_id"), portfolio.NewID()), Form: f}
	p.Bubble.Edit, p.Bubble.Answer = "", ""
	if f.Values == nil {
		p.Form.Values = map[string][]string{"message": {m.Text}}
	}
	return v.Render("message", p)
}

func (v *visit) editMessage() error {
	return v.reviseMessage(func(n int64, f Filled) (chat.Said, error) {
		return v.app.talks.Edit(v.ctx(), v.actor, v.Params("id"), n, f.Value("client_id"), f.Value("message"))
	})
}

func (v *visit) withdrawMessage() error {
	return v.reviseMessage(func(n int64, f Filled) (chat.Said, error) {
		return v.app.talks.Withdraw(v.ctx(), v.actor, v.Params("id"), n, f.Value("client_id"))
	})
}

// reviseMessage changes a message. Too late is told on the page, with the words
// still there.
func (v *visit) reviseMessage(revise func(int64, Filled) (chat.Said, error)) error {
	n, err := v.place()
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	m, err := revise(n, f)
	if err == nil {
		return v.seeOther(talksPath + "/" + m.Conversation + "#m" + strconv.FormatInt(m.Seq, 10))
	}
	if e := asError(err); e.Kind == portfolio.Conflict {
		f.Problems = append(f.Problems, Problem{Text: v.app.cat.SayError(v.prefs.Lang, e)})
		v.Status(statusOf[e.Kind])
		return v.showMessage(f)
	}
	if err := v.wrongTalk(&f, err); err != nil {
		return err
	}
	return v.showMessage(f)
}
