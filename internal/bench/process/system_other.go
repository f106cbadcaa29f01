//go:build !linux

package process

import "errors"

// Pin isn't there on this system.
func Pin([]int) error { return errors.ErrUnsupported }

// CPUs can't be told on this system.
func CPUs() []int { return nil }

func resetPeak() int64 { return 0 }

func peak() int64 { return 0 }
