package https

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/verify"
)

// TestResume: a body that breaks goes on where it broke, however often that is.
func TestResume(t *testing.T) {
	data := content(1 << 17)
	const piece = 4 << 10
	at := time.Now().UTC()
	for name, h := range map[string]http.HandlerFunc{
		"ETag": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", strconv.Itoa(piece))
			file(w, r, `"v1"`, data)
		},
		"old date": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", strconv.Itoa(piece))
			w.Header().Set("Date", at.Format(http.TimeFormat))
			http.ServeContent(w, r, "", at.Add(-time.Hour), bytes.NewReader(data))
		},
		"ETag and date": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", strconv.Itoa(piece))
			w.Header().Set("ETag", `"v1"`)
			http.ServeContent(w, r, "", at.Add(-time.Hour), bytes.NewReader(data))
		},
		"old date, said once": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", strconv.Itoa(piece))
			w.Header().Set("Date", at.Format(http.TimeFormat))
			change := func(w http.ResponseWriter) {
				if r.Header.Get("Range") != "" {
					w.Header().Del("Last-Modified")
				}
			}
			http.ServeContent(noted{w, change}, r, "", at.Add(-time.Hour), bytes.NewReader(data))
		},
		"no length": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", strconv.Itoa(piece))
			if r.Header.Get("Range") == "" {
				w.Header().Set("ETag", `"v1"`)
				_, _ = w.Write(data)
				return
			}
			file(w, r, `"v1"`, data)
			w.Header().Del("Content-Length")
		},
		"labelled": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", strconv.Itoa(piece))
			w.Header().Set("Content-Encoding", "gzip")
			if r.Header.Get("Range") != "bytes=8192-" { // a part needn't say it again
				file(w, r, `"v1"`, data)
				return
			}
			file(noted{w, func(w http.ResponseWriter) { w.Header().Del("Content-Encoding") }}, r, `"v1"`, data)
		},
		"parts shorter than asked": func(w http.ResponseWriter, r *http.Request) {
			if from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
				start, _ := strconv.Atoi(strings.TrimSuffix(from, "-"))
				r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", start, start+piece-1))
			} else {
				w.Header().Set("X-Cut", strconv.Itoa(piece))
			}
			file(w, r, `"v1"`, data)
		},
	} {
		hits := 0
		got, _, err := get(t, Fetcher{}, func(w http.ResponseWriter, r *http.Request) {
			hits++
			h(w, r)
		})
		if err != nil || !bytes.Equal(got, data) || hits != len(data)/piece {
			t.Errorf("%s: %d bytes in %d requests, %v", name, len(got), hits, err)
		}
	}
}

// TestResumeEveryByte: wherever it breaks, at both ends too.
func TestResumeEveryByte(t *testing.T) {
	data := content(300)
	for cut := range len(data) {
		hits := 0
		got, _, err := get(t, Fetcher{}, func(w http.ResponseWriter, r *http.Request) {
			if hits++; hits == 1 {
				w.Header().Set("X-Cut", strconv.Itoa(cut))
			}
			file(w, r, `"v1"`, data)
		})
		if err != nil || !bytes.Equal(got, data) || hits != 2 {
			t.Errorf("at %d: %d bytes in %d requests, %v", cut, len(got), hits, err)
		}
	}
}

