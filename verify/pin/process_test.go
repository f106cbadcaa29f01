package pin_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/filelock"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// childPath and childName are what a child process is told: the file, and the
// name of its pins.
const (
	childPath = "RELSEAL_PIN_CHILD"
	childName = "RELSEAL_PIN_NAME"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		child(pin.File{Path: path}, os.Getenv(childName))
	}
	os.Exit(m.Run())
}

// child adds pins, and says so after each, until nobody listens.
func child(f pin.File, name string) {
	for n := 0; ; n++ {
		if err := add(context.Background(), f, some(name, fmt.Sprint(n), "x")); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		if _, err := fmt.Println(n); err != nil {
			os.Exit(0)
		}
	}
}

// start runs a child, whose lines come by the channel, which is closed at its end.
func start(t *testing.T, f pin.File, name string) (cmd *exec.Cmd, lines chan string) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+f.Path, childName+"="+name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines = make(chan string, 10_000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return cmd, lines
}

// kept checks that the file has each pin of a name from 0 on that was told of,
// and at most one more, which nobody had time to tell of.
func kept(t *testing.T, pins []verify.Pin, name string, told int) {
	t.Helper()
	n := 0
	for _, p := range pins {
		if p.Name != name {
			continue
		}
		if !equal([]verify.Pin{p}, []verify.Pin{some(name, p.Version, "x")}) {
			t.Fatalf("mixed: %+v", p)
		}
		n++
	}
	if n != told && n != told+1 {
		t.Fatalf("%s: %d pins, and %d were told of", name, n, told)
	}
	for v := range told {
		if !slices.ContainsFunc(pins, func(p verify.Pin) bool { return equal([]verify.Pin{p}, []verify.Pin{some(name, fmt.Sprint(v), "x")}) }) {
			t.Fatalf("%s: pin %d was lost", name, v)
		}
	}
}

// TestTwoProcesses add pins at the same time, with this one reading and adding
// among them: none is lost.
func TestTwoProcesses(t *testing.T) {
	f := newFile(t)
	one, lines1 := start(t, f, "one")
	two, lines2 := start(t, f, "two")
	const wanted = 60
	told1, told2, own := 0, 0, 0
	deadline := time.After(2 * time.Minute)
	for told1 < wanted || told2 < wanted {
		select {
		case line, ok := <-lines1:
			if !ok || line != fmt.Sprint(told1) {
				t.Fatalf("the first says %q", line)
			}
			told1++
		case line, ok := <-lines2:
			if !ok || line != fmt.Sprint(told2) {
				t.Fatalf("the second says %q", line)
			}
			told2++
		case <-deadline:
			t.Fatalf("%d and %d pins", told1, told2)
		}
		if _, err := f.Pins(); err != nil {
			t.Fatal(err)
		}
		if told1%10 == 0 {
			mustAdd(t, f, some("own", fmt.Sprint(own), "x"))
			own++
		}
	}
	for cmd, lines := range map[*exec.Cmd]chan string{one: lines1, two: lines2} {
		_ = cmd.Process.Kill()
		for line := range lines {
			if strings.HasPrefix(line, "failed") {
				t.Error(line)
			}
			if cmd == one {
				told1++
			} else {
				told2++
			}
		}
		_ = cmd.Wait()
	}
	pins := pinsOf(t, f)
	kept(t, pins, "one", told1)
	kept(t, pins, "two", told2)
	kept(t, pins, "own", own)
}

