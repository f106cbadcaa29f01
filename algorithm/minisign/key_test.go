package minisign

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/testkeys"
)

func TestFields(t *testing.T) {
	testkeys.CheckFields(t, Algorithm{}, algorithm.Trust{PublicKeys: []string{newSigner(1).public()}},
		algorithm.Field{Name: "trusted-comment", Kind: algorithm.Text, Signed: true})
	if name, version := (Algorithm{}).Binds(nil); !name || !version {
		t.Error("a trusted comment says both")
	}
}

func TestKeyRefuses(t *testing.T) {
	good := newSigner(1).public()
	secret := string(testkeys.Find(t, "minisign", "key-is-secret-key").Trust.PublicKeys[0])
	for _, tc := range []struct {
		name  string
		trust algorithm.Trust
		want  error
		says  string
	}{
		{"no keys", algorithm.Trust{}, algorithm.ErrMalformed, "no public key is declared"},
		{"an empty key", algorithm.Trust{PublicKeys: []string{""}}, algorithm.ErrMalformed, "no line; this is an empty text"},
		{"a bad key after a good one", algorithm.Trust{PublicKeys: []string{good, "x"}}, algorithm.ErrMalformed, "key 2"},
		{"a secret key", algorithm.Trust{PublicKeys: []string{secret}}, algorithm.ErrMalformed, "secret key"},
		{"a bare secret key", algorithm.Trust{PublicKeys: []string{strings.Split(secret, "\n")[1]}}, algorithm.ErrMalformed, "secret key"},
		{"a signature", algorithm.Trust{PublicKeys: []string{string(newSigner(1).sign(tagPrehashed, nil, ""))}}, algorithm.ErrMalformed, "a minisign signature"},
		{"two keys in one text", algorithm.Trust{PublicKeys: []string{good + "\n" + good + "\n" + good}}, algorithm.ErrMalformed, "behind the key"},
		{"two bare keys in one text", algorithm.Trust{PublicKeys: []string{good + "\n" + newSigner(2).public()}}, algorithm.ErrMalformed, "behind the key"},
		{"a blank line within", algorithm.Trust{PublicKeys: []string{"untrusted comment: x\n\n" + good}}, algorithm.ErrMalformed, "behind the key"},
		{"words after it", algorithm.Trust{PublicKeys: []string{"untrusted comment: x\n" + good + "\nwords"}}, algorithm.ErrMalformed, "behind the key"},
		{"words after a bare key", algorithm.Trust{PublicKeys: []string{good + "\nwords"}}, algorithm.ErrMalformed, "behind the key"},
		{"too many", algorithm.Trust{PublicKeys: slices.Repeat([]string{good}, keytext.MaxKeys+1)}, algorithm.ErrTooLarge, "65 public keys"},
		{"too large together", algorithm.Trust{PublicKeys: slices.Repeat([]string{good + strings.Repeat("\n", keytext.MaxSize-100)}, 17)}, algorithm.ErrTooLarge, "bytes of public keys"},
		{"too large", algorithm.Trust{PublicKeys: []string{strings.Repeat("x", keytext.MaxSize) + "\n" + good}}, algorithm.ErrTooLarge, "limit"},
		{"an identity and no key", testkeys.With(algorithm.Trust{}, "identity", []algorithm.Claim{{Field: "issuer"}}), algorithm.ErrUnsupported, "identity"},
	} {
		k, err := Algorithm{AllowLegacy: true}.Key(tc.trust)
		if k != nil || !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, %v, want %v with %q", tc.name, k, err, tc.want, tc.says)
		}
	}
}

func TestKeyForms(t *testing.T) {
	good := newSigner(1).public()
	for _, text := range []string{
		good,
		good + "\n",
		good + "\r\n",
		"\n" + good,
		"any text\xff\x00\n" + good + "\n",
		"any text\r\n" + good + "\r\n\r\n",
		good + "\n \t\n\n",
		"\ufeff" + good,
		"\ufeff\r\n \nuntrusted comment: x\r\n" + good,
	} {
		k, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{text}})
		if err != nil || !slices.Equal(k.IDs(), []string{"0807060504030201"}) {
			t.Errorf("%q: %v, %v", text, k, err)
		}
	}
}

