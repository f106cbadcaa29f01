package gpg

import (
	"crypto"
	"crypto/sha3"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// A verifier hashes one artifact for all signatures that may count.
type verifier struct {
	policy     *policy
	now        time.Time // read once, so that one signature meets one clock
	candidates []candidate
	first      part // of the first block
	digests    []*digest
	certs      int    // in the keyring
	total      int    // signatures in the file
	budget     budget // for those that name an accepted key
	unread     int    // candidates beyond a limit
	done       bool
}

// A part is what there is to judge of a file, or of one block.
type part struct {
	candidates []candidate
	unread     int
	refused    []error // why others are none
}

// A candidate is a signature and a key that it names, which nothing speaks
// against but the artifact.
type candidate struct {
	sig    *packet.Signature
	says   claim
	by     *signer
	digest *digest
}

// A digest is one way to hash the artifact. Signatures that want the same one
// share it; those of version 6 each have their own salt.
type digest struct {
	function crypto.Hash
	text     bool
	salt     string
	hash     hash.Cloner
	in       io.Writer // hash, or what turns line ends to CRLF before it
}

// add adds a candidate. The file needn't come from the publisher to name his
// key, so it can buy a second way to hash the artifact, or a further one for each
// certificate, and verifications for some time, but no more; what is beyond that
// isn't looked at.
func (v *verifier) add(sig *signature, by *signer) error {
	if by.ed25519 == nil && isOn448(by.key) {
		if !sig.judgedR && v.budget.spend(effortOf448) != nil {
			v.unread++
			return nil
		}
		if err := sig.judgeR(); err != nil {
			return err
		}
	}
	d, err := v.digest(sig.Signature)
	if err != nil {
		return err
	}
	if d == nil || v.budget.spend(by.effort+effortOfSuffix(sig.Signature)) != nil {
		v.unread++
		return nil
	}
	v.candidates = append(v.candidates, candidate{sig: sig.Signature, says: sig.says, by: by, digest: d})
	return nil
}

// digest returns the digest that a signature wants, nil if that is one too many.
func (v *verifier) digest(sig *packet.Signature) (*digest, error) {
	want := digest{
		function: sig.Hash,
		text:     sig.SigType == packet.SigTypeText,
		salt:     string(sig.Salt()),
	}
	for _, d := range v.digests {
		if d.function == want.function && d.text == want.text && d.salt == want.salt {
			return d, nil
		}
	}
	if len(v.digests) == min(max(minDigests, v.certs+1), maxDigests) {
		return nil, nil //nolint:nilnil // as documented
	}
	if err := want.start(); err != nil {
		return nil, err
	}
	v.digests = append(v.digests, &want)
	return &want, nil
}

// start makes the hash and feeds it the salt, which precedes the artifact.
func (d *digest) start() error {
	var made hash.Hash
	switch d.function {
	case crypto.SHA3_256: // those that go-crypto registers can't be cloned
		made = sha3.New256()
	case crypto.SHA3_512:
		made = sha3.New512()
	default:
		made = d.function.New()
	}
	var ok bool
	if d.hash, ok = made.(hash.Cloner); !ok {
		return fmt.Errorf("%w: hash %s", algorithm.ErrUnsupported, d.function)
	}
	_, _ = io.WriteString(d.hash, d.salt) // "" but for version 6
	d.in = d.hash
	if d.text {
		d.in = newLineEnds(d.hash)
	}
	return nil
}

// Write hashes the next bytes of the artifact.
func (v *verifier) Write(p []byte) (int, error) {
	for _, d := range v.digests {
		_, _ = d.in.Write(p) // a hash never fails
	}
	return len(p), nil
}

// SumSHA256 implements [algorithm.SHA256Summer] where a signature over the bytes
// as they are uses SHA-256.
func (v *verifier) SumSHA256() (sum [32]byte, ok bool) {
	for _, d := range v.digests {
		if d.function == crypto.SHA256 && !d.text && d.salt == "" {
			return [32]byte(d.hash.Sum(nil)), true
		}
	}
	return sum, false
}

// Verify checks the signatures of the first armored block, or of a binary file,
// in their order. The first that fits the artifact, and isn't of another name or
// version, counts. The error wraps [algorithm.ErrInvalid],
// [algorithm.ErrNameMismatch] or [algorithm.ErrVersionMismatch], or
// [algorithm.ErrTooLarge] where more signatures name accepted keys than are
// looked at; where only a later block names one, it says why the first is refused.
func (v *verifier) Verify() (*algorithm.Evidence, error) {
	found, err := v.judge(v.first, func(candidate) bool { return true }, func(candidate) (enough bool) { return true })
	if err != nil {
		return nil, err
	}
	e := found[0].evidence(v)
	if v.total > 1 {
		e.Notes = append(e.Notes, fmt.Sprintf("one of %d signatures in the file, and no other was needed", v.total))
	}
	return e, nil
}

// judge returns the candidates of a part that hold, of those that are wanted,
// until counted says that it is enough: at least one, or why there is none.
func (v *verifier) judge(p part, wanted func(candidate) bool, counted func(candidate) (enough bool)) ([]candidate, error) {
	if v.done {
		return nil, fmt.Errorf("%w: judged already", algorithm.ErrInvalid)
	}
	v.done = true
	if len(p.candidates) == 0 {
		return nil, whyNone(p.unread, p.refused)
	}
	var found []candidate
	var failed []error
	var unbound error
	for _, c := range p.candidates {
		if !wanted(c) {
			continue
		}
		if err := c.verify(); err != nil {
			failed = append(failed, fmt.Errorf("by %s: %w", c.by.fingerprint, err))
			continue
		}
		if err := v.policy.judgeBound(c); err != nil { // only now it is the signer's word
			if unbound == nil {
				unbound = err
			}
			continue
		}
		found = append(found, c)
		if counted(c) {
			break
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case unbound != nil:
		return nil, unbound
	case p.unread > 0:
		return nil, fmt.Errorf("%w: %d more signatures name accepted keys, and none of the first %d fits", algorithm.ErrTooLarge, p.unread, len(p.candidates))
	default:
		return nil, fmt.Errorf("%w: %w", algorithm.ErrInvalid, errors.Join(failed[:min(len(failed), maxFailures)]...))
	}
}

// maxFailures bounds what an error tells.
const maxFailures = 3

func (c candidate) verify() error {
	h, err := c.digest.hash.Clone() // VerifySignature writes to it
	if err != nil {
		return err
	}
	if c.by.ed25519 != nil {
		return c.verifyEd25519(h)
	}
	return c.by.key.VerifySignature(h, c.sig)
}
