package cosign

import (
	"slices"

	"github.com/relseal/relseal/algorithm"
)

var (
	_ algorithm.SeveralVerifier = (*verifier)(nil)
	_ algorithm.SeveralVerifier = (*pair)(nil)
	_ algorithm.SeveralVerifier = (*anyOf)(nil)
)

// VerifyEach judges the one signature that there is.
func (v *verifier) VerifyEach(digests ...algorithm.Digest) ([]*algorithm.Evidence, error) {
	return only(v, digests)
}

// VerifyEach judges the one signature that there is.
func (p *pair) VerifyEach(digests ...algorithm.Digest) ([]*algorithm.Evidence, error) {
	return only(p, digests)
}

func only(v algorithm.DigestVerifier, digests []algorithm.Digest) ([]*algorithm.Evidence, error) {
	judge := v.Verify
	if len(digests) > 0 {
		judge = func() (*algorithm.Evidence, error) { return v.VerifyDigests(digests...) }
	}
	e, err := judge()
	if err != nil {
		return nil, err
	}
	return []*algorithm.Evidence{e}, nil
}

// VerifyEach judges all bundles, and keeps of each signer the one that holds and was
// made first.
func (a *anyOf) VerifyEach(digests ...algorithm.Digest) ([]*algorithm.Evidence, error) {
	one := byDigests(digests)
	if len(digests) == 0 {
		one = a.byBytes()
	}
	return a.judge(one, true)
}

// sameSigner reports whether the evidence is of a signature by the same signer:
// who a certificate is for, which is a repository where several share a workflow, and
// of a bare key the key. A certificate's key is another each time.
func sameSigner(a *algorithm.Evidence) func(*algorithm.Evidence) bool {
	return func(b *algorithm.Evidence) bool {
		if a.Identity == nil { // nor has b: a table takes the ones or the others
			return a.Fingerprint == b.Fingerprint
		}
		return !slices.ContainsFunc([]string{fieldIssuer, fieldSubject, "source-repository"}, func(field string) bool {
			return a.Identity[field] != b.Identity[field]
		})
	}
}
