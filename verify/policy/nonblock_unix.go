//go:build unix

package policy

import "syscall"

// nonblock makes opening a pipe return at once. To a regular file it means
// nothing.
const nonblock = syscall.O_NONBLOCK
