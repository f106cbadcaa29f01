package main

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/verify"
)

// fromJobs is a task for each line. A line that can't be read is one that is
// refused, and those behind it are checked all the same. No job at all is a refusal,
// since whatever should have written them may have failed.
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
		n, some := 0, o.allowEmpty
		for line, err := range lines(o.jobs, stdin) {
			n++
			if err == nil && len(bytes.TrimSpace(line.Text)) == 0 {
				continue
			}
			some = true
			t := task{ID: strconv.Itoa(n), Err: checking.Planned(err)}
			if err == nil {
				t = checking.ReadJob(line.Text, strconv.Itoa(n), otherwise)
			}
			if !yield(t) {
				return
			}
		}
		if !some {
			yield(task{ID: o.jobs, Err: fmt.Errorf("%w: no job is in it (--allow-empty would take that)", verify.ErrMissing)})
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
