package prose

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	renderer "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Span is a piece of a message: words, or an element with what is in it. A
// message is spans and not HTML, so that a page on a server and a script that
// may not make HTML of text show the same.
type Span struct {
	Text string `json:"text,omitempty"` // of words
	El   string `json:"el,omitempty"`   // p, br, strong, em, ul, ol, li, a or work
	Href string `json:"href,omitempty"` // of an a: http, https or mailto
	ID   string `json:"id,omitempty"`   // of a work
	In   []Span `json:"in,omitempty"`
}

// Message makes spans of what somebody said. Of Markdown it has bold, italic,
// lists and links, and a new line is a new line; whatever else stands there is
// words. A link shows where it leads: nobody is sent elsewhere by a friendly
// word. works are the ids of works whose addresses are pieces of their own: what
// they are called is not for every reader. Words alone are nil: they are shown
// as they are.
func Message(markdown string, works []string) []Span {
	markdown = strings.Map(func(r rune) rune {
		if r == workFrom || r == workTo {
			return -1
		}
		return r
	}, strings.ToValidUTF8(markdown, "\uFFFD"))
	if !marked.MatchString(markdown) || knotty(markdown) {
		return nil
	}
	markdown = workPath.ReplaceAllStringFunc(markdown, func(address string) string {
		id := address[len(address)-idLen:]
		if !slices.Contains(works, id) {
			return address
		}
		return string(workFrom) + id + string(workTo)
	})
	var b bytes.Buffer
	if talk.Convert([]byte(markdown), &b) != nil {
		return nil
	}
	root, err := html.ParseFragment(bytes.NewReader(allowed.SanitizeBytes(b.Bytes())), &html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"})
	if err != nil {
		return nil
	}
	return spans(root)
}

// Works are the ids in addresses of works: /werk/ and an id, at the end of an
// address or by itself. Each is named once.
func Works(markdown string) []string {
	var ids []string
	for _, address := range workPath.FindAllString(markdown, -1) {
		if id := address[len(address)-idLen:]; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Words is the text of spans, on one line. A work is what called makes of its id.
func Words(of []Span, called func(id string) string) string {
	var b strings.Builder
	for _, s := range of {
		switch s.El {
		case "":
			b.WriteString(s.Text)
		case "br":
			b.WriteByte(' ')
		case "work":
			b.WriteString(called(s.ID))
		default:
			b.WriteString(Words(s.In, called))
			if s.El == "p" || s.El == "li" {
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

// The signs between which the id of a work stands while a message is read. They
// are in no alphabet (private use).
const (
	workFrom = '\uE0F0'
	workTo   = '\uE0F1'
	idLen    = 36
)

var (
	workPath = regexp.MustCompile(`(?:\bhttps?://[^\s/()<>\[\]]+)?/werk/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	workMark = regexp.MustCompile(string(workFrom) + `([0-9a-f-]{36})` + string(workTo))
	// marked is what may be more than words alone.
	marked = regexp.MustCompile(`[*_\[\\<&]|://|/werk/|www\.|@|(?m:^\s*(?:[-+]|\d+[.)])\s)`)
)

// talk parses what people say to each other: of the blocks only lists and
// paragraphs, of what stands in a line only emphasis and links.
var talk = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewListParser(), 300), util.Prioritized(parser.NewListItemParser(), 400), util.Prioritized(parser.NewParagraphParser(), 1000)),
		parser.WithInlineParsers(util.Prioritized(parser.NewLinkParser(), 200), util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500), util.Prioritized(extension.NewLinkifyParser(), 999)),
		parser.WithASTTransformers(util.Prioritized(tame{}, 100), util.Prioritized(frank{}, 200)),
	)),
	goldmark.WithRendererOptions(renderer.WithHardWraps()),
)

// frank writes behind the words of a link where it leads.
type frank struct{}

func (frank) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var links []*ast.Link
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering {
			links = append(links, l)
		}
		return ast.WalkContinue, nil
	})
	for _, l := range links {
		address := ast.NewString(append(append([]byte(" ("), l.Destination...), ')'))
		l.Parent().InsertAfter(l.Parent(), l, address)
		if workMark.Match(l.Destination) { // it leads nowhere by itself
			for c := l.FirstChild(); c != nil; c = l.FirstChild() {
				l.Parent().InsertBefore(l.Parent(), l, c)
			}
			l.Parent().RemoveChild(l.Parent(), l)
		}
	}
}

// spans are sanitised elements as spans.
func spans(nodes []*html.Node) (out []Span) {
	for _, n := range nodes {
		switch {
		case n.Type == html.TextNode:
			out = append(out, words(n.Data)...)
		case n.Type != html.ElementNode:
		case n.Data == "br":
			out = append(out, Span{El: "br"})
		default:
			var in []*html.Node
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				in = append(in, c)
			}
			s := Span{El: n.Data, In: spans(in)}
			switch n.Data {
			case "p", "strong", "em", "ul", "ol", "li":
			case "a":
				for _, a := range n.Attr {
					if a.Key == "href" {
						s.Href = a.Val
					}
				}
			default: // in no message: what is in it remains
				out = append(out, s.In...)
				continue
			}
			out = append(out, s)
		}
	}
	return out
}

// words are a text in which works may stand. The line ends that HTML has for its
// readers are no words.
func words(data string) (out []Span) {
	data = strings.ReplaceAll(data, "\n", "")
	for data != "" {
		at := workMark.FindStringSubmatchIndex(data)
		if at == nil {
			return append(out, Span{Text: data})
		}
		if at[0] > 0 {
			out = append(out, Span{Text: data[:at[0]]})
		}
		out = append(out, Span{El: "work", ID: data[at[2]:at[3]]})
		data = data[at[1]:]
	}
	return out
}
