package policy_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
	"github.com/relseal/relseal/verify/policy"
)

// TestEmpty: what says nothing is no policy, however it is empty.
func TestEmpty(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "spaces": " \n\t\n", "comment": "# version = 1\n", "mark": "\ufeff",
		"rules without version": "[[package]]\nname = '*'\nrequire = true\n",
	} {
		if p, err := policy.Parse("policy.toml", []byte(text)); p != nil {
			t.Errorf("%s: a policy", name)
		} else {
			wantRefusal(t, err, nil, "policy.toml: ", `"version" is missing`)
		}
	}
	for name, text := range map[string]string{
		"version alone": "version = 1", "all but families": "version = 1\nhosts = ['a.example']\nbind = ['name']",
	} {
		if p, err := policy.Parse("policy.toml", []byte(text)); p != nil {
			t.Errorf("%s: a policy", name)
		} else {
			wantRefusal(t, err, nil, "policy.toml: ", `"families" is missing`)
		}
	}
	for name, p := range map[string]*policy.Policy{"zero": {}, "nil": nil} {
		if c, err := p.Config(verify.Config{Algorithms: families()}); c.Algorithms != nil {
			t.Errorf("%s: %+v", name, c)
		} else {
			wantRefusal(t, err, nil, "policy: ", "an empty policy")
		}
	}
}

