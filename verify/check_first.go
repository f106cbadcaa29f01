package verify

import (
	"context"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// firstSupported returns the first of several checks that this program
// supports, which then is binding: whatever it finds is final. Each is made by
// a function whose error is a [notSupportedError] where it isn't supported; any
// other error is final, too. It is asked while planning, so that
// what is passed over can't depend on what a server says.
func firstSupported(alternatives ...func() (check, error)) (check, error) {
	found, passed, err := supported(1, alternatives)
	if err != nil {
		return nil, err
	}
	return firstOf{found[0], passed}, nil
}

// everySupported returns all of them that this program supports, of which each
// must hold.
func everySupported(alternatives ...func() (check, error)) (everyOf, error) {
	found, passed, err := supported(len(alternatives), alternatives)
	return everyOf{found, passed}, err
}

// supported returns so many at most of those that are supported, at least one,
// and why those before or between weren't.
func supported(most int, alternatives []func() (check, error)) (found []check, passed []error, err error) {
	for _, make := range alternatives {
		c, err := make()
		switch {
		case err == nil:
			found = append(found, c)
		case !as[*notSupportedError](err):
			return nil, nil, err
		default:
			passed = append(passed, unmarked(err))
		}
		if len(found) == most {
			break
		}
	}
	if len(found) == 0 {
		return nil, nil, fmt.Errorf("%w: none of %d alternatives: %w", algorithm.ErrUnsupported, len(alternatives), together(passed...))
	}
	return found, passed, nil
}

// A notSupportedError is one for which the next alternative is taken: the program
// doesn't have the family, or the family a kind of key. Any other is final, also
// where it wraps [algorithm.ErrUnsupported]: what the program demands, or a mistake
// of the table's, must never make a failure a success.
type notSupportedError struct{ error }

func (e *notSupportedError) Unwrap() error { return e.error }

// unmarked is the error itself.
func unmarked(err error) error {
	if marked, ok := err.(*notSupportedError); ok { //nolint:errorlint // what was marked, and not wrapped since
		return marked.error
	}
	return err
}

// firstOf is the check that was chosen.
type firstOf struct {
	check
	passed []error // why those before it were not
}

func (c firstOf) open(ctx context.Context, s *session) (judge, error) {
	j, err := c.check.open(ctx, s)
	if err != nil {
		return nil, err
	}
	return passedJudge{j, c.passed}, nil
}

// A passedJudge says in the report which alternatives were not looked at.
type passedJudge struct {
	judge
	passed []error
}

func (j passedJudge) verdict(ctx context.Context, digests []algorithm.Digest) ([]Signature, error) {
	signatures, err := j.judge.verdict(ctx, digests)
	if err != nil || len(signatures) == 0 {
		return nil, err
	}
	for _, passed := range j.passed {
		signatures[0].notCheck("an alternative: " + passed.Error())
	}
	return signatures, nil
}

func (c firstOf) outline(o *outline) {
	for _, err := range c.passed {
		o.note("passed over: " + err.Error())
	}
	c.check.outline(o)
}

// everyOf are the checks that were chosen.
type everyOf struct {
	checks allOf
	passed []error // why the others were not
}

func (c everyOf) open(ctx context.Context, s *session) (judge, error) {
	return firstOf{c.checks, c.passed}.open(ctx, s)
}

func (c everyOf) binds() Binding { return c.checks.binds() }

func (c everyOf) outline(o *outline) { firstOf{c.checks, c.passed}.outline(o) }
