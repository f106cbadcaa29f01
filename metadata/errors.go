package metadata

import (
	"errors"
	"fmt"

	"github.com/relseal/relseal/internal/terminal"
)

// ErrNotFound says that [ParseAt] found nothing at the path, or that
// [Manifest.Candidates] knows no place to look at.
var ErrNotFound = errors.New("no such table")

// The reasons for which a table is refused. They are for this package's tests;
// to a caller a broken table is an [*Error], whatever broke it.
var (
	errSyntax     = errors.New("not TOML")
	errUnknownKey = errors.New("unknown key")
	errMissing    = errors.New("missing")
	errType       = errors.New("wrong type")
	errValue      = errors.New("bad value")
	errConflict   = errors.New("conflict")
	errCfg        = errors.New("malformed cfg()")
	errTooLarge   = errors.New("too large")
)

// Error says what is wrong with a document, and where.
type Error struct {
	Name  string // the document's name, as it was given
	Line  int    // from 1; 0 where there is none
	Table string // dotted path of the table; "" for the document itself
	Key   string // the key in that table; "" for the table itself

	// Err is the cause: [ErrNotFound], go-toml's DecodeError for what isn't
	// TOML, or just a text; of the errors of [Manifest.Candidates] also one of
	// package template, and of those that package verify makes with Wrap and
	// WrapKey one of package template or algorithm.
	Err error
}

// Limits of the parts of an error's text, in bytes. With the line they leave
// half of it for the cause.
const (
	maxErrorText = 499
	maxNameText  = 110
)

// Error returns one line of less than 500 bytes: NAME:LINE: TABLE: and what is
// wrong. Of these it has what is known, and "signing table" for no name. What can't be seen or would drive a terminal
// is escaped, and of a part that is too long the middle is left out.
func (e *Error) Error() string {
	where := "signing table"
	if e.Name != "" {
		where = terminal.Limit(e.Name, maxNameText)
	}
	if e.Line > 0 {
		where += fmt.Sprintf(":%d", e.Line)
	}
	if e.Table != "" {
		where += ": " + terminal.Limit(e.Table, maxNameText)
	}
	return where + ": " + terminal.Limit(e.Err.Error(), maxErrorText-len(where)-len(": "))
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// reason is an error that reads as text and wraps a sentinel of this file
// without repeating its words.
type reason struct {
	text string
	kind error
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.kind }

func because(kind error, format string, args ...any) error {
	return &reason{text: terminal.Limit(fmt.Sprintf(format, args...), 300), kind: kind}
}
