package main

import (
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is one change of a package, which is made while a program runs: the sources
// have all changes in them, each behind a guard that knows its number.
type mutant struct {
	number   int
	site     int    // the place in the file; what is at one place is built together or not at all
	file     string // as it was named
	line     int
	function string
	change   string // what becomes what
	again    int    // how many of the function before this have the same change
}

// String says where and what, without the line, which other changes move.
func (m *mutant) String() string {
	s := fmt.Sprintf("%s %s: %s", filepath.ToSlash(m.file), m.function, m.change)
	if m.again > 0 {
		s += fmt.Sprintf(" (%d)", m.again+1)
	}
	return s
}

// A rewriter puts the mutants of one file into its text.
type rewriter struct {
	source
	info     *types.Info
	first    int // the number of the file's first mutant
	function string
	seen     map[string]int
	sites    []ast.Node
	mutants  []*mutant
	inserts  []insert
}

// An insert is text that is put between what the file has.
type insert struct {
	site   int
	offset int
	closes bool
	order  int
	text   string
}

// rewrite finds the mutants of a file, and the text that has them all.
func rewrite(s source, info *types.Info, first int) *rewriter {
	r := &rewriter{source: s, info: info, first: first}
	for _, d := range s.syntax.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			r.function, r.seen = r.nameOf(f), map[string]int{}
			r.body(f.Body)
		}
	}
	return r
}

// body makes the changes of a function: conditions that hold always or never, operators
// and bounds that are another, statements that are gone, errors that aren't returned.
func (r *rewriter) body(body *ast.BlockStmt) {
	var parents []ast.Node
	ast.Inspect(body, func(n ast.Node) bool {
		if n == nil {
			parents = parents[:len(parents)-1]
			return false
		}
		var parent ast.Node
		if len(parents) > 0 {
			parent = parents[len(parents)-1]
		}
		parents = append(parents, n)
		r.sites = append(r.sites, n)
		switch n := n.(type) {
		case *ast.IfStmt:
			r.condition(n.Cond)
		case *ast.BinaryExpr:
			r.operator(n)
		case *ast.CaseClause:
			if len(n.List) == 1 && r.isBool(n.List[0]) {
				r.never(n.List[0])
			}
		case *ast.ExprStmt:
			if call, ok := n.X.(*ast.CallExpr); ok && r.show(call.Fun) != "panic" { // which may be a function's end
				r.gone(n, parent)
			}
		case *ast.IncDecStmt:
			r.gone(n, parent)
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE && n.Tok != token.ASSIGN {
				r.gone(n, parent)
			}
		case *ast.ReturnStmt:
			r.noError(n)
		}
		return true
	})
}

// add counts a mutant, and returns the guard that is true when it is made.
func (r *rewriter) add(n ast.Node, becomes string) string {
	change := fmt.Sprintf("%s -> %s", short(r.show(n)), short(becomes))
	m := &mutant{
		number: r.first + len(r.mutants), site: len(r.sites) - 1, file: r.name, line: r.files.Position(n.Pos()).Line,
		function: r.function, change: change, again: r.seen[change],
	}
	r.seen[change]++
	r.mutants = append(r.mutants, m)
	return fmt.Sprintf("mutate_made(%d)", m.number)
}

func (r *rewriter) around(n ast.Node, before, after string) {
	r.insert(n.Pos(), false, before)
	r.insert(n.End(), true, after)
}

func (r *rewriter) insert(at token.Pos, closes bool, text string) {
	r.inserts = append(r.inserts, insert{len(r.sites) - 1, r.offset(at), closes, len(r.inserts), text})
}

func (r *rewriter) condition(cond ast.Expr) {
	if r.info.Types[cond].Value != nil {
		return
	}
	never, always := r.add(cond, "("+r.show(cond)+") && false"), r.add(cond, "("+r.show(cond)+") || true")
	r.around(cond, "(", ") && !"+never+" || "+always)
}

func (r *rewriter) never(cond ast.Expr) {
	if r.info.Types[cond].Value == nil {
		r.around(cond, "(", ") && !"+r.add(cond, "("+r.show(cond)+") && false"))
	}
}

