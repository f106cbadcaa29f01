package verify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// gate is what hangs until it is opened, and tells when somebody waits.
type gate struct{ waiting, open chan struct{} }

// gated runs a test in a bubble, with a gate of it: there it is told for certain
// when nobody is at work any more, and a goroutine that is left fails it.
func gated(t *testing.T, test func(t *testing.T, g *gate)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, &gate{make(chan struct{}, 100), make(chan struct{})}) })
}

func (g *gate) wait() {
	g.waiting <- struct{}{}
	<-g.open
}

// hang runs f, cancels its context once g is waited at, and checks that f ends
// at once with the cause. What was late is done when it returns.
func hang(t *testing.T, name string, g *gate, stage string, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	go func() {
		<-g.waiting
		cancel(why)
	}()
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	select {
	case err := <-done:
		if !errors.Is(err, why) {
			t.Errorf("%s: %v", name, err)
		} else {
			wantError(t, err, stage, why)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: hangs", name)
	}
	close(g.open)
	synctest.Wait()
}

// TestHangingSource: a source that doesn't return ends with the context.
func TestHangingSource(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, size := range []int{0, 1000, 1 << 20} {
		data := noise(size)
		plan := given(t, verify.Config{}, key, key.SignBytes(data, comment))
		for name, use := range map[string]func(*verify.Reader) error{
			"read":    func(r *verify.Reader) error { _, err := io.ReadAll(struct{ io.Reader }{r}); return err },
			"writeto": func(r *verify.Reader) error { _, err := r.WriteTo(io.Discard); return err },
			"finish":  func(r *verify.Reader) error { _, err := r.Finish(); return err },
		} {
			gated(t, func(t *testing.T, g *gate) {
				src := io.MultiReader(bytes.NewReader(data), readerFunc(func(p []byte) (int, error) {
					g.wait()
					clear(p) // late, and nobody's any more
					return len(p), nil
				}))
				hang(t, name, g, "artifact", func(ctx context.Context) error {
					r, err := plan.Open(ctx, src)
					if err != nil {
						return err
					}
					err = use(r)
					if closeErr := r.Close(); closeErr == nil {
						t.Errorf("%s: Close says yes", name)
					}
					return err
				})
			})
		}
		gated(t, func(t *testing.T, g *gate) {
			dst := newDestination(t)
			hang(t, "save", g, "artifact", func(ctx context.Context) error {
				_, err := plan.Save(ctx, io.MultiReader(bytes.NewReader(data), readerFunc(func([]byte) (int, error) {
					g.wait()
					return 0, io.EOF
				})), dst.name)
				return err
			})
			dst.untouched(t)
		})
	}
}

// TestLateReadWritesNowhere: the caller's buffer is the caller's again once Read
// has returned, whatever a Read of the source that was given up does then.
func TestLateReadWritesNowhere(t *testing.T) {
	key := testkeys.NewMinisign(t)
	plan := given(t, verify.Config{}, key, key.SignBytes(nil, comment))
	gated(t, func(t *testing.T, g *gate) {
		buf := make([]byte, 1000)
		hang(t, "read", g, "artifact", func(ctx context.Context) error {
			r, err := plan.Open(ctx, readerFunc(func(p []byte) (int, error) {
				g.wait()
				for i := range p {
					p[i] = 0xff
				}
				return len(p), nil
			}))
			if err != nil {
				return err
			}
			_, err = r.Read(buf)
			return err
		})
		if !bytes.Equal(buf, make([]byte, 1000)) {
			t.Error("the caller's buffer was written to")
		}
	})
}

// hangingBody hangs at the end of its bytes, or when it is closed.
type hangingBody struct {
	io.Reader
	read, close *gate
	closed      *atomic.Int32
}

func (b hangingBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF && b.read != nil {
		b.read.wait()
	}
	return n, err
}

func (b hangingBody) Close() error {
	if b.close != nil {
		b.close.wait()
	}
	b.closed.Add(1)
	return nil
}

// TestHangingFetcher: nor does one that ignores its context hold anybody up,
// and what it brings late is closed.
func TestHangingFetcher(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(1000)
	signature := key.SignBytes(data, comment)
	for _, where := range []string{"tool.tgz.sig", "tool.tgz"} {
		for _, what := range []string{"fetch", "read", "close"} {
			stage := "signature"
			switch {
			case where == "tool.tgz" && what == "close":
				stage = "place" // everything else is done by then
			case where == "tool.tgz" || what == "close":
				stage = "artifact"
			}
			gated(t, func(t *testing.T, g *gate) {
				var opened, closed atomic.Int32
				f := fetchFunc(func(_ context.Context, url string) (io.ReadCloser, error) {
					opened.Add(1)
					body := hangingBody{Reader: bytes.NewReader(data), closed: &closed}
					if strings.HasSuffix(url, ".sig") {
						body.Reader = bytes.NewReader(signature)
					}
					if strings.HasSuffix(url, "/"+where) {
						switch what {
						case "fetch":
							g.wait()
						case "read":
							body.read = g
						case "close":
							body.close = g
						}
					}
					return body, nil
				})
				plan := planWith(t, verify.Config{Fetcher: f}, key)
				dst := newDestination(t)
				hang(t, where+" "+what, g, stage, func(ctx context.Context) error {
					_, err := plan.Download(ctx, dst.name)
					return err
				})
				dst.untouched(t)
				if opened.Load() != closed.Load() {
					t.Errorf("%s %s: %d bodies opened, %d closed", where, what, opened.Load(), closed.Load())
				}
			})
		}
	}
}

// hangingFS hangs in one of its calls.
type hangingFS struct {
	fs.FS
	at     string
	gate   *gate
	closed *atomic.Int32
}

func (h hangingFS) Stat(name string) (fs.FileInfo, error) {
	if h.at == "stat" {
		h.gate.wait()
	}
	return fs.Stat(h.FS, name)
}

func (h hangingFS) Open(name string) (fs.File, error) {
	if h.at == "open" {
		h.gate.wait()
	}
	f, err := h.FS.Open(name)
	return hangingFile{f, h}, err
}

type hangingFile struct {
	fs.File
	fs hangingFS
}

func (h hangingFile) Read(p []byte) (int, error) {
	if h.fs.at == "read" {
		h.fs.gate.wait()
	}
	return h.File.Read(p)
}

func (h hangingFile) Close() error {
	h.fs.closed.Add(1)
	return h.File.Close()
}

// TestHangingFS: a folder that doesn't return ends with the context, and a file
// that it opens late is closed.
func TestHangingFS(t *testing.T) {
	key := testkeys.NewMinisign(t)
	signature := key.SignBytes(nil, comment)
	for _, at := range []string{"stat", "open", "read"} {
		gated(t, func(t *testing.T, g *gate) {
			var closed atomic.Int32
			files := hangingFS{fstest.MapFS{"k.pub": {Data: []byte(key.PublicKey())}}, at, g, &closed}
			plan, err := newVerifier(t, verify.Config{Fetcher: noFetch{t}}).Plan(verify.Artifact{Signature: signature, ManifestFS: files},
				&metadata.Signing{Algorithm: "minisign", Keys: []metadata.Source{{File: "k.pub"}}})
			if err != nil {
				t.Fatal(err)
			}
			hang(t, at, g, "key", func(ctx context.Context) error {
				_, err := plan.Open(ctx, strings.NewReader(""))
				return err
			})
			if closed.Load() != 1 {
				t.Errorf("%s: the file was closed %d times", at, closed.Load())
			}
		})
	}
}

// TestPanickingSource: a source's panic is the caller's, whatever goroutine it
// is read in, and one that ends its goroutine is an error.
func TestPanickingSource(t *testing.T) {
	key := testkeys.NewMinisign(t)
	plan := given(t, verify.Config{}, key, key.SignBytes(nil, comment))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	func() {
		defer func() {
			if v := recover(); v != "boom" {
				t.Errorf("recovered %v", v)
			}
		}()
		dst := newDestination(t)
		defer dst.untouched(t)
		_, err := plan.Save(ctx, readerFunc(func([]byte) (int, error) { panic("boom") }), dst.name)
		t.Errorf("no panic, but %v", err)
	}()
	_, err := plan.Save(ctx, readerFunc(func([]byte) (int, error) { runtime.Goexit(); return 0, nil }), newDestination(t).name)
	var typed *verify.Error
	if !errors.As(err, &typed) || typed.Stage != "artifact" {
		t.Errorf("%v", err)
	}
}

// counting counts the bytes that were read of something without an end.
type counting struct{ n *int64 }

func (c counting) Read(p []byte) (int, error) {
	*c.n += int64(len(p))
	return len(p), nil
}
func (counting) Close() error                 { return nil }
func (c counting) Stat() (fs.FileInfo, error) { return regularInfo{}, nil }

type regularInfo struct{ fs.FileInfo }

func (regularInfo) Mode() fs.FileMode { return 0o444 }
func (regularInfo) Size() int64       { return 1 << 62 } // nothing is made room for that's over the limit

// endlessFS has one file without an end.
type endlessFS struct{ n *int64 }

func (e endlessFS) Open(string) (fs.File, error) { return counting(e), nil }

// TestEndless: of a signature and a key file without an end, hardly more is read
// than the limit.
func TestEndless(t *testing.T) {
	key := testkeys.NewMinisign(t)
	const limit = 100 << 10
	var n int64
	f := fetchFunc(func(context.Context, string) (io.ReadCloser, error) { return counting{&n}, nil })
	_, err := planWith(t, verify.Config{Fetcher: f, MaxDocument: limit}, key).Open(t.Context(), strings.NewReader(""))
	wantError(t, err, "signature", algorithm.ErrTooLarge)
	if n > limit+1 {
		t.Errorf("%d bytes read of a signature", n)
	}
	n = 0
	for _, key := range []string{"pubkey", "charter"} {
		s := signing(t, map[string]any{"algorithm": "spy", key: map[string]any{"file": "document"}})
		plan, err := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{&spy{}}, MaxDocument: limit}).Plan(verify.Artifact{Signature: []byte{1}, ManifestFS: endlessFS{&n}}, s)
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Open(t.Context(), strings.NewReader(""))
		wantError(t, err, "key", algorithm.ErrTooLarge)
	}
	if n > 2*(limit+1) {
		t.Errorf("%d bytes read of key files", n)
	}
}

