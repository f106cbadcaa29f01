package verify

import "fmt"

// A Policy says what a program demands of a package. The zero value is the
// strictest.
type Policy int

const (
	// Require lets nothing unsigned pass: a package without a signing table is
	// refused with [ErrNotDeclared]. It is cargo-binstall's --only-signed.
	Require Policy = iota

	// IfDeclared checks every package that declares a signing table and lets
	// one without a table pass as [Unsigned]. A table is binding: a signature
	// that is missing, unreachable or bad is a failure. It is cargo-binstall's
	// default.
	IfDeclared

	// InsecureSkip fetches no key and no signature, and checks nothing but URL,
	// size and the digests that the program itself knows ([Artifact].Digests);
	// the report's status is [Skipped]. It is cargo-binstall's
	// --skip-signatures.
	InsecureSkip
)

// String returns "require", "if-declared" or "insecure-skip".
func (p Policy) String() string {
	switch p {
	case Require:
		return "require"
	case IfDeclared:
		return "if-declared"
	case InsecureSkip:
		return "insecure-skip"
	default:
		return fmt.Sprintf("Policy(%d)", int(p))
	}
}
