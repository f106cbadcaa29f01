package aqua

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/template"
)

// TestConstraints: those of aqua's own documentation and registry.
func TestConstraints(t *testing.T) {
	for _, test := range []struct {
		constraint, version, prefix string
		want                        bool
	}{
		{`true`, "v1.2.0", "", true},
		{`false`, "v1.2.0", "", false},
		{`semver(">= 1.2.0")`, "v1.2.0", "", true},
		{`semver("> 1.2.0")`, "v1.2.0", "", false},
		{`semver("< 1.2.0")`, "v1.2.0-rc.1", "", true},
		{`semver("<= 1.2.0, != 1.1.0")`, "v1.1.0", "", false},
		{`semver("<= 1.2.0, != 1.1.0")`, "v1.0.0", "", true},
		{`semver("= 1.2.0")`, "1.2.0", "", true},
		{`semver("= 1.2.0")`, "cli-v1.2.0", "cli-", true},
		{`semver("= 1.2.0")`, "cli-v1.2.0", "other-", false}, // without the prefix it isn't asked
		{`true`, "cli-v1.2.0", "other-", false},
		{`semver(">= 0")`, "nightly", "", false},
		{`not semver(">= 0")`, "nightly", "", true},
		{`semver(">= 0")`, "7c39607000000000000000000000000000000000", "", false}, // a commit, and else 7-c39607…
		{`semverWithVersion("= 1.2.0", trimPrefix(Version, "cli-"))`, "cli-1.2.0", "", true},
		{`semverWithVersion("= 1.2.0", split(Version, "@")[1])`, "cli@1.2.0", "", true},
		{`Version == "v1.2.0"`, "v1.2.0", "", true},
		{`Version in ["v1.1.0", "v1.2.0"]`, "v1.2.0", "", true},
		{`SemVer == "v1.2.0" and Version startsWith "cli-"`, "cli-v1.2.0", "cli-", true},
		{`Version matches "^v1\\.[0-9]+\\."`, "v1.2.0", "", true},
		{`!(Version contains "rc") || Version endsWith "rc"`, "v1.2.0", "", true},
		{`len(Version) > 3 ? semver(">= 1") : false`, "v1.2.0", "", true},
		{`Version[0:1] == "v"`, "v1.2.0", "", true},
	} {
		e := &Entry{}
		got, err := e.holds(text{value: test.constraint}, test.prefix, test.version)
		if err != nil || got != test.want {
			t.Errorf("%s of %s: %v, %v", test.constraint, test.version, got, err)
		}
	}
}

// TestHostileConstraints: none takes long.
func TestHostileConstraints(t *testing.T) {
	for _, constraint := range []string{
		strings.Repeat("(", 4000) + "true" + strings.Repeat(")", 4000),
		strings.Repeat("not ", 2000) + "true",
		"Version in [" + strings.Repeat(`"v1",`, 1500) + `"v2"]`,
		strings.Repeat(`Version == "x" or `, 400) + "true",
		`all(1..1000, all(1..1000, all(1..1000, true)))`,
		`let x = [1]; true`, `len(map(1..1000000, "x")) > 0`, `{"a": 1}.a == 1`, `(1; true)`, `now() == now()`,
		`"` + strings.Repeat("x", 4000) + `" matches "(x+x+)+y"`,
	} {
		began := time.Now()
		_, err := holds(constraint, "v1.2.0", "v1.2.0")
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%.60s: %v, %v", constraint, took, err)
		}
	}
}

// TestTemplates: sprig's functions in sprig's order of arguments.
func TestTemplates(t *testing.T) {
	values := map[string]any{"Version": "v1.2.3-rc.1", "SemVer": "v1.2.3-rc.1", "OS": "linux", "Arch": "amd64", "Vars": map[string]any{"a": "b"}}
	for tmpl, want := range map[string]string{
		`{{.Version}}`:       "v1.2.3-rc.1",
		`{{trimV .Version}}`: "1.2.3-rc.1",
		`{{.Version | trimPrefix "v" | trimSuffix "-rc.1"}}`:                   "1.2.3",
		`{{trimAll "v1" .Version}}`:                                            ".2.3-rc.",
		`{{title .OS}}-{{upper .Arch}}-{{"A" | lower}}`:                        "Linux-AMD64-a",
		`{{title "apple-darwin x_y"}}`:                                         "Apple-Darwin X_y",
		`{{replace "." "_" .Version}}`:                                         "v1_2_3-rc_1",
		`{{if contains "rc" .Version}}pre{{else}}full{{end}}`:                  "pre",
		`{{if and (hasPrefix "v" .Version) (hasSuffix "1" .Version)}}x{{end}}`: "x",
		`{{ternary "a" "b" (eq .OS "linux")}}`:                                 "a",
		`{{ternary "a" "b" (eq .OS "windows")}}`:                               "b",
		`{{default "x" .Vars.a}}{{default "x" ""}}`:                            "bx",
		`{{splitList "." .Version | first}}{{last (splitList "." .Version)}}`:  "v11",
		`{{splitList "." .Version | join "-"}}`:                                "v1-2-3-rc-1",
		`{{(semver .Version).Major}}.{{(semver .Version).Minor}}.{{(semver .Version).Patch}}-{{(semver .Version).Prerelease}}`: "1.2.3-rc.1",
		`{{with .Vars.a}}{{.}}{{end}}{{$x := "c"}}{{$x}}`:                                                                      "bc",
		`{{index (splitList "." .Version) 1}}{{slice .OS 0 3}}{{len .OS}}`:                                                     "2lin5",
		"{{- .OS -}} ": "linux",
	} {
		if got, err := render(tmpl, values); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", tmpl, got, err, want)
		}
	}
}

