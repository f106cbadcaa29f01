package minisign

import (
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
	"github.com/relseal/relseal/internal/keytext"
)

// verifier takes the artifact in the mode of the signature.
type verifier struct {
	io.Writer             // a hash: never fails
	holds     func() bool // the verdict on what was written
	evidence  *algorithm.Evidence
	judged    bool
}

// newVerifier picks the mode by the tag of the signature, which is one of the
// two. The global signature is good, and stream is for the signature.
func newVerifier(sig signature, stream *ed25519stream.Verifier, evidence *algorithm.Evidence) (algorithm.Verifier, error) {
	if sig.tag == tagLegacy {
		evidence.Hash = "SHA-512" // of Ed25519 itself
		evidence.Notes = append(evidence.Notes, "legacy minisign signature, which signs the file itself instead of its hash")
		return &verifier{Writer: stream, holds: stream.Verify, evidence: evidence}, nil
	}

	hash, err := blake2b.New512(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: BLAKE2b-512: %w", algorithm.ErrUnsupported, err)
	}
	evidence.Hash = "BLAKE2b-512"
	holds := func() bool {
		_, _ = stream.Write(hash.Sum(nil))
		return stream.Verify()
	}
	return &verifier{Writer: hash, holds: holds, evidence: evidence}, nil
}

// evidence is what a good signature by that key proves. The global signature
// is good, so the trusted comment is the signer's.
func evidence(public keytext.Key, sig signature, now time.Time) *algorithm.Evidence {
	comment := sig.comment
	e := &algorithm.Evidence{
		KeyID:          keyID(public.Number),
		Fingerprint:    keytext.Fingerprint(public.Ed25519.Bytes()),
		KeyAlgorithm:   "Ed25519",
		TrustedComment: keytext.Printable(comment),
		NotChecked:     []string{"revocation: minisign has none"},
	}
	e.SignedAt, e.FileName = commentFields(comment)
	var unclear bool
	if e.Version, unclear = commentVersion(comment); unclear {
		e.Notes = append(e.Notes, "the trusted comment says versions that differ, or one that is none: it counts as without")
	}
	if e.SignedAt.IsZero() {
		e.NotChecked = append(e.NotChecked, "the time of signing: the signature doesn't tell it")
		return e
	}
	e.NotChecked = append(e.NotChecked, "the time of signing: it is the signer's word")
	if e.SignedAt.After(now) {
		e.Notes = append(e.Notes, "the signer says it signed in the future, at "+e.SignedAt.Format(time.RFC3339))
	}
	return e
}

// Verify implements [algorithm.Verifier].
func (v *verifier) Verify() (*algorithm.Evidence, error) {
	if v.judged {
		return nil, fmt.Errorf("%w: Verify was called a second time", algorithm.ErrInvalid)
	}
	v.judged = true
	if !v.holds() {
		return nil, fmt.Errorf("%w: these bytes aren't what minisign key %s signed", algorithm.ErrInvalid, v.evidence.KeyID)
	}
	return v.evidence, nil
}
