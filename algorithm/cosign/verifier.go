package cosign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"hash"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// verifier takes the artifact. Exactly the digests that are compared with
// something or signed are computed.
type verifier struct {
	signed  *signed
	proof   *proof // holds whichever of the ways fits
	ways    []way
	digests []digest
	whole   *whole  // not nil: for the ways of ML-DSA
	bind    binding // of what is signed, to what is demanded
	version string  // that is signed, "" where none is
	done    bool
}

// A way is one in which the signature may fit.
type way struct {
	key    *publicKey
	scheme scheme
	pure   *ed25519stream.Verifier // not nil: over the bytes themselves
	whole  *whole                  // not nil: over these, by ML-DSA
}

type digest struct {
	crypto.Hash
	running hash.Hash
}

var (
	_ algorithm.DigestVerifier = (*verifier)(nil)
	_ algorithm.DigestKey      = (*key)(nil)

	errJudged = fmt.Errorf("%w: this verifier has judged already", algorithm.ErrInvalid)
)

// newVerifier refuses a DSSE envelope whose signature is by none of the keys.
func newVerifier(ctx context.Context, s *signed, keys []*publicKey, p *proof) (*verifier, error) {
	v := &verifier{signed: s, proof: p}
	set := v.setMessage
	if s.envelope != nil {
		set = v.setEnvelope
	}
	if err := set(ctx, keys); err != nil {
		return nil, err
	}
	return v, nil
}

// setEnvelope finds out who signed the envelope. Its subjects say which
// digests are needed.
func (v *verifier) setEnvelope(ctx context.Context, keys []*publicKey) error {
	message := v.signed.envelope.signedBytes()
	for _, by := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		if scheme, ok := by.fitsMessage(message, v.signed.signature); ok {
			v.ways = []way{{key: by, scheme: scheme}}
			for _, s := range v.signed.envelope.subjects {
				v.need(s.hash)
			}
			return nil
		}
	}
	return fmt.Errorf("%w: the DSSE envelope isn't signed by a key that is accepted", algorithm.ErrInvalid)
}

// setMessage prepares every way in which the artifact may have been signed.
func (v *verifier) setMessage(ctx context.Context, keys []*publicKey) error {
	if v.signed.hash != 0 {
		v.need(v.signed.hash)
	}
	var refused error
	for _, by := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, s := range by.schemes(v.signed.hash) {
			w, err := v.way(by, s)
			if err != nil {
				refused = err
				continue
			}
			v.ways = append(v.ways, w)
		}
	}
	if len(v.ways) == 0 {
		return refused
	}
	return nil
}

// way prepares one way.
func (v *verifier) way(by *publicKey, s scheme) (w way, err error) {
	w = way{key: by, scheme: s}
	switch pub := by.PublicKey.(type) {
	case mldsaKey:
		if v.whole == nil {
			v.whole = &whole{}
		}
		w.whole = v.whole
		return w, nil
	case ed25519.PublicKey:
		if s.hash == 0 {
			w.pure, err = ed25519stream.New(pub, v.signed.signature)
			return w, err
		}
	}
	v.need(s.hash)
	return w, nil
}

func (v *verifier) need(h crypto.Hash) {
	if !slices.ContainsFunc(v.digests, func(d digest) bool { return d.Hash == h }) {
		v.digests = append(v.digests, digest{h, h.New()})
	}
}

// Write takes artifact bytes.
func (v *verifier) Write(p []byte) (int, error) {
	for _, d := range v.digests {
		d.running.Write(p)
	}
	v.writePure(p)
	return len(p), nil
}

// writePure gives the bytes to the ways that are over them.
func (v *verifier) writePure(p []byte) {
	for _, w := range v.ways {
		if w.pure != nil {
			_, _ = w.pure.Write(p) // it never fails
		}
	}
	if v.whole != nil {
		v.whole.write(p)
	}
}

// pure reports whether the signature may be over the bytes themselves.
func (v *verifier) pure() bool {
	return slices.ContainsFunc(v.ways, way.isPure)
}

