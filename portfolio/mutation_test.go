package portfolio

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
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
			out = append(out, choosing...)
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

// choosing is what the copy asks at every place.
const choosing = `
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

// copier makes the copies and numbers the places, from 1.
type copier struct {
	set     *token.FileSet
	info    *types.Info
	mutants []mutant
	sites   int
	seen    map[string]int // how often a function holds the same text

	file     string
	src      []byte
	function string
	changes  []change
}

// change puts text around a part of the source, or in its place.
type change struct {
	from, to      int
	before, after string
	instead       bool
}

func (c *copier) copy(name string, src []byte, f *ast.File) []byte {
	c.file, c.src, c.changes = name, src, nil
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok {
			c.function = d.Name.Name
			c.statement(d.Body)
		}
	}
	return c.changed()
}

// changed applies the changes. They nest: of those that begin or end at one
// place the wider begins first and ends last.
func (c *copier) changed() []byte {
	type edit struct {
		at, cut int
		text    string
		opens   bool
		width   int
	}
	var edits []edit
	for _, x := range c.changes {
		width := x.to - x.from
		if x.instead {
			edits = append(edits, edit{x.from, width, x.before, true, width})
			continue
		}
		edits = append(edits, edit{x.from, 0, x.before, true, width}, edit{x.to, 0, x.after, false, width})
	}
	slices.SortStableFunc(edits, func(a, b edit) int {
		switch {
		case a.at != b.at:
			return cmp.Compare(a.at, b.at)
		case a.opens != b.opens && a.opens:
			return 1
		case a.opens != b.opens:
			return -1
		case a.opens:
			return cmp.Compare(b.width, a.width)
		}
		return cmp.Compare(a.width, b.width)
	})
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(c.src[at:e.at])
		out.WriteString(e.text)
		at = e.at + e.cut
	}
	out.Write(c.src[at:])
	return out.Bytes()
}

func (c *copier) offset(p token.Pos) int { return c.set.Position(p).Offset }

func (c *copier) text(n ast.Node) string { return string(c.src[c.offset(n.Pos()):c.offset(n.End())]) }

// place numbers a place and notes its mutants.
func (c *copier) place(n ast.Node, text string, mutations ...string) int {
	c.sites++
	text = strings.Join(strings.Fields(text), " ")
	same := c.function + ": " + text
	if c.seen[same]++; c.seen[same] > 1 {
		same += fmt.Sprintf(" (%d)", c.seen[same])
	}
	for _, m := range mutations {
		c.mutants = append(c.mutants, mutant{c.sites, m, same + " " + m, fmt.Sprintf("%s:%d", c.file, c.set.Position(n.Pos()).Line)})
	}
	return c.sites
}

func (c *copier) around(n ast.Node, before, after string) {
	c.changes = append(c.changes, change{from: c.offset(n.Pos()), to: c.offset(n.End()), before: before, after: after})
}

// statement copies a statement and everything in it.
func (c *copier) statement(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			c.plain(n.List)
		case *ast.CaseClause:
			c.plain(n.Body)
		case *ast.SwitchStmt:
			if n.Tag != nil { // becomes a switch on conditions
				c.changes = append(c.changes, change{from: c.offset(n.Tag.Pos()), to: c.offset(n.Tag.End()), instead: true})
				for _, clause := range n.Body.List {
					for _, x := range clause.(*ast.CaseClause).List {
						text := c.text(n.Tag) + " == " + c.text(x)
						c.around(x, fmt.Sprintf("mutantCond(%d, %s == ", c.place(x, text, isTrue, isFalse, inverted), c.text(n.Tag)), ", false)")
					}
				}
			}
		case *ast.AssignStmt:
			for _, x := range n.Rhs {
				c.statement(x)
			}
			return false
		case *ast.KeyValueExpr:
			c.statement(n.Value)
			return false
		case ast.Expr:
			if c.isBool(n) {
				c.condition(n, isTrue, isFalse, inverted)
				return false
			}
		}
		return true
	})
}

// plain copies statements that do one thing, so that each can be left out.
func (c *copier) plain(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.ExprStmt, *ast.IncDecStmt:
		default:
			continue
		}
		c.around(s, fmt.Sprintf("if mutantKeeps(%d) { ", c.place(s, c.text(s), leftOut)), " }")
	}
}

func (c *copier) isBool(x ast.Expr) bool {
	tv, ok := c.info.Types[x]
	if !ok || !tv.IsValue() {
		return false
	}
	b, ok := tv.Type.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// condition copies an expression that is true or false. Of what is said twice
// it makes one mutant: one operand of && that is false makes the whole false,
// and an operand that is inverted by ! is inverted already.
func (c *copier) condition(x ast.Expr, mutations ...string) {
	without := func(m string) []string {
		return slices.DeleteFunc([]string{isTrue, isFalse, inverted}, func(x string) bool { return x == m })
	}
	boundary := "false"
	switch x := x.(type) {
	case *ast.ParenExpr:
		c.condition(x.X, mutations...)
		return
	case *ast.UnaryExpr:
		if y, ok := ast.Unparen(x.X).(*ast.BinaryExpr); ok {
			c.condition(y, isTrue, isFalse)
		} else {
			c.inside(x.X)
		}
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND:
			c.condition(x.X, without(isFalse)...)
			c.condition(x.Y, without(isFalse)...)
		case token.LOR:
			c.condition(x.X, without(isTrue)...)
			c.condition(x.Y, without(isTrue)...)
		case token.LSS, token.LEQ, token.GTR, token.GEQ:
			boundary = c.text(x.X) + " == " + c.text(x.Y)
			mutations = append(slices.Clone(mutations), moved)
			fallthrough
		default:
			c.statement(x.X)
			c.statement(x.Y)
		}
	default:
		c.inside(x)
	}
	if c.info.Types[x].Value != nil { // true or false itself
		mutations = []string{inverted}
	}
	c.around(x, fmt.Sprintf("mutantCond(%d, ", c.place(x, c.text(x), mutations...)), ", "+boundary+")")
}

// inside copies the arguments of a call; other conditions have nothing inside.
func (c *copier) inside(x ast.Expr) {
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok {
		for _, arg := range call.Args {
			c.statement(arg)
		}
	}
}
