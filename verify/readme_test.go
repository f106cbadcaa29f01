package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestReadmeCode: the code in README is the one that the example runs.
func TestReadmeCode(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(testkeys.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, ok := strings.Cut(string(readme), "```go\n")
	code, _, closed := strings.Cut(code, "```")
	if !ok || !closed {
		t.Fatal("README has no Go code")
	}
	if !strings.Contains(string(example), code) {
		t.Error("README's Go code isn't in example_test.go")
	}
}
