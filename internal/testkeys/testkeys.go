// Package testkeys hands tests the throw-away keys of this folder and what the
// real tools signed with them. Nothing outside of tests imports it.
//
// corpus/FAMILY/CASE holds one case each: artifact, signature, key files, the
// signing table (table.toml, at "signing") and expected, whose first line is
// the verdict, whose second is why, and whose third is by which rule. Those of
// examples/testkit, which other programs are judged by as well, have an about.toml
// beside their cases (docs/testkit.md).
package testkeys

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/algorithm"
)

// A Case is one case of a corpus.
type Case struct {
	Name string
	Dir  string // its folder

	Artifact  []byte
	Signature []byte
	Trust     algorithm.Trust

	// Want is "pass", "fail" or "legacy" (refused unless the program allows
	// legacy signatures); Why is the reason.
	Want, Why string
}

// corpus is where the corpus lies in the repository.
const corpus = "internal/testkeys/corpus"

// Root is the repository's root folder, which is the one that has the corpus:
// there are several modules, and a program may do without the workspace.
func Root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, corpus)); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("no internal/testkeys/corpus above the test's folder")
		}
		dir = parent
	}
}

// Shared is the path of a file or folder of the material beside the
// repository, and whether it is there.
func Shared(tb testing.TB, elem ...string) (string, bool) {
	tb.Helper()
	name := filepath.Join(append([]string{filepath.Dir(Root(tb)), "shared"}, elem...)...)
	_, err := os.Stat(name)
	return name, err == nil
}

// Cases reads all cases of a family: those of this folder and, where the
// material beside the repository has the family too, those that are only there.
func Cases(tb testing.TB, family string) []Case {
	tb.Helper()
	folders := []string{filepath.Join(Root(tb), corpus, family)}
	if dir, ok := Shared(tb, "corpus", family); ok {
		folders = append(folders, dir)
	}
	var cases []Case
	seen := map[string]bool{}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			tb.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() && !seen[e.Name()] {
				seen[e.Name()] = true
				cases = append(cases, read(tb, filepath.Join(folder, e.Name())))
			}
		}
	}
	return cases
}

// Find returns the case of that name.
func Find(tb testing.TB, family, name string) Case {
	tb.Helper()
	return read(tb, filepath.Join(Root(tb), corpus, family, name))
}

func read(tb testing.TB, dir string) Case {
	tb.Helper()
	expected := strings.SplitN(string(readFile(tb, dir, "expected")), "\n", 3)
	if len(expected) < 2 {
		tb.Fatalf("%s: expected has no two lines", dir)
	}
	return Case{
		Name:      filepath.Base(dir),
		Dir:       dir,
		Artifact:  readFile(tb, dir, "artifact"),
		Signature: readFile(tb, dir, "signature"),
		Trust:     readTrust(tb, dir),
		Want:      expected[0],
		Why:       expected[1],
	}
}

// readTrust turns table.toml into what an algorithm gets, without the packages
// under test: a text, a truth, the content of a file, or a table of claims.
func readTrust(tb testing.TB, dir string) algorithm.Trust {
	tb.Helper()
	var doc struct {
		Signing map[string]any `toml:"signing"`
	}
	if err := toml.Unmarshal(readFile(tb, dir, "table.toml"), &doc); err != nil {
		tb.Fatalf("%s: %v", dir, err)
	}
	trust := algorithm.Trust{Values: map[string]algorithm.Value{}}
	for name, v := range doc.Signing {
		value := readValue(tb, dir, v)
		switch name {
		case "algorithm", "file":
		case "pubkey":
			trust.PublicKeys = []string{value.Text + string(value.Content)}
		default:
			trust.Values[name] = value
		}
	}
	return trust
}

func readValue(tb testing.TB, dir string, v any) algorithm.Value {
	tb.Helper()
	switch v := v.(type) {
	case string:
		return algorithm.Value{Text: v}
	case bool:
		return algorithm.Value{Truth: v}
	case map[string]any:
		if file, ok := v["file"].(string); ok {
			return algorithm.Value{Content: readFile(tb, dir, file)}
		}
		var claims []algorithm.Claim
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name, regexp := strings.CutSuffix(key, "-regexp")
			text, _ := v[key].(string)
			claims = append(claims, algorithm.Claim{Field: name, Value: text, Regexp: regexp})
		}
		return algorithm.Value{Tables: [][]algorithm.Claim{claims}}
	default:
		tb.Fatalf("%s: a value of type %T", dir, v)
		return algorithm.Value{}
	}
}

func readFile(tb testing.TB, dir, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
