package portfolio

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The proof that the tests of the rule miss nothing: every condition of
// inspect.go and until.go is inverted, taken away or moved by one day, one at a
// time; plain statements are left out. Each such mutant must be killed by a
// worked example or a thrown case (battery_test.go).
//
// One copy of the two files is made in which every condition and every plain
// statement asks whether it is the mutated one; it is built once, and one
// process tries all mutants.

// Mutations of a condition, and of a statement.
const (
	isTrue   = "is always true"
	isFalse  = "is always false"
	inverted = "is inverted"
	moved    = "has its boundary moved"
	leftOut  = "is left out"
)

// equivalent names the mutants that change no answer, and why.
var equivalent = map[string]string{
	"hats: d.Open is always false":                           "what opens already is SHARED or better, and SHARED on top of it adds nothing: it only saves looking",
	"dutyUntil: d.From == 0 is always false":                 "the day after no date lies before every date, as 1 does",
	"boundaryAfter: r.Person == q.viewer is always true":     daysOfOthers,
	"boundaryAfter: x.Person == q.viewer is always true":     daysOfOthers,
	"boundaryAfter: x.To == q.viewer is always true":         daysOfOthers,
	"boundaryAfter: r.Person == q.viewer (2) is always true": daysOfOthers,
	"boundaryAfter: r.Person == q.viewer (3) is always true": daysOfOthers,
	"boundaryAfter: o.Person == q.viewer is always true":     daysOfOthers,
	"count: rule < d.Rule has its boundary moved":            "the same outcome by the same rule takes the place of itself",
	"at: d < b.first has its boundary moved":                 "a date takes the place of the same date",
}

const daysOfOthers = "days that do not concern the viewer are tried too, and there the answer is the same"

// mutant is one change of one place.
type mutant struct {
	Site     int    `json:"site"`
	Mutation string `json:"mutation"`

	name  string // function, source text and mutation: stays when lines move
	where string // file:line
}

// killing is what the battery says of one mutant. An empty By is a survivor.
type killing struct {
	By     string `json:"by"`
	Thrown bool   `json:"thrown,omitempty"` // by a thrown case only
}

func TestEveryConditionOfTheRuleIsTested(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the rule anew and tries some hundred mutants")
	}
	dir := t.TempDir()
	mutants := writeMutants(t, dir)
	killings := tryMutants(t, dir, mutants)
	killed, thrown, excused := 0, 0, map[string]bool{}
	for i, m := range mutants {
		k := killings[i]
		why, listed := equivalent[m.name]
		excused[m.name] = listed
		switch {
		case k.By == "" && !listed:
			t.Errorf("%s: nothing notices that %q", m.where, m.name)
		case k.By != "" && listed:
			t.Errorf("%s: %q is listed as changing nothing (%s), and %s notices", m.where, m.name, why, k.By)
		case k.By != "":
			killed++
			if k.Thrown {
				thrown++
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(equivalent)) {
		if !excused[name] {
			t.Errorf("%q is listed as changing nothing, and is no mutant", name)
		}
	}
	t.Logf("%d mutants, %d killed (%d of them by thrown cases only), %d change nothing", len(mutants), killed, thrown, len(equivalent))
	if len(mutants) < 500 {
		t.Errorf("only %d mutants: are there places that the copy does not change?", len(mutants))
	}
}

// writeMutants writes the copies and the overlay that puts them in the place
// of the two files.
func writeMutants(t *testing.T, dir string) (mutants []mutant) {
	t.Helper()
	set := token.NewFileSet()
	files, info := typed(t, set)
	c := copier{set: set, info: info, seen: map[string]int{}}
	overlay := map[string]map[string]string{"Replace": {}}
	for _, name := range []string{"inspect.go", "until.go"} {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out := c.copy(name, src, files[name])
		if name == "inspect.go" {
			out = append(out, picking...)
		}
		from, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		overlay["Replace"][from] = filepath.Join(dir, name)
		write(t, filepath.Join(dir, name), out)
	}
	write(t, filepath.Join(dir, "overlay.json"), []byte(asJSON(overlay)))
	return c.mutants
}

// picking is what the copy asks at every place.
const picking = `
var mutantNow struct {
	site     int
	mutation string
	steps    int
}

func mutantCond(site int, is, boundary bool) bool {
	if mutantNow.steps++; mutantNow.steps > 200_000 {
		panic("it does not end")
	}
	if site != mutantNow.site {
		return is
	}
	switch mutantNow.mutation {
	case "` + isTrue + `":
		return true
	case "` + isFalse + `":
		return false
	case "` + inverted + `":
		return !is
	case "` + moved + `":
		return is != boundary
	}
	panic("no such mutation")
}

func mutantKeeps(site int) bool { return site != mutantNow.site }
`

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// tryMutants builds the copy with the battery and lets it try them all.
func tryMutants(t *testing.T, dir string, mutants []mutant) (killings []killing) {
	t.Helper()
	binary := filepath.Join(dir, "mutants.test")
	run(t, "go", "test", "-c", "-vet=off", "-tags=mutants", "-overlay="+filepath.Join(dir, "overlay.json"), "-o", binary, ".")
	write(t, filepath.Join(dir, "mutants.json"), []byte(asJSON(mutants)))
	t.Setenv("KAFT_MUTANTS", dir)
	run(t, binary, "-test.run=^TestBattery$", "-test.timeout=5m")
	b, err := os.ReadFile(filepath.Join(dir, "killings.json"))
	if err == nil {
		err = json.Unmarshal(b, &killings)
	}
	if err != nil || len(killings) != len(mutants) {
		t.Fatalf("%d mutants, and the battery tells of %d: %v", len(mutants), len(killings), err)
	}
	return killings
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, &errs)
	}
	return out
}

// typed reads the package without its tests and gives its files with the types
// of their expressions.
func typed(t *testing.T, set *token.FileSet) (map[string]*ast.File, *types.Info) {
	t.Helper()
	exports := map[string]string{}
	for line := range strings.Lines(string(run(t, "go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", "."))) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[path] = file
	}
	var list struct{ GoFiles []string }
	if err := json.Unmarshal(run(t, "go", "list", "-json=GoFiles", "."), &list); err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	var all []*ast.File
	for _, name := range list.GoFiles {
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f
		all = append(all, f)
	}
	conf := types.Config{Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if _, err := conf.Check("portfolio", set, all, info); err != nil {
		t.Fatal(err)
	}
	return files, info
}
