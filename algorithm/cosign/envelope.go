package cosign

import (
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/relseal/relseal/algorithm"
)

const (
	inTotoPayload     = "application/vnd.in-toto+json"
	inTotoStatement01 = "https://in-toto.io/Statement/v0.1"
	inTotoStatement1  = "https://in-toto.io/Statement/v1"

	maxSubjects = 1024 // sigstore-go has the same limit
)

// An envelope is a DSSE envelope (https://github.com/secure-systems-lab/dsse)
// of an in-toto statement (https://github.com/in-toto/attestation).
type envelope struct {
	payloadType string
	payload     []byte
	signature   []byte

	predicateType string
	subjects      []subject // those with a digest that can be compared
	count         int       // of all subjects
}

// A subject is an artifact that the statement is about.
type subject struct {
	name   string
	hash   crypto.Hash // the one of its digests that is compared
	digest []byte
}

func errSignatureCount(n int) error {
	return fmt.Errorf("%w: a DSSE envelope with %d signatures, and it must be one", algorithm.ErrMalformed, n)
}

// parseEnvelope parses the JSON of a DSSE envelope, whose values are counted.
func parseEnvelope(text []byte, values *counter) (*envelope, error) {
	var raw dsse.Envelope
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("%w: DSSE envelope: %w", algorithm.ErrMalformed, err)
	}
	if len(raw.Signatures) != 1 {
		return nil, errSignatureCount(len(raw.Signatures))
	}
	payload, err := raw.DecodeB64Payload()
	if err != nil {
		return nil, fmt.Errorf("%w: DSSE envelope: %w", algorithm.ErrMalformed, err)
	}
	signature, err := base64.StdEncoding.DecodeString(raw.Signatures[0].Sig)
	if err != nil {
		return nil, fmt.Errorf("%w: DSSE envelope: signature: %w", algorithm.ErrMalformed, err)
	}
	return newEnvelope(raw.PayloadType, payload, signature, values)
}

// newEnvelope parses the statement in the payload.
func newEnvelope(payloadType string, payload, signature []byte, values *counter) (*envelope, error) {
	if len(signature) == 0 {
		return nil, fmt.Errorf("%w: a DSSE envelope with an empty signature", algorithm.ErrMalformed)
	}
	if payloadType != inTotoPayload {
		return nil, fmt.Errorf("%w: a DSSE envelope of type %q", algorithm.ErrUnsupported, payloadType)
	}
	if err := values.add(payload); err != nil {
		return nil, err
	}
	statement, err := parseStatement(payload)
	if err != nil {
		return nil, err
	}
	e := &envelope{
		payloadType: payloadType, payload: payload, signature: signature,
		predicateType: statement.PredicateType.value, count: len(statement.Subject.value),
	}
	for _, s := range statement.Subject.value {
		if !printable(s.Name.value) {
			return nil, fmt.Errorf("%w: a subject's name has control characters", algorithm.ErrMalformed)
		}
		if hash, digest, ok := pickDigest(s.Digest.value); ok {
			e.subjects = append(e.subjects, subject{s.Name.value, hash, digest})
		}
	}
	if len(e.subjects) == 0 {
		return nil, fmt.Errorf("%w: a statement without a subject that has a SHA-2 digest", algorithm.ErrUnsupported)
	}
	return e, nil
}

// pickDigest picks the digest to compare. SHA-256 comes first since nearly
// every statement has it, and one pass over the artifact then does for all.
func pickDigest(digests map[string]string) (crypto.Hash, []byte, bool) {
	for _, name := range []string{"sha256", "sha512", "sha384"} {
		hash, _ := namedHash(name)
		digest, err := hex.DecodeString(digests[name])
		if err == nil && len(digest) == hash.Size() {
			return hash, digest, true
		}
	}
	return 0, nil, false
}

// signedBytes are what the envelope's signature is over: its pre-authentication
// encoding.
func (e *envelope) signedBytes() []byte { return dsse.PAE(e.payloadType, e.payload) }