// TestStrict: every mistake is an error with its line.
func TestStrict(t *testing.T) {
	long := strings.Repeat("a", 2000)
	hex := strings.Repeat("0", 64)
	rule := func(lines string) string { return "[[package]]\n" + lines }
	for _, tt := range []struct{ lines, text string }{
		// the file
		{"hosst = ['a.example']", `unknown key (did you mean "hosts"?)`},
		{"something = 1", "unknown key"},
		{"[packages]\nname = 'x'", `did you mean "package"?`},
		{"[rules]", "unknown key"},
		{"families = ['minisign']", "not TOML"}, // twice
		{"hosts = [", "not TOML"},
		{"signatures = 'insecure-skip'", `not "insecure-skip"`},
		{"signatures = 'Require'", `it may be "require" or "if-declared"`},
		{"signatures = true", "must be a string"},
		{"signatures = ''", "is empty"},
		{"require-all = 'yes'", "true or false"},
		{"bind = 'name'", "must be an array"},
		{"bind = []", "is empty"},
		{"bind = ['size']", `"name" or "version"`},
		{"bind = ['name', 'name']", "twice"},
		{"bind = ['name', 'version', 'name']", "more than 2"},
		{"bind = [true]", "must be a string"},
		// hosts
		{"hosts = []", "is empty"},
		{"hosts = 'a.example'", "must be an array"},
		{"hosts = ['']", "is empty"},
		{"hosts = ['a.example', 'a.example']", "twice"},
		{"hosts = ['*']", "is no host"},
		{"hosts = ['*.']", "is no host"},
		{"hosts = ['a.*.example']", "is no host"},
		{"hosts = ['**.example']", "is no host"},
		{"hosts = ['*a.example']", "is no host"},
		{"hosts = ['A.example']", "is no host"},
		{"hosts = ['https://a.example']", "is no host"},
		{"hosts = ['a.example/path']", "is no host"},
		{"hosts = ['a.example.']", "is no host"},
		{"hosts = ['.a.example']", "is no host"},
		{"hosts = ['a..example']", "is no host"},
		{"hosts = ['-a.example']", "is no host"},
		{"hosts = ['user@a.example']", "is no host"},
		{"hosts = ['a.example:0']", "is no host"},
		{"hosts = ['a.example:x']", "is no host"},
		{"hosts = ['a.example:65536']", "is no host"},
		{"hosts = ['a.example:0443']", "is no host"},
		{"hosts = ['bücher.example']", "is no host"},
		{"hosts = ['*.192.0.2.1.']", "is no host"},
		{"hosts = ['2001:DB8::1']", "is no host"},
		{"hosts = ['fe80::1%eth0']", "is no host"},
		{"hosts = ['[2001:db8::1]']", "is no host"},
		{"hosts = ['[2001:DB8::1]:8443']", "is no host"},
		{"hosts = ['[a.example]:8443']", "is no host"},
		{"hosts = ['[2001:db8::1:8443']", "is no host"},
		{"hosts = ['a.example:']", "is no host"},
		{"hosts = [':443']", "is no host"},
		{"hosts = ['*:8443']", "is no host"},
		{"hosts = ['" + long + "']", "more than 1024 bytes"},
		{"hosts = [" + strings.Repeat("'a',", 257) + "]", "more than 256"},
		// strength
		{"strength = 1", "must be a table"},
		{"[strength]", "it is empty"},
		{"[strength]\nrsa-bit = 4096", `did you mean "rsa-bits"?`},
		{"[strength]\nrsa-bits = '4096'", "must be a whole number"},
		{"[strength]\nrsa-bits = 2047", "from 2048 to 16384"},
		{"[strength]\nrsa-bits = 16385", "from 2048 to 16384"},
		{"[strength]\nrsa-bits = 4096.0", "must be a whole number"},
		{"[strength]\nkey-algorithms = []", "is empty"},
		{"[strength]\nkey-algorithms = ['ed25519']", `did you mean "Ed25519"?`},
		{"[strength]\nkey-algorithms = ['Ed25591']", `did you mean "Ed25519"?`},
		{"[strength]\nkey-algorithms = ['Ed25519', 'Ed25519']", "twice"},
		{"[strength]\nkey-algorithms = ['P-256']", "isn't known"},
		{"[strength]\nkey-algorithms = ['RSA 04096']", "isn't known"},
		{"[strength]\nkey-algorithms = ['P-256', 'Ed25519']", "isn't known"},
		{"[strength]\nkey-algorithms = ['Ed25519 256']", "isn't known"},
		{"[strength]\nkey-algorithms = ['DSA 0']", "isn't known"},
		{"[strength]\nkey-algorithms = ['RSA 1024']", "fewer bits"},
		{"[strength]\nkey-algorithms = ['RSA 2048']\nrsa-bits = 3072", "fewer bits"},
		{"[strength]\nhashes = ['sha256']", "isn't known"},
		{"[strength]\nhashes = ['SHA256']", `did you mean "SHA-256"?`},
		{"[strength]\nhashes = ['MD5']", "isn't known"},
		{"[strength]\nhashes = []", "is empty"},
		// roots
		{"[roots]", "it is empty"},
		{"roots = ['github']", "must be a table"},
		{"[roots]\nname = ['github']", `did you mean "names"?`},
		{"[roots]\nnames = ['githbu']", `did you mean "github"?`},
		{"[roots]\nnames = []", "is empty"},
		{"[roots]\nnames = 'github'", "must be an array"},
		{"[roots]\nsha256 = ['" + hex[1:] + "']", "64 hex digits"},
		{"[roots]\nsha256 = ['" + hex[2:] + "zz']", "64 hex digits"},
		{"[roots]\nsha256 = ['" + hex[2:] + "']", "64 hex digits"},
		{"[roots]\nsha256 = ['" + hex + "00']", "64 hex digits"},
		{"[roots]\nsha256 = ['" + hex + "zz']", "64 hex digits"},
		{"[roots]\nsha256 = ['" + hex + "', '" + hex + "']", "twice"},
		{"[roots]\nfrom-table = 'yes'", "true or false"},
		// limits
		{"[limits]", "it is empty"},
		{"[limits]\nmax-artefact = 1", `did you mean "max-artifact"?`},
		{"[limits]\nmax-artifact = 0", "must be from 1"},
		{"[limits]\nmax-artifact = -1", "must be from 1"},
		{"[limits]\nmax-document = '1M'", "must be a whole number"},
		{"[limits]\nmin-bytes-per-second = 0", "must be from 1"},
		{"[limits]\nmax-transfer = 60", "must be a string"},
		{"[limits]\nmax-transfer = '60'", "is no time"},
		{"[limits]\nmax-transfer = '0s'", "is no time"},
		{"[limits]\nmax-transfer = '-1s'", "is no time"},
		// pins
		{"[pins]", "it is empty"},
		{"[pins]\ntrust = true", `"file" is missing`},
		{"[pins]\nfile = ''", "is empty"},
		{"[pins]\nfile = 'p'\nallow-rollbacks = true", `did you mean "allow-rollback"?`},
		{"[pins]\nfile = 'p'\nallow-new-signer = 1", "true or false"},
		// rules
		{"package = []", "is empty"},
		{"[package]\nname = 'x'", "must be an array"},
		{"package = ['x']", "must be a table"},
		{rule(""), "it is empty"},
		{rule("name = 'x'"), "one of"},
		{rule("require = true"), `"name" or "repository" is missing`},
		{rule("name = 'x'\nrequire = false"), "it may be true"},
		{rule("name = 'x'\nrequire = 'true'"), "true or false"},
		{rule("name = 'x'\nrefuse = ''"), "is empty"},
		{rule("name = 'x'\nrefuse = true"), "must be a string"},
		{rule("name = 'x'\nrefuse = 'a'\nrequire = true"), "not 2 of them"},
		{rule("name = 'x'\nkeys = ['k']\nrequire = true"), "not 2 of them"},
		{rule("name = 'x'\nkeys = ['k']\nsigning = { algorithm = 'minisign' }\nrefuse = 'x'"), "not 3 of them"},
		{rule("name = 'x'\nkeys = ['k']\nidentity = { issuer = 'i' }"), "both keys and an identity"},
		{rule("nmae = 'x'\nrequire = true"), `did you mean "name"?`},
		{rule("name = 'x'\npubkeys = ['k']"), `did you mean "pubkey"?`},
		{rule("name = ''\nrequire = true"), "is empty"},
		{rule("name = ' x'\nrequire = true"), "space around it"},
		{rule("name = \"x\\u200b\"\nrequire = true"), "can't be seen"},
		{rule("name = ['x']\nrequire = true"), "must be a string"},
		{rule("name = 'to[ol]'\nrequire = true"), "none of ["},
		{rule("name = '{a,b}'\nrequire = true"), "none of ["},
		{rule(`name = 'a\*'` + "\nrequire = true"), "none of ["},
		{rule("name = '" + long[:257] + "'\nrequire = true"), "more than 256 bytes"},
		{rule("repository = 'owner/tool'\nrequire = true"), "begin with a host"},
		{rule("repository = 'http://github.com/owner/tool'\nrequire = true"), "https URL"},
		{rule("repository = 'git@github.com:owner/tool'\nrequire = true"), "https URL"},
		{rule("repository = 'github.com/owner//tool'\nrequire = true"), "https URL"},
		{rule("repository = 'github.com/owner/%74ool'\nrequire = true"), "https URL"},
		{rule("repository = 'github.com/owner/tool#readme'\nrequire = true"), "https URL"},
		{rule("repository = ['github.com/owner/tool']\nrequire = true"), "must be a string"},
		{rule("repository = 'github.com/{owner,other}/tool'\nrequire = true"), "none of ["},
		{rule("name = 'x'\nkeys = []"), "is empty"},
		{rule("name = 'x'\nkeys = 'k'"), "must be an array"},
		{rule("name = 'x'\npubkey = ''"), "is empty"},
		{rule("name = 'x'\npubkey = { file = 'k.pub' }"), "publisher's folder"},
		{rule("name = 'x'\nkeys = ['k', { file = 'k.pub' }]"), "publisher's folder"},
		{rule("name = 'x'\nkeys = [{ url = 'https://a.example/k' }]"), "without sha256"},
		{rule("name = 'x'\nkeys = [{ key = 'k', not-befor = 2024-01-01 }]"), `did you mean "not-before"?`},
		{rule("name = 'x'\nidentity = 'me'"), "must be a table"},
		{rule("name = 'x'\nidentity = {}"), "is empty"},
		{rule("name = 'x'\nidentity = [{ issuer = 'x' }, { issuer-regexp = 'x', issuer = 'y' }]"), "both"},
		{rule("name = 'x'\nidentity = { issuer = 1 }"), "must be a string"},
		{rule("name = 'x'\nalgorithm = 'minisign'\nrequire = true"), "alone"},
		{rule("name = 'x'\nalgorithm = 'signify'\nkeys = ['k']"), "none of the families"},
		{rule("name = 'x'\nsigning = 'minisign'"), "must be a table"},
		{rule("name = 'x'\nsigning = {}"), `"algorithm" is missing`},
		{rule("name = 'x'\n[package.signing]\nalgorithm = 'signify'\npubkey = 'k'"), "none of the families"},
		{rule("name = 'x'\n[package.signing]\nalgorithm = 'minisign'\nalternatives = [{ algorithm = 'signify' }]"), "none of the families"},
		{rule("name = 'x'\n[package.signing]\nalgorithm = 'minisign'\npubkey = 'k'\n[[package]]\nname = 'y'\n[package.signing]\nalgorithm = 'signify'\npubkey = 'k'"), "none of the families"},
		{rule("name = 'x'\n[package.signing]\nalgorithm = 'minisign'\npubkey = { file = 'k' }"), "publisher's folder"},
		{rule("name = 'x'\n[package.signing]\nalgorithm = 'minisign'\npubkey = { file = 'k' }\nalternatives = [{ algorithm = 'cosign', pubkey = 'k' }]"), "publisher's folder"},
		{rule("name = 'x'\n[package.signing]\nalgorithm = 'minisign'\npubkey = 'k'\nalternatives = [{ algorithm = 'cosign', pubkey = { file = 'k' } }]"), "publisher's folder"},
		{rule("name = 'x'\n[package.signing]\nalgorithm = 'minisign'\nfile = 1"), "must be a string"},
		{strings.Repeat("[[package]]\nname = 'x'\nrequire = true\n", 257), "more than 256"},
		{"#" + strings.Repeat("x", 1<<20), "larger than"},
		{"hosts = [" + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "]", "must be a string"},
	} {
		p, err := policy.Parse("policy.toml", []byte(least+tt.lines))
		if p != nil {
			t.Errorf("%.80q is a policy", tt.lines)
			continue
		}
		place := "policy.toml:"
		if strings.HasPrefix(tt.text, "larger") {
			place = "policy.toml: "
		}
		wantRefusal(t, err, nil, place, tt.text)
		if t.Failed() {
			t.Fatalf("in %.80q", tt.lines)
		}
	}
}

