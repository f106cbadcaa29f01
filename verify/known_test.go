package verify_test

import (
	"bytes"
	"crypto"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

func digests(t *testing.T, texts ...string) []algorithm.Digest {
	t.Helper()
	var list []algorithm.Digest
	for _, text := range texts {
		d, err := algorithm.ParseDigest(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

// TestKnownDigests: a signature that is named by a digest that the program knows
// comes before the artifact, which then must have that digest.
func TestKnownDigests(t *testing.T) {
	c := testkeys.Find(t, "sshsig", "craft-good")
	mini := testkeys.NewMinisign(t)
	const file = "https://example.com/{ sha256 }.sig"
	known := digests(t, "sha256:"+sha256Of(c.Artifact))
	changed := append(bytes.Clone(c.Artifact), 'x')
	late := sha256Of(c.Artifact) + ".sig"
	tables := map[string]*metadata.Signing{
		"by digest": sshTable(t, c, file),
		"by bytes":  signing(t, map[string]any{"algorithm": "minisign", "pubkey": mini.PublicKey(), "file": file}),
		"none":      nil,
	}
	signatures := map[string][]byte{"by digest": c.Signature, "by bytes": mini.SignBytes(c.Artifact, comment)}
	for name, table := range tables {
		for _, policy := range []verify.Policy{verify.IfDeclared, verify.InsecureSkip} {
			for way, run := range lateWays() {
				for artifact, want := range map[string]error{string(c.Artifact): nil, string(changed): algorithm.ErrInvalid} {
					m := &memory{files: map[string][]byte{"tool.tgz": []byte(artifact), late: signatures[name]}}
					v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}, minisign.Algorithm{}}, Fetcher: m, Policy: policy})
					plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz", Digests: known}, table)
					if err != nil {
						t.Fatal(err)
					}
					if got := outlined(t, plan)["sha256"]; got != known[0].Hex() {
						t.Errorf("%s: the dry run has %q", name, got)
					}
					dst := newDestination(t)
					report, err := run(t.Context(), plan, []byte(artifact), dst.name)
					if way == "Download" && table != nil && policy != verify.InsecureSkip && !slices.Equal(m.asked, []string{"signature " + late, "artifact tool.tgz"}) {
						t.Errorf("%s: asked for %q", name, m.asked)
					}
					if want != nil {
						wantError(t, err, "verdict", want)
						dst.untouched(t)
						continue
					}
					if err != nil {
						t.Fatalf("%s, %s, %s: %v", name, policy, way, err)
					}
					dst.holds(t, artifact)
					if report.Digests["sha256"] != known[0].Hex() {
						t.Errorf("%s: report %+v", name, report)
					}
				}
			}
		}
	}
}

// TestKnownDigestsEarly: a signature that the program's digest names is judged
// before anything of the artifact is asked for.
func TestKnownDigestsEarly(t *testing.T) {
	c, other := testkeys.Find(t, "sshsig", "craft-good"), testkeys.Find(t, "sshsig", "valid-p256")
	m := &memory{files: map[string][]byte{"tool.tgz": c.Artifact, sha256Of(c.Artifact) + ".sig": other.Signature}}
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}}, Fetcher: m})
	artifact := verify.Artifact{URL: "https://example.com/tool.tgz", Digests: digests(t, "sha256:"+sha256Of(c.Artifact))}
	plan, err := v.Plan(artifact, sshTable(t, c, "https://example.com/{ sha256 }.sig"))
	if err != nil {
		t.Fatal(err)
	}
	dst := newDestination(t)
	_, err = plan.Download(t.Context(), dst.name)
	wantError(t, err, "signature", algorithm.ErrWrongKey)
	dst.untouched(t)
	if len(m.asked) != 1 {
		t.Errorf("asked for %q", m.asked)
	}
	// Of an artifact that is known by digests alone they are compared as well.
	_, err = plan.Digest(t.Context(), digests(t, "sha256:"+sha256Of([]byte("x")))...)
	wantError(t, err, "signature", verify.ErrMissing)
	artifact.Signature = c.Signature
	if plan, err = v.Plan(artifact, sshTable(t, c, "https://example.com/tool.sig")); err != nil {
		t.Fatal(err)
	}
	_, err = plan.Digest(t.Context(), digests(t, "sha256:"+sha256Of([]byte("x")))...)
	wantError(t, err, "verdict", algorithm.ErrInvalid)
}

