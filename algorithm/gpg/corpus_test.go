package gpg

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// sentinels are all reasons for a refusal.
func sentinels() []error {
	return []error{
		algorithm.ErrUnsupported, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrWrongKey,
		algorithm.ErrWeak, algorithm.ErrLegacy, algorithm.ErrKeyExpired, algorithm.ErrSignatureExpired,
		algorithm.ErrNotYetValid, algorithm.ErrRevoked, algorithm.ErrIdentity, algorithm.ErrNameMismatch,
		algorithm.ErrVersionMismatch, algorithm.ErrInvalid,
	}
}

// reasonOf says by which sentinel a failing case fails, by its name: the first
// pattern that matches counts.
func reasonOf(name string) error {
	for _, r := range []struct {
		pattern string
		want    error
	}{
		{"craft-artifact-*", algorithm.ErrInvalid},
		{"craft-creation-time-unhashed", algorithm.ErrMalformed},
		{"craft-no-creation-time", algorithm.ErrMalformed},
		{"craft-critical-*", algorithm.ErrUnsupported},
		{"craft-hash-sha1", algorithm.ErrWeak},
		{"craft-key-bare", algorithm.ErrMalformed},
		{"craft-key-no-selfsig", algorithm.ErrMalformed},
		{"craft-key-critical-*", algorithm.ErrMalformed},
		{"craft-key-*selfsig", algorithm.ErrKeyExpired},
		{"craft-key-selfsig-by-other", algorithm.ErrMalformed},
		{"craft-key-flags-*", algorithm.ErrWrongKey},
		{"craft-keyring-expired-*", algorithm.ErrKeyExpired},
		{"craft-keyring-garbage-*", algorithm.ErrMalformed},
		{"craft-mpi-*", algorithm.ErrInvalid},
		{"craft-pkalg-changed", algorithm.ErrInvalid},
		{"craft-rsa-*", algorithm.ErrInvalid},
		{"craft-sig-empty", algorithm.ErrMalformed},
		{"craft-sig-flip", algorithm.ErrInvalid},
		{"craft-sig-truncated", algorithm.ErrMalformed},
		{"craft-sig-expired", algorithm.ErrSignatureExpired},
		{"craft-subkey-issuer-primary", algorithm.ErrInvalid},
		{"craft-subkey-*expired-before*", algorithm.ErrKeyExpired},
		{"craft-subkey-*", algorithm.ErrWrongKey},
		{"craft-subpacket-overlong", algorithm.ErrMalformed},
		{"craft-type-changed", algorithm.ErrLegacy},
		{"craft-type-*", algorithm.ErrUnsupported},
		{"craft-version-*", algorithm.ErrUnsupported},
		{"gpg-armor-*", algorithm.ErrMalformed},
		{"gpg-artifact-changed", algorithm.ErrInvalid},
		{"gpg-binary-mode-crlf-artifact", algorithm.ErrInvalid},
		{"gpg-text-mode-*", algorithm.ErrLegacy},
		{"gpg-dsa*", algorithm.ErrWeak},
		{"gpg-ed25519-sha1", algorithm.ErrWeak},
		{"gpg-empty-keyring", algorithm.ErrMalformed},
		{"gpg-inline-signed-message", algorithm.ErrUnsupported},
		{"gpg-key-is-x509", algorithm.ErrMalformed},
		{"gpg-key-private-*", algorithm.ErrMalformed},
		{"gpg-*revoked-*", algorithm.ErrRevoked},
		{"gpg-minisign-given", algorithm.ErrMalformed},
		{"gpg-signature-expired", algorithm.ErrSignatureExpired},
		{"gpg-signature-is-artifact", algorithm.ErrMalformed},
		{"gpg-wrong-key", algorithm.ErrWrongKey},
		{"*-artifact-changed", algorithm.ErrInvalid},
	} {
		if ok, _ := path.Match(r.pattern, name); ok {
			return r.want
		}
	}
	return nil
}

// TestCorpus gives every case of gpg and every packet made by hand the verdict
// that its file "expected" names. The cases of this repository fail for their
// own reason.
func TestCorpus(t *testing.T) {
	for _, family := range []string{"openpgp", "openpgp-v6"} {
		for _, c := range testkeys.Cases(t, family) {
			t.Run(c.Name, func(t *testing.T) {
				ev, err := verify(Algorithm{}, c.Trust.PublicKeys, c.Signature, c.Artifact)
				if c.Want == "pass" {
					mustPass(t, ev, err)
					return
				}
				mustFail(t, ev, err)
				if c.Want == "legacy" {
					if !errors.Is(err, algorithm.ErrLegacy) {
						t.Errorf("%s: got %v", c.Why, err)
					}
					ev, err := verify(Algorithm{AllowText: true}, c.Trust.PublicKeys, c.Signature, c.Artifact)
					mustPass(t, ev, err)
					return
				}
				inside := filepath.Join(testkeys.Root(t), "internal") + string(filepath.Separator)
				if want := reasonOf(c.Name); strings.HasPrefix(c.Dir, inside) && (want == nil || !errors.Is(err, want)) {
					t.Errorf("%s: got %v, want %v", c.Why, err, want)
				}
			})
		}
	}
}

