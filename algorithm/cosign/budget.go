package cosign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// The limits of all bundles of one document together. Each bundle has those of
// a single one besides.
const (
	maxBundles = 32

	maxAllValues     = 8 * maxValues
	maxAllEntries    = 2 * maxEntries
	maxAllTimestamps = 64

	// maxAllTries is how many keys may be tried with the signatures, slow ones
	// counted slowTries times: they take ten times as long and more.
	maxAllTries = 4 * maxPublicKeys
	slowTries   = 4

	// maxAllPure is how many bundles may be over the bytes themselves, all of
	// which each has to hash for itself (plain Ed25519).
	maxAllPure = 4

	// maxAllFetched is for the bundles that lie at URLs, in bytes.
	maxAllFetched = maxSignature
)

// A budget is what the bundles of one document have used of these limits. nil is
// that of a signature by itself, whose own limits are enough.
type budget struct {
	values, entries, timestamps, tries, pure, fetched int
}

func (b *budget) spendValues(n int) error {
	if b == nil {
		return nil
	}
	return spend(&b.values, n, maxAllValues, "JSON values")
}

func (b *budget) spendEntries(n int) error {
	if b == nil {
		return nil
	}
	return spend(&b.entries, n, maxAllEntries, "log entries")
}

func (b *budget) spendTimestamps(n int) error {
	if b == nil {
		return nil
	}
	return spend(&b.timestamps, n, maxAllTimestamps, "timestamps")
}

func (b *budget) spendTries(keys []*publicKey) error {
	if b == nil {
		return nil
	}
	n := 0
	for _, k := range keys {
		if n++; k.slow() {
			n += slowTries - 1
		}
	}
	return spend(&b.tries, n, maxAllTries, "keys tried with signatures")
}

// slow reports whether a verification takes a millisecond and more.
func (k *publicKey) slow() bool {
	switch pub := k.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return pub.Curve != elliptic.P256()
	case *rsa.PublicKey:
		return pub.N.BitLen() > 4096
	}
	return false
}

func (b *budget) spendPure() error {
	return spend(&b.pure, 1, maxAllPure, "signatures over the bytes themselves")
}

func (b *budget) spendFetched(n int) error {
	return spend(&b.fetched, n, maxAllFetched, "bytes")
}

func spend(used *int, n, most int, what string) error {
	if *used += n; *used > most {
		return fmt.Errorf("%w: bundles of more than %d %s in all", algorithm.ErrTooLarge, most, what)
	}
	return nil
}
