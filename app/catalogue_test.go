package app

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"kaft/portfolio"
	"kaft/static"
)

func TestEveryLanguageHasTheSameKeysFormsAndHoles(t *testing.T) {
	base := texts(t, Languages[0])
	for _, lang := range Languages[1:] {
		other := texts(t, lang)
		for key, forms := range base {
			if other[key] == nil {
				t.Errorf("%s.json has no %q", lang, key)
				continue
			}
			if (forms["one"] == "") != (other[key]["one"] == "") {
				t.Errorf("%q has a form for one in one language and not in %s", key, lang)
			}
			if got, want := holesOf(other[key]), holesOf(forms); !slices.Equal(got, want) {
				t.Errorf("%q has the holes %v in %s, want %v", key, got, lang, want)
			}
		}
		for key := range other {
			if base[key] == nil {
				t.Errorf("%s.json alone has %q", lang, key)
			}
		}
	}
}

func TestNoTextIsEmpty(t *testing.T) {
	for _, lang := range Languages {
		for key, forms := range texts(t, lang) {
			if len(forms) == 0 || forms["other"] == "" {
				t.Errorf("%s: %q has no text", lang, key)
			}
			for form, text := range forms {
				if form != "one" && form != "other" {
					t.Errorf("%s: %q has the form %q", lang, key, form)
				}
				if strings.TrimSpace(text) != text || text == "" {
					t.Errorf("%s: %q is %q", lang, key, text)
				}
			}
		}
	}
}

// The form of the files is that of json.MarshalIndent, and of "jq -S .": sorted
// by key, two spaces, so that several people can add lines at once.
func TestTheFilesAreSortedAndIndented(t *testing.T) {
	for _, lang := range Languages {
		raw, err := locales.ReadFile("locales/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var entries map[string]any
		if err := json.Unmarshal(raw, &entries); err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(entries); err != nil {
			t.Fatal(err)
		}
		got, wanted := strings.Split(string(raw), "\n"), strings.Split(want.String(), "\n")
		for i := range min(len(got), len(wanted)) {
			if got[i] != wanted[i] {
				t.Errorf("%s.json:%d: %s, want %s (a key twice, or not sorted?)", lang, i+1, got[i], wanted[i])
				break
			}
		}
		if len(got) != len(wanted) {
			t.Errorf("%s.json has %d lines, want %d", lang, len(got), len(wanted))
		}
	}
}

func TestEveryKeyThatIsUsedExistsWithTheHolesItsTextHas(t *testing.T) {
	known := texts(t, Languages[0])
	told := map[string]bool{}
	for _, u := range usesOfKeys(t) {
		forms, exists := known[u.key]
		switch {
		case strings.HasSuffix(u.key, "."):
			if u.must && !hasPrefix(known, u.key) {
				t.Errorf("%s: no key begins with %q", u.where, u.key)
			}
		case u.must && !exists && !told[u.key]:
			t.Errorf("%s: %q is not in the catalogue", u.where, u.key)
			told[u.key] = true
		case u.must && u.holes != nil:
			for _, hole := range holesOf(forms) {
				if strings.HasPrefix(hole, "{{") && !slices.Contains(u.holes, strings.Trim(hole, "{.}")) {
					t.Errorf("%s: %q has %s, and gets only %v", u.where, u.key, hole, u.holes)
				}
			}
		}
	}
}

func TestEveryKeyIsUsed(t *testing.T) {
	uses := usesOfKeys(t)
	for key := range texts(t, Languages[0]) {
		if !slices.ContainsFunc(uses, func(u keyUse) bool {
			return u.key == key || strings.HasSuffix(u.key, ".") && strings.HasPrefix(key, u.key)
		}) {
			t.Errorf("%q is used nowhere", key)
		}
	}
}

// A script has no text of its own: what it says is an attribute of the
// template that names it.
func TestEverySentenceOfAScriptIsInATemplate(t *testing.T) {
	markup := ""
	for _, name := range templateFiles(t) {
		b, _ := templates.ReadFile(name)
		markup += string(b)
	}
	says := regexp.MustCompile(`\bsay\(\w+, '(\w+)'|dataset\.msg(\w+)`)
	found := 0
	err := fs.WalkDir(static.FS, "js", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := static.FS.ReadFile(name)
		for _, m := range says.FindAllStringSubmatch(string(b), -1) {
			found++
			attribute := "data-msg-" + strings.ToLower(m[1]+m[2])
			if !strings.Contains(markup, attribute+`="`) && name != "js/readers.js" { // that form is a page's own
				t.Errorf("%s says %s, which no template has", name, attribute)
			}
		}
		return err
	})
	if err != nil || found < 10 {
		t.Errorf("%d sentences found, %v", found, err)
	}
}

