package cosign

import (
	"errors"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

const (
	fieldSourceRef   = "source-ref"
	fieldWorkflowRef = "github-workflow-ref"

	tagPrefix  = "refs/tags/"
	maxVersion = maxDetail // bytes
)

var _ algorithm.Binder = Algorithm{}

// Binds returns true for the name unless a certificate is declared, since the
// plain signature beside that is no attestation; and for the version where an
// identity is, whose certificate may have been issued to a run for a tag, or a
// release. Whether a document has either shows when it is there: a plain
// signature has no name, and a run for a branch no version.
func (Algorithm) Binds(values map[string]algorithm.Value) (name, version bool) {
	_, pair := values[fieldCertificate]
	_, identity := values[fieldIdentity]
	_, release := values[fieldRelease]
	return !pair, identity || release
}

// signedVersion is the tag that the artifact is of, as the signer or who issued
// the certificate says it: the one in the predicate of a release, else that of
// the ref for which the certificate's run was started. A ref in the subject is
// that of a workflow, which may be one of another repository.
func signedVersion(e *envelope, certificate map[string]string) string {
	if e != nil && slices.Contains(releaseTypes(), e.predicateType) {
		switch said, err := e.release(); {
		case err != nil: // such as two tags
			return ""
		case said.tag != "":
			return tagOrNone(said.tag)
		}
	}
	ref, ok := certificate[fieldSourceRef]
	if !ok {
		ref = certificate[fieldWorkflowRef]
	}
	if tag, ok := strings.CutPrefix(ref, tagPrefix); ok {
		return tagOrNone(tag)
	}
	return ""
}

// tagOrNone returns a tag that can be shown as it is, "" for any other.
func tagOrNone(tag string) string {
	if len(tag) > maxVersion || strings.Contains(tag, " ") || terminal.Text(tag) != tag {
		return ""
	}
	return tag
}

// A binding judges a name and a version that are signed; nil demands nothing.
type binding func(name, version string) error

func (b binding) check(name, version string) error {
	if b == nil {
		return nil
	}
	return b(name, version)
}

// anyName returns the first of these names that is accepted. Of the errors that
// of the name that came furthest is returned: another version is told of a name
// that is the right one.
func (b binding) anyName(names []string, version string) (string, error) {
	var refused error
	for _, name := range names {
		err := b.check(name, version)
		if err == nil {
			return name, nil
		}
		if refused == nil || errors.Is(err, algorithm.ErrVersionMismatch) && !errors.Is(refused, algorithm.ErrVersionMismatch) {
			refused = err
		}
	}
	return "", refused
}

// early refuses a signature that can be bound to nothing that is demanded,
// whatever the artifact is.
func (b binding) early(s *signed, version string) error {
	if s.envelope == nil {
		return b.check("", version)
	}
	var names []string
	for _, subject := range s.envelope.subjects {
		names = append(names, subject.name)
	}
	_, err := b.anyName(names, version)
	return err
}

// name returns the one of the artifact's names in an attestation, "" where it
// has several of which none is demanded.
func (b binding) name(names []string, version string) (string, error) {
	if len(names) > 1 && b.check("", version) == nil {
		return "", nil
	}
	name, err := b.anyName(names, version)
	if err != nil {
		return "", forPeople(err)
	}
	return name, nil
}
