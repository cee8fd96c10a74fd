package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kaft/export"
	"kaft/portfolio"
)

// picture is a picture of some size, each with a colour of its own.
func picture(t testing.TB, n, w, h int) []byte {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			im.Set(x, y, color.RGBA{uint8(80 + n*53%170), uint8(90 + 120*y/h), uint8(60 + 150*x/w), 255})
		}
	}
	var b bytes.Buffer
	ok(t, png.Encode(&b, im))
	return b.Bytes()
}

// in makes a bundle in a language.
func (s *school) in(lang string) []byte {
	s.t.Helper()
	ctx := context.Background()
	b, err := s.lib.StartBundle(ctx, s.student, s.student.Person, portfolio.Wish{Lang: lang})
	ok(s.t, err)
	ok(s.t, s.lib.PackBundle(ctx, b.School, b.ID, export.Maker{Instance: "https://linde.example", Version: "test"}.Write))
	_, r, err := s.lib.OpenBundle(ctx, s.student, b.ID, false)
	ok(s.t, err)
	defer r.Close()
	var raw bytes.Buffer
	_, err = raw.ReadFrom(r)
	ok(s.t, err)
	ok(s.t, s.lib.DropBundle(ctx, s.student, b.ID))
	return raw.Bytes()
}

// shown is a portfolio of two school years with what a page can show.
func shown(t testing.TB) *school {
	t.Helper()
	s := full(t, "2009-03-17")
	goals := []string{"Ik kan uitleggen hoe iets werkt", "Samenwerken", "Netjes schrijven"}
	titles := []string{"Vulkaan van klei", "Gedicht over de herfst", "Proef met water", "Mijn spreekbeurt", "Kaart van Nederland"}
	for i := range 34 {
		n := portfolio.NewWork{Title: fmt.Sprintf("%s %d", titles[i%5], i+1), Audience: []string{"staff"}, Subject: "wereldoriëntatie",
			Text:       "Ik heb dit **zelf** gemaakt. Eerst dacht ik:\n\n- dat lukt nooit\n- of toch wel\n\n> En toen lukte het.",
			HappenedOn: portfolio.Date([]int{20250912, 20251015, 20251203, 20260120, 20260415, 20260901, 20261002, 20261103}[i/5] + i%5)}
		switch i % 5 {
		case 0:
			n.Uploads = []string{s.upload(fmt.Sprintf("Tekening vulkaan %d.png", i), picture(t, i, 900, 600))}
		case 1:
			n.Uploads = []string{s.upload("film van de proef.mp4", append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), byte(i))), s.upload("Ünïcode & \"naam\" <%20>.pdf", fmt.Appendf(nil, "%%PDF-1.4 %d", i))}
		case 2:
			n.Uploads = []string{s.upload("voorgelezen.mp3", fmt.Appendf(nil, "ID3\x03\x00\x00\x00\x00\x00\x00%d", i)), s.upload("staand.png", picture(t, i, 400, 900))}
		case 3:
			n.Audience = nil
		}
		w := s.work(n)
		if i%5 != 3 && i%4 != 1 {
			s.assess(w.ID, portfolio.NewAssessment{Goal: goals[i%3], Level: 1 + (i/4+i%2)%4, Remark: "Je hebt goed **doorgezet**.\n\nVolgende keer wat rustiger."})
		}
		if i%6 == 0 {
			s.work(portfolio.NewWork{Type: portfolio.TypeReflection, Title: "Hoe het ging", About: w.ID, Text: "Het ging *goed*."})
		}
	}
	s.work(portfolio.NewWork{Title: "Nog niet klaar", Text: "x", Draft: true})
	s.work(portfolio.NewWork{Type: portfolio.TypeReflection, Title: "Terugblik op het jaar", Text: "Ik ben gegroeid."})
	return s
}

// viewerPages are the pages of a bundle, by their path below data/.
func viewerPages(files map[string][]byte) map[string][]byte {
	out := map[string][]byte{}
	for name, b := range files {
		if name = strings.TrimPrefix(name, "data/"); strings.HasPrefix(name, "ro-crate-preview") {
			out[name] = b
		}
	}
	return out
}

