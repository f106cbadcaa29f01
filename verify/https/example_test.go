package https_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// download is all that it takes for a download to survive.
func download(ctx context.Context, client *http.Client, table *metadata.Signing, url, dst string) (*verify.Report, error) {
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{digest.Algorithm{}}, Fetcher: https.Fetcher{Client: client}})
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{URL: url}, table)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}

// A download of 200 MB whose connection breaks three times goes on each time
// where it broke.
func Example() {
	artifact := bytes.Repeat([]byte("0123456789abcdef"), 200_000_000/16)
	var ranges []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) <= 3 {
			w = &breaking{w, 50_000_000}
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(artifact))
	}))
	defer server.Close()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	table, err := metadata.NewSigning(map[string]any{
		"algorithm": "digest",
		"digests":   map[string]any{"tool.tgz": fmt.Sprintf("sha256:%x", sha256.Sum256(artifact))},
	})
	if err != nil {
		log.Fatal(err)
	}
	report, err := download(context.Background(), server.Client(), table, server.URL+"/tool.tgz", filepath.Join(dir, "tool.tgz"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Status, report.Size)
	for _, r := range ranges {
		fmt.Printf("%q\n", r)
	}
	// Output:
	// verified 200000000
	// ""
	// "bytes=50000000-"
	// "bytes=100000000-"
	// "bytes=150000000-"
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

// A token goes to its own host, and not along the redirect to where the file is.
func ExampleFetcher_headers() {
	fetcher := https.Fetcher{
		Headers: map[string]http.Header{"api.github.com": {
			"Authorization": {"Bearer " + os.Getenv("GITHUB_TOKEN")},
			"Accept":        {"application/octet-stream"},
		}},
		Mirrors: []https.Mirror{{
			From: "https://github.com/",
			To:   []string{"https://mirror.example.com/github/", "https://github.com/"},
		}},
	}
	_ = verify.Config{Fetcher: fetcher}
}

// A Fetcher of one's own over HTTP keeps the rules by those of this package.
func ExampleCheckRedirect() {
	client := &http.Client{CheckRedirect: https.CheckRedirect, Timeout: time.Minute}
	get := func(ctx context.Context, url string) (io.ReadCloser, error) {
		if err := verify.CheckURL(url); err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		return resp.Body, nil
	}
	_, err := get(context.Background(), "http://example.com/")
	fmt.Println(err)
	// Output: URL not allowed: "http://example.com/" is not an absolute https URL
}
