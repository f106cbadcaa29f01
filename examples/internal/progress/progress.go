// Package progress shows how far a download is.
package progress

import (
	"encoding/json"
	"io"
	"path"

	"github.com/schollz/progressbar/v3"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/verify"
)

// minBar is the least size, in bytes, that is worth a bar.
const minBar = 64 << 10

// Name, bar, percents, speed and times are to fit into 80 columns.
const (
	maxName  = 26
	barWidth = 16
)

// To returns what tells w how far a download is: a line of JSON for each event, or
// a bar if w is a terminal. It is for [verify.Config].Progress, and nil where there
// is nothing to tell.
func To(w io.Writer, lines bool) func(verify.Progress) {
	if lines {
		encoder := json.NewEncoder(w)
		return func(p verify.Progress) { _ = encoder.Encode(p) } // what can't be told is no reason to stop
	}
	if !output.IsTerminal(w) {
		return nil
	}
	return (&bar{w: w}).tell
}

// A bar shows an artifact's bytes.
type bar struct {
	w     io.Writer
	shown *progressbar.ProgressBar
}

// tell is a [verify.Config].Progress. A bar that can't be drawn is no reason to
// stop.
func (b *bar) tell(p verify.Progress) {
	switch {
	case p.Stage == "verdict" && b.shown != nil:
		_ = b.shown.Finish()
		b.shown = nil
	case p.Stage != "artifact" || p.Total >= 0 && p.Total < minBar:
	case b.shown == nil:
		b.shown = progressbar.NewOptions64(p.Total,
			progressbar.OptionSetWriter(b.w),
			progressbar.OptionSetDescription(terminal.Limit(path.Base(p.Of), maxName)),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetWidth(barWidth),
			progressbar.OptionOnCompletion(func() { _, _ = io.WriteString(b.w, "\n") }),
		)
		fallthrough
	default:
		_ = b.shown.Set64(p.Bytes)
	}
}
