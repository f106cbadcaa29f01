package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/rekor-tiles/v2/pkg/note"
	rekor "github.com/sigstore/rekor-tiles/v2/pkg/verify"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"
	"github.com/transparency-dev/formats/log"
)

// verify checks that the log has the entry and that it is about this signature,
// as verify.VerifyTlogEntry of sigstore-go does it for one entry of a log that is
// known. The entry's time counts if it has a signed entry timestamp.
func (e *logEntry) verify(s *signed, by *signer, in *root.TransparencyLog) error {
	if !e.hasProof() && (!e.hasPromise() || e.isRekorV2()) {
		return errors.New("neither inclusion proof nor signed entry timestamp, or no proof of a Rekor v2 log")
	}
	if e.hasPromise() {
		if err := e.verifyPromise(in); err != nil {
			return err
		}
	}
	if e.hasProof() {
		if err := e.verifyProof(s, by, in); err != nil {
			return err
		}
	}
	if err := e.compare(s, by); err != nil {
		return err
	}
	if t := e.time(); !t.IsZero() && !by.validAt(t) {
		return errors.New("logged when the certificate wasn't valid")
	}
	return nil
}

// verifyPromise checks a signed entry timestamp, that of a Rekor v1 log: its
// signature of the entry's body, time and place in canonical JSON (RFC 8785).
func (e *logEntry) verifyPromise(in *root.TransparencyLog) error {
	if e.isRekorV2() {
		return errors.New("a signed entry timestamp of a Rekor v2 log")
	}
	at := e.time()
	if in.ValidityPeriodStart.IsZero() || !within(at, in.ValidityPeriodStart, in.ValidityPeriodEnd) {
		return errors.New("the log's key wasn't valid at the entry's time")
	}
	key, ok := in.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return fmt.Errorf("a signed entry timestamp by a key of type %T", in.PublicKey)
	}
	digest := sha256.Sum256(e.promised())
	if !ecdsa.VerifyASN1(key, digest[:], e.GetInclusionPromise().GetSignedEntryTimestamp()) {
		return errors.New("the signed entry timestamp isn't right")
	}
	return nil
}

// promised is what a signed entry timestamp is over.
func (e *logEntry) promised() []byte {
	text := make([]byte, 0, base64.StdEncoding.EncodedLen(len(e.GetCanonicalizedBody()))+256)
	text = base64.StdEncoding.AppendEncode(append(text, `{"body":"`...), e.GetCanonicalizedBody())
	text = appendNumber(append(text, `","integratedTime":`...), e.GetIntegratedTime())
	text = hex.AppendEncode(append(text, `,"logID":"`...), e.GetLogId().GetKeyId())
	text = appendNumber(append(text, `","logIndex":`...), e.GetLogIndex())
	return append(text, '}')
}

// appendNumber writes a number as RFC 8785 has it, where all are of 64 bits
// with a point: a large one loses its last digits.
func appendNumber(text []byte, n int64) []byte {
	return strconv.AppendFloat(text, float64(n), 'f', -1, 64)
}

// verifyProof checks the log's signature of a checkpoint and that the entry is in
// the tree that it is about. A checkpoint of Rekor v1 is told by its origin.
//
// What has to be in a tree of Rekor v2 is the entry that the log makes of this
// signature, whichever body came along.
func (e *logEntry) verifyProof(s *signed, by *signer, in *root.TransparencyLog) error {
	key, err := signature.LoadVerifier(in.PublicKey, in.SignatureHashFunc)
	if err != nil {
		return err
	}
	older := hasTreeID(e.checkpoint())
	made := e.GetCanonicalizedBody()
	if known := e.isRekorV2() && e.body.made && by.is(e.body.verifier); !known && (e.isRekorV2() || !older) {
		if made, err = entryText(s, by); err != nil {
			return err
		}
	}
	if e.isRekorV2() && !bytes.Equal(made, e.GetCanonicalizedBody()) {
		return errors.New("it is about another signature")
	}
	if older {
		return e.verifyOlderProof(key, in.PublicKey)
	}
	u, err := url.Parse(in.BaseURL)
	if err != nil {
		return err
	}
	signer, err := note.NewNoteVerifier(u.Hostname(), key) // not of a log without a name
	if err != nil {
		return err
	}
	checkpoint, err := rekor.VerifyCheckpoint(e.checkpoint(), signer)
	if err != nil {
		return err
	}
	return verifyInclusion(made, e.GetLogIndex(), e.GetInclusionProof(), checkpoint)
}

// verifyOlderProof checks a proof of a Rekor v1 log, whose entry has an index in
// this tree besides that through all trees of the log. The tree's size has to be
// the one that the log signed: in trees of other sizes the same hashes prove other
// indexes.
func (e *logEntry) verifyOlderProof(by signature.Verifier, key crypto.PublicKey) error {
	proof := e.GetInclusionProof()
	checkpoint, err := openCheckpoint(e.checkpoint(), by, key)
	if err != nil {
		return err
	}
	if !bytes.Equal(checkpoint.Hash, proof.GetRootHash()) || uint64(proof.GetTreeSize()) != checkpoint.Size { //nolint:gosec // no tree has the size of a negative one
		return errors.New("the proof is about another tree than the checkpoint")
	}
	if err := verifyInclusion(e.GetCanonicalizedBody(), proof.GetLogIndex(), proof, checkpoint); err != nil {
		return err
	}
	if e.isRekorV2() { // whose entries have one index
		return verifyInclusion(e.GetCanonicalizedBody(), e.GetLogIndex(), proof, checkpoint)
	}
	return nil
}

