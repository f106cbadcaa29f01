package main

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/relseal/relseal/verify/https"
)

// TestMemory: many times as many artifacts take no more memory than the batch's cache
// may, in the forms that are written line by line, spooled or cut short.
func TestMemory(t *testing.T) {
	few := openCrowd(t, 130, 100)
	many := openCrowd(t, artifacts(t, 1300), 100)
	measure := func(m *crowd, format string) int64 {
		cmd := m.child(t, "--jobs", "-", "--format", format)
		var out bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(m.text), &out, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		peak := watch(cmd.Process.Pid)
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%s: %v: %.1000s", format, err, &out)
		}
		if n := strings.Count(out.String(), "\n"); format == "ndjson" && n != len(m.Lines) {
			t.Errorf("%d lines for %d jobs", n, len(m.Lines))
		}
		return <-peak
	}
	for _, format := range []string{"ndjson", "json", "junit", "sarif", "table"} {
		a, b := measure(few, format), measure(many, format)
		t.Logf("%s: %d KB for %d artifacts, %d KB for %d", format, a, len(few.Lines), b, len(many.Lines))
		cached := min(2*64<<10, 3*int64(len(many.Lines))) // what jobs may have in common, in KB
		if b > a+32<<10+cached {
			t.Errorf("%s: %d KB for %d artifacts, %d KB for %d", format, a, len(few.Lines), b, len(many.Lines))
		}
	}
}

var peakOf = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// watch gives the most memory in KB that a process had, once it has ended. What
// wait4 says of it would be that of the process that started it, if that had more.
func watch(pid int) <-chan int64 {
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

// BenchmarkThroughput compares the program with the library alone over the same
// artifacts, network and demands, by the clock and by the processor's time, which
// the machine's other work doesn't change; and with the library where the network is
// memory, which is what the machine verifies without one. RELEASECHECKER_ARTIFACTS
// says how many, RELEASECHECKER_SIZE of how many bytes.
func BenchmarkThroughput(b *testing.B) {
	size, err := strconv.Atoi(cmp.Or(os.Getenv("RELEASECHECKER_SIZE"), "65536"))
	if err != nil {
		b.Fatal(err)
	}
	m := openCrowd(b, artifacts(b, 1300), size)
	client := &http.Client{Transport: m.Network}
	had := memoryOf(b, m)
	runs := []func(){
		func() { m.byProgram(b, client) },
		func() { m.byLibrary(b, https.Fetcher{Client: client}) },
		func() { m.byLibrary(b, had) },
	}
	var clock, cpu [3]time.Duration // the least of all
	for range b.N {
		for i := range 9 { // in turn, since the machine is never the same
			runtime.GC()
			since, used := time.Now(), processorTime(b)
			runs[i%3]()
			clock[i%3] = least(clock[i%3], time.Since(since))
			cpu[i%3] = least(cpu[i%3], processorTime(b)-used)
		}
	}
	for i, what := range []string{"program", "library", "memory"} {
		b.ReportMetric(float64(len(m.Lines))/clock[i].Seconds(), what+"/s")
		b.ReportMetric(float64(cpu[i].Microseconds())/float64(len(m.Lines)), what+"-cpu-µs")
	}
	b.ReportMetric(clock[1].Seconds()/clock[0].Seconds(), "of-library")
	b.ReportMetric(cpu[1].Seconds()/cpu[0].Seconds(), "of-library-cpu")
}

func least(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
}

// processorTime is what the process has used.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