// TestHints: of two words that are as near the same one is told each time, and none
// where none is near.
func TestHints(t *testing.T) {
	for lines, want := range map[string]string{
		"something = 1":                    "policy.toml:3: something: unknown key",
		"[strength]\nhashes = ['SHA-226']": `policy.toml:4: strength: hashes[0]: "SHA-226" isn't known (did you mean "SHA-224"?)`,
	} {
		for range 20 {
			if _, err := policy.Parse("policy.toml", []byte(least+lines)); err == nil || err.Error() != want {
				t.Fatalf("%v, want %s", err, want)
			}
		}
	}
}

// TestVersion: another format's keys may mean anything.
func TestVersion(t *testing.T) {
	for text, want := range map[string]string{
		"version = 2\nfuture = true": "policy.toml:1: ",
		"version = 0":                "policy.toml:1: ",
		"version = '1'":              "policy.toml:1: ",
		"version = 1.0":              "policy.toml:1: ",
		"version = true":             "policy.toml:1: ",
	} {
		_, err := policy.Parse("policy.toml", []byte(text+"\nfamilies = ['minisign']"))
		wantRefusal(t, err, nil, want, "it must be the number 1")
	}
	for _, text := range []string{"families = []", "families = 'minisign'", "families = ['']", "families = ['minisign', 'minisign']", "families = [1]"} {
		_, err := policy.Parse("policy.toml", []byte("version = 1\n"+text))
		wantRefusal(t, err, nil, "policy.toml:2: ", "families")
	}
}

