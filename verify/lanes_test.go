package verify

import (
	"errors"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestBlockSizes: blocks grow, and towards an end that the source has told they
// become small again, so that little is left to hash after the last byte.
func TestBlockSizes(t *testing.T) {
	for _, c := range []struct {
		told, size         int64 // what the source says, and what it has
		largest, last, all int   // bytes, bytes, blocks at most
	}{
		{16 << 20, 16 << 20, maxBlock, lastBlock, 80},
		{16 << 20, 64 << 20, maxBlock, maxBlock, 180}, // it has more than it said
		{64 << 20, 16 << 20, maxBlock, maxBlock, 80},
		{0, 16 << 20, maxBlock, maxBlock, 80},
		{-1, 16 << 20, maxBlock, maxBlock, 80},
		{1000, 1000, 1001, 1001, 1},
		{1, 1, leastBlock + 1, leastBlock + 1, 1},
		{100 << 10, 100 << 10, lastBlock, lastBlock, 30},
	} {
		l := newLanes()
		l.size = c.told
		largest, last, all := 0, 0, 0
		for ; l.seen < c.size; all++ {
			b := l.block()
			last = len(b.buf)
			largest = max(largest, last)
			l.seen += int64(last)
			l.free <- b
		}
		if largest > c.largest || last > c.last || all > c.all {
			t.Errorf("%d bytes, said to be %d: %d blocks of up to %d bytes, the last one of %d", c.size, c.told, all, largest, last)
		}
		if want := min(c.largest, int(c.size)/8); largest < want {
			t.Errorf("%d bytes, said to be %d: no block above %d bytes", c.size, c.told, largest)
		}
	}
}

// TestFirstBlock: what a source says decides about the first block, where it says
// anything; where it has more than it said, the next ones are as if it hadn't.
func TestFirstBlock(t *testing.T) {
	for _, c := range []struct {
		told, seen int64
		want       int
	}{
		{-1, 0, minBlock},
		{0, 0, minBlock},
		{1, 0, leastBlock + 1},
		{leastBlock, 0, leastBlock + 1},
		{leastBlock + 1, 0, leastBlock + 2},
		{minBlock - 1, 0, minBlock},
		{minBlock, 0, minBlock},
		{1 << 20, 1<<20 - 1, lastBlock},
		{1 << 20, 1 << 20, 256 << 10},
		{1 << 20, 1<<20 + 4, 256<<10 + 1},
	} {
		l := newLanes()
		l.size, l.seen = c.told, c.seen
		if got := len(l.block().buf); got != c.want {
			t.Errorf("%d of %d bytes: a block of %d, want %d", c.seen, c.told, got, c.want)
		}
	}
}

// TestBlocksAgain: a block that is large enough is filled once more.
func TestBlocksAgain(t *testing.T) {
	l := newLanes()
	b := l.block()
	first := &b.buf[0]
	l.free <- b
	if again := l.block(); again != b || &again.buf[0] != first {
		t.Error("another block of the same size was made")
	}
}

// TestLanesBeside: one processor is the caller's.
func TestLanesBeside(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for processors, want := range map[int]int{1: 0, 2: 1, 4: 3, 5: 4, 6: 4} {
		runtime.GOMAXPROCS(processors)
		if l := newLanes(io.Discard, io.Discard, io.Discard, io.Discard); l.beside != want {
			t.Errorf("%d processors: %d lanes of 4 beside the caller", processors, l.beside)
		}
	}
}

// TestLanesInLine: the first bytes are hashed in line, since another goroutine costs
// more than it saves.
func TestLanesInLine(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for seen, want := range map[int64]bool{0: false, parallelMin - 1: false, parallelMin: true, parallelMin + 1: true} {
		var shared, beside atomic.Bool
		l := newLanes(sinkFunc(func([]byte) {
			for end := time.Now().Add(time.Second); want && !shared.Load() && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			beside.Store(shared.Load())
		}))
		b := l.block()
		l.seen, b.n = seen, 1
		l.share(b)
		shared.Store(true)
		if err := l.wait(); err != nil || beside.Load() != want {
			t.Errorf("after %d bytes: beside the caller: %t, %v", seen, beside.Load(), err)
		}
		if l.seen != seen+1 {
			t.Errorf("%d bytes seen after %d", l.seen, seen)
		}
	}
}

// TestBrokenLane: whichever sink panics is told of, and isn't asked again.
func TestBrokenLane(t *testing.T) {
	for at := range 3 {
		asked := 0
		sinks := []io.Writer{io.Discard, io.Discard, io.Discard}
		sinks[at] = sinkFunc(func([]byte) {
			asked++
			panic("on purpose")
		})
		l := newLanes(sinks...)
		for range 3 {
			b := l.block()
			b.n = len(b.buf)
			l.share(b)
			l.release(b)
		}
		if err := l.wait(); !errors.Is(err, ErrUnverified) {
			t.Errorf("sink %d: %v", at, err)
		}
		if asked != 1 {
			t.Errorf("sink %d was asked %d times", at, asked)
		}
	}
}

type sinkFunc func([]byte)

func (f sinkFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