// TestHostileTemplates: none makes much, takes long or looks around.
func TestHostileTemplates(t *testing.T) {
	values := map[string]any{"Version": strings.Repeat("a", 100), "OS": "linux"}
	for tmpl, want := range map[string]error{
		`{{.Version` + strings.Repeat(` | replace "a" "aa"`, 60) + `}}`:   ErrTooLarge,
		`{{.Version` + strings.Repeat(` | replace "" .Version`, 9) + `}}`: ErrTooLarge,
		strings.Repeat(`{{.Version}}`, 100):                               ErrTooLarge,
		`{{splitList "" .Version | join .Version}}`:                       ErrTooLarge,
		`{{splitList "" .Version | join .Version | len}}`:                 ErrTooLarge,
		`{{call .OS}}`:                           ErrUnsupported,
		`{{html .OS}}`:                           ErrUnsupported,
		`{{print .OS}}`:                          ErrUnsupported,
		`{{block "x" .}}{{end}}`:                 ErrUnsupported,
		`{{range $i, $e := .OS}}{{end}}`:         ErrUnsupported,
		`{{if .OS}}{{range .OS}}{{end}}{{end}}`:  ErrUnsupported,
		`{{with .OS}}{{else}}{{print 1}}{{end}}`: ErrUnsupported,
		`{{(print 1).X}}`:                        ErrUnsupported,
		`{{if print 1}}{{end}}`:                  ErrUnsupported,
		`{{first (splitList "x" .OS | slice)}}`:  nil,
		`{{semver "x"}}`:                         ErrTemplate,
		`{{expandenv "$HOME"}}`:                  ErrTemplate,
		`{{genPrivateKey "rsa"}}`:                ErrTemplate,
		`{{until 1000000000}}`:                   ErrTemplate,
		`{{repeat 1000000000 "x"}}`:              ErrTemplate,
		`{{` + strings.Repeat("(", 900) + `.OS` + strings.Repeat(")", 900) + `}}`: nil,
		`{{first .Version}}`:                       ErrTemplate,
		`{{last (slice (splitList "x" .OS) 0 0)}}`: ErrTemplate,
	} {
		began := time.Now()
		_, err := render(tmpl, values)
		if took := time.Since(began); took > time.Second || want != nil && !errors.Is(err, want) {
			t.Errorf("%.60s: %v after %v, want %v", tmpl, err, took, want)
		}
	}
}

// TestExtensions: the names that aqua makes of an asset.
func TestExtensions(t *testing.T) {
	no := false
	for _, test := range []struct {
		name, format, os, want string
		spec                   versioned
	}{
		{"tool", "tar.gz", "linux", "tool.tar.gz", versioned{}},
		{"tool.tgz", "tar.gz", "linux", "tool.tgz", versioned{}},
		{"tool", "raw", "linux", "tool", versioned{}},
		{"tool", "", "linux", "tool", versioned{}},
		{"tool", "tar.gz", "linux", "tool", versioned{platformed: platformed{AppendExt: &no}}},
		{"tool", "raw", "windows", "tool.exe", versioned{}},
		{"tool.exe", "raw", "windows", "tool.exe", versioned{}},
		{"tool", "", "windows", "tool.exe", versioned{}},
		{"tool-1.2.0", "", "windows", "tool-1.2.0.exe", versioned{}},
		{"tool.msi", "", "windows", "tool.msi", versioned{}},
		{"tool", "zip", "windows", "tool.zip", versioned{}},
		{"tool", "raw", "windows", "tool", versioned{platformed: platformed{CompleteWindowsExt: &no}}},
		{"tool", "raw", "windows", "tool.bat", versioned{platformed: platformed{WindowsExt: ".bat"}}},
	} {
		test.spec.Format = test.format
		p := &platform{spec: &test.spec, query: Query{Version: "v1.2.0", OS: test.os}}
		if got := p.withExt(test.name); got != test.want {
			t.Errorf("%s as %q for %s: %s, want %s", test.name, test.format, test.os, got, test.want)
		}
	}
}

// TestPlatforms: what is told apart by platform.
func TestPlatforms(t *testing.T) {
	yes := true
	v := &versioned{Rosetta2: &yes, SupportedEnvs: []string{"darwin/amd64", "linux", "arm64x"}}
	for _, test := range []struct {
		os, arch string
		want     bool
	}{{"darwin", "amd64", true}, {"darwin", "arm64", true}, {"linux", "riscv64", true}, {"windows", "amd64", false}, {"windows", "arm64", false}} {
		if got := v.supported(Query{OS: test.os, Arch: test.arch}); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
	v = &versioned{WindowsARMEmulation: &yes, SupportedEnvs: []string{"amd64"}}
	if !v.supported(Query{OS: "windows", Arch: "arm64"}) || v.supported(Query{OS: "darwin", Arch: "arm64"}) {
		t.Error("an emulator of another system counts, or that of its own doesn't")
	}
	if !(&versioned{}).supported(Query{}) || !(&versioned{SupportedEnvs: []string{"all"}}).supported(Query{OS: "x"}) || (&versioned{SupportedEnvs: []string{}}).supported(Query{OS: "x"}) {
		t.Error("no list, all or an empty list count as something else")
	}
}

// TestLiteral: a text stays what it is in a table's template.
func TestLiteral(t *testing.T) {
	for _, text := range []string{"", "a", "{ version }", `a\b`, `\{`, "}{", `\`, "{{a}}"} {
		parsed, err := template.Parse(literal(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parsed.Render(map[string]string{"version": "1"}); err != nil || got != text {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