// TestLine: the line is that of the key, also in a rule's table.
func TestLine(t *testing.T) {
	_, err := policy.Parse("policy.toml", []byte(least+"\n[[package]]\nname = 'a'\nrequire = true\n\n[[package]]\nname = 'b'\n[package.signing]\nalgorithm = 'minisign'\nfile = ''\n"))
	wantRefusal(t, err, nil, "policy.toml:12: package[1].signing: ", `"file" is empty`)
}

// TestReadFile: a file that can't be read refuses.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	p, err := policy.ReadFile(write("good.toml", least+"[pins]\nfile = 'sub/pins.txt'\n"))
	if err != nil || p.Pins == nil || p.Pins.File != filepath.Join(dir, "sub", "pins.txt") {
		t.Fatalf("%+v, %v", p, err)
	}
	absolute := filepath.Join(dir, "pins.txt")
	if p, err = policy.ReadFile(write("good.toml", least+"[pins]\nfile = '"+absolute+"'\n")); err != nil || p.Pins.File != absolute {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = policy.ReadFile(write("good.toml", least)); err != nil || p.Pins != nil {
		t.Errorf("%+v, %v", p, err)
	}
	for _, name := range []string{filepath.Join(dir, "absent.toml"), dir} {
		var path *fs.PathError
		if _, err := policy.ReadFile(name); !errors.As(err, &path) || verify.Reason(err) != "io" || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"empty": "", "large": least + strings.Repeat("#", 1<<20), "binary": "\x00\xff", "broken": "version = "} {
		if p, err := policy.ReadFile(write(name, text)); p != nil {
			t.Errorf("%s is a policy", name)
		} else {
			wantRefusal(t, err, nil, dir, "")
		}
	}
}

