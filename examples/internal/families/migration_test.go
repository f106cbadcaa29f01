package families_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

const migration = "docs/migration.md"

// readByBinstall reads a manifest's tables as cargo-binstall's PkgSigning does:
// two texts that must be there, one that may, and whatever else there is.
func readByBinstall(manifest string) error {
	type signing struct {
		Algorithm, Pubkey, File *string
	}
	var m struct {
		Package struct {
			Metadata struct{ Binstall struct{ Signing *signing } }
		}
	}
	if err := toml.Unmarshal([]byte(manifest), &m); err != nil {
		return err
	}
	switch s := m.Package.Metadata.Binstall.Signing; {
	case s == nil:
		return errors.New("no table")
	case s.Algorithm == nil || *s.Algorithm != "minisign":
		return errors.New("algorithm isn't minisign")
	case s.Pubkey == nil:
		return errors.New("no pubkey")
	}
	return nil
}

// TestMigrationTables: each table says whether cargo-binstall reads it, and relseal
// follows each.
func TestMigrationTables(t *testing.T) {
	count := map[bool]int{}
	for _, e := range examples(t, migration) {
		about := regexp.MustCompile(`(?m)^# cargo-binstall: (reads it|rejects the manifest)$`).FindStringSubmatch(e.toml)
		if about == nil {
			t.Fatalf("%s: what about cargo-binstall?", e.toml)
		}
		reads := about[1] == "reads it"
		count[reads]++
		if err := readByBinstall(e.toml); (err == nil) != reads {
			t.Errorf("cargo-binstall: %v\n%s", err, e.toml)
		}
		if at := regexp.MustCompile(`(?m)^# at: (\S+)$`).FindStringSubmatch(e.toml); at != nil {
			e.at = at[1]
		}
		e.check(t)
	}
	if count[true] < 4 || count[false] < 2 {
		t.Errorf("tables that are read, and that are not: %v", count)
	}
}

