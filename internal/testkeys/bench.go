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
// part of that of a plain hash over [BenchMessage]. The two take turns, and the
// best turn of each counts, so that whatever else the machine does matters
// little.
func BenchRatio(b *testing.B, plain func() hash.Hash, verifier func() (w io.Writer, judge func() error)) {
	b.Helper()
	message := BenchMessage()
	b.SetBytes(int64(len(message)))
	hashing, verifying := time.Hour, time.Hour
	for b.Loop() {
		start := time.Now()
		sum := plain()
		for piece := range slices.Chunk(message, benchPiece) {
			_, _ = sum.Write(piece)
		}
		sum.Sum(nil)
		hashing = min(hashing, time.Since(start))

		start = time.Now()
		w, judge := verifier()
		for piece := range slices.Chunk(message, benchPiece) {
			_, _ = w.Write(piece)
		}
		if err := judge(); err != nil {
			b.Fatal(err)
		}
		verifying = min(verifying, time.Since(start))
	}
	b.ReportMetric(hashing.Seconds()/verifying.Seconds(), "x_of_plain_hash")
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