// TestRestart: what isn't surely the rest of what came is never added to it, and
// the error says that to begin anew may help.
func TestRestart(t *testing.T) {
	data := content(10000)
	other := content(20000)[10000:]
	old := time.Now().Add(-time.Hour)
	rest := func(change func(w http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("If-Range")
			file(noted{w, change}, r, `"v1"`, data)
		}
	}
	header := func(name, value string) http.HandlerFunc {
		return rest(func(w http.ResponseWriter) {
			w.Header().Set(name, value)
			w.Header().Del("Content-Length") // so that it can't be what gives it away
		})
	}
	for name, tt := range map[string]struct {
		tag    string
		second http.HandlerFunc
	}{
		"no validator":         {"", nil},
		"weak validator":       {`W/"v1"`, nil},
		"changed":              {`"v1"`, func(w http.ResponseWriter, r *http.Request) { file(w, r, `"v2"`, other) }},
		"no ranges":            {`"v1"`, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }},
		"not satisfiable":      {`"v1"`, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(416) }},
		"changed, no If-Range": {`"v1"`, header("ETag", `"v2"`)},
		"changed, weak":        {`"v1"`, header("ETag", `W/"v1"`)},
		"changed, no ETag":     {`"v1"`, rest(func(w http.ResponseWriter) { w.Header().Del("ETag") })},
		"another start":        {`"v1"`, header("Content-Range", "bytes 99-9999/10000")},
		"a later start":        {`"v1"`, header("Content-Range", "bytes 101-9999/10000")},
		"another size":         {`"v1"`, header("Content-Range", "bytes 100-9999/10001")},
		"a smaller size":       {`"v1"`, header("Content-Range", "bytes 100-9998/9999")},
		"past the end":         {`"v1"`, header("Content-Range", "bytes 100-10000/*")},
		"no range":             {`"v1"`, rest(func(w http.ResponseWriter) { w.Header().Del("Content-Range") })},
		"nonsense":             {`"v1"`, header("Content-Range", "bytes 100-9999")},
		"another encoding":     {`"v1"`, header("Content-Encoding", "gzip")},
		"other units":          {`"v1"`, header("Content-Range", "lines 100-9999/10000")},
		"another length":       {`"v1"`, rest(func(w http.ResponseWriter) { w.Header().Set("Content-Range", "bytes 100-9000/10000") })},
		"an empty part":        {`"v1"`, rest(func(w http.ResponseWriter) { w.Header().Set("Content-Length", "0") })},
		"several parts": {`"v1"`, rest(func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "multipart/byteranges; boundary=x")
			w.Header().Del("Content-Range")
		})},
		"an older file": {"", func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", old.Add(-time.Hour), bytes.NewReader(other))
		}},
	} {
		hits := 0
		got, _, err := get(t, Fetcher{}, func(w http.ResponseWriter, r *http.Request) {
			if hits++; hits > 1 {
				if tt.second == nil {
					t.Errorf("%s: a second request, %v", name, r.Header)
					return
				}
				if r.Header.Get("Range") != "bytes=100-" || r.Header.Get("If-Range") == "" {
					t.Errorf("%s: asked for %v", name, r.Header)
				}
				tt.second(w, r)
				return
			}
			w.Header().Set("X-Cut", "100")
			if name == "an older file" {
				w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
				http.ServeContent(w, r, "", old, bytes.NewReader(data))
				return
			}
			file(w, r, tt.tag, data)
		})
		if !errors.Is(err, verify.ErrRestart) || !errors.Is(err, verify.ErrUnreachable) || !bytes.Equal(got, data[:100]) {
			t.Errorf("%s: %d bytes in %d requests, %v", name, len(got), hits, err)
		}
	}
}

// noted lets a test change what a file server answers.
type noted struct {
	http.ResponseWriter
	change func(http.ResponseWriter)
}

func (n noted) WriteHeader(code int) {
	n.change(n.ResponseWriter)
	n.ResponseWriter.WriteHeader(code)
}

