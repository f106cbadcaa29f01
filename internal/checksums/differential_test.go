package checksums_test

import (
	"crypto/md5"  // to be passed over
	"crypto/sha1" // to be passed over
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/internal/testkeys"
)

// A file that a manifest is of, and its digests as [asSecond] has them.
type file struct {
	name    string
	digests map[string]string
}

// tree writes files, one in three of them in a folder.
func tree(t *testing.T, dir string, n int) []file {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, "dist"), 0o700); err != nil {
		t.Fatal(err)
	}
	files := make([]file, n)
	for i := range files {
		data := fmt.Appendf(nil, "content %d", i)
		name := fmt.Sprintf("app-1.%d_linux (x).tgz", i)
		if i%3 == 0 {
			name = "dist/" + name
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		files[i] = file{name, map[string]string{
			"MD5": fmt.Sprintf("%x", md5.Sum(data)), "SHA1": fmt.Sprintf("%x", sha1.Sum(data)),
			"SHA256": fmt.Sprintf("%x", sha256.Sum256(data)), "SHA384": fmt.Sprintf("%x", sha512.Sum384(data)),
			"SHA512": fmt.Sprintf("%x", sha512.Sum512(data)), "BLAKE2b": fmt.Sprintf("%x", blake2b.Sum512(data)),
		}}
	}
	return files
}

// manifest has a line for each file and each hash that it draws.
func manifest(random *rand.Rand, files []file, hashes []string, forms int) []string {
	lines := make([]string, len(files))
	for i, f := range files {
		hash := hashes[random.IntN(len(hashes))]
		name := f.name
		if random.IntN(4) == 0 {
			name = "./" + name
		}
		switch random.IntN(forms) {
		case 0:
			lines[i] = fmt.Sprintf("%s (%s) = %s", hash, name, f.digests[hash])
		case 1:
			lines[i] = f.digests[hash] + "  " + name
		case 2:
			lines[i] = f.digests[hash] + " *" + name
		}
	}
	return lines
}

// mutate changes a line or two of them, not always to a bad one, and returns
// which. relabel is whether labels may be exchanged.
func mutate(random *rand.Rand, lines []string, relabel bool) (changed []string, touched []int) {
	lines = append([]string(nil), lines...)
	for range 1 + random.IntN(2) {
		i, j := random.IntN(len(lines)), random.IntN(len(lines))
		touched = append(touched, i, j)
		line := lines[i]
		at := random.IntN(len(line) + 1)
		if random.IntN(2) == 0 {
			at = min(at, random.IntN(90)) // where the forms differ
		}
		oddities := []string{
			" ", "  ", "\t", "*", "\\", "/", "//", "../", "./", "x/", "\r", "\x00", "\x1b", "\x7f", "\u0085", "\u202e", "\xff", "\ufeff",
			"(", ")", " (", ") = ", "= ", "0", "a", "G", "#", "\n", "\r\n", "SHA256 ", "-", ":", "\u00e9",
		}
		switch what := oddities[random.IntN(len(oddities))]; random.IntN(14) {
		case 0, 1, 2:
			lines[i] = line[:at] + what + line[at:]
		case 3, 4:
			lines[i] = line[:at] + line[min(len(line), at+1+random.IntN(2)):]
		case 5:
			lines[i] = what + line
		case 6:
			lines[i] = line + what
		case 7:
			lines[i] = lines[j]
		case 8:
			lines = append(lines, lines[j])
		case 9:
			lines[i], lines[j] = lines[i][:at]+lines[j][min(at, len(lines[j])):], lines[j][:min(at, len(lines[j]))]+line[at:]
		case 10:
			lines[i] = strings.ToUpper(line[:at]) + line[at:]
		case 11:
			lines[i] = strings.Replace(line, " ", what, 1)
		case 12:
			if !relabel {
				continue // a tool of one hash doesn't know the others
			}
			lines[i] = strings.NewReplacer("SHA256", "SHA512", "SHA512", "BLAKE2b", "BLAKE2b", "SHA512", "MD5", "SHA1").Replace(line)
		case 13:
			lines[i] = ""
		}
	}
	return lines, touched
}

