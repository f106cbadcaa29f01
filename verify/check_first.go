package verify

import (
	"errors"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// firstSupported returns the first of several checks that this program
// supports, which then is binding: whatever it finds is final. Each is made by
// a function whose error wraps [algorithm.ErrUnsupported] where it isn't
// supported; any other error is final, too. It is asked while planning, so that
// what is passed over can't depend on what a server says.
func firstSupported(alternatives ...func() (check, error)) (check, error) {
	var passed []error
	for _, make := range alternatives {
		c, err := make()
		if err == nil {
			return firstOf{c, passed}, nil
		}
		if !errors.Is(err, algorithm.ErrUnsupported) {
			return nil, err
		}
		passed = append(passed, err)
	}
	return nil, fmt.Errorf("%w: none of %d alternatives: %w", algorithm.ErrUnsupported, len(alternatives), together(passed...))
}

// firstOf is the check that was chosen.
type firstOf struct {
	check
	passed []error // why those before it were not
}

func (c firstOf) outline(o *outline) {
	for _, err := range c.passed {
		o.note("passed over: " + err.Error())
	}
	c.check.outline(o)
}
