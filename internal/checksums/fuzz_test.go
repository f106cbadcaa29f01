package checksums_test

import (
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/internal/testkeys"
)

func FuzzFind(f *testing.F) {
	for _, manifest := range []string{
		"", "#\n\n", sha256A + "  a\n" + sha512A + " *./x/a\r\n", "SHA256 (a) = " + sha256A + "\nMD5 (b) = " + md5A,
		"BLAKE2b (a) = " + blake2bA, sha256A + "\n", `\` + sha256A + "  a", sha256A + "  ../a",
	} {
		f.Add(manifest, "SHA256SUMS", "a")
		f.Add(manifest, "a.sha256", "x/a")
	}
	f.Add(chart+"\n...\nfiles:\n  a-1.2.3.tgz: sha256:"+sha256A+"\n", "a-1.2.3.tgz.prov", "a-1.2.3.tgz")
	f.Fuzz(func(t *testing.T, manifest, manifestName, name string) {
		entries, err := checksums.Find([]byte(manifest), manifestName, name)
		if err != nil {
			checkError(t, entries, err)
		} else {
			checkEntries(t, manifest, entries)
		}
		if strings.HasSuffix(manifestName, ".prov") || err == nil && entries[0].Name == "" || len(manifest) > checksums.MaxBytes || strings.Count(manifest, "\n") >= checksums.MaxLines {
			return // nothing for the second reader
		}
		if got, want := asSecond(entries), readSecond(manifest).find(name); got != want && (got != "" || readSecond(sha256A+"  "+name) != nil) {
			t.Errorf("%q, and the second reader has %q", got, want)
		}
	})
}

func checkError(t *testing.T, entries []checksums.Entry, err error) {
	t.Helper()
	known := 0
	for _, sentinel := range []error{algorithm.ErrMalformed, algorithm.ErrNameMismatch, algorithm.ErrWeak, algorithm.ErrUnsupported, algorithm.ErrTooLarge} {
		if errors.Is(err, sentinel) {
			known++
		}
	}
	if entries != nil || known != 1 || len(err.Error()) >= 500 {
		t.Errorf("%v, %v", entries, err)
	}
}

// checkEntries: each digest stands on its line, with its name.
func checkEntries(t *testing.T, manifest string, entries []checksums.Entry) {
	t.Helper()
	lines := strings.Split(manifest, "\n")
	seen := map[string]bool{}
	for _, e := range entries {
		line := lines[e.Line-1]
		if seen[e.Digest.Name()] || !strings.Contains(line, e.Name) || !strings.Contains(strings.ToLower(line), e.Digest.Hex()) {
			t.Errorf("%+v of %q", e, line)
		}
		seen[e.Digest.Name()] = true
	}
	if len(entries) == 0 {
		t.Error("no entries, and no error")
	}
}

// FuzzAgainstSha256sum: a manifest that has the artifact's digest under a name is taken by
// the strict tool, too, and by it the file of that name is that artifact. In the text that
// is fuzzed an "@" stands for the digest, which no change of its digits would leave one.
//
// The tool isn't asked about what the package says it doesn't know: a hash alone, the
// lines of other hashes, which are left out for it, and so the digests of those. A file
// that it is to call "-" it reads from its standard input.
func FuzzAgainstSha256sum(f *testing.F) {
	takesCRLF(f)
	for _, q := range answered() {
		f.Add(strings.ReplaceAll(q.manifest, sha256A, "@"))
	}
	for _, odd := range oddLines() {
		if len(odd.line) < 200 {
			f.Add("@  a\n" + strings.ReplaceAll(odd.line, sha256A, "@") + "\n")
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		manifest := strings.ReplaceAll(text, "@", sha256A)
		accepted := acceptedNames(manifest)
		if len(accepted) == 0 {
			return
		}
		dir := t.TempDir()
		accepted = slices.DeleteFunc(accepted, func(name string) bool { return !place(dir, name) })
		said, complaint := checked(t, dir, ofSHA256(manifest))
		if improper.MatchString(complaint) {
			t.Errorf("%q are accepted, and sha256sum says\n%s\nof\n%q", accepted, complaint, manifest)
		}
		for _, name := range accepted {
			if !strings.Contains(said, "\n"+name+": OK\n") || strings.Contains(said, "\n"+name+": FAILED") {
				t.Errorf("%q is accepted, and sha256sum says\n%s%s\nof\n%q", name, said, complaint, manifest)
			}
		}
	})
}

var improper = regexp.MustCompile(`(?m): (WARNING: [0-9]+ lines? (is|are) improperly formatted|no properly formatted checksum lines found)$`)

// takesCRLF skips where sha256sum isn't that of GNU coreutils 9 or later.
func takesCRLF(f *testing.F) {
	f.Helper()
	testkeys.Tool(f, "sha256sum")
	dir := f.TempDir()
	place(dir, "a")
	said, complaint := checked(f, dir, sha256A+"  a\r\n")
	switch {
	case said == "\na: OK\n":
	case os.Getenv("RELSEAL_INTEROP") == "require":
		f.Fatalf("sha256sum doesn't accept what it should: %s%s", said, complaint)
	default:
		f.Skip("sha256sum isn't that of GNU coreutils 9 or later")
	}
}

// acceptedNames are the names, as they stand in the manifest, under which the artifact
// is accepted whatever somebody asks for that the manifest may have.
func acceptedNames(manifest string) []string {
	var names []string
	for line := range strings.SplitSeq(manifest, "\n") {
		name, _, _ := secondLine(strings.TrimSuffix(line, "\r"))
		for _, asked := range []string{name, path.Base(name), "x/" + name} {
			entries, err := checksums.Find([]byte(manifest), "SHA256SUMS", asked)
			if err != nil {
				continue
			}
			for _, e := range entries {
				if e.Digest.String() == "sha256:"+sha256A && e.Name != "" && !slices.Contains(names, e.Name) {
					names = append(names, e.Name)
				}
			}
		}
	}
	return names
}

// ofSHA256 leaves out the lines of other hashes, which sha256sum calls improper.
func ofSHA256(manifest string) string {
	lines := strings.SplitAfter(manifest, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool {
		_, hash, _ := secondLine(strings.TrimRight(line, "\r\n"))
		return hash != "" && hash != "sha256"
	}), "")
}

// place writes the artifact under a name, and reports whether that can be a file's.
func place(dir, name string) bool {
	at := filepath.Join(dir, name)
	return os.MkdirAll(filepath.Dir(at), 0o700) == nil && os.WriteFile(at, []byte(artifactA), 0o600) == nil
}

// checked has sha256sum check a manifest, and returns what it says, after an empty line,
// and what it complains of.
func checked(tb testing.TB, dir, manifest string) (said, complaint string) {
	tb.Helper()
	// beside the files, of which none may have its name
	cmd := exec.CommandContext(tb.Context(), testkeys.Tool(tb, "sha256sum"), "--check", "--strict", testkeys.WriteFile(tb, tb.TempDir(), "MANIFEST", []byte(manifest)))
	cmd.Dir, cmd.Env, cmd.Stdin = dir, append(os.Environ(), "LC_ALL=C"), strings.NewReader(artifactA)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // files that aren't there fail
	return "\n" + out.String(), errs.String()
}
