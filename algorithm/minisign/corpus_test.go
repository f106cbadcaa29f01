package minisign

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// refusal is where and why a case is refused.
type refusal struct {
	stage string
	err   error
}

// refusals are those of the corpus's failing cases with default settings; a
// case that is refused as legacy is in withLegacy, too, with the reason that
// is left where legacy signatures are allowed.
func refusals() (byDefault, withLegacy map[string]refusal) {
	malformedKey := refusal{"key", algorithm.ErrMalformed}
	weakKey := refusal{"key", algorithm.ErrWeak}
	otherKey := refusal{"key", algorithm.ErrUnsupported}
	malformed := refusal{"signature", algorithm.ErrMalformed}
	unsupported := refusal{"signature", algorithm.ErrUnsupported}
	legacy := refusal{"signature", algorithm.ErrLegacy}
	wrongKey := refusal{"signature", algorithm.ErrWrongKey}
	invalidBefore := refusal{"signature", algorithm.ErrInvalid}
	invalid := refusal{"artifact", algorithm.ErrInvalid}

	byDefault = map[string]refusal{
		"alg-ed-to-prehash":                     invalid,
		"alg-prehash-to-ed":                     legacy,
		"alg-unknown-0000":                      unsupported,
		"alg-unknown-4558":                      unsupported,
		"alg-unknown-4572":                      unsupported,
		"alg-unknown-6544":                      unsupported,
		"alg-unknown-6564":                      unsupported,
		"artifact-appended":                     invalid,
		"artifact-bit-flip":                     invalid,
		"artifact-bit-flip-legacy":              legacy,
		"artifact-crlf-to-lf":                   invalid,
		"artifact-empty":                        invalid,
		"artifact-is-blake2b-of-signed":         invalid,
		"artifact-lf-to-crlf":                   invalid,
		"artifact-truncated":                    invalid,
		"b64-empty-line2":                       malformed,
		"b64-extra-padding":                     malformed,
		"b64-global-63-bytes":                   malformed,
		"b64-global-65-bytes":                   malformed,
		"b64-global-no-padding":                 malformed,
		"b64-global-noncanonical-trailing-bits": malformed,
		"b64-leading-space":                     malformed,
		"b64-noncanonical-trailing-bits":        malformed,
		"b64-sig-73-bytes":                      malformed,
		"b64-sig-77-bytes":                      malformed,
		"b64-space-inside":                      malformed,
		"b64-trailing-junk":                     malformed,
		"b64-trailing-space":                    malformed,
		"b64-trailing-tab":                      malformed,
		"b64-urlsafe":                           malformed,
		"blake2b-256-prehash":                   invalid,
		"ed-global-s-plus-l":                    invalidBefore,
		"ed-key-all-ff":                         malformedKey,
		"ed-key-all-zero":                       weakKey,
		"ed-key-identity":                       weakKey,
		"ed-key-mixed-order-h-odd":              invalid,
		"ed-key-noncanonical-order2-sign-bit":   weakKey,
		"ed-key-not-on-curve":                   malformedKey,
		"ed-key-order2":                         weakKey,
		"ed-key-order4":                         weakKey,
		"ed-key-order8":                         weakKey,
		"ed-r-order8":                           invalidBefore,
		"ed-s-high-bits":                        invalidBefore,
		"ed-s-plus-l":                           invalidBefore,
		"ed-sig-zero-key-zero":                  weakKey,
		"ed25519ph-instead":                     invalid,
		"global-signature-flip":                 invalidBefore,
		"global-signature-flip-s":               invalidBefore,
		"global-signature-of-other-file":        invalidBefore,
		"global-signature-over-prefix-too":      invalidBefore,
		"global-signature-prehashed":            invalidBefore,
		"global-signature-zero":                 invalidBefore,
		"key-43-bytes":                          malformedKey,
		"key-alg-0000":                          otherKey,
		"key-alg-4578":                          otherKey,
		"key-alg-5253":                          otherKey,
		"key-alg-6564":                          otherKey,
		"key-alg-ED-string":                     otherKey,
		"key-b64-leading-space":                 malformedKey,
		"key-b64-trailing-space":                malformedKey,
		"key-empty":                             malformedKey,
		"key-id-changed-in-key":                 wrongKey,
		"key-is-secret-key":                     malformedKey,
		"key-is-signature":                      malformedKey,
		"key-line-80-junk":                      malformedKey,
		"key-only-32-bytes":                     malformedKey,
		"lines-swapped":                         malformed,
		"missing-global-signature":              malformed,
		"missing-trusted-comment":               malformed,
		"missing-untrusted-line":                malformed,
		"only-two-lines":                        malformed,
		"pgp-instead":                           malformed,
		"sig-bit-flip-s":                        invalidBefore,
		"sig-cr-only":                           malformed,
		"sig-crlf-legacy":                       legacy,
		"sig-empty":                             malformed,
		"sig-zero":                              invalidBefore,
		"trusted-comment-c1-control":            malformed,
		"trusted-comment-changed":               invalidBefore,
		"trusted-comment-cr-signed":             malformed,
		"trusted-comment-crcr":                  malformed,
		"trusted-comment-del":                   malformed,
		"trusted-comment-empty-legacy":          legacy,
		"trusted-comment-file-renamed":          invalidBefore,
		"trusted-comment-latin1":                malformed,
		"trusted-comment-no-space":              malformed,
		"trusted-comment-nul":                   malformed,
		"trusted-comment-uppercase":             malformed,
		"valid-key-as-base64-string-legacy":     legacy,
		"valid-legacy-200k":                     legacy,
		"wrong-key-other-id":                    wrongKey,
		"wrong-key-same-id":                     invalidBefore,
	}
	withLegacy = map[string]refusal{
		"alg-prehash-to-ed":        invalid,
		"artifact-bit-flip-legacy": invalid,
	}
	return byDefault, withLegacy
}

// deviates tells the cases that the C program refuses and that are accepted
// here: all families take blank lines before a signature.
func deviates(name string) bool { return name == "blank-line-first" }

func TestCorpus(t *testing.T) {
	byDefault, withLegacy := refusals()
	cases := testkeys.Cases(t, "minisign")
	if len(cases) < 119 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, tc := range cases {
		want := byDefault[tc.Name]
		if (tc.Want == "pass") != (want.err == nil && !deviates(tc.Name)) || (tc.Want == "legacy") != (errors.Is(want.err, algorithm.ErrLegacy) && withLegacy[tc.Name].err == nil) {
			t.Errorf("%s: the corpus says %s, the table %v", tc.Name, tc.Want, want.err)
		}
		check(t, tc, Algorithm{}, want)
		if errors.Is(want.err, algorithm.ErrLegacy) {
			want = withLegacy[tc.Name]
		}
		check(t, tc, Algorithm{AllowLegacy: true}, want)
	}
}

func check(t *testing.T, tc testkeys.Case, a Algorithm, want refusal) {
	t.Helper()
	stage, evidence, err := testkeys.Judge(t, a, tc.Trust, tc.Signature, tc.Artifact)
	switch {
	case want.err == nil && err != nil:
		t.Errorf("%s (%s): %+v refuses it: %v", tc.Name, tc.Why, a, err)
	case want.err != nil && (!errors.Is(err, want.err) || stage != want.stage):
		t.Errorf("%s (%s): %+v: %v at the %s, want %v at the %s", tc.Name, tc.Why, a, err, stage, want.err, want.stage)
	case err == nil && len(evidence.KeyID) != 16:
		t.Errorf("%s: %+v", tc.Name, evidence)
	}
}
