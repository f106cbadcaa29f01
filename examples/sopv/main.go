// Sopv verifies OpenPGP signatures, by relseal's rules, behind the verification-only
// subset of the Stateless OpenPGP Command Line Interface (sopv 1.0,
// https://datatracker.ietf.org/doc/draft-dkg-openpgp-stateless-cli/): distributions
// and the OpenPGP interoperability test suite can drive it like any other program that
// has it.
//
//	sopv version
//	sopv verify SIGNATURES CERTS... <DATA >VERIFICATIONS
//	sopv inline-verify CERTS... <INLINESIGNED >DATA
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// The exit codes of the specification, section "Failure Modes".
const (
	exitNoSignature           = 3
	exitMissingArg            = 19
	exitUnsupportedOption     = 37
	exitBadData               = 41
	exitOutputExists          = 59
	exitMissingInput          = 61
	exitUnsupportedSubcommand = 69
	exitUnsupportedPrefix     = 71
)

// A failure is an error with its exit code.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func fail(code int, format string, args ...any) error {
	return &failure{code, fmt.Errorf(format, args...)}
}

// judged gives an error of the family its exit code: what can't be read is bad data,
// and everything else no signature that counts.
func judged(err error) error {
	var known *failure
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, algorithm.ErrMalformed) || errors.Is(err, algorithm.ErrTooLarge) {
		return &failure{exitBadData, err}
	}
	return &failure{exitNoSignature, err}
}

const usage = `sopv: verifies OpenPGP signatures (the subset sopv 1.0 of SOP)

  sopv verify SIGNATURES CERTS... <DATA >VERIFICATIONS
      prints a line for every signature of SIGNATURES over DATA that counts
  sopv inline-verify CERTS... <INLINESIGNED >DATA
      prints what is signed: of a clear-signed text, or of a signed message
  sopv version [--backend | --extended | --sop-spec | --sopv]

Options of both: --not-before=DATE, --not-after=DATE (such as 2026-01-31T12:00:00Z,
"now", or "-" for no limit); of inline-verify: --verifications-out=FILE.
A file may be @ENV:NAME, the value of a variable, or @FD:N, an open descriptor.

Exit codes: 0 verified; 3 no signature that counts; 41 data that can't be read;
59 the file for the verifications is there already; 61 a file that isn't there;
19, 37, 69, 71 a mistake in the call; 1 anything else, such as output that fails.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// maxShown limits a message, in bytes.
const maxShown = 2000

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := command(ctx, args, stdin, stdout)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "sopv: %s\n", terminal.Limit(err.Error(), maxShown))
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return 1
}

func command(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) > 0 && args[0] == "--debug" {
		args = args[1:]
	}
	if len(args) == 0 {
		return fail(exitMissingArg, "a subcommand is missing; sopv --help lists them")
	}
	switch args[0] {
	case "--help", "-h", "help":
		_, err := io.WriteString(stdout, usage)
		return err
	case "version":
		return version(args[1:], stdout)
	case "verify":
		return verifyDetached(ctx, args[1:], stdin, stdout)
	case "inline-verify":
		return verifyInline(ctx, args[1:], stdin, stdout)
	}
	return fail(exitUnsupportedSubcommand, "%q: this program only verifies; sopv --help says how", args[0])
}
