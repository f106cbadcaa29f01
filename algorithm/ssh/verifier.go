package ssh

import (
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
)

// A verifier hashes the artifact and judges the hash. Everything else was
// judged before there was one.
type verifier struct {
	sig      *signature
	hash     hash.Hash
	evidence *algorithm.Evidence // nil after the verdict
}

func newVerifier(sig *signature, evidence *algorithm.Evidence) *verifier {
	v := &verifier{sig: sig, hash: sha512.New(), evidence: evidence}
	if sig.hash == "sha256" {
		v.hash = sha256.New()
	}
	return v
}

func (v *verifier) Write(p []byte) (int, error) {
	return v.hash.Write(p)
}

// SumSHA256 implements [algorithm.SHA256Summer] for signatures with sha256.
func (v *verifier) SumSHA256() (sum [sha256.Size]byte, ok bool) {
	if v.sig.hash != "sha256" {
		return sum, false
	}
	v.hash.Sum(sum[:0])
	return sum, true
}

func (v *verifier) Verify() (*algorithm.Evidence, error) {
	evidence := v.evidence
	v.evidence = nil
	if evidence == nil {
		return nil, fmt.Errorf("ssh: %w: asked for a second verdict", algorithm.ErrInvalid)
	}
	if !v.sig.fits(v.hash.Sum(nil)) {
		return nil, fmt.Errorf("ssh: %w: not a signature by %s of these bytes", algorithm.ErrInvalid, v.sig.key.describe())
	}
	return evidence, nil
}

// evidence is what a good signature by that signer proves.
func (k *key) evidence(sig *signature, by *signer) *algorithm.Evidence {
	e := &algorithm.Evidence{
		Fingerprint:  sig.key.fingerprint(),
		KeyAlgorithm: sig.key.algorithm(),
		Hash:         map[string]string{"sha256": "SHA-256", "sha512": "SHA-512"}[sig.hash],
		Namespace:    sig.namespace,
		Notes:        []string{fmt.Sprintf("signed for the namespace %q", sig.namespace)},
		NotChecked: []string{
			"revocation: no list of revoked keys and certificates is looked at",
			"the time of signing: the signature doesn't tell it",
		},
	}
	if !by.bare {
		e.UserIDs = []string{k.principal}
	}
	if cert := sig.key.cert; cert != nil {
		e.SSHCertificate = &algorithm.SSHCertificate{
			Authority: cryptossh.FingerprintSHA256(cert.SignatureKey),
			Serial:    cert.Serial,
			KeyID:     keytext.Printable(cert.KeyId),
		}
		e.Notes = append(e.Notes, fmt.Sprintf("certificate %.200q, serial %d, of the authority %s",
			cert.KeyId, cert.Serial, e.SSHCertificate.Authority))
	}
	if sig.sk != nil {
		e.SecurityKey = sig.sk.evidence()
		e.Notes = append(e.Notes, sig.sk.note())
	}
	if len(k.skipped) > 0 {
		e.Notes = append(e.Notes, k.skippedNote())
	}
	return e
}
