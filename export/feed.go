package export

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"time"

	"kaft/prose"
)

// feed writes Leap2A: an Atom feed (RFC 4287) with the elements that Leap2A adds
// to it, one entry at a time. Of the four generations of namespaces in the wild
// it writes the one of 2010-07, with the prefixes that Mahara looks for.
//
// encoding/xml makes up prefixes of its own, so the tags are written here; every
// text and attribute goes through its EscapeText. An error of the writer stays
// with it, and end gives it.
type feed struct{ w *bufio.Writer }

type (
	// feedEntry is one item of Leap2A. Updated, content and kind are in every one.
	feedEntry struct {
		kind       string // its type: entry, plan, achievement, …
		id, title  string
		authors    []string // where it is not the portfolio's owner
		updated    time.Time
		published  time.Time
		text       string        // content as plain text
		html       template.HTML // content, where there is no plain text; from prose
		links      []feedLink
		categories []category
		dates      [][2]string // point (start, end, target) and day
		stage      string      // how far a plan is
		role       string      // the owner's in an activity
		fields     []orgOrPerson
		comment    bool   // Mahara knows one by an element of its own
		replyTo    string // id of the comment it answers
	}
	// feedLink goes from an entry to another, or to a file.
	feedLink struct {
		rel, href, title string
		order            int // among the parts of a selection, from 1
		file             *File
	}
	category struct{ term, scheme, label string }
	// orgOrPerson is a field of a person or an organization; an id has a service.
	orgOrPerson struct{ element, field, service, value string }
)

func newFeed(w io.Writer) *feed { return &feed{bufio.NewWriter(w)} }

// begin writes what goes before the entries: id is the bundle's, owner the id of
// the entry that is the portfolio's owner.
func (f *feed) begin(lang, id, title string, at time.Time, by Generator, instance, owner, ownerName string) {
	f.w.WriteString(xml.Header + `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"` +
		` xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:leap2="http://terms.leapspecs.org/"` +
		` xmlns:categories="http://wiki.leapspecs.org/2A/categories/"` +
		` xmlns:mahara="http://wiki.mahara.org/Developer_Area/Import%2F%2FExport/LEAP_Extensions#"`)
	f.attributes("xml:lang", lang)
	f.w.WriteString(">\n")
	f.element("leap2:version", "http://www.leapspecs.org/2010-07/2A/")
	f.element("id", id)
	f.element("title", title)
	f.element("updated", stamp(at))
	f.element("generator", by.Name, "uri", instance, "version", by.Version)
	f.author(ownerName, owner)
}

func (f *feed) end() error {
	f.w.WriteString("</feed>\n")
	return f.w.Flush()
}

func (f *feed) entry(e *feedEntry) {
	f.w.WriteString("<entry>\n")
	f.element("title", e.title)
	f.element("id", e.id)
	for _, name := range e.authors {
		f.author(name, "")
	}
	f.element("updated", stamp(e.updated))
	if !e.published.IsZero() {
		f.element("published", stamp(e.published))
	}
	if e.html != "" { // Mahara looks for exactly this div
		f.w.WriteString(`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">` + prose.XML(e.html) + "</div></content>\n")
	} else {
		f.element("content", e.text, "type", "text")
	}
	f.element("rdf:type", "", "rdf:resource", "leap2:"+e.kind)
	for _, l := range e.links {
		f.link(l)
	}
	for _, c := range e.categories {
		f.element("category", "", "term", c.term, "scheme", c.scheme, "label", c.label)
	}
	for _, d := range e.dates {
		f.element("leap2:date", d[1], "leap2:point", d[0])
	}
	if e.stage != "" {
		f.element("leap2:status", "", "leap2:stage", e.stage)
	}
	if e.role != "" {
		f.element("leap2:myrole", e.role)
	}
	for _, x := range e.fields {
		f.element("leap2:"+x.element, x.value, "leap2:field", x.field, "leap2:service", x.service)
	}
	if e.comment {
		f.element("mahara:artefactplugin", "", "mahara:type", "comment", "mahara:plugin", "comment")
	}
	if e.replyTo != "" {
		f.element("thr:in-reply-to", "", "ref", e.replyTo)
	}
	f.w.WriteString("</entry>\n")
}

func (f *feed) link(l feedLink) {
	var order, mediaType, length string
	if l.order > 0 {
		order = strconv.Itoa(l.order)
	}
	if l.file != nil {
		mediaType, length = l.file.MediaType, fmt.Sprint(l.file.Bytes)
	}
	f.element("link", "", "rel", l.rel, "type", mediaType, "length", length, "href", l.href, "title", l.title, "leap2:display_order", order)
}

func (f *feed) author(name, uri string) {
	f.w.WriteString("<author>")
	f.element("name", name)
	if uri != "" {
		f.element("uri", uri)
	}
	f.w.WriteString("</author>\n")
}

// element writes an element on a line of its own, with the attributes that have
// a value.
func (f *feed) element(name, text string, attributes ...string) {
	f.w.WriteString("<" + name)
	f.attributes(attributes...)
	if text == "" {
		f.w.WriteString("/>\n")
		return
	}
	f.w.WriteString(">")
	xml.EscapeText(f.w, []byte(text))
	f.w.WriteString("</" + name + ">\n")
}

func (f *feed) attributes(nameValue ...string) {
	for i := 0; i < len(nameValue); i += 2 {
		if nameValue[i+1] == "" {
			continue
		}
		f.w.WriteString(" " + nameValue[i] + `="`)
		xml.EscapeText(f.w, []byte(nameValue[i+1]))
		f.w.WriteString(`"`)
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
