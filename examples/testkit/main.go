// Testkit runs the test cases of this repository against any program that
// verifies signatures or checksums, and says where its verdicts differ from what
// the formats demand. docs/testkit.md says how a case looks and what a rule is.
//
//	testkit [flags] --tool NAME
//	testkit [flags] --family FAMILY -- PROGRAM ARGUMENT... [-- PROGRAM ARGUMENT...]
//	testkit [flags] --matrix
//	testkit [flags] --list
//
// The arguments are a template, in which {artifact}, {signature}, {key} and the like
// stand for files of the case. Of several templates, the first counts that asks for
// nothing that the case doesn't have. The program isn't run by a shell; it is run in
// a folder of its own with a copy of the case, and is killed when its time is over.
//
// The exit code is 0 if each verdict is the expected one, or a difference that is
// listed; 1 if one is not, or if a listed difference isn't there any more; 2 for a
// mistake in the call, or where the program can't be run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/relseal/relseal/examples/internal/output"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit codes besides 0.
const (
	exitDiffers = 1
	exitUsage   = 2
)

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	var agree bool
	if err == nil {
		agree, err = o.run(ctx, stdout)
	}
	switch {
	case err != nil:
		output.Error(stderr, "testkit", err)
		return exitUsage
	case !agree:
		return exitDiffers
	}
	return 0
}

// run does what is asked for, and reports whether all that was run is as expected.
func (o *options) run(ctx context.Context, stdout io.Writer) (agree bool, err error) {
	families, err := o.families()
	if err != nil {
		return false, err
	}
	switch {
	case o.list:
		return true, printList(stdout, families, o.format)
	case o.matrix:
		return o.runMatrix(ctx, stdout, families)
	}
	t, err := o.chosenTool()
	if err != nil {
		return false, err
	}
	run, err := o.runTool(ctx, t, families)
	if err != nil {
		return false, err
	}
	if o.writeDifferences != "" {
		if err := writeDifferences(o.writeDifferences, run); err != nil {
			return false, err
		}
	}
	return run.agrees(), printRun(stdout, run, o.format)
}

// runTool runs a tool on all cases that are for it.
func (o *options) runTool(ctx context.Context, t tool, families []family) (*toolRun, error) {
	listed, err := o.listedDifferences(t)
	if err != nil {
		return nil, err
	}
	r := runner{tool: t, timeout: o.timeout, jobs: o.jobs, temp: o.temp}
	results, err := r.run(ctx, o.casesFor(t, families))
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, errors.New("no case is chosen: --list prints those that there are")
	}
	run := &toolRun{Tool: t.name, Results: results}
	run.compare(listed, o.whole())
	if run.ran() == 0 {
		return nil, fmt.Errorf("of %d cases none has all that the command asks for", len(results))
	}
	return run, nil
}
