package cosign

import (
	"fmt"

	"filippo.io/mldsa"

	"github.com/relseal/relseal/algorithm"
)

// A key of ML-DSA (FIPS 204, RFC 9881) signs the bytes themselves, without a context:
// so sigstore's registry of algorithms has it (PublicKeyDetails ML_DSA_44, ML_DSA_65
// and ML_DSA_87 of protobuf-specs), and so its signature.MLDSAVerifier verifies. That
// one is in github.com/sigstore/sigstore v1.11, which wants Go 1.27.

// maxWhole is how much of an artifact is kept for ML-DSA, whose libraries want all
// of a message. It is enough for a manifest of checksums.
const maxWhole = 4 << 20

// A mldsaKey is one that was declared. A certificate's is none, whichever version
// of Go has parsed it.
type mldsaKey struct{ *mldsa.PublicKey }

// fits reports whether sig is the key's signature of the message.
func (k mldsaKey) fits(message, sig []byte) bool {
	return mldsa.Verify(k.PublicKey, message, sig, nil) == nil
}

func (k mldsaKey) signatureSize() int { return k.Parameters().SignatureSize() }

// A whole is an artifact as it is, once for all keys, up to maxWhole.
type whole struct {
	bytes []byte
	over  bool // there was more
}

func (w *whole) write(p []byte) {
	if w.over = w.over || len(p) > maxWhole-len(w.bytes); w.over {
		w.bytes = nil
		return
	}
	w.bytes = append(w.bytes, p...)
}

func errOver() error {
	return fmt.Errorf("%w: an ML-DSA key signs the artifact itself, and that has over %d bytes: sign a manifest of checksums, or an attestation", algorithm.ErrTooLarge, maxWhole)
}
