package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"github.com/relseal/relseal/examples/internal/output"
)

// keptMetric counts the shares that were done already.
const keptMetric = "shares-kept"

// keptOf is how many shares were done already, as far as the runner tells.
func keptOf(result beam.PipelineResult) int64 {
	if result == nil {
		return 0
	}
	var n int64
	for _, c := range result.Metrics().Query(func(r beam.MetricResult) bool { return r.Name() == keptMetric }).Counters() {
		n += c.Result()
	}
	return n
}

// A summary is what a run found, for people.
type summary struct {
	counts  []count
	results string
	kept    int64
	shares  int
}

// maxHosts limits the hosts of the summary; counts.ndjson has all.
const maxHosts = 20

func (s summary) writeTo(w io.Writer) {
	total := 0
	for _, c := range s.counts {
		total += c.Count
	}
	fmt.Fprintf(w, "%d checked, in %d share(s)", total, s.shares)
	if s.kept > 0 {
		fmt.Fprintf(w, " of which %d done before", s.kept)
	}
	fmt.Fprintf(w, ": %s\n", output.Label(s.results))
	s.table(w, "verdict", 0, func(c count) string { return cmp.Or(c.Reason, c.Status) })
	s.table(w, "shape", 0, func(c count) string { return c.Shape })
	s.table(w, "host", maxHosts, func(c count) string { return cmp.Or(c.Host, "none") })
}

// table prints how many there are of each, and how many of these are verified.
func (s summary) table(w io.Writer, what string, most int, of func(count) string) {
	type row struct{ verified, all int }
	rows := map[string]row{}
	for _, c := range s.counts {
		r := rows[of(c)]
		r.all += c.Count
		if c.Status == "verified" {
			r.verified += c.Count
		}
		rows[of(c)] = r
	}
	names := slices.SortedFunc(maps.Keys(rows), func(a, b string) int {
		return cmp.Or(cmp.Compare(rows[b].all, rows[a].all), cmp.Compare(a, b))
	})
	left := 0
	if most > 0 && len(names) > most {
		names, left = names[:most], len(names)-most
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\n%s\tchecked\tverified\n", what)
	for _, name := range names {
		fmt.Fprintf(t, "%s\t%d\t%d\n", output.Label(name), rows[name].all, rows[name].verified)
	}
	_ = t.Flush()
	if left > 0 {
		fmt.Fprintf(w, "and %d more, in %s\n", left, countsName)
	}
}
