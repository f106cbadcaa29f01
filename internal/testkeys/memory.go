package testkeys

import (
	"io"
	"runtime"
	"testing"
)

// ConstantMemory writes 128 MiB and fails where that allocates more than
// 256 KiB in all, freed or not.
func ConstantMemory(tb testing.TB, w io.Writer) {
	tb.Helper()
	const size, limit = 128 << 20, 256 << 10
	piece := make([]byte, 64<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range size / len(piece) {
		if _, err := w.Write(piece); err != nil {
			tb.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > limit {
		tb.Errorf("%d bytes allocated while %d were written", allocated, size)
	}
}
