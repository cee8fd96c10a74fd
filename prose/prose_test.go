package prose

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestProseShowsWhatIsWritten(t *testing.T) {
	for _, c := range []struct{ what, written, want string }{
		{"a new line is a new line", "De trein vertrekt,\nik blijf.", "<p>De trein vertrekt,<br>\nik blijf.</p>"},
		{"bold, italic, struck", "**a** *b* ~~c~~", "<p><strong>a</strong> <em>b</em> <del>c</del></p>"},
		{"a heading stays below those of the page", "# Deel 1\n\n##### Klein", "<h3>Deel 1</h3>\n<h6>Klein</h6>"},
		{"lists", "3. drie\n4. vier", "<ol start=\"3\">\n<li>drie</li>\n<li>vier</li>\n</ol>"},
		{"a quotation", "> zei Melle", "<blockquote>\n<p>zei Melle</p>\n</blockquote>"},
		{"emoji and accents", "Zoë 🦋 & co < 3", "<p>Zoë 🦋 &amp; co &lt; 3</p>"},
		{"a picture from elsewhere is its words", "Kijk ![een egel](https://example.org/e.jpg).", "<p>Kijk een egel.</p>"},
		{"a picture in a link is its words", "[![egel](x.jpg)](https://example.org/)", `<p><a href="https://example.org/" rel="nofollow noreferrer noopener" target="_blank">egel</a></p>`},
		{"a link opens apart and tells nothing", "[egel](https://example.org/)", `<p><a href="https://example.org/" rel="nofollow noreferrer noopener" target="_blank">egel</a></p>`},
		{"an address becomes a link, without a preview", "https://example.org/e", `<p><a href="https://example.org/e" rel="nofollow noreferrer noopener" target="_blank">https://example.org/e</a></p>`},
		{"what is no text becomes a sign", "a\xffb", "<p>a\uFFFDb</p>"},
		{"nothing", "", ""},
	} {
		if got := strings.TrimSpace(string(HTML(c.written))); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

// attacks are what must not come through as anything but words.
var attacks = []string{
	`<script>alert(1)</script>`,
	`<SCRIPT SRC=//example.org/x.js></SCRIPT>`,
	`<img src=x onerror=alert(1)>`,
	`<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a></svg>`,
	`<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	`<style>*{display:none}</style>`,
	`<form action=/afmelden method=post><button>x</button></form>`,
	`<base href="//example.org/">`, `<meta http-equiv=refresh content=0>`,
	`<a href="https://example.org" onclick="alert(1)" style="position:fixed">x</a>`,
	`[x](javascript:alert(1))`, `[x](JaVaScRiPt:alert(1))`, `[x](java&#x0A;script:alert(1))`,
	"[x](\x01javascript:alert(1))", `[x](data:text/html;base64,PHNjcmlwdD4=)`, `[x](vbscript:msgbox(1))`,
	`[x](/afmelden)`, `[x](//example.org)`, `[x](https:javascript:alert(1))`,
	`<javascript:alert(1)>`, `<data:text/html,x>`,
	`![x](javascript:alert(1))`, `![x" onerror="alert(1)](y)`, `![x](https://example.org/spy.gif)`,
	`[x](https://example.org "a\" onmouseover=\"alert(1)")`,
	"```\"><script>alert(1)</script>\nx\n```", "`<img src=x onerror=alert(1)>`",
	"# x {onclick=alert(1)}", "&lt;script&gt;alert(1)&lt;/script&gt;", "<!-- --><script>alert(1)</script>",
	"<<script>alert(1)//<</script>", "<p/onmouseover=alert(1)>", "[a]: javascript:alert(1)\n\n[a]",
}

func TestProseLetsNothingThroughButWords(t *testing.T) {
	for _, attack := range attacks {
		checkProse(t, attack)
	}
}

func FuzzProse(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Add("# Kop\n\n- a\n- b\n\n> *c* **d** ~~e~~ `f`\n\n1. [g](https://example.org)\n\n    h")
	f.Fuzz(func(t *testing.T, written string) {
		checkProse(t, written)
		if n := len([]rune(Excerpt(written, 80))); n > 80 {
			t.Errorf("an excerpt of %d characters, of %q", n, written)
		}
	})
}

// checkProse reads the HTML as a browser does and holds every element and
// attribute to what prose may have.
func checkProse(t *testing.T, written string) {
	t.Helper()
	got := string(HTML(written))
	doc, err := html.ParseFragment(strings.NewReader(got), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range doc {
		for n := range root.Descendants() {
			if n.Type == html.CommentNode {
				t.Errorf("%q gives a comment: %s", written, got)
			}
			if n.Type != html.ElementNode {
				continue
			}
			if !strings.Contains(" html head body p br hr strong em del code pre blockquote ul ol li h3 h4 h5 h6 a ", " "+n.Data+" ") {
				t.Errorf("%q gives <%s>: %s", written, n.Data, got)
			}
			checkAttributes(t, written, n)
		}
	}
}

func checkAttributes(t *testing.T, written string, n *html.Node) {
	t.Helper()
	rel, leads := "", false
	for _, a := range n.Attr {
		switch n.Data + " " + a.Key {
		case "ol start", "a target":
		case "a rel":
			rel = a.Val
		case "a href":
			leads = a.Val != ""
			scheme, _, _ := strings.Cut(strings.ToLower(a.Val), ":")
			if scheme != "http" && scheme != "https" && scheme != "mailto" {
				t.Errorf("%q gives a link to %q", written, a.Val)
			}
		default:
			t.Errorf("%q gives <%s %s=%q>", written, n.Data, a.Key, a.Val)
		}
	}
	if leads && !strings.Contains(rel, "noreferrer") {
		t.Errorf("%q gives a link with rel=%q", written, rel)
	}
}

func TestExcerptIsTheBeginningInPlainWords(t *testing.T) {
	for _, c := range []struct{ written, want string }{
		{"Het gaat over *Melle*, die **wakker** wordt.", "Het gaat over Melle, die wakker wordt."},
		{"# Kop\n\nregel een\nregel twee\n\n- punt", "Kop regel een regel twee punt"},
		{"<script>alert(1)</script>\n\nna", "na"},
		{"[egel](https://example.org) ![plaatje](x)", "egel plaatje"},
		{"1\\. geen lijst", "1. geen lijst"},
		{strings.Repeat("é", 100), strings.Repeat("é", 39) + "…"},
		{"", ""},
	} {
		if got := Excerpt(c.written, 40); got != c.want {
			t.Errorf("Excerpt(%q) = %q, want %q", c.written, got, c.want)
		}
	}
}
