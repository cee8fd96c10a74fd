package app

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/chat"
	"kaft/portfolio"
)

// pageOfTalk is how many messages a page shows.
const pageOfTalk = 50

// talksPage is S7: one's conversations.
type talksPage struct {
	Page
	Groups  []talkGroup
	Several bool // of the groups
	Later   []laterRow
}

type talkGroup struct {
	Title string
	Talks []Moment
}

// ownTalks are about students; to a student or parent they are those with school.
const ownTalks = "talks.group.own"

// talkGroups are the conversations by kind, in the order of the page.
var talkGroups = []struct {
	key   string
	kinds []chat.Kind
}{
	{"talks.group.announcement", []chat.Kind{chat.Announcement}},
	{"talks.group.class", []chat.Kind{chat.ClassTalk, chat.ClassGuardians, chat.StudentsTalk}},
	{ownTalks, []chat.Kind{chat.StudentTeacher, chat.GuardianTeacher}},
	{"talks.group.staff", []chat.Kind{chat.StaffTalk}},
}

func (v *visit) talks() error {
	mine, err := v.app.talks.Mine(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := talksPage{Page: v.frame()}
	groups := map[chat.Kind][]Moment{}
	for _, t := range mine {
		m := Moment{Title: v.talkTitle(t), Path: "/gesprekken/" + t.ID, New: t.Unread, When: v.app.cat.Day(v.prefs.Lang, t.CreatedAt), Detail: v.talkDetail(t)}
		if t.Newest != nil {
			m.When = v.app.cat.Day(v.prefs.Lang, t.Newest.At) + ", " + v.app.cat.Clock(t.Newest.At)
			m.Text = v.speaker(*t.Newest) + ": " + firstWords(v.inShort(*t.Newest), 120)
		}
		groups[t.Kind] = append(groups[t.Kind], m)
	}
	// Each kind is in the order of the newest; so are the kinds of one group.
	at := map[string]int{}
	for i, t := range mine {
		at["/gesprekken/"+t.ID] = i
	}
	for _, g := range talkGroups {
		var talks []Moment
		for _, k := range g.kinds {
			talks = append(talks, groups[k]...)
		}
		if len(talks) == 0 {
			continue
		}
		slices.SortFunc(talks, func(x, y Moment) int { return cmp.Compare(at[x.Path], at[y.Path]) })
		title := v.say(g.key)
		if g.key == ownTalks && !portfolio.WornForWork(v.actor.Hat) {
			title = v.say("talks.group.school")
		}
		p.Groups = append(p.Groups, talkGroup{title, talks})
	}
	p.Several = len(p.Groups) > 1
	if p.Later, err = v.laterRows(""); err != nil {
		return err
	}
	return v.Render(v.block("talks", "list"), p)
}

// firstWords is the beginning of a text, on one line.
func firstWords(text string, max int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= max {
		return string(runes)
	}
	return strings.TrimSpace(string(runes[:max])) + "…"
}

// block is a page, or for a script that asks for a piece of it, that piece.
func (v *visit) block(page, piece string) string {
	if v.Get("X-Fragment") != "" {
		return page + "#" + piece
	}
	return page
}

// talkTitle is what a conversation is called: what was filled in, of which class
// it is, or who else is in it.
func (v *visit) talkTitle(t *chat.Talk) string {
	switch t.Kind {
	case chat.ClassTalk:
		return v.say("newtalk.offer_class.class", "Class", t.ClassName)
	case chat.ClassGuardians:
		return v.say("newtalk.offer_class.class_guardians", "Class", t.ClassName)
	}
	var names []string
	for _, f := range t.Faces {
		if !f.Me {
			names = append(names, f.Name)
		}
	}
	return cmp.Or(t.Title, v.list(names), v.say("talk.alone"))
}

// talkDetail says whom a conversation is about, to everybody but that student,
// or of what kind it is.
func (v *visit) talkDetail(t *chat.Talk) string {
	switch {
	case t.Kind == chat.Announcement:
		return v.say("talk.from", "Name", t.Sender)
	case t.Kind == chat.StudentsTalk:
		return v.say("talk.among", "Class", t.ClassName)
	case t.Student == "" || t.Student == v.actor.Person:
		return ""
	}
	return v.say("talk.about", "Name", t.StudentName)
}

// speaker is who said something, in the reader's words.
func (v *visit) speaker(m chat.Said) string {
	if m.Person == v.actor.Person {
		return v.say("chat.you")
	}
	return m.Name
}

// list is names as one says them: "Noor, Anna en Joris".
func (v *visit) list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + v.say("talk.and") + " " + names[last]
}

