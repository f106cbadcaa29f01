package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A job is a line of the input; job.schema.json has its form.
type job struct {
	ID        string            `json:"id"`
	URL       string            `json:"url"`
	Name      string            `json:"name"`
	Target    string            `json:"target"`
	Variables map[string]string `json:"variables"`
	Digests   []string          `json:"digests"`
	Signing   json.RawMessage   `json:"signing"`
}

// fromJobs is a task for each line. A line that can't be read is one that is
// refused, and those behind it are checked all the same.
func (o *options) fromJobs(c *checker, stdin io.Reader) release {
	var otherwise *tables.Table
	if o.table != "" {
		t, err := o.readTable()
		if err != nil {
			return broken(o.table, err)
		}
		otherwise = t
	}
	return release{total: -1, tasks: func(yield func(task) bool) {
		n := 0
		for line, err := range lines(o.jobs, stdin) {
			n++
			if err == nil && len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			if !yield(o.jobTask(c, otherwise, n, line, err)) {
				return
			}
		}
	}}
}

// jobTask is the task of a line, whose number is its id where it has none.
func (o *options) jobTask(c *checker, otherwise *tables.Table, n int, line []byte, err error) task {
	t := task{id: strconv.Itoa(n)}
	if err == nil {
		err = o.readJob(c, &t, otherwise, line)
	}
	if err != nil {
		t.err = planned(err)
	}
	return t
}

func (o *options) readJob(c *checker, t *task, otherwise *tables.Table, line []byte) error {
	var j job
	if err := decode(line, &j); err != nil {
		return err
	}
	if j.ID != "" {
		t.id = j.ID
	}
	t.target = j.Target
	t.job.Artifact = verify.Artifact{URL: j.URL, Name: j.Name, Variables: map[string]string{}}
	if j.URL == "" {
		return fmt.Errorf("%w: a job without url", algorithm.ErrMalformed)
	}
	for _, text := range j.Digests {
		d, err := algorithm.ParseDigest(text)
		if err != nil {
			return err
		}
		t.job.Artifact.Digests = append(t.job.Artifact.Digests, d)
	}
	if j.Target != "" {
		values, err := metadata.TargetVariables(j.Target)
		if err != nil {
			return err
		}
		t.job.Artifact.Variables = values
	}
	if len(j.Signing) == 0 && otherwise != nil {
		t.use(c, otherwise, o.table)
	} else if err := t.declare(j.Signing); err != nil {
		return err
	}
	for key, value := range j.Variables {
		t.job.Artifact.Variables[key] = value
	}
	return nil
}

// use has the table of --table count.
func (t *task) use(c *checker, table *tables.Table, file string) {
	t.job.Table, t.job.Artifact.ManifestFS, t.where = table.Signing, c.manifestFS(), place{file: file}
	if table.Signing != nil {
		t.where.line = table.Signing.Line
	}
	for key, value := range table.Variables {
		if _, ok := t.job.Artifact.Variables[key]; !ok {
			t.job.Artifact.Variables[key] = value
		}
	}
}

// declare reads the job's own table; none, or null, is a job that declares no
// signature.
func (t *task) declare(signing json.RawMessage) error {
	var keys map[string]any
	if len(signing) > 0 {
		if err := decode(signing, &keys); err != nil {
			return err
		}
	}
	if keys == nil {
		return nil
	}
	table, err := metadata.NewSigning(whole(keys).(map[string]any)) //nolint:forcetypeassert // of its own type
	t.job.Table = table
	return err
}

// decode reads one JSON value strictly. Numbers stay as they are written.
func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	d.UseNumber()
	err := d.Decode(v)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		return fmt.Errorf("%w: no job: %w", algorithm.ErrMalformed, err)
	}
	return nil
}

// whole is a JSON value with ints for whole numbers, as a table has them.
func whole(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		return v.String()
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = whole(v[key])
		}
	}
	return value
}
