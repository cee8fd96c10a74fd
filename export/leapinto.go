package export

import (
	"cmp"
	"html"
	"html/template"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"kaft/export/prose"
	"kaft/portfolio"
)

// leapWriter makes elements of a document of a feed's entries. BUNDLE.md has the
// table of what becomes what.
type leapWriter struct {
	*leapIndex
	head    *leapHead
	enc     *jsontext.Encoder
	feed    string // the feed's id, as ids are made of it
	self    string
	school  string
	seen    map[string]bool // entries that were written
	people  map[string]bool
	written map[string]bool // files, by their hash
	names   *leapItem       // the owner's entry
	goals   []Goal
}

// moment is what Mahara puts behind the id of a feed: the second in which it was
// made. Without it the same thing has the same id in each export.
var moment = regexp.MustCompile(`/[0-9]{9,11}/?$`)

func (w *leapWriter) begin() error {
	w.feed = moment.ReplaceAllString(w.head.id, "")
	w.self, w.school, w.seen = w.made("self", ""), w.made("school", ""), map[string]bool{}
	source := School{ID: w.school, Name: cmp.Or(siteOf(w.head), w.head.generator, "Leap2A")}
	return w.put("schools", source)
}

// siteOf is where a feed says to come from.
func siteOf(h *leapHead) string {
	if m := host.FindStringSubmatch(h.id); m != nil {
		return m[1]
	}
	return ""
}

var host = regexp.MustCompile(`^https?://([A-Za-z0-9.-]{1,200})(?::[0-9]+)?/`)

// made is an id in the document: always the same for the same entry of the same
// owner.
func (w *leapWriter) made(what, key string) string {
	return urn(portfolio.DeriveID("leap2a", w.feed, what, key))
}

// entry writes what an entry becomes.
func (w *leapWriter) entry(it *leapItem) error {
	k := key(it.id)
	n := w.nodes[k]
	if n == nil || w.seen[k] || it.id == "" {
		return nil
	}
	w.seen[k] = true
	switch n.role {
	case leapSelf:
		if w.names == nil {
			w.names = it
		}
	case leapPassed:
		w.notes["bundle.note.leap2a.people"] = true
	case leapWork:
		return w.work(k, n, it)
	case leapReflection:
		return w.reflection(k, n, it)
	case leapAssessment:
		return w.assessment(k, n, it)
	case leapComment:
		return w.comment(k, n, it)
	case leapCollection:
		return w.collection(k, n, it)
	case leapGoal:
		words := it.text.words()
		if !strings.Contains(words, it.title) {
			words = joined("\n", it.title, words)
		}
		w.goals = append(w.goals, Goal{ID: w.made("goal", k), Text: cut(cmp.Or(words, "…"), 2000)})
		if len(w.goals) > 5000 { // a framework is one element
			return errLong
		}
	case leapSchool:
		return w.put("schools", School{ID: w.made("org", k), Name: titleOf(it)})
	case leapEnrolment:
		return w.put("enrolments", Enrolment{ID: w.made("enrolment", k), School: w.made("org", n.school), Level: titleOf(it), From: it.day("start"), Until: it.day("end")})
	}
	return nil
}

// common fills what works and looks back share.
func (w *leapWriter) common(k string, n *leapNode, it *leapItem) (*Item, error) {
	out := &Item{ID: w.made("object", k), Title: titleOf(it), Text: w.textOf(it, n), Revision: 1, Status: "published",
		CreatedAt: it.published, UpdatedAt: it.updated, HappenedOn: cmp.Or(it.day("start"), it.day("end"), it.day("target"))}
	if out.CreatedAt.IsZero() {
		out.CreatedAt = it.updated
	}
	if out.UpdatedAt.IsZero() {
		out.UpdatedAt = out.CreatedAt
	}
	if it.is("readiness", "Unready") {
		out.Status = "draft"
	}
	if it.is("audience", "Private") {
		out.Visibility = &Visibility{Audience: "student"}
	}
	for _, t := range it.terms {
		if tag := cut(oneLine(cmp.Or(t.label, t.term)), 200); t.scheme == "" && tag != "" && len(out.Tags) < 100 {
			out.Tags = append(out.Tags, tag)
		}
	}
	for _, g := range n.goals {
		out.Goals = append(out.Goals, w.made("goal", g))
	}
	return out, w.attach(out, n, it)
}

