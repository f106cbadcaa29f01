package main

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestDownload: every side downloads, with its marks, and relseal refuses what
// has changed.
func TestDownload(t *testing.T) {
	x := testFixtures(t)
	mux := http.NewServeMux()
	mux.HandleFunc(pathFull, x.handler(0))
	mux.HandleFunc(pathThrottled, x.handler(1<<30))
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	s := site{server.URL, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))}
	for _, r := range (&host{fixtures: x}).downloadRaces(s) {
		for _, side := range r.sides {
			for _, path := range []string{pathFull, pathThrottled} {
				a, err := job{Kind: jobDownload, Fixtures: x, Family: "minisign", Who: side, Site: s, Path: path}.do(t.Context())
				if err != nil {
					t.Fatalf("%s: %v", side, err)
				}
				marks := a.Costs[0][0].Marks
				if verdict, ok := marks[markVerdict]; ok != (side == relseal) || verdict > marks[markDone] || marks[markDone] <= 0 {
					t.Errorf("%s: marks %v", side, marks)
				}
			}
		}
	}
	x.flip(t, medium)
	if _, err := (job{Kind: jobDownload, Fixtures: x, Family: "minisign", Who: relseal, Site: s, Path: pathFull}).do(t.Context()); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("with a flipped bit: %v", err)
	}
	if _, err := (job{Kind: jobDownload, Fixtures: x, Family: "minisign", Who: plainCopy, Site: s, Path: "/none"}).do(t.Context()); err == nil {
		t.Error("a page that isn't there was downloaded")
	}
	if _, err := (site{URL: server.URL, Cert: "none"}).client(nil); err == nil {
		t.Error("a client without a certificate")
	}
}
