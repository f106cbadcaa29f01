package metadata

import (
	"net/url"
	"strings"
	"unicode"
)

// Variables is [Manifest.VariablesFor] for the manifest's own version.
func (m *Manifest) Variables(triple string) (map[string]string, error) {
	return m.VariablesFor(triple, m.Version)
}

// VariablesFor returns the template variables that the manifest, a target
// triple and the version that is wanted give, with cargo-binstall's meaning:
// name, version (without one leading v), repo, subcrate, and those of
// [TargetVariables]. A program that updates itself carries the manifest of the
// version that it has, and wants another one's variables. A tag that isn't the
// version behind a v is the program's to add, as the variable tag.
//
// repo is the repository without ".git" and trailing slashes. Where the
// repository's URL points into a folder (…/tree/main/crates/psql, GitLab's
// …/-/tree/…), repo is the root and subcrate the folder's last element. What
// the manifest doesn't say is absent, never "".
//
// The error is a [*TargetError], or an [*Error] for control characters.
func (m *Manifest) VariablesFor(triple, version string) (map[string]string, error) {
	vars, err := TargetVariables(triple)
	if err != nil {
		return nil, err
	}
	repo, subcrate := splitRepository(m.Repository)
	for _, v := range []struct{ name, value string }{
		{"name", m.Name},
		{"version", strings.TrimPrefix(version, "v")},
		{"repo", repo},
		{"subcrate", subcrate},
	} {
		if strings.ContainsFunc(v.value, unicode.IsControl) {
			return nil, &Error{
				Name: m.file, Table: "package", Key: v.name,
				Err: because(errValue, "%s has control characters", v.name),
			}
		}
		if v.value != "" {
			vars[v.name] = v.value
		}
	}
	return vars, nil
}

// splitRepository takes a repository's URL apart into that of its root and the
// last element of the folder that it points to, if any.
func splitRepository(repository string) (root, subcrate string) {
	root = strings.TrimRight(repository, "/")
	if u, err := url.Parse(root); err == nil && u.Host != "" {
		if path, folder, ok := splitTree(u.Path); ok {
			subcrate = folder
			root = u.Scheme + "://" + u.Host + path
		}
	}
	return strings.TrimSuffix(strings.TrimRight(root, "/"), ".git"), subcrate
}

// splitTree splits the path of a page that shows a folder of a branch; ok is
// false for any other path. The folder is "" where the page shows the root.
func splitTree(path string) (repo, folder string, ok bool) {
	for _, sep := range []string{"/-/tree/", "/-/blob/"} {
		if repo, rest, ok := strings.Cut(path, sep); ok {
			return repo, lastAfterBranch(rest), true
		}
	}
	// The path of an ordinary page is /OWNER/REPO/tree/BRANCH/FOLDER….
	parts := strings.SplitN(path, "/", 5)
	if len(parts) == 5 && parts[3] == "tree" {
		return strings.Join(parts[:3], "/"), lastAfterBranch(parts[4]), true
	}
	return "", "", false
}

func lastAfterBranch(path string) string {
	_, folder, _ := strings.Cut(path, "/")
	return folder[strings.LastIndexByte(folder, '/')+1:]
}
