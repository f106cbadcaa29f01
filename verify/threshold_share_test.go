package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// TestThresholdStall: hosts that never answer don't keep the others from being
// counted, wherever they stand, and all have no more time than one had before.
func TestThresholdStall(t *testing.T) {
	for name, tt := range map[string]struct {
		stalled []int
		keys    bool // the key of each group is at a host of its own, which stalls as its file's
		within  time.Duration
		want    error
	}{
		"none":                    {nil, false, 0, nil},
		"the first":               {[]int{0, 1}, false, documentsTimeout * 2 / 5, nil},
		"the last":                {[]int{3, 4}, false, documentsTimeout * 2 / 5, nil},
		"too many":                {[]int{0, 2, 4}, false, documentsTimeout * 3 / 5, algorithm.ErrThreshold},
		"keys, the first":         {[]int{0, 1}, true, documentsTimeout, nil},
		"keys, the last":          {[]int{3, 4}, true, documentsTimeout, nil},
		"keys, and too many hang": {[]int{0, 1, 2}, true, documentsTimeout, algorithm.ErrThreshold},
	} {
		synctest.Test(t, func(t *testing.T) {
			stalls := map[string]bool{}
			for _, n := range tt.stalled {
				stalls[fmt.Sprint("sig", n)], stalls[fmt.Sprint("key", n)] = true, true
			}
			keys, files := "keys = [", "threshold = 3\nfiles = ["
			content := map[string]string{}
			for n := range 5 {
				who := string(rune('A' + n))
				content[fmt.Sprint("sig", n)], content[fmt.Sprint("key", n)] = signed(who, ""), who
				files += fmt.Sprintf("'https://example.com/sig%d', ", n)
				if tt.keys {
					keys += fmt.Sprintf("{ url = 'https://example.com/key%d', sha256 = '%s', until-version = '9.%d' }, ", n, sumOf(who), n)
				} else {
					keys += "'" + who + "', "
				}
			}
			r := release{key: "none", table: keys + "]\n" + files + "]\n", fetcher: fetchFunc(func(ctx context.Context, url string) (io.ReadCloser, error) {
				name := strings.TrimPrefix(url, "https://example.com/")
				if stalls[name] {
					return &silent{ctx: ctx}, nil
				}
				return io.NopCloser(strings.NewReader(content[name])), nil
			})}
			start := time.Now()
			report, err := r.run(t)
			if !errors.Is(err, tt.want) || tt.want == nil && (err != nil || len(report.Others) != 4-len(tt.stalled)) {
				t.Errorf("%s: %v, %v", name, report, err)
			}
			if took := time.Since(start); took > tt.within {
				t.Errorf("%s: after %v", name, took)
			}
		})
	}
}

// TestThresholdDocuments: whoever has ever more documents fetched takes none from the
// others, before the bytes and after, and what all may have stays what it is.
func TestThresholdDocuments(t *testing.T) {
	for name, tt := range map[string]struct{ before, after, hostile, at int }{
		"before the bytes":         {32, 0, 20, 20},
		"after the bytes":          {0, 32, 20, 20},
		"both":                     {32, 32, 20, 20},
		"the good one comes first": {32, 32, 20, 0},
		"most":                     {32, 32, 63, 63},
	} {
		files := map[string]string{"good": signedBy("A", data)}
		for n := range 64 {
			files[fmt.Sprint("d", n)] = fmt.Sprint("document ", n)
		}
		g := greedy{fake: fake{"greedy"}, before: tt.before, after: tt.after, url: "https://example.com/d%d", role: "paper", optional: true}
		var checks []check
		for n := range tt.hostile {
			file := fmt.Sprint("hostile", n)
			files[file] = "x"
			at, err := newLocation("https://example.com/"+file, nil)
			if err != nil {
				t.Fatal(err)
			}
			checks = append(checks, &signatureCheck{family: g, at: at, trust: &trust{parsed: greedyKey{g}}})
		}
		checks = append(checks[:tt.at:tt.at], append([]check{leaf(t, "digests", "good", "A")}, checks[tt.at:]...)...)
		s := &served{files: files}
		report, err := judged(t, &thresholdCheck{1, checks}, s)
		if err != nil || !strings.Contains(fmt.Sprint(report.Signature.URL, report.Others), "good") {
			t.Errorf("%s: %v, %v", name, report, err)
		}
		if len(s.asked) > maxFetches {
			t.Errorf("%s: %d documents", name, len(s.asked))
		}
	}
}
