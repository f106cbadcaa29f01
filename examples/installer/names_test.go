package main

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/unpack/unpacktest"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

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

// TestHostileFolder: neither form of the report lets the folder's name do
// anything, and JSON has it whole.
func TestHostileFolder(t *testing.T) {
	for title, evil := range testkeys.Hostile() {
		for _, asJSON := range []bool{false, true} {
			r := newRelease(t, "tool-1.0.0.tgz", unpacktest.Gzip(t, unpacktest.Tar(t, good)), manifest("tgz", ""))
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
			r := newRelease(t, "tool-1.0.0"+tt.end+".tgz", unpacktest.Gzip(t, unpacktest.Tar(t, good)), tt.change(text))
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
