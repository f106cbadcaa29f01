package https

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/relseal/relseal/verify"
)

var errEndless = errors.New("the server doesn't say where its answer ends")

// A document is one that is being fetched, and its body: over as many connections
// as it takes.
type document struct {
	ctx     context.Context //nolint:containedctx // the document's whole life is one request's
	cancel  context.CancelFunc
	client  http.Client
	urls    []string // that may have it, in order
	retries int

	at        string // the URL that has it
	size      int64  // of the whole; -1 where it isn't known
	validator string // "" where there is none
	encoding  string // the Content-Encoding, which nobody decodes
	offset    int64  // of the next byte

	mu     sync.Mutex // a Read that was given up may meet Close
	cur    *answer
	closed bool

	connections int
	failures    int   // in a row
	broken      error // why cur can't go on, io.EOF included
	failed      error // for good, io.EOF included
}

// open gets the first answer, from whichever source has one. A source that failed
// for good isn't asked again; the others are, round by round.
func (d *document) open(r verify.Request) error {
	offset, validator := r.Offset, r.Validator
	if !isValidator(validator) || offset < 0 {
		offset, validator = 0, ""
	}
	var failed []error
	for urls := d.urls; ; d.failures++ {
		var again []string
		var passing []error
		var longest time.Duration // that one of them asks for
		for _, url := range urls {
			err := d.begin(url, offset, validator)
			if errors.Is(err, errOther) { // not that version, or no ranges
				offset, validator = 0, ""
				err = d.begin(url, 0, "")
			}
			asked, passes := mayPass(err)
			switch {
			case err == nil:
				return nil
			case d.ctx.Err() != nil, errors.Is(err, verify.ErrURL), errors.Is(err, verify.ErrNotModified):
				return err
			case passes:
				again, passing, longest = append(again, url), append(passing, err), max(longest, asked)
			default:
				failed = append(failed, err)
			}
		}
		if len(again) == 0 || d.failures >= d.retries {
			return ofAll(append(failed, passing...))
		}
		if err := wait(d.ctx, longest+backoff(d.failures)); err != nil {
			return fetchError(d.ctx, err)
		}
		urls = again
	}
}

// begin gets the first answer from one source.
func (d *document) begin(url string, offset int64, validator string) error {
	a, err := d.connect(url, offset, validator)
	if err != nil {
		return err
	}
	d.at, d.cur, d.validator = url, a, strongValidator(a.resp.Header)
	d.size, d.encoding = a.resp.ContentLength, a.resp.Header.Get("Content-Encoding")
	if a.resp.StatusCode == http.StatusPartialContent {
		d.offset, d.size, d.validator = offset, a.size, validator
	}
	return nil
}

// connect makes one request. The error is [fetchError]'s, and errOther where a part
// was asked for and the answer isn't it.
func (d *document) connect(url string, offset int64, validator string) (*answer, error) {
	ctx, cancel := context.WithCancelCause(d.ctx)
	a := &answer{ctx: ctx, cancel: cancel}
	a.watch = time.AfterFunc(headerTimeout, func() { cancel(errStalled) })
	err := a.get(&d.client, url, offset, validator)
	if err == nil {
		err = a.judge(offset, d.size, validator, d.cur == nil)
	}
	a.watch.Stop()
	if err != nil {
		err = fetchError(ctx, err)
		_ = a.Close() // nothing of it is wanted
		return nil, err
	}
	return a, nil
}

