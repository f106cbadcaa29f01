package verify

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/relseal/relseal/internal/checksums"
)

// sharedSums is a plan of a batch, and the cover of a manifest for it.
func sharedSums(ctx context.Context, t *testing.T) (*shelf, *Plan, cover, *served) {
	t.Helper()
	sums := sumOf(data) + "  tool\n"
	s := &served{files: map[string]string{"sums": sums, "sums.sig": signedBy("A", sums)}}
	p := planOf(t, nil, s)
	shelf := newShelf(ctx)
	p.v.common = shelf
	return shelf, p, detached{leaf(t, "bytes", "sums.sig", "A")}, s
}

const sumsURL = "https://example.com/sums"

// TestSharedManifestCancelled: who has ended already asks for nothing.
func TestSharedManifestCancelled(t *testing.T) {
	shelf, p, c, s := sharedSums(t.Context(), t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, ok, err := shelf.manifest(ctx, p.session(), c, sumsURL)
	shelf.close()
	var typed *Error
	if m != nil || !ok || !errors.Is(err, context.Canceled) || !errors.As(err, &typed) || typed.Stage != stageManifest || len(s.asked) > 0 {
		t.Errorf("%v, %t, %v, asked for %q", m, ok, err, s.asked)
	}
}

// TestSharedManifestEnds: whose batch ends while a manifest waits to be read reads it
// alone.
func TestSharedManifestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		shelf, p, c, _ := sharedSums(ctx, t)
		shelf.indexing <- struct{}{} // another one is being read
		done := make(chan struct{})
		go func() {
			defer close(done)
			m, err := shelf.signed(t.Context(), p.session(), c, sumsURL)
			if err != nil {
				t.Error(err)
				return
			}
			if entries, err := m.find("tool"); err != nil || len(entries) != 1 {
				t.Errorf("%v, %v", entries, err)
			}
		}()
		synctest.Wait()
		cancel()
		<-done
		shelf.close()
	})
}

// TestSharedManifestDocuments: what is shared has all documents by which it was
// verified, also those that the job that asked first had already.
func TestSharedManifestDocuments(t *testing.T) {
	shelf, p, c, s := sharedSums(t.Context(), t)
	p.v.keep = true
	first := p.session()
	for _, name := range []string{"sums", "sums.sig"} {
		if _, err := first.signature(t.Context(), "https://example.com/"+name); err != nil {
			t.Fatal(err)
		}
	}
	for n, session := range []*session{first, p.session()} {
		if _, err := shelf.signed(t.Context(), session, c, sumsURL); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"checksums " + sumsURL, "signature " + sumsURL + ".sig"} {
			if !slices.ContainsFunc(session.kept.all, func(d Document) bool { return d.Role+" "+d.URL == want }) {
				t.Errorf("job %d has no %s", n, want)
			}
		}
	}
	if first.had.url != sumsURL+".sig" || string(first.had.text) != s.files["sums.sig"] {
		t.Errorf("the job's own signature is now that of %s", first.had.url)
	}
}

// TestSharedToTheLetter: documents of a batch are one by their whole URL alone, with
// whatever else than a place it has in it.
func TestSharedToTheLetter(t *testing.T) {
	shelf, p, _, _ := sharedSums(t.Context(), t)
	asked := map[string]int{}
	p.v.fetcher = fetcherOf(func(r Request) string {
		asked[r.URL]++
		return r.Role + " " + r.URL
	})
	urls := []string{
		"https://example.com/a", "https://example.com/A", "https://example.com/a?", "https://example.com/a?t=1",
		"https://u:one@example.com/a", "https://u:two@example.com/a",
	}
	for range 2 {
		for _, url := range urls {
			if text, err := shelf.document(t.Context(), &p.v.network, roleKey, url); err != nil || string(text) != roleKey+" "+url {
				t.Errorf("%s: %q, %v", url, text, err)
			}
		}
	}
	for _, url := range urls {
		if asked[url] != 1 {
			t.Errorf("%s was asked for %d times", url, asked[url])
		}
	}
}

// fetcherOf brings what a function says.
type fetcherOf func(Request) string

func (f fetcherOf) Fetch(_ context.Context, r Request) (*Response, error) {
	return &Response{Body: io.NopCloser(strings.NewReader(f(r))), Size: -1}, nil
}

// TestSharedManifestSize: text, index, evidence and documents all count.
func TestSharedManifestSize(t *testing.T) {
	shelf, p, c, s := sharedSums(t.Context(), t)
	if _, err := shelf.signed(t.Context(), p.session(), c, sumsURL); err != nil {
		t.Fatal(err)
	}
	for name, it := range shelf.items {
		m, ok := it.value.(*signedManifest)
		if !ok {
			continue
		}
		text := s.files["sums"]
		index := checksums.NewIndex([]byte(text), "sums").Cost()
		if want := 4*int64(len(text)) + index + m.cost() + entrySize + int64(len(name)); it.size != want || index <= 0 || m.cost() <= 0 {
			t.Errorf("%d bytes, want %d with an index of %d and evidence of %d", it.size, want, index, m.cost())
		}
		if !strings.HasPrefix(name, "manifest ") {
			t.Errorf("named %q", name)
		}
		return
	}
	t.Error("no manifest is kept")
}

// TestResultOf: a job has a report or an error, and never both or neither.
func TestResultOf(t *testing.T) {
	report, boom := &Report{}, errors.New("boom")
	for what, tt := range map[string]struct {
		o        outcome[*Report]
		itself   bool // the error is the job's
		reported bool
	}{
		"a report":              {outcome[*Report]{value: report}, false, true},
		"an error":              {outcome[*Report]{err: boom}, true, false},
		"both":                  {outcome[*Report]{value: report, err: boom}, true, false},
		"neither":               {outcome[*Report]{}, false, false},
		"a panic":               {outcome[*Report]{value: report, panicked: "boom"}, false, false},
		"a panic, and an error": {outcome[*Report]{err: boom, panicked: "boom"}, false, false},
		"its goroutine's end":   {outcome[*Report]{err: errGone}, false, false},
	} {
		got := resultOf(Job{}, tt.o)
		if (got.Report == report) != tt.reported || (got.Err == nil) != tt.reported || (got.Err == boom) != tt.itself {
			t.Errorf("%s: %+v", what, got)
		}
		if !tt.reported && !tt.itself && !errors.Is(got.Err, ErrUnverified) {
			t.Errorf("%s: %v", what, got.Err)
		}
	}
}
