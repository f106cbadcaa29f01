// Selfupdate is a program that updates itself.
//
//	selfupdate version
//	selfupdate update
//
// It trusts one key, which is compiled in, and asks nobody else. Which release is
// the newest its server says, unsigned: that is a hint. What is fetched then must be
// signed, as that version, so an old release that is served as a new one is refused,
// and a version that isn't higher than this one is a rollback. The new program must
// start before it takes this one's place, and from there; otherwise the old one is
// back. Whoever has the server can keep a program from updating, and nothing else.
//
// A release is built with its version, and with the publisher's key and address:
//
//	go build -ldflags "-X main.version=1.0.0 -X main.key=RW… -X main.releases=https://…"
//
// and signed with that version, beside the program where it is published:
//
//	minisign -S -t "version:1.0.0" -x selfupdate.sig -m selfupdate
//
// To see it work with a publisher on this machine:
//
//	go test -v -run TestStory ./examples/selfupdate
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

var version, key, releases string //nolint:gochecknoglobals // which the linker sets

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, strings.Join(os.Args[1:], " "), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "selfupdate:", err)
	}
	os.Exit(verify.ExitCode(err))
}

func run(ctx context.Context, command string, out io.Writer) error {
	switch command {
	case "version":
		fmt.Fprintln(out, version)
		return nil
	case "update":
		return update(ctx, out)
	case "help", "-h", "-help", "--help":
		_, err := fmt.Fprintln(out, "selfupdate version   says which one this is\nselfupdate update    replaces it by the newest release that its publisher signed")
		return err
	}
	return fmt.Errorf("usage: selfupdate version | update, and not %q", command)
}

func update(ctx context.Context, out io.Writer) error {
	newest, err := latest(ctx)
	if err != nil {
		return err
	}
	switch order := semver.Compare("v"+newest, "v"+version); {
	case order < 0: // or no version at all
		return fmt.Errorf("%w: the newest release is said to be %q, and this is %s", verify.ErrRollback, newest, version)
	case order == 0:
		fmt.Fprintln(out, version, "is the newest release")
		return nil
	}
	plan, err := plan(newest)
	if err != nil {
		return err
	}
	program := verify.Program{Check: func(ctx context.Context, path string) error { return starts(ctx, path, newest) }}
	if err := program.CleanUp(ctx); err != nil {
		return err
	}
	report, err := plan.Update(ctx, nil, program)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "updated %s to %s, signed by key %s\n", version, newest, report.Evidence.KeyID)
	return nil
}

// latest is what the server says, which nobody has signed.
func latest(ctx context.Context) (string, error) {
	r, err := https.Fetcher{}.Fetch(ctx, verify.Request{URL: releases + "/latest"})
	if err != nil {
		return "", fmt.Errorf("%s/latest: %w", releases, err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(io.LimitReader(r.Body, 100))
	return strings.TrimSpace(string(text)), err
}

// plan is for a release, which must be signed by the key, and as that version.
func plan(newest string) (*verify.Plan, error) {
	table, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "pubkey": key, "signed-version": true})
	if err != nil {
		return nil, err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: https.Fetcher{}})
	if err != nil {
		return nil, err
	}
	return v.Plan(verify.Artifact{URL: releases + "/v" + newest + "/selfupdate", Variables: map[string]string{"version": newest}}, table)
}

// starts reports whether a program starts and is the version that it should be.
func starts(ctx context.Context, path, newest string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	text, err := exec.CommandContext(ctx, path, "version").Output()
	if err == nil && strings.TrimSpace(string(text)) != newest {
		err = fmt.Errorf("it says that it is %.100q", text)
	}
	return err
}
