package minisign

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	gominisign "github.com/jedisct1/go-minisign"
	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
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
func newVerifier(public gominisign.PublicKey, sig gominisign.Signature, stream *ed25519stream.Verifier) (algorithm.Verifier, error) {
	evidence := &algorithm.Evidence{
		KeyID:          keyID(public.KeyId),
		KeyAlgorithm:   "Ed25519",
		TrustedComment: trustedComment(sig),
	}
	evidence.SignedAt, evidence.FileName = commentFields(evidence.TrustedComment)

	if tag(sig.SignatureAlgorithm) == tagLegacy {
		evidence.Hash = "SHA-512" // of Ed25519 itself
		evidence.Notes = []string{"legacy minisign signature, which signs the file itself instead of its hash"}
		return &verifier{Writer: stream, holds: stream.Verify, evidence: evidence}, nil
	}

	hash, err := blake2b.New512(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: BLAKE2b-512: %w", algorithm.ErrUnsupported, err)
	}
	evidence.Hash = "BLAKE2b-512"
	holds := func() bool {
		// The tag has chosen the mode already. What is left is an Ed25519
		// signature of the digest, for which the library wants the other tag.
		judged := sig
		copy(judged.SignatureAlgorithm[:], tagLegacy)
		ok, err := public.Verify(hash.Sum(nil), judged)
		return ok && err == nil
	}
	return &verifier{Writer: hash, holds: holds, evidence: evidence}, nil
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

// maxTime is the last second that RFC 3339, and so JSON, can express.
const maxTime = 253402300799

// commentFields reads the comment that minisign writes unless it is told
// another: "timestamp:SECONDS\tfile:NAME", and more fields behind another tab.
// What isn't there is zero.
func commentFields(comment string) (signedAt time.Time, fileName string) {
	fields := strings.Split(comment, "\t")
	seconds, ok := strings.CutPrefix(fields[0], "timestamp:")
	if !ok {
		return time.Time{}, ""
	}
	if n, err := strconv.ParseUint(seconds, 10, 64); err == nil && n <= maxTime {
		signedAt = time.Unix(int64(n), 0).UTC()
	}
	if len(fields) > 1 {
		if name, ok := strings.CutPrefix(fields[1], "file:"); ok {
			fileName = name
		}
	}
	return signedAt, fileName
}
