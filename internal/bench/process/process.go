// Package process measures processes: what this one has used so far, and what
// another uses from its start to its end. It links next to nothing, since the
// program that starts what is measured must be small: on Linux a process begins
// with the peak memory of the one that started it.
package process

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// A Cost is what a run took.
type Cost struct {
	Wall time.Duration `json:"wall"`
	CPU  time.Duration `json:"cpu"` // user and system, of all threads

	// Memory is in bytes: of a whole process its largest resident size, of a part
	// of one how much it grew. 0 says that this system doesn't tell.
	Memory int64 `json:"memory"`

	// Marks are times within the run, by name.
	Marks map[string]time.Duration `json:"marks,omitempty"`
}

// A Command is a program to measure.
type Command struct {
	Args  []string `json:"args"`  // the program first
	Stdin string   `json:"stdin"` // a file; "" is an empty input
	CPUs  []int    `json:"cpus"`  // on which it may run; nil: all
}

// An Outcome is what became of a [Command]. Exit is its exit code.
type Outcome struct {
	Cost   Cost   `json:"cost"`
	Exit   int    `json:"exit"`
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

// Run runs a command in this process's environment and waits for it. An exit
// code other than 0 is no error. The calling goroutine's thread is the one whose
// processors the command inherits; it ends with the goroutine.
func Run(ctx context.Context, c Command) (Outcome, error) {
	if c.CPUs != nil {
		runtime.LockOSThread() // never unlocked
		if err := Pin(c.CPUs); err != nil {
			return Outcome{}, err
		}
	}
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if c.Stdin != "" {
		f, err := os.Open(c.Stdin)
		if err != nil {
			return Outcome{}, err
		}
		defer f.Close()
		cmd.Stdin = f
	}
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Outcome{}, err
	}
	state := cmd.ProcessState
	return Outcome{
		Cost:   Cost{Wall: wall, CPU: state.UserTime() + state.SystemTime(), Memory: maxResident(state)},
		Exit:   state.ExitCode(),
		Stdout: stdout.String(),
		Stderr: stderr.String(),
	}, nil
}

// Measure runs a part of this process. Memory is what its resident size grew by
// at most, beyond what was there when the part began; what is free is given back
// before, so a part should be long.
func Measure(part func() error) (Cost, error) {
	before := resetPeak()
	cost, err := Time(part)
	if before > 0 {
		cost.Memory = max(0, peak()-before)
	}
	return cost, err
}

// Time is [Measure] without the memory, for short parts.
func Time(part func() error) (Cost, error) {
	cpu, start := CPU(), time.Now()
	err := part()
	return Cost{Wall: time.Since(start), CPU: CPU() - cpu}, err
}
