package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/relseal/relseal/internal/bench/process"
)

// jobFlag has this program do one [job] instead.
const jobFlag = "-job"

// A job is what a process of this program does when it is measured itself.
type job struct {
	Kind     string   `json:"kind"`
	Fixtures fixtures `json:"fixtures"`
	Sizes    [3]int64 `json:"sizes,omitzero"` // of jobFixtures

	Family   string `json:"family,omitempty"`
	Who      string `json:"who,omitempty"`
	Artifact string `json:"artifact,omitempty"`

	// Of jobSmall: the sides by their index, and how many goroutines verify.
	Sides    []int  `json:"sides,omitempty"`
	Rounds   int    `json:"rounds,omitempty"`
	Parallel int    `json:"parallel,omitempty"`
	Corpus   string `json:"corpus,omitempty"`

	// Of downloads.
	Site site   `json:"site,omitzero"`
	Path string `json:"path,omitempty"`
}

// The kinds of jobs.
const (
	jobFixtures    = "fixtures"
	jobLarge       = "large"
	jobSave        = "save"
	jobSmall       = "small"
	jobAllocations = "allocations"
	jobServe       = "serve"
	jobDownload    = "download"
)

// An answer is what a job prints.
type answer struct {
	Costs       [][]process.Cost `json:"costs,omitempty"` // by side
	Allocations [][]allocations  `json:"allocations,omitempty"`
}

// oneCost is the answer of a job that measures one run.
func oneCost(c process.Cost, err error) (answer, error) {
	return answer{Costs: [][]process.Cost{{c}}}, err
}

// runJob does a job and prints its answer.
func runJob(ctx context.Context, text string, stdout io.Writer) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	if j.Kind == jobServe {
		return serve(ctx, j.Fixtures, stdout)
	}
	a, err := j.do(ctx)
	if err != nil {
		return fmt.Errorf("%s %s %s: %w", j.Kind, j.Family, j.Who, err)
	}
	return json.NewEncoder(stdout).Encode(a)
}

func (j job) do(ctx context.Context) (answer, error) {
	switch j.Kind {
	case jobFixtures:
		return answer{}, j.Fixtures.make(sizes{j.Sizes[0], j.Sizes[1], j.Sizes[2]})
	case jobLarge:
		return oneCost(j.large(ctx))
	case jobSave:
		return oneCost(j.save(ctx))
	case jobDownload:
		return oneCost(j.download(ctx))
	case jobSmall:
		return j.small()
	case jobAllocations:
		return j.allocations()
	default:
		return answer{}, fmt.Errorf("no job %q", j.Kind)
	}
}
