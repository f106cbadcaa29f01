// Releasechecker answers a publisher's question: would my users' installers
// accept this release?
//
//	releasechecker --manifest Cargo.toml --dir dist/            before publishing
//	releasechecker --manifest Cargo.toml                        after publishing
//	releasechecker --table relseal.toml --dir dist/ [FILE...]
//	releasechecker --table relseal.toml URL...
//	releasechecker --table relseal.toml --list FILE|-
//	releasechecker --jobs FILE|-
//
// What is checked is told in one of four ways. A manifest names its targets: those
// of --target, or those that its overrides name and the usual ones, for each of
// which the places are tried at which an installer looks. A folder is what will be
// published: with --dir every URL stands for the file of its last element, and what
// isn't in the folder isn't there; only what is named by its digest, such as an
// attestation or a key with sha256, may still come from the network. URLs are
// those of artifacts, as arguments or one a line. Jobs are lines of JSON, each of
// which has its own table (job.schema.json), and each gets one line of JSON in the
// order of the input: the program keeps nothing between them, so any engine that
// can split lines can run it (docs/scale.md).
//
// Every artifact is fetched and verified as an installer would do it, several at a
// time, and kept nowhere. What declares no signature is refused, unless --policy
// allows it. A target that was named and isn't there is refused; a usual one that
// nobody named is told as absent, and is no refusal unless nothing is there at all.
//
// On a terminal there is a progress bar, and a table at the end; elsewhere a line
// for each artifact. --format says otherwise: lines, table, json or ndjson
// (result.schema.json), junit, sarif or markdown, and for GitLab codequality and
// dotenv. --save FORMAT=FILE, which may be repeated, writes a file besides. Within a
// step of GitHub Actions what is wrong becomes annotations and the step's summary
// has the table.
//
// The exit code is that of [verify.ExitCode] for the worst that was found: 40
// (refused) before 41 (no signature) before 78 (a table that can't be followed, or
// an error of --lint), 67, 65, 1, 74, 68 (couldn't be fetched, or isn't there) and
// 130 (cancelled). So a script that tries again after 68 does so only where nothing
// worse was found. 0 says that everything was verified, and 2 is a mistake in the
// call.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

const (
	program   = "releasechecker"
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are the process's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run is main without the process.
func run(ctx context.Context, args []string, std streams) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		printHelp(std.out)
		return 0
	case err != nil:
		output.Error(errorsOf(std.err), program, err)
		return exitUsage
	}
	code, err := o.run(ctx, std)
	if err != nil {
		output.Error(errorsOf(std.err), program, err)
		return verify.ExitCode(err)
	}
	return code
}

// run checks the release and tells what came of it in every form that is wanted.
func (o *options) run(ctx context.Context, std streams) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := o.checker(ctx)
	if err != nil {
		return 0, err
	}
	defer c.close()
	found, err := o.findings(ctx, c)
	if err != nil {
		return 0, err
	}
	release := o.source(ctx, c, std.in)
	forms, err := o.forms(std)
	if err != nil {
		return 0, err
	}
	defer forms.discard()
	bar := o.progress(std, release.total)
	t := newTally(found)
	tasks := checking.ReadAhead(ctx, release.tasks, o.concurrency)
	for r := range checking.Ahead(c.Check(ctx, tasks), o.concurrency) {
		t.add(r)
		if err := forms.add(r); err != nil {
			cancel() // whoever writes the jobs may have stopped for now
			return 0, err
		}
		bar.step(t)
	}
	bar.done()
	return t.exitCode(), forms.end(t)
}
