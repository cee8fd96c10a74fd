package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// leapFixtures are the Leap2A files of others, by name: zips as they are, XML
// alone or zipped with the folder that it refers to.
func leapFixtures(t testing.TB) map[string][]byte {
	t.Helper()
	root := "../../shared/fixtures/leap2a"
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("the Leap2A files of others are not here: ", err)
	}
	out := map[string][]byte{}
	for _, pattern := range []string{"mahara/*.xml", "cetis/test*.xml", "mahara-22.04.3-exports/*.zip", "our-demo/*.zip"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		ok(t, err)
		for _, n := range names {
			raw, err := os.ReadFile(n)
			ok(t, err)
			out[filepath.Base(n)] = raw
		}
	}
	for _, v := range []string{"2", "3"} {
		feed, err := os.ReadFile(filepath.Join(root, "cetis/2010-10-16_Mahara_v1-"+v+"_leap2a.xml"))
		ok(t, err)
		all := []member{{name: "leap2a.xml", text: feed}}
		dir := "2010-10-16mahara1-" + v
		files, err := os.ReadDir(filepath.Join(root, "cetis", dir))
		ok(t, err)
		for _, f := range files {
			raw, err := os.ReadFile(filepath.Join(root, "cetis", dir, f.Name()))
			ok(t, err)
			all = append(all, member{name: dir + "/" + f.Name(), text: raw})
		}
		out["cetis v1-"+v] = zipOf(t, all...)
	}
	if len(out) < 8 {
		t.Fatalf("%d files: %v", len(out), slices.Collect(maps.Keys(out)))
	}
	return out
}

