package app

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// recordFormPage is the form of a new piece, and of one that is there.
type recordFormPage struct {
	Page
	Student *portfolio.Person
	Record  *portfolio.SeenRecord // as it is stored; nil for a new one
	Kind    string
	Kinds   []kindTab // to choose from, for a new one
	Types   []Option
	Sources []Option
	Contact bool
	Note    bool
	Form    Filled
	Stale   bool // somebody saved another version in the meantime
}

// kindTab leads to the form of another kind.
type kindTab struct {
	Path, Kind, Icon string
	Current          bool
}

var recordIcons = map[string]string{portfolio.ItemRecord: "file", portfolio.ItemCare: "shield", portfolio.ItemContact: "home", portfolio.ItemNote: "lock"}

// addRecordForm is the empty form; ?soort= is the kind.
func (v *visit) addRecordForm() error {
	values := url.Values{"kind": {v.Query("soort")}, "source": {portfolio.Sources[0]}, "happened_on": {portfolio.DateOf(v.lib.Now()).String()}}
	return v.newRecordForm(Filled{Values: values})
}

// newRecordForm shows the form of a new piece to who may add one.
func (v *visit) newRecordForm(f Filled) error {
	student := v.Params("id")
	may, err := v.lib.MayRecord(v.ctx(), v.actor, student)
	if err != nil {
		return err
	}
	if len(may) == 0 {
		return portfolio.E(portfolio.NotFound, "error.not_found")
	}
	p := recordFormPage{Page: v.frame(), Kind: f.Value("kind"), Form: f}
	if !slices.Contains(may, p.Kind) {
		p.Kind = may[0]
	}
	for _, kind := range may {
		p.Kinds = append(p.Kinds, kindTab{"/leerling/" + student + "/dossier/nieuw?soort=" + kind, kind, recordIcons[kind], kind == p.Kind})
	}
	return v.showRecordForm(p, student)
}

func (v *visit) changeRecordForm() error {
	r, err := v.recordToChange()
	if err != nil {
		return err
	}
	return v.recordFormOf(r, Filled{Values: recordValues(r)}, false)
}

// recordToChange is a piece that the visitor works with. Who only reads it has
// no such page.
func (v *visit) recordToChange() (*portfolio.SeenRecord, error) {
	r, err := v.lib.Record(v.ctx(), v.actor, v.Params("id"))
	if err == nil && !r.MayChange {
		return nil, portfolio.E(portfolio.NotFound, "error.not_found")
	}
	return r, err
}

func (v *visit) recordFormOf(r *portfolio.SeenRecord, f Filled, stale bool) error {
	return v.showRecordForm(recordFormPage{Page: v.frame(), Record: r, Kind: r.Kind, Form: f, Stale: stale}, r.Student)
}

func (v *visit) showRecordForm(p recordFormPage, student string) error {
	var err error
	if p.Student, err = v.lib.PersonByID(v.ctx(), v.actor, student); err != nil {
		return err
	}
	p.Contact, p.Note = p.Kind == portfolio.ItemContact, p.Kind == portfolio.ItemNote
	for _, typ := range portfolio.RecordTypes(p.Kind) {
		p.Types = append(p.Types, Option{Value: typ, Text: v.say("record.type." + typ)})
	}
	p.Types = p.Form.Choose("record_type", p.Types)
	for _, source := range portfolio.Sources {
		p.Sources = append(p.Sources, Option{Value: source, Text: v.say("record.source." + source)})
	}
	p.Sources = p.Form.Choose("source", p.Sources)
	return v.Render("recordform", p)
}

// recordValues fills the form with a piece.
func recordValues(r *portfolio.SeenRecord) url.Values {
	lines := []string{}
	for _, d := range r.Details {
		lines = append(lines, d.Label+": "+d.Value)
	}
	return url.Values{"kind": {r.Kind}, "record_type": {r.Type}, "title": {r.Title}, "text": {r.Text}, "details": {strings.Join(lines, "\n")},
		"happened_on": {r.HappenedOn.String()}, "source": {r.Source}, "source_note": {r.SourceNote}, "rev": {revOf(r.Record)}}
}

// readRecord reads the form.
func (v *visit) readRecord(f *Filled) portfolio.NewRecord {
	n := portfolio.NewRecord{Kind: f.Value("kind"), Type: f.Value("record_type"), Title: f.Value("title"), Text: f.Value("text"),
		HappenedOn: v.readDate(f, "happened_on"), Source: f.Value("source"), SourceNote: f.Value("source_note")}
	n.Details = v.readDetails(f)
	return n
}

// readDetails reads one detail a line: what it is, a colon, and the rest. Only
// the form of contact data has them.
func (v *visit) readDetails(f *Filled) (out []portfolio.Detail) {
	if f.Value("kind") != portfolio.ItemContact && f.Value("details") != "" {
		v.wrongField(f, "kind", v.say("error.details_place"))
		return nil
	}
	for line := range strings.Lines(f.Value("details")) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		label, value, found := strings.Cut(line, ":")
		if !found {
			v.wrongField(f, "details", v.say("error.details_line", "Line", line))
			return nil
		}
		out = append(out, portfolio.Detail{Label: label, Value: value})
	}
	return out
}

func (v *visit) addRecord() error {
	form, err := v.form()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	n := v.readRecord(&f)
	if len(f.Problems) > 0 {
		return v.newRecordForm(f)
	}
	r, err := v.lib.AddRecord(v.ctx(), v.actor, v.Params("id"), n)
	if err != nil {
		if err = v.wrong(&f, err); err != nil {
			return err
		}
		return v.newRecordForm(f)
	}
	if r.Kind == portfolio.ItemNote {
		v.done("done.note_added", "")
	} else {
		v.done("done.record_added", "")
	}
	return v.seeOther("/dossier/" + r.ID)
}

func (v *visit) changeRecord() error {
	form, rev, err := v.formRev()
	if err != nil {
		return err
	}
	f := Filled{Values: form}
	n := v.readRecord(&f)
	if len(f.Problems) == 0 {
		r, err := v.lib.ChangeRecord(v.ctx(), v.actor, v.Params("id"), rev, n)
		if err == nil {
			v.done("done.work_changed", "")
			return v.seeOther("/dossier/" + r.ID)
		}
		if portfolio.KindOf(err) == portfolio.Conflict {
			return v.staleRecord(f)
		}
		if err = v.wrong(&f, err); err != nil {
			return err
		}
	}
	r, err := v.recordToChange()
	if err != nil {
		return err
	}
	return v.recordFormOf(r, f, false)
}

// staleRecord shows what was typed on top of what somebody saved in the
// meantime: saving it now keeps the other among the versions.
func (v *visit) staleRecord(f Filled) error {
	r, err := v.recordToChange()
	if err != nil {
		return err
	}
	f.Values.Set("rev", revOf(r.Record))
	v.Status(fiber.StatusConflict)
	return v.recordFormOf(r, f, true)
}
