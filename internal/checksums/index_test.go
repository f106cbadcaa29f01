package checksums_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
)

// sameAsFind: the index says what Find says, to the letter, and when it is asked
// again.
func sameAsFind(t *testing.T, manifest, manifestName string, names ...string) (found int) {
	t.Helper()
	index := checksums.NewIndex([]byte(manifest), manifestName)
	for _, name := range names {
		want, wantErr := checksums.Find([]byte(manifest), manifestName, name)
		if wantErr == nil {
			found++
		}
		for range 2 {
			got, err := index.Find(name)
			if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%q of %.200q (%s): the index has %v, %v, and Find %v, %v", name, manifest, manifestName, got, err, want, wantErr)
			}
			for _, sentinel := range []error{algorithm.ErrMalformed, algorithm.ErrNameMismatch, algorithm.ErrWeak, algorithm.ErrUnsupported, algorithm.ErrTooLarge} {
				if errors.Is(err, sentinel) != errors.Is(wantErr, sentinel) {
					t.Errorf("%q of %.200q: %v", name, manifest, err)
				}
			}
			for i := range got {
				got[i] = checksums.Entry{} // they are the caller's
			}
		}
	}
	return found
}

func FuzzIndex(f *testing.F) {
	for _, manifest := range []string{
		"", sha256A + "  a\n" + sha512A + " *./x/a\r\n" + sha256A + "  x/a\n", "SHA256 (a) = " + sha256A + "\nMD5 (b) = " + md5A,
		sha256A + "\n", sha256A + "  x/a\n" + sha256B + "  y/a\n", md5A + "  a\n", `\` + sha256A + "  a", "#\n" + sha256A + "  ./a",
	} {
		f.Add(manifest, "SHA256SUMS", "a")
		f.Add(manifest, "a.sha256", "x/a")
		f.Add(manifest, "b2sums", "./a")
	}
	f.Add(chart+"\n...\nfiles:\n  a-1.2.3.tgz: sha256:"+sha256A+"\n", "a-1.2.3.tgz.prov", "a-1.2.3.tgz")
	f.Fuzz(func(t *testing.T, manifest, manifestName, name string) {
		names := []string{name, "./" + name, "x/" + name, name[strings.LastIndex(name, "/")+1:]}
		for _, word := range strings.Fields(manifest) {
			if len(names) < 20 {
				names = append(names, word, "y/"+word)
			}
		}
		sameAsFind(t, manifest, manifestName, names...)
	})
}

// TestIndex: manifests of few names in few folders by many hashes, so that all
// that can be between two lines is between some.
func TestIndex(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	names := []string{"a", "b", "./a", "x/a", "y/a", "./x/a", "x/y/a", "x/b", "c", "/a", "../a", "", "x/"}
	found := 0
	for range 3000 {
		var b strings.Builder
		for range random.IntN(6) {
			name := pick("", "", "./") + pick("", "", "x/", "y/", "x/y/") + pick("a", "a", "b")
			switch random.IntN(12) {
			case 0:
				b.WriteString("MD5 (" + name + ") = " + md5A)
			case 1:
				b.WriteString("BLAKE2b (" + name + ") = " + blake2bA)
			case 2:
				b.WriteString("# " + name)
			case 3:
				b.WriteString("SHA224 (" + name + ") = " + sha224A)
			case 4:
				b.WriteString(pick(sha256A, "nothing", sha256A+"  ../a", sha256A+"  b"))
			default:
				b.WriteString(pick(sha256A, sha256B, sha512A, sha384A) + "  " + name)
			}
			b.WriteString(pick("\n", "\n", "\r\n"))
		}
		found += sameAsFind(t, b.String(), pick("SHA256SUMS", "a.sha256", "b2sums.txt", "a.b2sum"), names...)
	}
	if found < 1000 {
		t.Errorf("%d found: that compares little", found)
	}
	sameAsFind(t, strings.Repeat("\n", checksums.MaxLines+1), "SHA256SUMS", "a", "", "../a")
	sameAsFind(t, strings.Repeat("#", checksums.MaxBytes+1), "SHA256SUMS", "a", "")
	sameAsFind(t, chart+"\n...\nfiles:\n  a-1.2.3.tgz: sha256:"+sha256A+"\n", "a-1.2.3.tgz.prov", "a-1.2.3.tgz", "x/a-1.2.3.tgz", "b")
}

// TestIndexCost: each name costs the same, one with a folder twice, and nothing else
// does; of what is too large nothing is kept, and that is told first.
func TestIndexCost(t *testing.T) {
	for manifest, want := range map[string]int64{
		"":                                      0,
		"# comment\n\n#\n":                      0,
		sha256A + "\n":                          0,
		sha256A + "  a\n":                       1,
		sha256A + "  a\n" + sha512A + "  ./a\n": 1,
		sha256A + "  x/a\n":                     2,
		sha256A + "  x/a\n" + sha256A + "  y/a\n":                    3,
		sha256A + "  a\n" + sha256A + "  b\n#\n\n":                   2,
		sha256A + "  a\n" + strings.Repeat("\n", checksums.MaxLines): 0,
	} {
		if got := checksums.NewIndex([]byte(manifest), "SHA256SUMS").Cost(); got != 400*want {
			t.Errorf("%.150q: %d, want %d names", manifest, got, want)
		}
	}
	large := checksums.NewIndex([]byte(sha256A+"  a\n"+strings.Repeat("\n", checksums.MaxLines)), "SHA256SUMS")
	for _, name := range []string{"a", "../a"} {
		if _, err := large.Find(name); !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIndexManyNames: of a manifest of as many lines as there may be each name is
// found, at once and by many, without a look at the others.
func TestIndexManyNames(t *testing.T) {
	var b strings.Builder
	count := 0
	for ; b.Len() < checksums.MaxBytes-100; count++ {
		fmt.Fprintf(&b, "%s  x%d/app\n", sha256A, count)
	}
	index := checksums.NewIndex([]byte(b.String()), "SHA256SUMS")
	if cost := index.Cost(); cost < int64(count)*200 {
		t.Errorf("a cost of %d for %d lines", cost, count)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range count {
				entries, err := index.Find(fmt.Sprintf("x%d/app", i))
				if err != nil || len(entries) != 1 || entries[0].Line != i+1 {
					t.Errorf("%d: %v, %v", i, entries, err)
					return
				}
				if _, err := index.Find("app"); err == nil {
					t.Error("any of many is found under the name without a folder")
					return
				}
			}
		})
	}
	all.Wait()
}

// TestLoneLetters: a hash alone is of the artifact whose name the manifest has to the
// letter, but for those of the suffix.
func TestLoneLetters(t *testing.T) {
	manifest := []byte(sha256A + "\n")
	for manifestName, want := range map[string]error{
		"Tool.tgz.sha256": nil, "Tool.tgz.SHA256": nil, "tool.tgz.sha256": algorithm.ErrNameMismatch, "TOOL.TGZ.SHA256": algorithm.ErrNameMismatch,
	} {
		if _, err := checksums.Find(manifest, manifestName, "Tool.tgz"); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", manifestName, err, want)
		}
		if _, err := checksums.NewIndex(manifest, manifestName).Find("Tool.tgz"); !errors.Is(err, want) {
			t.Errorf("%s, by an index: %v, want %v", manifestName, err, want)
		}
	}
}
