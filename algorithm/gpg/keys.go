package gpg

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/wrongkind"
)

// A certificate is a primary key with its user IDs and subkeys, and the
// signatures over them that claim to be its own, none of them verified yet.
type certificate struct {
	primary *component
	users   []*component
	subkeys []*component
	strays  *component                  // bindings and revocations of some subkey that don't follow it
	lost    *component                  // and those of some user ID
	copies  map[*packet.Signature][]int // which of several copies hold a signature
}

// A component is a part of a certificate.
type component struct {
	key         *packet.PublicKey // nil for a user ID and for strays
	userID      string
	signatures  []*packet.Signature // but no revocations
	revocations []revocation
	copies      []int                          // of the certificate that hold a subkey
	read        map[string][]*packet.Signature // by the octets of the packet
}

func newComponent(key *packet.PublicKey) *component {
	return &component{key: key, read: map[string][]*packet.Signature{}}
}

// readKeyring reads the certificates of all texts. Copies of one certificate
// become one, so a revocation or a prolongation in either of them counts.
func readKeyring(texts []string) ([]*certificate, error) {
	ring := keyringReader{byFingerprint: map[string]*certificate{}}
	if sizeOf(texts) > maxKeyBytes {
		return nil, fmt.Errorf("%w: keys of more than %d bytes", algorithm.ErrTooLarge, maxKeyBytes)
	}
	for _, text := range texts {
		if err := ring.readText([]byte(text)); err != nil {
			return nil, fmt.Errorf("key: %w", wrongkind.Explain(err, text, family, wrongkind.PublicKey))
		}
	}
	if len(ring.certs) > 0 {
		return ring.certs, nil
	}
	err := fmt.Errorf("%w: no OpenPGP certificate", algorithm.ErrMalformed)
	if ring.skipped != nil {
		err = fmt.Errorf("%w: no usable OpenPGP certificate: %w", algorithm.ErrMalformed, ring.skipped)
	}
	if len(texts) == 0 {
		return nil, err
	}
	return nil, wrongkind.Explain(err, texts[0], family, wrongkind.PublicKey)
}

func sizeOf(texts []string) int {
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	return size
}

// A keyringReader collects certificates from series of packets.
type keyringReader struct {
	certs         []*certificate
	byFingerprint map[string]*certificate
	packets       int
	keys          int
	copies        int   // of any certificate
	signatures    int   // that are kept
	skipped       error // why the last certificate was skipped

	cert *certificate // the one being read; nil while one is skipped
	part *component   // what the next signatures belong to; nil to skip them
}

func (r *keyringReader) readText(text []byte) error {
	found, err := keyBlobs(text)
	if err != nil {
		return err
	}
	for _, blob := range found {
		if err := r.read(blob); err != nil {
			return err
		}
	}
	return nil
}

func (r *keyringReader) read(blob []byte) error {
	r.cert, r.part = nil, nil
	for p, err := range packets(blob) {
		if r.packets++; r.packets > maxKeyPackets {
			return fmt.Errorf("%w: keys of more than %d packets", algorithm.ErrTooLarge, maxKeyPackets)
		}
		if err != nil {
			return err
		}
		if err := r.add(p); err != nil {
			return err
		}
	}
	return nil
}

func (r *keyringReader) add(p rawPacket) error {
	if p.tag == tagPublicKey || p.tag == tagPublicSubkey {
		if r.keys++; r.keys > maxKeys {
			return fmt.Errorf("%w: more than %d keys", algorithm.ErrTooLarge, maxKeys)
		}
	}
	switch p.tag {
	case tagSecretKey, tagSecretSubkey:
		return fmt.Errorf("%w: this is a secret key; whoever has seen it can sign with it, so revoke it, and declare public keys only", algorithm.ErrMalformed)
	case tagPublicKey:
		return r.addPrimary(p)
	case tagPublicSubkey, tagUserID:
		if r.cert != nil && len(r.cert.users)+len(r.cert.subkeys) == maxParts {
			return fmt.Errorf("%w: a certificate of more than %d parts", algorithm.ErrTooLarge, maxParts)
		}
		if p.tag == tagUserID {
			r.addUserID(string(p.body))
		} else {
			return r.addSubkey(p)
		}
	case tagUserAttribute:
		r.part = nil
	case tagSignature:
		return r.addSignature(p)
	default:
		if isData(p.tag) {
			return fmt.Errorf("%w: a data packet of type %d among the keys", algorithm.ErrMalformed, p.tag)
		}
	}
	return nil
}

