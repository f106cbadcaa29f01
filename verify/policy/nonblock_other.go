//go:build !unix

package policy

// nonblock is nothing where a file system has no pipes to wait for.
const nonblock = 0
