package algorithm

import (
	"fmt"
	"slices"
)

// Trust is what the publisher declared and what an [Algorithm] turns into a
// [Key]. Files and URLs are already resolved to bytes, templates are rendered.
// A field that is zero was not declared.
type Trust struct {
	// PublicKeys are the keys of which any may have signed, each in the
	// family's native form: pubkey and keys of the table.
	PublicKeys []string

	// Identity is who must have signed, for keyless signatures: all claims
	// must hold. With PublicKeys as well, both must hold.
	Identity []Claim

	// TrustedRoot is a sigstore trusted root as JSON; nil means the program's.
	TrustedRoot []byte

	// TransparencyLog and SCT say whether a log entry and a signed certificate
	// timestamp are demanded; nil means the family's default.
	TransparencyLog, SCT *bool

	// TrustedComment is what a minisign trusted comment must say, to the letter.
	TrustedComment string

	// Principal and Namespace are the SSH signer's principal and the
	// namespace of the signature.
	Principal, Namespace string
}

// A Claim is one field of an identity, such as issuer or subject, and what it
// must say.
type Claim struct {
	// Field is the field's name in the signing table, without "-regexp".
	Field string

	// Value is the exact text, or a regular expression (RE2 syntax) that must
	// match the whole text where Regexp is set.
	Value  string
	Regexp bool
}

// RefuseOthers returns an error that wraps [ErrUnsupported] and names the
// first declared constraint that is not among the understood ones, and nil if
// there is none: a constraint that is silently ignored is a hole. They go by
// their names in the signing table, such as "trusted-comment"; the public keys
// need no naming. Every [Algorithm.Key] calls it first.
func (t Trust) RefuseOthers(understood ...string) error {
	declared := []struct {
		name string
		set  bool
	}{
		{"identity", t.Identity != nil},
		{"trusted-root", t.TrustedRoot != nil},
		{"transparency-log", t.TransparencyLog != nil},
		{"sct", t.SCT != nil},
		{"trusted-comment", t.TrustedComment != ""},
		{"principal", t.Principal != ""},
		{"namespace", t.Namespace != ""},
	}
	for _, d := range declared {
		if d.set && !slices.Contains(understood, d.name) {
			return fmt.Errorf("%w: %q has no meaning for this algorithm", ErrUnsupported, d.name)
		}
	}
	return nil
}
