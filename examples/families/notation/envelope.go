package notation

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/notaryproject/notation-core-go/signature/cose"
	"github.com/notaryproject/notation-core-go/signature/jws"
	gocose "github.com/veraison/go-cose"

	"github.com/relseal/relseal/algorithm"
)

const maxEnvelope = 256 << 10 // bytes

// An envelope is what has to be known of one before notation-go reads it. Nothing
// of it counts but what notation-go gives back.
type envelope struct {
	mediaType string
	payload   []byte
	chain     []*x509.Certificate
	token     []byte // the timestamp; nil where there is none
}

// parseEnvelope tells the form by the first byte: an object of JSON, or the tag of
// COSE_Sign1.
func parseEnvelope(data []byte) (*envelope, error) {
	if len(data) > maxEnvelope {
		return nil, fmt.Errorf("%w: an envelope of over %d bytes", algorithm.ErrTooLarge, maxEnvelope)
	}
	const tagSign1 = 0xd2
	var e *envelope
	var der [][]byte
	var err error
	switch text := bytes.TrimLeft(data, " \t\r\n"); {
	case len(text) > 0 && text[0] == '{':
		e, der, err = parseJWS(data)
	case len(data) > 0 && data[0] == tagSign1:
		e, der, err = parseCOSE(data)
	default:
		return nil, fmt.Errorf("%w: neither a JWS envelope, which begins with {, nor a COSE envelope, which begins with its tag", algorithm.ErrMalformed)
	}
	if err != nil {
		return nil, err
	}
	if e.chain, err = parseChain(der); err != nil {
		return nil, err
	}
	if err := checkToken(e.token); err != nil {
		return nil, err
	}
	return e, checkJSON("payload", e.payload)
}

// parseJWS reads the flattened JSON form, which has these four members and no other:
// a list of several signatures, for one, would be read by somebody else.
func parseJWS(data []byte) (*envelope, [][]byte, error) {
	if err := checkJSON("envelope", data); err != nil {
		return nil, nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, nil, fmt.Errorf("%w: JWS envelope: %.200s", algorithm.ErrMalformed, shown(err.Error()))
	}
	for _, name := range []string{"payload", "protected", "header", "signature"} {
		if _, ok := members[name]; !ok || len(members) > 4 {
			return nil, nil, fmt.Errorf("%w: a JWS envelope has payload, protected, header and signature, and nothing else", algorithm.ErrMalformed)
		}
	}
	var form struct {
		Payload, Protected string
		Header             struct {
			Chain [][]byte `json:"x5c"`
			Token []byte   `json:"io.cncf.notary.timestampSignature"`
		}
	}
	if err := json.Unmarshal(data, &form); err != nil {
		return nil, nil, fmt.Errorf("%w: JWS envelope: %.200s", algorithm.ErrMalformed, shown(err.Error()))
	}
	protected, err := base64.RawURLEncoding.DecodeString(form.Protected)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: the protected header is no base64url: %w", algorithm.ErrMalformed, err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(form.Payload)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: the payload is no base64url: %w", algorithm.ErrMalformed, err)
	}
	e := &envelope{mediaType: jws.MediaTypeEnvelope, payload: payload, token: form.Header.Token}
	return e, form.Header.Chain, checkJSON("protected header", protected)
}

// parseCOSE reads COSE_Sign1. That no label stands there twice, and how deep it may
// be, is go-cose's to judge.
func parseCOSE(data []byte) (*envelope, [][]byte, error) {
	var m gocose.Sign1Message
	if err := m.UnmarshalCBOR(data); err != nil {
		return nil, nil, fmt.Errorf("%w: COSE envelope: %.200s", algorithm.ErrMalformed, shown(err.Error()))
	}
	certs, _ := m.Headers.Unprotected[gocose.HeaderLabelX5Chain].([]any)
	var der [][]byte
	for _, c := range certs {
		raw, _ := c.([]byte)
		der = append(der, raw)
	}
	token, _ := m.Headers.Unprotected["io.cncf.notary.timestampSignature"].([]byte)
	return &envelope{mediaType: cose.MediaTypeEnvelope, payload: m.Payload, token: token}, der, nil
}
