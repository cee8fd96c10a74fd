package prose

import (
	"encoding/xml"
	"html/template"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxOpen is how deep elements stand in one another in XML at most. libxml2,
// which many read with, refuses a document that is deeper than 256.
const maxOpen = 48

// XML makes HTML that came from this package well-formed XML, by the same
// elements: each is closed, in order, and what XML cannot hold is a sign. Of
// attributes only where a link leads and where a list starts is left.
func XML(h template.HTML) string {
	var out strings.Builder
	var open []string
	close := func(to int) {
		for len(open) > to {
			out.WriteString("</" + open[len(open)-1] + ">")
			open = open[:len(open)-1]
		}
	}
	for z := html.NewTokenizer(strings.NewReader(string(h))); z.Next() != html.ErrorToken; {
		switch t := z.Token(); t.Type {
		case html.TextToken:
			xml.EscapeText(&out, []byte(t.Data)) // strings.Builder never fails
		case html.StartTagToken, html.SelfClosingTagToken:
			empty := t.Data == "br" || t.Data == "hr"
			if !empty && len(open) == maxOpen {
				continue
			}
			out.WriteString("<" + t.Data)
			attribute(&out, t, "a", "href")
			attribute(&out, t, "ol", "start")
			if empty {
				out.WriteString("/>")
				continue
			}
			out.WriteString(">")
			open = append(open, t.Data)
		case html.EndTagToken:
			for i, name := range slices.Backward(open) {
				if name == t.Data {
					close(i)
					break
				}
			}
		}
	}
	close(0)
	return out.String()
}

// attribute writes an attribute once, however often it is there.
func attribute(out *strings.Builder, t html.Token, element, name string) {
	if t.Data != element {
		return
	}
	for _, a := range t.Attr {
		if a.Key == name {
			out.WriteString(" " + name + `="`)
			xml.EscapeText(out, []byte(a.Val))
			out.WriteString(`"`)
			return
		}
	}
}
