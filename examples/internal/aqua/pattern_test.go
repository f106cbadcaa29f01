package aqua

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/boundedregexp"
)

const flow = "https://github.com/acme/tool/.github/workflows/release.yml"

// TestClosed: what the publisher meant passes, and what only a search finds doesn't.
func TestClosed(t *testing.T) {
	for _, test := range []struct {
		expr, closed string
		passes       string // "" for none
		refused      []string
	}{
		{
			`^https://github\.com/acme/tool/\.github/workflows/release\.yml@refs/tags/v1\.2\.0$`, `https://github\.com/acme/tool/\.github/workflows/release\.yml@refs/tags/v1\.2\.0`,
			flow + "@refs/tags/v1.2.0",
			[]string{flow + "@refs/tags/v1.2.0-evil"},
		},
		{
			`https://github.com/acme/tool/.github/workflows/release.yml@refs/heads/main`, `https://github\.com/acme/tool/\.github/workflows/release\.yml@refs/heads/main`,
			flow + "@refs/heads/main",
			[]string{flow + "@refs/heads/main-evil", "https://evil.example/" + flow + "@refs/heads/main", strings.Replace(flow, "github.com", "githubxcom", 1) + "@refs/heads/main"},
		},
		{
			`^https://github\.com/acme/tool/\.github/workflows/release\.yml`, `https://github\.com/acme/tool/\.github/workflows/release\.yml@.+`,
			flow + "@refs/tags/v1.2.0",
			[]string{flow, flow + "x@refs/tags/v1.2.0"},
		},
		{
			`^https://github\.com/acme/tool/\.github/workflows/.+\.ya?ml@refs/tags/\Qv1.2.0\E$`, `https://github\.com/acme/tool/\.github/workflows/.+\.ya?ml@refs/tags/\Qv1.2.0\E`,
			flow + "@refs/tags/v1.2.0",
			[]string{flow + "@refs/tags/v1x2.0", flow + "@refs/tags/v1.2.01"},
		},
		{`https://github.com/acme/tool/.github/workflows/release.ya?ml`, `https://github\.com/acme/tool/\.github/workflows/release\.ya?ml@.+`, flow + "@refs/heads/main", []string{flow + "evil@refs/heads/main"}},
		{`^https://github.com/acme/tool`, `https://github\.com/acme/tool/.+`, flow + "@refs/tags/v1", []string{"https://github.com/acme/tool-evil/.github/workflows/release.yml@refs/tags/v1"}},
		{`^https://github.com/acme`, `https://github\.com/acme/.+`, flow + "@refs/tags/v1", []string{"https://github.com/acme-evil/tool/.github/workflows/release.yml@refs/tags/v1"}},
		{`https://github.com/acme/`, `https://github\.com/acme/.+`, flow + "@x", []string{"https://evil.example/?https://github.com/acme/"}},
		{`https://github.com/acme/tool/.github/workflows`, `https://github\.com/acme/tool/\.github/workflows/.+`, flow + "@x", []string{"https://github.com/acme/tool/.github/workflows-evil/x"}},
		{`github.com/acme/tool/.+`, `https://github\.com/acme/tool/.+`, flow + "@x", []string{"https://evil.example/github.com/acme/tool/x"}},
		{`^https://github.com/acme/tool/.*`, `https://github\.com/acme/tool/.*`, flow + "@x", nil},
		{`^https://github.com/acme/tool/.+?`, `https://github\.com/acme/tool/.+?`, flow + "@x", nil},
		{`@refs/tags/v.*`, "", "", nil},
		{`^https://github\.com/acme/tool/.+@refs/tags/v\d+\.\d+`, `https://github\.com/acme/tool/.+@refs/tags/v\d+\.\d+[0-9A-Za-z._+-]*`, flow + "@refs/tags/v1.2.0-rc.1", []string{flow + "@refs/tags/v1.2/evil"}},
		{`^https://github\.com/acme/tool/.+@refs/tags/v`, `https://github\.com/acme/tool/.+@refs/tags/v.+`, flow + "@refs/tags/v1.2.0", []string{flow + "@refs/tags/v"}},
		{`^https://github\.com/acme/tool/.+@refs/tags`, `https://github\.com/acme/tool/.+@refs/tags/.+`, flow + "@refs/tags/v1.2.0", []string{flow + "@refs/tagsevil"}},
		{`^https://github\.com/acme/tool/.+@`, `https://github\.com/acme/tool/.+@.+`, flow + "@refs/tags/v1.2.0", []string{flow}},
		{`^https://github\.com/acme/tool/.+@refs/(heads/main|tags/v.*)`, `https://github\.com/acme/tool/.+@refs/(heads/main|tags/v.*)`, flow + "@refs/heads/main", []string{flow + "@refs/heads/main-evil"}},
		{
			`^https://github\.com/acme/a/|https://github\.com/acme/b/x\.yml@refs/heads/main$`, `(?:https://github\.com/acme/a/.+|https://github\.com/acme/b/x\.yml@refs/heads/main)`,
			"https://github.com/acme/b/x.yml@refs/heads/main",
			[]string{"https://evil.example/https://github.com/acme/b/x.yml@refs/heads/main", "https://github.com/acme/a/"},
		},
		{`(?i)^https://github\.com/acme/tool/`, `(?i)https://github\.com/acme/tool/.+`, "https://github.com/ACME/Tool/x", nil},
		{`(https://github.com/acme/(a|b)/.+)`, ``, "", nil},
		{`^(https://github.com/acme/(a|b)/.+)$`, `(https://github\.com/acme/(a|b)/.+)`, "https://github.com/acme/b/x", []string{"https://github.com/acme/c/x"}},
		{`^https://github.com/acme/tool/.github/workflows/\Qrelease.yml`, `https://github\.com/acme/tool/\.github/workflows/\Qrelease.yml\E@.+`, flow + "@x", []string{flow}},
		{`^https://github.com/acme/tool/[.]github/workflows/release[.]yml@[.]+$`, `https://github\.com/acme/tool/[.]github/workflows/release[.]yml@[.]+`, flow + "@..", []string{flow + "@x"}},
		{`release@acme.example`, `release@acme\.example`, "release@acme.example", []string{"evil-release@acme.example", "release@acme.example.evil.example", "release@acmeXexample"}},
		{`.*@acme.example`, `.*@acme\.example`, "a@acme.example", []string{"a@acme.example.evil.example"}},
		{`\Ahttps://github\.com/acme/tool/\.github/workflows/a\.yml@x\z`, `https://github\.com/acme/tool/\.github/workflows/a\.yml@x`, "https://github.com/acme/tool/.github/workflows/a.yml@x", []string{"https://github.com/acme/tool/.github/workflows/a.yml@xx"}},
		{`acme/tool`, "", "", nil},
		{`^https://github.com/acme/tool/.github/workflows/rel`, "", "", nil},
		{`^https://github.com/acme/tool/.github/workflows/(a|b)`, "", "", nil},
		{``, "", "", nil},
		{`^$`, "", "", nil},
		{`a|`, "", "", nil},
	} {
		got, err := closePattern("subject", test.expr)
		if test.closed == "" {
			if !errors.Is(err, ErrOpen) || !errors.Is(err, algorithm.ErrIdentity) {
				t.Errorf("%s: %q, %v, want %v", test.expr, got.expr, err, ErrOpen)
			}
			continue
		}
		if err != nil || got.expr != test.closed {
			t.Errorf("%s: %s, %v, want %s", test.expr, got.expr, err, test.closed)
			continue
		}
		if !matches(t, got.expr, test.passes) || !regexp.MustCompile(test.expr).MatchString(test.passes) {
			t.Errorf("%s: %s is refused", test.expr, test.passes)
		}
		for _, other := range test.refused {
			if matches(t, got.expr, other) {
				t.Errorf("%s: %s passes", test.expr, other)
			}
		}
	}
}

