package verify

import (
	"maps"
	"strings"
)

// values are those of the templates: the program's, and what follows from the
// artifact.
func (a *Artifact) values() map[string]string {
	values := maps.Clone(a.Variables)
	if values == nil {
		values = map[string]string{}
	}
	if a.URL != "" {
		values["url"] = a.URL
	}
	if a.Name != "" {
		values["asset"] = a.Name
		values["asset-stem"] = stem(a.Name, values["archive-suffix"])
	}
	if version := values["version"]; version != "" && values["tag"] == "" {
		values["tag"] = "v" + version
	}
	return values
}

// stem is a file's name without the suffix of an archive, of which the program
// may know one.
func stem(name, suffix string) string {
	suffixes := []string{
		suffix, ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tar.lz4", ".tgz", ".txz", ".tbz2", ".tbz", ".tzst",
		".tar", ".zip", ".7z", ".gz", ".xz", ".bz2", ".zst", ".exe",
	}
	for _, s := range suffixes {
		if stem, ok := strings.CutSuffix(name, s); ok && s != "" && stem != "" {
			return stem
		}
	}
	return name
}
