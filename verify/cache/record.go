package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/relseal/relseal/verify"
)

// A file is what a document is written to.
type file interface {
	io.Writer
	io.WriterAt
	io.Closer
}

// temporary is how the names of files begin that are being written.
const temporary = "new-"

// A recorder is a body that is written to the folder as it is read. What goes
// wrong there is no failure of the reading.
type recorder struct {
	io.ReadCloser
	cache *Fetcher
	name  string
	limit int64
	size  int64 // that the body must have; 0 or less where it isn't known

	mu      sync.Mutex // a Close needn't wait for a Read
	file    file       // nil once it is written, or given up
	temp    string
	header  header
	digest  hash.Hash
	written int64
}

// record has the response's body written under a name, up to a limit.
func (f *Fetcher) record(name string, limit int64, response *verify.Response) {
	if response.Size > limit || len(response.Validator) > maxValidator {
		return
	}
	r := &recorder{
		ReadCloser: response.Body, cache: f, name: name, limit: limit, size: response.Size,
		temp:   temporary + rand.Text(),
		header: header{fetched: f.options.Time(), validator: response.Validator},
		digest: newDigest(name),
	}
	var err error
	if r.file, err = f.create(r.temp); err != nil {
		f.lost(err)
		return
	}
	response.Body = r
	begin := r.header.bytes()
	r.digest.Write(begin[fetchedAt:])
	if _, err := r.file.Write(begin); err != nil {
		r.giveUp(err)
	}
}

// lost tells that something isn't kept.
func (f *Fetcher) lost(err error) {
	if f.options.Logger != nil {
		f.options.Logger.DebugContext(context.Background(), "cache: not kept", "error", err)
	}
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > 0 && n <= len(p) {
		r.write(p[:n])
	}
	switch {
	case err == io.EOF: // only itself is the end
		r.finish()
	case err != nil:
		r.giveUp(nil)
	}
	return n, err
}

// Close keeps a document that was read to its last byte, if not to its end.
func (r *recorder) Close() error {
	err := r.ReadCloser.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.size > 0 && r.written == r.size {
		r.finish()
	}
	r.giveUp(nil)
	return err
}

func (r *recorder) write(p []byte) {
	if r.file == nil {
		return
	}
	if r.written += int64(len(p)); r.written > r.limit {
		r.giveUp(fmt.Errorf("over %d bytes", r.limit))
		return
	}
	r.digest.Write(p)
	if _, err := r.file.Write(p); err != nil {
		r.giveUp(err)
	}
}

// giveUp keeps nothing. A nil error is one that others tell.
func (r *recorder) giveUp(err error) {
	if r.file == nil {
		return
	}
	err = errors.Join(err, r.file.Close(), r.cache.root.Remove(r.temp))
	r.file = nil
	if err != nil {
		r.cache.lost(err)
	}
}

// finish gives the file its digest and its name. It isn't synced: after a power
// cut the digest tells that something is missing.
func (r *recorder) finish() {
	if r.file == nil {
		return
	}
	if r.size > 0 && r.written != r.size {
		r.giveUp(fmt.Errorf("%d bytes of %d", r.written, r.size))
		return
	}
	if _, err := r.file.WriteAt(r.digest.Sum(nil), int64(digestAt)); err != nil {
		r.giveUp(err)
		return
	}
	err := r.file.Close()
	r.file = nil
	if err == nil {
		err = r.cache.root.Rename(r.temp, r.name)
	}
	if err != nil {
		r.cache.lost(errors.Join(err, r.cache.root.Remove(r.temp)))
		return
	}
	r.cache.evict(charge(int64(fixedSize+len(r.header.validator)) + r.written))
}
