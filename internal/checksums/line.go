package checksums

import (
	"bytes"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// A statement is what a line says; without a name it says nothing. It points
// into the manifest.
type statement struct {
	name   []byte
	kind   kind
	digits []byte // as many hex digits as the kind has

	labelled bool // the line says by which hash
}

// parse reads a line without its end. The errors wrap no sentinel.
func parse(line []byte) (statement, error) {
	if err := checkText(line); err != nil {
		return statement{}, err
	}
	if len(line) == 0 || line[0] == '#' {
		return statement{}, nil
	}
	if line[0] == '\\' {
		return statement{}, errors.New("a name that is escaped with backslashes")
	}
	s, err := split(line)
	if err != nil {
		return statement{}, err
	}
	if len(s.digits) != s.kind.digits || leadingHex(s.digits) != len(s.digits) {
		return statement{}, fmt.Errorf("not a digest of %d hex digits", s.kind.digits)
	}
	if err := checkName(s.name); err != nil {
		return statement{}, err
	}
	return s, nil
}

// split tells the form of a line and takes it apart.
func split(line []byte) (statement, error) {
	n := leadingHex(line)
	if rest := line[n:]; n > 0 && (bytes.HasPrefix(rest, []byte("  ")) || bytes.HasPrefix(rest, []byte(" *"))) {
		k, ok := ofLength(n)
		if !ok {
			return statement{}, fmt.Errorf("no hash is known that has %d hex digits", n)
		}
		return statement{name: rest[2:], kind: k, digits: line[:n]}, nil
	}
	label, rest, _ := bytes.Cut(line, []byte(" ("))
	// neither tool escapes names here: the last parenthesis is the one
	end := bytes.LastIndex(rest, []byte(") = "))
	if end < 0 {
		return statement{}, fmt.Errorf("%.30q is not of the form of a checksum", line)
	}
	k, ok := ofLabel(label)
	if !ok {
		return statement{}, fmt.Errorf("a digest by %.30q, which is not known", label)
	}
	return statement{name: rest[:end], kind: k, digits: rest[end+len(") = "):], labelled: true}, nil
}

// leadingHex is how many hex digits the text starts with.
func leadingHex(text []byte) int {
	for i, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return i
		}
	}
	return len(text)
}

// checkText refuses what a person who reads the line may not see as it is, or
// a program may take for the end of one.
func checkText(line []byte) error {
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		switch {
		case r == utf8.RuneError && size == 1:
			return errors.New("not UTF-8")
		case unicode.IsControl(r), r >= utf8.RuneSelf && unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control):
			return fmt.Errorf("the control character %U", r)
		}
		line = line[size:]
	}
	return nil
}
