package https

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/verify"
)

// toolURL is what the tests fetch; a transport of their own answers.
const toolURL = "https://example.com/tool.tgz"

var errReset = errors.New("connection reset by peer")

// served answers as net/http's file server does, whose handler h may change that,
// without a network.
func served(h http.HandlerFunc) transport {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h(w, r)
		resp := w.Result()
		resp.Request, resp.ProtoMajor = r, 2
		if resp.Header.Get("Content-Length") == "" {
			resp.ContentLength = -1
		}
		if cut, err := strconv.Atoi(resp.Header.Get("X-Cut")); err == nil {
			resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, int64(cut)), broken{}))
		}
		return resp, nil
	}
}

// broken is where a connection breaks.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errReset }

// content are bytes of which none is like its neighbours.
func content(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	return data
}

// file serves a version of a file.
func file(w http.ResponseWriter, r *http.Request, tag string, data []byte) {
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// get fetches within a bubble, and returns how long it took there.
func get(t *testing.T, f Fetcher, h http.HandlerFunc) (data []byte, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f.Client = &http.Client{Transport: served(h)}
		data, err = read(t.Context(), f, verify.Request{URL: toolURL, Role: "artifact"})
		took = time.Since(start)
	})
	return data, took, err
}

func read(ctx context.Context, f Fetcher, request verify.Request) ([]byte, error) {
	r, err := f.Fetch(ctx, request)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r.Body)
	return data, errors.Join(err, r.Body.Close())
}
