package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners"
)

// options are what the command line says, but for what is Beam's.
type options struct {
	jobs, results string
	policy        string
	roots         []string
	share         int64 // bytes
	concurrency   int
	verbose       bool
	allFlags      bool // of the help
}

const (
	maxConcurrency = 1024
	defaultShare   = 1 << 20
)

func (o *options) flags(fs *flag.FlagSet) {
	fs.StringVar(&o.jobs, "jobs", "", "the `file` of jobs, a JSON object a line, or a pattern of such files")
	fs.StringVar(&o.results, "results", "", "the `folder` for the results, which all workers can write")
	fs.StringVar(&o.policy, "policy", "", "the `file` with what is demanded of every package (docs/policy.md)")
	fs.Func("trusted-root", rootUsage, o.addRoot)
	fs.Int64Var(&o.share, "share", defaultShare, "how many `bytes` of jobs are a share, which is done or not done as a whole")
	fs.IntVar(&o.concurrency, "concurrency", 4*runtime.GOMAXPROCS(0), "`how many` artifacts of a share are checked at a time")
	fs.BoolVar(&o.verbose, "verbose", false, "tell on standard error what Beam does")
	fs.BoolVar(&o.allFlags, "all-flags", false, "with --help: tell Beam's flags as well")
}

// parse reads the command line, and hands the process over to Beam where that has
// started it as a worker.
func parse(args []string) (*options, error) {
	o := &options{}
	fs := flag.CommandLine // where Beam has its own
	if fs.Lookup("jobs") != nil {
		return nil, errors.New("the command line is read once in a process")
	}
	fs.Init(program, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run tells what is wrong
	fs.Usage = func() {}
	o.flags(fs)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return nil, fmt.Errorf("%w; --help has all flags", err)
	}
	beam.Init()
	return o, o.check(fs.Args())
}

func (o *options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag: a pattern of several files stands in quotes behind --jobs", rest[0])
	case o.jobs == "":
		return errors.New("what is to be checked? Give --jobs FILE; --help begins with examples")
	case o.jobs == "-":
		return errors.New("--jobs - can't be cut into shares: give a file")
	case o.results == "":
		return errors.New("where to? Give --results FOLDER")
	case strings.ContainsAny(o.results, "*?["):
		return fmt.Errorf("--results %q is one folder, and no pattern", o.results)
	case !slices.Contains(engines(), *runners.Runner):
		return fmt.Errorf("--runner %q is none of %s", *runners.Runner, strings.Join(engines()[1:], ", "))
	case o.share < 1:
		return errors.New("--share is at least 1")
	case o.concurrency < 1 || o.concurrency > maxConcurrency:
		return fmt.Errorf("--concurrency is from 1 to %d", maxConcurrency)
	}
	o.results = strings.TrimRight(o.results, "/")
	return nil
}

// engines are the runners of Beam that are linked; by default it is prism, in this
// process.
func engines() []string { return []string{"", "prism", "flink", "dataflow", "spark", "universal"} }

func (o *options) logLevel() string {
	if o.verbose {
		return "info"
	}
	return "warn"
}

// addRoot refuses the empty name that a script's unset variable leaves.
func (o *options) addRoot(name string) error {
	if name == "" {
		return errors.New("empty")
	}
	o.roots = append(o.roots, name)
	return nil
}
