package cosign

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// sized makes a sparse file in the cache.
func (o *TUFOptions) sized(t *testing.T, name string, size int64) string {
	t.Helper()
	name = filepath.Join(o.dir(), name)
	if err := errors.Join(os.MkdirAll(o.dir(), 0o700), os.WriteFile(name, nil, 0o600), os.Truncate(name, size)); err != nil {
		t.Fatal(err)
	}
	return name
}

// Of the files of a cache those are odd which are larger than any may be, and all of
// them, until somebody has had enough.
func TestEachOdd(t *testing.T) {
	o := &TUFOptions{Mirror: PublicGood().Mirror, CacheDir: t.TempDir()}
	var odd []string
	note := func(name string) error {
		odd = append(odd, name)
		return nil
	}
	check := func(what string, err, wantErr error, want ...string) {
		t.Helper()
		if !errors.Is(err, wantErr) || !slices.Equal(odd, want) {
			t.Errorf("%s: %v, %q", what, err, odd)
		}
		odd = nil
	}
	check("no cache", o.eachOdd(note), nil)
	as := o.sized(t, "1.root.json", maxCached)
	check("as large as may be", o.eachOdd(note), nil)
	one, two := o.sized(t, "2.root.json", maxCached+1), o.sized(t, "3.root.json", maxCached+1)
	state := o.dir() + ".json"
	if err := os.Rename(o.sized(t, "state", maxCached+1), state); err != nil {
		t.Fatal(err)
	}
	check("larger", o.eachOdd(note), nil, state, one, two)
	check("enough", o.eachOdd(func(name string) error {
		odd = append(odd, name)
		return errOddFile
	}), errOddFile, state)

	check("mended", o.mendCache(), nil)
	check("what was mended", o.eachOdd(note), nil)
	for _, name := range []string{state, one, two} {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	if _, err := os.Stat(as); err != nil {
		t.Error(err)
	}
}
