package gpg

import (
	"bytes"
	"context"
	"crypto"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// BenchmarkThroughput compares with the plain hash of the same bytes in turn.
// x_of_plain_hash is the share of its throughput.
func BenchmarkThroughput(b *testing.B) {
	artifact := make([]byte, 32<<20)
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA512} {
		b.Run(h.String(), func(b *testing.B) {
			text, sig := newEntity(b, &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: h}, artifact)
			key := mustKey(b, Algorithm{}, []byte(text))
			b.SetBytes(int64(len(artifact)))
			testkeys.BenchInTurn(b, "x_of_plain_hash", func() {
				sum := h.New()
				sum.Write(artifact)
				sum.Sum(nil)
			}, func() { mustVerify(b, key, sig, artifact) })
		})
	}
}

func mustVerify(b *testing.B, key algorithm.Key, sig, artifact []byte) {
	b.Helper()
	v, err := key.Verifier(context.Background(), sig)
	if err != nil {
		b.Fatal(err)
	}
	_, _ = v.Write(artifact)
	if _, err := v.Verify(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSmall compares one call for 1 KiB, the key being parsed, with
// go-crypto's own. x_of_go_crypto is the share of its time.
func BenchmarkSmall(b *testing.B) {
	artifact := make([]byte, 1024)
	for name, config := range map[string]*packet.Config{
		"Ed25519":  {Algorithm: packet.PubKeyAlgoEdDSA},
		"RSA-3072": {RSABits: 3072},
		"P-256":    {Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveNistP256},
		"v6":       {Algorithm: packet.PubKeyAlgoEd25519, V6Keys: true},
	} {
		b.Run(name, func(b *testing.B) {
			text, sig := newEntity(b, config, artifact)
			key := mustKey(b, Algorithm{}, []byte(text))
			theirs, err := openpgp.ReadKeyRing(strings.NewReader(text))
			if err != nil {
				b.Fatal(err)
			}
			testkeys.BenchInTurn(b, "x_of_go_crypto", func() { mustVerify(b, key, sig, artifact) }, func() {
				if _, _, err := openpgp.VerifyDetachedSignature(theirs, bytes.NewReader(artifact), bytes.NewReader(sig), nil); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// zeros is that many zero octets.
type zeros int64

func (z *zeros) Read(p []byte) (int, error) {
	if *z == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), int64(*z))
	*z -= zeros(n)
	return int(n), nil
}

// BenchmarkGigabyte streams 1 GiB and reports how much the heap grew.
func BenchmarkGigabyte(b *testing.B) {
	k := newCraftKey(1, keyMade())
	key := mustKey(b, Algorithm{}, k.plain())
	sig := k.sign(0, at(signedOn()), craftArtifact())
	part := make([]byte, 64<<10)
	growth := uint64(0)
	for b.Loop() {
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		v, err := key.Verifier(context.Background(), sig)
		if err != nil {
			b.Fatal(err)
		}
		artifact := zeros(1 << 30)
		if _, err := io.CopyBuffer(struct{ io.Writer }{v}, &artifact, part); err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&now)
		growth = max(growth, now.Sys-min(now.Sys, before.Sys))
	}
	b.SetBytes(1 << 30)
	b.ReportMetric(float64(growth)/(1<<20), "MiB_growth")
}
