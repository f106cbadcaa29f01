package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// A site is where the artifact is served over TLS, on loopback.
type site struct {
	URL  string `json:"url"`
	Cert string `json:"cert"` // PEM
}

// throttled is the slower speed, in bytes per second.
const throttled = 100 << 20

// The paths of the site.
const (
	pathFull      = "/full"
	pathThrottled = "/throttled"
)

// serve serves the medium artifact until standard input ends, and prints where.
func serve(ctx context.Context, x fixtures, stdout io.Writer) error {
	mux := http.NewServeMux()
	mux.HandleFunc(pathFull, x.handler(0))
	mux.HandleFunc(pathThrottled, x.handler(throttled))
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := json.NewEncoder(stdout).Encode(site{server.URL, string(cert)}); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, ctx.Err())
}

// handler sends the artifact at a speed in bytes per second, 0 for the full one.
func (x fixtures) handler(speed int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		f, err := os.Open(x.path(medium))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil {
			w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		}
		w.Header().Set("ETag", `"1"`)
		start := time.Now()
		const piece = 1 << 20
		for sent := int64(0); ; sent += piece {
			if speed > 0 {
				time.Sleep(time.Until(start.Add(time.Duration(float64(sent) / float64(speed) * float64(time.Second)))))
			}
			if _, err := io.CopyN(w, f, piece); err != nil {
				return // the end, or nobody reads any more
			}
		}
	}
}

// startServer has a process of this program serve. stop ends it.
func (h *host) startServer(ctx context.Context) (s site, stop func() error, err error) {
	text, err := json.Marshal(job{Kind: jobServe, Fixtures: h.fixtures})
	if err != nil {
		return site{}, nil, err
	}
	cmd := exec.CommandContext(ctx, h.self, jobFlag, string(text))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return site{}, nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return site{}, nil, err
	}
	if err := cmd.Start(); err != nil {
		return site{}, nil, err
	}
	stop = func() error {
		if err := errors.Join(stdin.Close(), cmd.Wait()); err != nil {
			return fmt.Errorf("the server: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
		}
		return nil
	}
	if err := json.NewDecoder(stdout).Decode(&s); err != nil {
		return site{}, nil, fmt.Errorf("the server says nothing: %w", errors.Join(err, stop()))
	}
	return s, stop, nil
}
