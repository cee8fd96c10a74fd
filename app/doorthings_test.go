package app

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"kaft/chat"
	"kaft/portfolio"
)

// thing is something a route can be about. Its mark stands in its title and
// text, and nowhere else.
type thing struct {
	kind    string // of item, or of thing that is no item to the rule: student, request, upload, talk, bundle, fact, person, import
	id      string
	student string // login of whom it is about
	name    string
	mark    string
	files   []portfolio.File
	item    portfolio.Item
	rev     int64
	sees    func(*seat) bool // for what is no item of the rule
}

func (x *thing) String() string { return x.kind + " " + x.student + "/" + x.name }

// anyMark finds the marks that stand in a text.
var anyMark = regexp.MustCompile(`MERK[0-9]{3}X`)

// anyID finds the ids.
var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// house is the demo school with things of every kind, and who comes to its
// doors.
type house struct {
	*testSchool
	roll   *roll
	seats  []*seat
	things []*thing
	byMark map[string]*thing
	byID   map[string]*thing
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) add(kind, student, name string) *thing {
	x := &thing{kind: kind, student: student, name: name, mark: fmt.Sprintf("MERK%03dX", len(h.things))}
	h.things = append(h.things, x)
	h.byMark[x.mark] = x
	return x
}

func (h *house) find(kind, student, name string) *thing {
	i := slices.IndexFunc(h.things, func(x *thing) bool { return x.kind == kind && x.student == student && x.name == name })
	return h.things[i]
}

// of are the things of a kind.
func (h *house) of(kinds ...string) (out []*thing) {
	for _, x := range h.things {
		if slices.Contains(kinds, x.kind) && x.id != "" {
			out = append(out, x)
		}
	}
	return out
}

// decision asks the rule itself.
func (h *house) decision(v *seat, x *thing) portfolio.Decision {
	if v.hat == "" {
		return portfolio.Decision{}
	}
	return portfolio.Inspect(v.id, h.roll.facts(v, h.ids[x.student]), &x.item, h.lib.Now())
}

// open tells whether a thing is there for somebody.
func (h *house) open(v *seat, x *thing) bool {
	switch {
	case v.hat == "":
		return false
	case x.sees != nil:
		return x.sees(v)
	}
	return h.decision(v, x).Open
}

// stand is how somebody stands to a student.
func (h *house) stand(v *seat, student string) portfolio.Standing {
	if v.hat == "" {
		return portfolio.Stranger
	}
	return portfolio.Stand(v.id, h.roll.facts(v, h.ids[student]), h.lib.Now())
}

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

// inHouse are the students who have things there: under 16, 16, 18, and with a
// carer.
var inHouse = []string{"sem", "lotte", "milan", "daan"}

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

// ruling records a fact, with the second administrator's yes.
func (h *house) ruling(f portfolio.Fact) *portfolio.Fact {
	if f.Evidence == "" {
		f.Evidence = "brief"
	}
	f.From = portfolio.DateOf(h.lib.Now())
	made, err := h.lib.RecordFact(context.Background(), h.admin, f)
	h.must(err)
	if made.Waits && !made.Counts {
		if _, err := h.lib.ConfirmFact(context.Background(), h.actor("ingrid", portfolio.HatAdmin), made.ID); err != nil && portfolio.KindOf(err) != portfolio.NotFound && portfolio.KindOf(err) != portfolio.Conflict {
			h.t.Fatal(err)
		}
	}
	return made
}

