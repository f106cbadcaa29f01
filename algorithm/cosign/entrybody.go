package cosign

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxEntryBody      = 16 << 10 // bytes; real ones have some 4 KiB
	maxBodySignatures = 2        // of which one is ever looked at
	maxBodyNames      = 16       // in an object; twice as many as any has
)

// A bodyForm is one of those that the bodies of log entries have in a log. That
// of a proposal has the envelope and its keys, of which any would have to be
// tried with each signature: no log has one.
type bodyForm struct {
	kind, version string
	texts         []string // where its texts are, all that there are
	verifier      string   // where the certificate or key is, in base64
	der           bool     // it is DER, not PEM
	read          func(*body) error
}

// bodyForms are the forms that sigstore-go reads (https://github.com/sigstore/rekor/tree/main/pkg/types,
// https://github.com/sigstore/rekor-tiles/tree/main/api/proto/rekor/v2).
func bodyForms() []bodyForm {
	const v2 = "spec.hashedRekordV002."
	return []bodyForm{
		{kind: "hashedrekord", version: "0.0.1", verifier: "spec.signature.publicKey.content", read: (*body).readHashedRekord, texts: []string{
			"spec.data.hash.algorithm", "spec.data.hash.value", "spec.signature.content",
		}},
		{kind: "hashedrekord", version: "0.0.2", verifier: v2 + "signature.verifier.publicKey.rawBytes", der: true, read: (*body).readHashedRekord2, texts: []string{
			v2 + "data.algorithm", v2 + "data.digest", v2 + "signature.content", v2 + "signature.verifier.keyDetails",
		}},
		{kind: "hashedrekord", version: "0.0.2", verifier: v2 + "signature.verifier.x509Certificate.rawBytes", der: true, read: (*body).readHashedRekord2, texts: []string{
			v2 + "data.algorithm", v2 + "data.digest", v2 + "signature.content", v2 + "signature.verifier.keyDetails",
		}},
		{kind: "dsse", version: "0.0.1", verifier: "spec.signatures[0].verifier", read: (*body).readDSSE, texts: []string{
			"spec.envelopeHash.algorithm", "spec.envelopeHash.value", "spec.payloadHash.algorithm", "spec.payloadHash.value", "spec.signatures[0].signature",
		}},
		{kind: "intoto", version: "0.0.2", verifier: "spec.content.envelope.signatures[0].publicKey", read: (*body).readInToto, texts: []string{
			"spec.content.envelope.payloadType", "spec.content.envelope.signatures[0].keyid", "spec.content.envelope.signatures[0].sig",
			"spec.content.hash.algorithm", "spec.content.hash.value", "spec.content.payloadHash.algorithm", "spec.content.payloadHash.value",
		}},
	}
}

// openBody refuses the body of a log entry that is a burden, before anything
// of it is verified: one that is large, is in none of the forms in which a log
// has it, or has a large key. certificate is the one that signed, nil for none:
// it isn't parsed again.
func openBody(text []byte, values *counter, certificate *x509.Certificate) (*body, error) {
	if err := checkBodySize(text, values); err != nil {
		return nil, err
	}
	texts, err := readBody(text)
	if err != nil {
		return nil, fmt.Errorf("%w: body of a log entry: %w", algorithm.ErrInvalid, err)
	}
	forms := bodyForms()
	at := slices.IndexFunc(forms, func(f bodyForm) bool { return f.has(texts) })
	if at < 0 {
		return nil, fmt.Errorf("%w: the body of a log entry is none that a log has, of a kind that is known (%.40q, version %.20q)",
			algorithm.ErrInvalid, texts["kind"], texts["apiVersion"])
	}
	b := &body{form: forms[at], texts: texts}
	return b, b.openVerifiers(certificate)
}

func checkBodySize(text []byte, values *counter) error {
	if len(text) > maxEntryBody {
		return fmt.Errorf("%w: a log entry with a body of %d bytes, and %d are the most", algorithm.ErrTooLarge, len(text), maxEntryBody)
	}
	return values.add(text)
}

// has reports whether these are a body's texts.
func (f bodyForm) has(texts map[string]string) bool {
	if texts["kind"] != f.kind || texts["apiVersion"] != f.version {
		return false
	}
	for path := range texts {
		path = strings.Replace(path, "[1]", "[0]", 1)
		if path != "kind" && path != "apiVersion" && path != f.verifier && !slices.Contains(f.texts, path) {
			return false
		}
	}
	_, ok := texts[f.verifier]
	return ok
}

