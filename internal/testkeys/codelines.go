package testkeys

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"path/filepath"
	"testing"
)

// CodeLines counts the lines of a Go file that have code, without the package's name
// and the imports: what somebody reads who copies it.
func CodeLines(tb testing.TB, name string) int {
	tb.Helper()
	src := readFile(tb, filepath.Dir(name), filepath.Base(name))
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, src, parser.ImportsOnly)
	if err != nil {
		tb.Fatal(err)
	}
	after := fset.Position(parsed.Name.End()).Line
	if n := len(parsed.Decls); n > 0 {
		after = fset.Position(parsed.Decls[n-1].End()).Line
	}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile(name, -1, len(src))
	s.Init(file, src, nil, 0) // without comments
	lines := map[int]bool{}
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if line := file.Line(pos); line > after && (tok != token.SEMICOLON || text == ";") {
			lines[line] = true
		}
	}
}
