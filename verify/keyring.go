package verify

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// A keyring remembers keys by what they were parsed of: for one plan, or for all
// of a batch. Families judge a key's strength and age when it is parsed, so it
// is parsed again after a while.
type keyring struct {
	now func() time.Time

	mu   sync.Mutex
	keys map[[32]byte]*ringKey
	size int64
}

// ringSize is of how many bytes keys are remembered.
const ringSize = 16 << 20

type ringKey struct {
	since time.Time
	once  sync.Once
	key   algorithm.Key
	err   error
}

func newKeyring() *keyring { return &keyring{now: time.Now, keys: map[[32]byte]*ringKey{}} }

var errNoKey = errors.New("the algorithm panicked at these keys before")

// key returns the key of that name, which parse makes of so many bytes if it isn't
// there. A keyring that is nil remembers nothing.
func (r *keyring) key(name [32]byte, size int64, parse func() (algorithm.Key, error)) (algorithm.Key, error) {
	if r == nil {
		return parse()
	}
	k := r.slot(name, size)
	k.once.Do(func() {
		k.err = fmt.Errorf("%w: %w", ErrUnverified, errNoKey) // unless parse returns
		k.key, k.err = parse()
	})
	return k.key, k.err
}

func (r *keyring) slot(name [32]byte, size int64) *ringKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.keys[name]; k != nil && r.now().Sub(k.since) < keepFor {
		return k
	}
	if r.size += size + entrySize; r.size > ringSize { // which of them are wanted again nobody knows
		clear(r.keys)
		r.size = size + entrySize
	}
	k := &ringKey{since: r.now()}
	r.keys[name] = k
	return k
}
