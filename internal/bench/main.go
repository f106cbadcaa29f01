// Bench sets relseal beside its peers: Go libraries, and the programs of the
// families where they are installed. Each row is measured side by side within
// one run, in turn, and gives the ratio of the two.
//
//	go run -C internal/bench . [-short] [-rows REGEXP] [-rounds N] [-dir DIR] [-out FILE]
//
// It prints a document in Markdown, docs/benchmarks.md, with the processor and all
// versions named. What is measured runs in processes of its own: the programs, or
// this one again with one [job], so that memory and processor time are of nothing
// else.
//
// The exit code is 1 where something couldn't be measured, or a verification
// allocates more than it may ([limits]): times depend on the machine and on who
// else uses it, allocations don't.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const exitUsage = 2

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var err error
	if len(args) == 2 && args[0] == jobFlag {
		err = runJob(ctx, args[1], stdout)
	} else {
		var o options
		o, err = parseOptions(args, stderr)
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		if err != nil {
			fmt.Fprintln(stderr, "bench:", err)
			return exitUsage
		}
		err = measure(ctx, o, limits(), stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}
