//go:build !unix

package cache

const nonblock = 0