// Every Leap2A file of others is read, also the two that Mahara itself refuses;
// the same again changes nothing. What comes of each is counted.
func TestLeap2AOfOthersIsReadAndTheSameAgainChangesNothing(t *testing.T) {
	type counted struct{ works, assessments, files, missing int }
	// Mahara counts artefacts, of which many are data of a person (addresses,
	// telephone numbers), which are not read; here are works, among which the
	// pages that Mahara keeps as views.
	want := map[string]counted{
		"cetis v1-2":                         {works: 22, files: 2},
		"cetis v1-3":                         {works: 25, files: 2},
		"test_valid_leap2a.xml":              {works: 7}, // Mahara refuses its version string
		"behat-leap2a-22.04.xml":             {works: 7, missing: 2},
		"behat-leap2a-main-2023.xml":         {works: 7, missing: 2}, // Mahara 22.04 dies on its namespaces
		"hans-muster-uid5.zip":               {works: 27, files: 2},
		"roundtrip-of-our-demo.zip":          {works: 8, files: 1},
		"demo-leap2a-accepted-by-mahara.zip": {works: 4, assessments: 1, files: 1},
	}
	for name, raw := range leapFixtures(t) {
		t.Run(name, func(t *testing.T) {
			w, known := want[name]
			s := empty(t, "De Beuk")
			imp := s.take(raw, "")
			r, from := imp.Report, imp.From
			if got := (counted{r.Works.New, r.Assessments.New, r.Files, len(from.Missing)}); known && got != w {
				t.Errorf("got %+v, want %+v", got, w)
			}
			if from.Kind != export.KindLeap2A || from.Signature.Fingerprint() != "" || r.Proofs.Known+r.Proofs.Unknown != 0 {
				t.Errorf("kind %s, signature %+v, proofs %+v", from.Kind, from.Signature, r.Proofs)
			}
			again := s.take(raw, imp.Student).Report
			if again.Works.Same != r.Works.New || again.Works.New+again.Works.Beside+again.Works.Newer != 0 || again.Assessments.Same != r.Assessments.New || again.Files != 0 {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

// What Mahara 22.04.3 made of these files and has a place for here is here, by
// its title.
func TestLeap2AHoldsWhatMaharaMadeOfIt(t *testing.T) {
	all := leapFixtures(t)
	raw, err := os.ReadFile("../../shared/fixtures/leap2a/mahara-22.04.3-import-results.txt")
	ok(t, err)
	files := map[string]string{"our-demo(daan4)": "demo-leap2a-accepted-by-mahara.zip", "cetis v1-2": "cetis v1-2", "cetis v1-3": "cetis v1-3", "behat-22.04": "behat-leap2a-22.04.xml"}
	// Mahara splits pages into blocks (html) and makes types of its own of the
	// parts of a curriculum vitae; those are data of a person for Leap2A, or
	// stand in the page, or in what they are parts of.
	compared := map[string]bool{"blogpost": true, "image": true, "profileicon": true, "plan": true, "task": true, "blog": true, "folder": true, "comment": true}
	differs := map[string]string{
		"Ouder van Daan":                        "Mahara makes a post of a guardian; people are not read",
		"images":                                "the folder that Mahara makes for the picture of a profile",
		"Data imported from Portfolio van Daan": "the journal that Mahara makes for that post",
	}
	titles := map[string]string{}
	n := 0
	for line := range strings.Lines(string(raw)) {
		part := strings.Split(strings.TrimSpace(line), " |")
		if len(part) < 3 {
			continue
		}
		part[1], part[2] = strings.TrimSpace(part[1]), strings.TrimSpace(part[2])
		if !compared[part[1]] || differs[part[2]] != "" {
			continue
		}
		name := files[part[0]]
		if titles[name] == "" {
			titles[name] = elementsOf(t, all[name])
		}
		n++
		is := strings.Contains(titles[name], `"title":"`+part[2]+`"`) || strings.Contains(titles[name], `"name":"`+part[2]+`"`)
		if part[1] == "comment" { // has no title here
			is = strings.Contains(titles[name], "Mooi verteld!")
		}
		if !is {
			t.Errorf("%s: %s %q is not there", name, part[1], part[2])
		}
	}
	if n < 15 {
		t.Errorf("%d lines were compared", n)
	}
}

// elementsOf is what a Leap2A file becomes, as portfolio.json has it after it
// went through a school.
func elementsOf(t testing.TB, raw []byte) string {
	t.Helper()
	s := full(t, "2009-03-17")
	s.take(raw, s.student.Person)
	var doc bytes.Buffer
	ok(t, json.Compact(&doc, entries(t, s.bundle(s.student, s.student.Person))["data/portfolio.json"]))
	return doc.String()
}

// What came as Leap2A goes out as Leap2A that is valid and in which every link
// leads somewhere.
func TestLeap2AGoesRound(t *testing.T) {
	var feeds [][]byte
	all := leapFixtures(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := full(t, "2009-03-17")
		imp := s.take(all[name], s.student.Person)
		raw := s.bundle(s.student, s.student.Person)
		_, byID := leapOf(t, raw)
		if len(byID) < imp.Report.Works.New {
			t.Errorf("%s: %d works came in, %d entries go out", name, imp.Report.Works.New, len(byID))
		}
		feeds = append(feeds, entries(t, raw)["data/leap2a.xml"])
		// And that bundle is taken at another school, where nothing is left.
		beuk := empty(t, "De Beuk")
		next := beuk.take(raw, "")
		if got := next.Report; got.Works.New != imp.Report.Works.New || got.Assessments.New != imp.Report.Assessments.New || got.Files != imp.Report.Files {
			t.Errorf("%s: %+v came in, and at the next school %+v", name, imp.Report, got)
		}
		nothingLost(t, raw, beuk.bundle(beuk.as(next.Student, portfolio.HatStudent), next.Student))
	}
	jing(t, feeds...)
}

// feed is a Leap2A file with some entries, in one of the generations of
// namespaces.
func feed(namespace, more string) []byte {
	return []byte(`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:leap2="` + namespace + `" xmlns:mahara="http://wiki.mahara.org/Developer_Area/Import%2F%2FExport/LEAP_Extensions#">
<leap2:version>http://www.leapspecs.org/2010-07/2A/</leap2:version><id>https://oud.example/export/7/1795303097</id><title>Portfolio van Noor</title><updated>2026-06-12T10:00:00Z</updated>
<author><name>Noor Bos</name></author>` + more + `</feed>`)
}

const modern = "http://terms.leapspecs.org/"

func leapWork(id, title, more string) string {
	return `<entry><title>` + title + `</title><id>` + id + `</id><updated>2026-06-01T10:00:00Z</updated><rdf:type rdf:resource="leap2:entry"/>` + more + `</entry>`
}

// The four generations of namespaces say the same.
func TestLeap2AIsReadInFourGenerations(t *testing.T) {
	body := `<entry><title>Noor</title><id>portfolio:me</id><updated>2026-06-01T10:00:00Z</updated><content/><rdf:type rdf:resource="leap2:person"/><category term="Self" scheme="categories:person_type#"/>` +
		`<leap2:persondata leap2:field="legal_given_name">Noor</leap2:persondata><leap2:persondata leap2:field="legal_family_name">Bos</leap2:persondata><leap2:persondata leap2:field="dob">2010-01-02</leap2:persondata></entry>` +
		leapWork("a", "Werk", `<content>Tekst</content>`)
	for _, namespace := range []string{modern, "http://wiki.cetis.ac.uk/2009-03/LEAP2A_predicates#", "http://www.cetis.org.uk/leap2/terms/", "https://web.archive.org/web/20100503000634/http://terms.leapspecs.org"} {
		imp := empty(t, "De Beuk").take(feed(namespace, body), "")
		if n := imp.From.Name; n.Full() != "Noor Bos" || imp.From.Birth.String() != "" || imp.Report.Works.New != 1 {
			t.Errorf("%s: %+v, born %s, %+v", namespace, n, imp.From.Birth, imp.Report)
		}
	}
	empty(t, "De Beuk").refuses(t, feed("http://example.org/leap", body), "error.leap2a.feed")
}

// What entries become: each in its place, and what nobody relates to too.
func TestWhatLeap2ABecomes(t *testing.T) {
	link := func(rel, to string) string { return `<link rel="` + rel + `" href="` + to + `"/>` }
	kind := func(id, title, kind, more string) string {
		return strings.Replace(leapWork(id, title, more), "leap2:entry", "leap2:"+kind, 1)
	}
	body := leapWork("a", "Vulkaan", link("related", "f1")+`<content type="html">&lt;p&gt;As&lt;/p&gt;&lt;script&gt;kwaad()&lt;/script&gt;</content><category term="steen"/>`) +
		leapWork("r", "Terug", link("leap2:reflects_on", "a")+`<content>Spannend</content>`) +
		leapWork("c", "Reactie", `<author><name>Zwaluwstaartje</name></author>`+link("leap2:reflects_on", "a")+`<content>Mooi</content><mahara:artefactplugin mahara:type="comment" mahara:plugin="comment"/>`) +
		kind("s", "Beoordeling", "achievement", `<author><name>Juf Anna</name></author>`+link("leap2:has_evidence", "a")+`<content>Goed</content><leap2:date leap2:point="end">2026-06-02</leap2:date>`) +
		kind("own", "Zwemdiploma", "achievement", link("leap2:has_evidence", "a")+`<content>Zelf gehaald</content>`) +
		kind("f1", "Foto één.png", "resource", link("enclosure", "files/1 foto.png")+`<content>Een berg</content>`) +
		kind("f2", "Los", "resource", link("enclosure", "files/los+bestand.txt")) +
		kind("f3", "Weg.pdf", "resource", link("enclosure", "files/weg.pdf")) +
		kind("g", "Ik leer koken", "plan", `<content>Soep</content><leap2:date leap2:point="target">2026-07-01</leap2:date>`) +
		kind("ab", "Rekenen tot 100", "ability", link("leap2:supported_by", "a")+`<content/>`) +
		kind("z", "Iets nieuws", "hologram", `<content>Onbekend</content>`) +
		kind("sel", "Mijn map", "selection", link("leap2:has_part", "a")+link("leap2:has_part", "f2")+link("leap2:has_part", "weg")+`<category term="Folder" scheme="categories:selection_type#"/>`) +
		kind("p", "Opa Jan", "person", `<content>06-12345678</content>`) +
		kind("d", "Baan", "activity", `<leap2:date leap2:point="start" leap2:label="1.1.2003"/><content>Krant</content>`)
	raw := zipOf(t, member{name: "leap2a.xml", text: feed(modern, body)}, member{name: "files/1 foto.png", text: []byte("\x89PNG\r\n\x1a\n berg")},
		member{name: "files/los bestand.txt", text: []byte("los")}, member{name: "niemand.txt", text: []byte("x")})
	s := full(t, "2009-03-17")
	imp := s.take(raw, s.student.Person)
	if got, want := imp.From.Notes, []string{"bundle.note.leap2a.files", "bundle.note.leap2a.people", "bundle.note.leap2a.unknown"}; !slices.Equal(got, want) {
		t.Errorf("notes %v, want %v", got, want)
	}
	var doc struct {
		Items, Reflections, Assessments, Comments, Collections, Frameworks []map[string]any
	}
	out := entries(t, s.bundle(s.student, s.student.Person))["data/portfolio.json"]
	ok(t, json.Unmarshal(out, &doc))
	is := map[string]map[string]any{}
	for _, it := range slices.Concat(doc.Items, doc.Reflections, doc.Collections) {
		is[fmt.Sprint(it["title"])] = it
	}
	for title, kind := range map[string]string{"Vulkaan": "work", "Zwemdiploma": "post", "Los": "work", "Weg.pdf": "work", "Ik leer koken": "goal", "Iets nieuws": "post", "Baan": "post", "Terug": "<nil>", "Mijn map": "<nil>"} {
		if it := is[title]; it == nil || fmt.Sprint(it["type"]) != kind {
			t.Errorf("%s is %v, want a %s", title, it, kind)
		}
	}
	first := is["Vulkaan"]
	if files, _ := first["files"].([]any); len(files) != 1 || fmt.Sprint(first["goals"]) == "<nil>" || strings.Contains(string(out), "kwaad") {
		t.Errorf("%v", first)
	}
	if fmt.Sprint(is["Terug"]["about"].([]any)[0].(map[string]any)["id"]) != first["id"] || fmt.Sprint(is["Weg.pdf"]["missing"]) != "[Weg.pdf]" || is["Ik leer koken"]["happenedOn"] != "2026-07-01" {
		t.Errorf("%v\n%v\n%v", is["Terug"], is["Weg.pdf"], is["Ik leer koken"])
	}
	if len(doc.Assessments) != 1 || len(doc.Comments) != 1 || len(doc.Frameworks) != 1 || len(is["Mijn map"]["items"].([]any)) != 2 {
		t.Errorf("%d assessments, %d comments, %d frameworks, %v", len(doc.Assessments), len(doc.Comments), len(doc.Frameworks), is["Mijn map"])
	}
	if text := string(out); strings.Contains(text, "Opa Jan") || strings.Contains(text, "06-1234") || strings.Contains(text, "Zwaluwstaartje") || !strings.Contains(text, "Juf Anna") || !strings.Contains(text, "1.1.2003") {
		t.Error("another person came along, or who assessed or a day that is no date did not")
	}
	if _, signed := doc.Assessments[0]["credential"]; signed || imp.Report.Proofs.None != 1 {
		t.Errorf("an assessment that nobody signed: %v, %+v", doc.Assessments[0], imp.Report.Proofs)
	}
}

// A later export of the same Mahara has the same ids, and nothing comes twice.
func TestALaterExportOfTheSamePortfolioBringsOnlyWhatIsNew(t *testing.T) {
	s := empty(t, "De Beuk")
	was := feed(modern, leapWork("portfolio:artefact1", "Eén", `<content>1</content>`))
	imp := s.take(was, "")
	later := bytes.Replace(feed(modern, leapWork("portfolio:artefact1", "Eén", `<content>1</content>`)+leapWork("portfolio:artefact2", "Twee", `<content>2</content>`)), []byte("1795303097"), []byte("1795999999"), 1)
	if r := s.take(later, imp.Student).Report; r.Works.Same != 1 || r.Works.New != 1 {
		t.Errorf("%+v", r.Works)
	}
}

// Hostile Leap2A is refused with a sentence, and nothing of it is stored.
func TestHostileLeap2AIsRefused(t *testing.T) {
	s := empty(t, "De Beuk")
	long := strings.Repeat("x", 10<<20)
	head := func(doctype string) []byte {
		return bytes.Replace(feed(modern, leapWork("a", "&lol;", "")), []byte("<feed"), []byte(doctype+"<feed"), 1)
	}
	bomb := `<!DOCTYPE lolz [<!ENTITY a "lol">`
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	for what, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"a document type":               {head(`<!DOCTYPE feed>`), "error.leap2a.doctype"},
		"a file of the machine":         {head(`<!DOCTYPE feed [<!ENTITY lol SYSTEM "file:///etc/passwd">]>`), "error.leap2a.doctype"},
		"billion laughs":                {head(bomb + "]>"), "error.leap2a.doctype"},
		"an entity of nowhere":          {feed(modern, leapWork("a", "&lol;", "")), "error.leap2a.xml"},
		"deep nesting":                  {feed(modern, leapWork("a", "x", `<content type="xhtml">`+strings.Repeat("<b>", 100_000)+strings.Repeat("</b>", 100_000)+`</content>`)), "error.leap2a.long"},
		"deep nesting that is not read": {feed(modern, strings.Repeat("<x>", 100_000)+strings.Repeat("</x>", 100_000)), "error.leap2a.long"},
		"an attribute of 10 MB":         {feed(modern, leapWork("a", "x", `<link rel="related" href="`+long+`"/>`)), "error.leap2a.long"},
		"a text of 10 MB":               {feed(modern, leapWork("a", "x", `<content>`+long+`</content>`)), "error.leap2a.long"},
		"an entry of 10 MB":             {feed(modern, leapWork("a", "x", strings.Repeat(`<category term="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"/>`, 200_000))), "error.leap2a.long"},
		"too many entries":              {feed(modern, strings.Repeat("<entry/>", 100_001)), "error.leap2a.long"},
		"too many links":                {feed(modern, strings.Repeat(leapWork("a", "x", ""), 1)+leapWork("b", "x", strings.Repeat(`<link rel="x" href="a"/>`, 200_001))), "error.leap2a.long"},
		"cut off":                       {feed(modern, leapWork("a", "x", ""))[:500], "error.leap2a.xml"},
		"no id":                         {bytes.Replace(feed(modern, ""), []byte("<id>https://oud.example/export/7/1795303097</id>"), nil, 1), "error.leap2a.feed"},
		"no feed":                       {[]byte("<html><body>Hallo</body></html>"), "error.leap2a.feed"},
		"another Atom feed":             {[]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id></feed>`), "error.leap2a.feed"},
		"another encoding":              {[]byte(`<?xml version="1.0" encoding="utf-7"?><feed/>`), "error.leap2a.xml"},
	} {
		t.Run(what, func(t *testing.T) {
			s.refuses(t, c.raw, c.want)
			s.refuses(t, zipOf(t, member{name: "leap2a.xml", text: c.raw, set: func(h *zip.FileHeader) { h.Method = zip.Store }}), c.want)
		})
	}
	t.Run("a way out of the zip", func(t *testing.T) {
		s.refuses(t, zipOf(t, member{name: "leap2a.xml", text: feed(modern, "")}, member{name: "../../x", text: []byte("x")}), "error.bundle.name")
	})
}

// What would lead out, round in circles or twice to the same leads nowhere.
func TestLeap2AThatLeadsAstrayIsInert(t *testing.T) {
	link := func(rel, to string) string { return `<link rel="` + rel + `" href="` + to + `"/>` }
	selection := func(id, more string) string {
		return strings.Replace(leapWork(id, "Map "+id, more), "leap2:entry", "leap2:selection", 1)
	}
	body := leapWork("a", "Eén", link("enclosure", "../../etc/passwd")+link("enclosure", "http://127.0.0.1:1/geheim")+link("enclosure", "file:///etc/passwd")+
		link("enclosure", "%2e%2e/%2e%2e/etc/passwd")+link("enclosure", "leap2a.xml")+link("leap2:reflects_on", "a")+link("related", "b")) +
		leapWork(`' or "1"='1`, "Aanhaling", link("related", `&quot;]|//*[&quot;`)) +
		leapWork("a", "Nog eens", "") + leapWork("", "Zonder", "") +
		leapWork("b", "Twee", link("leap2:reflects_on", "c")+link("related", "a")) + leapWork("c", "Drie", link("leap2:reflects_on", "b")) +
		selection("m", link("leap2:has_part", "n")+link("leap2:has_part", "m")) + selection("n", link("leap2:has_part", "m")+link("leap2:is_part_of", "m")) +
		leapWork("h", "Kwaad", `<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">Dag<img src="http://127.0.0.1:1/p.gif"/><svg><script>x()</script></svg></p></div></content>`)
	s := full(t, "2009-03-17")
	imp := s.take(zipOf(t, member{name: "leap2a.xml", text: feed(modern, body)}, member{name: "etc/passwd", text: []byte("niet deze")}), s.student.Person)
	if r := imp.Report; r.Works.New != 5 || r.Files != 0 {
		t.Errorf("%+v", r)
	}
	if !slices.Contains(imp.From.Notes, "bundle.note.leap2a.twice") {
		t.Errorf("notes %v", imp.From.Notes)
	}
	raw := s.bundle(s.student, s.student.Person)
	leapOf(t, raw)
	doc := string(entries(t, raw)["data/portfolio.json"])
	for _, bad := range []string{"onclick", "p.gif", "x()", "Nog eens", "niet deze"} {
		if strings.Contains(doc, bad) {
			t.Errorf("%s came along", bad)
		}
	}
	if !strings.Contains(doc, "http://127.0.0.1:1/geheim") {
		t.Error("the address that was not fetched is not told")
	}
}

// A large Leap2A file is read without ever being in memory.
func TestALargeLeap2AFileTakesLittleMemory(t *testing.T) {
	var body strings.Builder
	text := strings.Repeat("Vandaag leerde ik iets nieuws. ", 130) // 4 kB
	for i := range 10_000 {
		body.WriteString(leapWork(fmt.Sprint("portfolio:artefact", i), fmt.Sprint("Werk ", i), `<content>`+text+`</content><link rel="related" href="portfolio:artefact0"/>`))
	}
	raw := feed(modern, body.String())
	var before, now, peak runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	b, err := export.Open(bytes.NewReader(raw), int64(len(raw)))
	ok(t, err)
	defer b.Close()
	v, err := b.Verify(context.Background(), func(portfolio.Headway) error {
		if n++; n%500 == 0 {
			runtime.GC()
			if runtime.ReadMemStats(&now); now.HeapAlloc > peak.HeapAlloc {
				peak = now
			}
		}
		return nil
	})
	ok(t, err)
	if v.From.Contents.Items != 10_000 || peak.HeapAlloc == 0 || peak.HeapAlloc > before.HeapAlloc+24<<20 {
		t.Errorf("%d works; the heap grew from %d to %d", v.From.Contents.Items, before.HeapAlloc, peak.HeapAlloc)
	}
	t.Logf("%.1f MB of XML: the heap grew by %.1f MB", float64(len(raw))/1e6, float64(peak.HeapAlloc-before.HeapAlloc)/1e6)
}

// Whatever stands where leap2a.xml should is accepted, or refused with a
// sentence.
func FuzzLeap2A(f *testing.F) {
	f.Add(feed(modern, leapWork("a", "Eén", `<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Dag<br/></p></div></content><link rel="enclosure" href="files/a b.txt"/>`)))
	f.Add(feed(modern, leapWork("a", "Eén", `<author><name>Juf</name></author><link rel="leap2:reflects_on" href="b"/><mahara:artefactplugin mahara:type="comment"/>`)+leapWork("b", "Twee", `<leap2:date leap2:point="start" leap2:label="1.1.2003"/>`)))
	f.Add(feed(modern, strings.ReplaceAll(leapWork("a", "Map", `<link rel="leap2:has_part" href="a" leap2:display_order="1"/><link rel="enclosure" href="a"/>`), "leap2:entry", "leap2:selection")))
	f.Add([]byte(`<!DOCTYPE feed><feed/>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		readOrRefuse(t, raw)
		readOrRefuse(t, zipOf(t, member{name: "leap2a.xml", text: raw}, member{name: "files/a b.txt", text: []byte("tekst")}))
	})
}
