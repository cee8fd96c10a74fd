package export

import (
	"cmp"
	"html/template"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"kaft/export/prose"
	"kaft/portfolio"
)

// viewEntry is a work, a look back, an assessment or a comment on a page.
type viewEntry struct {
	Anchor  string
	Kind    string // the word for it
	Title   string
	When    string
	By      []string // who made it, where that is not the student alone
	Place   string   // the school it comes from
	Notes   []string // draft, private, restricted
	Tags    []string
	Goals   []string
	Others  int // who are in the picture
	Prompt  string
	Text    template.HTML
	Files   []viewFile
	Missing []string
	Looks   []viewLink // what else it is about
	Level   *viewLevel
	Said    []viewEntry
}

// viewLevel is a result: in words, and of Kaft's own scale as steps.
type viewLevel struct {
	Goal, Word string
	Step       int // 1 to 4, else 0
}

type viewFile struct {
	Path, Name, Alt, Size string
	Show                  string // image, video, audio, or ""
}

type viewLink struct{ Path, Text string }

// entry reads a thing with what is said of it.
func (v *viewer) entry(t *thing) (viewEntry, error) {
	e, err := v.single(t)
	if err != nil {
		return e, err
	}
	for _, s := range t.said {
		said, err := v.single(s)
		if err != nil {
			return e, err
		}
		e.Said = append(e.Said, said)
	}
	return e, nil
}

func (v *viewer) single(t *thing) (viewEntry, error) {
	e := viewEntry{Anchor: anchor(t), Title: t.title, When: v.words.day(t.day), Looks: v.looks(t)}
	raw, err := v.read(t.at)
	if err != nil {
		return e, err
	}
	switch t.member {
	case "assessments":
		x := new(Assessment)
		if err := json.Unmarshal(raw, x); err != nil {
			return e, err
		}
		v.showAssessment(&e, x)
	case "comments":
		x := new(Comment)
		if err := json.Unmarshal(raw, x); err != nil {
			return e, err
		}
		e.Kind, e.By, e.Text = v.words.word("comment"), []string{v.label(x.Author)}, safe(x.Text)
	default:
		x := new(Item)
		if err := json.Unmarshal(raw, x); err != nil {
			return e, err
		}
		v.showItem(&e, x)
	}
	return e, nil
}

func (v *viewer) showItem(e *viewEntry, x *Item) {
	e.Kind = v.words.word(cmp.Or(x.Type, "reflection"))
	e.Text, e.Missing, e.Others, e.Tags = safe(x.Text), x.Missing, len(x.Depicted), once(slices.Concat(x.Subject, x.Tags))
	if x.Prompt != e.Title {
		e.Prompt = x.Prompt
	}
	if authors := slices.Concat(x.Authors, []string{x.Author}); slices.ContainsFunc(authors, func(id string) bool { return id != "" && id != v.self }) {
		for _, id := range authors {
			if id != "" {
				e.By = append(e.By, v.label(id))
			}
		}
		e.By = once(e.By)
	}
	if x.Origin != nil {
		e.Place = x.Origin.School
	}
	for _, id := range x.Goals {
		if g := v.frames[id]; g != "" {
			e.Goals = append(e.Goals, g)
		}
	}
	for _, note := range []struct {
		is   bool
		word string
	}{{x.Status == "draft", "draft"}, {private(x), "private"}, {x.Restricted, "restricted"}} {
		if note.is {
			e.Notes = append(e.Notes, v.words.word(note.word, v.student.Name.Short()))
		}
	}
	for i, id := range x.Files {
		f := v.files[id]
		if f == nil {
			continue // the document says so of every reference: cannot happen
		}
		shown := viewFile{Path: "../" + f.Path, Name: f.Name, Alt: f.Alt, Size: v.words.size(f.Bytes), Show: shownAs(f)}
		if len(x.Labels) == len(x.Files) {
			shown.Name, shown.Alt = x.Labels[i].Name, x.Labels[i].Alt
		}
		shown.Alt = cmp.Or(strings.TrimSpace(shown.Alt), v.words.word("noalt", e.Title))
		e.Files = append(e.Files, shown)
	}
}

