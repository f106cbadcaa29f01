package kits

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

var update = flag.Bool("update", false, "write docs/kits.md")

// A score is what came out of one kit on one path.
type score struct {
	kit, path                         string
	cases, agreed, differ, notCarried int
}

func (s score) row() string {
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %d |", s.kit, s.path, s.cases, s.agreed, s.differ, s.notCarried)
}

// A scoreboard has the scores in the order in which the kits were run.
type scoreboard struct{ scores []score }

func (b *scoreboard) add(t *testing.T, s score) {
	t.Helper()
	t.Logf("%s, %s: %d cases, %d as the kit has them, %d expected differences, %d not carried",
		s.kit, s.path, s.cases, s.agreed, s.differ, s.notCarried)
	b.scores = append(b.scores, s)
}

const (
	tableHead = "| kit | path | cases | as the kit has it | expected differences | not carried |\n|---|---|---|---|---|---|\n"
	tableEnd  = "\n\n"
)

// check compares the table of docs/kits.md with what came out: with the rows
// that there are and, where every kit was run, with all of it.
func (b *scoreboard) check(t *testing.T, complete bool) {
	t.Helper()
	name := filepath.Join(testkeys.Root(t), "docs", "kits.md")
	text := string(testkeys.ReadFile(t, name))
	before, rest, ok := strings.Cut(text, tableHead)
	table, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s has no table of scores", name)
	}
	var rows []string
	for _, s := range b.scores {
		rows = append(rows, s.row())
	}
	if *update && complete {
		text = before + tableHead + strings.Join(rows, "\n") + tableEnd + after
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	written := strings.Split(table, "\n")
	for _, row := range rows {
		if !slices.Contains(written, row) {
			t.Errorf("docs/kits.md hasn't this row: run go test ./internal/kits -update\n%s", row)
		}
	}
	if complete && len(written) != len(rows) {
		t.Errorf("docs/kits.md has %d rows, and %d came out: run go test ./internal/kits -update", len(written), len(rows))
	}
}