// TestPins: what the file says of pins is there for the program, and isn't
// ignored by one that keeps none.
func TestPins(t *testing.T) {
	p := parse(t, least+"[pins]\nfile = 'pins.txt'\nallow-rollback = true\nallow-new-signer = false\ntrust = true\n")
	if p.Pins.File != "pins.txt" || !p.Pins.AllowRollback || p.Pins.AllowNewSigner || !p.Pins.Trust {
		t.Errorf("%+v", p.Pins)
	}
}

// noPins is a store of a program's own.
type noPins struct{}

func (noPins) Update(context.Context, string, func([]verify.Pin) (*verify.Pin, error)) error {
	return errors.New("no pins")
}

// TestPinsOfConfig: what both allow is allowed, and that a pin stands in for a
// signature is the policy's alone to say.
func TestPinsOfConfig(t *testing.T) {
	for _, tt := range []struct {
		policy                     string
		program                    verify.Config
		want                       verify.Pins
		rollback, newSigner, trust bool
	}{
		{policy: ""},
		{policy: "", program: verify.Config{TrustPins: true}},
		{policy: "", program: verify.Config{Pins: noPins{}, AllowRollback: true, AllowNewSigner: true, TrustPins: true}, want: noPins{}, rollback: true, newSigner: true},
		{policy: "[pins]\nfile = 'x'\n", want: pin.File{Path: "x"}},
		{policy: "[pins]\nfile = 'x'\n", program: verify.Config{AllowRollback: true, AllowNewSigner: true, TrustPins: true}, want: pin.File{Path: "x"}},
		{policy: "[pins]\nfile = 'x'\nallow-rollback = true\nallow-new-signer = true\ntrust = true\n", want: pin.File{Path: "x"}, rollback: true, newSigner: true, trust: true},
		{policy: "[pins]\nfile = 'x'\nallow-rollback = true\nallow-new-signer = true\ntrust = true\n", program: verify.Config{Pins: noPins{}}, want: noPins{}, trust: true},
		{policy: "[pins]\nfile = 'x'\nallow-rollback = true\n", program: verify.Config{Pins: noPins{}, AllowRollback: true, AllowNewSigner: true}, want: noPins{}, rollback: true},
	} {
		tt.program.Algorithms = families()
		c, err := parse(t, least+tt.policy).Config(tt.program)
		if err != nil || c.Pins != tt.want || c.AllowRollback != tt.rollback || c.AllowNewSigner != tt.newSigner || c.TrustPins != tt.trust {
			t.Errorf("%q with %+v: %v, rollback %v, new signer %v, trust %v, %v", tt.policy, tt.program, c.Pins, c.AllowRollback, c.AllowNewSigner, c.TrustPins, err)
		}
	}
}

