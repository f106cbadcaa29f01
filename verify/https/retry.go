package https

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/relseal/relseal/verify"
)

const (
	firstWait = 500 * time.Millisecond
	maxWait   = 30 * time.Second

	// longestAsked is the Retry-After that is waited for.
	longestAsked = time.Minute
)

// backoff returns how long to wait after that many failures in a row: a random
// part of a time that doubles, so that those who were cut off together don't
// come back together.
func backoff(failures int) time.Duration {
	longest := maxWait
	if failures < 6 { // the next is over maxWait
		longest = firstWait << failures
	}
	return rand.N(longest) //nolint:gosec // no secret
}

// wait returns early, with its cause, when ctx is done.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// mayPass says whether an error of [document.connect] may be another outcome
// the next time, and how long the server asks to wait.
func mayPass(err error) (asked time.Duration, passes bool) {
	var status *verify.StatusError
	if errors.As(err, &status) {
		return status.RetryAfter, status.RetryAfter <= longestAsked && statusPasses(status)
	}
	for _, final := range []error{
		verify.ErrTLS, verify.ErrURL, verify.ErrMissing, verify.ErrNotModified,
		errHops, errEndless, errTimeout, errOther,
	} {
		if errors.Is(err, final) {
			return 0, false
		}
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound || isAlert(err) {
		return 0, false
	}
	return 0, errors.Is(err, verify.ErrUnreachable) // and not the caller's context
}

func statusPasses(e *verify.StatusError) bool {
	switch e.Code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return e.RateLimited
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return e.Code >= 500
}
