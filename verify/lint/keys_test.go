package lint_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/relseal/relseal/verify/lint"
)

// exampleKey is that of cargo-binstall's documentation: a key like any other.
const exampleKey = "RWRnmBcLmQbXVcEPWo2OOKMI36kki4GiI7gcBgIaPLwvxe14Wtxm9acX"

// TestKeys: what is no key of the publisher's is told as what it is, and once.
func TestKeys(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString(append([]byte("EdScB2"), make([]byte, 152)...))
	for _, tt := range []struct{ name, table, want string }{
		{"a secret key", "pubkey = '" + secret + "'", "3 error key-secret pubkey"},
		{"a placeholder", "pubkey = '<your key>'", "3 error key-placeholder pubkey"},
		{"an example", "pubkey = '" + exampleKey + "'", "3 error key-placeholder pubkey"},
		{"an example is a key", "keys = ['" + exampleKey + "']\nthreshold = 2\nfiles = ['{ url }.a', '{ url }.b']", "3 error key-placeholder keys[0], 4 error threshold-too-high threshold"},
		{"what is no key may be two", "keys = ['x']\nthreshold = 2\nfiles = ['{ url }.a', '{ url }.b']", "3 error key-unparsable keys[0]"},
		{"a word in a key's comment", "pubkey = '''\nuntrusted comment: your example\n" + keyA + "\n'''", ""},
		{"no key", "threshold = 2\nfiles = ['{ url }.a', '{ url }.b']", "1 error plan-refused"},
	} {
		if got := told(judge(t, config(), "algorithm = 'minisign'\n"+tt.table)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestEndsExactly: a key counts in the moment of its end, and ends soon if that is before
// the time has passed that is asked for.
func TestEndsExactly(t *testing.T) {
	for _, tt := range []struct {
		name, table string
		within      time.Duration
		want        string
	}{
		{"now", "keys = [{ key = 'never', not-after = 2026-06-01T12:00:00Z }]", 0, "3 warning key-expires keys[0]"},
		{"a second ago", "keys = [{ key = 'never', not-after = 2026-06-01T11:59:59Z }]", 0, "3 note key-retired keys[0], 3 error key-retired keys[0]"},
		{"in 90 days", "keys = [{ key = 'never', not-after = 2026-08-30T12:00:00Z }]", 0, ""},
		{"in 90 days but for a second", "keys = [{ key = 'never', not-after = 2026-08-30T11:59:59Z }]", 0, "3 warning key-expires keys[0]"},
		{"by itself in the time", "pubkey = '2026-06-03'", 36 * time.Hour, ""},
		{"by itself in less", "pubkey = '2026-06-03'", 36*time.Hour + 1, "3 warning key-expires pubkey"},
	} {
		c := config()
		c.ExpiresWithin = tt.within
		if got := told(judge(t, c, "algorithm = 'toy'\n"+tt.table)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestVersionOfKeys: whether a key is for this version is judged by the version that the
// program says, then by its variable, then by the manifest's.
func TestVersionOfKeys(t *testing.T) {
	const table = "[package.metadata.binstall]\npkg-url = 'https://example.com/{ target }'\n[package.metadata.binstall.signing]\nalgorithm = 'toy'\nkeys = ['ever', { key = 'never', until-version = '1.3.0', from-version = '1.2.0' }]"
	for _, tt := range []struct{ version, variable, want string }{
		{"", "", ""}, // the manifest's is 1.2.0
		{"1.3.0", "", ""},
		{"1.3.1", "", "9 note key-retired keys[1]"},
		{"1.1.9", "", "9 note key-not-yet keys[1]"},
		{"1.2.0", "2.0.0", ""},
		{"", "2.0.0", "9 note key-retired keys[1]"},
		{"nightly", "", "9 error plan-refused keys[1]"}, // it has no order
	} {
		c := config()
		c.Version = tt.version
		if tt.variable != "" {
			c.Variables = map[string]string{"version": tt.variable}
		}
		if got := strings.TrimPrefix(told(manifest(t, c, table, "x86_64-apple-darwin")), "8 warning binstall-rejects algorithm, "); strings.TrimPrefix(got, "8 warning binstall-rejects algorithm") != tt.want {
			t.Errorf("%q and %q: %s, want %s", tt.version, tt.variable, got, tt.want)
		}
	}
	c := config()
	c.Version = "nightly"
	if got := told(judge(t, c, "algorithm = 'toy'\nkeys = [\n'ever',\n{ key = 'never', until-version = '1.3.0' }\n]")); got != "5 error plan-refused keys[1]" {
		t.Errorf("a key in a line of its own: %s", got)
	}
	for bound, want := range map[string]string{"until-version = '1.1.0'": "9 note key-retired keys[1]", "from-version = '1.2.1'": "9 note key-not-yet keys[1]"} {
		text := table[:strings.Index(table, "until-version")] + bound + " }]"
		if got := told(manifest(t, config(), text, "x86_64-apple-darwin")); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", bound, got)
		}
	}
}

// counting counts how often files are opened.
type counting struct {
	fs.FS
	opened *int
}

func (c counting) Open(name string) (fs.File, error) { *c.opened++; return c.FS.Open(name) }

// closed has files that can't be opened.
type closed struct{ fstest.MapFS }

func (closed) Open(string) (fs.File, error) { return nil, errors.New("it is locked") }

// TestReadKey: a file is read once for all targets, and told where that can't be done.
func TestReadKey(t *testing.T) {
	opened := 0
	c := config()
	c.ManifestFS = counting{fstest.MapFS{"k": {Data: []byte(keyA)}}, &opened}
	found := manifest(t, c, "[package.metadata.binstall]\npkg-url = 'https://example.com/{ target }'\n[package.metadata.binstall.signing]\nalgorithm = 'minisign'\npubkey = { file = 'k' }")
	if opened > 2 { // to see what it is, and to read it
		t.Errorf("opened %d times: %q", opened, found)
	}
	c.ManifestFS = closed{fstest.MapFS{"k": {Data: []byte(keyA)}}}
	if got := rules(judge(t, c, "algorithm = 'minisign'\npubkey = { file = 'k' }")); got != "key-file-missing:3" {
		t.Errorf("a file that can't be opened: %s", got)
	}
}

// TestLargestKeyFile: a file of the most bytes is read; lint_test.go has one of a byte more.
func TestLargestKeyFile(t *testing.T) {
	c := config()
	c.ManifestFS = fstest.MapFS{"k": {Data: bytes.Repeat([]byte("-"), 4<<20)}}
	if got := rules(judge(t, c, "algorithm = 'minisign'\npubkey = { file = 'k' }")); got != "key-unparsable:3" {
		t.Error(got)
	}
}

// TestString: a finding's line has what there is, and of many targets the first.
func TestString(t *testing.T) {
	whole := lint.Finding{Rule: "key-weak", Severity: "error", File: "Cargo.toml", Line: 3, Table: "a.signing", Key: "pubkey", Targets: []string{"x", "y", "z"}, Message: "m"}
	for want, change := range map[string]func(*lint.Finding){
		"Cargo.toml:3: error: a.signing: m [key-weak] (x, y, z)":            func(*lint.Finding) {},
		"Cargo.toml:3: error: a.signing: m [key-weak] (x)":                  func(f *lint.Finding) { f.Targets = f.Targets[:1] },
		"Cargo.toml:3: error: a.signing: m [key-weak]":                      func(f *lint.Finding) { f.Targets = nil },
		"Cargo.toml:3: error: a.signing: m [key-weak] (x, y, z and 1 more)": func(f *lint.Finding) { f.Targets = []string{"x", "y", "z", "w"} },
		"Cargo.toml:3: error: m [key-weak] (x, y, z)":                       func(f *lint.Finding) { f.Table = "" },
		"Cargo.toml: error: a.signing: m [key-weak] (x, y, z)":              func(f *lint.Finding) { f.Line = 0 },
		"error: a.signing: m [key-weak] (x, y, z)":                          func(f *lint.Finding) { f.File = "" },
	} {
		f := whole
		change(&f)
		if got := f.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
