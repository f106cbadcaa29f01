package checksums_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
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
