package main

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// small fixtures for all tests of a run.
func testFixtures(t *testing.T) fixtures {
	t.Helper()
	x := fixtures(t.TempDir())
	if err := x.make(sizes{64 << 10, 64 << 10, 1 << 10}); err != nil {
		t.Fatal(err)
	}
	return x
}

// flip changes the artifact that was signed.
func (x fixtures) flip(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(x.path(name))
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := x.write(x.path(name), data); err != nil {
		t.Fatal(err)
	}
}

// TestLargeSides: everybody verifies what was signed, and refuses it when a bit
// is flipped, but for the bare loop: a side that doesn't verify would be quick.
func TestLargeSides(t *testing.T) {
	x := testFixtures(t)
	h := &host{fixtures: x}
	try := func(name, side string) error {
		_, err := job{Kind: jobLarge, Fixtures: x, Family: name, Who: side}.do(t.Context())
		return err
	}
	each := func(check func(name, side string)) {
		for i, r := range h.largeRaces() {
			for _, side := range r.sides {
				check(families()[i].name, side)
			}
		}
	}
	each(func(name, side string) {
		if err := try(name, side); err != nil {
			t.Errorf("%s by %s: %v", name, side, err)
		}
	})
	x.flip(t, large)
	each(func(name, side string) {
		err := try(name, side)
		switch {
		case side == bare && err != nil, side != bare && err == nil:
			t.Errorf("%s by %s, with a flipped bit: %v", name, side, err)
		case side == relseal && !errors.Is(err, algorithm.ErrInvalid):
			t.Errorf("%s, with a flipped bit: %v, want %v", name, err, algorithm.ErrInvalid)
		}
	})
}

// TestSmallSides is the same for what runs in one process.
func TestSmallSides(t *testing.T) {
	x := testFixtures(t)
	h := host{root: testkeys.Root(t), fixtures: x}
	for _, subject := range smallSubjects() {
		j := job{Kind: jobSmall, Fixtures: x, Corpus: h.corpus(), Family: subject}
		all, err := j.contestants()
		if err != nil {
			t.Fatalf("%s: %v", subject, err)
		}
		var names []string
		for _, c := range all {
			names = append(names, c.name)
			if err := c.once(); err != nil {
				t.Errorf("%s by %s: %v", subject, c.name, err)
			}
			if err := c.once(); err != nil {
				t.Errorf("%s by %s, again: %v", subject, c.name, err)
			}
		}
		if !slices.Equal(names, smallSides(subject)) {
			t.Errorf("%s: sides %q, want %q", subject, names, smallSides(subject))
		}
	}
	x.flip(t, small)
	for _, f := range families() {
		all, err := job{Fixtures: x, Family: f.name}.contestants()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if err := c.once(); err == nil {
				t.Errorf("%s by %s: a flipped bit passes", f.name, c.name)
			}
		}
	}
}

// TestKeylessRefuses: both sides look at who signed, and at what.
func TestKeylessRefuses(t *testing.T) {
	h := host{root: testkeys.Root(t)}
	for _, bad := range []string{"neg-r1-wrong-identity", "neg-r1-tampered-artifact"} {
		all, err := keyless{corpus: bad}.contestants(h.corpus())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if err := c.once(); err == nil {
				t.Errorf("%s passes by %s", bad, c.name)
			}
		}
	}
}

// TestSmallJob: as many costs as were asked for.
func TestSmallJob(t *testing.T) {
	j := job{Kind: jobSmall, Fixtures: testFixtures(t), Family: "minisign", Sides: []int{0, 2}, Rounds: 3, Parallel: 2}
	a, err := j.do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Costs) != 2 || len(a.Costs[0]) != 3 || a.Costs[1][2].Wall <= 0 {
		t.Errorf("%+v", a)
	}
	for _, bad := range []job{
		{Kind: jobSmall, Fixtures: j.Fixtures, Family: "minisign", Parallel: 1},
		{Kind: jobSmall, Fixtures: j.Fixtures, Family: "minisign", Sides: []int{0}},
		{Kind: jobSmall, Fixtures: j.Fixtures, Family: "none", Sides: []int{0}, Parallel: 1},
		{Kind: jobLarge, Fixtures: j.Fixtures, Family: "ssh", Who: "nobody"},
		{Kind: jobSave, Fixtures: j.Fixtures, Family: "ssh", Who: "nobody"},
	} {
		if _, err := bad.do(t.Context()); err == nil {
			t.Errorf("%+v was done", bad)
		}
	}
}

// TestSave: both bring the bytes to the file, or relseal nothing.
func TestSave(t *testing.T) {
	x := testFixtures(t)
	for _, side := range []string{relseal, multiWriter} {
		if _, err := (job{Kind: jobSave, Fixtures: x, Family: "gpg", Who: side}).do(t.Context()); err != nil {
			t.Errorf("%s: %v", side, err)
		}
	}
	x.flip(t, medium)
	if _, err := (job{Kind: jobSave, Fixtures: x, Family: "gpg", Who: relseal}).do(t.Context()); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("with a flipped bit: %v", err)
	}
	entries, err := os.ReadDir(string(x))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			t.Errorf("%s was left", e.Name())
		}
	}
}

// TestJobText: what a job is told arrives.
func TestJobText(t *testing.T) {
	j := job{Kind: jobDownload, Fixtures: "f", Family: "ssh", Who: relseal, Site: site{"https://127.0.0.1:1", "cert"}, Path: pathFull}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	var got job
	if err := json.Unmarshal(text, &got); err != nil || got.Site != j.Site || got.Path != j.Path || got.Who != j.Who {
		t.Errorf("%+v, %v", got, err)
	}
}
