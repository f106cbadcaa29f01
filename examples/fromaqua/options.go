package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strings"

	"github.com/relseal/relseal/examples/internal/aqua"
)

// options are what the command line says.
type options struct {
	entry, pkg, format, only string
	all, lint                bool
	query                    aqua.Query
}

func (o *options) flags() *flag.FlagSet {
	fs := flag.NewFlagSet(program, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run tells what is wrong
	fs.Usage = func() {}
	o.query.Vars = map[string]string{}
	fs.StringVar(&o.entry, "entry", "", "the registry's `file`, of at most 4 MiB")
	fs.StringVar(&o.pkg, "package", "", "the package's `name` or alias, where the file has several")
	fs.StringVar(&o.query.Version, "version", "", "the `version` as aqua has it, which is the release's tag")
	fs.StringVar(&o.query.OS, "os", runtime.GOOS, "the operating `system`, in Go's spelling")
	fs.StringVar(&o.query.Arch, "arch", runtime.GOARCH, "the `architecture`, in Go's spelling")
	fs.StringVar(&o.query.Libc, "libc", "", "the C `library`, where the entry asks for it, such as musl")
	fs.Func("var", "a variable of the entry's templates, as `name=value`; may be repeated", o.addVar)
	fs.StringVar(&o.query.KeySHA256, "key-sha256", "", "the SHA-256 of the key that the entry has as a URL, in `hex`")
	fs.StringVar(&o.format, "format", "", "toml or json, which is a job of releasechecker; with --lint text or json")
	fs.StringVar(&o.only, "only", "", "the `signature` that counts, by its key in the entry, such as checksum.cosign")
	fs.BoolVar(&o.all, "all", false, "have all signatures in the table, for a program that checks every alternative")
	fs.BoolVar(&o.lint, "lint", false, "print where the entry trusts too much")
	return fs
}

// parse reads the command line.
func parse(args []string) (*options, error) {
	o := &options{}
	fs := o.flags()
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	forms := []string{"toml", "json"}
	if o.lint {
		forms = []string{"text", "json"}
	}
	if o.format == "" {
		o.format = forms[0]
	}
	switch {
	case fs.NArg() > 0:
		return nil, fmt.Errorf("%d arguments are left over: the entry is given by --entry", fs.NArg())
	case o.entry == "":
		return nil, errors.New("--entry is missing: the registry.yaml of the package (--help has the calls)")
	case o.query.Version == "":
		return nil, errors.New("--version is missing: the release's tag, such as v1.2.0")
	case o.format != forms[0] && o.format != forms[1]:
		return nil, fmt.Errorf("--format is %s here", strings.Join(forms, " or "))
	case o.only != "" && o.all, o.lint && (o.only != "" || o.all):
		return nil, errors.New("--only and --all exclude each other, and --lint looks at all signatures")
	case o.query.KeySHA256 != "" && !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(o.query.KeySHA256):
		return nil, errors.New("--key-sha256 is 64 lower-case hex digits")
	}
	return o, nil
}

func (o *options) addVar(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return errors.New("not of the form name=value")
	}
	o.query.Vars[name] = value
	return nil
}
