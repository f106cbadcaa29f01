package gpg

import (
	"hash"

	"github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/internal/ed25519stream"
)

// Most keys are of Ed25519. Of these the point is decoded once, and not by
// package packet for each signature of an artifact.

// decodeEd25519 returns the key as it verifies, nil if it isn't a sound one of
// Ed25519.
func decodeEd25519(key *packet.PublicKey) *ed25519stream.PublicKey {
	var point []byte
	switch pub := key.PublicKey.(type) {
	case *ed25519.PublicKey:
		point = pub.Point
	case *eddsa.PublicKey:
		if curve, err := key.Curve(); err == nil && curve == packet.Curve25519 {
			point = pub.X
		}
	}
	decoded, err := ed25519stream.ParsePublicKey(point)
	if err != nil {
		return nil // judgeKey says why
	}
	return decoded
}

// verifyEd25519 is what [packet.PublicKey.VerifySignature] does with a key of
// Ed25519, to which the artifact's hash belongs, but that it refuses an R of small
// order, as [judgeR448] does on the other curve.
func (c candidate) verifyEd25519(h hash.Hash) error {
	_, _ = h.Write(c.sig.HashSuffix)
	sum := h.Sum(nil)
	if c.sig.Version == 6 && [2]byte(sum) != c.sig.HashTag {
		return pgperrors.SignatureError("hash tag doesn't match")
	}
	if c.sig.PubKeyAlgo != c.by.key.PubKeyAlgo {
		return pgperrors.InvalidArgumentError("public key and signature use different algorithms")
	}
	var room [64]byte
	if !c.by.ed25519.Fits(sum, numbersOfEd25519(c.sig, &room)) {
		return pgperrors.SignatureError("Ed25519 verification failure")
	}
	return nil
}

// numbersOfEd25519 returns R and S of a signature by either algorithm, in room
// where they have to be put together, and nil if they can't be any.
func numbersOfEd25519(sig *packet.Signature, room *[64]byte) []byte {
	if sig.PubKeyAlgo == packet.PubKeyAlgoEd25519 {
		return sig.EdSig
	}
	r, s := sig.EdDSASigR.Bytes(), sig.EdDSASigS.Bytes()
	if len(r) > 32 || len(s) > 32 {
		return nil
	}
	*room = [64]byte{} // an MPI has lost the zeros before it
	copy(room[32-len(r):], r)
	copy(room[64-len(s):], s)
	return room[:]
}
