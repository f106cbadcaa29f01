package verify

import "golang.org/x/sys/windows"

// hide hides a folder from those who look. It is a nicety, so what goes wrong
// doesn't matter.
func hide(name string) {
	if p, err := windows.UTF16PtrFromString(name); err == nil {
		_ = windows.SetFileAttributes(p, windows.FILE_ATTRIBUTE_HIDDEN)
	}
}
