package app

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"kaft/portfolio"
)

// thing is something a route can be about. Its mark stands in its title and
// text, and nowhere else.
type thing struct {
	kind    string // of item, or of thing that is no item to the rule: student, request, upload, talk, bundle, fact, person, import, class
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
	for _, kind := range []string{"work", "version", "assessment", "record", "record_version", "fact", "request", "upload", "bundle", "handover", "import", "person", "class",
		"conversation", "member", "message", "choice", "keep", "erasure"} {
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
