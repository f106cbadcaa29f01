package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// The roles that this package fetches in.
const (
	roleArtifact  = "artifact"
	roleSignature = "signature"
	roleManifest  = "checksums"
	roleKey       = "key"
)

// A Request is what a [Fetcher] is asked for.
type Request struct {
	// URL is absolute and https ([CheckURL]), unless the Fetcher takes others
	// ([URLChecker]).
	URL string

	// Role says what it is for: "artifact", "signature", "checksums", "key" (a
	// key, or another document that the table pins by its digest), or what a
	// family names ([algorithm.Document]), such as "certificate".
	Role string

	// Offset is where to start, in bytes, and Validator that of the response
	// whose body is to be gone on with. A Fetcher that can't resume, or that finds
	// another version there, starts at 0 and says so in its response. A Validator
	// with Offset 0 is that of a version that the program has whole: while it is the
	// one that is there, the error wraps [ErrNotModified]. A Fetcher needn't know
	// of that either.
	Offset    int64
	Validator string
}

// A Response is what a [Fetcher] brings.
type Response struct {
	// Body ends with [io.EOF] after the last byte, and with another error when
	// the transfer broke off or the context of the request is done: with
	// [ErrRestart] where to begin anew may help. It is closed once, also while a
	// Read that was given up hasn't returned.
	Body io.ReadCloser

	// Size is that of the whole document in bytes, from its beginning; -1 or 0
	// where it isn't known. An artifact of another size is [ErrUnreachable].
	Size int64

	// Offset is where Body starts: that of the request, or 0.
	Offset int64

	// Validator tells this version of the document from others, such as a
	// strong ETag; "" where there is none.
	Validator string
}

// A Fetcher opens what a URL names; package verify/https has one. Fetch returns
// an error that wraps [ErrMissing] where the server says that there is no such
// thing, [ErrURL] for a URL that it doesn't take, and [ErrTLS] where the server
// isn't who it should be; any other error counts as [ErrUnreachable], unless
// ctx is done. An HTTP status is told by a [*StatusError]. Fetch and the
// body end early, with an error, when ctx is done; one that doesn't is given up,
// and leaves a goroutine until it does end. A Fetcher needn't limit sizes and
// times: its caller does, and gives a document five minutes in all, and an
// artifact what [Config] says. It may be called concurrently.
type Fetcher interface {
	Fetch(ctx context.Context, r Request) (*Response, error)
}

// A URLChecker is a [Fetcher] that says itself which URLs it takes, such as those
// of the scheme "file": CheckURL's error says why it doesn't take one. It is then
// asked in the place of the function [CheckURL], about every URL that a table, a
// family or the program names; what redirects lead to is the Fetcher's own
// business anyway. A Fetcher that wraps another has to have the method as well,
// and to hand on to it, or to the function where the other one hasn't got it.
type URLChecker interface {
	CheckURL(raw string) error
}

// A StatusError is what a server answered instead of the document.
type StatusError struct {
	Code int // of HTTP

	// RateLimited says that the server refused because of too many requests, as
	// one may that answers 403. 429 says so by itself.
	RateLimited bool

	// RetryAfter is how long the server asks to wait; 0 where it doesn't.
	RetryAfter time.Duration

	// Err is [ErrMissing] (404, 410) or [ErrUnreachable].
	Err error
}

// Error returns one line, with a hint where the code has more than one meaning.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%v: the server answered %d", e.Err, e.Code)
	switch {
	case e.limited():
		text += " (too many requests)"
	case e.unauthorized():
		text += " (not authorized)"
	case e.Code == 404:
		text += " (not found; some servers say so of what one may not see)"
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(", try again in %v", e.RetryAfter)
	}
	return text
}

// Unwrap returns Err.
func (e *StatusError) Unwrap() error { return e.Err }

// documentTimeout is for a whole document, by whatever fetcher: one that sends
// a byte a minute never stands still.
const documentTimeout = 5 * time.Minute

var errSlow = errors.New("the server took too long")

