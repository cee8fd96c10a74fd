package app

import (
	"html/template"
	"strconv"

	"kaft/export/prose"
	"kaft/portfolio"
)

// versionsPage lists the earlier states of a work.
type versionsPage struct {
	Page
	Work     *portfolio.Work
	Now      version
	Versions []version
	Adds     bool // may still go back
}

// version is one state of a work.
type version struct {
	*portfolio.Work
	Text  template.HTML
	Clock string
}

func (v *visit) versions() error {
	w, err := v.lib.OwnWork(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	all, err := v.lib.Versions(v.ctx(), v.actor, w.ID)
	if err != nil {
		return err
	}
	p := versionsPage{Page: v.frame(), Work: w, Now: v.version(w)}
	for i := range all {
		p.Versions = append(p.Versions, v.version(&all[i].Work))
	}
	if err = v.lib.MayAdd(v.ctx(), v.actor); err != nil && portfolio.KindOf(err) != portfolio.Forbidden {
		return err
	}
	p.Adds = err == nil
	return v.Render("versions", p)
}

func (v *visit) version(w *portfolio.Work) version {
	return version{Work: w, Text: prose.HTML(w.Text), Clock: v.app.cat.Clock(w.UpdatedAt)}
}

// restoreVersion makes an earlier state the newest. The toast goes back again.
func (v *visit) restoreVersion() error {
	_, rev, err := v.formRev()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(v.Params("n"))
	if err != nil {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	w, err := v.lib.RestoreVersion(v.ctx(), v.actor, v.Params("id"), rev, n)
	if err != nil {
		return err
	}
	v.done("done.version_back", "/werk/"+w.ID+"/versies/"+strconv.Itoa(w.Version-1)+"?rev="+strconv.FormatInt(w.Rev, 10))
	return v.seeOther("/werk/" + w.ID)
}
