package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
)

// allocations are what one verification of 1 KiB allocates, freed or not.
type allocations struct {
	Bytes uint64 `json:"bytes"`
	Count uint64 `json:"count"`
}

// errAllocations says that relseal allocates more than its limit.
var errAllocations = errors.New("too many allocations")

// limits are the most that relseal may allocate, by subject. What is measured is
// exact, but for a few bytes of the runtime's own and pools that a collection
// has emptied. Whoever makes it less lowers the limit.
func limits() map[string]allocations {
	return map[string]allocations{
		"minisign":                   {7 << 10, 57},
		legacy:                       {7 << 10, 56},
		"gpg":                        {11 << 10, 86},
		"ssh":                        {8 << 10, 73},
		"signify":                    {5 << 10, 40},
		"cosign":                     {9 << 10, 116},
		"keyless-rekor-v1":           {120 << 10, 780},
		"keyless-rekor-v2-timestamp": {102 << 10, 840},
	}
}

// allocations of all sides.
func (j job) allocations() (answer, error) {
	all, err := j.contestants()
	if err != nil {
		return answer{}, err
	}
	a := answer{Allocations: make([][]allocations, len(all))}
	for i, c := range all {
		one, err := allocated(c.once)
		if err != nil {
			return answer{}, fmt.Errorf("%s: %w", c.name, err)
		}
		a.Allocations[i] = []allocations{one}
	}
	return a, nil
}

// allocated is the least of several times: what else happens in the process only
// adds to it.
func allocated(once func() error) (allocations, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const tries, n = 5, 100
	least := allocations{math.MaxUint64, math.MaxUint64}
	for range tries + 1 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range n {
			if err := once(); err != nil {
				return allocations{}, err
			}
		}
		runtime.ReadMemStats(&after)
		least.Bytes = min(least.Bytes, (after.TotalAlloc-before.TotalAlloc)/n)
		least.Count = min(least.Count, (after.Mallocs-before.Mallocs)/n)
	}
	return least, nil
}

// exceeds says by what an amount is over its limit, or nothing.
func (a allocations) exceeds(limit allocations) string {
	var over []string
	if a.Bytes > limit.Bytes {
		over = append(over, fmt.Sprintf("%d bytes, and %d are the limit", a.Bytes, limit.Bytes))
	}
	if a.Count > limit.Count {
		over = append(over, fmt.Sprintf("%d allocations, and %d are the limit", a.Count, limit.Count))
	}
	return strings.Join(over, "; ")
}

// allocationTable has a line for each subject whose rows are asked for; over are
// those over their limits.
func (h *host) allocationTable(ctx context.Context, limits map[string]allocations) (table string, over []string, err error) {
	var rows [][]string
	for _, r := range h.smallRaces() {
		if r.chosen(h.options) == nil {
			continue
		}
		subject := strings.TrimPrefix(r.name, "small/")
		a, err := h.job(ctx, mode{cores: 1}, job{Kind: jobAllocations, Fixtures: h.fixtures, Corpus: h.corpus(), Family: subject})
		if err != nil {
			return "", nil, err
		}
		limit, ok := limits[subject]
		if !ok || len(a.Allocations) != len(r.sides) {
			return "", nil, fmt.Errorf("%s has no limit, or no allocations", subject)
		}
		ours := a.Allocations[0][0]
		if why := ours.exceeds(limit); why != "" {
			over = append(over, subject+": "+why)
		}
		for side := 1; side < len(r.sides); side++ {
			theirs := a.Allocations[side][0]
			rows = append(rows, []string{
				r.name, r.sides[side],
				fmt.Sprint(ours.Bytes), fmt.Sprint(limit.Bytes), fmt.Sprint(theirs.Bytes),
				fmt.Sprint(ours.Count), fmt.Sprint(limit.Count), fmt.Sprint(theirs.Count),
			})
		}
	}
	return markdown([]string{"row", "beside", "bytes", "limit", "theirs", "allocations", "limit", "theirs"}, rows), over, nil
}
