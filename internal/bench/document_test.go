package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestDocument: docs/benchmarks.md is this command's, with its sections in order.
func TestDocument(t *testing.T) {
	text := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "benchmarks.md")))
	if !strings.HasPrefix(text, textHead) {
		t.Error("docs/benchmarks.md begins with another text: run the command again")
	}
	for _, section := range []string{"Large: 1024 MiB", "Programs: ", "Save: ", "Small: ", "Start: ", "Download: "} {
		_, rest, ok := strings.Cut(text, "\n## "+section)
		if !ok {
			t.Fatalf("docs/benchmarks.md has no section %q, or in another place", section)
		}
		text = rest
	}
}
