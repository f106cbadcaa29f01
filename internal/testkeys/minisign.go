package testkeys

import (
	"crypto/rand"
	"testing"

	"github.com/relseal/relseal/internal/testkeys/signer/minisignkey"
)

// A Minisign key pair signs what no file of the corpus can hold.
type Minisign = minisignkey.Key

// NewMinisign makes a throw-away key pair.
func NewMinisign(tb testing.TB) *Minisign {
	tb.Helper()
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // it never fails
	return minisignkey.New(seed)
}
