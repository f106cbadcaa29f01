package checking

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestLines: each line is where its offset says, and what is too long is the end.
func TestLines(t *testing.T) {
	text := "one\r\n\ntwo\n" + strings.Repeat("x", MaxLine-1) + "\nlast"
	var got []string
	for line, err := range Lines("text", strings.NewReader(text)) {
		if err != nil || !strings.HasPrefix(text[line.At:], string(line.Text)) {
			t.Errorf("at %d: %.20q, %v", line.At, line.Text, err)
		}
		got = append(got, string(line.Text[:min(4, len(line.Text))]))
	}
	if all := strings.Join(got, ","); all != "one,,two,xxxx,last" {
		t.Error(all)
	}
	n := 0
	for line, err := range Lines("text", strings.NewReader("one\n"+strings.Repeat("x", MaxLine+1)+"\ntwo")) {
		if n++; n == 2 && (!errors.Is(err, algorithm.ErrTooLarge) || line.At != 4) {
			t.Errorf("at %d: %v", line.At, err)
		}
	}
	if n != 2 {
		t.Errorf("%d lines", n)
	}
}
