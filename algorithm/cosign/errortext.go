package cosign

import "github.com/relseal/relseal/internal/terminal"

// maxErrorText bounds the text of an error, in bytes.
const maxErrorText = 499

// forPeople makes the text of an error fit to be shown. Those of the libraries
// below repeat what the signature's file says, of any length and with whatever
// a terminal takes for a command.
func forPeople(err error) error {
	whole := err.Error()
	if text := terminal.Limit(whole, maxErrorText); text != whole {
		return shown{err, text}
	}
	return err
}

type shown struct {
	error
	text string
}

func (s shown) Error() string { return s.text }
func (s shown) Unwrap() error { return s.error }
