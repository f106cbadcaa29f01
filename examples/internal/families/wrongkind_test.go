package families_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

// A member is a family with what its real program made.
type member struct {
	algorithm.Algorithm
	good   testkeys.Case // key, signature and artifact
	other  string        // another's key
	secret string        // a secret key of the family

	key, signature string // what an error calls them
}

func (m member) judge(t *testing.T, key, signature string) (stage string, err error) {
	t.Helper()
	trust := m.good.Trust
	trust.PublicKeys = []string{key}
	stage, _, err = testkeys.Judge(t, m, trust, []byte(signature), m.good.Artifact)
	return stage, err
}

func members(t *testing.T) []member {
	t.Helper()
	secretPEM := func(label string) string {
		return "-----BEGIN " + label + "-----\n\nAAAA\n-----END " + label + "-----\n"
	}
	signifySecret := append([]byte("EdBK"), make([]byte, 100)...)
	secretLine := "untrusted comment: signify secret key\n" + base64.StdEncoding.EncodeToString(signifySecret) + "\n"
	of := func(a algorithm.Algorithm, family, name, other, secret, key, signature string) member {
		return member{a, testkeys.Find(t, family, name), testkeys.Find(t, family, other).Trust.PublicKeys[0], secret, key, signature}
	}
	return []member{
		of(minisign.Algorithm{}, "minisign", "valid-prehashed", "valid-key-id-zero",
			testkeys.Find(t, "minisign", "key-is-secret-key").Trust.PublicKeys[0], "a minisign public key", "a minisign signature"),
		of(signify.Algorithm{}, "signify", "valid", "wrong-key", secretLine, "a signify public key", "a signify signature"),
		of(ssh.Algorithm{}, "sshsig", "craft-good", "wrong-key", secretPEM("OPENSSH PRIVATE KEY"), "an SSH public key", "an SSH signature"),
		of(gpg.Algorithm{}, "openpgp", "gpg-rsa3072-sha256", "gpg-wrong-key",
			testkeys.Find(t, "openpgp", "gpg-key-private-armored").Trust.PublicKeys[0], "an OpenPGP public key", "an OpenPGP signature"),
		of(cosign.Algorithm{}, "cosign-keysig", "cosign2-ecdsa-p256", "wrong-key", secretPEM("ENCRYPTED SIGSTORE PRIVATE KEY"), "a public key in PEM", "a plain ECDSA signature"),
	}
}

// strays are what is pasted in place of a key or a signature, whatever the
// family, and what the error says that it is.
func strays() map[string]string {
	return map[string]string{
		"":                                       "an empty text",
		" \r\n\n":                                "an empty text",
		"\ufeff":                                 "an empty text",
		"garbage\n":                              "",
		"two words":                              "",
		"<!DOCTYPE html>\n<html>":                "an HTML page",
		"<?xml version=\"1.0\"?>":                "an HTML or XML document",
		`{"message":"Not Found"}`:                "JSON",
		"release.pub":                            "the name of a file",
		"https://example.org/key":                "a URL",
		"SHA256:" + strings.Repeat("a", 43):      "a fingerprint or checksum",
		strings.Repeat("0123 ", 10):              "a fingerprint or checksum",
		strings.Repeat("0", 64) + "  tool.tgz\n": "a list of checksums",
		"\x1f\x8b\x08\x00\x00\x00\x00\x00":       "an archive",
		"\xff\xfeu\x00n\x00t\x00":                "a text in UTF-16",
	}
}

// TestWrongKind: the same mistake is refused for the same reason in every
// family, and told with the same words.
func TestWrongKind(t *testing.T) {
	all := members(t)
	for _, m := range all {
		check := func(what, wantStage, key, signature, says string) {
			t.Helper()
			stage, err := m.judge(t, key, signature)
			if stage != wantStage || !errors.Is(err, algorithm.ErrMalformed) || errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("%s: %s: %v at the %s, want malformed at the %s", m.Name(), what, err, stage, wantStage)
				return
			}
			if text := err.Error(); !strings.Contains(text, says) || len(text) >= 500 {
				t.Errorf("%s: %s: %d bytes, want %q: %s", m.Name(), what, len(text), says, text)
			}
		}
		good, signature := m.good.Trust.PublicKeys[0], string(m.good.Signature)
		if _, err := m.judge(t, good, signature); err != nil {
			t.Fatalf("%s: %v", m.Name(), err)
		}
		for text, says := range strays() {
			check("as a key: "+text, "key", text, signature, says)
			check("as a signature: "+text, "signature", good, text, says)
		}
		check("its own signature as a key", "key", signature, signature, m.signature+", and a public key is wanted")
		check("its own key as a signature", "signature", good, good, m.key+", and a signature is wanted")
		check("key cut off", "key", good[:len(good)*2/3], signature, "")
		check("signature cut off", "signature", good, signature[:len(signature)/2], "")
		for _, o := range all {
			check("secret key of "+o.Name()+" as a key", "key", o.secret, signature, "revoke it")
			check("secret key of "+o.Name()+" as a signature", "signature", good, o.secret, "revoke it")
			if o.Name() == m.Name() {
				continue
			}
			check(o.key+" as a signature", "signature", good, o.good.Trust.PublicKeys[0], o.key)
			check(o.signature+" as a key", "key", string(o.good.Signature), signature, o.signature+", and the table says "+m.Name())
			check(o.signature, "signature", good, string(o.good.Signature), o.signature+", and the table says "+m.Name())
			if o.Name()+m.Name() != "signifyminisign" && o.Name()+m.Name() != "minisignsignify" { // one form
				check(o.key, "key", o.good.Trust.PublicKeys[0], signature, o.key+", and the table says "+m.Name())
			}
		}
	}
}

