//go:build unix

package verify

import (
	"io/fs"
	"os"
	"syscall"
)

// isOwn reports whether a file is this user's, under one name, and closed to
// others: who could write to it, or has it open since before, could change it
// after the verdict.
func isOwn(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && stat.Nlink == 1 && info.Mode().Perm()&0o077 == 0
}

// isGone reports whether a file has no name any more.
func isGone(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink == 0
}
