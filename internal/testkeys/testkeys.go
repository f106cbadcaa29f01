// Package testkeys hands tests the throw-away keys of this folder and what the
// real tools signed with them. Nothing outside of tests imports it.
//
// corpus/FAMILY/CASE holds one case each: artifact, signature, key files, the
// signing table (table.toml, at "signing") and expected, whose first line is
// the verdict that relseal must give and whose second is why.
package testkeys

import (
	"os"
	"path/filepath"
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

// Root is the module's root folder.
func Root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("no go.mod above the test's folder")
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
	folders := []string{filepath.Join(Root(tb), "internal", "testkeys", "corpus", family)}
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
	return read(tb, filepath.Join(Root(tb), "internal", "testkeys", "corpus", family, name))
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
// under test.
func readTrust(tb testing.TB, dir string) algorithm.Trust {
	tb.Helper()
	var doc struct {
		Signing struct {
			Pubkey          any               `toml:"pubkey"`
			TrustedRoot     map[string]string `toml:"trusted-root"`
			TransparencyLog *bool             `toml:"transparency-log"`
			SCT             *bool             `toml:"sct"`
			Identity        map[string]string `toml:"identity"`
			Principal       string            `toml:"principal"`
			Namespace       string            `toml:"namespace"`
		} `toml:"signing"`
	}
	if err := toml.Unmarshal(readFile(tb, dir, "table.toml"), &doc); err != nil {
		tb.Fatalf("%s: %v", dir, err)
	}
	s := doc.Signing
	trust := algorithm.Trust{
		TransparencyLog: s.TransparencyLog,
		SCT:             s.SCT,
		Principal:       s.Principal,
		Namespace:       s.Namespace,
	}
	switch key := s.Pubkey.(type) {
	case string:
		trust.PublicKeys = []string{key}
	case map[string]any:
		name, _ := key["file"].(string)
		trust.PublicKeys = []string{string(readFile(tb, dir, name))}
	}
	if s.TrustedRoot != nil {
		trust.TrustedRoot = readFile(tb, dir, s.TrustedRoot["file"])
	}
	for field, value := range s.Identity {
		name, regexp := strings.CutSuffix(field, "-regexp")
		trust.Identity = append(trust.Identity, algorithm.Claim{Field: name, Value: value, Regexp: regexp})
	}
	return trust
}

func readFile(tb testing.TB, dir, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
