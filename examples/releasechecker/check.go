package main

import (
	"context"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/locate"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A checker verifies artifacts as installers do.
type checker struct {
	verifier    *verify.Verifier
	probe       verify.Fetcher // asks whether an artifact is there
	dir         *folder        // nil without --dir
	file        string         // with the tables; "" for jobs
	beside      *os.Root       // its folder, for key files
	concurrency int
}

// checker is what the call demands.
func (o *options) checker(ctx context.Context) (*checker, error) {
	c := &checker{file: o.file(), concurrency: o.concurrency}
	client := &http.Client{Transport: o.roundTripper()}
	var fetcher verify.Fetcher = https.Fetcher{Client: client}
	c.probe = locate.Probe(client)
	if o.dir != "" {
		dir, err := openFolder(o.dir, fetcher)
		if err != nil {
			return nil, err
		}
		c.dir, fetcher, c.probe = dir, dir, dir
	}
	if c.file != "" {
		c.beside, _ = os.OpenRoot(filepath.Dir(c.file)) // where there is none, the file will be missed
	}
	config, err := o.config(ctx, fetcher)
	if err == nil {
		c.verifier, err = verify.New(config)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// config is what is demanded of every artifact.
func (o *options) config(ctx context.Context, fetcher verify.Fetcher) (verify.Config, error) {
	all, err := families.All(ctx, o.demands.Families)
	if err != nil {
		return verify.Config{}, err
	}
	return o.demands.Config(verify.Config{Algorithms: all, Fetcher: fetcher})
}

// roundTripper keeps as many connections as there are artifacts under way: a
// handshake costs more than most signatures.
func (o *options) roundTripper() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	switch {
	case o.transport != nil:
		return o.transport
	case !ok:
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 4*o.concurrency, 2*o.concurrency
	return t
}

func (c *checker) close() {
	if c.dir != nil {
		_ = c.dir.root.Close()
	}
	if c.beside != nil {
		_ = c.beside.Close()
	}
}

// check gives a result for each task, in their order.
func (c *checker) check(ctx context.Context, tasks iter.Seq[task]) iter.Seq[result] {
	return func(yield func(result) bool) {
		var under []*result // those whose results the batch has still to give
		jobs := func(yield func(verify.Job) bool) {
			for t := range tasks {
				r := &result{task: t}
				under = append(under, r)
				if !yield(c.job(r)) {
					return
				}
			}
		}
		for _, came := range c.verifier.Batch(ctx, jobs, c.concurrency) {
			r := under[0]
			under = under[1:]
			if r.task.err == nil {
				r.report, r.err = came.Report, c.local(came.Err)
			} else {
				r.err = c.local(r.task.err)
			}
			if !yield(*r) {
				return
			}
		}
	}
}

// job is what the batch is given for a task. One that can't be checked is given as
// an empty one, whose own refusal nobody sees.
func (c *checker) job(r *result) verify.Job {
	if r.task.err != nil {
		return verify.Job{}
	}
	job := r.job
	job.Run = func(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
		since := time.Now()
		report, err := c.verify(ctx, p, job.Artifact.URL)
		r.took = time.Since(since)
		return report, err
	}
	return job
}

// verify fetches and verifies an artifact. Where its signature isn't there, the
// artifact may not be either, which is the better answer.
func (c *checker) verify(ctx context.Context, p *verify.Plan, url string) (*verify.Report, error) {
	report, err := finish(ctx, p)
	if why := verify.Reason(err); why != "signature-missing" && why != "manifest-missing" {
		return report, err
	}
	if asked := locate.Ask(ctx, c.probe, url); verify.Reason(asked) == "missing" {
		return nil, &verify.Error{Stage: "artifact", URL: url, Err: verify.ErrMissing}
	}
	return nil, err
}

func finish(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
	r, err := p.Open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Finish()
}
