package https

import (
	"net/http"
	"strconv"
	"time"

	"github.com/relseal/relseal/verify"
)

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
	at, _ := http.ParseTime(header) // what is no date is a long time ago
	return max(0, min(time.Until(at).Round(time.Second), maxRetryAfter))
}
