package kits

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"os"
	"sync/atomic"
	"testing"
)

// What OpenPGP and SSHSIG sign is the artifact's hash with something of their
// own around it, so that no vector's message can be it. The hash is where the
// vectors come in: families ask package crypto for it, where programs register
// what implements one, and so do these tests. Everything else is as it always is.

// A rule says what is the hash of some input; ok is false for the true one.
type rule func(input []byte) (sum []byte, ok bool)

var ruling atomic.Pointer[rule]

func TestMain(m *testing.M) {
	for h, newHash := range map[crypto.Hash]func() hash.Hash{
		crypto.SHA256: sha256.New, crypto.SHA384: sha512.New384, crypto.SHA512: sha512.New,
	} {
		crypto.RegisterHash(h, func() hash.Hash {
			if ruling.Load() == nil {
				return newHash()
			}
			return &ruled{Hash: newHash()}
		})
	}
	os.Exit(m.Run())
}

// sumOf gives one input a hash.
func sumOf(of, sum []byte) rule {
	return func(input []byte) ([]byte, bool) { return sum, bytes.Equal(input, of) }
}

// ruledBy calls something while hashes follow a rule. Nothing else may run then.
func ruledBy(r rule, call func() error) error {
	ruling.Store(&r)
	defer ruling.Store(nil)
	return call()
}

// A ruled hash keeps its input.
type ruled struct {
	hash.Hash

	input []byte
}

func (r *ruled) Write(p []byte) (int, error) {
	r.input = append(r.input, p...)
	return r.Hash.Write(p)
}

func (r *ruled) Reset() {
	r.input = nil
	r.Hash.Reset()
}

func (r *ruled) Sum(b []byte) []byte {
	if by := ruling.Load(); by != nil {
		if sum, ok := (*by)(r.input); ok {
			return append(b, sum...)
		}
	}
	return r.Hash.Sum(b)
}

// Clone implements [hash.Cloner].
func (r *ruled) Clone() (hash.Cloner, error) {
	inner, err := r.Hash.(hash.Cloner).Clone()
	if err != nil {
		return nil, err
	}
	return &ruled{inner, append([]byte(nil), r.input...)}, nil
}

// realHash is the true hash, whatever the rule.
func realHash(h crypto.Hash, input []byte) []byte {
	switch h {
	case crypto.SHA256:
		sum := sha256.Sum256(input)
		return sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return sum[:]
	default:
		sum := sha512.Sum512(input)
		return sum[:]
	}
}
