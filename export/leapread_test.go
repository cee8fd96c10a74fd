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

func TestTry(t *testing.T) {
	for name, raw := range leapFixtures(t) {
		t.Run(name, func(t *testing.T) {
			s := empty(t, "De Beuk")
			imp := s.take(raw, "")
			b, _ := json.Marshal(imp.From)
			r, _ := json.Marshal(imp.Report)
			fmt.Println(name, string(b), string(r))
			again := s.take(raw, imp.Student)
			r, _ = json.Marshal(again.Report)
			fmt.Println(string(r))
		})
	}
}

var _ = zip.Store
var _ = bytes.Equal
var _ = context.Background
var _ = strings.Cut
var _ = export.Open
var _ portfolio.Actor
