package signify

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/testkeys"
)

// A signer makes what signify makes.
type signer struct {
	private ed25519.PrivateKey
	number  [8]byte
}

// newSigner derives a throw-away key from a number.
func newSigner(n byte) signer {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	return signer{ed25519.NewKeyFromSeed(seed), [8]byte{n, 2, 3, 4, 5, 6, 7, 0xf8}}
}

func (s signer) public() string {
	return s.text(s.private.Public().(ed25519.PublicKey))
}

func (s signer) sign(artifact []byte) []byte {
	return []byte(s.text(ed25519.Sign(s.private, artifact)))
}

func (s signer) text(data []byte) string {
	line := slices.Concat([]byte("Ed"), s.number[:], data)
	return "untrusted comment: by a test\n" + base64.StdEncoding.EncodeToString(line) + "\n"
}

func trusted(keys ...string) algorithm.Trust { return algorithm.Trust{PublicKeys: keys} }

// TestCorpus runs the cases, each of which is refused for its own reason.
func TestCorpus(t *testing.T) {
	type refusal struct {
		stage string
		err   error
	}
	refusals := map[string]refusal{
		"alg-unknown":                  {"signature", algorithm.ErrUnsupported},
		"comment-missing":              {"signature", algorithm.ErrMalformed},
		"key-alg-unknown":              {"key", algorithm.ErrUnsupported},
		"key-line-only":                {"key", algorithm.ErrMalformed},
		"key-number-changed":           {"signature", algorithm.ErrWrongKey},
		"minisign-prehashed-signature": {"signature", algorithm.ErrUnsupported},
		"sig-empty":                    {"signature", algorithm.ErrMalformed},
		"sig-long":                     {"signature", algorithm.ErrMalformed},
		"wrong-key":                    {"signature", algorithm.ErrWrongKey},
		"wrong-key-same-number":        {"artifact", algorithm.ErrInvalid},
	}
	// The program accepts these, and the corpus has its verdict. They are
	// forged or changed, so they are refused.
	deviations := map[string]refusal{
		"ed-key-identity": {"key", algorithm.ErrWeak},          // anyone can sign under this key
		"ed-key-order8":   {"key", algorithm.ErrWeak},          // this one, too
		"ed-s-plus-l":     {"signature", algorithm.ErrInvalid}, // a second form of a good signature
	}
	cases := testkeys.Cases(t, "signify")
	if len(cases) < 17 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, tc := range cases {
		want, deviates := deviations[tc.Name]
		if !deviates {
			want = refusals[tc.Name]
		}
		if (tc.Want == "pass") != (want.err == nil || deviates) {
			t.Errorf("%s: the corpus says %s, the table %v", tc.Name, tc.Want, want.err)
		}
		stage, evidence, err := testkeys.Judge(t, Algorithm{}, tc.Trust, tc.Signature, tc.Artifact)
		switch {
		case !errors.Is(err, want.err):
			t.Errorf("%s (%s): %v, want %v", tc.Name, tc.Why, err, want.err)
		case err != nil && stage != want.stage:
			t.Errorf("%s (%s): %v at the %s, want the %s", tc.Name, tc.Why, err, stage, want.stage)
		case err == nil && len(evidence.KeyID) != 16:
			t.Errorf("%s: %+v", tc.Name, evidence)
		}
	}
}

