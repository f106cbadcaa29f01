package cosign

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"

	"github.com/relseal/relseal/algorithm"
)

// A body is what a log has of a signature.
type body struct {
	form  bodyForm
	texts map[string]string // by where they are; nil where it was made

	rekorV2   bool
	made      bool // it is what such a log makes of the signature
	signature []byte
	verifier  any // who signed: a *x509.Certificate or a public key

	hash    crypto.Hash // of a hashedrekord
	digest  []byte      // of a hashedrekord: of what is signed
	payload []byte      // of another kind: the SHA-256 of the payload, nil where it doesn't say
}

// parseBody parses the body of a log entry that came along with a signature. The
// one of a hashedrekord 0.0.1 holds a signature that fits by itself, which is
// checked, or can't be of a log. A body that is what a log makes of the signature,
// byte for byte, has nothing to be parsed.
func parseBody(text []byte, values *counter, s *signed) (b *body, err error) {
	if b = s.makeBody(text); b == nil {
		if b, err = openBody(text, values, s.certificate); err != nil {
			return nil, err
		}
		err = b.form.read(b)
	} else if err = checkBodySize(text, values); err != nil {
		return nil, err
	} else if !b.rekorV2 {
		err = b.checkSignature()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: body of a log entry: %w", algorithm.ErrInvalid, err)
	}
	return b, nil
}

// makeBody is the body that a log makes of a signature by a certificate, nil
// where that is another text.
func (s *signed) makeBody(text []byte) *body {
	b := &body{made: true, signature: s.signature, verifier: s.certificate}
	var made []byte
	switch {
	case s.certificate == nil:
	case bytes.HasPrefix(text, []byte(`{"apiVersion":"`+entryVersion2+`",`)):
		b.rekorV2 = true
		made, _ = entryText(s, &signer{certificate: s.certificate}) // where it can't, it is another
	case s.envelope == nil && s.hash == crypto.SHA256 && len(s.digest) == s.hash.Size():
		b.hash, b.digest = s.hash, s.digest
		made = entryBody(s.digest, s.signature, s.certificate)
	}
	if made == nil || !bytes.Equal(made, text) {
		return nil
	}
	return b
}

func (b *body) has(paths ...string) bool {
	for _, path := range paths {
		if _, ok := b.texts[path]; !ok {
			return false
		}
	}
	return true
}

// decode decodes the base64 of a text.
func (b *body) decode(path string) ([]byte, error) {
	decoded, err := base64.StdEncoding.DecodeString(b.texts[path])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return decoded, nil
}

var errIncomplete = errors.New("something is missing in it")

// readHashedRekord takes over a hashedrekord 0.0.1 and checks its signature
// (https://github.com/sigstore/rekor/blob/main/pkg/types/hashedrekord/v0.0.1/hashedrekord_v0_0_1_schema.json).
func (b *body) readHashedRekord() (err error) {
	if !b.has(b.form.texts...) {
		return errIncomplete
	}
	if b.signature, err = b.decode("spec.signature.content"); err != nil {
		return err
	}
	value, ok := b.texts["spec.data.hash.value"], false
	if b.hash, ok = logHash(b.texts["spec.data.hash.algorithm"]); !ok || len(value) != 2*b.hash.Size() {
		return errors.New("no hash that a log has")
	}
	if b.digest, err = hex.DecodeString(value); err != nil {
		return err
	}
	return b.checkSignature()
}

// logHash takes the names of hashes in bodies of Rekor v1.
func logHash(name string) (crypto.Hash, bool) {
	switch name {
	case "sha256", "sha384", "sha512":
		return namedHash(name)
	}
	return 0, false
}

// checkSignature checks the body's signature of its digest. An Ed25519 key
// signed it as Ed25519ph.
func (b *body) checkSignature() error {
	pub := b.verifier
	if cert, ok := b.verifier.(*x509.Certificate); ok {
		pub = cert.PublicKey
	}
	if len(b.signature) == 0 {
		return errors.New("no signature")
	}
	v, err := signature.LoadVerifierWithOpts(pub, options.WithED25519ph())
	if err != nil {
		return err
	}
	return v.VerifySignature(bytes.NewReader(b.signature), nil, options.WithDigest(b.digest), options.WithCryptoSignerOpts(b.hash))
}