// attach puts an entry's own files with it, and those of the entries that it
// shows.
func (w *leapWriter) attach(out *Item, n *leapNode, it *leapItem) error {
	has := map[string]bool{}
	differs := false
	add := func(e leapEnclosure, name, alt string) error {
		name = cmp.Or(strings.ReplaceAll(name, "/", "-"), e.name)
		if len(out.Files) >= 1000 || len(out.Missing) >= 1000 {
			w.notes["bundle.note.leap2a.cut"] = true
			return nil
		}
		if e.file == nil || e.file.sum == "" {
			out.Missing = append(out.Missing, portfolio.CleanName(name))
			if len(w.gone) < maxLost {
				w.gone[cut(e.name, 200)] = true
			}
			return nil
		}
		if ext := path.Ext(e.file.path); path.Ext(name) == "" && plainExtension.MatchString(ext) {
			name += ext
		}
		name = portfolio.CleanName(name)
		if has[e.file.sum] {
			return nil
		}
		has[e.file.sum] = true
		differs = differs || w.written[e.file.sum] || alt != ""
		out.Files, out.Labels = append(out.Files, e.file.id()), append(out.Labels, FileLabel{name, alt})
		if w.written[e.file.sum] {
			return nil
		}
		w.written[e.file.sum] = true
		return w.put("files", File{ID: e.file.id(), Path: e.file.stored(), Name: name, MediaType: e.mediaType, Bytes: e.file.size, SHA256: e.file.sum})
	}
	for _, e := range n.enclosed {
		if w.nodes[e.to] != nil { // the id of an entry: it is among attached when it has a file
			continue
		}
		own := ""
		if n.kind == "resource" {
			own = titleOf(it)
		}
		if err := add(e, own, ""); err != nil {
			return err
		}
	}
	for _, a := range n.attached {
		for _, e := range w.nodes[a].enclosed {
			if w.nodes[e.to] != nil {
				continue
			}
			if err := add(e, w.nodes[a].title, w.nodes[a].alt); err != nil {
				return err
			}
		}
	}
	if !differs {
		out.Labels = nil
	}
	return nil
}

// knownKinds are the types of the specification that Kaft has no place of its
// own for: they become a post, and that is no loss to tell of.
var knownKinds = map[string]bool{"": true, "entry": true, "ability": true, "achievement": true, "activity": true, "affiliation": true, "meeting": true,
	"plan": true, "resource": true, "publication": true}

func (w *leapWriter) work(k string, n *leapNode, it *leapItem) error {
	out, err := w.common(k, n, it)
	if err != nil {
		return err
	}
	switch {
	case n.kind == "plan":
		out.Type = "goal"
	case n.kind == "entry" || n.kind == "resource" && len(n.enclosed) > 0:
		out.Type = "work"
	default:
		out.Type = "post"
		if !knownKinds[n.kind] {
			w.notes["bundle.note.leap2a.unknown"] = true
		}
	}
	if n.comment { // on what is not here
		out.Type = "post"
	}
	out.Authors, err = w.authors(it)
	if err != nil {
		return err
	}
	return w.put("items", out)
}

func (w *leapWriter) reflection(k string, n *leapNode, it *leapItem) error {
	out, err := w.common(k, n, it)
	if err != nil {
		return err
	}
	by, err := w.authors(it)
	if err != nil {
		return err
	}
	out.Author, out.About = by[0], w.links(n.about)
	return w.put("reflections", out)
}

// links are references to what is in the document.
func (w *leapWriter) links(to []string) []Link {
	out := []Link{}
	for _, k := range to {
		kind := map[leapRole]string{leapReflection: "reflection", leapAssessment: "assessment", leapCollection: "collection"}[w.nodes[k].role]
		out = append(out, Link{cmp.Or(kind, "item"), w.made("object", k)})
	}
	return out
}

