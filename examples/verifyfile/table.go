package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/verify"
)

// readTable reads the signing table and the values of the templates. With
// --skip-signatures the file has to be there, and no more.
func (o *options) readTable() (*tables.Table, error) {
	var t *tables.Table
	var err error
	if o.policy == verify.InsecureSkip {
		_, err = tables.ReadFile(o.table)
		t = &tables.Table{}
	} else {
		t, err = tables.Read(o.table, o.at, o.target)
	}
	if err != nil {
		return nil, err
	}
	if t.Variables == nil {
		t.Variables = map[string]string{}
	}
	for key, value := range o.vars { // those of the command line win
		t.Variables[key] = value
	}
	return t, nil
}

// notDeclared adds to a refusal which tables of the file nobody reads.
func notDeclared(t *tables.Table, err error) error {
	if t.Manifest == nil || len(t.Manifest.Misplaced) == 0 {
		return err
	}
	return &verify.Error{Stage: "plan", Err: fmt.Errorf("%w: %w", errors.Unwrap(err), t.Manifest.Misplaced[0])}
}

// tellMisplaced names those tables, where no signature is declared and that is
// enough: they may be somebody else's.
func tellMisplaced(w io.Writer, t *tables.Table) {
	if t.Signing != nil || t.Manifest == nil {
		return
	}
	for _, misplaced := range t.Manifest.Misplaced {
		output.Error(w, "verifyfile: note", misplaced)
	}
}
