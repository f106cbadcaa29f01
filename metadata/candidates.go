package metadata

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/template"
)

// A Candidate is a place where a release may be, and what is in it.
type Candidate struct {
	// URL is absolute; that it is https is for package verify to demand.
	URL string

	// Format is that of the file: "tar", "tbz2", "tgz", "txz", "tzstd", "zip", or
	// "bin" where it is the binary itself.
	Format string

	// Suffix is the end of the file's name that was put in for archive-suffix,
	// such as ".tar.gz"; "" where the name has none, or pkg-url says it itself.
	Suffix string

	// Binaries are what is to be installed, at least one. The candidates of a
	// release share them.
	Binaries []Binary

	// Variables are those of [Manifest.VariablesFor], with bin, the name of the
	// first binary, and where pkg-url leaves the end of the name open with
	// archive-suffix, archive-format and format. They are for the templates of
	// the signing table, as verify.Artifact's.
	Variables map[string]string

	// Signing is nil where no signature is declared.
	Signing *Signing
}

// A Binary is a file to install.
type Binary struct {
	// Name is the file's, with ".exe" for Windows: it has no separators, and
	// nothing that a terminal would act on.
	Name string

	// Paths are where it may be within the archive, the first that is there
	// counts: slash-separated and valid for [fs.ValidPath]. Where the format is
	// "bin" they mean nothing.
	Paths []string
}

// Limits of what the templates may become, in bytes, and of the binaries: 640
// candidates, which is the most that are guessed, stay a few megabytes.
const (
	maxCandidateURL = 8 << 10
	maxBinaryPath   = 4 << 10
	maxBinaries     = 256
)

// Candidates returns where the release of a version for a target may be, as
// cargo-binstall finds it
// (https://github.com/cargo-bins/cargo-binstall/blob/main/SUPPORT.md), without any
// I/O: all that pkg-url, pkg-fmt and bin-dir leave open, in its order. A program
// asks the server which of them is there and takes the first; the signature must
// then be that of this one. Where pkg-url is declared there are 16 at most, and
// mostly one.
//
// Where pkg-url isn't declared there are the names that cargo-binstall guesses
// for repositories at GitHub, GitLab, Bitbucket, SourceForge and Codeberg, up to
// 640: a program that can list a release's files had better do so than ask for
// each. A package of any other host has no candidates, and the error wraps
// [ErrNotFound].
//
// Differences from cargo-binstall: its order is that of asking, and the first
// answer counts; it asks an unknown host whether it redirects to a known one; it
// looks for a binary in the first folder that is there, and not in the others; it
// goes on with other targets that the machine runs, such as musl's, for which a
// program calls Candidates again; and a pkg-url may have { bin }, as its
// documentation says.
//
// The error is a [*TargetError], or an [*Error]; for a template that one is
// around an error of package template.
func (m *Manifest) Candidates(triple, version string) ([]Candidate, error) {
	l, err := m.locator(triple, version)
	if err != nil {
		return nil, err
	}
	binaries, err := l.binaries()
	if err != nil {
		return nil, err
	}
	l.variables["bin"] = m.Bins[0]
	templates, err := l.templates()
	if err != nil {
		return nil, err
	}
	formats, err := l.formats(templates[0])
	if err != nil {
		return nil, err
	}
	var list []Candidate
	seen := map[string]bool{}
	for _, t := range templates {
		for _, f := range formats {
			for _, v := range f.variables(t, l.variables) {
				url, err := l.url(t, v)
				if err != nil {
					return nil, err
				}
				if seen[url] {
					continue // by the old spellings two ends are one
				}
				seen[url] = true
				list = append(list, Candidate{
					URL: url, Format: f.name, Suffix: v["archive-suffix"],
					Binaries: binaries, Variables: v, Signing: l.declared.Signing,
				})
			}
		}
	}
	return list, nil
}

// A locator looks for one release.
type locator struct {
	m         *Manifest
	layers    []layer
	declared  *Binstall
	variables map[string]string
}

func (m *Manifest) locator(triple, version string) (*locator, error) {
	t, err := parseTarget(triple)
	if err != nil {
		return nil, err
	}
	l := &locator{m: m, layers: m.plain.layers(triple, t)}
	if l.declared, err = m.For(triple); err != nil {
		return nil, err
	}
	if l.variables, err = m.VariablesFor(triple, version); err != nil {
		return nil, err
	}
	return l, nil
}

// about is an error of what the manifest says under a key, or doesn't.
func (l *locator) about(key string, err error) *Error {
	e := &Error{Name: l.m.file, Table: "package.metadata.binstall", Key: key, Err: because(err, "%s: %v", key, err)}
	if v, in := find(l.layers, key); v != nil {
		e.Line, e.Table = v.line, in.path
	}
	return e
}

