//go:build unix

package process

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// CPU is the time that this process has used: user and system, of all threads.
func CPU() time.Duration { return used(syscall.RUSAGE_SELF) }

// ChildrenCPU is that of the processes that it started and waited for, and so on.
func ChildrenCPU() time.Duration { return used(syscall.RUSAGE_CHILDREN) }

func used(who int) time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(who, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// maxResident is the largest resident size of a process that has ended, in bytes.
func maxResident(state *os.ProcessState) int64 {
	r, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(r.Maxrss)
	}
	return int64(r.Maxrss) << 10 // of 32 bits on some systems
}
