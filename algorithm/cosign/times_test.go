package cosign_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// withStamps changes the list of a bundle's timestamps.
func withStamps(t *testing.T, bundle []byte, change func(stamps []any) []any) []byte {
	t.Helper()
	return rootWith(t, bundle, func(doc map[string]any) {
		stamps := doc["verificationMaterial"].(map[string]any)["timestampVerificationData"].(map[string]any)
		stamps["rfc3161Timestamps"] = change(stamps["rfc3161Timestamps"].([]any))
	})
}

// Every time must be in the certificate's life, whichever stands first.
func TestEveryTimeCounts(t *testing.T) {
	c := testkeys.Find(t, "cosign", "open-tsa-one-early-one-right")
	reversed := withStamps(t, c.Signature, func(stamps []any) []any { slices.Reverse(stamps); return stamps })
	for name, text := range map[string][]byte{"as it is": c.Signature, "reversed": reversed} {
		if _, err := verifyAll(cosign.Algorithm{}, c.Trust, text, c.Artifact); !errors.Is(err, algorithm.ErrNotYetValid) {
			t.Errorf("%s: got %v, want %v", name, err, algorithm.ErrNotYetValid)
		}
	}
	accepted := 0
	for i := range 2 {
		one := withStamps(t, c.Signature, func(stamps []any) []any { return stamps[i : i+1] })
		if _, err := verifyAll(cosign.Algorithm{}, c.Trust, one, c.Artifact); err == nil {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("%d of the two timestamps are right", accepted)
	}
}

// A log entry without a time proves no signing time, and without one nothing
// proves that the certificate was valid.
func TestEntryWithoutTime(t *testing.T) {
	for name, drop := range map[string]string{"ok-first-r2tsa": "timestampVerificationData", "ok-first-r1": ""} {
		c := testkeys.Find(t, "cosign", name)
		c.Trust = testkeys.With(c.Trust, "sct", false)
		text := rootWith(t, c.Signature, func(doc map[string]any) {
			material := doc["verificationMaterial"].(map[string]any)
			delete(material, drop)
			entry := material["tlogEntries"].([]any)[0].(map[string]any)
			delete(entry, "inclusionPromise")
		})
		_, err := verifyAll(cosign.Algorithm{}, c.Trust, text, c.Artifact)
		if !errors.Is(err, algorithm.ErrInvalid) || !contains("nothing proves when it was signed")(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// As many entries and timestamps as are allowed are looked at, and one more is
// refused.
func TestMostEntries(t *testing.T) {
	b := newBundleBuilder(t)
	trust := algorithm.Trust{PublicKeys: []string{b.public}}
	for n, want := range map[int]error{32: algorithm.ErrInvalid, 33: algorithm.ErrTooLarge} { // 32 are parsed, and no entries
		text := b.bundle(t, nil, slices.Repeat([]any{b.entry("{}")}, n)...)
		if _, err := verifier(cosign.Algorithm{}, trust, text); !errors.Is(err, want) {
			t.Errorf("%d log entries: got %v, want %v", n, err, want)
		}
	}
	for n, want := range map[int]error{8: nil, 9: algorithm.ErrTooLarge} {
		text := b.bundle(t, slices.Repeat([][]byte{{5, 0}}, n))
		if _, err := verifyAll(cosign.Algorithm{}, trust, text, b.artifact); !errors.Is(err, want) {
			t.Errorf("%d timestamps: got %v, want %v", n, err, want)
		}
	}
}

// Base64 has one form: the unused bits of its end are zero.
func TestStrictBase64(t *testing.T) {
	b := newBundleBuilder(t)
	trust := algorithm.Trust{PublicKeys: []string{b.public}}
	for len(b.sig)%3 == 0 { // until it needs padding
		b = newBundleBuilder(t)
		trust.PublicKeys[0] = b.public
	}
	text := []byte(base64.StdEncoding.EncodeToString(b.sig))
	if _, err := verifyAll(cosign.Algorithm{}, trust, text, b.artifact); err != nil {
		t.Fatal(err)
	}
	text[slices.Index(text, '=')-1]++ // A to B, or the like: a bit that isn't used
	if got, err := base64.StdEncoding.DecodeString(string(text)); err != nil || !slices.Equal(got, b.sig) {
		t.Fatalf("not the same signature: %x, %v", got, err)
	}
	if _, err := verifyAll(cosign.Algorithm{}, trust, text, b.artifact); !testkeys.IsOneOf(err, algorithm.ErrMalformed, algorithm.ErrWrongKey) {
		t.Errorf("got %v, want %v", err, algorithm.ErrMalformed) // or the text itself has a signature's length
	}
}