// CheckURL returns an error that wraps [ErrURL] unless the URL is absolute and
// https, without user and password. It is asked of every URL, unless the Fetcher is
// a [URLChecker], and a Fetcher of one's own should ask it of redirects.
func CheckURL(raw string) error {
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

// checkURL asks who says which URLs are taken.
func (n *network) checkURL(raw string) error {
	c, ok := n.fetcher.(URLChecker)
	if !ok {
		return CheckURL(raw)
	}
	err := c.CheckURL(raw)
	if err != nil && !errors.Is(err, ErrURL) {
		err = fmt.Errorf("%w: %w", ErrURL, withoutURL(err))
	}
	return err
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

// withoutURL takes the URL out of an error of net/url: it may have a password
// or a token.
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
	if isFetch(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// ended returns nil as long as ctx isn't done, and then why: the server's fault
// is [ErrUnreachable].
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, errSlow) {
		return fmt.Errorf("%w: %w", ErrUnreachable, cause)
	}
	return cancelled(ctx)
}

// isFetch reports whether err has a sentinel of fetching.
func isFetch(err error) bool {
	for _, sentinel := range []error{ErrMissing, ErrURL, ErrTLS, ErrUnreachable, ErrNoFetcher, ErrNotModified} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

func isCancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// A network is what a verdict needs of the program while it runs: where documents
// come from, and what time it is.
type network struct {
	fetcher     Fetcher // nil: no network
	log         logger  // nil: nobody listens
	maxDocument int64
	now         func() time.Time
	progress    teller
	keep        bool    // documents, for the report
	common      commons // nil where the plan is none of a batch
}

// commons is what the plans of a batch have in common. It is an interface so that
// programs without batches don't link what makes it.
type commons interface {
	// document is that of the network.
	document(ctx context.Context, n *network, role, url string) ([]byte, error)

	// signed is what the session's own signed returns.
	signed(ctx context.Context, s *session, c cover, at string) (*signedManifest, error)
}

// document fetches a small document whole.
func (n *network) document(ctx context.Context, role, url string) (data []byte, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, documentTimeout, errSlow)
	defer cancel()
	err = restarting(ctx, func() error {
		data, err = n.read(ctx, Request{URL: url, Role: role})
		return err
	})
	return data, err
}

// read is one try of document.
func (n *network) read(ctx context.Context, request Request) ([]byte, error) {
	n.progress.fetching(request, 0, -1)
	r, err := n.open(ctx, request)
	if err != nil {
		return nil, err
	}
	defer closeBody(ctx, r.Body) //nolint:errcheck // what was read is whole or refused
	data, err := readLimited(steady{src: r.Body, ctx: ctx}, n.maxDocument)
	if ctx.Err() != nil || err != nil && !errors.Is(err, algorithm.ErrTooLarge) {
		err = fetchError(ctx, err)
	}
	if err == nil {
		n.progress.fetching(request, int64(len(data)), int64(len(data)))
	}
	return data, err
}

// open opens a URL through the program's fetcher.
func (n *network) open(ctx context.Context, request Request) (*Response, error) {
	if n.log != nil {
		n.log.DebugContext(ctx, "fetch", "role", request.Role, "url", terminal.Text(redact(request.URL)))
	}
	if n.fetcher == nil {
		return nil, fmt.Errorf("%w: set Config.Fetcher, such as https.Fetcher{}", ErrNoFetcher)
	}
	if err := ended(ctx); err != nil {
		return nil, err
	}
	r, err := await(ctx, func() (*Response, error) { return n.fetcher.Fetch(ctx, request) }, func(late *Response) {
		if late != nil && late.Body != nil {
			_ = late.Body.Close() // nobody is waiting for it any more
		}
	})
	switch {
	case err != nil:
		return nil, fetchError(ctx, err)
	case r == nil || r.Body == nil:
		return nil, fmt.Errorf("%w: the fetcher returned neither a body nor an error", ErrUnreachable)
	case r.Offset != request.Offset && r.Offset != 0:
		_ = closeBody(ctx, r.Body) // nothing of it is wanted
		return nil, fmt.Errorf("%w: the fetcher started at byte %d, and %d was asked for", ErrUnreachable, r.Offset, request.Offset)
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
	room := bytes.MinRead + max(0, min(s.bytes, limit))
	read := func() ([]byte, error) {
		all := bytes.NewBuffer(make([]byte, 0, room))
		_, err := all.ReadFrom(io.LimitReader(s, limit+1))
		return all.Bytes(), err
	}
	if !s.prompt {
		all := read
		read = func() ([]byte, error) { return await(s.ctx, all, func([]byte) {}) }
	}
	data, err := read()
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: over %d bytes", algorithm.ErrTooLarge, limit)
	}
	return data, nil
}
