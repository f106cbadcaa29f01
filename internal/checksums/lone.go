package checksums

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// lone reports whether the manifest is one line of hex digits, and which.
func lone(manifest []byte) ([]byte, bool) {
	line, more, _ := bytes.Cut(manifest, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return line, len(more) == 0 && len(line) > 0 && leadingHex(line) == len(line)
}

// findLone returns the digest that stands alone in a manifest of that name. Only
// the manifest's name says of what it is.
func findLone(digits []byte, manifestName, name string) ([]Entry, error) {
	artifact := string(base([]byte(name)))
	suffix, ok := strings.CutPrefix(string(base([]byte(manifestName))), artifact)
	if !ok || len(suffix) < len(".x") || suffix[0] != '.' {
		return nil, fmt.Errorf("%w: the checksum manifest is a hash alone, and it isn't named %.30q with a suffix", algorithm.ErrNameMismatch, artifact)
	}
	k, ok := ofLength(len(digits))
	if !ok {
		return nil, malformed(1, fmt.Errorf("no hash is known that has %d hex digits", len(digits)))
	}
	for element := range strings.SplitSeq(suffix, ".") {
		if n, ok := inSuffix(element); ok && n != len(digits) {
			return nil, malformed(1, fmt.Errorf("%d hex digits, in a manifest that is named %.30q", len(digits), suffix))
		}
	}
	if k.hash == 0 {
		return nil, fmt.Errorf("%w: line 1 of the checksum manifest: no digest by a hash to rely on", k.why)
	}
	e, err := newEntry(1, statement{kind: k, digits: digits})
	if err != nil {
		return nil, malformed(1, err)
	}
	return []Entry{e}, nil
}
