package aqua

import (
	"maps"
	"net/url"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A platform is an entry for one release, with the values of its templates.
type platform struct {
	entry *Entry
	spec  *versioned
	query Query

	values map[string]any // of all templates
	url    string         // of the artifact
	asset  string         // its name
	found  []finding
}

// prepare finds out where the artifact is.
func (p *platform) prepare() error {
	vars, err := p.vars()
	if err != nil {
		return err
	}
	p.values = map[string]any{
		"Version": p.query.Version, "SemVer": strings.TrimPrefix(p.query.Version, value(p.spec.VersionPrefix)),
		"GOOS": p.query.OS, "GOARCH": p.query.Arch, "Format": p.spec.Format, "Vars": vars,
	}
	p.replace(p.values, p.spec.Replacements)
	if p.spec.Type == typeHTTP {
		return p.prepareHTTP()
	}
	name, err := p.render("asset", p.spec.Asset, nil)
	if err != nil {
		return err
	}
	p.asset = p.withExt(name)
	p.url = assetURL(p.spec.RepoOwner, p.spec.RepoName, p.query.Version, p.asset)
	return p.entry.at(p.spec.Asset.at, "asset", checkAsset(p.asset))
}

func (p *platform) prepareHTTP() error {
	at, err := p.render("url", p.spec.URL, nil)
	if err != nil {
		return err
	}
	p.url = p.withExt(at)
	if err := p.entry.at(p.spec.URL.at, "url", checkURL(p.url)); err != nil {
		return err
	}
	u, err := url.Parse(p.url)
	if err == nil {
		p.asset = path.Base(u.Path)
		err = checkAsset(p.asset)
	}
	return p.entry.at(p.spec.URL.at, "url", err)
}

// replace sets what depends on replacements.
func (p *platform) replace(values map[string]any, by map[string]string) {
	arch := p.query.Arch
	if p.spec.emulated(p.query) {
		arch = "amd64"
	}
	values["OS"], values["Arch"] = firstOf(by[p.query.OS], p.query.OS), firstOf(by[arch], arch)
}

// vars are the entry's variables: those of the query, and what else they are.
func (p *platform) vars() (map[string]any, error) {
	vars := map[string]any{}
	for _, v := range p.spec.Vars {
		given, ok := p.query.Vars[v.Name]
		switch {
		case v.Name == "":
			return nil, p.entry.at(p.entry.line, "vars", refuse(ErrEntry, "a variable without a name"))
		case ok:
			vars[v.Name] = given
		case v.Default.Kind == yaml.ScalarNode && v.Default.Tag != "!!null":
			vars[v.Name] = v.Default.Value
		case v.Default.Kind != 0 && v.Default.Kind != yaml.ScalarNode:
			return nil, p.entry.at(v.Default.Line, "vars."+v.Name, refuse(ErrUnsupported, "a value that is no text"))
		case v.Required:
			return nil, p.entry.at(p.entry.line, "vars."+v.Name, refuse(ErrEntry, "a value is wanted"))
		}
	}
	return vars, nil
}

// render renders a text of the entry; more are values that it may have besides.
func (p *platform) render(key string, t text, more map[string]any) (string, error) {
	values := maps.Clone(p.values)
	maps.Copy(values, more)
	if t.value == "" {
		return "", p.entry.at(firstLine(t.at, p.entry.line), key, refuse(ErrEntry, "it is missing"))
	}
	s, err := render(t.value, values)
	return s, p.entry.at(t.at, key, err)
}

// artifact are the values that templates about a signature may have.
func (p *platform) artifact() map[string]any {
	stem, _ := cutArchive(p.asset)
	return map[string]any{"Asset": p.asset, "AssetWithoutExt": stem}
}

func firstLine(lines ...int) int {
	for _, l := range lines {
		if l > 0 {
			return l
		}
	}
	return 0
}

const formatRaw = "raw"

// withExt is a name or a URL with the endings that aqua adds.
func (p *platform) withExt(name string) string {
	format := p.spec.Format
	_, archive := cutArchive(name)
	appends := p.spec.AppendExt == nil || *p.spec.AppendExt
	if appends && archive == "" && format != "" && format != formatRaw && !strings.HasSuffix(name, "."+format) {
		name += "." + format
	}
	if p.query.OS != "windows" || strings.HasSuffix(name, ".exe") || p.spec.CompleteWindowsExt != nil && !*p.spec.CompleteWindowsExt {
		return name
	}
	bare := format == "" && path.Ext(strings.ReplaceAll(name, strings.TrimPrefix(p.query.Version, "v"), "")) == ""
	if format == formatRaw || bare {
		name += firstOf(p.spec.WindowsExt, ".exe")
	}
	return name
}

// cutArchive cuts the ending of an archive off; "" where there is none.
func cutArchive(name string) (stem, ending string) {
	for _, ending := range []string{
		"tar.br", "tar.bz2", "tar.gz", "tar.lz4", "tar.sz", "tar.xz", "tbr", "tbz", "tbz2", "tgz", "tlz4", "tsz", "txz", "tar.zst",
		"zip", "gz", "bz2", "lz4", "sz", "xz", "zst", "dmg", "pkg", "rar", "tar",
	} {
		if stem, ok := strings.CutSuffix(name, "."+ending); ok {
			return stem, ending
		}
	}
	return name, ""
}
