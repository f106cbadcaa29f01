package verify

import "strings"

// several are errors of which none is more the reason than another.
type several []error

// together joins errors into one of one line, in their order. It is nil for
// none.
func together(errs ...error) error {
	if len(errs) == 0 {
		return nil
	}
	return several(errs)
}

func (s several) Error() string {
	texts := make([]string, len(s))
	for i, err := range s {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (s several) Unwrap() []error { return s }
