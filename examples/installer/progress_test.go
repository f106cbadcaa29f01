package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/unpack/unpacktest"
)

// TestProgressLines: every line is an event, up to the place.
func TestProgressLines(t *testing.T) {
	r := newRelease(t, "tool-1.0.0.tar", unpacktest.Tar(t, good), manifest("tar", ""))
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
