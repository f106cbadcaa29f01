package main

import (
	"encoding/json"
	"io"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify/lint"
)

// records are a line of JSON for each artifact, and for each finding at the end.
type records struct{ w io.Writer }

func (j *records) add(r *result) error {
	data, err := r.JSON()
	if err == nil {
		_, err = j.w.Write(append(data, '\n'))
	}
	return err
}

func (j *records) end(t *tally) error {
	for _, f := range t.findings {
		if err := output.JSONLine(j.w, struct {
			Finding lint.Finding `json:"finding"`
		}{f}); err != nil {
			return err
		}
	}
	return nil
}

// A document is one JSON object, written while the run goes on.
type document struct {
	w     io.Writer
	begun bool
}

func (d *document) add(r *result) error {
	if _, err := io.WriteString(d.w, d.opening(",\n")); err != nil {
		return err
	}
	data, err := r.JSON()
	if err == nil {
		_, err = d.w.Write(data)
	}
	return err
}

// opening is what stands before a result: the object's beginning, or otherwise.
func (d *document) opening(otherwise string) string {
	if d.begun {
		return otherwise
	}
	d.begun = true
	return "{\"results\": [\n"
}

func (d *document) end(t *tally) error {
	found := t.findings
	if found == nil {
		found = []lint.Finding{} // an array all the same
	}
	rest, err := json.Marshal(struct {
		Findings []lint.Finding `json:"findings"`
		Summary  *tally         `json:"summary"`
	}{found, t})
	if err != nil {
		return err
	}
	text := d.opening("") + "\n], " + string(output.Shown(rest)[1:]) + "\n"
	_, err = io.WriteString(d.w, text)
	return err
}
