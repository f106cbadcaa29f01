package verify

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// closingWith is a body with an error of its Close.
type closingWith struct {
	io.Reader
	err error
}

func (c closingWith) Close() error { return c.err }

// TestTransferEnds: what was begun for a transfer ends with it, and the errors of its
// body are its own.
func TestTransferEnds(t *testing.T) {
	boom, failed := errors.New("boom"), errors.New("failed")
	for _, l := range []limits{{}, {longest: time.Hour, slowest: 1}} {
		ctx, cancel := l.start(t.Context())
		b := l.bound(&Response{Body: closingWith{iotest.ErrReader(boom), failed}}, cancel)
		if n, err := b.Read(make([]byte, 1)); n != 0 || !errors.Is(err, boom) || ctx.Err() != nil {
			t.Errorf("%d, %v, %v", n, err, ctx.Err())
		}
		if err := b.Close(); !errors.Is(err, failed) || ctx.Err() == nil {
			t.Errorf("%v, %v", err, ctx.Err())
		}
		ctx, cancel = l.start(t.Context())
		cancel(boom)
		if err := context.Cause(ctx); !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
	}
}

// TestTransferSize: a body of another size than was promised is an error at its first
// byte too many, or at its end.
func TestTransferSize(t *testing.T) {
	for size, want := range map[int64]error{-1: nil, 0: nil, 3: ErrUnreachable, 4: nil, 5: ErrUnreachable} {
		b := limits{}.bound(&Response{Body: io.NopCloser(strings.NewReader("text")), Size: size}, func(error) {})
		var err error
		for range 5 {
			if err == nil {
				_, err = b.Read(make([]byte, 1))
			}
		}
		if want == nil {
			want = io.EOF
		}
		if !errors.Is(err, want) {
			t.Errorf("of %d: %v, want %v", size, err, want)
		}
	}
}

// TestTransferWaits: who takes the time before reading isn't the server's slowness.
func TestTransferWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limits{slowest: 1}
		ctx, cancel := l.start(t.Context())
		b := l.bound(&Response{Body: io.NopCloser(strings.NewReader("text"))}, cancel)
		time.Sleep(2 * speedWindow)
		synctest.Wait()
		if n, err := b.Read(make([]byte, 4)); n != 4 || err != nil || ctx.Err() != nil {
			t.Errorf("%d, %v, %v", n, err, context.Cause(ctx))
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestWrapNothing: the body that Wrap has fetched is closed by the Reader.
func TestWrapNothing(t *testing.T) {
	closed := 0
	p := planOf(t, nil, &served{})
	v := *p.v
	v.fetcher = answering(func(context.Context, Request) (*Response, error) {
		return &Response{Body: counted{strings.NewReader("text"), &closed}}, nil
	})
	p.v, p.status, p.artifact.URL = &v, Unsigned, "https://example.com/tool"
	r, err := p.Wrap(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finish(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil || closed != 1 {
		t.Errorf("closed %d times, %v", closed, err)
	}
}

// TestWrapCloseFails: that a body can't be closed is told where there is no verdict, and
// nobody's concern after one.
func TestWrapCloseFails(t *testing.T) {
	failed := errors.New("failed")
	p := planOf(t, nil, &served{})
	p.status = Unsigned
	for _, finish := range []bool{false, true} {
		r, err := p.Wrap(t.Context(), closingWith{strings.NewReader("text"), failed})
		if err != nil {
			t.Fatal(err)
		}
		if finish {
			if _, err := r.Finish(); err != nil {
				t.Error(err)
			}
		}
		if err := r.Close(); errors.Is(err, failed) == finish || (err == nil) != finish {
			t.Errorf("%t: %v", finish, err)
		}
	}
}

// counted counts how often it is closed.
type counted struct {
	io.Reader
	closed *int
}

func (c counted) Close() error { *c.closed++; return nil }
