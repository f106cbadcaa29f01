package verify

import (
	"context"
	"errors"
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