func TestSignatureForms(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	good := string(s.sign(tagPrehashed, []byte("x"), "c"))
	for _, tc := range []struct {
		name, text string
		want       error
		says       string
	}{
		{"LF", good, nil, ""},
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n"), nil, ""},
		{"no final line end", strings.TrimSuffix(good, "\n"), nil, ""},
		{"blank lines", good + "\n\r\n", nil, ""},
		{"blanks after it", good + " \t", nil, ""},
		{"blank lines before", "\r\n \n" + good, nil, ""},
		{"blank line and CRLF", "\r\n" + strings.ReplaceAll(good, "\n", "\r\n"), nil, ""},
		{"a byte order mark", "\ufeff" + good, algorithm.ErrMalformed, "a byte order mark before the signature"},
		{"at the limit", good + strings.Repeat("\n", keytext.MaxSize-len(good)), nil, ""},
		{"empty", "", algorithm.ErrMalformed, "an empty text"},
		{"a byte order mark below a blank line", "\n\ufeff" + good, algorithm.ErrMalformed, "line 1"},
		{"text after it", good + "\nx", algorithm.ErrMalformed, "after the fourth line"},
		{"two signatures", good + good, algorithm.ErrMalformed, "after the fourth line"},
		{"CR without LF at the end", strings.TrimSuffix(good, "\n") + "\r", algorithm.ErrMalformed, "line 4"},
		{"a key", "untrusted comment: x\n" + s.public() + "\n", algorithm.ErrMalformed, "2 of 4 lines"},
		{"too large", good + strings.Repeat("\n", keytext.MaxSize), algorithm.ErrTooLarge, "limit"},
	} {
		stage, _, err := testkeys.Judge(t, Algorithm{}, trust, []byte(tc.text), []byte("x"))
		if !errors.Is(err, tc.want) || err != nil && (stage != "signature" || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: %v at the %s, want %v with %q", tc.name, err, stage, tc.want, tc.says)
		}
	}
}

// TestSeveralKeys: any of the keys may have signed, the signature says which,
// and two keys may have the same ID.
func TestSeveralKeys(t *testing.T) {
	one, two, three := newSigner(1), newSigner(2), newSigner(3)
	three.id = two.id
	trust := algorithm.Trust{PublicKeys: []string{one.public(), two.public(), three.public()}}
	k, err := Algorithm{}.Key(trust)
	if err != nil || !slices.Equal(k.IDs(), []string{"0807060504030201", "0807060504030202"}) {
		t.Fatalf("%v, %v", k, err)
	}
	artifact := []byte("artifact")
	for _, s := range []signer{one, two, three} {
		_, evidence, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, artifact, "c"), artifact)
		if err != nil || evidence.KeyID != keyID(s.id) {
			t.Errorf("%v: %v, %v", s.id, evidence, err)
		}
	}

	stranger := newSigner(4)
	_, _, err = testkeys.Judge(t, Algorithm{}, trust, stranger.sign(tagPrehashed, artifact, "c"), artifact)
	if !errors.Is(err, algorithm.ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
	for _, id := range append(k.IDs(), keyID(stranger.id)) {
		if err != nil && !strings.Contains(err.Error(), id) {
			t.Errorf("%q doesn't name %s", err, id)
		}
	}
	for n := range two.id { // all of an ID counts, whoever's key it is
		renamed := two
		renamed.id[n] ^= 0x80
		if _, _, err := testkeys.Judge(t, Algorithm{}, trust, renamed.sign(tagPrehashed, artifact, "c"), artifact); !errors.Is(err, algorithm.ErrWrongKey) {
			t.Errorf("a known key with another ID, from byte %d on: %v", n, err)
		}
	}
	stranger.id = two.id
	stage, _, err := testkeys.Judge(t, Algorithm{}, trust, stranger.sign(tagPrehashed, artifact, "c"), artifact)
	if !errors.Is(err, algorithm.ErrInvalid) || stage != "signature" {
		t.Errorf("another key with a known ID: %v at the %s", err, stage)
	}
}

