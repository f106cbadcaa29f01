package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/snippets"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify/lint"
)

// TestPublishingRotation: by the table of the section each key counts for its
// versions, and lint says of the old one that it is over.
func TestPublishingRotation(t *testing.T) {
	testkeys.Tool(t, "bash")
	old, p := newDocumented(t, newWorld(t), "minisign", nil), newDocumented(t, newWorld(t), "minisign", nil)
	testkeys.WriteFile(t, p.folder, "old.pub", testkeys.ReadFile(t, old.file("minisign.pub")))
	testkeys.WriteFile(t, p.folder, "relseal.toml", []byte(piece(t, "Rotation", "toml", "")))
	for _, c := range []struct {
		key, version string
		want         string // a reason, or ""
	}{
		{p.key, "2.0.0", ""},
		{p.key, "2.7.1", ""},
		{old.key, "1.9.0", ""},
		{old.key, "1.2.0", ""},
		{old.key, "2.0.0", "key-retired"},
		{p.key, "1.2.0", "key-retired"},
	} {
		p.must(t, "rm -rf dist\nmake dist\nif [ $V != 1.2.0 ]; then for f in dist/*; do mv \"$f\" \"$(echo \"$f\" | sed \"s/1.2.0/$V/\")\"; done; fi\nsh ./sign.sh", "SIGNING_KEY="+c.key, "V="+c.version)
		printed, ok := p.check(t, beforePublishing, "1.2.0", c.version)
		if ok != (c.want == "") || !strings.Contains(printed, c.want) {
			t.Errorf("%s: %v, want %q: %s", c.version, ok, c.want, printed)
		}
		if strings.HasPrefix(c.version, "2.") && !strings.Contains(printed, "[key-retired]") {
			t.Errorf("lint says nothing of the old key: %s", printed)
		}
	}
}

// TestPublishingJustInTime: each release has a key of its own, and nothing of it is left
// but what the manifest says.
func TestPublishingJustInTime(t *testing.T) {
	testkeys.Tool(t, "bash")
	testkeys.Tool(t, "minisign")
	const section = "Just-in-time keys"
	makeFake := strings.ReplaceAll(fakeMake, "${os}_amd64", "$([ $os = linux ] && echo x86_64-unknown-linux-gnu || echo x86_64-apple-darwin)")
	var all []*documented
	for range 2 {
		p := &documented{ciMachine: newMachine(t, newWorld(t), map[string]string{"make": makeFake}), section: section}
		testkeys.WriteFile(t, p.folder, "Cargo.toml", []byte(piece(t, section, "toml", "Cargo.toml")))
		p.must(t, "make dist\n"+piece(t, section, "sh", ""))
		p.mustAccept(t, section)
		p.mustServe(t)
		if left, err := filepath.Glob(filepath.Join(p.values["runner.temp"], "*")); err != nil || len(left) != 0 {
			t.Errorf("%q are left, %v", left, err)
		}
		all = append(all, p)
	}
	undo := all[0].edit(t, "dist/tool_1.2.0_x86_64-unknown-linux-gnu.tar.gz", func(text []byte) []byte { text[0] ^= 1; return text })
	if printed, ok := all[0].check(t, section); ok || !strings.Contains(printed, "(invalid)") {
		t.Error(printed)
	}
	undo()
	all[0].edit(t, "Cargo.toml", func([]byte) []byte { return testkeys.ReadFile(t, all[1].file("Cargo.toml")) })
	if printed, ok := all[0].check(t, section); ok || !strings.Contains(printed, "(wrong-key)") {
		t.Errorf("the key of another release: %s", printed)
	}
}

// TestPublishingLeak: a table with the revoked key accepts nothing any more, and one
// with another key neither.
func TestPublishingLeak(t *testing.T) {
	testkeys.Tool(t, "bash")
	p := newDocumented(t, newWorld(t), "gpg", nil)
	p.release(t)
	p.mustAccept(t, beforePublishing)
	elsewhere := "mv \"$HOME/.gnupg\" \"$HOME/elsewhere\"\nexport GNUPGHOME=\"$HOME/elsewhere\"\n"
	p.must(t, elsewhere+piece(t, "When a key leaks", "sh", "revoke"))
	p.mustRefuse(t, "a revoked key", "(2 revoked)")

	m, next := newDocumented(t, newWorld(t), "minisign", nil), newDocumented(t, newWorld(t), "minisign", nil)
	m.release(t)
	m.edit(t, "minisign.pub", func([]byte) []byte { return testkeys.ReadFile(t, next.file("minisign.pub")) })
	m.mustRefuse(t, "the leaked key", "(2 wrong-key)")
	m.key = next.key
	m.release(t)
	m.mustAccept(t, beforePublishing)
}

// TestPublishingTables: no table of the document has anything to be said of it by
// lint, for a release of the version that it is about.
func TestPublishingTables(t *testing.T) {
	folder := t.TempDir()
	for name, program := range map[string]string{"minisign": "minisign", "gpg": "gpg", "ssh": "ssh-keygen", "signify": "signify-openbsd"} {
		testkeys.Tool(t, program)
		p := newDocumented(t, newWorld(t), name, nil)
		for _, key := range []string{"minisign.pub", "release.asc", "release_key.pub", "release.pub"} {
			if text, err := os.ReadFile(p.file(key)); err == nil {
				testkeys.WriteFile(t, folder, key, text)
			}
		}
	}
	testkeys.WriteFile(t, folder, "old.pub", testkeys.ReadFile(t, newDocumented(t, newWorld(t), "minisign", nil).file("minisign.pub")))
	tables := 0
	for _, s := range snippets.In(page(t, "publishing.md"), "toml") {
		if s.Info == "Cargo.toml" {
			continue // its key is made for it, as TestPublishingJustInTime does
		}
		tables++
		version := map[bool]string{true: "1.9", false: "1.2.0"}[s.Section == "Rotation"]
		table := testkeys.WriteFile(t, folder, "relseal.toml", []byte(s.Text))
		o, err := parse([]string{"--table", table, "--lint", "--var", "version=" + version, "https://github.com/acme/tool/releases/download/v" + version + "/tool_" + version + "_linux_amd64.tar.gz"})
		if err != nil {
			t.Fatal(err)
		}
		found, err := o.findings(t.Context(), nil)
		found = slices.DeleteFunc(found, func(f lint.Finding) bool { // of two keys one is for another version
			return s.Section == "Rotation" && f.Rule == "key-not-yet"
		})
		if err != nil || len(found) != 0 {
			t.Errorf("%s, line %d: %v, %v", s.Section, s.Line, found, err)
		}
	}
	if tables != 8 {
		t.Errorf("%d tables", tables)
	}
}
