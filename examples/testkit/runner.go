package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A runner runs one tool.
type runner struct {
	tool    tool
	timeout time.Duration
	jobs    int
	temp    string // where folders are made; "": where the system has them
}

// A Result is a tool's verdict on a case.
type Result struct {
	Case
	Expected string `json:"expected"` // of this tool: pass, fail, or either
	Verdict  string `json:"verdict"`  // pass, fail, crash, timeout, odd, or skipped
	ExitCode int    `json:"exit_code"`
	Millis   int64  `json:"milliseconds"`
	Output   string `json:"output,omitempty"` // its beginning
	Differs  bool   `json:"differs"`
	Listed   bool   `json:"listed"`           // the difference is
	Reason   string `json:"reason,omitempty"` // of the listed difference, or of why it wasn't run
}

// run runs the tool on all cases, in their order.
func (r *runner) run(ctx context.Context, cases []Case) ([]Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]Result, len(cases))
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, r.jobs) {
		workers.Go(func() {
			for i := range next {
				var err error
				if results[i], err = r.one(ctx, cases[i]); err != nil {
					cancel(fmt.Errorf("%s: %w", cases[i].id(), err))
				}
			}
		})
	}
	for i := range cases {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return results, context.Cause(ctx)
}

// one runs the tool on a case in a folder that is removed afterwards.
func (r *runner) one(ctx context.Context, c Case) (result Result, err error) {
	dir, err := os.MkdirTemp(r.temp, "testkit-")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(dir)
	if dir, err = filepath.Abs(dir); err != nil {
		return Result{}, err
	}
	files := filepath.Join(dir, "case")
	for _, folder := range []string{files, filepath.Join(files, "home")} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return Result{}, err
		}
	}
	values, err := c.place(files)
	if errors.Is(err, errName) {
		return r.skipped(c, err.Error()), nil
	}
	if err != nil {
		return Result{}, err
	}
	args, missing := r.tool.command(values)
	if args == nil {
		return r.skipped(c, "it has no {"+missing+"}"), nil
	}
	var stdin string
	if r.tool.stdin {
		stdin = values["artifact"]
	}
	o, err := execute(ctx, r.tool, files, args, stdin, r.timeout)
	return Result{
		Case: c, Expected: r.tool.want(&c),
		Verdict: o.verdict, ExitCode: o.code, Millis: o.took.Milliseconds(), Output: o.output,
	}, err
}

// skipped is the result of a case that isn't run.
func (r *runner) skipped(c Case, reason string) Result {
	return Result{Case: c, Expected: r.tool.want(&c), Verdict: "skipped", ExitCode: -1, Reason: reason}
}
