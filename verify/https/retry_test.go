package https

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/verify"
)

// TestRetries: what may pass is tried again, so many times, and nothing else is.
func TestRetries(t *testing.T) {
	for code, again := range map[int]bool{
		200: false, 204: false, 301: false, 304: false, 400: false, 401: false, 403: false, 404: false, 410: false, 418: false,
		408: true, 425: true, 429: true, 500: true, 502: true, 503: true, 504: true, 520: true, 599: true,
		501: false, 505: false,
	} {
		for retries, want := range map[int]int{0: 4, 1: 2, -1: 1} {
			hits := 0
			_, took, err := get(t, Fetcher{Retries: retries}, func(w http.ResponseWriter, _ *http.Request) {
				hits++
				w.WriteHeader(code)
			})
			if !again {
				want = 1
			}
			var status *verify.StatusError
			if hits != want || (err == nil) != (code == 200) || err != nil && (!errors.As(err, &status) || status.Code != code) {
				t.Errorf("%d, %d retries: %d requests, %v", code, retries, hits, err)
			}
			longest := firstWait << (want - 1) // the sum of all
			if took > longest || (want > 1) != (took > 0) {
				t.Errorf("%d: %d requests took %v", code, want, took)
			}
		}
	}
}

// TestRetryAfterOfMirrors: the longest that one of them asks for is waited.
func TestRetryAfterOfMirrors(t *testing.T) {
	f := Fetcher{Retries: 1, Mirrors: []Mirror{{From: "https://example.com/", To: []string{"https://a.test/", "https://b.test/"}}}}
	_, took, err := get(t, f, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "a.test" {
			w.Header().Set("Retry-After", "30")
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if !errors.Is(err, verify.ErrUnreachable) || took < 30*time.Second || took > 30*time.Second+firstWait {
		t.Errorf("%v after %v", err, took)
	}
}

// TestRetriesUntilAByte: an answer without a byte is no success.
func TestRetriesUntilAByte(t *testing.T) {
	for cut, want := range map[string]int{"0": 4, "1": 7} {
		hits := 0
		_, _, err := get(t, Fetcher{}, func(w http.ResponseWriter, r *http.Request) {
			if hits++; hits != 4 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.Header().Set("X-Cut", cut)
			file(w, r, `"v1"`, []byte("content"))
		})
		if !errors.Is(err, verify.ErrUnreachable) || hits != want {
			t.Errorf("cut at %s: %d requests, %v", cut, hits, err)
		}
	}
}

// TestRetryPasses: what has passed has left nothing behind.
func TestRetryPasses(t *testing.T) {
	hits := 0
	data, _, err := get(t, Fetcher{}, func(w http.ResponseWriter, r *http.Request) {
		if hits++; hits < 4 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "out of order")
			return
		}
		file(w, r, "", []byte("content"))
	})
	if err != nil || string(data) != "content" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestRetryAfterIsWaited: as long as the server asks for, up to a minute.
func TestRetryAfterIsWaited(t *testing.T) {
	for name, tt := range map[string]struct {
		code      int
		header    func() (string, string)
		hits      int
		atLeast   time.Duration
		carriesOn time.Duration // that the error tells
	}{
		"seconds":    {429, func() (string, string) { return "Retry-After", "7" }, 4, 21 * time.Second, 7 * time.Second},
		"a minute":   {503, func() (string, string) { return "Retry-After", "60" }, 4, 180 * time.Second, time.Minute},
		"longer":     {503, func() (string, string) { return "Retry-After", "61" }, 1, 0, 61 * time.Second},
		"far longer": {429, func() (string, string) { return "Retry-After", "2147483647" }, 1, 0, 24 * time.Hour},
		"a date": {503, func() (string, string) {
			return "Retry-After", time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat)
		}, 4, 24 * time.Second, 9 * time.Second},
		"a far date":       {503, func() (string, string) { return "Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat) }, 1, 0, time.Hour},
		"403, rate limit":  {403, func() (string, string) { return "Retry-After", "5" }, 4, 15 * time.Second, 5 * time.Second},
		"401":              {401, func() (string, string) { return "Retry-After", "5" }, 1, 0, 5 * time.Second},
		"nonsense":         {503, func() (string, string) { return "Retry-After", "soon" }, 4, 0, 0},
		"404, retry-after": {404, func() (string, string) { return "Retry-After", "5" }, 1, 0, 5 * time.Second},
	} {
		hits := 0
		_, took, err := get(t, Fetcher{}, func(w http.ResponseWriter, _ *http.Request) {
			hits++
			w.Header().Set(tt.header())
			w.WriteHeader(tt.code)
		})
		var status *verify.StatusError
		if !errors.As(err, &status) || status.RetryAfter > tt.carriesOn || status.RetryAfter < tt.carriesOn-time.Second || hits != tt.hits {
			t.Errorf("%s: %d requests, %v", name, hits, err)
		}
		if took < tt.atLeast || took > tt.atLeast+3*time.Second+7*firstWait { // a date has whole seconds
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// TestRetriesOfConnections: of the failures before an answer too, some may pass.
func TestRetriesOfConnections(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want error
		hits int
	}{
		"reset":         {errReset, verify.ErrUnreachable, 4},
		"early end":     {io.EOF, verify.ErrUnreachable, 4},
		"timeout":       {&net.OpError{Op: "dial", Err: context.DeadlineExceeded}, verify.ErrUnreachable, 4},
		"DNS, later":    {&net.DNSError{Err: "server misbehaving", IsTemporary: true}, verify.ErrUnreachable, 4},
		"DNS, no host":  {&net.DNSError{Err: "no such host", IsNotFound: true}, verify.ErrUnreachable, 1},
		"TLS":           {http.ErrSchemeMismatch, verify.ErrTLS, 1},
		"TLS, an alert": {&net.OpError{Op: "remote error", Err: errors.New("handshake failure")}, verify.ErrUnreachable, 1},
		"a URL":         {verify.ErrURL, verify.ErrURL, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			hits := 0
			f := Fetcher{Client: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
				hits++
				return nil, tt.err
			})}}
			_, err := f.Fetch(t.Context(), verify.Request{URL: toolURL})
			if !errors.Is(err, tt.want) || hits != tt.hits {
				t.Errorf("%s: %d requests, %v", name, hits, err)
			}
		})
	}
}

