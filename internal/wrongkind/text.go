package wrongkind

import (
	"fmt"
	"strings"
)

// markupKind knows web pages and JSON.
func markupKind(lines []string) *kind {
	first := strings.ToLower(lines[0])
	switch {
	case strings.HasPrefix(first, "<!doctype html"), strings.HasPrefix(first, "<html"):
		return &kind{what: "an HTML page"}
	case strings.HasPrefix(first, "<"):
		return &kind{what: "an HTML or XML document"}
	case strings.HasPrefix(first, "{"):
		return jsonKind(strings.Join(lines, "\n"))
	case strings.HasPrefix(first, "["):
		return &kind{what: "JSON or a table"}
	}
	return nil
}

func jsonKind(text string) *kind {
	cosign := []string{"cosign"}
	switch {
	case strings.Contains(text, "application/vnd.dev.sigstore.trustedroot"):
		return &kind{what: "a sigstore trusted root", families: cosign}
	case strings.Contains(text, "application/vnd.dev.sigstore.bundle"):
		return &kind{what: "a sigstore bundle", families: cosign, role: Signature}
	case strings.Contains(text, `"base64Signature"`):
		return &kind{what: "an older cosign bundle", families: cosign, role: Signature}
	case strings.Contains(text, `"payloadType"`):
		return &kind{what: "a DSSE envelope", families: cosign, role: Signature}
	}
	return &kind{what: "JSON"}
}

// blockKind knows the blocks whose first line names them.
func blockKind(lines []string) *kind {
	if strings.HasPrefix(lines[0], "PuTTY-User-Key-File-") {
		return &kind{what: "a PuTTY private key", families: []string{"ssh"}, advice: adviceRevoke}
	}
	if strings.HasPrefix(lines[0], "---- BEGIN SSH2 PUBLIC KEY") { // RFC 4716
		return &kind{what: "an SSH public key in the form of RFC 4716", advice: "convert it with ssh-keygen -i"}
	}
	label, begins := strings.CutPrefix(lines[0], "-----BEGIN ")
	label, _, ends := strings.Cut(label, "-----")
	if !begins || !ends {
		return nil
	}
	if label, ok := strings.CutPrefix(label, "PGP "); ok {
		return openPGPKind(label)
	}
	switch {
	case label == "SSH SIGNATURE":
		return &kind{what: "an SSH signature", families: []string{"ssh"}, role: Signature}
	case label == "OPENSSH PRIVATE KEY":
		return &kind{what: "an OpenSSH private key", families: []string{"ssh"}, advice: adviceRevoke}
	case label == "ENCRYPTED SIGSTORE PRIVATE KEY", label == "ENCRYPTED COSIGN PRIVATE KEY":
		return &kind{what: "a cosign private key", families: []string{"cosign"}, advice: adviceRevoke}
	case strings.HasSuffix(label, "PRIVATE KEY"):
		return &kind{what: "a private key in PEM", advice: adviceRevoke}
	case label == "PUBLIC KEY", label == "RSA PUBLIC KEY":
		return &kind{what: "a public key in PEM", families: []string{"cosign"}, role: PublicKey}
	case label == "CERTIFICATE":
		return &kind{what: "a certificate in PEM"}
	}
	return &kind{what: "a block of PEM"}
}

func openPGPKind(label string) *kind {
	k := &kind{families: []string{"gpg"}}
	switch label {
	case "SIGNATURE":
		k.what, k.role = "an OpenPGP signature", Signature
	case "PUBLIC KEY BLOCK":
		k.what, k.role = "an OpenPGP public key", PublicKey
	case "PRIVATE KEY BLOCK":
		k.what, k.advice = "an OpenPGP secret key", adviceRevoke
	case "SIGNED MESSAGE":
		k.what = "a clear-signed OpenPGP text"
	default:
		k.what = "an OpenPGP message"
	}
	return k
}

// anyBlockKind finds a block below other text, as mails and web sites have it.
func anyBlockKind(lines []string) *kind {
	for _, line := range lines[1:] {
		if k := blockKind([]string{line}); k != nil {
			return k
		}
	}
	return nil
}

// isSSHKeyType knows the types of keys by how they begin.
func isSSHKeyType(s string) bool {
	return strings.HasPrefix(s, "ssh-") || strings.HasPrefix(s, "ecdsa-sha2-") ||
		strings.HasPrefix(s, "sk-ssh-") || strings.HasPrefix(s, "sk-ecdsa-")
}

// sshKeyKind knows a public key of SSH, and a line of allowed signers: in both
// the type of the key stands before its base64, which says it once more.
func sshKeyKind(lines []string) *kind {
	for _, line := range lines {
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Fields(line)
		for i := range len(fields) - 1 {
			if isSSHKeyType(fields[i]) && strings.HasPrefix(fields[i+1], "AAAA") {
				return &kind{what: "an SSH public key", families: []string{"ssh"}, role: PublicKey}
			}
		}
		return nil
	}
	return nil
}

// wordKind knows what a person writes in place of a key: a name or a number.
func wordKind(lines []string) *kind {
	line := lines[0]
	if fields := strings.Fields(line); len(fields) == 2 && isHex(fields[0]) && len(fields[0]) >= 64 {
		return &kind{what: "a list of checksums"}
	}
	if strings.TrimSpace(strings.Join(lines[1:], "")) != "" {
		return nil
	}
	lower := strings.ToLower(line)
	switch {
	case strings.HasPrefix(lower, "https://"), strings.HasPrefix(lower, "http://"):
		return &kind{what: "a URL", asKey: "give the key that is there itself"}
	case isFingerprint(line):
		return &kind{what: "a fingerprint or checksum", asKey: adviceItself}
	case isFileName(lower):
		return &kind{what: "the name of a file", asKey: fmt.Sprintf("write { file = \"%s\" }", shortened(line))}
	}
	return base64Kind(line)
}

// isFingerprint knows the hex digits of OpenPGP, SSH and X.509, alone or in
// groups, and what ssh-keygen -l prints.
func isFingerprint(line string) bool {
	for _, prefix := range []string{"SHA256:", "SHA512:", "MD5:"} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	digits := strings.NewReplacer(" ", "", ":", "").Replace(line)
	digits = strings.TrimPrefix(strings.TrimPrefix(digits, "0x"), "0X")
	switch len(digits) {
	case 16, 32, 40, 64, 128:
		return isHex(digits)
	}
	return false
}

func isHex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// isFileName knows the usual endings of key and signature files.
func isFileName(lower string) bool {
	const (
		maxName = 255
		letters = "abcdefghijklmnopqrstuvwxyz0123456789._-+~@/\\: "
	)
	if len(lower) > maxName || strings.Trim(lower, letters) != "" {
		return false
	}
	for _, ending := range []string{
		".pub", ".key", ".asc", ".gpg", ".pgp", ".sig", ".sign", ".minisig", ".pem", ".crt", ".cer", ".der", ".txt",
		".sec", ".json", ".sigstore", ".bundle", ".sshsig", "allowed_signers",
	} {
		if strings.HasSuffix(lower, ending) {
			return true
		}
	}
	return false
}

// shortened is a name with slashes, as a table has it, that fits into an error.
func shortened(name string) string {
	const most = 60
	name = strings.ReplaceAll(name, `\`, "/")
	if len(name) > most {
		return "…" + name[len(name)-most:]
	}
	return name
}
