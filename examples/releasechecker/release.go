package main

import (
	"iter"

	"github.com/relseal/relseal/examples/internal/checking"
)

// What is checked, what came of it, and where its table stands.
type (
	task   = checking.Task
	result = checking.Result
	place  = checking.Place
)

// The outcomes besides those of a report.
const (
	refused = checking.Refused
	absence = checking.Absent
)

// A release is what there is to checking.
type release struct {
	tasks iter.Seq[task]
	total int // of the tasks; -1 where that isn't known
}

// broken is a release of which nothing more is known than why.
func broken(id string, err error) release {
	return listed([]task{{ID: id, Where: place{File: id}, Err: err}})
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
