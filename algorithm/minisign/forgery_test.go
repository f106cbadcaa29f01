package minisign

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"filippo.io/edwards25519"
	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestModes: the tag chooses what is hashed, and a signature of the one mode
// is none of the other, neither as it is nor with its tag changed.
func TestModes(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	file := []byte("the file")
	sum := blake2b.Sum512(file)
	digest := sum[:]

	relabel := func(signature []byte, from, to string) []byte {
		lines := strings.Split(string(signature), "\n")
		before, after := encode([]byte(from), s.id[:])[:2], encode([]byte(to), s.id[:])[:2]
		lines[1] = after + strings.TrimPrefix(lines[1], before)
		return []byte(strings.Join(lines, "\n"))
	}
	for _, tc := range []struct {
		name                string
		signature, artifact []byte
		want                error
	}{
		{"prehashed", s.sign(tagPrehashed, file, "c"), file, nil},
		{"legacy", s.sign(tagLegacy, file, "c"), file, nil},
		{"legacy of the digest, for the digest", s.sign(tagLegacy, digest, "c"), digest, nil},
		{"legacy of the digest, for the file", s.sign(tagLegacy, digest, "c"), file, algorithm.ErrInvalid},
		{"legacy of the file, for the digest", s.sign(tagLegacy, file, "c"), digest, algorithm.ErrInvalid},
		{"prehashed of the file, for the digest", s.sign(tagPrehashed, file, "c"), digest, algorithm.ErrInvalid},
		{"prehashed of the digest, for the file", s.sign(tagPrehashed, digest, "c"), file, algorithm.ErrInvalid},
		{"legacy relabelled, for the file", relabel(s.sign(tagLegacy, file, "c"), tagLegacy, tagPrehashed), file, algorithm.ErrInvalid},
		{"prehashed relabelled, for the file", relabel(s.sign(tagPrehashed, file, "c"), tagPrehashed, tagLegacy), file, algorithm.ErrInvalid},
	} {
		if _, _, err := testkeys.Judge(t, Algorithm{AllowLegacy: true}, trust, tc.signature, tc.artifact); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
		// By default no legacy signature gets as far as that.
		_, _, err := testkeys.Judge(t, Algorithm{}, trust, tc.signature, tc.artifact)
		if bytes.Contains(tc.signature, []byte("\nRWQ")) && !errors.Is(err, algorithm.ErrLegacy) {
			t.Errorf("%s: %v by default, want %v", tc.name, err, algorithm.ErrLegacy)
		}
	}
}

// TestSmallOrderR: a publisher could make signatures with R = O, which
// crypto/ed25519 accepts; neither signature may have one.
func TestSmallOrderR(t *testing.T) {
	s := newSigner(1)
	public := s.private.Public().(ed25519.PublicKey)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	artifact := []byte("artifact")

	// S = k·a, so that [S]B - [k]A is the identity.
	degenerate := func(message []byte) []byte {
		secret := sha512.Sum512(s.private.Seed())
		a, err := new(edwards25519.Scalar).SetBytesWithClamping(secret[:32])
		if err != nil {
			t.Fatal(err)
		}
		r := edwards25519.NewIdentityPoint().Bytes()
		h := sha512.Sum512(slices.Concat(r, public, message))
		k, err := new(edwards25519.Scalar).SetUniformBytes(h[:])
		if err != nil {
			t.Fatal(err)
		}
		sig := slices.Concat(r, k.Multiply(k, a).Bytes())
		if !ed25519.Verify(public, message, sig) {
			t.Fatal("the standard library should accept this")
		}
		return sig
	}
	sum := blake2b.Sum512(artifact)
	good := ed25519.Sign(s.private, sum[:])
	for name, signature := range map[string][]byte{
		"signature, prehashed": s.text(tagPrehashed, degenerate(sum[:]), "c"),
		"signature, legacy":    s.text(tagLegacy, degenerate(artifact), "c"),
		"global signature":     s.textWith(tagPrehashed, good, "c", degenerate(slices.Concat(good, []byte("c")))),
	} {
		stage, _, err := testkeys.Judge(t, Algorithm{AllowLegacy: true}, trust, signature, artifact)
		if !errors.Is(err, algorithm.ErrInvalid) || stage != "signature" || !strings.Contains(err.Error(), "small order") {
			t.Errorf("%s: %v at the %s", name, err, stage)
		}
	}
}

