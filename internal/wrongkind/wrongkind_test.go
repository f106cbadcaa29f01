package wrongkind

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// encoded is base64 of that many octets that begin so.
func encoded(start string, size int) string {
	raw := make([]byte, size)
	copy(raw, start)
	return base64.StdEncoding.EncodeToString(raw)
}

func block(label string) string {
	return "-----BEGIN " + label + "-----\n\niQ\n-----END " + label + "-----\n"
}

// sequence is DER of that many octets, with what a reader looks at: the header of a
// sequence and the start of a number.
func sequence(size int) string {
	head := []byte{0x30, byte(size - 2), 0x02}
	if size-2 >= 0x80 {
		head = []byte{0x30, 0x81, byte(size - 3), 0x02}
	}
	return string(head) + strings.Repeat("\x01", size-len(head))
}

func TestDescribe(t *testing.T) {
	const comment = "untrusted comment: x\n"
	der := "\x30\x44\x02\x20" + strings.Repeat("\x01", 32) + "\x02\x20" + strings.Repeat("\x01", 32)
	sshKey := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@example.org\n"
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", "an empty text"},
		{"blank", "\ufeff \r\n\t\n", "an empty text"},
		{"blank, all that is looked at", strings.Repeat(" ", maxLook), "an empty text"},
		{"garbage", "garbage", ""},
		{"a sentence", "see the web site\n", ""},
		{"unknown block", block("X"), "a block of PEM"},
		{"block that begins in a line that doesn't end", "-----BEGIN PUBLIC KEY\n", ""},
		{"block that doesn't begin", "PUBLIC KEY-----\n", ""},
		{"OpenPGP signature", block("PGP SIGNATURE"), "an OpenPGP signature"},
		{"OpenPGP key", block("PGP PUBLIC KEY BLOCK"), "an OpenPGP public key"},
		{"OpenPGP secret key", block("PGP PRIVATE KEY BLOCK"), "an OpenPGP secret key: revoke it, since it is no longer secret"},
		{"clear-signed", block("PGP SIGNED MESSAGE"), "a clear-signed OpenPGP text"},
		{"inline-signed", block("PGP MESSAGE"), "an OpenPGP message"},
		{"CRLF, BOM, blank line", "\ufeff\r\n" + strings.ReplaceAll(block("PGP SIGNATURE"), "\n", "\r\n"), "an OpenPGP signature"},
		{"below words", "the key of us:\n\n" + block("PGP PUBLIC KEY BLOCK"), "an OpenPGP public key"},
		{"SSH signature", block("SSH SIGNATURE"), "an SSH signature"},
		{"OpenSSH private key", block("OPENSSH PRIVATE KEY"), "an OpenSSH private key: revoke it, since it is no longer secret"},
		{"PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\n", "a PuTTY private key: revoke it, since it is no longer secret"},
		{"RFC 4716", "---- BEGIN SSH2 PUBLIC KEY ----\n", "an SSH public key in the form of RFC 4716: convert it with ssh-keygen -i"},
		{"private key", block("EC PRIVATE KEY"), "a private key in PEM: revoke it, since it is no longer secret"},
		{"cosign's", block("ENCRYPTED SIGSTORE PRIVATE KEY"), "a cosign private key: revoke it, since it is no longer secret"},
		{"public key", block("PUBLIC KEY"), "a public key in PEM"},
		{"certificate", block("CERTIFICATE"), "a certificate in PEM"},
		{"SSH key", sshKey, "an SSH public key"},
		{"allowed signers", "# ours\n\nalice@example.org namespaces=\"file\" " + sshKey, "an SSH public key"},
		{"type of an SSH key and a word", "ssh-ed25519 BBBB\n", ""},
		{"word and base64", "key AAAAC3NzaC1lZDI1NTE5AAAAIA\n", ""},
		{"SSH key's base64", encoded("\x00\x00\x00\x0bssh-ed25519", 51), "the base64 alone of an SSH public key: the type stands before it"},
		{"minisign key", "untrusted comment: minisign public key 1\n" + encoded("Ed", 42), "a minisign public key"},
		{"signify key", comment + encoded("Ed", 42), "a signify public key"},
		{"bare key", encoded("Ed", 42), "a minisign public key"},
		{"minisign secret key", comment + encoded("Ed", 158), "a minisign secret key: revoke it, since it is no longer secret"},
		{"signify secret key", comment + encoded("Ed", 104), "a signify secret key: revoke it, since it is no longer secret"},
		{"minisign signature", comment + encoded("ED", 74) + "\ntrusted comment: x\n", "a minisign signature"},
		{"legacy minisign signature", comment + encoded("Ed", 74) + "\r\ntrusted comment: x\n", "a minisign signature"},
		{"half a minisign signature", comment + encoded("ED", 74), "a minisign signature"},
		{"signify signature", comment + encoded("Ed", 74) + "\n", "a signify signature"},
		{"line of a signature", encoded("Ed", 74) + "\n", "a line of a minisign or signify signature"},
		{"74 octets of something else", encoded("XX", 74), ""},
		{"key of another length", encoded("Ed", 50), ""},
		{"bare key and a letter more", encoded("Ed", 42) + "!", ""},
		{"signify key and a letter more", comment + encoded("Ed", 42) + "!", ""},
		{"base64 of words", encoded("some words", 20), ""},
		{"base64 of three octets", encoded("abc", 3), ""},
		{"comment", comment, "the comment line alone of a minisign or signify file"},
		{"secret key below any line", "x\n" + encoded("Ed", 158), "a minisign secret key: revoke it, since it is no longer secret"},
		{"comment and garbage", comment + "garbage", ""},
		{"bundle", `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}`, "a sigstore bundle"},
		{"trusted root", `{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`, "a sigstore trusted root"},
		{"older bundle", "{\n\"base64Signature\": \"\"}", "an older cosign bundle"},
		{"envelope", `{"payload":"","payloadType":""}`, "a DSSE envelope"},
		{"JSON", `{"message":"Not Found"}`, "JSON"},
		{"web page", "\n<!DOCTYPE html>\n<html>", "an HTML page"},
		{"web page that shows a key", "<html>\n" + block("PGP PUBLIC KEY BLOCK"), "an HTML page"},
		{"table", "[signing]\n", "JSON or a table"},
		{"XML", "<?xml version=\"1.0\"?><Error>", "an HTML or XML document"},
		{"URL", "https://example.org/a.pub\n", "a URL: give the key that is there itself"},
		{"file name", "release.pub", `the name of a file: write { file = "release.pub" }`},
		{"file name of Windows", `keys\release key.asc`, `the name of a file: write { file = "keys/release key.asc" }`},
		{"long file name", strings.Repeat("x", 200) + ".pub", `the name of a file: write { file = "…` + strings.Repeat("x", 56) + `.pub" }`},
		{"file name that fits", strings.Repeat("x", 56) + ".pub", `the name of a file: write { file = "` + strings.Repeat("x", 56) + `.pub" }`},
		{"longest file name", strings.Repeat("x", 251) + ".pub", `the name of a file: write { file = "…` + strings.Repeat("x", 56) + `.pub" }`},
		{"too long a file name", strings.Repeat("x", 252) + ".pub", ""},
		{"two file names", "a.pub\nb.pub\n", ""},
		{"file name with a quote", `a".pub`, ""},
		{"OpenPGP fingerprint", "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567\n", "a fingerprint or checksum: give the key itself"},
		{"OpenPGP key ID", "0x0123456789abcdef", "a fingerprint or checksum: give the key itself"},
		{"MD5 with colons", strings.Repeat("ab:", 15) + "ab", "a fingerprint or checksum: give the key itself"},
		{"SHA-256", strings.Repeat("ab", 32), "a fingerprint or checksum: give the key itself"},
		{"SSH fingerprint", "SHA256:" + strings.Repeat("a", 43), "a fingerprint or checksum: give the key itself"},
		{"40 letters", strings.Repeat("x", 40), ""},
		{"64 letters and a name", strings.Repeat("x", 64) + "  a.tar.gz\n", ""},
		{"17 digits", strings.Repeat("a", 17), ""},
		{"sha256sum", strings.Repeat("ab", 32) + "  a.tar.gz\n", "a list of checksums"},
		{"plain signature", base64.StdEncoding.EncodeToString([]byte(der)), "a plain ECDSA signature"},
		{"plain signature, binary", der, "a plain ECDSA signature"},
		{"shortest plain signature", sequence(64), "a plain ECDSA signature"},
		{"too short a plain signature", sequence(63), ""},
		{"longest plain signature", sequence(141), "a plain ECDSA signature"},
		{"too long a plain signature", sequence(142), ""},
		{"sequence of another length", sequence(70) + "\x01", ""},
		{"sequence of something else", strings.Replace(sequence(70), "\x02", "\x04", 1), ""},
		{"binary OpenPGP key", "\x98\x33\x04\x60\x00\x00\x00\x16", "an OpenPGP public key"},
		{"binary OpenPGP signature", "\xc2\x75\x04\x00\x16\x0a", "an OpenPGP signature"},
		{"binary OpenPGP signature, two octets of length", "\x89\x01\x33\x04\x00\x01", "an OpenPGP signature"},
		{"binary OpenPGP signature, five octets of length", "\xc2\xff\x00\x00\x01\x33\x04\x00\x01", "an OpenPGP signature"},
		{"binary OpenPGP secret key", "\xc5\x58\x04\x60\x00\x00", "an OpenPGP secret key: revoke it, since it is no longer secret"},
		{"OpenPGP without armor", base64.StdEncoding.EncodeToString([]byte("\x98\x33\x04\x60\x00\x00\x00\x16")), "an OpenPGP public key without its armor"},
		{"binary OpenPGP signature, indeterminate length", "\x8b\x04\x00\x01", "an OpenPGP signature"},
		{"binary OpenPGP signature, least length of two octets", "\xc2\xc0\x00\x04", "an OpenPGP signature"},
		{"binary OpenPGP signature, partial length", "\xc2\xe0\x04\x00", "an OpenPGP signature"},
		{"binary OpenPGP signature, three octets", "\xc2\x75\x04", ""},
		{"oldest version", "\xc2\x75\x02\x00\x16\x0a", "an OpenPGP signature"},
		{"version before it", "\xc2\x75\x01\x00\x16\x0a", ""},
		{"version that no packet has", "\xc2\x75\x09\x00\x16\x0a", ""},
		{"octet that begins no packet", "\x42\x75\x04\x00\x16\x0a", ""},
		{"packet cut off", "\xc2\xff\x00\x00", ""},
		{"packet cut off behind its length", "\xc2\xff\x00\x00\x01\x33", ""},
		{"gzip", "\x1f\x8b\x08\x00", "an archive (gzip)"},
		{"bzip2", "BZh91AY&SY", "an archive (bzip2)"},
		{"tar", strings.Repeat("\x00", 257) + "ustar", "an archive (tar)"},
		{"UTF-16", "\xff\xfeu\x00n\x00", "a text in UTF-16: save it as UTF-8"},
		{"beyond what is looked at", strings.Repeat(" ", maxLook) + block("PGP SIGNATURE"), ""},
	} {
		if got := Describe([]byte(tc.text)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestDescribeCorpus: what the real programs wrote is told for what it is.
func TestDescribeCorpus(t *testing.T) {
	for _, tc := range []struct{ family, name, key, signature string }{
		{"minisign", "valid-prehashed", "a minisign public key", "a minisign signature"},
		{"minisign", "valid-legacy-200k", "a minisign public key", "a minisign signature"},
		{"signify", "valid", "a signify public key", "a signify signature"},
		{"sshsig", "allowed-key-comment", "an SSH public key", "an SSH signature"},
	} {
		c := testkeys.Find(t, tc.family, tc.name)
		if got := Describe([]byte(c.Trust.PublicKeys[0])); got != tc.key {
			t.Errorf("%s, key: %q", tc.name, got)
		}
		if got := Describe(c.Signature); got != tc.signature {
			t.Errorf("%s, signature: %q", tc.name, got)
		}
	}
	for _, family := range []string{"openpgp", "openpgp-v6"} {
		for _, c := range testkeys.Cases(t, family) {
			if c.Want != "pass" {
				continue
			}
			if got := Describe(c.Signature); got != "an OpenPGP signature" {
				t.Errorf("%s, signature: %q", c.Name, got)
			}
			if got := Describe([]byte(c.Trust.PublicKeys[0])); got != "an OpenPGP public key" {
				t.Errorf("%s, key: %q", c.Name, got)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	malformed := fmt.Errorf("%w: x", algorithm.ErrMalformed)
	const key = "untrusted comment: minisign public key\n"
	for _, tc := range []struct {
		text, family string
		wanted       Role
		want         string
	}{
		{block("PGP SIGNATURE"), "minisign", Signature, "malformed: x; this is an OpenPGP signature, and the table says minisign"},
		{block("PGP SIGNATURE"), "gpg", Signature, "malformed: x"},
		{block("PGP SIGNATURE"), "gpg", PublicKey, "malformed: x; this is an OpenPGP signature, and a public key is wanted"},
		{block("PGP PRIVATE KEY BLOCK"), "gpg", PublicKey, "malformed: x; this is an OpenPGP secret key: revoke it, since it is no longer secret"},
		{key + encoded("Ed", 42), "signify", Signature, "malformed: x; this is a minisign public key, and a signature is wanted"},
		{key + encoded("Ed", 42), "signify", PublicKey, "malformed: x"},
		{key + encoded("Ed", 42), "ssh", PublicKey, "malformed: x; this is a minisign public key, and the table says ssh"},
		{"<html>", "ssh", Signature, "malformed: x; this is an HTML page"},
		{"a.pub", "ssh", PublicKey, `malformed: x; this is the name of a file: write { file = "a.pub" }`},
		{"a.pub", "ssh", Signature, "malformed: x; this is the name of a file"},
		{"garbage", "ssh", Signature, "malformed: x"},
	} {
		err := Explain(malformed, []byte(tc.text), tc.family, tc.wanted)
		if err.Error() != tc.want || !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%q as a %s of %s: %v", tc.text, tc.wanted, tc.family, err)
		}
	}
	long := Explain(fmt.Errorf("%w: %s", algorithm.ErrMalformed, strings.Repeat("é", 1000)), "<html>", "ssh", Signature)
	if text := long.Error(); len(text) > 350 || !strings.HasSuffix(text, "é…; this is an HTML page") || !errors.Is(long, algorithm.ErrMalformed) {
		t.Errorf("%s", text)
	}
	whole := fmt.Errorf("%w: %s", algorithm.ErrMalformed, strings.Repeat("x", 300-len("malformed: ")))
	if text := Explain(whole, "<html>", "ssh", Signature).Error(); text != whole.Error()+"; this is an HTML page" {
		t.Errorf("300 bytes: %s", text)
	}
	for _, err := range []error{nil, algorithm.ErrUnsupported, algorithm.ErrTooLarge} {
		if got := Explain(err, []byte("<html>"), "ssh", Signature); !errors.Is(got, err) || err != nil && got.Error() != err.Error() {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}

// TestBounded: beyond what is looked at, length costs nothing.
func TestBounded(t *testing.T) {
	for _, unit := range []string{"\n", " ", "x\n", "-----BEGIN X\n", "{", "A", "untrusted comment: x\n", "a b ", "\xc2\x75\x04"} {
		short := []byte(strings.Repeat(unit, maxLook))
		long := []byte(strings.Repeat(unit, 64*maxLook))
		describe := func(text []byte) float64 {
			return testing.AllocsPerRun(1, func() { Describe(text) })
		}
		if a, b := describe(short), describe(long); b > a {
			t.Errorf("%q: %v allocations, and %v when longer", unit, a, b)
		}
	}
}

// FuzzDescribe: whatever it looks like, the words can be shown and are short.
func FuzzDescribe(f *testing.F) {
	f.Add([]byte(block("PGP SIGNATURE")))
	f.Add([]byte("untrusted comment: x\n" + encoded("Ed", 42)))
	f.Add([]byte("\xc2\xff\x00\x00\x01\x33\x04"))
	f.Add([]byte("\x30\x81\x40\x02"))
	f.Add([]byte(strings.Repeat("é", 30) + ".pub"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := Describe(text)
		if len(got) >= 150 || strings.ContainsFunc(got, func(r rune) bool { return r != '…' && (r < ' ' || r > '~') }) {
			t.Errorf("%q", got)
		}
	})
}
