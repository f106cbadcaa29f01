package notation

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	"github.com/notaryproject/notation-core-go/signature/jws"

	"github.com/relseal/relseal/algorithm"
)

// A verifier counts and hashes the artifact.
type verifier struct {
	signed  *signed
	running hash.Hash
	size    int64
	judged  bool
}

var (
	_ algorithm.DigestVerifier = (*verifier)(nil)
	_ algorithm.SHA256Summer   = (*verifier)(nil)
)

// Write takes artifact bytes.
func (v *verifier) Write(p []byte) (int, error) {
	v.size += int64(len(p))
	return v.running.Write(p)
}

// SumSHA256 implements [algorithm.SHA256Summer].
func (v *verifier) SumSHA256() (sum [32]byte, ok bool) {
	if v.signed.target.digest.Hash() != crypto.SHA256 {
		return sum, false
	}
	return [32]byte(v.running.Sum(nil)), true
}

// Hashes are none, so that package verify writes the bytes wherever it has them: the
// size is signed as well, and the specification has it compared.
func (v *verifier) Hashes() []crypto.Hash { return nil }

// Verify compares size and digest.
func (v *verifier) Verify() (*algorithm.Evidence, error) {
	got, err := algorithm.NewDigest(v.signed.target.digest.Hash(), v.running.Sum(nil))
	if err != nil {
		return nil, err
	}
	if err := v.judge(got); err != nil {
		return nil, err
	}
	if v.size != v.signed.target.size {
		return nil, fmt.Errorf("%w: the artifact has %d bytes, and the signature is over %d", algorithm.ErrInvalid, v.size, v.signed.target.size)
	}
	return v.signed.evidence(), nil
}

// VerifyDigests compares the digest of an artifact of which no more is known.
func (v *verifier) VerifyDigests(digests ...algorithm.Digest) (*algorithm.Evidence, error) {
	for _, d := range digests {
		if d.Hash() != v.signed.target.digest.Hash() {
			continue
		}
		if err := v.judge(d); err != nil {
			return nil, err
		}
		e := v.signed.evidence()
		e.NotChecked = append(e.NotChecked, "size: only the artifact's digest is known")
		return e, nil
	}
	return nil, fmt.Errorf("%w: the signature is over a %s digest, which is not known", algorithm.ErrUnsupported, v.signed.target.digest.Name())
}

// judge is the one place where an artifact is accepted.
func (v *verifier) judge(got algorithm.Digest) error {
	if v.judged {
		return fmt.Errorf("%w: this verifier has judged already", algorithm.ErrInvalid)
	}
	v.judged = true
	if got != v.signed.target.digest {
		return fmt.Errorf("%w: the artifact hasn't the digest that is signed", algorithm.ErrInvalid)
	}
	return nil
}

// evidence says what was proved.
func (s *signed) evidence() *algorithm.Evidence {
	leaf, attributes := s.info.CertificateChain[0], s.info.SignedAttributes
	keyAlgorithm, _ := keyName(leaf) // they were judged before
	vouching, _ := keyName(s.root)
	e := &algorithm.Evidence{
		Fingerprint:         fingerprint(leaf),
		PrimaryFingerprint:  fingerprint(s.root),
		KeyAlgorithm:        keyAlgorithm,
		PrimaryKeyAlgorithm: vouching,
		Hash:                s.info.SignatureAlgorithm.Hash().String(),
		Identity:            map[string]string{"subject": leaf.Subject.String(), "issuer": authority(s.root)},
		FileName:            s.target.name,
		Version:             s.target.version,
		SignedAt:            attributes.SigningTime.UTC(),
		Details:             s.details(),
		NotChecked:          []string{"revocation: neither OCSP nor CRL was asked"},
	}
	if leaf.Equal(s.root) {
		e.PrimaryFingerprint, e.PrimaryKeyAlgorithm = "", ""
	}
	switch {
	case !s.stamp.IsZero():
		e.Timestamps = []time.Time{s.stamp}
	case s.key.scheme == signature.SigningSchemeX509:
		e.NotChecked = append(e.NotChecked, "timestamp: none was demanded")
	}
	if s.key.identities[0] == anybody {
		e.NotChecked = append(e.NotChecked, "identity: anybody with a certificate of the trusted authority may sign")
	}
	if s.expired != nil {
		e.Notes = append(e.Notes, "a certificate isn't valid now, and was when it signed: "+s.expired.Error())
	}
	return e
}

func (s *signed) details() map[string]string {
	details := map[string]string{
		"envelope":       "COSE",
		"signing-scheme": string(s.key.scheme),
		"media-type":     shown(s.target.mediaType),
		"size":           strconv.FormatInt(s.target.size, 10),
	}
	if s.envelope.mediaType == jws.MediaTypeEnvelope {
		details["envelope"] = "JWS"
	}
	if expiry := s.info.SignedAttributes.Expiry; !expiry.IsZero() {
		details["expiry"] = expiry.UTC().Format(time.RFC3339)
	}
	return details
}

// authority names who vouches, with the fingerprint, since anybody can make an authority
// of the same name: by issuer and subject programs tell signers apart.
func authority(cert *x509.Certificate) string {
	return cert.Subject.String() + " sha256:" + fingerprint(cert)
}

// fingerprint is the SHA-256 of a certificate's key, which stays where the
// certificate is made anew for the same one.
func fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}
