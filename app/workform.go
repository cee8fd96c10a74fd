package app

import (
	"net/url"
	"slices"
	"strconv"

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
	if err := v.lib.MayAdd(v.ctx(), v.actor); err != nil {
		return err
	}
	values := url.Values{"audience": {string(PresetMe)}, "happened_on": {portfolio.DateOf(v.lib.Now()).String()}}
	if v.Query("soort") == "terugblik" {
		values.Set("type", portfolio.TypeReflection)
		values.Set("about", v.Query("over"))
	}
	return v.showWorkForm(nil, Filled{Values: values}, false)
}

func (v *visit) changeWorkForm() error {
	w, err := v.lib.OwnWork(v.ctx(), v.actor, v.Params("id"))
	if err == nil {
		err = v.lib.MayAdd(v.ctx(), v.actor)
	}
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
