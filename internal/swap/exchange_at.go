//go:build linux || darwin

package swap

import (
	"os"
	"path/filepath"
)

// exchange gives two files or folders below root each other's names. The error
// wraps [errors.ErrUnsupported] where the file system can't.
func exchange(root *os.Root, a, b string) error {
	dirA, err := root.Open(filepath.Dir(a))
	if err != nil {
		return err
	}
	defer dirA.Close()
	dirB, err := root.Open(filepath.Dir(b))
	if err != nil {
		return err
	}
	defer dirB.Close()
	if err := exchangeAt(int(dirA.Fd()), filepath.Base(a), int(dirB.Fd()), filepath.Base(b)); err != nil {
		return &os.LinkError{Op: "exchange", Old: a, New: b, Err: err}
	}
	return nil
}
