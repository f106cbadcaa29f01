package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/lint"
)

// A tally is what a run found, in numbers.
type tally struct {
	Checked  int            `json:"checked"`
	Verified int            `json:"verified"`
	Unsigned int            `json:"unsigned"`
	Skipped  int            `json:"skipped"`
	Refused  int            `json:"refused"`
	Absent   int            `json:"absent"`
	Reasons  map[string]int `json:"reasons"` // of refusals
	ExitCode int            `json:"exit_code"`

	findings []lint.Finding // of --lint
}

func newTally(found []lint.Finding) *tally {
	t := &tally{Reasons: map[string]int{}, findings: found}
	if slices.ContainsFunc(found, func(f lint.Finding) bool { return f.Severity == "error" }) {
		t.ExitCode = exitFindings
	}
	return t
}

func (t *tally) add(r result) {
	t.Checked++
	switch r.Status() {
	case string(verify.Verified):
		t.Verified++
	case string(verify.Unsigned):
		t.Unsigned++
	case string(verify.Skipped):
		t.Skipped++
	case absence:
		t.Absent++
	default:
		t.Refused++
		t.Reasons[r.Why()]++
		t.ExitCode = worse(t.ExitCode, r.ExitCode())
	}
}

func (t *tally) exitCode() int { return t.ExitCode }

// worse is the exit code that counts of two: what was judged and refused before what
// couldn't be judged, and that before what may pass.
func worse(a, b int) int {
	order := []int{0, 130, 68, 74, 1, 65, 67, 78, 41, 40}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// String is the run in one line: 6 checked: 3 verified, 3 refused (invalid, …).
func (t *tally) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{t.Verified, "verified"}, {t.Unsigned, "unsigned"}, {t.Skipped, "skipped"}, {t.Refused, "refused" + t.reasons()}, {t.Absent, "absent"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing was there to check"}
	}
	return fmt.Sprintf("%d checked: %s", t.Checked, strings.Join(parts, ", "))
}

func (t *tally) reasons() string {
	if t.Refused == 0 {
		return ""
	}
	var list []string
	for _, reason := range slices.Sorted(maps.Keys(t.Reasons)) {
		one := reason
		if n := t.Reasons[reason]; n > 1 {
			one = fmt.Sprintf("%d %s", n, reason)
		}
		list = append(list, one)
	}
	return " (" + strings.Join(list, ", ") + ")"
}
