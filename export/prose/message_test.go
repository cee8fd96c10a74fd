package prose

import (
	"encoding/json"
	"strings"
	"testing"
)

const aWork = "0a1b2c3d-0a1b-4c3d-8e4f-0a1b2c3d4e5f"

// plain writes spans so that a test can be read.
func plain(of []Span) string {
	var b strings.Builder
	for _, s := range of {
		switch s.El {
		case "":
			b.WriteString(s.Text)
		case "br":
			b.WriteString("⏎")
		case "work":
			b.WriteString("{work " + s.ID[:4] + "}")
		case "a":
			b.WriteString("<a " + s.Href + ">" + plain(s.In) + "</a>")
		default:
			b.WriteString("<" + s.El + ">" + plain(s.In) + "</" + s.El + ">")
		}
	}
	return b.String()
}

func TestAMessageIsTheLittleMarkdownThatPeopleTalkIn(t *testing.T) {
	for _, c := range []struct{ what, said, want string }{
		{"bold and italic", "**a** en *b*", "<p><strong>a</strong> en <em>b</em></p>"},
		{"a new line is a new line", "*a*\nb\n\nc", "<p><em>a</em>⏎b</p><p>c</p>"},
		{"a list", "Neem mee:\n- een pen\n- **lijm**", "<p>Neem mee:</p><ul><li>een pen</li><li><strong>lijm</strong></li></ul>"},
		{"a numbered list", "1. eerst\n2. dan", "<ol><li>eerst</li><li>dan</li></ol>"},
		{"an address is a link", "Kijk op https://example.org/e eens", "<p>Kijk op <a https://example.org/e>https://example.org/e</a> eens</p>"},
		{"a link shows where it leads", "[de bank](https://example.org/x)", "<p><a https://example.org/x>de bank</a> (https://example.org/x)</p>"},
		{"a picture is its words", "**x** ![egel](https://example.org/spy.gif)", "<p><strong>x</strong> egel</p>"},
		{"what is no part of it is words", "# Kop **x**\n> zei hij `y`", "<p># Kop <strong>x</strong>⏎&gt; zei hij `y`</p>"},
		{"HTML is words", "<b>vet</b> <script>alert(1)</script>", "<p>&lt;b&gt;vet&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;</p>"},
		{"a link that is no address is words", "[x](javascript:alert(1))", "<p>x (javascript:alert(1))</p>"},
		{"a link inside the school is words", "[x](/afmelden)", "<p>x (/afmelden)</p>"},
		{"a work stands for itself", "Zie https://school.example/werk/" + aWork + ", mooi", "<p>Zie {work 0a1b}, mooi</p>"},
		{"a work by its path", "/werk/" + aWork, "<p>{work 0a1b}</p>"},
		{"a work behind words", "[dit](/werk/" + aWork + ")", "<p>dit ({work 0a1b})</p>"},
		{"a work that is none is an address", "https://school.example/werk/" + strings.Replace(aWork, "0a1b", "ffff", 1), "<p><a https://school.example/werk/ffff2c3d-0a1b-4c3d-8e4f-0a1b2c3d4e5f>https://school.example/werk/ffff2c3d-0a1b-4c3d-8e4f-0a1b2c3d4e5f</a></p>"},
		{"signs of ours that somebody typed are gone", "*a* \uE0F0" + aWork + "\uE0F1", "<p><em>a</em> " + aWork + "</p>"},
	} {
		got := plain(Message(c.said, []string{aWork}))
		want := strings.NewReplacer("&lt;", "<", "&gt;", ">").Replace(c.want)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", c.what, got, want)
		}
	}
	for _, words := range []string{"", "Hallo, tot 12:30 morgen.", "a\nb", "3 - 2 = 1", strings.Repeat("[a](", 2000)} {
		if got := Message(words, nil); got != nil {
			t.Errorf("%.20q is words alone, and gives %s", words, plain(got))
		}
	}
}

func TestWorksAreFoundInWhatIsSaid(t *testing.T) {
	got := Works("zie https://a.example/werk/" + aWork + " en /werk/" + aWork + ". En /werk/nieuw, /werk/" + aWork + "9")
	if len(got) != 1 || got[0] != aWork {
		t.Errorf("got %v, want one", got)
	}
}

// TestAMessageHoldsNothingButWhatItMay is read as a script reads it.
func TestAMessageHoldsNothingButWhatItMay(t *testing.T) {
	for _, attack := range attacks {
		holdMessage(t, attack)
	}
}

func FuzzMessage(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Add("- **a** /werk/" + aWork + "\n- [b](https://example.org)\n\n3. c")
	f.Fuzz(holdMessage)
}

func holdMessage(t *testing.T, said string) {
	t.Helper()
	got := Message(said, []string{aWork})
	if _, err := json.Marshal(got); err != nil {
		t.Fatal(err)
	}
	var hold func([]Span)
	hold = func(of []Span) {
		for _, s := range of {
			if !strings.Contains("| p br strong em ul ol li a work |", " "+s.El+" ") && s.El != "" {
				t.Errorf("%q gives <%s>", said, s.El)
			}
			scheme, _, _ := strings.Cut(strings.ToLower(s.Href), ":")
			if s.Href != "" && scheme != "http" && scheme != "https" && scheme != "mailto" {
				t.Errorf("%q gives a link to %q", said, s.Href)
			}
			hold(s.In)
		}
	}
	hold(got)
}
