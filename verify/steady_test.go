package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// TestFill: a block is filled whatever the pieces are that come, with and
// without somebody who waits for them.
func TestFill(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 100)
	cancellable, cancel := context.WithCancel(t.Context())
	defer cancel()
	for name, ctx := range map[string]context.Context{"no end": context.WithoutCancel(t.Context()), "cancellable": cancellable} {
		for _, prompt := range []bool{true, false} {
			s := steady{src: iotest.OneByteReader(bytes.NewReader(data)), ctx: ctx, prompt: prompt}
			var got []byte
			var err error
			for p := make([]byte, 300); err == nil; {
				var n int
				n, err = s.fill(p)
				if n < len(p) && err == nil {
					t.Errorf("%s: %d bytes without an error", name, n)
				}
				got = append(got, p[:n]...)
			}
			if err != io.EOF || !bytes.Equal(got, data) {
				t.Errorf("%s, prompt %t: %d bytes, %v", name, prompt, len(got), err)
			}
		}
	}
}

// TestFillCostsNoGoroutineForEachRead tells by allocations, which a goroutine's
// start has some of.
func TestFillCostsNoGoroutineForEachRead(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := make([]byte, 1000)
	s := steady{src: iotest.OneByteReader(neverending{}), ctx: ctx}
	allocations := testing.AllocsPerRun(10, func() {
		if n, err := s.fill(p); n != len(p) || err != nil {
			t.Error(n, err)
		}
	})
	if allocations > 20 {
		t.Errorf("%v allocations for %d reads", allocations, len(p))
	}
}

// TestFillGivenUp: what came before the context ended stays, for who goes on
// with it later, and what comes late is neither counted nor written over it.
func TestFillGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release, returned := make(chan struct{}), make(chan struct{})
	reads := 0
	s := steady{ctx: ctx, src: readFunc(func(p []byte) (int, error) {
		if reads++; reads == 4 {
			cancel()
			<-release
			defer close(returned)
			return copy(p, "late"), nil
		}
		return copy(p, "abc"), nil
	})}
	p := make([]byte, 100)
	n, err := s.fill(p)
	if string(p[:n]) != "abcabcabc" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", p[:n], err)
	}
	close(release)
	<-returned
	if string(p[:n]) != "abcabcabc" {
		t.Errorf("%q", p[:n])
	}
}

// TestFillTellsTheMeter: all bytes and the end are told, whoever reads.
func TestFillTellsTheMeter(t *testing.T) {
	cancellable, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, ctx := range []context.Context{context.WithoutCancel(t.Context()), cancellable} {
		var stages []string
		m := &meter{tell: func(stage string, _, _ int64, _ float64) { stages = append(stages, stage) }, total: -1}
		s := steady{src: iotest.OneByteReader(bytes.NewReader(make([]byte, 50))), ctx: ctx, meter: m}
		for p, err := make([]byte, 20), error(nil); err == nil; {
			_, err = s.fill(p)
		}
		if m.bytes != 50 || len(stages) != 3 || stages[0] != roleArtifact || stages[2] != stageVerdict {
			t.Errorf("%d bytes, %q", m.bytes, stages)
		}
	}
}

// TestLimitWaitsForNothing: that there is more than the limit is told as soon as
// there is, and not only when a block is full.
func TestLimitWaitsForNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	hang := readFunc(func([]byte) (int, error) {
		<-ctx.Done()
		return 0, io.EOF
	})
	for _, limit := range []int64{1, 9, 5000} {
		data := bytes.NewReader(make([]byte, limit+1))
		v, err := New(Config{Policy: InsecureSkip, MaxArtifact: limit})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := v.Plan(Artifact{Name: "a"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := plan.Open(ctx, io.MultiReader(data, hang))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Finish(); !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}
