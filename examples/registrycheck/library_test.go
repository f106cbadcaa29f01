package main

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"slices"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/verify"
)

// libraryAlone verifies the jobs of a file by the library and nothing around it, and
// keeps no result: what the machine can do.
func libraryAlone(file string) int {
	concurrency := 4 * runtime.GOMAXPROCS(0)
	c, err := new(demands).checker(context.Background(), concurrency)
	data, readErr := os.ReadFile(file)
	if err != nil || readErr != nil {
		return 1
	}
	var jobs []verify.Job
	for line := range bytes.Lines(data) {
		jobs = append(jobs, checking.ReadJob(line, "", nil).Job)
	}
	for _, r := range c.Verifier.Batch(context.Background(), slices.Values(jobs), concurrency) {
		if r.Err != nil {
			return 1
		}
	}
	return 0
}