func verifyInclusion(body []byte, index int64, proof *protorekor.InclusionProof, in *log.Checkpoint) error {
	return rekor.VerifyInclusionProof(&protorekor.TransparencyLogEntry{
		LogIndex: index, CanonicalizedBody: body, InclusionProof: proof,
	}, in)
}

// openCheckpoint checks the checkpoint of a Rekor v1 log, of which every line
// must be the log's: [keepLogLines] has taken out the others.
func openCheckpoint(text string, by signature.Verifier, key crypto.PublicKey) (*log.Checkpoint, error) {
	text, lines, ok := splitNote(text)
	if !ok || len(lines) == 0 {
		return nil, errors.New("the checkpoint isn't a signed note")
	}
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(spki)
	text = text[:len(text)-1] // the empty line isn't signed
	digest := sha256.Sum256([]byte(text))
	var over []signature.VerifyOption
	switch key.(type) {
	case *ecdsa.PublicKey, *rsa.PublicKey:
		over = append(over, options.WithDigest(digest[:]))
	case ed25519.PublicKey:
	default:
		return nil, fmt.Errorf("a log's key of type %T", key)
	}
	for _, line := range lines {
		hint, sig := cutLine(line)
		if hint != string(id[:4]) {
			return nil, errors.New("a line of the checkpoint isn't the log's")
		}
		if err := by.VerifySignature(strings.NewReader(sig), strings.NewReader(text), over...); err != nil {
			return nil, fmt.Errorf("checkpoint: %w", err)
		}
	}
	checkpoint := new(log.Checkpoint)
	_, err = checkpoint.Unmarshal([]byte(text))
	return checkpoint, err
}

// hasTreeID reports whether a checkpoint is in the style of Rekor v1, whose
// origin ends with the number of a tree.
func hasTreeID(checkpoint string) bool {
	origin, _, _ := strings.Cut(checkpoint, "\n")
	at := strings.LastIndex(origin, " - ")
	if at < 0 || strings.Count(checkpoint, "\n") < 3 {
		return false
	}
	number := origin[at+3:]
	return number != "" && strings.Trim(number, "0123456789") == ""
}

// compare checks that the body of a Rekor v1 entry is about this signature. Those
// of Rekor v2 were compared as a whole.
func (e *logEntry) compare(s *signed, by *signer) error {
	b := e.body
	switch {
	case e.isRekorV2():
		return nil
	case !bytes.Equal(b.signature, s.signature):
		return errors.New("it is about another signature")
	case !by.is(b.verifier):
		return errors.New("it is about another signer")
	case s.envelope != nil:
		payload := sha256.Sum256(s.envelope.payload)
		if !bytes.Equal(b.payload, payload[:]) {
			return errors.New("it is about another payload, or of a kind that goes with none")
		}
	case b.hash == 0 || b.hash != s.hash || !bytes.Equal(b.digest, s.digest):
		return errors.New("it is about another digest, or of a kind that goes with an attestation")
	}
	return nil
}

// entryText is the body of the entry that a Rekor v2 log makes of a signature, as
// canonical JSON (RFC 8785):
// https://github.com/sigstore/rekor-tiles/blob/main/api/proto/rekor/v2/hashedrekord.proto.
func entryText(s *signed, by *signer) ([]byte, error) {
	pub, kind, der, err := by.inEntry()
	if err != nil {
		return nil, err
	}
	details, err := signature.GetDefaultAlgorithmDetails(pub, options.WithED25519ph())
	if err != nil {
		return nil, err
	}
	hash := details.GetHashType()
	digest := s.digest
	if s.envelope != nil {
		h := hash.New()
		h.Write(s.envelope.signedBytes())
		digest = h.Sum(nil)
	}
	if hash == 0 || len(digest) != hash.Size() || s.envelope == nil && s.hash != hash {
		return nil, errors.New("a log has no entry with that digest for that key")
	}
	encoded := base64.StdEncoding.EncodedLen
	text := make([]byte, 0, encoded(len(digest))+encoded(len(s.signature))+encoded(len(der))+512)
	text = append(append(text, `{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"`...), details.GetProtoHashType().String()...)
	text = base64.StdEncoding.AppendEncode(append(text, `","digest":"`...), digest)
	text = base64.StdEncoding.AppendEncode(append(text, `"},"signature":{"content":"`...), s.signature)
	text = append(append(text, `","verifier":{"keyDetails":"`...), details.GetSignatureAlgorithm().String()...)
	text = append(append(append(text, `","`...), kind...), `":{"rawBytes":"`...)
	return append(base64.StdEncoding.AppendEncode(text, der), `"}}}}}}`...), nil
}

// inEntry is a signer's key, and how the signer stands in such an entry.
func (s *signer) inEntry() (pub crypto.PublicKey, kind string, der []byte, err error) {
	if s.certificate != nil {
		return s.certificate.PublicKey, "x509Certificate", s.certificate.Raw, nil
	}
	der, err = x509.MarshalPKIXPublicKey(s.key.PublicKey)
	return s.key.PublicKey, "publicKey", der, err
}