// TestResumeGivesUp: on a server that brings nothing any more, that brings
// hardly anything, and that says something else than "later".
func TestResumeGivesUp(t *testing.T) {
	data := content(10000)
	for name, tt := range map[string]struct {
		second http.HandlerFunc
		hits   int
		bytes  int
		want   error
	}{
		"out of order": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, 4, 100, verify.ErrUnreachable},
		"for an hour": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(503)
		}, 2, 100, verify.ErrUnreachable},
		"gone":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, 2, 100, verify.ErrMissing},
		"not authorized": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, 2, 100, verify.ErrUnreachable},
		"nothing":        {func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Cut", "0"); file(w, r, `"v1"`, data) }, 4, 100, verify.ErrUnreachable},
		"byte by byte":   {func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Cut", "1"); file(w, r, `"v1"`, data) }, 1 + maxConnections, 100 + maxConnections, verify.ErrUnreachable},
	} {
		hits := 0
		got, _, err := get(t, Fetcher{}, func(w http.ResponseWriter, r *http.Request) {
			if hits++; hits > 1 {
				tt.second(w, r)
				return
			}
			w.Header().Set("X-Cut", "100")
			file(w, r, `"v1"`, data)
		})
		if !errors.Is(err, tt.want) || errors.Is(err, verify.ErrRestart) || hits != tt.hits || len(got) != tt.bytes {
			t.Errorf("%s: %d bytes in %d requests, %v", name, len(got), hits, err)
		}
	}
	hits := 0
	_, _, err := get(t, Fetcher{Retries: -1}, func(w http.ResponseWriter, r *http.Request) {
		hits++
		w.Header().Set("X-Cut", "100")
		file(w, r, `"v1"`, data)
	})
	if hits != 1 || !errors.Is(err, verify.ErrUnreachable) || errors.Is(err, verify.ErrRestart) {
		t.Errorf("without retries: %d requests, %v", hits, err)
	}
	_, _, err = get(t, Fetcher{Retries: -1}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Cut", "100")
		file(w, r, "", data)
	})
	if !errors.Is(err, verify.ErrUnreachable) || errors.Is(err, verify.ErrRestart) {
		t.Errorf("without retries and validator: %v", err)
	}
}

