package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/relseal/relseal/examples/internal/input"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// maxFile limits the table's file and a local signature, in bytes.
const maxFile = 4 << 20

// A table is what was read from the table's file.
type table struct {
	signing   *metadata.Signing // nil if none is declared
	variables map[string]string // of the templates
	manifest  *metadata.Manifest
}

// readTable reads the signing table and the values of the templates.
func (o *options) readTable() (*table, error) {
	data, err := readFile(o.table)
	if err != nil {
		return nil, err
	}
	t := &table{variables: map[string]string{}}
	if o.policy != verify.InsecureSkip {
		if err := o.read(t, data); err != nil {
			return nil, err
		}
	}
	for key, value := range o.vars { // those of the command line win
		t.variables[key] = value
	}
	return t, nil
}

func (o *options) read(t *table, data []byte) (err error) {
	if o.at != "" {
		if t.signing, err = metadata.ParseAt(o.table, data, o.at); err != nil {
			return err
		}
		t.variables, err = metadata.TargetVariables(o.target)
		return err
	}
	if t.manifest, err = metadata.Parse(o.table, data); err != nil {
		return err
	}
	declared, err := t.manifest.For(o.target)
	if err != nil {
		return err
	}
	if t.variables, err = t.manifest.Variables(o.target); err != nil {
		return err
	}
	t.signing, err = o.oneTable(data, declared.Signing, t.manifest.Name != "")
	return err
}

// oneTable returns the table of a file that has one in the manifest's place or
// at "signing". Only a manifest may have none: elsewhere that is more likely a
// mistake than a publisher who doesn't sign.
func (o *options) oneTable(data []byte, declared *metadata.Signing, manifest bool) (*metadata.Signing, error) {
	signing, err := metadata.ParseAt(o.table, data, "signing")
	switch {
	case errors.Is(err, metadata.ErrNotFound):
		if declared == nil && !manifest {
			return nil, err
		}
		return declared, nil
	case err != nil:
		return nil, err
	case declared != nil:
		return nil, signing.Wrap(fmt.Errorf("there is one at %s as well: say with --at which one counts", declared.Table))
	}
	return signing, nil
}

// notDeclared adds to a refusal which tables of the file nobody reads.
func (t *table) notDeclared(err error) error {
	if t.manifest == nil || len(t.manifest.Misplaced) == 0 {
		return err
	}
	return &verify.Error{Stage: "plan", Err: fmt.Errorf("%w: %w", errors.Unwrap(err), t.manifest.Misplaced[0])}
}

// tellMisplaced names those tables, where no signature is declared and that is
// enough: they may be somebody else's.
func (t *table) tellMisplaced(w io.Writer) {
	if t.signing != nil || t.manifest == nil {
		return
	}
	for _, misplaced := range t.manifest.Misplaced {
		output.Error(w, "verifyfile: note", misplaced)
	}
}

// readFile reads a file that has to be there.
func readFile(name string) ([]byte, error) {
	data, err := input.ReadFile(name, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", verify.ErrMissing, err)
	}
	return data, err
}
