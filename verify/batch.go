package verify

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/relseal/relseal/metadata"
)

// A Job is one artifact of a batch.
type Job struct {
	// Artifact and Table are what [Verifier.Plan] is asked for.
	Artifact Artifact
	Table    *metadata.Signing

	// Run carries out the plan, such as by [Plan.Download], and is called in a
	// goroutine of its own. nil fetches the artifact from its URL and verifies
	// it; its bytes aren't kept.
	Run func(ctx context.Context, p *Plan) (*Report, error)
}

// A Result is what became of a [Job]: a report, or the reason why there is none.
type Result struct {
	Report *Report
	Err    error // an [*Error], or what Run returned; nil where there is a report
}

// Batch carries out many jobs, at most so many at a time as concurrency says, and
// gives their results in the order of the jobs. At most as many finished ones
// wait for one before them, so that it takes no more memory for a million of
// jobs than for some; below 1, concurrency is 1. A job that fails, or whose Run
// panics, fails alone.
//
// What the jobs have in common is had once: a document of one role and URL is
// fetched once, a key parsed once, and a manifest's signature verified once for
// all artifacts whose tables and programs demand the same of it. At most some 128
// MiB of that are kept and for at most 15 minutes, and what couldn't be had for
// one minute; what is left out is had again. Artifacts aren't kept, nor is
// anything beyond the loop. What is shared is fetched under ctx, so that the
// Fetcher doesn't see the values of a context that Run has made, and ends when
// no job waits for it any more.
//
// jobs is asked for the next one between results, by the goroutine of the loop,
// and results wait while it doesn't return. When ctx is done, those under way
// are ended and given, then the next one with the context's error, and that is
// the last. When the loop is left, those under way are ended, and no goroutine of
// the batch is left, so Run must end with its context. Accept, Replace and Pins
// are called concurrently.
func (v *Verifier) Batch(ctx context.Context, jobs iter.Seq[Job], concurrency int) iter.Seq2[Job, Result] {
	return func(yield func(Job, Result) bool) {
		ctx, cancel := context.WithCancel(ctx)
		shelf := newShelf(ctx)
		shared := *v
		shared.common, shared.keys = shelf, newKeyring()
		next, stop := iter.Pull(jobs)
		b := &batch{v: &shared, next: next, most: max(concurrency, 1), freed: make(chan struct{}, 1)}
		// also where yield or jobs panics, when it is asked or when it is stopped
		defer shelf.close()
		defer b.wait()
		defer stop()
		defer cancel()
		b.run(ctx, yield)
	}
}

// A batch is one loop's.
type batch struct {
	v     *Verifier
	next  func() (Job, bool)
	most  int // at a time
	tasks []*task
	under atomic.Int64  // of them under way
	ended bool          // there are no more jobs, or none is wanted
	freed chan struct{} // has something when a task has ended
}

// A task is a job under way, or finished and waiting for its turn.
type task struct {
	job    Job
	result Result
	done   chan struct{}
}

func (t *task) finished() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

func (b *batch) run(ctx context.Context, yield func(Job, Result) bool) {
	for {
		for b.free() && !b.turn() {
			b.start(ctx)
		}
		switch {
		case b.turn():
			t := b.tasks[0]
			b.tasks = append(b.tasks[:0], b.tasks[1:]...)
			if !yield(t.job, t.result) {
				return
			}
		case len(b.tasks) == 0:
			return
		default:
			<-b.freed
		}
	}
}

// wait waits for all tasks, of which the context has to be done.
func (b *batch) wait() {
	for _, t := range b.tasks {
		<-t.done
	}
}

// turn reports whether the first task has finished.
func (b *batch) turn() bool { return len(b.tasks) > 0 && b.tasks[0].finished() }

// free reports whether one more job may be started: of those behind the first one
// all may come to wait for it.
func (b *batch) free() bool {
	return !b.ended && b.under.Load() < int64(b.most) && len(b.tasks) <= b.most
}

// start starts the next job, if there is one.
func (b *batch) start(ctx context.Context) {
	job, ok := b.next()
	if !ok {
		b.ended = true
		return
	}
	t := &task{job: job, done: make(chan struct{})}
	b.tasks = append(b.tasks, t)
	if err := cancelled(ctx); err != nil {
		b.ended = true
		t.result = Result{Err: fail(stagePlan, job.Artifact.URL, err)}
		close(t.done)
		return
	}
	b.under.Add(1)
	go try(func() (*Report, error) { return b.v.carryOut(ctx, job) }, func(o outcome[*Report]) {
		t.result = resultOf(job, o)
		b.under.Add(-1)
		close(t.done)
		select {
		case b.freed <- struct{}{}:
		default: // the loop will look at all of them anyway
		}
	})
}

// carryOut makes the plan and has it carried out.
func (v *Verifier) carryOut(ctx context.Context, job Job) (*Report, error) {
	p, err := v.Plan(job.Artifact, job.Table)
	if err != nil {
		return nil, err
	}
	if job.Run != nil {
		return job.Run(ctx, p)
	}
	r, err := p.Open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Finish()
}

// resultOf is what came of it: never neither a report nor an error, nor both.
func resultOf(job Job, o outcome[*Report]) Result {
	var err error
	switch {
	case o.panicked != nil:
		err = fmt.Errorf("%w: the job panicked: %v", ErrUnverified, o.panicked)
	case o.err != nil && o.err != errGone: //nolint:errorlint // that of try itself
		return Result{Err: o.err}
	case o.err != nil:
		err = fmt.Errorf("%w: the job: %w", ErrUnverified, o.err)
	case o.value == nil:
		err = fmt.Errorf("%w: the job returned neither a report nor an error", ErrUnverified)
	default:
		return Result{Report: o.value}
	}
	return Result{Err: fail(stageVerdict, job.Artifact.URL, err)}
}
