package download

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// A site breaks each connection of a large file after some bytes.
type site struct {
	*httptest.Server
	data      []byte
	signature []byte
	piece     int // bytes until a connection breaks
	breaks    int // how many of them do

	mu     sync.Mutex
	ranges []string // that were asked for
}

func newSite(t *testing.T, size int) (*site, *metadata.Signing) {
	t.Helper()
	s := &site{data: bytes.Repeat([]byte("0123456789abcdef"), size/16)}
	key := verifytest.NewKey(t, "minisign", "")
	s.signature = key.Sign(s.data, "tool.tgz", cases.Version)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	table, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "pubkey": key.Public(), "signed-name": true, "signed-version": true})
	if err != nil {
		t.Fatal(err)
	}
	return s, table
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, ".sig") {
		_, _ = w.Write(s.signature)
		return
	}
	s.mu.Lock()
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	if len(s.ranges) <= s.breaks {
		w = &breaking{w, s.piece}
	}
	s.mu.Unlock()
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.data))
}

func (s *site) artifact(version string) verify.Artifact {
	return verify.Artifact{URL: s.URL + "/tool.tgz", Variables: map[string]string{"version": version}}
}

// breaking breaks a connection after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) > b.left {
		_, _ = b.ResponseWriter.Write(p[:b.left])
		_ = http.NewResponseController(b.ResponseWriter).Flush()
		panic(http.ErrAbortHandler) // net/http's own way to break a connection
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

func families() []algorithm.Algorithm { return []algorithm.Algorithm{minisign.Algorithm{}} }

// TestBroken: 200 MB over a connection that breaks three times.
func TestBroken(t *testing.T) {
	const size = 200_000_000
	s, table := newSite(t, size)
	s.piece, s.breaks = size/4, 3
	var last verify.Progress
	var stages []string
	v, err := New(families(), s.Client(), func(p verify.Progress) {
		if !slices.Contains(stages, p.Stage) {
			stages = append(stages, p.Stage)
		}
		if p.Stage == "artifact" {
			if p.Bytes < last.Bytes || p.Total != size {
				t.Errorf("%+v after %+v", p, last)
			}
			last = p
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(t.TempDir(), "tool.tgz")
	report, err := To(t.Context(), v, s.artifact(cases.Version), table, dst)
	if err != nil || report.Status != verify.Verified || report.Size != size {
		t.Fatal(report, err)
	}
	cases.Has(t, dst, s.data)
	if want := []string{"", "bytes=50000000-", "bytes=100000000-", "bytes=150000000-"}; !slices.Equal(s.ranges, want) {
		t.Errorf("asked for %q", s.ranges)
	}
	if want := []string{"signature", "artifact", "verdict", "place"}; !slices.Equal(stages, want) || last.Bytes != size {
		t.Errorf("told %q, and last of all %+v", stages, last)
	}
}

// TestAnotherProcess goes on with what the one before it got.
func TestAnotherProcess(t *testing.T) {
	const size = 32 << 20
	s, table := newSite(t, size)
	dst := filepath.Join(t.TempDir(), "tool.tgz")
	ctx, cancel := context.WithCancel(t.Context())
	v, err := New(families(), s.Client(), func(p verify.Progress) {
		if p.Bytes > size/4 {
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	s.piece, s.breaks = size/2, 1
	if _, err := To(ctx, v, s.artifact(cases.Version), table, dst); verify.Reason(err) != "cancelled" {
		t.Fatal(err)
	}
	if _, err := os.Stat(dst); !errors.Is(err, os.ErrNotExist) {
		t.Error("it is there", err)
	}
	s.ranges, s.breaks = nil, 0
	if v, err = New(families(), s.Client(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := To(t.Context(), v, s.artifact(cases.Version), table, dst); err != nil {
		t.Fatal(err)
	}
	cases.Has(t, dst, s.data)
	if len(s.ranges) != 1 || !strings.HasPrefix(s.ranges[0], "bytes=") || s.ranges[0] == "bytes=0-" {
		t.Errorf("asked for %q", s.ranges)
	}
}

// TestBrokenAndBad: a transfer that was gone on with is judged like any other, and
// nothing of it is kept.
func TestBrokenAndBad(t *testing.T) {
	const size = 4 << 20
	for what, tt := range map[string]struct {
		spoil   func(*site)
		version string
		want    string
	}{
		"flipped":  {func(s *site) { s.data[len(s.data)-1] ^= 1 }, cases.Version, "invalid"},
		"replayed": {func(*site) {}, "1.2.0", "version-mismatch"},
		"another's": {func(s *site) {
			s.signature = verifytest.NewKey(t, "minisign", "").Sign(s.data, "tool.tgz", cases.Version)
		}, cases.Version, "wrong-key"},
		"an empty answer": {func(s *site) { s.signature = nil }, cases.Version, "malformed"},
	} {
		t.Run(what, func(t *testing.T) {
			s, table := newSite(t, size)
			s.piece, s.breaks = size/4, 3
			tt.spoil(s)
			dst := filepath.Join(t.TempDir(), "tool.tgz")
			if err := os.WriteFile(dst, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			v, err := New(families(), s.Client(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := To(t.Context(), v, s.artifact(tt.version), table, dst); verify.Reason(err) != tt.want {
				t.Errorf("%v (%s), want %q", err, verify.Reason(err), tt.want)
			}
			cases.Has(t, dst, []byte("old"))
		})
	}
}

// TestFaults are those of every adapter, but for those that the Fetcher tries again.
func TestFaults(t *testing.T) {
	p := cases.Publisher(t)
	p.Set("signed-version", true)
	reasons := cases.Reasons()
	delete(reasons, "cut artifact")
	delete(reasons, "unreachable signature")
	cases.Run(t, p, reasons, func(t *testing.T, dst string) error {
		v, err := New(families(), p.Client(), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = To(t.Context(), v, p.Artifact(cases.Version, cases.Name), p.Table(), dst)
		return err
	})
}
