package ssh_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
)

// BenchmarkVerify compares a whole verification, key and verdict included, with
// the bare hash of the same 64 MiB. Both take turns, block by block, so that
// whatever else the machine does hits both; the unit is the bare hash's time
// over the verification's.
func BenchmarkVerify(b *testing.B) {
	const blocks = 64
	block := make([]byte, 1<<20)
	signer := newEd25519(b)
	trust := algorithm.Trust{PublicKeys: []string{line(signer)}}
	for name, newHash := range map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New} {
		signature := sign(b, signer, bytes.Repeat(block, blocks), name, nil)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var bare, whole time.Duration
			for b.Loop() {
				var h hash.Hash
				var v algorithm.Verifier
				bare += timed(func() { h = newHash() })
				whole += timed(func() { v = newVerifier(b, trust, signature) })
				for range blocks / 2 { // neither side always comes second, to a warm cache
					bare += timed(func() { h.Write(block) })
					whole += timed(func() { _, _ = v.Write(block) })
					whole += timed(func() { _, _ = v.Write(block) })
					bare += timed(func() { h.Write(block) })
				}
				bare += timed(func() { h.Sum(nil) })
				whole += timed(func() {
					if _, err := v.Verify(); err != nil {
						b.Fatal(err)
					}
				})
			}
			b.ReportMetric(float64(bare)/float64(whole), "x_of_plain_hash")
		})
	}
}

func newVerifier(b *testing.B, trust algorithm.Trust, signature []byte) algorithm.Verifier {
	b.Helper()
	key, err := ssh.Algorithm{}.Key(trust)
	if err != nil {
		b.Fatal(err)
	}
	v, err := key.Verifier(b.Context(), signature)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
