package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/relseal/relseal/internal/bench/process"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// The peers of Download: what doesn't verify.
const (
	plainCopy  = "io.Copy to a file"
	plainFsync = "io.Copy, fsync"
)

// The marks of a download, after its last byte.
const (
	markVerdict = "verdict"
	markDone    = "done"
)

// downloadRaces fetch from another process. With one core it is the client that
// has one; the server may use all.
func (h *host) downloadRaces(s site) []race {
	var all []race
	for _, r := range []struct{ name, path, family string }{
		{"full-speed/minisign", pathFull, "minisign"},
		{"full-speed/cosign", pathFull, "cosign"},
		{"100-MiB-per-s/minisign", pathThrottled, "minisign"},
	} {
		sides := []string{relseal, plainCopy, plainFsync}
		all = append(all, race{name: "download/" + r.name, sides: sides, run: func(ctx context.Context, m mode, chosen []int, rounds int) ([][]process.Cost, error) {
			return inTurn(chosen, rounds, func(side int) (process.Cost, error) {
				return h.cost(ctx, m, job{Kind: jobDownload, Fixtures: h.fixtures, Family: r.family, Who: sides[side], Site: s, Path: r.path})
			})
		}})
	}
	return all
}

// A lastByte is a transport that notes when bytes of a body have last come.
type lastByte struct {
	http.RoundTripper
	at *atomic.Int64 // nanoseconds since the epoch
}

func (l lastByte) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = notedBody{resp.Body, l.at}
	}
	return resp, err
}

type notedBody struct {
	io.ReadCloser
	at *atomic.Int64
}

func (b notedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.at.Store(time.Now().UnixNano())
	}
	return n, err
}

// client trusts the site, and speaks HTTP/1.1 as the server does.
func (s site) client(last *atomic.Int64) (*http.Client, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(s.Cert)) {
		return nil, errors.New("no certificate of the server")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}
	return &http.Client{Transport: lastByte{transport, last}}, nil
}

// download is one download, from the connection to the file under its name.
func (j job) download(ctx context.Context) (_ process.Cost, err error) {
	dir, err := os.MkdirTemp(string(j.Fixtures), "download-")
	if err != nil {
		return process.Cost{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	dst := filepath.Join(dir, "artifact")
	var last, verdict atomic.Int64
	client, err := j.Site.client(&last)
	if err != nil {
		return process.Cost{}, err
	}
	fetch := func() error { return plainDownload(ctx, client, j.Site.URL+j.Path, dst, j.Who == plainFsync) }
	if j.Who == relseal {
		f, err := familyOf(j.Family)
		if err != nil {
			return process.Cost{}, err
		}
		s, err := j.Fixtures.signed(f, medium)
		if err != nil {
			return process.Cost{}, err
		}
		plan, err := s.plan(verify.Config{
			Fetcher: https.Fetcher{Client: client},
			Accept:  func(*verify.Report) error { verdict.Store(time.Now().UnixNano()); return nil },
		}, verify.Artifact{URL: j.Site.URL + j.Path})
		if err != nil {
			return process.Cost{}, err
		}
		fetch = func() error { return verified(plan.Download(ctx, dst)) }
	}
	var done time.Time
	cost, err := process.Measure(func() error {
		defer func() { done = time.Now() }()
		return fetch()
	})
	cost.Marks = map[string]time.Duration{markDone: time.Duration(done.UnixNano() - last.Load())}
	if at := verdict.Load(); at > 0 {
		cost.Marks[markVerdict] = time.Duration(at - last.Load())
	}
	return cost, err
}

// plainDownload trusts what it gets.
func plainDownload(ctx context.Context, client *http.Client, url, dst string, sync bool) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", resp.Status)
	}
	f, err := os.Create(dst)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	if sync {
		err = errors.Join(err, f.Sync())
	}
	return errors.Join(err, f.Close())
}

// markTable has what passes after the last byte.
func markTable(results []result) string {
	var rows [][]string
	for _, r := range results {
		for side, costs := range r.costs {
			if len(costs) == 0 {
				continue
			}
			row := []string{r.race.name, r.race.sides[side], fmt.Sprint(r.mode.cores)}
			for _, mark := range []string{markVerdict, markDone} {
				row = append(row, markText(costs, mark))
			}
			rows = append(rows, row)
		}
	}
	return markdown([]string{"row", "who", "cores", "last byte to verdict", "last byte to the end of the call"}, rows)
}

func markText(costs []process.Cost, mark string) string {
	var values []float64
	for _, c := range costs {
		if d, ok := c.Marks[mark]; ok {
			values = append(values, float64(d))
		}
	}
	s := spreadOf(values)
	if s.n == 0 {
		return dash
	}
	return fmt.Sprintf("%s [%s–%s]", timeText(s.median), timeText(s.low), timeText(s.high))
}
