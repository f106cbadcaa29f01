package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestWindow: of several signatures by one certificate, one of the window counts, in
// whatever order and form gpg has written them.
func TestWindow(t *testing.T) {
	gpg := testkeys.Tool(t, "gpg")
	home := t.TempDir()
	t.Setenv("GNUPGHOME", home)
	call := func(at string, args ...string) []byte {
		t.Helper()
		out := filepath.Join(home, "out")
		args = append([]string{"--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "", "--faked-system-time", at + "!", "--output", out}, args...)
		if said, ok := testkeys.Run(t, gpg, args...); !ok {
			t.Fatalf("gpg %q: %s", args, said)
		}
		return testkeys.ReadFile(t, out)
	}
	const made, old, young = "20230101T000000", "20240101T000000", "20250101T000000"
	if said, ok := testkeys.Run(t, gpg, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--faked-system-time", made,
		"--quick-generate-key", "release@example.com", "ed25519", "sign", "never"); !ok {
		t.Fatal(said)
	}
	cert := testkeys.WriteFile(t, home, "cert", call(made, "--export"))
	data := testkeys.WriteFile(t, home, "data", []byte("data"))
	sign := func(at string, how ...string) []byte { return call(at, append(how, "--detach-sign", data)...) }
	for form, how := range map[string][]string{"binary": nil, "armored": {"--armor"}, "text": {"--textmode"}} {
		first, second := sign(old, how...), sign(young, how...)
		orders := map[string][]byte{"in order": slices.Concat(first, second), "reversed": slices.Concat(second, first)}
		if form == "armored" {
			binary := slices.Concat(sign(young), sign(old))
			orders["in one block"] = armored(t, "PGP SIGNATURE", binary)
			orders["one spoilt"] = slices.Concat(first, armored(t, "PGP SIGNATURE", []byte{0xc0 | tagSignature, 1, 4}), []byte("\n"), second)
		}
		for order, signatures := range orders {
			name := testkeys.WriteFile(t, home, "signatures", signatures)
			message := slices.Concat(signatures, literal(t, "data"))
			for _, w := range []struct{ from, until, want string }{
				{"-", "2024-06-01", "2024-01-01"},
				{"2024-06-01", "now", "2025-01-01"},
				{"2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2024-01-01"},
				{"2025-01-01T00:00:00Z", "-", "2025-01-01"},
				{"-", "2023-06-01", ""},
				{"2025-06-01", "-", ""},
				{"2024-02-01", "2024-12-01", ""},
			} {
				window := []string{"--not-before=" + w.from, "--not-after=" + w.until}
				code, out, errs := sopv(t, []byte("data"), slices.Concat([]string{"verify"}, window, []string{name, cert})...)
				if want := w.want != ""; (code == 0) != want || want && (!strings.HasPrefix(out, w.want) || strings.Count(out, "\n") != 1) || !want && code != exitNoSignature {
					t.Errorf("%s, %s, from %s until %s: %d %s%s", form, order, w.from, w.until, code, out, errs)
				}
				if form == "armored" {
					continue
				}
				verifications := filepath.Join(t.TempDir(), "verifications")
				code, out, errs = sopv(t, message, slices.Concat([]string{"inline-verify", "--verifications-out=" + verifications}, window, []string{cert})...)
				if want := w.want != ""; (code == 0) != want || want && (out != "data" || !bytes.HasPrefix(testkeys.ReadFile(t, verifications), []byte(w.want))) {
					t.Errorf("a message, %s, %s, from %s until %s: %d %s%s", form, order, w.from, w.until, code, out, errs)
				}
			}
		}
	}
}
