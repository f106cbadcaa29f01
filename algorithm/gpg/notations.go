package gpg

import (
	"fmt"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// The limits of notations, in bytes.
const (
	maxNotationName = 255
	maxNotation     = 1 << 10
)

// The keys of the signing table.
const (
	nameNotation    = "name-notation"
	versionNotation = "version-notation"
)

// notations are the names of the notations (RFC 9580 section 5.2.3.24) by which
// signatures say what they are for, "" where the table names none.
type notations struct {
	name, version string
}

// A claim is what a signature says of its artifact, "" where it says nothing.
type claim struct {
	name, version string
}

// readNotations reads the names from the table.
func readNotations(values map[string]algorithm.Value) (notations, error) {
	n := notations{name: values[nameNotation].Text, version: values[versionNotation].Text}
	for _, key := range []string{nameNotation, versionNotation} {
		if name := values[key].Text; name != "" && !isNotationName(name) {
			return notations{}, fmt.Errorf("%w: %s = %.80q is no name of a notation, such as \"version@example.org\"", algorithm.ErrMalformed, key, name)
		}
	}
	if n.name != "" && n.name == n.version {
		return notations{}, fmt.Errorf("%w: %s and %s are the same notation, which can't say both", algorithm.ErrMalformed, nameNotation, versionNotation)
	}
	return n, nil
}

// isNotationName tells whether a name is one of the user namespace. Names
// without a domain are the IETF's, which has made none. What begins with "!" or
// "-" is how gpg's options say that a notation is critical or goes away.
func isNotationName(name string) bool {
	tag, domain, found := strings.Cut(name, "@")
	return found && tag != "" && domain != "" && len(name) <= maxNotationName &&
		!strings.ContainsAny(name, " =") && !strings.Contains(domain, "@") && !strings.ContainsAny(name[:1], "!-") && terminal.Text(name) == name
}

// knows tells whether a notation is understood, so that it may be critical: one
// that the table names, with a value that says something.
func (n notations) knows(notation *packet.Notation) bool {
	switch notation.Name {
	case "":
		return false
	case n.name:
		return fileName(notation) != ""
	case n.version:
		return text(notation) != ""
	}
	return false
}

// judgeCritical refuses a signature with a critical notation that isn't known.
func (n notations) judgeCritical(sig *packet.Signature) error {
	for _, notation := range sig.Notations {
		if notation.IsCritical && !n.knows(notation) {
			return fmt.Errorf("%w: critical notation %.60q", algorithm.ErrUnsupported, notation.Name)
		}
	}
	return nil
}

// read returns what a signature says; package packet has the notations of the
// signed area alone. One that says two different things in one notation is
// refused: it can't mean both, and which comes first means nothing.
func (n notations) read(sig *packet.Signature) (claim, error) {
	var c claim
	if notation, same := single(sig, n.name); !same {
		return claim{}, fmt.Errorf("%w: the signature has different values of the notation %.60q", algorithm.ErrNameMismatch, n.name)
	} else if notation != nil {
		c.name = fileName(notation)
	}
	if notation, same := single(sig, n.version); !same {
		return claim{}, fmt.Errorf("%w: the signature has different values of the notation %.60q", algorithm.ErrVersionMismatch, n.version)
	} else if notation != nil {
		c.version = text(notation)
	}
	return c, nil
}

// single returns the notation of a name, nil where there is none. same is false
// where there are several that differ.
func single(sig *packet.Signature, name string) (found *packet.Notation, same bool) {
	if name == "" {
		return nil, true
	}
	for _, notation := range sig.Notations {
		switch {
		case notation.Name != name:
		case found == nil:
			found = notation
		case string(found.Value) != string(notation.Value) || found.IsHumanReadable != notation.IsHumanReadable:
			return nil, false
		}
	}
	return found, true
}

// text is a notation's value, "" where it isn't text that can be shown as it
// is: marked as for people, in UTF-8, in few bytes, and with nothing that can't
// be seen.
func text(notation *packet.Notation) string {
	value := string(notation.Value)
	if !notation.IsHumanReadable || len(value) > maxNotation || terminal.Text(value) != value {
		return ""
	}
	return value
}

// fileName is the text of a notation that is one element of a path, "" for
// others.
func fileName(notation *packet.Notation) string {
	name := text(notation)
	if name == "." || name == ".." || strings.ContainsAny(name, `/\`) {
		return ""
	}
	return name
}

// judgeBound refuses a signature for what it says of its artifact.
func (p *policy) judgeBound(c candidate) error {
	if p.bind == nil {
		return nil
	}
	if err := p.bind(c.says.name, c.says.version); err != nil {
		return fmt.Errorf("signature by %s: %w", c.by.fingerprint, err)
	}
	return nil
}

// judgeEarly refuses a file none of whose signatures can count whatever the
// artifact is, for what they say of it. Nobody knows yet whether their signers
// said it, so it accepts none.
func (v *verifier) judgeEarly() error {
	if v.unread > 0 {
		return nil
	}
	var first error
	for _, c := range v.candidates {
		err := v.policy.judgeBound(c)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}
