package cosign_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// reasons are the sentinels of the cases that fail for another reason than
// that a signature or proof doesn't hold.
var reasons = map[string]error{
	"openssl-rsa-1024-sha256":          algorithm.ErrWeak,
	"neg-both-late":                    algorithm.ErrKeyExpired,
	"ecdsa-der-trailing":               algorithm.ErrMalformed,
	"ecdsa-long-length":                algorithm.ErrMalformed,
	"ecdsa-padded-integer":             algorithm.ErrMalformed,
	"key-empty":                        algorithm.ErrMalformed,
	"key-is-signature":                 algorithm.ErrMalformed,
	"key-truncated":                    algorithm.ErrMalformed,
	"rsa-leading-zero":                 algorithm.ErrMalformed,
	"rsa-short":                        algorithm.ErrMalformed,
	"neg-att-r1-no-sigs":               algorithm.ErrMalformed,
	"neg-att-r1-two-sigs":              algorithm.ErrMalformed,
	"neg-att-r2tsa-two-sigs":           algorithm.ErrMalformed,
	"neg-bundle-empty-file":            algorithm.ErrMalformed,
	"neg-bundle-empty-object":          algorithm.ErrMalformed,
	"neg-bundle-not-json":              algorithm.ErrMalformed,
	"neg-byo-none":                     algorithm.ErrMalformed,
	"neg-r1-sig-empty":                 algorithm.ErrMalformed,
	"neg-raw-empty":                    algorithm.ErrMalformed,
	"open-r1-chain-in-v03":             algorithm.ErrMalformed,
	"open-r2tsa-chain-in-v03":          algorithm.ErrMalformed,
	"open-r2tsa-unknown-field":         algorithm.ErrMalformed,
	"sig-empty":                        algorithm.ErrMalformed,
	"sig-hex":                          algorithm.ErrMalformed,
	"sig-urlsafe":                      algorithm.ErrMalformed,
	"open-tsa-one-early-one-right":     algorithm.ErrNotYetValid,
	"neg-key-p256-none-wrong-keytype":  algorithm.ErrWrongKey,
	"neg-key-p256-r2tsa-wrong-keytype": algorithm.ErrWrongKey,
	"neg-att-r2tsa-payloadtype":        algorithm.ErrUnsupported,
	"neg-r1-mediatype-unknown":         algorithm.ErrUnsupported,
	"neg-r2tsa-mediatype-unknown":      algorithm.ErrUnsupported,
	"neg-att-r1-wrong-identity":        algorithm.ErrIdentity,
	"neg-att-r2tsa-wrong-identity":     algorithm.ErrIdentity,
	"neg-key-bundle-with-identity":     algorithm.ErrIdentity,
	"neg-old-kl-wrong-identity":        algorithm.ErrIdentity,
	"neg-old-kl-wrong-issuer":          algorithm.ErrIdentity,
	"neg-r1-idregexp-nomatch":          algorithm.ErrIdentity,
	"neg-r1-issuer-slash":              algorithm.ErrIdentity,
	"neg-r1-wrong-identity":            algorithm.ErrIdentity,
	"neg-r1-wrong-issuer":              algorithm.ErrIdentity,
	"neg-r1-wrong-repo":                algorithm.ErrIdentity,
	"neg-r2tsa-identity-case":          algorithm.ErrIdentity,
	"neg-r2tsa-identity-prefix":        algorithm.ErrIdentity,
	"neg-r2tsa-idregexp-nomatch":       algorithm.ErrIdentity,
	"neg-r2tsa-wrong-issuer":           algorithm.ErrIdentity,
	"neg-r2tsa-wrong-repo":             algorithm.ErrIdentity,
	"neg-reusable-caller-identity":     algorithm.ErrIdentity,
}

func TestCorpus(t *testing.T) {
	for _, family := range []string{"cosign", "cosign-keysig"} {
		cases := testkeys.Cases(t, family)
		if len(cases) == 0 {
			t.Fatalf("no cases of %s", family)
		}
		for _, c := range cases {
			t.Run(family+"/"+c.Name, func(t *testing.T) {
				evidence, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact)
				want := wanted(c)
				if !errors.Is(err, want) {
					t.Fatalf("got %v, want %v (%s)", err, want, c.Why)
				}
				if (err == nil) != (evidence != nil) {
					t.Fatalf("evidence %v with error %v", evidence, err)
				}
				if err == nil {
					checkRefusals(t, c)
				}
			})
		}
	}
}

