package verifytest_test

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

func families() []algorithm.Algorithm {
	return []algorithm.Algorithm{minisign.Algorithm{}, signify.Algorithm{}, ssh.Algorithm{}, gpg.Algorithm{}, digest.Algorithm{}}
}

func newKey(t *testing.T, family, seed string) *verifytest.Key {
	t.Helper()
	return verifytest.NewKey(t, family, seed)
}

// fetch carries out the plan for a file of version 1.1.0.
func fetch(ctx context.Context, t *testing.T, p *verifytest.Publisher, bind verify.Binding, name string) (*verify.Report, error) {
	t.Helper()
	v, err := verify.New(verify.Config{Algorithms: families(), Fetcher: p.Fetcher(), Bind: bind})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(p.Artifact("1.1.0", name), p.Table())
	if err != nil {
		t.Fatal(err)
	}
	r, err := plan.Open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Finish()
}

// publish publishes two releases, each of two files that are named by it.
func publish(p *verifytest.Publisher) {
	for _, version := range []string{"1.0.0", "1.1.0"} {
		p.Publish(version, map[string][]byte{
			"tool-" + version + ".tgz":  bytes.Repeat([]byte("tool "+version), 100),
			"other-" + version + ".tgz": bytes.Repeat([]byte("other "+version), 100),
		})
	}
}