func TestEvidence(t *testing.T) {
	tc := testkeys.Find(t, "signify", "valid")
	_, got, err := testkeys.Judge(t, Algorithm{}, tc.Trust, tc.Signature, tc.Artifact)
	want := &algorithm.Evidence{KeyID: "bb6b24bf13999272", KeyAlgorithm: "Ed25519", Hash: "SHA-512"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestKeyRefuses(t *testing.T) {
	good := newSigner(1).public()
	secret := newSigner(1).text(make([]byte, 94)) // by its size
	for _, tc := range []struct {
		name  string
		trust algorithm.Trust
		want  error
		says  string
	}{
		{"no keys", trusted(), algorithm.ErrMalformed, "no public key is declared"},
		{"an empty key", trusted(""), algorithm.ErrMalformed, "empty"},
		{"a comment alone", trusted("untrusted comment: x\n"), algorithm.ErrMalformed, "no second line"},
		{"a bare key", trusted(strings.Split(good, "\n")[1]), algorithm.ErrMalformed, "untrusted comment"},
		{"a bad key after a good one", trusted(good, "x"), algorithm.ErrMalformed, "key 2"},
		{"a secret key", trusted(secret), algorithm.ErrMalformed, "secret key"},
		{"a signature", trusted(string(newSigner(1).sign(nil))), algorithm.ErrMalformed, "a signature"},
		{"two keys in one text", trusted(good + good), algorithm.ErrMalformed, "after the second line"},
		{"too large", trusted(good + strings.Repeat("\n", keytext.MaxSize)), algorithm.ErrTooLarge, "limit"},
		{"a trusted comment", algorithm.Trust{PublicKeys: []string{good}, TrustedComment: "x"}, algorithm.ErrUnsupported, "trusted-comment"},
		{"a namespace and no key", algorithm.Trust{Namespace: "x"}, algorithm.ErrUnsupported, "namespace"},
	} {
		k, err := Algorithm{}.Key(tc.trust)
		if k != nil || !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, %v, want %v with %q", tc.name, k, err, tc.want, tc.says)
		}
	}
}

func TestSignatureRefuses(t *testing.T) {
	s := newSigner(1)
	good := string(s.sign([]byte("x")))
	for _, tc := range []struct {
		name, text string
		want       error
		says       string
	}{
		{"a comment alone", "untrusted comment: x\n", algorithm.ErrMalformed, "no second line"},
		{"a blank second line", "untrusted comment: x\n\n", algorithm.ErrMalformed, "not 74"},
		{"a key", s.public(), algorithm.ErrMalformed, "not 74"},
		{"a space after the base64", strings.TrimSuffix(good, "\n") + " \n", algorithm.ErrMalformed, "base64"},
		{"two CR", strings.TrimSuffix(good, "\n") + "\r\r\n", algorithm.ErrMalformed, "base64"},
		{"too large", good + strings.Repeat("x", keytext.MaxSize), algorithm.ErrTooLarge, "limit"},
		{"R = O", s.text(slices.Concat([]byte{1}, make([]byte, 63))), algorithm.ErrInvalid, "small order"},
	} {
		stage, _, err := testkeys.Judge(t, Algorithm{}, trusted(s.public()), []byte(tc.text), []byte("x"))
		if stage != "signature" || !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v at the %s, want %v with %q", tc.name, err, stage, tc.want, tc.says)
		}
	}
	for name, text := range map[string]string{
		"LF":                good,
		"CRLF":              strings.ReplaceAll(good, "\n", "\r\n"),
		"no final line end": strings.TrimSuffix(good, "\n"),
		"blank lines":       good + "\n\r\n",
	} {
		if _, _, err := testkeys.Judge(t, Algorithm{}, trusted(s.public()), []byte(text), []byte("x")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEmbedded: with the file of an embedded signature as the artifact, too,
// the error says what is wrong.
func TestEmbedded(t *testing.T) {
	s := newSigner(1)
	embedded := append(s.sign([]byte("message\n")), "message\n"...)
	_, _, err := testkeys.Judge(t, Algorithm{}, trusted(s.public()), embedded, embedded)
	if !errors.Is(err, algorithm.ErrInvalid) || !strings.Contains(err.Error(), "embedded signature") {
		t.Errorf("%v", err)
	}
	_, _, err = testkeys.Judge(t, Algorithm{}, trusted(s.public()), s.sign([]byte("x")), []byte("y"))
	if !errors.Is(err, algorithm.ErrInvalid) || strings.Contains(err.Error(), "embedded") {
		t.Errorf("a detached signature: %v", err)
	}
}

// TestSeveralKeys: any of the keys may have signed, the signature says which,
// and two keys may have the same number.
func TestSeveralKeys(t *testing.T) {
	one, two, three := newSigner(1), newSigner(2), newSigner(3)
	three.number = two.number
	trust := trusted(one.public(), two.public(), three.public())
	k, err := Algorithm{}.Key(trust)
	if err != nil || !slices.Equal(k.IDs(), []string{"01020304050607f8", "02020304050607f8"}) {
		t.Fatalf("%v, %v", k, err)
	}
	artifact := []byte("artifact")
	for _, s := range []signer{one, two, three} {
		_, evidence, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(artifact), artifact)
		if err != nil || evidence.KeyID != fmt.Sprintf("%x", s.number) {
			t.Errorf("%v: %v, %v", s.number, evidence, err)
		}
	}
	stranger := newSigner(4)
	_, _, err = testkeys.Judge(t, Algorithm{}, trust, stranger.sign(artifact), artifact)
	if !errors.Is(err, algorithm.ErrWrongKey) {
		t.Fatalf("another key: %v", err)
	}
	for _, id := range append(k.IDs(), "04020304050607f8") {
		if !strings.Contains(err.Error(), id) {
			t.Errorf("%q doesn't name %s", err, id)
		}
	}
	stranger.number = two.number
	if _, _, err = testkeys.Judge(t, Algorithm{}, trust, stranger.sign(artifact), artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("another key with a known number: %v", err)
	}
}

// TestEveryBit flips each bit of key, signature and artifact. What may change
// is the text of the untrusted comments, unless the change makes a line end.
func TestEveryBit(t *testing.T) {
	s := newSigner(1)
	artifact := []byte("a small artifact\r\nof two lines\n")
	key, signature := []byte(s.public()), s.sign(artifact)
	accepts := func(key, signature, artifact []byte) bool {
		_, _, err := testkeys.Judge(t, Algorithm{}, trusted(string(key)), signature, artifact)
		return err == nil
	}
	if !accepts(key, signature, artifact) {
		t.Fatal("the unchanged files are refused")
	}
	inComment := func(text []byte, flip testkeys.Flip) bool {
		return len("untrusted comment: ") <= flip.Index && flip.Index < bytes.IndexByte(text, '\n') && flip.Data[flip.Index] != '\n'
	}
	for flip := range testkeys.Flips(key) {
		if got, want := accepts(flip.Data, signature, artifact), inComment(key, flip); got != want {
			t.Errorf("key with bit %d of byte %d flipped: %v, want %v", flip.Bit, flip.Index, got, want)
		}
	}
	for flip := range testkeys.Flips(signature) {
		if got, want := accepts(key, flip.Data, artifact), inComment(signature, flip); got != want {
			t.Errorf("signature with bit %d of byte %d flipped: %v, want %v", flip.Bit, flip.Index, got, want)
		}
	}
	for flip := range testkeys.Flips(artifact) {
		if accepts(key, signature, flip.Data) {
			t.Errorf("artifact with bit %d of byte %d flipped is accepted", flip.Bit, flip.Index)
		}
	}
}
