package verify

import (
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestSigner: which two signatures are of one signer.
func TestSigner(t *testing.T) {
	keyless := func(issuer, subject, fingerprint string) Signature {
		return Signature{Algorithm: "a", Evidence: &algorithm.Evidence{
			Identity: map[string]string{"issuer": issuer, "subject": subject}, Fingerprint: fingerprint,
		}}
	}
	byKey := func(family, primary, fingerprint string) Signature {
		return Signature{Algorithm: family, Evidence: &algorithm.Evidence{PrimaryFingerprint: primary, Fingerprint: fingerprint}}
	}
	for name, tt := range map[string]struct {
		one, other Signature
		same       bool
	}{
		"one identity, two keys":  {keyless("i", "s", "1"), keyless("i", "s", "2"), true},
		"two subjects":            {keyless("i", "s", "1"), keyless("i", "t", "1"), false},
		"two issuers":             {keyless("i", "s", "1"), keyless("j", "s", "1"), false},
		"a text between them":     {keyless("i s", "t", "1"), keyless("i", "s t", "1"), false},
		"one key":                 {byKey("a", "", "1"), byKey("a", "", "1"), true},
		"two keys":                {byKey("a", "", "1"), byKey("a", "", "2"), false},
		"two subkeys":             {byKey("a", "1", "2"), byKey("a", "1", "3"), true},
		"two families":            {byKey("a", "", "1"), byKey("b", "", "1"), false},
		"an identity and its key": {keyless("i", "s", "1"), byKey("a", "", "1"), false},
	} {
		if (signer(tt.one) == signer(tt.other)) != tt.same {
			t.Errorf("%s: %q and %q", name, signer(tt.one), signer(tt.other))
		}
	}
	if id := signer(byKey("a", "", "")); id != "" {
		t.Errorf("nobody: %q", id)
	}
}
