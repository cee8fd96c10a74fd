package app

import (
	"cmp"
	"slices"

	"github.com/gofiber/fiber/v3"

	"kaft/chat"
	"kaft/portfolio"
)

// newTalkPage is where a conversation begins: with whom, about whom, and then
// the first message.
type newTalkPage struct {
	Page
	Title    string
	Back     string
	Question string
	Choices  []talkChoice // while there is something to choose
	Asked    bool         // the form shows

	Kind    chat.Kind
	Class   string
	About   string // the student
	Asks    string // the announcement it is a question about
	Note    string // who reads along, where nobody is chosen
	To      []Option
	With    []newTalkWith
	Subject string // the hint of the title; "": there is none to fill in
	Key     string
	Form    Filled
}

type talkChoice struct{ Path, Icon, Text, Hint string }

type newTalkWith struct {
	ID, Name, Hint string
	Chosen         bool
}

// aboutStudent asks for the list of students, for who has many.
const aboutStudent = "student"

func (v *visit) newTalkForm() error {
	f := Filled{Values: map[string][]string{"kind": {v.Query("soort")}, "class": {v.Query("klas")}, "over": {v.Query("over")}, "asks": {v.Query("bij")}}}
	for name, values := range f.Values { // what the router gives is used again
		f.Values[name] = []string{string(append([]byte(nil), values[0]...))}
	}
	if f.Value("asks") != "" {
		return v.askAnnouncer(f)
	}
	return v.showNewTalk(f)
}

