package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/internal/bench/process"
)

// A spread is what is told of several values.
type spread struct {
	median, low, high float64
	n                 int
}

// spreadOf sorts a copy. The median of an even number is the mean of the two in
// the middle; that of none is 0.
func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Sorted(slices.Values(values))
	middle := len(v) / 2
	median := v[middle]
	if len(v)%2 == 0 {
		median = (v[middle-1] + v[middle]) / 2
	}
	return spread{median, v[0], v[len(v)-1], len(v)}
}

func (s spread) String() string {
	if s.n == 0 {
		return dash
	}
	return fmt.Sprintf("%s [%s–%s]", ratioText(s.median), ratioText(s.low), ratioText(s.high))
}

// ratioText has three digits behind the point up to 10.
func ratioText(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// ratios divides round by round, and leaves out rounds in which theirs is 0.
func ratios(ours, theirs []process.Cost, of func(process.Cost) float64) spread {
	var all []float64
	for i := range min(len(ours), len(theirs)) {
		if t := of(theirs[i]); t > 0 {
			all = append(all, of(ours[i])/t)
		}
	}
	return spreadOf(all)
}

func wall(c process.Cost) float64   { return float64(c.Wall) }
func cpu(c process.Cost) float64    { return float64(c.CPU) }
func memory(c process.Cost) float64 { return float64(c.Memory) }

// medianOf is the median of one of a cost's values.
func medianOf(costs []process.Cost, of func(process.Cost) float64) float64 {
	values := make([]float64, len(costs))
	for i, c := range costs {
		values[i] = of(c)
	}
	return spreadOf(values).median
}

// timeText gives nanoseconds in the unit that suits, to some three digits.
func timeText(ns float64) string {
	d, unit := ns/float64(time.Millisecond), "ms"
	if d < 1 {
		d, unit = ns/float64(time.Microsecond), "µs"
	}
	digits := 0
	switch {
	case d < 10:
		digits = 2
	case d < 100:
		digits = 1
	}
	return fmt.Sprintf("%.*f %s", digits, d, unit)
}

// mibText gives bytes in MiB, or a dash where nothing is known.
func mibText(bytes float64) string {
	if bytes <= 0 {
		return dash
	}
	return fmt.Sprintf("%.1f", bytes/(1<<20))
}
