package cosign

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
)

// maxSignature bounds a signature file. Attestations with large predicates
// reach a few MiB.
const maxSignature = 16 << 20

// A form is how the signature was written down.
type form int

const (
	formPlain    form = iota // the signature's bytes alone
	formEnvelope             // a DSSE envelope alone
	formLegacy               // the older JSON of cosign's --bundle
	formBundle               // a sigstore bundle
	formPair                 // the signature's bytes, and a certificate in a file of its own
)

func (f form) String() string {
	return [...]string{"plain signature", "DSSE envelope", "older cosign bundle", "sigstore bundle", "pair of signature and certificate"}[f]
}

// A signed is a signature with what came along, parsed and nothing of it
// checked yet.
type signed struct {
	form      form
	signature []byte
	envelope  *envelope // what the signature is over, nil where that is the artifact

	// digest is what the form says the artifact's digest is, and hash which
	// one: a hint that must be right. nil and 0 where the form doesn't say.
	digest []byte
	hash   crypto.Hash

	certificate *x509.Certificate // nil where a bare key signed
	issued      *issued           // the certificate, with what was found of it
	entries     []*logEntry
	fit         *fit     // of the signature, as an entry has it; nil where none has
	timestamps  [][]byte // RFC 3161 responses

	// logged are the entries of a bundle that parseEntries parses, v01 its
	// version, and values what its JSON has cost.
	logged []*protorekor.TransparencyLogEntry
	v01    bool
	values *counter

	bundle []byte // the bundle itself, nil where it is another form
}

// issuance is the certificate with what was found of it, which stays.
func (s *signed) issuance() *issued {
	if s.issued == nil || s.issued.Certificate != s.certificate {
		s.issued = &issued{Certificate: s.certificate}
	}
	return s.issued
}

// budget is what the signature shares with others of its document; nil: nothing.
func (s *signed) budget() *budget {
	if s.values == nil {
		return nil
	}
	return s.values.shared
}

// trimSignature refuses a document that is too large, empty or begins with a byte
// order mark, and returns it without the blank lines around it, which count for
// nothing in text.
func trimSignature(text []byte) (trimmed []byte, err error) {
	if len(text) > maxSignature {
		return nil, fmt.Errorf("%w: the signature has %d bytes, and %d are the most", algorithm.ErrTooLarge, len(text), maxSignature)
	}
	if err := keytext.CheckMark(text); err != nil {
		return nil, err
	}
	if trimmed = bytes.TrimSpace(text); len(trimmed) == 0 {
		return nil, fmt.Errorf("%w: the signature is empty", algorithm.ErrMalformed)
	}
	return trimmed, nil
}

// parseSignature tells the form by the content and parses it. A binary signature may
// begin or end with what else is blank: it is the text as a whole.
func parseSignature(text, trimmed []byte) (*signed, error) {
	values := new(counter)
	if isJSON(trimmed) {
		return parseJSON(trimmed, values)
	}
	if decoded, ok := decodeBase64(trimmed); ok {
		return parsePlain(decoded, values)
	}
	return parsePlain(text, values)
}

// isJSON tells JSON, even if it is broken, from a binary signature, of which
// every 256th begins with a brace, too. None of any length is UTF-8.
func isJSON(text []byte) bool {
	return bytes.HasPrefix(text, []byte("{")) && utf8.Valid(text)
}

// parseJSON parses one of the forms that are JSON.
func parseJSON(text []byte, values *counter) (*signed, error) {
	if err := values.add(text); err != nil {
		return nil, err
	}
	if hasName(text, "mediaType") {
		return parseBundle(text, values)
	}
	var fields struct {
		MediaType       json.RawMessage `json:"mediaType"`
		Base64Signature json.RawMessage `json:"base64Signature"`
		PayloadType     json.RawMessage `json:"payloadType"`
	}
	if err := json.Unmarshal(text, &fields); err != nil { // refuses a second value, too
		return nil, fmt.Errorf("%w: signature: %w", algorithm.ErrMalformed, err)
	}
	switch {
	case fields.MediaType != nil:
		return parseBundle(text, values)
	case fields.Base64Signature != nil:
		return parseLegacyBundle(text, values)
	case fields.PayloadType != nil:
		return parseEnvelopeForm(text, values)
	}
	return nil, fmt.Errorf("%w: the signature is JSON, but no sigstore bundle, older cosign bundle or DSSE envelope", algorithm.ErrMalformed)
}

// hasName reports whether an object has a member of that name, as it is written
// there. What isn't JSON may have it, too: who parses it sees that.
func hasName(text []byte, name string) bool {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			start := i + 1
			i += lenString(text[start:]) // at the end of a text that ends with the quote it is 0
			quoted, colon := text[start:max(start, i)], bytes.TrimLeft(text[i+1:], " \t\r\n")
			if depth == 1 && string(quoted) == name && bytes.HasPrefix(colon, []byte(":")) {
				return true
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
	}
	return false
}

// parsePlain parses what is no JSON, or was base64 of what may be.
func parsePlain(decoded []byte, values *counter) (*signed, error) {
	if isJSON(decoded) {
		if err := values.add(decoded); err != nil {
			return nil, err
		}
		return parseEnvelopeForm(decoded, values)
	}
	return &signed{form: formPlain, signature: bytes.Clone(decoded)}, nil
}

// parseEnvelopeForm parses a DSSE envelope alone, whose values are counted.
func parseEnvelopeForm(text []byte, values *counter) (*signed, error) {
	e, err := parseEnvelope(text, values)
	if err != nil {
		return nil, err
	}
	return &signed{form: formEnvelope, signature: e.signature, envelope: e}, nil
}

// decodeBase64 decodes standard base64 in one or several lines.
func decodeBase64(text []byte) ([]byte, bool) {
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(decoded, text) // skips CR and LF
	return decoded[:n], err == nil
}
