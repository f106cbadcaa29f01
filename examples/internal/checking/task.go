// Package checking verifies artifacts as installers do, several at a time, and says
// what came of each: for the programs that check releases and registries.
package checking

import (
	"errors"
	"path"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

// A Task is one artifact to check.
type Task struct {
	ID     string // what the input calls it; "" where it says nothing
	Target string
	Job    verify.Job
	Where  Place

	Optional bool   // that it isn't there is no refusal
	Err      error  // why it can't be checked at all
	Line     string // of the input, for programs that keep what failed
}

// A Place is where the table of an artifact stands, for what points at it.
type Place struct {
	File string
	Line int
}

// Name is the artifact's, as it may be shown.
func (t *Task) Name() string {
	switch {
	case t.Job.Artifact.Name != "":
		return output.Label(t.Job.Artifact.Name)
	case t.Job.Artifact.URL != "":
		return output.Label(path.Base(t.Job.Artifact.URL))
	}
	return output.Label(t.ID)
}

// Planned is an error of what comes before any I/O, unless it says itself which.
func Planned(err error) error {
	var known *verify.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &verify.Error{Stage: "plan", Err: err}
}
