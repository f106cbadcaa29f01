package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is a file with one change.
type mutant struct {
	file     string // as the go command finds it
	function string
	change   string // what became what
	number   int    // among the same changes of the function
	text     string // of the whole file
}

// String says where and what, without the line, which other changes move.
func (m mutant) String() string {
	s := fmt.Sprintf("%s %s: %s", filepath.ToSlash(m.file), m.function, m.change)
	if m.number > 0 {
		s += fmt.Sprintf(" (%d)", m.number+1)
	}
	return s
}

// An edit replaces a part of a file.
type edit struct {
	from, to token.Pos
	text     string
	change   string
}

// mutants returns all mutants of a folder's files that aren't tests, in their order.
func mutants(folder, pattern string) ([]mutant, error) {
	names, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		return nil, err
	}
	var all []mutant
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || !strings.HasSuffix(name, ".go") {
			continue
		}
		found, err := mutantsOf(name)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: nothing to change in %s", folder, pattern)
	}
	return all, nil
}

func mutantsOf(name string) ([]mutant, error) {
	source, err := readFile(name)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	base := files.File(file.FileStart)
	show := func(n ast.Node) string {
		var b strings.Builder
		_ = printer.Fprint(&b, files, n) // a Builder never fails
		return strings.Join(strings.Fields(b.String()), " ")
	}
	var all []mutant
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		seen := map[string]int{}
		for _, e := range editsOf(f.Body, show) {
			m := mutant{
				file: name, function: nameOf(f, show), change: e.change, number: seen[e.change],
				text: string(source[:base.Offset(e.from)]) + e.text + string(source[base.Offset(e.to):]),
			}
			seen[e.change]++
			all = append(all, m)
		}
	}
	return all, nil
}

func nameOf(f *ast.FuncDecl, show func(ast.Node) string) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	return "(" + show(f.Recv.List[0].Type) + ")." + f.Name.Name
}

// editsOf are the changes of a function's body: conditions that hold always or never,
// operators and bounds that are another, statements that are gone, errors that aren't
// returned.
func editsOf(body *ast.BlockStmt, show func(ast.Node) string) []edit {
	var all []edit
	add := func(n ast.Node, text string) {
		all = append(all, edit{n.Pos(), n.End(), text, fmt.Sprintf("%s -> %s", short(show(n)), short(strings.TrimSpace(text)))})
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			cond := show(n.Cond)
			add(n.Cond, "("+cond+") && false")
			add(n.Cond, "("+cond+") || true")
		case *ast.BinaryExpr:
			for _, op := range others(n.Op) {
				add(n, show(n.X)+" "+op.String()+" "+show(n.Y))
			}
		case *ast.CaseClause:
			if len(n.List) == 1 && isCondition(n.List[0]) {
				add(n.List[0], "("+show(n.List[0])+") && false")
			}
		case *ast.ExprStmt:
			if _, call := n.X.(*ast.CallExpr); call {
				add(n, "{ /* gone */ }")
			}
		case *ast.IncDecStmt:
			add(n, "{ /* gone */ }")
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE && n.Tok != token.ASSIGN {
				add(n, "{ /* gone */ }")
			}
		case *ast.ReturnStmt:
			if i := len(n.Results) - 1; i >= 0 && isError(n.Results[i]) {
				add(n.Results[i], "nil")
			}
		}
		return true
	})
	return all
}

// others are the operators that an operator could be in the place of.
func others(op token.Token) []token.Token {
	return map[token.Token][]token.Token{
		token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
		token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
		token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
		token.LAND: {token.LOR}, token.LOR: {token.LAND},
		token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.AND: {token.OR}, token.OR: {token.AND},
	}[op]
}

// isCondition tells whether the expression of a case is one, as in a switch without a
// tag.
func isCondition(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return slices.Contains([]token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ, token.LAND, token.LOR}, e.Op)
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	case *ast.ParenExpr:
		return isCondition(e.X)
	case *ast.CallExpr:
		return true
	}
	return false
}

// isError tells what is returned as an error, as far as its form tells.
func isError(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "err" || strings.HasPrefix(e.Name, "err") || strings.HasPrefix(e.Name, "Err")
	case *ast.CallExpr:
		if s, ok := e.Fun.(*ast.SelectorExpr); ok {
			return s.Sel.Name == "Errorf" || s.Sel.Name == "New" || s.Sel.Name == "Join" || strings.HasPrefix(s.Sel.Name, "wrap")
		}
		if i, ok := e.Fun.(*ast.Ident); ok {
			return strings.HasPrefix(i.Name, "fail") || strings.HasPrefix(i.Name, "err")
		}
	case *ast.UnaryExpr:
		return e.Op == token.AND
	}
	return false
}

// short is a text that fits into a line.
func short(text string) string {
	const limit = 90
	if r := []rune(text); len(r) > limit {
		return string(r[:limit/2]) + "…" + string(r[len(r)-limit/2:])
	}
	return text
}
