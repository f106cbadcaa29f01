//go:build unix

// Package nonblock has the flag with which a file is opened that may be none.
package nonblock

import "syscall"

// Flag is for [os.OpenFile]: a pipe, a socket or a device opens at once, with nobody
// at its other end. To a regular file it means nothing.
const Flag = syscall.O_NONBLOCK
