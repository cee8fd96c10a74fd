package app

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// checkPage reads a whole page and fails the test on what no page may have: a
// missing text, an inline script or style, an id twice, a field without a
// label, a picture without words, a reference to nothing.
func checkPage(t *testing.T, page string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for _, sign := range []string{"⟦", "⟧", "<no value>", "%!", "ZgotmplZ"} {
		if i := strings.Index(page, sign); i >= 0 {
			t.Errorf("the page has %q: %s", sign, page[max(0, i-60):min(len(page), i+60)])
		}
	}
	if lines := strings.TrimSpace(page); !strings.HasPrefix(lines, "<!doctype html>") {
		t.Errorf("the page begins with %.40q", lines)
	}
	ids, labelled := map[string]int{}, map[string]bool{}
	for n := range doc.Descendants() {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
		if n.Data == "label" && attribute(n, "for") != "" {
			labelled[attribute(n, "for")] = true
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the id %q is there %d times", id, n)
		}
	}
	count := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		for _, a := range n.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "srcdoc":
				t.Errorf("<%s %s=%q>: the policy blocks this", n.Data, a.Key, a.Val)
			case a.Key == "for" || strings.HasPrefix(a.Key, "aria-") && (strings.HasSuffix(a.Key, "by") || a.Key == "aria-controls"):
				for _, id := range strings.Fields(a.Val) {
					if ids[id] == 0 {
						t.Errorf("<%s %s=%q>: there is no such id", n.Data, a.Key, a.Val)
					}
				}
			case (a.Key == "href" || a.Key == "src" || a.Key == "action") && a.Val == "":
				t.Errorf("<%s %s> leads nowhere: %v", n.Data, a.Key, n.Attr)
			case a.Key == "href" && strings.HasPrefix(a.Val, "#") && n.Data == "a" && ids[a.Val[1:]] == 0:
				t.Errorf("%s leads to nothing on this page", a.Val)
			}
		}
		switch n.Data {
		case "input", "select", "textarea":
			kind := attribute(n, "type")
			if kind != "hidden" && kind != "submit" && !labelled[attribute(n, "id")] && attribute(n, "aria-label") == "" && attribute(n, "aria-labelledby") == "" && !inside(n, "label") {
				t.Errorf("<%s name=%q> has no label", n.Data, attribute(n, "name"))
			}
		case "button", "a", "summary", "legend", "th", "h1", "h2", "h3":
			if words(n) == "" && attribute(n, "aria-label") == "" && attribute(firstTag(n, "img"), "alt") == "" {
				t.Errorf("<%s %v> has no words", n.Data, n.Attr)
			}
		case "img":
			if _, has := lookAttribute(n, "alt"); !has {
				t.Errorf("<img src=%q> has no alt", attribute(n, "src"))
			}
		case "script":
			if attribute(n, "src") == "" || n.FirstChild != nil {
				t.Error("a script in the page itself")
			}
		case "style":
			t.Error("a style in the page itself")
		case "progress":
			if !inside(n, "template") && attribute(n, "aria-label") == "" {
				t.Error("<progress> has no words")
			}
		}
	}
	if count["h1"] != 1 || count["main"] != 1 || count["title"] == 0 {
		t.Errorf("%d h1, %d main, %d title", count["h1"], count["main"], count["title"])
	}
	return doc
}

// firstTag is the first element of a name under n, or nil.
func firstTag(n *html.Node, name string) *html.Node {
	if n == nil {
		return nil
	}
	for e := range n.Descendants() {
		if e.Type == html.ElementNode && e.Data == name {
			return e
		}
	}
	return nil
}

// firstWith is the first element with an attribute of exactly that value, or nil.
func firstWith(n *html.Node, key, value string) *html.Node {
	if n == nil {
		return nil
	}
	for e := range n.Descendants() {
		if got, has := lookAttribute(e, key); has && got == value {
			return e
		}
	}
	return nil
}

func lookAttribute(n *html.Node, key string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func attribute(n *html.Node, key string) string {
	value, _ := lookAttribute(n, key)
	return value
}

// words is what n reads, with single spaces.
func words(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func inside(n *html.Node, name string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == name {
			return true
		}
	}
	return false
}