// templates are those of the URL, at least one: the declared one, or all that are
// guessed.
func (l *locator) templates() ([]*template.Template, error) {
	texts := []string{l.declared.PkgURL}
	if l.declared.PkgURL == "" {
		h, ok := hostingOf(l.variables["repo"])
		if !ok {
			return nil, l.about("pkg-url", because(ErrNotFound, "not declared, and there is nothing to guess for the repository %.100q", l.m.Repository))
		}
		texts = h.guesses(l.variables["subcrate"] != "")
	}
	var templates []*template.Template
	for _, text := range texts {
		t, err := template.Parse(text)
		if err != nil {
			return nil, l.about("pkg-url", err)
		}
		templates = append(templates, t)
	}
	return templates, nil
}

// url renders a candidate's.
func (l *locator) url(t *template.Template, variables map[string]string) (string, error) {
	url, err := t.RenderURL(variables)
	if err == nil && len(url) > maxCandidateURL {
		err = because(errTooLarge, "a URL of more than %d bytes", maxCandidateURL)
	}
	if err != nil {
		return "", l.about("pkg-url", err)
	}
	return url, nil
}

// leavesOpen says whether a pkg-url has a key for the end of the file's name.
func leavesOpen(t *template.Template) bool {
	return slices.ContainsFunc(t.Keys(), func(key string) bool {
		return key == "archive-suffix" || key == "archive-format" || key == "format"
	})
}

// formats are those that the file may have: the declared one, or any, or that by
// which a pkg-url ends that doesn't leave it open.
func (l *locator) formats(pkgURL *template.Template) ([]format, error) {
	if l.declared.PkgFmt != "" {
		f, err := formatNamed(l.declared.PkgFmt)
		if err != nil {
			return nil, l.about("pkg-fmt", err)
		}
		return []format{f}, nil
	}
	if leavesOpen(pkgURL) {
		return formats(), nil
	}
	f, ok := formatOf(pkgURL.String())
	if !ok {
		return nil, l.about("pkg-url", because(errMissing, "its end tells no pkg-fmt, and that isn't declared"))
	}
	return []format{f}, nil
}

// variables are those for each end that a file of the format may have.
func (f format) variables(t *template.Template, common map[string]string) []map[string]string {
	if !leavesOpen(t) {
		return []map[string]string{maps.Clone(common)}
	}
	var list []map[string]string
	for _, end := range f.ends(common["target-family"] == "windows") {
		v := maps.Clone(common)
		v["archive-suffix"] = end
		v["archive-format"] = strings.TrimPrefix(end, ".")
		if end == "" {
			v["archive-format"] = bare
		}
		v["format"] = v["archive-format"]
		list = append(list, v)
	}
	return list
}

// binaries are the manifest's, at least one, with their paths by bin-dir.
func (l *locator) binaries() ([]Binary, error) {
	switch {
	case len(l.m.Bins) == 0:
		return nil, &Error{Name: l.m.file, Err: because(errMissing, "the manifest names no binary")}
	case len(l.m.Bins) > maxBinaries:
		return nil, &Error{Name: l.m.file, Err: because(errTooLarge, "more than %d binaries", maxBinaries)}
	}
	texts := []string{l.declared.BinDir}
	if l.declared.BinDir == "" {
		texts = nil
		for _, folder := range binaryFolders() {
			texts = append(texts, folder+"{ bin }{ binary-ext }")
		}
	}
	variables := maps.Clone(l.variables)
	variables["format"] = variables["binary-ext"] // its old name, in bin-dir alone
	var binaries []Binary
	for _, bin := range l.m.Bins {
		b := Binary{Name: bin + variables["binary-ext"]}
		if !isFileName(b.Name) {
			return nil, &Error{Name: l.m.file, Err: because(errValue, "%s is no name for a binary", shownName(b.Name))}
		}
		variables["bin"] = bin
		for _, text := range texts {
			name, err := binaryPath(text, variables)
			if err != nil {
				return nil, l.about("bin-dir", err)
			}
			b.Paths = append(b.Paths, name)
		}
		binaries = append(binaries, b)
	}
	return binaries, nil
}

func shownName(name string) string { return terminal.Limit(terminal.Quoted(name), maxNameText) }

// binaryPath renders a bin-dir, which must stay within the archive.
func binaryPath(text string, variables map[string]string) (string, error) {
	t, err := template.Parse(text)
	if err != nil {
		return "", err
	}
	name, err := t.Render(variables)
	if err != nil {
		return "", err
	}
	if len(name) > maxBinaryPath {
		return "", because(errTooLarge, "a path of more than %d bytes", maxBinaryPath)
	}
	clean := path.Clean(name)
	if clean == "." || !fs.ValidPath(clean) || strings.ContainsRune(name, '\\') {
		return "", because(errValue, "%s is no path within the package", shownName(name))
	}
	return clean, nil
}

// isFileName says whether a text is the name of one file on every system, and
// can be seen whole.
func isFileName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, `/\:`) && terminal.Text(name) == name
}
