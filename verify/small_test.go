package verify_test

import (
	"bytes"
	"context"
	"runtime"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// TestSmallArtifactIsCheap: 1 KiB costs less than 12 KiB of garbage, also under
// a context that can end.
func TestSmallArtifactIsCheap(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(1 << 10)
	plan := given(t, verify.Config{}, key, key.SignBytes(data, comment))
	for name, ctx := range map[string]context.Context{"no end": context.Background(), "cancellable": t.Context()} {
		verifyOne := func() {
			r, err := plan.Open(ctx, bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Finish(); err != nil {
				t.Fatal(err)
			}
		}
		verifyOne()
		const runs = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			verifyOne()
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / runs; each > 12<<10 {
			t.Errorf("%s: %d bytes", name, each)
		}
		if each := (after.Mallocs - before.Mallocs) / runs; each > 100 {
			t.Errorf("%s: %d allocations", name, each)
		}
	}
}
