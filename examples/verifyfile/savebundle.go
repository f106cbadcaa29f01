package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/relseal/relseal/verify"
)

var errNoBundle = errors.New("the artifact is verified, but there is no sigstore bundle to save: " +
	"cosign signatures have one that come as a bundle, or as a pair with its log entry")

// checkSaved refuses what no bundle could be written to, before anything is fetched.
func checkSaved(name string) error {
	folder, err := os.Stat(filepath.Dir(name))
	if err == nil && !folder.IsDir() {
		err = &fs.PathError{Op: "open", Path: filepath.Dir(name), Err: syscall.ENOTDIR}
	}
	if err == nil {
		if there, statErr := os.Stat(name); statErr == nil && there.IsDir() {
			err = &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
		}
	}
	if err != nil {
		return fmt.Errorf("saving the bundle: %w", err)
	}
	return nil
}

// saveBundle writes the bundle by which the artifact was verified, all of it or
// nothing.
func saveBundle(name string, report *verify.Report) error {
	if report.Status != verify.Verified {
		return errors.New("there is no bundle to save: nothing was verified")
	}
	if report.Evidence == nil || len(report.Evidence.Bundle) == 0 {
		return errNoBundle
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("saving the bundle: %w", err)
	}
	_, err = f.Write(append(report.Evidence.Bundle, '\n'))
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("saving the bundle: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
