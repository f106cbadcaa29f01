package main

import (
	"testing"
	"time"

	"github.com/relseal/relseal/internal/bench/process"
)

func TestSpread(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   spread
		text   string
	}{
		{nil, spread{}, "–"},
		{[]float64{2}, spread{2, 2, 2, 1}, "2.000 [2.000–2.000]"},
		{[]float64{3, 1, 2}, spread{2, 1, 3, 3}, "2.000 [1.000–3.000]"},
		{[]float64{4, 1, 2, 3}, spread{2.5, 1, 4, 4}, "2.500 [1.000–4.000]"},
		{[]float64{0.5, 12.34, 0.9}, spread{0.9, 0.5, 12.34, 3}, "0.900 [0.500–12.3]"},
	} {
		got := spreadOf(tt.values)
		if got != tt.want || got.String() != tt.text {
			t.Errorf("%v: %+v, %q; want %+v, %q", tt.values, got, got, tt.want, tt.text)
		}
	}
	values := []float64{3, 1, 2}
	if spreadOf(values); values[0] != 3 {
		t.Error("the values were sorted where they were")
	}
}

// TestRatios: by round, not of the medians, which would be 1 here.
func TestRatios(t *testing.T) {
	costs := func(walls ...time.Duration) (all []process.Cost) {
		for _, w := range walls {
			all = append(all, process.Cost{Wall: w})
		}
		return all
	}
	got := ratios(costs(1, 4, 6), costs(2, 4, 3), wall)
	if want := (spread{1, 0.5, 2, 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := ratios(costs(1, 4), costs(0, 2), wall); got != (spread{2, 2, 2, 1}) {
		t.Errorf("a round in which theirs took nothing counts: %+v", got)
	}
	if got := ratios(costs(1), costs(1), cpu); got.n != 0 {
		t.Errorf("a ratio of what wasn't measured: %+v", got)
	}
	if got := medianOf(costs(5, 1, 3), wall); got != 3 {
		t.Errorf("the median is %v", got)
	}
}

func TestTexts(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                              "0.00 µs",
		52345 * time.Nanosecond:        "52.3 µs",
		999 * time.Microsecond:         "999 µs",
		1234 * time.Microsecond:        "1.23 ms",
		98760 * time.Microsecond:       "98.8 ms",
		1234567 * time.Microsecond:     "1235 ms",
		12*time.Second + 3*time.Second: "15000 ms",
	} {
		if got := timeText(float64(d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for bytes, want := range map[float64]string{-1: "–", 0: "–", 1 << 20: "1.0", 12.25 * (1 << 20): "12.2"} {
		if got := mibText(bytes); got != want {
			t.Errorf("%v bytes: %q, want %q", bytes, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	got := markdown([]string{"row", "beside", "wall", "none", "MiB"}, [][]string{
		{"large/ssh", "peer", "1.23 ms", "– / –", "–"},
		{"large/gpg", "peer", "9 ms", "–", "3.1"},
	})
	want := `| row | beside | wall | MiB |
| --- | --- | --: | --: |
| large/ssh | peer | 1.23 ms | – |
| large/gpg | peer | 9 ms | 3.1 |
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := markdown([]string{"a", "b"}, nil); got != "| a | b |\n| --- | --- |\n" {
		t.Errorf("without rows: %q", got)
	}
}
