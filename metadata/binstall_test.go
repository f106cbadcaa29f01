package metadata

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestManifest(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       Manifest
	}{
		{"empty", "", Manifest{}},
		{
			"plain", "package = { name = 'n', version = '1.2.3', repository = 'https://example.org/o/r.git' }",
			Manifest{Name: "n", Version: "1.2.3", Repository: "https://example.org/o/r.git", Bins: []string{"n"}},
		},
		{
			"bins", "package.name = 'n'\n[[bin]]\nname = 'a'\n[[bin]]\npath = 'x'\n[[bin]]\nname = 'b'",
			Manifest{Name: "n", Bins: []string{"a", "b"}},
		},
		{"bins without names", "package.name = 'n'\n[[bin]]\npath = 'x'", Manifest{Name: "n", Bins: []string{"n"}}},
		{
			"inherited", "[package]\nname = 'n'\nversion.workspace = true\nrepository = { workspace = true }",
			Manifest{Name: "n", VersionInherited: true, Bins: []string{"n"}},
		},
		{
			"inherited from the same document",
			"[package]\nname = 'n'\nversion = { workspace = true }\nrepository.workspace = true\n[workspace.package]\nversion = '2'\nrepository = 'r'",
			Manifest{Name: "n", Version: "2", Repository: "r", VersionInherited: true, Bins: []string{"n"}},
		},
		{
			"not inherited", "[package]\nname = 'n'\nversion = '1'\n[workspace.package]\nversion = '2'\nrepository = 'r'",
			Manifest{Name: "n", Version: "1", Bins: []string{"n"}},
		},
		{"junk", "bin = 7\n[package]\nname = 1\nversion = []\nrepository = { workspace = 'true' }\nmetadata = 'x'", Manifest{}},
		{"more junk", "package = false\nmetadata = 1\nworkspace = ''\nbin = [1, 'a', {}, []]", Manifest{}},
		{"a lock file", "version = 3\n[[package]]\nname = 'n'\nversion = '1'\n[[package]]\nname = 'm'", Manifest{}},
	} {
		m := mustParse(t, tt.text)
		got := Manifest{Name: m.Name, Version: m.Version, Repository: m.Repository, VersionInherited: m.VersionInherited, Bins: m.Bins}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// overrides has another algorithm in every signing table, so that a test sees
// which one was taken.
const overrides = `
[package.metadata.binstall]
pkg-url = "base-url"
pkg-fmt = "base-fmt"
bin-dir = "base-dir"
disabled-strategies = 7
[package.metadata.binstall.signing]
algorithm = "base"
file = "{ url }.base"

[package.metadata.binstall.overrides.'cfg(target_os = "windows")']
pkg-fmt = "zip"

[package.metadata.binstall.overrides."cfg(windows)".signing]
algorithm = "first-cfg"

[package.metadata.binstall.overrides.x86_64-pc-windows-msvc]
bin-dir = "exact-dir"
signing = { algorithm = "exact" }

[package.metadata.binstall.overrides.i686-pc-windows-msvc]
bin-dir = "exact-dir"

[package.metadata.binstall.overrides.'cfg(all(windows, target_arch = "aarch64"))']
pkg-fmt = "second"
pkg-url = "second-url"
signing.algorithm = "second-cfg"

[package.metadata.binstall.overrides.aarch64-apple-darwin]
pkg-fmt = "tar"
`

func TestOverrides(t *testing.T) {
	m := mustParse(t, overrides)
	for _, tt := range []struct {
		target, url, format, dir, algorithm string
	}{
		{host, "base-url", "base-fmt", "base-dir", "base"},
		{"x86_64-pc-windows-msvc", "base-url", "zip", "exact-dir", "exact"},
		{"i686-pc-windows-msvc", "base-url", "zip", "exact-dir", "first-cfg"},
		{"x86_64-pc-windows-gnu", "base-url", "zip", "base-dir", "first-cfg"},
		{"aarch64-pc-windows-msvc", "second-url", "zip", "base-dir", "first-cfg"},
		{"aarch64-apple-darwin", "base-url", "tar", "base-dir", "base"},
	} {
		b, err := m.For(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		if b.PkgURL != tt.url || b.PkgFmt != tt.format || b.BinDir != tt.dir || b.Signing == nil || b.Signing.Algorithm != tt.algorithm {
			t.Errorf("%s: got %+v %+v, want %+v", tt.target, b, b.Signing, tt)
		}
		if tt.algorithm != "base" && b.Signing.File != "" {
			t.Errorf("%s: merged with the base table: %+v", tt.target, b.Signing)
		}
	}
}

// TestCfgOrder: of several cfg() that match, the first in the file wins, in
// whatever order their names sort.
func TestCfgOrder(t *testing.T) {
	for range 20 {
		for _, order := range [][]string{{"cfg(unix)", "cfg(all())", "cfg(any(unix))"}, {"cfg(any(unix))", "cfg(unix)", "cfg(all())"}} {
			var doc strings.Builder
			for _, cfg := range order {
				fmt.Fprintf(&doc, "[package.metadata.binstall.overrides.'%s'.signing]\nalgorithm = '%s'\n", cfg, cfg)
			}
			b, err := mustParse(t, doc.String()).For(host)
			if err != nil || b.Signing.Algorithm != order[0] {
				t.Fatalf("got %+v, %v, want %s", b.Signing, err, order[0])
			}
		}
	}
}

func TestNotDeclared(t *testing.T) {
	for _, text := range []string{
		"",
		"[package]\nname = 'n'",
		"[package.metadata.binstall]\npkg-fmt = 'zip'",
		"[workspace.metadata.binstall.signing]\nalgorithm = 'minisign'\npubkey = 'k'",
		"[workspace.metadata.binstall.signing]\nbroken = true",
		"[package.metadata.signing]\nalgorithm = 'minisign'",
		"[binstall.signing]\nalgorithm = 'minisign'",
		"[signing]\nalgorithm = 'minisign'",
		"[package.metadata.binstall.overrides.x86_64-pc-windows-msvc.signing]\nalgorithm = 'minisign'",
		"[package.metadata.binstall.overrides.'cfg(windows)'.signing]\nalgorithm = 'minisign'",
		"[package.metadata]\nbinstall = 'x'",
		"[package.metadata.binstall]\noverrides = 3\nsign = 1\nsigned = true",
		"[package.metadata.binstall.overrides]\n" + host + " = 'zip'",
		"[package.metadata.binstall.overrides]\n'cfg(unix' = 'zip'",
		"[package.metadata.binstall.overrides]\nlinux.pkg-fmt = 'zip'\n'x y'.pkg-fmt = 'zip'\n''.pkg-fmt = 'zip'",
	} {
		b, err := mustParse(t, text).For(host)
		if err != nil || b == nil || b.Signing != nil {
			t.Errorf("%s\ngot %+v, %v", text, b, err)
		}
	}
}

func TestBareTable(t *testing.T) {
	const cargo, bare = "[package.metadata.binstall]\npkg-url = 'cargo'\n", "[metadata.binstall]\npkg-url = 'bare'\nbin-dir = 'bare'\n"
	const signing = "signing = { algorithm = '%s' }\n"
	for _, tt := range []struct{ text, url, dir, algorithm string }{
		{bare + fmt.Sprintf(signing, "bare"), "bare", "bare", "bare"},
		{cargo + bare + fmt.Sprintf(signing, "bare"), "cargo", "", "bare"},
		{cargo + fmt.Sprintf(signing, "cargo") + bare, "cargo", "", "cargo"},
		{cargo + bare + "[metadata.binstall.overrides.'cfg(unix)']\npkg-url = 'override'\n" + fmt.Sprintf(signing, "bare"), "cargo", "", "bare"},
	} {
		b, err := mustParse(t, tt.text).For(host)
		if err != nil || b.PkgURL != tt.url || b.BinDir != tt.dir || b.Signing == nil || b.Signing.Algorithm != tt.algorithm {
			t.Errorf("%s\ngot %+v, %v", tt.text, b, err)
		}
	}
	for _, text := range []string{
		cargo + fmt.Sprintf(signing, "x") + bare + fmt.Sprintf(signing, "x"),
		cargo + fmt.Sprintf(signing, "x") + "[metadata.binstall.overrides.x86_64-pc-windows-msvc]\n" + fmt.Sprintf(signing, "x"),
		"[package.metadata.binstall.overrides.'cfg(windows)']\n" + fmt.Sprintf(signing, "x") + bare + fmt.Sprintf(signing, "x"),
	} {
		m, err := Parse("t.toml", []byte(text))
		wantError(t, text, m, err, errConflict, "")
	}
}

// TestMisplaced: what stands where nothing would read it, but looks like a
// signing table, is an error.
func TestMisplaced(t *testing.T) {
	const algorithm = "\nalgorithm = 'minisign'"
	for _, tt := range []struct {
		text string
		kind error
	}{
		{"[package.metadata.binstall.Signing]" + algorithm, errUnknownKey},
		{"[package.metadata.binstall.SIGNING]" + algorithm, errUnknownKey},
		{"[package.metadata.binstall.sigining]" + algorithm, errUnknownKey},
		{"[metadata.binstall.singing]" + algorithm, errUnknownKey},
		{"[package.metadata.binstall.overrides." + host + ".sining]" + algorithm, errUnknownKey},
		{"[[package.metadata.binstall]]\n[package.metadata.binstall.signing]" + algorithm, errType},
		{"[[package.metadata.binstall]]", errType},
		{"[[package.metadata]]\n[package.metadata.binstall.signing]" + algorithm, errType},
		{"[[package]]\n[[package]]\n[package.metadata.binstall.signing]" + algorithm, errType},
		{"[[package]]\n[package.metadata.binstall.signing]" + algorithm + "\n[[package]]", errType},
		{"[[metadata.binstall]]", errType},
		{"[[package.metadata.binstall.overrides]]\n" + host + ".signing.algorithm = 'x'", errType},
		{"[[package.metadata.binstall.overrides." + host + "]]\nsigning.algorithm = 'x'", errType},
		{"[package.metadata.binstall.overrides.'cfg(unix']\npkg-fmt = 'zip'", errCfg},
		{"[package.metadata.binstall.overrides.'cfg(linux)']\nsigning.algorithm = 'x'", errCfg},
		{"[package.metadata.binstall.overrides.'CFG(unix)']\nsigning.algorithm = 'x'", errCfg},
		{"[package.metadata.binstall.overrides.'x86_64 linux']\nsigning.algorithm = 'x'", errCfg},
		{"[package.metadata.binstall.overrides.linux]\nsigning.algorithm = 'x'", errCfg},
		{"[package.metadata.binstall.overrides.'']\nsigning.algorithm = 'x'", errCfg},
	} {
		m, err := Parse("t.toml", []byte(tt.text))
		wantError(t, tt.text, m, err, tt.kind, "")
	}
}

func TestBinstallErrors(t *testing.T) {
	m := mustParse(t, "[package.metadata.binstall]\npkg-url = 7\npkg-fmt = 'zip'\n[package.metadata.binstall.overrides.'cfg(windows)']\npkg-url = 'u'\nbin-dir = \"a\\u001b\"\n[package.metadata.binstall.overrides.x86_64-pc-windows-msvc]\nbin-dir = 'd'")
	for _, tt := range []struct {
		target  string
		kind    error
		message string
	}{
		{host, errType, `2: package.metadata.binstall: "pkg-url" must be a string, not a number`},
		{"i686-pc-windows-msvc", errValue, `6: package.metadata.binstall.overrides.'cfg(windows)': "bin-dir" has control characters`},
	} {
		b, err := m.For(tt.target)
		wantError(t, tt.target, b, err, tt.kind, "")
		if want := "Cargo.toml:" + tt.message; err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if b, err := m.For("x86_64-pc-windows-msvc"); err != nil || b.PkgURL != "u" || b.BinDir != "d" || b.PkgFmt != "zip" {
		t.Errorf("got %+v, %v", b, err)
	}
	for _, target := range []string{"", "linux", "x86_64-unknown-linux-gnu2"} {
		var e *TargetError
		if b, err := m.For(target); b != nil || !errors.As(err, &e) || e.Target != target {
			t.Errorf("%q: got %+v, %v", target, b, err)
		}
	}
}

// TestResultIsACopy: what a caller does to a result doesn't reach the next one.
func TestResultIsACopy(t *testing.T) {
	m := mustParse(t, "[package.metadata.binstall]\n"+strings.ReplaceAll(full, "[signing", "[package.metadata.binstall.signing"))
	first, err := m.For(host)
	if err != nil {
		t.Fatal(err)
	}
	want, err := m.For(host)
	if err != nil {
		t.Fatal(err)
	}
	s := first.Signing
	s.Algorithm, s.Keys[0].URL, s.Keys[1].Inline, s.Fields[0].Name = "", "", "", ""
	s.Fields = slices.Delete(s.Fields, 1, 3)
	s.Alternatives[0].Algorithm, s.Alternatives[0].Keys[0].Inline, s.Alternatives[1].Fields[0].Line = "", "", 0
	got, err := m.For(host)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got.Signing, err, want.Signing)
	}
}

func TestParseAt(t *testing.T) {
	const doc = "a.b.'c d'.signing.algorithm = 'x'\nstring = 's'\ntable = {}\n" +
		"[[list]]\nsigning.algorithm = 'x'\n[\"a.b\"]\nsigning.algorithm = 'y'\n[signing]\nalgorithm = 'z'\n"
	for _, tt := range []struct {
		path, table, algorithm string
		kind                   error
	}{
		{"signing", "signing", "z", nil},
		{" 'signing'\t", "signing", "z", nil},
		{"a.b.'c d'.signing", "a.b.'c d'.signing", "x", nil},
		{`a . "b" ."c\u0020d". signing`, "a.b.'c d'.signing", "x", nil},
		{`"a.b".signing`, "'a.b'.signing", "y", nil},
		{"a.b.signing", "a.b.signing", "", ErrNotFound},
		{`a."\u001b'"`, `a."\x1b'"`, "", ErrNotFound},
		{`a.""`, `a.''`, "", ErrNotFound},
		{"Signing", "Signing", "", ErrNotFound},
		{"string.signing", "string.signing", "", ErrNotFound},
		{"table.signing", "table.signing", "", ErrNotFound},
		{"signing.identity", "signing.identity", "", ErrNotFound},
		{"list.nothing", "list.nothing", "", ErrNotFound},
		{"list.signing", "list.signing", "", errType},
		{"list", "list", "", errType},
		{"string", "string", "", errType},
		{"table", "table", "", errMissing},
		{"", "", "", errValue},
		{".", "", "", errValue},
		{"signing.", "", "", errValue},
		{"[signing]", "", "", errValue},
		{"signing]\nx = 1\n[signing", "", "", errValue},
		{"signing] # ", "", "", errValue},
		{"signing]", "", "", errValue},
		{"sign ing", "", "", errValue},
		{"'signing", "", "", errValue},
		{"sïgning", "", "", errValue},
	} {
		s, err := ParseAt("t.toml", []byte(doc), tt.path)
		if tt.kind == nil {
			if err != nil || s.Algorithm != tt.algorithm || s.Table != tt.table || s.Name != "t.toml" {
				t.Errorf("%q: got %+v, %v", tt.path, s, err)
			}
			continue
		}
		var e *Error
		if s != nil || !errors.As(err, &e) || !errors.Is(err, tt.kind) || e.Table != tt.table {
			t.Errorf("%q: got %+v, %v, want %v", tt.path, s, err, tt.kind)
		}
	}
}
