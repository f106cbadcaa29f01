package cosign

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// Release attestations of GitHub
// (https://docs.github.com/en/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases).
const (
	releaseSubject = "https://dotcom.releases.github.com"
	release01      = "https://in-toto.io/attestation/release/v0.1"
	release02      = "https://in-toto.io/attestation/release/v0.2"
	gitHubURL      = "https://github.com/"

	fieldRepository = "repository"
	fieldTag        = "tag"
)

func releaseTypes() []string { return []string{release01, release02} }

// A release is an immutable release of a repository on GitHub. One certificate
// signs those of all repositories, so that what binds an attestation is in its
// predicate.
type release struct {
	repository string // owner/name
	tag        string
}

// parseRelease reads the release that is declared, nil where none is.
func parseRelease(t algorithm.Trust) (*release, error) {
	v, declared := t.Values[fieldRelease]
	if !declared {
		return nil, nil //nolint:nilnil // none is demanded
	}
	for _, other := range []string{fieldIdentity, fieldPredicateType} {
		if _, both := t.Values[other]; both {
			return nil, errConflict(other)
		}
	}
	if len(t.PublicKeys) > 0 {
		return nil, errConflict("pubkey")
	}
	r := new(release)
	texts := map[string]*string{fieldRepository: &r.repository, fieldTag: &r.tag}
	for _, c := range slices.Concat(v.Tables...) {
		text, known := texts[c.Field]
		switch {
		case !known || c.Regexp:
			return nil, fmt.Errorf("%w: release field %q, or a pattern for it", algorithm.ErrUnsupported, c.Field)
		case *text != "":
			return nil, fmt.Errorf("%w: release: %s twice", algorithm.ErrMalformed, c.Field)
		}
		*text = c.Value
	}
	return r, r.check()
}

func errConflict(other string) error {
	return fmt.Errorf("%w: release and %s exclude each other: GitHub signs a release, and the release says which attestation counts", algorithm.ErrMalformed, other)
}

// check checks what the table says, and cuts the repository's URL to its name.
func (r *release) check() error {
	if err := checkText("release.repository", r.repository); err != nil {
		return err
	}
	if err := checkText("release.tag", r.tag); err != nil {
		return err
	}
	r.repository = strings.TrimPrefix(r.repository, gitHubURL)
	if name := regexp.MustCompile(`^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$`); !name.MatchString(r.repository) {
		return fmt.Errorf("%w: release: a repository of GitHub is owner/name or %sowner/name, and not %.128q", algorithm.ErrMalformed, gitHubURL, r.repository)
	}
	return nil
}

// String is the release for people and for pins.
func (r *release) String() string {
	return fmt.Sprintf("release=%s%s@%s", gitHubURL, r.repository, r.tag)
}

// checkCertificate refuses a certificate that isn't the one of GitHub's
// releases. That one has no issuer: it is GitHub's own and was issued to nobody
// who logged in, while the public-good instance names an issuer in all of its.
func (r *release) checkCertificate(fields map[string]string) error {
	if got := fields[fieldSubject]; got != releaseSubject {
		return fmt.Errorf("%w: a release is signed by %s, and this by %q", algorithm.ErrIdentity, releaseSubject, got)
	}
	if issuer, ok := fields[fieldIssuer]; ok {
		return fmt.Errorf("%w: the certificate of GitHub's releases has no issuer, and this has %q", algorithm.ErrIdentity, issuer)
	}
	return nil
}

// releasePredicate is the part of
// https://github.com/in-toto/attestation/blob/main/spec/predicates/release.md
// that is compared, as GitHub fills it in.
type releasePredicate struct {
	Repository once[string] `json:"repository"`
	Tag        once[string] `json:"tag"`
}

// release reads of which release the attestation says that its subjects are.
func (e *envelope) release() (release, error) {
	return readPredicate(e.payload, func(p *releasePredicate) release { return release{p.Repository.value, p.Tag.value} })
}

// checkPredicate compares what the attestation says, whose signature was found
// right.
func (r *release) checkPredicate(e *envelope) error {
	got, err := e.release()
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	case got.repository != r.repository:
		return fmt.Errorf("%w: a release of repository %.128q, and it must be of %q", algorithm.ErrIdentity, got.repository, r.repository)
	case got.tag != r.tag:
		return fmt.Errorf("%w: the release %.128q, and it must be %q", algorithm.ErrIdentity, got.tag, r.tag)
	}
	return nil
}

func (r *release) details() map[string]string {
	return map[string]string{fieldRepository: r.repository, fieldTag: r.tag}
}

// errReleaseTime: without a timestamp nothing proves that the certificate was
// valid, whatever the table waives.
var errReleaseTime = fmt.Errorf("%w: no timestamp of a trusted authority proves when the release was signed", algorithm.ErrInvalid)

// checkRoot refuses the authority of anybody else: it could name any repository,
// as nothing in such a certificate does.
func (r *release) checkRoot(i *instance) error {
	if i.name != gitHub {
		return fmt.Errorf("%w: a release takes GitHub's trusted root, and the one with this authority (SHA-256 %x) isn't known to be that: "+
			"fetch it with the options of cosign.GitHub", algorithm.ErrIdentity, i.sum)
	}
	return nil
}

// uncheckedBuilder says what a release doesn't prove.
const uncheckedBuilder = "who built the assets: GitHub vouches that they are those of an immutable release"