// readHashedRekord2 takes over a hashedrekord 0.0.2. What it says has to be
// compared as a whole: see [entryHash].
func (b *body) readHashedRekord2() (err error) {
	const spec = "spec.hashedRekordV002."
	const data, content = spec + "data.algorithm", spec + "signature.content"
	b.rekorV2 = true
	if b.signature, err = b.decode(content); err != nil {
		return err
	}
	if len(b.signature) == 0 || !b.has(data) && !b.has(spec+"data.digest") {
		return errIncomplete
	}
	if name, ok := b.texts[data]; ok && !isName(protocommon.HashAlgorithm_value, name) {
		return errors.New("a hash that isn't known")
	}
	if name, ok := b.texts[spec+"signature.verifier.keyDetails"]; ok && !isName(protocommon.PublicKeyDetails_value, name) {
		return errors.New("a kind of key that isn't known")
	}
	_, err = b.decode(spec + "data.digest")
	return err
}

func isName(names map[string]int32, name string) bool {
	_, ok := names[name]
	return ok
}

// readDSSE takes over a dsse 0.0.1
// (https://github.com/sigstore/rekor/blob/main/pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json).
func (b *body) readDSSE() (err error) {
	const sig = "spec.signatures[0].signature"
	if !b.has(b.form.texts...) || b.texts["spec.envelopeHash.algorithm"] != "sha256" || b.texts["spec.payloadHash.algorithm"] != "sha256" {
		return errIncomplete
	}
	if b.signature, err = b.decodeStrictly(sig); err != nil {
		return err
	}
	if b.hasSecond() {
		if !b.has(second(sig), second(b.form.verifier)) {
			return errIncomplete
		}
		if _, err := b.decodeStrictly(second(sig)); err != nil {
			return err
		}
	}
	b.payload = unhex(b.texts["spec.payloadHash.value"])
	return nil
}

// unhex returns nil for what isn't hex, which is the hash of nothing.
func unhex(text string) []byte {
	sum, err := hex.DecodeString(text)
	if err != nil {
		return nil
	}
	return sum
}

// decodeStrictly is decode for a text that isn't empty and has no line ends.
func (b *body) decodeStrictly(path string) ([]byte, error) {
	if text := b.texts[path]; text == "" || strings.ContainsAny(text, "\r\n") {
		return nil, errIncomplete
	}
	return b.decode(path)
}

// hasSecond reports whether there is a second signature, or something of one.
func (b *body) hasSecond() bool {
	for path := range b.texts {
		if strings.Contains(path, "[1]") {
			return true
		}
	}
	return false
}

// readInToto takes over an intoto 0.0.2, whose signature is base64 of base64
// (https://github.com/sigstore/rekor/blob/main/pkg/types/intoto/v0.0.2/intoto_v0_0_2_schema.json).
func (b *body) readInToto() (err error) {
	const content = "spec.content."
	const sig = content + "envelope.signatures[0].sig"
	if !b.has(content+"envelope.payloadType", sig) || b.hasSecond() && !b.has(second(sig), second(b.form.verifier)) {
		return errIncomplete
	}
	for _, hash := range []string{content + "hash.", content + "payloadHash."} {
		algorithm, value := hash+"algorithm", hash+"value"
		if (b.has(algorithm) || b.has(value)) && (!b.has(algorithm, value) || b.texts[algorithm] != "sha256") {
			return errIncomplete
		}
	}
	if _, err := b.decode(second(sig)); err != nil {
		return err
	}
	once, err := b.decode(sig)
	if err != nil {
		return err
	}
	if b.signature, err = base64.StdEncoding.DecodeString(string(once)); err != nil {
		b.signature = nil // that of nothing
	}
	b.payload = unhex(b.texts[content+"payloadHash.value"])
	return nil
}
