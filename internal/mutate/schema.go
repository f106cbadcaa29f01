package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A schema is a package that has all of its mutants in it.
type schema struct {
	pkg     *goPackage
	files   []*rewriter
	out     []map[int]bool // by file, the places whose mutants aren't Go
	mutants []*mutant
	noGo    []*mutant
}

const guardFile = "mutate_guard.go"

// newSchema puts the mutants into the files whose names fit one of the patterns.
func newSchema(ctx context.Context, folder, patterns string) (*schema, error) {
	pkg, err := load(ctx, folder)
	if err != nil {
		return nil, err
	}
	var syntax []*ast.File
	for _, s := range pkg.sources {
		syntax = append(syntax, s.syntax)
	}
	info := pkg.check(pkg.files, syntax, func(e types.Error) { err = errors.Join(err, e) })
	if err != nil {
		return nil, err
	}
	s := &schema{pkg: pkg}
	all := 0
	for _, source := range pkg.sources {
		if fits, err := fitsOne(patterns, filepath.Base(source.name)); err != nil {
			return nil, err
		} else if fits {
			r := rewrite(source, info, all)
			all += len(r.mutants)
			s.files, s.out = append(s.files, r), append(s.out, map[int]bool{})
		}
	}
	if all == 0 {
		return nil, fmt.Errorf("%s: nothing to change in %s", folder, patterns)
	}
	if err := s.settle(); err != nil {
		return nil, err
	}
	for n, r := range s.files {
		for _, m := range r.mutants {
			if s.out[n][m.site] {
				s.noGo = append(s.noGo, m)
			} else {
				s.mutants = append(s.mutants, m)
			}
		}
	}
	return s, nil
}

func fitsOne(patterns, name string) (bool, error) {
	for pattern := range strings.SplitSeq(patterns, ",") {
		if fits, err := filepath.Match(pattern, name); fits || err != nil {
			return fits, err
		}
	}
	return false, nil
}

// has reports what is known of a mutant in these files that there isn't: the code has
// changed since.
func (s *schema) has(known map[string]string) error {
	names := map[string]bool{}
	for _, m := range s.mutants {
		names[m.String()] = true
	}
	var missing error
	for name := range known {
		here := slices.ContainsFunc(s.files, func(r *rewriter) bool {
			return strings.HasPrefix(name, filepath.ToSlash(filepath.Clean(r.name))+" ")
		})
		if here && !names[name] {
			missing = errors.Join(missing, fmt.Errorf("there is no mutant %q", name))
		}
	}
	return missing
}

// settle leaves out what isn't Go, such as a condition of a type of its own, until the
// compiler has nothing to say.
func (s *schema) settle() error {
	for {
		var failed error
		settled := true
		files := token.NewFileSet()
		syntax, originals, err := s.parse(files)
		if err != nil {
			return err
		}
		s.pkg.check(files, syntax, func(e types.Error) {
			settled = false
			at := files.Position(e.Pos)
			n := slices.IndexFunc(s.files, func(r *rewriter) bool { return r.path == at.Filename })
			if n < 0 {
				failed = errors.Join(failed, e)
				return
			}
			site := s.files[n].siteAt(originals[n](at.Offset), s.out[n])
			if site < 0 {
				failed = errors.Join(failed, e)
				return
			}
			s.out[n][site] = true
		})
		if settled || failed != nil {
			return failed
		}
	}
}

// parse reads the package as it is rewritten.
func (s *schema) parse(files *token.FileSet) (syntax []*ast.File, originals []func(int) int, err error) {
	add := func(name string, text any) {
		f, e := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
		syntax, err = append(syntax, f), errors.Join(err, e)
	}
	for n, r := range s.files {
		text, original := r.rewritten(s.out[n])
		add(r.path, text)
		originals = append(originals, original)
	}
	for _, source := range s.pkg.sources {
		if !slices.ContainsFunc(s.files, func(r *rewriter) bool { return r.path == source.path }) {
			add(source.path, source.bytes)
		}
	}
	add(guardFile, s.guard())
	return syntax, originals, err
}

func (s *schema) guard() string {
	last := s.files[len(s.files)-1]
	return guard(s.pkg.sources[0].syntax.Name.Name, last.first+len(last.mutants))
}

// overlay writes the rewritten package into a folder, and returns the file by which the
// go command takes it for the one that it is.
func (s *schema) overlay(dir string) (string, error) {
	replace := map[string]string{}
	write := func(path, text string) error {
		replace[path] = filepath.Join(dir, filepath.Base(path))
		return os.WriteFile(replace[path], []byte(text), 0o600)
	}
	for n, r := range s.files {
		text, _ := r.rewritten(s.out[n])
		if err := write(r.path, text); err != nil {
			return "", err
		}
	}
	if err := write(filepath.Join(s.pkg.dir, guardFile), s.guard()); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "overlay.json")
	return list, os.WriteFile(list, text, 0o600)
}

// A binary is a package's tests, compiled with the mutants.
type binary struct {
	name, dir string
	tests     []*test
}

// build compiles the tests of packages.
func (s *schema) build(ctx context.Context, dir string, tested []string) ([]*binary, error) {
	overlay, err := s.overlay(dir)
	if err != nil {
		return nil, err
	}
	out, err := goCommand(ctx, append([]string{"list", "-f", "{{.ImportPath}}\t{{.Dir}}"}, tested...)...)
	if err != nil {
		return nil, err
	}
	var all []*binary
	for line := range strings.Lines(string(out)) {
		path, where, _ := strings.Cut(strings.TrimSpace(line), "\t")
		b := &binary{name: filepath.Join(dir, fmt.Sprintf("%d.test", len(all))), dir: where}
		if _, err := goCommand(ctx, "test", "-c", "-vet=off", "-overlay", overlay, "-o", b.name, path); err != nil {
			return nil, err
		}
		if _, err := os.Stat(b.name); err != nil {
			return nil, fmt.Errorf("%s has no tests: %w", path, err)
		}
		all = append(all, b)
	}
	return all, nil
}
