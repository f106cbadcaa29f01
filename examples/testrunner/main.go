// Testrunner runs a prebuilt program, if its publisher signed it.
//
//	testrunner --manifest Cargo.toml [flags] -- ARGUMENTS...
//	testrunner --table relseal.toml [flags] URL -- ARGUMENTS...
//	testrunner --manifest Cargo.toml --no-run
//	testrunner --clean
//
// It fetches the program once, into a cache. Before every start it verifies what is
// in the cache, from there alone and without network, and what it starts is a copy
// made of the very bytes that were verified, in a folder that is nobody else's. So
// nothing depends on who was at the cache, or is while the program is started.
//
// The way of the data:
//
//	URL ──fetch──▶ release-KEY/{SHA256, documents} ──verify──▶ work-…/program ──▶ exec
//	       verified, then kept                        each time, offline
//
// KEY is of the address and of all by which it is judged ([verify.Plan.Fingerprint]):
// by another table, another policy or another testrunner it is another release, and
// fetched anew. What is in the cache and doesn't hold is refused, and not mended: a
// signature that fails is final. --refresh fetches it anew.
//
// On Unix the program takes this process's place, so its signals, its terminal and
// its exit code are its own. Elsewhere it is a child, whose exit code is passed on.
// Of this program's own exit codes, which are those of [verify.ExitCode], 2 is a
// mistake in the call and 126 a program that couldn't be started.
//
// One line on standard error says what was verified, or why it was refused:
//
//	testrunner: verified name=tool version=1.2.0 algorithm=minisign key=… sha256=… from=cache …
//	testrunner: refused name=tool version=1.2.0 reason=invalid exit=40 …
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/relseal/relseal/examples/internal/hint"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

const (
	program   = "testrunner"
	exitUsage = 2
	exitStart = 126 // as of a shell and of env
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the process's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run is main without the process. On Unix it doesn't return from a program that
// was started.
func run(ctx context.Context, args []string, std streams) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		printHelp(std.out)
		return 0
	case err != nil:
		output.Error(std.err, program, err)
		return exitUsage
	}
	return o.run(ctx, std)
}

// run does what the call wants.
func (o *options) run(ctx context.Context, std streams) int {
	if o.clean {
		return o.runClean(ctx, std)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	ready, err := o.prepare(ctx, std)
	if err != nil {
		return refuse(std.err, ready, hint.Add(err, hint.Flags{Var: o.table != ""}))
	}
	defer ready.close()
	tell(std.err, ready)
	if o.noRun {
		return 0
	}
	stop() // a signal is the program's from here
	code, err := o.start(ready, std)
	if err != nil {
		output.Error(std.err, program, err)
		return exitStart
	}
	return code
}

// runClean empties the cache.
func (o *options) runClean(ctx context.Context, std streams) int {
	s, err := openStore(o.cache)
	if err == nil {
		err = errors.Join(s.clean(ctx), s.close())
	}
	if err != nil {
		output.Error(std.err, program, err)
	}
	return verify.ExitCode(err)
}
