package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
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
		`[a-p]`:                          {"a"},
		`[a-q]`:                          {let},
		`a[yz]*`:                         {"a" + seg},
		`a[YZ]+`:                         {"a" + seg},
		`a[t1]*`:                         {"a1"},
		`a[/a-z]+`:                       {"a" + any},
		`[a-z]{0}`:                       {let},
		`[a-z]{2}`:                       {let},
		`[a-z]{3}`:                       {seg},
		`[a-z]{2,}`:                      {seg},
		strings.Repeat("(", 500) + "a.*": nil,
		strings.Repeat("(", 500) + ".*" + strings.Repeat(")", 500): {any},
	} {
		got := samples(pattern, letters)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%.60s: %q, want %q", pattern, got, want)
		}
	}
	// A pattern that is longer, or deeper, than any in a table can be.
	nested := func(depth int, open, end string) string {
		return strings.Repeat(open, depth) + "a" + strings.Repeat(end, depth)
	}
	for _, tt := range []struct {
		name, pattern string
		count         int
		open          bool
	}{
		{"as long as may be", strings.Repeat(".", 2730) + "ab", 1, true},
		{"longer", strings.Repeat(".", 2730) + "abc", 0, false},
		{"as many ways as may be", strings.Repeat("(ab|cd)", 6), 64, false},
		{"more ways", strings.Repeat("(ab|cd)", 7), 64, true},
		{"as many alternatives as may be", alternatives(64), 64, false},
		{"more alternatives", alternatives(65), 64, true},
		{"as deep as may be", nested(64, "(", ")"), 1, false},
		{"deeper", nested(65, "(", ")"), 1, true},
		{"a sequence as deep as may be", nested(32, "(b", ")"), 1, false},
		{"a deeper sequence", nested(33, "(b", ")"), 1, true},
		{"alternatives as deep as may be", nested(32, "(bc|", ")"), 33, false},
		{"deeper alternatives", nested(33, "(bc|", ")"), 33, true},
		{"a repetition as deep as may be", nested(32, "(", ")?"), 1, false},
		{"a deeper repetition", nested(33, "(", ")?"), 1, true},
	} {
		got := samples(tt.pattern, letters)
		if len(got) != tt.count || slices.ContainsFunc(got, isOpen) != tt.open {
			t.Errorf("%s: %d samples, %q", tt.name, len(got), got)
		}
	}
	// However many ways there are, few are followed, and the rest counts as open.
	for _, pattern := range []string{strings.Repeat("(ab|cd)", 100), strings.Repeat("(ab|cd)*", 100), "(" + strings.Repeat("ab|cd|", 100) + "e)", strings.Repeat("((((a|bc)|d)|e)", 1) + "))" + strings.Repeat("(x|yz)", 500)} {
		got := samples(pattern, letters)
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

// alternatives is a pattern of as many, without a beginning in common.
func alternatives(count int) string {
	var all []string
	for r := range rune(count) {
		all = append(all, string('\u0400'+r)+"x")
	}
	return strings.Join(all, "|")
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
		{"source-repository-id", `[0-9]+`, anyone},
		{"source-repository-id", `\d{6}`, anyone},
		{"source-owner-id", `\d+`, anyone},
		{"source-owner-id", `[89]{5}`, anyone},
		{"source-owner-id", `(12|34)56`, one},
		{"source-owner-id", `0*7`, one},
		{"source-owner-id", `12[xy]*`, one},
		{"source-owner-id", `12[7x]*`, one},
		{"subject", `https://github\.com/acme/tool/\d+`, one},
		{"subject", `https://github\.com/acme\d+/tool/x`, one},
		{"subject", `https://github\.com/acme/?/tool/x`, one},
		{"github-workflow-repository", `acme/tool`, one},
		{"github-workflow-repository", `acme/.*`, many},
		{"github-workflow-repository", `.*/tool`, anyone},
	} {
		widest := one
		id := identity{claims: []algorithm.Claim{{Field: tt.claim, Value: tt.pattern, Regexp: true}}}
		for _, text := range id.texts(tt.claim) {
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
		for _, sample := range samples(pattern, letters) {
			reachOf("subject", sample)
			if len(sample) > maxSample {
				t.Fatalf("%q: %d bytes", pattern, len(sample))
			}
		}
	})
}
