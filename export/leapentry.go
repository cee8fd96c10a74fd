package export

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"kaft/export/prose"
	"kaft/portfolio"
)

// element writes the entries of one element of the document.
func (m *leap) element(e element) error {
	switch e.member {
	case "schools":
		return read(e, m.school)
	case "enrolments":
		return read(e, m.enrolment)
	case "items", "reflections":
		return read(e, func(x *Item) { m.item(x, e.member == "reflections") })
	case "assessments":
		return read(e, m.assessment)
	case "comments":
		return read(e, m.comment)
	case "collections":
		return read(e, m.collection)
	case "frameworks":
		return read(e, m.goals)
	case "files":
		return read(e, m.file)
	}
	return nil
}

func (m *leap) school(x *School) {
	e := &feedEntry{kind: "organization", id: x.ID, title: x.Name, updated: m.at, fields: []orgOrPerson{{"orgdata", "preferred_org_name", "", x.Name}}}
	for _, id := range x.Identifiers {
		e.fields = append(e.fields, orgOrPerson{"orgdata", "id", cmp.Or(registers[id.Type], id.Type), id.Value})
	}
	m.write(e)
}

// registers are the services whose ids a school can have; an id of another type
// has its type as service.
var registers = map[string]string{"brin": "https://duo.nl/brin", "brin-vestiging": "https://duo.nl/brin"}

// enrolment: Mahara takes a school along with one enrolment and then passes over
// the others that lean on it, so only the first of a school does.
func (m *leap) enrolment(x *Enrolment) {
	rel := "leap2:supported_by"
	if m.enrolled[x.School] {
		rel = "related"
	}
	m.enrolled[x.School] = true
	e := &feedEntry{kind: "activity", id: x.ID, title: cmp.Or(x.Group, x.Level, x.SchoolYear, m.words.journal), updated: m.at,
		text: joined(" · ", x.Level, x.Group, x.SchoolYear), role: m.words.pupil,
		categories: []category{{term: "Education", scheme: "categories:life_area#"}}}
	m.links(e, rel, x.School)
	e.date("start", x.From)
	e.date("end", x.Until)
	m.write(e)
}

// item writes a work or a reflection. Only what is a plain entry is part of the
// journal: Mahara makes a post of every part.
func (m *leap) item(x *Item, reflection bool) {
	e := &feedEntry{kind: leapKind(x), id: x.ID, title: madeTitle(x), authors: m.names(append(x.Authors, x.Author)...),
		updated: m.when(x.HappenedOn, x.UpdatedAt, x.CreatedAt), published: x.CreatedAt, html: asHTML(x.Text)}
	switch e.kind {
	case "plan": // Mahara takes a plan's text only as plain text
		e.text, e.html = plainText(x.Text), ""
		e.date("target", x.HappenedOn)
		e.stage = "progressing"
		if x.Status == "draft" {
			e.stage = "planned"
		}
	case "selection":
		e.categories = append(e.categories, grouping)
		parts := ids(x.About)
		for _, f := range x.Files {
			parts = append(parts, m.made(f))
		}
		m.consists(e, parts)
	default:
		m.links(e, "leap2:is_part_of", m.journal)
		e.date("start", x.HappenedOn)
	}
	if reflection {
		e.categories = append(e.categories, category{term: "Reflecting", scheme: "categories:learning_cycle#"})
		if x.Prompt != "" && x.Prompt != e.title {
			e.html = prose.Plain(x.Prompt) + e.html
		}
	}
	m.links(e, "leap2:reflects_on", ids(x.About)...)
	m.links(e, "leap2:supports", x.Goals...)
	m.attach(e, x)
	for _, tag := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(x.Subject, x.Tags)))) {
		e.categories = append(e.categories, category{term: tag})
	}
	if x.Status == "draft" {
		e.categories = append(e.categories, category{term: "Unready", scheme: "categories:readiness#"})
	}
	e.categories = append(e.categories, audience(x.Visibility, x.Restricted))
	m.write(e)
}

// attach leads to an item's files, each under the name that it has there.
func (m *leap) attach(e *feedEntry, x *Item) {
	for i, f := range x.Files {
		l := feedLink{rel: "related", href: m.made(f)}
		if len(x.Labels) == len(x.Files) {
			l.title = x.Labels[i].Name
		}
		e.links = append(e.links, l)
	}
}

func (m *leap) assessment(x *Assessment) {
	goal, about := "", ""
	if x.Rubric != nil {
		goal = x.Rubric.Title
	}
	for _, l := range x.About {
		about = cmp.Or(about, m.titles[l.ID])
	}
	e := &feedEntry{kind: "achievement", id: x.ID, title: m.words.assessment + cmp.Or(about, goal, x.On), authors: m.names(x.Assessor),
		updated: m.when(x.On, x.UpdatedAt, x.PublishedAt), published: x.PublishedAt}
	if said := joined(": ", goal, m.words.level(x.Result)); said != "" {
		e.html = prose.Plain(said)
	}
	e.html += asHTML(x.Feedback)
	m.links(e, "leap2:has_evidence", ids(x.About)...)
	m.links(e, "leap2:supported_by", x.School)
	e.date("end", x.On)
	if x.Visibility != nil {
		e.categories = append(e.categories, audience(x.Visibility, false))
	}
	m.write(e)
}

// level is a result in words.
func (w leapWords) level(r *Result) string {
	switch {
	case r == nil:
		return ""
	case r.Scale == scale && slices.Contains(steps, r.Level):
		return w.levels[slices.Index(steps, r.Level)]
	case r.Level == "" && r.Score != nil:
		return strconv.FormatFloat(*r.Score, 'f', -1, 64)
	}
	return r.Level
}

// comment: Mahara throws the author away, so the title says who it is of.
func (m *leap) comment(x *Comment) {
	who := m.label(x.Author)
	e := &feedEntry{kind: "entry", id: x.ID, title: m.words.comment + who, authors: []string{who}, updated: m.when("", x.CreatedAt), published: x.CreatedAt,
		html: asHTML(x.Text), comment: true, categories: []category{audience(x.Visibility, false)}}
	m.links(e, "leap2:reflects_on", x.On.ID)
	if m.entries[x.InReplyTo] {
		e.replyTo = x.InReplyTo
	}
	m.write(e)
}

// collection: a Webpage would need a view of Mahara's own, or it fails the whole
// import.
func (m *leap) collection(x *Collection) {
	e := &feedEntry{kind: "selection", id: x.ID, title: x.Title, updated: m.at, html: asHTML(x.Text), categories: []category{grouping, audience(x.Visibility, false)}}
	m.consists(e, x.Items)
	m.write(e)
}

var grouping = category{term: "Grouping", scheme: "categories:selection_type#"}

func (m *leap) goals(x *Framework) {
	for _, g := range x.Goals {
		m.write(&feedEntry{kind: "ability", id: g.ID, title: cut(joined(" ", g.Code, g.Text), portfolio.MaxTitle), updated: m.at,
			text: joined("\n", x.Title, joined(" ", g.Code, g.Text), g.URI)})
	}
}

// file: exactly one enclosure, by a name in which nothing needs quoting.
func (m *leap) file(x *File) {
	if major, minor, _ := strings.Cut(x.MediaType, "/"); major == "" || minor == "" {
		x.MediaType = "application/octet-stream"
	}
	m.feed.entry(&feedEntry{kind: "resource", id: m.made(x.ID), title: x.Name, updated: m.at, text: x.Alt,
		links:      []feedLink{{rel: "enclosure", href: x.Path, file: x}},
		categories: []category{{term: "Offline", scheme: "categories:resource_type#", label: "File"}}})
}
