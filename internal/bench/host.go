package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/relseal/relseal/internal/bench/process"
)

// A host has what measuring takes: a folder, the programs that are built into
// it, and the installed ones.
type host struct {
	dir      string // removed at the end
	fixtures fixtures
	root     string            // the repository
	self     string            // this program
	built    map[string]string // by name
	options  options
}

// The programs that are built.
const (
	progLaunch        = "launch"
	progEmpty         = "empty"
	progMinisign      = "minisign"
	progMinisignHTTPS = "minisignhttps"
	progVerifyfile    = "verifyfile"
)

func programs() map[string]string {
	const own = "github.com/relseal/relseal/internal/bench/programs/"
	return map[string]string{
		progLaunch:        own + "launch",
		progEmpty:         own + "empty",
		progMinisign:      own + "minisign",
		progMinisignHTTPS: own + "minisignhttps",
		progVerifyfile:    "github.com/relseal/relseal/examples/verifyfile",
	}
}

// newHost builds the programs and makes the fixtures. close removes both.
func newHost(ctx context.Context, o options) (*host, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.dir, "relseal-bench-")
	if err != nil {
		return nil, err
	}
	h := &host{dir: dir, fixtures: fixtures(filepath.Join(dir, "fixtures")), self: self, built: map[string]string{}, options: o}
	if err := h.prepare(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *host) close() error { return os.RemoveAll(h.dir) }

func (h *host) prepare(ctx context.Context) error {
	root, err := goCommand(ctx, "list", "-m", "-f", "{{.Dir}}", "github.com/relseal/relseal")
	if err != nil {
		return err
	}
	h.root = strings.TrimSpace(root)
	for name, pkg := range programs() {
		h.built[name] = filepath.Join(h.dir, "program-"+name)
		if _, err := goCommand(ctx, "build", "-trimpath", "-ldflags=-s -w", "-o", h.built[name], pkg); err != nil {
			return err
		}
	}
	if err := os.Mkdir(string(h.fixtures), 0o700); err != nil {
		return err
	}
	s := h.options.sizes
	_, err = h.job(ctx, mode{}, job{Kind: jobFixtures, Fixtures: h.fixtures, Sizes: [3]int64{s.large, s.medium, s.small}})
	return err
}

func goCommand(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := output(cmd)
	if err != nil {
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return string(out), nil
}

// output is what a program prints; the error has what it says on standard error.
func output(cmd *exec.Cmd) ([]byte, error) {
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// launch runs a program and gives its cost. stdin is a file, or "".
func (h *host) launch(ctx context.Context, m mode, stdin string, args ...string) (process.Outcome, error) {
	command, err := json.Marshal(process.Command{Args: args, Stdin: stdin, CPUs: m.cpus})
	if err != nil {
		return process.Outcome{}, err
	}
	cmd := exec.CommandContext(ctx, h.built[progLaunch], string(command))
	if m.cores > 0 {
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(m.cores))
	}
	out, err := output(cmd)
	if err != nil {
		return process.Outcome{}, fmt.Errorf("launching %s: %w", filepath.Base(args[0]), err)
	}
	var o process.Outcome
	if err := json.Unmarshal(out, &o); err != nil {
		return process.Outcome{}, err
	}
	if o.Exit != 0 {
		return o, fmt.Errorf("%s ended with %d: %s", filepath.Base(args[0]), o.Exit, strings.TrimSpace(o.Stderr))
	}
	return o, nil
}

// job has a process of this program do it.
func (h *host) job(ctx context.Context, m mode, j job) (answer, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return answer{}, err
	}
	o, err := h.launch(ctx, m, "", h.self, jobFlag, string(text))
	if err != nil {
		return answer{}, err
	}
	var a answer
	err = json.Unmarshal([]byte(o.Stdout), &a)
	return a, err
}

// cost is that of a job with one run.
func (h *host) cost(ctx context.Context, m mode, j job) (process.Cost, error) {
	a, err := h.job(ctx, m, j)
	if err != nil {
		return process.Cost{}, err
	}
	if len(a.Costs) != 1 || len(a.Costs[0]) != 1 {
		return process.Cost{}, errors.New("an answer without one cost")
	}
	return a.Costs[0][0], nil
}
