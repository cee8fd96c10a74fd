package export

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// The pages' own words, which travel in a bundle, are held as the catalogue's
// are: the same keys and places in both languages, each used, none missing.
func TestThePagesHaveAllTheirWordsInBothLanguages(t *testing.T) {
	nl, en := viewerWords["nl"].text, viewerWords["en"].text
	places := regexp.MustCompile(`%[a-z]`)
	for key, text := range nl {
		if en[key] == "" || text == "" {
			t.Errorf("%q has no words in both languages", key)
		}
		a, b := places.FindAllString(text, -1), places.FindAllString(en[key], -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%q has the places %v in Dutch and %v in English", key, a, b)
		}
	}
	if len(en) != len(nl) {
		t.Errorf("%d words in English, %d in Dutch", len(en), len(nl))
	}
	var code strings.Builder
	files, _ := filepath.Glob("view*.go")
	for _, name := range append(files, "text/viewer.html") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(raw)
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:word\(|\bt |\(t |text\[)"([a-z_.]+)"`).FindAllStringSubmatch(code.String(), -1) {
		used[m[1]] = true
		if nl[m[1]] == "" && !strings.HasSuffix(m[1], ".") {
			t.Errorf("%q is used and has no words", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`count(?:\(| )"([a-z_.]+)"`).FindAllStringSubmatch(code.String(), -1) {
		for _, key := range []string{m[1] + ".one", m[1] + ".other"} {
			used[key] = true
			if nl[key] == "" {
				t.Errorf("%q is used and has no words", key)
			}
		}
	}
	for _, kind := range []string{"work", "observation", "post", "goal", "page"} { // of items, by the schema
		if used[kind] = true; nl[kind] == "" {
			t.Errorf("an item that is a %s has no word", kind)
		}
	}
	for key := range nl {
		used[key] = used[key] || strings.Contains(code.String(), `"`+key+`"`)
		stem := key[:strings.LastIndexByte(key, '.')+1]
		if !used[key] && (stem == "" || !strings.Contains(code.String(), `"`+stem)) {
			t.Errorf("%q is not used", key)
		}
	}
	for _, category := range []string{"chat", "access-log", portfolio.ItemRecord, "custody", "binned", "earlier-versions", "enrolments", portfolio.ItemWork} {
		if nl["omitted."+category] == "" && nl["omitted."+category+".one"] == "" {
			t.Errorf("what stays out has no words: %q", category)
		}
	}
}