// assessment: somebody else says what was achieved. Nobody signed it, so it is
// one that cannot be checked.
func (w *leapWriter) assessment(k string, n *leapNode, it *leapItem) error {
	by, err := w.assessors(it)
	if err != nil {
		return err
	}
	at := it.published
	if at.IsZero() {
		at = it.updated
	}
	out := &Assessment{ID: w.made("object", k), About: w.links(n.about), Assessor: by[0], On: cmp.Or(it.day("end"), it.day("start"), dateOf(at), dateOf(w.head.updated), "1900-01-01"),
		Rubric: &Rubric{Title: titleOf(it)}, Feedback: w.textOf(it, nil), CreatedAt: at, UpdatedAt: it.updated, PublishedAt: at}
	if n.school != "" {
		out.School = w.made("org", n.school)
	}
	return w.put("assessments", out)
}

func (w *leapWriter) comment(k string, n *leapNode, it *leapItem) error {
	by, err := w.authors(it)
	if err != nil {
		return err
	}
	out := Comment{ID: w.made("object", k), On: w.links(n.about)[0], Author: by[0], Text: w.textOf(it, nil), CreatedAt: it.published}
	if out.Text == nil {
		out.Text = &Text{"plain", titleOf(it)}
	}
	if out.CreatedAt.IsZero() {
		out.CreatedAt = it.updated
	}
	if to := w.nodes[key(it.replyTo)]; to != nil && to.role == leapComment && to != n {
		out.InReplyTo = w.made("object", key(it.replyTo))
	}
	return w.put("comments", struct {
		Comment
		InReplyTo string `json:"inReplyTo,omitzero"`
	}{out, out.InReplyTo})
}

// collection: a selection, and, because Kaft shows no collections yet, its own
// words as a page in it.
func (w *leapWriter) collection(k string, n *leapNode, it *leapItem) error {
	out := Collection{ID: w.made("object", k), Title: titleOf(it), Items: []string{}}
	if n.words {
		page, err := w.common(k, n, it)
		if err != nil {
			return err
		}
		page.ID, page.Type = w.made("page", k), "page"
		if page.Authors, err = w.authors(it); err != nil {
			return err
		}
		if page.Text != nil || len(page.Files) > 0 {
			out.Items = append(out.Items, page.ID)
			if err := w.put("items", page); err != nil {
				return err
			}
		}
	}
	for _, p := range n.parts {
		out.Items = append(out.Items, w.made("object", p))
	}
	return w.put("collections", out)
}

// authors are labels for who is named; the owner where nobody is. Leap2A does
// not say who is a child, so nobody else keeps a name, but for who assessed.
func (w *leapWriter) authors(it *leapItem) ([]string, error) {
	return w.labels(it, func(name string) Person { return Person{ID: w.made("person", name), Kind: "external", Redacted: true} })
}

func (w *leapWriter) assessors(it *leapItem) ([]string, error) {
	return w.labels(it, func(name string) Person { return Person{ID: w.made("assessor", name), Kind: "external", Name: name} })
}

func (w *leapWriter) labels(it *leapItem, label func(name string) Person) ([]string, error) {
	var out []string
	for _, name := range it.authors {
		if strings.EqualFold(name, w.head.author) {
			out = append(out, w.self)
			continue
		}
		p := label(name)
		if !w.people[p.ID] {
			w.people[p.ID] = true
			if err := w.put("people", p); err != nil {
				return nil, err
			}
		}
		out = append(out, p.ID)
	}
	if len(out) == 0 {
		out = []string{w.self}
	}
	return once(out), nil
}

// end writes what is known at the end: whose it is, and what the bundle is.
func (w *leapWriter) end() error {
	if len(w.goals) > 0 {
		if err := w.put("frameworks", Framework{ID: w.made("framework", ""), Title: cmp.Or(w.head.title, "Leap2A"), Goals: w.goals}); err != nil {
			return err
		}
	}
	name := w.name()
	if err := w.put(memberStudent, Student{ID: w.self, Name: name}); err != nil {
		return err
	}
	if err := w.put("people", Person{ID: w.self, Kind: "student", Name: name.Full()}); err != nil {
		return err
	}
	head := Head{ID: w.made("feed", w.head.id+w.head.updated.String()), Kind: "transfer", CreatedAt: w.head.updated, Language: "nl", Omitted: []portfolio.Omission{},
		Generator: Generator{cmp.Or(w.head.generator, "Leap2A"), cmp.Or(w.head.version, "Leap2A")},
		Source:    Source{Instance: cut(w.feed, 1000), School: w.school}}
	return w.put("bundle", head)
}

