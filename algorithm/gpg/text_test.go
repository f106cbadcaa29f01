package gpg

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
)

// A counter keeps what is written, and counts how often that happens.
type counter struct {
	bytes.Buffer
	writes int
}

func (c *counter) Write(p []byte) (int, error) {
	c.writes++
	return c.Buffer.Write(p)
}

// TestLineEnds: an LF gets a CR where it has none, and nothing else changes,
// however the text is cut.
func TestLineEnds(t *testing.T) {
	long := bytes.Repeat([]byte("x"), lineEndsSize/2-1)
	for text, want := range map[string]string{
		"":                           "",
		"a":                          "a",
		"\n":                         "\r\n",
		"\r\n":                       "\r\n",
		"\r":                         "\r",
		"a\nb":                       "a\r\nb",
		"a\r\nb\n":                   "a\r\nb\r\n",
		"\n\n\n":                     "\r\n\r\n\r\n",
		"a\r\r\nb":                   "a\r\r\nb",
		"a\r\r\r\nb":                 "a\r\r\r\nb",
		"a\rb\n":                     "a\rb\r\n",
		"\r\n\n\r\n":                 "\r\n\r\n\r\n",
		"a \t\n":                     "a \t\r\n",
		string(long) + "\r\n" + "b":  string(long) + "\r\nb",
		string(long) + "\n\n\r\n\nb": string(long) + "\r\n\r\n\r\n\r\nb",
	} {
		for size := 1; size < 7; size++ {
			var got counter
			ends := newLineEnds(&got)
			for part := range slices.Chunk([]byte(text), size) {
				if n, err := ends.Write(part); n != len(part) || err != nil {
					t.Fatal(n, err)
				}
			}
			if got.String() != want {
				t.Errorf("%.20q in parts of %d: %.20q", text, size, got.String())
			}
		}
		var got counter
		if _, err := newLineEnds(&got).Write([]byte(text)); err != nil || got.String() != want {
			t.Errorf("%.20q at once: %.20q, %v", text, got.String(), err)
		}
	}
}

// TestLineEndsWrites: the hash gets large pieces, also of an artifact of line
// ends alone.
func TestLineEndsWrites(t *testing.T) {
	var got counter
	text := bytes.Repeat([]byte("\n"), 1<<20)
	if _, err := newLineEnds(&got).Write(text); err != nil || got.Len() != 2<<20 {
		t.Fatalf("%d octets, %v", got.Len(), err)
	}
	if most := len(text)/(lineEndsSize/2) + 1; got.writes > most {
		t.Errorf("%d writes, not %d", got.writes, most)
	}
}

// A full writer fails.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestLineEndsFails: what the writer behind it says is passed on.
func TestLineEndsFails(t *testing.T) {
	if n, err := newLineEnds(full{}).Write([]byte("a\n")); n != 0 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%d, %v", n, err)
	}
}
