package verify

import (
	"context"
	"io"
)

// Stream opens the artifact as [Plan.Open] does, has use read it, and returns the
// verdict: for code that takes an [io.Reader] and is done with it when it returns,
// such as an updater's. nil reads nothing, for who has the bytes already.
//
// What use reads is tentative, as of any [Reader]: code that waits for io.EOF
// before it acts, or for the last of the bytes that it knows the number of, gets
// the refusal in their place. What use leaves unread is read and judged as well, so
// that its nil isn't taken for a yes. The error is an [*Error]: what refused the
// artifact, or else, of stage "place", what use returned.
func (p *Plan) Stream(ctx context.Context, src io.Reader, use func(io.Reader) error) (*Report, error) {
	r, err := p.Open(ctx, src)
	if err != nil {
		return nil, err
	}
	defer r.Close() // also when use panics
	if use != nil {
		err = use(r)
	}
	if err != nil && r.err == nil {
		return nil, fail(stagePlace, r.source, err)
	}
	return r.Finish()
}

// Wrap is [Plan.Open] over a src that becomes the Reader's: its Close closes src,
// and an error of Wrap's has closed it already. It is for code that hands a body
// on, such as an HTTP transport or the layer of an image. A nil src is the
// artifact's URL, as for Open.
func (p *Plan) Wrap(ctx context.Context, src io.ReadCloser) (*Reader, error) {
	if src == nil {
		return p.Open(ctx, nil)
	}
	r, err := p.Open(ctx, src)
	if err != nil {
		_ = closeBody(ctx, src) // nothing of it is wanted
		return nil, err
	}
	r.closer = src
	return r, nil
}
