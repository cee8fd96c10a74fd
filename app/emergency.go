package app

import (
	"kaft/portfolio"
)

// Emergency access: the reason first, then the file until midnight. How it is
// kept from being abused is in portfolio/emergency.go.

// emergencyPage asks for the reason, and for whom it is where that is not in
// the address.
type emergencyPage struct {
	Page
	Path string
	Find bool   // ask whom it is about
	Name string // of the student, for who has to do with the student already
	Min  int    // characters of a reason
	Form Filled
}

// emergencySearch is the form for a student for whom the visitor has no duty.
func (v *visit) emergencySearch() error { return v.emergencyAgain("", Filled{}) }

// emergencyForm is the form for one student.
func (v *visit) emergencyForm() error { return v.emergencyAgain(v.Params("id"), Filled{}) }

func (v *visit) emergencyAgain(student string, f Filled) error {
	p := emergencyPage{Page: v.frame(), Path: "/nood", Find: student == "", Min: portfolio.MinEmergencyReason, Form: f}
	if p.Find {
		if err := v.lib.MaySearchInEmergency(v.ctx(), v.actor); err != nil {
			return absent(err)
		}
		return v.Render("emergency", p)
	}
	s, standing, err := v.lib.MayEmergency(v.ctx(), v.actor, student)
	if err != nil {
		return absent(err)
	}
	if p.Path = "/leerling/" + s.ID + "/nood"; standing.InTouch() {
		p.Name = s.Name.Full()
	}
	return v.Render("emergency", p)
}

// absent makes what is refused look like what is not there.
func absent(err error) error {
	if portfolio.KindOf(err) == portfolio.Forbidden {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	return err
}

// searchInEmergency finds the student that was described, and opens the file.
func (v *visit) searchInEmergency() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	born := v.readDate(&f, "birth")
	if len(f.Problems) > 0 {
		return v.emergencyAgain("", f)
	}
	student, err := v.lib.FindInEmergency(v.ctx(), v.actor, f.Value("name"), born, f.Value("reason"))
	if err != nil {
		if err = v.wrong(&f, absent(err)); err != nil {
			return err
		}
		return v.emergencyAgain("", f)
	}
	return v.openFile(student, "", f)
}

// openInEmergency opens the file of one student.
func (v *visit) openInEmergency() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	return v.openFile(v.Params("id"), v.Params("id"), Filled{Values: form})
}

// openFile opens a file; the form that is shown again when it cannot be is of
// back, or the search.
func (v *visit) openFile(student, back string, f Filled) error {
	_, err := v.lib.OpenInEmergency(v.ctx(), v.actor, student, f.Value("reason"))
	if err != nil {
		if err = v.wrong(&f, absent(err)); err != nil {
			return err
		}
		return v.emergencyAgain(back, f)
	}
	v.done("done.emergency", "")
	return v.seeOther("/leerling/" + student)
}

// running tells which emergency access of the visitor runs: every page says so
// as long as it does. That it cannot be told is no reason to show no page.
func (v *visit) running() []Running {
	all, err := v.lib.Emergencies(v.ctx(), v.actor)
	if err != nil {
		v.app.opt.Log.Error("emergency access cannot be listed", "error", err.Error())
	}
	var out []Running
	for _, e := range all {
		out = append(out, Running{ID: e.ID, Name: e.Student.Name.Full(), Path: "/leerling/" + e.Student.ID})
	}
	return out
}

// endEmergency ends emergency access before midnight.
func (v *visit) endEmergency() error {
	if err := v.lib.EndEmergency(v.ctx(), v.actor, v.Params("id")); err != nil {
		return absent(err)
	}
	v.done("done.emergency_ended", "")
	return v.seeOther("/")
}
