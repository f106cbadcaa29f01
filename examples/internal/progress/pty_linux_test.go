package progress

import (
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/relseal/relseal/examples/internal/pty"
	"github.com/relseal/relseal/verify"
)

// TestColumns: a bar with all that it says, of a long name and a large file, stays on
// a line of 80 columns.
func TestColumns(t *testing.T) {
	control, terminal, err := pty.Open(80)
	if err != nil {
		t.Skip(err)
	}
	defer control.Close()
	shown := make(chan string)
	go func() {
		text, _ := io.ReadAll(control) // it ends with an error when the terminal is closed
		shown <- string(text)
	}()
	tell := To(terminal, false)
	url := "https://example.com/" + strings.Repeat("long-name-", 20) + ".tgz"
	const total = 1_234_567_890
	for _, bytes := range []int64{0, 111_111_111, 222_222_222, 333_333_333, total} {
		tell(verify.Progress{Stage: "artifact", Of: url, Bytes: bytes, Total: total})
		time.Sleep(150 * time.Millisecond) // as often as a bar is drawn
	}
	tell(verify.Progress{Stage: "verdict", Bytes: total, Total: total})
	terminal.Close()
	text := <-shown
	if !strings.Contains(text, " GB/s) [") {
		t.Errorf("%q", text)
	}
	for _, drawn := range strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if n := utf8.RuneCountInString(drawn); n > 79 {
			t.Errorf("%d columns: %q", n, drawn)
		}
	}
}
