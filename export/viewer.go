package export

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"kaft/portfolio"
)

// The pages that show a bundle, below data/.
const (
	viewerIndex  = "ro-crate-preview.html"
	viewerFolder = "ro-crate-preview_files/"
)

// Sizes of a page: what a telephone still opens, with a photo for each work.
const (
	worksOnPage  = 30
	pointsOnPage = 400 // in the plots
)

// viewer writes pages that show what is in the bundle to who has no Kaft:
// an index, a page (or more) for each school year, one of growth, and of an
// archive the conversations. They open from a folder, without network and without
// script.
//
// The document is read once, for what there is and where it stands; then each
// element is read again by its place when its page is written, so that what is
// held is ids, titles, days and levels, and the texts of one work.
func (p *projection) viewer(ctx context.Context) error {
	lang := "nl"
	if p.bundle.Lang == "en" {
		lang = "en"
	}
	v := &viewer{projection: p, words: viewerWords[lang], people: map[string]Person{}, schools: map[string]string{}, frames: map[string]string{},
		byID: map[string]*thing{}, plots: map[string]*plot{}}
	if err := p.each(ctx, v.index); err != nil {
		return err
	}
	v.settle()
	var err error
	if v.read, err = p.doc.spots(); err != nil {
		return err
	}
	for _, page := range v.pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.writePage(page); err != nil {
			return err
		}
	}
	if err := v.writeGrowth(); err != nil {
		return err
	}
	if err := v.writeTalks(ctx); err != nil {
		return err
	}
	return v.writeIndex()
}

type viewer struct {
	*projection
	words       viewerText
	read        func(spot) ([]byte, error)
	student     Student
	people      map[string]Person
	schools     map[string]string // names
	enrolments  []Enrolment
	frames      map[string]string // goals of frameworks, by id
	collections []Collection      // without texts
	things      []*thing          // in the document's order
	byID        map[string]*thing
	pages       []*viewPage
	plots       map[string]*plot // by goal
	growth      []*growthPage
	talks       []viewLink // pages of conversations
	messages    int
	inspection  *Inspection // what the family said of it
}

// thing is a work or what is said of one, as far as it is held.
type thing struct {
	id, member, title string
	day               portfolio.Date
	at                spot
	about             []string
	home              *thing   // what it stands with; itself when it stands alone
	said              []*thing // what stands with it
	page              *viewPage
	goal              string
	level             int // of Kaft's own scale, else 0
}

// viewPage shows things of one school year.
type viewPage struct {
	file          string
	year          int // in which the school year began; 0 for what has no day
	part, parts   int
	things        []*thing
	before, after *viewPage
}

func (v *viewer) index(e element) error {
	at := spot{e.at, len(e.raw)}
	switch e.member {
	case memberStudent:
		return read(e, func(x *Student) { v.student = *x })
	case "inspection":
		return read(e, func(x *Inspection) { x.Earlier = nil; v.inspection = x })
	case "people":
		return read(e, func(x *Person) { v.people[x.ID] = Person{ID: x.ID, Kind: x.Kind, Name: x.Name, Redacted: x.Redacted} })
	case "schools":
		return read(e, func(x *School) { v.schools[x.ID] = x.Name })
	case "enrolments":
		return read(e, func(x *Enrolment) { x.Unknown = nil; v.enrolments = append(v.enrolments, *x) })
	case "frameworks":
		return read(e, func(x *Framework) {
			for _, g := range x.Goals {
				v.frames[g.ID] = joined(" ", g.Code, g.Text)
			}
		})
	case "collections":
		return read(e, func(x *Collection) {
			v.collections = append(v.collections, Collection{ID: x.ID, Title: x.Title, Items: x.Items})
		})
	case "items", "reflections":
		return read(e, func(x *Item) {
			v.add(&thing{id: x.ID, member: e.member, title: v.titleOf(x), day: dayOf(x), at: at, about: ids(x.About)})
		})
	case "assessments":
		return read(e, func(x *Assessment) {
			on, _ := portfolio.ParseDate(x.On) // the schema has seen it
			t := &thing{id: x.ID, member: e.member, title: v.words.word("assessment"), day: on, at: at, about: ids(x.About)}
			if x.Rubric != nil && x.Result != nil && x.Result.Scale == scale {
				t.goal, t.level = x.Rubric.Title, slices.Index(steps, x.Result.Level)+1
			}
			v.add(t)
		})
	case "comments":
		return read(e, func(x *Comment) {
			v.add(&thing{id: x.ID, member: e.member, title: v.words.word("comment"), day: portfolio.DateOf(x.CreatedAt), at: at, about: []string{x.On.ID}})
		})
	}
	return nil
}