// gnu skips where the tool is none of GNU that checks this manifest as it was
// made.
func gnu(t *testing.T, tool, dir, manifest string) {
	t.Helper()
	if out, ok := strict(t, tool, dir, manifest); !ok || strings.Count(out, ": OK\n") != 200 {
		if os.Getenv("RELSEAL_INTEROP") == "require" {
			t.Fatalf("%s doesn't accept what no one changed:\n%s", tool, out)
		}
		t.Skipf("%s isn't that of GNU coreutils 9 or later", tool)
	}
}

// strict has the tool check a manifest, and returns what it says.
func strict(t *testing.T, tool, dir, manifest string) (string, bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testkeys.Tool(t, tool), "--check", "--strict", testkeys.WriteFile(t, t.TempDir(), "MANIFEST", []byte(manifest)))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestStrictTool: manifests of 200 lines, some changed. Nothing is accepted that
// the strict tool refuses: neither a manifest with a line that it calls
// improper, nor a file whose name it doesn't call OK; and the second reader
// finds the same digests, or none.
func TestStrictTool(t *testing.T) {
	for _, c := range []struct {
		tool   string
		hashes []string
		forms  int // cksum wants labels
	}{
		{"sha256sum", []string{"SHA256"}, 3},
		{"sha384sum", []string{"SHA384"}, 3},
		{"sha512sum", []string{"SHA512"}, 3},
		{"cksum", []string{"SHA256", "SHA384", "SHA512", "BLAKE2b", "MD5", "SHA1"}, 1},
	} {
		t.Run(c.tool, func(t *testing.T) {
			dir := t.TempDir()
			random := rand.New(rand.NewPCG(1, uint64(len(c.hashes))))
			files := tree(t, dir, 200)
			good := manifest(random, files, c.hashes, c.forms)
			gnu(t, c.tool, dir, strings.Join(good, "\n")+"\n")
			accepted, refused := 0, 0
			for range 300 {
				end := []string{"\n", "\n", "\r\n"}[random.IntN(3)]
				lines, touched := mutate(random, good, len(c.hashes) > 1)
				asked := []file{files[random.IntN(len(files))], files[random.IntN(len(files))]}
				for _, i := range touched {
					if i < len(files) {
						asked = append(asked, files[i])
					}
				}
				if judge(t, c.tool, dir, strings.Join(lines, end)+end, asked) {
					accepted++
				} else {
					refused++
				}
			}
			t.Logf("%d manifests accepted, %d refused", accepted, refused)
			if accepted < 20 || refused < 20 {
				t.Errorf("%d manifests accepted, %d refused: that compares little", accepted, refused)
			}
		})
	}
}

// judge compares the verdicts on these files in one manifest, and reports
// whether any was accepted.
func judge(t *testing.T, tool, dir, text string, files []file) bool {
	t.Helper()
	says, _ := strict(t, tool, dir, text)
	says = "\n" + says
	improper := strings.Contains(says, "improperly formatted") || strings.Contains(says, "no properly formatted")
	other := readSecond(text)
	accepted := false
	for _, f := range files {
		for _, name := range []string{f.name, filepath.Base(f.name)} {
			entries, _ := checksums.Find([]byte(text), "SHA256SUMS", name)
			if got, want := asSecond(entries), other.find(name); got != want {
				t.Errorf("%q: %q, and the second reader has %q, in\n%q", name, got, want, text)
			}
			if !holds(entries, f) {
				continue
			}
			accepted = true
			if improper {
				t.Errorf("%q is accepted, and %s says %s of\n%q", name, tool, says, text)
			}
			for _, e := range entries {
				whole := strings.TrimPrefix(e.Name, "./") == f.name
				if whole && (!strings.Contains(says, "\n"+e.Name+": OK\n") || strings.Contains(says, "\n"+e.Name+": FAILED")) {
					t.Errorf("%q is accepted, and %s says %s of\n%q", name, tool, says, text)
				}
			}
		}
	}
	return accepted
}

// holds reports whether all digests are the file's.
func holds(entries []checksums.Entry, f file) bool {
	labels := map[string]string{"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512", "blake2b-512": "BLAKE2b"}
	for _, e := range entries {
		if e.Digest.Hex() != f.digests[labels[e.Digest.Name()]] {
			return false
		}
	}
	return len(entries) > 0
}
