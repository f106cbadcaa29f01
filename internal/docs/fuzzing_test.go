package docs

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestFuzzing: docs/fuzzing.md has a row for each fuzz target, and for nothing else.
func TestFuzzing(t *testing.T) {
	root := testkeys.Root(t)
	text, err := os.ReadFile(filepath.Join(root, "docs", "fuzzing.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| \\[`([a-z0-9/]+)`]\\(\\.\\./[a-z0-9/]+\\) (Fuzz\\w+) \\| [^|]+ \\| [^|]*\\|$").FindAllStringSubmatch(string(text), -1) {
		rows[m[1]+" "+m[2]] = true
	}
	targets := fuzzTargets(t, root)
	if len(targets) < 40 {
		t.Errorf("only %d targets", len(targets))
	}
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		if !rows[name] {
			t.Errorf("docs/fuzzing.md has no row for %s", name)
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("docs/fuzzing.md has a row for %s, which isn't there", name)
	}
}

// fuzzTargets are those of all modules, with the folder of each.
func fuzzTargets(t *testing.T, root string) map[string]bool {
	t.Helper()
	targets := map[string]bool{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		for _, m := range regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`).FindAllStringSubmatch(string(text), -1) {
			targets[path.Dir(name)+" "+m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return targets
}
