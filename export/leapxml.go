package export

import (
	"cmp"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"kaft/portfolio"
)

// Limits of a Leap2A file that is read.
const (
	maxFeed        = 256 << 20 // bytes of leap2a.xml
	maxFeedNesting = 256       // elements in each other, as libxml2 has it
	maxFeedEntries = 100_000
	maxFeedLinks   = 200_000 // in all entries together
)

const atomSpace = "http://www.w3.org/2005/Atom"

// leapNames are the four generations of Leap2A's namespace, without what stands
// at their end: each program ends them as it likes.
var leapNames = []string{"http://terms.leapspecs.org", "http://www.cetis.org.uk/leap2/terms",
	"http://wiki.cetis.ac.uk/2009-03/leap2a_predicates", "http://wiki.cetis.ac.uk/2009-03/leap2a_types",
	"https://web.archive.org/web/20100503000634/http://terms.leapspecs.org"}

func isLeap(namespace string) bool {
	return slices.Contains(leapNames, strings.ToLower(strings.TrimRight(namespace, "/#")))
}

func isMahara(namespace string) bool { return strings.Contains(namespace, "LEAP_Extensions") }

type (
	// leapHead is what a feed says of itself.
	leapHead struct {
		id, title, lang    string
		updated            time.Time
		generator, version string
		site               string // of the program that made it
		author             string
	}
	// leapItem is one entry. Its texts are HTML of somebody else.
	leapItem struct {
		id, title          string
		kind               string // the name of its type: entry, plan, …
		authors            []string
		updated, published time.Time
		text, summary      leapText
		links              []leapLink
		terms              []leapTerm
		dates              map[string]string // as they stand there, by point
		names              map[string]string // a person's, by field
		comment            bool
		replyTo            string
	}
	leapText struct {
		plain bool
		value string
	}
	leapLink struct {
		rel, href, title, mediaType string
		order                       int
	}
	leapTerm struct{ term, scheme, label string }
)

var (
	errDoctype = errors.New("a document type or an entity")
	errFeed    = errors.New("no feed of Leap2A")
)

// feedReader reads a Leap2A feed one entry at a time, and never holds more than
// one. No document type, so no entities but XML's own five; nothing is fetched.
// What it does not know is passed over.
type feedReader struct {
	dec    *xml.Decoder
	budget *budget
	depth  int
	since  int64 // where the entry began
}

// readFeed calls entry for each entry, and gives the head: all of it is known
// at the end only. Error kind: Invalid; an error of entry is given back.
func readFeed(r io.Reader, entry func(*leapItem) error) (*leapHead, error) {
	b := &budget{r: io.LimitReader(r, maxFeed+1), left: maxElement}
	f := &feedReader{dec: xml.NewDecoder(b), budget: b}
	head, err := f.feed(entry)
	var e *portfolio.Error
	switch {
	case err == nil || errors.As(err, &e):
		return head, err
	case errors.Is(err, errDoctype):
		return nil, refuse(err, "error.leap2a.doctype")
	case errors.Is(err, errFeed):
		return nil, refuse(err, "error.leap2a.feed")
	case errors.Is(err, errLong), errors.Is(err, errDeep):
		return nil, refuse(err, "error.leap2a.long")
	}
	return nil, refuse(err, "error.leap2a.xml")
}

func (f *feedReader) token() (xml.Token, error) {
	f.budget.left = maxElement
	t, err := f.dec.Token()
	if err != nil {
		if errors.Is(err, errLong) {
			err = errLong // and not what the decoder makes of it
		}
		return nil, err
	}
	switch t.(type) {
	case xml.Directive:
		return nil, errDoctype
	case xml.StartElement:
		if f.depth++; f.depth > maxFeedNesting {
			return nil, errDeep
		}
	case xml.EndElement:
		f.depth--
	}
	if f.since > 0 && f.dec.InputOffset()-f.since > maxElement {
		return nil, errLong
	}
	return t, nil
}