// isPure reports whether the way is over the bytes themselves.
func (w way) isPure() bool { return w.pure != nil || w.whole != nil }

// Hashes are those whose digests are enough; none where the signature may be
// over the bytes themselves.
func (v *verifier) Hashes() []crypto.Hash {
	if v.pure() {
		return nil
	}
	var hashes []crypto.Hash
	for _, d := range v.digests {
		hashes = append(hashes, d.Hash)
	}
	return hashes
}

// Verify judges.
func (v *verifier) Verify() (*algorithm.Evidence, error) {
	sums := make(map[crypto.Hash][]byte, len(v.digests))
	for _, d := range v.digests {
		sums[d.Hash] = d.running.Sum(nil)
	}
	return v.judge(sums)
}

// VerifyDigests judges an artifact of which only these digests are known.
func (v *verifier) VerifyDigests(digests ...algorithm.Digest) (*algorithm.Evidence, error) {
	sums := make(map[crypto.Hash][]byte, len(digests))
	for _, d := range digests {
		sums[d.Hash()] = d.Sum()
	}
	ways, missing := v.ways, false
	if v.signed.envelope == nil {
		ways = slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return w.isPure() || sums[w.scheme.hash] == nil })
		missing = v.signed.hash != 0 && sums[v.signed.hash] == nil
	} else {
		missing = !slices.ContainsFunc(v.digests, func(d digest) bool { return sums[d.Hash] != nil })
	}
	if missing || len(ways) == 0 {
		return nil, fmt.Errorf("%w: the signature is over the artifact itself or over another digest than what is known", algorithm.ErrUnsupported)
	}
	partly := len(ways) < len(v.ways) || slices.ContainsFunc(v.digests, func(d digest) bool { return sums[d.Hash] == nil })
	v.ways = ways
	e, err := v.judge(sums)
	if err != nil && partly {
		return nil, fmt.Errorf("%w: the signature doesn't fit the digests that are known and may be over another", algorithm.ErrUnsupported)
	}
	return e, err
}

// judge is the one place where an artifact is accepted.
func (v *verifier) judge(sums map[crypto.Hash][]byte) (*algorithm.Evidence, error) {
	if v.done {
		return nil, errJudged
	}
	v.done = true
	if v.signed.envelope != nil {
		return v.judgeSubject(sums)
	}
	if said := v.signed.digest; said != nil && !bytes.Equal(said, sums[v.signed.hash]) {
		return nil, fmt.Errorf("%w: the artifact hasn't the digest that the signature names", algorithm.ErrInvalid)
	}
	for _, w := range v.ways {
		if v.signed.fit.covers(w.scheme, sums[w.scheme.hash]) || w.fits(sums, v.signed.signature) {
			return v.evidence(w), nil
		}
	}
	if v.whole != nil && v.whole.over {
		return nil, errOver()
	}
	return nil, fmt.Errorf("%w: %w", algorithm.ErrInvalid, errNoFit)
}

func (w way) fits(sums map[crypto.Hash][]byte, sig []byte) bool {
	if w.pure != nil {
		return w.pure.Verify()
	}
	if w.whole != nil {
		return !w.whole.over && w.key.PublicKey.(mldsaKey).fits(w.whole.bytes, sig)
	}
	return w.scheme.fits(sums[w.scheme.hash], sig)
}

// judgeSubject looks for the artifact among the subjects of the attestation,
// whose signature has been checked.
func (v *verifier) judgeSubject(sums map[crypto.Hash][]byte) (*algorithm.Evidence, error) {
	var names []string
	for _, s := range v.signed.envelope.subjects {
		if bytes.Equal(s.digest, sums[s.hash]) && !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: the artifact is not a subject of the attestation", algorithm.ErrInvalid)
	}
	name, err := v.bind.name(names, v.version)
	if err != nil {
		return nil, err
	}
	e := v.evidence(v.ways[0])
	e.FileName = name
	if len(names) > 1 && name == "" {
		e.Notes = append(e.Notes, fmt.Sprintf("the attestation has the artifact under %d names", len(names)))
	}
	return e, nil
}

var errNoFit = errors.New("it doesn't fit the artifact")
