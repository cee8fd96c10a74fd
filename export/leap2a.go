package export

import (
	"cmp"
	"context"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"kaft/portfolio"
	"kaft/prose"
)

// leap2a writes leap2a.xml, for Mahara and what else reads Leap2A. BUNDLE.md has
// the table of what becomes what. It holds ids, and titles of what was assessed
// or commented on; texts pass through.
//
// Much of it is as a real Mahara (22.04) wants it: one entry that it cannot place
// can fail a whole import, or take others along.
func (p *projection) leap2a(ctx context.Context) error {
	m := &leap{projection: p, words: leapTexts["nl"], entries: map[string]bool{}, back: map[string][]feedLink{},
		people: map[string]Person{}, titles: map[string]string{}, enrolled: map[string]bool{}}
	if words, ok := leapTexts[p.bundle.Lang]; ok {
		m.words = words
	}
	m.journal = m.made("journal")
	m.entries[m.journal] = true
	if err := p.each(ctx, m.index); err != nil {
		return err
	}
	return p.to.document(leapPath, func(w io.Writer) error {
		m.feed = newFeed(w)
		m.begin()
		if err := p.each(ctx, m.element); err != nil {
			return err
		}
		return m.feed.end()
	})
}

// leapPath is where the projection is, below data/ and in the zip for Mahara.
const leapPath = "leap2a.xml"

// leap makes the entries. It reads the document twice: first for what there is
// and who refers to whom, then to write.
type leap struct {
	*projection
	feed     *feed
	words    leapWords
	student  Student
	journal  string                // id of the entry that works are part of
	entries  map[string]bool       // ids of all entries: a link leads to one of them
	parts    []string              // of the journal
	back     map[string][]feedLink // what others say of an entry, from its side
	people   map[string]Person
	titles   map[string]string // of what has something in back
	enrolled map[string]bool   // schools of which an enrolment was written
}

// index notes what an element is and what it refers to.
func (m *leap) index(e element) error {
	switch e.member {
	case memberStudent:
		return read(e, func(x *Student) { m.student = *x })
	case "people":
		return read(e, func(x *Person) { m.people[x.ID] = *x })
	case "schools":
		return read(e, func(x *School) { m.entries[x.ID] = true })
	case "enrolments":
		return read(e, func(x *Enrolment) { m.refers(x.ID, "supports", x.School) })
	case "items", "reflections":
		return read(e, func(x *Item) {
			m.refers(x.ID, "reflected_on_by", ids(x.About)...)
			m.refers(x.ID, "supported_by", x.Goals...)
			if leapKind(x) == "entry" {
				m.parts = append(m.parts, x.ID)
			}
		})
	case "assessments":
		return read(e, func(x *Assessment) {
			m.refers(x.ID, "is_evidence_of", ids(x.About)...)
			m.refers(x.ID, "supports", x.School)
		})
	case "comments":
		return read(e, func(x *Comment) { m.refers(x.ID, "reflected_on_by", x.On.ID) })
	case "collections":
		return read(e, func(x *Collection) { m.entries[x.ID] = true })
	case "frameworks":
		return read(e, func(x *Framework) {
			for _, g := range x.Goals {
				m.entries[g.ID] = true
			}
		})
	case "files":
		return read(e, func(x *File) { m.entries[m.made(x.ID)] = true })
	}
	return nil
}

// refers notes what an entry is to others, from their side.
func (m *leap) refers(id, rel string, to ...string) {
	m.entries[id] = true
	for _, other := range once(to) {
		m.back[other] = append(m.back[other], feedLink{rel: "leap2:" + rel, href: id})
	}
}

// begin writes the feed's head, its owner, and the journal.
func (m *leap) begin() {
	name := m.student.Name
	m.feed.begin(m.words.lang, m.head.ID, m.words.portfolio+name.Full(), m.at, m.head.Generator, m.head.Source.Instance, m.self, name.Full())
	self := &feedEntry{kind: "person", id: m.self, title: name.Full(), updated: m.at, categories: []category{{term: "Self", scheme: "categories:person_type#"}}}
	birth := ""
	if m.head.Kind == "archive" {
		birth = m.student.BirthDate
	}
	for _, f := range [][2]string{{"legal_given_name", name.Given}, {"legal_family_name", strings.TrimSpace(name.Prefix + " " + name.Family)},
		{"preferred_given_name", name.Short()}, {"dob", birth}} {
		if f[1] != "" {
			self.fields = append(self.fields, orgOrPerson{"persondata", f[0], "", f[1]})
		}
	}
	m.feed.entry(self)
	journal := &feedEntry{kind: "selection", id: m.journal, title: m.words.journal, updated: m.at, categories: []category{{term: "Blog", scheme: "categories:selection_type#"}}}
	m.consists(journal, m.parts)
	m.feed.entry(journal)
}

