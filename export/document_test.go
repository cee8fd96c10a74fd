package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kaft/export"
	"kaft/portfolio"
)

// changed seals a bundle again after its document was changed as text.
func changed(t testing.TB, good map[string][]byte, change func(doc string) string) []byte {
	t.Helper()
	files := maps.Clone(good)
	doc := string(files["data/portfolio.json"])
	now := change(doc)
	if now == doc {
		t.Fatal("the change changes nothing")
	}
	files["data/portfolio.json"] = []byte(now)
	return sealed(t, files)
}

// edited seals a bundle again after its document was changed as values.
func edited(t testing.TB, good map[string][]byte, edit func(doc map[string]any)) []byte {
	t.Helper()
	return changed(t, good, func(text string) string {
		var doc map[string]any
		ok(t, json.Unmarshal([]byte(text), &doc))
		edit(doc)
		out, err := json.Marshal(doc)
		ok(t, err)
		return string(out)
	})
}

// noise is text that does not deflate to nothing.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(r.IntN(26))
	}
	return string(b)
}

const nobody = "urn:uuid:00000000-0000-4000-8000-000000000000"

func TestDocumentsThatAreNotAsTheySayAreRefused(t *testing.T) {
	good := payload(t, rich(t))
	beuk := empty(t, "De Beuk")
	swap := func(old, new string) func(string) string {
		return func(doc string) string { return strings.Replace(doc, old, new, 1) }
	}
	first := func(member string, edit func(e map[string]any)) func(map[string]any) {
		return func(doc map[string]any) { edit(doc[member].([]any)[0].(map[string]any)) }
	}
	for what, c := range map[string]struct {
		change func(string) string
		want   string
	}{
		"no JSON":                    {func(string) string { return "<html>" }, "error.bundle.json"},
		"cut":                        {func(d string) string { return d[:len(d)/2] }, "error.bundle.json"},
		"empty":                      {func(string) string { return "" }, "error.bundle.json"},
		"a list":                     {func(d string) string { return "[" + d + "]" }, "error.bundle.json"},
		"two values":                 {func(d string) string { return d + d }, "error.bundle.json"},
		"a byte order mark":          {func(d string) string { return "\xef\xbb\xbf" + d }, "error.bundle.json"},
		"a name twice":               {swap(`"format":`, `"student": {}, "format":`), "error.bundle.json"},
		"a name twice in an item":    {swap(`"title":`, `"title": "x", "title":`), "error.bundle.json"},
		"no UTF-8":                   {swap("Een vulkaan.", "Een \xff."), "error.bundle.json"},
		"half a surrogate":           {swap("Een vulkaan.", `Een \ud800.`), "error.bundle.json"},
		"a comment":                  {swap("{", "{ // x\n"), "error.bundle.json"},
		"deep":                       {swap(`"type": "work"`, `"type": "work", "x": `+strings.Repeat("[", 62)+strings.Repeat("]", 62)), "error.bundle.json"},
		"deep, in an unknown member": {swap(`"format":`, `"x": `+strings.Repeat("[", 70)+strings.Repeat("]", 70)+`, "format":`), "error.bundle.json"},
		"an element without end":     {swap("Een vulkaan.", noise(9<<20)), "error.bundle.json"},
		"another format":             {swap("schoolportfolio-bundle", "other"), "error.bundle.format"},
		"no format":                  {swap(`"format":`, `"Format":`), "error.bundle.format"},
		"version 2":                  {swap(`"formatVersion": "1.0"`, `"formatVersion": "2.0"`), "error.bundle.version"},
		"version 10":                 {swap(`"formatVersion": "1.0"`, `"formatVersion": "10.0"`), "error.bundle.version"},
		"version 1.x":                {swap(`"formatVersion": "1.0"`, `"formatVersion": "1.x"`), "error.bundle.schema"},
		"lists that are none":        {swap(`"items": [`, `"items": {}, "itemz": [`), "error.bundle.json"},
	} {
		t.Run(what, func(t *testing.T) { beuk.refuses(t, changed(t, good, c.change), c.want) })
	}
	for what, c := range map[string]struct {
		edit func(map[string]any)
		want string
	}{
		"no student":             {func(d map[string]any) { delete(d, "student") }, "error.bundle.schema"},
		"a student with no name": {func(d map[string]any) { delete(d["student"].(map[string]any), "name") }, "error.bundle.schema"},
		"no bundle":              {func(d map[string]any) { delete(d, "bundle") }, "error.bundle.schema"},
		"no items":               {func(d map[string]any) { delete(d, "items") }, "error.bundle.schema"},
		"a birth date that is none": {func(d map[string]any) { d["student"].(map[string]any)["birthDate"] = "2015-13" },
			"error.bundle.schema"},
		"a citizen service number": {func(d map[string]any) {
			d["student"].(map[string]any)["identifiers"] = []any{map[string]any{"type": "bsn", "value": "123456782"}}
		}, "error.bundle.schema"},
		"an item without title":      {first("items", func(e map[string]any) { delete(e, "title") }), "error.bundle.schema"},
		"a title too long":           {first("items", func(e map[string]any) { e["title"] = strings.Repeat("é", 201) }), "error.bundle.schema"},
		"a day that is none":         {first("items", func(e map[string]any) { e["happenedOn"] = "2026-02-30" }), "error.bundle.schema"},
		"a time in another zone":     {first("items", func(e map[string]any) { e["createdAt"] = "2026-02-03T10:00:00+01:00" }), "error.bundle.schema"},
		"an id that is none":         {first("items", func(e map[string]any) { e["id"] = "1" }), "error.bundle.schema"},
		"a path out of the bundle":   {first("files", func(e map[string]any) { e["path"] = "../x" }), "error.bundle.schema"},
		"an author who is not there": {first("items", func(e map[string]any) { e["authors"] = []any{nobody} }), "error.bundle.reference"},
		"a file that is not there":   {first("items", func(e map[string]any) { e["files"] = []any{"sha256:" + strings.Repeat("0", 64)} }), "error.bundle.reference"},
		"a goal that is not there":   {first("items", func(e map[string]any) { e["goals"] = []any{nobody} }), "error.bundle.reference"},
		"a work that is not there":   {first("assessments", func(e map[string]any) { e["about"] = []any{map[string]any{"type": "item", "id": nobody}} }), "error.bundle.reference"},
		"an assessor who is not":     {first("assessments", func(e map[string]any) { e["assessor"] = nobody }), "error.bundle.reference"},
		"a school that is not there": {first("enrolments", func(e map[string]any) { e["school"] = nobody }), "error.bundle.reference"},
		"an id twice":                {func(d map[string]any) { d["items"] = append(d["items"].([]any), d["items"].([]any)[0]) }, "error.bundle.duplicate"},
		"an id of two things": {func(d map[string]any) {
			d["reflections"] = append(d["reflections"].([]any), map[string]any{"id": d["items"].([]any)[0].(map[string]any)["id"], "author": d["student"].(map[string]any)["id"]})
		}, "error.bundle.duplicate"},
		"another hash than the file":  {first("files", func(e map[string]any) { e["sha256"] = strings.Repeat("0", 64) }), "error.bundle.damaged"},
		"another size than the file":  {first("files", func(e map[string]any) { e["bytes"] = 5 }), "error.bundle.damaged"},
		"a file that is not in there": {first("files", func(e map[string]any) { e["path"] = "files/" + strings.Repeat("0", 64) + ".txt" }), "error.bundle.missing_file"},
	} {
		t.Run(what, func(t *testing.T) { beuk.refuses(t, edited(t, good, c.edit), c.want) })
	}
	t.Run("a file under the hash of another", func(t *testing.T) {
		files := maps.Clone(good)
		for name := range files {
			if strings.HasPrefix(name, "data/files/") {
				files[name] = []byte("ijs!") // as long as "lava", and the manifest is right about it
			}
		}
		beuk.refuses(t, sealed(t, files), "error.bundle.damaged")
	})
	t.Run("the control", func(t *testing.T) {
		beuk.take(edited(t, good, first("items", func(e map[string]any) { e["title"] = strings.Repeat("é", 200) })), "")
	})
}

