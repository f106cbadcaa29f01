package verify

import (
	"bytes"
	"errors"
	"testing"
)

// TestSpill: what was withheld is written in its order, and nothing behind what
// couldn't be: what is kept is always how the artifact begins.
func TestSpill(t *testing.T) {
	of := func(text string) *block { return &block{buf: []byte(text + "not filled"), n: len(text)} }
	for full, want := range map[int]string{100: "abcdef", 4: "abcd", 2: "ab", 0: ""} {
		r := &Reader{withheld: []*block{of("abc"), nil, of("de"), of("f")}}
		w := &fullAt{room: full}
		if r.spill(w); w.String() != want {
			t.Errorf("room for %d bytes: %q, want %q", full, w, want)
		}
	}
}

// fullAt takes so many bytes, those of a write that is too long as far as they go.
type fullAt struct {
	bytes.Buffer
	room int
}

func (w *fullAt) Write(p []byte) (int, error) {
	n := min(len(p), w.room)
	w.Buffer.Write(p[:n])
	if w.room -= n; n < len(p) {
		w.room = 100 // for smaller ones
		return n, errors.New("full")
	}
	return n, nil
}
