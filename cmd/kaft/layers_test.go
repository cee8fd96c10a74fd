package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// layers is the table of which of our packages each may import. Who is not
// named here fails the test, so a new package is a decision.
var layers = map[string][]string{
	"static":          {},
	"portfolio":       {},
	"chat":            {"portfolio", "export/prose"},
	"export/prose":    {},
	"export/handover": {"portfolio"},
	"export":          {"portfolio", "export/prose", "export/handover"},
	"app":             {"portfolio", "export/prose", "export/handover", "chat", "export", "static"},
	"app/localstore":  {"portfolio"},
	"app/natsbus":     {"portfolio"},
	"app/storetest":   {"portfolio"},
	"app/demo":        {"portfolio", "chat"},
	"cmd/kaft":        {"app", "app/demo", "app/localstore", "app/natsbus", "chat", "export", "portfolio"},
	"cmd/kaftload":    {"app/localstore", "chat", "portfolio"},
}

// only lists files that alone may import a module.
var only = map[string][]string{
	"github.com/gorilla/websocket":       {"app/socket.go", "cmd/kaftload/tab.go"}, // the server's end, and a client's
	"github.com/gabriel-vasile/mimetype": {"app/upload.go"},
}

// eachFile parses every Go file of the project that is no test.
func eachFile(t *testing.T, do func(file string, f *ast.File, set *token.FileSet)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != root && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, p, nil, 0)
		if err != nil {
			return err
		}
		do(filepath.ToSlash(rel), f, set)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportsRunOneWay(t *testing.T) {
	seen := 0
	eachFile(t, func(file string, f *ast.File, _ *token.FileSet) {
		seen++
		dir := path.Dir(file)
		may, known := layers[dir]
		if !known {
			t.Errorf("%s: package %s is not in the table of layers", file, dir)
			return
		}
		for _, im := range f.Imports {
			what, _ := strconv.Unquote(im.Path.Value)
			if ours, ok := strings.CutPrefix(what, "kaft/"); ok && !contains(may, ours) {
				t.Errorf("%s imports %s, which package %s may not", file, what, dir)
			}
			if dir == "portfolio" && strings.Contains(what, ".") {
				t.Errorf("%s imports %s: portfolio is standard library only", file, what)
			}
			if homes, ok := only[what]; ok && !contains(homes, file) {
				t.Errorf("%s imports %s: only %v may", file, what, homes)
			}
		}
	})
	if seen < 30 {
		t.Errorf("only %d files seen: is the test looking in the right place?", seen)
	}
}

func TestHandlersHoldNoStore(t *testing.T) {
	eachFile(t, func(file string, f *ast.File, set *token.FileSet) {
		if dir := path.Dir(file); dir != "app" && dir != "export" && dir != "app/demo" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "portfolio" && (s.Sel.Name == "Store" || s.Sel.Name == "Files") {
					t.Errorf("%s: portfolio.%s: handlers, sockets and exports go through the Library", set.Position(n.Pos()), s.Sel.Name)
				}
			}
			return true
		})
	})
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
