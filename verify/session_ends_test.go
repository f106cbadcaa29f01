package verify

import (
	"context"
	"errors"
	"io/fs"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
)

// TestDocumentURLs: what a family wants beside a signature comes from the URLs that
// are allowed, like everything else, and from no other.
func TestDocumentURLs(t *testing.T) {
	for _, optional := range []bool{false, true} {
		for _, url := range []string{"http://example.com/d%d", "d%d", "https://user:secret@example.com/d%d"} {
			g := greedy{fake: fake{"greedy"}, before: 1, url: url, role: "paper", optional: optional}
			s := &served{files: map[string]string{"d0": "document 0"}}
			_, err := judged(t, &signatureCheck{family: g, given: []byte("x"), trust: &trust{parsed: greedyKey{g}}}, s)
			if !errors.Is(err, ErrURL) || len(s.asked) > 0 {
				t.Errorf("%s: %v, asked for %q", url, err, s.asked)
			}
		}
	}
	g := greedy{fake: fake{"greedy"}, before: 1, url: "https://example.com/d%d", role: "paper"}
	s := &served{files: map[string]string{"d0": "document 0"}}
	if _, err := judged(t, &signatureCheck{family: g, given: []byte("x"), trust: &trust{parsed: greedyKey{g}}}, s); err != nil {
		t.Error(err)
	}
}

// opening counts how often a file is asked for.
type opening struct {
	fs.FS
	n *atomic.Int64
}

func (f opening) Open(name string) (fs.File, error) {
	f.n.Add(1)
	return f.FS.Open(name)
}

// TestFileAfterTheEnd: when the context is done no file is opened any more.
func TestFileAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		p := planOf(t, nil, &served{})
		p.artifact.ManifestFS = opening{fstest.MapFS{"k": {Data: []byte("A")}}, &n}
		ctx, cancel := context.WithCancel(t.Context())
		if text, err := p.session().file(ctx, "k"); err != nil || string(text) != "A" || n.Load() == 0 {
			t.Errorf("%q, %v, opened %d times", text, err, n.Load())
		}
		cancel()
		n.Store(0)
		_, err := p.session().file(ctx, "k")
		synctest.Wait() // for what may be on its way
		var typed *Error
		if !errors.Is(err, context.Canceled) || !errors.As(err, &typed) || typed.Stage != stageKey || n.Load() > 0 {
			t.Errorf("%v, opened %d times", err, n.Load())
		}
	})
}
