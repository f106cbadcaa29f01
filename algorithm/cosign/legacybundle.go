package cosign

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/relseal/relseal/algorithm"
)

// legacyBundle is the older JSON of cosign's --bundle: LocalSignedPayload of
// https://github.com/sigstore/cosign/blob/main/pkg/cosign/fetch.go.
type legacyBundle struct {
	Base64Signature string `json:"base64Signature"`
	Cert            string `json:"cert"` // PEM, mostly in base64; of a certificate or a public key
	RekorBundle     *struct {
		SignedEntryTimestamp []byte
		Payload              struct {
			Body           []byte `json:"body"`
			IntegratedTime int64  `json:"integratedTime"`
			LogIndex       int64  `json:"logIndex"`
			LogID          string `json:"logID"`
		}
	} `json:"rekorBundle"`
}

// parseLegacyBundle parses the older JSON. Its signature may be a DSSE envelope.
func parseLegacyBundle(text []byte, values *counter) (*signed, error) {
	var l legacyBundle
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("%w: older cosign bundle: %w", algorithm.ErrMalformed, err)
	}
	signature, ok := decodeBase64([]byte(l.Base64Signature))
	if !ok || len(signature) == 0 {
		return nil, fmt.Errorf("%w: older cosign bundle: base64Signature is not base64", algorithm.ErrMalformed)
	}
	s, err := parsePlain(signature, values)
	if err != nil {
		return nil, err
	}
	s.form = formLegacy
	if s.certificate, err = l.certificate(); err != nil {
		return nil, err
	}
	if l.RekorBundle != nil {
		err = s.setLegacyEntry(&l, values)
	}
	return s, err
}

// certificate returns the certificate, nil where there is none. A bare public
// key in its place is never used and so is the same as none: it proves nothing
// that the signer didn't write himself (GHSA-fx35-mq7g-6g98).
func (l *legacyBundle) certificate() (*x509.Certificate, error) {
	text := bytes.TrimSpace([]byte(l.Cert))
	if len(text) == 0 {
		return nil, nil //nolint:nilnil // none came along
	}
	if decoded, ok := decodeBase64(text); ok {
		text = decoded
	}
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%w: older cosign bundle: cert is not PEM", algorithm.ErrMalformed)
	case len(bytes.TrimSpace(rest)) != 0:
		return nil, fmt.Errorf("%w: older cosign bundle: cert is more than one PEM block", algorithm.ErrMalformed)
	case block.Type != "CERTIFICATE":
		return nil, nil //nolint:nilnil // a bare public key
	}
	return parseCertificate(block.Bytes)
}

// setLegacyEntry takes over the log entry. Since the form itself doesn't name
// the artifact's digest, the entry's is the one that must be right.
func (s *signed) setLegacyEntry(l *legacyBundle, values *counter) error {
	p := &l.RekorBundle.Payload
	logID, err := hex.DecodeString(p.LogID)
	if err != nil || len(l.RekorBundle.SignedEntryTimestamp) == 0 || p.LogIndex < 0 {
		return fmt.Errorf("%w: older cosign bundle: rekorBundle is not complete", algorithm.ErrMalformed)
	}
	body, err := parseBody(p.Body, values, s)
	if err != nil {
		return err
	}
	if body.rekorV2 { // which have no such timestamp
		return fmt.Errorf("%w: older cosign bundle: a log entry of Rekor v2", algorithm.ErrInvalid)
	}
	s.addEntry(&logEntry{&protorekor.TransparencyLogEntry{
		LogIndex: p.LogIndex, LogId: &protocommon.LogId{KeyId: logID}, IntegratedTime: p.IntegratedTime, CanonicalizedBody: p.Body,
		InclusionPromise: &protorekor.InclusionPromise{SignedEntryTimestamp: l.RekorBundle.SignedEntryTimestamp},
	}, body})
	if s.envelope != nil {
		return nil
	}
	if s.digest, s.hash = body.digest, body.hash; s.digest == nil {
		return fmt.Errorf("%w: a log entry that is no hashedrekord", algorithm.ErrInvalid)
	}
	return nil
}
