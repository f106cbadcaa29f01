package https

import (
	"errors"
	"fmt"
	"strings"

	"github.com/relseal/relseal/verify"
)

// A Mirror says where else documents are. Who runs one needn't be trusted: what
// it brings is verified like any other.
type Mirror struct {
	// From is what URLs begin with, such as "https://github.com/acme/". It ends
	// with "/", is an https URL, and is compared to the letter.
	From string

	// To are the beginnings that are tried in its place, in order: the next where
	// one can't be reached, isn't who it should be, or hasn't got the document.
	// From itself is tried only where it stands among them. What one of them has
	// begun no other goes on with; what verify.Config.Resume has kept is gone on
	// with by the first that has the same version by its validator.
	To []string
}

// sources are the URLs to try for one.
func sources(mirrors []Mirror, raw string) ([]string, error) {
	for _, m := range mirrors {
		for _, base := range append([]string{m.From}, m.To...) {
			if err := verify.CheckURL(base); err != nil {
				return nil, fmt.Errorf("mirror: %w", err)
			}
			if !strings.HasSuffix(base, "/") || strings.ContainsAny(base, "?#") {
				return nil, fmt.Errorf("%w: a mirror's beginning of a URL has to end with a slash, and has no query", verify.ErrURL)
			}
		}
	}
	for _, m := range mirrors {
		rest, ok := strings.CutPrefix(raw, m.From)
		if !ok {
			continue
		}
		if len(m.To) == 0 {
			return nil, fmt.Errorf("%w: a mirror that is nowhere", verify.ErrURL)
		}
		urls := make([]string, len(m.To))
		for i, base := range m.To {
			urls[i] = base + rest
		}
		return urls, nil
	}
	return []string{raw}, nil
}

// ofAll is the error of one or several sources. That one says it hasn't got the document
// proves nothing while another couldn't be asked.
func ofAll(errs []error) error {
	all := sourcesError{}
	for _, err := range errs {
		all.texts = append(all.texts, err.Error())
		if !errors.Is(err, verify.ErrMissing) {
			all.causes = append(all.causes, err)
		}
	}
	if all.causes == nil {
		all.causes = errs
	}
	return &all
}

// A sourcesError says why each source failed.
type sourcesError struct {
	texts  []string
	causes []error
}

func (e *sourcesError) Error() string   { return strings.Join(e.texts, "; ") }
func (e *sourcesError) Unwrap() []error { return e.causes }
