package checksums

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// readProvenance reads the block of files in the text of a provenance file of
// Helm. Helm splits at the first "..." too, and ignores what follows a second
// one: here nothing may follow the files.
func readProvenance(text []byte, to seer) error {
	const inChart, atHeading, inFiles = 0, 1, 2
	at, files := inChart, 0
	for n, line := range lines(text) {
		switch {
		case at == inChart && n > 1 && string(line) == "...": // Helm wants something before
			at = atHeading
		case at == inChart:
		case at == atHeading && string(line) == "files:":
			at = inFiles
		case at == inFiles:
			s, err := parseFile(line)
			if err != nil {
				return malformed(n, err)
			}
			to.see(n, s)
			files++
		default:
			return malformed(n, fmt.Errorf(`%.30q, and "files:" must follow the Chart.yaml of a provenance file`, line))
		}
	}
	if files == 0 {
		return fmt.Errorf(`%w: the provenance file has no files: after a line "..."`, algorithm.ErrMalformed)
	}
	return nil
}

// parseFile reads a line such as "  app-1.2.3.tgz: sha256:HEX".
func parseFile(line []byte) (statement, error) {
	rest, indented := bytes.CutPrefix(line, []byte("  "))
	name, digits, ok := bytes.Cut(rest, []byte(": sha256:"))
	s := statement{name: name, kind: used(crypto.SHA256), digits: digits}
	switch {
	case !indented || !ok || !plain(name):
		return statement{}, fmt.Errorf("%.30q is not of the form of a file's digest in a provenance file", line)
	case len(digits) != s.kind.digits || leadingHex(digits) != len(digits) || bytes.ContainsAny(digits, "ABCDEF"):
		return statement{}, errors.New("not a digest of 64 lower-case hex digits") // Helm compares text
	}
	return s, nil
}

// plain reports whether every reader of YAML reads the name of an archive as it
// stands: not as a number, for one.
func plain(name []byte) bool {
	if !bytes.HasSuffix(name, []byte(".tgz")) && !bytes.HasSuffix(name, []byte(".tar.gz")) || name[0] == '-' {
		return false
	}
	for _, c := range name {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && bytes.IndexByte([]byte("+-._"), c) < 0 {
			return false
		}
	}
	return true
}
