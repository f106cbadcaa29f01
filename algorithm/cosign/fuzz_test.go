package cosign_test

import (
	"context"
	"errors"
	"testing"

	"filippo.io/mldsa"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// sentinels are all reasons for which something may be refused.
var sentinels = []error{
	algorithm.ErrUnsupported, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrWrongKey, algorithm.ErrWeak,
	algorithm.ErrKeyExpired, algorithm.ErrNotYetValid, algorithm.ErrIdentity, algorithm.ErrInvalid,
}

func typed(err error) bool {
	for _, s := range sentinels {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// FuzzSignature changes signatures: no panic, a typed error, and whatever is
// accepted is only so for the right artifact.
func FuzzSignature(f *testing.F) {
	keyless := testkeys.Find(f, "cosign", "ok-first-r2tsa")
	byKey := testkeys.Find(f, "cosign", "ok-key-p256-r1")
	for _, c := range testkeys.Cases(f, "cosign") {
		f.Add(c.Signature)
	}
	var keys []algorithm.Key
	for _, c := range []testkeys.Case{keyless, byKey} {
		key, err := cosign.Algorithm{}.Key(c.Trust)
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, key)
	}
	private, public := newMLDSA(f, mldsa.MLDSA44())
	key, err := cosign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{public}})
	if err != nil {
		f.Fatal(err)
	}
	keys = append(keys, key)
	f.Add(signMLDSA(f, private, []byte("artifact"), ""))
	f.Fuzz(func(t *testing.T, signature []byte) {
		for _, key := range keys {
			v, err := key.Verifier(context.Background(), signature)
			if err != nil {
				if !typed(err) || v != nil {
					t.Fatalf("untyped: %v, or not nil", err)
				}
				continue
			}
			if _, err := v.Write([]byte("not what anyone signed")); err != nil {
				t.Fatal(err)
			}
			if evidence, err := v.Verify(); err == nil || evidence != nil || !typed(err) {
				t.Fatalf("accepted for another artifact: %v, %v", evidence, err)
			}
		}
	})
}

// FuzzPublicKey reads key texts: no panic, a typed error, and an accepted key
// has an ID.
func FuzzPublicKey(f *testing.F) {
	for _, c := range testkeys.Cases(f, "cosign-keysig") {
		f.Add(c.Trust.PublicKeys[0])
	}
	_, mldsa44 := newMLDSA(f, mldsa.MLDSA44())
	f.Add(mldsa44)
	f.Fuzz(func(t *testing.T, text string) {
		key, err := cosign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{text}})
		switch {
		case err != nil && (!typed(err) || key != nil):
			t.Fatalf("untyped: %v", err)
		case err == nil && len(key.IDs()) == 0:
			t.Fatal("no ID")
		}
	})
}

// FuzzTrustedRoot reads trusted roots: no panic, a typed error, and what is
// accepted can be used.
func FuzzTrustedRoot(f *testing.F) {
	c := testkeys.Find(f, "cosign", "ok-first-r2tsa")
	f.Add(c.Trust.Values["trusted-root"].Content)
	f.Add(testkeys.Find(f, "cosign", "neg-r2tsa-no-ca").Trust.Values["trusted-root"].Content)
	f.Fuzz(func(t *testing.T, json []byte) {
		trusted, err := cosign.ParseTrustedRoot(json)
		if err != nil {
			if !typed(err) || trusted != nil {
				t.Fatalf("untyped: %v", err)
			}
			return
		}
		trust := c.Trust
		trust = testkeys.Without(trust, "trusted-root")
		if _, err := verifyAll(cosign.Algorithm{TrustedRoot: trusted}, trust, c.Signature, c.Artifact); err != nil && !typed(err) {
			t.Fatalf("untyped: %v", err)
		}
	})
}
