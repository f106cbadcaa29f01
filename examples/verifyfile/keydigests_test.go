package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// TestKeyDigests: the refusal of a key by URL alone says which digest to write.
func TestKeyDigests(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/key" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("key"))
	}))
	defer server.Close()
	fetcher := https.Fetcher{Client: server.Client(), Retries: -1}
	for path, says := range map[string]string{
		"/key":  `sha256 = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"`,
		"/none": "missing",
	} {
		signing, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "pubkey": map[string]any{"url": server.URL + path}})
		if err != nil {
			t.Fatal(err)
		}
		v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: fetcher})
		if err != nil {
			t.Fatal(err)
		}
		_, refusal := v.Plan(verify.Artifact{URL: "https://example.com/tool"}, signing)
		got := keyDigests(t.Context(), fetcher, &tables.Table{Signing: signing}, refusal)
		if got == nil || !strings.Contains(got.Error(), says) || !strings.Contains(got.Error(), "without sha256") || verify.ExitCode(got) == 0 {
			t.Errorf("%s: %v", path, got)
		}
	}
	if err := keyDigests(t.Context(), fetcher, &tables.Table{}, nil); err != nil {
		t.Error(err)
	}
}
