package verify

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// Hashing costs more than reading and writing, so it runs beside them once
// that pays. The benchmarks say when: below some 128 KiB the way to another
// goroutine costs more than it saves; above, small blocks let the goroutines
// start early, and large ones keep them from waiting for each other.
const (
	parallelMin = 128 << 10 // bytes that are hashed in line first
	minBlock    = 4 << 10   // so that small artifacts cost little
	leastBlock  = 255       // where the source says that it has no more
	maxBlock    = 512 << 10
	lastBlock   = 32 << 10 // so that there is little to hash after the last byte
	blockCount  = 5        // blocks per artifact under way, of which one is withheld
)

// A block is a piece of the artifact that is shared by those who read it.
type block struct {
	buf  []byte // what is to be filled
	n    int    // how much of it is
	uses atomic.Int32
}

// lanes feeds every byte of an artifact to several sinks, in order. Once that
// pays, the first of them, as many as there are processors beside the caller's,
// run in goroutines of their own. A goroutine lives only while its sink has
// blocks to take, so nothing is left behind when the artifact's reader is
// dropped at any point.
type lanes struct {
	sinks   []lane
	beside  int // how many of sinks run beside the caller
	seen    int64
	size    int64 // of all, as the source says; up to 0 where it doesn't
	free    chan *block
	made    int
	pending sync.WaitGroup
}

type lane struct {
	sink    io.Writer
	mu      sync.Mutex
	queue   []*block
	running bool
	broken  error // to be read after a wait
}

func newLanes(sinks ...io.Writer) *lanes {
	l := &lanes{
		beside: min(len(sinks), runtime.GOMAXPROCS(0)-1),
		free:   make(chan *block, blockCount),
		sinks:  make([]lane, 0, len(sinks)),
	}
	for _, s := range sinks {
		l.sinks = append(l.sinks, lane{sink: s})
	}
	return l
}

// block returns an unused block, the larger the more bytes were seen, and
// waits for one if all are under way.
func (l *lanes) block() *block {
	b := l.unused()
	size := l.blockSize()
	if cap(b.buf) < size {
		b.buf = make([]byte, size)
	}
	b.buf = b.buf[:size]
	return b
}

// blockSize is what the next block should have. Where the source says how many
// bytes it has, the first one needs no more room than these, and one for seeing
// that there are no more; and towards the end they become smaller again. If there
// are more all the same, the further ones are as large as ever.
func (l *lanes) blockSize() int {
	size := min(max(l.seen/4, minBlock), maxBlock)
	switch left := l.size - l.seen; {
	case left <= 0:
	case l.seen == 0:
		size = min(size, max(left, leastBlock)+1)
	default:
		size = min(size, max(left/4, lastBlock))
	}
	return int(size)
}

func (l *lanes) unused() *block {
	select {
	case b := <-l.free:
		return b
	default:
	}
	if l.made < blockCount {
		l.made++
		return &block{}
	}
	return <-l.free
}

// share feeds a block to the sinks, beside the caller once that pays. The
// caller may read the block until it calls release.
func (l *lanes) share(b *block) {
	beside := l.sinks[:l.beside]
	if l.seen < parallelMin {
		beside = nil
	}
	l.seen += int64(b.n)
	b.uses.Store(int32(len(beside)) + 1) //nolint:gosec // two sinks
	l.pending.Add(len(beside))
	for i := range l.sinks {
		if s := &l.sinks[i]; i < len(beside) {
			s.push(b, l)
		} else {
			s.take(b.buf[:b.n])
		}
	}
}

// release says that one user of the block is done with it.
func (l *lanes) release(b *block) {
	if b.uses.Add(-1) == 0 {
		l.free <- b // never blocks: there are no more blocks than places
	}
}

// wait returns when the sinks have taken everything, and whether one broke.
func (l *lanes) wait() error {
	l.pending.Wait()
	for i := range l.sinks {
		if err := l.sinks[i].broken; err != nil {
			return err
		}
	}
	return nil
}

// take gives p to the sink. A sink never fails (see [algorithm.Verifier]), so
// a panic is all that can go wrong; on a goroutine of our own, no caller could
// recover from it.
func (s *lane) take(p []byte) {
	defer func() {
		if v := recover(); v != nil {
			s.broken = fmt.Errorf("%w: the algorithm panicked: %v", ErrUnverified, v)
		}
	}()
	if s.broken == nil {
		_, _ = s.sink.Write(p)
	}
}

func (s *lane) push(b *block, l *lanes) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, b)
	if !s.running {
		s.running = true
		go s.drain(l)
	}
}

// drain takes blocks until there are none.
func (s *lane) drain(l *lanes) {
	for b := s.next(); b != nil; b = s.next() {
		s.take(b.buf[:b.n])
		l.release(b)
		l.pending.Done()
	}
}

// next returns the next block in order; nil ends the goroutine.
func (s *lane) next() *block {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.running = false
		return nil
	}
	b := s.queue[0]
	s.queue = append(s.queue[:0], s.queue[1:]...)
	return b
}
