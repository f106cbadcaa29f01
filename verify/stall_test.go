package verify

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// silent is a body that hands out a byte every interval, and falls silent
// after some of them until its request ends.
type silent struct {
	ctx      context.Context //nolint:containedctx // stands for a connection
	bytes    int
	interval time.Duration
	given    atomic.Int64 // a Read that was given up may still be counting
}

func (s *silent) Read(p []byte) (int, error) {
	if s.bytes == 0 {
		<-s.ctx.Done()
		return 0, s.ctx.Err()
	}
	s.bytes--
	s.given.Add(1)
	select {
	case <-time.After(s.interval):
		return copy(p, "x"), nil
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

func (s *silent) Close() error { return nil }

// artifactFrom opens an artifact of ever more bytes, one each interval, and reads
// it. It returns how many came.
func artifactFrom(t *testing.T, c Config, interval, pause time.Duration, bytes int) (int, error) {
	t.Helper()
	c.Policy = InsecureSkip
	var source *silent
	c.Fetcher = fetchFunc(func(ctx context.Context, _ string) (io.ReadCloser, error) {
		source = &silent{ctx: ctx, bytes: bytes, interval: interval}
		return source, nil
	})
	v, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Plan(Artifact{URL: "https://example.com/tool.tgz"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		if _, err := r.Read(make([]byte, 10)); err != nil {
			return int(source.given.Load()), err
		}
		time.Sleep(pause)
	}
}

type fetchFunc func(context.Context, string) (io.ReadCloser, error)

func (f fetchFunc) Fetch(ctx context.Context, r Request) (*Response, error) {
	body, err := f(ctx, r.URL)
	if err != nil {
		return nil, err
	}
	return &Response{Body: body, Size: -1}, nil
}

// TestTransferLimits: the time and the speed of an artifact are bounded by
// whatever fetcher, and only where the program says so.
func TestTransferLimits(t *testing.T) {
	const second = time.Second
	for _, tt := range []struct {
		name            string
		config          Config
		interval, pause time.Duration
		bytes           int // then the server is silent
		want            int
		after           time.Duration
	}{
		{"in time until it is over", Config{MaxTransfer: 100 * second}, second, 0, 1000, 100, 100 * second},
		{"silent", Config{MaxTransfer: 100 * second}, second, 0, 5, 5, 100 * second},
		{"slow reader counts", Config{MaxTransfer: 100 * second}, 0, 9 * second, 10_000, 2 * minBlock, 108 * second},
		{"fast enough, then silent", Config{MinBytesPerSecond: 2}, 400 * time.Millisecond, 0, 600, 600, 270 * second},
		{"slow", Config{MinBytesPerSecond: 2}, second, 0, 1000, 30, 30 * second},
		{"slow reader does not count", Config{MinBytesPerSecond: 2}, 400 * time.Millisecond, 100 * second, 10_000, 10_000, 45_014 * second},
		{"fast for a while", Config{MinBytesPerSecond: 1}, 900 * time.Millisecond, 0, 100, 100, 111 * second},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			n, err := artifactFrom(t, tt.config, tt.interval, tt.pause, tt.bytes)
			if !errors.Is(err, ErrUnreachable) || !errors.Is(err, errSlow) || n < tt.want-1 || n > tt.want+1 {
				t.Errorf("%s: %d bytes, %v; want %d", tt.name, n, err, tt.want)
			}
			if took := time.Since(start); took < tt.after-second || took > tt.after+second {
				t.Errorf("%s: ended after %v, not %v", tt.name, took, tt.after)
			}
		})
	}
}

// TestNoTransferLimits: without limits, a byte every 59 seconds is fine.
func TestNoTransferLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		time.AfterFunc(59*1000*time.Second+time.Second, cancel)
		var source *silent
		v, err := New(Config{Policy: InsecureSkip, Fetcher: fetchFunc(func(ctx context.Context, _ string) (io.ReadCloser, error) {
			source = &silent{ctx: ctx, bytes: 1 << 30, interval: 59 * time.Second}
			return source, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Plan(Artifact{URL: "https://example.com/tool.tgz"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Open(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := io.Copy(io.Discard, struct{ io.Reader }{r}); source.given.Load() != 1001 || !errors.Is(err, context.Canceled) {
			t.Errorf("%d bytes, %v", source.given.Load(), err)
		}
	})
}

// TestDocumentTime: a signature gets five minutes, however it comes.
func TestDocumentTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, err := New(Config{Policy: InsecureSkip, Fetcher: fetchFunc(func(ctx context.Context, _ string) (io.ReadCloser, error) {
			return &silent{ctx: ctx, bytes: 1 << 30, interval: time.Minute - time.Second}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = v.document(t.Context(), roleSignature, "https://example.com/tool.tgz.sig")
		if !errors.Is(err, ErrUnreachable) || !errors.Is(err, errSlow) || time.Since(start) != documentTimeout {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) { // nor does one that ignores its context hold anybody up
		v, err := New(Config{Policy: InsecureSkip, Fetcher: fetchFunc(func(context.Context, string) (io.ReadCloser, error) {
			time.Sleep(time.Hour)
			return io.NopCloser(neverending{}), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = v.document(t.Context(), roleSignature, "https://example.com/tool.tgz.sig")
		if !errors.Is(err, errSlow) || time.Since(start) != documentTimeout {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(time.Hour) // until the fetcher has ended
	})
}

// TestSteadyLooksAtContext: a source that never blocks and never ends is not
// read again once the context is done.
func TestSteadyLooksAtContext(t *testing.T) {
	for _, prompt := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		reads := 0
		s := steady{ctx: ctx, prompt: prompt, src: readFunc(func(p []byte) (int, error) {
			if reads++; reads == 10 {
				cancel()
			}
			return len(p), nil
		})}
		_, err := readLimited(s, 1<<26)
		if !errors.Is(err, context.Canceled) || reads != 10 {
			t.Errorf("prompt %t: %d reads, %v", prompt, reads, err)
		}
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// TestReadLimited checks both sides of the limit.
func TestReadLimited(t *testing.T) {
	for n := range 4 {
		data, err := readLimited(steady{src: io.LimitReader(neverending{}, int64(n)), ctx: context.Background()}, 2)
		if (err == nil) != (n <= 2) || (err == nil && len(data) != n) {
			t.Errorf("%d bytes: %d, %v", n, len(data), err)
		}
	}
}

type neverending struct{}

func (neverending) Read(p []byte) (int, error) { return len(p), nil }