// TestRestOfAnother: what was promised holds: the size, its being known, and the
// version also where no byte of it has come yet.
func TestRestOfAnother(t *testing.T) {
	data := content(10000)
	for name, tt := range map[string]struct {
		first, second http.HandlerFunc
		most          int
		want          error
	}{
		"longer": {func(w http.ResponseWriter, r *http.Request) { file(w, r, `"v1"`, data) }, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Content-Range", "bytes 100-9999/10000")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(content(20000))
		}, 10000, verify.ErrUnreachable},
		"without an end": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"v1"`)
			_, _ = w.Write(data)
		}, func(w http.ResponseWriter, r *http.Request) {
			file(noted{w, func(w http.ResponseWriter) { w.Header().Set("Content-Range", "bytes 100-9999/*") }}, r, `"v1"`, data)
		}, 100, verify.ErrRestart},
		"another before the first byte": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", "0")
			file(w, r, `"v1"`, data)
		}, func(w http.ResponseWriter, r *http.Request) { file(w, r, `"v2"`, data) }, 0, verify.ErrRestart},
		"another size before the first byte": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", "0")
			file(w, r, `"v1"`, data)
		}, func(w http.ResponseWriter, r *http.Request) { file(w, r, `"v1"`, data[1:]) }, 0, verify.ErrRestart},
		"none before the first byte": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Cut", "0")
			file(w, r, `"v1"`, data)
		}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, 0, verify.ErrMissing},
		"another date": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
			http.ServeContent(w, r, "", time.Now().Add(-time.Hour), bytes.NewReader(data))
		}, func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("If-Range")
			http.ServeContent(w, r, "", time.Now().Add(-2*time.Hour), bytes.NewReader(data))
		}, 100, verify.ErrRestart},
	} {
		hits := 0
		got, _, err := get(t, Fetcher{}, func(w http.ResponseWriter, r *http.Request) {
			if hits++; hits > 1 {
				tt.second(w, r)
				return
			}
			w.Header().Set("X-Cut", "100")
			tt.first(w, r)
		})
		if !errors.Is(err, tt.want) || len(got) > tt.most || hits != 2 {
			t.Errorf("%s: %d bytes in %d requests, %v", name, len(got), hits, err)
		}
	}
}

// TestResumeAfterSilence: a connection that stands still is as good as broken.
func TestResumeAfterSilence(t *testing.T) {
	data := content(1000)
	synctest.Test(t, func(t *testing.T) {
		hits := 0
		f := Fetcher{Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			resp, err := served(func(w http.ResponseWriter, r *http.Request) { file(w, r, `"v1"`, data) })(r)
			if hits++; hits < 3 {
				resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 10), &silent{ctx: r.Context()}))
			}
			return resp, err
		})}}
		start := time.Now()
		got, err := read(t.Context(), f, verify.Request{URL: toolURL})
		if err != nil || !bytes.Equal(got, data) || hits != 3 || time.Since(start) < 2*stallTimeout {
			t.Errorf("%d bytes in %d requests after %v, %v", len(got), hits, time.Since(start), err)
		}
	})
}

// TestResumeCloses: there is one connection at a time.
func TestResumeCloses(t *testing.T) {
	data := content(1000)
	synctest.Test(t, func(t *testing.T) {
		var open atomic.Int32
		var before context.Context
		f := Fetcher{Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			if before != nil && before.Err() == nil {
				t.Error("the request before goes on")
			}
			before = r.Context()
			resp, err := served(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Cut", "300")
				file(w, r, `"v1"`, data)
			})(r)
			if n := open.Add(1); n != 1 {
				t.Errorf("%d bodies are open", n)
			}
			resp.Body = &counted{ReadCloser: resp.Body, open: &open}
			return resp, err
		})}}
		got, err := read(t.Context(), f, verify.Request{URL: toolURL})
		if err != nil || !bytes.Equal(got, data) || open.Load() != 0 {
			t.Errorf("%d bytes, %v; %d bodies are open", len(got), err, open.Load())
		}
	})
}

// foreignContext is one for whose children package context needs a goroutine each,
// which a bubble misses until they are cancelled.
type foreignContext struct {
	context.Context //nolint:containedctx // it is one
	done            chan struct{}
}

func (c foreignContext) Done() <-chan struct{} { return c.done }

// TestLeavesNothing: neither a document that was closed nor one that there isn't
// hangs on to its context.
func TestLeavesNothing(t *testing.T) {
	for _, code := range []int{200, 404} {
		synctest.Test(t, func(t *testing.T) {
			f := Fetcher{Client: &http.Client{Transport: served(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })}}
			_, err := read(foreignContext{context.Background(), make(chan struct{})}, f, verify.Request{URL: toolURL})
			if (err == nil) != (code == 200) {
				t.Errorf("%d: %v", code, err)
			}
		})
	}
}

// TestResumeAfterAlert: what would end a handshake for good, but comes in the
// middle of a body, is a broken connection like any other.
func TestResumeAfterAlert(t *testing.T) {
	data := content(1000)
	for _, alert := range []error{
		&net.OpError{Op: "remote error", Err: errors.New("tls: internal error")},
		tls.RecordHeaderError{Msg: "not a record"},
	} {
		synctest.Test(t, func(t *testing.T) {
			hits := 0
			f := Fetcher{Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
				resp, err := served(func(w http.ResponseWriter, r *http.Request) { file(w, r, `"v1"`, data) })(r)
				if hits++; hits == 1 {
					resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 10), iotest.ErrReader(alert)))
				}
				return resp, err
			})}}
			got, err := read(t.Context(), f, verify.Request{URL: toolURL})
			if err != nil || !bytes.Equal(got, data) || hits != 2 {
				t.Errorf("%v: %d bytes in %d requests, %v", alert, len(got), hits, err)
			}
		})
	}
}

// TestResumeEndsWithContext: also while it waits, and then closes what it had.
func TestResumeEndsWithContext(t *testing.T) {
	data := content(1000)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		hits := 0
		f := Fetcher{Client: &http.Client{Transport: served(func(w http.ResponseWriter, r *http.Request) {
			if hits++; hits == 1 {
				w.Header().Set("X-Cut", "10")
				file(w, r, `"v1"`, data)
				return
			}
			w.Header().Set("Retry-After", "50")
			w.WriteHeader(503)
		})}}
		_, err := read(ctx, f, verify.Request{URL: toolURL})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, verify.ErrUnreachable) || hits != 2 {
			t.Errorf("%d requests, %v", hits, err)
		}
	})
}

// TestOffset: who has kept some goes on with it, or begins anew and is told so.
func TestOffset(t *testing.T) {
	data := content(1000)
	serve := func(tag string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { file(w, r, tag, data) }
	}
	for name, tt := range map[string]struct {
		offset    int64
		validator string
		h         http.HandlerFunc
		at        int64
	}{
		"same":         {400, `"v1"`, serve(`"v1"`), 400},
		"changed":      {400, `"v0"`, serve(`"v1"`), 0},
		"no validator": {400, "", serve(`"v1"`), 0},
		"a weak one":   {400, `W/"v1"`, serve(`"v1"`), 0},
		"nonsense":     {400, "v1\r\nX: y", serve(`"v1"`), 0},
		"all of it":    {1000, `"v1"`, serve(`"v1"`), 0},
		"beyond":       {2000, `"v1"`, serve(`"v1"`), 0},
		"before":       {-5, `"v1"`, serve(`"v1"`), 0},
		"no ranges": {400, `"v1"`, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write(data)
		}, 0},
		"another's ranges": {400, `"v0"`, func(w http.ResponseWriter, r *http.Request) { r.Header.Del("If-Range"); file(w, r, `"v1"`, data) }, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := Fetcher{Client: &http.Client{Transport: served(func(w http.ResponseWriter, r *http.Request) {
				if asked := r.Header.Get("Range") != ""; asked && (tt.offset < 0 || !isStrongTag(tt.validator)) {
					t.Errorf("%s: asked for %v", name, r.Header)
				}
				tt.h(w, r)
			})}}
			r, err := f.Fetch(t.Context(), verify.Request{URL: toolURL, Offset: tt.offset, Validator: tt.validator})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := io.ReadAll(r.Body)
			if err != nil || r.Offset != tt.at || r.Size != 1000 || !bytes.Equal(got, data[tt.at:]) || r.Body.Close() != nil {
				t.Errorf("%s: from %d of %d came %d bytes, %v", name, r.Offset, r.Size, len(got), err)
			}
			if name != "no ranges" && r.Validator != `"v1"` {
				t.Errorf("%s: validator %q", name, r.Validator)
			}
		})
	}
}

// TestPartSaysNothing: a part needn't repeat what tells its version (RFC 9110, section
// 15.3.7): it is that which was asked for, and by it the rest is gone on with.
func TestPartSaysNothing(t *testing.T) {
	data, old := content(1000), time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
	validator := old.Format(http.TimeFormat)
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		f := Fetcher{Client: &http.Client{Transport: served(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Header.Get("Range")+" "+r.Header.Get("If-Range"))
			if len(asked) == 1 {
				w.Header().Set("X-Cut", "100")
			}
			http.ServeContent(noted{w, func(w http.ResponseWriter) { w.Header().Del("Last-Modified") }}, r, "", old, bytes.NewReader(data))
		})}}
		r, err := f.Fetch(t.Context(), verify.Request{URL: toolURL, Offset: 400, Validator: validator})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r.Body)
		if err != nil || r.Offset != 400 || r.Validator != validator || !bytes.Equal(got, data[400:]) || r.Body.Close() != nil {
			t.Errorf("from %d, %q: %d bytes, %v", r.Offset, r.Validator, len(got), err)
		}
		if want := []string{"bytes=400- " + validator, "bytes=500- " + validator}; !slices.Equal(asked, want) {
			t.Errorf("asked for %q", asked)
		}
	})
}

// TestNotModified: only who asks whether a document is another one is told that
// it isn't.
func TestNotModified(t *testing.T) {
	at := time.Now().Add(-time.Hour).UTC()
	for name, tt := range map[string]struct {
		validator string
		want      error
	}{
		"the same":      {`"v1"`, verify.ErrNotModified},
		"another":       {`"v2"`, nil},
		"the same date": {at.Format(http.TimeFormat), verify.ErrNotModified},
		"an older date": {at.Add(-time.Hour).Format(http.TimeFormat), nil},
		"nothing":       {"", nil},
		"nonsense":      {"*", nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := Fetcher{Client: &http.Client{Transport: served(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"v1"`)
				http.ServeContent(w, r, "", at, strings.NewReader("content"))
			})}}
			data, err := read(t.Context(), f, verify.Request{URL: toolURL, Validator: tt.validator})
			if !errors.Is(err, tt.want) || errors.Is(err, verify.ErrUnreachable) || tt.want == nil && string(data) != "content" {
				t.Errorf("%s: %q, %v", name, data, err)
			}
		})
	}
}

