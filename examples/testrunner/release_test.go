package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/relseal/relseal/examples/internal/unpack/unpacktest"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify/verifytest"
)

const (
	old     = "1.1.0"
	current = "1.2.0"
)

// script is a release's program.
func script(version string) string {
	return "#!/bin/sh\necho \"version " + version + ": $*\"\n"
}

// archive has the program, and what it needs beside it.
func archive(version string) []unpacktest.Entry {
	return []unpacktest.Entry{
		{Name: "tool-" + version + "/bin/tool", Mode: 0o755, Content: "#!/bin/sh\ncat \"${0%/bin/tool}/lib/text\"\necho \": $*\"\n"},
		{Name: "tool-" + version + "/lib/text", Mode: 0o644, Content: "version " + version},
	}
}

// files are a release's.
func files(t *testing.T, version string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"tool": []byte(script(version))}
	all["tool.tar"] = unpacktest.Tar(t, archive(version))
	all["tool.tgz"] = unpacktest.Gzip(t, all["tool.tar"])
	all["tool.zip"] = unpacktest.Zip(t, archive(version))
	several := append(archive(version), unpacktest.Entry{Name: "toold", Mode: 0o755, Content: script(version)})
	all["several.tar"] = unpacktest.Tar(t, several)
	return all
}

// A fixture is a publisher, and a folder with a table of its.
type fixture struct {
	*verifytest.Publisher
	folder, table, manifest, cache string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	p := verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", ""))
	p.Set("signed-version", true)
	return newFixtureOf(t, p)
}

func newFixtureOf(t *testing.T, p *verifytest.Publisher) *fixture {
	t.Helper()
	for _, version := range []string{old, current} {
		p.Publish(version, files(t, version))
	}
	f := &fixture{Publisher: p, folder: t.TempDir()}
	f.cache = filepath.Join(f.folder, "cache")
	f.table = testkeys.WriteFile(t, f.folder, "relseal.toml", []byte(p.TOML("signing")))
	f.manifest = testkeys.WriteFile(t, f.folder, "Cargo.toml", []byte("[package]\nname = \"tool\"\nversion = \""+current+"\"\n"+
		"[package.metadata.binstall]\npkg-url = \""+f.base()+"/v{ version }/{ name }{ archive-suffix }\"\nbin-dir = \"tool-{ version }/bin/{ bin }\"\n"+
		p.TOML("package.metadata.binstall.signing")))
	return f
}

func (f *fixture) base() string {
	return strings.TrimSuffix(f.Artifact(current, "x").URL, "/v"+current+"/x")
}

// args are those of a call for a file of a release.
func (f *fixture) args(version, name string, more ...string) []string {
	all := append([]string{"--table", f.table, "--cache", f.cache, "--var", "name=tool", "--var", "version=" + version}, more...)
	return append(all, f.Artifact(version, name).URL, "--", "one", "two words")
}

// An outcome is what a call of the program gave.
type outcome struct {
	code     int
	out, err string
}

// call runs the program in this process, with its program as a child.
func (f *fixture) call(t *testing.T, args ...string) outcome {
	t.Helper()
	return f.callWith(t, func(*ready) {}, args...)
}

// callWith has something happen between the verdict and the start.
func (f *fixture) callWith(t *testing.T, before func(*ready), args ...string) outcome {
	t.Helper()
	o, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	o.transport = f.Client().Transport
	o.start = func(r *ready, std streams) (int, error) {
		before(r)
		var err error
		for range 100 {
			cmd := exec.CommandContext(t.Context(), r.program, r.args...)
			cmd.Stdout, cmd.Stderr = std.out, std.err
			if err = cmd.Run(); !errors.Is(err, syscall.ETXTBSY) {
				break
			}
			time.Sleep(10 * time.Millisecond) // another test's child has the file open until it has begun
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode(), nil
		}
		return 0, err
	}
	var out, errs bytes.Buffer
	code := o.run(t.Context(), streams{nil, &out, &errs})
	return outcome{code, out.String(), errs.String()}
}

// want checks an outcome: what the program printed, or else why it wasn't started.
func (o outcome) want(t *testing.T, out, reason string) {
	t.Helper()
	switch {
	case reason == "" && (o.code != 0 || o.out != out || !strings.HasPrefix(o.err, "testrunner: verified ")):
		t.Errorf("%d, %q: %s", o.code, o.out, o.err)
	case reason != "" && (o.code == 0 || o.out != "" || !strings.HasPrefix(o.err, "testrunner: refused ") || !strings.Contains(o.err, " reason="+reason+" ")):
		t.Errorf("%d, %q: %s; want %q", o.code, o.out, o.err, reason)
	}
	testkeys.CheckShown(t, o.err)
}

// ran is what the program prints.
func ran(version string) string { return "version " + version + ": one two words\n" }

// list are the names in the cache that begin so.
func (f *fixture) list(t *testing.T, prefix string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(f.cache, prefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// kept is the only artifact of the cache.
func (f *fixture) kept(t *testing.T) string {
	t.Helper()
	for _, folder := range f.list(t, releasePrefix) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if isSHA256(e.Name()) {
				return filepath.Join(folder, e.Name())
			}
		}
	}
	t.Fatal("nothing is kept")
	return ""
}