func (f *feedReader) feed(entry func(*leapItem) error) (*leapHead, error) {
	root, err := f.root()
	if err != nil {
		return nil, err
	}
	h := &leapHead{lang: attribute(root, "lang")}
	entries := 0
	err = f.children(func(e xml.StartElement) error {
		if e.Name.Space != atomSpace {
			return f.skip()
		}
		switch e.Name.Local {
		case "id":
			return f.whole(&h.id)
		case "title":
			return f.short(&h.title)
		case "updated":
			return f.time(&h.updated)
		case "generator":
			h.version, h.site = cut(attribute(e, "version"), 100), cut(attribute(e, "uri"), 500)
			return f.short(&h.generator)
		case "author":
			return f.author(&h.author)
		case "entry":
			if entries++; entries > maxFeedEntries {
				return errLong
			}
			f.since = f.dec.InputOffset()
			defer func() { f.since = 0 }()
			it, err := f.entry()
			if err != nil {
				return err
			}
			return entry(it)
		}
		return f.skip()
	})
	if err == nil && h.id == "" {
		err = errFeed
	}
	for err == nil { // what comes after: comments at most
		if _, err = f.token(); err == io.EOF {
			return h, nil
		}
	}
	return nil, err
}

// root finds the feed: Atom's, in which a namespace of Leap2A is named.
func (f *feedReader) root() (xml.StartElement, error) {
	for {
		t, err := f.token()
		if err != nil {
			return xml.StartElement{}, err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		named := slices.ContainsFunc(e.Attr, func(a xml.Attr) bool {
			return (a.Name.Space == "xmlns" || a.Name.Local == "xmlns") && isLeap(a.Value)
		})
		if e.Name != (xml.Name{Space: atomSpace, Local: "feed"}) || !named {
			return e, errFeed
		}
		return e, nil
	}
}

// children calls each for every element in the one that is open, to its end;
// each reads its element to the end.
func (f *feedReader) children(each func(xml.StartElement) error) error {
	for {
		t, err := f.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := each(t.Copy()); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

func (f *feedReader) skip() error {
	return f.children(func(xml.StartElement) error { return f.skip() })
}

func (f *feedReader) entry() (*leapItem, error) {
	it := &leapItem{dates: map[string]string{}, names: map[string]string{}}
	return it, f.children(func(e xml.StartElement) error {
		switch name := e.Name.Local; {
		case e.Name.Space == atomSpace:
			return f.atom(it, e)
		case name == "type" && strings.HasSuffix(e.Name.Space, "22-rdf-syntax-ns#"):
			it.kind = cmp.Or(it.kind, lastName(attribute(e, "resource")))
		case name == "artefactplugin" && isMahara(e.Name.Space):
			it.comment = it.comment || attribute(e, "type") == "comment"
		case name == "in-reply-to":
			it.replyTo = attribute(e, "ref")
		case name == "date" && isLeap(e.Name.Space):
			day := ""
			err := f.short(&day)
			it.dates[attribute(e, "point")] = cmp.Or(day, cut(attribute(e, "label"), portfolio.MaxTitle))
			return err
		case name == "persondata" && isLeap(e.Name.Space) && nameFields[attribute(e, "field")]:
			value := ""
			err := f.short(&value)
			it.names[attribute(e, "field")] = value
			return err
		}
		return f.skip()
	})
}

// nameFields are the data of a person that are read: no others.
var nameFields = map[string]bool{"full_name": true, "legal_given_name": true, "legal_family_name": true, "preferred_given_name": true, "preferred_family_name": true}

func (f *feedReader) atom(it *leapItem, e xml.StartElement) error {
	switch e.Name.Local {
	case "id":
		return f.whole(&it.id)
	case "title":
		return f.short(&it.title)
	case "updated":
		return f.time(&it.updated)
	case "published":
		return f.time(&it.published)
	case "author":
		name := ""
		err := f.author(&name)
		if name != "" {
			it.authors = append(it.authors, name)
		}
		return err
	case "summary":
		return f.text(e, &it.summary)
	case "content":
		if src := attribute(e, "src"); src != "" {
			it.links = append(it.links, leapLink{rel: "enclosure", href: src, mediaType: attribute(e, "type")})
		}
		return f.text(e, &it.text)
	case "link":
		order, _ := strconv.Atoi(attribute(e, "display_order"))
		it.links = append(it.links, leapLink{lastName(attribute(e, "rel")), strings.TrimSpace(attribute(e, "href")), attribute(e, "title"), attribute(e, "type"), order})
	case "category":
		it.terms = append(it.terms, leapTerm{attribute(e, "term"), lastName(strings.TrimRight(attribute(e, "scheme"), "#/")), attribute(e, "label")})
	}
	return f.skip()
}

// author gives the name of somebody and nothing else of them.
func (f *feedReader) author(name *string) error {
	return f.children(func(e xml.StartElement) error {
		if e.Name.Local == "name" {
			return f.short(name)
		}
		return f.skip()
	})
}

// short reads words that stand on one line. The first of several counts.
func (f *feedReader) short(into *string) error {
	words, err := f.words()
	*into = cmp.Or(*into, cut(oneLine(words), portfolio.MaxTitle))
	return err
}

// whole reads an id: nothing is cut off it.
func (f *feedReader) whole(into *string) error {
	words, err := f.words()
	*into = cmp.Or(*into, strings.TrimSpace(words))
	return err
}

func (f *feedReader) time(into *time.Time) error {
	words, err := f.words()
	if t, bad := time.Parse(time.RFC3339, strings.TrimSpace(words)); bad == nil && plausible(t) {
		*into = t.UTC().Truncate(time.Second)
	}
	return err
}

func plausible(t time.Time) bool { return t.Year() >= 1900 && t.Year() < 2200 }

// words reads an element as words, whatever elements stand in it.
func (f *feedReader) words() (string, error) {
	var b strings.Builder
	for depth := f.depth; ; {
		t, err := f.token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			if f.depth < depth {
				return b.String(), nil
			}
		}
	}
}

// text reads a text construct of Atom. One that is neither text nor HTML (a
// picture in base 64) is passed over.
func (f *feedReader) text(e xml.StartElement, into *leapText) error {
	var err error
	switch kind := strings.ToLower(attribute(e, "type")); kind {
	case "xhtml":
		into.value, err = f.markup()
	case "html", "text/html":
		into.value, err = f.words()
	case "", "text", "text/plain":
		into.plain = true
		into.value, err = f.words()
	default:
		return f.skip()
	}
	into.value = strings.TrimSpace(into.value)
	return err
}

// markup reads an element of XHTML as HTML, for a sanitiser to look at.
func (f *feedReader) markup() (string, error) {
	var b strings.Builder
	for depth := f.depth; ; {
		t, err := f.token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			b.WriteString(html.EscapeString(string(t)))
		case xml.StartElement:
			b.WriteString("<" + t.Name.Local)
			for _, a := range t.Attr {
				if a.Name.Space == "" {
					b.WriteString(" " + a.Name.Local + `="` + html.EscapeString(a.Value) + `"`)
				}
			}
			b.WriteString(">")
		case xml.EndElement:
			if f.depth < depth {
				return b.String(), nil
			}
			if !void[t.Name.Local] {
				b.WriteString("</" + t.Name.Local + ">")
			}
		}
	}
}

// void are the elements that HTML does not close.
var void = map[string]bool{"br": true, "hr": true, "img": true, "col": true, "input": true, "param": true, "source": true, "wbr": true}

// attribute is an attribute's value, in whatever namespace it stands.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space != "xmlns" {
			return a.Value
		}
	}
	return ""
}

var beforeName = regexp.MustCompile(`^.*[:/#]`)

// lastName is what is named by a CURIE or an address: four generations of
// namespaces have the same names.
func lastName(s string) string { return cut(beforeName.ReplaceAllString(strings.TrimSpace(s), ""), 50) }

// oneLine is a text on one line, without control characters and what turns the
// direction of the words around it.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
