package cosign

import (
	"context"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// maxEffort bounds what a signature's checks against the authorities of a trusted
// root cost, in signatures to verify: with the slowest kind of key some
// milliseconds each. Eight timestamps and as many log entries under a root such
// as GitHub's take a fifth of it.
const maxEffort = 512

// What a check costs at most.
const (
	effortStamp   = 8   // below a known signing certificate: its signature four times, and the chain
	effortBareTSA = 32  // below an authority that names no signing certificate, where the timestamp's own are tried
	effortSearch  = 100 // a chain that crypto/x509 has to search; it gives up then
)

// An effort is what was spent on a signature.
type effort int

// spend takes from what a signature may cost, before it is spent. The error is
// the context's, or wraps [algorithm.ErrTooLarge].
func (e *effort) spend(ctx context.Context, n int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if *e += effort(n); *e > maxEffort {
		return fmt.Errorf("%w: more to check under this trusted root than %d signatures", algorithm.ErrTooLarge, maxEffort)
	}
	return nil
}
