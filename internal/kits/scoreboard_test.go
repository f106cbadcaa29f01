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

// check compares the table of docs/kits.md with what came out: the rows of the
// kits that were run and, where every one was, all of it.
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
	for _, fault := range b.faults(strings.Split(table, "\n"), complete) {
		t.Errorf("%s: run go test ./internal/kits -update", fault)
	}
}

// faults are the rows that came out and aren't written, and those that are written
// of a kit that was run, and didn't come out. Where every kit was run there is none
// of another.
func (b *scoreboard) faults(written []string, complete bool) (faults []string) {
	ran := map[string]bool{}
	var rows []string
	for _, s := range b.scores {
		rows, ran[s.kit] = append(rows, s.row()), true
		if !slices.Contains(written, s.row()) {
			faults = append(faults, "docs/kits.md hasn't this row: "+s.row())
		}
	}
	for _, row := range written {
		kit, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		if (complete || ran[kit]) && !slices.Contains(rows, row) {
			faults = append(faults, "docs/kits.md has a row that didn't come out: "+row)
		}
	}
	return faults
}
