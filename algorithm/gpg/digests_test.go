package gpg

import (
	"context"
	"crypto"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// bogus are signatures that name a key and want each a hash of their own.
func bogus(k *craftKey) []byte {
	var file []byte
	for _, kind := range []byte{0, 1} {
		for _, hash := range []byte{8, 9, 10, 11, 12, 14} {
			file = append(file, withHashNumber(k.sign(kind, at(signedOn()), []byte("x")), hash)...)
		}
	}
	return file
}

func mustVerifier(t *testing.T, a Algorithm, key, sig []byte) *verifier {
	t.Helper()
	v, err := mustKey(t, a, key).Verifier(context.Background(), sig)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*verifier)
}

// TestDigests: whatever the number of signatures that name the publisher's key,
// the artifact is hashed in two ways at most.
func TestDigests(t *testing.T) {
	k := newCraftKey(1, keyMade())
	good := k.sign(0, at(signedOn()), craftArtifact())
	sha512 := k.sign(0, craftSig{hashed: made(signedOn()), hash: crypto.SHA512}, craftArtifact())
	first := func(n int) []byte { return bogus(k)[:n*len(bogus(k))/12] }
	for _, test := range []struct {
		name    string
		sig     []byte
		digests int
		want    error
	}{
		{"good", good, 1, nil},
		{"good first", join(good, bogus(k)), 2, nil},
		{"behind twelve that want its hash too", join(bogus(k), good), 2, nil},
		{"two hashes before it", join(first(2), sha512), 2, algorithm.ErrTooLarge},
		{"one hash before it", join(first(1), sha512), 2, nil},
		{"nothing good", bogus(k), 2, algorithm.ErrTooLarge},
		{"two bad ones", first(2), 2, algorithm.ErrInvalid},
	} {
		for _, a := range []Algorithm{{}, {AllowText: true}} {
			v := mustVerifier(t, a, k.plain(), test.sig)
			if len(v.digests) != test.digests {
				t.Errorf("%s: %d digests", test.name, len(v.digests))
			}
			_, _ = v.Write(craftArtifact())
			if _, err := v.Verify(); !errors.Is(err, test.want) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
	}
}

// TestFileEffort: of signatures that are dear to verify, as many are as fit the
// time, and the file is refused for the others only if none is good.
func TestFileEffort(t *testing.T) {
	for _, k := range hostileKeys() {
		ring := bareKeyring(t, k)
		key := ring.signers[0].key
		var file []byte
		for n := range maxSignatures {
			file = append(file, k.signature(0, n)...)
		}
		got, err := ring.Verifier(context.Background(), file)
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		v := got.(*verifier)
		each := effortOfPair + effort(key)
		if isOn448(key) {
			each += effortOf448
		}
		fit := min(maxSignatures, maxFileEffort/each)
		if len(v.candidates) != fit || v.unread != maxSignatures-fit {
			t.Errorf("%s: %d candidates and %d unread, want %d", k.name, len(v.candidates), v.unread, fit)
		}
	}
}
