package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/verify/lint"
)

// exitFindings is for an error among what lint found: cargo-binstall's code of a
// manifest that can't be followed.
const exitFindings = 78

// runLint prints what is found in the table's document. That nothing is, standard
// error says: for programs it is no output at all.
func (o *options) runLint(ctx context.Context, stdout, stderr io.Writer) int {
	found, err := o.findings(ctx)
	if err != nil {
		return refuse(stdout, stderr, err, false)
	}
	if err := o.printFindings(stdout, found); err != nil {
		output.Error(stderr, "verifyfile", err)
		return 1
	}
	if len(found) == 0 { // or nobody would know whether anything was looked at
		fmt.Fprintf(stderr, "verifyfile: lint found nothing in %s\n", output.Label(o.table))
	}
	if slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Severity == "error" }) {
		return exitFindings
	}
	return 0
}

// findings are those of the table that --at names, or of the manifest and of the
// table at "signing", as far as they are there.
func (o *options) findings(ctx context.Context) ([]lint.Finding, error) {
	all, err := families.Offline(ctx, o.demands.Families)
	if err != nil {
		return nil, err
	}
	c := lint.Config{Algorithms: all, Variables: o.vars, Version: o.vars["version"]}
	return tables.Lint(c, o.table, o.at, o.target, o.targets...)
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
