package cosign

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"fmt"
	"time"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/relseal/relseal/algorithm"
)

// A logEntry is the entry of a transparency log, as a bundle has it, with its
// body read.
type logEntry struct {
	*protorekor.TransparencyLogEntry

	body *body
}

// parseEntry reads the entry of a log that came along with a signature. Nothing
// vouches for it yet.
func parseEntry(l *protorekor.TransparencyLogEntry, values *counter, s *signed) (*logEntry, error) {
	body, err := parseBody(l.GetCanonicalizedBody(), values, s)
	if err != nil {
		return nil, err
	}
	proof := l.GetInclusionProof()
	// Each of its lines takes more room than it is long.
	if n := len(proof.GetCheckpoint().GetEnvelope()); n > maxCheckpoint {
		return nil, fmt.Errorf("%w: a checkpoint of %d bytes, and %d are the most", algorithm.ErrTooLarge, n, maxCheckpoint)
	}
	if l.GetLogIndex() < 0 || l.GetLogId().GetKeyId() == nil || l.GetKindVersion() == nil || proof != nil && proof.GetCheckpoint().GetEnvelope() == "" {
		return nil, fmt.Errorf("%w: log entry: it has no index, log, kind or checkpoint", algorithm.ErrInvalid)
	}
	return &logEntry{l, body}, nil
}

func (e *logEntry) isRekorV2() bool { return e.body.rekorV2 }
func (e *logEntry) hasPromise() bool {
	return len(e.GetInclusionPromise().GetSignedEntryTimestamp()) > 0
}
func (e *logEntry) hasProof() bool     { return e.GetInclusionProof() != nil }
func (e *logEntry) checkpoint() string { return e.GetInclusionProof().GetCheckpoint().GetEnvelope() }

// time is when the log says that it took the entry, zero where it doesn't.
func (e *logEntry) time() time.Time {
	if e.GetIntegratedTime() == 0 {
		return time.Time{}
	}
	return time.Unix(e.GetIntegratedTime(), 0)
}

// sameAs reports whether they are one entry of a log: of Rekor v1, nothing that is
// signed need say the index.
func (e *logEntry) sameAs(other *logEntry) bool {
	return bytes.Equal(e.GetLogId().GetKeyId(), other.GetLogId().GetKeyId()) &&
		(e.GetLogIndex() == other.GetLogIndex() || bytes.Equal(e.GetCanonicalizedBody(), other.GetCanonicalizedBody()))
}

// addEntry takes over an entry, and what is known of the signature by it.
func (s *signed) addEntry(e *logEntry) {
	s.entries = append(s.entries, e)
	if f := e.body.fit(); f != nil && bytes.Equal(e.body.signature, s.signature) {
		s.fit = f
	}
}

// A fit is a signature of a digest that was found right.
type fit struct {
	key    crypto.PublicKey
	hash   crypto.Hash
	digest []byte
}

// fit is that of the signature in a body, which [parseBody] has checked; nil for
// a body that has none of its own, and for Ed25519, of which logs take more than
// [scheme.fits] does.
func (b *body) fit() *fit {
	if b.rekorV2 || b.digest == nil {
		return nil
	}
	var pub crypto.PublicKey = b.verifier
	if cert, ok := b.verifier.(*x509.Certificate); ok {
		pub = cert.PublicKey
	}
	if _, ok := pub.(ed25519.PublicKey); ok {
		return nil
	}
	return &fit{pub, b.hash, b.digest}
}

// covers reports whether that key's signature of that digest is the one that was
// found right.
func (f *fit) covers(way scheme, digest []byte) bool {
	if f == nil || f.hash != way.hash || len(digest) == 0 || !bytes.Equal(f.digest, digest) {
		return false
	}
	key, ok := f.key.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(way.key.PublicKey)
}
