package main

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/bench/process"
)

// TestInTurn: each side goes first in every other round, and costs come back in
// the order of the sides.
func TestInTurn(t *testing.T) {
	var order []int
	costs, err := inTurn([]int{0, 3, 5}, 3, func(side int) (process.Cost, error) {
		order = append(order, side)
		return process.Cost{Wall: time.Duration(10*side + len(order))}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 3, 5, 5, 3, 0, 0, 3, 5}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	for i, want := range [][]time.Duration{{1, 6, 7}, {32, 35, 38}, {53, 54, 59}} {
		for round, c := range costs[i] {
			if c.Wall != want[round] {
				t.Errorf("side %d, round %d: %d, want %d", i, round, c.Wall, want[round])
			}
		}
	}
}

func TestInTurnFails(t *testing.T) {
	broken := errors.New("broken")
	calls := 0
	_, err := inTurn([]int{0, 1}, 5, func(side int) (process.Cost, error) {
		calls++
		if side == 1 {
			return process.Cost{}, broken
		}
		return process.Cost{}, nil
	})
	if !errors.Is(err, broken) || calls != 2 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestChosen(t *testing.T) {
	r := race{name: "large/ssh", sides: []string{relseal, bare, hiddeco}}
	for expression, want := range map[string][]int{
		"":                     {0, 1, 2},
		"^large/":              {0, 1, 2},
		"hiddeco":              {0, 2},
		"^large/ssh/read":      {0, 1},
		"^ssh":                 nil,
		"large/ssh/" + relseal: nil, // it stands beside nobody
	} {
		if got := r.chosen(options{rows: regexp.MustCompile(expression)}); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", expression, got, want)
		}
	}
}

func TestModes(t *testing.T) {
	for _, tt := range []struct {
		cpus  []int
		cores int
		want  []mode
	}{
		{[]int{0, 1, 2, 3}, 4, []mode{{1, []int{3}}, {2, []int{2, 3}}}},
		{[]int{5}, 1, []mode{{1, []int{5}}}},
		{nil, 8, []mode{{1, nil}, {2, nil}}},
		{nil, 1, []mode{{1, nil}}},
	} {
		got := modes(tt.cpus, tt.cores)
		if !slices.EqualFunc(got, tt.want, func(a, b mode) bool { return a.cores == b.cores && slices.Equal(a.cpus, b.cpus) }) {
			t.Errorf("%v of %d: %+v, want %+v", tt.cpus, tt.cores, got, tt.want)
		}
	}
}

// fakeRace measures nothing: ours takes 10 ms and 2 MiB, each peer 10 ms more
// than the side before.
func fakeRace(name string, sides ...string) race {
	return race{name: name, sides: sides, run: func(_ context.Context, _ mode, chosen []int, rounds int) ([][]process.Cost, error) {
		return inTurn(chosen, rounds, func(side int) (process.Cost, error) {
			took := time.Duration(side+1) * 10 * time.Millisecond
			return process.Cost{Wall: took, CPU: 2 * took, Memory: int64(side+1) << 21}, nil
		})
	}}
}

// TestSection: the form of a section, with a side that nobody asked for.
func TestSection(t *testing.T) {
	var progress strings.Builder
	d := &document{
		host:     &host{options: options{rows: regexp.MustCompile("x/a/(second|third)|x/b"), rounds: 2}},
		modes:    []mode{{cores: 1}, {cores: 2}},
		progress: &progress,
	}
	s := section{title: "Title", text: "A text.", times: 3, races: []race{
		fakeRace("x/a", relseal, "first", "second", "third"), fakeRace("x/b", relseal, "only"), fakeRace("x/c", relseal, "none"),
	}, more: func(results []result) (string, error) { return "And more.\n", nil }}
	if err := d.measure(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	want := `
## Title

A text.

| row | beside | cores | rounds | wall | wall ratio | CPU | CPU ratio | MiB, ours / theirs |
| --- | --- | --: | --: | --: | --: | --: | --: | --: |
| x/a | second | 1 | 6 | 10.0 ms | 0.333 [0.333–0.333] | 20.0 ms | 0.333 [0.333–0.333] | 2.0 / 6.0 |
| x/a | third | 1 | 6 | 10.0 ms | 0.250 [0.250–0.250] | 20.0 ms | 0.250 [0.250–0.250] | 2.0 / 8.0 |
| x/a | second | 2 | 6 | 10.0 ms | 0.333 [0.333–0.333] | 20.0 ms | 0.333 [0.333–0.333] | 2.0 / 6.0 |
| x/a | third | 2 | 6 | 10.0 ms | 0.250 [0.250–0.250] | 20.0 ms | 0.250 [0.250–0.250] | 2.0 / 8.0 |
| x/b | only | 1 | 6 | 10.0 ms | 0.500 [0.500–0.500] | 20.0 ms | 0.500 [0.500–0.500] | 2.0 / 4.0 |
| x/b | only | 2 | 6 | 10.0 ms | 0.500 [0.500–0.500] | 20.0 ms | 0.500 [0.500–0.500] | 2.0 / 4.0 |

And more.
`
	if got := d.body.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(progress.String(), "x/c") || strings.Count(progress.String(), "\n") != 4 {
		t.Errorf("progress: %q", progress.String())
	}
	d.host.options.rows = regexp.MustCompile("nothing")
	if err := d.measure(t.Context(), s); err != nil || d.body.String() != want {
		t.Errorf("a section of which nothing was asked for: %v", err)
	}
}

// TestRaceFails: the error says in which race.
func TestRaceFails(t *testing.T) {
	broken := errors.New("broken")
	r := race{name: "x/a", sides: []string{relseal, "peer"}, run: func(context.Context, mode, []int, int) ([][]process.Cost, error) { return nil, broken }}
	_, err := r.measured(t.Context(), mode{cores: 2}, []int{0, 1}, 1)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "x/a, cores: 2") {
		t.Errorf("got %v", err)
	}
}