// TestWaitsEnd with the context, and with the client's time.
func TestWaitsEnd(t *testing.T) {
	hits := 0
	busy := served(func(w http.ResponseWriter, _ *http.Request) {
		hits++
		w.Header().Set("Retry-After", "50")
		w.WriteHeader(503)
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := Fetcher{Client: &http.Client{Transport: busy}}.Fetch(ctx, verify.Request{URL: toolURL})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, verify.ErrUnreachable) || time.Since(start) != 10*time.Second || hits != 1 {
			t.Errorf("%d requests, %v after %v", hits, err, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := Fetcher{Client: &http.Client{Transport: busy, Timeout: 20 * time.Second}}.Fetch(t.Context(), verify.Request{URL: toolURL})
		if !errors.Is(err, verify.ErrUnreachable) || !errors.Is(err, errTimeout) || time.Since(start) != 20*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) { // the body's too, over all its connections
		start := time.Now()
		f := Fetcher{Client: &http.Client{Timeout: 200 * time.Second, Transport: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Body: &silent{r.Context(), 1 << 30, time.Second}, Request: r}, nil
		})}}
		data, err := read(t.Context(), f, verify.Request{URL: toolURL})
		if !errors.Is(err, verify.ErrUnreachable) || !errors.Is(err, errTimeout) || time.Since(start) != 200*time.Second || len(data) < 199 {
			t.Errorf("%d bytes, %v after %v", len(data), err, time.Since(start))
		}
	})
}

// TestBackoff: never longer than the doubled time, and not always the same.
func TestBackoff(t *testing.T) {
	for failures, longest := range map[int]time.Duration{0: firstWait, 1: 2 * firstWait, 5: 32 * firstWait, 6: maxWait, 1000: maxWait} {
		seen := map[time.Duration]bool{}
		for range 100 {
			d := backoff(failures)
			if d < 0 || d >= longest {
				t.Errorf("after %d failures: %v", failures, d)
			}
			seen[d] = true
		}
		if len(seen) < 50 {
			t.Errorf("after %d failures: %d different waits of 100", failures, len(seen))
		}
	}
}
