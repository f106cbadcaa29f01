// Package https fetches artifacts and what belongs to them over HTTPS, for
// package verify:
//
//	verify.Config{…, Fetcher: https.Fetcher{}}
//
// The data's way:
//
//	verify.Request ─▶ mirrors, in order ─▶ GET, redirects to https alone ─▶ 200 or 206 ─▶ verify.Response
//	                     ▲                                                                       │ its body
//	                     └── wait, back-off and jitter ◀── what may pass        broken off: Range, If-Range,
//	                                                                            and on from the same byte
//
// Nothing is decoded on the way: the bytes are those that were signed.
package https

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/relseal/relseal/verify"
)

// Fetcher fetches by HTTPS GET. The zero value is ready to use.
//
// It follows at most ten redirects by the rule of [CheckRedirect], sends no
// cookies, no credentials but Headers, and demands an answer whose end can be
// told from a broken line: HTTP/1 has to give its length or send it in chunks.
// An answer has to begin within 30 seconds, redirects included, and a connection
// that stands still for 60 seconds is given up.
//
// What may pass is tried again after a wait that doubles with each try, up to 30
// seconds, and of which a random part is waited: status 408, 425, 429, 5xx
// (but for 501 and 505), a 403 that says it is because of too many requests, and
// a connection that can't be made, breaks, or stands still. A Retry-After of up to
// a minute is waited for as well, and a longer one ends the trying, with the
// [verify.StatusError] that tells it. A certificate that isn't trusted, a host
// that has no address, a URL that isn't allowed, and every other status are final.
//
// A body whose connection breaks goes on with the next byte (RFC 9110, section
// 14) if it has a strong validator: whoever reads it notices nothing but the time.
// Where it can't go on, because there is none, the server doesn't do ranges, or
// the document has changed meanwhile, its Read fails with [verify.ErrRestart]:
// bytes of two versions are never mixed. A body may go on so 1000 times, and each
// time has to bring something.
//
// A [verify.Request] with a Validator and without an Offset asks whether the
// document is another by now, and otherwise gets [verify.ErrNotModified].
type Fetcher struct {
	// Client gives its Transport and its Timeout, nothing else. The Timeout is
	// for a document in all, tries and waits included; verify.Config has finer
	// limits. nil means no Timeout and Go's default transport, which takes
	// proxies from the environment (HTTPS_PROXY, NO_PROXY); a Transport of one's
	// own does so with Proxy: [http.ProxyFromEnvironment].
	Client *http.Client

	// Retries is how many times in a row a request is made again without a byte
	// that came of it, to each of a document's mirrors that may yet have it; 0
	// means 3, and a negative number none, nor going on with a broken body.
	Retries int

	// Headers are sent to a host and to no other, also along redirects: such as
	// an Authorization for "api.example.com" or "git.example.com:8443". The port
	// is 443 where there is none, and the host has to be the same to the letter,
	// so that a token for a host isn't sent to those below it. A host that is
	// named twice, or that has a "*", is [verify.ErrURL]. Range, If-Range,
	// If-None-Match, If-Modified-Since and Accept-Encoding are the Fetcher's own.
	Headers map[string]http.Header

	// Mirrors are where documents are fetched from instead of their own place.
	// The first whose From a URL begins with counts.
	Mirrors []Mirror
}

const (
	defaultRetries = 3
	maxRedirects   = 10
	maxConnections = 1000 // of one body, after the first
	headerTimeout  = 30 * time.Second
	stallTimeout   = 60 * time.Second
)

var (
	errStalled = errors.New("the server went silent")
	errTimeout = errors.New("the client's timeout is over")
)

// Fetch opens an absolute https URL. See [verify.Fetcher] for the errors, and
// [verify.ErrRestart] and [verify.ErrNotModified].
func (f Fetcher) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	d, err := f.newDocument(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := d.open(r); err != nil {
		d.cancel()
		return nil, err
	}
	return &verify.Response{Body: d, Size: d.size, Offset: d.offset, Validator: d.validator}, nil
}

// newDocument checks what the request and the Fetcher say.
func (f Fetcher) newDocument(ctx context.Context, r verify.Request) (*document, error) {
	if err := verify.CheckURL(r.URL); err != nil {
		return nil, err
	}
	urls, err := sources(f.Mirrors, r.URL)
	if err != nil {
		return nil, err
	}
	headers, err := byAuthority(f.Headers)
	if err != nil {
		return nil, err
	}
	d := &document{urls: urls, size: -1, retries: f.Retries, client: http.Client{CheckRedirect: CheckRedirect}}
	if d.retries == 0 {
		d.retries = defaultRetries
	}
	var timeout time.Duration
	hop := &hop{headers: headers}
	if f.Client != nil {
		hop.base, timeout = f.Client.Transport, f.Client.Timeout
	}
	d.client.Transport = hop
	if timeout > 0 {
		d.ctx, d.cancel = context.WithTimeoutCause(ctx, timeout, errTimeout)
	} else {
		d.ctx, d.cancel = context.WithCancel(ctx)
	}
	return d, nil
}

// withoutURL takes the URL out of an error of net/url or net/http, if there is one: it
// may be that of a redirect, with a password or a token.
func withoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

// fetchError tells why a request or a transfer failed: by our own watch, by the
// caller's context, by what was sent, or by the network.
func fetchError(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errStalled), errors.Is(cause, errTimeout):
		return fmt.Errorf("%w: %w", verify.ErrUnreachable, cause)
	case cause != nil:
		return cause
	case errors.Is(err, verify.ErrMissing), errors.Is(err, verify.ErrURL), errors.Is(err, verify.ErrUnreachable), errors.Is(err, verify.ErrNotModified), errors.Is(err, errOther):
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

// isAlert reports whether the server refused the handshake (RFC 8446, section
// 6.2), as it will the next one.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
