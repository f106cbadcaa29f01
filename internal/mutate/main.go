// Mutate changes one thing of a package's code at a time and runs the package's tests:
// a change that no test notices is a check that nothing holds.
//
//	go run ./internal/mutate [flags] PACKAGE [TESTED...]
//
// PACKAGE is a folder, such as ./template. TESTED are packages whose tests are run
// besides its own. It prints each mutant that survives, and in the end how many there
// are, killed and alive.
//
// The data's way:
//
//	sources ──mutants──▶ one changed file each ──go test -overlay──▶ killed, survived, or no Go
//
// Nothing is written to the tree. survivors.txt lists mutants that survive for a reason,
// such as that they mean the same; they don't count. -sample takes a part of the
// mutants, the same ones for the same -seed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

type options struct {
	folder  string
	tested  []string
	files   string
	sample  int
	seed    uint64
	jobs    int
	timeout time.Duration
	short   bool
	list    bool
	known   string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o, err := parseOptions(os.Args[1:], os.Stderr)
	if err == nil {
		err = run(ctx, o, os.Stdout)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func parseOptions(args []string, stderr io.Writer) (o options, err error) {
	f := flag.NewFlagSet("mutate", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.files, "files", "*.go", "only files whose names fit the `pattern`")
	f.IntVar(&o.sample, "sample", 0, "so `many` mutants, chosen by chance; 0 is all")
	f.Uint64Var(&o.seed, "seed", 1, "which chance")
	f.IntVar(&o.jobs, "jobs", 2, "how `many` at a time")
	f.DurationVar(&o.timeout, "timeout", 2*time.Minute, "how long the tests may take; a mutant that takes longer is killed")
	f.BoolVar(&o.short, "short", false, "run the tests with -short")
	f.BoolVar(&o.list, "list", false, "list the mutants and run nothing")
	f.StringVar(&o.known, "known", "internal/mutate/survivors.txt", "the `file` of mutants that survive for a reason")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() == 0 {
		return o, errors.New("which package? such as ./template")
	}
	o.folder, o.tested = f.Arg(0), f.Args()
	return o, nil
}

// The outcomes of a mutant.
const (
	killed   = "killed"
	survived = "survived"
	noGo     = "no Go" // it doesn't compile
)

func run(ctx context.Context, o options, stdout io.Writer) error {
	known, err := readKnown(o.known)
	if err != nil {
		return err
	}
	all, err := mutants(o.folder, o.files)
	if err != nil {
		return err
	}
	if o.sample > 0 && o.sample < len(all) {
		r := rand.New(rand.NewPCG(o.seed, 0)) //nolint:gosec // no secret
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:o.sample]
	}
	if o.list {
		for _, m := range all {
			fmt.Fprintln(stdout, m)
		}
		return nil
	}
	if out, err := o.test(ctx, nil); err != nil {
		return fmt.Errorf("the tests fail without any change: %w\n%s", err, out)
	}
	counts := o.judgeAll(ctx, all, func(m mutant) {
		if reason, ok := known[m.String()]; ok {
			fmt.Fprintf(stdout, "known     %s: %s\n", m, reason)
		} else {
			fmt.Fprintf(stdout, "survived  %s\n", m)
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	inKnown := 0
	for _, m := range counts.alive {
		if _, ok := known[m.String()]; ok {
			inKnown++
		}
	}
	judged := counts.killed + len(counts.alive) - inKnown
	share := 100.0
	if judged > 0 {
		share = 100 * float64(counts.killed) / float64(judged)
	}
	_, err = fmt.Fprintf(stdout, "%s: %d mutants judged, %d killed (%.1f %%), %d survived, %d more for a known reason, %d no Go\n",
		filepath.ToSlash(o.folder), judged, counts.killed, share, len(counts.alive)-inKnown, inKnown, counts.noGo)
	return err
}

type counts struct {
	killed, noGo int
	alive        []mutant
}

// judgeAll judges some mutants at a time, and tells of each that survives.
func (o options) judgeAll(ctx context.Context, all []mutant, survivor func(mutant)) (c counts) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	next := make(chan mutant)
	for range max(1, o.jobs) {
		wait.Go(func() {
			for m := range next {
				outcome := o.judge(ctx, m)
				mu.Lock()
				switch outcome {
				case killed:
					c.killed++
				case noGo:
					c.noGo++
				case survived:
					c.alive = append(c.alive, m)
					survivor(m)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range all {
		if ctx.Err() != nil {
			break
		}
		next <- m
	}
	close(next)
	wait.Wait()
	return c
}

// readKnown reads the mutants that survive for a reason: a mutant as it is printed, and
// on the next line, indented, why. A file that isn't there has none.
func readKnown(name string) (map[string]string, error) {
	known := map[string]string{}
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	var last string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "\t") && last != "":
			known[last], last = strings.TrimSpace(line), ""
		case last != "":
			return nil, fmt.Errorf("%s: %q has no reason below it", name, last)
		default:
			last = line
		}
	}
	if last != "" {
		return nil, fmt.Errorf("%s: %q has no reason below it", name, last)
	}
	return known, nil
}