// TestGoroutines: one process is as many as two.
func TestGoroutines(t *testing.T) {
	f := newFile(t)
	const workers, each = 8, 10
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := range each {
				if err := add(t.Context(), f, some(fmt.Sprint("w", w), fmt.Sprint(n), "x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	pins := pinsOf(t, f)
	for w := range workers {
		kept(t, pins, fmt.Sprint("w", w), each)
	}
	if len(pins) != workers*each {
		t.Errorf("%d pins", len(pins))
	}
	alone(t, f)
}

// TestTransaction: what a judge sees is what its pin is added to, whoever else
// adds.
func TestTransaction(t *testing.T) {
	f := newFile(t)
	const workers, each = 4, 10
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range each {
				err := f.Update(t.Context(), "a", func(seen []verify.Pin) (*verify.Pin, error) {
					p := some("a", fmt.Sprint(len(seen)), "x")
					return &p, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	kept(t, pinsOf(t, f), "a", workers*each)
}

// TestKills: a process that is killed at any moment leaves a file with all that it
// said was there, and nothing that the next to write doesn't clear away.
func TestKills(t *testing.T) {
	kills := 200
	if testing.Short() {
		kills = 20
	}
	f := newFile(t)
	leftOver := 0
	for k := range kills {
		if k%25 == 0 { // a file that stays small is written often
			f = newFile(t)
		}
		name := fmt.Sprint("kill", k)
		cmd, lines := start(t, f, name)
		told := 0
		if rand.IntN(8) > 0 { // and some before their first word
			if line := <-lines; line != "0" {
				t.Fatalf("the child says %q", line)
			}
			told++
		}
		time.Sleep(time.Duration(rand.IntN(15_000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for line := range lines {
			if line != fmt.Sprint(told) {
				t.Fatalf("the child says %q", line)
			}
			told++
		}
		_ = cmd.Wait()
		entries, err := os.ReadDir(filepath.Dir(f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) > 1 {
			leftOver++
		}
		pins := pinsOf(t, f)
		kept(t, pins, name, told)
		if k%5 == 0 {
			mustAdd(t, f, some("own", fmt.Sprint(k), "x"))
			alone(t, f)
		}
	}
	t.Logf("%d of %d kills left something", leftOver, kills)
	if leftOver == 0 && !testing.Short() {
		t.Error("no kill came while a pin was being written")
	}
}

// hold takes the lock until its end.
func hold(t *testing.T, f pin.File) (release func()) {
	t.Helper()
	held, free, done := make(chan bool), make(chan bool), make(chan error)
	asked := 0
	go func() {
		done <- f.Update(context.Background(), "holder", func([]verify.Pin) (*verify.Pin, error) {
			if asked++; asked == 2 { // the second time is that with the lock
				close(held)
				<-free
			}
			p := some("holder", "1", "x")
			return &p, nil
		})
	}()
	<-held
	return sync.OnceFunc(func() {
		close(free)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestWait: who waits for the lock gives up with the context, and has added
// nothing; and who doesn't give up gets it.
func TestWait(t *testing.T) {
	f := newFile(t)
	mustAdd(t, f, some("a", "1", "x"))
	release := hold(t, f)
	defer release()
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	waited := make(chan error)
	go func() { waited <- add(ctx, f, some("b", "1", "x")) }()
	select {
	case err := <-waited:
		t.Fatalf("it didn't wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	cancel(why)
	if err := <-waited; !errors.Is(err, why) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := add(ctx, f, some("b", "1", "x")); !errors.Is(err, why) {
		t.Error(err)
	}
	// to read takes no lock
	var none *verify.Pin
	if err := f.Update(t.Context(), "a", func(seen []verify.Pin) (*verify.Pin, error) {
		if len(seen) != 1 {
			t.Error(seen)
		}
		return none, nil
	}); err != nil {
		t.Error(err)
	}
	go func() { waited <- add(t.Context(), f, some("c", "1", "x")) }()
	time.Sleep(20 * time.Millisecond)
	release()
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if got := pinsOf(t, f); len(got) != 3 || got[1].Name != "c" || got[2].Name != "holder" {
		t.Errorf("%+v", got)
	}
	alone(t, f)
}

// TestLeftOvers: what a crash has left goes, and what only looks like it stays.
func TestLeftOvers(t *testing.T) {
	f := newFile(t)
	dir := filepath.Dir(f.Path)
	const crashed = ".relseal.pins.ABCDEFGHIJK2.pins"
	others := []string{"ABCDEFGHIJK2.pins", ".relseal.pins.abcdefghijk2.pins", ".relseal.pins.ABC.pins", ".other.pins.ABCDEFGHIJK2.pins", "relseal.pins.ABCDEFGHIJK2.pins", ".relseal.pins.ABCDEFGHIJK2.unverified"}
	for _, name := range append(others, crashed, ".relseal.pins.lock") {
		write(t, filepath.Join(dir, name), "x")
	}
	mustAdd(t, f, some("a", "1", ""))
	for _, name := range []string{crashed, ".relseal.pins.lock"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestManyLeftOvers: all of them go, how many there are.
func TestManyLeftOvers(t *testing.T) {
	f := newFile(t)
	for n := range 257 {
		write(t, filepath.Join(filepath.Dir(f.Path), fmt.Sprintf(".relseal.pins.%s.pins", strings.Map(func(r rune) rune { return r - '0' + 'A' }, fmt.Sprintf("%012d", n)))), "")
	}
	mustAdd(t, f, some("a", "1", ""))
	alone(t, f)
}

// TestLockComesAndGoes: whatever becomes of the lock meanwhile, it is waited for until
// it is had, and not longer than the context.
func TestLockComesAndGoes(t *testing.T) {
	f := newFile(t)
	lock := filepath.Join(filepath.Dir(f.Path), ".relseal.pins.lock")
	stop := make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if file, err := os.OpenFile(lock, os.O_CREATE|os.O_RDWR, 0o600); err == nil {
					_ = file.Close()
				}
				_ = os.Remove(lock)
			}
		}
	})
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		if err := add(t.Context(), f, some("a", "1", "")); err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	all.Wait()
	if got := pinsOf(t, f); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestLockReplaced: a link that takes the lock's place while it is waited for is no lock.
func TestLockReplaced(t *testing.T) {
	f := newFile(t)
	lock := filepath.Join(filepath.Dir(f.Path), ".relseal.pins.lock")
	held, err := os.OpenFile(lock, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := filelock.Wait(t.Context(), held); err != nil {
		t.Skip(err)
	}
	waited := make(chan error)
	go func() { waited <- add(context.Background(), f, some("a", "1", "")) }()
	time.Sleep(20 * time.Millisecond)
	if err := os.Rename(lock, lock+".old"); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(filepath.Base(lock)+".old", lock); err != nil {
		t.Skip(err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	var pathErr *fs.PathError
	if err := <-waited; !errors.As(err, &pathErr) || pathErr.Op != "lock" {
		t.Error(err)
	}
	if got := pinsOf(t, f); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
