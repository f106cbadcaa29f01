package cache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// folderEnv tells a child of TestProcesses its folder.
const folderEnv = "RELSEAL_TEST_CACHE"

// crowd is a Fetcher whose documents say who they are of, many times, so that half
// of one would be seen.
type crowd struct{}

func (crowd) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	text := strings.Repeat(r.URL, 20_000)
	return &verify.Response{Body: io.NopCloser(bufio.NewReader(strings.NewReader(text))), Size: int64(len(text))}, nil
}

// work reads and writes few documents many times.
func work(folder string, rounds int) error {
	// Half of the time nothing is taken from the folder, so that it is written.
	for i := range rounds {
		f, err := Open(folder, crowd{}, Options{MaxTotal: 4 << 20, MaxAge: []time.Duration{-1, 0}[i%2]})
		if err != nil {
			return err
		}
		offline, err := Open(folder, nil, Options{})
		if err != nil {
			return err
		}
		for j := range 8 {
			url := fmt.Sprintf("https://example.com/%d", j)
			got, err := get(context.Background(), f, "key", url)
			if err != nil || got != strings.Repeat(url, 20_000) {
				return fmt.Errorf("%s: %d bytes, %w", url, len(got), err)
			}
			got, err = get(context.Background(), offline, "key", url)
			if err == nil && got != strings.Repeat(url, 20_000) {
				return fmt.Errorf("%s: half of it", url)
			}
			if err != nil && !errors.Is(err, verify.ErrNoFetcher) {
				return err
			}
		}
		if err := errors.Join(f.Close(), offline.Close()); err != nil {
			return err
		}
	}
	return nil
}

// TestProcesses: several processes and goroutines share a folder that is too small
// for them; nobody sees half a document.
func TestProcesses(t *testing.T) {
	const rounds = 20
	if folder := os.Getenv(folderEnv); folder != "" {
		if err := work(folder, rounds); err != nil {
			t.Fatal(err)
		}
		return
	}
	folder := t.TempDir()
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcesses$")
			cmd.Env = append(os.Environ(), folderEnv+"="+folder)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		group.Go(func() {
			if err := work(folder, rounds); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, name := range names(t, folder) {
		if strings.HasPrefix(name, temporary) {
			t.Errorf("left: %s", name)
		}
	}
}

// TestVerifiesAgain: what was verified once is verified again without a network, in
// another process's place, and a bad document in the folder is still a bad one.
func TestVerifiesAgain(t *testing.T) {
	for _, shape := range []string{"signature", "checksums", "threshold"} {
		p := verifytest.NewPublisher(t, shape, verifytest.NewKey(t, "minisign", ""))
		data := []byte("tool")
		p.Publish("1.0.0", map[string][]byte{"tool.tgz": data})
		folder := t.TempDir()
		judge := func(next verify.Fetcher, o Options, data string) error {
			v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: open(t, folder, next, o)})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := v.Plan(p.Artifact("1.0.0", "tool.tgz"), p.Table())
			if err != nil {
				t.Fatal(err)
			}
			r, err := plan.Open(t.Context(), strings.NewReader(data))
			if err != nil {
				return err
			}
			defer r.Close()
			_, err = r.Finish()
			return err
		}
		if err := judge(nil, Options{}, "tool"); !errors.Is(err, verify.ErrNoFetcher) {
			t.Errorf("%s, before: %v", shape, err)
		}
		if err := judge(p.Fetcher(), Options{}, "tool"); err != nil {
			t.Errorf("%s: %v", shape, err)
		}
		p.Break("missing signature")
		p.Asked()
		if err := judge(nil, Options{}, "tool"); err != nil {
			t.Errorf("%s, offline: %v", shape, err)
		}
		if err := judge(p.Fetcher(), Options{Offline: true}, "another"); verify.Reason(err) != "invalid" && verify.Reason(err) != "threshold" {
			t.Errorf("%s, offline, another artifact: %v", shape, err)
		}
		if asked := p.Asked(); asked != nil {
			t.Errorf("%s: asked %q", shape, asked)
		}

		// An answer that was wrong is kept no longer than others.
		p.Break("wrong key")
		if err := judge(p.Fetcher(), Options{MaxAge: -1}, "tool"); verify.Reason(err) == "" {
			t.Errorf("%s: a stranger's signature passes", shape)
		}
		if err := judge(nil, Options{}, "tool"); verify.Reason(err) == "" {
			t.Errorf("%s: a stranger's signature passes offline", shape)
		}
		p.Break("")
		if err := judge(p.Fetcher(), Options{MaxAge: -1}, "tool"); err != nil {
			t.Errorf("%s, mended: %v", shape, err)
		}
		if err := judge(nil, Options{}, "tool"); err != nil {
			t.Errorf("%s, mended, offline: %v", shape, err)
		}
	}
}
