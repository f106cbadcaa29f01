package process_test

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/bench/process"
)

// childVariable has this test's program be the one that is measured.
const childVariable = "RELSEAL_BENCH_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(child(os.Args[1]))
	}
	os.Exit(m.Run())
}

// child is quiet, fails, or takes a while and memory.
func child(what string) int {
	switch what {
	case "fail":
		_, _ = os.Stderr.WriteString("no\n")
		return 3
	case "echo":
		data := make([]byte, 100)
		n, _ := os.Stdin.Read(data)
		_, _ = os.Stdout.Write(data[:n])
	case "work":
		work(50*time.Millisecond, make([]byte, memory))
	case "cpus":
		_, _ = os.Stdout.WriteString(string(rune('0' + len(process.CPUs()))))
	}
	return 0
}

const memory = 64 << 20

// work uses memory, and the processor for at least as long.
func work(d time.Duration, data []byte) {
	for start := time.Now(); time.Since(start) < d; {
		for i := 0; i < len(data); i += 4 << 10 {
			data[i]++
		}
	}
	runtime.KeepAlive(data)
}

func run(t *testing.T, c process.Command) process.Outcome {
	t.Helper()
	t.Setenv(childVariable, "1")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c.Args = append([]string{self}, c.Args...)
	// In a goroutine of its own, whose thread ends with it.
	type result struct {
		outcome process.Outcome
		err     error
	}
	done := make(chan result)
	go func() {
		o, err := process.Run(t.Context(), c)
		done <- result{o, err}
	}()
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.outcome
}

func TestRun(t *testing.T) {
	if o := run(t, process.Command{Args: []string{"fail"}}); o.Exit != 3 || o.Stderr != "no\n" || o.Cost.Wall <= 0 {
		t.Errorf("%+v", o)
	}
	name := t.TempDir() + "/input"
	if err := os.WriteFile(name, []byte("input"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := run(t, process.Command{Args: []string{"echo"}, Stdin: name}); o.Exit != 0 || o.Stdout != "input" {
		t.Errorf("%+v", o)
	}
	if o := run(t, process.Command{Args: []string{"echo"}}); o.Stdout != "" {
		t.Errorf("an input that nobody gave: %+v", o)
	}
	if _, err := process.Run(t.Context(), process.Command{Args: []string{t.TempDir() + "/none"}}); err == nil {
		t.Error("a program that isn't there was run")
	}
}

func TestCost(t *testing.T) {
	idle, busy := run(t, process.Command{Args: []string{"idle"}}), run(t, process.Command{Args: []string{"work"}})
	if busy.Cost.Wall < 50*time.Millisecond || busy.Cost.CPU <= idle.Cost.CPU {
		t.Errorf("%+v, and idle %+v", busy.Cost, idle.Cost)
	}
	if runtime.GOOS == "linux" && (busy.Cost.Memory < memory || idle.Cost.Memory == 0 || idle.Cost.Memory >= memory) {
		t.Errorf("%d bytes of memory, idle %d", busy.Cost.Memory, idle.Cost.Memory)
	}
}

func TestPin(t *testing.T) {
	all := process.CPUs()
	if len(all) == 0 {
		t.Skip("this system doesn't pin")
	}
	if o := run(t, process.Command{Args: []string{"cpus"}, CPUs: all[:1]}); o.Stdout != "1" {
		t.Errorf("pinned to one it has %q", o.Stdout)
	}
	if now := process.CPUs(); !slices.Equal(now, all) {
		t.Errorf("this process is pinned to %v", now)
	}
}

// TestMeasure: the growth alone, and of this part alone. The race detector takes as
// much again.
func TestMeasure(t *testing.T) {
	before := make([]byte, memory)
	work(0, before)
	cost, err := process.Measure(func() error { work(20*time.Millisecond, make([]byte, memory/2)); return nil })
	if err != nil || cost.Wall < 20*time.Millisecond {
		t.Errorf("%+v, %v", cost, err)
	}
	if runtime.GOOS == "linux" && (cost.CPU <= 0 || cost.Memory < memory/2-(4<<20) || cost.Memory >= memory*3/2) {
		t.Errorf("%d bytes and %v; %d were used", cost.Memory, cost.CPU, memory/2)
	}
	runtime.KeepAlive(before)
	broken := errors.New("broken")
	if _, err := process.Measure(func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
