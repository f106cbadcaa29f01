package cosign

import (
	"strings"
	"unicode"
)

// maxErrorText bounds the text of an error, in bytes.
const maxErrorText = 1000

// forPeople makes the text of an error fit to be shown. Those of the libraries
// below repeat what the signature's file says, of any length and with whatever
// a terminal takes for a command.
func forPeople(err error) error {
	if text := err.Error(); len(text) > maxErrorText || !printable(text) {
		return shown{err}
	}
	return err
}

type shown struct{ error }

func (s shown) Error() string {
	text := s.error.Error()
	if len(text) > maxErrorText {
		text = text[:maxErrorText] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

func (s shown) Unwrap() error { return s.error }
