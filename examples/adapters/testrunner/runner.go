// Package testrunner gets the prebuilt programs that tests run, once, and has each
// run verified.
//
// A cache tells nothing about what lies in it: who can write to it can put there
// another program, or an older release of the same one, with its true signature. A
// cached program is verified as if it had just been downloaded, each time, with its
// publisher's key, which isn't in the cache, and its version is bound by
// [verify.Config].Bind. Pins in the cache say which program was which release, so a
// release that changes is refused as well.
package testrunner

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/cache"
	"github.com/relseal/relseal/verify/pin"
)

// A Runner keeps programs in a folder, by their SHA-256, and beside them what it
// takes to verify them without a network.
type Runner struct {
	// Folder is there, and the user's own: who can write to it while a program is
	// started can put another in its place after the verdict.
	Folder string

	// Config is as for any program. Its Bind.Version and its Pins are the Runner's;
	// releases may be asked for in any order.
	Config verify.Config
}

// Command returns the program of a release, ready to be started, and the report of
// its verdict. a has the variables name and version. What is in the folder already
// takes no network. If it isn't whole, or not its publisher's, it is refused, and not
// mended: somebody was there, and the folder is to be removed.
func (r Runner) Command(ctx context.Context, a verify.Artifact, table *metadata.Signing, args ...string) (*exec.Cmd, *verify.Report, error) {
	c, pins := r.Config, pin.File{Path: filepath.Join(r.Folder, "pins")}
	seen, err := pins.Pins()
	if err != nil {
		return nil, nil, err
	}
	path := r.find(seen, a.Variables)
	documents, err := cache.Open(filepath.Join(r.Folder, "documents"), c.Fetcher, cache.Options{MaxAge: -1, Offline: path != ""})
	if err != nil {
		return nil, nil, err
	}
	defer documents.Close()
	c.Fetcher, c.Bind.Version, c.Pins, c.AllowRollback = documents, true, pins, true
	v, err := verify.New(c)
	if err != nil {
		return nil, nil, err
	}
	a.Place.Mode = 0o755
	plan, err := v.Plan(a, table)
	if err != nil {
		return nil, nil, err
	}
	report, err := r.program(ctx, plan, path)
	if err != nil {
		return nil, nil, err
	}
	return exec.CommandContext(ctx, r.path(*report.Pin), args...), report, nil //nolint:gosec // it is what was verified
}

// find returns where a release's program is, "" where it isn't.
func (r Runner) find(seen []verify.Pin, v map[string]string) string {
	for _, p := range seen {
		if _, err := os.Lstat(r.path(p)); err == nil && p.Name == v["name"] && p.Version == v["version"] && p.Target == v["target"] {
			return r.path(p)
		}
	}
	return ""
}

// program verifies the program at path, or else brings it into the folder.
func (r Runner) program(ctx context.Context, plan *verify.Plan, path string) (*verify.Report, error) {
	if path != "" {
		return plan.File(ctx, path)
	}
	folder, err := os.MkdirTemp(r.Folder, "new-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	report, err := plan.Download(ctx, filepath.Join(folder, "program"))
	if err != nil {
		return nil, err
	}
	return report, os.Rename(filepath.Join(folder, "program"), r.path(*report.Pin))
}

// path is where the program of a pin is.
func (r Runner) path(p verify.Pin) string {
	return filepath.Join(r.Folder, p.Digest.Hex()+"-"+filepath.Base(p.File))
}
