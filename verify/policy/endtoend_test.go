package policy_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

const (
	artifactURL = "https://a.example/tool.tgz"
	comment     = "timestamp:1700000000\tfile:tool.tgz\thashed"
)

// verifier is one under the policy, with a fetcher of those files.
func verifier(t *testing.T, text string, files *memory) *verify.Verifier {
	t.Helper()
	c, err := parse(t, text).Config(verify.Config{Algorithms: families(), Fetcher: files})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// download has the package installed, and checks that nothing is placed unless
// it is verified.
func download(t *testing.T, v *verify.Verifier, variables map[string]string, table *metadata.Signing) (*verify.Report, error) {
	t.Helper()
	dst := filepath.Join(t.TempDir(), "tool.tgz")
	plan, err := v.Plan(verify.Artifact{URL: artifactURL, Variables: variables}, table)
	var report *verify.Report
	if err == nil {
		report, err = plan.Download(t.Context(), dst)
	}
	if _, missing := os.Stat(dst); (missing == nil) != (err == nil) {
		t.Errorf("%v, and the file: %v", err, missing)
	}
	return report, err
}

// TestConsumersKey: by a rule the consumer's key counts, and the publisher's
// doesn't, whatever the publisher's table says.
func TestConsumersKey(t *testing.T) {
	artifact := []byte("bytes")
	publisher, consumer := testkeys.NewMinisign(t), testkeys.NewMinisign(t)
	policy := least + "signatures = 'if-declared'\n[[package]]\nname = 'tool'\n%s\n"
	byKeys := "keys = ['" + consumer.PublicKey() + "']"
	byTable := "[package.signing]\nalgorithm = 'minisign'\npubkey = '" + consumer.PublicKey() + "'\nfile = 'https://a.example/mine.sig'"
	other := testkeys.NewMinisign(t)
	tables := map[string]*metadata.Signing{
		"one key":      declared(t, "algorithm = 'minisign'\npubkey = '"+publisher.PublicKey()+"'\n"),
		"several keys": declared(t, "algorithm = 'minisign'\npubkey = '"+other.PublicKey()+"'\nkeys = ['"+publisher.PublicKey()+"']\n"),
		"none":         nil,
	}
	for name, table := range tables {
		for _, tt := range []struct {
			rule, pkg string
			signer    *testkeys.Minisign
			want      error
			verified  bool
		}{
			{byKeys, "tool", consumer, nil, true},
			{byKeys, "tool", publisher, algorithm.ErrWrongKey, false},
			{byKeys, "TOOL", publisher, algorithm.ErrWrongKey, false},
			{byKeys, "other", publisher, nil, table != nil},
			{byTable, "tool", consumer, nil, true},
			{byTable, "tool", publisher, algorithm.ErrWrongKey, false},
			{byTable, "other", publisher, nil, table != nil},
			{"refuse = 'no'", "tool", publisher, verify.ErrNotAccepted, false},
			{"require = true", "tool", publisher, nil, true},
		} {
			want := tt.want
			if table == nil && tt.pkg != "other" && (tt.rule == byKeys || tt.rule == "require = true") {
				want = verify.ErrNotDeclared
			}
			signature := tt.signer.SignBytes(artifact, comment)
			m := &memory{files: map[string][]byte{artifactURL: artifact, artifactURL + ".sig": signature, "https://a.example/mine.sig": signature}}
			report, err := download(t, verifier(t, replaceOne(policy, tt.rule), m), vars(tt.pkg, ""), table)
			switch {
			case !errors.Is(err, want) || err != nil && want == nil:
				t.Errorf("%s, %s, %s: %v, want %v", name, tt.rule, tt.pkg, err, want)
			case err == nil && (report.Status == verify.Verified) != tt.verified:
				t.Errorf("%s, %s, %s: %s", name, tt.rule, tt.pkg, report.Status)
			case err != nil && len(m.asked) > 1:
				t.Errorf("%s, %s, %s: asked for %q", name, tt.rule, tt.pkg, m.asked)
			}
		}
	}
}

func replaceOne(text, rule string) string {
	return string(bytes.Replace([]byte(text), []byte("%s"), []byte(rule), 1))
}

// TestBrokenKey: a rule's key that is none is told by the policy's line.
func TestBrokenKey(t *testing.T) {
	table := declared(t, "algorithm = 'minisign'\npubkey = '"+testkeys.NewMinisign(t).PublicKey()+"'\n")
	v := verifier(t, least+"[[package]]\nname = 'tool'\nkeys = ['RWQ']\n", &memory{})
	_, err := download(t, v, vars("tool", ""), table)
	wantRefusal(t, err, algorithm.ErrMalformed, "policy.toml:5: package[0]: keys[0]", "")
}

// TestFamilies: a family that the policy doesn't name is one that the program
// doesn't know, and an alternative that it does name counts.
func TestFamilies(t *testing.T) {
	key := testkeys.NewMinisign(t)
	artifact := []byte("bytes")
	m := &memory{files: map[string][]byte{artifactURL: artifact, artifactURL + ".sig": key.SignBytes(artifact, comment)}}
	table := declared(t, "algorithm = 'minisign'\npubkey = '"+key.PublicKey()+"'\n")
	if report, err := download(t, verifier(t, "version = 1\nfamilies = ['minisign']\n", m), nil, table); err != nil || report.Status != verify.Verified {
		t.Errorf("%+v, %v", report, err)
	}
	if _, err := download(t, verifier(t, "version = 1\nfamilies = ['ssh', 'gpg']\n", m), nil, table); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := download(t, verifier(t, "version = 1\nfamilies = ['ssh']\n", m), nil, nil); !errors.Is(err, verify.ErrNotDeclared) {
		t.Error(err)
	}
	report, err := download(t, verifier(t, "version = 1\nfamilies = ['ssh']\nsignatures = 'if-declared'\n", m), nil, nil)
	if err != nil || report.Status != verify.Unsigned {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestOtherHosts: nothing comes from another host, be it artifact, signature,
// manifest or key.
func TestOtherHosts(t *testing.T) {
	key := testkeys.NewMinisign(t)
	artifact := []byte("bytes")
	const elsewhere = "https://b.example/x"
	files := map[string][]byte{artifactURL: artifact, artifactURL + ".sig": key.SignBytes(artifact, comment), elsewhere: key.SignBytes(artifact, comment)}
	mine := "pubkey = '" + key.PublicKey() + "'\n"
	const hosts = least + "hosts = ['a.example']\n"
	for lines, want := range map[string]error{
		mine:                                nil,
		mine + "file = '" + elsewhere + "'": verify.ErrURL,
		mine + "checksums = '" + elsewhere + "'\nfile = '" + artifactURL + ".sig'":                                                             verify.ErrURL,
		"pubkey = { url = '" + elsewhere + "', sha256 = '" + "00000000000000000000000000000000" + "00000000000000000000000000000000" + "' }\n": verify.ErrURL,
	} {
		m := &memory{files: files}
		_, err := download(t, verifier(t, hosts, m), nil, declared(t, "algorithm = 'minisign'\n"+lines))
		if !errors.Is(err, want) || err != nil && want == nil {
			t.Errorf("%s: %v, want %v", lines, err, want)
		}
		for _, url := range m.asked {
			if url == elsewhere || url == artifactURL && want != nil {
				t.Errorf("%s: asked for %s", lines, url)
			}
		}
	}
	m := &memory{files: files}
	_, err := download(t, verifier(t, least+"hosts = ['b.example']\n", m), nil, declared(t, "algorithm = 'minisign'\n"+mine+"file = '"+elsewhere+"'"))
	if !errors.Is(err, verify.ErrURL) || verify.Reason(err) != "url" || len(m.asked) > 0 {
		t.Errorf("%v, %q", err, m.asked)
	}
}

// TestSpellings: what the families say of what signed is known, so that a policy
// refuses what is weak, and nothing else.
func TestSpellings(t *testing.T) {
	accept := configure(t, "version = 1\nfamilies = ['gpg']\n[strength]\nrsa-bits = 3072\n").Accept
	seen := map[string]bool{}
	for corpus, family := range map[string]algorithm.Algorithm{
		"openpgp": gpg.Algorithm{AllowWeak: []string{"DSA", "SHA-1", "secp256k1", "RSA-1024"}, AllowText: true}, "openpgp-v6": gpg.Algorithm{},
		"sshsig": ssh.Algorithm{AllowNoTouch: true}, "minisign": minisign.Algorithm{AllowLegacy: true}, "signify": signify.Algorithm{},
	} {
		for _, c := range testkeys.Cases(t, corpus) {
			_, e, err := testkeys.Judge(t, family, c.Trust, c.Signature, c.Artifact)
			if err != nil {
				continue
			}
			seen[e.KeyAlgorithm+" "+e.Hash] = true
			weak := map[string]bool{"RSA 2048": true, "RSA 1024": true, "DSA 1024": true, "DSA 3072": true, "DSA 2048": true, "ECDSA secp256k1": true}[e.KeyAlgorithm] || e.Hash == "SHA-1"
			err = accept(verified(verify.Signature{Algorithm: "gpg", Evidence: e}))
			if errors.Is(err, algorithm.ErrWeak) != weak || err != nil && !weak {
				t.Errorf("%s/%s: %q with %q: %v", corpus, c.Name, e.KeyAlgorithm, e.Hash, err)
			}
		}
	}
	for _, name := range []string{"RSA 2048 SHA-512", "RSA 3072 SHA-256", "RSA 4096 SHA-256", "Ed25519 SHA-512", "Ed25519 BLAKE2b-512", "ECDSA P-256 SHA-512", "DSA 1024 SHA-256", "ECDSA brainpoolP256r1 SHA-512"} {
		if !seen[name] {
			t.Errorf("no case of %s among %v", name, seen)
		}
	}
}

// TestWeakEndToEnd: an RSA key of 2048 bits verifies, and isn't enough for a
// policy, so that nothing is placed.
func TestWeakEndToEnd(t *testing.T) {
	const strong = least + "[strength]\nrsa-bits = 3072\n"
	for name, want := range map[string]error{"gpg-rsa2048-sha512": algorithm.ErrWeak, "gpg-rsa3072-sha512": nil} {
		c := testkeys.Find(t, "openpgp", name)
		table, err := metadata.NewSigning(map[string]any{"algorithm": "gpg", "pubkey": c.Trust.PublicKeys[0]})
		if err != nil {
			t.Fatal(err)
		}
		m := &memory{files: map[string][]byte{artifactURL: c.Artifact, artifactURL + ".sig": c.Signature}}
		report, err := download(t, verifier(t, least, m), nil, table)
		if err != nil {
			t.Fatal(err)
		}
		if err := configure(t, strong).Accept(report); !errors.Is(err, want) || err != nil && want == nil {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		asked := false
		config, err := parse(t, strong).Config(verify.Config{Algorithms: families(), Fetcher: m})
		if err != nil {
			t.Fatal(err)
		}
		accept := config.Accept
		config.Accept = func(r *verify.Report) error { asked = true; return accept(r) }
		v, err := verify.New(config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = download(t, v, nil, table)
		if !asked {
			t.Fatal("nobody was asked")
		}
		if !errors.Is(err, want) || err != nil && (want == nil || !errors.Is(err, verify.ErrNotAccepted) || verify.Reason(err) != "weak") {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