func matches(t *testing.T, expr, text string) bool {
	t.Helper()
	room := boundedregexp.MaxInstructions
	re, err := boundedregexp.Compile(expr, &room)
	if err != nil {
		t.Fatal(err)
	}
	return boundedregexp.MatchWhole(re, text)
}

// TestClosedIssuer: an issuer's ends are those of the text.
func TestClosedIssuer(t *testing.T) {
	for expr, want := range map[string]string{
		`https://token.actions.githubusercontent.com`:  `https://token\.actions\.githubusercontent\.com`,
		`token.actions.githubusercontent.com`:          `https://token\.actions\.githubusercontent\.com`,
		`^https://accounts\.google\.com$`:              `https://accounts\.google\.com`,
		`^https://(token\.actions|x)\.example\.com/.*`: `https://(token\.actions|x)\.example\.com/.*`,
	} {
		if got, err := closePattern("issuer", expr); err != nil || got.expr != want {
			t.Errorf("%s: %s, %v, want %s", expr, got.expr, err, want)
		}
	}
}

// TestBrokenPattern: what package regexp can't read, or is too large, is refused.
func TestBrokenPattern(t *testing.T) {
	for expr, want := range map[string]error{`^https://(`: algorithm.ErrMalformed, `\8`: algorithm.ErrMalformed, `(a{1000}){3}`: algorithm.ErrMalformed, `(a{1000})(b{1000})(c{1000})`: algorithm.ErrTooLarge} {
		if _, err := closePattern("subject", expr); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", expr, err, want)
		}
	}
}

// FuzzClosed: whatever the expression, a text that the closed one matches is one in
// which the open one is found: nothing more passes than did.
func FuzzClosed(f *testing.F) {
	for _, expr := range []string{
		`^https://github.com/acme/tool`, `https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v\d+`, `a|(b|c)|\Qd|`, `(?i)^x@y`,
		`[]a|]b@c`, `x{2,3}@{a}`, `(?P<n>https://a/b@refs/tags/v[0-9])`, `\x{41}@b.c`, `\pL@[[:alpha:]]`, `.*?@x`, `a(?i)b@c|d@e`, `\Qa\E.@b`, `(?-s).@b`, `(?m)^a@b$|c@d`,
	} {
		for _, text := range []string{flow + "@refs/tags/v1.2.0", "a@b.c", "x@y", "d|", "A@b\n"} {
			f.Add(expr, text)
		}
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		for _, field := range []string{"subject", "issuer"} {
			closed, err := closePattern(field, expr)
			if err != nil {
				continue
			}
			if strings.ContainsAny(text, "\n") { // certificates with such are refused
				continue
			}
			if matches(t, closed.expr, text) && !regexp.MustCompile(expr).MatchString(text) {
				t.Errorf("%q, closed %q, matches %q", expr, closed.expr, text)
			}
		}
	})
}
