// Package aqua turns an entry of a registry of aqua
// (https://aquaproj.github.io/docs/reference/registry-config/) into the signing
// table of one release for one platform.
//
// The data's way:
//
//	registry.yaml ──Parse──▶ Entry ──Release──▶ what is published for a version
//	                                            and a platform, and how it is signed
//	                                                 │
//	                        Table, JSON, TOML ◀──Choose── ways
//
// An entry is third-party input: it is limited in size, depth and work, it
// reads no file, no variable of the environment and no network, and what it says
// that a table can't say is an [*Error] that names it. Nothing of it is dropped
// silently but for what has nothing to do with trust (descriptions, the files in an
// archive, how to build from source).
package aqua

import (
	"errors"
	"fmt"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/verify"
)

// The reasons for which an entry is refused; each is an error of package algorithm
// or verify as well.
var (
	// ErrEntry: the document isn't what a registry's is, or contradicts itself.
	ErrEntry = fmt.Errorf("%w: no entry of a registry", algorithm.ErrMalformed)

	// ErrTooLarge: a document, a template or what comes of it is over a limit.
	ErrTooLarge = algorithm.ErrTooLarge

	// ErrTemplate: a template that can't be read, or that uses what isn't known.
	ErrTemplate = fmt.Errorf("%w: template", algorithm.ErrMalformed)

	// ErrConstraint: a version_constraint that can't be judged.
	ErrConstraint = fmt.Errorf("%w: version_constraint", algorithm.ErrMalformed)

	// ErrUnsupported: what a signing table can't say.
	ErrUnsupported = algorithm.ErrUnsupported

	// ErrWeak: a checksum by a hash that proves nothing.
	ErrWeak = algorithm.ErrWeak

	// ErrOpen: an identity that doesn't say who, or where it ends.
	ErrOpen = fmt.Errorf("%w: not said who must have signed", algorithm.ErrIdentity)

	// ErrSeveral: several signatures are demanded together.
	ErrSeveral = fmt.Errorf("%w: several signatures are demanded together", algorithm.ErrUnsupported)

	// ErrNoArtifact: nothing is published for the version and the platform.
	ErrNoArtifact = fmt.Errorf("%w: nothing is published", verify.ErrMissing)

	// ErrUnsigned: the entry says of no signature.
	ErrUnsigned = verify.ErrNotDeclared
)

// An Error says what in an entry can't be followed, and where.
type Error struct {
	File string // the document's name, as it was given
	Line int    // from 1; 0 where there is none
	Key  string // such as "checksum.cosign.opts"; "" for the whole entry
	Err  error  // wraps one of this package's
}

// Limits of the parts of an error's text, in bytes.
const (
	maxErrorText = 499
	maxNameText  = 110
)

// Error returns one line of less than 500 bytes that may be shown: FILE:LINE: KEY:
// and what is wrong.
func (e *Error) Error() string {
	where := terminal.Limit(e.File, maxNameText)
	if e.Line > 0 {
		where += fmt.Sprintf(":%d", e.Line)
	}
	if e.Key != "" {
		where += ": " + terminal.Limit(e.Key, maxNameText)
	}
	return where + ": " + terminal.Limit(e.Err.Error(), maxErrorText-len(where)-len(": "))
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// refuse makes an error of a sentinel and a text.
func refuse(kind error, format string, args ...any) error {
	return fmt.Errorf("%w: %w", kind, errors.New(terminal.Limit(fmt.Sprintf(format, args...), 300)))
}

// at says where an error is, unless it knows already.
func (e *Entry) at(line int, key string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &Error{File: e.file, Line: line, Key: key, Err: err}
}