// faults follows every address of the pages, and says what leads nowhere, what
// leads out, and which files and pages nothing leads to.
func faults(t testing.TB, files map[string][]byte) (out []string) {
	t.Helper()
	ids, links := map[string]bool{}, map[string][]string{}
	for name, b := range viewerPages(files) {
		doc, err := html.Parse(bytes.NewReader(b))
		ok(t, err)
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				switch a.Key {
				case "id":
					if ids[name+"#"+a.Val] {
						out = append(out, name+": twice "+a.Val)
					}
					ids[name+"#"+a.Val] = true
				case "href", "src", "poster", "srcset", "data", "action", "xlink:href":
					links[name] = append(links[name], a.Val)
				case "style":
					out = append(out, name+": a style")
				default:
					if strings.HasPrefix(a.Key, "on") {
						out = append(out, name+": "+a.Key)
					}
				}
			}
			if n.Type == html.ElementNode && slices.Contains([]string{"script", "iframe", "object", "embed", "base", "link", "form", "foreignobject"}, strings.ToLower(n.Data)) {
				out = append(out, name+": <"+n.Data+">")
			}
		}
	}
	met := map[string]bool{"ro-crate-preview.html": true}
	for name, all := range links {
		for _, l := range all {
			u, err := url.Parse(l)
			switch {
			case err != nil || (u.Scheme != "" && u.Scheme != "https"):
				out = append(out, name+": leads to "+l)
				continue
			case u.Scheme == "https": // what somebody wrote in a text
				continue
			}
			to := name
			if u.Path != "" {
				to = path.Join(path.Dir(name), u.Path)
			}
			met[to] = true
			if files["data/"+to] == nil || u.Fragment != "" && !ids[to+"#"+u.Fragment] {
				out = append(out, name+": leads nowhere: "+l)
			}
		}
	}
	for name := range files {
		if name = strings.TrimPrefix(name, "data/"); (strings.HasPrefix(name, "files/") || strings.HasPrefix(name, "ro-crate-preview")) && !met[name] {
			out = append(out, "nothing leads to "+name)
		}
	}
	return out
}

// unpacked writes a bundle's payload to a folder, and gives the index' path.
func laidOut(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	if keep := os.Getenv("KAFT_PAGES"); keep != "" {
		dir = filepath.Join(keep, strings.ReplaceAll(t.Name(), "/", "-"))
	}
	for name, b := range files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		ok(t, os.MkdirAll(filepath.Dir(to), 0o700))
		ok(t, os.WriteFile(to, b, 0o600))
	}
	return filepath.Join(dir, "data", "ro-crate-preview.html")
}

// valid has vnu, the Nu Html Checker, look at pages.
func valid(t testing.TB, index string) {
	t.Helper()
	vnu := filepath.Join(os.Getenv("NODE_MODULES"), "vnu-jar", "build", "dist", "vnu.jar")
	_, missing := os.Stat(vnu)
	if _, err := exec.LookPath("java"); err != nil || missing != nil || os.Getenv("NODE_MODULES") == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("java and vnu must be there in CI (make tools)")
		}
		t.Log("no vnu (make tools brings it)")
		return
	}
	pages, err := filepath.Glob(filepath.Join(filepath.Dir(index), "ro-crate-preview_files", "*"))
	ok(t, err)
	if out, err := exec.Command("java", append([]string{"-jar", vnu, "--errors-only", index}, pages...)...).CombinedOutput(); err != nil {
		t.Errorf("vnu: %v\n%s", err, out)
	}
}