// The refusal of a later major version names the program that can read it.
func TestALaterMajorVersionIsRefusedByName(t *testing.T) {
	raw := changed(t, payload(t, rich(t)), func(d string) string {
		d = strings.Replace(d, `"formatVersion": "1.0"`, `"formatVersion": "2.1"`, 1)
		return strings.Replace(d, `"name": "Kaft"`, `"name": "Toekomst"`, 1)
	})
	b, err := export.Open(bytes.NewReader(raw), int64(len(raw)))
	ok(t, err)
	_, err = b.Verify(context.Background(), quiet)
	refused(t, err, portfolio.Invalid, "error.bundle.version")
	if got := err.(*portfolio.Error).Args; got["Generator"] != "Toekomst test" || got["Version"] != "2.1" {
		t.Errorf("the sentence is about %v", got)
	}
}

// A later minor version is taken in; what is new in it goes out again under
// extensions, with everything for which Kaft has no place.
func TestWhatKaftDoesNotKnowGoesOutAgain(t *testing.T) {
	var self, item string
	more := map[string]any{}
	raw := edited(t, payload(t, rich(t)), func(d map[string]any) {
		self = d["student"].(map[string]any)["id"].(string)
		it := d["items"].([]any)[0].(map[string]any)
		item = it["id"].(string)
		d["formatVersion"] = "1.7"
		d["mood"] = []any{"sunny", map[string]any{"n": 1.5}}
		d["student"].(map[string]any)["motto"] = "door"
		it["weather"] = "rain"
		it["tags"] = []any{"steen"}
		it["type"] = "observation"
		it["text"] = map[string]any{"format": "html", "value": "<p>Een <b>vulkaan</b>.</p><script>alert(1)</script>"}
		goal := id(1)
		it["goals"] = []any{goal}
		d["people"] = append(d["people"].([]any), map[string]any{"id": id(2), "kind": "peer", "name": "Zwaluw Vogelzang"}, map[string]any{"id": id(3), "kind": "external", "name": "Oma Riet"})
		more["frameworks"] = []any{map[string]any{"id": id(4), "title": "Kerndoelen", "goals": []any{map[string]any{"id": goal, "text": "Vulkanen"}}}}
		more["collections"] = []any{map[string]any{"id": id(5), "title": "Beste", "items": []any{item}}}
		more["comments"] = []any{
			map[string]any{"id": id(6), "on": map[string]any{"type": "item", "id": item}, "author": id(3), "text": map[string]any{"format": "plain", "value": "Mooi!"}},
			map[string]any{"id": id(7), "on": map[string]any{"type": "item", "id": item}, "inReplyTo": id(6), "author": id(2), "text": map[string]any{"format": "plain", "value": "Ja"}}}
		more["consents"] = []any{map[string]any{"id": id(8), "purpose": "photo", "by": self, "decision": "granted", "at": "2025-01-01T00:00:00Z"}}
		more["inspection"] = map[string]any{"seen": true, "agrees": "ja"}
		for k, v := range more {
			d[k] = v
		}
	})
	beuk := empty(t, "De Beuk")
	imp := beuk.take(raw, "")
	student := beuk.as(imp.Student, portfolio.HatStudent)
	works, _, err := beuk.lib.Works(context.Background(), student, imp.Student, "", 10)
	ok(t, err)
	for _, w := range works {
		if w.Origin.ID == strings.TrimPrefix(item, "urn:uuid:") && (w.Text != "Een vulkaan." || w.Type != portfolio.TypeWork) {
			t.Errorf("the text came in as %q, a %s", w.Text, w.Type)
		}
	}
	out := beuk.bundle(student, imp.Student)
	if bytes.Contains(entries(t, out)["data/portfolio.json"], []byte("Zwaluw")) {
		t.Error("the name of another child is in the bundle")
	}
	var doc map[string]any
	ok(t, json.Unmarshal(entries(t, out)["data/portfolio.json"], &doc))
	more["extensions"] = map[string]any{"mood": []any{"sunny", map[string]any{"n": 1.5}}}
	for member, want := range more {
		same(t, "going out again", map[string]any{member: want}, map[string]any{member: doc[member]})
	}
	if doc["student"].(map[string]any)["motto"] != "door" {
		t.Error("the student's unknown member is gone")
	}
	for _, it := range list(doc["items"]) {
		if it["id"] != item {
			continue
		}
		same(t, "the item", map[string]any{"x": []any{map[string]any{"weather": "rain"}, "observation", []any{"steen"}, []any{id(1)},
			map[string]any{"format": "html", "value": "<p>Een <b>vulkaan</b>.</p><script>alert(1)</script>"}}},
			map[string]any{"x": []any{it["extensions"], it["type"], it["tags"], it["goals"], it["text"]}})
	}
}

