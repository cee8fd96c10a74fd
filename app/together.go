package app

import (
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// The yes of one of the family to talk with school together with another.

type togetherPage struct {
	Page
	Student, Name string
	Others        []togetherWith
	Form          Filled
}

type togetherWith struct {
	ID, Name       string
	Now            Note
	Answer, Button string
}

func (v *visit) together() error { return v.togetherAgain(Filled{}) }

func (v *visit) togetherAgain(f Filled) error {
	all, err := v.lib.Companions(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	student, err := v.lib.PersonByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := togetherPage{Page: v.frame(), Student: student.ID, Name: student.Name.Short(), Form: f}
	for _, c := range all {
		x := togetherWith{ID: c.ID, Name: c.Name.Full(), Answer: "yes", Button: v.say("together.yes"), Now: Note{Text: v.say("together.not")}}
		switch {
		case c.Both:
			x.Now = Note{Kind: "ok", Text: v.say("together.both", "Name", c.Name.Short())}
		case c.Mine:
			x.Now = Note{Text: v.say("together.waits", "Name", c.Name.Short(), "Date", c.Since)}
		}
		if c.Mine {
			x.Answer, x.Button = "no", v.say("together.take_back")
		}
		p.Others = append(p.Others, x)
	}
	return v.Render("together", p)
}

func (v *visit) sayTogether() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	yes, err := yesOrNo(f.Value("answer"))
	if err == nil {
		err = v.lib.SayTogether(v.ctx(), v.actor, v.Params("id"), f.Value("with"), yes)
	}
	switch {
	case portfolio.KindOf(err) == portfolio.Conflict:
		return v.seeOther("/leerling/" + v.Params("id") + "/samen") // the same button, pressed twice
	case err != nil && portfolio.KindOf(err) != portfolio.Invalid:
		return err
	case err != nil:
		if _, absent := v.lib.Companions(v.ctx(), v.actor, v.Params("id")); absent != nil {
			return absent
		}
		if err := v.wrong(&f, err); err != nil {
			return err
		}
		f.Problems[0].Field = "" // a button
		return v.togetherAgain(f)
	case yes:
		v.done("done.together", "")
	default:
		v.done("done.apart", "")
	}
	return v.seeOther("/leerling/" + v.Params("id") + "/samen")
}

func yesOrNo(answer string) (bool, error) {
	if answer != "yes" && answer != "no" {
		return false, portfolio.E(portfolio.Invalid, "error.choice", "Field", "answer")
	}
	return answer == "yes", nil
}

// apiCompanion is another of the family, in the JSON API.
type apiCompanion struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Mine  bool      `json:"mine"`
	Both  bool      `json:"both"`
	Since time.Time `json:"since,omitzero"`
}

func (v *visit) apiTogether() error {
	all, err := v.lib.Companions(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	out := []apiCompanion{}
	for _, c := range all {
		out = append(out, apiCompanion{c.ID, c.Name.Full(), c.Mine, c.Both, c.Since})
	}
	return v.JSON(fiber.Map{"others": out})
}

func (v *visit) apiSayTogether() error {
	var in struct {
		With   string `json:"with"`
		Answer string `json:"answer"`
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	yes, err := yesOrNo(in.Answer)
	if err != nil {
		if _, absent := v.lib.Companions(v.ctx(), v.actor, v.Params("id")); absent != nil {
			return absent
		}
		return err
	}
	if err := v.lib.SayTogether(v.ctx(), v.actor, v.Params("id"), in.With, yes); err != nil {
		return err
	}
	return v.apiTogether()
}
