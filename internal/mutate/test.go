package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func readFile(name string) ([]byte, error) { return os.ReadFile(name) }

// judge runs the tests over a mutant. What can't be run counts as killed only if the
// tests have said so, or took too long.
func (o options) judge(ctx context.Context, m mutant) string {
	timed, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	out, err := o.test(timed, &m)
	switch {
	case err == nil:
		return survived
	case ctx.Err() != nil:
		return ""
	case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
		return noGo
	}
	return killed
}

// test runs the tests, over a mutant if there is one.
func (o options) test(ctx context.Context, m *mutant) (string, error) {
	args := []string{"test", "-vet=off", "-failfast", "-timeout", o.timeout.String()}
	if o.short {
		args = append(args, "-short")
	}
	if m != nil {
		dir, err := os.MkdirTemp("", "mutate-")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(dir)
		overlay, err := m.overlay(dir)
		if err != nil {
			return "", err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, o.tested...)...)
	cmd.WaitDelay = o.timeout
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// overlay writes the mutant and the file by which the go command takes it.
func (m mutant) overlay(dir string) (string, error) {
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	changed, list := filepath.Join(dir, "changed.go"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	return list, errors.Join(os.WriteFile(changed, []byte(m.text), 0o600), os.WriteFile(list, text, 0o600))
}
