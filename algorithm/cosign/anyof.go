package cosign

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// anyOf judges an artifact by several bundles of one document: the first counts
// that satisfies all that is declared, in the order of the times that are proved
// for them. Each is checked as one by itself would be; nothing of one counts for
// another.
type anyOf struct {
	key     *key
	shared  *budget
	bundles []candidate
	digests []digest // of all bundles
	asked   bool     // for documents
	written bool     // bytes have come
	done    bool
}

// A candidate is one of the bundles. Either it lies at a URL still, or it can be
// judged, or it was refused.
type candidate struct {
	url      string
	verifier *verifier
	err      error
	late     bool // came after the bytes
}

var _ interface {
	algorithm.DigestVerifier
	algorithm.DocumentVerifier
} = (*anyOf)(nil)

// anyOf checks all bundles that came with the document. The error is that of all
// of them together unless one can still count.
func (k *key) anyOf(ctx context.Context, list []listed) (algorithm.Verifier, error) {
	a := &anyOf{key: k, shared: new(budget)}
	for _, l := range list {
		c := candidate{url: l.url, err: l.err}
		if l.text != nil {
			c = a.open(ctx, l.text)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a.bundles = append(a.bundles, c)
	}
	if err := a.hopeless(); err != nil {
		return nil, err
	}
	a.prepare()
	return a, nil
}

// open checks everything of one bundle but the artifact.
func (a *anyOf) open(ctx context.Context, text []byte) candidate {
	v, err := a.verifier(ctx, bytes.TrimSpace(text))
	if err != nil {
		return candidate{err: forPeople(err)}
	}
	return candidate{verifier: v}
}

func (a *anyOf) verifier(ctx context.Context, text []byte) (*verifier, error) {
	values := &counter{shared: a.shared}
	if err := values.add(text); err != nil {
		return nil, err
	}
	s, err := parseBundle(text, values)
	if err != nil {
		return nil, err
	}
	v, err := a.key.verifierOf(ctx, s)
	if err == nil && v.pure() {
		err = a.shared.spendPure()
	}
	return v, err
}

// hopeless returns why none can count any more, nil where one can.
func (a *anyOf) hopeless() error {
	if slices.ContainsFunc(a.bundles, func(c candidate) bool { return c.err == nil }) {
		return nil
	}
	return a.refused()
}

func (a *anyOf) refused() error {
	r := &algorithm.RefusedError{What: "bundles"}
	for _, c := range a.bundles {
		r.Causes = append(r.Causes, c.err)
	}
	return r
}

// prepare says which digests are computed: with a bundle that is yet to come,
// all that one may need.
func (a *anyOf) prepare() {
	var all []crypto.Hash
	for _, c := range a.bundles {
		switch {
		case c.verifier != nil:
			for _, d := range c.verifier.digests {
				all = append(all, d.Hash)
			}
		case c.err == nil:
			all = append(all, a.key.Hashes()...)
		}
	}
	a.digests = nil
	for _, h := range all {
		if !slices.ContainsFunc(a.digests, func(d digest) bool { return d.Hash == h }) {
			a.digests = append(a.digests, digest{h, h.New()})
		}
	}
}

// Write takes artifact bytes.
func (a *anyOf) Write(p []byte) (int, error) {
	a.written = true
	for _, d := range a.digests {
		d.running.Write(p)
	}
	for _, c := range a.bundles {
		if c.verifier != nil {
			c.verifier.writePure(p)
		}
	}
	return len(p), nil
}

// Hashes are those whose digests are enough for all bundles; none where one of
// them may be over the bytes themselves.
func (a *anyOf) Hashes() []crypto.Hash {
	var hashes []crypto.Hash
	for _, c := range a.bundles {
		if c.verifier != nil && c.verifier.pure() {
			return nil
		}
	}
	for _, d := range a.digests {
		hashes = append(hashes, d.Hash)
	}
	return hashes
}

// Documents are the bundles that lie at URLs. They are wanted where without them
// nothing can count: before the bytes if all others were refused already, and
// after them if none of the others fits, be it the digests or, where the bytes
// came, these themselves.
func (a *anyOf) Documents(digests ...algorithm.Digest) ([]algorithm.Document, error) {
	early := !a.asked && len(digests) == 0
	a.asked = true
	fits := fitsDigests(digests)
	if a.written || len(digests) == 0 { // or the artifact is empty
		fits = a.fitsBytes
	}
	var wanted []algorithm.Document
	for _, c := range a.bundles {
		switch {
		case c.verifier != nil && (early || fits(c)):
			return nil, nil
		case c.pending():
			wanted = append(wanted, algorithm.Document{Role: "attestation", URL: c.url, Optional: true})
		}
	}
	return wanted, nil
}

func (c candidate) pending() bool { return c.verifier == nil && c.err == nil }

// fitsDigests returns whether a bundle is over these digests. That is no verdict.
func fitsDigests(digests []algorithm.Digest) func(candidate) bool {
	return func(c candidate) bool {
		probe := *c.verifier
		_, err := probe.VerifyDigests(digests...)
		return err == nil
	}
}

// fitsBytes reports whether a bundle is over what was written. That is no
// verdict either.
func (a *anyOf) fitsBytes(c candidate) bool {
	probe := *c.verifier
	_, err := probe.judge(a.sums())
	return err == nil
}

// Take gets the bundles from their URLs. One that couldn't be had was refused for
// that; where there is no other, it says all itself.
func (a *anyOf) Take(ctx context.Context, documents []algorithm.Fetched) error {
	var absent error
	for i := range a.bundles {
		c := &a.bundles[i]
		if !c.pending() {
			continue
		}
		if len(documents) == 0 {
			return fmt.Errorf("%w: fewer documents than were named", algorithm.ErrMalformed)
		}
		*c, absent = a.take(ctx, documents[0]), documents[0].Err
		documents = documents[1:]
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if absent != nil && len(a.bundles) == 1 {
		return absent
	}
	if err := a.hopeless(); err != nil {
		return forPeople(err)
	}
	if !a.written {
		a.prepare()
	}
	return nil
}

// take makes of what lay at a URL the candidate that it is.
func (a *anyOf) take(ctx context.Context, document algorithm.Fetched) candidate {
	if document.Err != nil {
		return candidate{err: document.Err}
	}
	text, err := unpack(document.Text, a.shared)
	if err != nil {
		return candidate{err: err}
	}
	c := a.open(ctx, text)
	c.late = a.written
	return c
}

// sums are the digests of what was written.
func (a *anyOf) sums() map[crypto.Hash][]byte {
	sums := map[crypto.Hash][]byte{}
	for _, d := range a.digests {
		sums[d.Hash] = d.running.Sum(nil)
	}
	return sums
}

// Verify judges.
func (a *anyOf) Verify() (*algorithm.Evidence, error) { return a.first(a.byBytes()) }

// VerifyDigests judges an artifact of which only these digests are known.
func (a *anyOf) VerifyDigests(digests ...algorithm.Digest) (*algorithm.Evidence, error) {
	return a.first(byDigests(digests))
}

// A verdict is how one bundle is judged.
type verdict func(candidate) (*algorithm.Evidence, error)

// byBytes judges by what was written.
func (a *anyOf) byBytes() verdict {
	sums := a.sums()
	var digests []algorithm.Digest
	for h, sum := range sums {
		d, _ := algorithm.NewDigest(h, sum) // it is one of the three
		digests = append(digests, d)
	}
	return func(c candidate) (*algorithm.Evidence, error) {
		if c.late { // it has seen no bytes
			return c.verifier.VerifyDigests(digests...)
		}
		return c.verifier.judge(sums)
	}
}

func byDigests(digests []algorithm.Digest) verdict {
	return func(c candidate) (*algorithm.Evidence, error) { return c.verifier.VerifyDigests(digests...) }
}

func (a *anyOf) first(one verdict) (*algorithm.Evidence, error) {
	good, err := a.judge(one, false)
	if err != nil {
		return nil, err
	}
	return good[0], nil
}

// judge asks one bundle after the other, up to the first that holds or all of
// them: then it returns the first of each signer, in the order of the document.
// Those that were made first are asked first, and those for which no time is
// proved last, however they lie there: a key's lifetime is held against the time
// of the one that is returned.
func (a *anyOf) judge(one verdict, all bool) (good []*algorithm.Evidence, err error) {
	if a.done {
		return nil, errJudged
	}
	a.done = true
	kept := map[*candidate]*algorithm.Evidence{}
	for _, c := range a.byTime() {
		switch {
		case c.verifier != nil:
			var evidence *algorithm.Evidence
			if evidence, c.err = one(*c); c.err != nil {
				continue
			}
			if !all {
				return []*algorithm.Evidence{evidence}, nil
			}
			if !slices.ContainsFunc(good, sameSigner(evidence)) {
				good, kept[c] = append(good, evidence), evidence
			}
		case c.pending():
			c.err = fmt.Errorf("%w: a bundle that lies at a URL, and wasn't fetched", algorithm.ErrUnsupported)
		}
	}
	if len(good) > 0 {
		return a.inOrder(kept), nil
	}
	return nil, forPeople(a.refused())
}

// inOrder is what was kept, as the bundles lie in the document.
func (a *anyOf) inOrder(kept map[*candidate]*algorithm.Evidence) (good []*algorithm.Evidence) {
	for i := range a.bundles {
		if e := kept[&a.bundles[i]]; e != nil {
			good = append(good, e)
		}
	}
	return good
}

// byTime are the bundles, ordered by the earliest time that is proved for each.
func (a *anyOf) byTime() []*candidate {
	var all []*candidate
	for i := range a.bundles {
		all = append(all, &a.bundles[i])
	}
	slices.SortStableFunc(all, func(x, y *candidate) int { return x.made().Compare(y.made()) })
	return all
}

// made is the earliest time that is proved for a bundle, and far away where none is.
func (c *candidate) made() time.Time {
	made := time.Unix(1<<40, 0)
	if c.verifier != nil {
		for _, t := range c.verifier.proof.times() {
			if t.Before(made) {
				made = t
			}
		}
	}
	return made
}
