package verify

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/relseal/relseal/algorithm"
)

// A signatureCheck is a leaf: one signature by one family.
type signatureCheck struct {
	family algorithm.Algorithm
	trust  *trust
	at     location // of the signature; zero where it is given
	given  []byte   // the signature, where the program has it; nil: it is fetched
	each   bool     // every good one of several in the document counts
}

func (c *signatureCheck) open(ctx context.Context, s *session) (judge, error) {
	key, err := c.trust.key(ctx, s, c.family)
	if err != nil {
		return nil, err
	}
	j := &signatureJudge{check: c, session: s, key: key}
	switch {
	case c.given != nil:
		err = j.parse(ctx, c.given)
	case !c.at.late() || c.at.named(s.known):
		err = j.fetch(ctx, s.known)
	case c.at.named(s.expected):
		err = j.fetch(ctx, s.expected)
	case s.known != nil:
		err = fail(stageSignature, c.at.text(), fmt.Errorf("%w: the signature is named by a digest that is not known", algorithm.ErrUnsupported))
	default:
		if _, ok := key.(algorithm.DigestKey); !ok {
			err = fail(stagePlan, c.at.text(), errByBytes(c.family.Name()))
		}
	}
	if err != nil {
		return nil, err
	}
	return j, nil
}

// A signatureJudge judges one signature.
type signatureJudge struct {
	check    *signatureCheck
	session  *session
	key      algorithm.Key
	url      string
	verifier algorithm.Verifier // nil as long as the signature has no name
}

// fetch fetches the signature, which the digests may have to name.
func (j *signatureJudge) fetch(ctx context.Context, digests []algorithm.Digest) error {
	var err error
	if j.url, err = j.check.at.url(digests); err != nil {
		return fail(stageSignature, j.check.at.text(), err)
	}
	signature, err := j.session.signature(ctx, j.url)
	if err != nil {
		return &Error{Stage: stageSignature, URL: redact(j.url), Err: err}
	}
	return j.parse(ctx, signature)
}

// parse has the family refuse what can be refused without the artifact.
func (j *signatureJudge) parse(ctx context.Context, signature []byte) error {
	if limit := j.session.net.maxDocument; int64(len(signature)) > limit {
		return fail(stageSignature, j.url, fmt.Errorf("%w: signature over %d bytes", algorithm.ErrTooLarge, limit))
	}
	verifier, err := j.key.Verifier(ctx, signature)
	switch {
	case err != nil:
		return fail(stageSignature, j.url, err)
	case verifier == nil:
		return fail(stageSignature, j.url, fmt.Errorf("%w: algorithm %q returned no verifier", ErrUnverified, j.check.family.Name()))
	}
	if err := j.check.trust.retired; err != nil {
		return fail(stageSignature, j.url, err)
	}
	j.verifier = verifier
	return j.documents(ctx)
}

// maxDocuments is how many documents a verifier may want at a time, and
// documentsTimes of how many times the program's limit for one they all may be.
const (
	maxDocuments   = 32
	documentsTimes = 4
)

// documents fetches what the verifier wants beside the signature now.
func (j *signatureJudge) documents(ctx context.Context, digests ...algorithm.Digest) error {
	v, ok := j.verifier.(algorithm.DocumentVerifier)
	if !ok {
		return nil
	}
	wanted, err := v.Documents(digests...)
	if err != nil {
		return fail(stageSignature, j.url, err)
	}
	if len(wanted) > maxDocuments {
		return fail(stageSignature, j.url, fmt.Errorf("%w: more than %d documents are wanted", algorithm.ErrTooLarge, maxDocuments))
	}
	if len(wanted) == 0 {
		return nil
	}
	got, err := j.bring(ctx, wanted)
	if err != nil {
		return err
	}
	if err := v.Take(ctx, got); err != nil {
		at := j.url
		if i := slices.IndexFunc(got, func(f algorithm.Fetched) bool { return f.Err == err }); i >= 0 { //nolint:errorlint // it is all that there is to say
			at = wanted[i].URL
		}
		return fail(stageSignature, at, err)
	}
	return nil
}

// bring fetches documents, in one time and one limit for all of them, which one
// that can't be had may use up for the others. The end of ctx is final whatever
// is optional.
func (j *signatureJudge) bring(ctx context.Context, wanted []algorithm.Document) ([]algorithm.Fetched, error) {
	timed, cancel := context.WithTimeoutCause(ctx, documentTimeout, errSlow)
	defer cancel()
	limit := documentsTimes * min(j.session.net.maxDocument, math.MaxInt64/documentsTimes)
	room := limit
	got := make([]algorithm.Fetched, len(wanted))
	var err error
	for i, d := range wanted {
		var text []byte
		if room >= 0 {
			text, err = j.bringOne(timed, d, &room)
		}
		if room < 0 {
			text, err = nil, fmt.Errorf("%w: documents of over %d bytes in all", algorithm.ErrTooLarge, limit)
		}
		if err != nil && (!d.Optional || cancelled(ctx) != nil) {
			return nil, fail(stageSignature, d.URL, err)
		}
		got[i] = algorithm.Fetched{Text: text, Err: err}
	}
	return got, nil
}

