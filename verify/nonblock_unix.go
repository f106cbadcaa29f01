//go:build unix

package verify

import "syscall"

// nonblock makes opening a pipe, a socket or a device return at once. To a
// regular file it means nothing.
const nonblock = syscall.O_NONBLOCK
