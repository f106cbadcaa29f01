package main

import (
	"context"
	"fmt"

	"github.com/relseal/relseal/internal/bench/process"
)

// A mode is how many processors a race has.
type mode struct {
	cores int
	cpus  []int // pinned to these; nil where the system can't
}

// modes are one core and two, where the machine has them: the last ones, since
// the first serves most interrupts.
func modes(cpus []int, cores int) []mode {
	all := []mode{{cores: 1}}
	if cores >= 2 {
		all = append(all, mode{cores: 2})
	}
	for i := range all {
		if n := all[i].cores; len(cpus) >= n {
			all[i].cpus = cpus[len(cpus)-n:]
		}
	}
	return all
}

// A race sets relseal beside peers that do the same.
type race struct {
	name  string   // of its rows, such as "large/minisign"
	sides []string // ours first

	// run measures some of the sides, by their index, in turn.
	run func(ctx context.Context, m mode, sides []int, rounds int) ([][]process.Cost, error)
}

// A result is what a race has brought, by side and round. A side that wasn't
// asked for has none.
type result struct {
	race  race
	mode  mode
	costs [][]process.Cost
}

// row is the name of what stands beside ours, for options.rows.
func (r race) row(side int) string { return r.name + "/" + r.sides[side] }

// chosen are the sides of the rows that are asked for, with ours among them; nil
// where there is none.
func (r race) chosen(o options) []int {
	sides := []int{0}
	for side := 1; side < len(r.sides); side++ {
		if o.rows.MatchString(r.row(side)) {
			sides = append(sides, side)
		}
	}
	if len(sides) == 1 {
		return nil
	}
	return sides
}

// measured runs the race in a mode.
func (r race) measured(ctx context.Context, m mode, sides []int, rounds int) (result, error) {
	costs, err := r.run(ctx, m, sides, rounds)
	if err != nil {
		return result{}, fmt.Errorf("%s, cores: %d: %w", r.name, m.cores, err)
	}
	all := make([][]process.Cost, len(r.sides))
	for i, side := range sides {
		all[side] = costs[i]
	}
	return result{r, m, all}, nil
}

// inTurn measures every side once in each round, in an order that turns around
// with each: whatever the machine does meanwhile it does to all of them.
func inTurn(sides []int, rounds int, once func(side int) (process.Cost, error)) ([][]process.Cost, error) {
	costs := make([][]process.Cost, len(sides))
	for round := range rounds {
		for i := range sides {
			if round%2 == 1 {
				i = len(sides) - 1 - i
			}
			cost, err := once(sides[i])
			if err != nil {
				return nil, err
			}
			costs[i] = append(costs[i], cost)
		}
	}
	return costs, nil
}

// rows are the lines of a table, one for each peer.
func (r result) rows() [][]string {
	var all [][]string
	ours := r.costs[0]
	for side := 1; side < len(r.costs); side++ {
		theirs := r.costs[side]
		if len(theirs) == 0 {
			continue
		}
		all = append(all, []string{
			r.race.name, r.race.sides[side], fmt.Sprint(r.mode.cores), fmt.Sprint(len(theirs)),
			timeText(medianOf(ours, wall)), ratios(ours, theirs, wall).String(),
			timeText(medianOf(ours, cpu)), ratios(ours, theirs, cpu).String(),
			mibText(medianOf(ours, memory)) + " / " + mibText(medianOf(theirs, memory)),
		})
	}
	return all
}

// head is that of the table of rows.
func head() []string {
	return []string{"row", "beside", "cores", "rounds", "wall", "wall ratio", "CPU", "CPU ratio", "MiB, ours / theirs"}
}
