package lint

import (
	"slices"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
)

// binstall tells what cargo-binstall makes of the table
// (https://github.com/cargo-bins/cargo-binstall/blob/main/SIGNING.md): it takes a
// minisign key that is a string, and rejects a whole manifest with anything else.
// Keys that it doesn't know it ignores, so that it verifies something else than
// they say.
func (l *linter) binstall(r release) {
	s := r.signing
	tell := func(key, text string) { l.found.at(s, key, ruleBinstall, warning, r.target, "%s", text) }
	pubkey := slices.IndexFunc(s.Keys, func(src metadata.Source) bool { return src.Key == "pubkey" })
	const instead = ": put a table by minisign here, and this one into alternatives"
	switch {
	case s.Algorithm != "minisign":
		tell("algorithm", "cargo-binstall knows minisign alone, and rejects the whole manifest, signed or not"+instead)
		return
	case pubkey < 0:
		tell("pubkey", "cargo-binstall rejects the whole manifest without a pubkey, since it doesn't know keys")
		return
	case s.Keys[pubkey].Inline == "":
		tell("pubkey", "cargo-binstall rejects the whole manifest where pubkey isn't a string")
		return
	}
	switch unknown := unknownToBinstall(s.File); {
	case s.Checksums != "":
		tell("checksums", "cargo-binstall doesn't know checksums, and takes file for the signature of the artifact itself"+instead)
	case s.Files != nil:
		tell("files", "cargo-binstall doesn't know files, and looks for a signature at { url }.sig")
	case unknown != "":
		tell("file", "cargo-binstall doesn't know the variable "+unknown+", and can't install the package")
	}
}

// unknownToBinstall is a variable of a template that cargo-binstall has no value
// for; "" where there is none.
func unknownToBinstall(text string) string {
	t, err := template.Parse(text)
	if err != nil {
		return "" // told as what it is
	}
	for _, key := range t.Keys() {
		if slices.Contains([]string{"asset", "asset-stem", "tag", "os", "arch", "os-name", "bin", "sha256", "sha384", "sha512"}, key) {
			return key
		}
	}
	return ""
}
