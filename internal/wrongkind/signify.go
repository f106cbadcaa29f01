package wrongkind

import (
	"encoding/base64"
	"slices"
	"strings"
)

// The sizes of what minisign and signify write as base64, in bytes.
const (
	commentedKeySize      = 2 + 8 + 32
	commentedSignature    = 2 + 8 + 64
	signifySecretKeySize  = 2 + 2 + 4 + 16 + 8 + 8 + 64
	minisignSecretKeySize = 2 + 2 + 2 + 32 + 8 + 8 + 8 + 64 + 32
)

// commentKind knows the files of minisign and signify, whose second line is
// base64. Their public keys have one form, in which minisign takes any first
// line.
func commentKind(lines []string) *kind {
	if len(lines) < 2 {
		if strings.HasPrefix(lines[0], "untrusted comment:") {
			return &kind{what: "the comment line alone of a minisign or signify file"}
		}
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(lines[1])
	if err != nil {
		return nil
	}
	k := commentedKind(raw)
	switch {
	case k == nil:
		return nil
	case k.role == Signature && len(lines) > 2 && strings.HasPrefix(lines[2], "trusted comment:"):
		k.what, k.families = "a minisign signature", []string{"minisign"}
	case k.role == Signature && k.families == nil:
		k.what, k.families = "a signify signature", []string{"signify"}
	case k.role == PublicKey && strings.Contains(lines[0], "minisign"):
		k.what = "a minisign public key"
	case k.role == PublicKey:
		k.what = "a signify public key"
	}
	return k
}

// commentedKind tells the binary form.
func commentedKind(raw []byte) *kind {
	switch {
	case len(raw) == minisignSecretKeySize && strings.HasPrefix(string(raw), "Ed"):
		return &kind{what: "a minisign secret key", families: []string{"minisign"}, advice: adviceRevoke}
	case len(raw) == signifySecretKeySize && strings.HasPrefix(string(raw), "Ed"):
		return &kind{what: "a signify secret key", families: []string{"signify"}, advice: adviceRevoke}
	case len(raw) == commentedKeySize && strings.HasPrefix(string(raw), "Ed"):
		return &kind{what: "a minisign public key", families: []string{"minisign", "signify"}, role: PublicKey}
	case len(raw) == commentedSignature && strings.HasPrefix(string(raw), "ED"):
		return &kind{what: "a minisign signature", families: []string{"minisign"}, role: Signature}
	case len(raw) == commentedSignature && strings.HasPrefix(string(raw), "Ed"):
		return &kind{what: "a line of a minisign or signify signature", role: Signature}
	}
	return nil
}

// base64Kind knows what stands in base64 on a line of its own.
func base64Kind(line string) *kind {
	raw, err := base64.StdEncoding.DecodeString(line)
	if err != nil || len(raw) == 0 {
		return nil
	}
	if k := commentedKind(raw); k != nil {
		return k
	}
	if k := derKind(raw); k != nil {
		return k
	}
	if k := binaryKind(raw); k != nil && slices.Equal(k.families, []string{"gpg"}) {
		k.what += " without its armor"
		return k
	}
	if isSSHKeyType(string(raw[min(4, len(raw)):])) { // behind its length
		return &kind{what: "the base64 alone of an SSH public key", asKey: "the type stands before it"}
	}
	return nil
}
