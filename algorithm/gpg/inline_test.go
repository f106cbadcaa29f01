package gpg

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// clearSigner signs with the real gpg.
type clearSigner struct {
	home string
	key  string
}

func newClearSigner(t *testing.T) clearSigner {
	t.Helper()
	s := clearSigner{home: t.TempDir()}
	s.run(t, "", "--quick-gen-key", "clear <clear@example.com>", "ed25519", "sign", "never")
	s.key = s.run(t, "", "--armor", "--export")
	return s
}

func (s clearSigner) run(t *testing.T, input string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testkeys.Tool(t, "gpg"), append([]string{"--homedir", s.home, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("gpg %q: %v\n%s", args, err, stderr.Bytes())
	}
	return string(out)
}

func (s clearSigner) inline(t *testing.T, a Algorithm) algorithm.InlineKey {
	t.Helper()
	k, err := a.Key(algorithm.Trust{PublicKeys: []string{s.key}})
	if err != nil {
		t.Fatal(err)
	}
	return k.(algorithm.InlineKey)
}

// TestInline: what gpg clear-signs, and the text that comes out of it.
func TestInline(t *testing.T) {
	s := newClearSigner(t)
	k := s.inline(t, Algorithm{})
	for name, tt := range map[string]struct{ text, want string }{
		"lines":       {"one\ntwo\n", "one\r\ntwo"},
		"dashes":      {"-----BEGIN\n- x\n-\n", "-----BEGIN\r\n- x\r\n-"},
		"From":        {"From x\n", "From x"},
		"white space": {"a \t\nb\n", "a\r\nb"},
		"CRLF":        {"a\r\nb\r\n", "a\r\nb"},
		"no line end": {"a", "a"},
		"empty lines": {"\n\na\n\n", "\r\n\r\na\r\n"},
	} {
		document := s.run(t, tt.text, "--clear-sign")
		got, e, err := k.VerifyInline(t.Context(), []byte(document))
		if err != nil || string(got) != tt.want || e == nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
			continue
		}
		for _, n := range e.Notes {
			if strings.Contains(n, "line ends") {
				t.Errorf("%s: %s", name, n)
			}
		}
	}
}

// TestInlineRefuses: what isn't signed is neither read nor let stand beside.
func TestInlineRefuses(t *testing.T) {
	s, other := newClearSigner(t), newClearSigner(t)
	k := s.inline(t, Algorithm{})
	good := s.run(t, "one\ntwo\n", "--clear-sign")
	if _, _, err := k.VerifyInline(t.Context(), []byte("\n \n"+good+"\n\n")); err != nil {
		t.Errorf("blank lines around it: %v", err)
	}
	binary := func() string { // a signature over the bytes in the place of one over the text
		name := filepath.Join(t.TempDir(), "text")
		if err := os.WriteFile(name, []byte("one\r\ntwo"), 0o600); err != nil {
			t.Fatal(err)
		}
		detached := s.run(t, "", "--armor", "--output", "-", "--detach-sign", name)
		head, _, _ := strings.Cut(good, "-----BEGIN PGP SIGNATURE-----")
		return head + detached
	}()
	for name, tt := range map[string]struct {
		document string
		want     error
	}{
		"changed text":         {strings.Replace(good, "two", "twO", 1), algorithm.ErrInvalid},
		"line added":           {strings.Replace(good, "two\n", "two\nthree\n", 1), algorithm.ErrInvalid},
		"by another key":       {other.run(t, "one\ntwo\n", "--clear-sign"), algorithm.ErrWrongKey},
		"text before":          {"three\n" + good, algorithm.ErrMalformed},
		"a letter behind":      {good + "x", algorithm.ErrMalformed},
		"text behind":          {good + "three\n", algorithm.ErrMalformed},
		"another behind":       {good + other.run(t, "three\n", "--clear-sign"), algorithm.ErrMalformed},
		"byte order mark":      {"\ufeff" + good, algorithm.ErrMalformed},
		"another header":       {strings.Replace(good, "Hash: SHA", "Comment: three\nHash: SHA", 1), algorithm.ErrMalformed},
		"binary signature":     {binary, algorithm.ErrMalformed},
		"no signature":         {strings.Split(good, "-----BEGIN PGP SIGNATURE")[0], algorithm.ErrMalformed},
		"a detached signature": {good[strings.Index(good, "-----BEGIN PGP SIGNATURE"):], algorithm.ErrMalformed},
		"plain text":           {"one\ntwo\n", algorithm.ErrMalformed},
		"empty":                {"", algorithm.ErrMalformed},
		"too large":            {strings.Repeat("\n", maxInline+1), algorithm.ErrTooLarge},
	} {
		text, e, err := k.VerifyInline(t.Context(), []byte(tt.document))
		if !errors.Is(err, tt.want) || text != nil || e != nil {
			t.Errorf("%s: %q, %v, want %v", name, text, err, tt.want)
		}
	}
	// The leave for one kind of document isn't one for the other.
	detached := good[strings.Index(good, "-----BEGIN PGP SIGNATURE"):]
	if _, err := k.Verifier(t.Context(), []byte(detached)); !errors.Is(err, algorithm.ErrLegacy) {
		t.Errorf("as a detached signature: %v", err)
	}
}

// clearSigned is a document of two lines, clear-signed by a crafted key.
func clearSigned(k *craftKey) string {
	signature := k.sign(1, at(signedOn()), []byte("one\r\ntwo"))
	lines := slices.Collect(slices.Chunk([]byte(base64.StdEncoding.EncodeToString(signature)), 64))
	return inlineStart + "\nHash: SHA256\n\none\ntwo\n-----BEGIN PGP SIGNATURE-----\n\n" + string(bytes.Join(lines, []byte("\n"))) + "\n-----END PGP SIGNATURE-----\n"
}

// TestInlineParts: a document of the size that may be is read, and an error says
// what is wrong with one that isn't.
func TestInlineParts(t *testing.T) {
	k := newCraftKey(1, keyMade())
	key := mustKey(t, Algorithm{}, k.plain()).(algorithm.InlineKey)
	good := clearSigned(k)
	largest := good + strings.Repeat("\n", maxInline-len(good))
	if text, _, err := key.VerifyInline(t.Context(), []byte(largest)); string(text) != "one\r\ntwo" || err != nil {
		t.Errorf("as large as may be: %q, %v", text, err)
	}
	if _, _, err := key.VerifyInline(t.Context(), []byte(largest+"\n")); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	for want, document := range map[string]string{
		"it doesn't begin with":       "one\n" + good,
		"it can't be read":            strings.Split(good, "-----BEGIN PGP SIGNATURE")[0],
		"there is text behind it":     good + "three\n",
		"a byte order mark before":    byteOrderMark + good,
		"its signature: illegal base": strings.Replace(good, "\n-----END", "\n!!!!\n-----END", 1),
	} {
		text, e, err := key.VerifyInline(t.Context(), []byte(document))
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), want) || text != nil || e != nil {
			t.Errorf("%s: %q, %v", want, text, err)
		}
	}
}

// FuzzInline: whatever the document, what comes out was signed, or an error.
func FuzzInline(f *testing.F) {
	f.Add([]byte(inlineStart + "\nHash: SHA256\n\na\n- -b\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n=aaaa\n-----END PGP SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, document []byte) {
		signed, signature, err := splitInline(document)
		if err != nil && (signed != nil || signature != nil) {
			t.Errorf("%q, %q, %v", signed, signature, err)
		}
	})
}
