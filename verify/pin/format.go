package pin

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// header is the first line. What comes after the number is for people.
const (
	headerStart = "# relseal pins "
	names       = "name version target digest first-seen bound file signers"
	header      = headerStart + "1: " + names
)

const fields = 8

// between stands between two signers, neither of which has a comma.
const between = ", "

// parse reads the text of a file, of maxBytes at most.
func parse(path string, text []byte) ([]verify.Pin, error) {
	if n := bytes.Count(text, []byte("\n")); n > maxLines {
		return nil, fmt.Errorf("%w: %s: over %d lines", algorithm.ErrTooLarge, shown(path), maxLines)
	}
	pins := make([]verify.Pin, 0, bytes.Count(text, []byte("\n")))
	lineOf := map[[3]string]int{}
	for n := 1; len(text) > 0 || n == 1; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		text = rest
		p, err := parseLine(n, strings.TrimSuffix(string(line[:min(len(line), maxLine+2)]), "\r"), whole)
		if err != nil {
			return nil, fmt.Errorf("%w: %s:%d: %w", algorithm.ErrMalformed, shown(path), n, err)
		}
		if n == 1 {
			continue
		}
		if other := lineOf[key(p)]; other != 0 {
			return nil, fmt.Errorf("%w: %s:%d: the same release and target as in line %d", algorithm.ErrMalformed, shown(path), n, other)
		}
		lineOf[key(p)] = n
		pins = append(pins, p)
	}
	return pins, nil
}

func parseLine(n int, line string, whole bool) (verify.Pin, error) {
	switch {
	case n == 1 && line == "":
		return verify.Pin{}, fmt.Errorf("the first line of a file of pins is missing: %q", header)
	case n == 1 && strings.HasPrefix(line, headerStart) && line != header:
		return verify.Pin{}, fmt.Errorf("%w: a format that this program doesn't know: %.80q", algorithm.ErrUnsupported, line)
	case n == 1 && line != header:
		return verify.Pin{}, fmt.Errorf("the first line is %.40q, and not that of a file of pins: %q", line, header)
	case !whole:
		return verify.Pin{}, errors.New("the line has no end: the file may have lost what came after")
	case n == 1:
		return verify.Pin{}, nil
	case isConflict(line):
		return verify.Pin{}, errors.New("a conflict that a merge has left: decide which lines are to stay")
	case len(line) > maxLine:
		return verify.Pin{}, fmt.Errorf("a line of over %d bytes", maxLine)
	}
	return parsePin(line)
}

// isConflict knows the lines that merges leave.
func isConflict(line string) bool {
	for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return false
}

// parsePin reads a line. What it makes of it must be written as the same line.
func parsePin(line string) (p verify.Pin, err error) {
	parts := strings.SplitN(line, " ", fields)
	if len(parts) != fields {
		return p, fmt.Errorf("%d fields, and a pin has %d: %s", len(parts), fields, names)
	}
	for i, to := range []*string{&p.Name, &p.Version, &p.Target, nil, nil, nil, &p.File} {
		if to == nil {
			continue
		}
		if *to, err = unescape(parts[i]); err != nil {
			return p, err
		}
	}
	if p.Digest, err = algorithm.ParseDigest(parts[3]); err != nil {
		return p, err
	}
	if p.FirstSeen, err = time.Parse(time.RFC3339, parts[4]); err != nil {
		return p, fmt.Errorf("the time %.40q is not of the form 2006-01-02T15:04:05Z", parts[4])
	}
	p.FirstSeen = p.FirstSeen.UTC()
	if p.Bound, err = parseBound(parts[5]); err != nil {
		return p, err
	}
	if p.Signers, err = parseSigners(parts[7]); err != nil {
		return p, err
	}
	switch again, err := formatPin(p); {
	case err != nil:
		return p, err
	case again != line:
		return p, fmt.Errorf("not as a pin is written: %.100q would be %.100q", line, again)
	}
	return p, nil
}

// The ways to say what is bound.
func bounds() map[string]verify.Binding {
	return map[string]verify.Binding{"-": {}, "name": {Name: true}, "version": {Version: true}, "name,version": {Name: true, Version: true}}
}

