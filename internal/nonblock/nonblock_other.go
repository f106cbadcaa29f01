//go:build !unix

// Package nonblock has the flag with which a file is opened that may be none.
package nonblock

// Flag is nothing where a file system has no pipes to wait for.
const Flag = 0
