package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A cost is what a process took.
type cost struct {
	clock, cpu time.Duration
	peak       int64 // of its memory, in KB
}

func (c cost) String() string {
	return fmt.Sprintf("%.1fs, %.1fs of the processor, %d MB", c.clock.Seconds(), c.cpu.Seconds(), c.peak>>10)
}

// measure runs a process that must end well.
func measure(t *testing.T, cmd *exec.Cmd) cost {
	t.Helper()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	since := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watch(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &errs)
	}
	return cost{time.Since(since), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), <-peak}
}

// watch gives the most memory in KB that a process had, once it has ended.
func watch(pid int) <-chan int64 {
	peakOf := regexp.MustCompile(`VmHWM:\s+(\d+) kB`)
	peak := make(chan int64, 1)
	go func() {
		var most int64
		for {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			found := peakOf.FindSubmatch(text)
			if err != nil || found == nil { // it is gone, or has no memory left
				peak <- most
				return
			}
			most, _ = strconv.ParseInt(string(found[1]), 10, 64)
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return peak
}

// TestMemory: ten times as many artifacts take no more memory but for what a share's
// jobs have in common, and every one is verified. REGISTRYCHECK_ARTIFACTS says how
// many, and has the pipeline compared; REGISTRYCHECK_SIZE of how many bytes.
func TestMemory(t *testing.T) {
	var few cost
	for _, n := range []int{130, number(t, artifacts, 1300)} {
		reg := openMarketOnly(t, n, number(t, "REGISTRYCHECK_SIZE", 100))
		folder := filepath.Join(t.TempDir(), "results")
		got := measure(t, command(t.Context(), t, reg.env, "--jobs", reg.file, "--results", folder))
		t.Logf("%d artifacts: %v", n, got)
		verified := 0
		for _, c := range countsIn(t, folder) {
			if c.Status == "verified" {
				verified += c.Count
			}
		}
		if verified != n {
			t.Errorf("%d of %d are verified", verified, n)
		}
		switch {
		case few.peak == 0:
			few = got
		case got.peak > few.peak+96<<10:
			t.Errorf("%d KB, and %d KB for few", got.peak, few.peak)
		}
		if os.Getenv(artifacts) == "" || n == 130 {
			continue
		}
		compare(t, reg, folder, n, got)
	}
}

// compare tells how many artifacts a second the pipeline, releasechecker and the
// library alone verify, in time and in the processor's time.
func compare(t *testing.T, reg *registry, folder string, n int, pipeline cost) {
	t.Helper()
	again := measure(t, command(t.Context(), t, reg.env, "--jobs", reg.file, "--results", folder))
	t.Logf("again, with all done: %v", again)
	alone := command(t.Context(), t, append(reg.env, "REGISTRYCHECK_MAIN=library"), reg.file)
	library := measure(t, alone)
	cmd := exec.CommandContext(t.Context(), releasechecker(t), "--jobs", reg.file)
	cmd.Env = append(os.Environ(), reg.env...)
	var out bytes.Buffer
	cmd.Stdout = &out
	one := measure(t, cmd)
	if verified := strings.Count(out.String(), `"status":"verified"`); verified != n {
		t.Errorf("releasechecker verifies %d", verified)
	}
	for name, c := range map[string]cost{"pipeline": pipeline, "releasechecker": one, "library": library} {
		t.Logf("%s: %v, %.0f/s, %.2f of the library's rate, %.2f by the processor's time",
			name, c, float64(n)/c.clock.Seconds(), library.clock.Seconds()/c.clock.Seconds(), library.cpu.Seconds()/c.cpu.Seconds())
	}
}
