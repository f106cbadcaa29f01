package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestDocumentedCalls: every call that the help, the package and docs/scale.md show is
// one, as far as it can be told without the engine.
func TestDocumentedCalls(t *testing.T) {
	t.Parallel()
	docs := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "scale.md")))
	doc := strings.ReplaceAll(strings.ReplaceAll(string(testkeys.ReadFile(t, "main.go")), " \\\n", " "), "//\t", "")
	for name, text := range map[string]string{"help": help, "doc": strings.ReplaceAll(doc, "//    ", ""), "docs": docs} {
		calls := 0
		for line := range strings.Lines(text) {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != program || !strings.HasPrefix(words[1], "--") {
				continue
			}
			for i := range words {
				words[i] = strings.Trim(words[i], "'")
			}
			// --help is told by whoever could read the flags before it, and is no call.
			if got := call(t, nil, append(words[1:], "--help")...); got.code != 0 || got.err != "" {
				t.Errorf("%s: %s: exit code %d, %s", name, line, got.code, got.err)
			}
			calls++
		}
		if calls < 3 {
			t.Errorf("%s: %d calls", name, calls)
		}
	}
}
