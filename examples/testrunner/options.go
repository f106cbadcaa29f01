package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/relseal/relseal/examples/internal/demands"
	"github.com/relseal/relseal/metadata"
)

// options are what the command line says.
type options struct {
	manifest, version string
	table, at, url    string
	vars              map[string]string
	target, bin       string
	format            string // of the artifact; "": as its name says
	cache             string
	cacheSize         int64 // MiB
	refresh, noRun    bool
	clean             bool
	demands           demands.Flags
	args              []string // of the program

	transport http.RoundTripper                  // nil: Go's own
	start     func(*ready, streams) (int, error) // the system's
}

const defaultCacheSize = 2048 // MiB

func (o *options) flags() *flag.FlagSet {
	fs := newFlags()
	fs.StringVar(&o.manifest, "manifest", "", "the package's Cargo.toml `file`")
	fs.StringVar(&o.version, "release", "", "the `version` to run, where it isn't the manifest's")
	fs.StringVar(&o.table, "table", "", "the `file` with the signing table, for a program that is named by its URL")
	fs.StringVar(&o.at, "at", "", "the dotted `path` of the signing table in that file")
	fs.Func("var", "a template variable for --table and the URL, as `key=value`; may be repeated", o.addVar)
	fs.StringVar(&o.target, "target", metadata.HostTarget(), "the target `triple` whose program, table and variables count")
	fs.StringVar(&o.bin, "bin", "", "which `program` of an archive is to be run: its name, or its path there")
	fs.StringVar(&o.format, "format", "", "the `form` of what the URL names: "+strings.Join(formats(), ", ")+" (default as its name ends)")
	fs.StringVar(&o.cache, "cache", "", "the cache's `folder`, which must be yours alone (default relseal/testrunner below the user's cache folder)")
	fs.Int64Var(&o.cacheSize, "cache-size", defaultCacheSize, "how many `MiB` are kept; what wasn't used for the longest time goes first")
	fs.BoolVar(&o.refresh, "refresh", false, "fetch anew what is in the cache")
	fs.BoolVar(&o.noRun, "no-run", false, "fetch and verify, and start nothing")
	fs.BoolVar(&o.clean, "clean", false, "empty the cache, but for what is running")
	o.demands.Register(fs)
	return fs
}

func parse(args []string) (*options, error) {
	o, rest, err := parseFlags(args)
	if err != nil {
		return nil, err
	}
	before := len(args) - len(rest)
	if end := slices.Index(args[:before], "--"); end >= 0 {
		if _, _, err := parseFlags(args[:end]); err != nil { // it was taken for a flag's value, which an unset variable has left out
			return nil, err
		}
	}
	separated := before > 0 && args[before-1] == "--"
	if o.table != "" && !separated && len(rest) > 0 {
		o.url, rest = rest[0], rest[1:]
		if separated = len(rest) > 0 && rest[0] == "--"; separated {
			rest = rest[1:]
		}
	}
	if o.args = rest; len(rest) > 0 && !separated {
		return nil, fmt.Errorf(`%q stands behind all flags: what is for the program comes after "--"`, rest[0])
	}
	for _, check := range []func() error{o.checkSource, o.checkCache, o.demands.Check} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// parseFlags reads the flags, and returns what stands behind them.
func parseFlags(args []string) (o *options, rest []string, err error) {
	o = &options{vars: map[string]string{}, start: start}
	fs := o.flags()
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil, nil, err
	case err != nil:
		return nil, nil, fmt.Errorf("%w; --help has all flags", err)
	}
	return o, fs.Args(), nil
}

// checkSource demands one program.
func (o *options) checkSource() error {
	switch {
	case o.clean && (o.manifest != "" || o.table != "" || len(o.args) > 0):
		return errors.New("--clean empties the cache and runs nothing: it goes with --cache alone")
	case o.clean:
		return nil
	case o.manifest == "" && o.table == "":
		return errors.New("what is to be run? Give --manifest Cargo.toml, or --table FILE and the program's URL; --help begins with examples")
	case o.manifest != "" && o.table != "":
		return errors.New("--manifest goes without --table")
	case o.manifest != "" && (o.at != "" || len(o.vars) > 0 || o.format != ""):
		return errors.New("--at, --var and --format go with --table; a manifest says it itself, but for --release")
	case o.table != "" && o.version != "":
		return errors.New("--release goes with --manifest; for a table give --var version=VERSION")
	case o.table != "" && o.url == "":
		return errors.New(`--table needs the program's URL, behind the flags and before "--"`)
	case o.table != "" && !strings.Contains(o.url, "://"):
		return fmt.Errorf("%q is no URL", o.url)
	case o.format != "" && !slices.Contains(formats(), o.format):
		return fmt.Errorf("--format %q is none of %s", o.format, strings.Join(formats(), ", "))
	case o.noRun && len(o.args) > 0:
		return errors.New("--no-run starts nothing, and arguments for the program are given")
	}
	return nil
}

// checkCache finds the cache's folder.
func (o *options) checkCache() error {
	if o.cacheSize < 1 || o.cacheSize > 1<<30 {
		return errors.New("--cache-size is from 1 MiB on")
	}
	if o.cache != "" {
		return nil
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("%w: give a folder with --cache", err)
	}
	o.cache = filepath.Join(folder, "relseal", program)
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
