// Installer installs the binaries of a package as its Cargo.toml says, if its
// publisher signed them.
//
//	installer --manifest Cargo.toml [--target TRIPLE] [--dir DIR]
//	          [--only-signed | --skip-signatures] [--trusted-root FILE|public-good|github]... [--json] [--json-progress]
//
// It renders pkg-url, fetches the signature and refuses what can be refused
// without the package, downloads and verifies the package, and only then
// unpacks it and puts its binaries into place. A package that declares no signature
// is installed unless --only-signed is given. The report goes to standard
// output, progress and the reason of a refusal to standard error; the exit code
// is that of [verify.ExitCode], or 2 for a mistake in the call.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/hint"
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

const help = `installer: install the binaries of a package, if its publisher signed them

  installer --manifest Cargo.toml [flags]

A signature that the manifest declares must hold, whatever the flags. A package whose
manifest declares none is installed by default, and the report says "unsigned":
--only-signed refuses it. --skip-signatures checks nothing at all.

  installer --manifest Cargo.toml --dir ~/bin
  installer --manifest Cargo.toml --dir ~/bin --only-signed
  installer --manifest Cargo.toml --only-signed --trusted-root public-good

Exit codes: 0 installed; 40 refused; 41 a signature is missing, or with --only-signed
none is declared; 78 a manifest can't be followed; 65 a URL; 67 a template; 68 something
can't be fetched, or isn't there; 74 files; 130 interrupted; 2 a mistake in the call; 1
anything else.

Flags:
`

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	job, err := parse(args, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		output.Error(stderr, "installer", err)
		return exitUsage
	}
	return exit(stderr, hint.Add(job.run(ctx), hint.Flags{}))
}

// exit tells err and returns the exit code for it.
func exit(stderr io.Writer, err error) int {
	if err != nil {
		output.Error(stderr, "installer", err)
	}
	return verify.ExitCode(err)
}

// parse turns the command line into a job.
func parse(args []string, stdout, stderr io.Writer) (*job, error) {
	j := &job{
		policy: verify.IfDeclared,
		client: &http.Client{Transport: http.DefaultTransport},
		stdout: stdout,
		stderr: stderr,
	}
	var onlySigned, skip bool
	fs := flag.NewFlagSet("installer", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run tells what is wrong
	fs.Usage = func() {}
	fs.StringVar(&j.manifest, "manifest", "", "the package's Cargo.toml `file`")
	fs.StringVar(&j.target, "target", metadata.HostTarget(), "the target `triple` to install for")
	fs.StringVar(&j.dir, "dir", ".", "the `folder` to put the binaries into")
	fs.BoolVar(&onlySigned, "only-signed", false, "refuse a package that declares no signature, which is installed otherwise")
	fs.BoolVar(&skip, "skip-signatures", false, "check nothing")
	fs.Func("trusted-root", families.TrustedRootUsage, j.families.AddTrustedRoot)
	fs.BoolVar(&j.json, "json", false, "print the report as JSON")
	fs.BoolVar(&j.lines, "json-progress", false, "print progress as lines of JSON")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stdout, help)
			fs.SetOutput(stdout)
			fs.PrintDefaults()
		}
		return nil, err
	}
	switch {
	case fs.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case j.manifest == "":
		return nil, errors.New("--manifest is missing")
	case onlySigned && skip:
		return nil, errors.New("--only-signed and --skip-signatures exclude each other")
	case onlySigned:
		j.policy = verify.Require
	case skip:
		j.policy = verify.InsecureSkip
	}
	return j, nil
}
