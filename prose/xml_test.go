package prose

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestProseAsXMLSaysTheSame(t *testing.T) {
	for _, c := range []struct{ what, written, want string }{
		{"a new line", "De trein vertrekt,\nik blijf.", "<p>De trein vertrekt,<br/>&#xA;ik blijf.</p>"},
		{"a line across", "***", "<hr/>"},
		{"a link keeps where it leads", "[egel](https://example.org/?a=1&b=2)", `<p><a href="https://example.org/?a=1&amp;b=2">egel</a></p>`},
		{"a list keeps where it starts", "3. drie", `<ol start="3">&#xA;<li>drie</li>&#xA;</ol>`},
		{"signs", "1 < 2 & \"3\" ]]> 🦋 Zoë", "<p>1 &lt; 2 &amp; &#34;3&#34; ]]&gt; 🦋 Zoë</p>"},
		{"what XML cannot hold", "a\x01b\uFFFEc\x00d", "<p>a\uFFFDb\uFFFDc\uFFFDd</p>"},
		{"nothing", "", ""},
	} {
		if got := strings.TrimSuffix(XML(HTML(c.written)), "&#xA;"); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.what, got, c.want)
		}
	}
	for _, c := range []struct{ what, html, want string }{
		{"what is not closed is", "<p>een <em>twee<p>drie", "<p>een <em>twee<p>drie</p></em></p>"},
		{"what was not opened is not closed", "</p>een</em>", "een"},
		{"crossed ends", "<em>een <strong>twee</em> drie</strong>", "<em>een <strong>twee</strong></em> drie"},
		{"an attribute twice", `<a href="https://a.example" href="https://b.example">x</a>`, `<a href="https://a.example">x</a>`},
		{"scripts", `<script>alert(1)</script><p onclick="x()">na</p>`, "<p>na</p>"},
		{"names of HTML", "caf&eacute;&nbsp;&lt;", "café\u00a0&lt;"},
	} {
		if got := XML(Clean(c.html)); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

func TestProseAsXMLIsNeverTooDeepToRead(t *testing.T) {
	for _, deep := range []string{XML(HTML(strings.Repeat("> ", 400) + "diep")), XML(Clean(strings.Repeat("<blockquote>", 10_000) + "diep"))} {
		if n := depth(t, deep); n < 40 || n > maxOpen {
			t.Errorf("%d deep, want at most %d", n, maxOpen)
		}
		if !strings.Contains(deep, "diep") {
			t.Error("the words are gone")
		}
	}
}

func FuzzXML(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Fuzz(func(t *testing.T, written string) {
		depth(t, XML(HTML(written)))
		depth(t, XML(Clean(written)))
		depth(t, XML(Plain(written)))
	})
}

// depth reads XML with a parser that forgives nothing.
func depth(t *testing.T, inner string) (deepest int) {
	t.Helper()
	now := -1 // the root is ours
	for d := xml.NewDecoder(strings.NewReader("<root>" + inner + "</root>")); ; {
		x, err := d.Token()
		if err == io.EOF {
			return deepest
		}
		if err != nil {
			t.Fatalf("%v: %s", err, inner)
		}
		switch x.(type) {
		case xml.StartElement:
			now++
			deepest = max(deepest, now)
		case xml.EndElement:
			now--
		}
	}
}
