package main

import (
	"context"
	"maps"
	"net/url"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/verify/lint"
)

// exitFindings is for an error among what lint found: the code of a table that
// can't be followed.
const exitFindings = 78

// findings are what --lint finds in the file with the tables.
func (o *options) findings(ctx context.Context, c *checker) ([]lint.Finding, error) {
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
	vars := maps.Clone(o.vars)
	if u := o.someURL(c); u != "" && vars["url"] == "" {
		vars["url"] = u
	}
	return tables.Lint(lint.Config{Algorithms: all, Variables: vars, Version: version}, o.file(), o.at, o.target(), o.targets...)
}

// someURL is that of the first artifact of a table, since its name may be what binds
// the version; "" where it isn't known yet, or where a manifest says it.
func (o *options) someURL(c *checker) string {
	names := o.artifacts
	switch {
	case o.list != "" && o.list != "-": // standard input can't be read twice
		names = firstOf(o.list)
	case o.table != "" && o.dir != "":
		t, err := o.readTable()
		if err != nil || t.Signing == nil || t.Manifest != nil && t.Manifest.Name != "" {
			return ""
		}
		if all, err := c.dir.names(); err == nil && len(names) == 0 { // an error the check will tell
			names = o.withoutDocuments(c, t, all)
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case o.dir != "":
		return base + url.PathEscape(names[0])
	}
	return names[0]
}

// firstOf is the first URL of a list, if there is one.
func firstOf(list string) []string {
	for line, err := range lines(list, nil) {
		if u := urlOf(line.Text); err != nil || u != "" {
			return []string{u}
		}
	}
	return nil
}
