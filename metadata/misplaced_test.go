package metadata

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestAstray: what looks like a signing table and isn't read is told, with its
// path and line, and no error.
func TestAstray(t *testing.T) {
	const body = "\nalgorithm = 'minisign'\npubkey = 'k'\n"
	for _, tt := range []struct {
		text string
		want []string // LINE PATH
	}{
		// By the path, whatever is in the table.
		{"[package.metadata.binstal.signing]", []string{"1 package.metadata.binstal.signing"}},
		{"[package.metadata.Binstall.signing]", []string{"1 package.metadata.Binstall.signing"}},
		{"[package.metadata.BINSTALL.signing]", []string{"1 package.metadata.BINSTALL.signing"}},
		{"[package.metadata.BINSTAL.signing]", []string{"1 package.metadata.BINSTAL.signing"}},
		{"[package.metadata.bininstall.signing]", []string{"1 package.metadata.bininstall.signing"}},
		{"[package.metadata.cargo-binstall.signing]", []string{"1 package.metadata.cargo-binstall.signing"}},
		{"[package.metadata.binstal.singing]", []string{"1 package.metadata.binstal.singing"}},
		{"[package.metdata.binstall.signing]", []string{"1 package.metdata.binstall.signing"}},
		{"[packages.metadata.binstall.signing]", []string{"1 packages.metadata.binstall.signing"}},
		{"[Package.Metadata.Binstall.Signing]", []string{"1 Package.Metadata.Binstall.Signing"}},
		{"[workspace.metadata.binstall.signing]", []string{"1 workspace.metadata.binstall.signing"}},
		{"[project.metadata.binstal.signing]", []string{"1 project.metadata.binstal.signing"}},
		{"[metadata.binstal.signing]", []string{"1 metadata.binstal.signing"}},
		{"[package.metadata.binstall.sign]", []string{"1 package.metadata.binstall.sign"}},
		{"[package.metadata.binstall.signature]", []string{"1 package.metadata.binstall.signature"}},
		{"[package.metadata.binstall.Signatures]", []string{"1 package.metadata.binstall.Signatures"}},
		{"[package.metadata.binstall.signed]", []string{"1 package.metadata.binstall.signed"}},
		{"[package.metadata.signing]", []string{"1 package.metadata.signing"}},
		{"[package.metadata.signign]", []string{"1 package.metadata.signign"}},
		{"[package.signing]", []string{"1 package.signing"}},
		{"[package.binstall.signing]", []string{"1 package.binstall.signing"}},
		{"[binstall.signing]", []string{"1 binstall.signing"}},
		{"[signing]", []string{"1 signing"}},
		{"[metadata]\nsigning = {}", []string{"2 metadata.signing"}},
		{"[[signing]]", []string{"1 signing"}},
		{"[[package.metadata.binstal.signing]]\n[[package.metadata.binstal.signing]]", []string{"1 package.metadata.binstal.signing", "2 package.metadata.binstal.signing"}},
		{"[[package.metadata.binstal]]\n[package.metadata.binstal.signing]", []string{"2 package.metadata.binstal.signing"}},
		{"[package.metadata.binstall.override." + host + ".signing]", []string{"1 package.metadata.binstall.override." + host + ".signing"}},
		{"[package.metadata.binstall.Overrides.'cfg(unix)'.signing]", []string{"1 package.metadata.binstall.Overrides.'cfg(unix)'.signing"}},
		{"[package.metadata.binstal.overrides.'cfg(unix)'.sign]", []string{"1 package.metadata.binstal.overrides.'cfg(unix)'.sign"}},
		{"[package.metadata.binstall.overrides.signing]\n", []string{"1 package.metadata.binstall.overrides.signing"}},
		{"[package.metadata.overrides.linux.signing]", []string{"1 package.metadata.overrides.linux.signing"}},
		{"[package.metadata.binstall." + host + ".signing]", []string{"1 package.metadata.binstall." + host + ".signing"}},
		{"[package.metadata.binstall.'cfg(windows)'.signing]", []string{"1 package.metadata.binstall.'cfg(windows)'.signing"}},

		// By what is in it, wherever it is.
		{"[tool.release]" + body, []string{"1 tool.release"}},
		{"[package.metadata.binstall]" + body, []string{"1 package.metadata.binstall"}},
		{"[package.metadata]\nrelease = { algorithm = 'x', file = 'f' }", []string{"2 package.metadata.release"}},
		{"a.b = [[1, { c = { algorithm = 'cosign', identity = {} } }]]", []string{"1 a.b.c"}},
		{"[[a]]\n[[a]]" + body, []string{"2 a"}},
		{strings.TrimSpace(body), []string{"1 "}},
		{"[a]\nalgorithm = 'x'\ndigests = 'd'", []string{"1 a"}},
		{"[a]\nalgorithm = 'x'\nrelease = 'd'", []string{"1 a"}},
		{"[a]\nalgorithm = 'x'\nkeys = []", []string{"1 a"}},

		// By their lines, also where the tree has them in another order.
		{"[b]\n[a.x]" + body + "[b.x]" + body, []string{"2 a.x", "5 b.x"}},
		{"[package.metadata.binstal.signing]\n[package.metadata.binstall.signing]" + body + "[signing]", []string{"1 package.metadata.binstal.signing", "5 signing"}},

		// What is read is not misplaced, nor what is in it.
		{"[package.metadata.binstall.signing]" + body + "[[package.metadata.binstall.signing.alternatives]]" + body, nil},
		{"[metadata.binstall.signing]" + body + "[package.metadata.binstall]\npkg-fmt = 'zip'", nil},
		{"[package.metadata.binstall.overrides.'cfg(unix)'.signing]" + body + "[package.metadata.binstall.overrides.x86_64-pc-windows-msvc.signing]" + body, nil},

		// And what is somebody else's looks different.
		{"", nil},
		{"[dependencies.signature]\nversion = '2'\n[dependencies.signing]\nversion = '1'\n[workspace.dependencies.sign]\nversion = '1'", nil},
		{"[features]\nsigning = ['x']\nsign = []\n[profile.release]\nlto = true", nil},
		{"[package.metadata.deb]\nsigning = true\n[package.metadata.binstal]\nsigning = true\nsign = 'x'", nil},
		{"[package.metadata.design.signing]\na = 1\n[package.metadata.signal]\n[package.metadata.string]\n[package.metadata.dist.signing]", nil},
		{"[package.metadata.binstal]\nsigning = ['x', 1]", nil},
		{"[a]\nalgorithm = 'zstd'\nlevel = 3", nil},
		{"[a]\nalgorithm = 7\npubkey = 'k'\n[b]\npubkey = 'k'\nfile = 'f'\nkeys = []", nil},
		{"[package.metadata.binstall.pkg.signing]", nil},
	} {
		m := mustParse(t, tt.text)
		var got []string
		for _, e := range m.Misplaced {
			got = append(got, fmt.Sprint(e.Line, " ", e.Table))
			if e.Name != "Cargo.toml" || !errors.Is(e, errUnknownKey) || !strings.Contains(e.Error(), "nothing reads it here") {
				t.Errorf("%s\n%#v", tt.text, e)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s\ngot  %q\nwant %q", tt.text, got, tt.want)
		}
	}
}

// TestAstrayLimits: at most 5, none too deep or under a key too long.
func TestAstrayLimits(t *testing.T) {
	const body = "{ algorithm = 'x', file = 'f' }\n"
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"few", numbered(maxMisplaced, "a%d = "+body), maxMisplaced},
		{"many", numbered(1000, "a%d = "+body), maxMisplaced},
		{"in an array", "a = [" + strings.Repeat(strings.TrimSpace(body)+",", 1000) + "]", maxMisplaced},
		{"deep", strings.Repeat("a.", maxLevels-1) + "a = " + body, 1},
		{"too deep", strings.Repeat("a.", maxLevels) + "a = " + body, 0},
		{"deep in arrays", "a = " + strings.Repeat("[", 9000) + strings.TrimSpace(body) + strings.Repeat("]", 9000), 0},
		{"long key", "'" + strings.Repeat("x", maxCfg) + "' = " + body, 1},
		{"too long a key", "'" + strings.Repeat("x", maxCfg+1) + "' = " + body, 0},
	} {
		if m := mustParse(t, tt.text); len(m.Misplaced) != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, len(m.Misplaced), tt.want)
		}
	}
}
