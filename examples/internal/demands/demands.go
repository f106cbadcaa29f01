// Package demands has the flags by which a program is told what to demand of
// every package, beside what its publisher declares.
package demands

import (
	"errors"
	"flag"
	"strings"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/policy"
)

// Flags are what the command line says.
type Flags struct {
	Families families.Options
	Pins     Pins
	Policy   string // the policy's file; "": none

	bind       verify.Binding
	requireAll bool
}

// Register adds the flags.
func (f *Flags) Register(fs *flag.FlagSet) {
	fs.Func("trusted-root", families.TrustedRootUsage, f.Families.AddTrustedRoot)
	fs.BoolVar(&f.Families.AllowTableRoot, "allow-table-root", false, "let the table bring a trusted root of its own beside --trusted-root")
	fs.BoolVar(&f.Families.AllowLegacy, "allow-legacy", false, "accept minisign's legacy signatures and OpenPGP text signatures")
	fs.Func("bind", "demand that something signed says the artifact's `name,version`, or one of them", f.addBind)
	fs.BoolVar(&f.requireAll, "require-all", false, "check every one of a table's alternatives, not only the first that is supported")
	f.Pins.register(fs)
	fs.Func("policy", "the `file` with what is demanded of every package (docs/policy.md)", f.setPolicy)
}

// Check returns what is wrong with the flags together.
func (f *Flags) Check() error {
	if f.Pins.File == "" && f.Pins.any() {
		return errors.New("--allow-rollback, --allow-new-signer and --trust-pins mean nothing without --pin")
	}
	return nil
}

// Config returns a program's configuration with what the flags and the policy's
// file demand. The error is that of the file.
func (f *Flags) Config(c verify.Config) (verify.Config, error) {
	c.Bind, c.RequireAll = f.bind, f.requireAll
	f.Pins.add(&c)
	if f.Policy == "" {
		return c, nil
	}
	p, err := policy.ReadFile(f.Policy)
	if err != nil {
		return c, err
	}
	return p.Config(c)
}

func (f *Flags) addBind(list string) error {
	for what := range strings.SplitSeq(list, ",") {
		switch what {
		case "name":
			f.bind.Name = true
		case "version":
			f.bind.Version = true
		default:
			return errors.New("not name, version or both with a comma between")
		}
	}
	return nil
}

// setPolicy refuses the empty name that a script's unset variable leaves:
// nothing would be demanded.
func (f *Flags) setPolicy(name string) error {
	if name == "" || f.Policy != "" {
		return errors.New("one file is wanted")
	}
	f.Policy = name
	return nil
}
