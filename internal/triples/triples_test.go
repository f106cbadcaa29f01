package triples_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/internal/triples"
	"github.com/relseal/relseal/metadata"
)

func TestKnown(t *testing.T) {
	known := triples.Known()
	for _, triple := range known {
		if _, err := metadata.TargetVariables(triple); err != nil {
			t.Error(err)
		}
	}
	for _, triple := range append(triples.Usual(), "universal-apple-darwin", "universal2-apple-darwin") {
		if !slices.Contains(known, triple) {
			t.Errorf("%s is missing", triple)
		}
	}
	if !slices.IsSorted(known) {
		t.Error("not sorted")
	}
}

// TestKnownIsRustcs: no target of rustc's that can be read is missing.
func TestKnownIsRustcs(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), testkeys.Tool(t, "rustc"), "--print", "target-list").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, triple := range strings.Fields(string(out)) {
		if _, err := metadata.TargetVariables(triple); err == nil && !slices.Contains(triples.Known(), triple) {
			t.Errorf("%s is missing", triple)
		}
	}
}
