package https

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/verify"
)

// transport answers without a network.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// silent is a body that hands out a byte every interval, and falls silent
// after some of them until its request ends.
type silent struct {
	ctx      context.Context //nolint:containedctx // stands for a connection
	bytes    int
	interval time.Duration
}

func (s *silent) Read(p []byte) (int, error) {
	if s.bytes == 0 {
		<-s.ctx.Done()
		return 0, s.ctx.Err()
	}
	s.bytes--
	select {
	case <-time.After(s.interval):
		return copy(p, "x"), nil
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

func (s *silent) Close() error { return nil }

// TestStall: a transfer that stands still is given up, one that is merely slow
// is not, nor one whose reader takes its time.
func TestStall(t *testing.T) {
	fetch := func(t *testing.T, bytes int, interval, pause time.Duration) (int, error) {
		f := Fetcher{Retries: -1, Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Body: &silent{r.Context(), bytes, interval}, Request: r}, nil
		})}}
		r, err := f.Fetch(t.Context(), verify.Request{URL: "https://example.com/tool.tgz"})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		n := 0
		time.Sleep(pause) // also before the first byte
		for {
			m, err := r.Body.Read(make([]byte, 10))
			n += m
			if err != nil {
				return n, err
			}
			time.Sleep(pause)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		n, err := fetch(t, 5, 0, 0)
		if n != 5 || !errors.Is(err, verify.ErrUnreachable) || !errors.Is(err, errStalled) {
			t.Errorf("%d bytes, %v", n, err)
		}
		if waited := time.Since(start); waited != stallTimeout {
			t.Errorf("gave up after %v", waited)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		if n, err := fetch(t, 100, stallTimeout-time.Second, 2*stallTimeout); n != 100 {
			t.Errorf("a slow transfer ended after %d bytes: %v", n, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		f := Fetcher{Retries: -1, Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}}
		start := time.Now()
		_, err := f.Fetch(t.Context(), verify.Request{URL: "https://example.com/tool.tgz"})
		if !errors.Is(err, verify.ErrUnreachable) || time.Since(start) != headerTimeout {
			t.Errorf("no answer: %v after %v", err, time.Since(start))
		}
	})
}
