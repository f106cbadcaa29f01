package testkeys

import (
	"crypto"
	_ "crypto/sha256" // the hashes of Digests
	_ "crypto/sha512"
	"errors"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// Digests are all that a digest of these bytes can be, or those by some hashes.
func Digests(tb testing.TB, data []byte, hashes ...crypto.Hash) []algorithm.Digest {
	tb.Helper()
	if hashes == nil {
		hashes = []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	}
	var digests []algorithm.Digest
	for _, h := range hashes {
		running := h.New()
		running.Write(data)
		d, err := algorithm.NewDigest(h, running.Sum(nil))
		if err != nil {
			tb.Fatal(err)
		}
		digests = append(digests, d)
	}
	return digests
}

// CheckDigests asserts of a good signature that the artifact's digest by this
// hash is enough for the verdict, whatever others are known, that nothing else
// is, and that there is one verdict. Each verifier is a new one.
func CheckDigests(tb testing.TB, verifier func() algorithm.Verifier, artifact []byte, hash crypto.Hash) {
	tb.Helper()
	right, wrong := Digests(tb, artifact), Digests(tb, []byte("another artifact"))
	i := slices.IndexFunc(right, func(d algorithm.Digest) bool { return d.Hash() == hash })
	backwards, mixed := slices.Clone(right), slices.Clone(wrong)
	slices.Reverse(backwards)
	mixed[i] = right[i]
	for what, test := range map[string]struct {
		digests []algorithm.Digest
		want    error
	}{
		"right":                    {right[i : i+1], nil},
		"right among others":       {right, nil},
		"in another order":         {backwards, nil},
		"the others are wrong":     {mixed, nil},
		"wrong":                    {wrong[i : i+1], algorithm.ErrInvalid},
		"all wrong":                {wrong, algorithm.ErrInvalid},
		"the others alone":         {slices.Delete(slices.Clone(right), i, i+1), algorithm.ErrUnsupported},
		"none":                     {nil, algorithm.ErrUnsupported},
		"one that is none":         {[]algorithm.Digest{{}}, algorithm.ErrUnsupported},
		"one that is none, before": {[]algorithm.Digest{{}, right[i]}, nil},
	} {
		v := verifier().(algorithm.DigestVerifier)
		if got := v.Hashes(); !slices.Equal(got, []crypto.Hash{hash}) {
			tb.Errorf("hashes %v, want %v", got, hash)
		}
		e, err := v.VerifyDigests(test.digests...)
		if !errors.Is(err, test.want) || (e == nil) != (err != nil) {
			tb.Errorf("%s: got %v, %v, want %v", what, e, err, test.want)
		}
		_, _ = v.Write(artifact)
		if errors.Is(err, algorithm.ErrUnsupported) { // that was no verdict
			if _, err := v.Verify(); err != nil {
				tb.Errorf("%s: then by the bytes: %v", what, err)
			}
		}
		if e, err := v.VerifyDigests(right...); e != nil || !errors.Is(err, algorithm.ErrInvalid) {
			tb.Errorf("%s: a second verdict: %v, %v", what, e, err)
		}
		if e, err := v.Verify(); e != nil || !errors.Is(err, algorithm.ErrInvalid) {
			tb.Errorf("%s: a second verdict, by the bytes: %v, %v", what, e, err)
		}
	}
}
