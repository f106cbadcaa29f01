package lint

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/triples"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// targets are the usual ones and those that the overrides name.
func (l *linter) targets() []string {
	all := triples.Usual()
	for _, triple := range l.manifest.Targets() {
		switch _, err := metadata.TargetVariables(triple); {
		case err != nil:
			l.found.of(l.manifest.WrapKey(triple, "", err), ruleTargetUnknown, warning, "")
		case slices.Contains(all, triple):
		case len(all) >= maxTargets:
			l.incomplete(fmt.Sprintf("more than %d targets", maxTargets))
			return all
		default:
			all = append(all, triple)
		}
	}
	return all
}

func (l *linter) incomplete(what string) {
	l.found.add(Finding{Rule: ruleIncomplete, Severity: note, File: l.file, Key: what, Message: "there are " + what + "; what is over that wasn't looked at"}, "")
}

// A release is an artifact for one target under one of the names that an
// installer tries.
type release struct {
	target  string
	url     string
	madeUp  bool              // the URL
	values  map[string]string // of templates
	signing *metadata.Signing // nil where none is declared
}

// madeUpURL is where an artifact is of which nobody says so. Its name tells the version,
// as most do: whether the real one does isn't known, and no reason for a finding.
const madeUpURL = "https://release.invalid/download/artifact-1.0.0.tgz"

// madeUpOf is madeUpURL for a version.
func madeUpOf(version string) string {
	t, err := template.Parse(strings.Replace(madeUpURL, "1.0.0", "{ version }", 1))
	if err != nil {
		return madeUpURL
	}
	url, err := t.RenderURL(map[string]string{"version": version})
	if err != nil {
		return madeUpURL
	}
	return url
}

// madeUp are values of all variables that a manifest, a target and an artifact
// give, for a table that stands elsewhere.
func madeUp() map[string]string {
	values, _ := metadata.TargetVariables("x86_64-unknown-linux-gnu") // never an error
	values = withSuffix(values, ".tgz")
	for name, value := range map[string]string{
		"name": "artifact", "version": "1.0.0", "repo": "https://release.invalid/owner/artifact", "subcrate": "artifact", "bin": "artifact",
	} {
		values[name] = value
	}
	return values
}

// releases are those of a target, under each name's end that pkg-fmt leaves open.
func (l *linter) releases(target string) []release {
	declared, err := l.manifest.For(target)
	var values map[string]string
	if err == nil {
		values, err = l.values(target)
	}
	if err != nil {
		l.refuse(err, target)
		return nil
	}
	format := cmp.Or(declared.PkgFmt, "tgz")
	ends := suffixes(format, values["target-family"] == "windows")
	if ends == nil {
		l.field(target, "pkg-fmt", rulePkgFmt, warning, fmt.Sprintf("%q is not one of tar, tbz2, tgz, txz, tzstd, zip and bin", format))
		ends = suffixes("tgz", false)
	}
	r := release{target: target, signing: declared.Signing, madeUp: declared.PkgURL == ""}
	text := declared.PkgURL
	if r.madeUp {
		text = strings.Replace(madeUpURL, "1.0.0.tgz", "{ version }-{ target }{ archive-suffix }", 1)
		if declared.Signing != nil {
			l.field(target, "pkg-url", ruleNoPkgURL, note, "no pkg-url is declared: installers guess where the artifact is, and a made-up URL stands in here")
		}
	}
	return l.render(r, text, values, ends)
}

// render gives the release its URL under each of the ends.
func (l *linter) render(r release, text string, values map[string]string, ends []string) []release {
	t, err := template.Parse(text)
	if err != nil {
		l.templateOf(r.target, err)
		r.url, r.madeUp, t = madeUpURL, true, nil
	}
	var all []release
	for _, end := range ends {
		one := r
		one.values = withSuffix(values, end)
		if t != nil {
			if one.url, err = t.RenderURL(one.values); err == nil {
				err = verify.CheckURL(one.url)
			}
			if err != nil {
				l.templateOf(r.target, err)
				one.url, one.madeUp = madeUpURL, true
			}
		}
		if !slices.ContainsFunc(all, func(other release) bool { return other.url == one.url }) {
			all = append(all, one)
		}
	}
	return all
}

// values are those of the templates, for a target.
func (l *linter) values(target string) (map[string]string, error) {
	version := cmp.Or(l.c.Version, l.manifest.Version)
	if version == "" && l.manifest.VersionInherited {
		version = madeUp()["version"]
	}
	values, err := l.manifest.VariablesFor(target, version)
	if err != nil {
		return nil, err
	}
	if l.manifest.Repository == "" && l.manifest.RepositoryInherited {
		values["repo"] = madeUp()["repo"]
	}
	if len(l.manifest.Bins) > 0 {
		values["bin"] = l.manifest.Bins[0]
	}
	maps.Copy(values, l.c.Variables)
	return values, nil
}

// repository is the manifest's, where it is known.
func repository(m *metadata.Manifest) string {
	values, _ := m.Variables("x86_64-unknown-linux-gnu") // none where the manifest's own are broken
	return values["repo"]
}

// field adds what is found of a field of the manifest that is no signing table's.
func (l *linter) field(target, key, rule, severity, message string) {
	l.found.of(l.manifest.WrapKey(target, key, errors.New(message)), rule, severity, target)
}

// templateOf adds what is wrong with pkg-url.
func (l *linter) templateOf(target string, err error) {
	l.field(target, "pkg-url", ruleOfTemplate(err), failure, "pkg-url: "+err.Error())
}

func ruleOfTemplate(err error) string {
	var missing *template.MissingKeyError
	if errors.As(err, &missing) {
		return ruleUnknownVariable
	}
	return ruleTemplateBroken
}

// refuse adds an error of the manifest for a target.
func (l *linter) refuse(err error, target string) {
	var broken *metadata.Error
	if errors.As(err, &broken) {
		l.found.of(broken, ruleTableBroken, failure, target)
	}
}

// suffixes are the names' ends that cargo-binstall tries for a pkg-fmt; nil for
// one that it doesn't know.
func suffixes(format string, windows bool) []string {
	switch format {
	case "tar":
		return []string{".tar"}
	case "tbz2":
		return []string{".tbz2", ".tar.bz2"}
	case "tgz":
		return []string{".tgz", ".tar.gz"}
	case "txz":
		return []string{".txz", ".tar.xz"}
	case "tzstd":
		return []string{".tzstd", ".tzst", ".tar.zst"}
	case "zip":
		return []string{".zip"}
	case "bin":
		if windows {
			return []string{".bin", "", ".exe"}
		}
		return []string{".bin", ""}
	default:
		return nil
	}
}

func withSuffix(values map[string]string, suffix string) map[string]string {
	v := maps.Clone(values)
	v["archive-suffix"] = suffix
	v["archive-format"] = strings.TrimPrefix(suffix, ".")
	v["format"] = v["archive-format"]
	return v
}
