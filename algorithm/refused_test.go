package algorithm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/relseal/relseal/algorithm"
)

// Of several causes the main one is that of the signature that came furthest,
// and all of them can be asked for.
func TestRefusedError(t *testing.T) {
	because := func(sentinel error, text string) error { return fmt.Errorf("%w: %s", sentinel, text) }
	bare := errors.New("something else")
	for name, test := range map[string]struct {
		causes []error
		main   int
		says   string
	}{
		"one":                  {[]error{because(algorithm.ErrIdentity, "a")}, 0, "wrong identity: none of 1 bundles counts: 1: wrong identity: a"},
		"all agree":            {[]error{because(algorithm.ErrIdentity, "a"), because(algorithm.ErrIdentity, "b")}, 0, "wrong identity: none of 2 bundles counts: 1: wrong identity: a; 2: wrong identity: b"},
		"the same text":        {slices.Repeat([]error{because(algorithm.ErrIdentity, "a")}, 3), 0, "wrong identity: none of 3 bundles counts: 1–3: wrong identity: a"},
		"invalid after others": {[]error{because(algorithm.ErrMalformed, "a"), because(algorithm.ErrIdentity, "b"), because(algorithm.ErrInvalid, "c")}, 2, "invalid signature: none of 3 bundles counts: 1: malformed: a; 2: wrong identity: b; 3: invalid signature: c"},
		"identity, malformed":  {[]error{because(algorithm.ErrMalformed, "a"), because(algorithm.ErrIdentity, "b")}, 1, "wrong identity: none of 2 "},
		"expired, identity":    {[]error{because(algorithm.ErrIdentity, "a"), because(algorithm.ErrKeyExpired, "b")}, 1, "key expired: none of 2 "},
		"without sentinel":     {[]error{bare, because(algorithm.ErrMalformed, "a")}, 1, "malformed: "},
		"none has one":         {[]error{bare}, 0, "none of 1 bundles counts: 1: something else"},
	} {
		err := &algorithm.RefusedError{What: "bundles", Causes: test.causes}
		if got := err.Main(); got != test.causes[test.main] {
			t.Errorf("%s: main cause %v", name, got)
		}
		if !strings.HasPrefix(err.Error(), test.says) {
			t.Errorf("%s: %s", name, err)
		}
		for _, c := range test.causes {
			if !errors.Is(err, c) {
				t.Errorf("%s: not %v", name, c)
			}
		}
	}
}

func TestRefusedErrorIsShort(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 8, 32, 1000} {
		for _, length := range []int{1, 10, 60, 100, 499} {
			var causes []error
			for i := range n {
				causes = append(causes, fmt.Errorf("%w: %d %s", algorithm.ErrIdentity, i, strings.Repeat("ß", length)))
			}
			text := (&algorithm.RefusedError{What: "bundles", Causes: causes}).Error()
			if len(text) > 499 || !utf8.ValidString(text) || !strings.Contains(text, "1: wrong identity: 0 ß") {
				t.Errorf("%d causes: %d bytes: %s", n, len(text), text)
			}
			if n >= 8 && !strings.Contains(text, "others") {
				t.Errorf("%d causes, and no word of the others: %s", n, text)
			}
		}
	}
}
