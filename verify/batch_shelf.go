package verify

import (
	"bytes"
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// A shelf holds what the jobs of a batch have in common: whoever wants something
// first has it brought, by a goroutine of the shelf, so that its own end is
// nobody else's; the others wait for it.
type shelf struct {
	ctx context.Context //nolint:containedctx // the batch's
	now func() time.Time
	top int64 // bytes

	flights  sync.WaitGroup
	indexing chan struct{} // is full while a manifest is read

	mu     sync.Mutex
	closed bool
	items  map[string]*item
	order  *list.List // of the items that are there: the front was wanted last
	size   int64
}

// An item is there, or on its way.
type item struct {
	name  string
	since time.Time     // when it was asked for
	done  chan struct{} // closed when it is there

	waiting int                // for it, as long as it is on its way
	giveUp  context.CancelFunc // ends that way; nil when it has ended

	value any
	err   error
	size  int64
	place *list.Element // nil while it is on its way
}

// How long what was had is as good as new, and what couldn't be had is not asked
// for again; how many bytes are kept, and what an item takes beside its own.
const (
	keepFor   = 15 * time.Minute
	failFor   = time.Minute
	shelfSize = 64 << 20
	entrySize = 1 << 10
)

func newShelf(ctx context.Context) *shelf {
	return &shelf{ctx: ctx, now: time.Now, top: shelfSize, indexing: make(chan struct{}, 1), items: map[string]*item{}, order: list.New()}
}

// open reports whether things can be had from the shelf.
func (s *shelf) open() bool { return s.ctx.Err() == nil }

// close waits for what is on its way, of which ctx has to be done, and empties
// the shelf.
func (s *shelf) close() {
	s.mu.Lock()
	s.closed, s.items, s.order = true, nil, nil
	s.mu.Unlock()
	s.flights.Wait()
}

// document returns a document of one role and URL, which is fetched once.
func (s *shelf) document(ctx context.Context, n *network, role, url string) ([]byte, error) {
	if s.open() {
		text, ok, err := borrow(ctx, s, fmt.Sprintf("document %q %s", role, url), func(ctx context.Context) ([]byte, int64, error) {
			text, err := n.document(ctx, role, url)
			return text, int64(len(text)), err
		})
		if ok {
			return bytes.Clone(text), err
		}
	}
	return n.document(ctx, role, url)
}

// borrow returns what is on the shelf under a name, and has it brought if it isn't
// there. ok is false where the shelf has ended, and the caller has to bring it
// for itself. What is brought is shared, and must not be changed.
func borrow[T any](ctx context.Context, s *shelf, name string, bring func(context.Context) (value T, size int64, err error)) (value T, ok bool, err error) {
	it := s.item(name, func(ctx context.Context) (any, int64, error) { return bring(ctx) })
	if it == nil {
		return value, false, nil
	}
	select {
	case <-it.done:
	case <-ctx.Done():
		s.leave(it)
		return value, true, ended(ctx)
	}
	if it.err != nil {
		return value, s.ctx.Err() == nil || ctx.Err() != nil, it.err
	}
	value, _ = it.value.(T) // names say what they are of
	return value, true, nil
}

// item returns that of a name, which may be on its way; nil where the shelf is
// closed.
func (s *shelf) item(name string, bring func(context.Context) (any, int64, error)) *item {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if it := s.items[name]; it != nil {
		switch {
		case it.place == nil:
			it.waiting++
			return it
		case s.fresh(it):
			s.order.MoveToFront(it.place)
			return it
		}
		s.remove(it)
	}
	ctx, giveUp := context.WithCancel(s.ctx)
	it := &item{name: name, since: s.now(), done: make(chan struct{}), waiting: 1, giveUp: giveUp}
	s.items[name] = it
	s.flights.Add(1)
	go s.fly(ctx, it, bring)
	return it
}

// leave ends the way of an item for which nobody waits any more: jobs that give up
// leave no transfers behind.
func (s *shelf) leave(it *item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if it.waiting--; it.waiting > 0 || it.giveUp == nil {
		return
	}
	it.giveUp()
	if s.items[it.name] == it {
		delete(s.items, it.name)
	}
}

func (s *shelf) fresh(it *item) bool {
	age := s.now().Sub(it.since)
	return age < failFor || it.err == nil && age < keepFor
}

// fly brings an item. Whatever happens to it is told to those who wait.
func (s *shelf) fly(ctx context.Context, it *item, bring func(context.Context) (any, int64, error)) {
	defer s.flights.Done()
	type brought struct {
		value any
		size  int64
	}
	try(func() (brought, error) {
		value, size, err := bring(ctx)
		return brought{value, size}, err
	}, func(o outcome[brought]) {
		if o.panicked != nil {
			o.err = fmt.Errorf("%w: what was asked for a document panicked: %v", ErrUnverified, o.panicked)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		it.value, it.size, it.err = o.value.value, o.value.size+entrySize+int64(len(it.name)), o.err
		if o.err != nil {
			it.size = errorSize(o.err) + entrySize + int64(len(it.name))
		}
		it.giveUp()
		it.giveUp = nil
		s.put(it)
		close(it.done)
	})
}

// put keeps an item in the place of those that nobody has wanted for longest.
func (s *shelf) put(it *item) {
	if s.items[it.name] != it { // the shelf is closed, or nobody wanted it any more
		return
	}
	it.place = s.order.PushFront(it)
	s.size += it.size
	if isCancelled(it.err) {
		s.remove(it)
	}
	for s.size > s.top {
		s.remove(s.order.Back().Value.(*item)) //nolint:forcetypeassert // nothing else is there
	}
}

func (s *shelf) remove(it *item) {
	s.order.Remove(it.place)
	s.size -= it.size
	delete(s.items, it.name)
}

// errorSize is about how many bytes an error takes.
func errorSize(err error) int64 {
	size := entrySize + int64(len(fmt.Sprint(err)))
	switch err := err.(type) { //nolint:errorlint // each by itself
	case interface{ Unwrap() error }:
		size += errorSize(err.Unwrap())
	case interface{ Unwrap() []error }:
		for _, cause := range err.Unwrap() {
			size += errorSize(cause)
		}
	}
	return size
}
