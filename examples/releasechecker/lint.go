package main

import (
	"context"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/verify/lint"
)

// exitFindings is for an error among what lint found: the code of a table that
// can't be followed.
const exitFindings = 78

// findings are what --lint finds in the file with the tables.
func (o *options) findings(ctx context.Context) ([]lint.Finding, error) {
	if !o.lint {
		return nil, nil
	}
	all, err := families.Offline(ctx, o.demands.Families)
	if err != nil {
		return nil, err
	}
	version := o.release
	if version == "" {
		version = o.vars["version"]
	}
	return tables.Lint(lint.Config{Algorithms: all, Variables: o.vars, Version: version}, o.file(), o.at, o.target(), o.targets...)
}
