package cosign

import (
	"encoding/asn1"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/boundedregexp"
)

// TestExtensionFields: each field stands in the extension that Fulcio documents for
// it (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md): real
// certificates say the same in several, so that another one would not be noticed.
func TestExtensionFields(t *testing.T) {
	documented := map[int]string{ // by the last number of 1.3.6.1.4.1.57264.1
		1: "issuer", 2: "github-workflow-trigger", 3: "github-workflow-sha", 4: "github-workflow-name", 5: "github-workflow-repository", 6: "github-workflow-ref",
		8: "issuer", 9: "build-signer", 10: "build-signer-digest", 11: "runner-environment",
		12: "source-repository", 13: "source-digest", 14: "source-ref", 15: "source-repository-id", 16: "source-owner", 17: "source-owner-id",
		18: "workflow", 19: "workflow-digest", 20: "build-trigger", 21: "run-invocation", 22: "source-visibility",
	}
	fields := extensionFields()
	if len(fields) != len(documented) {
		t.Errorf("%d extensions, and %d are documented", len(fields), len(documented))
	}
	for _, f := range fields {
		last := f.oid[len(f.oid)-1]
		if !f.oid.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, last}) || documented[last] != f.name {
			t.Errorf("%s stands in %s, which is %q", f.name, f.oid, documented[last])
		}
		if f.raw != (last <= 6) { // the oldest are no DER
			t.Errorf("%s, %s: the text itself: %v", f.name, f.oid, f.raw)
		}
		delete(documented, last)
	}
}

// TestIdentityWho: an identity says who vouches, and for whom, whatever else it says.
func TestIdentityWho(t *testing.T) {
	claim := func(field, value string) algorithm.Claim { return algorithm.Claim{Field: field, Value: value} }
	pattern := func(field, value string) algorithm.Claim {
		return algorithm.Claim{Field: field, Value: value, Regexp: true}
	}
	issuer, subject := claim("issuer", "https://issuer.example"), claim("subject", "a@example.com")
	for name, test := range map[string]struct {
		claims []algorithm.Claim
		want   error
	}{
		"both":                               {[]algorithm.Claim{issuer, subject}, nil},
		"a repository":                       {[]algorithm.Claim{issuer, claim("source-repository", "https://example.com/a")}, nil},
		"no issuer":                          {[]algorithm.Claim{subject}, algorithm.ErrMalformed},
		"no issuer, but much else":           {[]algorithm.Claim{subject, claim("source-repository", "https://example.com/a"), claim("build-signer", "https://example.com/b")}, algorithm.ErrMalformed},
		"any issuer":                         {[]algorithm.Claim{pattern("issuer", ".*"), subject}, algorithm.ErrMalformed},
		"any issuer, and a field of its own": {[]algorithm.Claim{pattern("issuer", ".+"), subject, claim("source-ref", "refs/heads/main")}, algorithm.ErrMalformed},
		"nobody":                             {[]algorithm.Claim{issuer}, algorithm.ErrMalformed},
		"anybody":                            {[]algorithm.Claim{issuer, pattern("subject", ".*")}, algorithm.ErrMalformed},
		"what tells nobody":                  {[]algorithm.Claim{issuer, claim("source-ref", "refs/heads/main"), claim("build-trigger", "push"), claim("runner-environment", "github-hosted")}, algorithm.ErrMalformed},
		"a digest":                           {[]algorithm.Claim{issuer, claim("source-digest", "00")}, algorithm.ErrMalformed},
	} {
		room := boundedregexp.MaxInstructions
		if _, err := parseIdentity(test.claims, &room); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
