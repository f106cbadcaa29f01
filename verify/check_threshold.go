package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// A thresholdCheck holds if at least k of several checks do, by signatures of
// at least k distinct keys. The others may fail, for whatever reason but the
// context's end.
type thresholdCheck struct {
	k      int
	checks []check
}

func (c *thresholdCheck) open(ctx context.Context, s *session) (judge, error) {
	judges, failures, err := openEach(ctx, c.shares(ctx, s), c.checks)
	if err != nil {
		return nil, err
	}
	j := &thresholdJudge{c.k, s.source, judges, failures}
	if most := j.most(); most < j.k {
		return nil, j.refuse(stageSignature, most)
	}
	return j, nil
}

// shares returns which session each check has. Of several files each has its share of
// the documents and of the time, in which nobody who serves another one can cut it
// short: whether enough of them are good mustn't depend on what the others do. The
// keys that have to be fetched are fetched before, and each group of them has its
// share of the time.
func (c *thresholdCheck) shares(ctx context.Context, s *session) func(check) *session {
	var files []string
	var keys []*signatureCheck
	for _, one := range c.checks {
		leaf, ok := one.(*signatureCheck)
		if !ok || leaf.given != nil {
			return func(check) *session { return s }
		}
		if at := leaf.at.text(); !slices.Contains(files, at) {
			files = append(files, at)
		}
		if leaf.trust.parsed == nil && !slices.ContainsFunc(keys, func(other *signatureCheck) bool { return other.trust == leaf.trust }) {
			keys = append(keys, leaf)
		}
	}
	if len(files) < 2 {
		return func(check) *session { return s }
	}
	part := (documentsTimeout - *s.spent) / time.Duration(len(files)+len(keys))
	for _, leaf := range keys {
		_, _ = leaf.trust.key(ctx, s.shared(maxFetches, part), leaf.family) // the leaf asks again, and then says why not
	}
	part = (documentsTimeout - *s.spent) / time.Duration(len(files))
	documents := max(1, (maxFetches-*s.count)/len(files))
	own := map[string]*session{}
	for _, at := range files {
		own[at] = s.shared(documents, part)
	}
	return func(c check) *session { return own[c.(*signatureCheck).at.text()] }
}

type thresholdJudge struct {
	k        int
	source   string
	judges   []judge
	failures []error
}

// most is how many signatures there can still be.
func (j *thresholdJudge) most() (most int) {
	for _, opened := range j.judges {
		if one, ok := opened.(*signatureJudge); ok {
			most += one.most()
		} else {
			most++
		}
	}
	return most
}

func (j *thresholdJudge) wants() wants { return allJudge(j.judges).wants() }

func (j *thresholdJudge) verdict(ctx context.Context, digests []algorithm.Digest) ([]Signature, error) {
	var good []Signature
	signers := signerNames{}
	for _, opened := range j.judges {
		signatures, err := opened.verdict(ctx, digests)
		switch {
		case cancelled(ctx) != nil:
			return nil, fail(stageVerdict, j.source, cancelled(ctx))
		case err != nil:
			j.failures = append(j.failures, err)
			continue
		}
		for _, s := range signatures {
			if signers.add(s) {
				good = append(good, s)
			}
		}
	}
	if len(good) < j.k {
		return nil, j.refuse(stageVerdict, len(good))
	}
	return bindAlike(good), nil
}

// bindAlike leaves to each of them what all of them bind: of what fewer signers
// say than must have signed, the others know nothing.
func bindAlike(signatures []Signature) []Signature {
	b := Binding{Name: true, Version: true}
	for _, s := range signatures {
		b = b.and(s.bound)
	}
	for i := range signatures {
		signatures[i].bound = b
	}
	return signatures
}

// signerNames are those who were counted, by all names that they have.
type signerNames map[string]bool

// add counts a signer, unless one of the names was there: a subkey may belong to
// two certificates, and a certificate has several subkeys. An identity is the
// workflow of a repository whatever the branch, since who can push one branch can
// push another. It is one with its key: whoever serves a signature may choose the
// chain beside it, and with that the issuer. A key is one whatever stands beside it in
// what its fingerprint is of. An SSH authority is one, whatever it certifies.
func (set signerNames) add(s Signature) bool {
	e := s.Evidence
	var names []string
	if len(e.Identity) > 0 {
		names = append(names, fmt.Sprintf("identity %q %q %q", e.Identity["issuer"], withoutRef(e.Identity["subject"]), e.Identity["source-repository"]))
	} else if e.PrimaryFingerprint != "" { // that of an identity is an authority, of many
		names = append(names, s.Algorithm+" "+e.PrimaryFingerprint)
	}
	if e.Fingerprint != "" {
		names = append(names, s.Algorithm+" "+e.Fingerprint)
	}
	for _, digest := range e.KeyDigests {
		names = append(names, s.Algorithm+" key "+digest)
	}
	if len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return set[name] }) {
		return false // nobody new
	}
	for _, name := range names {
		set[name] = true
	}
	return true
}

// withoutRef is the workflow of a subject such as GitHub's and GitLab's,
// https://host/owner/name/path@refs/heads/branch, and every other subject as it is
// (https://github.com/sigstore/fulcio/blob/main/docs/oidc.md). A workflow that is
// called by a commit has that in the place of the ref, behind a file of YAML. The
// first "@" that may begin a ref counts: in a branch's name another may stand.
func withoutRef(subject string) string {
	if !strings.HasPrefix(subject, "https://") {
		return subject
	}
	for i := range len(subject) {
		if subject[i] != '@' {
			continue
		}
		ending := strings.ToLower(subject[max(0, i-len(".yaml")):i])
		if strings.HasPrefix(subject[i:], "@refs/") || strings.HasSuffix(ending, ".yml") || ending == ".yaml" {
			return subject[:i]
		}
	}
	return subject
}

// refuse says how many were missing, and why each of them failed.
func (j *thresholdJudge) refuse(stage string, have int) error {
	short := fmt.Errorf("%w: signatures by %d distinct keys are good, and %d are demanded", algorithm.ErrThreshold, have, j.k)
	return fail(stage, j.source, together(append([]error{short}, j.failures...)...))
}

func (c *thresholdCheck) binds() Binding { return allBind(c.checks) }

func (c *thresholdCheck) outline(o *outline) {
	o.add("threshold", c.k)
	addEach(o, "signatures", c.checks)
}
