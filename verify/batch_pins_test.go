package verify_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

// TestBatchPins: of jobs that are the same release with other bytes one alone
// passes, however many run at a time; and what passes is pinned once.
func TestBatchPins(t *testing.T) {
	const n = 24
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, n)
	table := manifestTable(t, key.PublicKey())
	for _, sameBytes := range []bool{false, true} {
		v := newVerifier(t, verify.Config{Fetcher: d, Pins: pin.File{Path: filepath.Join(t.TempDir(), "pins")}})
		jobs := counted(n, func(i int) verify.Job {
			if sameBytes {
				i = 0
			}
			j := job(table, i)
			j.Artifact.Variables = map[string]string{"name": "tool", "version": "1.0.0"}
			return j
		})
		passed := 0
		for _, result := range v.Batch(t.Context(), jobs, 8) {
			switch {
			case result.Err == nil:
				passed++
			case !errors.Is(result.Err, verify.ErrPinMismatch):
				t.Error(result.Err)
			}
		}
		if want := map[bool]int{false: 1, true: n}[sameBytes]; passed != want {
			t.Errorf("the same bytes: %t: %d passed, want %d", sameBytes, passed, want)
		}
	}
}
