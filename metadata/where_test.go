package metadata

import (
	"errors"
	"slices"
	"testing"
)

const placed = `[package]
name = "tool"
repository.workspace = true

[package.metadata.binstall]
pkg-url = "https://example.com/{ target }.tgz"

[package.metadata.binstall.overrides.x86_64-pc-windows-msvc]
pkg-fmt = "zip"

[package.metadata.binstall.overrides.'cfg(target_os = "macos")']
pkg-url = "https://example.com/mac.tgz"

[package.metadata.binstall.overrides.aarch64-apple-darwin.signing]
algorithm = "minisign"
pubkey = "key"

file = "{ url }.minisig"

[package.metadata.binstall.overrides.no-triple]
pkg-fmt = "zip"
`

func TestWhere(t *testing.T) {
	m, err := Parse("Cargo.toml", []byte(placed))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Targets(); !slices.Equal(got, []string{"x86_64-pc-windows-msvc", "aarch64-apple-darwin", "no-triple"}) {
		t.Errorf("targets %q", got)
	}
	if !m.RepositoryInherited || m.VersionInherited {
		t.Errorf("inherited: repository %t, version %t", m.RepositoryInherited, m.VersionInherited)
	}
	const base = "package.metadata.binstall"
	for _, tt := range []struct {
		triple, key, table string
		line               int
	}{
		{"x86_64-unknown-linux-gnu", "pkg-url", base, 6},
		{"x86_64-unknown-linux-gnu", "pkg-fmt", base, 0},
		{"x86_64-pc-windows-msvc", "pkg-url", base, 6},
		{"x86_64-pc-windows-msvc", "pkg-fmt", base + ".overrides.x86_64-pc-windows-msvc", 9},
		{"aarch64-apple-darwin", "pkg-url", base + `.overrides.'cfg(target_os = "macos")'`, 12},
	} {
		if e := m.WrapKey(tt.triple, tt.key, errValue); e.Name != "Cargo.toml" || e.Table != tt.table || e.Key != tt.key || e.Line != tt.line || !errors.Is(e, errValue) {
			t.Errorf("%s of %s: %+v", tt.key, tt.triple, e)
		}
	}
	if e := m.WrapKey("no-triple", "pkg-url", errValue); e.Table != base+".overrides.no-triple" || e.Line != 20 || e.Key != "" {
		t.Errorf("an override that is no triple: %+v", e)
	}
	if e := m.WrapKey("other", "pkg-url", errValue); e.Table != "" || e.Line != 0 || e.Name != "Cargo.toml" {
		t.Errorf("no triple: %+v", e)
	}
	b, err := m.For("aarch64-apple-darwin")
	if err != nil {
		t.Fatal(err)
	}
	for key, line := range map[string]int{"algorithm": 15, "file": 18, "checksums": 14, "": 14} {
		if got := b.Signing.LineOf(key); got != line {
			t.Errorf("%q is in line %d, not %d", key, line, got)
		}
	}
	empty, err := Parse("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if e := empty.WrapKey("aarch64-apple-darwin", "pkg-url", errValue); e.Table != "" || e.Line != 0 || empty.Targets() != nil || empty.WrapKey("x", "", errValue).Line != 0 {
		t.Errorf("an empty manifest: %+v, %q", e, empty.Targets())
	}
}

// TestHeaderLine: a table is where its header is, also where one below it comes
// first.
func TestHeaderLine(t *testing.T) {
	s, err := ParseAt("t.toml", []byte("[signing.identity]\nissuer = 'i'\n[signing]\nalgorithm = 'x'"), "signing")
	if err != nil || s.Line != 3 || s.Fields[0].Line != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestDotted(t *testing.T) {
	for part, want := range map[string]string{
		"azAZ09-_": "azAZ09-_", "": "''", "a.b": "'a.b'", "a'b": `"a'b"`,
		"`": "'`'", "{": "'{'", "@": "'@'", "[": "'['", "/": "'/'", ":": "':'", "é": "'é'", "\x1b": `"\x1b"`,
	} {
		if got := dotted("x", part); got != "x."+want {
			t.Errorf("%q: %s, want %s", part, got, want)
		}
	}
}
