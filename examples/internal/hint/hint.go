// Package hint says in a refusal by which flag a program is given what was missing. The
// library's errors name what a program would set, which its caller can't.
package hint

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// Flags are how a call can give what may be missing, beside --trusted-root, which all
// programs have.
type Flags struct {
	Var       bool // template variables by --var
	Job       bool // template variables in a job
	Signature bool // the signature by --signature
}

// Add adds to a refusal the flags that would have given what is missing. The error is
// otherwise as it was, nil included.
func Add(err error, f Flags) error {
	if err == nil {
		return nil
	}
	for _, text := range []string{f.variable(missing(err)), root(err)} {
		if text != "" {
			err = with(err, text)
		}
	}
	return err
}

// with adds a text to the cause, where programs look for it as well as people.
func with(err error, text string) error {
	if refusal, ok := err.(*verify.Error); ok { //nolint:errorlint // of one within another the outer text counts
		said := *refusal
		said.Err = fmt.Errorf("%w; %s", refusal.Err, text)
		return &said
	}
	return fmt.Errorf("%w; %s", err, text)
}

// unpinned is the error of pins for an artifact that can't be told apart.
var unpinned = regexp.MustCompile(`the variable (name|version) is empty, and without it nothing can be pinned`)

// missing is the template variable that has no value; "" where none is missing.
func missing(err error) string {
	var key *template.MissingKeyError
	if errors.As(err, &key) {
		return key.Key
	}
	if m := unpinned.FindStringSubmatch(err.Error()); m != nil && errors.Is(err, algorithm.ErrMalformed) {
		return m[1]
	}
	return ""
}

func (f Flags) variable(name string) string {
	switch {
	case name == "":
		return ""
	case f.Var && f.Signature && name == "url":
		return "--var url=… says where the artifact came from, and --signature gives a signature that is there"
	case f.Var:
		return fmt.Sprintf("--var %.40s=... gives it", name)
	case f.Job:
		return `"variables" of the job give it`
	}
	return "" // a manifest says it itself
}

// root is for a signature that needs a trusted root where the program has none.
func root(err error) string {
	if !errors.Is(err, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), "set TrustedRoot in cosign.Algorithm") {
		return ""
	}
	return "--trusted-root public-good|github|FILE gives one"
}