func (v *viewer) add(t *thing) {
	v.things = append(v.things, t)
	v.byID[t.id] = t
}

// titleOf: a look back without a title is one.
func (v *viewer) titleOf(x *Item) string {
	if x.Title == "" && x.Type == "" {
		return v.words.word("reflection")
	}
	return madeTitle(x)
}

// dayOf is the day something is about, or on which it was made.
func dayOf(x *Item) portfolio.Date {
	if on, err := portfolio.ParseDate(x.HappenedOn); err == nil && on != 0 {
		return on
	}
	if x.CreatedAt.IsZero() {
		return 0
	}
	return portfolio.DateOf(x.CreatedAt)
}

// settle places each thing: with the work it is about, or alone by its day; and
// what stands alone on a page of its school year.
func (v *viewer) settle() {
	for _, t := range v.things {
		t.home = v.homeOf(t)
	}
	var alone []*thing
	for _, t := range v.things {
		if t.home == t {
			alone = append(alone, t)
		} else {
			t.home.said = append(t.home.said, t)
		}
	}
	byDay := func(a, b *thing) int { return cmp.Compare(a.day, b.day) }
	slices.SortStableFunc(alone, byDay)
	for _, t := range alone {
		slices.SortStableFunc(t.said, byDay)
		last := (*viewPage)(nil)
		if len(v.pages) > 0 {
			last = v.pages[len(v.pages)-1]
		}
		year := yearOf(t.day)
		if last == nil || last.year != year || len(last.things) == worksOnPage {
			next := &viewPage{year: year, part: 1, before: last}
			if last != nil {
				last.after = next
				if last.year == year {
					next.part = last.part + 1
				}
			}
			v.pages = append(v.pages, next)
			last = next
		}
		last.things = append(last.things, t)
		t.page = last
	}
	parts := map[int]int{}
	for _, p := range v.pages {
		parts[p.year] = p.part
		p.file = pageFile(p.year, p.part)
	}
	for _, p := range v.pages {
		p.parts = parts[p.year]
	}
	v.plot()
}

// homeOf follows what a thing is about to a work, or to a look back that is
// about nothing that is here. What leads into a ring of things about each other
// stands alone.
func (v *viewer) homeOf(t *thing) *thing {
	seen := map[*thing]bool{}
	for at := t; ; {
		seen[at] = true
		next := (*thing)(nil)
		for _, id := range at.about {
			if o := v.byID[id]; o != nil && (next == nil || next.member != "items" && o.member == "items") {
				next = o
			}
		}
		switch {
		case next == nil || at.member == "items":
			return at
		case seen[next]:
			return t
		}
		at = next
	}
}

func yearOf(d portfolio.Date) int {
	if d == 0 {
		return 0
	}
	return portfolio.SchoolYear(d)
}

func pageFile(year, part int) string {
	name := "undated"
	if year != 0 {
		name = fmt.Sprintf("%d-%d", year, year+1)
	}
	if part > 1 {
		name += fmt.Sprintf("-%d", part)
	}
	return name + ".html"
}

// show writes a part of a page. What no page may hold, or turns the words
// around it the other way, is taken out here, whatever field it stands in.
func (v *viewer) show(w io.Writer, part string, data any) error {
	var b bytes.Buffer
	if err := viewerPages[v.words.lang].ExecuteTemplate(&b, part, data); err != nil {
		return err
	}
	_, err := w.Write(bytes.Map(shownRune, b.Bytes()))
	return err
}

// shownRune drops what sets the direction of what follows, and puts a sign for
// what HTML has no place for: control characters and what is no character.
func shownRune(r rune) rune {
	switch {
	case r == '\r', r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return -1
	case r < 0x20 && r != '\t' && r != '\n', r >= 0x7F && r < 0xA0, r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE:
		return 0xFFFD
	}
	return r
}
