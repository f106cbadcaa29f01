// Package output is how the programs say what happened. Errors repeat names
// from archives, manifests, servers and file systems, of any length and with
// whatever a terminal takes for a command; everything that the programs print
// of them comes by here, or is escaped already as a report's String is.
package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/verify"
)

// Limits in bytes: of an error, and of a name or a path.
const (
	maxError = 4000
	maxName  = 500
)

// Error prints a line that begins with the program's name.
func Error(w io.Writer, program string, err error) {
	fmt.Fprintf(w, "%s: %s\n", program, Reason(err))
}

// Reason is the text of an error on one line.
func Reason(err error) string { return terminal.Limit(err.Error(), maxError) }

// Name is a name or a path in quotes.
func Name(s string) string { return terminal.Limit(terminal.Quoted(s), maxName) }

// Label is a name where quotes would be in the way.
func Label(s string) string { return terminal.Limit(s, maxName) }

// Refusal is an error in the form that reports have as JSON.
func Refusal(err error) *verify.Error {
	refusal := new(verify.Error)
	if !errors.As(err, &refusal) {
		refusal = &verify.Error{Err: err}
	}
	return refusal
}

// JSON prints v in lines for people, with the values that v has.
func JSON(w io.Writer, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(terminal.JSON(data), '\n'))
	return err
}

// IsTerminal reports whether what is written to w is seen by a person at once.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// JSONLine prints v on one line.
func JSONLine(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(Shown(data), '\n'))
	return err
}

// Shown is JSON as it may be printed, with the same values.
func Shown(data []byte) []byte { return terminal.JSON(data) }
