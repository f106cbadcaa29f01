package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// elsewhere is a network that says what it was asked for.
type elsewhere struct{ asked []string }

// Fetch is verify.Fetcher's.
func (e *elsewhere) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	e.asked = append(e.asked, r.URL)
	return nil, verify.ErrUnreachable
}

// TestFolder: what will be published is in the folder or nowhere; only what is named
// by its digest, or is no part of the release, may come from the network.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	testkeys.WriteFile(t, dir, "a b.tgz", []byte("artifact"))
	testkeys.WriteFile(t, filepath.Dir(dir), "outside", []byte("secret"))
	if err := os.Symlink("../outside", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	network := &elsewhere{}
	f, err := openFolder(dir, network)
	if err != nil {
		t.Fatal(err)
	}
	defer f.root.Close()
	sum := strings.Repeat("ab", 32)
	for _, tt := range []struct {
		url, role string
		want      error // nil: the artifact
		network   bool
	}{
		{"https://example.com/x/y/a%20b.tgz", "artifact", nil, false},
		{"https://example.com/a%20b.tgz?token=x#y", "artifact", nil, false},
		{"https://example.com/other", "artifact", verify.ErrMissing, false},
		{"https://example.com/a%20b.tgz.sig", "signature", verify.ErrMissing, false},
		{"https://example.com/SHA256SUMS", "checksums", verify.ErrMissing, false},
		{"https://example.com/x.pem", "certificate", verify.ErrMissing, false},
		{"https://example.com/" + sum + ".sig", "signature", verify.ErrUnreachable, true},
		{"https://api.github.com/repos/o/r/attestations/sha256:" + sum, "signature", verify.ErrUnreachable, true},
		{"https://example.com/key.pub", "key", verify.ErrUnreachable, true},
		{"https://rekor.example.com/api/v1/log/entries/retrieve", "log entry", verify.ErrUnreachable, true},
		{"https://example.com/" + sum, "artifact", verify.ErrMissing, false},
		{"https://example.com/", "artifact", verify.ErrMissing, false},
		{"https://example.com/x/..", "artifact", verify.ErrMissing, false},
		{"https://example.com/..%2Foutside", "artifact", verify.ErrMissing, false},
		{"https://example.com/sub", "artifact", nil, false},
		{"https://example.com/link", "artifact", nil, false},
	} {
		network.asked = nil
		r, err := f.Fetch(t.Context(), verify.Request{URL: tt.url, Role: tt.role})
		if (len(network.asked) > 0) != tt.network {
			t.Errorf("%s of %s: asked for %q", tt.role, tt.url, network.asked)
		}
		last := lastOf(tt.url)
		switch {
		case last == "sub" || last == "link":
			if err == nil || errors.Is(err, verify.ErrMissing) {
				t.Errorf("%s: %v", tt.url, err)
			}
		case tt.want != nil:
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v", tt.url, err)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.url, err)
		default:
			data, err := io.ReadAll(r.Body)
			if string(data) != "artifact" || err != nil || r.Size != 8 {
				t.Errorf("%s: %q, %v", tt.url, data, err)
			}
			r.Body.Close()
		}
	}
}
