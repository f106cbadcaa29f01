package cosign

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

const (
	maxPredicate = 1 << 20 // bytes of one that is read; those of provenance have some 10 KiB
	maxDetail    = 1 << 10 // bytes of a value in the evidence
)

// details says what the signature is over and, of an attestation, what it says
// of the artifact. The signature was found right.
func (s *signed) details() (details map[string]string, notes []string) {
	if s.envelope == nil {
		kind := "message"
		if s.form == formPlain || s.form == formPair {
			kind = "plain signature"
		}
		return map[string]string{detailForm: kind}, nil
	}
	e := s.envelope
	details = map[string]string{
		detailForm:          "attestation",
		detailPredicateType: e.predicateType,
		detailSubjects:      strconv.Itoa(e.count),
	}
	said, err := e.provenance()
	if err != nil {
		notes = append(notes, fmt.Sprintf("what the provenance says wasn't read: %s", terminal.Limit(err.Error(), 200)))
	}
	maps.Copy(details, said)
	return details, notes
}

// shownDetails makes details fit to be shown, and leaves out what is empty.
func shownDetails(details map[string]string) map[string]string {
	for name, text := range details {
		if details[name] = terminal.Limit(text, maxDetail); text == "" {
			delete(details, name)
		}
	}
	return details
}

// The names of the details, as the package's comment lists them. None is one of
// an identity's fields: what the builder wrote into a predicate may differ from
// what the authority wrote into the certificate.
const (
	detailForm          = "form"
	detailPredicateType = "predicate-type"
	detailSubjects      = "subjects"
	detailBuilder       = "builder-id"
	detailBuildType     = "build-type"
	detailSource        = "source"
	detailSourceDigest  = "provenance-source-digest"
	detailIdentity      = "identity"
)

// provenance reads who built from what, as far as it is there.
func (e *envelope) provenance() (map[string]string, error) {
	switch e.predicateType {
	case provenance02:
		return readPredicate(e.payload, (*slsa02).details)
	case provenance1:
		return readPredicate(e.payload, (*slsa1).details)
	}
	return nil, nil //nolint:nilnil // another type says nothing of it
}

// readPredicate reads the predicate of a statement, whose values were counted.
func readPredicate[T, R any](payload []byte, read func(*T) R) (R, error) {
	var statement struct {
		Predicate once[limited[T]] `json:"predicate"`
	}
	if err := json.Unmarshal(payload, &statement); err != nil {
		var none R
		return none, fmt.Errorf("predicate: %w", err)
	}
	return read(&statement.Predicate.value.value), nil
}

// A limited is JSON of no more than [maxPredicate] bytes.
type limited[T any] struct{ value T }

func (l *limited[T]) UnmarshalJSON(text []byte) error {
	if len(text) > maxPredicate {
		return fmt.Errorf("%w: %d bytes, and %d are the most", algorithm.ErrTooLarge, len(text), maxPredicate)
	}
	return json.Unmarshal(text, &l.value)
}

// A fact is a value in a predicate that is told where it can be read. Of one
// that stands there twice, or is something else, nothing is told.
type fact[T any] struct {
	value T
	seen  bool
}

func (f *fact[T]) UnmarshalJSON(text []byte) error {
	var value T
	if f.seen || json.Unmarshal(text, &value) != nil {
		var none T
		value = none
	}
	f.value, f.seen = value, true
	return nil
}

// slsa02 is the part of https://slsa.dev/spec/v0.2/provenance that is told.
type slsa02 struct {
	Builder    fact[slsaBuilder] `json:"builder"`
	BuildType  fact[string]      `json:"buildType"`
	Invocation fact[struct {
		ConfigSource fact[slsaSource] `json:"configSource"`
	}] `json:"invocation"`
}

type slsaBuilder struct {
	ID fact[string] `json:"id"`
}

type slsaSource struct {
	URI    fact[string]    `json:"uri"`
	Digest fact[digestSet] `json:"digest"`
}

// commit is the digest of the source, where it is one of git.
func (s *slsaSource) commit() string {
	digests := s.Digest.value
	if commit, ok := digests["gitCommit"]; ok {
		return commit
	}
	return digests["sha1"]
}

func (p *slsa02) details() map[string]string {
	source := p.Invocation.value.ConfigSource.value
	return map[string]string{
		detailBuilder:      p.Builder.value.ID.value,
		detailBuildType:    p.BuildType.value,
		detailSource:       source.URI.value,
		detailSourceDigest: source.commit(),
	}
}

// slsa1 is the part of https://slsa.dev/spec/v1.0/provenance that is told.
type slsa1 struct {
	BuildDefinition fact[struct {
		BuildType          fact[string] `json:"buildType"`
		ExternalParameters fact[struct {
			Workflow fact[struct {
				Repository fact[string] `json:"repository"`
				Ref        fact[string] `json:"ref"`
			}] `json:"workflow"`
		}] `json:"externalParameters"`
		ResolvedDependencies fact[[]slsaSource] `json:"resolvedDependencies"`
	}] `json:"buildDefinition"`
	RunDetails fact[struct {
		Builder fact[slsaBuilder] `json:"builder"`
	}] `json:"runDetails"`
}

// details takes the source from the resolved dependencies where one of them is
// a git repository: there it has its commit.
func (p *slsa1) details() map[string]string {
	build := p.BuildDefinition.value
	said := map[string]string{
		detailBuilder:   p.RunDetails.value.Builder.value.ID.value,
		detailBuildType: build.BuildType.value,
	}
	for _, d := range build.ResolvedDependencies.value {
		if strings.HasPrefix(d.URI.value, "git+") {
			said[detailSource], said[detailSourceDigest] = d.URI.value, d.commit()
			return said
		}
	}
	if from := build.ExternalParameters.value.Workflow.value; from.Repository.value != "" {
		said[detailSource] = strings.TrimSuffix(from.Repository.value+"@"+from.Ref.value, "@")
	}
	return said
}
