package main

import (
	"bytes"
	"io"
	"strconv"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/tables"
)

// fromJobs is a task for each line. A line that can't be read is one that is
// refused, and those behind it are checked all the same.
func (o *options) fromJobs(c *checker, stdin io.Reader) release {
	var otherwise func(*task)
	if o.table != "" {
		table, err := o.readTable()
		if err != nil {
			return broken(o.table, err)
		}
		otherwise = func(t *task) { use(t, c, table, o.table) }
	}
	return release{total: -1, tasks: func(yield func(task) bool) {
		n := 0
		for line, err := range lines(o.jobs, stdin) {
			n++
			if err == nil && len(bytes.TrimSpace(line.Text)) == 0 {
				continue
			}
			t := task{ID: strconv.Itoa(n), Err: checking.Planned(err)}
			if err == nil {
				t = checking.ReadJob(line.Text, strconv.Itoa(n), otherwise)
			}
			if !yield(t) {
				return
			}
		}
	}}
}

// use has the table of --table count.
func use(t *task, c *checker, table *tables.Table, file string) {
	t.Job.Table, t.Job.Artifact.ManifestFS, t.Where = table.Signing, c.manifestFS(), place{File: file}
	if table.Signing != nil {
		t.Where.Line = table.Signing.Line
	}
	for key, value := range table.Variables {
		if _, ok := t.Job.Artifact.Variables[key]; !ok {
			t.Job.Artifact.Variables[key] = value
		}
	}
}
