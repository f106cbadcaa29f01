package lint

import (
	"slices"
	"strings"
	"testing"
)

func TestSamples(t *testing.T) {
	const any, seg, dt, let = string(anything), string(segment), string(dot), string(letter)
	for pattern, want := range map[string][]string{
		`https://github\.com/acme/tool`:  {"https://github.com/acme/tool"},
		`https://github.com/acme`:        {"https://github" + dt + "com/acme"},
		`a.*b`:                           {"a" + any + "b"},
		`a.+`:                            {"a" + any},
		`a[^/]+b`:                        {"a" + seg + "b"},
		`a[a-z0-9_-]+\.yml`:              {"a" + seg + ".yml"},
		`a[^@]+b`:                        {"a" + any + "b"}, // a slash is no @
		`a[a-z]b`:                        {"a" + let + "b"},
		`[Tt]ool`:                        {"Tool"},
		`v[0-9.]+`:                       {"v."},
		`v\d+\.\d+`:                      {"v0.0"},
		`ya?ml`:                          {"yaml"},
		`(a|b)c`:                         {"ac"},
		`(acme|tool)/c`:                  {"acme/c", "tool/c"},
		`a[a-f]*`:                        {"a" + seg},
		`a[Tt]*`:                         {"aT"},
		`(?:acme)/(?:tool)`:              {"acme/tool"},
		`(.|x){5}`:                       {any},
		`x{5}`:                           {"x"},
		`.{2}`:                           {dt},
		`^a$`:                            {"a"},
		`(?i)acme`:                       {"ACME"},
		`(`:                              nil,
		`a{1001}`:                        nil,
		``:                               {""},
		`[^\x00-\x{10FFFF}]`:             {""},
		strings.Repeat("(", 500) + "a.*": nil,
		strings.Repeat("(", 500) + ".*" + strings.Repeat(")", 500): {any},
	} {
		got := samples(pattern)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%.60s: %q, want %q", pattern, got, want)
		}
	}
	// However many ways there are, few are followed, and the rest counts as open.
	for _, pattern := range []string{strings.Repeat("(ab|cd)", 100), strings.Repeat("(ab|cd)*", 100), "(" + strings.Repeat("ab|cd|", 100) + "e)", strings.Repeat("((((a|bc)|d)|e)", 1) + "))" + strings.Repeat("(x|yz)", 500)} {
		got := samples(pattern)
		size := 0
		for _, s := range got {
			size += len(s)
		}
		if len(got) > maxSamples || size > maxSamples*maxSample {
			t.Errorf("%.30s: %d samples of %d bytes", pattern, len(got), size)
		}
		if len(got) == maxSamples && !slices.ContainsFunc(got, isOpen) {
			t.Errorf("%.30s: what is left out isn't open", pattern)
		}
	}
}

func TestReach(t *testing.T) {
	for _, tt := range []struct {
		claim, pattern string
		want           reach
	}{
		{"subject", `https://github\.com/acme/tool/\.github/workflows/x\.yml@.*`, one},
		{"subject", `https://github\.com/acme/tool/.*`, one},
		{"subject", `https://github\.com/acme/tool.*`, many},
		{"subject", `https://github\.com/acme/[^/]+/x`, many},
		{"subject", `https://github\.com/acme/.*`, many},
		{"subject", `https://github\.com/acme`, many},
		{"subject", `https://github\.com/acme.*`, anyone},
		{"subject", `https://github\.com/acme-[a-z]+/tool/x`, anyone},
		{"subject", `https://github\.com/.*`, anyone},
		{"subject", `https://.*/acme/tool/x`, anyone},
		{"subject", `.*/acme/tool/x`, anyone},
		{"subject", `.*`, anyone},
		{"subject", `https://github\.com/(acme|.*)/tool/x`, anyone},
		{"subject", `https://github\.com/(acme|ecma)/tool/x`, one},
		{"subject", `me@acme\.com`, one},
		{"subject", `.*@acme\.com`, many},
		{"subject", `me@.*`, anyone},
		{"subject", `me@acme\..+`, anyone},
		{"subject", `spiffe://acme/tool`, one},
		{"subject", `spiffe://acme/.*`, anyone},
		{"source-repository-id", `123`, one},
		{"source-repository-id", `1.*`, anyone},
		{"github-workflow-repository", `acme/tool`, one},
		{"github-workflow-repository", `acme/.*`, many},
		{"github-workflow-repository", `.*/tool`, anyone},
	} {
		widest := one
		for _, text := range samples(tt.pattern) {
			widest = max(widest, reachOf(tt.claim, text))
		}
		if widest != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.claim, tt.pattern, widest, tt.want)
		}
	}
}

func FuzzSamples(f *testing.F) {
	f.Add(`https://github\.com/(a|b.*)/[^/]+@(x{3}|\pL+)?`)
	f.Fuzz(func(t *testing.T, pattern string) {
		if len(pattern) > 4<<10 {
			return
		}
		for _, sample := range samples(pattern) {
			reachOf("subject", sample)
			if len(sample) > maxSample {
				t.Fatalf("%q: %d bytes", pattern, len(sample))
			}
		}
	})
}
