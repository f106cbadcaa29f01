package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify/lint"
)

// exitFindings is for an error among what lint found: cargo-binstall's code of a
// manifest that can't be followed.
const exitFindings = 78

// runLint prints what is found in the table's document.
func (o *options) runLint(ctx context.Context, stdout, stderr io.Writer) int {
	found, err := o.findings(ctx)
	if err != nil {
		return refuse(stdout, stderr, err, false)
	}
	if err := o.printFindings(stdout, found); err != nil {
		output.Error(stderr, "verifyfile", err)
		return 1
	}
	if slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Severity == "error" }) {
		return exitFindings
	}
	return 0
}

// findings are those of the table that --at names, or of the manifest and of the
// table at "signing", as far as they are there.
func (o *options) findings(ctx context.Context) ([]lint.Finding, error) {
	data, err := readFile(o.table)
	if err != nil {
		return nil, err
	}
	all, err := families.Offline(ctx, o.demands.Families)
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Dir(o.table))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	c := lint.Config{Algorithms: all, Variables: o.vars, Version: o.vars["version"], ManifestFS: folder.FS()}
	found, err := o.findingsIn(c, data)
	if refused := lint.Refusal(err); refused != nil && !errors.Is(err, metadata.ErrNotFound) {
		return refused, nil
	}
	return found, err
}

func (o *options) findingsIn(c lint.Config, data []byte) ([]lint.Finding, error) {
	if o.at != "" {
		return o.findingsAt(c, data, o.at)
	}
	m, err := metadata.Parse(o.table, data)
	if err != nil {
		return nil, err
	}
	alone, err := o.findingsAt(c, data, "signing")
	switch {
	case err != nil && !errors.Is(err, metadata.ErrNotFound):
		return nil, err
	case err == nil && m.Name == "":
		return alone, nil
	}
	found, err := lint.Manifest(c, m, o.targets...)
	return append(found, alone...), err
}

func (o *options) findingsAt(c lint.Config, data []byte, path string) ([]lint.Finding, error) {
	signing, err := metadata.ParseAt(o.table, data, path)
	if err != nil {
		return nil, err
	}
	if c.Variables, err = metadata.TargetVariables(o.target); err != nil {
		return nil, err
	}
	maps.Copy(c.Variables, o.vars)
	return lint.Signing(c, signing)
}

func (o *options) printFindings(w io.Writer, found []lint.Finding) error {
	switch o.format {
	case "json":
		if found == nil {
			found = []lint.Finding{} // an array all the same
		}
		return output.JSON(w, found)
	case "sarif":
		text, err := lint.SARIF(found)
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	for _, f := range found {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	return nil
}
