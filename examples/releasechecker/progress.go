package main

import (
	"fmt"

	"github.com/schollz/progressbar/v3"

	"github.com/relseal/relseal/examples/internal/output"
)

// A progress shows how far a run is, on a terminal. A bar that can't be drawn is no
// reason to stop.
type progress struct {
	bar *progressbar.ProgressBar // nil elsewhere
}

// progress is on standard error, unless that is a terminal whose other half shows
// the results as they come.
func (o *options) progress(std streams, total int) progress {
	format := o.defaultFormat(std.out)
	streamed := format == "lines" || format == "ndjson" || format == "json"
	if w := std.err; !output.IsTerminal(w) || streamed && output.IsTerminal(std.out) {
		return progress{}
	}
	return progress{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(std.err),
		progressbar.OptionSetDescription("checking"),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100e6), // ns
		progressbar.OptionClearOnFinish(),
	)}
}

func (p progress) step(t *tally) {
	if p.bar == nil {
		return
	}
	if t.Refused > 0 {
		p.bar.Describe(fmt.Sprintf("checking, %d refused", t.Refused))
	}
	_ = p.bar.Add(1)
}

// done takes the bar away.
func (p progress) done() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
