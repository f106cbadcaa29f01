package minisign

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// A signer makes what minisign makes.
type signer struct {
	private ed25519.PrivateKey
	id      [8]byte
}

// newSigner derives a throw-away key from a number.
func newSigner(n byte) signer {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	return signer{ed25519.NewKeyFromSeed(seed), [8]byte{n, 2, 3, 4, 5, 6, 7, 8}}
}

func (s signer) public() string {
	return encode([]byte("Ed"), s.id[:], s.private.Public().(ed25519.PublicKey))
}

func (s signer) sign(tag string, artifact []byte, comment string) []byte {
	if tag == tagPrehashed {
		sum := blake2b.Sum512(artifact)
		artifact = sum[:]
	}
	return s.text(tag, ed25519.Sign(s.private, artifact), comment)
}

// text wraps a signature of the artifact, with the global signature over it.
func (s signer) text(tag string, sig []byte, comment string) []byte {
	return s.textWith(tag, sig, comment, ed25519.Sign(s.private, slices.Concat(sig, []byte(comment))))
}

func (s signer) textWith(tag string, sig []byte, comment string, global []byte) []byte {
	return fmt.Appendf(nil, "untrusted comment: by a test\n%s\ntrusted comment: %s\n%s\n",
		encode([]byte(tag), s.id[:], sig), comment, encode(global))
}

func encode(parts ...[]byte) string {
	return base64.StdEncoding.EncodeToString(slices.Concat(parts...))
}

func TestEvidence(t *testing.T) {
	notChecked := []string{"revocation: minisign has none", "the time of signing: it is the signer's word"}
	for _, tc := range []struct {
		name string
		want algorithm.Evidence
	}{
		{"valid-prehashed", algorithm.Evidence{
			KeyID:          "21400EB15E38903F",
			Fingerprint:    "SHA256:E6wRRgPrgUT2/1Ua49rcR3oYoT3tIBjMbzM3r/+FQS8",
			NotChecked:     notChecked,
			KeyAlgorithm:   "Ed25519",
			Hash:           "BLAKE2b-512",
			TrustedComment: "timestamp:1700000000\tfile:artifact",
			FileName:       "artifact",
			SignedAt:       time.Unix(1700000000, 0).UTC(),
		}},
		{"valid-legacy-200k", algorithm.Evidence{
			KeyID:          "21400EB15E38903F",
			Fingerprint:    "SHA256:E6wRRgPrgUT2/1Ua49rcR3oYoT3tIBjMbzM3r/+FQS8",
			NotChecked:     notChecked,
			KeyAlgorithm:   "Ed25519",
			Hash:           "SHA-512",
			TrustedComment: "timestamp:1700000000\tfile:artifact",
			FileName:       "artifact",
			SignedAt:       time.Unix(1700000000, 0).UTC(),
			Notes:          []string{"legacy minisign signature, which signs the file itself instead of its hash"},
		}},
		{"valid-key-id-zero", algorithm.Evidence{
			KeyID:          "0000000000000000",
			Fingerprint:    "SHA256:bvMT7oPTb0MjZWJJHFdOT23NivBI6Vg89Q7ZjI+HJvw",
			NotChecked:     notChecked,
			KeyAlgorithm:   "Ed25519",
			Hash:           "BLAKE2b-512",
			TrustedComment: "timestamp:1700000000\tfile:artifact",
			FileName:       "artifact",
			SignedAt:       time.Unix(1700000000, 0).UTC(),
		}},
	} {
		c := testkeys.Find(t, "minisign", tc.name)
		_, got, err := testkeys.Judge(t, Algorithm{AllowLegacy: true}, c.Trust, c.Signature, c.Artifact)
		if err != nil || !reflect.DeepEqual(*got, tc.want) {
			t.Errorf("%s: %+v, %v, want %+v", tc.name, got, err, tc.want)
		}
	}
}

