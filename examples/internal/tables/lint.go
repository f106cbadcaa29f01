package tables

import (
	"errors"
	"maps"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify/lint"
)

// Lint returns what is wrong with the table at a dotted path of a file, for a
// target's variables; or, if the path is "", with the file's manifest for the
// targets, as far as it is one, and with the table at "signing", as far as there
// is one. Key files are those of the file's folder. A file that package metadata
// refuses is a finding.
func Lint(c lint.Config, name, at, target string, targets ...string) ([]lint.Finding, error) {
	data, err := ReadFile(name)
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	c.ManifestFS = folder.FS()
	var found []lint.Finding
	if at != "" {
		found, err = lintAt(c, name, data, at, target)
	} else {
		found, err = lintAll(c, name, data, target, targets)
	}
	if refused := lint.Refusal(err); refused != nil && !errors.Is(err, metadata.ErrNotFound) {
		return refused, nil
	}
	return found, err
}

func lintAll(c lint.Config, name string, data []byte, target string, targets []string) ([]lint.Finding, error) {
	m, err := metadata.Parse(name, data)
	if err != nil {
		return nil, err
	}
	alone, err := lintAt(c, name, data, "signing", target)
	switch {
	case err != nil && !errors.Is(err, metadata.ErrNotFound):
		return nil, err
	case err == nil && m.Name == "":
		return alone, nil
	}
	found, err := lint.Manifest(c, m, targets...)
	return append(found, alone...), err
}

func lintAt(c lint.Config, name string, data []byte, at, target string) ([]lint.Finding, error) {
	signing, err := metadata.ParseAt(name, data, at)
	if err != nil {
		return nil, err
	}
	given := c.Variables
	if c.Variables, err = metadata.TargetVariables(target); err != nil {
		return nil, err
	}
	maps.Copy(c.Variables, given)
	return lint.Signing(c, signing)
}