// Read reads on, over a new connection where the last one broke.
func (d *document) Read(p []byte) (int, error) {
	for d.failed == nil {
		if d.broken != nil {
			d.failed = d.resume()
			continue
		}
		cur := d.current()
		n, err := cur.Read(p)
		if d.size >= 0 && int64(n) > d.size-d.offset {
			d.failed = fmt.Errorf("%w: more than the %d bytes that were promised", verify.ErrUnreachable, d.size)
			continue
		}
		d.offset += int64(n)
		if n > 0 {
			d.failures = 0
		}
		switch {
		case err == nil:
			return n, nil
		case d.offset == d.size, err == io.EOF && d.size < 0: //nolint:errorlint // only io.EOF itself is the end
			d.failed = io.EOF
		case err == io.EOF: //nolint:errorlint // as above
			d.broken = fmt.Errorf("%w: %w", verify.ErrUnreachable, io.ErrUnexpectedEOF)
		default:
			d.broken = fetchError(cur.ctx, err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, d.failed
}

// resume gets a connection for the bytes from offset on, and returns nil; or why
// there is none.
func (d *document) resume() error {
	_ = d.current().Close() // it is broken
	if d.ctx.Err() != nil || d.retries < 0 {
		return d.broken
	}
	if d.validator == "" {
		return fmt.Errorf("%w, since nothing tells this version of the document from others: %w", verify.ErrRestart, d.broken)
	}
	err := d.broken
	asked, passes := time.Duration(0), true // whatever broke it, it had been good
	for passes && d.failures < d.retries && d.connections < maxConnections {
		if err := wait(d.ctx, asked+backoff(d.failures)); err != nil {
			return fetchError(d.ctx, err)
		}
		d.failures++
		d.connections++
		var a *answer
		if a, err = d.reconnect(); err == nil {
			d.size, d.broken = a.size, nil
			return d.take(a)
		}
		if errors.Is(err, errOther) {
			return fmt.Errorf("%w: %w", verify.ErrRestart, err)
		}
		asked, passes = mayPass(err)
	}
	return err
}

// reconnect asks for the bytes from offset on of the version that was promised.
func (d *document) reconnect() (*answer, error) {
	if d.offset > 0 {
		a, err := d.connect(d.at, d.offset, d.validator)
		if err != nil {
			return nil, err
		}
		// A part needn't repeat it (RFC 9110, section 15.3.7).
		if now := a.resp.Header.Get("Content-Encoding"); now != "" && now != d.encoding {
			_ = a.Close() // nothing of it is wanted
			return nil, errOther
		}
		return a, nil
	}
	a, err := d.connect(d.at, 0, "") // none came, so there is no part to ask for
	if err != nil {
		return nil, err
	}
	if a.resp.ContentLength != d.size || strongValidator(a.resp.Header) != d.validator {
		_ = a.Close() // nothing of it is wanted
		return nil, errOther
	}
	a.size = d.size
	return a, nil
}

func (d *document) current() *answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cur
}

// take makes an answer the one that is read.
func (d *document) take(a *answer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		_ = a.Close() // nobody is waiting for it any more
		return net.ErrClosed
	}
	d.cur = a
	return nil
}

// Close ends the transfer.
func (d *document) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	err := d.cur.Close()
	d.cancel()
	return err
}

// An answer is what one request got: a body that gives up when it stands still.
type answer struct {
	ctx    context.Context //nolint:containedctx // the request's
	cancel context.CancelCauseFunc
	watch  *time.Timer // runs while a Read does
	resp   *http.Response
	size   int64 // of the whole document, where resp is a part of it
}

// get sends the request.
func (a *answer) get(client *http.Client, url string, offset int64, validator string) error {
	req, err := http.NewRequestWithContext(a.ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", verify.ErrURL, withoutURL(err))
	}
	// Without this the transport would ask for gzip and unpack it, and a
	// .tar.gz that a server labels with a Content-Encoding would not be the
	// bytes that were signed.
	req.Header.Set("Accept-Encoding", "identity")
	condition(req.Header, offset, validator)
	a.resp, err = client.Do(req) //nolint:bodyclose // Close does
	return withoutURL(err)
}

// judge refuses an answer that isn't what was asked for. To who has got nothing
// yet the whole is as good as a part.
func (a *answer) judge(offset, size int64, validator string, first bool) (err error) {
	asked := offset > 0 && validator != ""
	switch code := a.resp.StatusCode; {
	case asked && code == http.StatusPartialContent && !endless(a.resp):
		a.size, err = partial(a.resp, offset, size, validator)
		return err
	case asked && !first && code == http.StatusOK,
		asked && (code == http.StatusPartialContent || code == http.StatusRequestedRangeNotSatisfiable):
		return errOther
	case code == http.StatusOK && endless(a.resp):
		return fmt.Errorf("%w: %w", verify.ErrUnreachable, errEndless)
	case code == http.StatusOK:
		return nil
	case code == http.StatusNotModified && offset == 0 && validator != "":
		return verify.ErrNotModified
	}
	return statusError(a.resp)
}

// endless says whether nothing but the end of the connection ends the body. It
// could be cut short unnoticed, since Go takes the end of a TLS connection
// without a close_notify for one with it.
func endless(resp *http.Response) bool {
	return resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

func (a *answer) Read(p []byte) (int, error) {
	a.watch.Reset(stallTimeout)
	n, err := a.resp.Body.Read(p)
	a.watch.Stop()
	return n, err
}

func (a *answer) Close() error {
	var err error
	if a.resp != nil {
		err = a.resp.Body.Close()
	}
	a.cancel(nil)
	return err
}
