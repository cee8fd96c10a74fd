// Package prose turns what people wrote into HTML that can stand in a page, and
// that HTML into XML that can stand in a document.
//
// What people write is Markdown (yuin/goldmark, CommonMark), so that a portfolio
// can be read in fifty years without us. Here it becomes HTML: goldmark leaves
// raw HTML out, and microcosm-cc/bluemonday then lets through what is on a list
// of its own, so that a mistake in one is caught by the other. There are no
// pictures from elsewhere: they would tell another site who reads this.
package prose

import (
	"bytes"
	"html/template"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// HTML makes what somebody wrote in Markdown fit to stand in a page.
func HTML(markdown string) template.HTML {
	markdown = strings.ToValidUTF8(markdown, "\uFFFD")
	var b bytes.Buffer
	if knotty(markdown) || markup.Convert([]byte(markdown), &b) != nil {
		return Plain(markdown)
	}
	return template.HTML(allowed.SanitizeBytes(b.Bytes()))
}

// Plain makes a text without markup fit to stand in a page.
func Plain(text string) template.HTML {
	return template.HTML("<p>" + strings.ReplaceAll(template.HTMLEscapeString(text), "\n", "<br>\n") + "</p>")
}

// Clean lets through of somebody else's HTML what prose may have.
func Clean(html string) template.HTML {
	return template.HTML(allowed.Sanitize(strings.ToValidUTF8(html, "\uFFFD")))
}

// maxSigns is more signs than a paragraph of a person has.
const maxSigns = 1000

// knotty tells whether a paragraph holds so many signs of Markdown that nobody
// wrote it to be read. A parser can take a time that grows with their square: a
// page of [a]([a]([a]( took eight seconds.
func knotty(markdown string) bool {
	signs, blank := 0, false
	for _, c := range []byte(markdown) {
		switch c {
		case '\n':
			if blank {
				signs = 0
			}
			blank = true
		case ' ', '\t', '\r':
		case '*', '_', '~', '`', '[', ']', '(', ')', '<', '>', '!', '&', '-', '+', '.', '#', '\\', ':':
			if signs++; signs > maxSigns {
				return true
			}
			blank = false
		default:
			blank = false
		}
	}
	return false
}

// Excerpt is the beginning of what somebody wrote as plain text, of at most
// max characters.
func Excerpt(markdown string, max int) string {
	source := []byte(strings.ToValidUTF8(markdown[:min(len(markdown), 8*max)], "")) // enough, and never knotty
	var b strings.Builder
	_ = ast.Walk(markup.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(util.UnescapePunctuations(n.Segment.Value(source)))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.AutoLink:
			if entering {
				b.Write(n.Label(source))
			}
		default:
			if !entering && n.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	words := []rune(strings.Join(strings.Fields(b.String()), " "))
	if len(words) <= max {
		return string(words)
	}
	return strings.TrimSpace(string(words[:max-1])) + "…"
}

// markup parses; a new line is a new line, as who presses Enter expects.
var markup = goldmark.New(
	goldmark.WithExtensions(extension.Strikethrough, extension.Linkify),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(tame{}, 100))),
	goldmark.WithRendererOptions(html.WithHardWraps()),
)

// allowed is all that comes through. A link opens without telling where from,
// and its target cannot reach back.
var allowed = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "h6")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true) // with rel=noopener
	return p
}()

// tame puts headings below those of the page, and words in the place of
// pictures.
type tame struct{}

func (tame) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var pictures []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(6, h.Level+2)
		}
		if n.Kind() == ast.KindImage && entering {
			pictures = append(pictures, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range pictures {
		parent := n.Parent()
		for c := n.FirstChild(); c != nil; c = n.FirstChild() {
			parent.InsertBefore(parent, n, c)
		}
		parent.RemoveChild(parent, n)
	}
}
