package swap

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"
)

var (
	errDenied   = errors.New("access denied")
	errBroken   = errors.New("broken")
	errNoSystem = errors.New("not to be called here")
)

// A fake is a folder under Windows' rules, as far as names go: a file that runs
// can be renamed, and not replaced.
type fake struct {
	fs.FS   // unused
	files   map[string]string
	running string // the content of what runs

	busy    int             // how many renames find somebody in their way
	refused map[string]bool // "from to" that never work
	waited  time.Duration
	log     []string
}

func (f *fake) system() system {
	return system{
		names:    f,
		exchange: func(string, string) error { return errors.ErrUnsupported },
		busy:     func(err error) bool { return errors.Is(err, errDenied) },
		wait: func(ctx context.Context, d time.Duration) error {
			f.waited += d
			return ctx.Err()
		},
	}
}

func (f *fake) Lstat(name string) (fs.FileInfo, error) {
	if _, ok := f.files[name]; !ok {
		return nil, fs.ErrNotExist
	}
	return fakeInfo{}, nil
}

type fakeInfo struct{ fs.FileInfo }

func (fakeInfo) Mode() fs.FileMode { return 0o755 }

func (f *fake) Link(string, string) error { return errNoSystem }
func (f *fake) Remove(string) error       { return errNoSystem }

func (f *fake) Rename(from, to string) error {
	content, ok := f.files[from]
	switch {
	case !ok:
		return fs.ErrNotExist
	case f.refused[from+" "+to]:
		return errBroken
	case f.busy > 0:
		f.busy--
		return errDenied
	case f.files[to] != "" && f.files[to] == f.running:
		return errDenied
	}
	delete(f.files, from)
	f.files[to] = content
	f.log = append(f.log, from+" "+to)
	return nil
}

func (f *fake) want(t *testing.T, want string) {
	t.Helper()
	var got []string
	for _, name := range []string{"new", "dst", "old"} {
		if content := f.files[name]; content != "" {
			got = append(got, name+"="+content)
		}
	}
	if strings.Join(got, " ") != want {
		t.Errorf("files %q, want %q", got, want)
	}
}

// TestRunning: a program that runs is renamed aside, and comes back where the new
// one can't have its name.
func TestRunning(t *testing.T) {
	for _, tt := range []struct {
		name    string
		busy    int
		refused []string
		want    string
		err     error
		old     bool
		less    time.Duration // that has been waited
	}{
		{name: "placed", want: "dst=2 old=1", old: true, less: 1},
		{name: "scanned for a while", busy: 10, want: "dst=2 old=1", old: true, less: 2 * time.Second},
		{name: "scanned for ever", busy: 1000, want: "new=2 dst=1", err: errDenied, less: 3 * time.Second},
		{name: "can't be renamed", refused: []string{"dst old"}, want: "new=2 dst=1", err: errBroken, less: 1},
		{name: "can't be placed", refused: []string{"new dst"}, want: "new=2 dst=1", err: errBroken, less: 1},
		{name: "can't be put back", refused: []string{"new dst", "old dst"}, want: "new=2 old=1", err: ErrStranded, less: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{files: map[string]string{"new": "2", "dst": "1"}, running: "1", busy: tt.busy, refused: map[string]bool{}}
			for _, r := range tt.refused {
				f.refused[r] = true
			}
			old, err := f.system().replace(t.Context(), "new", "dst", "old")
			if !errors.Is(err, tt.err) || old != tt.old {
				t.Errorf("%v, %v", old, err)
			}
			f.want(t, tt.want)
			if f.waited >= tt.less {
				t.Errorf("waited %v", f.waited)
			}
		})
	}
}

// TestRunningAlone: the first of several errors is told, and what else is wrong
// is not tried again.
func TestRunningAlone(t *testing.T) {
	f := &fake{files: map[string]string{"new": "2", "dst": "1"}, running: "1"}
	if err := f.system().rename(t.Context(), "new", "dst"); !errors.Is(err, errDenied) || f.waited < 2*time.Second || f.waited > 3*time.Second {
		t.Errorf("replaced what runs: %v after %v", err, f.waited)
	}
	f.waited = 0
	if err := f.system().rename(t.Context(), "none", "dst"); !errors.Is(err, fs.ErrNotExist) || f.waited != 0 {
		t.Errorf("%v after %v", err, f.waited)
	}
	f.want(t, "new=2 dst=1")
}

// TestNothingThere: a name that is free is taken.
func TestNothingThere(t *testing.T) {
	f := &fake{files: map[string]string{"new": "2"}}
	if old, err := f.system().replace(t.Context(), "new", "dst", "old"); old || err != nil {
		t.Errorf("%v, %v", old, err)
	}
	f.want(t, "dst=2")
}

// TestGivenUp: the wait ends with its context; but what is to be put back is put
// back.
func TestGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := &fake{files: map[string]string{"new": "2", "dst": "1"}, busy: 5}
	if _, err := f.system().replace(ctx, "new", "dst", "old"); !errors.Is(err, context.Canceled) || !errors.Is(err, errDenied) {
		t.Errorf("error %v", err)
	}
	f.want(t, "new=2 dst=1")

	f = &fake{files: map[string]string{"new": "2", "dst": "1"}, running: "1", refused: map[string]bool{"new dst": true}}
	s := f.system()
	s.names = &busyBack{f}
	if _, err := s.replace(ctx, "new", "dst", "old"); !errors.Is(err, errBroken) || errors.Is(err, ErrStranded) {
		t.Errorf("error %v", err)
	}
	f.want(t, "new=2 dst=1")
}

// busyBack finds somebody in its way once what was replaced is aside.
type busyBack struct{ *fake }

func (b *busyBack) Rename(from, to string) error {
	err := b.fake.Rename(from, to)
	if from == "dst" {
		b.busy = 0
	}
	if from == "new" && err != nil {
		b.busy = 3
	}
	return err
}
