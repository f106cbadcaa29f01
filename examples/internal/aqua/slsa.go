package aqua

import (
	"regexp"
	"strings"
)

// Who vouches for runs of GitHub's, and what their provenance says.
const (
	issuerGitHub = "https://token.actions.githubusercontent.com"

	provenance02 = "https://slsa.dev/provenance/v0.2"
	provenance1  = "https://slsa.dev/provenance/v1"

	// The builders that slsa-verifier trusts for artifacts where nobody names one: not
	// those of images, nor those who sign for a builder of anybody's (delegator_…).
	slsaBuilders = `https://github\.com/slsa-framework/slsa-github-generator/\.github/workflows/(generator_generic|builder_go|builder_container-based)_slsa3\.yml@refs/tags/v[0-9]+\.[0-9]+\.[0-9]+`
)

// noTag as source_tag switches the check of the tag off.
const noTag = "-"

// slsa is provenance as slsa-verifier judges it: by a trusted builder, of the source,
// of the tag.
func (p *platform) slsa(s *slsa) (*Table, error) {
	at, err := p.document("slsa_provenance", &s.download)
	if err != nil {
		return nil, err
	}
	source := "github.com/" + firstOf(s.RepoOwner, p.spec.RepoOwner) + "/" + firstOf(s.RepoName, p.spec.RepoName)
	if s.SourceURI != nil {
		source = strings.TrimPrefix(strings.TrimPrefix(*s.SourceURI, "git+"), "https://")
	}
	if !regexp.MustCompile(`^github\.com/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$`).MatchString(source) {
		return nil, refuse(ErrUnsupported, "source_uri %q is no repository on GitHub", source)
	}
	identity := map[string]string{
		"issuer":            issuerGitHub,
		"subject-regexp":    slsaBuilders,
		"source-repository": "https://" + source,
	}
	if s.SourceTag == noTag {
		p.tell(s.at, "slsa_provenance.source_tag", ruleNoTag, warning, "the tag isn't checked: provenance of another release, or of a branch, is as good")
	} else {
		identity["source-ref"] = literal("refs/tags/" + firstOf(s.SourceTag, p.query.Version))
	}
	return &Table{Algorithm: "cosign", File: literal(at), PredicateType: []string{provenance02, provenance1}, Identity: identity}, nil
}