// TestStatusOfConditions: an answer counts only as one to what was asked.
func TestStatusOfConditions(t *testing.T) {
	for name, tt := range map[string]struct {
		offset int64
		code   int
		want   error
	}{
		"missing":                       {0, 404, verify.ErrMissing},
		"a part that nobody asked for":  {0, 206, verify.ErrUnreachable},
		"no part of a whole":            {0, 416, verify.ErrUnreachable},
		"the same, asked for the rest":  {3, 304, verify.ErrUnreachable},
		"the same, asked for something": {0, 304, verify.ErrNotModified},
	} {
		_, err := conditional(t, tt.offset, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Content-Range", "bytes 0-6/7")
			w.WriteHeader(tt.code)
			_, _ = io.WriteString(w, "content")
		})
		var status *verify.StatusError
		if !errors.Is(err, tt.want) || tt.want != verify.ErrNotModified && (!errors.As(err, &status) || status.Code != tt.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func conditional(t *testing.T, offset int64, h http.HandlerFunc) (data []byte, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := Fetcher{Client: &http.Client{Transport: served(h)}}
		data, err = read(t.Context(), f, verify.Request{URL: toolURL, Offset: offset, Validator: `"v1"`})
	})
	return data, err
}

// TestUnconditional: who knows nothing of a document asks for it without conditions.
func TestUnconditional(t *testing.T) {
	_, _, err := get(t, Fetcher{}, func(_ http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
			if values, ok := r.Header[name]; ok {
				t.Errorf("%s: %q", name, values)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestResumeWaits: before each new connection, and at least as long as the server asks.
func TestResumeWaits(t *testing.T) {
	hits := 0
	data, took, err := get(t, Fetcher{}, func(w http.ResponseWriter, r *http.Request) {
		if hits++; hits == 2 {
			w.Header().Set("Retry-After", "50")
			w.WriteHeader(503)
			return
		}
		if hits == 1 {
			w.Header().Set("X-Cut", "3")
		}
		file(w, r, `"v1"`, []byte("content"))
	})
	if err != nil || string(data) != "content" || hits != 3 || took < 50*time.Second || took > 50*time.Second+3*firstWait {
		t.Errorf("%q in %d requests after %v, %v", data, hits, took, err)
	}
}

// body answers with a body of a promised length, whatever it has.
func body(length int64, b io.ReadCloser) Fetcher {
	return Fetcher{Retries: -1, Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, ProtoMajor: 2, ContentLength: length, Body: b, Request: r}, nil
	})}}
}

