package signify

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// lenient reads the second line as the program's C code would, at most.
func lenient(text string) []byte {
	raw, _ := base64.StdEncoding.DecodeString(strings.TrimRight(strings.Split(text, "\n")[1], "\r"))
	return raw
}

// FuzzKey: a key that is accepted is in its text, spelled in the one way.
func FuzzKey(f *testing.F) {
	for _, tc := range testkeys.Cases(f, "signify") {
		f.Add(tc.Trust.PublicKeys[0])
	}
	f.Fuzz(func(t *testing.T, text string) {
		public, err := parseKey(text)
		if err != nil {
			if !testkeys.IsOneOf(err, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrUnsupported, algorithm.ErrWeak) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		raw := append(append([]byte("Ed"), public.Number[:]...), public.Ed25519.Bytes()...)
		if !bytes.Equal(raw, lenient(text)) || !strings.Contains(text, "\n"+base64.StdEncoding.EncodeToString(raw)) {
			t.Errorf("%q is read as %x", text, raw)
		}
	})
}

// FuzzSignature: what is accepted is a signature for the standard library, too;
// the reverse doesn't hold.
func FuzzSignature(f *testing.F) {
	for _, tc := range testkeys.Cases(f, "signify") {
		f.Add(tc.Trust.PublicKeys[0], tc.Signature, tc.Artifact)
	}
	f.Fuzz(func(t *testing.T, key string, signature, artifact []byte) {
		stage, _, err := testkeys.Judge(t, Algorithm{}, trusted(key), signature, artifact)
		if err != nil {
			if stage != "key" && !testkeys.IsOneOf(err, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrUnsupported,
				algorithm.ErrWrongKey, algorithm.ErrInvalid) {
				t.Errorf("%q: %v", signature, err)
			}
			return
		}
		public, sig := lenient(key), lenient(string(signature))
		if !bytes.Equal(public[:10], sig[:10]) || !ed25519.Verify(public[10:], artifact, sig[10:]) {
			t.Errorf("%q with %q is accepted", signature, key)
		}
	})
}

// FuzzAgainstSignify: what is accepted the real program accepts as well.
func FuzzAgainstSignify(f *testing.F) {
	testkeys.Tool(f, tool)
	s := newSigner(1)
	artifact := []byte("artifact")
	f.Add(s.sign(artifact))
	for _, tc := range testkeys.Cases(f, "signify") {
		f.Add(tc.Signature)
	}
	f.Fuzz(func(t *testing.T, signature []byte) {
		if _, _, err := testkeys.Judge(t, Algorithm{}, trusted(s.public()), signature, artifact); err != nil {
			return
		}
		dir := t.TempDir()
		out, ok := testkeys.Run(t, tool, "-V", "-p", testkeys.WriteFile(t, dir, "key.pub", []byte(s.public())),
			"-m", testkeys.WriteFile(t, dir, "artifact", artifact), "-x", testkeys.WriteFile(t, dir, "artifact.sig", signature))
		if !ok {
			t.Errorf("signify refuses it: %s\n%q", out, signature)
		}
	})
}