// talkPage is S8: one conversation. Who reads along stands on top.
type talkPage struct {
	Page
	ID     string
	Title  string
	Detail string
	ReadBy string
	Wide   bool      // of a whole class or school: a page names them all
	Closed string    // why nothing can be said, or ""
	Ask    *talkLink // to ask something about an announcement, or nil
	Lines  []talkLine
	Seen   int64 // the number of the newest entry of the log, from which what is said comes live
	Newest bool  // the page ends with the newest message
	Over   bool  // nothing more can be said
	Older  string
	Me     string
	Key    string // of the message that is being written
	Reply  *Quote // what it answers
	Kept   string // when what is being written was kept
	Taken  []formFile
	Upload Upload
	Urgent bool // the writer may call a message urgent
	Later  []laterRow
	Form   Filled
}

type talkLink struct{ Path, Text string }

// talkLine is a message, or the day on which the next ones were said.
type talkLine struct {
	Day    string
	Bubble Bubble
}

func (v *visit) talk() error { return v.showTalk(Filled{}) }

// showTalk shows a conversation with what somebody is writing in it.
func (v *visit) showTalk(f Filled) error {
	t, err := v.app.talks.Open(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	before, err := v.number("voor")
	if err != nil {
		return err
	}
	said, err := v.app.talks.Before(v.ctx(), v.actor, t.ID, before, pageOfTalk)
	if err != nil {
		return err
	}
	if before == 0 && v.Get("X-Fragment") == "" {
		if _, err := v.app.talks.MarkRead(v.ctx(), v.actor, t.ID, t.Last); err != nil {
			return err
		}
		v.Set("Permissions-Policy", devices("(self)")) // for a voice message
	}
	p := talkPage{Page: v.frame(), ID: t.ID, Title: v.talkTitle(t), Detail: v.talkDetail(t), ReadBy: v.readBy(t), Newest: before == 0, Over: t.Over, Seen: t.Last,
		Wide: t.Counts != nil, Me: v.actor.Person, Key: cmp.Or(f.Value("client_id"), portfolio.NewID()), Form: f}
	if t.Closed != "" {
		p.Closed = v.say("talk.closed." + t.Closed)
	}
	if t.Kind == chat.Announcement && t.By != v.actor.Person {
		p.Ask = &talkLink{"/gesprekken/nieuw?bij=" + t.ID, v.say("talk.ask", "Name", t.Sender)}
	}
	if said.More {
		p.Older = "/gesprekken/" + t.ID + "?voor=" + strconv.FormatInt(said.Last, 10)
	}
	for i, m := range said.Messages {
		if day := v.app.cat.Date(v.prefs.Lang, m.At); i == 0 || day != v.app.cat.Date(v.prefs.Lang, said.Messages[i-1].At) {
			p.Lines = append(p.Lines, talkLine{Day: day})
		}
		b := v.bubble(m)
		if m.Quote != nil && m.Quote.Seq >= said.Messages[0].Seq {
			b.Quote.Path = "#m" + strconv.FormatInt(m.Quote.Seq, 10) // it is on this page
		}
		if p.Over || p.Closed != "" {
			b.Answer, b.Edit = "", ""
		}
		p.Lines = append(p.Lines, talkLine{Bubble: b})
	}
	if p.Newest && !p.Over && p.Closed == "" {
		if err := v.writing(&p); err != nil {
			return err
		}
	}
	return v.Render(v.block("talk", "readers"), p)
}

// number reads a number of the address; 0 when it is not there.
func (v *visit) number(name string) (int64, error) {
	s := v.Query(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.number", Err: err}
	}
	return n, nil
}

// sayInTalk is the form of the page, for who has no JavaScript or no
// connection: the same message sent twice is said once. With a time it waits.
func (v *visit) sayInTalk() error {
	id := v.Params("id")
	take := func(ctx context.Context, a portfolio.Actor, name string, r io.Reader) (*portfolio.Upload, error) {
		return v.app.talks.TakeFile(ctx, a, id, name, r)
	}
	form, uploads, fault := v.formWith(take, chat.MaxFiles, portfolio.E(portfolio.Invalid, "error.too_many_files", "Max", chat.MaxFiles))
	if form == nil {
		return fault
	}
	for _, u := range uploads {
		form.Add("upload", u)
	}
	f := Filled{Values: form}
	if fault != nil {
		if err := v.wrong(&f, fault); err != nil {
			return err
		}
		return v.showTalk(f)
	}
	reply, err := strconv.ParseInt(cmp.Or(f.Value("reply"), "0"), 10, 64)
	if err != nil {
		return &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.number", Err: err}
	}
	w := chat.Words{Key: f.Value("client_id"), Text: f.Value("message"), Reply: reply, Uploads: form["upload"], Urgent: f.Has("urgent", "1")}
	if f.Value("later") != "" {
		err = v.sayLater(id, w, f.Value("later"))
	} else {
		var m chat.Said
		if m, _, err = v.app.talks.Send(v.ctx(), v.actor, id, w); err == nil {
			return v.seeOther("/gesprekken/" + id + "#m" + strconv.FormatInt(m.Seq, 10))
		}
	}
	if err == nil {
		v.done("done.later", "")
		return v.seeOther("/gesprekken/" + id)
	}
	if err := v.wrongTalk(&f, err); err != nil {
		return err
	}
	return v.showTalk(f)
}

// wrongTalk is wrong for a message: who is too fast, or may only read, keeps the
// words too.
func (v *visit) wrongTalk(f *Filled, err error) error {
	e := asError(err)
	if e.Kind != portfolio.TooMany && e.Kind != portfolio.Forbidden {
		return v.wrong(f, err)
	}
	v.wrongField(f, "message", v.app.cat.SayError(v.prefs.Lang, e))
	v.Status(statusOf[e.Kind])
	return nil
}

// apiConversation is a conversation in the JSON API.
type apiConversation struct {
	ID          string      `json:"id"`
	Kind        chat.Kind   `json:"kind"`
	Student     string      `json:"student,omitempty"`
	StudentName string      `json:"student_name,omitempty"`
	Class       string      `json:"class,omitempty"`
	ClassName   string      `json:"class_name,omitempty"`
	Closed      string      `json:"closed,omitempty"`
	Title       string      `json:"title,omitempty"`
	CreatedAt   time.Time   `json:"created_at"`
	Members     []apiMember `json:"members"`
	Newest      *chat.Said  `json:"newest,omitempty"`
	Over        bool        `json:"over,omitempty"` // nothing more can be said
	Read        int64       `json:"read"`
	Unread      int         `json:"unread"`
}

type apiMember struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Hat  string `json:"hat"`
	Me   bool   `json:"me"`
}

