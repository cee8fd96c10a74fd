package app

import (
	"cmp"

	"kaft/chat"
	"kaft/portfolio"
)

// newTalkPage is where a conversation begins: about whom, with whom.
type newTalkPage struct {
	Page
	About    string // the student, or "" while there is a choice
	Name     string
	Myself   bool // the student is who asks
	Students []newTalkAbout
	With     []newTalkWith
	Key      string
	Form     Filled
}

type newTalkAbout struct{ Path, Name, Class string }

type newTalkWith struct {
	ID, Name, Hint string
	Chosen         bool
}

func (v *visit) newTalkForm() error {
	return v.showNewTalk(v.Query("over"), Filled{})
}

func (v *visit) showNewTalk(about string, f Filled) error {
	p := newTalkPage{Page: v.frame(), About: about, Key: cmp.Or(f.Value("client_id"), portfolio.NewID()), Form: f}
	if about == "" {
		var err error
		if p.Students, err = v.talkSubjects(); err != nil {
			return err
		}
		if len(p.Students) != 1 {
			return v.Render("newtalk", p)
		}
		return v.seeOther(p.Students[0].Path)
	}
	partners, err := v.app.talks.Partners(v.ctx(), v.actor, about)
	if err != nil {
		return err
	}
	student, err := v.lib.PersonByID(v.ctx(), v.actor, about)
	if err != nil {
		return err
	}
	p.Name, p.Myself = student.Name.Short(), about == v.actor.Person
	for _, n := range partners {
		p.With = append(p.With, newTalkWith{n.ID, n.Says(), v.say("talk.partner." + n.Standing.String()), f.Has("with", n.ID) || len(partners) == 1})
	}
	return v.Render("newtalk", p)
}

// talkSubjects are the students about whom the visitor can talk in this hat:
// the visitor, the children, the groups.
func (v *visit) talkSubjects() (out []newTalkAbout, err error) {
	add := func(p *portfolio.Person, class string) error {
		_, err := v.app.talks.Partners(v.ctx(), v.actor, p.ID)
		if portfolio.KindOf(err) == portfolio.NotFound {
			return nil
		}
		out = append(out, newTalkAbout{"/gesprekken/nieuw?over=" + p.ID, p.Name.Full(), class})
		return err
	}
	if err := add(v.person, ""); err != nil || len(out) > 0 {
		return out, err
	}
	wards, err := v.lib.Wards(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	for _, w := range wards {
		if err := add(w.Person, w.Class); err != nil {
			return nil, err
		}
	}
	groups, err := v.lib.Groups(v.ctx(), v.actor)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		for _, s := range g.Students {
			out = append(out, newTalkAbout{"/gesprekken/nieuw?over=" + s.ID, s.Name.Full(), g.Name})
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
	t, err := v.app.talks.Start(v.ctx(), v.actor, chat.NewTalk{Key: f.Value("client_id"), Student: f.Value("over"), With: form["with"],
		Title: f.Value("title"), Text: f.Value("message")})
	if err == nil {
		return v.seeOther("/gesprekken/" + t.ID)
	}
	if err := v.wrongTalk(&f, err); err != nil {
		return err
	}
	return v.showNewTalk(f.Value("over"), f)
}
