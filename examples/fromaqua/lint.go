package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/relseal/relseal/examples/internal/aqua"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify/lint"
)

// runLint prints what is found in the entry and in its tables. An entry that is
// refused is a finding.
func (o *options) runLint(w io.Writer, r *aqua.Release, refused error) (int, error) {
	found := []lint.Finding{}
	var entry *aqua.Error
	switch {
	case errors.As(refused, &entry):
		found = append(found, aqua.Refusal(entry))
	case refused != nil:
		return 0, refused
	}
	if r != nil {
		all, err := families.Offline(context.Background(), families.Options{})
		if err != nil {
			return 0, err
		}
		more, err := r.Lint(lint.Config{Algorithms: all})
		if err != nil {
			return 0, err
		}
		found = append(found, more...)
	}
	if err := printFindings(w, o.format, found); err != nil {
		return 0, err
	}
	if slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Severity == "error" }) {
		return exitEntry, nil
	}
	return 0, nil
}

func printFindings(w io.Writer, format string, found []lint.Finding) error {
	if format == "json" {
		return output.JSON(w, found)
	}
	for _, f := range found {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	return nil
}
