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
	return awaitWith(ctx, f, late, nil, nil)
}

// awaitWith is await that also calls tell, on the caller's goroutine, whenever f
// has sent to more.
func awaitWith[T any](ctx context.Context, f func() (T, error), late func(T), more <-chan struct{}, tell func()) (T, error) {
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
	for {
		select {
		case <-more:
			tell()
		case o := <-done:
			return o.result()
		case <-ctx.Done():
			if settled.CompareAndSwap(false, true) {
				var zero T
				return zero, ended(ctx)
			}
			return (<-done).result()
		}
	}
}

type outcome[T any] struct {
	value    T
	err      error
	panicked any
}

func (o outcome[T]) result() (T, error) {
	if o.panicked != nil {
		panic(o.panicked) //nolint:forbidigo // the panic of what was called, for its caller
	}
	return o.value, o.err
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
