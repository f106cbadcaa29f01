package metadata

import "strings"

// A format is a pkg-fmt, the ends of names that its files have, and one more
// that they have on Windows alone. An end of "" is a name without one.
type format struct {
	name     string
	suffixes []string
	windows  string
}

// formats are those of cargo-binstall, in its order.
func formats() []format {
	return []format{
		{name: "tar", suffixes: []string{".tar"}},
		{name: "tbz2", suffixes: []string{".tbz2", ".tar.bz2", ".tbz", ".tar.bz"}},
		{name: "tgz", suffixes: []string{".tgz", ".tar.gz"}},
		{name: "txz", suffixes: []string{".txz", ".tar.xz"}},
		{name: "tzstd", suffixes: []string{".tzstd", ".tzst", ".tar.zst"}},
		{name: "zip", suffixes: []string{".zip"}},
		{name: bare, suffixes: []string{".bin", ""}, windows: ".exe"},
	}
}

// bare is the format of what is no archive.
const bare = "bin"

// ends are the suffixes for a target.
func (f format) ends(windows bool) []string {
	if windows && f.windows != "" {
		return append(f.suffixes, f.windows)
	}
	return f.suffixes
}

// formatNamed returns the format of that name.
func formatNamed(name string) (format, error) {
	var names []string
	for _, f := range formats() {
		if f.name == name {
			return f, nil
		}
		names = append(names, f.name)
	}
	text := "pkg-fmt %.100q is none of " + strings.Join(names, ", ")
	if meant, ok := formatOf("." + name); ok {
		return format{}, because(errValue, text+" (did you mean %q?)", name, meant.name)
	}
	return format{}, because(errValue, text, name)
}

// formatOf guesses the format by the end of a template's text.
func formatOf(text string) (format, bool) {
	for _, f := range formats() {
		for _, end := range f.ends(true) {
			if end != "" && strings.HasSuffix(text, end) {
				return f, true
			}
		}
	}
	return format{}, false
}
