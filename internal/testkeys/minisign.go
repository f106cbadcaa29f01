package testkeys

import (
	"testing"

	"github.com/relseal/relseal/internal/testkeys/signer"
)

// A Minisign key pair signs what no file of the corpus can hold.
type Minisign = signer.Minisign

// NewMinisign makes a throw-away key pair.
func NewMinisign(tb testing.TB) *Minisign {
	tb.Helper()
	return signer.NewMinisign(signer.NewSeed(""))
}
