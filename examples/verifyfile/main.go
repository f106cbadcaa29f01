// Verifyfile verifies one file as a signing table declares it. It is the
// smallest useful program on relseal, and the one for scripts to call.
//
//	verifyfile --table FILE.toml [--at DOTTED.PATH] [--signature FILE]
//	           [--target TRIPLE] [--var key=value …] [--trusted-root FILE|public-good]
//	           [--only-signed | --skip-signatures] [--allow-legacy] [--json] ARTIFACT
//
// The table is that of a Cargo.toml (package.metadata.binstall.signing, or the
// override for the target), the one at "signing", or the one at the dotted path
// given with --at. Key files in it are
// relative to the table's folder. The signature is fetched from the URL that
// the table's file template gives, for which --var url=… tells where the
// artifact came from, or is the local file given with --signature.
//
// The report goes to standard output, the reason of a refusal to standard
// error. The exit code is that of [verify.ExitCode]: 0 says that the file was
// verified (or that, without --only-signed, no signature is declared, or that
// --skip-signatures was given; the report says which); 2 is a mistake in the
// call.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const exitUsage = 2

// maxTable limits the table's file and a local signature, in bytes.
const maxTable = verify.DefaultMaxDocument

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		output.Error(stderr, "verifyfile", err)
		return exitUsage
	}
	report, err := o.verify(ctx)
	if err != nil {
		output.Error(stderr, "verifyfile", err)
		return verify.ExitCode(err)
	}
	if err := o.print(stdout, report); err != nil {
		output.Error(stderr, "verifyfile", err)
		return 1
	}
	return 0
}

// options are what the command line says.
type options struct {
	table, at, signature, target string
	artifact                     string
	vars                         map[string]string
	policy                       verify.Policy
	families                     families.Options
	json                         bool
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{vars: map[string]string{}, policy: verify.IfDeclared}
	var onlySigned, skip bool
	fs := flag.NewFlagSet("verifyfile", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run tells what is wrong
	fs.Usage = func() {}
	fs.StringVar(&o.table, "table", "", "the `file` with the signing table")
	fs.StringVar(&o.at, "at", "", "the dotted `path` of the signing table in that file")
	fs.StringVar(&o.signature, "signature", "", "a local signature `file`, instead of fetching it")
	fs.StringVar(&o.target, "target", metadata.HostTarget(), "the target `triple` whose table and variables count")
	fs.Func("var", "a template variable, as `key=value`; may be repeated", o.addVar)
	fs.BoolVar(&onlySigned, "only-signed", false, "refuse what declares no signature")
	fs.BoolVar(&skip, "skip-signatures", false, "check nothing")
	fs.StringVar(&o.families.TrustedRoot, "trusted-root", "", "a sigstore trusted root `file`, or "+families.PublicGood+" to fetch that of the public-good instance")
	fs.BoolVar(&o.families.AllowLegacy, "allow-legacy", false, "accept minisign's legacy signatures")
	fs.BoolVar(&o.json, "json", false, "print the report as JSON")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stderr, "usage: verifyfile --table FILE.toml [flags] ARTIFACT")
			fs.SetOutput(stderr)
			fs.PrintDefaults()
		}
		return nil, err
	}
	switch {
	case o.table == "":
		return nil, errors.New("--table is missing")
	case fs.NArg() != 1:
		return nil, fmt.Errorf("one artifact is wanted, not %d", fs.NArg())
	case onlySigned && skip:
		return nil, errors.New("--only-signed and --skip-signatures exclude each other")
	case onlySigned:
		o.policy = verify.Require
	case skip:
		o.policy = verify.InsecureSkip
	}
	o.artifact = fs.Arg(0)
	return o, nil
}

func (o *options) addVar(s string) error {
	key, value, ok := strings.Cut(s, "=")
	if !ok || key == "" {
		return errors.New("not of the form key=value")
	}
	o.vars[key] = value
	return nil
}

// verify is the job: read the table, plan, verify the file.
func (o *options) verify(ctx context.Context) (*verify.Report, error) {
	if o.policy == verify.InsecureSkip {
		o.families.TrustedRoot = "" // nothing is to be fetched
	}
	all, err := families.All(ctx, o.families)
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: all, Policy: o.policy})
	if err != nil {
		return nil, err
	}
	table, variables, err := o.readTable()
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Dir(o.table))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	artifact := verify.Artifact{Variables: variables, Files: folder.FS()}
	if o.signature != "" {
		if artifact.Signature, err = readFile(o.signature); err != nil {
			return nil, &verify.Error{Stage: verify.StageSignature, URL: o.signature, Err: err}
		}
	}
	plan, err := v.Plan(artifact, table)
	if err != nil {
		return nil, err
	}
	return plan.File(ctx, o.artifact)
}

// readTable returns the signing table, nil if none is declared, and the values
// of the templates.
func (o *options) readTable() (*metadata.Signing, map[string]string, error) {
	data, err := readFile(o.table)
	if err != nil {
		return nil, nil, err
	}
	if o.policy == verify.InsecureSkip {
		return nil, nil, nil
	}
	if o.at != "" {
		table, err := metadata.ParseAt(o.table, data, o.at)
		if err != nil {
			return nil, nil, err
		}
		variables, err := metadata.TargetVariables(o.target)
		return table, o.with(variables), err
	}
	manifest, err := metadata.Parse(o.table, data)
	if err != nil {
		return nil, nil, err
	}
	binstall, err := manifest.Binstall(o.target)
	if err != nil {
		return nil, nil, err
	}
	variables, err := manifest.Variables(o.target)
	if err != nil {
		return nil, nil, err
	}
	table, err := o.oneTable(data, binstall.Signing, manifest.Name != "")
	return table, o.with(variables), err
}

// oneTable returns the table of a file that has one in the manifest's place or
// at "signing". Only a manifest may have none: elsewhere that is more likely a
// mistake than a publisher who doesn't sign.
func (o *options) oneTable(data []byte, declared *metadata.Signing, manifest bool) (*metadata.Signing, error) {
	table, err := metadata.ParseAt(o.table, data, "signing")
	switch {
	case errors.Is(err, metadata.ErrNotFound):
		if declared == nil && !manifest {
			return nil, err
		}
		return declared, nil
	case err != nil:
		return nil, err
	case declared != nil:
		return nil, &metadata.Error{
			Name: o.table, Line: table.Line, Table: table.Table,
			Err: fmt.Errorf("there is one at %s as well: say with --at which one counts", declared.Table),
		}
	}
	return table, nil
}

// with adds the variables of the command line, which win.
func (o *options) with(variables map[string]string) map[string]string {
	if variables == nil {
		variables = map[string]string{}
	}
	for key, value := range o.vars {
		variables[key] = value
	}
	return variables
}

func (o *options) print(w io.Writer, report *verify.Report) error {
	if !o.json {
		_, err := fmt.Fprint(w, report)
		return err
	}
	return output.JSON(w, report)
}

// readFile reads a small file whole.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", verify.ErrMissing, err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTable+1))
	if err == nil && len(data) > maxTable {
		err = fmt.Errorf("%s: %w: over %d bytes", name, algorithm.ErrTooLarge, maxTable)
	}
	return data, err
}
