package verify

import (
	"context"
	"errors"
	"sync/atomic"
)

// await calls f, which is somebody else's and may never return, and gives it up
// when ctx is done. A goroutine is then left until f does return, and what it
// returns goes to late. A panic of f is the caller's.
func await[T any](ctx context.Context, f func() (T, error), late func(T)) (T, error) {
	if ctx.Done() == nil {
		return f()
	}
	done := make(chan outcome[T], 1)
	var settled atomic.Bool // by whoever comes first: f's result, or ctx's end
	go try(f, func(o outcome[T]) {
		switch {
		case settled.CompareAndSwap(false, true):
			done <- o
		case o.err == nil && o.panicked == nil:
			late(o.value)
		}
	})
	var o outcome[T]
	select {
	case o = <-done:
	case <-ctx.Done():
		if settled.CompareAndSwap(false, true) {
			var zero T
			return zero, ended(ctx)
		}
		o = <-done
	}
	if o.panicked != nil {
		panic(o.panicked) //nolint:forbidigo // the panic of f, which was called for its caller
	}
	return o.value, o.err
}

type outcome[T any] struct {
	value    T
	err      error
	panicked any
}

var errGone = errors.New("what was called ended its goroutine")

// try calls f and tells its outcome, also where it panics or ends its goroutine.
func try[T any](f func() (T, error), tell func(outcome[T])) {
	o := outcome[T]{err: errGone}
	defer func() {
		o.panicked = recover()
		tell(o)
	}()
	o.value, o.err = f()
}
