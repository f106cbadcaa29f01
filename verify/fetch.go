package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// A Fetcher opens what a URL names. Fetch returns an error that wraps
// [ErrMissing] where the server says that there is no such thing, and
// [ErrURL] for a URL that it doesn't take; any other error counts as
// [ErrUnreachable], unless ctx is done. Fetch and the reader end early, with an
// error, when ctx is done; one that doesn't is given up, and leaves a goroutine
// until it does end. A Fetcher needn't limit sizes and times: its caller does,
// and gives a signature five minutes in all, and an artifact what [Config] says.
type Fetcher interface {
	Fetch(ctx context.Context, url string) (io.ReadCloser, error)
}

// HTTPS fetches by HTTPS GET. It follows at most ten redirects, all of them to
// https, sends no cookies or credentials, and demands status 200 and an answer
// whose end can be told from a broken line: HTTP/1 has to give its length or
// send it in chunks. The answer has to begin within 30 seconds, redirects
// included, and a transfer that stands still for 60 seconds is given up.
type HTTPS struct {
	// Client gives its Transport and its Timeout, nothing else; nil means Go's
	// default transport, which takes proxies from the environment.
	Client *http.Client
}

const (
	maxRedirects  = 10
	headerTimeout = 30 * time.Second
	stallTimeout  = 60 * time.Second

	// documentTimeout is for a whole signature, by whatever fetcher: one that
	// sends a byte a minute never stands still.
	documentTimeout = 5 * time.Minute
)

// Fetch opens an absolute https URL. See [Fetcher] for the errors.
func (h HTTPS) Fetch(ctx context.Context, rawURL string) (io.ReadCloser, error) {
	if err := checkURL(rawURL); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	watch := time.AfterFunc(headerTimeout, func() { cancel(errStalled) })
	resp, err := h.get(ctx, rawURL) //nolint:bodyclose // the caller closes it
	watch.Stop()
	if err != nil {
		err = fetchError(ctx, err)
		cancel(nil)
		return nil, err
	}
	end := func(err error) error { return fetchError(ctx, err) }
	return &body{ReadCloser: resp.Body, watch: watch, cancel: cancel, end: end}, nil
}

var (
	errStalled = errors.New("the server went silent")
	errSlow    = errors.New("the server took too long")
)

// get returns a response of status 200, its body open.
func (h HTTPS) get(ctx context.Context, rawURL string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, withoutURL(err))
	}
	// Without this the transport would ask for gzip and unpack it, and a
	// .tar.gz that a server labels with a Content-Encoding would not be the
	// bytes that were signed.
	req.Header.Set("Accept-Encoding", "identity")
	client := http.Client{CheckRedirect: checkRedirect}
	if h.Client != nil {
		client.Transport = h.Client.Transport
		client.Timeout = h.Client.Timeout
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	if resp.StatusCode == http.StatusOK && !endless(resp) {
		return resp, nil
	}
	_ = resp.Body.Close() // nothing of it is wanted
	if resp.StatusCode == http.StatusOK {
		return nil, fmt.Errorf("%w: the server doesn't say where its answer ends", ErrUnreachable)
	}
	reason := ErrUnreachable
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		reason = ErrMissing
	}
	return nil, fmt.Errorf("%w: the server answered %s", reason, terminal.Limit(resp.Status, maxURLText))
}

// endless says whether nothing but the end of the connection ends the body. It
// could be cut short unnoticed, since Go takes the end of a TLS connection
// without a close_notify for one with it.
func endless(resp *http.Response) bool {
	return resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrUnreachable, maxRedirects)
	}
	req.Header.Del("Referer") // the first URL may hold a token
	return checkURL(req.URL.String())
}

// checkURL accepts absolute https URLs without user information.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrURL, withoutURL(err))
	case u.User != nil:
		return fmt.Errorf("%w: %s has a user or password", ErrURL, bare(u))
	case u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%w: %s is not an absolute https URL", ErrURL, bare(u))
	}
	return nil
}

// bare is a URL for a message, in quotes: without user, password, and query,
// which may hold a token.
func bare(u *url.URL) string {
	return terminal.Limit(terminal.Quoted((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()), maxURLText)
}

// redact takes a password out of a URL for a message; anything else, such as a
// file's name, it leaves as it is.
func redact(raw string) string {
	if !strings.Contains(raw, "@") || !strings.Contains(raw, "://") {
		return raw
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "(a URL that can't be parsed)"
	case u.User == nil:
		return raw
	}
	return u.Redacted()
}

// withoutURL takes the URL out of an error of net/url or net/http: it may be
// that of a redirect, with a password or a token.
func withoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

// fetchError gives err its sentinel: the context's own end stays what it is,
// and everything that has no sentinel yet is [ErrUnreachable].
func fetchError(ctx context.Context, err error) error {
	if err := ended(ctx); err != nil {
		return err
	}
	if errors.Is(err, ErrMissing) || errors.Is(err, ErrURL) || errors.Is(err, ErrUnreachable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// ended returns nil as long as ctx isn't done, and then why: the server's fault
// is [ErrUnreachable].
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) || errors.Is(cause, errSlow) {
		return fmt.Errorf("%w: %w", ErrUnreachable, cause)
	}
	return cancelled(ctx)
}

func isCancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// A body is a response's body that gives up when it stands still.
type body struct {
	io.ReadCloser
	watch  *time.Timer // runs while a Read does
	cancel context.CancelCauseFunc
	end    func(error) error
}

func (b *body) Read(p []byte) (int, error) {
	b.watch.Reset(stallTimeout)
	n, err := b.ReadCloser.Read(p)
	b.watch.Stop()
	if err != nil && err != io.EOF { //nolint:errorlint // only io.EOF itself is the end
		err = b.end(err)
	}
	return n, err
}

func (b *body) Close() error {
	b.watch.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// document fetches a small file whole.
func (v *Verifier) document(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, documentTimeout, errSlow)
	defer cancel()
	r, err := v.open(ctx, url)
	if err != nil {
		return nil, err
	}
	defer closeBody(ctx, r) //nolint:errcheck // what was read is whole or refused
	data, err := readLimited(steady{src: r, ctx: ctx}, v.maxDocument)
	if ctx.Err() != nil || err != nil && !errors.Is(err, algorithm.ErrTooLarge) {
		err = fetchError(ctx, err)
	}
	return data, err
}

// open opens a URL through the caller's fetcher.
func (v *Verifier) open(ctx context.Context, url string) (io.ReadCloser, error) {
	v.log.DebugContext(ctx, "fetch", "url", terminal.Text(redact(url)))
	if err := cancelled(ctx); err != nil {
		return nil, err
	}
	r, err := await(ctx, func() (io.ReadCloser, error) { return v.fetcher.Fetch(ctx, url) }, func(late io.ReadCloser) {
		if late != nil {
			_ = late.Close() // nobody is waiting for it any more
		}
	})
	switch {
	case err != nil:
		return nil, fetchError(ctx, err)
	case r == nil:
		return nil, fmt.Errorf("%w: the fetcher returned neither a reader nor an error", ErrUnreachable)
	}
	return r, nil
}

// closeBody closes what was fetched, and doesn't wait beyond ctx.
func closeBody(ctx context.Context, r io.Closer) error {
	_, err := await(ctx, func() (struct{}, error) { return struct{}{}, r.Close() }, func(struct{}) {})
	return err
}

// readLimited reads all of s, and at most limit bytes.
func readLimited(s steady, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(s, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: over %d bytes", algorithm.ErrTooLarge, limit)
	}
	return data, nil
}
