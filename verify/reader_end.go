package verify

import (
	"errors"
	"fmt"
	"io"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// ended is what a Reader that was judged or closed returns: nil only after the
// verdict was yes.
func (r *Reader) ended() error {
	switch {
	case r.err != nil:
		return r.err
	case r.done:
		return nil
	default:
		return fail(stageVerdict, r.source, fmt.Errorf("%w: closed before the verdict; call Finish first", ErrUnverified))
	}
}

// delivered is ended for those who want the bytes: also after a yes there is no
// success for who didn't get all of them.
func (r *Reader) delivered() error {
	if err := r.ended(); err != nil || !r.thrown {
		return err
	}
	return fail(stageVerdict, r.source, fmt.Errorf("%w: Finish has read the rest of the bytes, and nobody got them", ErrUnverified))
}

// stop ends the Reader with an error.
func (r *Reader) stop(stage string, err error) error {
	_ = r.lanes.wait() // the first error counts
	r.done = true
	r.err = fail(stage, r.source, err)
	r.say("refused", "error", r.err)
	return r.err
}

// decide is where every verdict is made, once src has ended. It returns nil if
// the artifact may be used.
func (r *Reader) decide() error {
	if r.srcErr != io.EOF || ended(r.src.ctx) != nil { //nolint:errorlint // only io.EOF itself is the end
		return r.stop(stageArtifact, r.broken())
	}
	if err := r.lanes.wait(); err != nil {
		return r.stop(stageVerdict, err)
	}
	r.report.Size = r.lanes.seen
	digests := r.running.digests()
	err := r.report.judge(r.ctx, r.plan, r.session, r.judge, digests)
	if err == nil {
		err = r.plan.settle(r.ctx, &r.report, r.judge, digests)
	}
	if err != nil {
		refused := *fail(stageVerdict, r.source, err)
		refused.Digests = byName(digests)
		return r.stop(stageVerdict, &refused)
	}
	r.done = true
	r.say("judged", "status", string(r.report.Status))
	return nil
}

// say logs what became of the artifact, where somebody listens.
func (r *Reader) say(what, key string, value any) {
	if r.log != nil {
		r.log.DebugContext(r.ctx, what, "artifact", terminal.Text(r.source), key, value)
	}
}

// broken is why the artifact could not be read to its end.
func (r *Reader) broken() error {
	if err := ended(r.src.ctx); err != nil {
		return err
	}
	if r.closer == nil || errors.Is(r.srcErr, algorithm.ErrTooLarge) || errors.Is(r.srcErr, ErrUnreachable) {
		return r.srcErr
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, r.srcErr)
}
