package metadata

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/template"
)

const (
	linux   = "x86_64-unknown-linux-gnu"
	windows = "x86_64-pc-windows-msvc"
)

// toolAt is the manifest of tool 1.2.3 in a repository.
func toolAt(repository, binstall string) string {
	return "[package]\nname = 'tool'\nversion = '1.2.3'\nrepository = '" + repository + "'\n" + binstall
}

func urls(list []Candidate) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.URL)
	}
	return all
}

// TestCandidatesDeclared: what a pkg-url leaves open, and nothing else.
func TestCandidatesDeclared(t *testing.T) {
	const table = "[package.metadata.binstall]\n"
	for _, tt := range []struct {
		name, table, target string
		want                []string // FORMAT SUFFIX URL after the host
	}{
		{"no key", "pkg-url = '{ repo }/{ name }-v{ version }.tar.gz'\npkg-fmt = 'tgz'", linux, []string{"tgz - tool-v1.2.3.tar.gz"}},
		{"no key, no format", "pkg-url = '{ repo }/{ name }.tar.zst'", linux, []string{"tzstd - tool.tar.zst"}},
		{"no key, no format, bare", "pkg-url = '{ repo }/{ name }.exe'", windows, []string{"bin - tool.exe"}},
		{"suffix", "pkg-url = '{ repo }/t{ archive-suffix }'\npkg-fmt = 'txz'", linux, []string{"txz .txz t.txz", "txz .tar.xz t.tar.xz"}},
		{"format", "pkg-url = '{ repo }/t.{ archive-format }'\npkg-fmt = 'tbz2'", linux, []string{
			"tbz2 .tbz2 t.tbz2", "tbz2 .tar.bz2 t.tar.bz2", "tbz2 .tbz t.tbz", "tbz2 .tar.bz t.tar.bz",
		}},
		{"its old name", "pkg-url = '{ repo }/t.{ format }'\npkg-fmt = 'zip'", linux, []string{"zip .zip t.zip"}},
		{"bare", "pkg-url = '{ repo }/t{ archive-suffix }'\npkg-fmt = 'bin'", linux, []string{"bin .bin t.bin", "bin - t"}},
		{"bare on Windows", "pkg-url = '{ repo }/t{ archive-suffix }'\npkg-fmt = 'bin'", windows, []string{"bin .bin t.bin", "bin - t", "bin .exe t.exe"}},
		{"bare by format", "pkg-url = '{ repo }/t.{ archive-format }'\npkg-fmt = 'bin'", linux, []string{"bin .bin t.bin"}},
		{"override", "pkg-url = '{ repo }/t{ archive-suffix }'\npkg-fmt = 'tgz'\noverrides.x86_64-pc-windows-msvc.pkg-fmt = 'zip'", windows, []string{"zip .zip t.zip"}},
		{"binary and target", "pkg-url = '{ repo }/{ bin }-{ target-arch }-{ os }'\npkg-fmt = 'tar'", linux, []string{"tar - tool-x86_64-linux"}},
		{"any format", "pkg-url = '{ repo }/t{ archive-suffix }'", linux, []string{
			"tar .tar t.tar", "tbz2 .tbz2 t.tbz2", "tbz2 .tar.bz2 t.tar.bz2", "tbz2 .tbz t.tbz", "tbz2 .tar.bz t.tar.bz",
			"tgz .tgz t.tgz", "tgz .tar.gz t.tar.gz", "txz .txz t.txz", "txz .tar.xz t.tar.xz",
			"tzstd .tzstd t.tzstd", "tzstd .tzst t.tzst", "tzstd .tar.zst t.tar.zst", "zip .zip t.zip", "bin .bin t.bin", "bin - t",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := mustParse(t, toolAt("https://example.com", table+tt.table)).Candidates(tt.target, "v1.2.3")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range list {
				suffix := c.Suffix
				if suffix == "" {
					suffix = "-"
				}
				got = append(got, c.Format+" "+suffix+" "+strings.TrimPrefix(c.URL, "https://example.com/"))
				checkVariables(t, c, strings.Contains(tt.table, "archive-") || strings.Contains(tt.table, "{ format }"))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// checkVariables: the signature's template gets what the URL was made with, and
// what pkg-url doesn't leave open has no value.
func checkVariables(t *testing.T, c Candidate, open bool) {
	t.Helper()
	suffix, there := c.Variables["archive-suffix"]
	format := strings.TrimPrefix(c.Suffix, ".")
	if format == "" && open {
		format = "bin"
	}
	if suffix != c.Suffix || there != open || c.Variables["archive-format"] != format || c.Variables["format"] != format {
		t.Errorf("%s: suffix %q, variables %v", c.URL, c.Suffix, c.Variables)
	}
	if c.Variables["bin"] != "tool" || c.Variables["version"] != "1.2.3" {
		t.Errorf("%s: variables %v", c.URL, c.Variables)
	}
}

// TestCandidatesGuessed: the names that cargo-binstall's SUPPORT.md documents for
// a host are among the candidates, and every candidate is in a folder of a release
// of the repository.
func TestCandidatesGuessed(t *testing.T) {
	const (
		target = linux
		ends   = 15 // of all formats
	)
	documented := func(folder, end string, versionLast bool) []string {
		name := "tool-" + target
		all := []string{folder + name + "-v1.2.3.tgz" + end}
		if versionLast {
			all = append(all, folder+name+".tgz"+end)
		}
		return all
	}
	for _, tt := range []struct {
		repository string
		folders    []string // after the repository's root
		end        string
		documented []string
		count      int
	}{
		{
			"https://github.com/o/r",
			[]string{"/releases/download/1.2.3/", "/releases/download/v1.2.3/"},
			"",
			documented("/releases/download/v1.2.3/", "", true), 20 * ends,
		},
		{
			"https://github.example.com/o/r.git",
			[]string{"/releases/download/1.2.3/", "/releases/download/v1.2.3/"},
			"",
			documented("/releases/download/v1.2.3/", "", true), 20 * ends,
		},
		{
			"https://github.com/o/r/tree/main/crates/cli",
			[]string{
				"/releases/download/1.2.3/", "/releases/download/v1.2.3/", "/releases/download/cli%2F1.2.3/", "/releases/download/cli%2Fv1.2.3/",
			},
			"",
			documented("/releases/download/cli%2Fv1.2.3/", "", true), 40 * ends,
		},
		{
			"https://Codeberg.org/o/r",
			[]string{"/releases/download/1.2.3/", "/releases/download/v1.2.3/"},
			"",
			documented("/releases/download/v1.2.3/", "", true), 20 * ends,
		},
		{
			"https://gitlab.kitware.com/o/r",
			[]string{"/-/releases/1.2.3/downloads/binaries/", "/-/releases/v1.2.3/downloads/binaries/"},
			"",
			documented("/-/releases/v1.2.3/downloads/binaries/", "", true), 20 * ends,
		},
		{
			"https://gitlab.com/o/r/-/blob/main/cli",
			[]string{
				"/-/releases/1.2.3/downloads/binaries/", "/-/releases/v1.2.3/downloads/binaries/",
				"/-/releases/cli%2F1.2.3/downloads/binaries/", "/-/releases/cli%2Fv1.2.3/downloads/binaries/",
			},
			"",
			documented("/-/releases/cli%2Fv1.2.3/downloads/binaries/", "", true), 40 * ends,
		},
		{"https://bitbucket.org/o/r", []string{"/downloads/"}, "", documented("/downloads/", "", false), 8 * ends},
		{
			"https://sourceforge.net/projects/r",
			[]string{"/files/binaries/1.2.3/", "/files/binaries/v1.2.3/"},
			"/download",
			documented("/files/binaries/v1.2.3/", "/download", true), 20 * ends,
		},
	} {
		t.Run(tt.repository, func(t *testing.T) {
			list, err := mustParse(t, toolAt(tt.repository, "")).Candidates(target, "1.2.3")
			if err != nil {
				t.Fatal(err)
			}
			root, _ := splitRepository(tt.repository)
			got := urls(list)
			for _, want := range tt.documented {
				if !slices.Contains(got, root+want) {
					t.Errorf("%s is missing", want)
				}
			}
			if len(got) != tt.count || len(slices.Compact(slices.Sorted(slices.Values(got)))) != tt.count {
				t.Errorf("%d candidates, want %d different ones", len(got), tt.count)
			}
			for _, c := range list {
				rest, ok := strings.CutPrefix(c.URL, root)
				name, _ := strings.CutSuffix(rest, tt.end)
				i := strings.LastIndexByte(name, '/') + 1
				if !ok || !slices.Contains(tt.folders, name[:i]) || !strings.HasSuffix(rest, tt.end) {
					t.Fatalf("%s is in no folder of a release", c.URL)
				}
				if name = name[i:]; !strings.HasPrefix(name, "tool") || !strings.Contains(name, target) || !strings.HasSuffix(name, c.Suffix) {
					t.Errorf("the name %q", name)
				}
			}
		})
	}
}

// TestCandidatesOrder: the most telling names come first, and a name's folders
// before the next name.
func TestCandidatesOrder(t *testing.T) {
	list, err := mustParse(t, toolAt("https://github.com/o/r", "[package.metadata.binstall]\npkg-fmt = 'zip'")).Candidates(linux, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	const before, at = "https://github.com/o/r/releases/download/", "x86_64-unknown-linux-gnu"
	var want []string
	for _, name := range []string{
		"tool-" + at + "-v1.2.3", "tool-" + at + "-1.2.3", "tool-1.2.3-" + at, "tool-v1.2.3-" + at,
		"tool_" + at + "_v1.2.3", "tool_" + at + "_1.2.3", "tool_1.2.3_" + at, "tool_v1.2.3_" + at,
		"tool-" + at, "tool_" + at,
	} {
		want = append(want, before+"1.2.3/"+name+".zip", before+"v1.2.3/"+name+".zip")
	}
	if got := urls(list); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCandidatesBinaries(t *testing.T) {
	const url = "[package.metadata.binstall]\npkg-url = '{ repo }/t.tgz'\n"
	for _, tt := range []struct {
		name, table, target string
		want                []Binary
	}{
		{"declared", "bin-dir = '{ name }-{ version }/./{ bin }{ binary-ext }'", windows, []Binary{{"tool.exe", []string{"tool-1.2.3/tool.exe"}}}},
		{"its old name", "bin-dir = '{ bin }{ format }'", windows, []Binary{{"tool.exe", []string{"tool.exe"}}}},
		{"its old name, not Windows", "bin-dir = '{ bin }{ format }'", linux, []Binary{{"tool", []string{"tool"}}}},
		{"several", "bin-dir = 'bin/{ bin }'\n[[bin]]\nname = 'a'\n[[bin]]\nname = 'b'", linux, []Binary{{"a", []string{"bin/a"}}, {"b", []string{"bin/b"}}}},
		{"not declared", "", linux, []Binary{{"tool", []string{
			"tool-" + linux + "-v1.2.3/tool", "tool-" + linux + "-1.2.3/tool", "tool-1.2.3-" + linux + "/tool", "tool-v1.2.3-" + linux + "/tool",
			"tool-" + linux + "/tool", "tool-1.2.3/tool", "tool-v1.2.3/tool", "tool/tool", "tool",
		}}}},
	} {
		list, err := mustParse(t, toolAt("https://example.com", url+tt.table)).Candidates(tt.target, "1.2.3")
		if err != nil || len(list) != 1 || !slices.EqualFunc(list[0].Binaries, tt.want, func(a, b Binary) bool {
			return a.Name == b.Name && slices.Equal(a.Paths, b.Paths)
		}) {
			t.Errorf("%s: got %+v, %v, want %v", tt.name, list, err, tt.want)
		}
	}
}

// TestCandidatesRefused: each for its own reason, with the line.
func TestCandidatesRefused(t *testing.T) {
	const url = "pkg-url = '{ repo }/t.tgz'\n"
	var missing *template.MissingKeyError
	isMissing := func(err error) bool { return errors.As(err, &missing) }
	is := func(sentinel error) func(error) bool { return func(err error) bool { return errors.Is(err, sentinel) } }
	many := url
	for i := range maxBinaries + 1 {
		many += fmt.Sprintf("[[bin]]\nname = 'b%d'\n", i)
	}
	for name, tt := range map[string]struct {
		repository, table string
		line              int
		is                func(error) bool
		says              string
	}{
		"unknown host":         {"https://example.com/o/r", "", 0, is(ErrNotFound), "nothing to guess"},
		"host inside another":  {"https://bitbucket.org.example.com/o/r", "", 0, is(ErrNotFound), "nothing to guess"},
		"no repository":        {"", "", 0, is(ErrNotFound), "nothing to guess"},
		"no URL":               {"git@github.com:o/r", "", 0, is(ErrNotFound), "nothing to guess"},
		"repository and key":   {"", url, 6, isMissing, "no value for key"},
		"no end":               {"https://example.com", "pkg-url = '{ repo }/tool'", 6, is(errMissing), "pkg-fmt"},
		"an end that is all":   {"https://example.com", "pkg-url = '{ repo }/tar.gz'", 6, is(errMissing), "pkg-fmt"},
		"unknown format":       {"https://example.com", url + "pkg-fmt = 'tar.gz'", 7, is(errValue), `did you mean "tgz"?`},
		"format in capitals":   {"https://example.com", url + "pkg-fmt = 'TGZ'", 7, is(errValue), "none of tar,"},
		"bad template":         {"https://example.com", "pkg-url = '{ repo'", 6, nil, "unbalanced brace"},
		"bad bin-dir":          {"https://example.com", url + "bin-dir = '{ bin'", 7, nil, "unbalanced brace"},
		"unknown variable":     {"https://example.com", url + "bin-dir = '{ bni }'", 7, isMissing, `did you mean "bin"?`},
		"an archive's in path": {"https://example.com", "pkg-url = '{ repo }/t{ archive-suffix }'\nbin-dir = '{ archive-suffix }'", 7, isMissing, "archive-suffix"},
		"relative":             {"https://example.com", "pkg-url = '/t.tgz'", 6, is(template.ErrURL), "no scheme"},
		"with a user":          {"https://example.com", "pkg-url = 'https://u:p@example.com/t.tgz'", 6, is(template.ErrURL), "has a user"},
		"too long":             {"https://example.com", "pkg-url = '{ repo }/" + strings.Repeat("x", maxCandidateURL) + ".tgz'", 6, is(errTooLarge), "bytes"},
		"path leaves":          {"https://example.com", url + "bin-dir = 'x/../../{ bin }'", 7, is(errValue), "no path within"},
		"absolute path":        {"https://example.com", url + "bin-dir = '/{ bin }'", 7, is(errValue), "no path within"},
		"path of Windows":      {"https://example.com", url + `bin-dir = 'c:\\{ bin }'`, 7, is(errValue), "no path within"},
		"path of nothing":      {"https://example.com", url + "bin-dir = './'", 7, is(errValue), "no path within"},
		"path too long":        {"https://example.com", url + "bin-dir = '" + strings.Repeat("x/", maxBinaryPath) + "'", 7, is(errTooLarge), "bytes"},
		"too many binaries":    {"https://example.com", many, 0, is(errTooLarge), "binaries"},
		"name of the folder":   {"https://example.com", url + "[[bin]]\nname = '.'", 0, is(errValue), "no name for a binary"},
		"name of that above":   {"https://example.com", url + "[[bin]]\nname = '..'", 0, is(errValue), "no name for a binary"},
		"name of a binary":     {"https://example.com", url + "[[bin]]\nname = '../tool'", 0, is(errValue), "no name for a binary"},
		"name with a colon":    {"https://example.com", url + "[[bin]]\nname = 'c:x'", 0, is(errValue), "no name for a binary"},
		"name that isn't seen": {"https://example.com", url + "[[bin]]\nname = \"a\\u200b\"", 0, is(errValue), "no name for a binary"},
		"type":                 {"https://example.com", "pkg-url = 1", 6, is(errType), "must be a string"},
	} {
		m := mustParse(t, toolAt(tt.repository, "[package.metadata.binstall]\n"+tt.table))
		list, err := m.Candidates(linux, "1.2.3")
		var e *Error
		if list != nil || !errors.As(err, &e) || e.Line != tt.line && tt.line > 0 || !strings.Contains(err.Error(), tt.says) || tt.is != nil && !tt.is(err) {
			t.Errorf("%s: got %v, %v", name, list, err)
		}
		if err != nil && len(err.Error()) >= 500 {
			t.Errorf("%s: %d bytes of text", name, len(err.Error()))
		}
	}
	m := mustParse(t, "[package.metadata.binstall]\npkg-url = 'https://example.com/t.tgz'")
	if list, err := m.Candidates(linux, "1.2.3"); list != nil || !errors.Is(err, errMissing) {
		t.Errorf("no binary: got %v, %v", list, err)
	}
	var target *TargetError
	if list, err := m.Candidates("x", "1.2.3"); list != nil || !errors.As(err, &target) {
		t.Errorf("no target: got %v, %v", list, err)
	}
	m = mustParse(t, toolAt("https://example.com", "[package.metadata.binstall]\npkg-url = '{ repo }/t.tgz'"))
	if list, err := m.Candidates(linux, "1\x1b"); list != nil || !errors.Is(err, errValue) {
		t.Errorf("control character in the version: got %v, %v", list, err)
	}
	m = mustParse(t, toolAt("https://example.com", "[package.metadata.binstall]\npkg-url = '{ repo }/{ version }.tgz'"))
	if list, err := m.Candidates(linux, ""); list != nil || !isMissing(err) {
		t.Errorf("no version: got %v, %v", list, err)
	}
}

// TestCandidatesLimits: at each limit, and one over it.
func TestCandidatesLimits(t *testing.T) {
	const base, url = "https://example.com", "pkg-url = '{ repo }/t.tgz'\n"
	for name, tt := range map[string]struct {
		table func(n int) string
		most  int
	}{
		"URL":      {func(n int) string { return "pkg-url = '{ repo }/" + strings.Repeat("x", n-len(base+"/.tgz")) + ".tgz'" }, maxCandidateURL},
		"binaries": {func(n int) string { return url + numbered(n, "[[bin]]\nname = 'b%d'\n") }, maxBinaries},
		"path":     {func(n int) string { return url + "bin-dir = '" + strings.Repeat("x", n) + "'" }, maxBinaryPath},
	} {
		for n, want := range map[int]error{tt.most: nil, tt.most + 1: errTooLarge} {
			m := mustParse(t, toolAt(base, "[package.metadata.binstall]\n"+tt.table(n)))
			if list, err := m.Candidates(linux, "1.2.3"); !errors.Is(err, want) || err == nil && len(list) != 1 {
				t.Errorf("%s of %d: %d candidates, %v, want %v", name, n, len(list), err, want)
			}
		}
	}
}

// TestFormatNamed: a name that is none is told what there is, and what was meant
// where that is clear.
func TestFormatNamed(t *testing.T) {
	const known = " is none of tar, tbz2, tgz, txz, tzstd, zip, bin"
	for name, want := range map[string]string{
		"TGZ":    `"TGZ"` + known,
		"tar.gz": `"tar.gz"` + known + ` (did you mean "tgz"?)`,
	} {
		if _, err := formatNamed(name); !errors.Is(err, errValue) || err.Error() != "pkg-fmt "+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestCandidatesSigning: the table is that of the target.
func TestCandidatesSigning(t *testing.T) {
	m := mustParse(t, toolAt("https://example.com", `
		[package.metadata.binstall]
		pkg-url = '{ repo }/t{ archive-suffix }'
		pkg-fmt = 'tgz'
		[package.metadata.binstall.overrides.x86_64-pc-windows-msvc.signing]
		algorithm = 'minisign'
		pubkey = 'RWQ'
	`))
	for target, signed := range map[string]bool{linux: false, windows: true} {
		list, err := m.Candidates(target, "1.2.3")
		if err != nil || len(list) != 2 {
			t.Fatalf("%v, %v", list, err)
		}
		for _, c := range list {
			if (c.Signing != nil) != signed {
				t.Errorf("%s: signing %v", target, c.Signing)
			}
		}
	}
}

// TestCandidatesOfManifests: for real manifests of real projects, which lie beside
// the repository, the URLs are those that a reader would write down by hand.
func TestCandidatesOfManifests(t *testing.T) {
	dir, ok := testkeys.Shared(t, "manifests")
	if !ok {
		t.Skip("no ../shared/manifests: nothing to compare with")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "expected.json"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d manifests, %v", len(files), err)
	}
	outcomes := map[string]int{}
	for _, file := range files {
		var want expectedManifest
		if err := json.Unmarshal(readFile(t, file), &want); err != nil {
			t.Fatal(err)
		}
		m := mustParse(t, string(readFile(t, filepath.Join(filepath.Dir(file), "Cargo.toml"))))
		for _, target := range []string{linux, windows, "x86_64-apple-darwin", "aarch64-unknown-linux-musl"} {
			plain := want.expectedPlain
			o := want.Overrides[target]
			override(&plain.PkgURL, o.PkgURL)
			override(&plain.PkgFmt, o.PkgFmt)
			list, err := m.Candidates(target, "4.5.6")
			outcome := "found"
			switch {
			case plain.PkgFmt == "tar.gz":
				if outcome = "wrong pkg-fmt"; !errors.Is(err, errValue) {
					t.Errorf("%s: %v", file, err)
				}
			case want.Repository == "" && (plain.PkgURL == "" || strings.Contains(plain.PkgURL, "{ repo }")):
				var missing *template.MissingKeyError
				if outcome = "repository inherited"; !errors.As(err, &missing) {
					t.Errorf("%s: %v", file, err)
				}
				other := *m // a program that knows the workspace's can say it
				other.Repository = "https://github.com/o/r"
				all, err := other.Candidates(target, "4.5.6")
				if err != nil {
					t.Errorf("%s: %v", file, err)
				}
				checkByHand(t, file, &other, plain, target, all)
			case err != nil:
				t.Errorf("%s: %v", file, err)
			case plain.PkgURL == "":
				outcome = "guessed"
				if len(list) < 300 {
					t.Errorf("%s: %d candidates", file, len(list))
				}
			default:
				checkByHand(t, file, m, plain, target, list)
			}
			if (err != nil) == (outcome == "found" || outcome == "guessed") {
				t.Errorf("%s: %s: %v", file, outcome, err)
			}
			outcomes[outcome]++
		}
	}
	t.Logf("%v", outcomes)
	if outcomes["found"] < 60 || outcomes["guessed"] < 4 {
		t.Errorf("%v", outcomes)
	}
}

// checkByHand puts the values into the template by replacing texts.
func checkByHand(t *testing.T, file string, m *Manifest, plain expectedPlain, target string, list []Candidate) {
	t.Helper()
	ext := ""
	if strings.Contains(target, "windows") {
		ext = ".exe"
	}
	ends := map[string][]string{
		"tgz": {".tgz", ".tar.gz"}, "zip": {".zip"}, "txz": {".txz", ".tar.xz"}, "tzstd": {".tzstd", ".tzst", ".tar.zst"},
	}[plain.PkgFmt]
	if !strings.Contains(plain.PkgURL, "archive-") {
		ends = []string{""}
	}
	if plain.PkgFmt == "" && ends == nil {
		return // every format: TestCandidatesDeclared has them
	}
	var want []string
	for _, end := range ends {
		want = append(want, strings.NewReplacer(
			"{ repo }", strings.TrimSuffix(m.Repository, "/"), "{ name }", m.Name, "{ version }", "4.5.6", "{version}", "4.5.6",
			"{ target }", target, "{ bin }", m.Bins[0], "{ binary-ext }", ext,
			"{ archive-suffix }", end, "{ archive-format }", strings.TrimPrefix(end, "."),
		).Replace(plain.PkgURL))
	}
	if got := urls(list); !slices.Equal(got, want) {
		t.Errorf("%s: %s: got %q, want %q", file, target, got, want)
	}
	for _, c := range list {
		if plain.PkgFmt != "" && c.Format != plain.PkgFmt || len(c.Binaries) != len(m.Bins) {
			t.Errorf("%s: %+v", file, c)
		}
	}
}

// TestCandidatesBound: what a hostile manifest can make of it is limited.
func TestCandidatesBound(t *testing.T) {
	long := strings.Repeat("r", 8000)
	m := mustParse(t, toolAt("https://github.com/"+long[:4000]+"/r/tree/main/cli", "[package.metadata.binstall]\nbin-dir = '"+long[:4000]+"{ bin }'\n"))
	list, err := m.Candidates(windows, "1.2.3")
	if err != nil || len(list) != 640 {
		t.Fatalf("%d candidates, %v", len(list), err)
	}
	var bytes int
	for _, c := range list {
		bytes += len(c.URL)
	}
	if bytes > 640*maxCandidateURL {
		t.Errorf("%d bytes of URLs", bytes)
	}
}

func FuzzCandidates(f *testing.F) {
	f.Add([]byte(toolAt("https://github.com/o/r", "")), linux, "1.2.3")
	f.Add([]byte(toolAt("https://gitlab.com/o/r/-/tree/main/x", "[package.metadata.binstall]\nbin-dir = '{ bin }{ format }'\n")), windows, "v1")
	f.Add([]byte(toolAt("https://example.com", "[package.metadata.binstall]\npkg-url = '{ repo }/{ bin }.{ archive-format }'\npkg-fmt = 'bin'\n")), windows, "1")
	f.Fuzz(func(t *testing.T, data []byte, target, version string) {
		m, err := Parse("Cargo.toml", data)
		if err != nil {
			return
		}
		list, err := m.Candidates(target, version)
		if (err == nil) != (len(list) > 0) || len(list) > 640 {
			t.Fatalf("%d candidates, %v", len(list), err)
		}
		seen := map[string]bool{}
		for _, c := range list {
			u, err := url.Parse(c.URL)
			if err != nil || u.Host == "" || u.User != nil || len(c.URL) > maxCandidateURL || seen[c.URL] {
				t.Errorf("URL %q: %v", c.URL, err)
			}
			seen[c.URL] = true
			if len(c.Binaries) == 0 || !isFileName(c.Binaries[0].Name) {
				t.Errorf("binaries %+v", c.Binaries)
			}
			for _, p := range c.Binaries[0].Paths {
				if !fs.ValidPath(p) || p == "." || len(p) > maxBinaryPath || strings.Contains(p, `\`) {
					t.Errorf("path %q", p)
				}
			}
		}
	})
}
