package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

func corpusOf(t *testing.T) []family {
	t.Helper()
	families, err := readCorpus(filepath.Join(testkeys.Root(t), "internal/testkeys/corpus"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// TestHeaders: each family says what a stranger has to know, and each case can be put
// where a program finds it.
func TestHeaders(t *testing.T) {
	for _, f := range corpusOf(t) {
		if f.Format == "" || f.Origin == "" || f.Rules == "" || !strings.Contains(f.License, "MIT") {
			t.Errorf("%s has no whole header: %+v", f.Name, f)
		}
		for i := range f.Cases {
			c := &f.Cases[i]
			values, err := c.place(t.TempDir())
			if errors.Is(err, errName) {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", c.id(), err)
			}
			if values["artifact"] == "" || values["signature"] == "" || values["table"] == "" || (values["key"] == "") == (values["keytext"] == "") {
				t.Errorf("%s has not all that a program is given: %v", c.id(), values)
			}
			if c.Kind == "optional" && c.Want == "fail" {
				t.Errorf("%s: it is optional to accept something, not to refuse it", c.id())
			}
		}
	}
}

// TestPlace: files lie where programs look for them, and as they can read them.
func TestPlace(t *testing.T) {
	place := func(family, name string) (dir string, values map[string]string) {
		c, err := readCase(family, filepath.Join(testkeys.Root(t), "internal/testkeys/corpus", family, name))
		if err != nil {
			t.Fatal(err)
		}
		dir = t.TempDir()
		values, err = c.place(dir)
		if err != nil {
			t.Fatal(err)
		}
		return dir, values
	}
	dir, values := place("checksums", "good-parentheses")
	if values["name"] != "a (1)" || values["artifact"] != filepath.Join(dir, "a (1)") || values["manifest"] != filepath.Join(dir, "SHA256SUMS") {
		t.Errorf("a manifest: %v", values)
	}
	_, values = place("openpgp", "gpg-key-armored-twice")
	ring, key := testkeys.ReadFile(t, values["keyring"]), testkeys.ReadFile(t, values["key"])
	if ring[0]&0x80 == 0 || bytes.Contains(ring, []byte("BEGIN")) || bytes.Count(key, []byte("BEGIN")) != 2 || len(ring) < len(key)/2 {
		t.Errorf("a keyring of %d bytes of two blocks", len(ring))
	}
	_, values = place("openpgp", "gpg-key-is-x509")
	if !bytes.Equal(testkeys.ReadFile(t, values["keyring"]), testkeys.ReadFile(t, values["key"])) {
		t.Error("what is no armored key isn't copied")
	}
	_, values = place("sshsig", "namespace-git")
	if values["identity"] != "alice@example.org" || values["namespace"] != "git" {
		t.Errorf("a signer: %v", values)
	}
	_, values = place("cosign-keysig", "cosign2-oldbundle-rsa-2048")
	if values["bundle"] == "" || values["bundle"] != values["signature"] {
		t.Errorf("a bundle: %v", values)
	}
}

// TestBadCorpus: a case that can't be read is an error with its file, never one less.
func TestBadCorpus(t *testing.T) {
	good := map[string]string{
		"f/about.toml": "format = 'f'", "f/c/artifact": "a", "f/c/signature": "s",
		"f/c/expected": "pass\nwhy\nspec: a rule\n", "f/c/table.toml": "[signing]\npubkey = 'k'\n",
	}
	for what, tt := range map[string]struct{ file, text, says string }{
		"two lines":                      {"f/c/expected", "pass\nwhy\n", "2 lines"},
		"four lines":                     {"f/c/expected", "pass\nwhy\nspec: a rule\nmore\n", "4 lines"},
		"another verdict":                {"f/c/expected", "accept\nwhy\nspec: a rule\n", `"accept"`},
		"another kind":                   {"f/c/expected", "pass\nwhy\nsepc: a rule\n", "not of the form"},
		"no rule":                        {"f/c/expected", "pass\nwhy\nspec: \n", "not of the form"},
		"no TOML":                        {"f/c/table.toml", "[", "table.toml"},
		"no TOML in the header":          {"f/about.toml", "[", "about.toml"},
		"an artifact that leads":         {"f/c/table.toml", "[signing]\nchecksums = 'https://example.com/x'\nchecksum-name = '../../x'\n", "outside"},
		"an artifact that is in the way": {"f/c/table.toml", "[signing]\nchecksums = 'https://example.com/x'\nchecksum-name = 'table.toml'\n", "exists"},
	} {
		dir := t.TempDir()
		write := func(name, text string) {
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
				t.Fatal(err)
			}
			testkeys.WriteFile(t, dir, name, []byte(text))
		}
		for name, text := range good {
			write(name, text)
		}
		if code, out, errOut := call(t, "yes", "--corpus", dir, "--family", "f", "--", "SELF"); code != 0 {
			t.Fatalf("the good one: exit code %d, %s%s", code, out, errOut)
		}
		write(tt.file, tt.text)
		if code, out, errOut := call(t, "yes", "--corpus", dir, "--family", "f", "--", "SELF"); code != exitUsage || !strings.Contains(errOut, tt.says) {
			t.Errorf("%s: exit code %d, %s%s", what, code, out, errOut)
		}
	}
}

// TestList: the list has all cases, for people and for programs.
func TestList(t *testing.T) {
	all := 0
	for _, f := range corpusOf(t) {
		all += len(f.Cases)
	}
	_, out, _ := call(t, "yes", "--list", "--format", "json")
	var listed []family
	if err := json.Unmarshal([]byte(out), &listed); err != nil {
		t.Fatal(err)
	}
	for _, f := range listed {
		all -= len(f.Cases)
	}
	if all != 0 || len(listed) < 7 {
		t.Errorf("%d families, %d cases aren't listed", len(listed), all)
	}
	_, out, _ = call(t, "yes", "--list", "--family", "sshsig", "--rule", "optional")
	if !strings.Contains(out, "  pass    openssh-ecdsa_sk: ") || strings.Contains(out, "spec: ") {
		t.Errorf("the list: %s", out)
	}
}

// TestDocs: the calls of docs/testkit.md can be made, and it has all families.
func TestDocs(t *testing.T) {
	text := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "testkit.md")))
	calls := 0
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, " #")
		words := strings.Fields(strings.ReplaceAll(line, "'", ""))
		if len(words) == 0 || words[0] != "./testkit" {
			continue
		}
		calls++
		if _, err := parse(words[1:], io.Discard); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if calls < 6 {
		t.Errorf("only %d calls", calls)
	}
	for _, f := range corpusOf(t) {
		if !strings.Contains(text, "\n| `"+f.Name+"` | ") {
			t.Errorf("the document says nothing of %s", f.Name)
		}
	}
	for _, name := range placeholders() {
		if !strings.Contains(text, "`{"+name+"}`") {
			t.Errorf("the document says nothing of {%s}", name)
		}
	}
}
