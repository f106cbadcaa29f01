// Package checksums reads checksum manifests: the digests of artifacts under
// their names. The bytes have to be authenticated before, and are mistrusted
// all the same: who signs a manifest may not have chosen every name in it.
//
// These forms of a line are known, and may stand in one manifest:
//
//	HASH  name            GNU, text
//	HASH *name            GNU, binary
//	SHA256 (name) = HASH  BSD
//	HASH                  alone, in NAME.sha256 and the like; see below
//	                      empty, or a comment from a "#" at its start
//
// Lines end with LF or CRLF. Hex digits are of either case. A BSD line tells its
// hash by its label: SHA256, SHA384, SHA512, BLAKE2b or BLAKE2b-512; the others
// by their length, SHA-256, SHA-384 and SHA-512, unless the manifest's name
// (B2SUMS, …b3sums.txt) says that they are of another hash. Lines of MD5, SHA-1 and other
// hashes that are known by label or length are checked for their form, then
// passed over: their digests are never used.
//
// One line that is none of these makes the whole manifest malformed, as
// "sha256sum --check --strict" has it, whatever it is about: so does one space
// where GNU has two, a name that is escaped with a backslash, absolute or of an
// element that is empty, "." (but for a "./" at its start) or "..", and so do
// backslashes in a name, control characters (those of bidirectional text and
// U+2028, U+2029 included) and invalid UTF-8 anywhere. Nothing that the strict
// tool refuses is accepted, but for what it doesn't know: several hashes in one
// file and the hash alone.
//
// Names are compared byte by byte, without a "./" at their start: whole first;
// and only where no name is the same, without their folders, if only one of the
// two has any. Two names that fit then are an error, and so is a name that has
// two digests by one hash, even the same digest twice. Names that nobody asks
// for aren't compared with each other.
//
// A hash alone in a manifest of one line counts where the manifest has the
// artifact's name with a suffix that starts with a dot. An element of the suffix
// that starts with the name of a hash (as in ".sha512sum.txt") must not
// contradict the length.
//
// A manifest whose name ends in ".prov" is Helm's; see [Find].
package checksums

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// The most that a manifest may have, in bytes and lines.
const (
	MaxBytes = 4 << 20
	MaxLines = 100_000
)

// An Entry is a digest of the artifact that was asked for.
type Entry struct {
	Name   string // as it stands in the manifest; "" for a hash alone
	Line   int    // of the manifest, from 1
	Digest algorithm.Digest
}

// Find returns the digests of the artifact of that name, one for each hash and
// at least one, the longest first: all of them must hold. manifestName is the
// last element of where the manifest is: it tells of what a hash alone is, and
// that a manifest is a provenance file of Helm (".prov").
//
// Of that, the text that is clear-signed is read, and nothing else is known in
// it: what comes before the first line "..." is Chart.yaml and isn't read; then
// comes the line "files:", and then for each file to the end, two spaces, its
// name, ": sha256:" and 64 lower-case hex digits. Names are of letters, digits
// and "+-._" and end in .tgz or .tar.gz (https://helm.sh/docs/topics/provenance/).
//
// The error wraps [algorithm.ErrNameMismatch] where nothing stands under the
// name, [algorithm.ErrWeak] where only digests by MD5, SHA-1 or RIPEMD-160 do,
// [algorithm.ErrUnsupported] where only such by other hashes do,
// [algorithm.ErrTooLarge] for a manifest above the limits, and
// [algorithm.ErrMalformed] for everything else, with the line's number.
// It takes time in proportion to the manifest, and no memory but for the result.
func Find(manifest []byte, manifestName, name string) ([]Entry, error) {
	if err := checkSize(manifest); err != nil {
		return nil, err
	}
	if err := checkAsked(name); err != nil {
		return nil, err
	}
	search := newSearch(name)
	digits, err := read(manifest, manifestName, search)
	switch {
	case err != nil:
		return nil, err
	case digits != nil:
		return findLone(digits, manifestName, name)
	}
	return search.result()
}

// isOther reports whether the manifest's name is that of a hash whose digests
// have the length of SHA-2's: b2sum, b3sum, BLAKE2 and BLAKE3; not that of a
// program by such a name with SHA-2's as well.
func isOther(manifestName string) bool {
	name := strings.ToLower(manifestName)
	for _, sha2 := range []string{"sha256", "sha384", "sha512"} {
		if strings.Contains(name, sha2) { // that of a program by such a name
			return false
		}
	}
	for _, other := range []string{"b2sum", "b3sum", "blake2", "blake3"} {
		if strings.Contains(name, other) {
			return true
		}
	}
	return false
}

func malformed(line int, err error) error {
	return fmt.Errorf("%w: line %d of the checksum manifest: %w", algorithm.ErrMalformed, line, err)
}

// count is how many lines there are, one without an end included.
func count(text []byte) int {
	n := bytes.Count(text, []byte("\n"))
	if len(text) > 0 && text[len(text)-1] != '\n' {
		n++
	}
	return n
}

// lines gives each line, without its end, and its number.
func lines(text []byte) func(yield func(int, []byte) bool) {
	return func(yield func(int, []byte) bool) {
		for n := 1; len(text) > 0; n++ {
			var line []byte
			line, text, _ = bytes.Cut(text, []byte("\n"))
			if !yield(n, bytes.TrimSuffix(line, []byte("\r"))) {
				return
			}
		}
	}
}