// TestUpstreamReleases does the same for real releases and their keys, which
// lie beside the repository only.
func TestUpstreamReleases(t *testing.T) {
	cases := testkeys.Cases(t, "openpgp-deb")
	if len(cases) == 0 {
		t.Skip("no upstream releases beside the repository")
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			ev, err := verify(Algorithm{}, c.Trust.PublicKeys, c.Signature, c.Artifact)
			if c.Want == "pass" {
				mustPass(t, ev, err)
				return
			}
			mustFail(t, ev, err)
			if want := upstreamReasons(c.Why); !isAny(err, want) {
				t.Errorf("%s: got %v, want one of %v", c.Why, err, want)
			}
		})
	}
}

// upstreamReasons are the sentinels that what is known of a release allows; a
// bad one often has several faults.
func upstreamReasons(why string) []error {
	known := map[string]error{
		"weak-hash-sha1":           algorithm.ErrWeak,
		"dsa":                      algorithm.ErrWeak,
		"v3-signature":             algorithm.ErrUnsupported,
		"expired before it signed": algorithm.ErrKeyExpired,
		"NO_PUBKEY":                algorithm.ErrWrongKey,
	}
	var want []error
	for fault, err := range known {
		if strings.Contains(why, fault) {
			want = append(want, err)
		}
	}
	return want
}

func mustPass(t *testing.T, ev *algorithm.Evidence, err error) {
	t.Helper()
	if err != nil || ev == nil {
		t.Fatalf("refused: %v", err)
	}
	if len(ev.KeyID) != 16 || !strings.HasPrefix(ev.Fingerprint, ev.KeyID) && !strings.HasSuffix(ev.Fingerprint, ev.KeyID) ||
		ev.PrimaryFingerprint == "" || ev.KeyAlgorithm == "" || ev.Hash == "" || ev.SignedAt.IsZero() {
		t.Errorf("evidence is not whole: %+v", ev)
	}
}

func mustFail(t *testing.T, ev *algorithm.Evidence, err error) {
	t.Helper()
	if err == nil || ev != nil {
		t.Fatalf("accepted: %+v", ev)
	}
	if n := len(matching(err)); n != 1 {
		t.Errorf("the error wraps %d sentinels: %v", n, err)
	}
}

func matching(err error) []error {
	var found []error
	for _, s := range sentinels() {
		if errors.Is(err, s) {
			found = append(found, s)
		}
	}
	return found
}

func isAny(err error, targets []error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// TestCorpusAgainstTools: nothing is accepted that both gpgv and sqv reject.
func TestCorpusAgainstTools(t *testing.T) {
	gpgv, sqv := testkeys.Tool(t, "gpgv"), testkeys.Tool(t, "sqv")
	for _, family := range []string{"openpgp", "openpgp-deb"} {
		for _, c := range testkeys.Cases(t, family) {
			if _, err := verify(Algorithm{}, c.Trust.PublicKeys, c.Signature, c.Artifact); err != nil {
				continue
			}
			if !accepts(t, gpgv, c) && !accepts(t, sqv, c) {
				t.Errorf("%s: accepted, but gpgv and sqv both reject it", c.Name)
			}
		}
	}
	for _, c := range slices.Concat(craftCases(), armorCases()) {
		if c.want != nil {
			continue
		}
		asCase := craftToCase(t, c)
		if !accepts(t, gpgv, asCase) && !accepts(t, sqv, asCase) {
			t.Errorf("%s: accepted, but gpgv and sqv both reject it", c.name)
		}
	}
}

// craftToCase puts a case made by hand where the tools can read it.
func craftToCase(t *testing.T, c craftCase) testkeys.Case {
	t.Helper()
	asCase := testkeys.Case{Name: c.name, Dir: t.TempDir(), Signature: c.sig, Artifact: craftArtifact()}
	asCase.Trust.PublicKeys = []string{string(c.key)}
	writeFile(t, filepath.Join(asCase.Dir, "signature"), c.sig)
	writeFile(t, filepath.Join(asCase.Dir, "artifact"), craftArtifact())
	return asCase
}

// accepts tells what gpgv or sqv says to a case. gpgv needs a binary keyring.
func accepts(t *testing.T, tool string, c testkeys.Case) bool {
	t.Helper()
	var ring []byte
	for _, text := range c.Trust.PublicKeys {
		found, err := blobs([]byte(text))
		if err != nil {
			return false
		}
		ring = append(ring, join(found...)...)
	}
	name := filepath.Join(t.TempDir(), "ring.gpg")
	writeFile(t, name, ring)
	return run(t, tool, "--keyring", name, filepath.Join(c.Dir, "signature"), filepath.Join(c.Dir, "artifact")) == nil
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
