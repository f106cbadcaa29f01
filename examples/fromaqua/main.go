// Fromaqua turns an entry of a registry of aqua into the signing table of one
// release for one platform.
//
//	fromaqua --entry registry.yaml --version v1.2.0
//	fromaqua --entry registry.yaml --version v1.2.0 --lint
//	fromaqua --entry registry.yaml --version v1.2.0 --format json | releasechecker --jobs -
//
// It fetches nothing. What is printed is the table as TOML, with the call that uses
// it, or a job of releasechecker as a line of JSON. Expressions that cosign searches
// in a certificate are closed, so that they match the whole field, and what a table
// can't say is refused by name. Left out, and told so, are checksums that nobody has signed, what
// is switched off, and the log that cosign asks for a plain signature by a key.
// With --lint it prints where the entry trusts too much. docs/fromaqua.md has the
// rules.
//
// The exit code is 0, 41 where nothing is published or signed for the version and
// the platform, 78 where the entry can't be followed or --lint found an error, that of
// [verify.ExitCode] for a file that can't be read, and 2 for a mistake in the call.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/relseal/relseal/examples/internal/aqua"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

const (
	program = "fromaqua"

	exitUsage = 2
	exitEntry = 78 // cargo-binstall's code of a manifest that can't be followed
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		printHelp(stdout)
		return 0
	case err != nil:
		output.Error(stderr, program, err)
		return exitUsage
	}
	code, err := o.run(stdout, stderr)
	if err != nil {
		output.Error(stderr, program, hint(err))
		return exitCode(err)
	}
	return code
}

// run reads the entry and prints what is asked for.
func (o *options) run(stdout, stderr io.Writer) (int, error) {
	release, err := o.release()
	if o.lint {
		return o.runLint(stdout, release, err)
	}
	if err != nil {
		return 0, err
	}
	table, err := release.Choose(o.only, o.all)
	if err != nil {
		return 0, err
	}
	for _, f := range release.LeftOut() {
		fmt.Fprintf(stderr, "%s: left out: %s\n", program, f)
	}
	if o.format == "json" {
		return 0, printJob(stdout, release, table)
	}
	return 0, printTOML(stdout, release, table, o.all)
}

// release is what the entry says. Where no signature is declared, it goes with the
// error.
func (o *options) release() (*aqua.Release, error) {
	data, err := tables.ReadFile(o.entry)
	if err != nil {
		return nil, err
	}
	registry, err := aqua.Parse(o.entry, data)
	if err != nil {
		return nil, err
	}
	entry, err := registry.Package(o.pkg)
	if err != nil {
		return nil, err
	}
	return entry.Release(o.query)
}

// hint adds to a refusal the flag that helps.
func hint(err error) error {
	if errors.Is(err, aqua.ErrSeveral) {
		return fmt.Errorf("%w (--only NAME, or --all)", err)
	}
	return err
}

// exitCode is 41 where there is nothing to verify, and 78 for what else is wrong with
// an entry.
func exitCode(err error) int {
	var entry *aqua.Error
	var table *metadata.Error
	switch {
	case errors.Is(err, aqua.ErrUnsigned), errors.Is(err, aqua.ErrNoArtifact):
		return verify.ExitCode(err)
	case errors.As(err, &entry), errors.As(err, &table), errors.Is(err, aqua.ErrSeveral), errors.Is(err, aqua.ErrEntry):
		return exitEntry
	}
	return verify.ExitCode(err)
}