// TestConfig: the policy adds to what the program demands, and takes nothing
// away.
func TestConfig(t *testing.T) {
	accepted := 0
	program := verify.Config{
		Algorithms: families(), MaxArtifact: 10, MaxDocument: 10, MaxTransfer: time.Minute, MinBytesPerSecond: 10,
		Accept: func(*verify.Report) error { accepted++; return errors.New("not by me") },
	}
	names := func(c verify.Config) (names string) {
		for _, a := range c.Algorithms {
			names += a.Name() + " "
		}
		return names
	}
	const loose = "[limits]\nmax-artifact = 20\nmax-document = 20\nmax-transfer = '2m'\nmin-bytes-per-second = 5\n"
	const strict = "[limits]\nmax-artifact = 5\nmax-document = 5\nmax-transfer = '30s'\nmin-bytes-per-second = 20\n"
	for _, tt := range []struct {
		text string
		with func(*verify.Config)
		want verify.Config // as far as it can be compared
	}{
		{text: least, want: verify.Config{MaxArtifact: 10, MaxDocument: 10, MaxTransfer: time.Minute, MinBytesPerSecond: 10}},
		{text: least + loose, want: verify.Config{MaxArtifact: 10, MaxDocument: 10, MaxTransfer: time.Minute, MinBytesPerSecond: 10}},
		{text: least + strict, want: verify.Config{MaxArtifact: 5, MaxDocument: 5, MaxTransfer: 30 * time.Second, MinBytesPerSecond: 20}},
		{
			text: least + loose,
			with: func(c *verify.Config) { c.MaxArtifact, c.MaxDocument, c.MaxTransfer, c.MinBytesPerSecond = 0, 0, 0, 0 },
			want: verify.Config{MaxArtifact: 20, MaxDocument: 20, MaxTransfer: 2 * time.Minute, MinBytesPerSecond: 5},
		},
		{
			text: least + "signatures = 'if-declared'\nbind = ['version']\nrequire-all = true\n",
			want: verify.Config{Policy: verify.IfDeclared, Bind: verify.Binding{Version: true}, RequireAll: true, MaxArtifact: 10, MaxDocument: 10, MaxTransfer: time.Minute, MinBytesPerSecond: 10},
		},
		{
			text: least + "signatures = 'require'\nbind = ['version']\n",
			with: func(c *verify.Config) { c.Policy, c.Bind.Name, c.RequireAll = verify.IfDeclared, true, true },
			want: verify.Config{Policy: verify.Require, Bind: verify.Binding{Name: true, Version: true}, RequireAll: true, MaxArtifact: 10, MaxDocument: 10, MaxTransfer: time.Minute, MinBytesPerSecond: 10},
		},
		{
			text: least + "bind = ['name', 'version']\nrequire-all = false\n",
			with: func(c *verify.Config) { c.RequireAll = true },
			want: verify.Config{Bind: verify.Binding{Name: true, Version: true}, RequireAll: true, MaxArtifact: 10, MaxDocument: 10, MaxTransfer: time.Minute, MinBytesPerSecond: 10},
		},
		{
			text: least, // nothing to loosen a limit that verify.New refuses
			with: func(c *verify.Config) { c.MaxArtifact = -1 },
			want: verify.Config{MaxArtifact: -1, MaxDocument: 10, MaxTransfer: time.Minute, MinBytesPerSecond: 10},
		},
	} {
		base := program
		if tt.with != nil {
			tt.with(&base)
		}
		c, err := parse(t, tt.text).Config(base)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if c.Policy != tt.want.Policy || c.Bind != tt.want.Bind || c.RequireAll != tt.want.RequireAll || c.MaxArtifact != tt.want.MaxArtifact ||
			c.MaxDocument != tt.want.MaxDocument || c.MaxTransfer != tt.want.MaxTransfer || c.MinBytesPerSecond != tt.want.MinBytesPerSecond {
			t.Errorf("%s: %+v", tt.text, c)
		}
		if c.Fetcher != nil {
			t.Errorf("%s: a fetcher from nowhere", tt.text)
		}
		before := accepted
		if err := c.Accept(verified(signedBy("Ed25519", "SHA-512"))); err == nil || err.Error() != "not by me" || accepted != before+1 {
			t.Errorf("the program wasn't asked: %v", err)
		}
	}
	c, err := parse(t, "version = 1\nfamilies = ['gpg', 'minisign']\n").Config(program)
	if err != nil || names(c) != "minisign gpg " || len(program.Algorithms) != len(families()) || program.Algorithms[4].Name() != "cosign" {
		t.Errorf("%s, %v", names(c), err)
	}
	if _, err := parse(t, least).Config(verify.Config{Algorithms: families(), Policy: verify.InsecureSkip}); err == nil {
		t.Error("a program that skips signatures was given a policy")
	}
	if _, err := parse(t, least).Config(verify.Config{Algorithms: []algorithm.Algorithm{nil}}); err == nil {
		t.Error("a nil family")
	}
	for family, text := range map[string]string{"signify": "minisign, gpg", "minisgn": `did you mean "minisign"?`} {
		_, err := parse(t, "version = 1\nfamilies = ['gpg',\n'"+family+"']\n").Config(program)
		wantRefusal(t, err, algorithm.ErrUnsupported, "policy.toml:3: families[1]", text)
		if code := verify.ExitCode(err); code != 78 {
			t.Errorf("exit code %d: %v", code, err)
		}
	}
}

