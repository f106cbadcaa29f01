package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/snippets"
	"github.com/relseal/relseal/internal/testkeys"
)

// piece is the text of the one snippet in a section of docs/publishing.md.
func piece(t *testing.T, section, language, info string) string {
	t.Helper()
	var found []snippets.Snippet
	for _, s := range snippets.Under(page(t, "publishing.md"), section) {
		if s.Language == language && s.Info == info {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s: %d snippets %q in %s", section, len(found), info, language)
	}
	return found[0].Text
}

// keyFamilies are the sections with a key, and the programs that they need.
func keyFamilies() map[string]string {
	return map[string]string{"minisign": "minisign", "gpg": "gpg", "ssh": "ssh-keygen", "signify": "signify-openbsd"}
}

// A documented is a publisher who does what a section says.
type documented struct {
	*ciMachine
	section string
	key     string // the secret, SIGNING_KEY
}

// newDocumented writes the section's files, and makes its key where it has one.
func newDocumented(t *testing.T, w *world, section string, programs map[string]string) *documented {
	t.Helper()
	p := &documented{ciMachine: newMachine(t, w, programs), section: section}
	for _, s := range snippets.Under(page(t, "publishing.md"), section) {
		switch name := filepath.Join(p.folder, "relseal.toml"); {
		case s.Info == "sign.sh":
			testkeys.WriteFile(t, p.folder, s.Info, []byte(s.Text))
		case s.Language == "toml":
			if _, err := os.Stat(name); err != nil { // the first: GitHub's
				testkeys.WriteFile(t, p.folder, "relseal.toml", []byte(s.Text))
			}
		}
	}
	if program := keyFamilies()[section]; program != "" {
		testkeys.Tool(t, program)
		if program == "gpg" {
			t.Cleanup(func() { _ = p.script(t, "gpgconf --kill all", nil) }) // its agent, which else ends with its folder
		}
		p.must(t, piece(t, section, "sh", ""))
		p.key = string(testkeys.ReadFile(t, filepath.Join(p.folder, "signing-key.txt")))
		if info, err := os.Stat(p.file("signing-key.txt")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: others can read the key: %v, %v", section, info.Mode(), err)
		}
		p.values["secrets.SIGNING_KEY"], p.gitlab["SIGNING_KEY"] = p.key, p.key
	}
	return p
}

// must runs a script that has to be content.
func (p *documented) must(t *testing.T, script string, env ...string) {
	t.Helper()
	if err := p.script(t, script, env); err != nil {
		t.Fatalf("%s: %v: %s", script, err, p.output)
	}
}

// release builds and signs.
func (p *documented) release(t *testing.T) {
	t.Helper()
	p.must(t, "make dist\nsh ./sign.sh", "SIGNING_KEY="+p.key)
}

// check runs the check that the document has in a section.
func (p *documented) check(t *testing.T, section string, changes ...string) (printed string, ok bool) {
	t.Helper()
	p.output = ""
	text := strings.NewReplacer(changes...).Replace(piece(t, section, "sh", "check"))
	err := p.script(t, "releasechecker() { RELEASECHECKER_MAIN=1 \"$RELSEAL_PROGRAM\" \"$@\"; }\n"+text, nil)
	return p.output, err == nil
}

const beforePublishing = "Check it before publishing"

// mustRefuse checks that the release is refused, for a reason.
func (p *documented) mustRefuse(t *testing.T, what, reason string, changes ...string) {
	t.Helper()
	if printed, ok := p.check(t, beforePublishing, changes...); ok || !strings.Contains(printed, reason) {
		t.Errorf("%s: %v, want %s: %s", what, ok, reason, printed)
	}
}

// mustServe checks that a web server, which is another user, can read all that is to be
// published.
func (p *documented) mustServe(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(p.file("dist/*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o444 != 0o444 {
			t.Errorf("%s: others can't read %s: %v, %v", p.section, file, info.Mode(), err)
		}
	}
}

// good is what is printed of a release without anything to be said of it.
func (p *documented) mustAccept(t *testing.T, section string, changes ...string) {
	t.Helper()
	printed, ok := p.check(t, section, changes...)
	for line := range strings.Lines(printed) {
		if !strings.HasPrefix(line, "verified ") && !strings.HasSuffix(line, " verified\n") {
			ok = false
		}
	}
	if !ok {
		t.Errorf("%s: %s", p.section, printed)
	}
}

// file is the path of one.
func (p *documented) file(name string) string {
	return filepath.Join(p.folder, filepath.FromSlash(name))
}

// edit changes a file, and returns how to take that back.
func (p *documented) edit(t *testing.T, name string, change func(text []byte) []byte) (undo func()) {
	t.Helper()
	before := testkeys.ReadFile(t, p.file(name))
	testkeys.WriteFile(t, p.folder, name, change(bytes.Clone(before)))
	return func() { testkeys.WriteFile(t, p.folder, name, before) }
}

const linuxFile = "dist/tool_1.2.0_linux_amd64.tar.gz"

// TestPublishingFamilies: what the snippets of a section sign is accepted by the table
// beside them, of which there is nothing to be said, and refused once it was changed.
func TestPublishingFamilies(t *testing.T) {
	testkeys.Tool(t, "bash")
	for section := range keyFamilies() {
		t.Run(section, func(t *testing.T) {
			t.Parallel()
			p := newDocumented(t, newWorld(t), section, nil)
			p.release(t)
			p.mustAccept(t, beforePublishing)
			p.mustServe(t)

			undo := p.edit(t, linuxFile, func(text []byte) []byte { text[0] ^= 1; return text })
			p.mustRefuse(t, "a changed file", "(invalid)")
			sum := fmt.Sprintf("%x", sha256Of(testkeys.ReadFile(t, p.file(linuxFile))))
			undoSums := p.edit(t, "dist/SHA256SUMS", func(text []byte) []byte {
				at := bytes.Index(text, []byte("  tool_1.2.0_linux"))
				return append(append(text[:at-64:at-64], sum...), text[at:]...)
			})
			p.mustRefuse(t, "a changed manifest", "invalid")
			undo()
			undoSums()
			p.must(t, "cp dist/tool_1.2.0_linux_amd64.tar.gz dist/tool_1.3.0_linux_amd64.tar.gz")
			p.mustRefuse(t, "an old release as a new one", "tool_1.3.0_linux_amd64.tar.gz: manifest: dist/SHA256SUMS: signed for another name", "1.2.0", "1.3.0")
			p.must(t, "rm dist/tool_1.3.0*")

			other := newDocumented(t, newWorld(t), section, nil)
			other.release(t)
			signature := signatureOf(t, p)
			undo = p.edit(t, signature, func([]byte) []byte { return testkeys.ReadFile(t, other.file(signature)) })
			p.mustRefuse(t, "another's signature", "(2 wrong-key)")
			undo()
			p.mustAccept(t, beforePublishing)
			if err := os.Remove(p.file(signature)); err != nil {
				t.Fatal(err)
			}
			p.mustRefuse(t, "no signature", "(2 signature-missing)")
		})
	}
}

// signatureOf is the file that sign.sh made beside the manifest.
// TestPublishingEnded: a signer that is ended from outside, as a cancelled job is,
// leaves no key either.
func TestPublishingEnded(t *testing.T) {
	testkeys.Tool(t, "bash")
	for section, program := range keyFamilies() {
		t.Run(section, func(t *testing.T) {
			t.Parallel()
			p := newDocumented(t, newWorld(t), section, nil)
			p.must(t, "make dist")
			fake, scratch := t.TempDir(), t.TempDir()
			testkeys.WriteFile(t, fake, program, []byte("#!/bin/sh\nls \"$TMPDIR\" >found\nkill -TERM $PPID\n"))
			script := "chmod +x " + fake + "/" + program + "\nexport PATH=" + fake + ":$PATH TMPDIR=" + scratch + "\nsh ./sign.sh"
			if err := p.script(t, script, []string{"SIGNING_KEY=" + p.key}); err == nil {
				t.Error("it wasn't ended")
			}
			found, err := filepath.Glob(p.file("*found"))
			if inDist, _ := filepath.Glob(p.file("dist/found")); err != nil || len(found)+len(inDist) != 1 {
				t.Errorf("%q, %q, %v", found, inDist, err)
			}
			if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v: %s", left, err, p.output)
			}
		})
	}
}

func signatureOf(t *testing.T, p *documented) string {
	t.Helper()
	found, err := filepath.Glob(p.file("dist/SHA256SUMS.*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	return "dist/" + filepath.Base(found[0])
}

func sha256Of(data []byte) [32]byte { return sha256.Sum256(data) }