// name is the owner's, as far as it is in parts.
func (w *leapWriter) name() (n portfolio.Name) {
	if it := w.names; it != nil {
		n = portfolio.Name{Given: cmp.Or(it.names["legal_given_name"], it.names["preferred_given_name"]), Preferred: it.names["preferred_given_name"],
			Family: cmp.Or(it.names["legal_family_name"], it.names["preferred_family_name"])}
		if n.Given == "" {
			n.Given, n.Family, _ = strings.Cut(cmp.Or(it.names["full_name"], it.title), " ")
		}
	}
	if n.Given == "" {
		n.Given, n.Family, _ = strings.Cut(cmp.Or(w.head.author, w.head.title, "Leap2A"), " ")
	}
	if n.Preferred == n.Given {
		n.Preferred = ""
	}
	return n
}

func titleOf(it *leapItem) string {
	line, _, _ := strings.Cut(it.text.words(), "\n")
	return cmp.Or(it.title, cut(oneLine(line), portfolio.MaxTitle), "…")
}

// day is a date as the document has it, "" when it is none.
func (it *leapItem) day(point string) string {
	s := it.dates[point]
	if len(s) < 10 {
		return ""
	}
	t, err := time.Parse(time.DateOnly, s[:10])
	if err != nil || !plausible(t) {
		return ""
	}
	return s[:10]
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return portfolio.DateOf(t).String()
}

// textOf is an entry's summary and text, sanitised, with what else it says that
// has no place of its own: days that are no dates, an organization, addresses of
// files elsewhere.
func (w *leapWriter) textOf(it *leapItem, n *leapNode) *Text {
	parts := []leapText{}
	if !it.summary.empty() && it.summary.words() != it.text.words() {
		parts = append(parts, it.summary)
	}
	if !it.text.empty() {
		parts = append(parts, it.text)
	}
	var also []string
	for _, point := range []string{"start", "end", "target"} {
		if it.dates[point] != "" && it.day(point) == "" {
			also = append(also, it.dates[point])
		}
	}
	said := strings.Join(also, " – ")
	if n != nil && n.school != "" && w.nodes[n.school] != nil {
		said = joined("\n", said, w.nodes[n.school].title)
	}
	for _, l := range it.links {
		if l.rel == "enclosure" && web.MatchString(l.href) {
			said = joined("\n", said, cut(oneLine(l.href), 1000))
		}
	}
	if said != "" {
		parts = append(parts, leapText{plain: true, value: said})
	}
	return w.text(parts)
}

func (w *leapWriter) text(parts []leapText) *Text {
	switch {
	case len(parts) == 0:
		return nil
	case len(parts) == 1 && parts[0].plain:
		return &Text{"plain", w.short(parts[0].value)}
	}
	var all template.HTML
	for _, p := range parts {
		all += p.clean()
	}
	if len([]rune(string(all))) > portfolio.MaxText {
		return &Text{"plain", w.short(plainText(&Text{"html", string(all)}))}
	}
	return &Text{"html", string(all)}
}

func (w *leapWriter) short(s string) string {
	out := cut(s, portfolio.MaxText)
	if len(out) < len(s) {
		w.notes["bundle.note.leap2a.cut"] = true
	}
	return out
}

func (t leapText) clean() template.HTML {
	if t.plain {
		return prose.Plain(t.value)
	}
	return prose.Clean(t.value)
}

// words is a text without markup.
func (t leapText) words() string {
	if t.plain {
		return t.value
	}
	return strings.TrimSpace(html.UnescapeString(words.Sanitize(lineEnds.ReplaceAllString(t.value, "$0\n"))))
}

func (t leapText) empty() bool { return strings.TrimSpace(t.words()) == "" }
