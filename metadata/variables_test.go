package metadata

import (
	"errors"
	"testing"
)

func TestVariables(t *testing.T) {
	m := mustParse(t, "[package]\nname = 'psql'\nversion = 'v1.2.3'\nrepository = 'https://github.com/o/r/tree/main/crates/psql/'")
	vars, err := m.Variables("aarch64-apple-darwin")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"name": "psql", "version": "1.2.3", "repo": "https://github.com/o/r", "subcrate": "psql",
		"target": "aarch64-apple-darwin", "target-family": "darwin", "os-name": "macos", "os": "darwin", "arch": "arm64", "binary-ext": "",
	} {
		if got, ok := vars[name]; !ok || got != want {
			t.Errorf("%s = %q, %t, want %q", name, got, ok, want)
		}
	}
	if _, ok := vars["url"]; ok || len(vars) != 13 {
		t.Errorf("got %v", vars)
	}

	vars, err = mustParse(t, "[package]\nname = 'n'\nversion.workspace = true").Variables(host)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"version", "repo", "subcrate"} {
		if got, ok := vars[name]; ok {
			t.Errorf("%s is not known, but %q", name, got)
		}
	}

	var target *TargetError
	if vars, err := m.Variables("x"); vars != nil || !errors.As(err, &target) {
		t.Errorf("got %v, %v", vars, err)
	}
	for _, key := range []string{"name", "version", "repository"} {
		var e *Error
		vars, err := mustParse(t, "[package]\n"+key+` = "a\u001bb"`).Variables(host)
		if vars != nil || !errors.As(err, &e) || !errors.Is(err, errValue) {
			t.Errorf("%s: got %v, %v", key, vars, err)
		}
	}
}

func TestSplitRepository(t *testing.T) {
	for _, tt := range []struct{ repository, root, subcrate string }{
		{"", "", ""},
		{"https://github.com/o/r", "https://github.com/o/r", ""},
		{"https://github.com/o/r/", "https://github.com/o/r", ""},
		{"https://github.com/o/r.git", "https://github.com/o/r", ""},
		{"https://github.com/o/r.git//", "https://github.com/o/r", ""},
		{"https://github.com/o/tree", "https://github.com/o/tree", ""},
		{"https://github.com/o/tree/", "https://github.com/o/tree", ""},
		{"https://github.com/o/r/tree", "https://github.com/o/r/tree", ""},
		{"https://github.com/o/r/tree/main", "https://github.com/o/r", ""},
		{"https://github.com/o/r/tree/main/", "https://github.com/o/r", ""},
		{"https://github.com/o/r/tree/main/psql", "https://github.com/o/r", "psql"},
		{"https://github.com/o/r/tree/main/crates/psql", "https://github.com/o/r", "psql"},
		{"https://github.com/o/r/tree/main/crates/psql?x=y#z", "https://github.com/o/r", "psql"},
		{"https://github.com/o/r.git/tree/main/crates/psql", "https://github.com/o/r", "psql"},
		{"https://gitlab.com/o/r/-/tree/main/crates/psql", "https://gitlab.com/o/r", "psql"},
		{"https://gitlab.com/o/group/r/-/tree/main/psql/", "https://gitlab.com/o/group/r", "psql"},
		{"https://gitlab.com/o/group/r/-/tree/main", "https://gitlab.com/o/group/r", ""},
		{"https://gitlab.example:8443/o/r/-/blob/main/psql", "https://gitlab.example:8443/o/r", "psql"},
		{"https://example.org/a/b/c/d", "https://example.org/a/b/c/d", ""},
		{"git@github.com:o/r.git", "git@github.com:o/r", ""},
		{"::::", "::::", ""},
	} {
		if root, subcrate := splitRepository(tt.repository); root != tt.root || subcrate != tt.subcrate {
			t.Errorf("%q: got %q, %q, want %q, %q", tt.repository, root, subcrate, tt.root, tt.subcrate)
		}
	}
}
