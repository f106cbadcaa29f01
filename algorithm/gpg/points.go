package gpg

import (
	"bytes"
	"errors"
	"fmt"

	"filippo.io/edwards25519"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/cloudflare/circl/ecc/goldilocks"
	"github.com/cloudflare/circl/sign/ed448"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// judgePoint refuses an Ed25519 key of small order, under which anybody can
// sign, and one that isn't encoded as RFC 8032 section 5.1.2 demands.
func judgePoint(key *packet.PublicKey, encoded []byte) error {
	_, err := ed25519stream.ParsePublicKey(encoded)
	if err == nil {
		return nil
	}
	if point, pointErr := new(edwards25519.Point).SetBytes(encoded); pointErr == nil && bytes.Equal(point.Bytes(), encoded) {
		return fmt.Errorf("%w: Ed25519 key %X is of small order", algorithm.ErrWeak, key.Fingerprint)
	}
	return fmt.Errorf("%w: Ed25519 key %X is no point of the curve", algorithm.ErrMalformed, key.Fingerprint)
}

// judgePoint448 does the same for Ed448 (RFC 8032 section 5.2.2).
func judgePoint448(key *packet.PublicKey, encoded []byte) error {
	small, err := isSmall448(encoded)
	if err != nil {
		return fmt.Errorf("%w: Ed448 key %X is no point of the curve: %w", algorithm.ErrMalformed, key.Fingerprint, err)
	}
	if small {
		return fmt.Errorf("%w: Ed448 key %X is of small order", algorithm.ErrWeak, key.Fingerprint)
	}
	return nil
}

// judgeR judges the R of a signature by Ed448, once for all keys that it names.
func (s *signature) judgeR() error {
	if !s.judgedR {
		s.judgedR, s.faultOfR = true, judgeR448(s.Signature)
	}
	return s.faultOfR
}

// judgeR448 refuses an Ed448 signature whose point R is of small order or not
// encoded as it must be. Nobody but who holds the key can make one, and no
// program does.
func judgeR448(sig *packet.Signature) error {
	encoded := sig.EdSig
	if sig.PubKeyAlgo == packet.PubKeyAlgoEdDSA {
		r := sig.EdDSASigR.Bytes()
		encoded = r[min(1, len(r)):] // behind the prefix 0x40, R and S in one
	}
	if len(encoded) != ed448.SignatureSize {
		return fmt.Errorf("%w: an Ed448 signature of %d octets", algorithm.ErrInvalid, len(encoded))
	}
	small, err := isSmall448(encoded[:ed448.PublicKeySize])
	if err != nil {
		return fmt.Errorf("%w: its R is no point of Ed448: %w", algorithm.ErrInvalid, err)
	}
	if small {
		return fmt.Errorf("%w: its R is of small order", algorithm.ErrInvalid)
	}
	return nil
}

// isSmall448 tells whether a point of Ed448 dies under the cofactor, which is 4.
// The error says why the octets aren't the one encoding of a point.
func isSmall448(encoded []byte) (bool, error) {
	if len(encoded) != ed448.PublicKeySize {
		return false, fmt.Errorf("%d octets", len(encoded))
	}
	point, err := goldilocks.FromBytes(encoded)
	if err != nil {
		return false, err
	}
	again, err := point.MarshalBinary()
	if err != nil {
		return false, err
	}
	if !bytes.Equal(again, encoded) {
		return false, errors.New("another encoding than that of RFC 8032")
	}
	point.Double()
	point.Double()
	return point.IsEqual(goldilocks.Curve{}.Identity()), nil
}
