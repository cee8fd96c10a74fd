package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"testing"
)

// roleName are the names of what the rule weighs, roleText the words for them,
// and weighed the fields that hold them.
var (
	roleName = regexp.MustCompile(`^(Hat|Relation|Duty|Order)[A-Z]\w*$|^Kind(Student|Guardian|Staff|Other|Link)$`)
	roleText = regexp.MustCompile(`^(student|guardian|staff|admin|fg|teacher|mentor|care|management|emergency|legal_parent|carer|supervisor|curator|officer|no_information|no_contact|inform|secret_address)$`)
	weighed  = regexp.MustCompile(`^(Hat|Birth|Verified|Deceased|Age)$`)
)

// TestRolesAgesAndCustodyAreComparedInOnePlace looks at every comparison and
// every case of a switch outside portfolio/inspect.go.
func TestRolesAgesAndCustodyAreComparedInOnePlace(t *testing.T) {
	inTheRule := 0
	eachFile(t, func(file string, f *ast.File, set *token.FileSet) {
		for _, n := range comparisons(f) {
			switch {
			case file == "portfolio/inspect.go":
				inTheRule++
			default:
				t.Errorf("%s: a role, age or custody is compared outside portfolio/inspect.go", set.Position(n.Pos()))
			}
		}
	})
	if inTheRule < 20 {
		t.Errorf("only %d comparisons found in the rule itself: is the test blind?", inTheRule)
	}
}

// comparisons finds where something that the rule weighs is compared.
func comparisons(f *ast.File) (out []ast.Expr) {
	look := func(x ast.Expr) {
		if weighs(x) {
			out = append(out, x)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			switch n.Op {
			case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
				// Comparing with nothing at all ("is a hat on?") weighs nothing.
				if lit, ok := n.Y.(*ast.BasicLit); ok && (lit.Value == `""` || lit.Value == "0") {
					return true
				}
				// Neither does "the same as that one".
				if (n.Op == token.EQL || n.Op == token.NEQ) && variable(n.X) && variable(n.Y) {
					return true
				}
				look(n.X)
				look(n.Y)
			}
		case *ast.SwitchStmt:
			if n.Tag != nil {
				look(n.Tag)
			}
		case *ast.CaseClause:
			for _, x := range n.List {
				look(x)
			}
		}
		return true
	})
	return out
}

// variable tells whether an expression is no constant: a variable, a field, or
// an empty value.
func variable(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return !roleName.MatchString(x.Name)
	case *ast.SelectorExpr:
		return !roleName.MatchString(x.Sel.Name)
	case *ast.CompositeLit:
		return len(x.Elts) == 0
	}
	return false
}

// weighs tells whether an expression by itself names something the rule weighs.
func weighs(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return roleName.MatchString(x.Name)
	case *ast.SelectorExpr:
		return roleName.MatchString(x.Sel.Name) || weighed.MatchString(x.Sel.Name) || weighs(x.X)
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return err == nil && x.Kind == token.STRING && roleText.MatchString(s)
	case *ast.ParenExpr:
		return weighs(x.X)
	}
	return false
}
