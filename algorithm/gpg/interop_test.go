package gpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// run runs a program for at most a minute. Its output is in the error.
func run(t *testing.T, tool string, args ...string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, tool, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// A gpgHome is a throw-away home of the real gpg.
type gpgHome struct {
	t    *testing.T
	gpg  string
	gpgv string
	dir  string
}

func newGPGHome(t *testing.T) *gpgHome {
	h := &gpgHome{t: t, gpg: testkeys.Tool(t, "gpg"), gpgv: testkeys.Tool(t, "gpgv")}
	gpgconf := testkeys.Tool(t, "gpgconf")
	// A socket's path is limited to 108 octets, so t.TempDir may be too long.
	dir, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	h.dir = dir
	t.Cleanup(func() {
		if err := run(t, gpgconf, "--homedir", dir, "--kill", "all"); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *gpgHome) file(name string) string { return filepath.Join(h.dir, name) }

// do runs gpg with the clock at a time.
func (h *gpgHome) do(at time.Time, args ...string) {
	h.t.Helper()
	args = append([]string{
		"--homedir", h.dir, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "",
		"--faked-system-time", at.UTC().Format("20060102T150405") + "!", "--no-auto-check-trustdb",
	}, args...)
	if err := run(h.t, h.gpg, args...); err != nil {
		h.t.Fatal(err)
	}
}

func (h *gpgHome) export(ids ...string) string {
	h.t.Helper()
	h.do(signedOn(), append([]string{"--armor", "--output", h.file("pub"), "--export"}, ids...)...)
	return h.read("pub")
}

func (h *gpgHome) read(name string) string {
	h.t.Helper()
	data, err := os.ReadFile(h.file(name))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(data)
}

// sign signs craftArtifact() as gpg does it for a user.
func (h *gpgHome) sign(at time.Time, args ...string) []byte {
	h.t.Helper()
	writeFile(h.t, h.file("artifact"), craftArtifact())
	h.do(at, append(args, "--output", h.file("sig"), "--detach-sign", h.file("artifact"))...)
	return []byte(h.read("sig"))
}

// gpgvAccepts asks gpgv about the last signature.
func (h *gpgHome) gpgvAccepts(key string) error {
	h.t.Helper()
	found, err := blobs([]byte(key))
	if err != nil {
		h.t.Fatal(err)
	}
	writeFile(h.t, h.file("ring.gpg"), join(found...))
	return run(h.t, h.gpgv, "--keyring", h.file("ring.gpg"), h.file("sig"), h.file("artifact"))
}

// TestGPG verifies what the real gpg signs, with the algorithms in use.
func TestGPG(t *testing.T) {
	h := newGPGHome(t)
	for _, test := range []struct{ algo, want string }{
		{"rsa2048", "RSA 2048"},
		{"rsa4096", "RSA 4096"},
		{"ed25519", "Ed25519"},
		{"nistp256", "ECDSA P-256"},
		{"nistp384", "ECDSA P-384"},
	} {
		t.Run(test.algo, func(t *testing.T) {
			h.t = t
			id := test.algo + "@example.org"
			h.do(keyMade(), "--quick-generate-key", id, test.algo, "sign", "never")
			key := h.export(id)
			for _, args := range [][]string{nil, {"--armor"}, {"--textmode"}, {"--digest-algo", "SHA512"}} {
				sig := h.sign(signedOn(), append(args, "--local-user", id)...)
				text := slices.Contains(args, "--textmode")
				if _, err := verify(Algorithm{}, []string{key}, sig, craftArtifact()); text && !errors.Is(err, algorithm.ErrLegacy) {
					t.Errorf("text: %v", err)
				}
				ev, err := verify(Algorithm{AllowText: text}, []string{key}, sig, craftArtifact())
				if err != nil {
					t.Fatalf("%v: %v", args, err)
				}
				if ev.KeyAlgorithm != test.want || len(ev.UserIDs) != 1 || ev.UserIDs[0] != id || !ev.SignedAt.Equal(signedOn()) {
					t.Errorf("%v: evidence %+v", args, ev)
				}
				if err := h.gpgvAccepts(key); err != nil {
					t.Errorf("%v: gpgv doesn't agree: %v", args, err)
				}
				if _, err := verify(Algorithm{AllowText: text}, []string{key}, sig, append(bytes.Clone(craftArtifact()), 'x')); !errors.Is(err, algorithm.ErrInvalid) {
					t.Errorf("%v: changed artifact: %v", args, err)
				}
			}
			if strings.HasPrefix(test.algo, "nist") {
				return // gpg refuses to sign with a hash shorter than the curve
			}
			sig := h.sign(signedOn(), "--local-user", id, "--digest-algo", "SHA1")
			if _, err := verify(Algorithm{}, []string{key}, sig, craftArtifact()); !errors.Is(err, algorithm.ErrWeak) {
				t.Errorf("SHA-1: %v", err)
			}
			if _, err := verify(Algorithm{AllowWeak: []string{"SHA-1"}}, []string{key}, sig, craftArtifact()); err != nil {
				t.Errorf("SHA-1 allowed: %v", err)
			}
		})
	}
}

// TestGPGText: a text-mode signature stands any line ends, a binary one none
// but its own.
func TestGPGText(t *testing.T) {
	h := newGPGHome(t)
	h.do(keyMade(), "--quick-generate-key", "t@example.org", "ed25519", "sign", "never")
	key := []string{h.export()}
	crlf := bytes.ReplaceAll(craftArtifact(), []byte("\n"), []byte("\r\n"))
	text := h.sign(signedOn(), "--textmode")
	ev, err := verify(Algorithm{AllowText: true}, key, text, crlf)
	if err != nil || !slices.ContainsFunc(ev.Notes, func(n string) bool { return strings.HasPrefix(n, "line ends: ") }) {
		t.Errorf("text: %+v, %v", ev, err)
	}
	if _, err := verify(Algorithm{}, key, text, crlf); !errors.Is(err, algorithm.ErrLegacy) {
		t.Errorf("text, not allowed: %v", err)
	}
	if _, err := verify(Algorithm{}, key, h.sign(signedOn()), crlf); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("binary: %v", err)
	}
}

// TestGPGLife: expiry, prolongation and revocation as gpg writes them.
func TestGPGLife(t *testing.T) {
	h := newGPGHome(t)
	h.do(keyMade(), "--quick-generate-key", "life@example.org", "ed25519", "cert", "never")
	fpr := h.fingerprints("life@example.org")[0]
	h.do(keyMade(), "--quick-add-key", fpr, "ed25519", "sign", "2y")
	check := func(what string, sig []byte, a Algorithm, want error) *algorithm.Evidence {
		t.Helper()
		ev, err := verify(a, []string{h.export()}, sig, craftArtifact())
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
		return ev
	}
	sig := h.sign(signedOn())
	ev := check("subkey expired since", sig, Algorithm{}, nil)
	if ev == nil || ev.Fingerprint == ev.PrimaryFingerprint || ev.PrimaryFingerprint != fpr ||
		len(ev.Notes) != 1 || !strings.Contains(ev.Notes[0], "expired since") {
		t.Errorf("evidence %+v", ev)
	}
	check("expired now", sig, Algorithm{ValidNow: true}, algorithm.ErrKeyExpired)
	check("a clock before", sig, Algorithm{Time: func() time.Time { return keyMade().Add(time.Hour) }}, algorithm.ErrNotYetValid)

	h.do(date(2021, 6, 1), "--quick-set-expire", fpr, "20y", "*")
	check("prolonged", sig, Algorithm{ValidNow: true}, nil)
	late := h.sign(date(2023, 1, 1))
	check("signed after the first expiry", late, Algorithm{}, nil)

	sigExpired := h.sign(signedOn(), "--default-sig-expire", "1m")
	check("signature expired", sigExpired, Algorithm{}, algorithm.ErrSignatureExpired)

	writeFile(t, h.file("cmd"), []byte("key 1\nrevkey\ny\n3\n\ny\nsave\n"))
	h.do(date(2024, 1, 1), "--no-tty", "--command-file", h.file("cmd"), "--edit-key", fpr)
	ev = check("subkey retired since", sig, Algorithm{}, nil)
	writeFile(t, h.file("sig"), sig)
	if err := h.gpgvAccepts(h.export()); err != nil {
		t.Errorf("gpgv doesn't agree: %v", err)
	}
	if ev == nil || !strings.Contains(strings.Join(ev.Notes, ";"), "revoked since: "+h.fingerprints(fpr)[1]+", on 2024-01-01, retired") {
		t.Errorf("evidence %+v", ev)
	}
	check("subkey retired now", sig, Algorithm{ValidNow: true}, algorithm.ErrRevoked)
}

// TestGPGRevoked: a revoked primary key.
func TestGPGRevoked(t *testing.T) {
	h := newGPGHome(t)
	h.do(keyMade(), "--quick-generate-key", "r@example.org", "ed25519", "sign", "never")
	sig := h.sign(signedOn())
	fpr := h.fingerprints("r@example.org")[0]
	revocation := strings.Replace(h.read("openpgp-revocs.d/"+fpr+".rev"), ":-----BEGIN", "-----BEGIN", 1)
	writeFile(t, h.file("rev"), []byte(revocation))
	if _, err := verify(Algorithm{}, []string{h.export()}, sig, craftArtifact()); err != nil {
		t.Fatal(err)
	}
	h.do(signedOn(), "--import", h.file("rev"))
	if _, err := verify(Algorithm{}, []string{h.export()}, sig, craftArtifact()); !errors.Is(err, algorithm.ErrRevoked) {
		t.Errorf("got %v", err)
	}
}

// TestGPGTwoSigners: either signer's key accepts the file; the evidence says
// which one counted.
func TestGPGTwoSigners(t *testing.T) {
	h := newGPGHome(t)
	ids := []string{"one@example.org", "two@example.org"}
	for _, id := range ids {
		h.do(keyMade(), "--quick-generate-key", id, "ed25519", "sign", "never")
	}
	h.do(keyMade(), "--quick-generate-key", "three@example.org", "ed25519", "sign", "never")
	sig := h.sign(signedOn(), "--local-user", ids[0], "--local-user", ids[1])
	for _, id := range ids {
		ev, err := verify(Algorithm{}, []string{h.export(id)}, sig, craftArtifact())
		if err != nil {
			t.Fatal(err)
		}
		if ev.UserIDs[0] != id || !strings.Contains(strings.Join(ev.Notes, ""), "one of 2 signatures") {
			t.Errorf("%s: %+v", id, ev)
		}
	}
	if _, err := verify(Algorithm{}, []string{h.export("three@example.org")}, sig, craftArtifact()); !errors.Is(err, algorithm.ErrWrongKey) {
		t.Errorf("got %v", err)
	}
	if _, err := verify(Algorithm{}, []string{h.export("three@example.org"), h.export(ids[1])}, sig, craftArtifact()); err != nil {
		t.Errorf("second of two key texts: %v", err)
	}
}

// TestGPGNotDetached: clear-signed and inline-signed data are refused, also
// with the right key.
func TestGPGNotDetached(t *testing.T) {
	h := newGPGHome(t)
	h.do(keyMade(), "--quick-generate-key", "n@example.org", "ed25519", "sign", "never")
	writeFile(t, h.file("artifact"), craftArtifact())
	for _, args := range [][]string{{"--clear-sign"}, {"--sign"}, {"--armor", "--sign"}, {"--compress-algo", "none", "--sign"}, {"--store"}} {
		h.do(signedOn(), append([]string{"--output", h.file("sig")}, append(args, h.file("artifact"))...)...)
		if _, err := verify(Algorithm{}, []string{h.export()}, []byte(h.read("sig")), craftArtifact()); !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("%v: got %v", args, err)
		}
	}
}

// TestGPGSecretKey: a secret key is refused with an error that says so.
func TestGPGSecretKey(t *testing.T) {
	h := newGPGHome(t)
	h.do(keyMade(), "--quick-generate-key", "s@example.org", "ed25519", "sign", "never")
	for _, args := range [][]string{{"--armor"}, nil} {
		h.do(signedOn(), append(args, "--output", h.file("sec"), "--export-secret-keys")...)
		_, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{h.read("sec")}})
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), "secret key") {
			t.Errorf("%v: got %v", args, err)
		}
	}
}

// fingerprints of a key and its subkeys.
func (h *gpgHome) fingerprints(id string) []string {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, h.gpg, "--homedir", h.dir, "--with-colons", "--list-keys", id).Output()
	if err != nil {
		h.t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			found = append(found, fields[9])
		}
	}
	return found
}
