package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"github.com/relseal/relseal/examples/internal/output"
)

// A table is for people: what is refused first, then why and what to do, then how
// many of what.
type table struct {
	w    io.Writer
	look look
	rows rows
}

// A look is what a terminal can show.
type look struct {
	columns int
	colour  bool
}

// Widths in columns: of output that is no terminal, and what is left to the narrow.
const (
	defaultColumns = 100
	minColumns     = 40
)

// lookOf asks the terminal. NO_COLOR (https://no-color.org) and a dumb terminal have
// no colour.
func lookOf(w io.Writer) look {
	f, ok := w.(*os.File)
	if !ok || !output.IsTerminal(w) {
		return look{columns: defaultColumns}
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 {
		columns = defaultColumns
	}
	return look{max(columns, minColumns), os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (t *table) add(r *result) error {
	t.rows.add(r)
	return nil
}

func (t *table) end(sum *tally) error {
	var b strings.Builder
	t.grid(&b)
	t.reasons(&b)
	for _, f := range sum.findings {
		t.wrapped(&b, "", f.String())
	}
	if len(sum.findings) > 0 {
		b.WriteByte('\n')
	}
	code := "0, an installer accepts it"
	if sum.ExitCode != 0 {
		code = fmt.Sprint(sum.ExitCode)
	}
	t.wrapped(&b, "", fmt.Sprintf("%s: exit code %s", sum, code))
	_, err := io.WriteString(t.w, b.String())
	return err
}

// grid has a line for each artifact, that fits the terminal.
func (t *table) grid(b *strings.Builder) {
	all := append(t.rows.bad[:len(t.rows.bad):len(t.rows.bad)], t.rows.good...)
	if len(all) == 0 {
		return
	}
	lines := [][]string{{"VERDICT", "TARGET", "ARTIFACT", "WHY, OR WHO SIGNED"}}
	for _, r := range all {
		lines = append(lines, []string{r.status, r.target, r.name, r.why})
	}
	widths := t.widths(lines)
	for i, line := range lines {
		var cells []string
		for at, text := range line {
			if widths[at] > 0 {
				cells = append(cells, t.cell(text, widths[at], i > 0 && at == 0))
			}
		}
		b.WriteString(strings.TrimRight(strings.Join(cells, "  "), " ") + "\n")
	}
	for _, more := range []struct {
		n    int
		what string
	}{{t.rows.moreBad, "more are refused"}, {t.rows.moreGood, "more are not"}} {
		if more.n > 0 {
			fmt.Fprintf(b, "%d %s\n", more.n, more.what)
		}
	}
	b.WriteByte('\n')
}

// The columns that a table can do without: where there are no targets, and where
// there are some and no room, since a target names its artifact.
const (
	columnTarget   = 1
	columnArtifact = 2
)

// widths are those of the columns: what they need, or, where that is too much, less
// for the widest of them. A column of no width isn't shown.
func (t *table) widths(lines [][]string) []int {
	widths := make([]int, len(lines[0]))
	for i, line := range lines {
		for at, text := range line {
			if i > 0 || at != columnTarget {
				widths[at] = max(widths[at], uniseg.StringWidth(text))
			}
		}
	}
	if widths[columnTarget] > 0 && total(widths) > t.look.columns {
		widths[columnArtifact] = 0
	}
	for total(widths) > t.look.columns {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] <= len("verified") {
			break
		}
		widths[widest]--
	}
	return widths
}

// total is the width of a line, with two blanks between columns.
func total(widths []int) int {
	sum := 0
	for _, width := range widths {
		if width > 0 {
			sum += width + 2
		}
	}
	return sum - 2
}

// cell is a text in so many columns; of a verdict in colour.
func (t *table) cell(text string, width int, verdict bool) string {
	short := shorten(text, width)
	padding := strings.Repeat(" ", max(0, width-uniseg.StringWidth(short)))
	if verdict && t.look.colour {
		short = colourOf(text) + short + "\x1b[0m"
	}
	return short + padding
}

func colourOf(status string) string {
	switch status {
	case "verified":
		return "\x1b[32m" // green
	case refused:
		return "\x1b[1;31m" // red
	}
	return "\x1b[33m" // yellow: let pass, and not proven
}

// shorten leaves the middle out of a text that is too wide: names differ at their
// ends.
func shorten(text string, width int) string {
	if uniseg.StringWidth(text) <= width {
		return text
	}
	var parts []string
	for g := uniseg.NewGraphemes(text); g.Next(); {
		parts = append(parts, g.Str())
	}
	for cut := 1; cut < len(parts); cut++ {
		from := (len(parts) - cut) / 2
		short := strings.Join(parts[:from], "") + "…" + strings.Join(parts[from+cut:], "")
		if uniseg.StringWidth(short) <= width {
			return short
		}
	}
	return "…"
}

// reasons say of each refusal why, whole, and what to do.
func (t *table) reasons(b *strings.Builder) {
	for _, r := range t.rows.bad {
		name := strings.TrimSpace(r.target + " " + r.name)
		t.wrapped(b, "", name+":")
		t.wrapped(b, "  ", r.message)
		if r.remedy != "" {
			t.wrapped(b, "  ", "to do: "+r.remedy)
		}
		b.WriteByte('\n')
	}
}

// wrapped writes a text in lines that fit the terminal. A word that doesn't stays
// whole, so that a URL can be copied.
func (t *table) wrapped(b *strings.Builder, indent, text string) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if line != indent && uniseg.StringWidth(line+" "+word) > t.look.columns {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}