// TestPromisedLength holds, also where it is none at all: less is a broken connection
// and no end.
func TestPromisedLength(t *testing.T) {
	for text, tt := range map[string]struct {
		length int64
		want   error
		most   int
	}{
		"content": {7, nil, 7},
		"conten":  {7, io.ErrUnexpectedEOF, 6},
		"":        {0, nil, 0},
		"c":       {0, verify.ErrUnreachable, 0},
		"more":    {-1, nil, 4},
	} {
		data, err := read(t.Context(), body(tt.length, io.NopCloser(strings.NewReader(text))), verify.Request{URL: toolURL})
		if !errors.Is(err, tt.want) || errors.Is(err, io.EOF) || tt.want != nil && !errors.Is(err, verify.ErrUnreachable) || len(data) > tt.most {
			t.Errorf("%q of %d bytes: %q, %v", text, tt.length, data, err)
		}
	}
}

// TestReads: each Read brings something, or says why not.
func TestReads(t *testing.T) {
	for _, length := range []int64{-1, 7} {
		r, err := body(length, io.NopCloser(strings.NewReader("content"))).Fetch(t.Context(), verify.Request{URL: toolURL})
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			var n int
			if n, err = r.Body.Read(make([]byte, 3)); n == 0 && err == nil {
				t.Error("nothing came")
			}
		}
		if err != io.EOF {
			t.Error(err)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

// closeError is a body that can't be closed.
type closeError struct {
	io.Reader
	err error
}

func (c closeError) Close() error { return c.err }

// TestCloseFails: that is told.
func TestCloseFails(t *testing.T) {
	r, err := body(0, closeError{strings.NewReader(""), errReset}).Fetch(t.Context(), verify.Request{URL: toolURL})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); !errors.Is(err, errReset) {
		t.Error(err)
	}
}

// TestStrongValidator: only what tells versions apart to the byte is one.
func TestStrongValidator(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(d time.Duration) string { return at.Add(d).Format(http.TimeFormat) }
	longest := `"` + strings.Repeat("a", maxValidator-2) + `"`
	for _, tt := range []struct{ tag, modified, date, want string }{
		{`"v1"`, "", "", `"v1"`},
		{`"v1"`, date(-time.Hour), date(0), `"v1"`},
		{`W/"v1"`, date(-time.Hour), date(0), date(-time.Hour)},
		{"", date(-time.Minute), date(0), date(-time.Minute)},
		{"", date(-59 * time.Second), date(0), ""},
		{"", date(0), date(0), ""},
		{"", date(time.Hour), date(0), ""},
		{"", date(-time.Hour), "", ""},
		{"", "yesterday", date(0), ""},
		{`""`, "", "", ""},
		{`"a"b"`, "", "", ""},
		{`"a b"`, "", "", ""},
		{`"a`, "", "", ""},
		{`a"`, "", "", ""},
		{longest, "", "", longest},
		{longest[:1] + longest, "", "", ""},
		{longest[:2] + longest[1:], "", "", ""},
		{"", "", "", ""},
	} {
		h := http.Header{"Etag": {tt.tag}, "Last-Modified": {tt.modified}, "Date": {tt.date}}
		if got := strongValidator(h); got != tt.want || got != "" && !isValidator(got) {
			t.Errorf("%+v: %q", tt, got)
		}
	}
	spaces := strings.Repeat(" ", maxValidator-len(date(0))) // which a date may have
	if padded := strings.Replace(date(0), " ", " "+spaces, 1); !isValidator(padded) || isValidator(strings.Replace(padded, " ", "  ", 1)) {
		t.Error("a date may be as long as a tag, and not longer")
	}
}

// TestContentRange: what can't be a part of anything is none.
func TestContentRange(t *testing.T) {
	for text, want := range map[string]*contentRange{
		"bytes 0-9/20":  {0, 9, 20},
		"Bytes 10-19/*": {10, 19, -1},
		"bytes 0-0/1":   {0, 0, 1},
		"bytes 9223372036854775806-9223372036854775806/9223372036854775807": {1<<63 - 2, 1<<63 - 2, 1<<63 - 1},
		"bytes 10-9/20": nil, "bytes 0-20/20": nil, "bytes 0-9/9": nil, "bytes 0-0/0": nil, "bytes */20": nil, "bytes 0-9": nil, "0-9/20": nil, "lines 0-9/20": nil,
		"bytes -9/20": nil, "bytes 0-/20": nil, "bytes +0-9/20": nil, "bytes 0-9/+20": nil, "bytes 0-9/-1": nil, "bytes 0x0-9/20": nil,
		"bytes 0-9/9223372036854775808": nil, "bytes  0-9/20": nil, "": nil,
	} {
		got, ok := parseContentRange(text)
		if ok != (want != nil) || ok && got != *want {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
}

// TestClosedWhileResuming: a Read that was given up gets no new connection past
// Close.
func TestClosedWhileResuming(t *testing.T) {
	data := content(1000)
	synctest.Test(t, func(t *testing.T) {
		var open atomic.Int32
		hits := 0
		f := Fetcher{Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			if hits++; hits == 2 {
				time.Sleep(10 * time.Second) // whatever the context says
			}
			resp, err := served(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Cut", "10")
				file(w, r, `"v1"`, data)
			})(r)
			open.Add(1)
			resp.Body = &counted{ReadCloser: resp.Body, open: &open}
			return resp, err
		})}}
		r, err := f.Fetch(t.Context(), verify.Request{URL: toolURL})
		if err != nil {
			t.Fatal(err)
		}
		read := make(chan error, 1)
		go func() {
			_, err := io.ReadFull(r.Body, make([]byte, 11)) // 10, and one of the next
			read <- err
		}()
		time.Sleep(5 * time.Second)
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if open.Load() != 0 || hits != 2 {
			t.Errorf("%d bodies are open after %d requests", open.Load(), hits)
		}
		if err := <-read; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// counted is a body that is open until its first Close.
type counted struct {
	io.ReadCloser
	open *atomic.Int32
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.ReadCloser.Close()
}
