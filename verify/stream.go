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