// openVerifiers parses who signed, and refuses large keys. What can't be read
// here is nothing that is tried.
func (b *body) openVerifiers(certificate *x509.Certificate) (err error) {
	if b.verifier, err = b.form.openVerifier(b.texts[b.form.verifier], certificate); err != nil {
		return err
	}
	if second, ok := b.texts[second(b.form.verifier)]; ok {
		_, err = b.form.openVerifier(second, certificate)
	}
	return err
}

// second is where the text of a second signature is.
func second(path string) string { return strings.Replace(path, "[0]", "[1]", 1) }

// openVerifier parses a certificate or a key.
func (f bodyForm) openVerifier(text string, certificate *x509.Certificate) (any, error) {
	verifier, err := f.parseVerifier(text, certificate)
	if err != nil {
		return nil, fmt.Errorf("%w: body of a log entry: key: %w", algorithm.ErrInvalid, err)
	}
	if verifier == any(certificate) { // it was checked when it was parsed
		return verifier, nil
	}
	pub := verifier
	if cert, ok := verifier.(*x509.Certificate); ok {
		pub = cert.PublicKey
	}
	if err := checkOthersKey(pub); err != nil {
		return nil, fmt.Errorf("log entry: %w", err)
	}
	return verifier, nil
}

func (f bodyForm) parseVerifier(text string, certificate *x509.Certificate) (any, error) {
	if certificate != nil && text == f.certificateText(certificate) {
		return certificate, nil
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	label := pemCertificate
	if !f.der {
		if label, der, err = onlyPEM(der); err != nil {
			return nil, err
		}
	}
	if label == pemPublicKey {
		return x509.ParsePKIXPublicKey(der)
	}
	cert, errCert := x509.ParseCertificate(der)
	if errCert == nil || !f.der {
		return cert, errCert
	}
	pub, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("neither certificate (%w) nor key: %w", errCert, err)
	}
	return pub, nil
}

// certificateText is how a certificate stands in a body.
func (f bodyForm) certificateText(cert *x509.Certificate) string {
	der := cert.Raw
	if !f.der {
		der = pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: der})
	}
	return base64.StdEncoding.EncodeToString(der)
}

const (
	pemCertificate = "CERTIFICATE"
	pemPublicKey   = "PUBLIC KEY"
)

// onlyPEM decodes a text that is one PEM block. A log takes chains of
// certificates, too, but no client that makes signatures logs one.
func onlyPEM(text []byte) (label string, der []byte, err error) {
	block, rest := pem.Decode(bytes.TrimSpace(text))
	if block == nil || len(rest) > 0 || block.Type != pemCertificate && block.Type != pemPublicKey {
		return "", nil, errors.New("not one PEM block of a certificate or a public key")
	}
	return block.Type, block.Bytes, nil
}

// readBody reads JSON of which every value is a text, in objects and lists, and
// returns the texts by where they are. No name stands twice in an object, and
// names count as they are written: so any parser finds the same.
func readBody(text []byte) (map[string]string, error) {
	texts := make(map[string]string, 12)
	d := json.NewDecoder(bytes.NewReader(text))
	if err := readValue(d, "", texts, maxBodyLevels); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return texts, nil
}

const maxBodyLevels = 8 // one more than any body has

var errBodyValue = errors.New("a value that is empty or no text, object or list, or a name of no body")

func readValue(d *json.Decoder, path string, texts map[string]string, levels int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if text, ok := token.(string); ok {
		texts[path] = text
		return nil
	}
	if token != json.Delim('{') && token != json.Delim('[') || levels == 0 {
		return errBodyValue
	}
	if !d.More() { // of which any number could stand anywhere
		return errBodyValue
	}
	var names []string
	for n := 0; d.More(); n++ {
		below := path + "[" + strconv.Itoa(n) + "]"
		if token == json.Delim('{') {
			name, err := d.Token()
			if err != nil {
				return err
			}
			text, ok := name.(string)
			if !ok || strings.ContainsAny(text, ".[") || n == maxBodyNames || slices.Contains(names, text) { // the first two would look like a path
				return errBodyValue
			}
			names = append(names, text)
			below = strings.TrimPrefix(path+"."+text, ".")
		} else if n == maxBodySignatures {
			return errBodyValue
		}
		if err := readValue(d, below, texts, levels-1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
