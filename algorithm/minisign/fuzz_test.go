package minisign

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	gominisign "github.com/jedisct1/go-minisign"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/testkeys"
)

var upperHex16 = regexp.MustCompile(`^[0-9A-F]{16}$`)

// FuzzKey: a key that is accepted is read in the same way by the library, and
// has one spelling; what is refused is refused with a sentinel.
func FuzzKey(f *testing.F) {
	for _, tc := range testkeys.Cases(f, "minisign") {
		f.Add(tc.Trust.PublicKeys[0])
		f.Add(encode([]byte(tc.Trust.PublicKeys[0])))
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{text}})
		if err != nil {
			if !testkeys.IsOneOf(err, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrUnsupported, algorithm.ErrWeak) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if ids := k.IDs(); len(ids) != 1 || !upperHex16.MatchString(ids[0]) {
			t.Errorf("%q: %q", text, ids)
		}
		public, err := parseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		canonical := encode([]byte(keytext.TagEd25519), public.Number[:], public.Ed25519.Bytes())
		if lines, err := textLines(text); err != nil || !slices.Contains(lines, canonical) {
			t.Errorf("%q is read as %s, which isn't in it", text, canonical)
		}
		if again, err := gominisign.NewPublicKey(canonical); err != nil || again != libraryKey(public) {
			t.Errorf("%q: %v, %v", text, again, err)
		}
	})
}

// libraryKey is the key as the library has it.
func libraryKey(k keytext.Key) gominisign.PublicKey {
	return gominisign.PublicKey{SignatureAlgorithm: [2]byte{'E', 'd'}, KeyId: k.Number, PublicKey: [32]byte(k.Ed25519.Bytes())}
}

// FuzzSignature: a signature that is accepted for its key and artifact is good
// for the library, too; the reverse doesn't hold.
func FuzzSignature(f *testing.F) {
	for _, tc := range testkeys.Cases(f, "minisign") {
		if len(tc.Artifact) < 4<<10 {
			f.Add(tc.Trust.PublicKeys[0], tc.Signature, tc.Artifact)
		}
	}
	s := newSigner(1)
	f.Add(s.public(), s.sign(tagPrehashed, nil, "\t"), []byte(nil))
	f.Add(s.public(), s.sign(tagLegacy, []byte("x"), ""), []byte("x"))
	f.Add(s.public(), []byte(encode(s.sign(tagPrehashed, nil, "timestamp:1\tfile:a\tversion:1.2.3"))), []byte(nil))
	f.Fuzz(func(t *testing.T, key string, signature, artifact []byte) {
		trust := algorithm.Trust{PublicKeys: []string{key}}
		stage, evidence, err := testkeys.Judge(t, Algorithm{AllowLegacy: true}, trust, signature, artifact)
		if err != nil {
			if stage != "key" && !testkeys.IsOneOf(err, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrUnsupported,
				algorithm.ErrWrongKey, algorithm.ErrInvalid) {
				t.Errorf("%q: %v", signature, err)
			}
			return
		}
		public, err := parseKey(key)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := textLines(string(signature))
		if err != nil {
			t.Fatal(err)
		}
		sig, err := gominisign.DecodeSignature(strings.Join(lines, "\n"))
		if err != nil {
			t.Fatalf("%q: %v", signature, err)
		}
		library := libraryKey(public)
		if ok, err := library.Verify(artifact, sig); !ok || err != nil {
			t.Errorf("%q: the library says %v, %v", signature, ok, err)
		}
		if keytext.Printable(strings.TrimPrefix(sig.TrustedComment, trustedPrefix)) != evidence.TrustedComment {
			t.Errorf("%q: trusted comment %q", signature, evidence.TrustedComment)
		}
	})
}

// FuzzCommentVersion: a version is in the comment as it is, and can be shown.
func FuzzCommentVersion(f *testing.F) {
	for _, comment := range []string{"timestamp:1\tfile:a\tversion:1.2.3", "tag:v1 artifact:a", "version=1 version:1", "c", "version:1\tversion:2"} {
		f.Add(comment)
	}
	f.Fuzz(func(t *testing.T, comment string) {
		version, unclear := commentVersion(comment)
		if version == "" {
			return
		}
		if unclear || len(version) > maxVersion || strings.ContainsAny(version, " \t\r\n") || !utf8.ValidString(version) ||
			!strings.Contains(comment, "version:"+version) && !strings.Contains(comment, "version="+version) &&
				!strings.Contains(comment, "tag:"+version) && !strings.Contains(comment, "tag="+version) {
			t.Errorf("%q: %q, %v", comment, version, unclear)
		}
	})
}

// FuzzAgainstMinisign: what is accepted the real program accepts as well.
func FuzzAgainstMinisign(f *testing.F) {
	testkeys.Tool(f, "minisign")
	s := newSigner(1)
	artifact := []byte("artifact")
	f.Add(s.sign(tagPrehashed, artifact, "timestamp:1\tfile:a\tversion:1.2.3"))
	f.Add(s.sign(tagLegacy, artifact, "x"))
	for _, tc := range testkeys.Cases(f, "minisign") {
		f.Add(tc.Signature)
	}
	f.Fuzz(func(t *testing.T, signature []byte) {
		if _, _, err := testkeys.Judge(t, Algorithm{AllowLegacy: true}, algorithm.Trust{PublicKeys: []string{s.public()}}, signature, artifact); err != nil {
			return
		}
		dir := t.TempDir()
		out, ok := testkeys.Run(t, "minisign", "-V",
			"-p", testkeys.WriteFile(t, dir, "key", []byte("untrusted comment: key\n"+strings.TrimSpace(s.public())+"\n")),
			"-m", testkeys.WriteFile(t, dir, "artifact", artifact), "-x", testkeys.WriteFile(t, dir, "signature", signature))
		if !ok {
			t.Errorf("minisign refuses it: %s\n%q", out, signature)
		}
	})
}
