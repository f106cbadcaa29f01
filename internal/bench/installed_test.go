package main

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestPrograms: every program that is installed, and verifyfile, verifies what
// was signed and refuses it when a bit is flipped.
func TestPrograms(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to build programs with")
	}
	o := options{sizes: sizes{64 << 10, 1 << 10, 1 << 10}, rows: regexp.MustCompile(""), rounds: 1, dir: t.TempDir()}
	h, err := newHost(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	races, missing := h.programRaces()
	if len(missing) > 0 && os.Getenv("RELSEAL_INTEROP") == "require" {
		t.Errorf("RELSEAL_INTEROP=require, but %q are not installed", missing)
	}
	each := func(check func(row string, err error)) {
		for _, r := range races {
			for side := range r.sides {
				_, err := r.run(t.Context(), mode{cores: 1}, []int{side}, 1)
				check(r.row(side), err)
			}
		}
	}
	each(func(row string, err error) {
		if err != nil {
			t.Errorf("%s: %v", row, err)
		}
	})
	h.fixtures.flip(t, large)
	each(func(row string, err error) {
		if err == nil {
			t.Errorf("%s: a flipped bit passes", row)
		}
	})
	t.Logf("without %q", missing)
}
