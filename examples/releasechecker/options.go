package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/relseal/relseal/examples/internal/demands"
)

// options are what the command line says.
type options struct {
	manifest, release string
	targets           []string
	table, at         string
	vars              map[string]string
	dir, list, jobs   string
	artifacts         []string // URLs, or with dir names
	demands           demands.Flags
	allowEmpty        bool
	lint              bool
	format            string // "": what fits the output
	saves             []save
	concurrency       int

	transport http.RoundTripper // nil: Go's own
}

// A save is a form that goes to a file.
type save struct{ format, file string }

const maxConcurrency = 1024

func (o *options) flags() *flag.FlagSet {
	fs := newFlags()
	fs.StringVar(&o.manifest, "manifest", "", "the package's Cargo.toml `file`: all its targets are checked")
	fs.Func("target", "a target `triple` that the release must have; may be repeated", o.addTarget)
	fs.StringVar(&o.release, "release", "", "the `version` to check, where it isn't the manifest's")
	fs.StringVar(&o.table, "table", "", "the `file` with the signing table, for artifacts that are named by --dir, --list or URLs, or for --jobs that have none")
	fs.StringVar(&o.at, "at", "", "the dotted `path` of the signing table in that file")
	fs.Func("var", "a template variable for --table, as `key=value`; may be repeated", o.addVar)
	fs.StringVar(&o.dir, "dir", "", "the `folder` that will be published: URLs stand for the files in it")
	fs.StringVar(&o.list, "list", "", "a `file` of URLs, one a line, or - for standard input")
	fs.StringVar(&o.jobs, "jobs", "", "a `file` of jobs, a JSON object a line, or - for standard input")
	fs.BoolVar(&o.allowEmpty, "allow-empty", false, "accept --jobs without a job, as of a share that has got none")
	fs.BoolVar(&o.lint, "lint", false, "tell as well what is wrong with the tables, or soon will be (docs/lint.md)")
	o.demands.Register(fs)
	fs.StringVar(&o.format, "format", "", "the `form` of standard output: "+strings.Join(formats(), ", ")+" (default table on a terminal, ndjson for --jobs, or else lines)")
	fs.Func("save", "write a form to a file besides, as `format=file`; may be repeated", o.addSave)
	fs.IntVar(&o.concurrency, "concurrency", 4*runtime.GOMAXPROCS(0), "`how many` artifacts are checked at a time")
	return fs
}

func parse(args []string) (*options, error) {
	o := &options{vars: map[string]string{}}
	fs := o.flags()
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, fmt.Errorf("%w; --help has all flags", err)
	}
	o.artifacts = fs.Args()
	if i := slices.IndexFunc(o.artifacts, func(a string) bool { return strings.HasPrefix(a, "-") }); i >= 0 {
		return nil, fmt.Errorf("%q stands behind what to check: flags go before it", o.artifacts[i])
	}
	for _, check := range []func() error{o.checkSource, o.checkManifest, o.checkTable, o.checkForms, o.demands.Check} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// checkSource demands one thing to check.
func (o *options) checkSource() error {
	named := len(o.artifacts) > 0
	switch {
	case o.manifest == "" && o.table == "" && o.jobs == "":
		return errors.New("what is to be checked? Give --manifest Cargo.toml, --table FILE with --dir or URLs, or --jobs FILE; --help begins with examples")
	case o.manifest != "" && (o.table != "" || o.jobs != ""):
		return errors.New("--manifest goes without --table and --jobs")
	case o.manifest != "" && (named || o.list != ""):
		return errors.New("--manifest says itself which artifacts there are; to check URLs or files give --table in its place, which takes a Cargo.toml as well")
	case o.jobs != "" && (named || o.list != "" || o.dir != "" || o.lint):
		return errors.New("--jobs has all that is to be checked: it goes without --dir, --list, --lint and URLs")
	case o.allowEmpty && o.jobs == "":
		return errors.New("--allow-empty goes with --jobs")
	case o.list != "" && (named || o.dir != ""):
		return errors.New("--list goes without --dir and without further URLs")
	case o.table != "" && o.jobs == "" && o.dir == "" && o.list == "" && !named:
		return errors.New("--table needs artifacts: --dir FOLDER, --list FILE or URLs")
	}
	return nil
}

func (o *options) checkManifest() error {
	if o.manifest == "" && o.table == "" && len(o.targets) > 0 {
		return errors.New("--target goes with --manifest or --table; a job says its own")
	}
	if o.manifest == "" && (o.release != "" || len(o.targets) > 1) {
		return errors.New("--release, and more than one --target, go with --manifest; for a table give --var version=VERSION")
	}
	return nil
}

func (o *options) checkTable() error {
	switch {
	case o.table == "" && (o.at != "" || len(o.vars) > 0):
		return errors.New("--at and --var go with --table")
	case o.dir == "":
		for _, a := range o.artifacts {
			if !strings.Contains(a, "://") {
				return fmt.Errorf("%q is no URL: for a file give --dir with its folder", a)
			}
		}
	default:
		for _, a := range o.artifacts {
			if strings.ContainsAny(a, `/\`) {
				return fmt.Errorf("%q: with --dir give the names of files in that folder", a)
			}
		}
	}
	return nil
}

func (o *options) checkForms() error {
	if o.format != "" && !slices.Contains(formats(), o.format) {
		return fmt.Errorf("--format %q is none of %s", o.format, strings.Join(formats(), ", "))
	}
	if o.concurrency < 1 || o.concurrency > maxConcurrency {
		return fmt.Errorf("--concurrency is from 1 to %d", maxConcurrency)
	}
	return nil
}

func (o *options) addTarget(triple string) error {
	if triple == "" || slices.Contains(o.targets, triple) {
		return errors.New("empty, or given twice")
	}
	o.targets = append(o.targets, triple)
	return nil
}

func (o *options) addVar(s string) error {
	key, value, ok := strings.Cut(s, "=")
	if !ok || key == "" {
		return errors.New("not of the form key=value")
	}
	o.vars[key] = value
	return nil
}

func (o *options) addSave(s string) error {
	format, file, ok := strings.Cut(s, "=")
	if !ok || file == "" || !slices.Contains(formats(), format) {
		return errors.New("not of the form format=file, with one of " + strings.Join(formats(), ", "))
	}
	o.saves = append(o.saves, save{format, file})
	return nil
}
