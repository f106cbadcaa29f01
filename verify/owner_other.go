//go:build !unix

package verify

import "io/fs"

// ownedByUs: no mode says whose it is.
func ownedByUs(fs.FileInfo) bool { return true }

// others: nor what they may do.
func others(fs.FileInfo) fs.FileMode { return 0 }
