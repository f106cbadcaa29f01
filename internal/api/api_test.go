// Package api holds the module's public surface to what docs/api.txt says, so
// that no name comes, goes or changes without a line in a diff.
package api

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

var update = flag.Bool("update", false, "write the files instead of comparing with them")

// maxNames is how many names there may be: what a reader has to learn. 100 are
// the contract, the table and the ways to carry out a plan; each kind of proof, and
// what a program demands, remembers and looks for, has some of its own.
const maxNames = 162

// TestAPI: the public packages of all modules.
func TestAPI(t *testing.T) {
	root := testkeys.Root(t)
	var dirs []string
	for _, top := range []string{"algorithm", "metadata", "template", "verify"} {
		dirs = append(dirs, folders(t, root, top)...)
	}
	text, names := surface(t, root, dirs)
	compare(t, filepath.Join(root, "docs", "api.txt"), text)
	t.Logf("%d exported names", names)
	if names > maxNames {
		t.Errorf("%d exported names, and %d are the limit", names, maxNames)
	}
}

// TestFrozen: the internal packages that the module algorithm/cosign imports.
// One version of it meets other versions of this module in somebody's build,
// so what it uses may grow and never change.
func TestFrozen(t *testing.T) {
	root := testkeys.Root(t)
	dirs := imported(t, root, filepath.Join(root, "algorithm", "cosign"))
	text, _ := surface(t, root, dirs)
	compare(t, filepath.Join(root, "docs", "api-internal.txt"), text)
}

// folders are those with Go files below top, tests and internals excepted.
func folders(t *testing.T, root, top string) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "internal" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir():
			dirs = append(dirs, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// imported are the folders of this module's internal packages that those in
// dir import, tests excepted.
func imported(t *testing.T, root, dir string) []string {
	t.Helper()
	const prefix = "github.com/relseal/relseal/internal/"
	found := map[string]bool{}
	for _, file := range goFiles(t, dir) {
		for _, spec := range file.Imports {
			if name, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), prefix); ok {
				found[filepath.Join(root, "internal", filepath.FromSlash(name))] = true
			}
		}
	}
	var dirs []string
	for dir := range found {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}

func goFiles(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

var fset = token.NewFileSet()

// surface prints the exported declarations of packages, without comments, and
// counts the names at their top.
func surface(t *testing.T, root string, dirs []string) (text string, names int) {
	t.Helper()
	var out bytes.Buffer
	for _, dir := range dirs {
		files := goFiles(t, dir)
		if len(files) == 0 {
			continue
		}
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			t.Fatal(err)
		}
		pkg, err := doc.NewFromFiles(fset, files, "github.com/relseal/relseal/"+filepath.ToSlash(rel))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "package %s\n\n", filepath.ToSlash(rel))
		p := surfacePrinter{t, &out}
		p.values(pkg.Consts)
		p.values(pkg.Vars)
		p.funcs(pkg.Funcs)
		names += count(pkg.Consts) + count(pkg.Vars) + len(pkg.Funcs) + len(pkg.Types)
		for _, typ := range pkg.Types {
			p.node(typ.Decl)
			p.values(typ.Consts)
			p.values(typ.Vars)
			p.funcs(typ.Funcs)
			p.funcs(typ.Methods)
			names += count(typ.Consts) + count(typ.Vars) + len(typ.Funcs)
		}
	}
	return out.String(), names
}

func count(values []*doc.Value) (n int) {
	for _, v := range values {
		for _, name := range v.Names {
			if ast.IsExported(name) {
				n++
			}
		}
	}
	return n
}

type surfacePrinter struct {
	t   *testing.T
	out *bytes.Buffer
}

func (p surfacePrinter) values(values []*doc.Value) {
	for _, v := range values {
		p.node(v.Decl)
	}
}

func (p surfacePrinter) funcs(funcs []*doc.Func) {
	for _, f := range funcs {
		p.node(f.Decl)
	}
}

// node prints a declaration without its comments.
func (p surfacePrinter) node(n ast.Node) {
	p.t.Helper()
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			n.Doc, n.Comment = nil, nil
		case *ast.ValueSpec:
			n.Doc, n.Comment = nil, nil
		case *ast.TypeSpec:
			n.Doc, n.Comment = nil, nil
		case *ast.GenDecl:
			n.Doc = nil
		case *ast.FuncDecl:
			n.Doc, n.Body = nil, nil
		}
		return true
	})
	// Printed without positions, so that what stood between has no effect.
	var text bytes.Buffer
	if err := (&printer.Config{Mode: printer.UseSpaces, Tabwidth: 4}).Fprint(&text, fset, n); err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(text.String()) {
		if strings.TrimSpace(line) != "" {
			p.out.WriteString(line)
		}
	}
	p.out.WriteString("\n\n")
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for _, line := range gotLines {
		if !slices.Contains(wantLines, line) {
			t.Errorf("not in %s: %s", filepath.Base(name), line)
		}
	}
	for _, line := range wantLines {
		if !slices.Contains(gotLines, line) {
			t.Errorf("gone, but in %s: %s", filepath.Base(name), line)
		}
	}
	if got != string(want) {
		t.Errorf("the public surface changed; if that is meant: go test ./internal/api -update, and read the difference")
	}
}
