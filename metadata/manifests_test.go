package metadata

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestManifests reads real manifests of real projects, which lie beside the
// repository, and compares with what they say.
func TestManifests(t *testing.T) {
	dir, ok := testkeys.Shared(t, "manifests")
	if !ok {
		t.Skip("no ../shared/manifests: nothing to compare with")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "expected.json"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d manifests, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) { testManifest(t, filepath.Dir(file)) })
	}
}

type expectedPlain struct {
	PkgURL string `json:"pkg-url"`
	PkgFmt string `json:"pkg-fmt"`
	BinDir string `json:"bin-dir"`
}

type expectedManifest struct {
	Name             string `json:"name"`
	Version          string `json:"version"`
	VersionInherited bool   `json:"version_inherited"`
	Repository       string `json:"repository"`
	Signing          *struct {
		Algorithm string `json:"algorithm"`
		Pubkey    string `json:"pubkey"`
		File      string `json:"file"`
	} `json:"signing"`
	expectedPlain
	Overrides map[string]expectedPlain `json:"overrides"`
}

func testManifest(t *testing.T, dir string) {
	var want expectedManifest
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "expected.json")), &want); err != nil {
		t.Fatal(err)
	}
	m, err := Parse("Cargo.toml", readFile(t, filepath.Join(dir, "Cargo.toml")))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != want.Name || m.Version != want.Version || m.VersionInherited != want.VersionInherited || m.Repository != want.Repository {
		t.Errorf("got %q %q %t %q, want %+v", m.Name, m.Version, m.VersionInherited, m.Repository, want)
	}
	if m.Misplaced != nil {
		t.Errorf("misplaced: %v", m.Misplaced)
	}
	if len(m.Bins) == 0 {
		t.Error("no binaries")
	}
	targets := []string{"x86_64-unknown-linux-gnu", "aarch64-unknown-linux-musl", "x86_64-pc-windows-msvc", "s390x-unknown-linux-gnu"}
	for target := range want.Overrides {
		targets = append(targets, target)
	}
	for _, target := range targets {
		b, err := m.For(target)
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		plain := want.expectedPlain
		o := want.Overrides[target]
		override(&plain.PkgURL, o.PkgURL)
		override(&plain.PkgFmt, o.PkgFmt)
		override(&plain.BinDir, o.BinDir)
		if got := (expectedPlain{b.PkgURL, b.PkgFmt, b.BinDir}); got != plain {
			t.Errorf("%s: got %+v, want %+v", target, got, plain)
		}
		if (b.Signing == nil) != (want.Signing == nil) {
			t.Fatalf("%s: signing %+v, want %+v", target, b.Signing, want.Signing)
		}
		if s := b.Signing; s != nil {
			if s.Algorithm != want.Signing.Algorithm || len(s.Keys) != 1 || s.Keys[0].Inline != want.Signing.Pubkey || s.File != want.Signing.File {
				t.Errorf("%s: signing %+v, want %+v", target, s, *want.Signing)
			}
			if s.Line == 0 || s.Table != "package.metadata.binstall.signing" {
				t.Errorf("signing at %d %s", s.Line, s.Table)
			}
		}
	}
}

func override(to *string, with string) {
	if with != "" {
		*to = with
	}
}

func readFile(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
