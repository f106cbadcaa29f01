package aqua

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/relseal/relseal/verify/lint"
)

// A Query says for which release, and for whom.
type Query struct {
	Version  string // as aqua has it: the release's tag, with a prefix such as v
	OS, Arch string // in Go's spelling
	Libc     string // such as musl; "" where that isn't known
	Vars     map[string]string

	// KeySHA256 is the digest of a key that the entry has as a URL; "" leaves it
	// unpinned, so that no program takes it.
	KeySHA256 string
}

// A Release is what an entry says of one version for one platform.
type Release struct {
	Package  string // its name in the registry
	Name     string // of the program: the repository's, or the last part of Package
	Tag      string // Query.Version
	Version  string // without prefixes
	Repo     string // https://github.com/OWNER/NAME; "" where there is none
	URL      string // of the artifact
	Asset    string // its name
	OS, Arch string
	file     string // of the entry

	// Ways are the signatures, all of which aqua demands; at least one.
	Ways []Way

	// Findings say where the entry trusts too much, or what was closed.
	Findings []lint.Finding
}

// The types of packages that are artifacts of the publisher's.
const (
	typeRelease = "github_release"
	typeHTTP    = "http"
)

const gitHub = "https://github.com/"

// maxVersion limits a version's length, in bytes.
const maxVersion = 128

// Release returns what the entry says for a query. The error is an [*Error]; it wraps
// [ErrNoArtifact] where nothing is published, and [ErrUnsigned] where no signature is
// declared, which goes with what was found.
func (e *Entry) Release(q Query) (*Release, error) {
	if !isVersion(q.Version) || !isWord(q.OS) || !isWord(q.Arch) {
		return nil, e.at(0, "", refuse(ErrEntry, "version %q, OS %q or architecture %q are none", q.Version, q.OS, q.Arch))
	}
	v, err := e.of(q)
	if err != nil {
		return nil, err
	}
	if err := e.forPlatform(v, q); err != nil {
		return nil, err
	}
	if err := e.published(v, q); err != nil {
		return nil, err
	}
	p := &platform{entry: e, spec: v, query: q}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	return p.release()
}

// published refuses what is no artifact of the publisher's.
func (e *Entry) published(v *versioned, q Query) error {
	switch {
	case !isPackage(e.name(v)):
		return e.at(e.line, "name", refuse(ErrEntry, "%q is no package's", e.name(v)))
	case value(v.ErrorMessage) != "":
		return e.at(e.line, "error_message", refuse(ErrNoArtifact, "%s", *v.ErrorMessage))
	case value(v.NoAsset):
		return e.at(e.line, "no_asset", refuse(ErrNoArtifact, "no asset for %s", q.Version))
	case !v.supported(q):
		return e.at(e.line, "supported_envs", refuse(ErrNoArtifact, "not for %s/%s", q.OS, q.Arch))
	case v.Type != typeRelease && v.Type != typeHTTP:
		return e.at(e.line, "type", refuse(ErrUnsupported, "a package of type %q is built or fetched otherwise, and no artifact that somebody signs", v.Type))
	case v.Type == typeRelease && (!isName(v.RepoOwner) || !isName(v.RepoName)):
		return e.at(e.line, "repo_owner", refuse(ErrEntry, "%q and %q are no repository", v.RepoOwner, v.RepoName))
	}
	return nil
}

// isName matches an owner or a repository on GitHub.
func isName(s string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`).MatchString(s) && strings.Trim(s, ".") != ""
}

// isPackage matches a package's name, such as owner/repository/program.
func isPackage(s string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9._+@/-]{1,200}$`).MatchString(s)
}

// isWord matches the name of a system or of an architecture.
func isWord(s string) bool { return regexp.MustCompile(`^[a-z0-9_]{1,32}$`).MatchString(s) }

// isVersion matches a tag that can stand in a URL as it is.
func isVersion(s string) bool {
	return len(s) <= maxVersion && regexp.MustCompile(`^[A-Za-z0-9@][A-Za-z0-9._+@/-]*$`).MatchString(s) && !strings.Contains(s, "..") && !strings.Contains(s, "//")
}

// checkURL refuses what is no plain https URL.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return refuse(ErrEntry, "no URL: %v", err)
	case u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "":
		return refuse(ErrUnsupported, "%s isn't fetched by https, or has a user or a fragment", raw)
	case strings.ContainsAny(raw, " \\{}") || strings.Contains(u.Path, "/../"):
		return refuse(ErrEntry, "%s has what a URL can't have", raw)
	}
	return nil
}

// checkAsset refuses the name of a release's asset that would make another URL.
func checkAsset(name string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9._+~@=,-]+$`).MatchString(name) || strings.Trim(name, ".") == "" {
		return refuse(ErrEntry, "%q is no asset of a release on GitHub", name)
	}
	return nil
}

// assetURL is where a release's asset is.
func assetURL(owner, repo, tag, name string) string {
	return gitHub + owner + "/" + repo + "/releases/download/" + tag + "/" + name
}

// bare is a version without the entry's prefix and without a v.
func (v *versioned) bare(tag string) string {
	s := strings.TrimPrefix(tag, value(v.VersionPrefix))
	if rest := strings.TrimPrefix(s, "v"); rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return rest
	}
	return s
}

// program is what the package is called for short.
func (e *Entry) program(v *versioned) string {
	return path.Base(firstOf(e.info.Name, v.RepoName, "package"))
}
