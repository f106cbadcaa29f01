package ssh

import (
	"crypto"
	_ "crypto/sha256" // the hashes of SSHSIG
	_ "crypto/sha512"
	"fmt"
	"hash"
	"maps"
	"strconv"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/terminal"
)

// A verifier hashes the artifact and judges the hash. Everything else was
// judged before there was one.
type verifier struct {
	sig      *signature
	hash     hash.Hash           // nil before the first byte: mostly somebody else hashes
	evidence *algorithm.Evidence // nil after the verdict
}

func newVerifier(sig *signature, evidence *algorithm.Evidence) *verifier {
	return &verifier{sig: sig, evidence: evidence}
}

func (v *verifier) Write(p []byte) (int, error) {
	return v.started().Write(p)
}

func (v *verifier) started() hash.Hash {
	if v.hash == nil {
		v.hash = v.crypto().New()
	}
	return v.hash
}

var (
	_ algorithm.DigestVerifier = (*verifier)(nil)
	_ algorithm.DigestKey      = (*key)(nil)
)

// Hashes are those by which an SSHSIG may name the message.
func (k *key) Hashes() []crypto.Hash { return []crypto.Hash{crypto.SHA256, crypto.SHA512} }

// Hashes is the one by which this signature names the message.
func (v *verifier) Hashes() []crypto.Hash { return []crypto.Hash{v.crypto()} }

func (v *verifier) crypto() crypto.Hash {
	if v.sig.hash == "sha256" {
		return crypto.SHA256
	}
	return crypto.SHA512
}

// Verify judges the bytes that were written.
func (v *verifier) Verify() (*algorithm.Evidence, error) { return v.judge(v.started().Sum(nil)) }

// VerifyDigests judges an artifact of which only these digests are known.
func (v *verifier) VerifyDigests(digests ...algorithm.Digest) (*algorithm.Evidence, error) {
	for _, d := range digests {
		if d.Hash() == v.crypto() {
			return v.judge(d.Sum())
		}
	}
	return nil, fmt.Errorf("ssh: %w: the signature is over the %s of the file, which is not known", algorithm.ErrUnsupported, v.sig.hash)
}

// judge is the one place where an artifact is accepted.
func (v *verifier) judge(digest []byte) (*algorithm.Evidence, error) {
	evidence := v.evidence
	v.evidence = nil
	if evidence == nil {
		return nil, fmt.Errorf("ssh: %w: asked for a second verdict", algorithm.ErrInvalid)
	}
	if !v.sig.fits(digest) {
		return nil, fmt.Errorf("ssh: %w: not a signature by %s of these bytes", algorithm.ErrInvalid, v.sig.key.describe())
	}
	return evidence, nil
}

// evidence is what a good signature by that signer proves.
func (k *key) evidence(sig *signature, by *signer) *algorithm.Evidence {
	e := &algorithm.Evidence{
		Fingerprint:  sig.key.fingerprint,
		KeyAlgorithm: sig.key.algorithm(),
		Hash:         map[string]string{"sha256": "SHA-256", "sha512": "SHA-512"}[sig.hash],
		Details:      map[string]string{"namespace": sig.namespace}, // it is the declared one
		NotChecked: []string{
			"revocation: no list of revoked keys and certificates is looked at",
			"the time of signing: the signature doesn't tell it",
		},
	}
	if c, ok := sig.key.key.(*composite); ok {
		e.KeyDigests = []string{c.digest()}
	}
	if !by.bare {
		e.UserIDs = []string{k.principal}
	}
	if cert := sig.key.cert; cert != nil {
		e.PrimaryFingerprint, e.PrimaryKeyAlgorithm = by.key.fingerprint, by.key.algorithm()
		e.Details["certificate-authority"] = e.PrimaryFingerprint
		e.Details["certificate-serial"] = strconv.FormatUint(cert.Serial, 10)
		if cert.KeyId != "" {
			e.Details["certificate-key-id"] = detail(cert.KeyId)
		}
	}
	if sig.sk != nil {
		maps.Copy(e.Details, sig.sk.details())
	}
	if len(k.skipped) > 0 {
		e.Notes = append(e.Notes, k.skippedNote())
	}
	return e
}

// detail is a text of somebody else's for the evidence.
func detail(text string) string { return terminal.Limit(keytext.Printable(text), maxDetail) }

// maxDetail limits a detail, in bytes.
const maxDetail = 1024
