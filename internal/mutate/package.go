package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// A goPackage is a package's sources as the go command builds them here, without tests.
type goPackage struct {
	path    string
	dir     string
	sources []source
	files   *token.FileSet
	exports map[string]string // the compiled packages that it imports
}

// A source is one file.
type source struct {
	name   string // the folder as it was named, and the file
	path   string
	bytes  []byte
	syntax *ast.File
	files  *token.FileSet
}

func (s *source) offset(at token.Pos) int { return s.files.Position(at).Offset }

func (s *source) text(n ast.Node) string {
	return string(s.bytes[s.offset(n.Pos()):s.offset(n.End())])
}

// load asks the go command for a package, and for what it and the guards import.
func load(ctx context.Context, folder string) (*goPackage, error) {
	out, err := goCommand(ctx, "list", "-export", "-deps", "-json=Dir,ImportPath,Export,GoFiles,DepOnly,Standard", folder, "cmp", "os", "strconv", "sync/atomic")
	if err != nil {
		return nil, err
	}
	p := &goPackage{files: token.NewFileSet(), exports: map[string]string{}}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var listed struct {
			Dir, ImportPath, Export string
			GoFiles                 []string
			DepOnly, Standard       bool
		}
		if err := d.Decode(&listed); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("what go list says: %w", err)
		}
		p.exports[listed.ImportPath] = listed.Export
		if listed.DepOnly || listed.Standard {
			continue
		}
		p.path, p.dir = listed.ImportPath, listed.Dir
		for _, name := range listed.GoFiles {
			s, err := p.read(folder, name)
			if err != nil {
				return nil, err
			}
			p.sources = append(p.sources, s)
		}
	}
	if len(p.sources) == 0 {
		return nil, fmt.Errorf("%s: no package with Go files", folder)
	}
	return p, nil
}

func (p *goPackage) read(folder, name string) (s source, err error) {
	s = source{name: filepath.Join(folder, name), path: filepath.Join(p.dir, name), files: p.files}
	if s.bytes, err = os.ReadFile(s.path); err != nil {
		return s, err
	}
	s.syntax, err = parser.ParseFile(p.files, s.path, s.bytes, parser.ParseComments|parser.SkipObjectResolution)
	return s, err
}

// check finds the types, and reports what isn't Go.
func (p *goPackage) check(files *token.FileSet, syntax []*ast.File, report func(types.Error)) *types.Info {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	lookup := func(path string) (io.ReadCloser, error) {
		name, ok := p.exports[path]
		if !ok || name == "" {
			return nil, fmt.Errorf("%s isn't imported by %s", path, p.path)
		}
		return os.Open(name)
	}
	config := types.Config{
		Importer: importer.ForCompiler(files, "gc", lookup),
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) && !e.Soft {
				report(e)
			}
		},
	}
	_, _ = config.Check(p.path, files, syntax, info) // each error was reported
	return info
}

// goCommand runs the go command and returns what it prints.
func goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s%s", args[0], err, stderr.Bytes(), out)
	}
	return out, nil
}
