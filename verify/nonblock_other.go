//go:build !unix

package verify

// nonblock is nothing where a file system has no pipes to wait for.
const nonblock = 0