func parseBound(s string) (verify.Binding, error) {
	b, ok := bounds()[s]
	if !ok {
		return b, fmt.Errorf("what is bound is %.40q, and not one of name, version, name,version and -", s)
	}
	return b, nil
}

func formatBound(bound verify.Binding) string {
	for s, b := range bounds() {
		if b == bound {
			return s
		}
	}
	return "-" // not reached: there are four
}

func parseSigners(s string) (signers []string, err error) {
	if s == "-" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, between) {
		signer, err := unescape(part)
		if err != nil {
			return nil, err
		}
		signers = append(signers, signer)
	}
	return signers, nil
}

func formatSigners(signers []string) string {
	if len(signers) == 0 {
		return "-"
	}
	parts := make([]string, len(signers))
	for i, s := range signers {
		parts[i] = escapeSigner(s)
	}
	return strings.Join(parts, between)
}

// format writes a file, the pins in the order of their lines.
func format(pins []verify.Pin) ([]byte, error) {
	lines := make([]string, 0, len(pins))
	for _, p := range pins {
		line, err := formatPin(p)
		if err != nil {
			return nil, fmt.Errorf("%w: a pin of %s: %w", algorithm.ErrMalformed, shown(p.Name), err)
		}
		if len(line) > maxLine {
			return nil, fmt.Errorf("%w: a pin of %s of over %d bytes", algorithm.ErrTooLarge, shown(p.Name), maxLine)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	text := []byte(strings.Join(append([]string{header}, lines...), "\n") + "\n")
	if len(text) > maxBytes { // long before there are maxLines of pins
		return nil, fmt.Errorf("%w: with one more pin the file would have over %d bytes", algorithm.ErrTooLarge, maxBytes)
	}
	return text, nil
}

// formatPin is a pin's line.
func formatPin(p verify.Pin) (string, error) {
	at := p.FirstSeen.UTC()
	switch {
	case p.Name == "" || p.Version == "":
		return "", errors.New("a pin without a name or without a version")
	case p.Digest.Hash() != crypto.SHA256:
		return "", fmt.Errorf("a digest that is no SHA-256: %q", p.Digest)
	case slices.Contains(p.Signers, ""):
		return "", errors.New("a signer without a name")
	case !slices.Equal(p.Signers, slices.Compact(slices.Sorted(slices.Values(p.Signers)))):
		return "", errors.New("signers who aren't in the order of their bytes, each once")
	case p.FirstSeen.IsZero() || at.Year() < 1 || at.Year() > 9999 || at.Nanosecond() != 0:
		return "", fmt.Errorf("the time %v is none, or not in whole seconds", at)
	}
	return strings.Join([]string{
		escape(p.Name, true), escape(p.Version, false), escape(p.Target, false), p.Digest.String(),
		at.Format(time.RFC3339), formatBound(p.Bound), escape(p.File, false), formatSigners(p.Signers),
	}, " "), nil
}

// escape writes a field. The first of a line must not be taken for a comment or
// for what a merge leaves.
func escape(s string, first bool) string {
	switch s {
	case "":
		return "-"
	case "-":
		return "%2D"
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '%' || first && i == 0 && strings.IndexByte("#<=>|", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escapeSigner leaves single spaces within, and no commas.
func escapeSigner(s string) string {
	words := strings.Split(s, " ")
	if len(words) == 1 || slices.Contains(words, "") {
		words = []string{escape(s, false)}
	} else {
		for i, w := range words {
			if w != "-" { // which means nothing within a field
				words[i] = escape(w, false)
			}
		}
	}
	return strings.ReplaceAll(strings.Join(words, " "), ",", "%2C")
}

func unescape(s string) (string, error) {
	if s == "-" {
		return "", nil
	}
	var b strings.Builder
	for s != "" {
		plain, rest, escaped := strings.Cut(s, "%")
		b.WriteString(plain)
		if !escaped {
			break
		}
		c, err := hex.DecodeString(rest[:min(2, len(rest))])
		if err != nil || len(c) != 1 {
			return "", fmt.Errorf("%.40q has no two hex digits after a %%", s)
		}
		b.WriteByte(c[0])
		s = rest[2:]
	}
	return b.String(), nil
}