// operator makes another operator of one. What is compared or combined is still
// computed once, and the second part of && and || when it is wanted.
func (r *rewriter) operator(n *ast.BinaryExpr) {
	if r.info.Types[n].Value != nil {
		return // what a constant is has to be known before
	}
	other := func(op token.Token) string {
		return r.add(n, r.show(n.X)+" "+op.String()+" "+r.show(n.Y))
	}
	call := func(name string, guards ...string) {
		r.around(n, name+"("+strings.Join(guards, ", ")+", ", ")")
		r.insert(n.OpPos, true, ", /*")
		r.insert(n.OpPos+token.Pos(len(n.Op.String())), false, "*/ ")
	}
	switch n.Op {
	case token.EQL:
		r.around(n, "((", ") != "+other(token.NEQ)+")")
	case token.NEQ:
		r.around(n, "((", ") != "+other(token.EQL)+")")
	case token.LSS:
		call("mutate_less", other(token.LEQ), other(token.GEQ))
	case token.LEQ:
		call("mutate_atMost", other(token.LSS), other(token.GTR))
	case token.GTR:
		call("mutate_more", other(token.GEQ), other(token.LEQ))
	case token.GEQ:
		call("mutate_atLeast", other(token.GTR), other(token.LSS))
	case token.LAND:
		call("mutate_and", other(token.LOR))
		r.around(n.Y, "func() bool { return ", " }")
	case token.LOR:
		call("mutate_or", other(token.LAND))
		r.around(n.Y, "func() bool { return ", " }")
	case token.ADD, token.SUB:
		if r.is(n, types.IsNumeric) {
			call(map[token.Token]string{token.ADD: "mutate_plus", token.SUB: "mutate_minus"}[n.Op],
				other(map[token.Token]token.Token{token.ADD: token.SUB, token.SUB: token.ADD}[n.Op]))
		}
	case token.AND, token.OR:
		if r.is(n, types.IsInteger) {
			call(map[token.Token]string{token.AND: "mutate_bitAnd", token.OR: "mutate_bitOr"}[n.Op],
				other(map[token.Token]token.Token{token.AND: token.OR, token.OR: token.AND}[n.Op]))
		}
	default: // has none that it could be in the place of
	}
}

// gone is a statement that isn't run. One that is a part of another, such as what a loop
// does last, can't be.
func (r *rewriter) gone(n ast.Stmt, parent ast.Node) {
	switch parent.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		r.around(n, "if !"+r.add(n, "{ /* gone */ }")+" { ", " }")
	}
}

// noError returns no error where one was returned.
func (r *rewriter) noError(n *ast.ReturnStmt) {
	last := len(n.Results) - 1
	if last < 0 {
		return
	}
	result := n.Results[last]
	isError := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	if t := r.info.Types[result]; t.IsNil() || t.Type == nil || !types.Implements(t.Type, isError) {
		return
	}
	var values []string
	for _, v := range n.Results[:last] {
		values = append(values, r.text(v))
	}
	values = append(values, "nil")
	r.insert(n.Pos(), false, "if "+r.add(result, "nil")+" { return "+strings.Join(values, ", ")+" }; ")
}

func (r *rewriter) isBool(e ast.Expr) bool {
	t := r.info.Types[e] // of a type, too, in a switch over types
	b, ok := t.Type.(*types.Basic)
	return ok && t.IsValue() && b.Info()&types.IsBoolean != 0
}

func (r *rewriter) is(e ast.Expr, kind types.BasicInfo) bool {
	b, ok := r.info.Types[e].Type.Underlying().(*types.Basic)
	return ok && b.Info()&kind != 0
}

// rewritten is the text with all mutants but those of places that are left out, and
// where in the file what stands in the text is from.
func (r *rewriter) rewritten(out map[int]bool) (text string, original func(offset int) int) {
	inserts := slices.DeleteFunc(slices.Clone(r.inserts), func(i insert) bool { return out[i.site] })
	slices.SortStableFunc(inserts, inOrder)
	var b strings.Builder
	ends := make([]int, len(inserts)) // in the text
	at := 0
	for n, i := range inserts {
		b.Write(r.bytes[at:i.offset])
		b.WriteString(i.text)
		at, ends[n] = i.offset, b.Len()
	}
	b.Write(r.bytes[at:])
	return b.String(), func(offset int) int {
		n, _ := slices.BinarySearch(ends, offset+1)
		if n == 0 {
			return offset
		}
		return inserts[n-1].offset + offset - ends[n-1]
	}
}

// inOrder sorts what is inserted: at one place, what ends comes before what begins, and
// inner things are within outer ones, which were found before them.
func inOrder(a, b insert) int {
	switch {
	case a.offset != b.offset:
		return a.offset - b.offset
	case a.closes && b.closes:
		return b.order - a.order
	case a.closes:
		return -1
	case b.closes:
		return 1
	}
	return a.order - b.order
}

// siteAt is the innermost place with mutants that has an offset, or -1.
func (r *rewriter) siteAt(offset int, out map[int]bool) int {
	site := -1
	for _, m := range r.mutants { // outer ones come first
		n := r.sites[m.site]
		if !out[m.site] && r.offset(n.Pos()) <= offset && offset <= r.offset(n.End()) {
			site = m.site
		}
	}
	return site
}

func (r *rewriter) nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	return "(" + r.show(f.Recv.List[0].Type) + ")." + f.Name.Name
}

func (r *rewriter) show(n ast.Node) string {
	var b strings.Builder
	_ = printer.Fprint(&b, r.files, n) // a Builder never fails
	return strings.Join(strings.Fields(b.String()), " ")
}

// short is a text that fits into a line.
func short(text string) string {
	const limit = 90
	if r := []rune(text); len(r) > limit {
		return string(r[:limit/2]) + "…" + string(r[len(r)-limit/2:])
	}
	return text
}
