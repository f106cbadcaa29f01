package cosign_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
)

const inToto = "application/vnd.in-toto+json"

// statement is an in-toto statement about subjects, each as JSON.
func statement(subjects ...string) string {
	return `{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1","predicate":{},"subject":[` +
		strings.Join(subjects, ",") + `]}`
}

func subject(name, algorithm string, sum []byte) string {
	return fmt.Sprintf(`{"name":%q,"digest":{%q:"%x"}}`, name, algorithm, sum)
}

// envelope signs a payload as DSSE, Ed25519 over the bytes or their SHA-512.
func envelope(t *testing.T, private crypto.Signer, hash crypto.Hash, payloadType, payload string) []byte {
	t.Helper()
	message := dsse.PAE(payloadType, []byte(payload))
	var options crypto.SignerOpts = hash
	switch hash { //nolint:exhaustive // these are the ones that are used
	case crypto.SHA256:
		sum := sha256.Sum256(message)
		message = sum[:]
	case crypto.SHA512:
		sum := sha512.Sum512(message)
		message, options = sum[:], &ed25519.Options{Hash: crypto.SHA512}
	}
	sig, err := private.Sign(rand.Reader, message, options)
	if err != nil {
		t.Fatal(err)
	}
	return envelopeJSON(t, payloadType, payload, sig)
}

