package aqua

import (
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/metadata"
)

// A Table is a signing table, by its keys in TOML and in JSON.
type Table struct {
	Algorithm       string            `json:"algorithm" toml:"algorithm"`
	Pubkey          any               `json:"pubkey,omitempty" toml:"pubkey,omitempty,inline"` // a string or a *KeyURL
	File            string            `json:"file,omitempty" toml:"file,omitempty"`
	Certificate     string            `json:"certificate,omitempty" toml:"certificate,omitempty"`
	Checksums       string            `json:"checksums,omitempty" toml:"checksums,omitempty"`
	PredicateType   []string          `json:"predicate-type,omitempty" toml:"predicate-type,omitempty"`
	TransparencyLog *bool             `json:"transparency-log,omitempty" toml:"transparency-log,omitempty"`
	SCT             *bool             `json:"sct,omitempty" toml:"sct,omitempty"`
	GitHub          *GitHubRelease    `json:"release,omitempty" toml:"release,omitempty,inline"`
	Identity        map[string]string `json:"identity,omitempty" toml:"identity,omitempty"`
	Alternatives    []Table           `json:"alternatives,omitempty" toml:"alternatives,omitempty"`
}

// A KeyURL is a key that is fetched.
type KeyURL struct {
	URL    string `json:"url" toml:"url"`
	SHA256 string `json:"sha256,omitempty" toml:"sha256,omitempty"`
}

// A GitHubRelease is one that GitHub attests.
type GitHubRelease struct {
	Repository string `json:"repository" toml:"repository"`
	Tag        string `json:"tag" toml:"tag"`
}

// TOML returns the table as a document's [signing].
func (t *Table) TOML() ([]byte, error) {
	return toml.Marshal(struct {
		Signing *Table `toml:"signing"`
	}{t})
}

// Signing returns the table, judged by package metadata. The error is a
// [*metadata.Error].
func (t *Table) Signing() (*metadata.Signing, error) {
	text, err := t.TOML()
	if err != nil {
		return nil, err
	}
	return metadata.ParseAt("", text, "signing")
}

// ofVersion reports whether the table demands a tag with the version in it, of a
// release or of what was built. A tag such as "stable" is one of all versions.
func (t *Table) ofVersion(version string) bool {
	of := func(ref string) bool {
		return strings.HasPrefix(ref, "refs/tags/") && strings.Contains(ref, literal(version))
	}
	return t.GitHub != nil || of(t.Identity["source-ref"]) || of(t.Identity["github-workflow-ref"])
}

// literal is a text as a template that renders to it.
func literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, "{", `\{`, "}", `\}`).Replace(s)
}
