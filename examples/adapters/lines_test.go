package adapters

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestLines: an integration stays short, and README says how short. What counts are
// the lines of its file that have code, without the package's name and the imports.
func TestLines(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, most := range limits() {
		lines := testkeys.CodeLines(t, name)
		t.Logf("%s: %d lines, at most %d", name, lines, most)
		if lines > most {
			t.Errorf("%s: %d lines, and %d are the limit", name, lines, most)
		}
		row := regexp.MustCompile(`\(` + regexp.QuoteMeta(name) + `\) \|[^|]*\|[^|]*\| (\d+) \|`).FindSubmatch(readme)
		if row == nil || string(row[1]) != strconv.Itoa(lines) {
			t.Errorf("%s: %d lines, and README says %q", name, lines, row)
		}
	}
}

// TestAll: every integration has its limit.
func TestAll(t *testing.T) {
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		n++
		if limits()[filepath.ToSlash(name)] == 0 {
			t.Errorf("%s has no limit", name)
		}
	}
	if n == 0 || n != len(limits()) {
		t.Errorf("%d files and %d limits", n, len(limits()))
	}
}

// TestVersions: README and the packages name the versions that are tested.
func TestVersions(t *testing.T) {
	var mod []byte
	for _, name := range []string{"go.mod", "gogetter/go.mod"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		mod = append(mod, data...)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for folder, module := range frameworks() {
		require := regexp.MustCompile(`\t` + regexp.QuoteMeta(module) + ` (v\S+)`).FindSubmatch(mod)
		if require == nil {
			t.Fatalf("%s isn't in go.mod", module)
		}
		version := string(require[1])
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		said := false
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			said = said || strings.Contains(string(data), "("+version+")")
		}
		if !said || !regexp.MustCompile(`(?m)^\| \[`+folder+`\].*\| `+regexp.QuoteMeta(version)+` \|`).Match(readme) {
			t.Errorf("%s is tested with %s %s, and says another", folder, module, version)
		}
	}
}

func frameworks() map[string]string {
	return map[string]string{
		"gogetter":        "github.com/hashicorp/go-getter",
		"goselfupdate":    "github.com/creativeprojects/go-selfupdate",
		"minioselfupdate": "github.com/minio/selfupdate",
		"ociregistry":     "github.com/google/go-containerregistry",
		"orasgo":          "oras.land/oras-go/v2",
		"tuf":             "github.com/theupdateframework/go-tuf/v2",
	}
}

func limits() map[string]int {
	return map[string]int{
		"download/download.go":      10,
		"gogetter/getter.go":        59,
		"goselfupdate/source.go":    27,
		"goselfupdate/validator.go": 27,
		"minioselfupdate/apply.go":  3,
		"ociregistry/fetcher.go":    59,
		"ociregistry/layer.go":      59,
		"orasgo/target.go":          22,
		"private/fetcher.go":        17,
		"roundtrip/transport.go":    59,
		"testrunner/runner.go":      59,
		"tuf/targets.go":            59,
	}
}
