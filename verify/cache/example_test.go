package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/cache"
)

// origin stands for https.Fetcher{}.
type origin struct{}

func (origin) Fetch(context.Context, verify.Request) (*verify.Response, error) {
	return &verify.Response{Body: io.NopCloser(strings.NewReader("a signature")), Size: -1}, nil
}

// What was fetched once is there without a network. It isn't trusted more for that:
// every signature is judged again.
func Example() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()
	request := verify.Request{URL: "https://example.com/tool.tgz.minisig", Role: "signature"}

	online, err := cache.Open(folder, origin{}, cache.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(read(online.Fetch(ctx, request)))
	_ = online.Close()

	offline, err := cache.Open(folder, nil, cache.Options{Offline: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer offline.Close()
	fmt.Println(read(offline.Fetch(ctx, request)))
	request.URL = "https://example.com/other.tgz.minisig"
	_, err = offline.Fetch(ctx, request)
	fmt.Println(errors.Is(err, verify.ErrNoFetcher))
	// Output:
	// a signature
	// a signature
	// true
}

func read(r *verify.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
