package portfolio

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

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
