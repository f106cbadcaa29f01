package checksums

import (
	"bytes"
	"errors"
	"fmt"
)

// CheckName refuses a name that no manifest can have.
func CheckName(name string) error {
	if err := checkText([]byte(name)); err != nil {
		return fmt.Errorf("the name %.30q: %w", name, err)
	}
	return checkName([]byte(name))
}

// checkName refuses a name that may be another one elsewhere: another way to
// write a path, or one that leads out of a folder.
func checkName(name []byte) error {
	switch {
	case len(name) == 0:
		return errors.New("an empty name")
	case bytes.IndexByte(name, '\\') >= 0:
		return fmt.Errorf("the name %.30q has a backslash", name)
	case name[0] == '/', len(name) > 2 && name[1] == ':' && name[2] == '/':
		return fmt.Errorf("the name %.30q is an absolute path", name)
	}
	for more, rest := true, withoutDot(name); more; {
		var element []byte
		element, rest, more = bytes.Cut(rest, []byte("/"))
		switch string(element) {
		case "", ".", "..":
			return fmt.Errorf("the name %.30q has %q as an element", name, element)
		}
	}
	return nil
}

// withoutDot is the name without a "./" at its start.
func withoutDot(name []byte) []byte { return bytes.TrimPrefix(name, []byte("./")) }

// base is the name without its folders.
func base(name []byte) []byte { return name[bytes.LastIndexByte(name, '/')+1:] }
