package main

import (
	"iter"
	"path"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

// A task is one artifact to check.
type task struct {
	id     string // what the input calls it; "" where it says nothing
	target string
	job    verify.Job
	where  place

	optional bool  // that it isn't there is no refusal
	err      error // why it can't be checked at all
}

// A place is where the table of an artifact stands, for what points at it.
type place struct {
	file string
	line int
}

// A release is what there is to check.
type release struct {
	tasks iter.Seq[task]
	total int // of the tasks; -1 where that isn't known
}

// broken is a release of which nothing more is known than why.
func broken(id string, err error) release {
	return listed([]task{{id: id, where: place{file: id}, err: err}})
}

func listed(tasks []task) release {
	return release{total: len(tasks), tasks: func(yield func(task) bool) {
		for _, t := range tasks {
			if !yield(t) {
				return
			}
		}
	}}
}

// name is the artifact's, as it may be shown.
func (t *task) name() string {
	switch {
	case t.job.Artifact.Name != "":
		return output.Label(t.job.Artifact.Name)
	case t.job.Artifact.URL != "":
		return output.Label(path.Base(t.job.Artifact.URL))
	}
	return output.Label(t.id)
}