func TestCommentFields(t *testing.T) {
	for _, tc := range []struct {
		comment string
		at      int64
		file    string
	}{
		{"timestamp:1700000000\tfile:a b.tar\thashed", 1700000000, "a b.tar"},
		{"timestamp:1700000000\tfile:a\tprehashed", 1700000000, "a"},
		{"timestamp:1700000000", 1700000000, ""},
		{"timestamp:1700000000\thashed", 1700000000, ""},
		{"timestamp:253402300799\tfile:a", 253402300799, "a"},
		{"timestamp:253402300800\tfile:a", 0, "a"}, // the year 10000
		{"timestamp:-5\tfile:a", 0, "a"},
		{"timestamp:+5\tfile:a", 0, "a"},
		{"timestamp:1e9\tfile:a", 0, "a"},
		{"timestamp:99999999999999999999\tfile:a", 0, "a"},
		{"timestamp:5\tfile:", 5, ""},
		{"timestamp:5\tfile:.", 5, ""},
		{"timestamp:5\tfile:..", 5, ""},
		{"timestamp:5\tfile:...", 5, "..."},
		{"timestamp:5\tfile:.hidden", 5, ".hidden"},
		{"timestamp:5\tfile:../../../etc/passwd", 5, ""},
		{"timestamp:5\tfile:/a", 5, ""},
		{"timestamp:5\tfile:a/", 5, ""},
		{"timestamp:5\tfile:..\\a", 5, ""},
		{"timestamp:5\tfile:a\u200b", 5, ""},
		{"timestamp:5\tfile:größe 日本語 🙂", 5, "größe 日本語 🙂"},
		{"file:a", 0, ""},
		{"1700000000\tfile:a", 0, ""},
		{"comment\tfile:a", 0, ""},
		{"version 1\ttimestamp:5\tfile:a", 0, ""},
		{"", 0, ""},
	} {
		at, file := commentFields(tc.comment)
		if file != tc.file || at.IsZero() != (tc.at == 0) || !at.IsZero() && at.Unix() != tc.at {
			t.Errorf("%q: %v, %q", tc.comment, at, file)
		}
	}
}

// TestFuture: a timestamp after now is the signer's word like any other, and
// noted.
func TestFuture(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	for _, tc := range []struct {
		now  int64
		want string
	}{
		{now: 1699999999, want: "the signer says it signed in the future, at 2023-11-14T22:13:20Z"},
		{now: 1700000000},
		{now: 1700000001},
	} {
		a := Algorithm{Time: func() time.Time { return time.Unix(tc.now, 0) }}
		_, e, err := testkeys.Judge(t, a, trust, s.sign(tagPrehashed, nil, "timestamp:1700000000\tfile:a"), nil)
		if err != nil || strings.Join(e.Notes, "") != tc.want {
			t.Errorf("%d: %+v, %v", tc.now, e, err)
		}
	}
	_, e, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, nil, "timestamp:253402300799"), nil)
	if err != nil || len(e.Notes) != 1 {
		t.Errorf("the real time: %+v, %v", e, err)
	}
	_, e, err = testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, nil, "no time"), nil)
	if err != nil || !e.SignedAt.IsZero() || !slices.Contains(e.NotChecked, "the time of signing: the signature doesn't tell it") {
		t.Errorf("no time: %+v, %v", e, err)
	}
}

func TestSecondVerify(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	for _, tag := range []string{tagLegacy, tagPrehashed} {
		for _, artifact := range []string{"right", "wrong"} {
			v := testkeys.Verifier(t, Algorithm{AllowLegacy: true}, trust, s.sign(tag, []byte("right"), ""))
			_, _ = v.Write([]byte(artifact))
			if _, err := v.Verify(); (err == nil) != (artifact == "right") {
				t.Errorf("%s, %s: %v", tag, artifact, err)
			}
			if evidence, err := v.Verify(); err == nil || evidence != nil || !strings.Contains(err.Error(), "second time") {
				t.Errorf("%s, %s: the second call returns %v, %v", tag, artifact, evidence, err)
			}
		}
	}
}