// rulings are the facts that open and close single things.
func (h *house) rulings() {
	id := func(student, name string) []string { return []string{h.find("work", student, name).id} }
	for _, student := range inHouse {
		h.ruling(portfolio.Fact{Type: portfolio.FactRestriction, About: h.ids[student], Items: id(student, "restricted")})
	}
	h.ruling(portfolio.Fact{Type: portfolio.FactYes, About: h.ids["sem"], Kind: "school"})
	h.ruling(portfolio.Fact{Type: portfolio.FactYes, About: h.ids["sem"], Kind: "class_guardians"})
	h.ruling(portfolio.Fact{Type: portfolio.FactYes, About: h.ids["daan"], Kind: "school"})
	h.ruling(portfolio.Fact{Type: portfolio.FactNo, About: h.ids["daan"], Kind: "school"})
	for _, c := range []struct{ student, by, to string }{
		{"sem", "samira", "karin"}, {"sem", "sem", "noor"}, {"lotte", "lotte", "joost"}, {"lotte", "lotte", "anna"}, {"milan", "milan", "karin"},
		{"daan", "eva", "ruben"}, {"daan", "daan", "joris"}, // joris has no duty for daan: it does not count
	} {
		x := h.add("fact", c.student, "share of "+c.by+" with "+c.to)
		f := h.ruling(portfolio.Fact{Type: portfolio.FactShare, About: h.ids[c.student], By: h.ids[c.by], Party: h.ids[c.to],
			Items: append(id(c.student, "shared"), id(c.student, "draft")...), Evidence: "brief " + x.mark})
		x.id, x.sees = f.ID, func(v *seat) bool { return v.hat == portfolio.HatAdmin || v.hat == portfolio.HatFG }
	}
	h.ruling(portfolio.Fact{Type: portfolio.FactRefusal, About: h.ids["daan"], Party: h.ids["eva"], Items: id("daan", "guardians"), Review: portfolio.DateOf(h.lib.Now()).AddDays(90)})
}

// wait leaves a fact for which nobody said yes yet.
func (h *house) wait() {
	x := h.add("waiting", "sem", "an objection")
	f, err := h.lib.RecordFact(context.Background(), h.admin, portfolio.Fact{Type: portfolio.FactRelation, Kind: "carer", About: h.ids["sem"], Party: h.ids["bas"],
		From: portfolio.DateOf(h.lib.Now()), Evidence: "brief " + x.mark})
	h.must(err)
	x.id = f.ID
	// Another administrator, and staff who read the records of the student by
	// duty, may agree; administrators read it.
	x.sees = func(v *seat) bool {
		return v.hat == portfolio.HatAdmin || v.hat == portfolio.HatStaff && h.decision(v, h.find("record", "sem", "record")).Outcome == portfolio.DUTY
	}
}

// requests are a request that is open and one that was released.
func (h *house) requests() {
	ctx, samira := context.Background(), h.actor("samira", portfolio.HatGuardian)
	for _, name := range []string{"open", "released"} {
		x := h.add("request", "sem", name)
		q := portfolio.Question{Kinds: []string{"record"}, Why: "Reden " + x.mark, Period: "tijd " + x.mark}
		if name == "open" {
			q = portfolio.Question{Kinds: []string{"care"}, Items: []string{h.find("work", "sem", "private").id}, Why: q.Why, Period: q.Period}
		}
		r, err := h.lib.Ask(ctx, samira, h.ids["sem"], q)
		h.must(err)
		if name == "released" {
			r, err = h.lib.ReleaseRequest(ctx, h.actor("wim", portfolio.HatStaff), r.ID, r.Rev,
				portfolio.Releasing{Kinds: []string{"record"}, Last: portfolio.DateOf(h.lib.Now()).AddDays(20)})
			h.must(err)
		}
		x.id, x.rev = r.ID, r.Rev
		// Who asked, who decides (staff who read records by duty), and the FG.
		x.sees = func(v *seat) bool {
			return v.login == "samira" || v.hat == portfolio.HatFG ||
				v.hat == portfolio.HatStaff && h.decision(v, h.find("record", "sem", "record")).Outcome == portfolio.DUTY
		}
	}
}

