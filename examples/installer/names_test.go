package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// rawTar is an archive whose names may be any bytes.
func rawTar(t *testing.T, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Linkname: e.link, Mode: e.mode, Format: tar.FormatGNU}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpackBytes unpacks an archive into a folder of its own, which it returns.
func unpackBytes(t *testing.T, format string, data []byte) (string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	return dir, unpack(t.Context(), f, format, root)
}

// checkRefusal checks what the program says of an error.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	var b strings.Builder
	exit(&b, err)
	testkeys.CheckShown(t, b.String())
	if b.Len() > 4096 || strings.Count(b.String(), "\n") != 1 || !strings.HasPrefix(b.String(), "installer: ") {
		t.Errorf("%d bytes: %s", b.Len(), &b)
	}
}

// TestHostileNames: what an archive calls its entries reaches a terminal only
// as text.
func TestHostileNames(t *testing.T) {
	for title, evil := range testkeys.Hostile() {
		for kind, entries := range map[string][]entry{
			"twice":           {{name: evil}, {name: evil}},
			"below a file":    {{name: evil}, {name: evil + "/" + evil}},
			"folder":          {{name: evil}, {name: evil + "/", kind: tar.TypeDir}},
			"below folders":   {{name: evil + "/" + evil}, {name: evil + "/" + evil}},
			"leaves":          {{name: "../" + evil}},
			"too long":        {{name: strings.Repeat(evil, 1000)}},
			"link twice":      {{name: evil, kind: tar.TypeSymlink, link: "x"}, {name: evil, kind: tar.TypeSymlink, link: "x"}},
			"link out":        {{name: evil, kind: tar.TypeSymlink, link: "../" + evil}},
			"link too long":   {{name: "x", kind: tar.TypeSymlink, link: "../" + strings.Repeat(evil, 400)}},
			"hard link":       {{name: evil, kind: tar.TypeLink, link: evil + "2"}},
			"hard link out":   {{name: evil, kind: tar.TypeLink, link: "/" + evil}},
			"hard link twice": {{name: "a"}, {name: evil, kind: tar.TypeLink, link: "a"}, {name: evil, kind: tar.TypeLink, link: "a"}},
			"device":          {{name: evil, kind: tar.TypeChar}},
		} {
			t.Run(title+"/"+kind, func(t *testing.T) {
				_, err := unpackBytes(t, "tar", rawTar(t, entries))
				if err == nil {
					t.Fatal("unpacked")
				}
				checkRefusal(t, err)
				if strings.HasPrefix(kind, "hard") || kind == "device" {
					return // a zip has none
				}
				if _, err = unpackBytes(t, "zip", zipOf(t, entries)); err == nil {
					t.Fatal("unpacked from a zip")
				}
				checkRefusal(t, err)
			})
		}
	}
	_, err := unpackBytes(t, "tar", rawTar(t, []entry{{name: "日本/файл"}, {name: "日本/файл"}}))
	var b strings.Builder
	exit(&b, err)
	if !strings.Contains(b.String(), `"日本/файл": `) {
		t.Errorf("not readable: %s", &b)
	}
}

// TestHostileFolder: neither form of the report lets the folder's name do
// anything, and JSON has it whole.
func TestHostileFolder(t *testing.T) {
	for title, evil := range testkeys.Hostile() {
		for _, asJSON := range []bool{false, true} {
			r := newRelease(t, "tool-1.0.0.tgz", gz(t, tarOf(t, good)), manifest("tgz", ""))
			r.job.dir = filepath.Join(t.TempDir(), evil)
			r.job.json = asJSON
			if err := r.job.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			testkeys.CheckShown(t, r.out.String())
			if !asJSON {
				if !strings.Contains(r.out.String(), "\ninstalled        \"") {
					t.Errorf("%s: %s", title, &r.out)
				}
				continue
			}
			var got struct{ Installed []string }
			if err := json.Unmarshal(r.out.Bytes(), &got); err != nil || len(got.Installed) != 1 {
				t.Fatalf("%s: %v in %s", title, err, &r.out)
			}
			if want := filepath.Join(r.job.dir, "tool"); got.Installed[0] != want && title != "not UTF-8" {
				t.Errorf("%s: %q, want %q", title, got.Installed[0], want)
			}
		}
	}
}

// TestHostileURL: nor does the package's URL, or the comment that its publisher
// signed.
func TestHostileURL(t *testing.T) {
	unsigned := func(text string) string { return strings.ReplaceAll(text, signing, "") }
	for _, tt := range []struct {
		end    string
		change func(string) string
		policy verify.Policy
		name   string
	}{
		{"\U000e0041\u3164\u200b", strings.Clone, verify.Require, "tool-1.0.0\U000e0041\u3164\u200b.tgz"},
		{"\u009b31m\x7f\x1b", unsigned, verify.IfDeclared, ""},
		{"\u202e\u2066", unsigned, verify.IfDeclared, "tool-1.0.0\u202e\u2066.tgz"},
		{"日本", strings.Clone, verify.Require, "tool-1.0.0日本.tgz"},
	} {
		text := strings.ReplaceAll(manifest("tgz", ""), "{ archive-suffix }", url.PathEscape(tt.end)+"{ archive-suffix }")
		for _, asJSON := range []bool{false, true} {
			r := newRelease(t, "tool-1.0.0"+tt.end+".tgz", gz(t, tarOf(t, good)), tt.change(text))
			r.job.policy, r.job.json = tt.policy, asJSON
			if err := r.job.run(t.Context()); err != nil {
				t.Fatalf("%q: %v", tt.end, err)
			}
			testkeys.CheckShown(t, r.out.String())
			var got verify.Report
			if asJSON {
				if err := json.Unmarshal(r.out.Bytes(), &got); err != nil || got.Name != tt.name {
					t.Errorf("name %q, %v; want %q", got.Name, err, tt.name)
				}
				// what can't be seen is quoted in the evidence already
				comment := "file:" + tt.name
				if terminal.Text(comment) != comment {
					comment = terminal.Quoted(comment)
				}
				if got.Evidence != nil && got.Evidence.TrustedComment != comment {
					t.Errorf("signed for %q, want %q", got.Evidence.TrustedComment, comment)
				}
			}
			// The same with nothing to fetch: the URL is in the error.
			r.out.Reset()
			clear(r.files)
			err := r.job.run(t.Context())
			if err == nil {
				t.Fatal("installed")
			}
			checkRefusal(t, err)
		}
	}
}

// TestHostileBinary: a binary's name must be one that can be seen.
func TestHostileBinary(t *testing.T) {
	for title, evil := range testkeys.Hostile() {
		if title == "not UTF-8" {
			continue // TOML has none
		}
		quoted, err := json.Marshal(evil)
		if err != nil {
			t.Fatal(err)
		}
		r := newRelease(t, "tool-1.0.0", []byte(script), strings.ReplaceAll(manifest("bin", ""), "{ archive-suffix }", "")+
			"[[bin]]\nname = "+strings.ReplaceAll(string(quoted), "\x7f", `\u007f`)+"\n")
		r.before(t)
		err = r.job.run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "no name for a binary") {
			t.Fatalf("%s: %v", title, err)
		}
		checkRefusal(t, err)
		r.holds(t, "older")
	}
}
