package export

import (
	"cmp"
	"html"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"

	"kaft/portfolio"
)

// incoming turns elements of the document into works and assessments.
type incoming struct {
	from   portfolio.Sender
	self   string                    // the student's id in the document
	owner  string                    // the student's id here
	people map[string]string         // names by id
	places map[string]string         // ids here of the works in the document, by their id there
	files  map[string]portfolio.File // by id, once stored
	lost   map[string]string         // names of those that did not come, by id
	now    time.Time
}

// work is an element of items or reflections as a work of the student's own:
// private, whoever saw it there.
func (in *incoming) work(it *Item, hash string) portfolio.Work {
	w := portfolio.Work{Type: portfolio.TypeWork, Title: madeTitle(it), Text: plainText(it.Text), Subject: madeSubject(it.Subject),
		Draft: it.Status == "draft", Restricted: it.Restricted, CreatedAt: it.CreatedAt, UpdatedAt: it.UpdatedAt, Version: max(1, it.Revision)}
	if it.Type == "" {
		w.Type = portfolio.TypeReflection
	}
	if w.CreatedAt.IsZero() {
		w.CreatedAt = in.now
	}
	if w.UpdatedAt.IsZero() {
		w.UpdatedAt = w.CreatedAt
	}
	w.HappenedOn, _ = portfolio.ParseDate(it.HappenedOn) // the schema has seen to the form
	if w.HappenedOn == 0 {
		w.HappenedOn = portfolio.DateOf(w.CreatedAt)
	}
	by := it.Authors
	if it.Author != "" {
		by = []string{it.Author}
	}
	if len(by) == 0 || slices.Contains(by, in.self) {
		w.Author = in.owner
	}
	for _, l := range it.About {
		if here := in.places[l.ID]; here != "" {
			w.About = here
			break
		}
	}
	for range it.Depicted { // a yes given there is no yes here
		w.Depicted = append(w.Depicted, portfolio.Depicted{})
	}
	w.Missing = slices.Clone(it.Missing)
	for i, id := range it.Files {
		f, came := in.files[id]
		if len(it.Labels) == len(it.Files) {
			f.Name, f.Alt = portfolio.CleanName(it.Labels[i].Name), it.Labels[i].Alt
		}
		if !came {
			w.Missing = append(w.Missing, portfolio.CleanName(cmp.Or(f.Name, in.lost[id])))
			continue
		}
		w.Files = append(w.Files, f)
	}
	w.Origin = in.origin(it.ID, hash, it.Origin, by)
	if it.Visibility != nil && (it.Origin == nil || it.Origin.Audiences == nil) {
		w.Origin.Audience = it.Visibility.Audiences
	}
	return w
}

// origin says where something came from: the first source stays named.
func (in *incoming) origin(id, hash string, first *Origin, by []string) *portfolio.Origin {
	o := &portfolio.Origin{Source: in.from.Instance, School: in.from.School, ID: bare(id), Hash: hash}
	if first != nil {
		o.Source, o.School, o.Audience = cmp.Or(first.Instance, o.Source), cmp.Or(first.School, o.School), first.Audiences
	}
	var names []string
	for _, p := range by {
		if n := in.people[p]; n != "" {
			names = append(names, n)
		}
	}
	o.Author = strings.Join(names, ", ")
	return o
}

// assessment is an element of assessments as a published assessment.
func (in *incoming) assessment(s *Assessment, hash string) portfolio.Assessment {
	out := portfolio.Assessment{Remark: plainText(s.Feedback), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, PublishedAt: s.PublishedAt}
	if s.Rubric != nil {
		out.Goal = cut(s.Rubric.Title, portfolio.MaxTitle)
	}
	switch r := s.Result; {
	case r == nil:
	case r.Scale == scale && r.Score != nil && *r.Score >= 1 && *r.Score <= float64(len(steps)):
		out.Level = int(*r.Score)
	default: // another scale: its level in words, before the remark
		out.Remark = strings.TrimSpace(r.Level + "\n\n" + out.Remark)
	}
	out.Remark = cut(out.Remark, portfolio.MaxRemark)
	if out.PublishedAt.IsZero() {
		on, _ := portfolio.ParseDate(s.On)
		out.PublishedAt = on.Start().UTC()
	}
	if out.CreatedAt.IsZero() {
		out.CreatedAt = out.PublishedAt
	}
	if out.UpdatedAt.IsZero() {
		out.UpdatedAt = out.PublishedAt
	}
	for _, l := range s.About {
		if here := in.places[l.ID]; here != "" {
			out.Work = here
			break
		}
	}
	out.Origin = in.origin(s.ID, hash, s.Origin, []string{s.Assessor})
	return out
}

// madeTitle is an element's title, or one for a look back that has none.
func madeTitle(it *Item) string {
	line, _, _ := strings.Cut(plainText(it.Text), "\n")
	return cut(strings.TrimSpace(cmp.Or(it.Title, it.Prompt, line, "…")), portfolio.MaxTitle)
}

func madeSubject(subjects []string) string { return cut(strings.Join(subjects, ", "), 100) }

// plainText is a text as Kaft keeps it, in Markdown. HTML is brought down to
// its words; as it came it stays with its source.
func plainText(t *Text) string {
	if t == nil {
		return ""
	}
	if t.Format == "html" {
		return strings.TrimSpace(html.UnescapeString(words.Sanitize(lineEnds.ReplaceAllString(t.Value, "$0\n"))))
	}
	return strings.TrimSpace(t.Value)
}

var (
	words    = bluemonday.StrictPolicy()
	lineEnds = regexp.MustCompile(`(?i)</(p|div|li|h[1-6]|tr|blockquote|pre)>|<br ?/?>`)
)

// cut shortens a text to so many characters.
func cut(s string, max int) string {
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	return string([]rune(s)[:max-1]) + "…"
}