func TestABundleShowsItselfInPagesThatLeadEverywhereAndNowhereElse(t *testing.T) {
	s := shown(t)
	for lang, says := range map[string][]string{
		"nl": {"Het portfolio van Daan van de Berg", "2025/2026", "Beoordeling", "juf Fatima", "Je hebt goed <strong>doorgezet</strong>", "alleen Daan zag dit", "nog niet af", "Groei per doel", "behaald", "gesprekken", "12 september 2025", "groep 7b · De Linde"},
		"en": {"The portfolio of Daan van de Berg", "2025/2026", "Assessment", "juf Fatima", "only Daan saw this", "not finished", "Growth by goal", "reached", "conversations", "12 September 2025"},
	} {
		t.Run(lang, func(t *testing.T) {
			files := payload(t, s.in(lang))
			for _, f := range faults(t, files) {
				t.Error(f)
			}
			all := ""
			for name, b := range viewerPages(files) {
				all += string(b)
				if !bytes.Contains(b, []byte(`<html lang="`+lang+`">`)) {
					t.Errorf("%s is not said to be in %s", name, lang)
				}
				if !bytes.Contains(b, []byte("default-src 'none'; ")) {
					t.Errorf("%s has no policy", name)
				}
			}
			for _, want := range says {
				if !strings.Contains(all, want) {
					t.Errorf("no page says %q", want)
				}
			}
			for _, secret := range []string{s.friendName, "Vogelzang", "Samira", "192.0.2"} {
				if strings.Contains(all, secret) {
					t.Errorf("a page says %q", secret)
				}
			}
			want := []string{"ro-crate-preview.html", "ro-crate-preview_files/2025-2026.html", "ro-crate-preview_files/2026-2027.html", "ro-crate-preview_files/growth.html"}
			if got := slices.Sorted(maps.Keys(viewerPages(files))); !slices.Equal(got, want) {
				t.Errorf("the pages are %v, want %v", got, want)
			}
			index := laidOut(t, files)
			valid(t, index)
		})
	}
}

