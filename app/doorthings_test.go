package app

import (
	"context"
	"encoding/json"
	"strings"

	"kaft/portfolio"
)

// Audiences of the works that a student of the house has.
var doorWorks = []struct {
	name     string
	audience []string
}{
	{"private", nil},
	{"staff", []string{"staff"}},
	{"guardians", []string{"guardians"}},
	{"home", []string{"guardians", "staff"}},
	{"class", []string{"class"}},
	{"class guardians", []string{"class_guardians"}},
	{"school", []string{"school"}},
	{"all", []string{"class", "class_guardians", "guardians", "school", "staff"}},
	{"draft", []string{"class", "class_guardians", "guardians", "school", "staff"}},
	{"binned", []string{"class", "class_guardians", "guardians", "school", "staff"}},
	{"depicted", []string{"class", "class_guardians", "guardians", "school", "staff"}},
	{"restricted", []string{"class", "class_guardians", "guardians", "school", "staff"}},
	{"shared", nil},
	{"closed again", []string{"staff", "guardians", "class"}}, // and then private
}

// inHouse are the students who have things there: under 16, 16, 18, with a carer,
// and with a mother who teaches at the school.
var inHouse = []string{"sem", "lotte", "milan", "daan", "yassin"}

// newHouse fills the demo school.
func newHouse(s *testSchool) *house {
	s.t.Helper()
	h := &house{testSchool: s, byMark: map[string]*thing{}, byID: map[string]*thing{}}
	for _, student := range inHouse {
		h.works(student)
		h.assessments(student)
		h.records(student)
	}
	h.rulings()
	h.wait()
	h.requests()
	h.others()
	h.roll = s.roll()
	h.packed()
	return h
}

func (h *house) teacher(student string) portfolio.Actor {
	if student == "sem" || student == "daan" {
		return h.actor("fatima", portfolio.HatStaff)
	}
	return h.actor("joris", portfolio.HatStaff)
}

func (h *house) works(student string) {
	ctx, me := context.Background(), h.actor(student, portfolio.HatStudent)
	for _, c := range doorWorks {
		x := h.add("work", student, c.name)
		n := portfolio.NewWork{Title: "Werk " + x.mark, Text: "Woorden " + x.mark, Subject: "vak " + x.mark, Audience: c.audience, Draft: c.name == "draft"}
		switch c.name {
		case "private", "all", "draft", "shared", "binned":
			up, err := h.lib.TakeUpload(ctx, me, "foto "+x.mark+".jpg", strings.NewReader(string(testJPEG(h.t))))
			h.must(err)
			n.Uploads = []string{up.ID}
		}
		if c.name == "all" { // it looks back at what others may not see
			n.Type, n.About = portfolio.TypeReflection, h.find("work", student, "private").id
		}
		if c.name == "shared" {
			n.Type, n.About = portfolio.TypeReflection, h.find("work", student, "all").id
		}
		w, err := h.lib.AddWork(ctx, me, n)
		h.must(err)
		x.id, x.item = w.ID, portfolio.Item{ID: w.ID, Kind: "work", Author: w.Author, Draft: n.Draft, Audience: c.audience}
		x.files, x.rev = w.Files, w.Rev
		switch c.name {
		case "staff": // what it was before is its maker's
			old := h.add("version", student, "of staff")
			old.item = portfolio.Item{ID: w.ID, Kind: "work", Author: w.Author}
			n.Text = "Eerst " + old.mark
			w, err = h.lib.ChangeWork(ctx, me, w.ID, w.Rev, n, nil)
			h.must(err)
			n.Text = "Woorden " + x.mark
			w, err = h.lib.ChangeWork(ctx, me, w.ID, w.Rev, n, nil)
			h.must(err)
			x.rev = w.Rev
		case "binned":
			w, err = h.lib.BinWork(ctx, me, w.ID, w.Rev)
			h.must(err)
			x.item.Deleted, x.rev = true, w.Rev
		case "depicted":
			x.item.Depicted = []portfolio.Depicted{{Student: h.ids["noor"]}}
			h.depict(x)
		}
	}
}

// depict says that somebody who does not consent is in a picture. Nothing in
// Kaft says so yet but a bundle that comes in.
func (h *house) depict(x *thing) {
	ctx := context.Background()
	d, err := h.store.Get(ctx, portfolio.Ref{School: h.admin.School, Kind: "work", ID: x.id})
	h.must(err)
	var w map[string]any
	h.must(json.Unmarshal(d.Body, &w))
	w["depicted"] = x.item.Depicted
	d.Body, err = json.Marshal(w)
	h.must(err)
	h.must(h.store.Replace(ctx, d))
	x.rev = d.Rev + 1
}

func (h *house) assessments(student string) {
	ctx, by := context.Background(), h.teacher(student)
	for _, c := range []struct {
		work, name string
		publish    bool
	}{{"all", "published", true}, {"closed again", "of what closed", true}, {"home", "draft", false}, {"restricted", "of what is restricted", true}} {
		x := h.add("assessment", student, c.name)
		a, err := h.lib.Assess(ctx, by, h.find("work", student, c.work).id, portfolio.NewAssessment{Goal: "doel " + x.mark, Level: 3, Remark: "Opmerking " + x.mark})
		h.must(err)
		if c.publish {
			a, err = h.lib.PublishAssessment(ctx, by, a.ID, a.Rev)
			h.must(err)
		}
		x.id, x.rev, x.item = a.ID, a.Rev, portfolio.Item{ID: a.ID, Kind: "assessment", Author: by.Person, Draft: !c.publish}
	}
	x := h.find("work", student, "closed again")
	w, err := h.lib.ShareWork(ctx, h.actor(student, portfolio.HatStudent), x.id, x.rev, nil)
	h.must(err)
	x.rev, x.item.Audience = w.Rev, nil
}

func (h *house) records(student string) {
	for _, c := range []struct {
		kind, typ string
		by        portfolio.Actor
	}{
		{"record", "talk", h.actor("wim", portfolio.HatStaff)}, {"care", "health", h.actor("ingrid", portfolio.HatStaff)},
		{"contact", "", h.actor("wim", portfolio.HatStaff)}, {"note", "", h.teacher(student)},
	} {
		x := h.add(c.kind, student, c.kind)
		n := portfolio.NewRecord{Kind: c.kind, Type: c.typ, Title: "Stuk " + x.mark, Text: "Woorden " + x.mark, Source: "school", SourceNote: "bron " + x.mark}
		if c.kind == "contact" {
			n.Details = []portfolio.Detail{{Label: "telefoon", Value: "06 " + x.mark}}
		}
		r, err := h.lib.AddRecord(context.Background(), c.by, h.ids[student], n)
		h.must(err)
		x.id, x.rev, x.item = r.ID, r.Rev, portfolio.Item{ID: r.ID, Kind: c.kind, Author: c.by.Person}
	}
}
