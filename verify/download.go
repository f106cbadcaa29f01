package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// maxRestarts is how many times a transfer begins anew.
const maxRestarts = 3

// restarting calls once, and again, after a while, as long as it fails with
// [ErrRestart].
func restarting(ctx context.Context, once func() error) error {
	for n := range maxRestarts {
		err := once()
		if !errors.Is(err, ErrRestart) || ctx.Err() != nil {
			return err
		}
		pause := time.NewTimer(rand.N(time.Second << n)) //nolint:gosec // no secret: not all at once
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
	return once()
}

// transfer brings the artifact from its URL into the temporary file, and returns
// the verdict.
func (p *Plan) transfer(ctx context.Context, place *placement) (report *Report, err error) {
	if p.v.resume {
		place.keep(ctx, p.artifact.URL)
	}
	var k resumable
	if place.kept != nil {
		k = place.kept
	}
	start := time.Now()
	_ = restarting(ctx, func() error {
		if err != nil { // of the last try
			place.drop()
		}
		report, err = p.within(time.Since(start)).fill(ctx, nil, place, k)
		var typed *Error
		if errors.As(err, &typed) && typed.Stage != stageArtifact {
			return nil // a document begins anew by itself
		}
		return err
	})
	place.leave(err)
	return report, err
}

// within is the plan with what is left of an artifact's time.
func (p *Plan) within(spent time.Duration) *Plan {
	if p.v.limits.longest == 0 {
		return p
	}
	v, rest := *p.v, *p
	v.limits.longest = max(v.limits.longest-spent, 1)
	rest.v = &v
	return &rest
}

// resumable is what was kept of an artifact, for a transfer to go on with. It is an
// interface so that programs that keep nothing don't link how it is done.
type resumable interface {
	// rest is what to ask for.
	rest() (offset int64, validator string)

	// begin makes ready for a response.
	begin(r *Response) error

	// head reads what comes before the response.
	head(bytes int64) io.Reader
}

// fetch opens the artifact's URL as the source. What has been kept of it comes
// first, if the server can go on with that.
func (r *Reader) fetch(ctx context.Context, p *Plan, k resumable) error {
	ctx, cancel := p.v.limits.start(ctx)
	request := Request{URL: p.artifact.URL, Role: roleArtifact}
	if k != nil {
		request.Offset, request.Validator = k.rest()
	}
	response, err := p.v.open(ctx, request)
	if err != nil {
		cancel(nil)
		return err
	}
	transfer := p.v.limits.bound(response, cancel)
	r.closer = transfer
	r.src = steady{src: transfer, ctx: ctx, meter: r.src.meter}
	r.lanes.size = response.Size
	r.src.meter.expect(response)
	if response.Size > r.limit {
		err = fmt.Errorf("%w: %d bytes, which is over %d", algorithm.ErrTooLarge, response.Size, r.limit)
	}
	if err == nil && k != nil {
		err = k.begin(response)
	}
	if err != nil {
		_ = closeBody(ctx, transfer) // nothing of it is wanted
		return err
	}
	if response.Offset > 0 {
		r.src.src = io.MultiReader(k.head(response.Offset), transfer)
	}
	return nil
}
