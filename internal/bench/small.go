package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/relseal/relseal/internal/bench/process"
	"github.com/relseal/relseal/verify"
)

// A contestant is a side of a small artifact's verification, with everything
// ready that a program keeps: keys, trusted roots and plans, but no signature.
type contestant struct {
	name string
	once func() error
}

// batchTime is how long a round of one side takes, about.
const batchTime = 20 * time.Millisecond

// smallSubjects are the families and, of cosign, what is signed without a key.
func smallSubjects() []string {
	var all []string
	for _, f := range families() {
		all = append(all, f.name)
	}
	for _, k := range keylessCases() {
		all = append(all, k.name)
	}
	return all
}

// smallRaces verify 1 KiB over and over in one process: with two cores, in two
// goroutines.
func (h *host) smallRaces() []race {
	var all []race
	for _, subject := range smallSubjects() {
		all = append(all, race{name: "small/" + subject, sides: smallSides(subject), run: func(ctx context.Context, m mode, chosen []int, rounds int) ([][]process.Cost, error) {
			a, err := h.job(ctx, m, job{Kind: jobSmall, Fixtures: h.fixtures, Corpus: h.corpus(), Family: subject, Sides: chosen, Rounds: rounds, Parallel: m.cores})
			if err == nil && len(a.Costs) != len(chosen) {
				err = errors.New("an answer without the costs")
			}
			return a.Costs, err
		}})
	}
	return all
}

// contestants are ours first, in the order of smallSides.
func (j job) contestants() ([]contestant, error) {
	if k, ok := keylessCase(j.Family); ok {
		return k.contestants(j.Corpus)
	}
	f, err := familyOf(j.Family)
	if err != nil {
		return nil, err
	}
	s, err := j.Fixtures.signed(f, small)
	if err != nil {
		return nil, err
	}
	artifact, err := os.ReadFile(j.Fixtures.path(small))
	if err != nil {
		return nil, err
	}
	plan, err := s.plan(verify.Config{}, verify.Artifact{})
	if err != nil {
		return nil, err
	}
	peers, err := s.smallPeers(artifact)
	return append([]contestant{planned(plan, artifact)}, peers...), err
}

// planned is relseal's side: a plan that is carried out again.
func planned(plan *verify.Plan, artifact []byte) contestant {
	return contestant{relseal, func() error {
		r, err := plan.Open(context.Background(), bytes.NewReader(artifact))
		if err != nil {
			return err
		}
		report, err := r.Finish()
		return errors.Join(verified(report, err), r.Close())
	}}
}

// small measures batches in turn.
func (j job) small() (answer, error) {
	all, err := j.contestants()
	if err != nil {
		return answer{}, err
	}
	if len(j.Sides) == 0 || j.Parallel < 1 {
		return answer{}, fmt.Errorf("%d sides in %d goroutines", len(j.Sides), j.Parallel)
	}
	n, err := batchSize(all[0].once)
	if err != nil {
		return answer{}, err
	}
	costs, err := inTurn(j.Sides, j.Rounds, func(side int) (process.Cost, error) {
		runtime.GC() // what another side has left
		return batch(all[side].once, n, j.Parallel)
	})
	return answer{Costs: costs}, err
}

// batchSize is how many verifications take about [batchTime], after some that
// warm up.
func batchSize(once func() error) (int, error) {
	const first = 20
	for range 2 {
		c, err := batch(once, first, 1)
		if err != nil {
			return 0, err
		}
		if n := int(batchTime / max(1, c.Wall)); n > first {
			return n, nil
		}
	}
	return first, nil
}

// batch is n verifications in each of some goroutines. The cost is that of one:
// with more of them the time that passes is less than one takes.
func batch(once func() error, n, parallel int) (process.Cost, error) {
	errs := make([]error, parallel)
	cost, _ := process.Time(func() error {
		var all sync.WaitGroup
		for i := range parallel {
			all.Go(func() {
				for range n {
					if err := once(); err != nil {
						errs[i] = err
						return
					}
				}
			})
		}
		all.Wait()
		return nil
	})
	runs := time.Duration(n * parallel)
	cost.Wall, cost.CPU = cost.Wall/runs, cost.CPU/runs
	return cost, errors.Join(errs...)
}