// manifestBothRead is the page's first table, with a key of the test.
func manifestBothRead(t *testing.T, host, pubkey string) []byte {
	t.Helper()
	text := examples(t, migration)[0].toml
	for _, change := range [][2]string{
		{"https://github.com/acme/tool\"", host + "/acme/tool\""},
		{regexp.MustCompile(`pubkey = ".+"`).FindString(text), fmt.Sprintf("pubkey = %q", pubkey)},
		{"{ repo }/releases", host + "/acme/tool/releases"}, // no host of repositories is on loopback
	} {
		if strings.Count(text, change[0]) != 1 {
			t.Fatalf("%q isn't once in\n%s", change[0], text)
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	if err := readByBinstall(text); err != nil {
		t.Fatal(err)
	}
	return []byte(text)
}

// withoutTable is what is before the signing table.
func withoutTable(t *testing.T, manifest []byte) []byte {
	t.Helper()
	unsigned, _, ok := bytes.Cut(manifest, []byte("[package.metadata.binstall.signing]"))
	if !ok {
		t.Fatal("no table")
	}
	return unsigned
}

const (
	migrationBytes  = "bytes of an archive"
	migrationTarget = "x86_64-unknown-linux-gnu"
	migrationFile   = "tool-" + migrationTarget + ".tgz"
	migrationPath   = "/acme/tool/releases/download/v1.2.0/" + migrationFile
)

// installed does what an installer does: from the manifest to a file in place.
func installed(t *testing.T, h *host, manifest []byte, config verify.Config) (*verify.Report, target, error) {
	t.Helper()
	dst := newTarget(t, true)
	m, err := metadata.Parse("Cargo.toml", manifest)
	if err != nil {
		return nil, dst, err
	}
	candidates, err := m.Candidates(migrationTarget, m.Version)
	if err != nil {
		return nil, dst, err
	}
	config.Fetcher = h.fetcher()
	if config.Algorithms, err = families.All(t.Context(), families.Options{}); err != nil {
		return nil, dst, err
	}
	v, err := verify.New(config)
	if err != nil {
		return nil, dst, err
	}
	plan, err := v.Plan(verify.Artifact{URL: candidates[0].URL, Variables: candidates[0].Variables}, candidates[0].Signing)
	if err != nil {
		return nil, dst, err
	}
	report, err := plan.Download(t.Context(), dst.dst)
	return report, dst, err
}

// TestMigrationRelease: what minisign and rsign2 sign for cargo-binstall is verified
// as it is, and what is wrong is refused by every policy but that which skips.
func TestMigrationRelease(t *testing.T) {
	key := testkeys.NewMinisign(t)
	h := newHost(t)
	manifest := manifestBothRead(t, h.URL, key.PublicKey())
	artifact := []byte(migrationBytes)
	ofRsign := bytes.Replace(
		key.SignBytes(artifact, "gh=acme/tool git=0123456789abcdef ts=2026-11-26T19:18:00.000Z run=1"), // as of cargo-binstall itself
		[]byte("untrusted comment: signature"), []byte("untrusted comment: signature from rsign secret key"), 1)
	for name, tt := range map[string]struct {
		signature []byte
		want      error
		exitCode  int
	}{
		"minisign":    {key.SignBytes(artifact, "timestamp:1760000000\tfile:"+migrationFile+"\thashed"), nil, 0},
		"rsign2":      {ofRsign, nil, 0},
		"legacy":      {key.SignLegacy(artifact, "timestamp:1760000000\tfile:"+migrationFile), algorithm.ErrLegacy, 40},
		"another key": {testkeys.NewMinisign(t).SignBytes(artifact, "timestamp:1760000000"), algorithm.ErrWrongKey, 40},
		"other bytes": {key.SignBytes([]byte("other bytes"), "timestamp:1760000000"), algorithm.ErrInvalid, 40},
		"missing":     {nil, verify.ErrMissing, 41},
	} {
		h.put(migrationPath, artifact)
		h.put(migrationPath+".sig", tt.signature)
		if tt.signature == nil {
			h.remove(migrationPath + ".sig")
		}
		for _, policy := range []verify.Policy{verify.Require, verify.IfDeclared} {
			report, dst, err := installed(t, h, manifest, verify.Config{Policy: policy})
			if !errors.Is(err, tt.want) || verify.ExitCode(err) != tt.exitCode {
				t.Errorf("%s, %v: %v, want %v", name, policy, err, tt.want)
			}
			if tt.want != nil {
				dst.untouched(t)
				continue
			}
			dst.placed(t, artifact)
			saysSo(t, name, report, false) // nothing binds the version
		}
		report, dst, err := installed(t, h, manifest, verify.Config{Policy: verify.InsecureSkip})
		if err != nil || report.Status != "skipped" {
			t.Errorf("%s, skipped: %v, %v", name, report, err)
		}
		dst.placed(t, artifact)
	}
}

// TestMigrationUnsigned: a manifest without a table.
func TestMigrationUnsigned(t *testing.T) {
	h := newHost(t)
	manifest := withoutTable(t, manifestBothRead(t, h.URL, ""))
	artifact := []byte(migrationBytes)
	h.put(migrationPath, artifact)
	for policy, status := range map[verify.Policy]string{verify.Require: "", verify.IfDeclared: "unsigned", verify.InsecureSkip: "skipped"} {
		report, dst, err := installed(t, h, manifest, verify.Config{Policy: policy})
		switch {
		case status == "":
			if !errors.Is(err, verify.ErrNotDeclared) || verify.ExitCode(err) != 41 {
				t.Errorf("%v: %v", policy, err)
			}
			dst.untouched(t)
		case err != nil || string(report.Status) != status:
			t.Errorf("%v: %v, %v", policy, report, err)
		default:
			dst.placed(t, artifact)
		}
	}
}

// shell returns the page's pieces of shell.
func shell(t *testing.T) []string {
	t.Helper()
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), migration)))
	var scripts []string
	for _, rest := range strings.Split(page, "```sh\n")[1:] {
		script, _, _ := strings.Cut(rest, "```")
		scripts = append(scripts, script)
	}
	if len(scripts) != 2 {
		t.Fatalf("%d pieces of shell", len(scripts))
	}
	return scripts
}

