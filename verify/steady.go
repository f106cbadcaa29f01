package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
)

// steady holds a reader of somebody else's to the contract of io.Reader, and
// to a context: whoever doesn't return is given up when ctx is done. A goroutine
// waits for it, one for a block and not one for each Read.
type steady struct {
	src io.Reader
	ctx context.Context //nolint:containedctx // the reader's whole life is one call's

	meter *meter // nil measures nothing

	bytes int64 // that src will have, as far as somebody knows; up to 0 where nobody does

	// prompt says that src never blocks, so that no goroutine has to wait for it.
	prompt bool
}

// bytesOf is how many bytes a source has that is memory, and 0 for others.
func bytesOf(src io.Reader) int64 {
	switch src := src.(type) {
	case *bytes.Reader:
		return int64(src.Len())
	case *strings.Reader:
		return int64(src.Len())
	case *bytes.Buffer:
		return int64(src.Len())
	}
	return 0
}

// maxIdle is how often a reader may return nothing, as in package bufio.
const maxIdle = 100

// Read reads into p once, and waits for it: only fill and readLimited give up.
func (s steady) Read(p []byte) (int, error) {
	return s.read(p, func(int, error) {})
}

// read is Read that also tells what src has said.
func (s steady) read(p []byte, tell func(n int, err error)) (int, error) {
	for range maxIdle {
		if err := ended(s.ctx); err != nil {
			return 0, err
		}
		n, err := s.src.Read(p)
		switch {
		case n < 0 || n > len(p):
			return 0, errors.New("the source's Read returned an impossible count")
		case n > 0 || err != nil:
			tell(n, err)
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// all reads until p is full or src ends, and tells of each Read.
func (s steady) all(p []byte, tell func(n int, err error)) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = s.read(p[n:], tell)
		n += m
	}
	return n, err
}

// fill reads until p is full or src ends; then err isn't nil. Once it has
// failed, what of p lies behind the n bytes belongs to src, which may still be
// writing to it.
func (s steady) fill(p []byte) (n int, err error) {
	if s.prompt || s.ctx.Done() == nil {
		return s.all(p, s.meter.add)
	}
	f := filling{steady: s, more: make(chan struct{}, 1)}
	srcErr, err := awaitWith(s.ctx, func() (srcErr, givenUp error) {
		_, srcErr = s.all(p, f.came)
		return srcErr, nil
	}, func(error) {}, f.more, func() { f.tell(nil) })
	if err == nil {
		f.tell(f.ended)
		err = srcErr
	}
	return int(f.read.Load()), err
}

// filling is what fill knows of the goroutine that reads for it. The meter is
// told by the caller's, which may look less often than there are Reads.
type filling struct {
	steady
	more  chan struct{} // there is something to tell
	read  atomic.Int64  // bytes so far
	told  int
	ended error // what src has ended with
}

func (f *filling) came(n int, err error) {
	f.read.Add(int64(n))
	f.ended = err
	if f.meter == nil {
		return
	}
	select {
	case f.more <- struct{}{}:
	default: // it will look anyway
	}
}

func (f *filling) tell(err error) {
	if n := int(f.read.Load()); n > f.told || err != nil {
		f.meter.add(n-f.told, err)
		f.told = n
	}
}
