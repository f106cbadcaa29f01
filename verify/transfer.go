package verify

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"
)

// speedWindow is the time within which a transfer must get the bytes of that
// time at its least speed.
const speedWindow = 30 * time.Second

// limits bound the transfer of an artifact, by whatever fetcher.
type limits struct {
	longest time.Duration // 0 is without limit
	slowest int64         // bytes per second
}

// start returns the context of a transfer, and what ends it.
func (l limits) start(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if l.longest == 0 {
		return ctx, cancel
	}
	watch := time.AfterFunc(l.longest, func() { cancel(errSlow) })
	return ctx, func(cause error) {
		watch.Stop()
		cancel(cause)
	}
}

// bound returns the body of a response held to the limits: too slow, it is
// cancelled. It is closed with cancel.
func (l limits) bound(r *Response, cancel context.CancelCauseFunc) *transfer {
	t := &transfer{ReadCloser: r.Body, cancel: cancel, size: r.Size, at: r.Offset}
	if l.slowest > 0 {
		t.need = min(l.slowest, math.MaxInt64/int64(speedWindow/time.Second)) * int64(speedWindow/time.Second)
		t.left = speedWindow
		t.watch = time.AfterFunc(speedWindow, func() { cancel(errSlow) })
		t.watch.Stop()
	}
	return t
}

// A transfer measures the time that its body takes, and not that which its
// reader takes, and what of the promised size has come.
type transfer struct {
	io.ReadCloser
	cancel   context.CancelCauseFunc
	size, at int64 // of the whole; up to 0 where it isn't known

	need  int64 // bytes in a window; 0 is without limit
	got   int64
	left  time.Duration // of this window
	watch *time.Timer   // runs while a Read does
}

func (t *transfer) Read(p []byte) (int, error) {
	n, err := t.timed(p)
	t.at += int64(n)
	if t.size > 0 && (t.at > t.size || t.at < t.size && err == io.EOF) { //nolint:errorlint // only io.EOF itself is the end
		return 0, fmt.Errorf("%w: %d bytes came, and %d were promised", ErrUnreachable, t.at, t.size)
	}
	return n, err
}

func (t *transfer) timed(p []byte) (int, error) {
	if t.need == 0 {
		return t.ReadCloser.Read(p)
	}
	start := time.Now()
	t.watch.Reset(t.left)
	n, err := t.ReadCloser.Read(p)
	t.watch.Stop()
	t.left -= time.Since(start)
	if t.got += int64(n); t.got >= t.need {
		t.got, t.left = 0, speedWindow
	}
	return n, err
}

func (t *transfer) Close() error {
	err := t.ReadCloser.Close()
	t.cancel(nil)
	return err
}
