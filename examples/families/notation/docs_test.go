package notation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// blocks are the pieces of a document in a language.
func blocks(t *testing.T, name, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, part := range strings.Split(string(text), "```"+language+"\n")[1:] {
		block, _, closed := strings.Cut(part, "```")
		if !closed {
			t.Fatalf("%s: a block that doesn't end", name)
		}
		found = append(found, block)
	}
	return found
}

const guide = "../../../docs/families.md"

// TestCode: the Go code in README and in the guide is that of this folder or of the
// smallest family.
func TestCode(t *testing.T) {
	var code strings.Builder
	for _, pattern := range []string{"*.go", "../../../algorithm/toy_test/*.go"} {
		names, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil || len(names) == 0 {
			t.Fatal(pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	for name, least := range map[string]int{"README.md": 1, guide: 6} {
		all := blocks(t, name, "go")
		if len(all) < least {
			t.Errorf("%s: %d pieces of code", name, len(all))
		}
		for _, block := range all {
			if !strings.Contains(code.String(), block) {
				t.Errorf("%s: this code isn't in a file:\n%s", name, block)
			}
		}
	}
}

// TestTables: every table in README verifies the file of testdata.
func TestTables(t *testing.T) {
	tables := blocks(t, "README.md", "toml")
	if len(tables) < 2 {
		t.Errorf("%d tables", len(tables))
	}
	v, err := verify.New(verify.Config{Algorithms: families()})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range tables {
		signing, err := metadata.ParseAt("README.md", []byte(text), "signing")
		if err != nil {
			t.Fatal(err)
		}
		_, form, _ := strings.Cut(text, "{ url }.sig.")
		form, _, _ = strings.Cut(form, `"`)
		plan, err := v.Plan(verify.Artifact{
			Name: "tool-1.2.0.tgz", Signature: read(t, "tool-1.2.0.tgz.sig."+form),
			Variables: map[string]string{"version": "1.2.0"}, ManifestFS: os.DirFS("testdata"),
		}, signing)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if report, err := plan.File(t.Context(), filepath.Join("testdata", "tool-1.2.0.tgz")); err != nil || report.Status != verify.Verified {
			t.Errorf("%+v, %v\n%s", report, err, text)
		}
	}
}

// TestFields: README has every key of the table.
func TestFields(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families() {
		for _, f := range family.Fields() {
			if family.Name() == "notation" && !strings.Contains(string(readme), "\n| `"+f.Name+"` |") {
				t.Errorf("README has no row of %s", f.Name)
			}
		}
	}
}

// TestVersion: README names the version that go.mod has.
func TestVersion(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, version, ok := strings.Cut(string(mod), "github.com/notaryproject/notation-go ")
	version, _, _ = strings.Cut(version, "\n")
	if !ok || !strings.Contains(string(readme), "notation-go ("+version+")") {
		t.Errorf("README doesn't name notation-go (%s)", version)
	}
}
