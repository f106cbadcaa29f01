package verify_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// The benchmarks run relseal and its peer in turn within one run, so that a
// noisy machine is as noisy for both, and report relseal's throughput as a
// multiple of the peer's.

// block is what a careful program reads and hashes at a time.
const block = 256 << 10

// rig is a plan for a large artifact with a signature that fits.
type rig struct {
	plan *verify.Plan
	size int64
}

func newRig(b *testing.B, src io.Reader, size int64) rig {
	b.Helper()
	key := testkeys.NewMinisign(b)
	h := key.Hash()
	if _, err := io.CopyN(h, src, size); err != nil {
		b.Fatal(err)
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}})
	if err != nil {
		b.Fatal(err)
	}
	artifact := verify.Artifact{Name: "bench.bin", Signature: key.Sign(h.Sum(nil), "bench")}
	plan, err := v.Plan(artifact, &metadata.Signing{Algorithm: "minisign", Keys: []metadata.Source{{Inline: key.PublicKey()}}})
	if err != nil {
		b.Fatal(err)
	}
	return rig{plan, size}
}

// compare runs both in turn and reports how many times the peer's throughput
// relseal has: the ratio of all times, and that of the best on each side, which
// a busy machine spoils least.
func compare(b *testing.B, size int64, metric string, ours, peer func()) {
	b.Helper()
	b.SetBytes(size)
	var oursTime, peerTime time.Duration
	oursMin, peerMin := time.Hour, time.Hour
	for b.Loop() {
		start := time.Now()
		peer()
		middle := time.Now()
		ours()
		peerTime += middle.Sub(start)
		o := time.Since(middle)
		oursTime += o
		oursMin, peerMin = min(oursMin, o), min(peerMin, middle.Sub(start))
	}
	b.ReportMetric(peerTime.Seconds()/oursTime.Seconds(), metric)
	b.ReportMetric(peerMin.Seconds()/oursMin.Seconds(), "best_"+metric)
}

func newBLAKE2b(b *testing.B) hash.Hash {
	b.Helper()
	h, err := blake2b.New512(nil)
	if err != nil {
		b.Fatal(err)
	}
	return h
}

// BenchmarkReaderMemory reads an artifact that is in memory with buffers of
// 256 KiB; the peer is one BLAKE2b-512 over the same bytes and nothing else.
// The Reader also checks the signatures, which takes some 0.3 ms: for a small
// artifact that shows.
func BenchmarkReaderMemory(b *testing.B) {
	data := make([]byte, 256<<20)
	_, _ = rand.Read(data)
	for _, size := range []int64{1 << 20, 16 << 20, 256 << 20} {
		b.Run(fmt.Sprintf("%dMiB", size>>20), func(b *testing.B) {
			r := newRig(b, bytes.NewReader(data), size)
			buf := make([]byte, block)
			compare(b, size, "x_blake2b", func() {
				r.read(b, bytes.NewReader(data[:size]), buf)
			}, func() {
				h := newBLAKE2b(b)
				_, _ = h.Write(data[:size])
				h.Sum(nil)
			})
		})
	}
}

// BenchmarkReaderFile reads a file of 1 GiB with buffers of 256 KiB; the peer
// reads it the same way and hashes after each read.
func BenchmarkReaderFile(b *testing.B) {
	const size = 1 << 30
	name := bigFile(b, size)
	f := open(b, name)
	r := newRig(b, f, size)
	buf := make([]byte, block)
	compare(b, size, "x_read_then_hash", func() {
		rewind(b, f)
		r.read(b, f, buf)
	}, func() {
		rewind(b, f)
		h := newBLAKE2b(b)
		for {
			n, err := f.Read(buf)
			_, _ = h.Write(buf[:n])
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		h.Sum(nil)
	})
}

// BenchmarkSave writes 256 MiB to a file; the peer copies through
// io.MultiWriter to a file and a BLAKE2b-512, and syncs it too.
func BenchmarkSave(b *testing.B) {
	const size = 256 << 20
	data := make([]byte, size)
	_, _ = rand.Read(data)
	dir := b.TempDir()
	r := newRig(b, bytes.NewReader(data), size)
	dst, peer := filepath.Join(dir, "ours"), filepath.Join(dir, "peer")
	compare(b, size, "x_multiwriter", func() {
		if _, err := r.plan.Save(context.Background(), bytes.NewReader(data), dst); err != nil {
			b.Fatal(err)
		}
	}, func() {
		f, err := os.Create(peer)
		if err != nil {
			b.Fatal(err)
		}
		h := newBLAKE2b(b)
		if _, err := io.Copy(io.MultiWriter(f, h), struct{ io.Reader }{bytes.NewReader(data)}); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		h.Sum(nil)
	})
}

// read reads all of src through the Reader as a program would.
func (r rig) read(b *testing.B, src io.Reader, buf []byte) {
	b.Helper()
	rd, err := r.plan.Open(context.Background(), src)
	if err != nil {
		b.Fatal(err)
	}
	for {
		if _, err := rd.Read(buf); err == io.EOF {
			break
		} else if err != nil {
			b.Fatal(err)
		}
	}
	report, err := rd.Finish()
	if err != nil || report.Status != verify.Verified || report.Size != r.size {
		b.Fatal(report, err)
	}
	if err := rd.Close(); err != nil {
		b.Fatal(err)
	}
}

func bigFile(b *testing.B, size int64) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "big")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	piece := make([]byte, 16<<20)
	_, _ = rand.Read(piece)
	for n := int64(0); n < size; n += int64(len(piece)) {
		if _, err := f.Write(piece); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return name
}

func open(b *testing.B, name string) *os.File {
	b.Helper()
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	return f
}

func rewind(b *testing.B, f *os.File) {
	b.Helper()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		b.Fatal(err)
	}
}