// What others wrote is words in a page, and nothing that works.
func TestHostileTextsAreWordsInAPage(t *testing.T) {
	const hostile = "</style></title><script>alert(1)</script>\u202Eonschuldig\u202C <svg onload=alert(2)> \"'><img src=x onerror=alert(3)> \x01\x7f\u0085\uFFFF {{.Name}}"
	s := full(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Werk", Text: hostile + "\n\n[klik](javascript:alert(4)) [b](data:text/html,x) ![p](https://evil.example/p.png) <iframe src=//evil.example></iframe>\n\n[ok](https://example.org/)", Audience: []string{"staff"},
		Uploads: []string{s.upload("plaatje.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(5)"><script>alert(6)</script></svg>`)), s.upload("x.html", []byte("<!doctype html><script>alert(7)</script>"))}})
	s.work(portfolio.NewWork{Type: portfolio.TypeReflection, Title: "Terugblik", Text: hostile, About: w.ID})
	s.assess(w.ID, portfolio.NewAssessment{Goal: "Doel </title><script>", Level: 3, Remark: hostile})
	raw := payload(t, s.bundle(s.student, s.student.Person))
	var doc map[string]any
	ok(t, json.Unmarshal(raw["data/portfolio.json"], &doc))
	item := list(doc["items"])[0]
	item["title"], item["prompt"], item["tags"] = hostile, hostile, []any{hostile, "javascript:alert(8)"}
	item["missing"] = []any{"weg </li><script>.pdf"}
	item["fileLabels"] = []any{map[string]any{"name": hostile, "alt": hostile}, map[string]any{"name": "\u202Egpj.exe", "alt": ""}}
	id := func(n int) string { return fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", n) }
	doc["people"] = append(doc["people"].([]any), map[string]any{"id": id(1), "kind": "peer", "name": "Zwaluwstaartje"}, map[string]any{"id": id(2), "kind": "teacher", "name": hostile})
	doc["comments"] = []any{
		map[string]any{"id": id(3), "on": map[string]any{"type": "item", "id": item["id"]}, "author": id(1), "createdAt": "2026-11-20T10:00:00Z",
			"text": map[string]any{"format": "html", "value": `<p>Mooi<p onclick="alert(9)">werk</b></div></article><em>en <a href="javascript:alert(10)">zo</a><style>*{display:none}</style><form action=//evil.example><input></form>`}},
	}
	doc["collections"] = []any{map[string]any{"id": id(4), "title": hostile, "items": []any{item["id"]}}}
	reflections := list(doc["reflections"])
	reflections[0]["about"] = append(reflections[0]["about"].([]any), map[string]any{"type": "reflection", "id": reflections[0]["id"]})
	var err error
	raw["data/portfolio.json"], err = json.Marshal(doc)
	ok(t, err)
	beuk := empty(t, "De Beuk")
	imp := beuk.take(sealed(t, raw), "")
	beuk.student = beuk.as(imp.Student, portfolio.HatStudent)
	files := payload(t, beuk.in("nl"))
	for _, f := range faults(t, files) {
		t.Error(f)
	}
	seen := 0
	for name, b := range viewerPages(files) {
		for _, r := range string(b) {
			if r == '\u202E' || r == 0xFFFF || r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Errorf("%s holds %U", name, r)
			}
		}
		if strings.Contains(string(b), "Zwaluw") {
			t.Errorf("%s names another child", name)
		}
		seen += strings.Count(string(b), "&lt;script&gt;alert(1)&lt;/script&gt;")
		doc, err := html.Parse(bytes.NewReader(b))
		ok(t, err)
		for n := range doc.Descendants() {
			if n.Type == html.ElementNode && n.Data == "img" && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "src" && strings.HasPrefix(a.Val, "../files/") }) {
				t.Errorf("%s has a picture of others: %v", name, n.Attr)
			}
		}
	}
	if seen < 4 {
		t.Errorf("the words are there %d times", seen)
	}
	page := string(viewerPages(files)["ro-crate-preview_files/2026-2027.html"])
	for _, want := range []string{"Bijlage ontbreekt: <bdi>weg &lt;/li&gt;&lt;script&gt;.pdf</bdi>", "een medeleerling", "Reactie", `download="gpj.exe"`, `<a href="https://example.org/">ok</a>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	index := laidOut(t, files)
	valid(t, index)
	if w := browser(t, 1280, false); w != nil {
		w.walk(index)
	}
}

// Things that are about each other in a ring, or about nothing that is here, are
// shown as well: everything in the document is on a page.
func TestEverythingInTheDocumentIsOnAPage(t *testing.T) {
	s := shown(t)
	for i := range 70 {
		s.work(portfolio.NewWork{Title: fmt.Sprint("Klein werk ", i), Text: "x", HappenedOn: 20260601})
	}
	raw := payload(t, s.bundle(s.student, s.student.Person))
	var doc map[string]any
	ok(t, json.Unmarshal(raw["data/portfolio.json"], &doc))
	rs := list(doc["reflections"])
	for i, r := range rs[:3] {
		r["about"] = []any{map[string]any{"type": "reflection", "id": rs[(i+1)%3]["id"]}}
	}
	rs[3]["about"] = []any{map[string]any{"type": "reflection", "id": rs[0]["id"]}}
	list(doc["assessments"])[0]["about"] = []any{}
	var err error
	raw["data/portfolio.json"], err = json.Marshal(doc)
	ok(t, err)
	beuk := empty(t, "De Beuk")
	imp := beuk.take(sealed(t, raw), "")
	beuk.student = beuk.as(imp.Student, portfolio.HatStudent)
	files := payload(t, beuk.in("nl"))
	for _, f := range faults(t, files) {
		t.Error(f)
	}
	pages := viewerPages(files)
	for _, name := range []string{"2025-2026.html", "2025-2026-2.html", "2025-2026-4.html"} {
		if pages["ro-crate-preview_files/"+name] == nil {
			t.Errorf("no page %s", name)
		}
	}
	ok(t, json.Unmarshal(files["data/portfolio.json"], &doc))
	for _, member := range []string{"items", "reflections", "assessments"} {
		for _, x := range list(doc[member]) {
			n := 0
			for _, b := range pages {
				n += bytes.Count(b, []byte(` id="`+strings.TrimPrefix(x["id"].(string), "urn:uuid:")+`"`))
			}
			if n != 1 {
				t.Errorf("an element of %s is on %d pages", member, n)
			}
		}
	}
}