func wanted(c testkeys.Case) error {
	if c.Want == "pass" {
		return nil
	}
	if reason, ok := reasons[c.Name]; ok {
		return reason
	}
	return algorithm.ErrInvalid
}

// checkRefusals checks that a good case fails with another artifact.
func checkRefusals(t *testing.T, c testkeys.Case) {
	t.Helper()
	changed := bytes.Clone(c.Artifact)
	changed[len(changed)/2] ^= 1
	for name, artifact := range map[string][]byte{
		"changed":   changed,
		"truncated": c.Artifact[:len(c.Artifact)-1],
		"extended":  append(bytes.Clone(c.Artifact), '\n'),
		"empty":     nil,
	} {
		if _, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, artifact); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s artifact: got %v, want %v", name, err, algorithm.ErrInvalid)
		}
	}
}

// verifyAll does what package verify does.
func verifyAll(a cosign.Algorithm, trust algorithm.Trust, signature, artifact []byte) (*algorithm.Evidence, error) {
	v, err := verifier(a, trust, signature)
	if err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(artifact, 100) {
		if n, err := v.Write(chunk); n != len(chunk) || err != nil {
			return nil, errors.New("Write must take everything and not fail")
		}
	}
	evidence, err := v.Verify()
	if _, again := v.Verify(); again == nil {
		return nil, errors.New("a second verdict")
	}
	return evidence, errors.Join(err, sameByDigests(a, trust, signature, artifact, evidence))
}

// sameByDigests returns an error unless the digests that are said to be enough
// bring the same verdict as the bytes.
func sameByDigests(a cosign.Algorithm, trust algorithm.Trust, signature, artifact []byte, want *algorithm.Evidence) error {
	v, err := verifier(a, trust, signature)
	if err != nil {
		return err
	}
	var digests []algorithm.Digest
	for _, h := range v.(algorithm.DigestVerifier).Hashes() {
		running := h.New()
		running.Write(artifact)
		digest, err := algorithm.NewDigest(h, running.Sum(nil))
		if err != nil {
			return err
		}
		digests = append(digests, digest)
	}
	if digests == nil {
		return nil
	}
	if got, err := byDigests(v, digests...); !reflect.DeepEqual(got, want) || want == nil && !errors.Is(err, algorithm.ErrInvalid) {
		return fmt.Errorf("by digests %+v, %w, and by the bytes %+v", got, err, want)
	}
	return nil
}

func byDigests(v algorithm.Verifier, digests ...algorithm.Digest) (*algorithm.Evidence, error) {
	return v.(algorithm.DigestVerifier).VerifyDigests(digests...)
}

func verifier(a cosign.Algorithm, trust algorithm.Trust, signature []byte) (algorithm.Verifier, error) {
	key, err := a.Key(trust)
	if err != nil {
		return nil, err
	}
	v, err := key.Verifier(context.Background(), signature)
	if (v == nil) != (err != nil) {
		return nil, fmt.Errorf("a verifier %v with error %w", v, err)
	}
	return v, err
}

// One trusted root serves many verifications, at once and in any order, with
// the same verdicts as a new one.
func TestSharedTrustedRoot(t *testing.T) {
	roots := map[string]*cosign.TrustedRoot{}
	cases := testkeys.Cases(t, "cosign")
	for range 2 { // in the second round everything is known that is remembered
		var wg sync.WaitGroup
		for _, c := range cases {
			trusted, ok := roots[string(c.Trust.Values["trusted-root"].Content)]
			if !ok {
				var err error
				if trusted, err = cosign.ParseTrustedRoot(c.Trust.Values["trusted-root"].Content); err != nil {
					t.Fatal(err)
				}
				roots[string(c.Trust.Values["trusted-root"].Content)] = trusted
			}
			c.Trust = testkeys.Without(c.Trust, "trusted-root")
			wg.Go(func() {
				if _, err := verifyAll(cosign.Algorithm{TrustedRoot: trusted}, c.Trust, c.Signature, c.Artifact); !errors.Is(err, wanted(c)) {
					t.Errorf("%s: got %v, want %v", c.Name, err, wanted(c))
				}
			})
		}
		wg.Wait()
	}
	if len(roots) > len(cases)/2 {
		t.Errorf("%d trusted roots for %d cases: hardly shared", len(roots), len(cases))
	}
}
