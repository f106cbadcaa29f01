package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/relseal/relseal/examples/internal/output"
)

// printRun prints what a tool said.
func printRun(w io.Writer, run *toolRun, format string) error {
	if format == "json" {
		return output.JSON(w, run)
	}
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i := range run.Results {
		if r := &run.Results[i]; r.Differs {
			fmt.Fprintf(table, "%s\t%s\twant %s\t%s\n", mark(r), output.Label(r.id()), r.Expected, verdictText(r))
			fmt.Fprintf(table, "\t  %s\n\t  %s: %s\n", output.Label(r.Why), r.Kind, output.Label(r.Rule))
			if text := detail(r); text != "" {
				fmt.Fprintf(table, "\t  %s\n", text)
			}
		}
	}
	_ = table.Flush() // into memory
	for _, id := range run.Gone {
		fmt.Fprintf(&b, "GONE     %s: this difference is listed, and isn't there\n", output.Label(id))
	}
	printSums(&b, run)
	_, err := io.WriteString(w, b.String())
	return err
}

func mark(r *Result) string {
	if r.Listed {
		return "listed"
	}
	return "DIFFERS"
}

// verdictText is a verdict with its exit code.
func verdictText(r *Result) string {
	if r.ExitCode < 0 {
		return "got " + r.Verdict
	}
	return fmt.Sprintf("got %s (exit code %d)", r.Verdict, r.ExitCode)
}

// detail is the reason of a difference, or the first line that the program printed.
func detail(r *Result) string {
	if r.Listed {
		return "reason: " + output.Label(r.Reason)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(r.Output), "\n")
	if first == "" {
		return ""
	}
	return "it says: " + output.Name(first)
}

// printSums prints a line for each family, and one for all.
func printSums(b *strings.Builder, run *toolRun) {
	names := []string{}
	of := map[string]*toolRun{}
	for _, r := range run.Results {
		if of[r.Family] == nil {
			names = append(names, r.Family)
			of[r.Family] = &toolRun{Tool: run.Tool}
		}
		of[r.Family].Results = append(of[r.Family].Results, r)
	}
	if len(names) == 1 { // that is the line for all
		names = nil
	}
	for _, name := range names {
		fmt.Fprintf(b, "%s: %s\n", output.Label(name), of[name].sums())
	}
	fmt.Fprintf(b, "%s: %s", output.Label(run.Tool), run.sums())
	if len(run.Gone) > 0 {
		fmt.Fprintf(b, "; %d listed differences aren't there", len(run.Gone))
	}
	b.WriteByte('\n')
}

// sums says how many cases there are, and what became of them.
func (run *toolRun) sums() string {
	listed := run.count(func(r *Result) bool { return r.Listed })
	text := fmt.Sprintf("%d cases, %d as expected, %d listed differences, %d unexpected", run.ran(), run.ran()-listed-run.unexpected(), listed, run.unexpected())
	if skipped := len(run.Results) - run.ran(); skipped > 0 {
		text += fmt.Sprintf("; %d not run (--format json says why)", skipped)
	}
	return text
}

// printList prints the cases.
func printList(w io.Writer, families []family, format string) error {
	if format == "json" {
		return output.JSON(w, families)
	}
	var b strings.Builder
	for _, f := range families {
		fmt.Fprintf(&b, "%s: %d cases\n", output.Label(f.Name), len(f.Cases))
		for i := range f.Cases {
			c := &f.Cases[i]
			fmt.Fprintf(&b, "  %-6s  %s: %s (%s: %s)\n", c.Want, output.Label(c.Name), output.Label(c.Why), c.Kind, output.Label(c.Rule))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
