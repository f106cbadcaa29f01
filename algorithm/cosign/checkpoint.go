package cosign

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/relseal/relseal/algorithm"
)

// maxNoteLines bounds the signatures below a checkpoint, as the note package
// of Go's checksum database does it.
const maxNoteLines = 100

// maxLogLines bounds the log's own lines, each of which is verified.
const maxLogLines = 2

// keepLogLines leaves out of an entry's checkpoint the lines that other keys
// than the log's signed, such as witnesses: who doesn't know a signer ignores
// its line (https://c2sp.org/signed-note), while the library that verifies Rekor
// v1 checkpoints takes every line for the log's. That of Rekor v2 knows better
// and sees the same lines. A checkpoint without a line of the log, or one that
// isn't a signed note, is left as it is, to be refused.
func keepLogLines(entry *logEntry, log crypto.PublicKey) error {
	checkpoint := entry.GetInclusionProof().GetCheckpoint()
	text, lines, ok := splitNote(checkpoint.GetEnvelope())
	if !ok {
		return nil
	}
	if len(lines) > maxNoteLines {
		return fmt.Errorf("%w: a checkpoint with %d signatures, and %d are the most", algorithm.ErrTooLarge, len(lines), maxNoteLines)
	}
	spki, err := x509.MarshalPKIXPublicKey(log)
	if err != nil {
		return fmt.Errorf("%w: the log's key: %w", algorithm.ErrUnsupported, err)
	}
	sum := sha256.Sum256(spki)
	kept := slices.DeleteFunc(lines, func(line string) bool { return lineHint(line) != string(sum[:4]) })
	if len(kept) > maxLogLines {
		return fmt.Errorf("%w: a checkpoint with %d signatures of the log, and %d are the most", algorithm.ErrTooLarge, len(kept), maxLogLines)
	}
	if len(kept) > 0 {
		checkpoint.Envelope = text + strings.Join(kept, "")
	}
	return nil
}

// splitNote splits a signed note after the empty line, and the signatures below
// into their lines. It isn't ok unless all of them have a signature's form.
func splitNote(note string) (text string, lines []string, ok bool) {
	at := strings.LastIndex(note, "\n\n")
	if at < 0 || !strings.HasSuffix(note, "\n") {
		return "", nil, false
	}
	text = note[:at+2]
	lines = slices.Collect(strings.Lines(note[at+2:]))
	return text, lines, !slices.ContainsFunc(lines, func(line string) bool { return lineHint(line) == "" })
}

// lineHint is the hint at the key in a line of a signed note, four bytes; empty
// where the line has another form.
func lineHint(line string) string {
	hint, _ := cutLine(line)
	return hint
}

// cutLine returns the hint in a line and the signature; empty where the line has
// another form.
func cutLine(line string) (hint, signature string) {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "— ")
	name, encoded, found := strings.Cut(rest, " ")
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || !found || name == "" || strings.ContainsFunc(name+encoded, unicode.IsSpace) || err != nil || len(decoded) < 5 {
		return "", ""
	}
	return string(decoded[:4]), string(decoded[4:])
}