// write writes an entry, with what others are to it.
func (m *leap) write(e *feedEntry) {
	e.links = append(e.links, m.back[e.id]...)
	if len(m.back[e.id]) > 0 {
		m.titles[e.id] = e.title
	}
	m.feed.entry(e)
}

// links leads to other entries, as far as they are there.
func (m *leap) links(e *feedEntry, rel string, to ...string) {
	for _, id := range once(to) {
		if m.entries[id] {
			e.links = append(e.links, feedLink{rel: rel, href: id})
		}
	}
}

// consists leads to the parts of a selection, in their order.
func (m *leap) consists(e *feedEntry, parts []string) {
	n := len(e.links)
	m.links(e, "leap2:has_part", parts...)
	for i := range e.links[n:] {
		e.links[n+i].order = i + 1
	}
}

// made is the id of an entry for what has no id of that form in the document.
func (m *leap) made(what string) string { return urn(portfolio.DeriveID("leap2a", m.self, what)) }

// names are the authors to name, where somebody else than the owner is one.
func (m *leap) names(authors ...string) (names []string) {
	others := false
	for _, id := range authors {
		if id != "" {
			others = others || id != m.self
			names = append(names, m.label(id))
		}
	}
	if !others {
		return nil
	}
	return slices.Compact(names)
}

// label is what to call somebody: the owner and those who teach by name, others
// by what they are, so that no other child's name is in it.
func (m *leap) label(id string) string {
	p := m.people[id]
	switch {
	case id == m.self:
		return m.student.Name.Full()
	case p.Name != "" && named[p.Kind]:
		return p.Name
	}
	return cmp.Or(m.words.others[p.Kind], m.words.others["external"])
}

// named are the kinds of the people who are named.
var named = map[string]bool{"teacher": true}

// when is the first of times that is there, or the beginning of a day.
func (m *leap) when(day string, times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	if on, err := portfolio.ParseDate(day); err == nil && on != 0 {
		return on.Start()
	}
	return m.at
}

func (e *feedEntry) date(point, day string) {
	if day != "" {
		e.dates = append(e.dates, [2]string{point, day})
	}
}

// leapKind is the type of a work's entry.
func leapKind(x *Item) string {
	switch x.Type {
	case "goal":
		return "plan"
	case "page":
		return "selection"
	}
	return "entry"
}

// audience is as much of who sees something as Leap2A can say.
func audience(v *Visibility, restricted bool) category {
	term := "Private"
	if v != nil && !restricted && (v.Audience != visibility(nil).Audience || len(v.Audiences)+len(v.People) > 0) {
		term = "Shareable"
	}
	return category{term: term, scheme: "categories:audience#"}
}

// asHTML is a text of the document as HTML.
func asHTML(t *Text) template.HTML {
	switch {
	case t == nil || strings.TrimSpace(t.Value) == "":
		return ""
	case t.Format == "html":
		return prose.Clean(t.Value)
	case t.Format == "plain":
		return prose.Plain(t.Value)
	}
	return prose.HTML(t.Value)
}

// read gives an element to what uses it.
func read[T any](e element, use func(*T)) error {
	x := new(T)
	if err := json.Unmarshal(e.raw, x); err != nil {
		return err
	}
	use(x)
	return nil
}

func ids(links []Link) []string {
	var out []string
	for _, l := range links {
		out = append(out, l.ID)
	}
	return out
}

// joined joins what is not empty.
func joined(by string, some ...string) string {
	return strings.Join(slices.DeleteFunc(some, func(s string) bool { return s == "" }), by)
}

func once(ids []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		was := seen[id]
		seen[id] = true
		return was
	})
}

// leapWords are the words that an entry needs and the document does not have.
type leapWords struct {
	lang, portfolio, journal, assessment, comment, pupil string
	others                                               map[string]string // people without a name, by kind
	levels                                               []string          // of Kaft's own scale
}

var leapTexts = map[string]leapWords{
	"nl": {"nl", "Portfolio van ", "Portfolio", "Beoordeling: ", "Reactie van ", "leerling",
		map[string]string{"guardian": "een ouder of verzorger", "peer": "een medeleerling", "student": "een medeleerling", "teacher": "een leraar", "external": "iemand anders"}, steps},
	"en": {"en", "Portfolio of ", "Portfolio", "Assessment: ", "Comment by ", "pupil",
		map[string]string{"guardian": "a parent or carer", "peer": "a fellow pupil", "student": "a fellow pupil", "teacher": "a teacher", "external": "somebody else"},
		[]string{"starting", "nearly", "reached", "beyond"}},
}
