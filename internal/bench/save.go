package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/internal/bench/process"
	"github.com/relseal/relseal/verify"
)

// multiWriter is the peer of Save.
const multiWriter = "io.MultiWriter, fsync"

// saveRaces bring a file to another one on the same disk.
func (h *host) saveRaces() []race {
	var all []race
	for _, f := range families() {
		sides := []string{relseal, multiWriter}
		all = append(all, race{name: "save/" + f.name, sides: sides, run: func(ctx context.Context, m mode, chosen []int, rounds int) ([][]process.Cost, error) {
			return inTurn(chosen, rounds, func(side int) (process.Cost, error) {
				return h.cost(ctx, m, job{Kind: jobSave, Fixtures: h.fixtures, Family: f.name, Who: sides[side]})
			})
		}})
	}
	return all
}

// save is one Save, or the copy that hashes and doesn't verify. The file is
// removed afterwards, outside of the time.
func (j job) save(ctx context.Context) (_ process.Cost, err error) {
	f, err := familyOf(j.Family)
	if err != nil {
		return process.Cost{}, err
	}
	dir, err := os.MkdirTemp(string(j.Fixtures), "save-")
	if err != nil {
		return process.Cost{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	dst := filepath.Join(dir, "artifact")
	src, err := os.Open(j.Fixtures.path(medium))
	if err != nil {
		return process.Cost{}, err
	}
	defer src.Close()
	return process.Measure(func() error {
		switch j.Who {
		case relseal:
			s, err := j.Fixtures.signed(f, medium)
			if err != nil {
				return err
			}
			plan, err := s.plan(verify.Config{}, verify.Artifact{})
			if err != nil {
				return err
			}
			return verified(plan.Save(ctx, src, dst))
		case multiWriter:
			return copyAndHash(f, src, dst)
		}
		return fmt.Errorf("no peer %q", j.Who)
	})
}

// copyAndHash is what programs do that check a digest: to a file of another
// name, which gets its own once it is on the disk.
func copyAndHash(f family, src io.Reader, dst string) error {
	h, err := f.newHash()
	if err != nil {
		return err
	}
	file, err := os.Create(dst + ".part")
	if err != nil {
		return err
	}
	_, err = io.Copy(io.MultiWriter(file, h), src)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	h.Sum(nil)
	return os.Rename(dst+".part", dst)
}