func envelopeJSON(t *testing.T, payloadType, payload string, signatures ...[]byte) []byte {
	t.Helper()
	e := dsse.Envelope{PayloadType: payloadType, Payload: base64.StdEncoding.EncodeToString([]byte(payload))}
	for _, sig := range signatures {
		e.Signatures = append(e.Signatures, dsse.Signature{Sig: base64.StdEncoding.EncodeToString(sig)})
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEnvelope(t *testing.T) {
	artifact := []byte("artifact")
	sum, sum512 := sha256.Sum256(artifact), sha512.Sum512(artifact)
	wrong := sha256.Sum256(nil)
	right := subject("artifact", "sha256", sum[:])
	private := newECDSA(t, elliptic.P256())
	trust := algorithm.Trust{PublicKeys: []string{publicPEM(t, private)}}
	many := slices.Repeat([]string{subject("x", "sha256", wrong[:])}, 1025)
	tests := []struct {
		name, payloadType, payload string
		want                       error
		fileName                   string
	}{
		{"one subject", inToto, statement(right), nil, "artifact"},
		{"the second subject", inToto, statement(subject("other", "sha256", wrong[:]), right), nil, "artifact"},
		{"SHA-512 alone", inToto, statement(subject("artifact", "sha512", sum512[:])), nil, "artifact"},
		{"subjects with different digests", inToto, statement(subject("other", "sha512", make([]byte, 64)), right), nil, "artifact"},
		{"the same under one name", inToto, statement(right, right), nil, "artifact"},
		{"the same under two names", inToto, statement(right, subject("alias", "sha256", sum[:])), nil, ""},
		{"unknown digest beside", inToto, statement(subject("other", "gitCommit", wrong[:]), right), nil, "artifact"},

		{"another artifact", inToto, statement(subject("artifact", "sha256", wrong[:])), algorithm.ErrInvalid, ""},
		{"digest under another name", inToto, statement(subject("artifact", "sha512", append(sum[:], sum[:]...))), algorithm.ErrInvalid, ""},
		{"no subject", inToto, statement(), algorithm.ErrUnsupported, ""},
		{"unknown digest alone", inToto, statement(subject("artifact", "md5", sum[:16])), algorithm.ErrUnsupported, ""},
		{"short digest", inToto, statement(subject("artifact", "sha256", sum[:31])), algorithm.ErrUnsupported, ""},
		{"control characters in a name", inToto, statement(`{"name":"a\u001b[2J","digest":{"sha256":"` + fmt.Sprintf("%x", sum) + `"}}`), algorithm.ErrMalformed, ""},
		{"too many subjects", inToto, statement(many...), algorithm.ErrTooLarge, ""},
		{"no JSON", inToto, "artifact", algorithm.ErrMalformed, ""},
		{"a statement twice the type", inToto, strings.Replace(statement(right), "{", `{"_type":"x",`, 1), algorithm.ErrMalformed, ""},
		{"subjects twice", inToto, strings.Replace(statement(right), "{", `{"subject":[],`, 1), algorithm.ErrMalformed, ""},
		{"subjects twice, by case", inToto, strings.Replace(statement(right), "{", `{"Subject":[],`, 1), algorithm.ErrMalformed, ""},
		{"a digest twice", inToto, statement(fmt.Sprintf(`{"name":"artifact","digest":{"sha256":"%x","sha256":"%x"}}`, wrong, sum)), algorithm.ErrMalformed, ""},
		{"digests twice", inToto, statement(fmt.Sprintf(`{"name":"artifact","digest":{"sha256":"%x"},"digest":{"sha256":"%x"}}`, wrong, sum)), algorithm.ErrMalformed, ""},
		{"a name twice", inToto, statement(strings.Replace(right, "{", `{"name":"other",`, 1)), algorithm.ErrMalformed, ""},
		{"a digest that is no text", inToto, statement(`{"digest":{"sha256":{}}}`), algorithm.ErrMalformed, ""},
		{"no digests", inToto, statement(`{"name":"artifact","digest":null}`, right), nil, "artifact"},
		{"statement v0.1", inToto, strings.Replace(statement(right), "Statement/v1", "Statement/v0.1", 1), nil, "artifact"},
		{"statement v2", inToto, strings.Replace(statement(right), "Statement/v1", "Statement/v2", 1), algorithm.ErrUnsupported, ""},
		{"a statement of no type", inToto, strings.Replace(statement(right), `"_type":"https://in-toto.io/Statement/v1",`, "", 1), algorithm.ErrUnsupported, ""},
		{"another statement", inToto, `{"_type":"https://example.com/"}`, algorithm.ErrUnsupported, ""},
		{"another payload", "text/plain", statement(right), algorithm.ErrUnsupported, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := envelope(t, private, crypto.SHA256, test.payloadType, test.payload)
			for _, form := range [][]byte{text, []byte(base64.StdEncoding.EncodeToString(text))} {
				evidence, err := verifyAll(cosign.Algorithm{}, trust, form, artifact)
				if !errors.Is(err, test.want) {
					t.Fatalf("got %v, want %v", err, test.want)
				}
				if err == nil && evidence.FileName != test.fileName {
					t.Errorf("file name %q, want %q", evidence.FileName, test.fileName)
				}
			}
		})
	}
}

func TestEnvelopeSignature(t *testing.T) {
	artifact := []byte("artifact")
	sum := sha256.Sum256(artifact)
	payload := statement(subject("artifact", "sha256", sum[:]))
	_, ed25519Key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecdsaKey := newECDSA(t, elliptic.P521())
	good := signDigest(t, ecdsaKey, sum[:])
	tests := []struct {
		name     string
		private  crypto.Signer
		envelope []byte
		want     error
	}{
		{"Ed25519", ed25519Key, envelope(t, ed25519Key, 0, inToto, payload), nil},
		{"Ed25519ph", ed25519Key, envelope(t, ed25519Key, crypto.SHA512, inToto, payload), nil},
		{"P-521 with SHA-256", ecdsaKey, envelope(t, ecdsaKey, crypto.SHA256, inToto, payload), nil},
		{"another key", newECDSA(t, elliptic.P521()), envelope(t, ecdsaKey, crypto.SHA256, inToto, payload), algorithm.ErrInvalid},
		{"another kind of key", ed25519Key, envelope(t, ecdsaKey, crypto.SHA256, inToto, payload), algorithm.ErrWrongKey},
		{"over the artifact", ecdsaKey, envelopeJSON(t, inToto, payload, good), algorithm.ErrInvalid},
		{"no signature", ecdsaKey, envelopeJSON(t, inToto, payload), algorithm.ErrMalformed},
		{"an empty signature", ecdsaKey, envelopeJSON(t, inToto, payload, nil), algorithm.ErrMalformed},
		{"two signatures", ecdsaKey, envelopeJSON(t, inToto, payload, good, good), algorithm.ErrMalformed},
		{"no base64", ecdsaKey, []byte(`{"payloadType":"` + inToto + `","payload":"!","signatures":[{"sig":"AAAA"}]}`), algorithm.ErrMalformed},
		{"signature no base64", ecdsaKey, []byte(`{"payloadType":"` + inToto + `","payload":"AAAA","signatures":[{"sig":"!"}]}`), algorithm.ErrMalformed},
		{"no object", ecdsaKey, []byte(`{"payloadType":1}`), algorithm.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			trust := algorithm.Trust{PublicKeys: []string{publicPEM(t, test.private)}}
			if _, err := verifyAll(cosign.Algorithm{}, trust, test.envelope, artifact); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
