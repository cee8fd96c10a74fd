package app

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// workFormPage is S2: the form of a new work, and of one that is there.
type workFormPage struct {
	Page
	Work     *portfolio.Work // as it is stored; nil for a new one
	LookBack bool
	Form     Filled
	Taken    []formFile // uploaded, and not in a work yet
	Files    []formFile // of the work as it is stored
	Abouts   []Option
	Subjects []string
	Audience AudienceChoice
	Seeing   Seeing
	Upload   Upload
	Stale    bool // somebody saved another version in the meantime
}

// formFile is a file in the form.
type formFile struct {
	ID, Name, Icon string
	Size           int64
	Thumb          string // path, or ""
	Alt            string
	Picture        bool // it can be told what it shows
	Off            bool // it will be left out
}

const aboutChoices = 200 // works that a look back can be about, newest first

// addWorkForm is the empty form; ?soort=terugblik&over=… is a look back.
func (v *visit) addWorkForm() error {
	values := url.Values{"audience": {string(PresetMe)}, "happened_on": {portfolio.DateOf(v.lib.Now()).String()}}
	if v.Query("soort") == "terugblik" {
		values.Set("type", portfolio.TypeReflection)
		values.Set("about", v.Query("over"))
	}
	return v.showWorkForm(nil, Filled{Values: values}, false)
}

func (v *visit) changeWorkForm() error {
	w, err := v.lib.OwnWork(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.showWorkForm(w, Filled{Values: valuesOf(w)}, false)
}

// valuesOf fills the form with a work.
func valuesOf(w *portfolio.Work) url.Values {
	preset, classGuardians := PresetOf(w.Audience)
	values := url.Values{"type": {w.Type}, "title": {w.Title}, "text": {w.Text}, "subject": {w.Subject}, "about": {w.About},
		"happened_on": {w.HappenedOn.String()}, "audience": {string(preset)}, "rev": {strconv.FormatInt(w.Rev, 10)}}
	if classGuardians {
		values.Set("class_guardians", "1")
	}
	return values
}

// showWorkForm shows the form with what stands in it, and who would see the
// work as it would then be.
func (v *visit) showWorkForm(w *portfolio.Work, f Filled, stale bool) error {
	p := workFormPage{Page: v.frame(), Work: w, LookBack: f.Value("type") == portfolio.TypeReflection, Stale: stale}
	shelf, err := v.lib.Shelf(v.ctx(), v.actor, v.actor.Person)
	if err != nil {
		return err
	}
	p.Subjects = shelf.Subjects
	if p.LookBack {
		if p.Abouts, err = v.abouts(w, f.Value("about")); err != nil {
			return err
		}
	}
	if p.Taken, err = v.takenFiles(&f); err != nil {
		return err
	}
	if w != nil {
		p.Files = v.formFilesOf(w, f)
	}
	audience, err := chosenAudience(f, w)
	if err != nil {
		audience = nil
	}
	if p.Seeing, err = v.seeingChange(w, audience, f); err != nil {
		return err
	}
	p.Audience = readChoice(f.Values)
	p.Audience.Error = f.Error("audience")
	p.Form = f
	p.Upload = Upload{ID: "file", Label: v.say("work.upload"), Hint: v.say("work.upload_hint"), Error: f.Error("file"), Path: "/uploads",
		Limit: portfolio.MaxFile, Capture: true}
	return v.Render("workform", p)
}

// seeingChange is who would see w (nil: a new work) with an audience, and what
// to be sure of.
func (v *visit) seeingChange(w *portfolio.Work, audience []string, f Filled) (Seeing, error) {
	id, before := "", []string(nil)
	if w != nil {
		id, before = w.ID, seenBefore(w)
	}
	s, err := v.seeing(id, before, audience)
	if s.Sure != nil {
		s.Sure.Checked = f.Has("sure", s.Sure.Value)
	}
	return s, err
}

// chosenAudience is what was chosen; nothing chosen leaves it as it is.
func chosenAudience(f Filled, w *portfolio.Work) ([]string, error) {
	choice := readChoice(f.Values)
	if choice.Chosen == PresetOther || choice.Chosen == "" {
		if w == nil {
			return nil, nil
		}
		return w.Audience, nil
	}
	return AudienceOf(choice.Chosen, choice.ClassGuardians)
}

// abouts are the works that a look back can be about.
func (v *visit) abouts(w *portfolio.Work, chosen string) ([]Option, error) {
	works, _, err := v.lib.Works(v.ctx(), v.actor, v.actor.Person, "", aboutChoices)
	out := []Option{{Text: v.say("work.about_none")}}
	for _, x := range works {
		if w == nil || x.ID != w.ID {
			out = append(out, Option{Value: x.ID, Text: x.Title + " · " + v.app.cat.ShortDate(v.prefs.Lang, x.HappenedOn), Chosen: x.ID == chosen})
		}
	}
	return out, err
}

// takenFiles are the uploads that the form names. One that is not there any
// more is taken out of the form, and said.
func (v *visit) takenFiles(f *Filled) ([]formFile, error) {
	var out []formFile
	ids := f.Values["upload"]
	f.Values.Del("upload")
	for _, id := range ids {
		u, err := v.lib.UploadByID(v.ctx(), v.actor, id)
		if portfolio.KindOf(err) == portfolio.NotFound && err != nil {
			v.wrongField(f, "file", v.say("error.upload_gone"))
			continue
		}
		if err != nil {
			return nil, err
		}
		if u.File == nil || slices.Contains(f.Values["upload"], id) {
			continue
		}
		f.Values.Add("upload", id)
		out = append(out, formFile{ID: id, Name: u.File.Name, Size: u.File.Size, Icon: faceIcons[faceOf(u.File.Type)]})
	}
	return out, nil
}

func (v *visit) formFilesOf(w *portfolio.Work, f Filled) []formFile {
	var out []formFile
	for _, x := range w.Files {
		face := faceOf(x.Type)
		file := formFile{ID: x.FileID(), Name: x.Name, Size: x.Size, Icon: faceIcons[face], Picture: face == facePhoto, Off: f.Has("drop", x.FileID())}
		if x.Thumb != "" {
			file.Thumb = "/werk/" + w.ID + "/klein/" + file.ID
		}
		file.Alt = x.Alt
		if f.Values.Has("alt." + file.ID) {
			file.Alt = f.Value("alt." + file.ID)
		}
		out = append(out, file)
	}
	return out
}

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
