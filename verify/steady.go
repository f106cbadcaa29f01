package verify

import (
	"context"
	"errors"
	"io"
)

// steady holds a reader of somebody else's to the contract of io.Reader, and
// to a context: a Read that doesn't return is given up when ctx is done.
type steady struct {
	src io.Reader
	ctx context.Context //nolint:containedctx // the reader's whole life is one call's

	meter *meter // nil measures nothing

	// prompt says that src never blocks, so that no goroutine has to wait for it.
	prompt bool
}

// maxIdle is how often a reader may return nothing, as in package bufio.
const maxIdle = 100

// Read reads into p. Once it has failed p belongs to src, which may still be
// writing to it.
func (s steady) Read(p []byte) (int, error) {
	for range maxIdle {
		if err := ended(s.ctx); err != nil {
			return 0, err
		}
		n, err := s.once(p)
		switch {
		case n < 0 || n > len(p):
			return 0, errors.New("the source's Read returned an impossible count")
		case n > 0 || err != nil:
			s.meter.add(n, err)
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

func (s steady) once(p []byte) (int, error) {
	if s.prompt {
		return s.src.Read(p)
	}
	type count struct {
		n   int
		err error
	}
	got, err := await(s.ctx, func() (count, error) {
		n, err := s.src.Read(p)
		return count{n, err}, nil
	}, func(count) {})
	if err != nil {
		return 0, err
	}
	return got.n, got.err
}
