//go:build unix

package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// merging is a placement with three files that are about to be merged: of the
// second there is none yet.
func merging(t *testing.T) (f *folderPlacement, dir string, text func(name string) string) {
	t.Helper()
	dir = t.TempDir()
	f, err := newFolderPlacement(dir, Place{Merge: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	if err := f.create(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		if err := f.dir.WriteFile(filepath.Join(tempNew, name), []byte("new"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "b" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f, dir, func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		return string(text)
	}
}

// TestMergeUndone: where what was placed isn't confirmed, or one file can't be
// placed after another was, all are as they were.
func TestMergeUndone(t *testing.T) {
	boom := errors.New("boom")
	f, _, text := merging(t)
	err := f.commit(t.Context(), func() error {
		if text("a") != "new" || text("b") != "new" || text("c") != "new" {
			t.Errorf("a %q, b %q, c %q", text("a"), text("b"), text("c"))
		}
		return boom
	})
	if err != boom || text("a") != "old" || text("b") != "" || text("c") != "old" || f.keep { // with nothing to add
		t.Errorf("%v: a %q, b %q, c %q", err, text("a"), text("b"), text("c"))
	}
}

func TestMergeImmutable(t *testing.T) {
	f, dir, text := merging(t)
	last := filepath.Join(dir, "c")
	if out, err := exec.CommandContext(t.Context(), "chattr", "+i", last).CombinedOutput(); err != nil {
		t.Skipf("no immutable files here: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.CommandContext(context.Background(), "chattr", "-i", last).Run() })
	err := f.commit(t.Context(), func() error { return errors.New("confirmed") })
	if !errors.Is(err, fs.ErrPermission) || text("a") != "old" || text("b") != "" || text("c") != "old" {
		t.Errorf("%v: a %q, b %q, c %q", err, text("a"), text("b"), text("c"))
	}
}

// TestStranded: what can't be put back stays where it can be found.
func TestStranded(t *testing.T) {
	boom := errors.New("boom")
	f, dir, text := merging(t)
	temp := f.temp
	err := f.commit(t.Context(), func() error {
		return errors.Join(boom, os.Remove(filepath.Join(dir, temp, tempOld, "a")))
	})
	if !errors.Is(err, boom) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), temp) {
		t.Errorf("error %v", err)
	}
	if text("b") != "" || text("c") != "old" {
		t.Errorf("b %q, c %q", text("b"), text("c"))
	}
	if err := f.discard(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, temp)); err != nil {
		t.Error(err)
	}
}

// TestKept: what couldn't be put back stays until it can be.
func TestKept(t *testing.T) {
	boom := errors.New("boom")
	f, dir, text := merging(t)
	f.program = true
	temp := filepath.Join(dir, f.temp)
	aside := filepath.Join(temp, tempNew)
	err := f.commit(t.Context(), func() error { // there is no place for the new one
		return errors.Join(boom, os.Rename(aside, aside+"2"), os.WriteFile(aside, nil, 0o600))
	})
	if !errors.Is(err, boom) || text("a") != "new" || !strings.Contains(err.Error(), temp) {
		t.Fatalf("%v, a %q", err, text("a"))
	}
	if err := f.discard(); err != nil {
		t.Error(err)
	}
	f.sweep(t.Context())
	if _, err := os.Stat(filepath.Join(temp, tempOld, "a")); err != nil {
		t.Error(err)
	}
	if err := errors.Join(os.Remove(aside), os.Rename(aside+"2", aside), os.Rename(filepath.Join(dir, "a"), filepath.Join(aside, "a")),
		os.Rename(filepath.Join(dir, "c"), filepath.Join(aside, "c"))); err != nil {
		t.Fatal(err)
	}
	f.sweep(t.Context())
	if _, err := os.Stat(temp); !errors.Is(err, fs.ErrNotExist) || text("a") != "old" || text("c") != "old" {
		t.Errorf("%v: a %q, c %q", err, text("a"), text("c"))
	}
}

// TestYoungFolder: one that its maker had no time to lock isn't taken for one that
// has ended.
func TestYoungFolder(t *testing.T) {
	f, dir, _ := merging(t)
	f.program = true
	young := filepath.Join(dir, ".unpacked.ABCDEFGHIJ27.unverified")
	if err := errors.Join(os.Mkdir(young, 0o700), os.WriteFile(filepath.Join(young, tempLock), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	f.sweep(t.Context())
	if _, err := os.Stat(young); err != nil {
		t.Error(err)
	}
}

// TestTurn: one at a time has it, the next one once it has ended, and who can't
// wait is told why.
func TestTurn(t *testing.T) {
	f, dir, _ := merging(t)
	other := &placement{root: f.place.root, name: f.place.name}
	first, err := f.place.takeTurn(t.Context(), time.Minute)
	if err != nil || first.f == nil {
		t.Fatal(first, err)
	}
	if _, err := other.takeTurn(t.Context(), 20*time.Millisecond); !errors.Is(err, ErrDestination) || !errors.Is(err, errTurn) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	boom := errors.New("boom")
	cancel(boom)
	if _, err := other.takeTurn(ctx, time.Minute); !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	other.cleanTurn() // it isn't a crash's
	if !f.place.is(f.place.turnName(), first.f) {
		t.Error("it went")
	}
	go func() {
		time.Sleep(20 * time.Millisecond)
		first.end()
	}()
	second, err := other.takeTurn(t.Context(), time.Minute)
	if err != nil || second.f == nil || !other.is(other.turnName(), second.f) {
		t.Fatal(second, err)
	}
	second.end()
	if _, err := os.Lstat(filepath.Join(dir, f.place.turnName())); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := os.Mkdir(filepath.Join(dir, f.place.turnName()), 0o700); err != nil {
		t.Fatal(err)
	}
	if third, err := other.takeTurn(t.Context(), time.Minute); err != nil || third.f != nil { // there can be none
		t.Error(third, err)
	} else {
		third.end() // of nothing
	}
	if _, err := os.Stat(filepath.Join(dir, f.place.turnName())); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if fourth, err := other.takeTurn(t.Context(), time.Minute); err != nil || fourth.f != nil {
		t.Error(fourth, err)
	}
}

// TestTurnGoes: a turn whose file goes while it is looked at is waited for like any
// other: nobody goes ahead without one.
func TestTurnGoes(t *testing.T) {
	f, dir, _ := merging(t)
	name := filepath.Join(dir, f.place.turnName())
	var over atomic.Bool
	var others sync.WaitGroup
	others.Go(func() {
		for !over.Load() {
			_ = os.WriteFile(name, nil, 0o600)
			_ = os.Remove(name) // or it was taken away
		}
	})
	for begun := time.Now(); time.Since(begun) < 200*time.Millisecond; {
		turn, err := f.place.takeTurn(t.Context(), time.Minute)
		if err != nil || turn.f == nil {
			t.Errorf("%v, %v", turn, err)
			break
		}
		turn.end()
	}
	over.Store(true)
	others.Wait()
}

// TestWaitLock: who has the lock for a moment doesn't keep its owner from it.
func TestWaitLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	owner, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	other, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if !tryLock(other) {
		t.Fatal("not locked")
	}
	ended := make(chan error)
	go func() {
		time.Sleep(20 * time.Millisecond)
		ended <- other.Close()
	}()
	waitLock(t.Context(), owner)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	third, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if tryLock(third) {
		t.Error("locked twice")
	}
}

// TestStaleFolderInUse: a folder that somebody has locked is in use, however old
// it looks.
func TestStaleFolderInUse(t *testing.T) {
	f, dir, _ := merging(t)
	temp := filepath.Join(dir, f.temp)
	old := time.Now().Add(-2 * staleAge)
	if err := os.Chtimes(temp, old, old); err != nil {
		t.Fatal(err)
	}
	f.sweep(t.Context())
	if _, err := os.Stat(filepath.Join(temp, tempNew, "a")); err != nil {
		t.Error(err)
	}
	if err := f.cleanOne(t.Context(), f.temp); !errors.Is(err, errInUse) {
		t.Errorf("error %v", err)
	}
	if err := f.lock.Close(); err != nil {
		t.Fatal(err)
	}
	f.sweep(t.Context())
	if _, err := os.Stat(temp); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestRestoreForeign: what somebody else has left in a folder for all is put
// nowhere.
func TestRestoreForeign(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to others")
	}
	for owner, restored := range map[int]bool{0: true, 12345: false} {
		dir := t.TempDir()
		temp := filepath.Join(dir, ".app.ABCDEFGHIJ27.unverified")
		if err := errors.Join(os.MkdirAll(filepath.Join(temp, tempOld), 0o700), os.Mkdir(filepath.Join(temp, tempNew), 0o700), os.Chown(temp, owner, owner)); err != nil {
			t.Fatal(err)
		}
		f, err := newFolderPlacement(filepath.Join(dir, "app"), Place{})
		if err != nil {
			t.Fatal(err)
		}
		f.sweep(t.Context())
		if _, err := os.Stat(filepath.Join(dir, "app")); (err == nil) != restored {
			t.Errorf("of %d: %v", owner, err)
		}
		f.close()
	}
}

// TestOpenSame: a folder that took the place of one that was looked at isn't
// opened.
func TestOpenSame(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	checked, err := checkFolder(one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openSame(other, checked); !errors.Is(err, errUntrusted) {
		t.Errorf("error %v", err)
	}
	root, err := openSame(one, checked)
	if err != nil {
		t.Fatal(err)
	}
	_ = root.Close()
}