// TestFaults: of every shape and family a good release is verified, and each fault
// is refused for its own reason.
func TestFaults(t *testing.T) {
	both := verify.Binding{Name: true, Version: true}
	common := map[string]string{
		"missing artifact": "artifact-missing", "missing signature": "signature-missing", "missing manifest": "manifest-missing",
		"unreachable artifact": "unreachable", "unreachable signature": "unreachable", "unreachable manifest": "unreachable",
		"cut artifact": "unreachable", "cut signature": "unreachable", "cut manifest": "unreachable",
		"flipped artifact": "invalid", "flipped signature": "invalid", "flipped manifest": "invalid",
		"wrong key": "wrong-key", "retired key": "key-retired",
	}
	with := func(more map[string]string) map[string]string {
		m := maps.Clone(common)
		maps.Copy(m, more)
		return m
	}
	passes := map[string]string{"replayed": "", "mixed-up": ""}
	for _, tt := range []struct {
		shape, family string
		keys          int
		bind          verify.Binding
		want          map[string]string
		count         int // of faults
	}{
		{"signature", "minisign", 1, both, with(map[string]string{"replayed": "name-mismatch", "mixed-up": "name-mismatch"}), 11},
		{"signature", "minisign", 1, verify.Binding{}, with(passes), 11},
		{"signature", "signify", 1, verify.Binding{}, with(passes), 11},
		{"signature", "ssh", 1, verify.Binding{}, with(passes), 11},
		{"signature", "gpg", 1, verify.Binding{}, with(passes), 11},
		{"checksums", "minisign", 1, both, with(map[string]string{"replayed": "name-mismatch", "mixed-up": "invalid"}), 15},
		{"checksums", "signify", 1, verify.Binding{Name: true}, with(map[string]string{"replayed": "name-mismatch", "mixed-up": "invalid"}), 15},
		{"checksums", "ssh", 1, verify.Binding{Name: true}, with(map[string]string{"replayed": "name-mismatch", "mixed-up": "invalid"}), 15},
		{"checksums", "gpg", 1, verify.Binding{Name: true}, with(map[string]string{"replayed": "name-mismatch", "mixed-up": "invalid"}), 15},
		{"clear-signed", "gpg", 1, verify.Binding{Name: true}, with(map[string]string{"replayed": "name-mismatch", "mixed-up": "invalid"}), 11},
		{"threshold", "minisign", 3, both, with(map[string]string{
			"replayed": "threshold", "mixed-up": "threshold", "wrong key": "threshold", "flipped artifact": "threshold", "flipped signature": "threshold",
			"missing signature": "threshold", "unreachable signature": "threshold", "cut signature": "threshold",
		}), 11},
		{"threshold", "ssh", 2, verify.Binding{}, with(map[string]string{
			"replayed": "", "mixed-up": "", "wrong key": "threshold", "flipped artifact": "threshold", "flipped signature": "threshold",
			"missing signature": "threshold", "unreachable signature": "threshold", "cut signature": "threshold",
		}), 11},
		{"late", "ssh", 1, verify.Binding{}, with(map[string]string{"replayed": "", "mixed-up": "", "flipped artifact": "signature-missing"}), 11},
		{"digests", "", 0, verify.Binding{}, with(map[string]string{"replayed": "invalid", "mixed-up": "invalid"}), 6},
	} {
		t.Run(tt.shape+"/"+tt.family, func(t *testing.T) {
			var keys []*verifytest.Key
			for range tt.keys {
				keys = append(keys, newKey(t, tt.family, ""))
			}
			p := verifytest.NewPublisher(t, tt.shape, keys...)
			publish(p)
			faults := p.Faults()
			if len(faults) != tt.count || len(slices.Compact(slices.Sorted(slices.Values(faults)))) != tt.count {
				t.Errorf("%d faults: %q", len(faults), faults)
			}
			for _, fault := range append(faults, "") {
				p.Break(fault)
				report, err := fetch(t.Context(), t, p, tt.bind, "tool-1.1.0.tgz")
				if want := tt.want[fault]; verify.Reason(err) != want || (report == nil) == (want == "") {
					t.Errorf("%q: %v (%s), want %q", fault, err, verify.Reason(err), want)
				}
				if err == nil && report.Status != verify.Verified {
					t.Errorf("%q: %s", fault, report.Status)
				}
			}
			// The release before is as it was.
			p.Break(faults[0])
			v, err := verify.New(verify.Config{Algorithms: families(), Fetcher: p.Fetcher()})
			if err != nil {
				t.Fatal(err)
			}
			if tt.shape == "digests" {
				return // its digests are no longer in the table
			}
			plan, err := v.Plan(p.Artifact("1.0.0", "tool-1.0.0.tgz"), p.Table())
			if err != nil {
				t.Fatal(err)
			}
			r, err := plan.Open(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Finish(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFaultsOfNames: a fault is what it says whatever the files' names are and
// however little is in them: what is only missing would hide that a program lets
// another file through.
func TestFaultsOfNames(t *testing.T) {
	names := []string{"tool", "tool.exe", "tool.0", "lib-1.1.0.tgz", "empty"}
	for _, shape := range []string{"signature", "threshold", "late"} {
		key := newKey(t, "ssh", "") // says neither name nor version
		p := verifytest.NewPublisher(t, shape, key)
		files := map[string][]byte{}
		for _, version := range []string{"1.0.0", "1.1.0"} {
			for _, name := range names {
				files[name] = []byte(name + version)
			}
			files["empty"] = nil
			p.Publish(version, files)
			files["tool"][0] = 'x' // the publisher has its own
		}
		for _, name := range names {
			for fault, want := range map[string]string{"": "", "mixed-up": "", "replayed": "", "cut artifact": "unreachable"} {
				p.Break(fault)
				report, err := fetch(t.Context(), t, p, verify.Binding{}, name)
				if verify.Reason(err) != want || err == nil && report.Status != verify.Verified {
					t.Errorf("%s, %s, %q: %v, want %q", shape, name, fault, err, want)
				}
			}
		}
	}
}

// TestRetired: the key may have signed what was published before it was retired,
// and nothing after.
func TestRetired(t *testing.T) {
	for _, family := range []string{"minisign", "signify", "ssh", "gpg"} {
		p := verifytest.NewPublisher(t, "checksums", newKey(t, family, ""))
		p.Publish("1.0.0", map[string][]byte{"tool.tgz": []byte("old")})
		p.Retire(newKey(t, family, ""))
		p.Publish("1.1.0", map[string][]byte{"tool.tgz": []byte("new")})
		if _, err := fetch(t.Context(), t, p, verify.Binding{}, "tool.tgz"); err != nil {
			t.Errorf("%s: %v", family, err)
		}
		p.Break("retired key")
		if _, err := fetch(t.Context(), t, p, verify.Binding{}, "tool.tgz"); verify.Reason(err) != "key-retired" {
			t.Errorf("%s: %v", family, err)
		}
	}
}

// TestSlow: what is slow is no fault of [Publisher.Faults], since it ends by the
// program's patience.
func TestSlow(t *testing.T) {
	p := verifytest.NewPublisher(t, "signature", newKey(t, "minisign", ""))
	publish(p)
	for _, what := range []string{"slow artifact", "slow signature"} {
		p.Break(what)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if _, err := fetch(ctx, t, p, verify.Binding{}, "tool-1.1.0.tgz"); verify.Reason(err) != "cancelled" {
			t.Errorf("%s: %v", what, err)
		}
		cancel()
	}
}

// TestStamps: who signs by hand gets what the publisher's signatures say.
func TestStamps(t *testing.T) {
	for _, tt := range []struct {
		name, version string
		want          string
	}{
		{"", "", ""},
		{"tool.tgz", "", "tool.tgz "},
		{"tool.tgz", "1.1.0", "tool.tgz 1.1.0"},
		{"", "1.1.0", " 1.1.0"},
	} {
		key := newKey(t, "minisign", "")
		data := []byte("data")
		_, e, err := testkeys.Judge(t, minisign.Algorithm{}, algorithm.Trust{PublicKeys: []string{key.Public()}}, key.Sign(data, tt.name, tt.version), data)
		if err != nil || e.FileName != tt.name || e.Version != tt.version {
			t.Errorf("%+v: %+v, %v", tt, e, err)
		}
		gpgKey := newKey(t, "gpg", "")
		if _, _, err := testkeys.Judge(t, gpg.Algorithm{}, algorithm.Trust{PublicKeys: []string{gpgKey.Public()}}, gpgKey.Sign(data, tt.name, tt.version), data); err != nil {
			t.Errorf("gpg: %+v: %v", tt, err)
		}
	}
}

// TestSeeds: the same seed gives the same, another or none something else.
func TestSeeds(t *testing.T) {
	for _, family := range []string{"minisign", "signify", "ssh", "gpg", "cosign", "cosign-bundle"} {
		made := func(seed string) (string, string) {
			k := newKey(t, family, seed)
			return k.Public(), string(k.Sign([]byte("data"), "name", "1.0"))
		}
		keyA, signatureA := made("a")
		keyB, signatureB := made("a")
		if keyA != keyB || signatureA != signatureB {
			t.Errorf("%s: the same seed gives another key, or another signature", family)
		}
		for _, other := range []string{"b", ""} {
			if key, signature := made(other); key == keyA || signature == signatureA {
				t.Errorf("%s: the seed %q gives the same", family, other)
			}
		}
		if key, _ := made(""); key == func() string { k, _ := made(""); return k }() {
			t.Errorf("%s: no seed gives the same twice", family)
		}
	}
}

// TestAsked: a bad signature costs no artifact.
func TestAsked(t *testing.T) {
	p := verifytest.NewPublisher(t, "signature", newKey(t, "signify", ""))
	publish(p)
	p.Break("wrong key")
	if _, err := fetch(t.Context(), t, p, verify.Binding{}, "tool-1.1.0.tgz"); verify.Reason(err) != "wrong-key" {
		t.Error(err)
	}
	if got := p.Asked(); !slices.Equal(got, []string{"/v1.1.0/tool-1.1.0.tgz.sig"}) || p.Asked() != nil {
		t.Errorf("asked %q", got)
	}
}

// TestTable: the table may be a document, and demand more.
func TestTable(t *testing.T) {
	p := verifytest.NewPublisher(t, "signature", newKey(t, "minisign", "s"))
	p.Set("signed-version", true)
	publish(p)
	text := p.TOML("package.metadata.binstall.signing")
	if !strings.Contains(text, "[package.metadata.binstall.signing]") || !strings.Contains(text, "signed-version = true") {
		t.Error(text)
	}
	if s := p.Table(); s.Algorithm != "minisign" || s.SignedVersion != "{ version }" || len(s.Keys) != 1 {
		t.Errorf("%+v", s)
	}
	p.Break("replayed")
	if _, err := fetch(t.Context(), t, p, verify.Binding{}, "tool-1.1.0.tgz"); verify.Reason(err) != "version-mismatch" {
		t.Error(err)
	}
}

// spoiled is a testing.TB that notes that a test failed.
type spoiled struct {
	testing.TB
	failed bool
}

func (s *spoiled) Helper() {}
func (s *spoiled) Fatalf(string, ...any) {
	s.failed = true
	panic(s)
}

// TestMisuse: what makes no sense fails the test.
func TestMisuse(t *testing.T) {
	key := func(tb testing.TB, family string) *verifytest.Key { return verifytest.NewKey(tb, family, "") }
	for what, misuse := range map[string]func(testing.TB){
		"family":           func(tb testing.TB) { key(tb, "rot13") },
		"shape":            func(tb testing.TB) { verifytest.NewPublisher(tb, "round", key(tb, "ssh")) },
		"no key":           func(tb testing.TB) { verifytest.NewPublisher(tb, "signature") },
		"a key":            func(tb testing.TB) { verifytest.NewPublisher(tb, "digests", key(tb, "ssh")) },
		"two families":     func(tb testing.TB) { verifytest.NewPublisher(tb, "signature", key(tb, "ssh"), key(tb, "gpg")) },
		"no clear signing": func(tb testing.TB) { verifytest.NewPublisher(tb, "clear-signed", key(tb, "ssh")) },
		"fault":            func(tb testing.TB) { verifytest.NewPublisher(tb, "digests").Break("bent artifact") },
		"no fault yet":     func(tb testing.TB) { verifytest.NewPublisher(tb, "digests").Break("replayed") },
		"no file":          func(tb testing.TB) { verifytest.NewPublisher(tb, "digests").Publish("1.0", nil) },
		"name": func(tb testing.TB) {
			verifytest.NewPublisher(tb, "digests").Publish("1.0", map[string][]byte{"a/b": nil})
		},
		"one name": func(tb testing.TB) {
			verifytest.NewPublisher(tb, "signature", key(tb, "ssh")).Publish("1.0", map[string][]byte{"a": nil, "a.sig": nil})
		},
		"version":          func(tb testing.TB) { verifytest.NewPublisher(tb, "digests").Publish("1", map[string][]byte{"a": nil}) },
		"retired too soon": func(tb testing.TB) { verifytest.NewPublisher(tb, "signature", key(tb, "ssh")).Retire(key(tb, "ssh")) },
		"bad value": func(tb testing.TB) {
			p := verifytest.NewPublisher(tb, "signature", key(tb, "ssh"))
			p.Set("file", 1)
			p.Table()
		},
	} {
		s := &spoiled{TB: t}
		func() {
			defer func() {
				if r := recover(); r != nil && r != any(s) {
					t.Errorf("%s: panic %v", what, r)
				}
			}()
			misuse(s)
		}()
		if !s.failed {
			t.Errorf("%s: the test went on", what)
		}
	}
}

// TestShort: the test that the package's users write stays under 30 lines.
func TestShort(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "update_test.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "TestUpdate" {
			lines := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1
			t.Logf("%d lines", lines)
			if lines >= 30 {
				t.Errorf("%d lines", lines)
			}
			return
		}
	}
	t.Error("no TestUpdate")
}
