package gpg

import (
	"errors"
	"fmt"
	"slices"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// A signature is a signature packet and all that it says about its issuer.
// Package packet keeps one key ID only, but issuer subpackets may contradict
// each other and are mostly not protected: each is a hint which key to try.
type signature struct {
	*packet.Signature
	issuers [][]byte // key IDs, of 8 octets, and fingerprints, which are longer
	keyIDs  []uint64 // of the issuers

	says claim // where match has read it

	judgedR  bool // by judgeR
	faultOfR error
}

// readSignature reads a signature packet of a signature file. Its critical
// notations aren't judged yet.
func readSignature(p rawPacket) (signature, error) {
	sig, err := parsePacket(p)
	if err != nil {
		return signature{}, err
	}
	s := signature{Signature: sig}
	err = s.readIssuers(p.body)
	return s, err
}

// parseSignature parses a self-signature, in which no notation is known.
func parseSignature(p rawPacket) (*packet.Signature, error) {
	sig, err := parsePacket(p)
	if err != nil {
		return nil, err
	}
	return sig, notations{}.judgeCritical(sig)
}

// parsePacket parses a signature packet of version 4 or 6. The error wraps
// ErrUnsupported for another version or an unknown algorithm or critical
// subpacket, ErrWeak for a hash or algorithm that nobody should use any more.
func parsePacket(p rawPacket) (*packet.Signature, error) {
	parsed, err := p.parse()
	if err != nil {
		return nil, whyUnreadable(p.body, err)
	}
	sig, ok := parsed.(*packet.Signature)
	if !ok || sig.Version != 4 && sig.Version != 6 {
		return nil, fmt.Errorf("%w: a version %d signature", algorithm.ErrUnsupported, p.body[0])
	}
	if err := judgePostQuantum(sig); err != nil {
		return nil, err
	}
	return sig, nil
}

// whyUnreadable says why package packet couldn't read a signature packet.
func whyUnreadable(body []byte, cause error) error {
	if len(body) >= 4 && (body[0] == 4 || body[0] == 6) {
		if weak := unreadableWeakness(body[2], body[3]); weak != "" {
			return fmt.Errorf("%w: %s signature", algorithm.ErrWeak, weak)
		}
	}
	if len(body) > 0 && body[0] != 4 && body[0] != 6 {
		return fmt.Errorf("%w: a version %d signature", algorithm.ErrUnsupported, body[0])
	}
	var unsupported pgperrors.UnsupportedError
	if errors.As(cause, &unsupported) {
		return fmt.Errorf("%w: %w", algorithm.ErrUnsupported, cause)
	}
	return fmt.Errorf("%w: signature packet: %w", algorithm.ErrMalformed, cause)
}

// readIssuers collects the issuers that the subpackets of both areas name.
func (s *signature) readIssuers(body []byte) error {
	const usual = 2 // key ID and fingerprint
	s.issuers, s.keyIDs = make([][]byte, 0, usual), make([]uint64, 0, usual)
	for sub, err := range subpackets(body) {
		if err != nil {
			return err
		}
		if issuer := sub.issuer(); issuer != nil {
			s.issuers = append(s.issuers, issuer)
			s.keyIDs = append(s.keyIDs, keyIDOf(issuer))
		}
	}
	if len(s.issuers) > maxIssuers {
		return fmt.Errorf("%w: a signature that names more than %d issuers", algorithm.ErrMalformed, maxIssuers)
	}
	return nil
}

// names tells whether the signature names the key as its issuer. Most keys of a
// large keyring are told by their ID alone.
func (s *signature) names(key *packet.PublicKey) bool {
	return slices.Contains(s.keyIDs, key.KeyId) && slices.ContainsFunc(s.issuers, func(issuer []byte) bool { return isNameOf(issuer, key) })
}

// issuer is the issuer for people, the longest name for it.
func (s *signature) issuer() string {
	if len(s.issuers) == 0 {
		return "an unnamed key"
	}
	return fmt.Sprintf("%X", slices.MaxFunc(s.issuers, func(a, b []byte) int { return len(a) - len(b) }))
}

// expired tells whether the signature itself had run out at a time.
func expired(sig *packet.Signature, at time.Time) bool {
	return sig.SigLifetimeSecs != nil && runOut(sig.CreationTime, *sig.SigLifetimeSecs, at)
}

// runOut tells whether a lifetime was over at a time; 0 is for ever.
func runOut(from time.Time, seconds uint32, at time.Time) bool {
	return seconds != 0 && !at.Before(end(from, seconds))
}

func end(from time.Time, seconds uint32) time.Time {
	return from.Add(time.Duration(seconds) * time.Second)
}

// A block is what an armored block of a signature file holds, or a binary file.
// errs holds why each of its other signatures couldn't be read.
type block struct {
	sigs []signature
	errs []error
}

// readSignatures reads a signature file: one or several signature packets, in
// one or several armored blocks, and returns how many there are. Signatures that
// can't be read don't spoil those that could, but what misfit names spoils its
// block: each is as good as a file of its own. Packets of any other kind are
// refused, keys too: a key never comes with the signature.
func readSignatures(data []byte) (blocks []block, total int, err error) {
	if len(data) > maxSignatureBytes {
		return nil, 0, fmt.Errorf("%w: a signature of more than %d bytes", algorithm.ErrTooLarge, maxSignatureBytes)
	}
	found, err := signatureBlobs(data)
	if err != nil {
		return nil, 0, err
	}
	for _, blob := range found {
		var bodies []rawPacket
		for p, err := range packets(blob) {
			if err == nil {
				err = judgePacket(p)
			}
			if err != nil {
				return nil, 0, err
			}
			if p.tag == tagSignature { // others mean nothing
				bodies = append(bodies, p)
				total++
			}
			if total > maxSignatures {
				return nil, 0, fmt.Errorf("%w: more than %d signatures", algorithm.ErrTooLarge, maxSignatures)
			}
		}
		blocks = append(blocks, readBlock(bodies))
	}
	if total == 0 {
		return nil, 0, fmt.Errorf("%w: no signature in it", algorithm.ErrMalformed)
	}
	return blocks, total, nil
}

// readBlock reads the signatures of a block.
func readBlock(found []rawPacket) block {
	var b block
	for _, p := range found {
		if err := misfit(p.body); err != nil {
			return block{errs: []error{err}}
		}
		sig, err := readSignature(p)
		if err != nil {
			b.errs = append(b.errs, err)
		} else {
			b.sigs = append(b.sigs, sig)
		}
	}
	return b
}

// judgePacket refuses packets that have no place in a signature file. Padding
// and unknown packets that aren't critical have to be ignored (RFC 9580 sections
// 4.3 and 5.14).
func judgePacket(p rawPacket) error {
	switch p.tag {
	case tagSignature, tagPadding:
		return nil
	case tagMarker:
		if string(p.body) != "PGP" { // RFC 9580 section 5.8
			return fmt.Errorf("%w: a marker packet that isn't \"PGP\"", algorithm.ErrMalformed)
		}
		return nil
	case tagSecretKey, tagSecretSubkey:
		return fmt.Errorf("%w: a secret key, not a signature; whoever has seen it can sign with it, so revoke it", algorithm.ErrMalformed)
	case tagPublicKey, tagPublicSubkey:
		return fmt.Errorf("%w: a public key, not a signature; keys are declared, and never come with one", algorithm.ErrMalformed)
	}
	switch {
	case p.tag >= minNonCritical:
		return nil
	case p.tag > tagPadding:
		return fmt.Errorf("%w: a critical packet of the unknown type %d", algorithm.ErrMalformed, p.tag)
	}
	return fmt.Errorf("%w: not a detached signature: it holds a packet of type %d", algorithm.ErrUnsupported, p.tag)
}

// misfit returns why a signature packet spoils its block, even beside one that
// counts: gpgv wants all signatures to be good, and sqv fails for the whole
// file where one is so short, is of version 3, or is of version 4 with a hash
// that has no meaning or without an issuer. Anything else that is unknown or
// broken doesn't spoil it.
func misfit(body []byte) error {
	switch {
	case len(body) < minSignature:
		return fmt.Errorf("%w: a signature packet of %d octets", algorithm.ErrMalformed, len(body))
	case body[0] == 3:
		return fmt.Errorf("%w: a version 3 signature", algorithm.ErrUnsupported)
	case body[0] != 4:
		return nil
	case !slices.Contains([]byte{1, 2, 3, 8, 9, 10, 11, 12, 14}, body[3]): // RFC 9580 section 9.5
		return fmt.Errorf("%w: unknown hash %d", algorithm.ErrUnsupported, body[3])
	}
	for sub, err := range subpackets(body) {
		if err != nil || sub.issuer() != nil {
			return nil //nolint:nilerr // what is wrong with it will be said of it alone
		}
	}
	return fmt.Errorf("%w: a signature that names no issuer", algorithm.ErrWrongKey)
}
