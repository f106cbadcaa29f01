package lint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify/lint"
)

// TestManifests: what each rule about a manifest is for, and what is just beside it. The
// text is from the fifth line of the document on.
func TestManifests(t *testing.T) {
	const linux, windows = "x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"
	const url = "[package.metadata.binstall]\npkg-url = 'https://example.com/tool-{ target }.tgz'\n"
	const signing = "[package.metadata.binstall.signing]\n"
	for _, tt := range []struct{ name, text, want string }{
		// What cargo-binstall reads.
		{"a key as a string", url + signing + mine, ""},
		{"another algorithm", url + signing + "algorithm = 'toy'\npubkey = 'never'", "8 warning binstall-rejects algorithm"},
		{"no pubkey", url + signing + "algorithm = 'minisign'\nkeys = ['" + keyA + "']", "7 warning binstall-rejects pubkey"},
		{"a pubkey in a file", url + signing + "algorithm = 'minisign'\npubkey = { file = 'k' }", "9 warning binstall-rejects pubkey"},
		{"a pubkey before keys", url + signing + mine + "keys = ['" + keyB + "']", ""},
		{"a manifest", url + signing + mine + "checksums = 'https://example.com/SUMS'", "10 warning binstall-rejects checksums"},
		{"files", url + signing + mine + "files = ['{ url }.a']\nthreshold = 1", "10 warning binstall-rejects files"},
		{"its variables", url + signing + mine + "file = 'https://example.com/{ name }-{ version }-{ target }.sig'", ""},
		{"a variable of others", url + signing + mine + "file = 'https://example.com/{ name }-{ asset }.sig'", "10 warning binstall-rejects file"},
		{"no template", url + signing + mine + "file = '{ asset'", "10 error template-broken file"},

		// Where the artifact is.
		{"no pkg-url", signing + mine, "0 note no-pkg-url pkg-url"},
		{"no pkg-url and no signature", "", "0 note not-declared signing"},
		{"a pkg-url that is no template", "[package.metadata.binstall]\npkg-url = 'https://example.com/{ target'\n" + signing + mine, "6 error template-broken pkg-url"},
		{"a pkg-url with a variable without a value", "[package.metadata.binstall]\npkg-url = 'https://example.com/{ traget }'\n" + signing + mine, "6 error template-unknown-variable pkg-url"},
		{"a pkg-url over HTTP", "[package.metadata.binstall]\npkg-url = 'http://example.com/{ target }'\n" + signing + mine, "6 error template-broken pkg-url"},
		{"a pkg-url that is no text", "[package.metadata.binstall]\npkg-url = 1\n" + signing + mine, "6 error table-broken pkg-url"},
		{"the binary in a template", url + signing + mine + "file = '{ url }.{ bin }.sig'", "10 warning binstall-rejects file"},
		{"an unknown pkg-fmt", url + "pkg-fmt = 'rar'\n" + signing + mine, "7 warning pkg-fmt-unknown pkg-fmt"},
		{"tar", url + "pkg-fmt = 'tar'\n" + signing + mine, ""},
		{"tbz2", url + "pkg-fmt = 'tbz2'\n" + signing + mine, ""},
		{"txz", url + "pkg-fmt = 'txz'\n" + signing + mine, ""},
		{"zip", url + "pkg-fmt = 'zip'\n" + signing + mine, ""},

		// What is declared for whom.
		{"for one target", url + "[package.metadata.binstall.overrides." + linux + ".signing]\n" + mine, "0 warning target-unsigned signing"},
		{"one artifact for two systems", "[package.metadata.binstall]\npkg-url = 'https://example.com/tool.tgz'\n" + signing + mine, "6 note same-artifact-for-targets pkg-url"},
		{"where nothing reads it", "[package.metadata.binstal.signing]\n" + mine + url + signing + mine, "5 warning table-misplaced"},
		{"the same algorithm again", url + signing + mine + "[[package.metadata.binstall.signing.alternatives]]\nalgorithm = 'toy'\npubkey = 'never'\n[[package.metadata.binstall.signing.alternatives]]\n" + mine, "14 warning alternatives-shadowed algorithm"},
		{"the same algorithm twice among others", url + signing + mine + "[[package.metadata.binstall.signing.alternatives]]\nalgorithm = 'toy'\npubkey = 'never'\n[[package.metadata.binstall.signing.alternatives]]\nalgorithm = 'toy'\npubkey = 'ever'", "14 warning alternatives-shadowed algorithm"},
	} {
		if got := told(manifest(t, config(), tt.text, linux, windows)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for override, want := range map[string]string{
		"x86_64-linux-gnuu": "10 warning target-unknown",
		windows:             "",

		// By cfg(): for some target, though for none of the usual ones, and for none.
		`'cfg(target_os = "netbsd")'`:                           "",
		`'cfg(target_arch = "universal")'`:                      "",
		`'cfg(target_env = "unknown")'`:                         "",
		`'cfg(target_os = "nonsense")'`:                         "10 warning target-unknown",
		`'cfg(target_os = "darwin")'`:                           "10 warning target-unknown",
		`'cfg(target_pointer_width = "64")'`:                    "10 warning target-unknown",
		`'cfg(all(target_os = "linux", target_vendor = "pc"))'`: "10 warning target-unknown",
	} {
		if got := told(manifest(t, config(), url+signing+mine+"[package.metadata.binstall.overrides."+override+"]\npkg-fmt = 'zip'\n")); got != want {
			t.Errorf("an override of %s: %s, want %s", override, got, want)
		}
	}
	// The override of a target of somebody's own is what makes another one reach it.
	const alpine = "[package.metadata.binstall.overrides.'cfg(target_vendor = \"alpine\")']\npkg-fmt = 'zip'\n"
	if got := told(manifest(t, config(), url+signing+mine+alpine)); got != "10 warning target-unknown" {
		t.Errorf("a vendor that nobody has: %s", got)
	}
	if got := told(manifest(t, config(), url+signing+mine+alpine, "x86_64-alpine-linux-musl")); got != "" {
		t.Errorf("a vendor that a target has: %s", got)
	}
	if got := told(manifest(t, config(), url+signing+mine+alpine+"[package.metadata.binstall.overrides.x86_64-alpine-linux-musl]\npkg-fmt = 'zip'\n", linux)); got != "" {
		t.Errorf("a vendor that another override's target has: %s", got)
	}
	// One that reaches its target by rustc's values alone is refused for that.
	const x86 = "[package.metadata.binstall.overrides.'cfg(target_arch = \"x86\")'.signing]\n"
	if got := told(manifest(t, config(), url+signing+mine+x86+mine, "i686-pc-windows-msvc")); got != "10 error table-broken, 10 warning target-unknown" {
		t.Errorf("rustc's name of an architecture: %s", got)
	}
	c := config()
	c.Version = "1\a2"
	if got := told(manifest(t, c, url+signing+mine, linux)); got != "0 error table-broken version" {
		t.Errorf("a version with a control character: %s", got)
	}
}

// TestUnsupported says whether there is another way.
func TestUnsupported(t *testing.T) {
	const refused, another = "refuses the table", "and goes by another of the alternatives"
	for alternatives, want := range map[string]bool{
		"": false,
		"[[signing.alternatives]]\nalgorithm = 'unheard-of'\n": false,
		"[[signing.alternatives]]\n" + mine:                    true,
	} {
		said := texts(judge(t, config(), "algorithm = 'unknown'\n"+alternatives))
		if !strings.Contains(said, refused) || strings.Contains(said, another) != want {
			t.Errorf("%q: %s", alternatives, said)
		}
	}
}

// TestEnds: a release has each of the names that an installer tries for its format.
func TestEnds(t *testing.T) {
	for format, want := range map[string][2]int{
		"tar": {2, 2}, "tbz2": {4, 4}, "tgz": {4, 4}, "txz": {4, 4}, "tzstd": {6, 6}, "zip": {2, 2}, "bin": {4, 6}, "rar": {4, 4},
	} {
		text := "[package.metadata.binstall]\npkg-url = 'https://example.com/{ target }/x{ archive-suffix }'\npkg-fmt = '" + format + "'\n[package.metadata.binstall.signing]\n" + mine + "file = 'https://example.com/sig'"
		for i, targets := range [][]string{{"x86_64-apple-darwin", "aarch64-apple-darwin"}, {"x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc"}} {
			if said := texts(manifest(t, config(), text, targets...)); !strings.Contains(said, fmt.Sprintf("%d artifacts would have the one signature", want[i])) {
				t.Errorf("%s for %s: %s", format, targets, said)
			}
		}
	}
}

// TestValues: the program's values win over those of the manifest, and what the
// workspace's manifest says is made up where nobody says it.
func TestValues(t *testing.T) {
	text := func(says string) string {
		return "[package]\nname = 'tool'\n" + says + "\n[package.metadata.binstall]\npkg-url = 'https://example.com/{ target }'\n[package.metadata.binstall.signing]\n" + mine + "file = '{ repo }/{ version }/sig'\n"
	}
	const written, inherited = "version = '1.2.0'\nrepository = 'https://github.com/acme/tool'", "version.workspace = true\nrepository.workspace = true"
	for _, tt := range []struct {
		says, version string
		variables     map[string]string
		want          string
	}{
		{"version = '1.2.0'", "", nil, `no value for key "repo"`},
		{written, "", nil, "https://github.com/acme/tool/1.2.0/sig,"},
		{written, "2.0.0", nil, "https://github.com/acme/tool/2.0.0/sig,"},
		{written, "", map[string]string{"repo": "https://example.com/other"}, "https://example.com/other/1.2.0/sig,"},
		{inherited, "", nil, "https://release.invalid/owner/artifact/1.0.0/sig,"},
		{inherited, "2.0.0", nil, "https://release.invalid/owner/artifact/2.0.0/sig,"},
	} {
		m, err := metadata.Parse("Cargo.toml", []byte(text(tt.says)))
		if err != nil {
			t.Fatal(err)
		}
		c := config()
		c.Version, c.Variables = tt.version, tt.variables
		if said := texts(whole(t)(lint.Manifest(c, m, "x86_64-apple-darwin", "aarch64-apple-darwin"))); !strings.Contains(said, tt.want) {
			t.Errorf("%q, %q, %q: %s", tt.says, tt.version, tt.variables, said)
		}
	}
	c := config()
	const table = mine + "file = '{ repo }/{ mine }.sig'"
	if got := told(judge(t, c, table)); got != "4 error template-unknown-variable file" {
		t.Errorf("without the variable: %s", got)
	}
	c.Variables = map[string]string{"mine": "x"}
	if got := told(judge(t, c, table)); got != "" {
		t.Errorf("with the variable: %s", got)
	}
}

// TestBinding: what of the artifact nothing signed says, and what can't be.
func TestBinding(t *testing.T) {
	const signify = "algorithm = 'signify'\npubkey = '''\nuntrusted comment: acme\n" + keyA + "\n'''\n"
	const sums = "checksums = 'https://example.com/SUMS'\n"
	for _, tt := range []struct{ name, version, variables, table, want string }{
		{"nothing", "", "", mine, "1 note name-not-bound, 1 warning version-not-bound"},
		{"the version", "", "", mine + "signed-version = true", "1 note name-not-bound"},
		{"the name", "", "url=https://example.com/tool.tgz", mine + "signed-name = true", "1 warning version-not-bound"},
		{"a manifest", "", "", mine + sums, ""},
		{"a manifest, of a name without a version", "", "url=https://example.com/tool.tgz", mine + sums, "1 warning version-not-bound"},
		{"digests", "", "", "algorithm = 'digest'\ndigests = { 'artifact-1.0.0.tgz' = 'sha256:" + sum + "' }", ""},
		{"a name that can't be", "", "", signify + "signed-name = true", "7 error binding-impossible signed-name, 1 note name-not-bound, 1 warning version-not-bound"},
		{"a version that can't be", "", "", signify + "signed-version = true", "7 error binding-impossible signed-version, 1 note name-not-bound, 1 warning version-not-bound"},
		{"too long a name", "", "x=" + strings.Repeat("x", 5000), mine + "signed-name = '{ x }'", "4 error plan-refused signed-name, 1 note name-not-bound, 1 warning version-not-bound"},
		{"a signature that is named too late", "", "", mine + "file = 'https://example.com/{ sha256 }.sig'", "4 error plan-refused file, 1 note name-not-bound, 1 warning version-not-bound"},
		{"a made-up name", "", "", signify + sums + "signed-version = true", ""},
		{"a made-up name of a version", "2.1.0", "", signify + sums + "signed-version = true", ""},
		{"a made-up URL without the version", "odd/version", "", mine, "1 note name-not-bound, 1 warning version-not-bound"},
		{"a made-up URL that can't have the version", "1 0", "", mine, "1 note name-not-bound, 1 warning version-not-bound"},
		{"a made-up name that can't have the version", "odd/version", "", signify + sums + "signed-version = true", "8 error binding-impossible signed-version, 1 warning version-not-bound"},
	} {
		c := config()
		c.Version = tt.version
		if name, value, ok := strings.Cut(tt.variables, "="); ok {
			c.Variables = map[string]string{name: value}
		}
		want := strings.Split(tt.want, ", ")
		slices.Sort(want)
		if got := bindings(judge(t, c, tt.table)); got != strings.Join(want, ", ") {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// bindings is told with what is of nearly every table, in the order of the alphabet.
func bindings(found []lint.Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", f.Line, f.Severity, f.Rule, f.Key)))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// TestTellsAllThatFits: as many targets and tables as there may be are looked at, and
// nothing is said to be left out.
func TestTellsAllThatFits(t *testing.T) {
	text := func(overrides, alternatives int) string {
		var b strings.Builder
		b.WriteString("[package.metadata.binstall]\npkg-url = 'https://example.com/{ target }'\n[package.metadata.binstall.signing]\nalgorithm = 'toy'\npubkey = 'never'\n")
		for range alternatives {
			b.WriteString("[[package.metadata.binstall.signing.alternatives]]\nalgorithm = 'toy'\npubkey = 'never'\n")
		}
		for i := range overrides {
			fmt.Fprintf(&b, "[package.metadata.binstall.overrides.x86_64-v%d-linux-gnu]\n", i)
		}
		b.WriteString("[package.metadata.binstall.overrides.x86_64-apple-darwin]\n") // one of the usual ones
		return b.String()
	}
	const usual = 8
	for _, tt := range []struct {
		name, text, want string
	}{
		{"64 targets of 8 tables", text(64-usual, 7), ""},
		{"65 targets", text(65-usual, 0), "more than 64 targets"},
		{"64 targets of 9 tables", text(64-usual, 8), "more than 512 tables and targets"},
		{"64 targets of a table that nobody can follow", strings.ReplaceAll(text(64-usual, 0), "pubkey = 'never'", "threshold = 1\nidentity = 1"), ""},
	} {
		var said []string
		for _, f := range manifest(t, config(), tt.text) {
			if f.Rule == "incomplete" {
				said = append(said, f.Key)
			}
		}
		if got := strings.Join(said, ", "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