// TestSurroundings: what surrounds a key or a signature is taken alike.
func TestSurroundings(t *testing.T) {
	const bom = "\ufeff"
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	for _, m := range members(t) {
		good, signature := m.good.Trust.PublicKeys[0], string(m.good.Signature)
		for name, change := range map[string]func(string) string{
			"CRLF":               crlf,
			"byte order mark":    func(s string) string { return bom + s },
			"blank lines before": func(s string) string { return "\n \t\n" + s },
			"blank lines behind": func(s string) string { return s + "\n \t\n" },
			"no line end":        func(s string) string { return strings.TrimRight(s, "\n") },
			"all of an editor's": func(s string) string { return bom + crlf("\n"+s+"\n\n") },
		} {
			if _, err := m.judge(t, change(good), signature); err != nil {
				t.Errorf("%s: key, %s: %v", m.Name(), name, err)
			}
			_, err := m.judge(t, good, change(signature))
			if strings.HasPrefix(change(""), bom) { // no program writes one before a signature
				if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), "byte order mark") {
					t.Errorf("%s: signature, %s: %v", m.Name(), name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: signature, %s: %v", m.Name(), name, err)
			}
		}
	}
}

// TestSameReasons: what isn't about the kind of text has one reason, too.
func TestSameReasons(t *testing.T) {
	all := members(t)
	for _, m := range all {
		good, signature := m.good.Trust.PublicKeys[0], string(m.good.Signature)
		refused := func(what string, want error, trust algorithm.Trust, signature, artifact string) {
			t.Helper()
			_, _, err := testkeys.Judge(t, m, trust, []byte(signature), []byte(artifact))
			if !errors.Is(err, want) || len(err.Error()) >= 500 {
				t.Errorf("%s: %s: %v, want %v", m.Name(), what, err, want)
			}
		}
		trust := m.good.Trust
		refused("other artifact", algorithm.ErrInvalid, trust, signature, string(m.good.Artifact)+"x")
		refused("signature of 32 MiB", algorithm.ErrTooLarge, trust, signature+strings.Repeat("\n", 32<<20), "")
		trust.PublicKeys = []string{m.other}
		if m.Name() != "cosign" { // its signatures don't say by which key
			refused("by another key", algorithm.ErrWrongKey, trust, signature, string(m.good.Artifact))
		}
		trust.PublicKeys = nil
		refused("no key", algorithm.ErrMalformed, trust, signature, "")
		trust.PublicKeys = []string{good, "garbage"}
		refused("a second key that is none", algorithm.ErrMalformed, trust, signature, "")
		trust.PublicKeys = []string{good + strings.Repeat("\n", 32<<20)}
		refused("key of 32 MiB", algorithm.ErrTooLarge, trust, signature, "")
		trust.PublicKeys = []string{good}
		own := m.Fields()
		for _, o := range all {
			for _, f := range o.Fields() {
				if slices.ContainsFunc(own, func(known algorithm.Field) bool { return known.Name == f.Name }) {
					continue
				}
				trust.Values = maps.Clone(m.good.Trust.Values)
				if trust.Values == nil {
					trust.Values = map[string]algorithm.Value{}
				}
				trust.Values[f.Name] = algorithm.Value{Text: "x", Truth: true, Content: []byte("{}"), Tables: [][]algorithm.Claim{{{Field: "issuer", Value: "x"}}}}
				refused(f.Name+" of "+o.Name(), algorithm.ErrUnsupported, trust, signature, "")
			}
		}
	}
}
