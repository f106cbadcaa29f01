package cosign_test

import (
	"errors"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/testing/data"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestPublicGood verifies bundles of the public-good instance and others that
// sigstore-go brings along. Their artifacts are not at hand: everything before
// the artifact must hold, and another artifact must be refused.
func TestPublicGood(t *testing.T) {
	const actions = "https://token.actions.githubusercontent.com"
	tests := []struct {
		bundle, root, issuer, subject string
		sha256                        string // of the artifact, where it is known
	}{
		{"sigstore.js@2.0.0-provenance.sigstore.json", "public-good.json", actions, "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main", ""},
		{"dsse.sigstore.json", "public-good.json", "https://github.com/login/oauth", "brian@dehamer.com", ""},
		{"othername.sigstore.json", "scaffolding.json", "http://oidc.local:8080", "foo!oidc.local", "bc103b4a84971ef6459b294a2b98568a2bfb72cded09d4acd1e16366a401f95b"},
	}
	for _, test := range tests {
		t.Run(test.bundle, func(t *testing.T) {
			rootJSON, err := data.TrustedRoot(t, test.root).MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			signature, err := data.Bundle(t, test.bundle).MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			trust := testkeys.With(declare("trusted-root", rootJSON), "identity", signedBy(test.issuer, test.subject))
			if _, err := verifyAll(cosign.Algorithm{}, trust, signature, []byte("another artifact")); !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("another artifact: got %v, want %v", err, algorithm.ErrInvalid)
			}
			v, err := verifier(cosign.Algorithm{}, trust, signature)
			if err != nil {
				t.Fatalf("before the artifact: %v", err)
			}
			if test.sha256 != "" {
				digest, err := algorithm.ParseDigest("sha256:" + test.sha256)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := byDigests(v, digest); err != nil {
					t.Errorf("by its digest: %v", err)
				}
			}
			trust = testkeys.With(trust, "identity", signedBy(test.issuer, test.subject+"x"))
			if _, err := verifier(cosign.Algorithm{}, trust, signature); !errors.Is(err, algorithm.ErrIdentity) {
				t.Errorf("another subject: got %v, want %v", err, algorithm.ErrIdentity)
			}
		})
	}
}
