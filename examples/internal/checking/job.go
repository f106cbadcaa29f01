package checking

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/relseal/relseal/algorithm"
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

// ReadJob is the task of a line, with an ID for one that has none. A job that says
// nothing of a table has one by otherwise, where that isn't nil. What can't be read is
// the task's error.
func ReadJob(line []byte, id string, otherwise func(*Task)) Task {
	t := Task{ID: id}
	if err := t.read(line, otherwise); err != nil {
		t.Err = Planned(err)
	}
	return t
}

func (t *Task) read(line []byte, otherwise func(*Task)) error {
	var j job
	if err := decode(line, &j); err != nil {
		return err
	}
	if j.ID != "" {
		t.ID = j.ID
	}
	t.Target = j.Target
	t.Job.Artifact = verify.Artifact{URL: j.URL, Name: j.Name, Variables: map[string]string{}}
	if j.URL == "" {
		return fmt.Errorf("%w: a job without url", algorithm.ErrMalformed)
	}
	for _, text := range j.Digests {
		d, err := algorithm.ParseDigest(text)
		if err != nil {
			return err
		}
		t.Job.Artifact.Digests = append(t.Job.Artifact.Digests, d)
	}
	if j.Target != "" {
		values, err := metadata.TargetVariables(j.Target)
		if err != nil {
			return err
		}
		t.Job.Artifact.Variables = values
	}
	if len(j.Signing) == 0 && otherwise != nil {
		otherwise(t)
	} else if err := t.declare(j.Signing); err != nil {
		return err
	}
	for key, value := range j.Variables {
		t.Job.Artifact.Variables[key] = value
	}
	return nil
}

// declare reads the job's own table; none, or null, is a job that declares no
// signature.
func (t *Task) declare(signing json.RawMessage) error {
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
	t.Job.Table = table
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
