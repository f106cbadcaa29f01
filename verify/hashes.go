package verify

import (
	"cmp"
	"crypto"
	_ "crypto/sha256" // the hashes of algorithm.Digest
	_ "crypto/sha512"
	"errors"
	"hash"
	"io"
	"slices"

	_ "golang.org/x/crypto/blake2b" // crypto.BLAKE2b_512

	"github.com/relseal/relseal/algorithm"
)

// hashes are those that run over some bytes. All that a digest can have are
// linked above: one that is missing would make a digest in a manifest a panic.
type hashes struct {
	running []running
	summer  algorithm.SHA256Summer // computes the SHA-256 anyway; nil where none does
}

// running is one hash under way.
type running struct {
	of crypto.Hash
	hash.Hash
}

// newHashes starts those that are wanted, as far as none of the sinks computes
// them. The error wraps [algorithm.ErrUnsupported] for a hash that no digest can
// have.
func newHashes(w wants) (hashes, error) {
	var h hashes
	for _, sink := range w.sinks {
		if s, ok := sink.(algorithm.SHA256Summer); ok {
			if _, ok = s.SumSHA256(); ok {
				h.summer = s
			}
		}
	}
	for _, f := range w.hashes {
		if _, err := algorithm.NewDigest(f, nil); errors.Is(err, algorithm.ErrUnsupported) { // else the sum is what is wrong
			return h, err
		}
		at, there := slices.BinarySearchFunc(h.running, f, func(r running, f crypto.Hash) int { return cmp.Compare(r.of, f) })
		if !there && (f != crypto.SHA256 || h.summer == nil) {
			h.running = slices.Insert(h.running, at, running{f, f.New()})
		}
	}
	return h, nil
}

// sinks get every byte.
func (h hashes) sinks() []io.Writer {
	var sinks []io.Writer
	for _, r := range h.running {
		sinks = append(sinks, r.Hash)
	}
	return sinks
}

// digests are those of the bytes so far.
func (h hashes) digests() []algorithm.Digest {
	var digests []algorithm.Digest
	add := func(f crypto.Hash, sum []byte) {
		if d, err := algorithm.NewDigest(f, sum); err == nil { // newHashes has seen to it
			digests = append(digests, d)
		}
	}
	if h.summer != nil {
		if sum, ok := h.summer.SumSHA256(); ok {
			add(crypto.SHA256, sum[:])
		}
	}
	for _, r := range h.running {
		add(r.of, r.Sum(nil))
	}
	return digests
}