// others are an upload, conversations and a bundle.
func (h *house) others() {
	ctx := context.Background()
	for _, name := range []string{"half", "another"} {
		x := h.add("upload", "lotte", name)
		u, err := h.lib.StartUpload(ctx, h.actor("lotte", portfolio.HatStudent), name+" "+x.mark+".jpg", 5000)
		h.must(err)
		x.id, x.sees = u.ID, func(v *seat) bool { return v.login == "lotte" }
	}

	for _, c := range []struct{ student, staff, with, hat string }{
		{"sem", "fatima", "samira", portfolio.HatGuardian}, {"lotte", "joris", "lotte", portfolio.HatStudent}, {"milan", "joris", "milan", portfolio.HatStudent},
	} {
		x := h.add("talk", c.student, c.staff+" with "+c.with)
		t, err := h.talks.Start(ctx, h.actor(c.staff, portfolio.HatStaff), chat.NewTalk{Key: portfolio.NewID(), Student: h.ids[c.student],
			With: []string{h.ids[c.with]}, Title: "Gesprek " + x.mark, Text: "Bericht " + x.mark})
		h.must(err)
		x.id = t.ID
		x.item = portfolio.Item{Kind: portfolio.ItemMessage, Participants: []string{h.ids[c.staff], h.ids[c.with]}}
		// A conversation is somebody's in the hat in which it is held.
		x.sees = func(v *seat) bool {
			return h.decision(v, x).Open && (v.login == c.staff && v.hat == portfolio.HatStaff || v.login == c.with && v.hat == c.hat)
		}
	}
}

// packed are things that need the facts to be there.
func (h *house) packed() {
	ctx := context.Background()
	for _, c := range []struct{ student, by, hat string }{{"sem", "samira", portfolio.HatGuardian}, {"lotte", "lotte", portfolio.HatStudent}, {"milan", "milan", portfolio.HatStudent}} {
		x := h.add("bundle", c.student, "of "+c.by)
		a := h.actor(c.by, c.hat)
		b, err := h.app.opt.Jobs.Make(ctx, a, h.ids[c.student], "nl")
		h.must(err)
		x.id, x.sees = b.ID, func(v *seat) bool { return v.login == c.by && v.hat == c.hat }
		until(h.t, "a bundle", func() bool {
			b, err := h.lib.BundleByID(ctx, a, x.id)
			h.must(err)
			return b.State == portfolio.BundleReady
		})
	}
	for _, student := range inHouse {
		x := h.add("student", student, student)
		x.id, x.sees = h.ids[student], func(v *seat) bool { return h.stand(v, student) != portfolio.Stranger }
	}
	x := h.add("import", "sem", "none")
	x.id, x.sees = portfolio.NewID(), func(v *seat) bool { return false }
	x = h.add("person", "sem", "sem")
	x.id, x.sees = h.ids["sem"], func(v *seat) bool { return v.hat == portfolio.HatAdmin }
}

// doorCast is who comes to the doors.
var doorCast = []struct{ login, hat string }{
	{"noor", "student"}, {"sem", "student"}, {"lotte", "student"}, {"milan", "student"}, {"daan", "student"}, {"yassin", "student"}, {"emma1", "student"},
	{"anna", "guardian"}, {"bas", "guardian"}, {"samira", "guardian"}, {"joost", "guardian"}, {"ruben", "guardian"}, {"eva", "guardian"},
	{"karin", "guardian"}, {"ouder-emma1", "guardian"}, {"fatima", "guardian"},
	{"fatima", "staff"}, {"joris", "staff"}, {"ingrid", "staff"}, {"wim", "staff"},
	{"ingrid", "admin"}, {"wim", "admin"}, {"petra", "fg"}, {"", ""},
}

func (h *house) seat() {
	for _, c := range doorCast {
		v := &seat{login: c.login, hat: c.hat, id: h.ids[c.login], client: h.visitor()}
		if c.login != "" {
			v.client = h.as(c.login, c.hat)
		}
		h.seats = append(h.seats, v)
	}
}

// state is the revision of every document of the school but the log, the
// notices and such.
func (h *house) state() map[string]int64 {
	out := map[string]int64{}
	for _, kind := range []string{"work", "version", "assessment", "record", "record_version", "fact", "request", "upload", "bundle", "import", "person", "class",
		"conversation", "member", "message", "choice"} {
		q := portfolio.Query{School: h.admin.School, Kind: kind, Limit: 1000}
		for {
			page, err := h.store.List(context.Background(), q)
			h.must(err)
			for _, d := range page {
				out[kind+" "+d.ID] = d.Rev
			}
			if len(page) < q.Limit {
				break
			}
			q.After = portfolio.Cursor{ID: page[len(page)-1].ID}
		}
	}
	return out
}
