package checking

import (
	"context"
	"iter"

	"github.com/relseal/relseal/verify"
)

// Ahead has a sequence made by a goroutine of its own, so many values ahead, so that
// neither reading jobs nor telling results keeps the other artifacts waiting.
// Where it is left it waits for that goroutine.
func Ahead[T any](values iter.Seq[T], n int) iter.Seq[T] {
	return func(yield func(T) bool) {
		made, left := make(chan T, n), make(chan struct{})
		go produce(values, made, left)
		defer func() {
			close(left)
			for range made { // until it has ended
			}
		}()
		for value := range made {
			if !yield(value) {
				return
			}
		}
	}
}

// ReadAhead is [Ahead] for tasks, which may come from somebody who has stopped
// writing: when ctx is done one more is given that says so, and the goroutine is left
// behind.
func ReadAhead(ctx context.Context, tasks iter.Seq[Task], n int) iter.Seq[Task] {
	return func(yield func(Task) bool) {
		made, left := make(chan Task, n), make(chan struct{})
		go produce(tasks, made, left)
		defer close(left)
		for {
			select {
			case t, ok := <-made:
				if !ok || !yield(t) {
					return
				}
			case <-ctx.Done():
				yield(Task{ID: "cancelled", Err: &verify.Error{Stage: "plan", Err: ctx.Err()}})
				return
			}
		}
	}
}

func produce[T any](values iter.Seq[T], made chan<- T, left <-chan struct{}) {
	defer close(made)
	for value := range values {
		select {
		case made <- value:
		case <-left:
			return
		}
	}
}
