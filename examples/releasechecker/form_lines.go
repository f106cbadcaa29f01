package main

import (
	"fmt"
	"io"

	"github.com/relseal/relseal/verify/lint"
)

// lineByLine is a line for each artifact while the run goes on, for logs.
type lineByLine struct{ w io.Writer }

func (l lineByLine) add(r *result) error {
	text := r.Why()
	if r.Status() == refused {
		text = r.Message()
	}
	_, err := fmt.Fprintf(l.w, "%-8s %s: %s\n", r.Status(), r.Label(), text)
	return err
}

func (l lineByLine) end(t *tally) error {
	if err := printFindings(l.w, t.findings); err != nil {
		return err
	}
	_, err := fmt.Fprintln(l.w, t)
	return err
}

func printFindings(w io.Writer, found []lint.Finding) error {
	for _, f := range found {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	return nil
}
