package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// crateFaults says what is wrong with the metadata of an RO-Crate, by what the
// specification (1.2) says MUST be there.
func crateFaults(raw []byte) (faults []string) {
	var doc struct {
		Context any              `json:"@context"`
		Graph   []map[string]any `json:"@graph"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&doc); err != nil {
		return []string{err.Error()}
	}
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	contexts, _ := doc.Context.([]any)
	if one, ok := doc.Context.(string); ok {
		contexts = []any{one}
	}
	if !slices.ContainsFunc(contexts, func(c any) bool {
		return regexp.MustCompile(`^https://w3id\.org/ro/crate/1\.\d+/context$`).MatchString(fmt.Sprint(c))
	}) {
		fault("the context is %v", doc.Context)
	}
	byID := map[string]map[string]any{}
	for _, e := range doc.Graph {
		id, named := e["@id"].(string)
		if !named || e["@type"] == nil || byID[id] != nil {
			fault("an entity without id or type, or twice: %v", e)
		}
		byID[id] = e
		for name, v := range e {
			if !regexp.MustCompile(`^(@id|@type|@reverse|[A-Za-z]\w*)$`).MatchString(name) {
				fault("a key %q, which is not compacted or unexpected", name)
			}
			for _, x := range asList(v) {
				if o, ok := x.(map[string]any); ok && (len(o) != 1 || o["@id"] == nil) {
					fault("%s of %s is not a reference: the graph is not flat", name, id)
				}
			}
		}
	}
	is := func(e map[string]any, want string) bool { return slices.Contains(asList(e["@type"]), any(want)) }
	to := func(v any) map[string]any {
		o, _ := v.(map[string]any)
		id, _ := o["@id"].(string)
		return byID[id]
	}
	about := byID["ro-crate-metadata.json"]
	if about == nil || !is(about, "CreativeWork") {
		return append(faults, "no descriptor")
	}
	if o, _ := about["conformsTo"].(map[string]any); !strings.HasPrefix(fmt.Sprint(o["@id"]), "https://w3id.org/ro/crate/1.") {
		fault("the descriptor conforms to %v", about["conformsTo"])
	}
	root := to(about["about"])
	if root == nil || !is(root, "Dataset") {
		return append(faults, "no root")
	}
	for _, name := range []string{"name", "description", "datePublished", "license"} {
		if root[name] == nil || root[name] == "" {
			fault("the root has no %s", name)
		}
	}
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\d`).MatchString(fmt.Sprint(root["datePublished"])) {
		fault("published on %v", root["datePublished"])
	}
	if l := to(root["license"]); l != nil && (l["name"] == nil || l["description"] == nil) {
		fault("the license is not explained")
	}
	parts := map[string]bool{}
	for _, p := range asList(root["hasPart"]) {
		if to(p) == nil {
			fault("a part that is not there: %v", p)
		} else {
			parts[to(p)["@id"].(string)] = true
		}
	}
	for id, e := range byID {
		if is(e, "File") && !parts[id] && len(parts) > 0 {
			fault("%s is part of nothing", id)
		}
	}
	return faults
}

func asList(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

func TestABundleDescribesItselfToArchives(t *testing.T) {
	s := full(t, "2009-03-17")
	s.work(portfolio.NewWork{Title: "Werk", Text: "é 🦊", Uploads: []string{s.upload("Ünïcode + naam %20.JPG", []byte("\xff\xd8\xff\xe0 foto")), s.upload("zonder", []byte("niets"))}})
	in := entries(t, s.bundle(s.student, s.student.Person))
	raw := in["data/ro-crate-metadata.json"]
	for _, f := range crateFaults(raw) {
		t.Error(f)
	}
	var doc struct {
		Graph []struct {
			ID     string `json:"@id"`
			Type   string `json:"@type"`
			Name   string `json:"name"`
			Size   string `json:"contentSize"`
			SHA256 string `json:"sha256"`
		} `json:"@graph"`
	}
	ok(t, json.Unmarshal(raw, &doc))
	var described []string
	for _, e := range doc.Graph {
		if e.Type != "File" {
			continue
		}
		b, there := in["data/"+e.ID]
		if !there || sum(string(b)) != e.SHA256 || e.Size != "" && e.Size != fmt.Sprint(len(b)) {
			t.Errorf("%s is not what it is described as", e.ID)
		}
		described = append(described, e.Name)
	}
	for _, want := range []string{"portfolio.json", "Ünïcode + naam %20.JPG", "zonder"} {
		if !slices.Contains(described, want) {
			t.Errorf("%s is not described", want)
		}
	}
	for name := range in {
		if strings.HasPrefix(name, "data/files/") && !strings.Contains(string(raw), strings.TrimPrefix(name, "data/")) {
			t.Errorf("%s is not described", name)
		}
	}
}

// The judge of the test above finds others' sound descriptions sound, and each
// of the faulty ones of crs4's validator faulty.
func TestTheJudgeOfDescriptionsKnowsGoodFromBad(t *testing.T) {
	const dir = "../../shared/fixtures/ro-crate"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared is not here")
	}
	for _, good := range []string{"rainfall-1.2.0", "rocrate-validator/valid/ro-crate-1.2-attached"} {
		f, err := os.Open(filepath.Join(dir, good, "ro-crate-metadata.json"))
		ok(t, err)
		raw, err := io.ReadAll(f)
		ok(t, err)
		f.Close()
		for _, fault := range crateFaults(raw) {
			t.Errorf("%s: %s", good, fault)
		}
	}
	n := 0
	err := filepath.WalkDir(filepath.Join(dir, "rocrate-validator/invalid"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		ok(t, err)
		n++
		if len(crateFaults(raw)) == 0 {
			t.Errorf("%s is found sound", path)
		}
		return nil
	})
	ok(t, err)
	if n < 20 {
		t.Errorf("only %d faulty descriptions", n)
	}
}
