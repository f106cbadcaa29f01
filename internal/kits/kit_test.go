package kits

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// A kit is what testdata/NAME.toml says of a suite: where it is from, which
// files are meant, to the byte, and where relseal judges otherwise.
type kit struct {
	Title, Origin, Version, License string

	// Files are relative to the repository, or to the folder beside it.
	Files []struct {
		Path   string
		SHA256 string
		Beside bool
	}

	Differences []difference

	name   string
	listed map[listing]*difference
	met    map[listing]bool
}

// A difference is a group of cases on which relseal differs from the kit, and why.
type difference struct {
	Paths   []string
	Verdict verdict // relseal's
	Why     string
	Cases   []string
}

type verdict string

const (
	accepted verdict = "accepted"
	refused  verdict = "refused"
)

// A listing is one case on one path.
type listing struct{ path, name string }

// A testCase is one case of a kit on one path. judge returns nil where relseal
// accepts it, and an error that wraps errNotCarried where it has no place there.
type testCase struct {
	name  string
	valid bool // says the kit
	judge func() error
}

var errNotCarried = errors.New("not carried")

func notCarried(why string) error { return fmt.Errorf("%w: %s", errNotCarried, why) }

// load reads testdata/NAME.toml and checks the files that it names. Without
// those the test is skipped.
func load(t *testing.T, name string) *kit {
	t.Helper()
	k := &kit{name: name, listed: map[listing]*difference{}, met: map[listing]bool{}}
	if err := toml.Unmarshal(testkeys.ReadFile(t, filepath.Join("testdata", name+".toml")), k); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i := range k.Files {
		f := &k.Files[i]
		path := filepath.Join(testkeys.Root(t), f.Path)
		if f.Beside {
			var there bool
			if path, there = testkeys.Shared(t, f.Path); !there {
				t.Skipf("no ../shared/%s: %s can't be run", f.Path, k.Title)
			}
		}
		f.Path = path
		if sum := sha256.Sum256(k.read(t, path)); hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Fatalf("%s: its SHA-256 is %x, and testdata/%s.toml pins another", path, sum, name)
		}
	}
	for i := range k.Differences {
		k.list(t, &k.Differences[i])
	}
	return k
}

func (k *kit) read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// list takes up one group of differences.
func (k *kit) list(t *testing.T, d *difference) {
	t.Helper()
	if d.Why == "" || len(d.Paths) == 0 || d.Verdict != accepted && d.Verdict != refused {
		t.Fatalf("testdata/%s.toml: a difference without reason, path or verdict: %+v", k.name, d)
	}
	for _, text := range d.Cases {
		names, err := parseCases(text)
		if err != nil {
			t.Fatalf("testdata/%s.toml: %v", k.name, err)
		}
		for _, path := range d.Paths {
			for _, name := range names {
				at := listing{path, name}
				if k.listed[at] != nil {
					t.Fatalf("testdata/%s.toml: %s of %s is listed twice", k.name, name, path)
				}
				k.listed[at] = d
			}
		}
	}
}

// parseCases returns the names that a text stands for: one name, or the numbers
// of a file in the form "FILE: 1-3 7".
func parseCases(text string) ([]string, error) {
	file, numbers, ok := strings.Cut(text, ": ")
	if !ok {
		return []string{text}, nil
	}
	var names []string
	for _, span := range strings.Fields(numbers) {
		first, last, isRange := strings.Cut(span, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.Atoi(first)
		if err != nil {
			return nil, err
		}
		to, err := strconv.Atoi(last)
		if err != nil {
			return nil, err
		}
		if to < from {
			return nil, fmt.Errorf("the range %s", span)
		}
		for n := from; n <= to; n++ {
			names = append(names, fmt.Sprintf("%s: %d", file, n))
		}
	}
	return names, nil
}

// run judges all cases of a path, compares them with the kit and with the list
// of differences, and keeps the score.
func (k *kit) run(t *testing.T, board *scoreboard, path string, cases []testCase) {
	t.Helper()
	s, faults := k.compare(path, cases)
	for _, fault := range faults {
		t.Error(fault)
	}
	board.add(t, s)
}

// compare returns the score of a path, and what is wrong with the verdicts or
// with the list.
func (k *kit) compare(path string, cases []testCase) (s score, faults []string) {
	s = score{kit: k.Title, path: path, cases: len(cases)}
	unlisted := map[verdict][]string{}
	fault := func(format string, args ...any) {
		faults = append(faults, path+": "+fmt.Sprintf(format, args...))
	}
	for _, c := range cases {
		err := c.judge()
		if errors.Is(err, errNotCarried) {
			s.notCarried++
			continue
		}
		got := refused
		switch {
		case err == nil:
			got = accepted
		case !isTyped(err):
			fault("%s: refused with an error of no kind: %v", c.name, err)
		}
		at := listing{path, c.name}
		agrees, listed := c.valid == (got == accepted), k.listed[at]
		if listed != nil {
			k.met[at] = true
		}
		switch {
		case agrees && listed == nil:
			s.agreed++
		case agrees:
			fault("%s: %s, as the kit has it, and testdata/%s.toml lists it as a difference: strike it out", c.name, got, k.name)
		case listed == nil:
			unlisted[got] = append(unlisted[got], c.name)
		default:
			s.differ++
		}
	}
	for got, names := range unlisted {
		fault("%s, against the kit and without a reason in testdata/%s.toml: %q", got, k.name, formatCases(names))
	}
	if s.agreed == 0 {
		fault("no case agrees with the kit: nothing is tested")
	}
	return s, faults
}

// unmet are the differences of cases that don't exist, or aren't carried.
func (k *kit) unmet() []listing {
	var all []listing
	for at := range k.listed {
		if !k.met[at] {
			all = append(all, at)
		}
	}
	return all
}

// isTyped reports whether an error tells its reason.
func isTyped(err error) bool {
	return testkeys.IsOneOf(err, algorithm.ErrUnsupported, algorithm.ErrMalformed, algorithm.ErrTooLarge,
		algorithm.ErrWrongKey, algorithm.ErrWeak, algorithm.ErrKeyExpired, algorithm.ErrNotYetValid, algorithm.ErrIdentity, algorithm.ErrInvalid)
}

// formatCases is the inverse of parseCases.
func formatCases(names []string) []string {
	var texts []string
	numbers := map[string][]int{}
	for _, name := range names {
		file, number, ok := strings.Cut(name, ": ")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			texts = append(texts, name)
			continue
		}
		numbers[file] = append(numbers[file], n)
	}
	for file, list := range numbers {
		slices.Sort(list)
		text := file + ":"
		for i := 0; i < len(list); {
			j := i
			for j+1 < len(list) && list[j+1] == list[j]+1 {
				j++
			}
			if i == j {
				text += fmt.Sprintf(" %d", list[i])
			} else {
				text += fmt.Sprintf(" %d-%d", list[i], list[j])
			}
			i = j + 1
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}
