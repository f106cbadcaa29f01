package algorithm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A RefusedError says why each of several signatures in one document was
// refused, of which one would have done. [errors.Is] holds for what any of them
// wraps.
type RefusedError struct {
	// What they are, in the plural, such as "bundles".
	What string

	// Causes are why, in the order of the document; at least one.
	Causes []error
}

// maxRefusedText bounds the text of a [RefusedError], in bytes, and leastCause
// is what each cause has of it.
const (
	maxRefusedText = 499
	leastCause     = 60
)

// Error returns one line of less than 500 bytes: the reason of [RefusedError.Main],
// then each cause after its number. Of long ones the end is left out, and of
// many of them all but their reasons' count.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("none of %d %s counts", len(e.Causes), e.What)
	if reason := telling(e.Main()); reason != nil {
		text = reason.Error() + ": " + text
	}
	groups := e.grouped()
	shown := groups[:min(len(groups), (maxRefusedText-len(text)-len("; and 32 others"))/(leastCause+len("; 1–32: ")))]
	room := (maxRefusedText - len(text) - len("; and 32 others")) / len(shown)
	said := 0
	for i, g := range shown {
		said += g.count
		text += []string{": ", "; "}[min(i, 1)] + cut(g.numbers+": "+g.text, room-len("; "))
	}
	if said < len(e.Causes) {
		text += fmt.Sprintf("; and %d others", len(e.Causes)-said)
	}
	return text
}

// A refusedGroup is several causes in a row with the same text.
type refusedGroup struct {
	numbers, text string
	count         int
}

func (e *RefusedError) grouped() []refusedGroup {
	var groups []refusedGroup
	for i := 0; i < len(e.Causes); {
		text, n := e.Causes[i].Error(), 1
		for i+n < len(e.Causes) && e.Causes[i+n].Error() == text {
			n++
		}
		numbers := fmt.Sprint(i + 1)
		if n > 1 {
			numbers += fmt.Sprintf("–%d", i+n)
		}
		groups = append(groups, refusedGroup{numbers, text, n})
		i += n
	}
	return groups
}

// cut leaves out the end of a text that is over so many bytes.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	limit -= len("…")
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return strings.TrimRight(text[:limit], " :;") + "…"
}

// Unwrap returns the causes.
func (e *RefusedError) Unwrap() []error { return e.Causes }

// Main returns the cause that tells most: that of the signature that came
// furthest. One that fails on the bytes or a proof ([ErrInvalid]) was signed by
// who must have, while one by somebody else may well lie beside it, and what
// can't be read at all says least. Of several alike it is the first.
func (e *RefusedError) Main() error {
	return slices.MinFunc(e.Causes, func(a, b error) int { return rank(a) - rank(b) })
}

// furthest are the reasons for which a signature is refused, those first that
// only one comes to that has passed most.
func furthest() []error {
	return []error{
		ErrInvalid, ErrRevoked, ErrKeyRetired, ErrKeyExpired, ErrSignatureExpired, ErrNotYetValid, ErrVersionMismatch, ErrNameMismatch,
		ErrPredicate, ErrUserPresence,
		ErrIdentity, ErrWrongKey, ErrWeak, ErrLegacy, ErrThreshold, ErrUnsupported, ErrTooLarge, ErrMalformed, ErrNoSignature,
	}
}

func rank(err error) int {
	for i, reason := range furthest() {
		if errors.Is(err, reason) {
			return i
		}
	}
	return len(furthest())
}

// telling is the reason that an error wraps, nil where there is none.
func telling(err error) error {
	if i := rank(err); i < len(furthest()) {
		return furthest()[i]
	}
	return nil
}
