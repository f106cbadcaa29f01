package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestReadmeCode: the Go code in README is what the examples run.
func TestReadmeCode(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(testkeys.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("*example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var examples strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		examples.Write(text)
	}
	blocks := strings.Split(string(readme), "```go\n")[1:]
	if len(blocks) < 2 {
		t.Errorf("README has %d pieces of Go code", len(blocks))
	}
	for _, block := range blocks {
		code, _, closed := strings.Cut(block, "```")
		if !closed || !strings.Contains(examples.String(), code) {
			t.Errorf("this code in README isn't in an example:\n%s", code)
		}
	}
}
