package verify

import (
	"fmt"
	"io"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestMeasure: the first piece that takes long enough is the rate, and later ones
// move it the more the longer they take. What comes from the disk has no rate.
func TestMeasure(t *testing.T) {
	for name, tt := range map[string]struct {
		rate        float64
		told, bytes int64
		took        time.Duration
		want        float64
	}{
		"the first":        {0, 0, 1000, time.Second, 1000},
		"the shortest":     {0, 0, 1000, tellEvery, 10_000},
		"too short":        {7, 0, 1000, tellEvery - 1, 7},
		"nothing new":      {7, 1000, 1000, time.Second, 7},
		"not there yet":    {7, 2000, 1000, time.Second, 7},
		"a later one":      {100, 1000, 4000, rateWindow, 100 + 900*(1-1/math.E)},
		"a later, shorter": {100, 1000, 2000, time.Second, 100 + 900*(1-math.Exp(-1.0/3))},
		"slower":           {1000, 1000, 1300, rateWindow, 100 + 900/math.E},
	} {
		m := &meter{rate: tt.rate, told: tt.told, bytes: tt.bytes}
		if m.measure(tt.took); math.Abs(m.rate-tt.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", name, m.rate, tt.want)
		}
	}
}

// TestMeterTells: it tells at the first byte, then a tenth of a second later at the
// earliest, and at the end; and no size that nobody promised.
func TestMeterTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		m := &meter{total: -1, tell: func(stage string, bytes, total int64, rate float64) {
			told = append(told, fmt.Sprintf("%s %d of %d at %.0f", stage, bytes, total, rate))
		}}
		for _, size := range []int64{-1, 0} {
			m.expect(&Response{Size: size})
		}
		m.add(10, nil)
		time.Sleep(tellEvery - 1)
		m.add(20, nil)
		time.Sleep(time.Nanosecond)
		m.add(30, nil)
		m.expect(&Response{Size: 100})
		m.add(40, io.EOF)
		want := []string{"artifact 0 of -1 at 0", "artifact 60 of -1 at 600", "artifact 100 of 100 at 600", "verdict 100 of 100 at 0"}
		if !slices.Equal(told, want) {
			t.Errorf("got  %q\nwant %q", told, want)
		}
	})
}
