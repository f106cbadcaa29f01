package main

import (
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/lint"
)

// TestWorst: the exit code is the worst of all, whatever their order, and every one
// that there is has its place.
func TestWorst(t *testing.T) {
	order := []int{0, 130, 68, 74, 1, 65, 67, 78, 41, 40}
	for i, a := range order {
		for j, b := range order {
			if got := worse(a, b); got != order[max(i, j)] {
				t.Errorf("%d of %d and %d", got, a, b)
			}
		}
	}
	for _, tt := range []struct {
		errs []error
		want int
	}{
		{nil, 0},
		{[]error{verify.ErrUnreachable}, 68},
		{[]error{verify.ErrUnreachable, algorithm.ErrInvalid, verify.ErrNotDeclared}, 40},
		{[]error{algorithm.ErrInvalid, verify.ErrUnreachable}, 40},
		{[]error{verify.ErrUnreachable, verify.ErrNotDeclared}, 41},
	} {
		sum := newTally(nil)
		for _, err := range tt.errs {
			sum.add(result{Err: err})
		}
		if sum.exitCode() != tt.want || sum.Refused != len(tt.errs) {
			t.Errorf("%v: %+v", tt.errs, sum)
		}
	}
	for severity, want := range map[string]int{"error": 78, "warning": 0, "note": 0} {
		sum := newTally([]lint.Finding{{Severity: severity}})
		if sum.exitCode() != want {
			t.Errorf("%s: %d", severity, sum.exitCode())
		}
		sum.add(result{Err: verify.ErrUnreachable})
		if sum.exitCode() != max(want, 68) {
			t.Errorf("%s and 68: %d", severity, sum.exitCode())
		}
	}
	// What is absent and was never demanded counts for nothing; any other refusal of
	// the same task does.
	sum := newTally(nil)
	sum.add(result{Task: task{Optional: true}, Err: &verify.Error{Stage: "artifact", Err: verify.ErrMissing}})
	if sum.exitCode() != 0 || sum.Absent != 1 {
		t.Errorf("%+v", sum)
	}
	sum.add(result{Task: task{Optional: true}, Err: &verify.Error{Stage: "signature", Err: verify.ErrMissing}})
	if sum.exitCode() != 41 || sum.Refused != 1 {
		t.Errorf("%+v", sum)
	}
}
