package cosign_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestIdentity has the identity of one real certificate, claim by claim.
func TestIdentity(t *testing.T) {
	const issuer = "https://token.actions.githubusercontent.com"
	const workflow = "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v1.2.3"
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	claim := func(field, value string) algorithm.Claim { return algorithm.Claim{Field: field, Value: value} }
	pattern := func(field, value string) algorithm.Claim {
		return algorithm.Claim{Field: field, Value: value, Regexp: true}
	}
	tests := []struct {
		name  string
		claim algorithm.Claim
		want  error
	}{
		{"subject", claim("subject", workflow), nil},
		{"subject with a pattern's letters", claim("subject", "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v1.2.."), algorithm.ErrIdentity},
		{"subject in other letters", claim("subject", "https://github.com/Acme/tool/.github/workflows/release.yml@refs/tags/v1.2.3"), algorithm.ErrIdentity},
		{"subject with a slash behind", claim("subject", workflow+"/"), algorithm.ErrIdentity},
		{"source-repository in other letters", claim("source-repository", "https://github.com/acme/Tool"), algorithm.ErrIdentity},
		{"pattern in other letters", pattern("subject", `https://github\.com/Acme/.*`), algorithm.ErrIdentity},
		{"pattern of all", pattern("subject", `https://github\.com/acme/tool/\.github/workflows/release\.yml@refs/tags/v.*`), nil},
		{"pattern of the start", pattern("subject", `https://github\.com/acme/`), algorithm.ErrIdentity},
		{"pattern of the end", pattern("subject", `refs/tags/v1\.2\.3`), algorithm.ErrIdentity},
		{"pattern with a short alternative", pattern("subject", `https|https://github\.com/acme/.*`), nil},
		{"pattern with alternatives that don't cover", pattern("subject", `https://github\.com|v1\.2\.3`), algorithm.ErrIdentity},
		{"pattern of lines", pattern("subject", `(?m)^https://github\.com/acme/tool$`), algorithm.ErrIdentity},
		{"lazy pattern", pattern("subject", `https://.*?`), nil},
		{"pattern of nothing", pattern("subject", `x*`), algorithm.ErrIdentity},
		{"source-repository", claim("source-repository", "https://github.com/acme/tool"), nil},
		{"source-repository, other", claim("source-repository", "https://github.com/acme/too"), algorithm.ErrIdentity},
		{"source-owner", claim("source-owner", "https://github.com/acme"), nil},
		{"workflow", claim("workflow", workflow), nil},
		{"build-signer", claim("build-signer", workflow), nil},
		{"github-workflow-repository", claim("github-workflow-repository", "acme/tool"), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			trust := testkeys.With(c.Trust, "identity", []algorithm.Claim{claim("issuer", issuer), test.claim})
			// The verdict comes before the artifact.
			if _, err := verifier(cosign.Algorithm{}, trust, c.Signature); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	t.Run("every field of the certificate", func(t *testing.T) {
		evidence, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{
			"issuer", "subject", "source-repository", "source-digest", "source-ref", "source-repository-id", "source-owner",
			"source-owner-id", "source-visibility", "workflow", "workflow-digest", "build-signer", "build-signer-digest",
			"runner-environment", "build-trigger", "run-invocation", "github-workflow-trigger", "github-workflow-sha",
			"github-workflow-name", "github-workflow-repository", "github-workflow-ref",
		} {
			value := evidence.Identity[field]
			if value == "" {
				t.Errorf("the certificate has no %s", field)
				continue
			}
			right, wrong := alsoWho(c.Trust, claim(field, value)), alsoWho(c.Trust, claim(field, value+"x"))
			if _, err := verifier(cosign.Algorithm{}, right, c.Signature); err != nil {
				t.Errorf("%s: %v", field, err)
			}
			if _, err := verifier(cosign.Algorithm{}, wrong, c.Signature); !errors.Is(err, algorithm.ErrIdentity) {
				t.Errorf("%s, other: got %v, want %v", field, err, algorithm.ErrIdentity)
			}
		}
	})
	t.Run("a field that the certificate hasn't", func(t *testing.T) {
		email := testkeys.Find(t, "cosign", "ok-kl-email-r2tsa")
		trust := alsoWho(email.Trust, pattern("source-repository", ".*"))
		if _, err := verifier(cosign.Algorithm{}, trust, email.Signature); !errors.Is(err, algorithm.ErrIdentity) {
			t.Errorf("got %v, want %v", err, algorithm.ErrIdentity)
		}
	})
}

// alsoWho demands one claim more of the signer.
func alsoWho(trust algorithm.Trust, claim algorithm.Claim) algorithm.Trust {
	return testkeys.With(trust, "identity", append(slices.Clone(trust.Values["identity"].Tables[0]), claim))
}

// declare is a trust with one field of the table, and keys.
func declare[T string | []string | bool | []byte | []algorithm.Claim | [][]algorithm.Claim](name string, value T, keys ...string) algorithm.Trust {
	return testkeys.With(algorithm.Trust{PublicKeys: keys}, name, value)
}

func signedBy(issuer, subject string) []algorithm.Claim {
	return []algorithm.Claim{{Field: "issuer", Value: issuer}, {Field: "subject", Value: subject}}
}

// TestAnyIdentity: one of several must hold as a whole, and the evidence says
// which did.
func TestAnyIdentity(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	good := c.Trust.Values["identity"].Tables[0]
	at := func(field string) algorithm.Claim {
		return good[slices.IndexFunc(good, func(c algorithm.Claim) bool { return c.Field == field })]
	}
	right := []algorithm.Claim{at("issuer"), at("subject")}
	otherSubject := signedBy(right[0].Value, "dev@example.com")
	otherIssuer := signedBy("https://issuer.example", right[1].Value)
	missing := append(slices.Clone(right), algorithm.Claim{Field: "source-visibility", Value: "secret"})
	for name, test := range map[string]struct {
		identities [][]algorithm.Claim
		want       error
		held       string // of the detail
	}{
		"one":             {[][]algorithm.Claim{right}, nil, ""},
		"the first":       {[][]algorithm.Claim{right, otherSubject}, nil, "1 of 2: issuer="},
		"the last":        {[][]algorithm.Claim{otherIssuer, otherSubject, right}, nil, "3 of 3: issuer="},
		"none":            {[][]algorithm.Claim{otherSubject, otherIssuer}, algorithm.ErrIdentity, ""},
		"half of each":    {[][]algorithm.Claim{otherSubject, otherIssuer, missing}, algorithm.ErrIdentity, ""},
		"none of as many": {slices.Repeat([][]algorithm.Claim{otherSubject}, 64), algorithm.ErrIdentity, ""},
	} {
		trust := testkeys.With(c.Trust, "identity", test.identities)
		e, err := verifyAll(cosign.Algorithm{}, trust, c.Signature, c.Artifact)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
			continue
		}
		if err == nil {
			if held := e.Details["identity"]; !strings.HasPrefix(held, test.held) || (held == "") != (test.held == "") {
				t.Errorf("%s: %q", name, held)
			}
			continue
		}
		text := err.Error()
		if len(text) > 499 || !strings.Contains(text, "; 1: subject is") || len(test.identities) < 5 && !strings.Contains(text, "; 2: issuer is") {
			t.Errorf("%s: %s", name, text)
		}
	}
	key, err := (cosign.Algorithm{}).Key(testkeys.With(c.Trust, "identity", [][]algorithm.Claim{signedBy("https://a", `b" c="`), signedBy("https://a", "b")}))
	if want := []string{`issuer="https://a" subject="b\" c=\""`, `issuer="https://a" subject="b"`}; err != nil || !slices.Equal(key.IDs(), want) {
		t.Errorf("%q, %v", key.IDs(), err)
	}
}
