package app

import (
	"strconv"

	"kaft/portfolio"
)

// The pages of a student's file (het dossier): the list, one piece, its earlier
// versions, and sharing a note.

// papersPage lists what the visitor may see of a student's file.
type papersPage struct {
	Page
	Student *portfolio.Person
	Own     bool
	Back    string // path of where the visitor came from, "" for nowhere
	Groups  []recordGroup
	MayAdd  bool
	Request []string // the kinds that open after a request
	Asks    bool     // the visitor can ask for them here
}

// recordGroup holds the pieces of one kind.
type recordGroup struct {
	Kind string
	Rows []*portfolio.SeenRecord
}

func (v *visit) papers() error {
	found, err := v.lib.Papers(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := papersPage{Page: v.frame(), Student: found.Student, MayAdd: len(found.MayAdd) > 0, Request: found.Request,
		Asks: found.Asks == portfolio.AskToView}
	if p.Own, p.Back, err = v.frontOf(found.Student.ID); err != nil {
		return err
	}
	open := map[string]bool{}
	for _, kind := range found.Opens {
		open[kind] = true
	}
	for _, kind := range portfolio.RecordKinds {
		g := recordGroup{Kind: kind}
		for _, r := range found.Records {
			if r.Kind == kind {
				g.Rows = append(g.Rows, r)
			}
		}
		if open[kind] || len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	return v.Render("papers", p)
}

// frontOf is where a student's page is for this visitor, "" for who has none.
func (v *visit) frontOf(student string) (own bool, path string, err error) {
	_, standing, err := v.lib.Student(v.ctx(), v.actor, student)
	switch {
	case err != nil && portfolio.KindOf(err) == portfolio.NotFound:
		return false, "", nil
	case err != nil:
		return false, "", err
	case standing == portfolio.Self:
		return true, "/ik", nil
	}
	return false, "/leerling/" + student, nil
}

// recordPage is one piece of a student's file.
type recordPage struct {
	Page
	Record  *portfolio.SeenRecord
	Student *portfolio.Person
	Keep    portfolio.Date // when it goes, where that is known
	Note    bool
}

func (v *visit) record() error {
	r, err := v.lib.Record(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	p := recordPage{Page: v.frame(), Record: r, Note: r.Kind == portfolio.ItemNote}
	if p.Student, err = v.lib.PersonByID(v.ctx(), v.actor, r.Student); err != nil {
		return err
	}
	p.Keep = r.KeepUntil(p.Student)
	return v.Render("record", p)
}

// recordVersionsPage lists the earlier states of a piece.
type recordVersionsPage struct {
	Page
	Record   *portfolio.SeenRecord
	Versions []*portfolio.SeenRecord // the one of now first
}

func (v *visit) recordVersions() error {
	old, err := v.lib.RecordVersions(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	r, err := v.lib.Record(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.Render("recordversions", recordVersionsPage{v.frame(), r, append([]*portfolio.SeenRecord{r}, old...)})
}

// shareNotePage tells what becomes of a note, before it does.
type shareNotePage struct {
	Page
	Record *portfolio.SeenRecord
	See    []string // who opens it then
	Ask    []string // who can ask the school for it
	Mine   bool     // the visitor still opens it
	Types  Choice
}

func (v *visit) shareNoteForm() error {
	r, err := v.lib.Record(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	readers, mine, err := v.lib.NoteReaders(v.ctx(), v.actor, r.ID)
	if err != nil {
		return err
	}
	p := shareNotePage{Page: v.frame(), Record: r, Mine: mine, Types: Choice{Name: "record_type", Legend: v.say("record.share_type")}}
	for _, x := range readers {
		if x.Decision.Open {
			p.See = append(p.See, x.Says())
		} else {
			p.Ask = append(p.Ask, x.Says())
		}
	}
	for i, typ := range portfolio.ShareTypes {
		p.Types.Options = append(p.Types.Options, Option{Value: typ, Text: v.say("record.type." + typ), Chosen: i == 0})
	}
	return v.Render("sharenote", p)
}

// shareNote makes a note a record. The author may have closed the door behind
// it: then the list is where to go on.
func (v *visit) shareNote() error {
	form, rev, err := v.formRev()
	if err != nil {
		return err
	}
	r, err := v.lib.ShareNote(v.ctx(), v.actor, v.Params("id"), rev, form.Get("record_type"))
	if err != nil {
		return err
	}
	v.done("done.note_shared", "")
	return v.seeOther("/leerling/" + r.Student + "/dossier")
}

func revOf(r *portfolio.Record) string { return strconv.FormatInt(r.Rev, 10) }
