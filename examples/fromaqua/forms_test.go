package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
)

// TestForms: each form of an entry gives the table beside it, in TOML and in JSON, which
// package metadata reads and package verify plans. UPDATE_FORMS=1 writes the tables.
func TestForms(t *testing.T) {
	entries, err := filepath.Glob("testdata/forms/*.yaml")
	if err != nil || len(entries) < 17 {
		t.Fatalf("%d forms, %v", len(entries), err)
	}
	for _, name := range entries {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) { checkForm(t, name) })
	}
}

func checkForm(t *testing.T, name string) {
	entry := string(testkeys.ReadFile(t, name))
	first, _, _ := strings.Cut(entry, "\n")
	args := strings.Fields(strings.TrimPrefix(first, "# fromaqua "))
	code, out, errs := call(append([]string{"--entry", name}, args...)...)
	golden := strings.TrimSuffix(name, ".yaml") + ".toml"
	if os.Getenv("UPDATE_FORMS") != "" {
		testkeys.WriteFile(t, filepath.Dir(golden), filepath.Base(golden), []byte(out))
	}
	if want := string(testkeys.ReadFile(t, golden)); code != 0 || (errs != "") != strings.Contains(entry, "asset: \"{{.Asset}}.sig\"") || out != want {
		t.Fatalf("exit code %d: %s%s\nwant %s", code, errs, out, want)
	}
	j := converted(t, entry, args...)
	plan, err := j.plan(t, nothing(), slices.Contains(args, "--all"))
	if strings.Contains(out, "pubkey = {url") && !strings.Contains(out, "sha256 =") {
		var table *metadata.Error
		if !errors.As(err, &table) || !strings.Contains(err.Error(), "sha256") {
			t.Errorf("a key that isn't pinned: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if artifact, _ := planned(t, plan); artifact != j.URL || !strings.Contains(out, "url="+j.URL+" ARTIFACT\n") {
		t.Errorf("%s for %s", artifact, j.URL)
	}
	inTOML, err := metadata.ParseAt(golden, []byte(out), "signing")
	if err != nil {
		t.Fatal(err)
	}
	inJSON, err := signing(t, j)
	if err != nil {
		t.Fatal(err)
	}
	if inTOML.File != inJSON.File || inTOML.Checksums != inJSON.Checksums || len(inTOML.Fields) != len(inJSON.Fields) || len(inTOML.Alternatives) != len(inJSON.Alternatives) || len(inTOML.Keys) != len(inJSON.Keys) {
		t.Errorf("%+v, and as JSON %+v", inTOML, inJSON)
	}
}

// TestRefusals: what can't be followed has its exit code, in words that help.
func TestRefusals(t *testing.T) {
	folder := t.TempDir()
	entry := testkeys.WriteFile(t, folder, "registry.yaml", testkeys.ReadFile(t, "testdata/forms/several.yaml"))
	broken := testkeys.WriteFile(t, folder, "broken.yaml", []byte("packages: ["))
	unsigned := testkeys.WriteFile(t, folder, "unsigned.yaml", []byte("type: github_release\nrepo_owner: acme\nrepo_name: tool\nasset: tool\n"))
	good := []string{"--entry", entry, "--version", "cli/v1.2.0", "--os", "linux", "--arch", "amd64", "--libc", "musl", "--var", "channel=beta"}
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"several":          {good, 78, "(--only NAME, or --all)"},
		"another":          {append(slices.Clone(good), "--only", "cosign"), 78, `"cosign" isn't declared; slsa_provenance, minisign, checksum.minisign is`},
		"broken":           {[]string{"--entry", broken, "--version", "v1"}, 78, "broken.yaml: malformed"},
		"unsigned":         {[]string{"--entry", unsigned, "--version", "v1"}, 41, "no signature declared"},
		"missing":          {[]string{"--entry", filepath.Join(folder, "none"), "--version", "v1"}, 74, "none: "},
		"a folder":         {[]string{"--entry", folder, "--version", "v1"}, 74, "no regular file"},
		"no entry":         {[]string{"--version", "v1"}, 2, "--entry is missing"},
		"no version":       {[]string{"--entry", entry}, 2, "--version is missing"},
		"an argument":      {append(slices.Clone(good), "x"), 2, "1 arguments are left over"},
		"a form":           {append(slices.Clone(good), "--format", "yaml"), 2, "--format is toml or json here"},
		"a form of lint's": {append(slices.Clone(good), "--lint", "--format", "toml"), 2, "--format is text or json here"},
		"all and one":      {append(slices.Clone(good), "--all", "--only", "minisign"), 2, "exclude each other"},
		"no digest":        {append(slices.Clone(good), "--key-sha256", "ABC"), 2, "64 lower-case hex digits"},
		"no variable":      {append(slices.Clone(good), "--var", "x"), 2, "not of the form name=value"},
		"a flag":           {append(slices.Clone(good), "--verbose"), 2, "flag provided but not defined"},
	} {
		if code, out, errs := call(test.args...); code != test.code || !strings.Contains(errs, test.says) || !strings.HasPrefix(errs, "fromaqua: ") || out != "" {
			t.Errorf("%s: exit code %d, %s%s", name, code, out, errs)
		}
	}
	for _, only := range []string{"slsa_provenance", "minisign", "checksum.minisign"} {
		if code, _, errs := call(append(slices.Clone(good), "--only", only)...); code != 0 {
			t.Errorf("%s: %d, %s", only, code, errs)
		}
	}
}

// TestLeftOut: what no table has is told.
func TestLeftOut(t *testing.T) {
	name := testkeys.WriteFile(t, t.TempDir(), "registry.yaml", []byte(`type: github_release
repo_owner: acme
repo_name: tool
asset: tool
checksum: {type: github_release, asset: sums, algorithm: sha256}
slsa_provenance: {type: github_release, asset: x, enabled: false}
cosign:
  signature: {type: github_release, asset: tool.sig}
  key: {type: http, url: https://example.com/key}
`))
	code, _, errs := call("--entry", name, "--version", "v1")
	for _, rule := range []string{"aqua-checksum-unsigned", "aqua-disabled", "aqua-log-not-asked"} {
		if code != 0 || strings.Count(errs, "["+rule+"]") != 1 || strings.Count(errs, "fromaqua: left out: ") != 3 {
			t.Errorf("%s: exit code %d, %s", rule, code, errs)
		}
	}
}

// TestHostileNames: what stands in an entry runs nothing where it is copied or shown.
func TestHostileNames(t *testing.T) {
	entry := "type: http\nname: acme/tool\nurl: \"https://example.com/$(id);'a'/tool\"\nminisign:\n  type: http\n  url: https://example.com/tool.minisig\n  public_key: RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex\n"
	name := testkeys.WriteFile(t, t.TempDir(), "registry.yaml", []byte(entry))
	if code, out, errs := call("--entry", name, "--version", "v1"); code != 0 || !strings.Contains(out, `--var 'url=https://example.com/$(id);'\''a'\''/tool' ARTIFACT`) {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	hostile := testkeys.WriteFile(t, t.TempDir(), "registry.yaml", []byte("type: github_release\nrepo_owner: a\nrepo_name: b\nasset: \"x\\e[2K\\u202e\"\n\"\\e[2K\": 1\n"))
	code, _, errs := call("--entry", hostile, "--version", "v1")
	if code != 78 || strings.ContainsAny(errs, "\x1b\u202e") || !strings.Contains(errs, `\x1b[2K`) {
		t.Errorf("exit code %d: %q", code, errs)
	}
	if err := algorithm.ErrUnsupported; !strings.Contains(errs, err.Error()) {
		t.Error(errs)
	}
}

// TestJobSchema: the JSON of each form is a job as releasechecker's schema has it.
func TestJobSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../releasechecker/job.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := filepath.Glob("testdata/forms/*.yaml")
	if err != nil || len(entries) == 0 {
		t.Fatal(err)
	}
	for _, name := range entries {
		first, _, _ := strings.Cut(string(testkeys.ReadFile(t, name)), "\n")
		_, out, errs := call(append([]string{"--format", "json", "--entry", name}, strings.Fields(strings.TrimPrefix(first, "# fromaqua "))...)...)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
		if err != nil {
			t.Fatalf("%s: %v, %s", name, err, errs)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