// cancelling is an algorithm whose verdict comes together with the context's end.
type cancelling struct {
	spy
	cancel context.CancelCauseFunc
	why    error
}

func (c *cancelling) Key(algorithm.Trust) (algorithm.Key, error) { return cancellingKey{c: c}, nil }

type cancellingKey struct {
	spyKey
	c *cancelling
}

func (k cancellingKey) Verifier(context.Context, []byte) (algorithm.Verifier, error) {
	return k.c, nil
}

func (c *cancelling) Write(p []byte) (int, error) { return len(p), nil }

func (c *cancelling) Verify() (*algorithm.Evidence, error) {
	c.cancel(c.why)
	return &algorithm.Evidence{}, nil
}

// TestCancelledAfterTheVerdict: until a file has taken its place, the context
// counts.
func TestCancelledAfterTheVerdict(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	c := &cancelling{cancel: cancel, why: errors.New("enough")}
	plan, err := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{c}}).Plan(
		verify.Artifact{Signature: []byte{1}}, &metadata.Signing{Algorithm: "spy", Keys: []metadata.Source{{Inline: "key"}}})
	if err != nil {
		t.Fatal(err)
	}
	dst := newDestination(t)
	_, err = plan.Save(ctx, strings.NewReader("data"), dst.name)
	wantError(t, err, "place", c.why)
	dst.untouched(t)
}
