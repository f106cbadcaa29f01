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
		"artifact-appended":            {"artifact", algorithm.ErrInvalid},
		"artifact-changed":             {"artifact", algorithm.ErrInvalid},
		"artifact-crlf":                {"artifact", algorithm.ErrInvalid},
		"artifact-empty":               {"artifact", algorithm.ErrInvalid},
		"artifact-truncated":           {"artifact", algorithm.ErrInvalid},
		"comment-missing":              {"signature", algorithm.ErrMalformed},
		"comment-prefix-missing":       {"signature", algorithm.ErrMalformed},
		"key-alg-unknown":              {"key", algorithm.ErrUnsupported},
		"key-empty":                    {"key", algorithm.ErrMalformed},
		"key-is-signature":             {"key", algorithm.ErrMalformed},
		"key-line-only":                {"key", algorithm.ErrMalformed},
		"key-not-on-curve":             {"key", algorithm.ErrMalformed},
		"key-number-changed":           {"signature", algorithm.ErrWrongKey},
		"key-number-in-key":            {"signature", algorithm.ErrWrongKey},
		"ed-key-identity":              {"key", algorithm.ErrWeak},
		"ed-key-order8":                {"key", algorithm.ErrWeak},
		"ed-s-plus-l":                  {"signature", algorithm.ErrInvalid},
		"minisign-prehashed-signature": {"signature", algorithm.ErrMalformed},
		"sig-comment-alone":            {"signature", algorithm.ErrMalformed},
		"sig-empty":                    {"signature", algorithm.ErrMalformed},
		"sig-flip-r":                   {"signature", algorithm.ErrInvalid}, // it is no point any more
		"sig-flip-s":                   {"artifact", algorithm.ErrInvalid},
		"sig-long":                     {"signature", algorithm.ErrMalformed},
		"sig-no-base64":                {"signature", algorithm.ErrMalformed},
		"sig-short":                    {"signature", algorithm.ErrMalformed},
		"sig-zero":                     {"signature", algorithm.ErrInvalid},
		"wrong-key":                    {"signature", algorithm.ErrWrongKey},
		"wrong-key-same-number":        {"artifact", algorithm.ErrInvalid},
	}
	cases := testkeys.Cases(t, "signify")
	if len(cases) < 34 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, tc := range cases {
		want := refusals[tc.Name]
		if (tc.Want == "pass") != (want.err == nil) {
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
	want := &algorithm.Evidence{
		KeyID: "bb6b24bf13999272", Fingerprint: "SHA256:iTKazpu5fyJqpseeCXuFY8AXAl70MQpqTGxG8rr7Cos", KeyAlgorithm: "Ed25519", Hash: "SHA-512",
		NotChecked: []string{"revocation: signify has none", "the time of signing: the signature doesn't tell it"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// sameNumber are that many keys with the number of the first one.
func sameNumber(n byte) []string {
	var keys []string
	for i := range n {
		s := newSigner(i + 1)
		s.number = newSigner(1).number
		keys = append(keys, s.public())
	}
	return keys
}

// TestManyKeys: of one number only so many are taken, where the same key twice
// is one, and an error names a few.
func TestManyKeys(t *testing.T) {
	keys := sameNumber(maxSameNumber)
	k, err := Algorithm{}.Key(trusted(slices.Concat(keys, keys)...))
	if err != nil || len(k.(key)) != maxSameNumber {
		t.Fatalf("%v, %v", k, err)
	}
	keys = nil
	for n := range byte(keytext.MaxKeys) {
		keys = append(keys, newSigner(n).public())
	}
	_, _, err = testkeys.Judge(t, Algorithm{}, trusted(keys...), newSigner(keytext.MaxKeys).sign(nil), nil)
	if !errors.Is(err, algorithm.ErrWrongKey) || strings.Count(err.Error(), "020304050607f8") != 6 || !strings.HasSuffix(err.Error(), "and 59 more") {
		t.Errorf("%v", err)
	}
}

func TestFields(t *testing.T) {
	testkeys.CheckFields(t, Algorithm{}, trusted(newSigner(1).public()))
	if _, ok := algorithm.Algorithm(Algorithm{}).(algorithm.Binder); ok {
		t.Error("a comment that nobody signed binds nothing")
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
		{"an empty key", trusted(""), algorithm.ErrMalformed, "an empty text"},
		{"a comment alone", trusted("untrusted comment: x\n"), algorithm.ErrMalformed, "no second line"},
		{"a bare key", trusted(strings.Split(good, "\n")[1]), algorithm.ErrMalformed, "untrusted comment"},
		{"a bad key after a good one", trusted(good, "x"), algorithm.ErrMalformed, "key 2"},
		{"a secret key", trusted(secret), algorithm.ErrMalformed, "secret key"},
		{"a signature", trusted(string(newSigner(1).sign(nil))), algorithm.ErrMalformed, "a signify signature"},
		{"words after it", trusted(good + "words"), algorithm.ErrMalformed, "after the second line"},
		{"too many", trusted(slices.Repeat([]string{good}, keytext.MaxKeys+1)...), algorithm.ErrTooLarge, "65 public keys"},
		{"too large together", trusted(slices.Repeat([]string{good + strings.Repeat("\n", keytext.MaxSize-100)}, 17)...), algorithm.ErrTooLarge, "bytes of public keys"},
		{"too many of one number", trusted(sameNumber(maxSameNumber + 1)...), algorithm.ErrTooLarge, "01020304050607f8"},
		{"two keys in one text", trusted(good + good), algorithm.ErrMalformed, "after the second line"},
		{"too large", trusted(good + strings.Repeat("\n", keytext.MaxSize)), algorithm.ErrTooLarge, "limit"},
		{"a namespace and no key", testkeys.With(algorithm.Trust{}, "namespace", "x"), algorithm.ErrUnsupported, "namespace"},
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
		{"a blank second line", "untrusted comment: x\n\n" + strings.Split(good, "\n")[1], algorithm.ErrMalformed, "not 74"},
		{"a byte order mark", "\ufeff" + good, algorithm.ErrMalformed, "byte order mark"},
		{"a byte order mark below a blank line", "\n\ufeff" + good, algorithm.ErrMalformed, "line 1"},
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
		"blank lines":       good + "\n\r\n \t",
		"blank lines first": "\r\n \n" + good,
		"all of it":         "\r\n" + strings.ReplaceAll(good, "\n", "\r\n") + "\r\n",
	} {
		if _, _, err := testkeys.Judge(t, Algorithm{}, trusted(s.public()), []byte(text), []byte("x")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		key := strings.ReplaceAll(text, strings.Split(good, "\n")[1], strings.Split(s.public(), "\n")[1])
		if _, err := (Algorithm{}).Key(trusted("\ufeff" + key)); err != nil {
			t.Errorf("%s, key: %v", name, err)
		}
	}
}

// TestTextBehind: what follows the two lines doesn't count, but minisign's
// legacy signature is told as such.
func TestTextBehind(t *testing.T) {
	s := newSigner(1)
	good := string(s.sign([]byte("message\n")))
	if _, _, err := testkeys.Judge(t, Algorithm{}, trusted(s.public()), []byte(good+"message\n"), []byte("message\n")); err != nil {
		t.Error(err)
	}
	const says = "this is a minisign signature, and the table says signify"
	stage, _, err := testkeys.Judge(t, Algorithm{}, trusted(s.public()), []byte(good+"trusted comment: x\nAAAA\n"), []byte("message\n"))
	if stage != "signature" || !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), says) {
		t.Errorf("%v at the %s", err, stage)
	}

	// Its prehashed one is told by the tag, also without the third line.
	first, second, _ := strings.Cut(good, "\n")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(second))
	if err != nil {
		t.Fatal(err)
	}
	copy(raw, "ED")
	prehashed := first + "\n" + base64.StdEncoding.EncodeToString(raw) + "\n"
	stage, _, err = testkeys.Judge(t, Algorithm{}, trusted(s.public()), []byte(prehashed), []byte("message\n"))
	if stage != "signature" || !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), "minisign's") {
		t.Errorf("prehashed: %v at the %s", err, stage)
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
		if err != nil || evidence.KeyID != fmt.Sprintf("%x", s.number) ||
			evidence.Fingerprint != keytext.Fingerprint(s.private.Public().(ed25519.PublicKey)) {
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