// bringOne fetches one document, and takes its room. One that is too large takes
// some as well: it was read.
func (j *signatureJudge) bringOne(ctx context.Context, d algorithm.Document, room *int64) ([]byte, error) {
	text, err := j.session.fetch(ctx, d.Role, d.URL)
	switch {
	case err == nil:
		*room -= int64(len(text))
		return text, nil
	case errors.Is(err, algorithm.ErrTooLarge):
		*room -= j.session.net.maxDocument
	}
	if d.Optional {
		return nil, fmt.Errorf("%s: %w", d.Role, err)
	}
	return nil, &documentError{d.Role, err}
}

// A documentError is why a document beside the signature couldn't be had, which
// the signature can't do without. Its role is a part of the reason.
type documentError struct {
	role string
	err  error
}

func (e *documentError) Error() string { return e.role + ": " + e.err.Error() }
func (e *documentError) Unwrap() error { return e.err }

func (j *signatureJudge) wants() wants {
	if j.verifier == nil {
		hashes := j.key.(algorithm.DigestKey).Hashes() // open has seen to it
		return wants{hashes: append(slices.Clone(hashes), j.check.at.hashes()...)}
	}
	if hashes := j.hashes(); len(hashes) > 0 {
		return wants{hashes: hashes}
	}
	return wants{sinks: []io.Writer{j.verifier}}
}

// hashes are those whose digests the verifier takes in place of the bytes.
func (j *signatureJudge) hashes() []crypto.Hash {
	if v, ok := j.verifier.(algorithm.DigestVerifier); ok {
		return v.Hashes()
	}
	return nil
}

func (j *signatureJudge) verdict(ctx context.Context, digests []algorithm.Digest) ([]Signature, error) {
	byDigest := j.session.known != nil || j.verifier == nil || len(j.hashes()) > 0
	if j.verifier == nil {
		if err := j.fetch(ctx, digests); err != nil {
			return nil, err
		}
	}
	if err := j.documents(ctx, digests...); err != nil {
		return nil, err
	}
	all, err := j.judge(byDigest, digests)
	if err != nil {
		return nil, fail(stageVerdict, j.session.source, err)
	}
	return j.accept(all)
}

// accept makes signatures of the evidence that the table accepts.
func (j *signatureJudge) accept(all []*algorithm.Evidence) (signatures []Signature, err error) {
	for _, evidence := range all {
		if evidence == nil {
			continue
		}
		if err = j.check.trust.accepts(evidence, j.session.net.now()); err == nil {
			signatures = append(signatures, Signature{
				Algorithm: j.check.family.Name(), URL: j.url, Evidence: evidence, bound: j.check.trust.bound(evidence),
			})
		}
	}
	switch {
	case len(signatures) > 0:
		return signatures, nil
	case err == nil:
		err = fmt.Errorf("%w: the algorithm returned no evidence", ErrUnverified)
	}
	return nil, fail(stageVerdict, j.session.source, err)
}

// judge asks the family, by the bytes that it has got or by digests.
func (j *signatureJudge) judge(byDigest bool, digests []algorithm.Digest) ([]*algorithm.Evidence, error) {
	v, digestible := j.verifier.(algorithm.DigestVerifier)
	if byDigest && !digestible {
		return nil, fmt.Errorf("%w: this %s signature can't be judged by a digest, only by the artifact's bytes", algorithm.ErrUnsupported, j.check.family.Name())
	}
	if !byDigest {
		digests = nil
	}
	if several, ok := j.verifier.(algorithm.SeveralVerifier); ok && j.check.each {
		return several.VerifyEach(digests...)
	}
	var evidence *algorithm.Evidence
	var err error
	if byDigest {
		evidence, err = v.VerifyDigests(digests...)
	} else {
		evidence, err = j.verifier.Verify()
	}
	if err != nil {
		return nil, err
	}
	return []*algorithm.Evidence{evidence}, nil
}

// most is how many signatures the verdict may have at most.
func (j *signatureJudge) most() int {
	if _, ok := j.verifier.(algorithm.SeveralVerifier); j.check.each && (ok || j.verifier == nil) {
		return maxSigners
	}
	return 1
}

// maxSigners is how many keys a table may name, and so how many may sign.
const maxSigners = 64

func (c *signatureCheck) binds() Binding { return c.trust.binds() }

func (c *signatureCheck) outline(o *outline) {
	o.add("algorithm", c.family.Name())
	if c.given == nil {
		o.add("signature", c.at.text())
	} else {
		o.note("the signature is given")
	}
	c.trust.outline(o)
}
