package main

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/locate"
	"github.com/relseal/relseal/examples/internal/progress"
	"github.com/relseal/relseal/verify"
)

// A ready is a program that was verified and can be started, or as much of it as
// there is where it was refused.
type ready struct {
	release release
	binds   verify.Binding // what of the release was demanded to be signed
	report  *verify.Report
	from    string // "cache" or "network"
	cached  bool   // it was refused as it is in the cache
	program string // its path
	args    []string

	store *store
	work  *work
}

func (r *ready) close() {
	if r.work != nil {
		_ = r.work.remove() // the next process tries again
	}
	if r.store != nil {
		_ = r.store.close()
	}
}

// prepare has a program verified, and fetched where it isn't in the cache. Where it
// fails, what it returns says what was wanted, and is closed.
func (o *options) prepare(ctx context.Context, std streams) (*ready, error) {
	r := &ready{args: o.args}
	if err := o.fill(ctx, std, r); err != nil {
		r.close()
		return r, err
	}
	return r, nil
}

func (o *options) fill(ctx context.Context, std streams, r *ready) error {
	s, err := o.source()
	if err != nil {
		return err
	}
	defer s.close()
	r.release = s.releases[0]
	if r.store, err = openStore(o.cache); err != nil {
		return err
	}
	if r.work, err = r.store.newWork(ctx); err != nil {
		return err
	}
	j := &job{options: o, source: s, ready: r, std: std, network: &network{}}
	return s.notDeclared(j.run(ctx))
}

// A job gets one program ready.
type job struct {
	*options
	*source
	*ready
	std      streams
	network  *network
	verifier *verify.Verifier
}

// A network is where documents come from at the time.
type network struct {
	verify.Fetcher
	fetching bool // a release, and not only its documents from the cache
}

// run verifies what is in the cache, or else fetches it first.
func (j *job) run(ctx context.Context) error {
	for range 3 { // others may remove what was found, and so often isn't by chance
		j.from = "cache"
		key, e, err := j.find(ctx)
		if err != nil {
			return err
		}
		if e == nil {
			j.from = "network"
			if key, e, err = j.obtain(ctx); err != nil {
				return err
			}
		}
		if e == nil {
			continue
		}
		err = j.open(ctx, e)
		gone := err != nil && !j.store.is(key, e)
		e.close()
		if !gone {
			j.cached = j.report == nil && j.from == "cache"
			return err
		}
		if err := j.work.empty(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: others keep removing it from the cache; a larger --cache-size may help", verify.ErrMissing)
}

// find looks for the release in the cache, at every place where it may be, without
// network; the entry is nil where it isn't there.
func (j *job) find(ctx context.Context) (key string, e *entry, err error) {
	if err := j.demand(ctx, true); err != nil {
		return "", nil, err
	}
	for _, release := range j.releases {
		if key, err = j.key(ctx, release); err != nil {
			return "", nil, err
		}
		if j.refresh {
			continue // but what can't be followed is refused before a server is asked
		}
		j.release = release
		if e, err = j.store.find(key); !errors.Is(err, fs.ErrNotExist) {
			j.cached = err != nil
			return key, e, err
		}
	}
	j.release = j.releases[0]
	return "", nil, nil
}

// demand makes the verifier. A trusted root that was fetched before is taken as it
// is where cached says so.
func (j *job) demand(ctx context.Context, cached bool) error {
	o := j.demands.Families
	o.Cached = cached
	all, err := families.All(ctx, o)
	if err != nil {
		return err
	}
	c, err := j.demands.Config(verify.Config{
		Algorithms:    all,
		Fetcher:       j.network,
		Digests:       []crypto.Hash{crypto.SHA256}, // the name in the cache
		KeepDocuments: true,
		Progress:      j.network.progress(progress.To(j.std.err, false)),
	})
	if err != nil {
		return err
	}
	j.verifier, err = verify.New(c)
	return err
}

// progress has a bar only for what a person waits for.
func (n *network) progress(tell func(verify.Progress)) func(verify.Progress) {
	return func(p verify.Progress) {
		if tell != nil && n.fetching {
			tell(p)
		}
	}
}

// key is the release's in the cache: of where it is, and of all by which it is judged.
func (j *job) key(ctx context.Context, r release) (string, error) {
	for _, variable := range []string{"name", "version"} {
		if j.demands.Pins.File != "" && r.artifact.Variables[variable] == "" {
			return "", planned(fmt.Errorf("%w: --pin compares by name and version: give --var %s=VALUE", algorithm.ErrMalformed, variable))
		}
	}
	plan, err := j.verifier.Plan(r.artifact, r.table)
	if err != nil {
		return "", err
	}
	fingerprint, err := plan.Fingerprint(ctx)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(fingerprint + " " + r.artifact.URL))
	return hex.EncodeToString(sum[:]), nil
}

// locate chooses the release's place, of which the first that is there counts.
func (j *job) locate(ctx context.Context) error {
	if len(j.candidates) < 2 {
		j.release = j.releases[0] // where it isn't there, the download tells
		return nil
	}
	chosen, err := locate.First(ctx, locate.Probe(&http.Client{Transport: j.roundTripper()}), j.candidates)
	if err != nil {
		return err
	}
	for _, r := range j.releases {
		if r.artifact.URL == chosen.URL {
			j.release = r
		}
	}
	return nil
}

func (o *options) roundTripper() http.RoundTripper {
	if o.transport != nil {
		return o.transport
	}
	return http.DefaultTransport
}
