package aqua

import (
	"maps"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/relseal/relseal/internal/boundedregexp"
)

// sums is the URL of the artifact's checksums, which a table can name where the file
// is of a form that package verify reads.
func (p *platform) sums(c *checksum) (string, error) {
	at, err := p.sumsURL(c)
	if err != nil {
		return "", err
	}
	switch c.Algorithm.value {
	case "sha256", "sha384", "sha512":
	case "md5", "sha1":
		return "", p.entry.at(c.Algorithm.at, "checksum.algorithm", refuse(ErrWeak, "a checksum by %s proves nothing, whoever has signed it", c.Algorithm.value))
	default:
		return "", p.entry.at(firstLine(c.Algorithm.at, c.at), "checksum.algorithm", refuse(ErrUnsupported, "%q", c.Algorithm.value))
	}
	return at, p.sumsForm(c, at)
}

func (p *platform) sumsURL(c *checksum) (string, error) {
	values := maps.Clone(p.values)
	if by := c.Replacements; by != nil {
		all := map[string]string{}
		if len(by) > 0 {
			maps.Copy(all, p.spec.Replacements)
		}
		maps.Copy(all, by)
		p.replace(values, all)
	}
	values["Asset"] = p.asset
	switch {
	case c.Type == typeRelease && !isName(p.spec.RepoOwner):
		return "", p.entry.at(c.at, "checksum.type", refuse(ErrEntry, "a release of no repository"))
	case c.Type == typeRelease:
		name, err := p.render("checksum.asset", c.Asset, values)
		if err == nil {
			err = p.entry.at(c.Asset.at, "checksum.asset", checkAsset(name))
		}
		return assetURL(p.spec.RepoOwner, p.spec.RepoName, p.query.Version, name), err
	case c.Type == typeHTTP:
		if p.spec.Type == typeHTTP {
			values["AssetURL"] = p.url
		}
		at, err := p.render("checksum.url", c.URL, values)
		if err == nil {
			err = p.entry.at(c.URL.at, "checksum.url", checkURL(at))
		}
		return at, err
	}
	return "", p.entry.at(c.at, "checksum.type", refuse(ErrEntry, "%q, and %s and %s are known", c.Type, typeRelease, typeHTTP))
}

// sumsForm refuses files that aqua reads in a way of their own.
func (p *platform) sumsForm(c *checksum, at string) error {
	alone := isAlone(at, p.asset)
	var err error
	switch {
	case c.FileFormat == "" && c.Pattern == nil:
	case c.FileFormat == "raw" && !alone:
		err = p.entry.at(c.at, "checksum.file_format", refuse(ErrUnsupported, "a digest alone in a file that isn't called by the artifact's name, %s", p.asset))
	case c.FileFormat == "raw":
	case c.FileFormat == "regexp" && c.Pattern != nil:
		err = p.entry.at(c.Pattern.at, "checksum.pattern", c.Pattern.check(c.Algorithm.value, p.asset, alone))
	default:
		err = p.entry.at(c.at, "checksum.file_format", refuse(ErrUnsupported, "%q, with or without a pattern", c.FileFormat))
	}
	return err
}

// isAlone reports whether a file is for one artifact, by its name.
func isAlone(at, asset string) bool {
	u, err := url.Parse(at)
	return err == nil && strings.HasPrefix(path.Base(u.Path), asset+".")
}

// check refuses a pattern that finds the digest in another form of a line than those
// that are read: it is tried on one of each.
func (c *checksumPattern) check(algorithm, asset string, alone bool) error {
	digest := strings.Repeat("0123456789abcdef", map[string]int{"sha256": 4, "sha384": 6, "sha512": 8}[algorithm])
	room := boundedregexp.MaxInstructions
	sum, err := boundedregexp.Compile(c.Checksum, &room)
	if err != nil {
		return err
	}
	name, err := boundedregexp.Compile(c.File, &room)
	if err != nil {
		return err
	}
	lines := []string{digest + "  " + asset, digest + " *" + asset, digest + "  ./" + asset, strings.ToUpper(algorithm) + " (" + asset + ") = " + digest}
	if alone && c.File == "" {
		lines = append(lines, digest)
	}
	for _, line := range lines {
		if firstGroup(sum, line) == digest && (c.File == "" && alone || c.File != "" && strings.TrimPrefix(firstGroup(name, line), "./") == asset) {
			return nil
		}
	}
	return refuse(ErrUnsupported, "no line of sha256sum's or of BSD's form has %s by it", asset)
}

func firstGroup(re *regexp.Regexp, line string) string {
	if found := re.FindStringSubmatch(line); len(found) > 1 {
		return found[1]
	}
	return ""
}
