// Command tuf-conformance lets the test suite of the clients of The Update Framework
// (https://github.com/theupdateframework/tuf-conformance) run against the way in which
// relseal fetches a trusted root. It speaks the suite's command line:
//
//	tuf-conformance --metadata-dir DIR init TRUSTED_ROOT
//	tuf-conformance --metadata-dir DIR --metadata-url URL refresh
//	tuf-conformance --metadata-dir DIR --metadata-url URL
//	    --target-name NAME --target-base-url URL --target-dir DIR download
//
// With several --target-name it downloads each of them, after one refresh. The exit
// status is 0 on success and 1 otherwise, with the reason on standard error.
//
// A refresh is [cosign.FetchTrustedRoot], with a cache below DIR, from which the
// metadata are copied to where the suite looks for them. Each one starts from the
// TRUSTED_ROOT, as that of a program does which has its initial root built in. So the
// suite's verdicts about refreshes, rollbacks, expiry and keys are about relseal's own
// path, with its limits and what it keeps.
//
// Its verdicts about targets are so for trusted_root.json alone, which is the one that
// relseal ever asks for. Any other is fetched by go-tuf, on which that path is built,
// from the cache that the refresh has left; they say nothing about relseal, nor
// does the suite about relseal offline. A refresh looks for trusted_root.json along
// the delegations, too, so that one which is broken fails it.
//
// The suite sets the time with faketime, which a program in Go doesn't see. Built as
// usual, this one judges what has expired as of the real time, and fails test_faketime.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"

	"github.com/relseal/relseal/examples/internal/output"
)

func main() {
	os.Exit(exit(os.Stderr, run(context.Background(), os.Args[1:])))
}

// exit tells err and returns the exit status.
func exit(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	output.Error(stderr, "tuf-conformance", err)
	return 1
}

var errUsage = errors.New("usage: --metadata-dir DIR [--metadata-url URL] [--target-name NAME... --target-base-url URL --target-dir DIR] init TRUSTED_ROOT | refresh | download")

func run(ctx context.Context, args []string) error {
	var c client
	flags := flag.NewFlagSet("tuf-conformance", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.metadataDir, "metadata-dir", "", "")
	flags.StringVar(&c.metadataURL, "metadata-url", "", "")
	flags.Func("target-name", "", func(name string) error {
		c.targetNames = append(c.targetNames, name)
		return nil
	})
	flags.StringVar(&c.targetBaseURL, "target-base-url", "", "")
	flags.StringVar(&c.targetDir, "target-dir", "", "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return errUsage
	case err != nil:
		return err
	}
	switch command := flags.Arg(0); {
	case c.metadataDir == "":
		return errUsage
	case command == "init" && flags.NArg() == 2:
		return c.init(flags.Arg(1))
	case c.metadataURL == "" || flags.NArg() != 1:
		return errUsage
	case command == "refresh":
		return c.refresh(ctx)
	case command == "download" && len(c.targetNames) > 0 && c.targetBaseURL != "" && c.targetDir != "":
		return c.download(ctx)
	}
	return errUsage
}