// private tells of what came from elsewhere by who saw it there: all of that is
// private here until it is shared again.
func private(x *Item) bool {
	if x.Origin != nil {
		return len(x.Origin.Audiences) == 0
	}
	return x.Visibility != nil && x.Visibility.Audience == visibility(nil).Audience && len(x.Visibility.People) == 0
}

func (v *viewer) showAssessment(e *viewEntry, x *Assessment) {
	e.Kind, e.By, e.Place, e.Text = v.words.word("assessment"), []string{v.label(x.Assessor)}, v.schools[x.School], safe(x.Feedback)
	if x.Origin != nil {
		e.Place = cmp.Or(e.Place, x.Origin.School)
	}
	l := &viewLevel{Word: v.words.level(x.Result)}
	if x.Rubric != nil {
		l.Goal = x.Rubric.Title
	}
	if x.Result != nil && x.Result.Scale == scale {
		l.Step = slices.Index(steps, x.Result.Level) + 1
	}
	if l.Goal != "" || l.Word != "" {
		e.Level = l
	}
}

// looks leads to what a thing is about, where it does not stand with that.
func (v *viewer) looks(t *thing) (out []viewLink) {
	for _, id := range once(t.about) {
		if o := v.byID[id]; o != nil && o != t.home && o != t {
			out = append(out, viewLink{v.pathTo(o), o.title})
		}
	}
	return out
}

// pathTo leads to a thing from another page of the folder.
func (v *viewer) pathTo(t *thing) string { return t.home.page.file + "#" + anchor(t) }

// anchor is a thing's id as part of an address.
func anchor(t *thing) string { return strings.TrimPrefix(t.id, "urn:uuid:") }

// label is what to call somebody. Another child is never named, whatever the
// unnamed are the kinds of people in a document who have no name on a page:
// other children, whatever the document calls them.
var unnamed = map[string]bool{"peer": true, "student": true}

// document calls it.
func (v *viewer) label(id string) string {
	p := v.people[id]
	others := leapTexts[v.words.lang].others
	switch {
	case id == v.self:
		return v.student.Name.Short()
	case p.Name == "" || p.Redacted || unnamed[p.Kind]:
		return cmp.Or(others[p.Kind], others["external"])
	}
	return p.Name
}

// shownAs is how a browser shows a file in a page.
func shownAs(f *File) string {
	kind, _, _ := strings.Cut(f.MediaType, ";")
	switch kind {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp":
		return "image"
	case "image/svg+xml": // a script in a picture does not run; a browser knows this kind by its name alone
		if strings.HasSuffix(f.Path, ".svg") {
			return "image"
		}
	}
	switch kind, _, _ := strings.Cut(kind, "/"); kind {
	case "video", "audio":
		return kind
	}
	return ""
}

// safe is a text of the document as HTML that ends what it begins, so that it
// cannot reach into what stands beside it.
func safe(t *Text) template.HTML {
	h := string(asHTML(t))
	if h == "" {
		return ""
	}
	if t.Format != "html" {
		return template.HTML(prose.XML(template.HTML(h)))
	}
	nodes, err := html.ParseFragment(strings.NewReader(h), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return prose.Plain(t.Value)
	}
	var b strings.Builder
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			return prose.Plain(t.Value)
		}
	}
	return template.HTML(prose.XML(template.HTML(b.String())))
}

// placeIn is the class and the school of a school year, as far as they are
// told.
func (v *viewer) placeIn(year int) string {
	first := portfolio.Date(year*10000 + 801)
	for _, e := range slices.Backward(v.enrolments) {
		from, _ := portfolio.ParseDate(e.From)
		until, _ := portfolio.ParseDate(e.Until)
		if e.SchoolYear == v.words.year(year) || e.SchoolYear == "" && from != 0 && from < first.AddYears(1) && (until == 0 || until > first) {
			return joined(" · ", cmp.Or(e.Group, e.Level), v.schools[e.School])
		}
	}
	return ""
}