// TestManyKeys: an error names a few of the keys that are accepted, and the
// fingerprint tells keys with the same ID apart.
func TestManyKeys(t *testing.T) {
	var keys []string
	for n := range byte(keytext.MaxKeys) {
		keys = append(keys, newSigner(n).public())
	}
	stranger := newSigner(keytext.MaxKeys)
	signature := stranger.sign(tagPrehashed, []byte("x"), "c")
	_, _, err := testkeys.Judge(t, Algorithm{}, algorithm.Trust{PublicKeys: keys}, signature, []byte("x"))
	if !errors.Is(err, algorithm.ErrWrongKey) || strings.Count(err.Error(), "08070605040302") != 6 || !strings.HasSuffix(err.Error(), "and 59 more") {
		t.Errorf("%v", err)
	}
	twin := newSigner(1)
	twin.id = stranger.id
	trust := algorithm.Trust{PublicKeys: []string{twin.public(), stranger.public()}}
	_, evidence, err := testkeys.Judge(t, Algorithm{}, trust, signature, []byte("x"))
	sum := sha256.Sum256(stranger.private.Public().(ed25519.PublicKey))
	if want := "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]); err != nil || evidence.Fingerprint != want {
		t.Errorf("%+v, %v, want the fingerprint %s", evidence, err, want)
	}
}

// TestErrorText: however long what a table and a file say.
func TestErrorText(t *testing.T) {
	s := newSigner(1)
	long := strings.Repeat("\U000e0041", 10_000)
	trust := testkeys.With(algorithm.Trust{PublicKeys: []string{s.public()}}, "trusted-comment", long)
	_, _, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, []byte("x"), "x"+long), []byte("x"))
	if !errors.Is(err, algorithm.ErrNameMismatch) {
		t.Fatal(err)
	}
	if len(err.Error()) >= 500 {
		t.Errorf("%d bytes: %v", len(err.Error()), err)
	}
}

func TestTrustedComment(t *testing.T) {
	s := newSigner(1)
	artifact := []byte("artifact")
	trust := testkeys.With(algorithm.Trust{PublicKeys: []string{s.public()}}, "trusted-comment", "foo 1.2.3")
	forged := strings.Replace(string(s.sign(tagPrehashed, artifact, "foo 1.2.2")), "foo 1.2.2", "foo 1.2.3", 1)
	for _, tc := range []struct {
		name      string
		signature []byte
		want      error
	}{
		{"the same", s.sign(tagPrehashed, artifact, "foo 1.2.3"), nil},
		{"another", s.sign(tagPrehashed, artifact, "foo 1.2.2"), algorithm.ErrNameMismatch},
		{"a longer one", s.sign(tagPrehashed, artifact, "foo 1.2.3 "), algorithm.ErrNameMismatch},
		{"a shorter one", s.sign(tagPrehashed, artifact, "foo 1.2"), algorithm.ErrNameMismatch},
		{"another case", s.sign(tagPrehashed, artifact, "Foo 1.2.3"), algorithm.ErrNameMismatch},
		{"an empty one", s.sign(tagPrehashed, artifact, ""), algorithm.ErrNameMismatch},
		{"the same, but not signed", []byte(forged), algorithm.ErrInvalid},
	} {
		stage, _, err := testkeys.Judge(t, Algorithm{}, trust, tc.signature, artifact)
		if !errors.Is(err, tc.want) || err != nil && stage != "signature" {
			t.Errorf("%s: %v at the %s, want %v", tc.name, err, stage, tc.want)
		}
	}
}

// TestConcurrentKey is for the race detector.
func TestConcurrentKey(t *testing.T) {
	s := newSigner(1)
	k, err := Algorithm{AllowLegacy: true}.Key(algorithm.Trust{PublicKeys: []string{s.public()}})
	if err != nil {
		t.Fatal(err)
	}
	signatures := [][]byte{s.sign(tagLegacy, []byte("x"), "c"), s.sign(tagPrehashed, []byte("x"), "c")}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			v, err := k.Verifier(t.Context(), signatures[i%2])
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = v.Write([]byte("x"))
			if _, err := v.Verify(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}