// What refers to a work that stays out stays out as well: the bundle hangs
// together.
func TestWhatIsSaidOfAWorkThatStaysOutStaysOut(t *testing.T) {
	ctx := context.Background()
	raw := edited(t, payload(t, rich(t)), func(d map[string]any) {
		item := d["items"].([]any)[0].(map[string]any)["id"]
		other := d["reflections"].([]any)[0].(map[string]any)["id"]
		d["people"] = append(d["people"].([]any), map[string]any{"id": id(3), "kind": "external", "name": "Oma Riet"})
		text := map[string]any{"format": "plain", "value": "Mooi!"}
		d["comments"] = []any{
			map[string]any{"id": id(1), "on": map[string]any{"type": "item", "id": item}, "author": id(3), "text": text},
			map[string]any{"id": id(2), "on": map[string]any{"type": "comment", "id": id(1)}, "inReplyTo": id(1), "author": id(3), "text": text},
			map[string]any{"id": id(4), "on": map[string]any{"type": "reflection", "id": other}, "author": d["student"].(map[string]any)["id"], "text": text}}
		d["collections"] = []any{map[string]any{"id": id(5), "title": "Beste", "items": []any{item, other}}}
	})
	beuk := empty(t, "De Beuk")
	imp := beuk.take(raw, "")
	student := beuk.as(imp.Student, portfolio.HatStudent)
	works, _, err := beuk.lib.Works(ctx, student, imp.Student, "", 10)
	ok(t, err)
	for _, w := range works {
		if w.Type == portfolio.TypeWork {
			_, err := beuk.lib.BinWork(ctx, student, w.ID, w.Rev)
			ok(t, err)
		}
	}
	out := beuk.bundle(student, imp.Student)
	b, err := export.Open(bytes.NewReader(out), int64(len(out)))
	ok(t, err)
	_, err = b.Verify(ctx, quiet)
	ok(t, err)
	doc := documentOf(t, out)
	if got := list(doc["comments"]); len(got) != 1 || got[0]["id"] != id(4) {
		t.Errorf("the comments are %v", got)
	}
	if len(list(doc["collections"])) > 0 || len(list(doc["items"])) > 0 || len(list(doc["reflections"])) != 1 {
		t.Errorf("collections %v, items %v", doc["collections"], doc["items"])
	}
	if strings.Contains(string(entries(t, out)["data/portfolio.json"]), "Oma Riet") {
		t.Error("a name nobody refers to is in the bundle")
	}
}

func id(n byte) string { return "urn:uuid:00000000-0000-4000-8000-00000000000" + string('0'+n) }

// The document is checked one element at a time while it is written and read.
// That comes to the same as the whole of it against the whole schema.
func TestTheDocumentIsAsTheSchemaInTheBundleSays(t *testing.T) {
	files := entries(t, rich(t))
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(files["data/schema/portfolio-1.0.schema.json"]))
	ok(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	ok(t, c.AddResource("s", schema))
	s, err := c.Compile("s")
	ok(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(files["data/portfolio.json"]))
	ok(t, err)
	if err := s.Validate(doc); err != nil {
		t.Error(err)
	}
	own, err := os.ReadFile("schema/portfolio-1.0.schema.json")
	ok(t, err)
	if !bytes.Equal(own, files["data/schema/portfolio-1.0.schema.json"]) {
		t.Error("the schema in the bundle is another one")
	}
	delete(doc.(map[string]any)["items"].([]any)[0].(map[string]any), "title")
	if s.Validate(doc) == nil {
		t.Error("the control: a broken document passes")
	}
}
