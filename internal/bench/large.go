package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/relseal/relseal/internal/bench/process"
	"github.com/relseal/relseal/verify"
)

// Who reads a large artifact, beside the peers.
const (
	relseal = "relseal"
	bare    = "read, then hash"
)

// block is what a careful program reads and hashes at a time, in bytes.
const block = 256 << 10

// largeRaces read an artifact from the page cache: as libraries, in a process of
// this program each.
func (h *host) largeRaces() []race {
	var all []race
	for _, f := range families() {
		sides := []string{relseal, bare}
		for _, p := range f.streamPeers() {
			sides = append(sides, p.name)
		}
		all = append(all, race{name: "large/" + f.name, sides: sides, run: func(ctx context.Context, m mode, chosen []int, rounds int) ([][]process.Cost, error) {
			return inTurn(chosen, rounds, func(side int) (process.Cost, error) {
				return h.cost(ctx, m, job{Kind: jobLarge, Fixtures: h.fixtures, Family: f.name, Who: sides[side]})
			})
		}})
	}
	return all
}

// large is one verification, or one pass of the bare hash. Reading keys and
// signatures is part of it.
func (j job) large(ctx context.Context) (process.Cost, error) {
	f, err := familyOf(j.Family)
	if err != nil {
		return process.Cost{}, err
	}
	artifact := j.Fixtures.path(large)
	return process.Measure(func() error {
		if j.Who == bare {
			return bareLoop(f, artifact)
		}
		s, err := j.Fixtures.signed(f, large)
		if err != nil {
			return err
		}
		if j.Who == relseal {
			plan, err := s.plan(verify.Config{}, verify.Artifact{})
			if err != nil {
				return err
			}
			return verified(plan.File(ctx, artifact))
		}
		for _, p := range f.streamPeers() {
			if p.name == j.Who {
				return p.verify(s, artifact)
			}
		}
		return fmt.Errorf("no peer %q", j.Who)
	})
}

// verified makes an error of a report that says less than that.
func verified(report *verify.Report, err error) error {
	if err == nil && report.Status != verify.Verified {
		return fmt.Errorf("the status is %v", report.Status)
	}
	return err
}

// bareLoop is what no verification of a family can do without.
func bareLoop(f family, artifact string) error {
	h, err := f.newHash()
	if err != nil {
		return err
	}
	file, err := os.Open(artifact)
	if err != nil {
		return err
	}
	defer file.Close()
	buf := make([]byte, block)
	for {
		n, err := file.Read(buf)
		_, _ = h.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			h.Sum(nil)
			return nil
		}
		if err != nil {
			return err
		}
	}
}
