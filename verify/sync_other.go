//go:build !linux

package verify

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

// syncTree brings all files below a folder to the disk.
func syncTree(folder *os.Root) error {
	return fs.WalkDir(folder.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		mode := os.O_RDONLY
		switch {
		case err != nil:
			return err
		case d.IsDir() && runtime.GOOS == "windows", !d.IsDir() && !d.Type().IsRegular():
			return nil
		case runtime.GOOS == "windows":
			mode = os.O_RDWR // or it couldn't be synced
		}
		f, err := folder.OpenFile(name, mode, 0)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
