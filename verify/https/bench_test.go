package https_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// BenchmarkDownload sets a verified download over loopback TLS beside a plain
// one, in turn within one run, and reports how many times its time is needed: of
// all runs, and of the best on each side. The plain one brings the file to the
// disk, too.
func BenchmarkDownload(b *testing.B) {
	for name, speed := range map[string]int64{"full speed": 0, "100 MiB per s": 100 << 20} {
		b.Run(name, func(b *testing.B) { benchDownload(b, 1<<30, speed) })
	}
}

func benchDownload(b *testing.B, size, speed int64) {
	b.Helper()
	key := testkeys.NewMinisign(b)
	h := key.Hash()
	_, _ = io.CopyN(h, pattern{}, size) // neither fails
	signature := key.Sign(h.Sum(nil), "bench")
	s := newSite(b)
	s.put("/tool.sig", signature)
	s.files["/tool"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		w.Header().Set("ETag", `"v1"`)
		start := time.Now()
		const piece = 1 << 20
		for sent := int64(0); sent < size; sent += piece {
			if _, err := io.CopyN(w, pattern{}, piece); err != nil {
				return
			}
			if speed > 0 {
				time.Sleep(time.Until(start.Add(time.Duration(float64(sent) / float64(speed) * float64(time.Second)))))
			}
		}
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: https.Fetcher{Client: s.Client()}})
	if err != nil {
		b.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{URL: s.URL + "/tool"}, &metadata.Signing{Algorithm: "minisign", Keys: []metadata.Source{{Inline: key.PublicKey()}}})
	if err != nil {
		b.Fatal(err)
	}
	dst := filepath.Join(b.TempDir(), "tool")
	b.SetBytes(size)
	var ours, plain time.Duration
	oursBest, plainBest := time.Hour, time.Hour
	for b.Loop() {
		took := timed(b, func() error { return plainDownload(s, dst) })
		plain, plainBest = plain+took, min(plainBest, took)
		took = timed(b, func() error { _, err := plan.Download(b.Context(), dst); return err })
		ours, oursBest = ours+took, min(oursBest, took)
	}
	b.ReportMetric(ours.Seconds()/plain.Seconds(), "of_plain")
	b.ReportMetric(oursBest.Seconds()/plainBest.Seconds(), "best_of_plain")
}

func timed(b *testing.B, do func() error) time.Duration {
	b.Helper()
	start := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func plainDownload(s *site, dst string) error {
	resp, err := s.Client().Get(s.URL + "/tool")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	f, err := os.Create(dst)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	return errors.Join(err, f.Sync(), f.Close())
}

// pattern is an endless source that costs nothing.
type pattern struct{}

func (pattern) Read(p []byte) (int, error) { return len(p), nil }