// TestKnownDigestsDeclared: digests that can't all hold are no plan.
func TestKnownDigestsDeclared(t *testing.T) {
	v := newVerifier(t, verify.Config{Policy: verify.InsecureSkip})
	for _, list := range [][]algorithm.Digest{
		{{}},
		digests(t, "sha256:"+sha256Of(nil), "sha256:"+sha256Of([]byte("x"))),
	} {
		_, err := v.Plan(verify.Artifact{Name: "x", Digests: list}, nil)
		wantError(t, err, "plan", algorithm.ErrMalformed)
	}
}

// TestKnownDigestsOfManifest: the digest that names a manifest's signature is the
// manifest's, and not what is known of the artifact.
func TestKnownDigestsOfManifest(t *testing.T) {
	c := testkeys.Find(t, "sshsig", "craft-good") // what it signed stands for the manifest
	m := &memory{files: map[string][]byte{"SUMS": c.Artifact, sha256Of(c.Artifact) + ".sig": c.Signature}}
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}}, Fetcher: m})
	plan, err := v.Plan(
		verify.Artifact{URL: "https://example.com/tool.tgz", Digests: digests(t, "sha256:"+sha256Of([]byte("x")))},
		signing(t, map[string]any{
			"algorithm": "ssh", "checksums": "https://example.com/SUMS", "file": "https://example.com/{ sha256 }.sig",
			"pubkey": strings.TrimSpace(c.Trust.PublicKeys[0]), "principal": c.Trust.Values["principal"].Text, "namespace": c.Trust.Values["namespace"].Text,
		}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = plan.Download(t.Context(), newDestination(t).name)
	wantError(t, err, "manifest", algorithm.ErrMalformed) // it is none, but signed
	if want := []string{"checksums SUMS", "signature " + sha256Of(c.Artifact) + ".sig"}; !slices.Equal(m.asked, want) {
		t.Errorf("asked for %q, want %q", m.asked, want)
	}
}

// TestKnownDigestsAll: the artifact must have every digest that the program knows, by
// whatever hash, also where nothing else computes it.
func TestKnownDigestsAll(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := []byte("data")
	of := func(text string, hashes ...crypto.Hash) (list []algorithm.Digest) {
		for _, h := range hashes {
			list = append(list, digestOf(t, h, []byte(text)))
		}
		return list
	}
	const short, middle, long = crypto.SHA256, crypto.SHA384, crypto.SHA512
	for _, table := range []*metadata.Signing{nil, table(key.PublicKey())} {
		for what, tt := range map[string]struct {
			known []algorithm.Digest
			want  error
		}{
			"all of them":        {of("data", short, middle, long), nil},
			"in another order":   {of("data", long, short), nil},
			"the last is wrong":  {append(of("data", short, middle), of("else", long)...), algorithm.ErrInvalid},
			"the first is wrong": {append(of("else", short), of("data", middle, long)...), algorithm.ErrInvalid},
		} {
			plan, err := newVerifier(t, verify.Config{Policy: verify.IfDeclared, Fetcher: noFetch{t}}).
				Plan(verify.Artifact{Name: "tool.tgz", Signature: key.SignBytes(data, comment), Digests: tt.known}, table)
			if err != nil {
				t.Fatal(err)
			}
			d := newDestination(t)
			report, err := plan.Save(t.Context(), bytes.NewReader(data), d.name)
			if tt.want != nil {
				wantError(t, err, "verdict", tt.want)
				d.untouched(t)
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			for _, known := range tt.known {
				if report.Digests[known.Name()] != known.Hex() {
					t.Errorf("%s: the report has %v", what, report.Digests)
				}
			}
		}
	}
}