// TestMigrationShell: the page's shell signs so that name and version are bound,
// with a key that was there and with one of the release.
func TestMigrationShell(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no shell")
	}
	scripts := shell(t)
	t.Run("a key that was there", func(t *testing.T) {
		p, h := newProgram(t, "minisign"), newHost(t)
		p.run(t, nil, "-G", "-W", "-p", "signing.pub", "-s", "signing.key")
		p.signByShell(t, scripts[0])
		p.isBound(t, h, manifestBothRead(t, h.URL, lastLine(p.read(t, "signing.pub"))))
	})
	t.Run("one of the release", func(t *testing.T) {
		p, h := newProgram(t, "minisign"), newHost(t)
		p.write(t, "Cargo.toml", withoutTable(t, manifestBothRead(t, h.URL, "")))
		p.signByShell(t, scripts[1])
		manifest := p.read(t, "Cargo.toml")
		if err := readByBinstall(string(manifest)); err != nil {
			t.Errorf("cargo-binstall: %v\n%s", err, manifest)
		}
		p.isBound(t, h, manifest)
		if _, err := os.Stat(filepath.Join(p.dir, "signing.key")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the private key: %v", err)
		}
	})
}

// signByShell signs the migration's file by a script.
func (p program) signByShell(t *testing.T, script string) {
	t.Helper()
	p.write(t, migrationFile, []byte(migrationBytes))
	program{testkeys.Tool(t, "sh"), p.dir}.run(t, nil, "-euc", script)
}

// isBound asserts that the signature is good for the version, and for no other.
func (p program) isBound(t *testing.T, h *host, manifest []byte) {
	t.Helper()
	bind := verify.Config{Bind: verify.Binding{Name: true, Version: true}}
	for _, version := range []string{"1.2.0", "1.3.0"} {
		path := strings.ReplaceAll(migrationPath, "1.2.0", version)
		h.put(path, []byte(migrationBytes))
		h.put(path+".sig", p.read(t, migrationFile+".sig"))
	}
	report, dst, err := installed(t, h, manifest, bind)
	if err != nil {
		t.Fatal(err)
	}
	dst.placed(t, []byte(migrationBytes))
	saysSo(t, "bound", report, true)

	replayed := bytes.ReplaceAll(manifest, []byte(`version = "1.2.0"`), []byte(`version = "1.3.0"`))
	if _, dst, err = installed(t, h, replayed, bind); !errors.Is(err, algorithm.ErrVersionMismatch) {
		t.Errorf("as another version: %v", err)
	}
	dst.untouched(t)
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// TestMigrationVariables: what the page says both know is there.
func TestMigrationVariables(t *testing.T) {
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), migration)))
	_, rest, _ := strings.Cut(page, "<!-- both -->")
	list, _, _ := strings.Cut(rest, "<!-- /both -->")
	m, err := metadata.Parse("Cargo.toml", []byte(`
[package]
name = "tool"
version = "1.2.0"
repository = "https://github.com/acme/tools/tree/main/crates/tool"
[package.metadata.binstall]
pkg-url = "{ repo }/releases/download/v{ version }/{ name }-{ target }{ archive-suffix }"
pkg-fmt = "tgz"
`))
	if err != nil {
		t.Fatal(err)
	}
	candidates, err := m.Candidates(migrationTarget, "1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(list, -1)
	if len(names) != 14 {
		t.Errorf("%d variables: %q", len(names), names)
	}
	for _, name := range names {
		signing, err := metadata.NewSigning(map[string]any{
			"algorithm": "minisign", "pubkey": testkeys.NewMinisign(t).PublicKey(),
			"file": "https://example.com/{ " + name[1] + " }.sig",
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = newVerifier(t, newHost(t).fetcher()).Plan(verify.Artifact{URL: candidates[0].URL, Variables: candidates[0].Variables}, signing)
		if err != nil {
			t.Errorf("%s: %v", name[1], err)
		}
	}
}

// TestMigrationExitCodes: the page's codes are those of errors.
func TestMigrationExitCodes(t *testing.T) {
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), migration)))
	all := map[string]error{
		"40": algorithm.ErrInvalid, "41": verify.ErrNotDeclared, "65": verify.ErrURL, "67": &template.MissingKeyError{},
		"68": verify.ErrUnreachable, "74": &fs.PathError{}, "78": &metadata.Error{}, "130": context.Canceled,
	}
	var told []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(page, -1) {
		told = append(told, row[1])
	}
	if want := []string{"40", "41", "65", "67", "68", "74", "78"}; !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
	for code, err := range all {
		if got := fmt.Sprint(verify.ExitCode(err)); got != code || !strings.Contains(page, code) {
			t.Errorf("%T: %s, want %s", err, got, code)
		}
	}
}
