// Package cache keeps documents that package verify fetches in a folder, so that
// they aren't fetched again, and that what was verified once can be verified again
// without a network:
//
//	f, err := cache.Open(folder, https.Fetcher{}, cache.Options{})
//	…
//	verify.Config{…, Fetcher: f}
//
// The data's way:
//
//	Request ─▶ the folder has it, whole and not too old ─▶ Response
//	              └─ no ─▶ the other Fetcher ─▶ Response, written to the folder as it is read
//
// Nothing that comes out of the folder is trusted more than what comes from a
// server: every signature is judged again, each time.
package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/relseal/relseal/internal/nonblock"
	"github.com/relseal/relseal/verify"
)

// The defaults of [Options].
const (
	defaultMaxAge      = time.Hour
	defaultMaxDocument = 4 << 20
	defaultMaxTotal    = 64 << 20
)

// Options say what is kept, and how long. The zero value of every field is the
// documented default.
type Options struct {
	// MaxAge is how long a document is handed out without asking for it again; 0
	// means an hour. What a server answers about a signature can change: there may
	// be another attestation, or a signature that was wrong is mended. A negative
	// age asks each time, and keeps the answers for Offline.
	MaxAge time.Duration

	// Offline takes documents from the folder alone, however old they are. What
	// isn't there is [verify.ErrNoFetcher].
	Offline bool

	// Artifacts keeps artifacts as well, up to half of MaxTotal each.
	Artifacts bool

	// MaxDocument limits a document that is kept, and MaxTotal all that is in the
	// folder, in bytes; 0 means 4 MiB and 64 MiB. Each counts for at least 4 KiB,
	// and those that weren't used for the longest time go first. Each further
	// process that uses the folder may go an eighth over MaxTotal.
	MaxDocument, MaxTotal int64

	// Time returns the current time; nil means [time.Now].
	Time func() time.Time

	// Logger gets why something couldn't be kept, at debug level; nil discards it. A
	// [log/slog.Logger] is one. It is an interface for the reason of
	// [verify.Config]'s.
	Logger interface {
		DebugContext(ctx context.Context, msg string, args ...any)
	}
}

// A Fetcher is a [verify.Fetcher] that looks into a folder before it asks another
// one. It may be used concurrently, and so may the folder by several processes:
// nobody sees half a document, and one that isn't what was written counts as not
// there. What can't be kept, as on a full disk, is handed on all the same.
// Failures are never kept.
//
// A document is kept by its role and URL. Neither is told by the folder, except to
// who knows them; the documents themselves are there to read.
type Fetcher struct {
	next    verify.Fetcher
	root    *os.Root
	options Options
	create  func(name string) (file, error)

	mu      sync.Mutex
	pending int64 // bytes written since the folder was measured; at first, all
}

// Open returns a Fetcher over a folder, which it makes if need be, for its owner
// alone. next is asked for what the folder hasn't got; nil means that nobody is, as
// Offline does. The caller closes the Fetcher.
func Open(folder string, next verify.Fetcher, o Options) (*Fetcher, error) {
	if o.MaxDocument < 0 || o.MaxTotal < 0 {
		return nil, errors.New("cache: negative limit")
	}
	if o.MaxAge == 0 {
		o.MaxAge = defaultMaxAge
	}
	if o.MaxDocument == 0 {
		o.MaxDocument = defaultMaxDocument
	}
	if o.MaxTotal == 0 {
		o.MaxTotal = defaultMaxTotal
	}
	if o.Time == nil {
		o.Time = time.Now
	}
	if v := reflect.ValueOf(o.Logger); v.Kind() == reflect.Pointer && v.IsNil() {
		o.Logger = nil // a variable of a program that has none
	}
	o.Offline = o.Offline || next == nil
	if err := os.MkdirAll(folder, 0o700); err != nil { //nolint:gosec // the folder is the program's to name
		return nil, fmt.Errorf("cache: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	f := &Fetcher{next: next, root: root, options: o, pending: o.MaxTotal}
	f.create = func(name string) (file, error) {
		return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	return f, nil
}

// Close gives up the folder. Documents that are being read are read to their end,
// and no more are kept.
func (f *Fetcher) Close() error { return f.root.Close() }

// CheckURL says which URLs are taken: those of the other Fetcher.
func (f *Fetcher) CheckURL(raw string) error {
	if c, ok := f.next.(interface{ CheckURL(raw string) error }); ok {
		return c.CheckURL(raw)
	}
	return verify.CheckURL(raw)
}

// Fetch opens what a URL names. See [verify.Fetcher] for the errors, which are
// those of the other Fetcher, and [verify.ErrNoFetcher] where there is none to ask.
// The documents of a role that isn't kept, and what is to be gone on with, are
// asked for each time.
func (f *Fetcher) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	if err := f.CheckURL(r.URL); err != nil {
		return nil, err
	}
	whole := r.Offset == 0 && r.Validator == ""
	keeps := f.options.Artifacts || r.Role != "artifact"
	if keeps && (whole || f.options.Offline) {
		response, err := f.open(ctx, r)
		if err == nil {
			return response, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	if f.options.Offline {
		return nil, fmt.Errorf("%w: the document isn't in the cache", verify.ErrNoFetcher)
	}
	response, err := f.next.Fetch(ctx, r)
	if err != nil || response == nil || response.Body == nil || !keeps || !whole || response.Offset != 0 {
		return response, err
	}
	f.record(nameOf(r), f.limit(r.Role), response)
	return response, nil
}

// limit is how many bytes a document may have to be kept.
func (f *Fetcher) limit(role string) int64 {
	if role == "artifact" {
		return f.options.MaxTotal / 2
	}
	return min(f.options.MaxDocument, f.options.MaxTotal/2)
}

// errMiss: the folder hasn't got it, or not as it was written.
var errMiss = errors.New("not in the cache")

// open opens a request's document in the folder, if it is whole. What is far larger
// than documents are isn't read to find out, which could take for ever.
func (f *Fetcher) open(ctx context.Context, r verify.Request) (*verify.Response, error) {
	name := nameOf(r)
	file, size, err := f.openFile(name)
	if err != nil {
		return nil, err
	}
	if r.Role != "artifact" && size-int64(fixedSize+maxValidator) > f.options.MaxTotal {
		_ = file.Close() // it was only looked at
		return nil, errMiss
	}
	content, h, err := check(ctx, file, size, name)
	now := f.options.Time()
	age := now.Sub(h.fetched)
	if err == nil && !f.options.Offline && (age < 0 || age > f.options.MaxAge) {
		err = errMiss
	}
	if err != nil {
		_ = file.Close() // it was only read
		return nil, err
	}
	_ = f.root.Chtimes(name, now, now) // when it was used; who can't tell is evicted sooner
	return &verify.Response{
		Body:      &kept{contextReader{ctx, content}, file},
		Size:      content.Size(),
		Validator: h.validator,
	}, nil
}

// openFile opens a file, and waits for nobody. What is no regular file has no
// content that check could read, and a link within the folder is one to another
// document at most, which check refuses.
func (f *Fetcher) openFile(name string) (*os.File, int64, error) {
	file, err := f.root.OpenFile(name, os.O_RDONLY|nonblock.Flag, 0)
	if err != nil {
		return nil, 0, errMiss
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close() // it was only looked at
		return nil, 0, errMiss
	}
	return file, info.Size(), nil
}

// A kept is the body of a document in the folder.
type kept struct {
	io.Reader
	io.Closer
}

// A contextReader ends with its context.
type contextReader struct {
	ctx context.Context //nolint:containedctx // that of the request, as a response's body has it
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}
