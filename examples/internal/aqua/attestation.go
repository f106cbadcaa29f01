package aqua

import (
	"regexp"
	"strings"
)

// attestation is what GitHub keeps under the digest of the artifact, or of its
// checksums, as "gh attestation verify" judges it.
func (p *platform) attestation(prefix, sums string, a *attestations) (*Table, error) {
	key := prefix + "github_artifact_attestations"
	v := p.spec
	if !isName(v.RepoOwner) || !isName(v.RepoName) {
		return nil, refuse(ErrEntry, "the attestations of no repository")
	}
	identity := map[string]string{"issuer": issuerGitHub, "source-repository": gitHub + v.RepoOwner + "/" + v.RepoName}
	workflow := a.SignerWorkflow
	if workflow.value == "" {
		workflow = a.SignerOld
	}
	if err := p.signer(key, a, workflow, identity); err != nil {
		return nil, err
	}
	return &Table{
		Algorithm: "cosign", File: attestationsURL(v), Checksums: literal(sums),
		PredicateType: []string{literal(firstOf(a.PredicateType, provenance1))}, Identity: identity,
	}, nil
}

// attestationsURL is where GitHub has those of a digest.
func attestationsURL(v *versioned) string {
	return "https://api.github.com/repos/" + v.RepoOwner + "/" + v.RepoName + "/attestations/sha256:{ sha256 }"
}

// signer adds the workflow that must have signed. Without one it is any of the
// package's repository. gh took it for the beginning of an expression and now takes
// it for the beginning of a text, and aqua undoes the escapes: so are they here.
func (p *platform) signer(key string, a *attestations, workflow text, identity map[string]string) error {
	if workflow.value == "" {
		p.tell(a.at, key, ruleNoWorkflow, warning, "without signer_workflow every workflow of the repository can sign, also one that tests what anyone proposes")
		identity["subject-regexp"] = regexp.QuoteMeta(gitHub+p.spec.RepoOwner+"/"+p.spec.RepoName+"/") + ".+"
		return nil
	}
	path := strings.TrimPrefix(strings.TrimPrefix(unescape(workflow.value), "https://"), "github.com/")
	at := func(err error) error { return p.entry.at(workflow.at, key+".signer_workflow", err) }
	file, ref, hasRef := strings.Cut(path, "@")
	switch literalPath := regexp.MustCompile(`^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+/[A-Za-z0-9._/-]+$`).MatchString(file); {
	case literalPath && hasRef && ref != "":
		identity["subject"] = literal(gitHub + path)
	case literalPath:
		identity["subject-regexp"] = regexp.QuoteMeta(gitHub+file) + "@.+"
	default:
		beginning := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(workflow.value, "^"), "https://"), "github.com/")
		return at(p.pattern(key+".signer_workflow", workflow.at, "subject", `^https://github\.com/`+beginning, identity))
	}
	return nil
}

// unescape takes the backslashes of an expression's escapes away.
func unescape(s string) string {
	return regexp.MustCompile(`\\([.\\+*?()|\[\]{}^$/-])`).ReplaceAllString(s, "$1")
}

// immutable is GitHub's attestation of the release.
func (p *platform) immutable() (*Table, error) {
	v := p.spec
	if v.Type != typeRelease {
		return nil, refuse(ErrEntry, "a release of no repository")
	}
	return &Table{
		Algorithm: "cosign", File: attestationsURL(v),
		GitHub: &GitHubRelease{v.RepoOwner + "/" + v.RepoName, literal(p.query.Version)},
	}, nil
}
