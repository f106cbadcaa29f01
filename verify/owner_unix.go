//go:build unix

package verify

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUs reports whether it belongs to this process's user or to root.
func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Geteuid())
}

// others are the rights of those who are neither user nor group.
func others(info fs.FileInfo) fs.FileMode { return info.Mode() & 0o007 }
