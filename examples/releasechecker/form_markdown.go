package main

import (
	"fmt"
	"io"
	"strings"
)

// markdown is a table for comments and summaries.
type markdown struct {
	w     io.Writer
	title string
	rows  rows
}

func (m *markdown) add(r *result) error {
	m.rows.add(r)
	return nil
}

func (m *markdown) end(t *tally) error {
	_, err := io.WriteString(m.w, m.text(t))
	return err
}

func (m *markdown) text(t *tally) string {
	var b strings.Builder
	verdict := "accepted"
	if t.ExitCode != 0 {
		verdict = refused
	}
	fmt.Fprintf(&b, "### Release of %s: %s\n\n%s\n\n", inert(m.title), verdict, inert(t.String()))
	if len(m.rows.bad)+len(m.rows.good) > 0 {
		b.WriteString("| verdict | target | artifact | why, or who signed |\n| --- | --- | --- | --- |\n")
	}
	for _, r := range m.rows.bad {
		why := "**" + inert(r.why) + "**<br>" + inert(r.message)
		if r.remedy != "" {
			why += "<br>_To do:_ " + inert(r.remedy)
		}
		fmt.Fprintf(&b, "| ❌ %s | %s | %s | %s |\n", r.status, inert(r.target), inert(r.name), why)
	}
	for _, r := range m.rows.good {
		mark := "⚠️"
		if r.status == "verified" {
			mark = "✅"
		}
		fmt.Fprintf(&b, "| %s %s | %s | %s | %s |\n", mark, r.status, inert(r.target), inert(r.name), inert(r.why))
	}
	if more := m.rows.moreBad + m.rows.moreGood; more > 0 {
		fmt.Fprintf(&b, "\n%d more, of which %d are refused.\n", more, m.rows.moreBad)
	}
	for i, f := range t.findings {
		if i == 0 {
			b.WriteString("\n#### Signing tables\n\n")
		}
		if i == maxGood {
			fmt.Fprintf(&b, "- %d more\n", len(t.findings)-i)
			break
		}
		fmt.Fprintf(&b, "- %s\n", inert(f.String()))
	}
	return b.String()
}

// inert is a text that Markdown shows as it is: no link, no mention, no cell and no
// HTML comes of it.
func inert(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < ' ':
			b.WriteByte(' ')
		case strings.ContainsRune("!\"#$%&'()*+<=>?@[\\]^`{|}~:", r) || r == '_' && b.Len() == 0:
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
