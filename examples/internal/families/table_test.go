package families_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
)

// tablePage is docs/table.md, or one section of it.
func tablePage(t *testing.T, section string) string {
	t.Helper()
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "table.md")))
	_, text, found := strings.Cut(page, "\n## "+section+"\n")
	if !found {
		t.Fatalf("docs/table.md has no section %q", section)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// TestTableDocs: docs/table.md has the keys of each family under its name, and no
// others; and of an identity the fields.
func TestTableDocs(t *testing.T) {
	var documented, declared []string
	for _, text := range strings.Split(tablePage(t, "Keys of one family"), "\n### `")[1:] {
		key, text, _ := strings.Cut(text, "`\n")
		family, _, _ := strings.Cut(strings.TrimSpace(text), ".")
		family, _, _ = strings.Cut(family, ",")
		documented = append(documented, family+" "+key)
	}
	var identity []string
	for _, a := range []algorithm.Algorithm{cosign.Algorithm{}, digest.Algorithm{}, gpg.Algorithm{}, minisign.Algorithm{}, signify.Algorithm{}, ssh.Algorithm{}} {
		for _, f := range a.Fields() {
			declared = append(declared, a.Name()+" "+f.Name)
			if f.Name == "identity" {
				identity = slices.Compact(slices.Sorted(slices.Values(f.Keys)))
			}
		}
	}
	slices.Sort(documented)
	if slices.Sort(declared); !slices.Equal(documented, declared) {
		t.Errorf("the page has %q, the families %q", documented, declared)
	}
	if fields := slices.Sorted(maps.Keys(firstColumn(tablePage(t, "Fields of an identity")))); !slices.Equal(fields, identity) {
		t.Errorf("the page has the fields %q of an identity, the family %q", fields, identity)
	}
}

// firstColumn are the names in backticks in the first column of a table.
func firstColumn(text string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		column, _, _ := strings.Cut(line[1:], "|")
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(column, -1) {
			names[m[1]] = true
		}
	}
	return names
}

// TestVariableDocs: docs/table.md has the variables that there are.
func TestVariableDocs(t *testing.T) {
	m, err := metadata.Parse("Cargo.toml", []byte(`
[package]
name = "tool"
version = "1.2.0"
repository = "https://github.com/acme/tool/tree/main/crates/sub"

[package.metadata.binstall]
pkg-url = "{ repo }/releases/{ name }-{ archive-suffix }{ archive-format }{ format }{ bin }"
`))
	if err != nil {
		t.Fatal(err)
	}
	candidates, err := m.Candidates("x86_64-unknown-linux-gnu", "1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for name := range candidates[0].Variables {
		names[name] = true
	}
	// What package verify adds: of the artifact, of the manifest and of the bytes.
	for _, name := range []string{"url", "asset", "asset-stem", "tag", "checksums", "sha256", "sha384", "sha512"} {
		names[name] = true
	}
	got := firstColumn(tablePage(t, "Templates"))
	if !maps.Equal(got, names) {
		t.Errorf("the page has %q, there are %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(names)))
	}
}
