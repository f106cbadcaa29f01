package verify

import (
	"errors"
	"io"
)

// steady holds a reader of somebody else's to the contract of io.Reader, and
// to its context.
type steady struct {
	io.Reader
	ctxErr func() error
}

// maxIdle is how often a reader may return nothing, as in package bufio.
const maxIdle = 100

func (s steady) Read(p []byte) (int, error) {
	for range maxIdle {
		if err := s.ctxErr(); err != nil {
			return 0, err
		}
		n, err := s.Reader.Read(p)
		switch {
		case n < 0 || n > len(p):
			return 0, errors.New("the source's Read returned an impossible count")
		case n > 0 || err != nil:
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}