// askAnnouncer begins a question about an announcement, to who sent it. A parent
// of several children says about which.
func (v *visit) askAnnouncer(f Filled) error {
	t, err := v.app.talks.Open(v.ctx(), v.actor, f.Value("asks"))
	if err != nil {
		return err
	}
	if t.Kind != chat.Announcement || t.By == v.actor.Person {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	f.Values.Set("with", t.By)
	f.Values.Set("title", v.say("newtalk.asks", "Title", firstWords(t.Title, 150)))
	if f.Value("over") != "" {
		return v.showNewTalk(f)
	}
	subjects, err := v.talkSubjects(t.By)
	if err != nil {
		return err
	}
	switch {
	case portfolio.WornForWork(v.actor.Hat):
		f.Values.Set("kind", string(chat.StaffTalk))
	case len(subjects) == 1:
		f.Values.Set("over", subjects[0].id)
	default:
		p := newTalkPage{Page: v.frame(), Title: v.say("newtalk.title"), Back: "/gesprekken", Question: v.say("newtalk.about")}
		for _, s := range subjects {
			p.Choices = append(p.Choices, talkChoice{s.path() + "&bij=" + t.ID, "person", s.name, s.class})
		}
		return v.Render("newtalk", p)
	}
	return v.showNewTalk(f)
}

func (v *visit) showNewTalk(f Filled) error {
	p := newTalkPage{Page: v.frame(), Title: v.say("newtalk.title"), Back: "/gesprekken/nieuw", Kind: chat.Kind(f.Value("kind")), Class: f.Value("class"),
		About: f.Value("over"), Asks: f.Value("asks"), Key: cmp.Or(f.Value("client_id"), portfolio.NewID()), Form: f, Subject: v.say("newtalk.subject_hint")}
	switch {
	case p.About != "":
		return v.newTalkAbout(p)
	case p.Kind == "", p.Kind == aboutStudent:
		return v.chooseTalk(p)
	}
	offers, err := v.app.talks.Offers(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(offers, func(o chat.Offer) bool { return o.Kind == p.Kind && o.Class == p.Class })
	if i < 0 {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	p.Asked, p.Title = true, v.offerTitle(offers[i])
	switch p.Kind {
	case chat.ClassTalk, chat.ClassGuardians:
		p.Subject, p.Note = "", v.say("newtalk.note."+string(p.Kind), "Class", offers[i].ClassName)
	case chat.Announcement:
		p.Subject, p.Note = v.say("newtalk.announce_hint"), v.say("newtalk.note.announcement")
		p.To = f.Choose("to", []Option{{Value: chat.ToGuardians, Text: v.say("newtalk.to.guardians")}, {Value: chat.ToStudents, Text: v.say("newtalk.to.students")}})
	default:
		peers, err := v.app.talks.Peers(v.ctx(), v.actor, p.Kind, p.Class)
		if err != nil {
			return err
		}
		for _, n := range peers {
			p.With = append(p.With, newTalkWith{n.ID, n.Says(), "", f.Has("with", n.ID)})
		}
	}
	return v.Render("newtalk", p)
}

// newTalkAbout is the form of a conversation about a student.
func (v *visit) newTalkAbout(p newTalkPage) error {
	partners, err := v.app.talks.Partners(v.ctx(), v.actor, p.About)
	if err != nil {
		return err
	}
	student, err := v.lib.PersonByID(v.ctx(), v.actor, p.About)
	if err != nil {
		return err
	}
	policy, err := v.lib.TalkPolicy(v.ctx(), v.actor.School)
	if err != nil {
		return err
	}
	own := p.About == v.actor.Person
	if !own {
		p.Title = v.say("newtalk.title_about", "Name", student.Name.Short())
	}
	if !policy.OneToOne && (own || portfolio.WornForWork(v.actor.Hat)) {
		p.Note = v.say("newtalk.second")
	}
	p.Asked = len(partners) > 0
	for _, n := range partners {
		p.With = append(p.With, newTalkWith{n.ID, n.Says(), v.say("talk.partner." + n.Standing.String()), p.Form.Has("with", n.ID) || len(partners) == 1})
	}
	return v.Render("newtalk", p)
}

// chooseTalk asks with whom, or about which student. Where there is one answer
// it goes on.
func (v *visit) chooseTalk(p newTalkPage) error {
	offers, err := v.app.talks.Offers(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	subjects, err := v.talkSubjects("")
	if err != nil {
		return err
	}
	students := p.Kind == aboutStudent
	if !students {
		p.Back = "/gesprekken"
	}
	p.Question = v.say("newtalk.with_whom")
	if students || !slices.ContainsFunc(offers, wideOffer) {
		p.Question = v.say("newtalk.about")
	}
	// Who works with many students first chooses to talk about one.
	folded := !students && portfolio.WornForWork(v.actor.Hat) && len(subjects) > 0
	if folded {
		p.Choices = append(p.Choices, talkChoice{"/gesprekken/nieuw?soort=" + aboutStudent, "person", v.say("newtalk.offer.student"), v.say("newtalk.offer.student_hint")})
	} else {
		for _, s := range subjects {
			c := talkChoice{s.path(), "person", s.name, s.class}
			if !portfolio.WornForWork(v.actor.Hat) {
				c.Text, c.Hint = v.say("newtalk.offer.child", "Name", s.name), v.say("newtalk.offer.child_hint")
			}
			if s.id == v.actor.Person {
				c.Text, c.Hint = v.say("newtalk.offer.teacher"), ""
			}
			p.Choices = append(p.Choices, c)
		}
	}
	for _, o := range offers {
		if !students && wideOffer(o) {
			p.Choices = append(p.Choices, talkChoice{"/gesprekken/nieuw?soort=" + string(o.Kind) + "&klas=" + o.Class, offerIcons[o.Kind], v.offerTitle(o), v.say("newtalk.hint." + string(o.Kind))})
		}
	}
	if len(p.Choices) == 1 {
		return v.seeOther(p.Choices[0].Path)
	}
	return v.Render("newtalk", p)
}

// wideOffer tells whether an offer is not about a student.
func wideOffer(o chat.Offer) bool {
	return o.Kind != chat.StudentTeacher && o.Kind != chat.GuardianTeacher
}

var offerIcons = map[chat.Kind]string{chat.ClassTalk: "class", chat.ClassGuardians: "group", chat.StudentsTalk: "class", chat.StaffTalk: "group", chat.Announcement: "bell"}

// offerTitle says with whom a conversation is.
func (v *visit) offerTitle(o chat.Offer) string {
	if o.Class == "" {
		return v.say("newtalk.offer." + string(o.Kind))
	}
	return v.say("newtalk.offer_class."+string(o.Kind), "Class", o.ClassName)
}

// talkSubject is a student about whom the visitor can talk.
type talkSubject struct{ id, name, class string }

func (s talkSubject) path() string { return "/gesprekken/nieuw?over=" + s.id }

// talkSubjects are the students about whom the visitor can talk in this hat, as
// the school has it: the visitor, the children, the groups. with is somebody with
// whom that must be, or "".
func (v *visit) talkSubjects(with string) (out []talkSubject, err error) {
	policy, err := v.lib.TalkPolicy(v.ctx(), v.actor.School)
	if err != nil {
		return nil, err
	}
	add := func(p *portfolio.Person, class string, kinds ...chat.Kind) error {
		if !slices.ContainsFunc(kinds, policy.On) {
			return nil
		}
		partners, err := v.app.talks.Partners(v.ctx(), v.actor, p.ID)
		if portfolio.KindOf(err) == portfolio.NotFound || with != "" && !slices.ContainsFunc(partners, func(n portfolio.Near) bool { return n.ID == with }) {
			return nil
		}
		out = append(out, talkSubject{p.ID, p.Name.Full(), class})
		return err
	}
	if err := add(v.person, "", chat.StudentTeacher); err != nil || len(out) > 0 {
		return out, err
	}
	wards, err := v.lib.Wards(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	for _, w := range wards {
		if err := add(w.Person, w.Class, chat.GuardianTeacher); err != nil {
			return nil, err
		}
	}
	groups, err := v.lib.Groups(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		for _, s := range g.Students {
			if err := add(s, g.Name, chat.StudentTeacher, chat.GuardianTeacher); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (v *visit) newTalk() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	t, err := v.app.talks.Start(v.ctx(), v.actor, chat.NewTalk{Key: f.Value("client_id"), Kind: chat.Kind(f.Value("kind")), Student: f.Value("over"),
		Class: f.Value("class"), To: form["to"], With: form["with"], Asks: f.Value("asks"), Title: f.Value("title"), Text: f.Value("message")})
	if err == nil {
		return v.seeOther("/gesprekken/" + t.ID)
	}
	if err := v.wrongTalk(&f, err); err != nil {
		return err
	}
	return v.showNewTalk(f)
}

// apiOffer is a conversation that can be started, in the JSON API.
type apiOffer struct {
	Kind      chat.Kind `json:"kind"`
	Class     string    `json:"class,omitempty"`
	ClassName string    `json:"class_name,omitempty"`
}

func (v *visit) apiTalkOffers() error {
	offers, err := v.app.talks.Offers(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	out := []apiOffer{}
	for _, o := range offers {
		out = append(out, apiOffer(o))
	}
	return v.JSON(fiber.Map{"offers": out})
}

func (v *visit) apiNewTalk() error {
	var in struct {
		ClientID string    `json:"client_id"`
		Kind     chat.Kind `json:"kind"`
		Student  string    `json:"student"`
		Class    string    `json:"class"`
		To       []string  `json:"to"`
		With     []string  `json:"with"`
		Asks     string    `json:"asks"`
		Title    string    `json:"title"`
		Text     string    `json:"text"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	t, err := v.app.talks.Start(v.ctx(), v.actor, chat.NewTalk{Key: in.ClientID, Kind: in.Kind, Student: in.Student, Class: in.Class, To: in.To,
		With: in.With, Asks: in.Asks, Title: in.Title, Text: in.Text})
	if err != nil {
		return err
	}
	return v.Status(fiber.StatusCreated).JSON(apiConversationOf(t))
}
