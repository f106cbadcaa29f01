package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// source is what the command line says to check. What is wrong with it as a whole
// is one task's error, so that every form tells it.
func (o *options) source(ctx context.Context, c *checker, stdin io.Reader) release {
	switch {
	case o.manifest != "":
		return o.fromManifest(ctx, c)
	case o.jobs != "":
		return o.fromJobs(c, stdin)
	}
	t, err := o.readTable()
	switch {
	case err != nil:
		return broken(o.table, err)
	case o.list != "":
		return o.fromList(c, t, stdin)
	case o.dir != "":
		return o.fromFolder(c, t)
	}
	return o.fromURLs(c, t)
}

// input is a file or standard input.
func input(name string, stdin io.Reader) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(name)
}

// file is the document with the tables, "" where each job has its own.
func (o *options) file() string {
	if o.manifest != "" {
		return o.manifest
	}
	return o.table
}

// target is the one whose table and variables count for --table.
func (o *options) target() string {
	if len(o.targets) > 0 {
		return o.targets[0]
	}
	return metadata.HostTarget()
}

// readTable reads the table of --table; variables of the command line win.
func (o *options) readTable() (*tables.Table, error) {
	t, err := tables.Read(o.table, o.at, o.target())
	if err != nil {
		return nil, err
	}
	for key, value := range o.vars {
		t.Variables[key] = value
	}
	if t.Signing == nil && t.Manifest != nil && len(t.Manifest.Misplaced) > 0 {
		return nil, checking.Planned(fmt.Errorf("%w: %w", verify.ErrNotDeclared, t.Manifest.Misplaced[0]))
	}
	return t, nil
}
