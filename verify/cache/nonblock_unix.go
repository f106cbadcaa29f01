//go:build unix

package cache

import "syscall"

// nonblock has a FIFO open at once, with nobody at its other end.
const nonblock = syscall.O_NONBLOCK
