package lint

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// places are what lies at which URL: for each the targets, and the artifacts by
// URL.
type places map[string]*lying

type lying struct {
	targets   []string
	artifacts []string
	table     *metadata.Signing // the first that says so
}

func (p places) add(url, target, artifact string) *lying {
	at := p[url]
	if at == nil {
		at = &lying{}
		p[url] = at
	}
	at.targets, at.artifacts = with(at.targets, target), with(at.artifacts, artifact)
	return at
}

// place notes where the signatures of a release are, of those that are over the
// artifact and can't be over another.
func (l *linter) place(s *metadata.Signing, plan *verify.Plan, r release) {
	if s.Checksums != "" || r.madeUp {
		return
	}
	text, err := plan.MarshalJSON()
	var outline any
	if err != nil || json.Unmarshal(text, &outline) != nil {
		return
	}
	for _, url := range signatures(outline) {
		if strings.Contains(url, "{ ") || url == standIn || severalIn(s, url) { // { sha256 } isn't known
			continue
		}
		if l.signatures[idOf(s)] == nil {
			l.signatures[idOf(s)] = places{}
		}
		l.signatures[idOf(s)].add(url, r.target, r.url).table = s
	}
}

// severalIn reports whether a signature's document can be one for several
// artifacts: cosign's attestations and bundles name their subjects, a plain
// signature is over one.
func severalIn(s *metadata.Signing, url string) bool {
	return s.Algorithm == "cosign" && !strings.HasSuffix(url, ".sig") && !hasField(s, "certificate")
}

// signatures are the URLs of signatures in a plan's outline.
func signatures(outline any) (urls []string) {
	switch o := outline.(type) {
	case map[string]any:
		if url, ok := o["signature"].(string); ok {
			urls = append(urls, url)
		}
		for _, key := range slices.Sorted(maps.Keys(o)) {
			urls = append(urls, signatures(o[key])...)
		}
	case []any:
		for _, item := range o {
			urls = append(urls, signatures(item)...)
		}
	}
	return urls
}

// together tells what shows only of all targets of a manifest.
func (l *linter) together() {
	for _, id := range slices.SortedFunc(maps.Keys(l.signatures), func(a, b tableID) int { return cmp.Or(a.line-b.line, cmp.Compare(a.path, b.path)) }) {
		at := l.signatures[id]
		for _, url := range slices.Sorted(maps.Keys(at)) {
			if p := at[url]; len(p.targets) > 1 && len(p.artifacts) > 1 {
				key := "file"
				if p.table.Files != nil {
					key = "files"
				}
				for _, target := range p.targets {
					l.found.at(p.table, key, ruleSameSignature, failure, target,
						"%d artifacts would have the one signature at %s, which can be good for one of them: put { url } or { target } into the template", len(p.artifacts), url)
				}
			}
		}
	}
	l.sameArtifacts()
	l.unsignedTargets()
}

// sameArtifacts tells artifacts that are for several systems: of one, a binary
// may well serve several architectures or C libraries.
func (l *linter) sameArtifacts() {
	for _, url := range slices.Sorted(maps.Keys(l.artifacts)) {
		p := l.artifacts[url]
		var systems []string
		for _, target := range p.targets {
			values, _ := metadata.TargetVariables(target) // which was asked for before
			systems = with(systems, values["os-name"])
		}
		if len(systems) > 1 {
			for _, target := range p.targets {
				l.field(target, "pkg-url", ruleSameArtifact, note, strings.Join(systems, ", ")+" would have one artifact, since nothing in pkg-url depends on the target")
			}
		}
	}
}

func (l *linter) unsignedTargets() {
	switch {
	case len(l.unsigned) == 0:
	case len(l.signed) == 0:
		l.found.of(l.manifest.WrapKey(l.unsigned[0], "signing", errUnsigned{}), ruleNotDeclared, note, "")
	default:
		for _, target := range l.unsigned {
			l.found.of(l.manifest.WrapKey(target, "signing", errUnsigned{}), ruleTargetUnsigned, warning, target)
		}
	}
}

type errUnsigned struct{}

// Error implements error.
func (errUnsigned) Error() string {
	return "no signature is declared: an installer that demands one refuses, and any other takes whatever is there"
}

// beside tells keys that lie where the artifact does: who replaces both needs
// only a table that says so, and the next edition of the table will be made from
// there.
func (l *linter) beside(s *metadata.Signing, r release) {
	for _, src := range s.Keys {
		if src.SHA256 != "" && folder(src.URL) == folder(r.url) {
			l.found.atKey(s, src, ruleKeyBeside, note, "%s is fetched from where the artifact is: its digest holds it today, and whoever takes a new one from there trusts the host", src.Key)
		}
	}
}

// folder is where a URL's file lies: the host and the path up to it, of a
// release on GitHub the repository's releases.
func folder(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	if at := strings.Index(u.Path, "/releases/"); at > 0 {
		return strings.ToLower(u.Host) + u.Path[:at] + "/releases"
	}
	return strings.ToLower(u.Host) + path.Dir(u.Path)
}

// behindQuery tells templates that put a file name's ending behind a query: that of the
// artifact's URL, or of the manifest's.
func (l *linter) behindQuery(s *metadata.Signing, r release) {
	texts := templates(s)
	for _, of := range []struct{ variable, what, url string }{{"url", "artifact", r.url}, {"checksums", "manifest", s.Checksums}} {
		if !strings.Contains(of.url, "?") {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			if endsURL(texts[key], of.variable) {
				l.found.at(s, key, ruleBehindQuery, warning, r.target, "the %s's URL has a query, and the template puts an ending behind it: the server gets another question, not the name of another file", of.what)
			}
		}
	}
}

// templates are those of URLs, by their keys.
func templates(s *metadata.Signing) map[string]string {
	texts := map[string]string{"file": s.File, "files": strings.Join(s.Files, "\n"), "checksums": s.Checksums}
	switch {
	case s.File != "" || s.Files != nil || hasField(s, "digests"): // which has no signature
	case s.Checksums != "":
		texts["file"] = "{ checksums }.sig"
	default:
		texts["file"] = "{ url }.sig"
	}
	for _, f := range s.Fields {
		if f.Name == "certificate" {
			texts[f.Name], _ = f.Text() // what is no text is told as that
		}
	}
	return texts
}

// endsURL reports whether a template has something behind a variable that isn't
// a further part of a query.
func endsURL(text, name string) bool {
	for line := range strings.Lines(text) {
		for rest := line; ; {
			_, after, ok := strings.Cut(rest, "{")
			if !ok {
				break
			}
			key, behind, closed := strings.Cut(after, "}")
			behind = strings.TrimSuffix(behind, "\n")
			if closed && strings.TrimSpace(key) == name && behind != "" && behind[0] != '&' {
				return true
			}
			rest = after
		}
	}
	return false
}
