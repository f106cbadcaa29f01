package lint

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

func TestPlaceholder(t *testing.T) {
	const real = "RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex"
	for _, text := range []string{
		"RWPLACEHOLDER0000000000000000000000000000000", "YOUR_KEY_HERE", "your public key", "<key>", " <the publisher's key> ", "${MINISIGN_PUBKEY}", "$KEY",
		"RWQ…", "RWQ...", "TODO", "changeme", "RWRnmBcLmQbXVcEPWo2OOKMI36kki4GiI7gcBgIaPLwvxe14Wtxm9acX",
		"untrusted comment: minisign public key\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n", "RWQ" + strings.Repeat("A", 53),
	} {
		if placeholder(text, true) == "" {
			t.Errorf("%q is taken for a key", text)
		}
	}
	// In what is a key any word may stand, by chance or in its comment.
	for _, text := range []string{real, "untrusted comment: your example key\n" + real, "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDTODO todo@example.com"} {
		if why := placeholder(text, false); why != "" {
			t.Errorf("%q: %s", text, why)
		}
	}
	for _, text := range []string{real[:30], "x", "<" + real[:30], real[:30] + ">", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nTODOtodo\n-----END PGP PUBLIC KEY BLOCK-----"} {
		if why := placeholder(text, true); why != "" {
			t.Errorf("broken %q: %s", text, why)
		}
	}
	// Of one character there are never twenty in a row, but rulers may be of others.
	for _, c := range "09azAZ5mM" {
		if placeholder(strings.Repeat(string(c), 20), false) == "" {
			t.Errorf("20 of %c are taken for a key", c)
		}
		if why := placeholder("x-"+strings.Repeat(string(c), 19)+"-x", false); why != "" {
			t.Errorf("19 of %c: %s", c, why)
		}
	}
	for _, c := range "/:@[`{-+ é" {
		if why := placeholder(strings.Repeat(string(c), 20), false); why != "" {
			t.Errorf("20 of %c: %s", c, why)
		}
	}
	for range 20 {
		if key := testkeys.NewMinisign(t).PublicKey(); placeholder(key, false) != "" || secret(key) {
			t.Errorf("%s is refused", key)
		}
	}
}

func TestSecret(t *testing.T) {
	key := func(begin string, length int) string {
		return base64.StdEncoding.EncodeToString(append([]byte(begin), make([]byte, length)...))
	}
	for text, want := range map[string]bool{
		"-----BEGIN OPENSSH PRIVATE KEY-----\n":                                   true,
		"-----BEGIN PGP PRIVATE KEY BLOCK-----":                                   true,
		"-----BEGIN EC PRIVATE KEY-----":                                          true,
		"untrusted comment: minisign encrypted secret key\n" + key("EdScB2", 152): true,
		key("Ed\x00\x00B2", 152):                                                  true,
		key("EdBK", 100):                                                          true,
		key("Ed12B2", 152):                                                        false,
		key("EdSc12", 152):                                                        false,
		key("Ed\x00\x0012", 152):                                                  false,
		key("EdScB2", 10):                                                         false,
		key("Ed123456", 32):                                                       false,
		"-----BEGIN PGP PUBLIC KEY BLOCK-----":                                    false,
		"-----BEGIN PUBLIC KEY-----":                                              false,
		"":                                                                        false,
	} {
		if secret(text) != want {
			t.Errorf("%.60q: %t", text, !want)
		}
	}
}
