// Package tables reads the signing table of a file, as the programs take one.
package tables

import (
	"errors"
	"fmt"

	"github.com/relseal/relseal/examples/internal/input"
	"github.com/relseal/relseal/metadata"
)

// MaxFile limits what is read, in bytes.
const MaxFile = 4 << 20

// A Table is what was read of a file.
type Table struct {
	Signing   *metadata.Signing // nil if none is declared
	Variables map[string]string // of the templates
	Manifest  *metadata.Manifest
}

// Read reads the table at a dotted path of a file, or, if that is "", the one of
// a manifest or at "signing", with the variables of the target. The error is
// that of [ReadFile] or of package metadata.
func Read(name, at, target string) (*Table, error) {
	data, err := ReadFile(name)
	if err != nil {
		return nil, err
	}
	t := &Table{}
	if at != "" {
		if t.Signing, err = metadata.ParseAt(name, data, at); err != nil {
			return nil, err
		}
		t.Variables, err = metadata.TargetVariables(target)
		return t, err
	}
	if t.Manifest, err = metadata.Parse(name, data); err != nil {
		return nil, err
	}
	declared, err := t.Manifest.For(target)
	if err != nil {
		return nil, err
	}
	if t.Variables, err = t.Manifest.Variables(target); err != nil {
		return nil, err
	}
	t.Signing, err = one(name, data, declared.Signing, t.Manifest.Name != "")
	return t, err
}

// one returns the table of a file that has one in the manifest's place or at
// "signing". Only a manifest may have none: elsewhere that is more likely a
// mistake than a publisher who doesn't sign.
func one(name string, data []byte, declared *metadata.Signing, manifest bool) (*metadata.Signing, error) {
	signing, err := metadata.ParseAt(name, data, "signing")
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

// ReadFile reads a file that the call names, of at most 4 MiB. One that isn't there is an
// [*fs.PathError] like any other that can't be read, and not [verify.ErrMissing]: that is
// for what a publisher declares.
func ReadFile(name string) ([]byte, error) { return input.ReadFile(name, MaxFile) }
