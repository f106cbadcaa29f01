package main

import (
	"flag"
	"fmt"
	"io"
	"regexp"
)

// options are what the command was called with.
type options struct {
	sizes  sizes
	rows   *regexp.Regexp
	rounds int
	dir    string
	out    string
}

// Rounds of the rows that take longest; others have a multiple.
const (
	fullRounds  = 5
	shortRounds = 3
)

// parseOptions reads the command line; the usage goes to stderr.
func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rows := flags.String("rows", "", "measure the rows that this `regexp` matches, such as large/minisign or ^small")
	short := flags.Bool("short", false, "64 MiB instead of 1 GiB, and fewer rounds")
	flags.IntVar(&o.rounds, "rounds", 0, "rounds `n` of the rows that take longest; others have a multiple of it (default 5, with -short 3)")
	flags.StringVar(&o.dir, "dir", "", "the `folder` for files of some GiB; give one on a disk where the temporary folder isn't (default the system's)")
	flags.StringVar(&o.out, "out", "", "write the document to this `file`, too")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.rounds < 0 {
		return o, fmt.Errorf("-rounds %d", o.rounds)
	}
	rounds := fullRounds
	o.sizes = sizes{1 << 30, 256 << 20, 1 << 10}
	if *short {
		rounds = shortRounds
		o.sizes = sizes{64 << 20, 64 << 20, 1 << 10}
	}
	if o.rounds == 0 {
		o.rounds = rounds
	}
	var err error
	if o.rows, err = regexp.Compile(*rows); err != nil {
		return o, fmt.Errorf("-rows: %w", err)
	}
	return o, nil
}

// sizes are those of the artifacts, in bytes.
type sizes struct{ large, medium, small int64 }
