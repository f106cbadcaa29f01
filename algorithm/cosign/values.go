package cosign

import (
	"bytes"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// maxValues bounds the values in a signature that is JSON: the parsed form of
// many tiny ones is a hundred times larger than they are. A bundle with all
// entries and timestamps that are allowed has some 4000.
const maxValues = 1 << 14

// A counter counts JSON values: those of a document, and of the documents in
// base64 in it.
type counter struct {
	used   int
	shared *budget // of all bundles of a document; nil where there is one
}

// add counts the values of a text. It does so before anything parses them.
func (c *counter) add(text []byte) error {
	n := countValues(text, maxValues)
	if c.used += n; c.used > maxValues {
		return fmt.Errorf("%w: JSON of more than %d values, with what is in its base64", algorithm.ErrTooLarge, maxValues)
	}
	return c.shared.spendValues(n)
}

// countValues counts by the commas and brackets that are not in strings, and
// stops above most.
func countValues(text []byte, most int) (n int) {
	for i := 0; i < len(text) && n <= most; i++ {
		switch text[i] {
		case '"':
			i += lenString(text[i+1:])
		case ',', '[', '{':
			n++
		}
	}
	return n
}

// lenString is how long a string is of which the first quote was read, with its
// last one; all that is left where there is none. Most are base64, and long.
func lenString(text []byte) int {
	for i, end := 0, 0; ; {
		if end <= i { // a quote is looked for once, however many escapes are before it
			n := bytes.IndexByte(text[i:], '"')
			if n < 0 {
				return len(text)
			}
			end = i + n
		}
		escape := bytes.IndexByte(text[i:end], '\\')
		if escape < 0 {
			return end + 1
		}
		i += escape + 2
	}
}

// lenDocument is how long the object or list is that a text begins with, by its
// brackets. Whether it is one, a parser has to say of these bytes.
func lenDocument(text []byte) int {
	for i, depth := 0, 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += lenString(text[i+1:])
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth <= 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
