package shapes

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// most is what each shape's file may have of lines with code, without the package's
// name and the imports.
const most = 40

// TestLines: each stays short, and docs/adopting.md says how short.
func TestLines(t *testing.T) {
	doc := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "adopting.md")))
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	shapes := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "site.go" {
			continue
		}
		shapes++
		lines := testkeys.CodeLines(t, name)
		t.Logf("%s: %d lines", name, lines)
		if lines >= most {
			t.Errorf("%s: %d lines, and they are to be under %d", name, lines, most)
		}
		row := regexp.MustCompile(`\(\.\./examples/shapes/` + regexp.QuoteMeta(name) + `\) \|[^|]*\| (\d+) \|`).FindStringSubmatch(doc)
		if row == nil || row[1] != strconv.Itoa(lines) {
			t.Errorf("%s: %d lines, and docs/adopting.md says %q", name, lines, row)
		}
		if !testing.Short() { // as docs/adopting.md has it copied
			if out, err := exec.CommandContext(t.Context(), "go", "build", name, "site.go").CombinedOutput(); err != nil {
				t.Errorf("%s and site.go alone: %v: %s", name, err, out)
			}
		}
		if _, err := os.Stat(strings.TrimSuffix(name, ".go") + "_test.go"); err != nil {
			t.Error(err)
		}
	}
	if shapes != 10 {
		t.Errorf("%d shapes", shapes)
	}
}
