// Package https fetches artifacts and what belongs to them over HTTPS, for
// package verify:
//
//	verify.Config{…, Fetcher: https.Fetcher{}}
//
// The data's way: [verify.Request] ─▶ GET, redirects to https alone ─▶ status
// 200 ─▶ [verify.Response], whose body gives up when it stands still.
package https

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/relseal/relseal/verify"
)

// Fetcher fetches by HTTPS GET. It follows at most ten redirects, all of them
// to https, sends no cookies or credentials, and demands status 200 and an
// answer whose end can be told from a broken line: HTTP/1 has to give its length
// or send it in chunks. The answer has to begin within 30 seconds, redirects
// included, and a transfer that stands still for 60 seconds is given up. The
// zero value is ready to use.
type Fetcher struct {
	// Client gives its Transport and its Timeout, nothing else; nil means Go's
	// default transport, which takes proxies from the environment.
	Client *http.Client
}

const (
	maxRedirects  = 10
	headerTimeout = 30 * time.Second
	stallTimeout  = 60 * time.Second
)

var errStalled = errors.New("the server went silent")

// Fetch opens an absolute https URL. See [verify.Fetcher] for the errors.
func (f Fetcher) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	if err := verify.CheckURL(r.URL); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	watch := time.AfterFunc(headerTimeout, func() { cancel(errStalled) })
	resp, err := f.get(ctx, r.URL) //nolint:bodyclose // the caller closes it
	watch.Stop()
	if err != nil {
		err = fetchError(ctx, err)
		cancel(nil)
		return nil, err
	}
	end := func(err error) error { return fetchError(ctx, err) }
	return &verify.Response{
		Body:      &body{ReadCloser: resp.Body, watch: watch, cancel: cancel, end: end},
		Size:      resp.ContentLength,
		Validator: validator(resp),
	}, nil
}

// validator is the strong ETag, if there is one (RFC 9110, section 8.8.3).
func validator(resp *http.Response) string {
	if tag := resp.Header.Get("ETag"); len(tag) > 2 && tag[0] == '"' {
		return tag
	}
	return ""
}

// get returns a response of status 200, its body open.
func (f Fetcher) get(ctx context.Context, rawURL string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", verify.ErrURL, withoutURL(err))
	}
	// Without this the transport would ask for gzip and unpack it, and a
	// .tar.gz that a server labels with a Content-Encoding would not be the
	// bytes that were signed.
	req.Header.Set("Accept-Encoding", "identity")
	client := http.Client{CheckRedirect: checkRedirect}
	if f.Client != nil {
		client.Transport = f.Client.Transport
		client.Timeout = f.Client.Timeout
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
		return nil, fmt.Errorf("%w: the server doesn't say where its answer ends", verify.ErrUnreachable)
	}
	return nil, statusError(resp)
}

// endless says whether nothing but the end of the connection ends the body. It
// could be cut short unnoticed, since Go takes the end of a TLS connection
// without a close_notify for one with it.
func endless(resp *http.Response) bool {
	return resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

func statusError(resp *http.Response) error {
	e := &verify.StatusError{Code: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After")), Err: verify.ErrUnreachable}
	switch resp.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		e.Err = verify.ErrMissing
	case http.StatusForbidden, http.StatusTooManyRequests:
		setRateLimit(e, resp.Header)
	}
	return e
}

// setRateLimit tells an answer to too many requests by its headers, from one to
// somebody who isn't authorized: GitHub answers 403 to both
// (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
func setRateLimit(e *verify.StatusError, h http.Header) {
	usedUp := h.Get("X-RateLimit-Remaining") == "0"
	e.RateLimited = e.Code == http.StatusTooManyRequests || usedUp || h.Get("Retry-After") != ""
	if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil && usedUp && e.RetryAfter == 0 {
		seconds := min(reset-time.Now().Unix(), int64(maxRetryAfter/time.Second))
		e.RetryAfter = max(0, time.Duration(seconds)*time.Second)
	}
}

// maxRetryAfter bounds what a server may ask for.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(header string) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, min(time.Until(at).Round(time.Second), maxRetryAfter))
	}
	return 0
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", verify.ErrUnreachable, maxRedirects)
	}
	req.Header.Del("Referer") // the first URL may hold a token
	return verify.CheckURL(req.URL.String())
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

// fetchError gives err its sentinel; the context's own end stays what it is.
func fetchError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
		return fmt.Errorf("%w: %w", verify.ErrUnreachable, cause)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, verify.ErrMissing), errors.Is(err, verify.ErrURL), errors.Is(err, verify.ErrUnreachable):
		return err
	case isTLS(err):
		return fmt.Errorf("%w: %w", verify.ErrTLS, err)
	}
	return fmt.Errorf("%w: %w", verify.ErrUnreachable, err)
}

// isTLS reports whether the server isn't who it should be, or speaks no TLS: to
// try again doesn't help. Of what it speaks in the place of TLS net/http tells
// HTTP by an error of its own.
func isTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &unknown) || errors.As(err, &hostname)
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
