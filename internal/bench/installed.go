package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/bench/process"
)

// An installed program is one that users of a family have.
type installed struct {
	names   []string // under which it is found
	family  string
	version []string // the arguments that have it print its version; nil: none do
	args    func(x fixtures, f family) []string
	stdin   bool // the artifact comes that way
}

// installedPrograms verify the large artifact.
func installedPrograms() []installed {
	byMinisign := func(x fixtures, f family) []string {
		return []string{"-V", "-q", "-p", x.publicFile(f), "-x", x.signatureFile(f, large), "-m", x.path(large)}
	}
	return []installed{
		{names: []string{"minisign"}, family: "minisign", version: []string{"-v"}, args: byMinisign},
		{names: []string{"minisign"}, family: legacy, version: []string{"-v"}, args: byMinisign},
		{names: []string{"gpgv"}, family: "gpg", version: []string{"--version"}, args: func(x fixtures, f family) []string {
			return []string{"-q", "--keyring", x.keyring(), x.signatureFile(f, large), x.path(large)}
		}},
		{names: []string{"sqv"}, family: "gpg", version: []string{"--version"}, args: func(x fixtures, f family) []string {
			return []string{"--keyring", x.keyring(), x.signatureFile(f, large), x.path(large)}
		}},
		{names: []string{"ssh-keygen"}, family: "ssh", stdin: true, args: func(x fixtures, f family) []string {
			return []string{"-Y", "verify", "-q", "-f", x.allowedSigners(), "-I", principal, "-n", sshNamespace, "-s", x.signatureFile(f, large)}
		}},
		{names: []string{"signify", "signify-openbsd"}, family: "signify", args: func(x fixtures, f family) []string {
			return []string{"-V", "-q", "-p", x.keyFile(f), "-x", x.signatureFile(f, large), "-m", x.path(large)}
		}},
		{names: []string{"cosign"}, family: "cosign", version: []string{"version"}, args: func(x fixtures, f family) []string {
			return []string{"verify-blob", "--key", x.keyFile(f), "--bundle", x.signatureFile(f, large), "--insecure-ignore-tlog", x.path(large)}
		}},
	}
}

// find returns the path of the program, or "".
func (p installed) find() string {
	for _, name := range p.names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// tell is the program's version, in its own words, or in those of the system's
// packages where it has none.
func (p installed) tell(ctx context.Context) string {
	path, args := p.find(), p.version
	switch {
	case p.names[0] == "ssh-keygen": // which is of its client's version
		path, args = "ssh", []string{"-V"}
	case args == nil:
		path, args = "dpkg-query", []string{"--show", filepath.Base(path)}
	}
	out, _ := exec.CommandContext(ctx, path, args...).CombinedOutput() // some end with 1
	return versionIn(string(out))
}

// versionIn is the first line with a version in it.
func versionIn(text string) string {
	number := regexp.MustCompile(`\d+[.-]\d+`)
	for line := range strings.Lines(text) {
		if number.MatchString(line) {
			return strings.TrimPrefix(strings.Join(strings.Fields(line), " "), "GitVersion: ")
		}
	}
	return "of a version that isn't told"
}

// programRaces set examples/verifyfile beside the installed programs, whole
// process by whole process. missing are those that aren't there.
func (h *host) programRaces() (races []race, missing []string) {
	for _, f := range families() {
		sides := []string{"verifyfile"}
		byName := map[string]installed{}
		for _, p := range installedPrograms() {
			switch {
			case p.family != f.name:
			case p.find() == "":
				if !slices.Contains(missing, p.names[0]) {
					missing = append(missing, p.names[0])
				}
			default:
				sides, byName[p.names[0]] = append(sides, p.names[0]), p
			}
		}
		if len(sides) > 1 {
			races = append(races, race{name: "program/" + f.name, sides: sides, run: func(ctx context.Context, m mode, chosen []int, rounds int) ([][]process.Cost, error) {
				return inTurn(chosen, rounds, func(side int) (process.Cost, error) {
					if side == 0 {
						return h.verifyfile(ctx, m, f)
					}
					return h.installed(ctx, m, f, byName[sides[side]])
				})
			}})
		}
	}
	return races, missing
}

func (h *host) verifyfile(ctx context.Context, m mode, f family) (process.Cost, error) {
	o, err := h.launch(ctx, m, "", h.built[progVerifyfile], "--allow-legacy", "--table", h.fixtures.tableFile(f), "--signature", h.fixtures.signatureFile(f, large), h.fixtures.path(large))
	return o.Cost, err
}

func (h *host) installed(ctx context.Context, m mode, f family, p installed) (process.Cost, error) {
	path := p.find()
	if path == "" {
		return process.Cost{}, errors.New("it isn't installed any more")
	}
	stdin := ""
	if p.stdin {
		stdin = h.fixtures.path(large)
	}
	o, err := h.launch(ctx, m, stdin, append([]string{path}, p.args(h.fixtures, f)...)...)
	if err != nil {
		err = fmt.Errorf("%s: %w", p.names[0], err)
	}
	return o.Cost, err
}
