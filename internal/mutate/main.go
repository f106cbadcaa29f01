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
//	sources ──rewrite──▶ one package with all mutants, each behind a guard
//	        ──go test -c──▶ binaries ──each test once──▶ which mutants it reaches, how long it takes
//	        ──the tests that reach it, once a mutant──▶ killed, survived
//
// Nothing is built for one mutant and nothing is written to the tree. survivors.txt lists
// mutants that survive for a reason, such as that they mean the same; they don't count.
// What can't be changed while a program runs (constants, what wouldn't be Go) isn't
// changed. -sample takes a part of the mutants, the same ones for the same -seed.
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
	folder string
	tested []string
	files  string
	sample int
	seed   uint64
	jobs   int
	slow   time.Duration
	short  bool
	list   bool
	known  string
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
	f.StringVar(&o.files, "files", "*.go", "only files whose names fit one of the `patterns`, with commas between")
	f.IntVar(&o.sample, "sample", 0, "so `many` mutants, chosen by chance; 0 is all")
	f.Uint64Var(&o.seed, "seed", 1, "which chance")
	f.IntVar(&o.jobs, "jobs", 2, "how `many` at a time")
	f.DurationVar(&o.slow, "slow", 0, "leave out tests that take longer; 0 is none")
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

func run(ctx context.Context, o options, stdout io.Writer) error {
	known, err := readKnown(o.known)
	if err != nil {
		return err
	}
	s, err := newSchema(ctx, o.folder, o.files)
	if err != nil {
		return err
	}
	if err := s.has(known); err != nil {
		return fmt.Errorf("%s: %w", o.known, err)
	}
	all := s.mutants
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
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	j := &judge{dir: dir, short: o.short, jobs: o.jobs, slow: o.slow}
	if j.binaries, err = s.build(ctx, dir, o.tested); err != nil {
		return err
	}
	if err := j.rehearse(ctx, func(name, why string) { fmt.Fprintf(stdout, "left out  %s: %s\n", name, why) }); err != nil {
		return err
	}
	return o.judgeAll(ctx, j, all, known, len(s.noGo), stdout)
}

// judgeAll prints each mutant that survives, and the count of all.
func (o options) judgeAll(ctx context.Context, j *judge, all []*mutant, known map[string]string, noGo int, stdout io.Writer) error {
	var mu sync.Mutex
	var killed, survived, inKnown int
	err := inParallel(ctx, o.jobs, all, func(_ int, m *mutant) error {
		dies, err := j.kills(ctx, m)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		reason, isKnown := known[m.String()]
		switch {
		case dies:
			killed++
		case isKnown:
			inKnown++
			_, err = fmt.Fprintf(stdout, "known     %d %s: %s\n", m.line, m, reason)
		default:
			survived++
			_, err = fmt.Fprintf(stdout, "survived  %d %s\n", m.line, m)
		}
		return err
	})
	if err != nil {
		return err
	}
	share := 100.0
	if judged := killed + survived; judged > 0 {
		share = 100 * float64(killed) / float64(judged)
	}
	_, err = fmt.Fprintf(stdout, "%s: %d mutants judged, %d killed (%.1f %%), %d survived, %d more for a known reason, %d no Go\n",
		filepath.ToSlash(o.folder), killed+survived, killed, share, survived, inKnown, noGo)
	return err
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
