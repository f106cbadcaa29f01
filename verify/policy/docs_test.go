package policy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/policy"
)

// TestDocs: the example of the docs is a policy that does what its comments
// say, and the docs' table has every key.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testkeys.Root(t), "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```toml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("no example")
	}
	replace := configure(t, example).Replace
	table := declared(t, "algorithm = 'minisign'\npubkey = 'publisher'\n")
	url := "https://github.com/example/x/releases/x.tgz"
	for name, want := range map[string]string{
		"tool":           "RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex RWTC3g8W3z4RZK3V3qv7fa1QY4JEWyBtqIHW+85QlJpZc5yG+uNYNBSZ",
		"unsigned-thing": "RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex",
		"anything":       "publisher",
	} {
		got, err := replace(verify.Artifact{URL: url, Variables: vars(name, "https://github.com/example/x")}, table)
		if err != nil || keysOf(got) != want {
			t.Errorf("%s: %s, %v", name, keysOf(got), err)
		}
	}
	_, err = replace(verify.Artifact{URL: url, Variables: vars("builder-x", "https://github.com/example/x")}, table)
	wantRefusal(t, err, algorithm.ErrUnsupported, "policy.toml:", "no signature of")
	_, err = replace(verify.Artifact{URL: url, Variables: vars("x", "https://github.com/other/x")}, table)
	wantRefusal(t, err, verify.ErrNotAccepted, "policy.toml:", "not on our list")

	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(string(page), -1) {
		for _, key := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(row[1], -1) {
			documented[key[1]] = true
		}
	}
	for table, keys := range keysRead(t) {
		for _, key := range keys {
			if name := strings.TrimPrefix(table+"."+key, "."); !documented[name] {
				t.Errorf("%s isn't in the docs", name)
			} else {
				delete(documented, name)
			}
		}
	}
	for name := range documented {
		t.Errorf("%s is in the docs, and isn't read", name)
	}
}

// keysRead are the keys that the sources read, by their tables.
func keysRead(t *testing.T) map[string][]string {
	t.Helper()
	keys := map[string][]string{}
	for file, table := range map[string]string{"policy.go": "", "strength.go": "strength", "roots.go": "roots", "limits.go": "limits", "pins.go": "pins", "rule.go": "package"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list := regexp.MustCompile(`unknown\(f, ("[^)]*)\)`).FindStringSubmatch(string(source))
		if list == nil {
			t.Fatalf("%s has no keys", file)
		}
		for _, key := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(list[1], -1) {
			keys[table] = append(keys[table], key[1])
		}
	}
	return keys
}

// TestStrengthDocs: every name that the docs list for [strength] is one, and no
// other is.
func TestStrengthDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testkeys.Root(t), "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for key, begin := range map[string]string{"key-algorithms": "- Key algorithms: ", "hashes": "- Hashes: "} {
		_, rest, _ := strings.Cut(text, begin)
		list, _, _ := strings.Cut(rest, "Without a list")
		names := regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(list, -1)
		if len(names) < 8 {
			t.Fatalf("%s: %q", key, names)
		}
		for _, name := range names {
			if _, err := policy.Parse("policy.toml", []byte(least+"[strength]\n"+key+" = ['"+name[1]+"']\n")); err != nil {
				t.Error(err)
			}
		}
	}
}
