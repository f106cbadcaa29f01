package https_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/verify"
)

// TestStatus: what a server answers instead of the document is told, with what
// it means.
func TestStatus(t *testing.T) {
	for code, want := range map[int]struct {
		sentinel error
		reason   string
		says     string
	}{
		http.StatusUnauthorized:        {verify.ErrUnreachable, "unauthorized", "401 (not authorized"},
		http.StatusForbidden:           {verify.ErrUnreachable, "unauthorized", "403 (not authorized"},
		http.StatusNotFound:            {verify.ErrMissing, "missing", "404 (not found"},
		http.StatusGone:                {verify.ErrMissing, "missing", "410"},
		http.StatusTooManyRequests:     {verify.ErrUnreachable, "rate-limited", "429"},
		http.StatusInternalServerError: {verify.ErrUnreachable, "unreachable", "500"},
		http.StatusServiceUnavailable:  {verify.ErrUnreachable, "unreachable", "503"},
		http.StatusNoContent:           {verify.ErrUnreachable, "unreachable", "204"},
		http.StatusPartialContent:      {verify.ErrUnreachable, "unreachable", "206"},
		http.StatusNotModified:         {verify.ErrUnreachable, "unreachable", "304"},
		599:                            {verify.ErrUnreachable, "unreachable", "599"},
	} {
		s := newSite(t)
		s.files["/file"] = status(code)
		_, err := fetch(t.Context(), s.fetcher(), s.URL+"/file")
		var typed *verify.StatusError
		if !errors.As(err, &typed) || typed.Code != code || typed.RetryAfter != 0 {
			t.Errorf("%d: %#v: %v", code, typed, err)
			continue
		}
		other := verify.ErrMissing
		if want.sentinel == other {
			other = verify.ErrUnreachable
		}
		if !errors.Is(err, want.sentinel) || errors.Is(err, other) || verify.Reason(err) != want.reason || !strings.Contains(err.Error(), want.says) || strings.Contains(err.Error(), "try again") {
			t.Errorf("%d: %s: %v", code, verify.Reason(err), err)
		}
	}
}

// TestRetryAfter: both forms are read, and none makes a program wait for ever.
func TestRetryAfter(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	const day = 24 * time.Hour
	for _, tt := range []struct {
		header   string
		min, max time.Duration
	}{
		{"", 0, 0},
		{"0", 0, 0},
		{"120", 2 * time.Minute, 2 * time.Minute},
		{"86400", day, day},
		{"86401", day, day},
		{"2147483647", day, day},
		{"2147483648", 0, 0},
		{"99999999999999999999", 0, 0},
		{"9223372036854775807", 0, 0},
		{"-1", 0, 0},
		{"+5", 0, 0},
		{"1.5", 0, 0},
		{"1e9", 0, 0},
		{"0x10", 0, 0},
		{" 5 ", 5 * time.Second, 5 * time.Second}, // what surrounds a header's value isn't part of it
		{"soon", 0, 0},
		{at(time.Hour), 50 * time.Minute, time.Hour},
		{at(100 * day), day, day},
		{at(-time.Hour), 0, 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", day, day},
		{"Mon, 01 Jan 0001 00:00:00 GMT", 0, 0},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 0, 0},
	} {
		for _, code := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			s := newSite(t)
			s.files["/file"] = func(w http.ResponseWriter, _ *http.Request) {
				if tt.header != "" {
					w.Header().Set("Retry-After", tt.header)
				}
				w.WriteHeader(code)
			}
			_, err := fetch(t.Context(), s.fetcher(), s.URL+"/file")
			var typed *verify.StatusError
			if !errors.As(err, &typed) || typed.RetryAfter < tt.min || typed.RetryAfter > tt.max {
				t.Errorf("%q: %#v, %v", tt.header, typed, err)
				continue
			}
			if told := strings.Contains(err.Error(), "try again in "); told != (typed.RetryAfter > 0) {
				t.Errorf("%q: %v", tt.header, err)
			}
		}
	}
}

// TestResponse: size and validator are what the server says, and a weak or
// broken validator is none.
func TestResponse(t *testing.T) {
	s := newSite(t)
	s.files["/chunked"] = func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		_, _ = w.Write([]byte("content"))
	}
	for tag, want := range map[string]string{"": "", `"v1"`: `"v1"`, `W/"v1"`: "", "v1": "", `""`: ""} {
		s.files["/file"] = func(w http.ResponseWriter, _ *http.Request) {
			if tag != "" {
				w.Header().Set("ETag", tag)
			}
			_, _ = w.Write([]byte("content"))
		}
		for path, size := range map[string]int64{"/file": 7, "/chunked": -1} {
			r, err := s.fetcher().Fetch(t.Context(), verify.Request{URL: s.URL + path, Offset: 3, Validator: `"v1"`})
			if err != nil {
				t.Fatal(err)
			}
			if r.Size != size || r.Offset != 0 || path == "/file" && r.Validator != want {
				t.Errorf("%s, ETag %s: %+v", path, tag, r)
			}
			if err := r.Body.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
