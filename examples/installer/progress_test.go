package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/relseal/relseal/verify"
)

// TestProgressLines: every line is an event, up to the place.
func TestProgressLines(t *testing.T) {
	r := newRelease(t, "tool-1.0.0.tar", tarOf(t, good), manifest("tar", ""))
	var lines bytes.Buffer
	r.job.stderr, r.job.lines = &lines, true
	if err := r.job.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var stages []string
	for line := range strings.Lines(lines.String()) {
		var p struct{ Stage string }
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		stages = append(stages, p.Stage)
	}
	if got := strings.Join(stages, " "); got != "signature signature artifact artifact verdict place" {
		t.Errorf("stages %s", got)
	}
}

// TestBar: one bar per transfer worth it, which follows one that begins anew.
func TestBar(t *testing.T) {
	var drawn bytes.Buffer
	b := &bar{w: &drawn}
	b.tell(verify.Progress{Stage: "signature", Total: -1})
	b.tell(verify.Progress{Stage: "artifact", Bytes: 5, Total: minBar - 1})
	b.tell(verify.Progress{Stage: "verdict", Bytes: 5, Total: 5})
	if drawn.Len() != 0 {
		t.Errorf("drawn: %q", drawn.String())
	}
	for _, bytes := range []int64{0, minBar, 0, minBar} {
		b.tell(verify.Progress{Stage: "artifact", Of: "https://example.com/tool.tgz", Bytes: bytes, Total: 2 * minBar})
	}
	b.tell(verify.Progress{Stage: "verdict", Bytes: 2 * minBar, Total: 2 * minBar})
	if !strings.Contains(drawn.String(), "tool.tgz") || !strings.Contains(drawn.String(), "50%") || !strings.Contains(drawn.String(), "100%") {
		t.Errorf("drawn: %q", drawn.String())
	}
}
