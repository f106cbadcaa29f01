package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A test is one function of a binary, and what it takes when nothing is changed.
type test struct {
	name    string
	takes   time.Duration
	cpu     time.Duration
	reaches map[int]bool // the mutants whose places it runs
}

// quick is how long the quickest tests of a mutant take together that run before the
// others: most mutants don't outlive these.
const quick = time.Second

// A judge runs tests over mutants.
type judge struct {
	binaries []*binary
	dir      string
	short    bool
	jobs     int
	slow     time.Duration // tests that take longer aren't run; 0 is no limit
}

// rehearse runs each test once with no mutant made, and learns which it reaches. A test
// that fails so, such as one that counts allocations, is left out and told of.
func (j *judge) rehearse(ctx context.Context, leftOut func(name string, why string)) error {
	var mu sync.Mutex
	for _, b := range j.binaries {
		out, _, err := j.run(ctx, b, limits{time.Minute, time.Minute}, nil, "-test.list", ".")
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", b.dir, err, out)
		}
		var names []string
		for line := range strings.Lines(out) {
			name := strings.TrimSpace(line)
			if strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz") || strings.HasPrefix(name, "Example") {
				names = append(names, name)
			}
		}
		err = inParallel(ctx, j.jobs, names, func(n int, name string) error {
			t, why, err := j.rehearsal(ctx, b, name, filepath.Join(j.dir, fmt.Sprintf("reached-%d", n)))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				return err
			case why != "":
				leftOut(name, why)
			default:
				b.tests = append(b.tests, t)
			}
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(b.tests, func(x, y *test) int { return int(x.takes - y.takes) })
	}
	return nil
}

func (j *judge) rehearsal(ctx context.Context, b *binary, name, reached string) (t *test, why string, err error) {
	defer os.Remove(reached)
	start := time.Now()
	most := limits{10 * time.Minute, 10 * time.Minute}
	out, cpu, err := j.run(ctx, b, most, []string{reachedVariable + "=" + reached}, "-test.run", "^"+name+"$")
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	if err != nil {
		return nil, "it fails with the mutants built in:\n" + out, nil
	}
	t = &test{name: name, takes: time.Since(start), cpu: cpu, reaches: map[int]bool{}}
	if j.slow > 0 && t.takes > j.slow {
		return nil, fmt.Sprintf("it takes %v", t.takes.Round(time.Millisecond)), nil
	}
	text, err := os.ReadFile(reached)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, "", err
	}
	for line := range strings.Lines(string(text)) {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return nil, "", err
		}
		t.reaches[n] = true
	}
	return t, "", nil
}

// kills tells whether a test fails when the mutant is made, or takes far longer than it
// took.
func (j *judge) kills(ctx context.Context, m *mutant) (bool, error) {
	for _, first := range []bool{true, false} {
		for _, b := range j.binaries {
			var names []string
			var sum, cpu time.Duration
			for _, t := range b.tests {
				if !t.reaches[m.number] {
					continue
				}
				if isQuick := sum+t.takes < quick; isQuick == first {
					names = append(names, t.name)
					cpu += t.cpu
				}
				sum += t.takes
			}
			if len(names) == 0 {
				continue
			}
			most := limits{5*sum + 4*time.Second, 3*cpu + 2*time.Second}
			out, _, err := j.run(ctx, b, most, []string{fmt.Sprintf("%s=%d", madeVariable, m.number)},
				"-test.failfast", "-test.run", "^("+strings.Join(names, "|")+")$")
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			var failed *exec.ExitError
			switch {
			case errors.As(err, &failed):
				return true, nil
			case err != nil:
				return false, fmt.Errorf("%s: %w\n%s", m, err, out)
			}
		}
	}
	return false, nil
}

// limits are how long a run may take, and how much of the processor.
type limits struct{ time, cpu time.Duration }

// run runs a binary in its package's folder, with a folder of its own for what it leaves
// behind and with a limit to the memory that a mutant may ask for. It returns what is
// printed and what the run took of the processor.
func (j *judge) run(ctx context.Context, b *binary, most limits, env []string, args ...string) (string, time.Duration, error) {
	temp, err := os.MkdirTemp(j.dir, "run-")
	if err != nil {
		return "", 0, err
	}
	defer os.RemoveAll(temp)
	timed, cancel := context.WithTimeout(ctx, most.time+10*time.Second) // the test says more when it ends itself
	defer cancel()
	if j.short {
		args = append(args, "-test.short")
	}
	script := fmt.Sprintf(`ulimit -v 4194304; ulimit -t %d; exec "$0" "$@"`, int(most.cpu.Seconds())+1)
	args = append([]string{"-c", script, b.name, "-test.timeout", most.time.String()}, args...)
	cmd := exec.CommandContext(timed, "sh", args...)
	cmd.Dir, cmd.Env = b.dir, append(append(os.Environ(), "TMPDIR="+temp), env...)
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var cpu time.Duration
	if s := cmd.ProcessState; s != nil {
		cpu = s.UserTime() + s.SystemTime()
	}
	return out.String(), cpu, err
}

// inParallel calls f for each, some at a time, until one fails.
func inParallel[T any](ctx context.Context, jobs int, all []T, f func(int, T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wait sync.WaitGroup
	next := make(chan int)
	for range max(1, jobs) {
		wait.Go(func() {
			for n := range next {
				if err := f(n, all[n]); err != nil {
					stop(err)
				}
			}
		})
	}
	for n := range all {
		if ctx.Err() != nil {
			break
		}
		next <- n
	}
	close(next)
	wait.Wait()
	return context.Cause(ctx)
}