// TestRulesAreRead: what a rule's table says of a family is checked before there
// is a package.
func TestRulesAreRead(t *testing.T) {
	for lines, text := range map[string]string{
		"identity = { isuer = 'x' }":                                                          `did you mean "issuer"?`,
		"algorithm = 'minisign'\nidentity = { issuer = 'x' }":                                 "none of the families has identities",
		"signing = { algorithm = 'minisign', pubkey = 'k', identity = { issuer = 'x' } }":     "unknown key",
		"signing = { algorithm = 'cosign', identty = { issuer = 'x' } }":                      `did you mean "identity"?`,
		"signing = { algorithm = 'cosign', trusted-root = { file = 'root.json' } }":           "publisher's folder",
		"signing = { algorithm = 'cosign', trusted-root = 'root.json' }":                      "must be a table",
		"signing = { algorithm = 'cosign', sct = 'no' }":                                      "true or false",
		"signing = { algorithm = 'cosign', sct = true, predicate-type = 1 }":                  "must be a string",
		"signing = { algorithm = 'ssh', principal = ['a', 'b'] }":                             "must be a string",
		"signing = { algorithm = 'cosign', certificate = true }":                              "must be a string",
		"signing = { algorithm = 'cosign', predicate-type = [1] }":                            "must be a string",
		"signing = { algorithm = 'minisign', alternatives = [{ algorithm = 'gpg', x = 1 }] }": "unknown key",
	} {
		p := parse(t, least+"[[package]]\nname = 'x'\n"+lines+"\n")
		c, err := p.Config(verify.Config{Algorithms: families()})
		wantRefusal(t, err, nil, "policy.toml:", text)
		if c.Algorithms != nil {
			t.Errorf("%s: a configuration", lines)
		}
	}
	for _, lines := range []string{
		"identity = { issuer = 'x', subject-regexp = 'y' }",
		"identity = [{ issuer = 'x' }, { issuer = 'y' }]",
		"algorithm = 'cosign'\nidentity = { issuer = 'x' }",
		"pubkey = 'a'\nkeys = ['b', { url = 'https://a.example/k', sha256 = '" + strings.Repeat("0", 64) + "' }, { key = 'c', not-after = 2030-01-01 }]",
		"pubkey = '''\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n'''",
		"[package.signing]\nalgorithm = 'cosign'\nidentity = { issuer = 'x', subject = 'y' }\ntrusted-root = { url = 'https://a.example/r', sha256 = '" + strings.Repeat("0", 64) + "' }\nsct = false\npredicate-type = ['a', 'b']\ncertificate = '{ url }.pem'",
		"[package.signing]\nalgorithm = 'digest'\ndigests = { file = 'sha256:00' }",
	} {
		configure(t, least+"[[package]]\nname = 'x'\n"+lines+"\n")
	}
}
