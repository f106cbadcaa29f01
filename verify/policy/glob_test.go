package policy

import (
	"strings"
	"testing"
	"time"
)

func TestPattern(t *testing.T) {
	for _, tt := range []struct {
		pattern   string
		good, bad []string
	}{
		{"tool", []string{"tool"}, []string{"", "tools", "atool", "too", "tool/"}},
		{"*", []string{"", "a", "a/b", "@a/b", "ä"}, nil},
		{"**", []string{"", "a/b"}, nil},
		{"a*", []string{"a", "ab", "a/b"}, []string{"", "ba"}},
		{"*a", []string{"a", "ba", "b/a", "aa"}, []string{"", "ab"}},
		{"a*b*c", []string{"abc", "axbxc", "abbcbc", "a/b/c"}, []string{"acb", "ab", "abcx", "bc"}},
		{"a?c", []string{"abc", "aäc", "a/c"}, []string{"ac", "abbc"}},
		{"?", []string{"a", "ä"}, []string{"", "ab"}},
		{"*?", []string{"a", "ab"}, []string{""}},
		{"*ab", []string{"aab", "abab"}, []string{"aba"}},
		{"a.c", []string{"a.c"}, []string{"abc"}},
		{"@scope/*", []string{"@scope/a"}, []string{"@other/a", "@scope"}},
		{"ä*", []string{"ä", "äb"}, []string{"a", "Ã"}},
	} {
		for _, text := range tt.good {
			if !pattern(tt.pattern).matches(text) {
				t.Errorf("%q doesn't match %q", tt.pattern, text)
			}
		}
		for _, text := range tt.bad {
			if pattern(tt.pattern).matches(text) {
				t.Errorf("%q matches %q", tt.pattern, text)
			}
		}
	}
}

// TestPatternEffort: the worst pattern of a file over the longest text.
func TestPatternEffort(t *testing.T) {
	start := time.Now()
	if pattern(strings.Repeat("*a", maxPattern/2-1) + "*b").matches(strings.Repeat("a", maxSubject)) {
		t.Error("it matches")
	}
	if pattern("*" + strings.Repeat("a", maxPattern-2) + "b").matches(strings.Repeat("a", maxSubject)) {
		t.Error("it matches")
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestFoldRepository: the spellings of one repository are one, and what can't be
// read is none.
func TestFoldRepository(t *testing.T) {
	const want = "github.com/owner/tool"
	for _, raw := range []string{
		"https://github.com/owner/tool", "https://github.com/owner/tool/", "https://github.com/owner/tool.git", "https://github.com/owner/tool.git/",
		"http://github.com/owner/tool", "git://github.com/owner/tool", "ssh://git@github.com/owner/tool.git", "git+https://github.com/owner/tool.git",
		"git+ssh://git@github.com/owner/tool", "git@github.com:owner/tool.git", "github.com:owner/tool", "git@github.com:/owner/tool", "github.com/owner/tool",
		"HTTPS://GitHub.com/Owner/Tool", "https://www.github.com/owner/tool", "https://github.com./owner/tool", "https://www.github.com.:443/owner/tool",
		"https://github.com:443/owner/tool", "https://github.com:0443/owner/tool", "ssh://github.com:22/owner/tool", "github.com:443/owner/tool", "https://user:secret@github.com/owner/tool",
		"https://github.com/owner/tool?tab=readme", "https://github.com/owner/tool#readme", "https://github.com//owner///tool",
		"https://github.com/./owner/x/../tool", "https://github.com/../owner/tool", "https://github.com/%6fwner/%74ool", "https://github.com/owner%2ftool",
		"https://github.com/owner.git/tool.git",
	} {
		if got, err := foldRepository(raw); err != nil || got != want {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	for raw, want := range map[string]string{
		"https://github.com:8443/owner/tool":       "github.com:8443/owner/tool",
		"https://github.com.evil.example/a/b":      "github.com.evil.example/a/b",
		"https://evil.example/github.com/a":        "evil.example/github.com/a",
		"https://github.com@evil.example/a/b":      "evil.example/a/b",
		"https://codeberg.org":                     "codeberg.org",
		"https://gitlab.com/g/s/p/-/tree/main/":    "gitlab.com/g/s/p/-/tree/main",
		"github.com/owner:tool":                    "github.com/owner:tool",
		"https://codeberg.org/L\u0130NUX/TA\u212a": "codeberg.org/l\u0130nux/ta\u212a",
		"https://codeberg.org/\u00d6/\u00c5":       "codeberg.org/\u00f6/\u00e5",
	} {
		if got, err := foldRepository(raw); err != nil || got != want {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	for _, raw := range []string{
		"owner/tool", "github:owner/tool", "tool", "/owner/tool", "file:///owner/tool", "javascript://github.com/owner/tool", "ftp://github.com/owner/tool",
		"https:github.com/owner/tool", "https:///owner/tool", "https://", "://github.com/owner/tool", "https://github.com\\owner\\tool", "https://git hub.com/owner/tool", "https://github.com/owner\\tool", "https://github.com/owner/to ol",
		"https://github.com:x/owner/tool", "https://github.com:99999999/owner/tool:", "ssh://git@github.com:owner/tool", "https://ｇithub.com/owner/tool", "https://gıthub.com/owner/tool", "https://g\u0130thub.com/owner/tool", "https://g%C4%B0thub.com/owner/tool", "https://\u212aernel.org/owner/tool",
		"https://github%2ecom/owner/tool", "https://[::1]/owner/tool", "https://localhost/owner/tool", "https://github..com/owner/tool", "https://github.com../owner/tool", "https://github.com/%zz", "C:/owner/tool",
	} {
		if got, err := foldRepository(raw); err == nil && raw != "https://github.com:99999999/owner/tool:" {
			t.Errorf("%s: %q", raw, got)
		} else if strings.HasPrefix(got, "github.com/") {
			t.Errorf("%s: %q", raw, got)
		}
	}
}

// TestFoldName: letters are small, and none is another one's.
func TestFoldName(t *testing.T) {
	for name, want := range map[string]string{
		"Kube_CTL": "kube-ctl", "\u212aubectl": "\u212aubectl", "t\u0130ny": "t\u0130ny", "\u00d6ko": "\u00f6ko", "\u212bngstr\u00d6m": "\u00e5ngstr\u00f6m",
	} {
		if got := foldName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestIsHostName: from both sides of each limit.
func TestIsHostName(t *testing.T) {
	label := strings.Repeat("a", 63)
	longest := strings.Repeat(label+".", 3) + label[:61]
	for name, want := range map[string]bool{
		"a": true, "azAZ": false, "az09-_.example": true, "a-b": true, "-a": false, "a-": false, "": false, "a.": false, ".a": false,
		label: true, label + "a": false, label + ".example": true, label + "a.example": false, longest: true, longest + "a": false,
		"a`": false, "a{": false, "a/": false, "a:": false, "a@": false, "a[": false,
	} {
		if isHostName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
