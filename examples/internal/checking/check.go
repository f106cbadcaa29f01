package checking

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/relseal/relseal/examples/internal/hint"
	"github.com/relseal/relseal/examples/internal/locate"
	"github.com/relseal/relseal/verify"
)

// A Checker verifies artifacts as installers do.
type Checker struct {
	Verifier    *verify.Verifier
	Probe       verify.Fetcher    // asks whether an artifact is there
	Concurrency int               // how many artifacts are checked at a time
	Say         func(error) error // how an error is told; nil: as it is
	Flags       hint.Flags        // by which the call gives what may be missing
}

// Check gives a result for each task, in their order.
func (c *Checker) Check(ctx context.Context, tasks iter.Seq[Task]) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		var under []*Result // those whose results the batch has still to give
		jobs := func(yield func(verify.Job) bool) {
			for t := range tasks {
				r := &Result{Task: t}
				under = append(under, r)
				if !yield(c.job(r)) {
					return
				}
			}
		}
		for _, came := range c.Verifier.Batch(ctx, jobs, c.Concurrency) {
			r := under[0]
			under = under[1:]
			if r.Task.Err == nil {
				r.Report, r.Err = came.Report, c.said(came.Err)
			} else {
				r.Err = c.said(r.Task.Err)
			}
			if !yield(*r) {
				return
			}
		}
	}
}

// job is what the batch is given for a task. One that can't be checked is given as
// an empty one, whose own refusal nobody sees.
func (c *Checker) job(r *Result) verify.Job {
	if r.Task.Err != nil {
		return verify.Job{}
	}
	job := r.Job
	job.Run = func(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
		since := time.Now()
		report, err := c.verify(ctx, p, job.Artifact.URL)
		r.Took = time.Since(since)
		return report, err
	}
	return job
}

// verify fetches and verifies an artifact. Where its signature isn't there, the
// artifact may not be either, which is the better answer.
func (c *Checker) verify(ctx context.Context, p *verify.Plan, url string) (*verify.Report, error) {
	report, err := finish(ctx, p)
	if why := verify.Reason(err); why != "signature-missing" && why != "manifest-missing" {
		return report, err
	}
	if asked := locate.Ask(ctx, c.Probe, url); verify.Reason(asked) == "missing" {
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

func (c *Checker) said(err error) error {
	err = hint.Add(err, c.Flags)
	if c.Say == nil {
		return err
	}
	return c.Say(err)
}

// Transport keeps as many connections as there are artifacts under way: a handshake
// costs more than most signatures.
func Transport(concurrency int) http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 4*concurrency, 2*concurrency
	return t
}