// TestCommentCharacters: what a signed comment may hold.
func TestCommentCharacters(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	for comment, want := range map[string]error{
		"":                           nil,
		" tabs\tand spaces ":         nil,
		"größe 日本語 🙂":                nil,
		"escape \x1b[2J":             algorithm.ErrMalformed,
		"bell \a":                    algorithm.ErrMalformed,
		"NUL \x00":                   algorithm.ErrMalformed,
		"CR\rinside":                 algorithm.ErrMalformed,
		"DEL \x7f":                   algorithm.ErrMalformed,
		"CSI \u009b":                 algorithm.ErrMalformed,
		"next line \u0085":           algorithm.ErrMalformed,
		"line separator \u2028":      algorithm.ErrMalformed,
		"paragraph separator \u2029": algorithm.ErrMalformed,
		"override \u202egpj.exe":     algorithm.ErrMalformed,
		"embedding \u202a":           algorithm.ErrMalformed,
		"isolate \u2066":             algorithm.ErrMalformed,
		"end of isolate \u2069":      algorithm.ErrMalformed,
		"Latin-1 \xe4":               algorithm.ErrMalformed,
		"surrogate \xed\xa0\x80":     algorithm.ErrMalformed,
	} {
		stage, evidence, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, []byte("x"), comment), []byte("x"))
		switch {
		case !errors.Is(err, want):
			t.Errorf("%q: %v, want %v", comment, err, want)
		case err != nil && stage != "signature":
			t.Errorf("%q is refused at the %s", comment, stage)
		case err == nil && evidence.TrustedComment != comment:
			t.Errorf("%q comes out as %q", comment, evidence.TrustedComment)
		}
	}
}

// TestHiddenCharacters: what can't be seen is signed as it is, and shown
// escaped. A table demands the comment as it was signed.
func TestHiddenCharacters(t *testing.T) {
	s := newSigner(1)
	for _, r := range []rune{
		'\u200b', '\u00ad', '\ufeff', '\u061c', '\u180e', '\u200e', '\u200f', '\u034f', '\u115f', '\u3164', '\uffa0',
		'\ufff9', '\ue000', '\ufe0f', '\u2800', '\u00a0', '\U000e0041', '\U000e0100', '\U000f0000',
	} {
		comment := "timestamp:1\tfile:a" + string(r) + "b"
		trust := testkeys.With(algorithm.Trust{PublicKeys: []string{s.public()}}, "trusted-comment", comment)
		_, evidence, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, []byte("x"), comment), []byte("x"))
		escaped := strings.Trim(strconv.QuoteToASCII(string(r)), `"`)
		if want := `"timestamp:1\tfile:a` + escaped + `b"`; err != nil || evidence.TrustedComment != want || evidence.FileName != "" {
			t.Errorf("%U: %+v, %v", r, evidence, err)
		}
	}
}

// TestEveryBit flips each bit of key, signature and artifact. What may change
// is the key's first line and the text of the untrusted comment, unless the
// change makes a line end.
func TestEveryBit(t *testing.T) {
	s := newSigner(1)
	artifact := []byte("a small artifact\r\nof two lines\n")
	keyFile := "untrusted comment: minisign public key\n" + s.public() + "\n"
	const untrustedPrefix = "untrusted comment: "
	for _, tag := range []string{tagPrehashed, tagLegacy} {
		signature := s.sign(tag, artifact, "timestamp:1700000000\tfile:artifact")
		accepts := func(key, signature, artifact []byte) bool {
			_, _, err := testkeys.Judge(t, Algorithm{AllowLegacy: true}, algorithm.Trust{PublicKeys: []string{string(key)}}, signature, artifact)
			return err == nil
		}
		if !accepts([]byte(keyFile), signature, artifact) {
			t.Fatal("the unchanged files are refused")
		}

		firstLine := strings.Index(keyFile, "\n")
		for flip := range testkeys.Flips([]byte(keyFile)) {
			want := flip.Index < firstLine && flip.Data[flip.Index] != '\n'
			if got := accepts(flip.Data, signature, artifact); got != want {
				t.Errorf("%s: key with bit %d of byte %d flipped: %v, want %v", tag, flip.Bit, flip.Index, got, want)
			}
		}
		firstLine = bytes.IndexByte(signature, '\n')
		for flip := range testkeys.Flips(signature) {
			inText := len(untrustedPrefix) <= flip.Index && flip.Index < firstLine
			want := inText && flip.Data[flip.Index] != '\n'
			if got := accepts([]byte(keyFile), flip.Data, artifact); got != want {
				t.Errorf("%s: signature with bit %d of byte %d flipped: %v, want %v", tag, flip.Bit, flip.Index, got, want)
			}
		}
		for flip := range testkeys.Flips(artifact) {
			if accepts([]byte(keyFile), signature, flip.Data) {
				t.Errorf("%s: artifact with bit %d of byte %d flipped is accepted", tag, flip.Bit, flip.Index)
			}
		}
	}
}

// TestEveryPrefix: a text that was cut off is refused, but for its last line end.
func TestEveryPrefix(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	signature := s.sign(tagPrehashed, []byte("x"), "c")
	for n := range len(signature) - 1 {
		if _, _, err := testkeys.Judge(t, Algorithm{}, trust, signature[:n], []byte("x")); !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%q: %v", signature[:n], err)
		}
	}
}
