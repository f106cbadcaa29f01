package keytext

import (
	"fmt"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
)

// maxErrorText bounds the text of an error, in bytes.
const maxErrorText = 300

// Printable returns text that is safe to show and to compare by eye: itself
// where [terminal.Text] leaves all of it but tabs alone, and else
// [terminal.Quoted], so that it is told apart from what looks like it.
func Printable(s string) string {
	if plain := strings.ReplaceAll(s, "\t", " "); terminal.Text(plain) == plain {
		return s
	}
	return terminal.Quoted(s)
}

// Some lists at most five of the IDs.
func Some(ids []string) string {
	const most = 5
	if more := len(ids) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), more)
	}
	return strings.Join(ids, ", ")
}

// Bound limits the text of an error to 300 bytes, by [terminal.Limit]: what it
// quotes of a file or of a table may have any length.
func Bound(err error) error {
	if err == nil || len(err.Error()) <= maxErrorText {
		return err
	}
	return bounded{err}
}

type bounded struct{ error }

func (b bounded) Error() string { return terminal.Limit(b.error.Error(), maxErrorText) }

func (b bounded) Unwrap() error { return b.error }