// addPrimary begins a certificate. One with an unknown key is skipped. A key
// that is cut off spoils the keyring, as it does for gpgv and sqv.
func (r *keyringReader) addPrimary(p rawPacket) error {
	r.cert, r.part = nil, nil
	key, err := readPublicKey(p)
	if isCutOff(err) {
		return fmt.Errorf("%w: a key is cut off", algorithm.ErrMalformed)
	}
	if err != nil {
		r.skipped = err
		return nil
	}
	known := r.byFingerprint[string(key.Fingerprint)]
	if known == nil {
		known = &certificate{primary: newComponent(key), strays: newComponent(nil), lost: newComponent(nil), copies: map[*packet.Signature][]int{}}
		r.byFingerprint[string(key.Fingerprint)] = known
		r.certs = append(r.certs, known)
	}
	r.copies++
	r.cert, r.part = known, known.primary
	return nil
}

// addSubkey adds a subkey to the certificate. It matters that it is cut off
// only where it belongs to none.
func (r *keyringReader) addSubkey(p rawPacket) error {
	r.part = nil
	key, err := readPublicKey(p)
	if r.cert == nil && isCutOff(err) {
		return fmt.Errorf("%w: a subkey is cut off, and without a primary key", algorithm.ErrMalformed)
	}
	if err != nil || r.cert == nil {
		return nil
	}
	for _, s := range r.cert.subkeys {
		if bytes.Equal(s.key.Fingerprint, key.Fingerprint) {
			s.copies = append(s.copies, r.copies)
			r.part = s
			return nil
		}
	}
	r.part = newComponent(key)
	r.part.copies = []int{r.copies}
	r.cert.subkeys = append(r.cert.subkeys, r.part)
	return nil
}

func isCutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func (r *keyringReader) addUserID(id string) {
	r.part = nil
	if r.cert == nil || len(id) > maxUserIDBytes {
		return
	}
	for _, u := range r.cert.users {
		if u.userID == id {
			r.part = u
			return
		}
	}
	r.part = newComponent(nil)
	r.part.userID = id
	r.cert.users = append(r.cert.users, r.part)
}

// addSignature keeps a signature that names the certificate's own primary key
// and that can be of use. Those of other people are of no use here; those that
// name nobody are ignored, as by gpg and sqv.
func (r *keyringReader) addSignature(p rawPacket) error {
	if r.cert == nil || !claimsToBeBy(r.cert.primary.key, p.body) {
		return nil
	}
	kind := claimedType(p.body)
	part := r.place(kind)
	if part == nil {
		return nil
	}
	sigs, known := part.read[string(p.body)]
	if !known {
		if r.signatures++; r.signatures > maxSelfSignatures {
			return fmt.Errorf("%w: the keys have more than %d self-signatures", algorithm.ErrTooLarge, maxSelfSignatures)
		}
		sigs = part.add(kind, p.body)
		part.read[string(p.body)] = sigs
	}
	for _, sig := range sigs {
		r.cert.copies[sig] = append(r.cert.copies[sig], r.copies)
	}
	return nil
}

// place is what a self-signature belongs to, nil for one of no use. A primary
// key's counts wherever it stands in the certificate, and so do a subkey's and a user
// ID's.
func (r *keyringReader) place(kind packet.SignatureType) *component {
	after := r.part // the user ID or key that it follows, if that is of use
	switch kind {
	case packet.SigTypeDirectSignature, packet.SigTypeKeyRevocation:
		return r.cert.primary
	case packet.SigTypeSubkeyBinding, packet.SigTypeSubkeyRevocation:
		if after == nil || after == r.cert.primary || after.key == nil {
			return r.cert.strays
		}
		return after
	case packet.SigTypeGenericCert, packet.SigTypePersonaCert, packet.SigTypeCasualCert, packet.SigTypePositiveCert, packet.SigTypeCertificationRevocation:
		if after == nil || after.key != nil {
			return r.cert.lost
		}
		return after
	default:
		return nil
	}
}

// add keeps what can be read of a self-signature. A revocation that can't be
// read counts: to ignore it would let the key live on.
func (c *component) add(kind packet.SignatureType, body []byte) []*packet.Signature {
	sigs, err := readSelfSignature(body)
	switch {
	case !isRevocation(kind):
		c.signatures = append(c.signatures, sigs...)
	case err != nil:
		c.revocations = append(c.revocations, unverifiable())
	default:
		c.revocations = append(c.revocations, newRevocation(sigs[0], body))
	}
	return sigs
}

func readPublicKey(p rawPacket) (*packet.PublicKey, error) {
	parsed, err := p.parse()
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*packet.PublicKey)
	if !ok || key.Version != 4 && key.Version != 6 {
		return nil, fmt.Errorf("%w: public key of an unknown version", algorithm.ErrKeyType)
	}
	return key, nil
}
