package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/examples/internal/output"
)

// runMatrix runs all tools that are installed and prints what they say.
func (o *options) runMatrix(ctx context.Context, w io.Writer, families []family) (agree bool, err error) {
	agree = true
	var runs []*toolRun
	for _, t := range tools() {
		if len(o.casesFor(t, families)) == 0 || !t.installed() {
			continue
		}
		run, err := o.runTool(ctx, t, families)
		if err != nil {
			return false, fmt.Errorf("%s: %w", t.name, err)
		}
		run.Version = t.findVersion(ctx)
		runs = append(runs, run)
		agree = agree && run.agrees()
	}
	if len(runs) == 0 {
		return false, errors.New("none of the tools is installed")
	}
	if o.format == "json" {
		return agree, output.JSON(w, runs)
	}
	_, err = io.WriteString(w, matrix(families, runs))
	return agree, err
}

// installed reports whether all programs of a tool can be run.
func (t *tool) installed() bool {
	for _, command := range t.commands {
		if _, err := exec.LookPath(command[0]); err != nil {
			return false
		}
	}
	return true
}

// findVersion is what the tool says of its version; "" for nothing.
func (t *tool) findVersion(ctx context.Context) string {
	if t.version == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	text, err := exec.CommandContext(ctx, t.version[0], t.version[1:]...).CombinedOutput() //nolint:gosec // out of the list of tools
	if err != nil {
		return ""
	}
	return string(regexp.MustCompile(`[0-9]+(\.[0-9]+)+(p[0-9]+)?`).Find(text))
}

// title is a tool with its version.
func (run *toolRun) title() string { return strings.TrimSpace(run.Tool + " " + run.Version) }

// matrix is what tools say to the cases, as Markdown.
func matrix(families []family, runs []*toolRun) string {
	var b strings.Builder
	b.WriteString("| program | family | cases | as expected | differs: spec | policy | optional |\n|---|---|--:|--:|--:|--:|--:|\n")
	for _, run := range runs {
		for _, f := range families {
			if part := run.of(f.Name); part.ran() > 0 {
				fmt.Fprintf(&b, "| %s | %s | %d |", cell(run.title()), cell(f.Name), part.ran())
				fmt.Fprintf(&b, " %d |", part.count(func(r *Result) bool { return r.Verdict != "skipped" && !r.Differs }))
				for _, kind := range kinds() {
					fmt.Fprintf(&b, " %d |", part.count(func(r *Result) bool { return r.Differs && r.Kind == kind }))
				}
				b.WriteByte('\n')
			}
		}
	}
	for _, f := range families {
		writeFamily(&b, &f, runs)
	}
	return b.String()
}

// of are the results of one family.
func (run *toolRun) of(family string) *toolRun {
	part := &toolRun{Tool: run.Tool, Version: run.Version}
	for _, r := range run.Results {
		if r.Family == family {
			part.Results = append(part.Results, r)
		}
	}
	return part
}

// writeFamily writes the cases of a family on which some tool differs, and why.
func writeFamily(b *strings.Builder, f *family, runs []*toolRun) {
	var asked []*toolRun
	for _, run := range runs {
		if part := run.of(f.Name); part.ran() > 0 {
			asked = append(asked, part)
		}
	}
	rows := differing(f, asked)
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n### %s\n\n| case | expected | rule |", cell(f.Name))
	for _, run := range asked {
		fmt.Fprintf(b, " %s |", cell(run.Tool))
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(asked)) + "\n")
	for _, c := range rows {
		fmt.Fprintf(b, "| %s: %s | %s | %s: %s |", cell(c.Name), cell(c.Why), c.Want, c.Kind, cell(c.Rule))
		for _, run := range asked {
			fmt.Fprintf(b, " %s |", run.verdictOn(c.Name))
		}
		b.WriteByte('\n')
	}
	writeReasons(b, asked)
}

// differing are the cases of a family on which some tool differs.
func differing(f *family, runs []*toolRun) []Case {
	var rows []Case
	for _, c := range f.Cases {
		if slices.ContainsFunc(runs, func(run *toolRun) bool { r := run.find(c.Name); return r != nil && r.Differs }) {
			rows = append(rows, c)
		}
	}
	return rows
}

func (run *toolRun) find(name string) *Result {
	if i := slices.IndexFunc(run.Results, func(r Result) bool { return r.Name == name }); i >= 0 {
		return &run.Results[i]
	}
	return nil
}

// verdictOn is what stands in the matrix.
func (run *toolRun) verdictOn(name string) string {
	r := run.find(name)
	switch {
	case r == nil:
		return ""
	case r.Differs:
		return "**" + r.Verdict + "**"
	}
	return r.Verdict
}

// writeReasons writes each reason of each tool once.
func writeReasons(b *strings.Builder, runs []*toolRun) {
	b.WriteByte('\n')
	for _, run := range runs {
		var reasons []string
		of := map[string]int{}
		for i := range run.Results {
			r := &run.Results[i]
			if !r.Differs {
				continue
			}
			reason := "not listed"
			if r.Listed {
				reason = r.Reason
			}
			if of[reason]++; of[reason] == 1 {
				reasons = append(reasons, reason)
			}
		}
		for _, reason := range reasons {
			fmt.Fprintf(b, "- %s, %d of them: %s\n", cell(run.Tool), of[reason], cell(reason))
		}
	}
}

// cell is a text in a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`).Replace(output.Label(s))
}
