package cosign_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

const (
	slsa1  = "https://slsa.dev/provenance/v1"
	slsa02 = "https://slsa.dev/provenance/v0.2"
)

// An attester signs attestations about one artifact with one key.
type attester struct {
	private  crypto.Signer
	artifact []byte
	trust    algorithm.Trust
}

func newAttester(t *testing.T) attester {
	t.Helper()
	private := newECDSA(t, elliptic.P256())
	return attester{private, []byte("artifact"), algorithm.Trust{PublicKeys: []string{publicPEM(t, private)}}}
}

// attest signs a predicate, both in JSON.
func (a attester) attest(t *testing.T, predicateType, predicate string) []byte {
	t.Helper()
	sum := sha256.Sum256(a.artifact)
	payload := strings.NewReplacer(`"`+slsa1+`"`, predicateType, `"predicate":{}`, `"predicate":`+predicate).Replace(statement(subject("artifact", "sha256", sum[:])))
	return envelope(t, a.private, crypto.SHA256, inToto, payload)
}

// TestPredicateType: by key, any other kind of attestation than those by which
// a publisher says "this is mine" must be named, by the table or the program.
func TestPredicateType(t *testing.T) {
	a := newAttester(t)
	const vsa = "https://slsa.dev/verification_summary/v1"
	quoted := func(s string) string { return fmt.Sprintf("%q", s) }
	tests := []struct {
		name     string
		attested string // JSON
		named    []string
		any      bool
		want     error
	}{
		{"provenance v1", quoted(slsa1), nil, false, nil},
		{"provenance v0.2", quoted(slsa02), nil, false, nil},
		{"cosign's own", quoted("https://sigstore.dev/cosign/sign/v1"), nil, false, nil},
		{"provenance v0.1", quoted("https://slsa.dev/provenance/v0.1"), nil, false, algorithm.ErrPredicate},
		{"a prefix", quoted("https://slsa.dev/provenance/v"), nil, false, algorithm.ErrPredicate},
		{"more", quoted(slsa1 + "/"), nil, false, algorithm.ErrPredicate},
		{"in capitals", quoted(strings.ToUpper(slsa1)), nil, false, algorithm.ErrPredicate},
		{"a verification summary", quoted(vsa), nil, false, algorithm.ErrPredicate},
		{"a test result", quoted("https://in-toto.io/attestation/test-result/v0.1"), nil, false, algorithm.ErrPredicate},
		{"a release", quoted("https://in-toto.io/attestation/release/v0.2"), nil, false, algorithm.ErrPredicate},
		{"none", `""`, nil, false, algorithm.ErrPredicate},
		{"nil", `null`, nil, false, algorithm.ErrPredicate},
		{"twice", quoted(vsa) + `,"predicateType":` + quoted(slsa1), nil, false, algorithm.ErrMalformed},
		{"no text", `{}`, nil, false, algorithm.ErrMalformed},
		{"a summary, named", quoted(vsa), []string{vsa}, false, nil},
		{"a summary, in a list", quoted(vsa), []string{slsa1, vsa}, false, nil},
		{"provenance, another named", quoted(slsa1), []string{vsa}, false, algorithm.ErrPredicate},
		{"a summary, all allowed", quoted(vsa), nil, true, nil},
		{"a summary, all allowed and another named", quoted(vsa), []string{slsa1}, true, algorithm.ErrPredicate},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			signature := a.attest(t, test.attested, "{}")
			algorithms := cosign.Algorithm{AllowAnyPredicate: test.any}
			trust := a.trust
			if test.named != nil {
				trust = testkeys.With(trust, "predicate-type", test.named)
			}
			if _, err := verifyAll(algorithms, trust, signature, a.artifact); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestPredicateTypeByIdentity: an identity vouches for no more than a key.
func TestPredicateTypeByIdentity(t *testing.T) {
	for name, signed := range map[string]error{"ok-att-gha-r1": nil, "ok-att2-gha-old": nil, "ok-first-r1": algorithm.ErrPredicate, "ok-kl2-old": algorithm.ErrPredicate} {
		c := testkeys.Find(t, "cosign", name)
		for types, want := range map[string]error{slsa1: signed, "https://spdx.dev/Document": algorithm.ErrPredicate} {
			trust := testkeys.With(c.Trust, "predicate-type", []string{types})
			if _, err := verifyAll(cosign.Algorithm{}, trust, c.Signature, c.Artifact); !errors.Is(err, want) {
				t.Errorf("%s, %s: got %v, want %v", name, types, err, want)
			}
		}
	}
}

// TestNamedPredicateWantsAttestation: a table that names a type is not content
// with a signature that says nothing.
func TestNamedPredicateWantsAttestation(t *testing.T) {
	for _, name := range []string{"ok-key-p256-r1", "ok-key-p256-none", "ok-key-p256-rawbin"} {
		c := testkeys.Find(t, "cosign", name)
		trust := testkeys.With(c.Trust, "predicate-type", []string{slsa1})
		if _, err := verifyAll(cosign.Algorithm{AllowAnyPredicate: true}, trust, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrPredicate) {
			t.Errorf("%s: got %v, want %v", name, err, algorithm.ErrPredicate)
		}
	}
}

// TestPredicateAfterSignature: what a forger says isn't told as what the
// publisher signed.
func TestPredicateAfterSignature(t *testing.T) {
	a := newAttester(t)
	other := newAttester(t)
	if _, err := verifier(cosign.Algorithm{}, a.trust, other.attest(t, `"x"`, "{}")); !errors.Is(err, algorithm.ErrInvalid) || errors.Is(err, algorithm.ErrPredicate) {
		t.Errorf("got %v, want %v", err, algorithm.ErrInvalid)
	}
}

func TestPredicateTypeDeclared(t *testing.T) {
	a := newAttester(t)
	for name, test := range map[string]struct {
		types []string
		want  error
	}{
		"64":                 {slices.Repeat([]string{slsa1}, 64), nil},
		"65":                 {slices.Repeat([]string{slsa1}, 65), algorithm.ErrTooLarge},
		"none":               {[]string{}, algorithm.ErrMalformed},
		"an empty one":       {[]string{slsa1, ""}, algorithm.ErrMalformed},
		"control characters": {[]string{"\x1b[2J"}, algorithm.ErrMalformed},
		"4 KiB":              {[]string{strings.Repeat("x", 4<<10)}, nil},
		"over 4 KiB":         {[]string{strings.Repeat("x", 4<<10+1)}, algorithm.ErrTooLarge},
	} {
		if _, err := (cosign.Algorithm{}).Key(testkeys.With(a.trust, "predicate-type", test.types)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// TestDetails: what a predicate says of who built, and no more than can be
// shown.
func TestDetails(t *testing.T) {
	a := newAttester(t)
	const commit = "4d329c75e7ec1725f7c9ce917a8799d408d06be3"
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name, kind, predicate string
		want                  map[string]string // beside the form, the type and the number of subjects
		note                  string
	}{
		{
			"v0.2", slsa02, `{"builder":{"id":"b"},"buildType":"t","invocation":{"configSource":{"uri":"git+https://x/y@refs/tags/v1","digest":{"sha1":"` + commit + `"}}}}`,
			map[string]string{"builder-id": "b", "build-type": "t", "source": "git+https://x/y@refs/tags/v1", "provenance-source-digest": commit},
			"",
		},
		{
			"v1", slsa1, `{"buildDefinition":{"buildType":"t","externalParameters":{"workflow":{"repository":"https://x/y","ref":"r"}},"resolvedDependencies":[` +
				`{"uri":"pkg:npm/x","digest":{"sha1":"00"}},{"uri":"git+https://x/y@r","digest":{"gitCommit":"` + commit + `"}}]},"runDetails":{"builder":{"id":"b"}}}`,
			map[string]string{"builder-id": "b", "build-type": "t", "source": "git+https://x/y@r", "provenance-source-digest": commit},
			"",
		},
		{
			"v1 without dependencies", slsa1, `{"buildDefinition":{"externalParameters":{"workflow":{"repository":"https://x/y","ref":"r"}}}}`,
			map[string]string{"source": "https://x/y@r"},
			"",
		},
		{"v1, a workflow without ref", slsa1, `{"buildDefinition":{"externalParameters":{"workflow":{"repository":"https://x/y"}}}}`, map[string]string{"source": "https://x/y"}, ""},
		{"v1, a workflow without repository", slsa1, `{"buildDefinition":{"externalParameters":{"workflow":{"ref":"r"}}}}`, nil, ""},
		{"a dependency that is none", slsa1, `{"buildDefinition":{"buildType":"t","resolvedDependencies":[{"uri":"git+https://x/y@r"},1]}}`, map[string]string{"build-type": "t"}, ""},
		{
			"other types", slsa1, `{"buildDefinition":{"buildType":1,"externalParameters":{"workflow":"w"},"resolvedDependencies":{}},"runDetails":{"builder":{"id":"b"}}}`,
			map[string]string{"builder-id": "b"},
			"",
		},
		{"a value twice", slsa1, `{"runDetails":{"builder":{"id":"b","id":"c"}},"buildDefinition":{"buildType":"t"}}`, map[string]string{"build-type": "t"}, ""},
		{"a value three times", slsa02, `{"buildType":"t","buildType":"u","buildType":"t"}`, nil, ""},
		{"the predicate twice", slsa02, `{"buildType":"t"},"predicate":{"buildType":"u"}`, nil, "wasn't read"},
		{"nothing", slsa1, `null`, nil, ""},
		{"a list", slsa1, `[]`, nil, "wasn't read"},
		{"1 MiB", slsa02, `{"x":"` + long[24:] + `","buildType":"t"}`, map[string]string{"build-type": "t"}, ""},
		{"a byte more", slsa02, `{"x":"` + long[23:] + `","buildType":"t"}`, nil, "wasn't read"},
		{"over 1 MiB", slsa1, `{"x":"` + long + `","runDetails":{"builder":{"id":"b"}}}`, nil, "wasn't read"},
		{"commands to a terminal", slsa02, `{"buildType":"\u001b[2J\u202e"}`, map[string]string{"build-type": `\x1b[2J\u202e`}, ""},
		{"another type's", "https://sigstore.dev/cosign/sign/v1", `{"buildType":"t"}`, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := verifyAll(cosign.Algorithm{}, a.trust, a.attest(t, `"`+test.kind+`"`, test.predicate), a.artifact)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"form": "attestation", "predicate-type": test.kind, "subjects": "1"}
			maps.Copy(want, test.want)
			if !maps.Equal(e.Details, want) {
				t.Errorf("got %q, want %q", e.Details, want)
			}
			if (test.note != "") != slices.ContainsFunc(e.Notes, contains(test.note)) && (test.note != "" || len(e.Notes) > 0) {
				t.Errorf("notes %q, want %q", e.Notes, test.note)
			}
		})
	}
	e, err := verifyAll(cosign.Algorithm{}, a.trust, a.attest(t, `"`+slsa02+`"`, `{"buildType":"`+long[:100000]+`"}`), a.artifact)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Details["build-type"]) > 1024 || len(e.Details["build-type"]) < 500 {
		t.Errorf("%.2000q", e.Details)
	}
}

func TestDetailsOfForm(t *testing.T) {
	for name, want := range map[string]string{
		"ok-key-p256-rawbin": "plain signature", "ok-first-r1": "message", "ok-kl2-old": "message", "ok-att-gha-r1": "attestation", "ok-att2-gha-old": "attestation",
	} {
		c := testkeys.Find(t, "cosign", name)
		e, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact)
		if err != nil || e.Details["form"] != want || (want == "attestation") != (len(e.Details) > 1) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}
