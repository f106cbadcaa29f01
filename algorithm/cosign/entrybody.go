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
	"strings"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxEntryBody      = 16 << 10 // bytes; real ones have some 4 KiB
	maxBodySignatures = 2        // of which one is ever looked at
)

// A bodyForm is one of those that the bodies of log entries have in a log. That
// of a proposal has the envelope and its keys, of which the library that parses
// entries tries each with each signature: no log has one.
type bodyForm struct {
	kind, version string
	texts         []string // where its texts are, all that there are
	verifier      string   // where the certificate or key is, in base64
	der           bool     // it is DER, not PEM
}

// bodyForms are the forms that sigstore-go reads (https://github.com/sigstore/rekor/tree/main/pkg/types,
// https://github.com/sigstore/rekor-tiles/tree/main/api/proto/rekor/v2).
func bodyForms() []bodyForm {
	const v2 = "spec.hashedRekordV002."
	return []bodyForm{
		{kind: "hashedrekord", version: "0.0.1", verifier: "spec.signature.publicKey.content", texts: []string{
			"spec.data.hash.algorithm", "spec.data.hash.value", "spec.signature.content",
		}},
		{kind: "hashedrekord", version: "0.0.2", verifier: v2 + "signature.verifier.publicKey.rawBytes", der: true, texts: []string{
			v2 + "data.algorithm", v2 + "data.digest", v2 + "signature.content", v2 + "signature.verifier.keyDetails",
		}},
		{kind: "hashedrekord", version: "0.0.2", verifier: v2 + "signature.verifier.x509Certificate.rawBytes", der: true, texts: []string{
			v2 + "data.algorithm", v2 + "data.digest", v2 + "signature.content", v2 + "signature.verifier.keyDetails",
		}},
		{kind: "dsse", version: "0.0.1", verifier: "spec.signatures[].verifier", texts: []string{
			"spec.envelopeHash.algorithm", "spec.envelopeHash.value", "spec.payloadHash.algorithm", "spec.payloadHash.value", "spec.signatures[].signature",
		}},
		{kind: "intoto", version: "0.0.2", verifier: "spec.content.envelope.signatures[].publicKey", texts: []string{
			"spec.content.envelope.payloadType", "spec.content.envelope.signatures[].keyid", "spec.content.envelope.signatures[].sig",
			"spec.content.hash.algorithm", "spec.content.hash.value", "spec.content.payloadHash.algorithm", "spec.content.payloadHash.value",
		}},
	}
}

// checkEntryBody refuses the body of a log entry that is a burden, before a
// library parses it and verifies what is in it: one that is large, is in none of
// the forms in which a log has it, or has a large key.
func checkEntryBody(body []byte, values *counter) error {
	if len(body) > maxEntryBody {
		return fmt.Errorf("%w: a log entry with a body of %d bytes, and %d are the most", algorithm.ErrTooLarge, len(body), maxEntryBody)
	}
	if err := values.add(body); err != nil {
		return err
	}
	texts, err := readBody(body)
	if err != nil {
		return fmt.Errorf("%w: body of a log entry: %w", algorithm.ErrInvalid, err)
	}
	at := slices.IndexFunc(bodyForms(), func(f bodyForm) bool { return f.has(texts) })
	if at < 0 {
		return fmt.Errorf("%w: the body of a log entry is none that a log has, of a kind that is known (%.40q, version %.20q)",
			algorithm.ErrInvalid, strings.Join(texts["kind"], " "), strings.Join(texts["apiVersion"], " "))
	}
	return bodyForms()[at].checkVerifiers(texts)
}

// has reports whether these are a body's texts.
func (f bodyForm) has(texts map[string][]string) bool {
	if !slices.Equal(texts["kind"], []string{f.kind}) || !slices.Equal(texts["apiVersion"], []string{f.version}) {
		return false
	}
	for path, list := range texts {
		most := 1 // a second one of a name could be the one that counts
		if strings.Contains(path, "[]") {
			most = maxBodySignatures
		}
		known := path == "kind" || path == "apiVersion" || path == f.verifier || slices.Contains(f.texts, path)
		if !known || len(list) > most {
			return false
		}
	}
	return len(texts[f.verifier]) > 0
}

// checkVerifiers refuses large keys. What can't be read here is nothing that the
// library should try.
func (f bodyForm) checkVerifiers(texts map[string][]string) error {
	for _, text := range texts[f.verifier] {
		der, err := base64.StdEncoding.DecodeString(text)
		if err == nil && !f.der {
			der, err = onlyPEM(der)
		}
		if err != nil {
			return fmt.Errorf("%w: body of a log entry: key: %w", algorithm.ErrInvalid, err)
		}
		var pub any
		if cert, errCert := x509.ParseCertificate(der); errCert == nil {
			pub = cert.PublicKey
		} else if pub, err = x509.ParsePKIXPublicKey(der); err != nil {
			return fmt.Errorf("%w: body of a log entry: neither certificate (%w) nor key: %w", algorithm.ErrInvalid, errCert, err)
		}
		if err := checkOthersKey(pub); err != nil {
			return fmt.Errorf("log entry: %w", err)
		}
	}
	return nil
}

// onlyPEM decodes a text that is one PEM block. A log takes chains of
// certificates, too, but no client that makes signatures logs one.
func onlyPEM(text []byte) ([]byte, error) {
	block, rest := pem.Decode(bytes.TrimSpace(text))
	if block == nil || len(rest) > 0 {
		return nil, errors.New("not one PEM block")
	}
	return block.Bytes, nil
}

// readBody reads JSON of which every value is a text, in objects and lists, and
// returns the texts by where they are. Names count as they are written: for a
// parser that doesn't mind their case there is nothing else to be found.
func readBody(body []byte) (map[string][]string, error) {
	texts := make(map[string][]string)
	d := json.NewDecoder(bytes.NewReader(body))
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

func readValue(d *json.Decoder, path string, texts map[string][]string, levels int) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if text, ok := token.(string); ok {
		texts[path] = append(texts[path], text)
		return nil
	}
	if token != json.Delim('{') && token != json.Delim('[') || levels == 0 {
		return errBodyValue
	}
	if !d.More() { // of which any number could stand anywhere
		return errBodyValue
	}
	for d.More() {
		below := path + "[]"
		if token == json.Delim('{') {
			name, err := d.Token()
			if err != nil {
				return err
			}
			text, ok := name.(string)
			if !ok || strings.ContainsAny(text, ".[") { // which would look like a path
				return errBodyValue
			}
			below = strings.TrimPrefix(path+"."+text, ".")
		}
		if err := readValue(d, below, texts, levels-1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
