package process

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"

	"golang.org/x/sys/unix"
)

// Pin has the calling thread, and what it starts, run on these processors alone.
func Pin(cpus []int) error {
	var set unix.CPUSet
	for _, n := range cpus {
		set.Set(n)
	}
	return unix.SchedSetaffinity(0, &set)
}

// CPUs are the processors that this process may run on, in order.
func CPUs() []int {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return nil
	}
	var all []int
	for n := 0; len(all) < set.Count(); n++ {
		if set.IsSet(n) {
			all = append(all, n)
		}
	}
	return all
}

// resetPeak frees what is free, forgets the peak so far (proc(5), clear_refs)
// and returns the resident size in bytes; 0 where that can't be done.
func resetPeak() int64 {
	debug.FreeOSMemory()
	if os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) != nil {
		return 0
	}
	return status("VmRSS:")
}

// peak is the largest resident size since the last resetPeak, in bytes.
func peak() int64 { return status("VmHWM:") }

// status is a size in /proc/self/status, which has them in KiB.
func status(field string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		words := bytes.Fields(line)
		if len(words) > 1 && string(words[0]) == field {
			kib, _ := strconv.ParseInt(string(words[1]), 10, 64) // 0 is "not told"
			return kib << 10
		}
	}
	return 0
}
