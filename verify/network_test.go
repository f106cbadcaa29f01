package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

type answering func(ctx context.Context, r Request) (*Response, error)

func (f answering) Fetch(ctx context.Context, r Request) (*Response, error) { return f(ctx, r) }

// TestDocumentTold: of a document it is told that it is fetched, and that it is there
// only once it is.
func TestDocumentTold(t *testing.T) {
	for text, want := range map[string][]string{
		"text": {"key https://u:xxxxx@example.com/k 0 of -1", "key https://u:xxxxx@example.com/k 4 of 4"},
		"":     {"key https://u:xxxxx@example.com/k 0 of -1"}, // it breaks off
	} {
		var told []string
		n := &network{log: slog.New(slog.DiscardHandler), maxDocument: 10, progress: func(stage, of string, bytes, total int64, _ float64) {
			told = append(told, fmt.Sprintf("%s %s %d of %d", stage, of, bytes, total))
		}}
		n.fetcher = answering(func(context.Context, Request) (*Response, error) {
			if text == "" {
				return &Response{Body: io.NopCloser(iotest.ErrReader(errors.New("boom")))}, nil
			}
			return &Response{Body: io.NopCloser(strings.NewReader(text))}, nil
		})
		data, err := n.document(t.Context(), roleKey, "https://u:p@example.com/k")
		if string(data) != text || (err == nil) != (text != "") || !slices.Equal(told, want) {
			t.Errorf("%q, %v: told %q, want %q", data, err, told, want)
		}
	}
}

// closing says when it is closed.
type closing struct {
	io.Reader
	closed *atomic.Int32
}

func (c closing) Close() error { c.closed.Add(1); return nil }

// TestLateResponses: a fetcher that answers after its context's end has its body
// closed, if it has one, and nobody waits for it; one whose time is over isn't asked.
func TestLateResponses(t *testing.T) {
	var closed, asked atomic.Int32
	for _, late := range []*Response{nil, {}, {Body: closing{strings.NewReader(""), &closed}}} {
		synctest.Test(t, func(t *testing.T) {
			n := &network{log: slog.New(slog.DiscardHandler), fetcher: answering(func(context.Context, Request) (*Response, error) {
				asked.Add(1)
				time.Sleep(time.Minute)
				return late, nil
			})}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			for range 2 { // and the second time when it is over
				if r, err := n.open(ctx, Request{}); r != nil || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v, %v", r, err)
				}
			}
			time.Sleep(time.Hour)
			synctest.Wait()
		})
	}
	if closed.Load() != 1 || asked.Load() != 3 {
		t.Errorf("asked %d times, closed %d", asked.Load(), closed.Load())
	}
}

// TestAwaitLate: what comes too late is handed on only where it is a value.
func TestAwaitLate(t *testing.T) {
	boom := errors.New("boom")
	for name, tt := range map[string]struct {
		err   error
		panic any
		late  int
	}{"value": {nil, nil, 1}, "error": {boom, nil, 0}, "panic": {nil, "p", 0}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			late := 0
			_, err := await(ctx, func() (int, error) {
				time.Sleep(time.Minute)
				if tt.panic != nil {
					panic(tt.panic)
				}
				return 1, tt.err
			}, func(int) { late++ })
			time.Sleep(time.Hour)
			synctest.Wait()
			if !errors.Is(err, context.DeadlineExceeded) || late != tt.late {
				t.Errorf("%s: %v, and %d came late", name, err, late)
			}
		})
	}
}

// TestRestartingEnds: who is cancelled while it waits to begin anew has failed.
func TestRestartingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1)
		defer cancel()
		tries := 0
		err := restarting(ctx, func() error { tries++; return ErrRestart })
		if !errors.Is(err, ErrRestart) || tries > 2 {
			t.Errorf("%d tries, %v", tries, err)
		}
	})
}

// TestFetchReleased: what was begun for an artifact that can't be opened has ended.
func TestFetchReleased(t *testing.T) {
	var of context.Context //nolint:containedctx // is looked at afterwards
	p := planOf(t, leaf(t, "bytes", "a", "A"), &served{})
	v := *p.v
	v.fetcher = answering(func(ctx context.Context, _ Request) (*Response, error) { of = ctx; return nil, ErrMissing })
	p.v, p.artifact.URL = &v, "https://example.com/tool"
	if err := (&Reader{}).fetch(t.Context(), p, nil); !errors.Is(err, ErrMissing) || of.Err() == nil {
		t.Errorf("%v, and the context %v", err, of.Err())
	}
}

// TestDocumentsDontRestartArtifacts: a document begins anew by itself, and the
// artifact not once more for each time.
func TestDocumentsDontRestartArtifacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := planOf(t, leaf(t, "bytes", "a", "A"), &served{})
		v, tries := *p.v, 0
		v.fetcher = answering(func(context.Context, Request) (*Response, error) { tries++; return nil, ErrRestart })
		p.v, p.artifact.URL = &v, "https://example.com/tool"
		if _, err := p.Download(t.Context(), t.TempDir()+"/tool"); !errors.Is(err, ErrRestart) || tries != maxRestarts+1 {
			t.Errorf("%d tries, %v", tries, err)
		}
	})
	for stage, table := range map[string]string{
		stageSignature: "pubkey = 'A'\n",
		stageManifest:  "pubkey = 'A'\nchecksums = 'https://example.com/SHA256SUMS'\n",
		stageKey:       "pubkey = { url = 'https://example.com/k', sha256 = '" + sumOf("A") + "' }\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			p, err := release{key: "none", table: table, fetcher: answering(func(context.Context, Request) (*Response, error) { tries++; return nil, ErrRestart })}.plan(t)
			if err != nil {
				t.Fatal(err)
			}
			var typed *Error
			if _, err = p.Download(t.Context(), t.TempDir()+"/tool"); !errors.Is(err, ErrRestart) || !errors.As(err, &typed) || typed.Stage != stage || tries != maxRestarts+1 {
				t.Errorf("%s: %d tries, %v", stage, tries, err)
			}
		})
	}
}

// TestKeptOnce: a document is kept once, and another one with it.
func TestKeptOnce(t *testing.T) {
	var k keptDocuments
	want := []Document{{Role: "a", URL: "a", SHA256: "a"}, {Role: "b", URL: "a", SHA256: "a"}, {Role: "a", URL: "b", SHA256: "a"}, {Role: "a", URL: "a", SHA256: "b"}}
	for range 2 {
		for _, d := range want {
			k.add(d)
		}
	}
	if len(k.all) != len(want) {
		t.Errorf("%d kept: %v", len(k.all), k.all)
	}
	for i, d := range k.all {
		if d.Role != want[i].Role || d.URL != want[i].URL || d.SHA256 != want[i].SHA256 {
			t.Errorf("%d: %v", i, d)
		}
	}
}
