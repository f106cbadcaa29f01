package main

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestLines: it is as short as it claims to be. What counts are the lines that have
// code, without the package's name and the imports.
func TestLines(t *testing.T) {
	src := testkeys.ReadFile(t, "main.go")
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, "main.go", src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	after := fset.Position(parsed.Decls[len(parsed.Decls)-1].End()).Line
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("main.go", -1, len(src))
	s.Init(file, src, nil, 0) // without comments
	lines := map[int]bool{}
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			break
		}
		if line := file.Line(pos); line > after && (tok != token.SEMICOLON || text == ";") {
			lines[line] = true
		}
	}
	t.Logf("%d lines", len(lines))
	if len(lines) >= 80 || len(lines) < 40 {
		t.Errorf("%d lines", len(lines))
	}
}