func TestSayFillsHolesAsAReaderExpects(t *testing.T) {
	c := newCatalogue(t)
	for _, test := range []struct {
		lang, key string
		args      []any
		want      string
	}{
		{"nl", "upload.pick", nil, "Kies een bestand"},
		{"en", "upload.pick", nil, "Choose a file"},
		{"fr", "upload.pick", nil, "Kies een bestand"},
		{"nl", "upload.limit", []any{"Max", int64(2_147_000_000)}, "Een bestand mag hoogstens 2,1 GB zijn."},
		{"en", "upload.limit", []any{"Max", int64(2_147_000_000)}, "A file can be at most 2.1 GB."},
		{"nl", "error.too_long", []any{"Field", "title", "Max", 200, "Count", 10000}, "Dit is te lang: de titel. Het mag hoogstens 200 tekens zijn, nu zijn het er 10.000."},
		{"en", "error.date", []any{"Date", portfolio.Date(20261103)}, "3 November 2026 is not a date. Write it as 2026-11-21."},
		{"nl", "stijl.confirm_text", []any{"Count", 1}, "Nu ziet 1 kind dit. Goed zo?"},
		{"nl", "stijl.confirm_text", []any{"Count", 24}, "Nu zien 24 kinderen dit. Goed zo?"},
		{"en", "stijl.confirm_text", []any{"Count", 1}, "Now 1 child will see this. Is that right?"},
		{"en", "no.such.key", nil, "⟦no.such.key⟧"},
		{"nl", "upload.limit", nil, "⟦upload.limit⟧"},
		{"nl", "stijl.confirm_text", nil, "⟦stijl.confirm_text⟧"},
	} {
		if got := c.Say(test.lang, test.key, test.args...); got != test.want {
			t.Errorf("%s %s %v: got %q, want %q", test.lang, test.key, test.args, got, test.want)
		}
	}
	e := portfolio.E(portfolio.Invalid, "error.empty", "Field", "text")
	if got, want := c.SayError("en", e), "Please fill in: the text."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDatesTimesAndSizesInBothLanguages(t *testing.T) {
	c := newCatalogue(t)
	// Just past midnight in Amsterdam, still the day before in London.
	at := time.Date(2026, 11, 11, 23, 3, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{c.Day("nl", at), "12 november"},
		{c.Day("en", at), "12 November"},
		{c.Date("nl", at), "12 november 2026"},
		{c.ShortDate("nl", portfolio.Date(20261103)), "3 nov 2026"},
		{c.ShortDate("nl", portfolio.Date(20270320)), "20 mrt 2027"},
		{c.ShortDate("en", portfolio.Date(20270520)), "20 May 2027"},
		{c.Day("nl", portfolio.Date(0)) + c.Date("nl", time.Time{}) + c.ShortDate("nl", nil) + c.Month("nl", nil), ""},
		{c.Clock(at), "00:03"},
		{c.Clock(time.Date(2026, 7, 1, 12, 3, 0, 0, time.UTC)), "14:03"},
		{c.Number("nl", 1234567), "1.234.567"},
		{c.Number("en", -1234), "-1,234"},
		{c.Number("nl", 999), "999"},
		{c.Size("nl", 0), "0 bytes"},
		{c.Size("nl", 1), "1 byte"},
		{c.Size("nl", 999), "999 bytes"},
		{c.Size("nl", 1000), "1 kB"},
		{c.Size("nl", 12_345), "12 kB"},
		{c.Size("nl", 999_700), "1 MB"},
		{c.Size("nl", 2_140_000), "2,1 MB"},
		{c.Size("en", 2_140_000), "2.1 MB"},
		{c.Size("nl", 1_900_000_000), "1,9 GB"},
		{c.Size("nl", 5_000_000_000_000_000), "5000 TB"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestTheLanguageIsTheChosenElseTheBrowsersElseDutch(t *testing.T) {
	c := newCatalogue(t)
	for _, test := range []struct{ cookie, accept, want string }{
		{"en", "nl", "en"},
		{"nl", "en", "nl"},
		{"", "en-GB,en;q=0.9,nl;q=0.8", "en"},
		{"", "nl-BE,nl;q=0.9,en;q=0.8", "nl"},
		{"", "fr,en;q=0.5", "en"},
		{"", "fr,ar;q=0.5", "nl"},
		{"", "", "nl"},
		{"", ";;;", "nl"},
		{"../../etc", "en", "en"},
	} {
		if got := c.Choose(test.cookie, test.accept); got != test.want {
			t.Errorf("cookie %q, Accept-Language %q: got %s, want %s", test.cookie, test.accept, got, test.want)
		}
	}
	if got := c.Others("nl"); !slices.Equal(got, []string{"en"}) {
		t.Errorf("others than nl: %v", got)
	}
}

func BenchmarkSay(b *testing.B) {
	c, err := NewCatalogue()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			c.Say("en", "upload.pick")
		}
	})
	b.Run("holes", func(b *testing.B) {
		for b.Loop() {
			c.Say("en", "stijl.confirm_text", "Count", 24)
		}
	})
}

func newCatalogue(t *testing.T) *Catalogue {
	t.Helper()
	c, err := NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func texts(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	all, err := readTexts("locales/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// holesOf are the holes of all forms of a text together, sorted.
func holesOf(forms map[string]string) []string {
	holes := []string{}
	for _, text := range forms {
		holes = append(holes, regexp.MustCompile(`\{\{\.\w+\}\}|\{\w+\}`).FindAllString(text, -1)...)
	}
	slices.Sort(holes)
	return slices.Compact(holes)
}

func hasPrefix(known map[string]map[string]string, prefix string) bool {
	for key := range known {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// keyUse is a place that names a key, or, with a dot at the end, the beginning
// of one.
type keyUse struct {
	where, key string
	must       bool     // it is certainly meant as a key
	holes      []string // the names given with it; nil when that cannot be read here
}

func usesOfKeys(t *testing.T) []keyUse {
	t.Helper()
	uses := usesInTemplates(t)
	for _, dir := range []string{"../portfolio", "../chat", "../export", "../cmd", "."} {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Name() == "storetest" { // a test itself
				return filepath.SkipDir
			}
			if err == nil && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
				uses = append(uses, usesInGo(t, name)...)
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return uses
}

// certain are the beginnings of keys that no other text in the code has.
var certain = regexp.MustCompile(`^(error|nav|role|hat|done)\.[a-z0-9_.]*[a-z0-9_]$`)

func usesInGo(t *testing.T, name string) []keyUse {
	t.Helper()
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var uses []keyUse
	where := func(n ast.Node) string { return files.Position(n.Pos()).String() }
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if text, ok := literal(n); ok && regexp.MustCompile(`^[a-z][a-z0-9_.]*\.[a-z0-9_.]*$`).MatchString(text) {
				uses = append(uses, keyUse{where: where(n), key: text, must: certain.MatchString(text)})
			}
		case *ast.CallExpr:
			at, ok := map[string]int{"E": 1, "Say": 1, "say": 0}[called(n.Fun)]
			if !ok || len(n.Args) <= at {
				return true
			}
			key, ok := literal(n.Args[at])
			if !ok || strings.HasSuffix(key, ".") {
				return true
			}
			u := keyUse{where: where(n), key: key, must: true, holes: []string{}}
			for i := at + 1; i < len(n.Args); i += 2 {
				hole, ok := literal(n.Args[i])
				if !ok || n.Ellipsis.IsValid() {
					u.holes = nil
					break
				}
				u.holes = append(u.holes, hole)
				if hole == "Field" && i+1 < len(n.Args) {
					if field, ok := literal(n.Args[i+1]); ok {
						uses = append(uses, keyUse{where: where(n), key: "field." + field, must: true})
					}
				}
			}
			uses = append(uses, u)
		}
		return true
	})
	return uses
}

func called(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func templateFiles(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(templates, "templates", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func usesInTemplates(t *testing.T) []keyUse {
	t.Helper()
	builtins := map[string]any{}
	for _, name := range []string{"print", "printf", "index", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "len", "slice", "html", "urlquery", "js", "println", "call"} {
		builtins[name] = true
	}
	funcs := (&Views{catalogue: newCatalogue(t)}).funcs("nl", nil)
	var uses []keyUse
	for _, name := range templateFiles(t) {
		text, err := templates.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		trees, err := parse.Parse(name, string(text), "{{", "}}", funcs, builtins)
		if err != nil {
			t.Fatal(err)
		}
		for _, tree := range trees {
			walkTemplate(tree.Root, func(c *parse.CommandNode) {
				uses = append(uses, useInCommand(tree, c)...)
			})
		}
	}
	return uses
}

func useInCommand(tree *parse.Tree, c *parse.CommandNode) []keyUse {
	name, ok := c.Args[0].(*parse.IdentifierNode)
	at := map[string]int{"t": 1, "tin": 2}
	if !ok || at[name.Ident] == 0 || len(c.Args) <= at[name.Ident] {
		return nil
	}
	where, _ := tree.ErrorContext(c)
	switch key := c.Args[at[name.Ident]].(type) {
	case *parse.StringNode:
		u := keyUse{where: where, key: key.Text, must: true, holes: []string{}}
		for i := at[name.Ident] + 1; i < len(c.Args); i += 2 {
			if hole, ok := c.Args[i].(*parse.StringNode); ok {
				u.holes = append(u.holes, hole.Text)
			}
		}
		return []keyUse{u}
	case *parse.PipeNode: // (print "level." .Level)
		if made := key.Cmds[0].Args; len(made) > 1 {
			if prefix, ok := made[1].(*parse.StringNode); ok {
				return []keyUse{{where: where, key: prefix.Text, must: true}}
			}
		}
	}
	return nil
}

// walkTemplate calls do for every command in n.
func walkTemplate(n parse.Node, do func(*parse.CommandNode)) {
	branch := func(b *parse.BranchNode) {
		walkTemplate(b.Pipe, do)
		walkTemplate(b.List, do)
		if b.ElseList != nil {
			walkTemplate(b.ElseList, do)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			walkTemplate(child, do)
		}
	case *parse.ActionNode:
		walkTemplate(n.Pipe, do)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walkTemplate(n.Pipe, do)
		}
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			walkTemplate(c, do)
		}
	case *parse.CommandNode:
		do(n)
		for _, arg := range n.Args {
			walkTemplate(arg, do)
		}
	}
}
