package testkeys

import (
	"hash"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// benchSize is how much a benchmark streams in one turn, in pieces of
// benchPiece, which is what io.Copy would write.
const (
	benchSize  = 16 << 20
	benchPiece = 32 << 10
)

// BenchMessage is what [BenchRatio] writes.
func BenchMessage() []byte { return make([]byte, benchSize) }

// BenchRatio reports, as x_of_plain_hash, the throughput of a verifier as a
// part of that of a plain hash over [BenchMessage]. The two take turns. Of each
// piece, and of what comes before and after them, the best turn counts, so
// that whatever else the machine does matters little.
func BenchRatio(b *testing.B, plain func() hash.Hash, verifier func() (w io.Writer, judge func() error)) {
	b.Helper()
	message := BenchMessage()
	b.SetBytes(int64(len(message)))
	var hashing, verifying stopwatch
	for b.Loop() {
		err := hashing.turn(message, func() (io.Writer, func() error) {
			h := plain()
			return h, func() error { h.Sum(nil); return nil }
		})
		if err == nil {
			err = verifying.turn(message, verifier)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(hashing.total().Seconds()/verifying.total().Seconds(), "x_of_plain_hash")
}

// A stopwatch holds the best time of each step.
type stopwatch struct{ best []time.Duration }

// turn runs all steps once.
func (s *stopwatch) turn(message []byte, begin func() (io.Writer, func() error)) error {
	step, last := 0, time.Now()
	lap := func() {
		now := time.Now()
		if step == len(s.best) {
			s.best = append(s.best, now.Sub(last))
		}
		s.best[step] = min(s.best[step], now.Sub(last))
		step, last = step+1, now
	}
	w, end := begin()
	lap()
	for piece := range slices.Chunk(message, benchPiece) {
		_, _ = w.Write(piece)
		lap()
	}
	err := end()
	lap()
	return err
}

func (s *stopwatch) total() time.Duration {
	var total time.Duration
	for _, d := range s.best {
		total += d
	}
	return total
}

// BenchAlgorithm is [BenchRatio] of an algorithm, from the texts of key and
// signature to the verdict.
func BenchAlgorithm(b *testing.B, plain func() hash.Hash, a algorithm.Algorithm, trust algorithm.Trust, signature []byte) {
	b.Helper()
	BenchRatio(b, plain, func() (io.Writer, func() error) {
		v := Verifier(b, a, trust, signature)
		return v, func() error {
			_, err := v.Verify()
			return err
		}
	})
}

// BenchInTurn reports, as the metric, the median time of a call as a part of
// that of its peer. The two take turns, and each goes first in every other one.
func BenchInTurn(b *testing.B, metric string, call, peer func()) {
	b.Helper()
	sides := []func(){call, peer}
	took := make([][]time.Duration, len(sides))
	for n := 0; b.Loop(); n++ {
		for i := range sides {
			side := (i + n) % len(sides)
			start := time.Now()
			sides[side]()
			took[side] = append(took[side], time.Since(start))
		}
	}
	b.ReportMetric(median(took[0])/median(took[1]), metric)
}

// median is less moved than the mean by whatever else the machine does.
func median(d []time.Duration) float64 {
	slices.Sort(d)
	return d[len(d)/2].Seconds()
}