func (v *visit) apiConversations() error {
	mine, err := v.app.talks.Mine(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	out := []apiConversation{}
	for _, t := range mine {
		out = append(out, apiConversationOf(t))
	}
	return v.JSON(fiber.Map{"conversations": out})
}

// apiConversationOf names who reads along, unless they are a whole class or
// school: those are asked for by themselves.
func apiConversationOf(t *chat.Talk) apiConversation {
	c := apiConversation{ID: t.ID, Kind: t.Kind, Student: t.Student, StudentName: t.StudentName, ClassName: t.ClassName, Closed: t.Closed, Title: t.Title,
		CreatedAt: t.CreatedAt, Members: []apiMember{}, Newest: t.Newest, Over: t.Over, Read: t.Read, Unread: t.Unread}
	if t.Group != nil {
		c.Class = t.Group.Class
	}
	if t.Counts == nil {
		c.Members = apiMembers(t)
	}
	return c
}

// apiMessages reads on from a number; the answer says where it ended and
// whether there is more.
func (v *visit) apiMessages() error {
	after, err := v.number("after")
	if err != nil {
		return err
	}
	p, err := v.app.talks.Since(v.ctx(), v.actor, v.Params("id"), after, 200)
	if err != nil {
		return err
	}
	messages := append([]chat.Said{}, p.Messages...) // [] and not null
	return v.JSON(fiber.Map{"messages": messages, "last": p.Last, "more": p.More})
}

// apiSay says something. A repeat gets the first answer again.
func (v *visit) apiSay() error {
	var in struct {
		ClientID string   `json:"client_id"`
		Text     string   `json:"text"`
		Reply    int64    `json:"reply"`
		Uploads  []string `json:"uploads"`
		Urgent   bool     `json:"urgent"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	m, _, err := v.app.talks.Send(v.ctx(), v.actor, v.Params("id"), chat.Words{Key: in.ClientID, Text: in.Text, Reply: in.Reply, Uploads: in.Uploads, Urgent: in.Urgent})
	if err != nil {
		return err
	}
	return v.Status(fiber.StatusCreated).JSON(m)
}
