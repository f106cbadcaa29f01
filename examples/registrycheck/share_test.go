package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestShares: whatever the size of a share is, each line is in one of them, with its
// place in the file, and no line is in two.
func TestShares(t *testing.T) {
	folder := t.TempDir()
	texts := []string{"one\n\ntwo\r\nthree, which is longer\n", "", "\n\n\n", "no end", strings.Repeat("x", 200<<10) + "\nshort\n"}
	var want []string
	for i, text := range texts {
		testkeys.WriteFile(t, folder, string(rune('a'+i)), []byte(text))
		for line := range strings.Lines(text) {
			want = append(want, strings.TrimRight(line, "\r\n"))
		}
	}
	for _, size := range []int64{1, 2, 3, 4, 5, 7, 11, 100, 64 << 10, 1 << 20} {
		files, err := listInput(t.Context(), filepath.Join(folder, "*"), size)
		if err != nil {
			t.Fatal(err)
		}
		if size < 100 { // the last file would be very many shares
			files = files[:len(files)-1]
		}
		var got []string
		n := 0
		for _, f := range files {
			cut(f, func(s share) {
				if s.Number != n || s.Of != f.Of {
					t.Errorf("share %d is number %d of %d", n, s.Number, s.Of)
				}
				n++
				for line, err := range s.lines(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					if rest := texts[f.Name[len(f.Name)-1]-'a'][line.At:]; !strings.HasPrefix(rest, string(line.Text)) {
						t.Errorf("not at %d: %.20q", line.At, line.Text)
					}
					got = append(got, string(line.Text))
				}
			})
		}
		expect := want
		if size < 100 {
			expect = want[:len(want)-2]
		} else if n != files[0].Of {
			t.Errorf("%d shares of %d", n, files[0].Of)
		}
		if strings.Join(got, "|") != strings.Join(expect, "|") {
			t.Errorf("shares of %d bytes: %.300q", size, got)
		}
	}
}

// TestLongLine: a line that is too long is one refusal, and ends its share alone.
func TestLongLine(t *testing.T) {
	file := testkeys.WriteFile(t, t.TempDir(), "jobs.ndjson", []byte("x\n"+strings.Repeat("y", checking.MaxLine+1)+"\nz\n"))
	folder := filepath.Join(t.TempDir(), "results")
	good(t, nil, "--jobs", file, "--results", folder, "--share", "1048579") // z begins behind the first
	all := resultsIn(t, contents(t, folder, "results-*"))
	if len(all) != 3 || all[0].Reason != "malformed" || all[1].Reason != "too-large" || all[2].Reason != "malformed" || all[1].ID != "jobs.ndjson:2" || all[2].ID != "jobs.ndjson:1048580" {
		t.Errorf("%+v", all)
	}
	if kept := contents(t, folder, "unreadable-*"); kept != "x\nz\n" {
		t.Errorf("%.100q is kept", kept)
	}
}

// TestUnreadableInput: a file that is gone while the pipeline runs breaks it, and is
// no share without lines.
func TestUnreadableInput(t *testing.T) {
	folder := t.TempDir()
	f := &checkFn{Results: filepath.Join(folder, "results"), Concurrency: 1}
	if err := f.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer f.Teardown()
	s := share{File: filepath.Join(folder, "none"), End: 1, Of: 1}
	if _, err := f.check(t.Context(), &s); err == nil {
		t.Error("no error")
	}
	if left, err := os.ReadDir(filepath.Join(folder, "results")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
