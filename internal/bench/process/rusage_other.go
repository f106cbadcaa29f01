//go:build !unix

package process

import (
	"os"
	"time"
)

// CPU can't be told on this system.
func CPU() time.Duration { return 0 }

// ChildrenCPU can't be told on this system.
func ChildrenCPU() time.Duration { return 0 }

func maxResident(*os.ProcessState) int64 { return 0 }
