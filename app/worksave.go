package app

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// Saving a work that was filled in: checked, confirmed, and shown again with
// every word when something is not right.

// addWork puts a new work in the portfolio.
func (v *visit) addWork() error { return v.saveWork(nil) }

// changeWork saves a new version of a work.
func (v *visit) changeWork() error {
	w, err := v.lib.OwnWork(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.saveWork(w)
}

// saveWork reads the form and saves what it says, unless the visitor only
// asked who will see it, or something is not right yet: then the form comes
// back with every word and file still in it.
func (v *visit) saveWork(w *portfolio.Work) error {
	form, uploads, fault := v.formFiles()
	if form == nil {
		return fault
	}
	for _, id := range uploads {
		form.Add("upload", id)
	}
	f := Filled{Values: form}
	n := v.readWork(&f, w)
	if fault != nil {
		if err := v.wrong(&f, fault); err != nil {
			return err
		}
	}
	audience, err := chosenAudience(f, w)
	if err != nil {
		if err := v.wrong(&f, err); err != nil {
			return err
		}
	}
	n.Audience = audience
	if len(f.Problems) > 0 || form.Has("look") {
		return v.showWorkForm(w, f, false)
	}
	if !n.Draft {
		s, err := v.seeingChange(w, audience, f)
		if err != nil {
			return err
		}
		if s.Sure != nil && !s.Sure.Checked {
			v.wrongField(&f, "sure", v.say("readers.sure_first"))
			return v.showWorkForm(w, f, false)
		}
	}
	if w == nil {
		return v.storeNew(f, n)
	}
	return v.storeChange(w, f, n)
}

// readWork reads the form. A title that was left empty is made up: "Foto van 21
// november".
func (v *visit) readWork(f *Filled, w *portfolio.Work) portfolio.NewWork {
	n := portfolio.NewWork{Type: f.Value("type"), Title: strings.TrimSpace(f.Value("title")), Text: f.Value("text"),
		Subject: f.Value("subject"), HappenedOn: v.readDate(f, "happened_on"), Uploads: f.Values["upload"], Alts: map[string]string{}}
	n.Draft = f.Has("draft", "1") && (w == nil || w.Draft) // what was put in the portfolio stays there
	lookBack := n.Type == portfolio.TypeReflection
	if lookBack {
		n.About = f.Value("about")
	}
	first := ""
	for _, x := range filesKept(w, f) {
		first = cmp.Or(first, faceOf(x.Type))
		if f.Values.Has("alt." + x.FileID()) {
			n.Alts[x.FileID()] = f.Value("alt." + x.FileID())
		}
	}
	for _, id := range n.Uploads {
		if u, err := v.lib.UploadByID(v.ctx(), v.actor, id); err == nil && u.File != nil {
			first = cmp.Or(first, faceOf(u.File.Type))
		}
	}
	if n.Title == "" {
		key := cmp.Or(first, "text")
		if lookBack {
			key = "reflection"
		}
		on := cmp.Or(n.HappenedOn, happened(w), portfolio.DateOf(v.lib.Now()))
		n.Title = v.say("work.untitled."+key, "Day", v.app.cat.Day(v.prefs.Lang, on))
	}
	return n
}

func happened(w *portfolio.Work) portfolio.Date {
	if w == nil {
		return 0
	}
	return w.HappenedOn
}

// filesKept are the files of the work that the form does not leave out.
func filesKept(w *portfolio.Work, f *Filled) []portfolio.File {
	if w == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(w.Files), func(x portfolio.File) bool { return f.Has("drop", x.FileID()) })
}

func (v *visit) storeNew(f Filled, n portfolio.NewWork) error {
	w, err := v.lib.AddWork(v.ctx(), v.actor, n)
	if err != nil {
		return v.workRefused(nil, f, err)
	}
	v.done(savedKey(w, "done.work_added"), "")
	return v.seeOther("/werk/" + w.ID)
}

func (v *visit) storeChange(w *portfolio.Work, f Filled, n portfolio.NewWork) error {
	rev, err := v.rev(f.Values)
	if err != nil {
		return err
	}
	var keep []string
	for _, x := range filesKept(w, &f) {
		keep = append(keep, x.FileID())
	}
	saved, err := v.lib.ChangeWork(v.ctx(), v.actor, w.ID, rev, n, keep)
	if portfolio.KindOf(err) == portfolio.Conflict && err != nil {
		return v.staleWork(w.ID, f)
	}
	if err != nil {
		return v.workRefused(w, f, err)
	}
	key, undo := savedKey(saved, "done.work_changed"), "/werk/"+w.ID+"/versies/"+strconv.Itoa(saved.Version-1)+"?rev="+strconv.FormatInt(saved.Rev, 10)
	if w.Draft && !saved.Draft {
		key, undo = "done.work_added", ""
	}
	v.done(key, undo)
	return v.seeOther("/werk/" + w.ID)
}

// savedKey is what a toast says of a saved work.
func savedKey(w *portfolio.Work, key string) string {
	if w.Draft {
		return "done.work_kept"
	}
	return key
}

// workRefused shows the form again when what was filled in was refused.
func (v *visit) workRefused(w *portfolio.Work, f Filled, err error) error {
	if _, e := v.takenFiles(&f); e != nil {
		return e
	}
	if len(f.Problems) == 0 {
		if err := v.wrong(&f, err); err != nil {
			return err
		}
	}
	return v.showWorkForm(w, f, false)
}

// staleWork shows the form again on top of the version that somebody saved in
// the meantime. Nothing typed is lost, and saving it now loses nothing either:
// the other version stays among the versions.
func (v *visit) staleWork(id string, f Filled) error {
	w, err := v.lib.OwnWork(v.ctx(), v.actor, id)
	if err != nil {
		return err
	}
	f.Values.Set("rev", strconv.FormatInt(w.Rev, 10))
	v.Status(fiber.StatusConflict)
	return v.showWorkForm(w, f, true)
}
