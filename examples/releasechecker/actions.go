package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/relseal/relseal/verify/lint"
)

// annotations are workflow commands of GitHub Actions, which show what is wrong
// beside the lines of the table.
type annotations struct {
	w io.Writer
	n int
}

// maxAnnotations is more than GitHub shows of a step.
const maxAnnotations = 50

func (a *annotations) add(r *result) error {
	if r.Status() != refused {
		return nil
	}
	return a.tell("error", r.Where, r.Label()+": "+r.Why(), r.Message())
}

func (a *annotations) end(t *tally) error {
	for _, f := range t.findings {
		if err := a.tell(command(f), place{File: f.File, Line: f.Line}, f.Rule, f.Message); err != nil {
			return err
		}
	}
	return nil
}

func command(f lint.Finding) string {
	if f.Severity == "note" {
		return "notice"
	}
	return f.Severity
}

func (a *annotations) tell(command string, at place, title, message string) error {
	if a.n++; a.n > maxAnnotations {
		return nil
	}
	properties := "title=" + property(title)
	if at.File != "" {
		properties = fmt.Sprintf("file=%s,line=%d,%s", property(at.File), max(1, at.Line), properties)
	}
	_, err := fmt.Fprintf(a.w, "::%s %s::%s\n", command, properties, data(message))
	return err
}

// data is a text within a command. The runner takes ##[ for a command as well,
// wherever it stands.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", "##[", "## [").Replace(text)
}

func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(text))
}

// stepSummary appends the table to the summary of the step.
type stepSummary struct {
	markdown

	name string
}

func (s *stepSummary) end(t *tally) error {
	f, err := os.OpenFile(s.name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	s.w = f
	return errors.Join(s.markdown.end(t), f.Close())
}
